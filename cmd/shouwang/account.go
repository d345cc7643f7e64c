package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"shouwang/api"
	"shouwang/internal/ledger"
	"shouwang/models"
	"shouwang/procedure"
)

// levels of an area by the length of its code.
var levels = map[int]string{6: "county", 9: "township", 12: "village"}

type regionCmd struct {
	Code string `arg:"" help:"区划代码：县 6 位、乡镇 9 位、村 12 位"`
	Name string `arg:"" help:"名称，如“松塘村”"`
}

// Run adds an area, or renames it. The area above must be there.
func (r regionCmd) Run(ctx context.Context, cfg *Config) error {
	level, ok := levels[len(r.Code)]
	if !ok || strings.Trim(r.Code, "0123456789") != "" {
		return fmt.Errorf("区划代码 %s 应为 6、9 或 12 位数字", r.Code)
	}
	e, err := cfg.open(ctx, true)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	db := e.Store.DB.WithContext(ctx)
	row := models.Region{Code: r.Code, Level: level, Name: r.Name, Path: r.Name}
	if len(r.Code) > 6 {
		var above models.Region
		if err := db.Where("code = ?", r.Code[:len(r.Code)-3]).Take(&above).Error; err != nil {
			return fmt.Errorf("请先添加上级区划 %s", r.Code[:len(r.Code)-3])
		}
		row.Parent, row.Path = above.Code, above.Path+r.Name
	}
	return db.Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
}

type accountCmd struct {
	Login  string         `arg:"" help:"用户名"`
	Name   string         `help:"姓名（新账号必填）"`
	Role   procedure.Role `help:"授予的岗位，如 village_cadre"`
	Region string         `help:"岗位所在区划"`
	Dept   string         `help:"部门代码（部门岗位）"`
	// Household is for those who reach one household only.
	Household string `help:"户编号（农户、结对帮扶责任人、监测联系人）"`
}

const minPassword = 8

// Run adds an account, or gives an account one more role; a new account, or one
// without --role, has its password read from standard input. This is how an
// installation gets its first accounts.
func (a accountCmd) Run(ctx context.Context, cfg *Config) error {
	if err := a.check(); err != nil {
		return err
	}
	e, err := cfg.open(ctx, true)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	return e.Store.Tx(ctx, func(tx *gorm.DB) error {
		now := e.Clock.Now()
		var u models.User
		err := tx.Where("login = ?", a.Login).Take(&u).Error
		fresh := models.Missing(err)
		if err != nil && !fresh {
			return err
		}
		if fresh && (a.Name == "" || a.Role == "") {
			return errors.New("新账号须有 --name、--role 和 --region")
		}
		if fresh {
			u = models.User{ID: models.NewID(), Login: a.Login, Name: a.Name, CreatedAt: now}
		}
		if fresh || a.Role == "" {
			if u.PasswordHash, err = readPassword(); err != nil {
				return err
			}
			u.FailedLogins, u.LockedUntil = 0, nil
		}
		if err := tx.Save(&u).Error; err != nil || a.Role == "" {
			return err
		}
		g := models.RoleGrant{ID: models.NewID(), UserID: u.ID, Role: a.Role, RegionCode: a.Region, Dept: a.Dept, ValidFrom: now}
		if a.Household != "" {
			if err := tx.Model(&models.Household{}).Where("no = ?", a.Household).Pluck("id", &g.HouseholdID).Error; err != nil {
				return err
			}
			if g.HouseholdID == "" {
				return fmt.Errorf("没有户编号 %s", a.Household)
			}
		}
		return tx.Create(&g).Error
	})
}

func (a accountCmd) check() error {
	if a.Role == "" {
		return nil
	}
	def, ok := procedure.RoleOf(a.Role)
	if !ok || !a.Role.Human() || len(def.Base) > 0 {
		return fmt.Errorf("没有岗位 %s", a.Role)
	}
	if _, ok := levels[len(a.Region)]; !ok {
		return errors.New("请用 --region 指明 6、9 或 12 位区划代码")
	}
	if dept := slices.Contains([]procedure.Role{procedure.CountyDept, procedure.TownshipDept}, a.Role); dept != (a.Dept != "") {
		return errors.New("部门岗位须有 --dept，其他岗位不能有")
	}
	if own := def.Level == procedure.LevelHousehold; own != (a.Household != "") {
		return errors.New("农户和结对岗位须有 --household，其他岗位不能有")
	}
	return nil
}

// readPassword reads one line, which is neither shown nor kept.
func readPassword() (string, error) {
	fmt.Fprint(os.Stderr, "口令（至少 8 个字符）：")
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	password := strings.TrimRight(line, "\r\n")
	if utf8.RuneCountInString(password) < minPassword {
		return "", fmt.Errorf("口令至少 %d 个字符", minPassword)
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
