package activities_test

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// waitingFor is a campaign in the field whose phase waits for one gate.
func waitingFor(w *testkit.World, gate string) *models.Case {
	w.T.Helper()
	c := fielded(w, 1)
	var stages []map[string]any
	c.Facts.Value("stages", &stages)
	for i := range stages {
		stages[i]["gates"] = []string{gate}
	}
	raw, err := json.Marshal(stages)
	require.NoError(w.T, err)
	c.Facts.Values["stages"] = raw
	c.Facts.Values[procedure.CheckedDepartments] = json.RawMessage(`[{"name":"民政办"},{"name":"农业服务中心"}]`)
	require.NoError(w.T, w.Store.DB.Model(&models.Case{}).Where("id = ?", c.ID).Select("facts").Updates(c).Error)
	return w.Case(c.ID)
}

// Each gate that a phase may name is shut until what it waits for is there.
func TestGatesOfPhases(t *testing.T) {
	cases := map[string]struct {
		code string
		do   func(t *testing.T, w *testkit.World, c *models.Case) // brings it about, after shutting it if need be
		shut func(t *testing.T, w *testkit.World, c *models.Case)
	}{
		"entered": {code: "forms_not_entered", do: func(_ *testing.T, w *testkit.World, c *models.Case) {
			do(w, &formsOf(w, c)[0], append(append([]string{}, toFinal...), "enter")...)
		}},
		"four_nots_done": {code: "four_nots_missing", do: func(t *testing.T, w *testkit.World, c *models.Case) {
			check := func(region, unit string) {
				w.FourNotsOf(c, region, unit)
				_, err := w.Try(c.ID, "to_review", issuerOf(w, c))
				require.Contains(t, faultCodes(err), "four_nots_missing", "a department is left")
			}
			check(testkit.Village, "")
			check(testkit.Township, "民政办")
			w.FourNotsOf(c, testkit.Township, "农业服务中心")
		}},
		"village_forms_signed": {code: "village_forms_unsigned",
			shut: func(_ *testing.T, w *testkit.World, c *models.Case) { do(w, &formsOf(w, c)[0], toFinal...) },
			do: func(_ *testing.T, w *testkit.World, c *models.Case) {
				v := w.Last(c.ID, "village_form")
				do(w, v, "village_check", "group_check", "sign")
			}},
		"data_checked": {code: "data_unchecked", do: func(_ *testing.T, w *testkit.World, c *models.Case) { w.CheckData(testkit.Township) }},
		"data_corrected": {code: "data_uncorrected",
			shut: func(t *testing.T, w *testkit.World, c *models.Case) { dataIssueBefore(t, w, c, -time.Hour) },
			do: func(t *testing.T, w *testkit.World, c *models.Case) {
				now := w.Now()
				require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("procedure = ?", "data_issue").Update("closed_at", now).Error)
				dataIssueBefore(t, w, c, time.Hour) // of a later night
			}},
		"departments_answered": {code: "departments_unanswered",
			shut: func(t *testing.T, w *testkit.World, _ *models.Case) { w.Reach("dept_comparison", "accepted") },
			do: func(t *testing.T, w *testkit.World, _ *models.Case) {
				require.NoError(t, w.Store.DB.Model(&models.Case{}).Where("procedure = ?", "dept_comparison").Update("closed_at", w.Now()).Error)
			}},
		"problems_verified": {code: "problems_unregistered", shut: problemBrought,
			do: func(_ *testing.T, w *testkit.World, c *models.Case) {
				do(w, w.Last(formsOf(w, c)[0].ID, "rectification"), "register")
			}},
		"problems_settled": {code: "problems_unclassed",
			shut: func(t *testing.T, w *testkit.World, c *models.Case) {
				problemBrought(t, w, c)
				do(w, w.Last(formsOf(w, c)[0].ID, "rectification"), "register")
			},
			do: func(_ *testing.T, w *testkit.World, c *models.Case) {
				p := w.Last(formsOf(w, c)[0].ID, "rectification")
				w.Fire(p.ID, "assign", w.Actor(procedure.TownshipOffice), answers{"class": "special", "due_date": day(w, 5)})
			}},
		"all_settled": {code: "problems_open", shut: problemBrought,
			do: func(_ *testing.T, w *testkit.World, c *models.Case) {
				do(w, w.Last(formsOf(w, c)[0].ID, "rectification"), "register", "assign", "start", "submit", "take", "verify_pass")
			}},
		"bulletin_issued": {code: "bulletin_missing", do: func(t *testing.T, w *testkit.World, c *models.Case) {
			p := w.IssueBulletin(c)
			require.NoError(t, w.Engine.VoidPaper(t.Context(), p, "有误", w.Key(), w.Actor(procedure.TownshipOffice)))
			_, err := w.Try(c.ID, "to_review", issuerOf(w, c))
			require.Contains(t, faultCodes(err), "bulletin_missing", "one that was voided is none")
			w.IssueBulletin(c)
		}},
	}
	for _, o := range procedure.CampaignGates() {
		x, ok := cases[o.Code]
		require.True(t, ok, "%s has a test", o.Code)
		t.Run(o.Code, func(t *testing.T) {
			onBoth(t, func(t *testing.T, w *testkit.World) {
				c := waitingFor(w, o.Code)
				if x.shut != nil {
					x.shut(t, w, c)
				}
				lacking := func() []string {
					faults, err := w.Engine.Lacking(t.Context(), w.Case(c.ID))
					require.NoError(t, err)
					return codesOf(faults)
				}
				require.Equal(t, procedure.State("fieldwork"), w.State(c.ID))
				require.Contains(t, lacking(), x.code)
				_, err := w.Try(c.ID, "to_review", issuerOf(w, c))
				require.Contains(t, faultCodes(err), x.code)
				x.do(t, w, c)
				if w.State(c.ID) == "fieldwork" { // else the last form has taken it on
					require.NotContains(t, lacking(), x.code)
				}
			})
		})
	}
}

