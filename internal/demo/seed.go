package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"shouwang/internal/ledger"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// seedNumber makes every demonstration the same.
const seedNumber = 20261122

// since is when grants and policies of the demonstration begin: before any working day that the calendar knows.
var since = time.Date(2023, 12, 31, 16, 0, 0, 0, time.UTC)

// Options say what to make. HashPassword is called once: the accounts share one password and one hash.
type Options struct {
	HashPassword func(string) (string, error)
	Password     string // Password by default
	Households   int    // of the main township, 3,000 by default; SampleCases needs 100
	Now          time.Time
	// Villages are those with households, all by default. Wide gives the main township the further columns of the register
	// of this year and the year before, such that no data rule objects, and makes a few households of another county beside
	// it. Surveyors are those of a campaign over it, with all
	// others whom it needs.
	Villages  int
	Wide      bool
	Surveyors int
}

// Summary counts what Seed has made; all zero when everything was there already.
type Summary struct {
	Regions    int
	Accounts   int
	Policies   int
	Households int
	People     int
}

// marker is the name of the Meta row that says the demonstration is complete, and how many households it has.
const marker = "demo"

// Seeded tells whether the database holds a complete demonstration.
func Seeded(ctx context.Context, store *models.Store) (bool, error) {
	var n int64
	err := store.DB.WithContext(ctx).Model(&models.Meta{}).Where("name = ?", marker).Count(&n).Error
	return n > 0, err
}

// Seed makes the demonstration county. It may be called again at any time: what exists is left as it is, and an
// interrupted run is completed. The households go the way of every ledger: generated as a workbook, read, planned and
// applied.
func Seed(ctx context.Context, store *models.Store, o Options) (Summary, error) {
	var s Summary
	done, err := Seeded(ctx, store)
	if err != nil || done {
		return s, err
	}
	if o.Password == "" {
		o.Password = Password
	}
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	// The invented children are born before this day, whatever the case clock says.
	born := policy.NewDate(2026, time.November, 1)
	if err := s.regions(ctx, store, o); err != nil {
		return s, fmt.Errorf("demo regions: %w", err)
	}
	if err := seedOutlines(ctx, store, o.Now); err != nil {
		return s, fmt.Errorf("demo outlines: %w", err)
	}
	if err := s.policies(ctx, store, o.Now); err != nil {
		return s, fmt.Errorf("demo policies: %w", err)
	}
	main := ledger.GenerateOptions{Seed: seedNumber, Households: o.Households, Villages: o.Villages, Today: born, Wide: o.Wide}
	if o.Wide {
		before := main
		before.Year = born.Year - 1
		if err := s.households(ctx, store, Township, before); err != nil {
			return s, fmt.Errorf("demo households of the year before: %w", err)
		}
	}
	scopes := map[string]ledger.GenerateOptions{}
	if o.Wide {
		scopes[otherCountyTown] = ledger.GenerateOptions{Seed: seedNumber, Households: otherCountySize, Township: otherCountyPlace, Names: otherCountyVillages, Area: ledger.FictionPrefix + "03", Today: born}
	}
	other := ledger.GenerateOptions{Seed: seedNumber, Households: 60, Township: otherName, Names: otherVillages, Area: ledger.FictionPrefix + "02", Today: born}
	scopes[Township], scopes[OtherTown] = main, other
	for scope, g := range scopes {
		if err := s.households(ctx, store, scope, g); err != nil {
			return s, fmt.Errorf("demo households of %s: %w", scope, err)
		}
	}
	if err := s.accounts(ctx, store, o); err != nil {
		return s, fmt.Errorf("demo accounts: %w", err)
	}
	return s, store.DB.WithContext(ctx).Create(&models.Meta{Name: marker, Value: fmt.Sprint(s.Households)}).Error
}

// otherCountySize is how many households the other county has.
const otherCountySize = 20

func (s *Summary) regions(ctx context.Context, store *models.Store, o Options) error {
	rows := Regions()
	if o.Wide {
		rows = append(rows, neighbours()...)
	}
	res := store.DB.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&rows)
	s.Regions += int(res.RowsAffected)
	return res.Error
}

// policies sets what has no default: the reference line of the invented county.
func (s *Summary) policies(ctx context.Context, store *models.Store, now time.Time) error {
	value, err := json.Marshal(policy.IncomeLine{Fen: 800_000, Concept: "net"})
	if err != nil {
		return err
	}
	row := models.PolicyRow{
		ID: models.NewID(), Key: "income_line", RegionCode: County, Value: value, ValidFrom: since,
		Basis: "演示数据：虚构县的年度收入参考线，不是任何地方的标准，使用前请按本地文件修改", CreatedBy: "demo", CreatedAt: now.UTC(),
	}
	var n int64
	db := store.DB.WithContext(ctx)
	if err := db.Model(&models.PolicyRow{}).Where("key = ? AND region_code = ?", row.Key, row.RegionCode).Count(&n).Error; err != nil || n > 0 {
		return err
	}
	s.Policies++
	return db.Create(&row).Error
}

