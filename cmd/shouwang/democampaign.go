package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"shouwang/api"
	"shouwang/internal/demo"
	"shouwang/internal/lookback"
	"shouwang/internal/story"
)

// CampaignOptions are the size of the campaign that is played.
type CampaignOptions struct {
	Campaign   bool   `help:"演示“回头看”：按模板 S000 排查九村三千户，预埋差错并核对检出情况，到报告、归档"`
	Households int    `default:"3000" help:"“回头看”的户数"`
	Villages   int    `default:"9" help:"“回头看”的村数，一至九"`
	Surveyors  int    `default:"40" help:"“回头看”的调查员人数，至少每村一人"`
	Ahead      int    `default:"1" hidden:"" help:"距培训结束的天数"`
	Papers     string `help:"“回头看”签发的文书存放的目录；缺省为临时目录，演示后保留"`

	result lookback.Result
}

// seed makes a township of which no data rule has anything to say, with everybody a campaign needs.
func (o *CampaignOptions) seed(ctx context.Context, a *app, s *show) (err error) {
	if o.Papers == "" {
		if o.Papers, err = os.MkdirTemp("", "shouwang-papers-"); err != nil {
			return err
		}
	}
	o.Villages = min(max(o.Villages, 1), 9)
	o.Surveyors = max(o.Surveyors, o.Villages)
	a.perMinute = 1000 // all of them sign in from this machine
	n, err := demo.Seed(ctx, a.engine.Store, demo.Options{
		HashPassword: func(p string) (string, error) { return api.HashPassword(p), nil }, Now: a.engine.Clock.Now().Add(-24 * time.Hour),
		Households: o.Households, Villages: o.Villages, Wide: true, Surveyors: o.Surveyors,
	})
	s.say("已生成并导入虚构乡镇的两年台账：%d 户 %d 人，账号 %d 个", n.Households, n.People, n.Accounts)
	return err
}

// surveyPause is the least time between two visits of a surveyor.
const surveyPause = 20 * time.Minute

// play plays the campaign, and then verifies everything.
func (o *CampaignOptions) play(s *show) func(ctx context.Context, a *app, base string) error {
	return func(ctx context.Context, a *app, base string) error {
		snapshot, err := a.engine.PolicyNow(ctx, demo.Village(1))
		if err != nil {
			return err
		}
		quiet := func(string, ...any) {}
		beside := &story.Play{Base: base, Clock: a.engine.Clock, Party: party(snapshot), Policy: snapshot, Say: quiet}
		p := &lookback.Play{Base: base, Engine: a.engine, Story: beside, Villages: o.Villages, Surveyors: o.Surveyors, Pause: surveyPause, Ahead: o.Ahead, Papers: filepath.Clean(o.Papers), Say: s.say, Note: s.note}
		err = p.Run(ctx)
		if o.result = p.Result; err != nil {
			return err
		}
		return s.sound(ctx, a)
	}
}
