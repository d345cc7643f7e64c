package workflows_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/api/history/v1"
	sdkworker "go.temporal.io/sdk/worker"
	"google.golang.org/protobuf/encoding/protojson"

	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/procedure"
	"shouwang/worker"
)

// record writes the histories anew from a real server:
//
//	go test ./workflows -run TestRecordHistories -record
//
// That is right only for a new folder of a new engine version. Those of a version
// that has run anywhere stay as they are: open cases go on from such histories.
var record = flag.Bool("record", false, "write the newest folder of testdata/histories anew")

// who is the process and machine a history was recorded on.
var who = regexp.MustCompile(`"identity": *"[0-9]+@[^"]*"`)

// histories of v1 set a timer at each step, those of v2 keep it (Input.KeepTimer).
const histories = "testdata/histories/v2"

// roundsHistories is where the rounds look at what is due before they make the duties
// of a new day; those of v2 make the duties first.
const roundsHistories = "testdata/histories/v3"

func TestReplayCheckedInHistories(t *testing.T) {
	files, err := filepath.Glob("testdata/histories/*/*.json")
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(files), 12)
	for _, f := range files {
		t.Run(strings.TrimPrefix(f, "testdata/histories/"), func(t *testing.T) { require.NoError(t, replay(read(t, f))) })
	}
}

// A replay that passes whatever the code does would prove nothing.
func TestReplayFailsAgainstASpoiledDefinition(t *testing.T) {
	h := read(t, filepath.Join(histories, "notice_objection.json"))
	require.NoError(t, replay(h))
	all := procedure.All
	t.Cleanup(func() { procedure.All = all })
	procedure.All = slices.Clone(all)
	for i, d := range all {
		if d.Name != "village_notice" {
			continue
		}
		spoiled := *d
		spoiled.States = slices.Clone(d.States)
		for j := range spoiled.States { // an objection would end the notice
			spoiled.States[j].Final = spoiled.States[j].Final || spoiled.States[j].Code == "objection_open"
		}
		procedure.All[i] = &spoiled
	}
	require.ErrorContains(t, replay(h), "TMPRL1100")
}

func replay(h *history.History) error {
	r := sdkworker.NewWorkflowReplayer()
	worker.RegisterWorkflows(r)
	return r.ReplayWorkflowHistory(nil, h)
}

func read(t *testing.T, file string) *history.History {
	t.Helper()
	raw, err := os.ReadFile(file)
	require.NoError(t, err)
	h := &history.History{}
	require.NoError(t, protojson.Unmarshal(raw, h))
	return h
}

func write(t *testing.T, folder, name string, h *history.History) {
	t.Helper()
	raw, err := protojson.MarshalOptions{Multiline: true, Indent: " "}.Marshal(h)
	require.NoError(t, err)
	raw = who.ReplaceAll(raw, []byte(`"identity": "recorded"`))
	require.NoError(t, os.MkdirAll(folder, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(folder, name+".json"), raw, 0o644))
}

// TestRecordHistories makes one history for each path through the engine.
func TestRecordHistories(t *testing.T) {
	if !*record {
		t.Skip("only with -record")
	}
	s := testkit.OpenMigrated(t, "sqlite")
	w := live.New(t, s, live.Temporal(t, ""), time.Second)
	last := func(name, id string) { write(t, histories, name, w.Histories(id)[0]) }

	j := w.MainJob()
	last("clue", j.Clue)
	last("identification", j.Ident)
	last("notice_objection", j.Notice)
	w.Until(j.Objection, "closed")
	w.Eventually(func() bool { return ended(w.Histories(j.Objection)[0]) }, "the objection's workflow does not end")
	last("objection", j.Objection)
	last("comparison_hit", w.Children(j.Ident, "dept_comparison")[0].ID)

	h := w.NewHousehold(testkit.Village)
	lapsing := w.Open("identification", h, w.Actor(procedure.VillageCadre))
	w.Do(lapsing, "prepare", "sign_authorization")
	comparison := w.Last(lapsing, "dept_comparison").ID
	w.Until(comparison, "overdue")
	w.Do(comparison, "answer_clean")
	w.Eventually(func() bool { return ended(w.Histories(comparison)[0]) }, "the comparison's workflow does not end")
	last("comparison_lapse", comparison)
	last("identification_open_with_rungs", lapsing)

	w.Cases.ContinueAfter = 12
	clue := w.Open("risk_clue", w.NewHousehold(testkit.Village), w.Actor(procedure.VillageCadre))
	w.Do(clue, "register_locally", "misrouted", "redispatch", "accept")
	w.Eventually(func() bool { return len(w.Histories(clue)) > 1 }, "no second run")
	runs := w.Histories(clue)
	write(t, histories, "continued_first_run", runs[len(runs)-1])
	write(t, histories, "continued_second_run", runs[len(runs)-2])
}

func ended(h *history.History) bool {
	return h.Events[len(h.Events)-1].GetWorkflowExecutionCompletedEventAttributes() != nil
}
