package worker

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"google.golang.org/protobuf/encoding/protojson"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/workflows"
)

const (
	repairEvery = 20 * time.Second
	repairBatch = 200
	// recent is how far back a new server doubts.
	recent = 10 * time.Minute
	// settleTime is how long a step may leave workflow and case apart.
	settleTime = 300 * time.Millisecond
)

// Repair keeps database and workflows together while the server runs: it passes
// on what was asked for and never arrived, has workflows look again that may have
// missed the end of a step, opens the forms of campaigns, and archives the histories of ended runs. Several
// servers may do so at once.
func (c *Cases) Repair(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(repairEvery)
	defer tick.Stop()
	var starts sync.WaitGroup
	starts.Go(func() { c.keepStarting(ctx, log) })
	starts.Go(func() { c.keepRunning(ctx, log) })
	starts.Go(func() { c.keepTending(ctx, log) })
	starts.Go(func() { c.keepPosting(ctx, log) })
	defer starts.Wait()
	if err := c.doubtRecent(ctx); err != nil && ctx.Err() == nil {
		log.Warn("recent cases", "err", err)
	}
	for {
		if err := c.StartRounds(ctx); err != nil && ctx.Err() == nil {
			log.Warn("rounds", "err", err)
		}
		if err := c.Settle(ctx); err != nil && ctx.Err() == nil {
			log.Warn("settle", "err", err)
		}
		if err := c.Engine.FinishDeptLists(ctx, c.Engine.Clock.Now().Add(-2*time.Minute)); err != nil && ctx.Err() == nil {
			log.Warn("department lists", "err", err)
		}
		if err := c.Redeliver(ctx, repairEvery); err != nil && ctx.Err() == nil {
			log.Warn("redeliver", "err", err)
		}
		if err := c.Archive(ctx); err != nil && ctx.Err() == nil {
			log.Warn("archive", "err", err)
		}
		if err := c.FindStuck(ctx, log); err != nil && ctx.Err() == nil {
			log.Warn("stuck cases", "err", err)
		}
		if err := c.Engine.Tidy(ctx); err != nil && ctx.Err() == nil {
			log.Warn("tidy", "err", err)
		}
		if err := c.Engine.MarkRecords(ctx); err != nil && ctx.Err() == nil {
			log.Warn("texts of forms", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// doubt remembers a case whose workflow may have missed the end of a step: an event
// is committed before Temporal hears of it, and Temporal may go down in between.
func (c *Cases) doubt(caseID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.doubts == nil {
		c.doubts = map[string]bool{}
	}
	c.doubts[caseID] = true
}

// doubtRecent doubts the open cases that moved shortly before this server started:
// the one before it may have gone down with its doubts. One that never moved has not
// missed the end of a step; StartWaiting starts it.
func (c *Cases) doubtRecent(ctx context.Context) error {
	since := c.Engine.Clock.Now().Add(-time.Duration(float64(recent) * max(c.Engine.Clock.Drill.Rate, 1)))
	var ids []string
	err := c.Engine.Store.DB.WithContext(ctx).Model(&models.Case{}).Where("closed_at IS NULL AND step > 0 AND updated_at > ?", since).
		Order("updated_at DESC").Limit(5*repairBatch).Pluck("id", &ids).Error
	for _, id := range ids {
		c.doubt(id)
	}
	return err
}

// Settle has every doubted case look at the database, and starts the workflow of
// one that has none.
func (c *Cases) Settle(ctx context.Context) error {
	c.mu.Lock()
	doubts := slices.Sorted(maps.Keys(c.doubts))
	c.mu.Unlock()
	for _, id := range doubts {
		cs, err := c.Engine.Case(ctx, id)
		if err != nil {
			return err
		}
		d, ok := procedure.Lookup(cs.Procedure, cs.Version)
		if ok && d.Mode == procedure.Durable && cs.ClosedAt == nil {
			if err := c.Start(ctx, cs, false); err != nil {
				return err
			}
			if err := c.Nudge(ctx, id); err != nil {
				return err
			}
		}
		c.mu.Lock()
		delete(c.doubts, id)
		c.mu.Unlock()
	}
	return nil
}

// Redeliver passes on the messages between cases that are older than age and were
// not taken yet; StartWaiting starts cases.
func (c *Cases) Redeliver(ctx context.Context, age time.Duration) error {
	db := c.Engine.Store.DB.WithContext(ctx)
	var rows []models.Outbox
	err := db.Where("kind <> 'start' AND done_at IS NULL AND created_at < ?", c.Engine.Clock.Now().Add(-age)).Order("id").Limit(repairBatch).Find(&rows).Error
	if err != nil {
		return err
	}
	for _, o := range rows {
		target, err := c.Engine.Case(ctx, o.TargetID)
		if err != nil {
			return err
		}
		if err := c.redeliver(ctx, o, target); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cases) redeliver(ctx context.Context, o models.Outbox, target *models.Case) error {
	if target.ClosedAt != nil {
		return c.Engine.Store.DB.WithContext(ctx).Model(&o).Updates(map[string]any{"done_at": c.Engine.Clock.Now(), "note": "case_closed"}).Error
	}
	if isInline(target) {
		out, err := c.Engine.Deliver(ctx, o.ID)
		c.PassOn(ctx, out)
		return err
	}
	if err := c.Start(ctx, target, false); err != nil {
		return err
	}
	if o.Kind == "start" {
		return nil
	}
	return c.signal(ctx, o.ID, o.Kind, o.TargetID, o.Event)
}

// Archive keeps the histories of runs that have ended, so that they can be
// replayed after Temporal has dropped them. Only runs that were followed by another
// one, or whose case has ended, are asked for.
func (c *Cases) Archive(ctx context.Context) error {
	db := c.Engine.Store.DB.WithContext(ctx)
	var runs []models.WorkflowRun
	err := db.Where("history IS NULL").Where(
		"EXISTS (SELECT 1 FROM workflow_runs later WHERE later.case_id = workflow_runs.case_id AND later.started_at > workflow_runs.started_at)" +
			" OR EXISTS (SELECT 1 FROM cases WHERE cases.id = workflow_runs.case_id AND cases.closed_at IS NOT NULL)").
		Order("started_at, run_id").Limit(repairBatch).Find(&runs).Error
	if err != nil {
		return err
	}
	for i := range runs {
		if err := c.archive(ctx, &runs[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cases) archive(ctx context.Context, run *models.WorkflowRun) error {
	h, closed, err := c.fetch(ctx, run)
	if err != nil || !closed {
		return err
	}
	packed, err := pack(h)
	if err != nil {
		return err
	}
	return c.Engine.KeepRun(ctx, run, packed, len(h.Events))
}

func (c *Cases) fetch(ctx context.Context, run *models.WorkflowRun) (*history.History, bool, error) {
	d, err := c.Client.DescribeWorkflowExecution(ctx, workflows.ID(run.CaseID), run.RunID)
	if isGone(err) {
		return &history.History{}, true, nil // lost with its Temporal database; nothing is left to keep
	}
	if err != nil {
		return nil, false, err
	}
	if d.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return nil, false, nil
	}
	h, err := c.History(ctx, run.CaseID, run.RunID)
	return h, err == nil, err
}

// History fetches the history of one run of a case from Temporal.
func (c *Cases) History(ctx context.Context, caseID, runID string) (*history.History, error) {
	h := &history.History{}
	it := c.Client.GetWorkflowHistory(ctx, workflows.ID(caseID), runID, false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for it.HasNext() {
		e, err := it.Next()
		if err != nil {
			return nil, err
		}
		h.Events = append(h.Events, e)
	}
	return h, nil
}

func pack(h *history.History) ([]byte, error) {
	raw, err := protojson.Marshal(h)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(raw); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// Unpack reads an archived history.
func Unpack(packed []byte) (*history.History, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	defer z.Close()
	var buf bytes.Buffer
	if _, err := buf.ReadFrom(z); err != nil {
		return nil, err
	}
	h := &history.History{}
	return h, protojson.Unmarshal(buf.Bytes(), h)
}

// Reconcile compares every open case with its workflow and every open workflow
// with its case. With rebuild it starts what is missing, ends what is left over
// and brings back what has fallen behind; timers are armed again from the
// database, which has the last word.
func (c *Cases) Reconcile(ctx context.Context, rebuild bool) ([]activities.Divergence, error) {
	out := []activities.Divergence{}
	for after := ""; ; {
		cases, err := c.Engine.OpenCases(ctx, after, repairBatch)
		if err != nil {
			return out, err
		}
		if len(cases) == 0 {
			break
		}
		for i := range cases {
			d, err := c.reconcile(ctx, &cases[i], rebuild)
			if err != nil {
				return out, err
			}
			if d != nil {
				out = append(out, *d)
			}
		}
		after = cases[len(cases)-1].ID
	}
	left, err := c.leftovers(ctx, rebuild)
	return append(out, left...), err
}

func (c *Cases) reconcile(ctx context.Context, cs *models.Case, rebuild bool) (*activities.Divergence, error) {
	desc, err := c.Client.DescribeWorkflowExecution(ctx, workflows.ID(cs.ID), "")
	if err != nil && !isGone(err) {
		return nil, err
	}
	if err != nil || desc.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		d := &activities.Divergence{CaseID: cs.ID, Procedure: cs.Procedure, Kind: "missing", Detail: "事项在办，但没有运行中的工作流"}
		if rebuild {
			return d, c.Start(ctx, cs, false)
		}
		return d, nil
	}
	d, err := c.behind(ctx, cs)
	if err != nil || d == nil || !rebuild {
		return d, err
	}
	if err := c.Client.TerminateWorkflow(ctx, workflows.ID(cs.ID), "", "reconcile: behind the database"); err != nil && !isGone(err) {
		return d, err
	}
	return d, c.Start(ctx, cs, false)
}

// behind tells whether a running workflow stands elsewhere than its case. One that
// is in the middle of a step does so for a moment, so it is asked again. It has to
// have come as far as the case was before, and no further than the case is now: how
// far the case goes while one asks does not matter.
func (c *Cases) behind(ctx context.Context, cs *models.Case) (*activities.Divergence, error) {
	for try := 0; ; try++ {
		st, err := c.status(ctx, cs.ID)
		if err != nil {
			return nil, err
		}
		now, err := c.Engine.Case(ctx, cs.ID)
		if err != nil {
			return nil, err
		}
		moving := st.Step >= cs.Step && st.Step < now.Step
		if moving || st.Step == now.Step && st.Current == now.State || now.ClosedAt != nil {
			return nil, nil
		}
		if try == 3 || !pause(ctx, settleTime) {
			detail := fmt.Sprintf("工作流在第 %d 步“%s”，事项在第 %d 步“%s”", st.Step, st.Current, now.Step, now.State)
			return &activities.Divergence{CaseID: cs.ID, Procedure: cs.Procedure, Kind: "behind", Detail: detail}, ctx.Err()
		}
	}
}

func (c *Cases) status(ctx context.Context, caseID string) (workflows.State, error) {
	var st workflows.State
	v, err := c.Client.QueryWorkflow(ctx, workflows.ID(caseID), "", workflows.QueryStatus)
	if err != nil {
		return st, err
	}
	err = v.Get(&st)
	return st, err
}

// leftovers finds running workflows whose case has ended or does not exist.
func (c *Cases) leftovers(ctx context.Context, rebuild bool) ([]activities.Divergence, error) {
	var out []activities.Divergence
	it, err := c.openWorkflows(ctx)
	if err != nil {
		return nil, err
	}
	for _, w := range it {
		cs, err := c.Engine.Case(ctx, w.caseID)
		var refused *procedure.Refusal
		if err != nil && !errors.As(err, &refused) {
			return out, err
		}
		if err == nil && cs.ClosedAt == nil || err == nil && w.young {
			continue
		}
		out = append(out, activities.Divergence{CaseID: w.caseID, Procedure: w.procedure, Kind: "leftover", Detail: "工作流在运行，但事项已办结或不存在"})
		if rebuild {
			if err := c.Client.TerminateWorkflow(ctx, workflows.ID(w.caseID), "", "reconcile: no open case"); err != nil && !isGone(err) {
				return out, err
			}
		}
	}
	return out, nil
}

func isGone(err error) bool {
	var gone *serviceerror.NotFound
	return errors.As(err, &gone)
}

func listOpen(token []byte) *workflowservice.ListWorkflowExecutionsRequest {
	return &workflowservice.ListWorkflowExecutionsRequest{Query: "ExecutionStatus = 'Running'", PageSize: repairBatch, NextPageToken: token}
}

type openWorkflow struct {
	caseID    string
	procedure string
	// young runs may be about to end, or wait for a corrective event.
	young bool
}

func (c *Cases) openWorkflows(ctx context.Context) ([]openWorkflow, error) {
	var out []openWorkflow
	var token []byte
	for {
		page, err := c.Client.ListWorkflow(ctx, listOpen(token))
		if err != nil {
			return nil, err
		}
		for _, x := range page.GetExecutions() {
			id, ok := workflows.CaseID(x.GetExecution().GetWorkflowId())
			if !ok {
				continue
			}
			out = append(out, openWorkflow{caseID: id, procedure: x.GetType().GetName(), young: time.Since(x.GetStartTime().AsTime()) < 2*time.Minute})
		}
		if token = page.GetNextPageToken(); len(token) == 0 {
			return out, nil
		}
	}
}
