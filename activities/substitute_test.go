package activities_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/tale"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// instead is an actor who uses the grant of somebody who is away.
func instead(hands, away activities.Actor) activities.Actor {
	away.UserID, away.ForID = hands.UserID, away.UserID
	return away
}

// leave records that one stands in for the other from a day until another.
func leave(t *testing.T, w *testkit.World, away, hands activities.Actor, from, until string) {
	t.Helper()
	var grant models.RoleGrant
	require.NoError(t, w.Store.DB.Where("user_id = ? AND role = ?", away.UserID, away.Role).Take(&grant).Error)
	a := models.Absence{ID: models.NewID(), UserID: away.UserID, FromDay: from, UntilDay: until, Reason: "leave", EnteredBy: away.UserID, CreatedAt: w.Now()}
	require.NoError(t, w.Store.DB.Create(&a).Error)
	require.NoError(t, w.Store.DB.Create(&models.Substitution{AbsenceID: a.ID, GrantID: grant.ID, SubstituteID: hands.UserID, UntilDay: until}).Error)
}

// The record of an act from before substitution hashes to what it always did; with
// a name added or taken away it no longer does.
func TestOldChainsStillVerify(t *testing.T) {
	t.Parallel()
	ev := models.CaseEvent{CaseID: "c", Seq: 2, Step: 1, Kind: "event", Event: "accept", FromState: "new", ToState: "verifying", ActorID: "u", ActorName: "李青", ActorRole: procedure.VillageCadre,
		ActorOrg: testkit.Village, At: time.Date(2026, 9, 21, 1, 0, 0, 0, time.UTC), Key: "k", Version: 1, PolicyHash: "p", PayloadHash: "q", Prev: "r"}
	sum := sha256.Sum256([]byte(`{"case":"c","seq":2,"step":1,"kind":"event","event":"accept","from":"new","to":"verifying","actor":"u","name":"李青","role":"village_cadre","org":"` + testkit.Village +
		`","on_behalf":false,"at":"2026-09-21T01:00:00Z","key":"k","version":1,"policy":"p","payload":"q","prev":"r"}`))
	old := hex.EncodeToString(sum[:])
	require.Equal(t, old, activities.EventHash(&ev))
	ev.ForID = "away"
	first := activities.EventHash(&ev)
	require.NotEqual(t, old, first)
	ev.ForName = "张远"
	require.NotEqual(t, first, activities.EventHash(&ev))
}

// Act, signature and history carry both names, the chain covers them, and the facts
// name the person away, whose case it stays.
func TestBothNamesOnEveryAct(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		away, hands, second := w.Actor(procedure.VillageCadre), w.Actor(procedure.GridMember), w.Actor(procedure.VillageSecretary)
		c := w.Reach("risk_clue", "verifying")
		w.Need(w.Case(c.ID), "confirm_risk")
		w.Endorse(c.ID, "confirm_risk", instead(w.Actor(procedure.VillageMonitor), second))
		w.Fire(c.ID, "confirm_risk", instead(hands, away))

		list := events(t, w, c.ID)
		last := list[len(list)-1]
		require.Equal(t, []string{hands.UserID, w.Name(hands.UserID), away.UserID, w.Name(away.UserID)}, []string{last.ActorID, last.ActorName, last.ForID, last.ForName})
		require.Contains(t, tale.Who(&last), w.Name(hands.UserID)+"（代"+w.Name(away.UserID)+"，")
		var sig models.Endorsement
		require.NoError(t, w.Store.DB.Where("case_id = ? AND for_id <> ''", c.ID).Take(&sig).Error)
		require.Equal(t, []string{second.UserID, w.Name(second.UserID)}, []string{sig.ForID, sig.ForName})
		require.Equal(t, w.Name(w.Actor(procedure.VillageMonitor).UserID), sig.UserName)

		f := w.Case(c.ID).Facts
		require.Equal(t, []string{away.UserID, second.UserID}, f.By["confirm_risk"])
		require.Equal(t, []string{hands.UserID, w.Actor(procedure.VillageMonitor).UserID}, f.Hands["confirm_risk"])
		_, bad, err := w.Engine.VerifyCase(t.Context(), w.Case(c.ID))
		require.NoError(t, err)
		require.Nil(t, bad)

		unlock(t, w)
		require.NoError(t, w.Store.DB.Exec("UPDATE case_events SET for_name = '别人' WHERE id = ?", last.ID).Error)
		_, bad, err = w.Engine.VerifyCase(t.Context(), w.Case(c.ID))
		require.NoError(t, err)
		require.Equal(t, last.Seq, bad.Seq)
	})
}

