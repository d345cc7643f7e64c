package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"
	"text/tabwriter"
	"time"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/policy"
)

// RunOptions are what the runs over an area have in common.
type RunOptions struct {
	Region string `arg:"" help:"区划代码：村、乡镇或县"`
	Full   bool   `help:"全部重查；不加时只查有变动的户"`
}

type qualityCmd struct{ RunOptions }

type screenCmd struct {
	RunOptions
	Channel string `enum:"big_data,concentrated_screening" default:"big_data" help:"线索来源：big_data 大数据监测，concentrated_screening 集中排查"`
}

// Run runs the data rules over an area.
func (q qualityCmd) Run(ctx context.Context, cfg *Config) error {
	titles := map[string]string{}
	for _, r := range policy.DataRules {
		titles[r.Code] = r.Group + " " + r.Title
	}
	return runArea(ctx, cfg, activities.RunRequest{Kind: models.RunQuality, Region: q.Region, Full: q.Full}, titles)
}

// Run screens the households of an area.
func (s screenCmd) Run(ctx context.Context, cfg *Config) error {
	return runArea(ctx, cfg, activities.RunRequest{Kind: models.RunScreening, Region: s.Region, Full: s.Full, Channel: s.Channel}, policy.ScreenTitles())
}

// runArea puts a run in line, or goes on with one that was interrupted, and carries it out here, unless a server is quicker;
// it tells how it goes on.
func runArea(ctx context.Context, cfg *Config, r activities.RunRequest, titles map[string]string) error {
	e, err := cfg.open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	run, err := e.UnfinishedRun(ctx, r.Kind, r.Region)
	if run == nil && err == nil {
		run, err = e.StartRun(ctx, r)
	}
	if err != nil {
		return err
	}
	debug.SetGCPercent(400) // little is kept at a time, and much comes by
	began, owner := time.Now(), models.NewID()
	show := func(run models.QualityRun) {
		fmt.Fprintf(os.Stderr, "\r%d / %d 户，查看 %d 户", run.Passed, run.Total, run.Looked)
	}
	for run.EndedAt == nil {
		if err := e.WorkRun(ctx, run.ID, owner, show); err != nil {
			return err
		}
		if run, err = e.Run(ctx, run.ID); err != nil {
			return err
		}
		if run.EndedAt == nil { // a server works at it
			show(*run)
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Second):
			}
		}
	}
	fmt.Fprintln(os.Stderr)
	printRun(run, titles, time.Since(began))
	if run.State == models.RunFailed {
		return fmt.Errorf("检查中断：%s", run.Fault)
	}
	return nil
}

func printRun(run *models.QualityRun, titles map[string]string, took time.Duration) {
	c := run.Counts
	fmt.Printf("%d 户，查看 %d 户，用时 %.1f 秒；新立 %d 件，事实变化重立 %d 件，已有 %d 条，不再发现 %d 条", run.Passed, run.Looked, took.Seconds(), c.Opened, c.Renewed, c.Standing, c.Gone)
	if run.Kind == models.RunScreening {
		fmt.Printf("；已在监测 %d 户", c.Watched)
	}
	fmt.Println()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, rule := range c.Codes() {
		n := c.Rules[rule]
		fmt.Fprintf(w, "%d\t%s\t%s", n.Hits, rule, titles[rule])
		if n.Unjudged > 0 {
			fmt.Fprintf(w, "（另有 %d 户缺少资料，不能判断）", n.Unjudged)
		}
		fmt.Fprintln(w)
	}
	_ = w.Flush() // to a terminal; nothing to be done about it
}
