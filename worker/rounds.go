package worker

import (
	"context"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/workflow"

	"shouwang/activities"
	"shouwang/workflows"
)

// StartRounds starts the one workflow that keeps the time for all cases without one
// of their own, unless it is running. Every server does so when it starts.
func (c *Cases) StartRounds(ctx context.Context) error {
	_, err := c.Client.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: workflows.RoundsID, TaskQueue: TaskQueue,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, workflows.RoundsName, workflows.RoundsInput{Drill: c.Engine.Clock.Drill})
	return err
}

// registerRounds registers the workflow of the rounds.
func registerRounds(r Registry) {
	r.RegisterWorkflowWithOptions(workflows.Rounds, workflow.RegisterOptions{Name: workflows.RoundsName})
}

// roundsOf are the activities of the rounds, which pass messages on through c.
func roundsOf(c client.Client, e *activities.Engine) *activities.Rounds {
	return &activities.Rounds{Engine: e, PassOn: (&Cases{Client: c, Engine: e}).PassOn}
}