// Neither the substitute nor the person he stands in for may have done what keeps
// one from deciding (2.0 #5); nor do two names make two signatures.
func TestSeparationOfDutiesThroughSubstitution(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		office, other, leader := w.Actor(procedure.TownshipOffice), w.Nth(procedure.TownshipOffice, testkit.Village, 1), w.Actor(procedure.LinkedLeader)
		c := w.Reach("identification", "home_verification")
		surveyor := w.Actor(procedure.Surveyor)
		w.Ready(c.ID, "submit_verification")
		helper := w.Actor(procedure.DataEntry)
		w.Fire(c.ID, "submit_verification", instead(helper, surveyor))
		w.Do(c.ID, "review_pass")
		w.Do(c.ID, "notice_passed")
		for name, x := range map[string]struct {
			who     activities.Actor
			refused bool
		}{
			"whose hands verified, for himself":    {activities.Actor{UserID: helper.UserID, Role: procedure.TownshipOffice, Region: testkit.Township}, true},
			"whose hands verified, for another":    {instead(helper, office), true},
			"who was away while it was verified":   {activities.Actor{UserID: surveyor.UserID, Role: procedure.TownshipOffice, Region: testkit.Township}, true},
			"for whom it was verified, by a third": {instead(leader, activities.Actor{UserID: surveyor.UserID, Role: procedure.TownshipOffice, Region: testkit.Township}), true},
			"neither of the two":                   {instead(leader, office), false},
			"somebody in his own office and right": {other, false},
		} {
			err := w.Engine.Precheck(t.Context(), w.Request(w.Case(c.ID), "township_return", x.who))
			if x.refused {
				w.Refused(err, procedure.Forbidden, "separation_of_duties")
			} else {
				require.NoError(t, err, name)
			}
		}
	})
}

// One person, one signature: neither his own beside that of his substitute, nor as
// the second under his own act.
func TestOneSignatureForTwoNames(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		away, hands := w.Actor(procedure.VillageSecretary), w.Actor(procedure.GridMember)
		c := w.Reach("risk_clue", "verifying")
		sign := func(a activities.Actor) error {
			_, err := w.Engine.Endorse(t.Context(), c.ID, "confirm_risk", w.Key(), activities.AnySeq, []activities.Actor{a})
			return err
		}
		require.NoError(t, sign(instead(hands, away)))
		w.Refused(sign(away), procedure.Conflict, "already_signed")
		w.Refused(sign(hands), procedure.Conflict, "already_signed")
		w.Refused(sign(instead(w.Actor(procedure.VillageMonitor), away)), procedure.Conflict, "already_signed")

		cadre := w.Actor(procedure.VillageCadre)
		for _, x := range []struct {
			who activities.Actor
			ok  bool
		}{{instead(hands, cadre), false}, {instead(away, cadre), false}, {cadre, true}} {
			err := w.Engine.Precheck(t.Context(), w.Request(w.Case(c.ID), "confirm_risk", x.who))
			if x.ok {
				require.NoError(t, err)
				continue
			}
			require.Equal(t, "signature_missing", w.Refused(err, procedure.Invalid, "conditions_not_met").Faults[0].Code)
		}
	})
}

// Reminders go to whoever stands in as well, on the days he does; he is told for whom.
func TestSubstitutesAreReminded(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("clue_days", testkit.County, days(5, "calendar"))
		away, hands, neighbour := w.Actor(procedure.VillageCadre), w.Actor(procedure.GridMember), w.Nth(procedure.GridMember, testkit.Village2, 0)
		leave(t, w, away, hands, "2026-09-25", "2026-09-26")
		leave(t, w, away, neighbour, "2026-09-20", "2026-09-30") // could not be entered: not of this village
		c := w.Fresh("risk_clue")                                // rungs on the 22nd, 25th, 26th and 27th
		w.AdvanceTo(at("09-28 09:00"))
		got := messages(t, w, c.ID, hands.UserID)
		require.Len(t, got, 2, "those of the 25th and the 26th")
		require.False(t, got[0].Urgent)
		require.True(t, got[1].Urgent)
		require.Contains(t, got[0].Body, "代"+w.Name(away.UserID)+"办理")
		require.Len(t, messages(t, w, c.ID, away.UserID), 4, "the person away is told too")
		require.NotContains(t, messages(t, w, c.ID, away.UserID)[2].Body, "代")
		require.Empty(t, messages(t, w, c.ID, neighbour.UserID))
	})
}
