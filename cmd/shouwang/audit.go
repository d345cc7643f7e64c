package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"go.temporal.io/api/history/v1"
	sdkworker "go.temporal.io/sdk/worker"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/tale"
	"shouwang/models"
	"shouwang/worker"
)

type verifyCmd struct {
	JSON bool `name:"json" help:"以 JSON 输出"`
}

// Run checks the records of all cases and fails when one does not hold.
func (v verifyCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	verdict, err := e.Verify(ctx)
	if err != nil {
		return err
	}
	if v.JSON {
		if err := json.NewEncoder(os.Stdout).Encode(verdict); err != nil {
			return err
		}
	} else {
		printVerdict(os.Stdout, verdict)
	}
	if n := len(verdict.Bad); n > 0 {
		return fmt.Errorf("%d 个事项的记录不完整或被改动", n)
	}
	return nil
}

func printVerdict(w io.Writer, v activities.Verdict) {
	fmt.Fprintf(w, "核对 %d 个事项、%d 条记录\n", v.Cases, v.Events)
	for _, b := range v.Bad {
		fmt.Fprintf(w, "  %s（%s）第 %d 条：%s\n", b.No, b.CaseID, b.Seq, b.Fault)
	}
	if len(v.Bad) == 0 {
		fmt.Fprintln(w, "记录链完整，序号连续，与存储一致")
	}
}

type replayCmd struct {
	Case string `arg:"" help:"事项编号或代码"`
	At   string `help:"只重放到这一时刻，如 2026-11-22（含当天）或 2026-11-22T09:00:00+08:00"`
}

// Run tells one case from its records, compares it with what is stored, and
// replays its workflow histories through the workflow code.
func (r replayCmd) Run(ctx context.Context, cfg *Config) error {
	e, err := cfg.open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	at, err := r.until()
	if err != nil {
		return err
	}
	c, err := findCase(ctx, e.Store.DB, r.Case)
	if err != nil {
		return err
	}
	if err := tale.Tell(ctx, os.Stdout, e, c, at); err != nil {
		return err
	}
	if !at.IsZero() {
		return nil
	}
	_, bad, err := e.VerifyCase(ctx, c)
	if err != nil {
		return err
	}
	if bad != nil {
		return fmt.Errorf("第 %d 条记录：%s", bad.Seq, bad.Fault)
	}
	fmt.Println("记录链完整，推演结果与存储一致")
	return replayHistories(ctx, cfg, e, c)
}

func (r replayCmd) until() (time.Time, error) {
	if r.At == "" {
		return time.Time{}, nil
	}
	for _, layout := range []struct {
		shape string
		whole time.Duration // a day or a minute is meant with all that was done in it
	}{{time.RFC3339, 0}, {"2006-01-02 15:04", time.Minute}, {time.DateOnly, 24 * time.Hour}} {
		if t, err := time.ParseInLocation(layout.shape, r.At, casetime.Shanghai); err == nil {
			return t.Add(max(layout.whole-1, 0)), nil
		}
	}
	return time.Time{}, fmt.Errorf("时刻 %q 应写作 2026-11-22 或 2026-11-22T09:00:00+08:00", r.At)
}

func findCase(ctx context.Context, db *gorm.DB, name string) (*models.Case, error) {
	var c models.Case
	err := db.WithContext(ctx).Where("id = ? OR no = ?", name, name).Take(&c).Error
	if models.Missing(err) {
		return nil, fmt.Errorf("没有编号为 %s 的事项", name)
	}
	return &c, err
}

// replayHistories replays every run of a case: archived ones from the database,
// the others from Temporal when it is running.
func replayHistories(ctx context.Context, cfg *Config, e *activities.Engine, c *models.Case) error {
	var runs []models.WorkflowRun
	if err := e.Store.DB.WithContext(ctx).Where("case_id = ?", c.ID).Order("started_at, run_id").Find(&runs).Error; err != nil {
		return err
	}
	replayed, missing := 0, 0
	for i := range runs {
		h, err := historyOf(ctx, cfg, e, &runs[i])
		if err != nil {
			return err
		}
		if h == nil || len(h.Events) == 0 {
			missing++
			continue
		}
		if err := replayOne(h); err != nil {
			return fmt.Errorf("工作流历史 %s 重放失败：%w", runs[i].RunID, err)
		}
		replayed++
	}
	fmt.Printf("工作流历史 %d 段，重放 %d 段，均与代码一致\n", len(runs), replayed)
	if missing > 0 {
		fmt.Printf("另有 %d 段历史尚未归档，或在 Temporal 中已不存在（设置 TEMPORAL_ADDRESS 可读取在运行的）\n", missing)
	}
	return nil
}

func historyOf(ctx context.Context, cfg *Config, e *activities.Engine, run *models.WorkflowRun) (*history.History, error) {
	if run.History != nil {
		return worker.Unpack(run.History)
	}
	if cfg.Temporal == "" {
		return nil, nil
	}
	client, err := worker.Dial(cfg.Temporal, cfg.Namespace, cfg.logger())
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return (&worker.Cases{Client: client, Engine: e}).History(ctx, run.CaseID, run.RunID)
}

func replayOne(h *history.History) error {
	r := sdkworker.NewWorkflowReplayer()
	worker.RegisterWorkflows(r)
	return r.ReplayWorkflowHistory(nil, h)
}

type reconcileCmd struct {
	Rebuild bool `help:"从数据库重建缺失、落后的工作流，结束多余的"`
	JSON    bool `name:"json" help:"以 JSON 输出"`
}

// Run compares cases and workflows; a running server or worker must answer queries.
func (r reconcileCmd) Run(ctx context.Context, cfg *Config) error {
	if cfg.Temporal == "" {
		return fmt.Errorf("请用 TEMPORAL_ADDRESS 指明正在运行的 Temporal（make run 时显示在启动信息中）")
	}
	e, err := cfg.open(ctx, false)
	if err != nil {
		return err
	}
	defer e.Store.Close()
	client, err := worker.Dial(cfg.Temporal, cfg.Namespace, cfg.logger())
	if err != nil {
		return err
	}
	defer client.Close()
	found, err := (&worker.Cases{Client: client, Engine: e}).Reconcile(ctx, r.Rebuild)
	if err != nil {
		return err
	}
	if r.JSON {
		return json.NewEncoder(os.Stdout).Encode(found)
	}
	for _, d := range found {
		fmt.Printf("%s %s：%s（%s）\n", d.Procedure, d.CaseID, d.Detail, d.Kind)
	}
	verb := "发现"
	if r.Rebuild {
		verb = "已修复"
	}
	fmt.Printf("%s %d 处不一致\n", verb, len(found))
	return nil
}
