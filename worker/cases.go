package worker

import (
	"context"
	"sync"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/workflows"
)

// Cases opens cases and fires events on them through their workflows.
type Cases struct {
	Client client.Client
	Engine *activities.Engine
	// ContinueAfter is handed to new workflows; 0 keeps their default.
	ContinueAfter int
	// StartRate is how many waiting cases StartWaiting starts in a second; 0 is the
	// default.
	StartRate float64
	// Post carries messages out of the application; nil leaves them inside.
	Post *activities.Post

	noting sync.WaitGroup // events that Temporal is still to hear the end of
	mu     sync.Mutex
	flying map[string]int
	// doubts are cases whose workflow may have missed the end of a step.
	doubts map[string]bool
	id     string
}

// Open opens a case by hand and starts its workflow. When Temporal is not there
// the case is open all the same, and its workflow is started later by Repair.
func (c *Cases) Open(ctx context.Context, r activities.OpenRequest) (*models.Case, error) {
	cs, err := c.Engine.OpenCase(ctx, r)
	if err != nil {
		return nil, err
	}
	if d, ok := procedure.Lookup(cs.Procedure, cs.Version); ok && d.Mode == procedure.Durable {
		startCtx, cancel := context.WithTimeout(ctx, updateWait)
		defer cancel()
		_ = c.Start(startCtx, cs, false)
	}
	return cs, nil
}

// Start starts the workflow of a case, if it is not running.
func (c *Cases) Start(ctx context.Context, cs *models.Case, correcting bool) error {
	_, err := c.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.ID(cs.ID), TaskQueue: TaskQueue,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		TypedSearchAttributes:    workflows.Attributes(cs.Procedure, cs.RegionCode),
	}, cs.Procedure, workflows.Input{
		CaseID: cs.ID, Version: cs.Version, Region: cs.RegionCode, Drill: c.Engine.Clock.Drill, Correcting: correcting, ContinueAfter: c.ContinueAfter, KeepTimer: true,
	})
	return err
}

// Nudge asks a case to look at its clocks again, as after a photo has arrived.
func (c *Cases) Nudge(ctx context.Context, caseID string) error {
	err := c.Client.SignalWorkflow(ctx, workflows.ID(caseID), "", workflows.SignalNudge, nil)
	if isGone(err) {
		return nil // ended, or lost and restarted later by Repair
	}
	return err
}
