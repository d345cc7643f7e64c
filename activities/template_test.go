package activities_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/forms"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func planned(t *testing.T, code, first string) activities.CampaignPlan {
	t.Helper()
	x, ok := procedure.TemplateOf(code)
	require.True(t, ok)
	on, err := policy.ParseDate(first)
	require.NoError(t, err)
	return activities.PlanCampaign(policy.DefaultCalendar(), x, on)
}

// A template moved to a day keeps its lengths and rolls its last days off holidays.
func TestPlanCampaign(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		name, code, first string
		phases, cutoffs   []string
		rolled            []int
		waits             []int
	}{
		{"S0-060 S0-064 S0-066 S0-072 over 清明", "look_back", "2026-03-02",
			[]string{"2026-03-02 2026-03-11", "2026-03-11 2026-03-20", "2026-03-21 2026-04-07"}, []string{"2026-03-26", "2026-03-27", "", "2026-04-07"}, []int{2}, nil},
		{"S0-064 the day before the holiday", "look_back", "2026-03-01",
			[]string{"2026-03-01 2026-03-10", "2026-03-10 2026-03-19", "2026-03-20 2026-04-03"}, []string{"2026-03-25", "2026-03-26", "", "2026-04-03"}, nil, nil},
		{"S1-004 S1-007 S1-009 S1-052", "self_assessment", "2026-03-12",
			[]string{"2026-03-12 2026-03-12", "2026-03-12 2026-03-17", "2026-03-20 2026-03-23", "2026-03-20 2026-03-23", "2026-03-22 2026-03-23"}, []string{"2026-03-23", "2026-03-23", "2026-03-23"}, []int{2, 3}, nil},
		{"S3-071 S3-072 S3-073 into a year that is not arranged", "feedback", "2026-08-03",
			[]string{"2026-08-03 2026-08-12", "2026-08-13 2026-09-11", "2026-09-12 2027-03-04"}, []string{"2026-09-07", "2026-09-11", "2027-03-04"}, nil, []int{2027}},
		{"S4-015 in working days over the spring festival", "screening", "2026-02-09",
			[]string{"2026-02-09 2026-02-13", "2026-02-14 2026-02-25", "2026-02-26 2026-03-24", "2026-03-25 2026-04-08", "2026-04-09 2026-04-22"}, []string{"2026-03-24", "2026-04-22", "2026-04-22"}, nil, nil},
	} {
		p := planned(t, x.code, x.first)
		var phases, cutoffs []string
		var rolled []int
		for i, ph := range p.Phases {
			phases = append(phases, ph.From.On.String()+" "+ph.Until.On.String())
			if ph.Until.Rolled {
				rolled = append(rolled, i)
			}
		}
		for _, c := range p.CutOffs {
			on := ""
			if !c.On.On.IsZero() {
				on = c.On.On.String()
			}
			cutoffs = append(cutoffs, on)
		}
		require.Equal(t, x.phases, phases, x.name)
		require.Equal(t, x.cutoffs, cutoffs, x.name)
		require.Equal(t, x.rolled, rolled, x.name)
		require.Equal(t, x.waits, p.WaitsFor, x.name)
	}
}

// S1-022: a template asks somebody with each form that it names: a kind of household in its scope is surveyed with it.
// One that names its households may name such of any kind.
func TestTemplatesAskWithEveryForm(t *testing.T) {
	t.Parallel()
	for _, x := range procedure.Templates {
		asked := map[string]bool{}
		kinds := x.Scope
		if slices.Contains(kinds, procedure.ScopeListed) {
			kinds = []string{"out_of_poverty", "monitored", "ordinary"}
		}
		for _, kind := range kinds {
			sheets, err := activities.ChooseSheets(kind, x.Forms, policy.Resolve(nil, testkit.Village, time.Now()))
			require.NoError(t, err)
			for _, key := range sheets {
				code, _, _ := strings.Cut(key, "@")
				asked[code] = true
			}
		}
		for _, code := range x.Forms {
			if _, sheet := forms.Standard.Find(code + "@1"); sheet && !slices.Contains([]string{"four_nots", "case_conference"}, code) {
				require.True(t, asked[code], "%s asks nobody with %s", x.Code, code)
			}
		}
	}
}

