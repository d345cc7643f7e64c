package activities_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/procedure"
)

// 5.4: what was claimed stays beside what is computed. The form is refused without an explanation only, both values are
// kept with the act, and the data rules find the difference.
func TestClaimIsExplainedNotAltered(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		form := surveyedWith(w, "out_of_poverty", "", "annex4", "annex6")
		do(w, form, "visit")
		said := answers{"per_head_claimed": 620000.0}
		w.Fire(form.ID, "fill", w.In(w.Case(form.ID), procedure.Surveyor), said)
		_, err := w.Try(form.ID, "self_check", w.In(w.Case(form.ID), procedure.Surveyor))
		w.Refused(err, procedure.Invalid, "conditions_not_met")
		require.Contains(t, faultCodes(err), "income_differs")

		form = surveyedWith(w, "out_of_poverty", "", "annex4", "annex6")
		said["claim_note"] = "农户把下月工钱算进去了"
		do(w, form, "visit")
		w.Fire(form.ID, "fill", w.In(w.Case(form.ID), procedure.Surveyor), said)
		w.Do(form.ID, "self_check")
		_, kept := lastAct(t, w, form.ID)
		found, err := activities.Computed(kept)
		require.NoError(t, err)
		require.Len(t, found, 1)
		require.Equal(t, []string{"6200.00元", "6000.00元"}, []string{found[0].Values[0].Text, found[0].Values[1].Text})
		w.Do(form.ID, "hand_in")
		check(w, testkit.Village)
		require.Contains(t, rulesOf(w, form.HouseholdID), "income_claim_differs")
	})
}

// The same in the home of a verification.
func TestClaimInAVerification(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("identification", "home_verification")
		w.Ready(c.ID, "submit_verification")
		w.Fire(c.ID, "submit_verification", w.Actor(procedure.Surveyor), answers{"per_head_claimed": 620000.0, "claim_note": "农户把下月工钱算进去了"})
		_, kept := lastAct(t, w, c.ID)
		require.Equal(t, 620000.0, kept["per_head_claimed"])
		found, err := activities.Computed(kept)
		require.NoError(t, err)
		require.Equal(t, "claim_differs", found[0].Code)
	})
}

// And in a form record: its own explanation is enough.
func TestClaimInARecord(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		h := w.NewHousehold(testkit.Village)
		finishedForm(w, "annex6", h, nil, answers{"per_head_claimed": 620000.0, "claim_note": "农户把下月工钱算进去了"})
		check(w, testkit.Village)
		require.Contains(t, rulesOf(w, h.ID), "income_claim_differs")
	})
}
