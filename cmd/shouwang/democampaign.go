package main

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"shouwang/api"
	"shouwang/internal/casetime"
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
	Papers     string `help:"“回头看”签发的文书存放的目录；缺省为临时目录，演示后保留"`

	result lookback.Result
	seeded time.Duration // how long the township took to make
}

// A machine with two calm cores makes a household in calmSeed, and plays a campaign over three thousand at calmDay for a day
// of case time. However few there are, a day takes leastDay: some waits are the same.
const (
	calmSeed = 8 * time.Millisecond
	calmDay  = 16 * time.Second
	leastDay = 2500 * time.Millisecond
)

// day is the real time of a day of case time on a machine that is as fast as this one was when it made the township: the
// campaign has the dates of its template, so on a slow machine it is the clock that waits for the work.
func (o *CampaignOptions) day() time.Duration {
	day := max(leastDay, calmDay*time.Duration(o.Households)/3000)
	return time.Duration(float64(day) * o.slow()).Round(100 * time.Millisecond)
}

// slow is how many times as long as on a calm machine the township took.
func (o *CampaignOptions) slow() float64 {
	return max(1, float64(o.seeded)/float64(calmSeed*time.Duration(o.Households)))
}

// pace sets the clock to that rate; nothing has begun yet.
func (o *CampaignOptions) pace(a *app) string {
	day := o.day()
	c := a.engine.Clock
	now := time.Now()
	c.Drill = casetime.Drill{Real: now, Case: c.Drill.At(now), Rate: float64(24*time.Hour) / float64(day)}
	return "1d=" + day.String()
}

// ahead are the days from now to the end of the training. Until the households are listed and shared out, a small township
// takes longer than its share of a day.
func (o *CampaignOptions) ahead(c *casetime.Clock) int {
	listing := 40 * time.Millisecond * time.Duration(250+o.Households/10)
	return max(1, int(float64(listing)*o.slow()*c.Drill.Rate/float64(24*time.Hour)))
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
	began := time.Now()
	n, err := demo.Seed(ctx, a.engine.Store, demo.Options{
		HashPassword: func(p string) (string, error) { return api.HashPassword(p), nil }, Now: a.engine.Clock.Now().Add(-24 * time.Hour),
		Households: o.Households, Villages: o.Villages, Wide: true, Surveyors: o.Surveyors,
	})
	o.seeded = time.Since(began)
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
		p := &lookback.Play{Base: base, Engine: a.engine, Story: beside, Villages: o.Villages, Surveyors: o.Surveyors, Pause: surveyPause, Ahead: o.ahead(a.engine.Clock), Papers: filepath.Clean(o.Papers), Say: s.say, Note: s.note}
		err = p.Run(ctx)
		if o.result = p.Result; err != nil {
			return err
		}
		return s.sound(ctx, a)
	}
}
