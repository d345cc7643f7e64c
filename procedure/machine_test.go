package procedure_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/procedure"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMermaid(t *testing.T) {
	t.Parallel()
	for _, d := range procedure.All {
		t.Run(d.Name, func(t *testing.T) {
			chart := d.Mermaid("")
			require.Equal(t, chart, d.Mermaid(""), "the same on every call")
			golden := filepath.Join("testdata", "mermaid", d.Key()+".mmd")
			if *update {
				require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
				require.NoError(t, os.WriteFile(golden, []byte(chart), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, "run with -update to write it")
			require.Equal(t, string(want), chart)
			require.Equal(t, chart+"  classDef present font-weight:bold,stroke-width:3px\n  class "+string(d.Initial)+" present\n", d.Mermaid(d.Initial))
		})
	}
}

// Every transition of every definition, and every event that does not leave a state.
func TestMachineFollowsItsDefinition(t *testing.T) {
	t.Parallel()
	for _, d := range procedure.All {
		for _, s := range d.States {
			for _, e := range d.Events {
				m := procedure.NewMachine(d, s.Code)
				require.Equal(t, s.Final, m.Final())
				to, err := m.Fire(e.Code, "")
				if _, ok := d.EventFrom(e.Code, s.Code); !ok {
					require.ErrorIs(t, err, procedure.ErrNotAllowed, "%s: %s in %s", d.Key(), e.Code, s.Code)
					require.Equal(t, s.Code, to)
					require.Equal(t, s.Code, m.State())
					continue
				}
				require.NoError(t, err)
				want := e.Targets(s.Code)[0]
				require.Equal(t, want, to)
				require.Equal(t, want, m.State())
			}
		}
	}
}

func TestMachineReturnsToTheFormerState(t *testing.T) {
	t.Parallel()
	d, _ := procedure.Latest("household_status")
	for _, c := range []struct{ former, want procedure.State }{
		{"", "none"}, {"none", "none"}, {"observing", "observing"}, {"stable", "stable"}, {"monitored", "none"},
	} {
		m := procedure.NewMachine(d, "candidate")
		to, err := m.Fire("case_negative", c.former)
		require.NoError(t, err)
		require.Equal(t, c.want, to, "former %s", c.former)
		require.Equal(t, c.want, m.State())
	}
	e, _ := d.Event("admitted")
	require.Equal(t, procedure.State("monitored"), e.Target("candidate", "observing"), "only the listed events return")
}

func TestMachineMayStayWhereItIs(t *testing.T) {
	t.Parallel()
	d := &procedure.Definition{Name: "x", Version: 1, Initial: "a", States: []procedure.StateDef{{Code: "a"}, {Code: "b", Final: true}},
		Events: []procedure.Event{{Code: "note", From: []procedure.State{"a"}, To: "a"}, {Code: "end", From: []procedure.State{"a"}, To: "b"}}}
	m := procedure.NewMachine(d, "a")
	for range 2 {
		to, err := m.Fire("note", "")
		require.NoError(t, err)
		require.Equal(t, procedure.State("a"), to)
	}
	_, err := m.Fire("end", "")
	require.NoError(t, err)
	require.True(t, m.Final())
	_, err = m.Fire("note", "")
	require.ErrorIs(t, err, procedure.ErrNotAllowed)
	_, err = m.Fire("fly", "")
	require.ErrorIs(t, err, procedure.ErrNotAllowed)
}