// Every template, as it is previewed, opens a campaign that can be issued and goes the
// whole way, each of its phases on its own day.
func TestCampaignsOpenFromTemplates(t *testing.T) {
	for _, x := range procedure.Templates {
		t.Run(x.Code, func(t *testing.T) {
			onBoth(t, func(t *testing.T, w *testkit.World) {
				plan := activities.PlanCampaign(policy.DefaultCalendar(), x, policy.DateOf(w.Now()))
				h := w.NewHousehold(testkit.Village)
				form := plan.Form
				form["scope"], form["households"] = []any{procedure.ScopeListed}, []any{map[string]any{"household_id": h.ID}}
				if x.Code == "look_back" {
					form[procedure.CheckedDepartments] = []any{map[string]any{"name": "民政办"}}
				}
				c := w.OpenIn("campaign", testkit.Township, w.Actor(procedure.TownshipOffice), jsonOf(t, form))
				require.Equal(t, x.Code+"@1", c.Facts.Text("template"))
				var seen []string
				look := func() {
					c = w.Case(c.ID)
					for _, p := range activities.Phases(c, day(w, 0)) {
						if p.State == "current" && (len(seen) == 0 || seen[len(seen)-1] != p.Title) {
							seen = append(seen, p.Title)
							if c.State == procedure.State(p.Stage) && p.Stage != "rectification" && p.Stage != "reporting" { // those may have a cut-off before
								require.Equal(t, p.Until, running(t, w, c.ID, "stage").LastDay)
							}
						}
					}
				}
				look()
				for _, event := range []string{"issue", "train", "start_field", "to_review", "to_rect", "to_spot", "spot_pass", "report"} {
					if x.Code == "feedback" && event == "issue" {
						aProgramme(w, "P1", "", nil)
						w.Fire(c.ID, event, issuerOf(w, c), answers{"programme": "P1"})
					} else {
						w.Do(c.ID, event)
					}
					w.Tend()
					look()
					for {
						w.MeetGates(c.ID)
						_, err := w.Engine.EndPhase(t.Context(), activities.PhaseRequest{CaseID: c.ID, Note: "材料已归集", Key: w.Key(), Actors: []activities.Actor{w.Actor(procedure.TownshipOffice)}})
						if err != nil {
							w.Refused(err, procedure.Conflict, "last_phase")
							break
						}
						look()
					}
				}
				var want []string
				for _, p := range x.Phases {
					want = append(want, p.Title)
				}
				require.Equal(t, want, seen)
				require.Equal(t, procedure.State("closed"), c.State)
				v, err := w.Engine.Verify(t.Context())
				require.NoError(t, err)
				require.Empty(t, v.Bad)
			})
		})
	}
}

// No phase is left out: a state is left from its last phase, which the office that
// leads the campaign alone comes to, with a word on what each has left.
func TestPhasesEndOneByOne(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c, end := phased(w)
		who := issuerOf(w, c)
		_, err := w.Try(c.ID, "to_rect", who)
		w.Refused(err, procedure.Invalid, "phases_left")
		require.Equal(t, "数据审核比对（4/9）", activities.PhaseTitle(w.Case(c.ID)))
		before := running(t, w, c.ID, "stage")
		_, err = end("", procedure.TownshipOffice)
		w.Refused(err, procedure.Invalid, "conditions_not_met")
		_, err = end("已复核", procedure.CountyOffice)
		w.Refused(err, procedure.Forbidden, "role_not_allowed")
		_, err = end("已复核", procedure.TownshipOffice)
		require.NoError(t, err)
		require.Equal(t, procedure.State("review"), w.State(c.ID))
		require.Greater(t, running(t, w, c.ID, "stage").LastDay, before.LastDay)
		_, err = w.Try(c.ID, "to_rect", who)
		w.Refused(err, procedure.Invalid, "phases_left")
		_, err = end("已录入", procedure.TownshipOffice)
		require.NoError(t, err)
		_, err = end("已复看", procedure.TownshipOffice)
		w.Refused(err, procedure.Conflict, "last_phase")
		w.Fire(c.ID, "to_rect", who)
		require.Equal(t, "问题核查和整改（7/9）", activities.PhaseTitle(w.Case(c.ID)))
	})
}

// phased is a campaign of nine phases in its fourth, the first of three in one state.
func phased(w *testkit.World) (*models.Case, func(note string, role procedure.Role) (activities.Reply, error)) {
	x, _ := procedure.TemplateOf("dynamic")
	form := activities.PlanCampaign(policy.DefaultCalendar(), x, policy.DateOf(w.Now())).Form
	form["scope"], form["households"] = []any{procedure.ScopeListed}, []any{map[string]any{"household_id": w.NewHousehold(testkit.Village).ID}}
	c := w.InField(w.OpenIn("campaign", testkit.Township, w.Actor(procedure.TownshipOffice), jsonOf(w.T, form)))
	w.Do(c.ID, "to_review")
	do(w, &formsOf(w, c)[0], toFinal[len(toHandIn):]...)
	return c, func(note string, role procedure.Role) (activities.Reply, error) {
		w.MeetGates(c.ID)
		return w.Engine.EndPhase(w.T.Context(), activities.PhaseRequest{CaseID: c.ID, Note: note, Key: w.Key(), Actors: []activities.Actor{w.Actor(role)}})
	}
}

// jsonOf is a form as it comes over the wire.
func jsonOf(t testing.TB, form map[string]any) map[string]any {
	t.Helper()
	raw, err := json.Marshal(form)
	require.NoError(t, err)
	var out map[string]any
	require.NoError(t, json.Unmarshal(raw, &out))
	return out
}
