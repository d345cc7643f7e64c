package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/models"
	"shouwang/procedure"
)

type adminsCmd struct {
	Region string `arg:"" help:"县的区划代码（6 位），须已添加"`
	Sys    string `default:"sysadmin" help:"系统管理员的用户名"`
	Sec    string `default:"secadmin" help:"安全管理员的用户名"`
	Log    string `default:"logadmin" help:"审计管理员的用户名"`
}

// Run makes the first three administrators of a county, all others being made by them.
// Where there is one already it makes none.
func (a adminsCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.open(ctx, true)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	return a.create(ctx, e, os.Stdout)
}

func (a adminsCmd) create(ctx context.Context, e *activities.Engine, out io.Writer) error {
	three := []struct {
		login string
		role  procedure.Role
	}{{a.Sys, procedure.SysAdmin}, {a.Sec, procedure.SecAdmin}, {a.Log, procedure.LogAdmin}}
	passwords := make([]string, len(three))
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		now := e.Clock.Now()
		if err := a.free(tx, e); err != nil {
			return err
		}
		k := e.Administer(tx, activities.CommandLine)
		for i, x := range three {
			def, _ := procedure.RoleOf(x.role)
			passwords[i] = api.InitialPassword()
			u := models.User{ID: models.NewID(), Login: x.login, Name: def.Title, Area: a.Region, PasswordHash: api.HashPassword(passwords[i]), CreatedAt: now, PasswordSetAt: new(time.Now().UTC().Truncate(time.Microsecond)), MustChange: true}
			if err := k.CreateAccount(&u); err != nil {
				return err
			}
			if err := k.Grant(&models.RoleGrant{ID: models.NewID(), UserID: u.ID, Role: x.role, RegionCode: a.Region, ValidFrom: now}, "首次建立"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, x := range three {
		def, _ := procedure.RoleOf(x.role)
		fmt.Fprintf(out, "%s  用户名 %s  初始口令 %s\n", def.Title, x.login, passwords[i])
	}
	return nil
}

// free fails if the county is not there or has administrators.
func (a adminsCmd) free(tx *gorm.DB, e *activities.Engine) error {
	var n int64
	if err := tx.Model(&models.Region{}).Where("code = ? AND level = 'county'", a.Region).Count(&n).Error; err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("没有县级区划 %s，请先以 shouwang region 添加", a.Region)
	}
	err := tx.Model(&models.RoleGrant{}).Where("role IN ? AND region_code = ? AND (valid_to IS NULL OR valid_to > ?)", activities.AdminRoles(), a.Region, e.Clock.Now()).Count(&n).Error
	if err == nil && n > 0 {
		err = fmt.Errorf("%s 已有管理员：其他管理员由安全管理员申请、系统管理员批准", a.Region)
	}
	return err
}
