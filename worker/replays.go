package worker

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"go.temporal.io/api/history/v1"
	sdkworker "go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"shouwang/activities"
	"shouwang/models"
)

// Replayer replays workflow histories through the present workflow code, one at a time.
type Replayer struct{ sdk sdkworker.WorkflowReplayer }

// NewReplayer makes one.
func NewReplayer() *Replayer {
	r := sdkworker.NewWorkflowReplayer()
	RegisterWorkflows(r)
	return &Replayer{sdk: r}
}

// Replay fails when the code does something else than the history says.
func (r *Replayer) Replay(h *history.History) error { return r.sdk.ReplayWorkflowHistory(nil, h) }

// Replays replays the workflow histories of all cases of a database, several at a time.
type Replays struct {
	Engine *activities.Engine
	// Running, when set, reads the history of a run that is not archived yet; nil stands for one that is gone.
	Running func(ctx context.Context, run *models.WorkflowRun) (*history.History, error)
	// Jobs is how many are replayed at a time, 0 for one.
	Jobs int
	// Progress, when set, is told how many runs of how many are done; by several at once.
	Progress func(done, of int)
}

// ReplayReport is the result. Missing are runs without a history to be had.
type ReplayReport struct {
	Replayed int
	Missing  int
	Bad      []activities.BadRecord
}

// replayBatch is how many histories are in memory at a time, for each job.
const replayBatch = 20

// Run replays them all and names the cases whose history the code does not follow. It reads them page by page.
func (r *Replays) Run(ctx context.Context) (ReplayReport, error) {
	var rep ReplayReport
	var of int64
	db := r.Engine.Store.DB.WithContext(ctx)
	if err := db.Model(&models.WorkflowRun{}).Count(&of).Error; err != nil {
		return rep, err
	}
	var done atomic.Int64
	told := func(n int) {
		if now := done.Add(int64(n)); r.Progress != nil {
			r.Progress(int(now), int(max(of, now)))
		}
	}
	for after := ""; ; {
		var cases []string
		if err := db.Model(&models.WorkflowRun{}).Where("case_id > ?", after).Distinct("case_id").Order("case_id").Limit(replayPage).Pluck("case_id", &cases).Error; err != nil || len(cases) == 0 {
			return rep, err
		}
		after = cases[len(cases)-1]
		part, err := r.some(ctx, cases, told)
		rep.add(part)
		if err != nil {
			return rep, err
		}
	}
}

// replayPage is of how many cases the histories are looked up at a time.
const replayPage = 500

// Cases replays the histories of some cases.
func (r *Replays) Cases(ctx context.Context, cases []string) (ReplayReport, error) {
	return r.some(ctx, cases, func(int) {})
}

func (r *Replays) some(ctx context.Context, cases []string, told func(n int)) (ReplayReport, error) {
	var rep ReplayReport
	var ids []string
	db := r.Engine.Store.DB.WithContext(ctx)
	if err := db.Model(&models.WorkflowRun{}).Where(models.Among(db, "case_id", cases)).Order("case_id, started_at, run_id").Pluck("run_id", &ids).Error; err != nil {
		return rep, err
	}
	var mu sync.Mutex
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(r.Jobs, 1))
	for batch := range slices.Chunk(ids, replayBatch) {
		g.Go(func() error {
			part, err := r.batch(ctx, batch)
			mu.Lock()
			rep.add(part)
			mu.Unlock()
			if err == nil {
				told(len(batch))
			}
			return err
		})
	}
	err := g.Wait()
	return rep, err
}

func (rep *ReplayReport) add(more ReplayReport) {
	rep.Replayed, rep.Missing, rep.Bad = rep.Replayed+more.Replayed, rep.Missing+more.Missing, append(rep.Bad, more.Bad...)
}

func (r *Replays) batch(ctx context.Context, ids []string) (rep ReplayReport, err error) {
	db := r.Engine.Store.DB.WithContext(ctx)
	var runs []models.WorkflowRun
	if err := db.Where(models.Among(db, "run_id", ids)).Order("case_id, started_at, run_id").Find(&runs).Error; err != nil {
		return rep, err
	}
	replayer := NewReplayer()
	for i := range runs {
		run := &runs[i]
		h, err := r.history(ctx, run)
		switch {
		case err != nil && run.History == nil: // Temporal does not answer, which says nothing of the case
			return rep, err
		case err == nil && (h == nil || len(h.Events) == 0): // not archived yet, or lost with its Temporal database
			rep.Missing++
			continue
		case err == nil:
			err = replayer.Replay(h)
		}
		if err != nil {
			rep.Bad = append(rep.Bad, activities.BadRecord{CaseID: run.CaseID, No: run.RunID, Fault: fmt.Sprintf("工作流历史重放失败：%v", err)})
			continue
		}
		rep.Replayed++
	}
	return rep, nil
}

func (r *Replays) history(ctx context.Context, run *models.WorkflowRun) (*history.History, error) {
	switch {
	case run.History != nil:
		return Unpack(run.History)
	case r.Running != nil:
		h, err := r.Running(ctx, run)
		if isGone(err) {
			return nil, nil
		}
		return h, err
	}
	return nil, nil
}
