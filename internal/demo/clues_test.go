package demo

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/procedure"
)

func mayAct(t *testing.T, login string, role procedure.Role, region string) {
	t.Helper()
	i := slices.IndexFunc(Accounts, func(a Account) bool { return a.Login == login })
	require.GreaterOrEqual(t, i, 0, login)
	require.True(t, slices.ContainsFunc(Accounts[i].Grants, func(g Grant) bool { return g.Role == role && strings.HasPrefix(region, g.Region) }), "%s is no %s", login, role)
}

// fits asks that the form answers every required field that applies always, and no unknown one.
func fits(t *testing.T, fields []procedure.Field, form map[string]any) {
	t.Helper()
	known := map[string]bool{}
	for _, f := range fields {
		known[f.Code] = true
		if f.Required && f.When == nil {
			require.Contains(t, form, f.Code)
		}
		if v, ok := form[f.Code].(string); ok && f.Kind == procedure.Choice {
			require.True(t, slices.ContainsFunc(f.Options, func(o procedure.Option) bool { return o.Code == v }), "%s: %s", f.Code, v)
		}
	}
	for code := range form {
		require.True(t, known[code], code)
	}
}

func TestSampleCluesFollowTheirDefinitions(t *testing.T) {
	t.Parallel()
	clues := SampleClues(now)
	require.GreaterOrEqual(t, len(clues), 12)
	for _, c := range clues {
		d, ok := procedure.Latest(c.Procedure)
		require.True(t, ok)
		region := Village(1)
		if strings.HasPrefix(c.Household, household(2, 0)[:8]) {
			region = Village(2)
		}
		mayAct(t, c.Login, c.Role, region)
		require.Contains(t, d.Opening.Roles, c.Role)
		fits(t, d.Opening.Form, c.Form)
		state := d.Initial
		for _, a := range c.Then {
			mayAct(t, a.Login, a.Role, region)
			i := slices.IndexFunc(d.Events, func(e procedure.Event) bool { return e.Code == a.Event && slices.Contains(e.From, state) })
			require.GreaterOrEqual(t, i, 0, "%s: no %s from %s", c.Situation, a.Event, state)
			require.Contains(t, d.Events[i].Roles, a.Role)
			require.Empty(t, d.Events[i].Signers)
			fits(t, d.Events[i].Form, a.Form)
			state = d.Events[i].Target(state, "")
		}
	}
}

func TestEveryHumanRoleOfTheDefinitionsHasAnAccount(t *testing.T) {
	t.Parallel()
	held := map[procedure.Role]bool{procedure.Public: true, procedure.TownshipDept: true, procedure.AssistancePerson: true, procedure.MonitoringContact: true}
	for _, a := range Accounts {
		require.NotEmpty(t, a.Role)
		require.NotEmpty(t, a.Area)
		for _, g := range a.Grants {
			held[g.Role] = true
		}
	}
	for _, name := range []string{"risk_clue", "identification", "village_notice", "dept_comparison", "objection"} {
		d, ok := procedure.Latest(name)
		require.True(t, ok, name)
		for _, e := range d.Events {
			for _, r := range e.Roles {
				def, _ := procedure.RoleOf(r)
				require.True(t, !r.Human() || held[r] || len(def.Base) > 0, "%s %s: nobody is %s", name, e.Code, r)
			}
			for _, s := range e.Signers {
				require.True(t, slices.ContainsFunc(s.Roles, func(r procedure.Role) bool { return held[r] }), "%s %s", name, e.Code)
			}
		}
	}
}
