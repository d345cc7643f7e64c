package main

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/client"
	sdkworker "go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
	"gorm.io/gorm"

	"shouwang/models"
)

const bareQueue = "bare"

// bareInput says what a bare workflow does on each update.
type bareInput struct {
	Activity string // none, local, normal
	Timer    bool   // re-arm one 90-day timer, as every case with a limit must
	Renew    bool   // continue as new after each update
}

// bare is the least that a durable step can be: an update that runs an activity.
func bare(ctx workflow.Context, in bareInput) error {
	n, taken := 0, 0
	err := workflow.SetUpdateHandler(ctx, "step", func(ctx workflow.Context, s string) (string, error) {
		taken++
		var out string
		var err error
		switch in.Activity {
		case "local":
			ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 10 * time.Second})
			err = workflow.ExecuteLocalActivity(ctx, echo, s).Get(ctx, &out)
		case "normal":
			ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{StartToCloseTimeout: 10 * time.Second})
			err = workflow.ExecuteActivity(ctx, echo, s).Get(ctx, &out)
		}
		n++
		return out, err
	})
	if err != nil {
		return err
	}
	for {
		seen := n
		moved := func() bool { return n != seen }
		if err := await(ctx, in.Timer, moved); err != nil {
			return err
		}
		if in.Renew || workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			if err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) }); err != nil {
				return err
			}
			return workflow.NewContinueAsNewError(ctx, bare, in)
		}
	}
}

func await(ctx workflow.Context, timer bool, moved func() bool) error {
	if !timer {
		return workflow.Await(ctx, moved)
	}
	ctx, cancel := workflow.WithCancel(ctx)
	defer cancel()
	limit := workflow.NewTimer(ctx, 90*24*time.Hour)
	return workflow.Await(ctx, func() bool { return limit.IsReady() || moved() })
}

func echo(_ context.Context, s string) (string, error) { return s, nil }

// bareStep starts one bare workflow for each client and returns a step on it.
func bareStep(t testing.TB, c client.Client, name string, in bareInput, clients int) func(client int) error {
	t.Helper()
	ids := make([]string, clients)
	for i := range ids {
		run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{TaskQueue: bareQueue}, bare, in)
		require.NoError(t, err)
		ids[i] = run.GetID()
	}
	return func(i int) error {
		h, err := c.UpdateWorkflow(context.Background(), client.UpdateWorkflowOptions{
			WorkflowID: ids[i], UpdateName: "step", WaitForStage: client.WorkflowUpdateStageCompleted, Args: []any{name}})
		if err != nil {
			return err
		}
		var out string
		return h.Get(context.Background(), &out)
	}
}

// txStep changes a row of the client's own, in a transaction that reaches the disk.
func txStep(t testing.TB, s *models.Store, clients int) func(client int) error {
	t.Helper()
	name := func(i int) string { return fmt.Sprintf("bench-%d-%d", clients, i) }
	for i := range clients {
		require.NoError(t, s.DB.Create(&models.Meta{Name: name(i)}).Error)
	}
	return func(i int) error {
		return s.Tx(context.Background(), func(tx *gorm.DB) error {
			return tx.Model(&models.Meta{}).Where("name = ?", name(i)).Update("value", models.NewID()).Error
		})
	}
}

func startBareWorker(t testing.TB, c client.Client) {
	t.Helper()
	w := sdkworker.New(c, bareQueue, sdkworker.Options{})
	w.RegisterWorkflow(bare)
	w.RegisterActivity(echo)
	require.NoError(t, w.Start())
	t.Cleanup(w.Stop)
}
