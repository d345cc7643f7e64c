package procedure_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/procedure"
)

// machine is a state machine of the requirements, written down independently of
// the definitions.
type machine struct {
	Code        string                     `json:"code"`
	Initial     procedure.State            `json:"initial"`
	States      map[procedure.State]string `json:"states"`
	Terminal    []procedure.State          `json:"terminal"`
	Transitions []struct {
		Event string            `json:"event"`
		Label string            `json:"label"`
		Actor string            `json:"actor"`
		From  []procedure.State `json:"from"`
		To    procedure.State   `json:"to"`
	} `json:"transitions"`
}

func machines(t *testing.T) []machine {
	t.Helper()
	raw, err := os.ReadFile("testdata/machines.json")
	require.NoError(t, err)
	var out []machine
	require.NoError(t, json.Unmarshal(raw, &out))
	return out
}

// The definitions are the machines of the requirements: nothing missing, nothing
// renamed, nothing added.
func TestDefinitionsAreTheRequiredMachines(t *testing.T) {
	t.Parallel()
	wanted := machines(t)
	require.Len(t, wanted, 21)
	for _, d := range procedure.All {
		t.Run(d.Key(), func(t *testing.T) {
			i := slices.IndexFunc(wanted, func(m machine) bool { return m.Code == d.Name })
			require.GreaterOrEqual(t, i, 0)
			m := wanted[i]
			require.Equal(t, m.Initial, d.Initial)
			states, ends := map[procedure.State]string{}, []procedure.State{}
			for _, s := range d.States {
				states[s.Code] = s.Title
				if s.Final {
					ends = append(ends, s.Code)
				}
			}
			require.Equal(t, m.States, states)
			require.ElementsMatch(t, m.Terminal, ends)
			requireEvents(t, m, d)
		})
	}
}

func requireEvents(t *testing.T, m machine, d *procedure.Definition) {
	t.Helper()
	type edge struct {
		event    string
		from, to procedure.State
	}
	var want, got []edge
	for _, tr := range m.Transitions {
		for _, s := range tr.From {
			want = append(want, edge{tr.Event, s, tr.To})
		}
	}
	for _, e := range d.Events {
		for _, s := range e.From {
			got = append(got, edge{e.Code, s, e.To}) // "=" is written so in the requirement too
		}
	}
	require.ElementsMatch(t, want, got)
	for _, tr := range m.Transitions {
		e, ok := d.Event(tr.Event)
		require.True(t, ok)
		if tr.Label != "" {
			require.Equal(t, tr.Label, e.Title, tr.Event)
		}
		requireActors(t, tr.Actor, e)
	}
}

// requireActors checks that every role the requirement names has a part in the event.
func requireActors(t *testing.T, actor string, e *procedure.Event) {
	t.Helper()
	actor, _, _ = strings.Cut(actor, ", not ") // who may not is NotBy
	part := append(slices.Clone(e.Roles), e.Proxies...)
	for _, s := range e.Signers {
		part = append(part, s.Roles...)
	}
	for _, r := range e.Roles { // a relation to the case stands for the roles it is held by
		def, _ := procedure.RoleOf(r)
		part = append(part, def.Base...)
	}
	for _, f := range e.Form { // somebody who takes part and does nothing in the system is named in the form
		part = append(part, procedure.Role(f.Code))
	}
	for _, r := range slices.Clone(part) { // a relation is held by accounts with other roles
		def, _ := procedure.RoleOf(r)
		part = append(part, def.Base...)
	}
	for _, word := range strings.FieldsFunc(actor, func(r rune) bool { return r != '_' && (r < 'a' || r > 'z') }) {
		if _, ok := procedure.RoleOf(procedure.Role(word)); ok {
			require.Contains(t, part, procedure.Role(word), e.Code)
		}
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	d, ok := procedure.Lookup("risk_clue", 1)
	require.True(t, ok)
	require.Equal(t, "risk_clue@1", d.Key())
	for _, c := range []struct {
		name    string
		version int
	}{{"risk_clue", 0}, {"risk_clue", 2}, {"nothing", 1}} {
		_, ok := procedure.Lookup(c.name, c.version)
		require.False(t, ok, "%s@%d", c.name, c.version)
	}
	_, ok = procedure.Latest("nothing")
	require.False(t, ok)
}

func TestDefinitionFindsItsParts(t *testing.T) {
	t.Parallel()
	d, _ := procedure.Latest("risk_clue")
	require.ElementsMatch(t, []procedure.State{"new", "dispatched", "verifying", "returned"}, d.Open())
	require.True(t, d.Final("no_risk"))
	require.False(t, d.Final("new"))
	require.False(t, d.Final("nowhere"))
	_, ok := d.State("nowhere")
	require.False(t, ok)
	_, ok = d.EventFrom("accept", "dispatched")
	require.True(t, ok)
	_, ok = d.EventFrom("accept", "new")
	require.False(t, ok)
	_, ok = d.EventFrom("fly", "new")
	require.False(t, ok)
}

func TestRefusalNamesCodesAndFields(t *testing.T) {
	t.Parallel()
	r := procedure.Refuse(procedure.Invalid, "conditions_not_met", "还有 1 处", procedure.FieldFault{Field: "reason", Code: "required", Message: "请填写"})
	require.EqualError(t, r, "conditions_not_met; 还有 1 处; reason required")
}

func TestHuman(t *testing.T) {
	t.Parallel()
	for _, r := range procedure.Roles {
		byRule := r.Code == procedure.System || r.Code == procedure.Timer || r.Code == procedure.Procedure
		require.Equal(t, !byRule, r.Code.Human(), r.Code)
	}
}
