package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/ledger"
	"shouwang/internal/passrules"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

type regionCmd struct {
	Code string `arg:"" help:"区划代码：市 4 位、县 6 位、乡镇 9 位、村 12 位"`
	Name string `arg:"" help:"名称，如“松塘村”"`
}

// Run adds an area, or renames it. The area above must be there.
func (r regionCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.open(ctx, true)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	return e.Store.Tx(ctx, func(tx *gorm.DB) error {
		_, err := e.Administer(tx, activities.CommandLine).PutRegion(r.Code, r.Name)
		return err
	})
}

type accountCmd struct {
	Login  string         `arg:"" help:"用户名"`
	Name   string         `help:"姓名（新账号必填）"`
	Role   procedure.Role `help:"授予的岗位，如 village_cadre"`
	Region string         `help:"岗位所在区划"`
	Dept   string         `help:"部门代码（部门岗位）"`
	// Household is for those who reach one household only.
	Household string `help:"户编号（农户、结对帮扶责任人、监测联系人）"`
	Group     string `help:"村民小组（村民小组长、网格员），与户登记中的写法一致"`
	Until     string `help:"岗位的最后一天，如 2027-06-30；缺省为无期限"`
	Ends      string `help:"账号的最后一天，所有岗位随之结束"`
}

// Run adds an account, gives an account one more role, or sets its last day; a new
// account, or one without --role and --ends, has its password read from standard
// input. This is how an installation gets its first accounts.
func (a accountCmd) Run(ctx context.Context, cfg *Config) error {
	if err := a.check(); err != nil {
		return err
	}
	e, err := cfg.open(ctx, true)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	var u models.User
	err = e.Store.DB.WithContext(ctx).Where("login = ?", a.Login).Take(&u).Error
	fresh := models.Missing(err)
	if err != nil && !fresh {
		return err
	}
	if fresh && (a.Name == "" || a.Role == "") {
		return errors.New("新账号须有 --name、--role 和 --region")
	}
	if fresh {
		u = models.User{ID: models.NewID(), Login: a.Login, Name: a.Name, Area: a.Region[:min(6, len(a.Region))], CreatedAt: e.Clock.Now()}
	}
	typed := fresh || a.Role == "" && a.Ends == ""
	if typed { // before the transaction: nobody waits while somebody types
		if u.PasswordHash, err = readPassword(passrules.Named(cfg.PasswordProfile), u); err != nil {
			return err
		}
	}
	return e.Store.Tx(ctx, func(tx *gorm.DB) error {
		return a.write(tx, e, &u, fresh, typed)
	})
}

// write makes or changes the account, whose password was typed or not, and grants what is to be granted.
func (a accountCmd) write(tx *gorm.DB, e *activities.Engine, u *models.User, fresh, typed bool) error {
	now, k := e.Clock.Now(), e.Administer(tx, activities.CommandLine)
	ends, err := dayAfter(a.Ends)
	if err != nil {
		return err
	}
	if typed {
		// Whoever typed it knows it now: its owner chooses another at once.
		u.FailedLogins, u.LockedUntil, u.PasswordSetAt, u.MustChange = 0, nil, new(time.Now().UTC().Truncate(time.Microsecond)), true
		if err := passwordTyped(tx, u); err != nil {
			return err
		}
	}
	switch {
	case fresh:
		u.EndsAt = ends
		err = k.CreateAccount(u)
	case typed:
		err = k.Record("account.password", u.Area, "account", u.ID, u.Name, nil)
	case a.Ends != "":
		err = k.EndAccount(u, u.Area, ends, "")
	}
	if err != nil || a.Role == "" {
		return err
	}
	return a.grant(tx, k, u, now)
}

// passwordTyped keeps a password that was typed here, with the account if that is there already, signs its owner out, and has
// the access log say so.
func passwordTyped(tx *gorm.DB, u *models.User) error {
	if err := tx.Where("user_id = ?", u.ID).Delete(&models.Session{}).Error; err != nil {
		return err
	}
	if err := tx.Model(u).Select("password_hash", "failed_logins", "locked_until", "password_set_at", "must_change").Updates(u).Error; err != nil {
		return err
	}
	return tx.Create(&models.AccessLog{ID: models.NewID(), At: *u.PasswordSetAt, Action: "password_reset", Table: "users", RecordID: u.ID, Purpose: "command_line"}).Error
}

func (a accountCmd) grant(tx *gorm.DB, k activities.AdminCall, u *models.User, now time.Time) error {
	g := models.RoleGrant{ID: models.NewID(), UserID: u.ID, Role: a.Role, RegionCode: a.Region, Dept: a.Dept, GroupName: a.Group, ValidFrom: now}
	var err error
	if g.ValidTo, err = dayAfter(a.Until); err != nil {
		return err
	}
	if a.Household != "" {
		if err := tx.Model(&models.Household{}).Where("no = ?", a.Household).Pluck("id", &g.HouseholdID).Error; err != nil {
			return err
		}
		if g.HouseholdID == "" {
			return fmt.Errorf("没有户编号 %s", a.Household)
		}
	}
	return k.Grant(&g, "")
}

func (a accountCmd) check() error {
	if a.Role == "" {
		return nil
	}
	var wrong []error
	for _, f := range procedure.GrantFaults(a.Role, a.Region, a.Dept != "", a.Household != "") {
		wrong = append(wrong, errors.New(f.Message))
	}
	if def, _ := procedure.RoleOf(a.Role); def.OfGroup() != (a.Group != "") {
		wrong = append(wrong, errors.New("村民小组长（网格员）的岗位须有 --group，其他岗位不能有"))
	}
	return errors.Join(wrong...)
}

// dayAfter is the first moment after a last day, nil when no day was named.
func dayAfter(last string) (*time.Time, error) {
	if last == "" {
		return nil, nil
	}
	d, err := policy.ParseDate(last)
	if err != nil {
		return nil, fmt.Errorf("日期 %s 应写作 2027-06-30", last)
	}
	end := d.AddDays(1).Start().UTC()
	return &end, nil
}

// readPassword reads one line, which is neither shown nor kept.
func readPassword(rules passrules.Profile, u models.User) (string, error) {
	fmt.Fprintf(os.Stderr, "口令（%s）：", rules.Words())
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	password := strings.TrimRight(line, "\r\n")
	if faults := rules.Check(password, u.Login, u.Name); len(faults) > 0 {
		return "", errors.New(faults[0].Message)
	}
	return api.HashPassword(password), nil
}

type generateCmd struct {
	Out        string `arg:"" help:"要写的文件（.xlsx）"`
	Households int    `default:"3000" help:"户数"`
	Villages   int    `default:"9" help:"村数"`
	Faults     int    `default:"0" help:"埋入的错误数"`
	Seed       uint64 `default:"1" help:"随机种子"`
	Wide       bool   `help:"写出全部登记项，数据质量规则对其无异议"`
	Year       int    `help:"收入和在校情况的年度，与 --wide 同用；默认为当年"`
}

// Run writes the ledger of an invented township.
func (g generateCmd) Run() (err error) {
	f, err := os.Create(g.Out)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	planted, err := ledger.Generate(f, ledger.GenerateOptions{Seed: g.Seed, Villages: g.Villages, Households: g.Households, Faults: g.Faults, Wide: g.Wide, Year: g.Year})
	if err == nil {
		fmt.Printf("已生成 %s：%d 个村，%d 户，%d 处错误\n", g.Out, g.Villages, g.Households, len(planted))
	}
	return err
}
