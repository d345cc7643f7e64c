// Package worker wires the engine to Temporal: the worker that runs the cases,
// the client side that fires events, and the repairs.
package worker

import (
	"fmt"
	"log/slog"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"shouwang/activities"
	"shouwang/procedure"
	"shouwang/workflows"
)

// TaskQueue is where all cases run.
const TaskQueue = "shouwang-cases"

// keptCases is how many cases a worker keeps in memory, about 50 KB each. A case that
// has waited for days is read again anyway when it moves (docs/scale.md).
const keptCases = 2000

// stopPatience is how long a worker that stops waits for what it has in hand. What is not done then is silent, and begun
// anew only after the time that the silence is given.
const stopPatience = 5 * time.Second

// Dial connects to Temporal. It fails at once when the server is not there. Options
// may change what it asks for.
func Dial(address, namespace string, log *slog.Logger, options ...func(*client.Options)) (client.Client, error) {
	o := client.Options{HostPort: address, Namespace: namespace, Logger: sdklog.NewStructuredLogger(log)}
	for _, change := range options {
		change(&o)
	}
	c, err := client.Dial(o)
	if err != nil {
		return nil, fmt.Errorf("temporal %s: %w", address, err)
	}
	return c, nil
}

// New makes the worker that runs every durable procedure.
func New(c client.Client, e *activities.Engine) worker.Worker {
	worker.SetStickyWorkflowCacheSize(keptCases)
	w := worker.New(c, TaskQueue, worker.Options{
		MaxConcurrentWorkflowTaskExecutionSize:  64,
		MaxConcurrentLocalActivityExecutionSize: 64,
		// A case that cannot go on blocks, it does not fail: one bad deployment must
		// not end every open case.
		WorkflowPanicPolicy: worker.BlockWorkflow,
		WorkerStopTimeout:   stopPatience,
	})
	Register(w, e)
	w.RegisterActivity(roundsOf(c, e))
	return w
}

// Registry is the part of a worker, a replayer or a test environment that takes
// workflows.
type Registry interface {
	RegisterWorkflowWithOptions(w any, options workflow.RegisterOptions)
}

// RegisterWorkflows registers the case workflow once per durable procedure, and the rounds.
func RegisterWorkflows(r Registry) {
	registerRounds(r)
	seen := map[string]bool{}
	for _, d := range procedure.All {
		if d.Mode != procedure.Durable || seen[d.Name] {
			continue
		}
		seen[d.Name] = true
		r.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: d.Name})
	}
}

// Register registers workflows and activities.
func Register(w worker.Worker, e *activities.Engine) {
	RegisterWorkflows(w)
	w.RegisterActivity(&activities.Activities{Engine: e})
}