func (s *Summary) households(ctx context.Context, store *models.Store, scope string, g ledger.GenerateOptions) error {
	var file bytes.Buffer
	if _, err := ledger.Generate(&file, g); err != nil {
		return err
	}
	l, err := ledger.Read(&file)
	if err != nil {
		return err
	}
	p, err := ledger.NewPlan(ctx, store, l, ledger.Scope{Regions: []string{scope}, Now: g.Today.Start()})
	if err != nil {
		return err
	}
	if p.Rejected > 0 {
		return fmt.Errorf("%d households rejected, first: %s", p.Rejected, p.Faults()[0])
	}
	p.File = "演示台账.xlsx"
	b, err := ledger.Apply(ctx, store, p, "demo")
	s.Households += b.Created
	for _, h := range p.Households {
		if h.Action == ledger.Create {
			s.People += h.Members
		}
	}
	return err
}

// accounts makes the accounts that do not exist yet, each with its grants in one transaction.
func (s *Summary) accounts(ctx context.Context, store *models.Store, o Options) error {
	hash, err := o.HashPassword(o.Password)
	if err != nil {
		return err
	}
	list, err := everybody(ctx, store, o)
	if err != nil {
		return err
	}
	for _, a := range list {
		made := false
		err := store.Tx(ctx, func(tx *gorm.DB) error {
			u := models.User{ID: models.NewID(), Login: a.Login, Name: a.Name, PasswordHash: hash, CreatedAt: o.Now.UTC().Truncate(time.Microsecond)}
			res := tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "login"}}, DoNothing: true}).Create(&u)
			if made = res.RowsAffected == 1; res.Error != nil || !made {
				return res.Error
			}
			for _, g := range a.Grants {
				if err := grant(tx, u.ID, g); err != nil {
					return err
				}
				if g.Role == procedure.Auditor {
					if err := engage(tx, u.ID, g.Region, o.Now); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("account %s: %w", a.Login, err)
		}
		if made {
			s.Accounts++
		}
	}
	return nil
}

// everybody are the accounts, and those of a campaign if one is wanted.
func everybody(ctx context.Context, store *models.Store, o Options) ([]Account, error) {
	if o.Surveyors == 0 {
		return Accounts, nil
	}
	sizes, err := VillageSizes(ctx, store)
	return slices.Concat(Accounts, CampaignAccounts(sizes, o.Surveyors)), err
}

// VillageSizes are how many households the villages of the main township have that have any.
func VillageSizes(ctx context.Context, store *models.Store) ([]int, error) {
	var out []int
	err := store.DB.WithContext(ctx).Model(&models.Household{}).Where("region_code LIKE ?", Township+"%").Group("region_code").Order("region_code").Pluck("COUNT(*)", &out).Error
	return out, err
}

// engage gives an auditor something to audit, without which he would see nothing: the whole of his area, for three years.
func engage(tx *gorm.DB, user, region string, now time.Time) error {
	var giver models.User
	if err := tx.Select("id").Where("login = ?", "county").Take(&giver).Error; err != nil {
		return fmt.Errorf("who gives the engagement: %w", err)
	}
	id := models.NewID()
	return tx.Create(&models.Engagement{ID: id, No: "SJ-" + id[len(id)-8:], UserID: user, Title: "防返贫政策落实审计（演示）", Basis: "演示用", Areas: []string{region}, Procedures: []string{},
		FromDay: policy.DateOf(since).String(), UntilDay: policy.DateOf(now.AddDate(3, 0, 0)).String(), RegionCode: region, GivenBy: giver.ID, GivenRole: procedure.CountyOffice, GivenAt: now.UTC().Truncate(time.Microsecond)}).Error
}

func grant(tx *gorm.DB, user string, g Grant) error {
	row := models.RoleGrant{ID: models.NewID(), UserID: user, Role: g.Role, RegionCode: g.Region, Dept: g.Dept, GroupName: g.Group, ValidFrom: since}
	if g.Household != "" {
		var h models.Household
		if err := tx.Select("id").Where("no = ?", g.Household).Take(&h).Error; err != nil {
			return fmt.Errorf("household %s: %w", g.Household, err)
		}
		row.HouseholdID = h.ID
	}
	return tx.Create(&row).Error
}
