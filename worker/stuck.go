package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/api/enums/v1"

	"shouwang/models"
	"shouwang/workflows"
)

const (
	// lateWake is how long, in real time, a workflow may be late in looking at its
	// clocks before somebody looks at it.
	lateWake = 2 * time.Minute
	// stuckAttempts is how often a workflow task may have failed in a row; a case
	// whose code panics or no longer fits its history fails for ever.
	stuckAttempts = 5
)

// FindStuck marks the open cases that cannot go on by themselves, with the reason
// for the operator, and clears the mark of those that go on again. Only cases that
// are late are looked at.
func (c *Cases) FindStuck(ctx context.Context, log *slog.Logger) error {
	now := c.Engine.Clock.Now()
	late := now.Add(-lateWake)
	if rate := c.Engine.Clock.Drill.Rate; rate != 0 {
		late = now.Add(-time.Duration(float64(lateWake) * rate))
	}
	var cases []models.Case
	err := c.Engine.Store.DB.WithContext(ctx).Where("closed_at IS NULL AND (wake_at < ? OR stuck <> '')", late).
		Order("id").Limit(repairBatch).Find(&cases).Error
	if err != nil {
		return err
	}
	for i := range cases {
		why, err := c.stuck(ctx, &cases[i])
		if err != nil {
			return err
		}
		if why == cases[i].Stuck {
			continue
		}
		if err := c.Engine.MarkStuck(ctx, cases[i].ID, why); err != nil {
			return err
		}
		if why != "" {
			log.Error("a case cannot go on by itself", "case", cases[i].ID, "procedure", cases[i].Procedure, "why", why)
		}
	}
	return nil
}

// stuck says why a late case does not move, "" if nothing is wrong with it.
func (c *Cases) stuck(ctx context.Context, cs *models.Case) (string, error) {
	id, gone := workflows.ID(cs.ID), "没有运行中的工作流，请运行 shouwang reconcile --rebuild"
	if isInline(cs) {
		id, gone = workflows.RoundsID, "巡查流程没有运行，请查看工作进程日志"
	}
	d, err := c.Client.DescribeWorkflowExecution(ctx, id, "")
	if err != nil && !isGone(err) {
		return "", err
	}
	if err != nil || d.GetWorkflowExecutionInfo().GetStatus() != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
		return gone, nil
	}
	if n := d.GetPendingWorkflowTask().GetAttempt(); n >= stuckAttempts {
		return fmt.Sprintf("工作流连续 %d 次不能推进，请查看工作进程日志", n), nil
	}
	return "", nil
}
