package main

import (
	"context"
	"fmt"
	"time"

	"shouwang/api"
	"shouwang/internal/demo"
	"shouwang/internal/story"
	"shouwang/models"
	"shouwang/policy"
)

// seed makes the demonstration data when they are wanted and not there.
func (a *app) seed(ctx context.Context, mode string) error {
	if mode == "none" || a.cfg.Profile == "production" {
		return nil
	}
	if mode == "auto" {
		var users int64
		if err := a.engine.Store.DB.WithContext(ctx).Model(&models.User{}).Count(&users).Error; err != nil {
			return err
		}
		if users > 0 || a.engine.Store.Postgres() {
			return nil
		}
	}
	fmt.Println("正在生成演示数据……")
	return a.seedDemo(ctx, 0)
}

// seedDemo seeds the demonstration county; 0 households means all of them.
func (a *app) seedDemo(ctx context.Context, households int) error {
	_, err := demo.Seed(ctx, a.engine.Store, demo.Options{
		HashPassword: func(p string) (string, error) { return api.HashPassword(p), nil },
		Households:   households, Now: a.engine.Clock.Now().Add(-24 * time.Hour),
	})
	return err
}

// demoData reports whether the demonstration accounts are there.
func (a *app) demoData(ctx context.Context) bool {
	ok, err := demo.Seeded(ctx, a.engine.Store)
	return err == nil && ok
}

// party casts the demonstration accounts in the play.
func party(s policy.Snapshot) story.Party {
	p := story.Party{
		Password: demo.Password, Cadre: "cadre", Cadre2: "cadre2", Secretary: "secretary", Surveyor: "surveyor", Surveyor2: "surveyor2",
		Township: "township", Township2: "township2", Leader: "linked", County: "county", Entry: "entry", Entry2: "entry2",
		Departments: map[string]string{},
	}
	for _, x := range demo.Accounts {
		for _, g := range x.Grants {
			if g.Dept != "" {
				p.Departments[g.Dept] = x.Login
			}
		}
	}
	return p
}
