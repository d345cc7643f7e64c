package worker_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/history/v1"
	"go.temporal.io/api/serviceerror"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/worker"
)

// All histories are replayed, archived and running; one that the code does not follow is named, and what is gone is counted.
func TestReplayAll(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		files, err := filepath.Glob("../workflows/testdata/histories/v2/*.json")
		require.NoError(t, err)
		require.NotEmpty(t, files)
		keep := func(run, raw string) {
			var out bytes.Buffer
			z := gzip.NewWriter(&out)
			_, err := z.Write([]byte(raw))
			require.NoError(t, err)
			require.NoError(t, z.Close())
			require.NoError(t, s.DB.Create(&models.WorkflowRun{RunID: run, CaseID: "case " + run, StartedAt: testkit.Start, History: out.Bytes()}).Error)
		}
		var last string
		for _, f := range files {
			raw, err := os.ReadFile(f)
			require.NoError(t, err)
			last = string(raw)
			keep(filepath.Base(f), last)
		}
		for _, run := range []string{"running", "gone", "empty"} {
			require.NoError(t, s.DB.Create(&models.WorkflowRun{RunID: run, CaseID: run, StartedAt: testkit.Start}).Error)
		}
		var told int
		r := worker.Replays{Engine: &activities.Engine{Store: s}, Jobs: 1, Progress: func(done, of int) { told = of }}
		rep, err := r.Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, worker.ReplayReport{Replayed: len(files), Missing: 3}, rep)
		require.Equal(t, len(files)+3, told)

		broken := strings.Replace(last, "EVENT_TYPE_TIMER_STARTED", "EVENT_TYPE_TIMER_CANCELED", 1)
		require.NotEqual(t, last, broken)
		keep("broken", broken)
		r.Running = func(_ context.Context, run *models.WorkflowRun) (*history.History, error) {
			switch run.RunID {
			case "gone":
				return nil, serviceerror.NewNotFound("gone")
			case "empty":
				return &history.History{}, nil
			}
			var kept models.WorkflowRun
			require.NoError(t, s.DB.Where("run_id = ?", filepath.Base(files[0])).Take(&kept).Error)
			return worker.Unpack(kept.History)
		}
		rep, err = r.Run(t.Context())
		require.NoError(t, err)
		require.Equal(t, []int{len(files) + 1, 2}, []int{rep.Replayed, rep.Missing})
		require.Len(t, rep.Bad, 1)
		require.Equal(t, "case broken", rep.Bad[0].CaseID)

		// That Temporal does not answer is no fault of a case.
		r.Running = func(context.Context, *models.WorkflowRun) (*history.History, error) {
			return nil, serviceerror.NewUnavailable("away")
		}
		rep, err = r.Cases(t.Context(), []string{"running"})
		require.ErrorContains(t, err, "away")
		require.Empty(t, rep.Bad)
		require.NoError(t, s.DB.Model(&models.WorkflowRun{}).Where("run_id = ?", "running").Update("history", []byte("not packed")).Error)
		rep, err = r.Cases(t.Context(), []string{"running"})
		require.NoError(t, err)
		require.Len(t, rep.Bad, 1)
	})
}
