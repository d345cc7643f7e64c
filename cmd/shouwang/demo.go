package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"shouwang/activities"
	"shouwang/internal/demo"
	"shouwang/internal/story"
	"shouwang/internal/tale"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
	"shouwang/worker"
)

type demoCmd struct {
	JSON bool   `name:"json" help:"以 JSON 输出，每步一行"`
	Life bool   `help:"演示一户从线索到稳定消除的几年：识别、帮扶、走访、消除、回头看、回退、再次消除、观察期满"`
	Rate string `help:"演练时钟，缺省为 1d=2s；演示几年的为 1d=400ms，演示“回头看”的按户数和机器快慢而定，九村三千户最快 1d=16s"`
	CampaignOptions
}

// Run plays one identification on a stack of its own, lets one case run overdue,
// and then replays and verifies everything.
func (d *demoCmd) Run(ctx context.Context, _ *Config) (err error) {
	began := time.Now()
	paced := d.Campaign && d.Rate == ""
	if d.Rate == "" {
		d.Rate = map[bool]string{false: "1d=2s", true: "1d=400ms"}[d.Life] // of a campaign until its machine is known
	}
	dir, err := os.MkdirTemp("", "shouwang-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	cfg := &Config{Data: dir, Namespace: "shouwang", Profile: "demo", Drill: d.Rate, LogLevel: "error"}
	a, err := start(ctx, cfg, true, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.close()) }()
	s := &show{json: d.JSON, began: began}
	if d.Campaign {
		if err = d.seed(ctx, a, s); paced {
			d.Rate = d.pace(a)
		}
	} else {
		err = a.seedDemo(ctx, 60)
	}
	if err != nil {
		return err
	}
	w := worker.New(a.client, a.engine)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	defer a.tend(ctx)()
	base, stop, err := a.background(ctx)
	if err != nil {
		return err
	}
	defer stop()
	s.say("演示环境已就绪：%s，演练时钟 %s", base, d.Rate)
	play := s.play
	if d.Life {
		play = s.life
	}
	if d.Campaign {
		play = d.play(s)
	}
	if err := play(ctx, a, base); err != nil {
		s.result(false, err)
		return err
	}
	s.result(true, nil)
	return nil
}

// tend does beside the cases what a server does, until it is told to stop.
func (a *app) tend(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var g sync.WaitGroup
	g.Go(func() { a.cases.Repair(ctx, a.log) })
	return func() {
		cancel()
		g.Wait()
		a.cases.Drain()
	}
}

// background serves HTTP on a free port.
func (a *app) background(ctx context.Context) (string, func(), error) {
	h, err := a.handler(ctx, ServeOptions{PerMinute: 1000}) // everybody acts from this machine
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = srv.Serve(l) }() // ends with Close
	return "http://" + l.Addr().String(), func() { _ = srv.Close() }, nil
}

// show prints the steps of the demonstration.
type show struct {
	json  bool
	began time.Time
	n     int
}

func (s *show) say(format string, a ...any) {
	s.n++
	text := fmt.Sprintf(format, a...)
	if s.json {
		_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"step": s.n, "seconds": time.Since(s.began).Seconds(), "text": text})
		return
	}
	fmt.Printf("%6.1f 秒  %s\n", time.Since(s.began).Seconds(), text)
}

// note prints a line of a table.
func (s *show) note(format string, a ...any) {
	if s.json {
		_ = json.NewEncoder(os.Stdout).Encode(map[string]any{"note": fmt.Sprintf(format, a...)})
		return
	}
	fmt.Println("          　" + fmt.Sprintf(format, a...))
}

func (s *show) result(ok bool, err error) {
	if !s.json {
		if ok {
			fmt.Printf("\n演示全部成立，用时 %.0f 秒\n", time.Since(s.began).Seconds())
		}
		return
	}
	out := map[string]any{"ok": ok, "seconds": time.Since(s.began).Seconds()}
	if err != nil {
		out["error"] = err.Error()
	}
	_ = json.NewEncoder(os.Stdout).Encode(out)
}

func (s *show) play(ctx context.Context, a *app, base string) error {
	snapshot, err := a.engine.PolicyNow(ctx, demo.Village(1))
	if err != nil {
		return err
	}
	p := &story.Play{Base: base, Clock: a.engine.Clock, Party: party(snapshot), Policy: snapshot, Say: s.say}
	left, err := p.FindHouse(ctx, 1)
	if err != nil {
		return err
	}
	neglected, err := p.Neglect(ctx, left)
	if err != nil {
		return err
	}
	h, err := p.FindHouse(ctx, 0)
	if err != nil {
		return err
	}
	id, err := p.Identify(ctx, h)
	if err != nil {
		return err
	}
	if err := p.Climb(ctx, neglected, policy.ActionSupervise, p.Party.County); err != nil {
		return err
	}
	return s.prove(ctx, a, id)
}

// prove replays the case from its records and its workflow histories and
// verifies all chains.
func (s *show) prove(ctx context.Context, a *app, id string) error {
	c, err := a.engine.Case(ctx, id)
	if err != nil {
		return err
	}
	if !s.json {
		fmt.Println()
		if err := tale.Tell(ctx, os.Stdout, a.engine, c, time.Time{}); err != nil {
			return err
		}
		fmt.Println()
	}
	if err := s.sound(ctx, a); err != nil {
		return err
	}
	return s.expect(c, a.engine)
}

// sound replays every workflow history and verifies the chains of all cases.
func (s *show) sound(ctx context.Context, a *app) error {
	n, err := s.replayAll(ctx, a)
	if err != nil {
		return err
	}
	s.say("工作流历史 %d 段全部重放，与代码一致", n)
	v, err := a.engine.Verify(ctx)
	if err != nil {
		return err
	}
	if len(v.Bad) > 0 {
		return fmt.Errorf("记录链不完整：%v", v.Bad)
	}
	s.say("核对 %d 个事项、%d 条记录：记录链完整，推演结果与存储一致", v.Cases, v.Events)
	return nil
}

// expect checks what the demonstration has promised to show.
func (s *show) expect(c *models.Case, e *activities.Engine) error {
	if c.State != "registered" {
		return fmt.Errorf("识别认定应为已纳入，实为 %s", c.State)
	}
	if c.Returns != 1 {
		return fmt.Errorf("应退回 1 次，实为 %d 次", c.Returns)
	}
	for proc, state := range map[string]procedure.State{"village_notice": "ended_overruled", "dept_comparison": "settled", "household_status": "monitored"} {
		var n int64
		if err := e.Store.DB.Model(&models.Case{}).Where("household_id = ? AND procedure = ? AND state = ?", c.HouseholdID, proc, state).Count(&n).Error; err != nil {
			return err
		}
		if n != 1 {
			return fmt.Errorf("%s 在 %s 的应有 1 件，实有 %d 件", proc, state, n)
		}
	}
	return nil
}

func (s *show) replayAll(ctx context.Context, a *app) (int, error) {
	if err := a.cases.Archive(ctx); err != nil {
		return 0, err
	}
	var runs []models.WorkflowRun
	if err := a.engine.Store.DB.WithContext(ctx).Order("started_at").Find(&runs).Error; err != nil {
		return 0, err
	}
	for i := range runs {
		h, err := a.cases.History(ctx, runs[i].CaseID, runs[i].RunID)
		if err != nil {
			return i, err
		}
		if err := replayOne(h); err != nil {
			return i, fmt.Errorf("事项 %s 的工作流历史重放失败：%w", runs[i].CaseID, err)
		}
	}
	return len(runs), nil
}