// problemBrought has a household of the campaign bring up a problem.
func problemBrought(_ *testing.T, w *testkit.World, c *models.Case) {
	do(w, &formsOf(w, c)[0], "visit", "mismatch")
}

// dataIssueBefore writes an open data issue of the area, found so long after the phase began.
func dataIssueBefore(t *testing.T, w *testkit.World, c *models.Case, after time.Duration) {
	t.Helper()
	began, err := time.Parse(time.RFC3339, c.Facts.Text("phase_began"))
	require.NoError(t, err)
	x := &models.Case{ID: models.NewID(), Procedure: "data_issue", Version: 1, State: "assigned", RegionCode: testkit.Village, OpenedAt: began.Add(after), UpdatedAt: began, DueAt: models.FarFuture, PolicyHash: c.PolicyHash}
	x.No = x.ID
	require.NoError(t, w.Store.DB.Create(x).Error)
}

// A phase that shares its state with the next ends through its gate, not by a note alone.
func TestPhaseEndsThroughItsGate(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c, _ := phased(w)
		end := func() error {
			_, err := w.Engine.EndPhase(t.Context(), activities.PhaseRequest{CaseID: c.ID, Note: "材料已归集", Key: w.Key(), Actors: []activities.Actor{w.Actor(procedure.TownshipOffice)}})
			return err
		}
		require.NoError(t, end(), "no department was asked")
		err := end()
		w.Refused(err, procedure.Invalid, "conditions_not_met")
		require.Contains(t, faultCodes(err), "forms_not_entered", "数据录入 with nothing entered")
		w.MeetGates(c.ID)
		require.NoError(t, end())
		require.Equal(t, "数据录入“回头看”（6/9）", activities.PhaseTitle(w.Case(c.ID)))
	})
}

func codesOf(faults []procedure.FieldFault) (out []string) {
	for _, f := range faults {
		out = append(out, f.Code)
	}
	return out
}

// faultCodes are the codes of the faults of a refusal.
func faultCodes(err error) []string {
	var r *procedure.Refusal
	if !errors.As(err, &r) {
		return nil
	}
	return codesOf(r.Faults)
}
