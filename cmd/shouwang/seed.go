package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/demo"
	"shouwang/internal/story"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// seed makes the demonstration data when they are wanted and not there, and
// reports whether it did.
func (a *app) seed(ctx context.Context, mode string, households int) (bool, error) {
	if mode == "none" || a.cfg.Profile == "production" {
		return false, nil
	}
	if mode == "auto" {
		var users int64
		if err := a.engine.Store.DB.WithContext(ctx).Model(&models.User{}).Count(&users).Error; err != nil {
			return false, err
		}
		if users > 0 || a.engine.Store.Postgres() {
			return false, nil
		}
	}
	fmt.Println("正在生成演示数据……")
	return true, a.seedDemo(ctx, households)
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
		Township: "township", Township2: "township2", Leader: "linked", County: "county", Entry: "entry", Entry2: "entry2", Helper: "resident",
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

// samples opens a dozen matters in different situations, through the engine like
// anybody's. Keys make it safe to be interrupted and run again.
func (a *app) samples(ctx context.Context) error {
	for i, s := range demo.SampleClues(a.engine.Clock.Now()) {
		id, err := a.sample(ctx, fmt.Sprintf("sample:%d", i), s)
		if err != nil {
			return fmt.Errorf("演示事项“%s”：%w", s.Situation, err)
		}
		for j, act := range s.Then {
			actor, err := a.demoActor(ctx, act.Login, act.Role)
			if err != nil {
				return err
			}
			_, err = a.cases.Fire(ctx, activities.FireRequest{CaseID: id, Event: act.Event, Key: fmt.Sprintf("sample:%d.%d", i, j), ExpectedSeq: activities.AnySeq, Actor: actor, Form: decoded(act.Form)})
			if err != nil {
				return fmt.Errorf("演示事项“%s”：%w", s.Situation, err)
			}
		}
	}
	return nil
}

func (a *app) sample(ctx context.Context, key string, s demo.SampleClue) (string, error) {
	actor, err := a.demoActor(ctx, s.Login, s.Role)
	if err != nil {
		return "", err
	}
	var h models.Household
	if err := a.engine.Store.DB.WithContext(ctx).Where("no = ?", s.Household).Take(&h).Error; err != nil {
		return "", err
	}
	c, err := a.cases.Open(ctx, activities.OpenRequest{Key: key, Procedure: s.Procedure, HouseholdID: h.ID, Actor: actor, Form: decoded(s.Form)})
	if err != nil {
		return "", err
	}
	return c.ID, nil
}

// decoded gives a form the shape it has after a journey as JSON.
func decoded(form map[string]any) map[string]any {
	raw, err := json.Marshal(form)
	if err != nil {
		panic(err) // the samples are texts, numbers and lists of them
	}
	var out map[string]any
	_ = json.Unmarshal(raw, &out) // what was just written can be read
	return out
}

// demoActor is a demonstration account in one of its roles.
func (a *app) demoActor(ctx context.Context, login string, role procedure.Role) (activities.Actor, error) {
	var g models.RoleGrant
	err := a.engine.Store.DB.WithContext(ctx).Joins("JOIN users ON users.id = role_grants.user_id").
		Where("users.login = ? AND role_grants.role = ?", login, role).Take(&g).Error
	return activities.Actor{UserID: g.UserID, Role: role, Region: g.RegionCode, Dept: g.Dept}, err
}
