package live

import (
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// Job is the main job: the cases one household goes through from a clue to its
// registration.
type Job struct {
	Household *models.Household
	Clue      string
	Ident     string
	Notice    string
	Objection string
}

// CasesOf lists the cases of a job with all comparisons.
func (w *World) CasesOf(j Job) []string {
	w.T.Helper()
	out := []string{j.Clue, j.Ident, j.Notice, j.Objection}
	for _, c := range w.Children(j.Ident, "dept_comparison") {
		out = append(out, c.ID)
	}
	return out
}

// MainJob drives one household from a clue to its registration, with a
// department's hit explained on the way, one objection overruled and one return
// by the township. It needs a drill clock: the notice must run its days.
func (w *World) MainJob() Job {
	w.T.Helper()
	j := Job{Household: w.NewHousehold(testkit.Village)}
	j.Clue = w.Open("risk_clue", j.Household, w.Actor(procedure.TownshipOffice))
	w.Do(j.Clue, "dispatch", "accept", "confirm_risk")
	j.Ident = w.ident(j.Household.ID)
	w.Do(j.Ident, "prepare", "sign_authorization")
	w.compare(j.Ident)
	w.Do(j.Ident, "submit_verification", "review_pass")
	w.notice(&j)
	w.Until(j.Ident, "township_review")
	w.Do(j.Ident, "township_return", "submit_verification", "review_pass")
	w.notice(&j)
	w.Until(j.Ident, "township_review")
	w.Do(j.Ident, "township_pass", "county_pass", "announce", "register")
	return j
}

func (w *World) ident(household string) string {
	w.T.Helper()
	var c models.Case
	w.Eventually(func() bool {
		return w.Store.DB.Where("household_id = ? AND procedure = ?", household, "identification").Take(&c).Error == nil
	}, "no identification")
	return c.ID
}

// compare has all departments answer, the first with a hit that is explained.
func (w *World) compare(ident string) {
	w.T.Helper()
	for i, c := range w.Children(ident, "dept_comparison") {
		w.Do(c.ID, "accept")
		if i == 0 {
			w.Do(c.ID, "answer_hit", "explain", "settle")
		} else {
			w.Do(c.ID, "answer_clean")
		}
	}
}

// notice posts the notice, has an objection overruled, and waits out its period.
func (w *World) notice(j *Job) {
	w.T.Helper()
	j.Notice = w.Last(j.Ident, "village_notice").ID
	w.Do(j.Notice, "submit_draft", "post", "object")
	j.Objection = w.Last(j.Notice, "objection").ID
	w.Do(j.Objection, "accept", "start", "find_overruled")
	w.Do(j.Notice, "overrule")
	w.Do(j.Objection, "reply")
	w.WaitOut(j.Notice, "ended_overruled")
}

// WaitOut waits until the period of a notice is over and the photo of its last
// day is taken.
func (w *World) WaitOut(notice string, end procedure.State) {
	w.T.Helper()
	var row models.ClockRow
	require.NoError(w.T, w.Store.DB.Where("case_id = ? AND code = 'window' AND stopped_at IS NULL", notice).Take(&row).Error)
	w.Eventually(func() bool { return w.Engine.Clock.Now().After(row.DueAt.Add(-20 * time.Hour)) }, "the notice does not come near its end")
	w.Attach(notice, "end_photo")
	require.NoError(w.T, w.Cases.Nudge(w.T.Context(), notice))
	w.Until(notice, end)
}
