package activities_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// rulesOf are the rules that find something in a household now, or in a village.
func rulesOf(w *testkit.World, subject string) []string {
	var out []string
	for _, h := range hitsOf(w, subject) {
		if h.GoneAt == nil {
			out = append(out, h.Rule)
		}
	}
	return out
}

// tidyCampaign is a campaign in the field over tidy households, none of whose signatures is drawn.
func tidyCampaign(w *testkit.World, n int) ([]*models.Household, []models.Case) {
	w.T.Helper()
	return drawnCampaign(w, n, 0)
}

// drawnCampaign is one that draws a share of the signatures.
func drawnCampaign(w *testkit.World, n, percent int) ([]*models.Household, []models.Case) {
	w.T.Helper()
	w.SetPolicy("dq_signature_sample_percent", testkit.County, percent)
	var list []*models.Household
	for range n {
		list = append(list, tidyHome(w, testkit.Village, nil))
	}
	c := w.InField(w.Campaign(list...))
	byHome := map[string]models.Case{}
	for _, f := range formsOf(w, c) {
		byHome[f.HouseholdID] = f
	}
	forms := make([]models.Case, n)
	for i, h := range list {
		forms[i] = byHome[h.ID]
	}
	return list, forms
}

// incomes are a sheet of five items; one that differs is another sheet.
func incomes(last float64) answers {
	rows := []map[string]any{}
	for i := range 5 {
		rows = append(rows, map[string]any{"category": "wage", "item": fmt.Sprint("务工", i), "income": 100_000.0, "expense": 0.0})
	}
	rows[4]["income"] = last
	return answers{"income": tableOf(rows...), "per_head_claimed": (400_000 + last) / 2, "population": 2.0}
}

// doAs makes an event happen with answers of its own.
func doAs(w *testkit.World, id, event string, more ...answers) {
	w.T.Helper()
	c := w.Case(id)
	e, ok := w.Definition(c).EventFrom(event, c.State)
	require.True(w.T, ok, "%s in %s", event, c.State)
	who := w.Doer(c, e)
	w.Sign(c, e, who)
	w.Fire(id, event, who, more...)
}

func fillIn(w *testkit.World, form *models.Case, more ...answers) {
	w.T.Helper()
	do(w, form, "visit")
	doAs(w, form.ID, "fill", more...)
	w.Do(form.ID, "self_check")
}

// DQ-02: equal sheets of a village are found once they are equal, and no longer once one has changed.
func TestQualityFindsEqualSheets(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		homes, forms := tidyCampaign(w, 3)
		fillIn(w, &forms[0], incomes(500_000))
		check(w, testkit.Village)
		require.Empty(t, rulesOf(w, homes[0].ID))
		fillIn(w, &forms[1], incomes(500_000))
		fillIn(w, &forms[2], incomes(500_100))
		run := check(w, testkit.Village)
		require.Equal(t, 2, run.Counts.Rules["same_income_sheet"].Hits)
		require.Equal(t, []string{"same_income_sheet"}, rulesOf(w, homes[0].ID))
		require.Empty(t, rulesOf(w, homes[2].ID))
		require.Zero(t, check(w, testkit.Village).Looked, "nothing has changed")
		w.Do(forms[1].ID, "hand_in")
		w.Do(forms[1].ID, "instructor_return")
		doAs(w, forms[1].ID, "revisit_done", incomes(500_200))
		require.Equal(t, 2, check(w, testkit.Village).Counts.Gone)
	})
}

// DQ-10: what did not agree at the visit is found until its rectification is over.
func TestQualityFindsDisagreement(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		homes, forms := tidyCampaign(w, 2)
		doAs(w, forms[0].ID, "visit", answers{"four_agree": false})
		differs := func(indicator string) map[string]any {
			return map[string]any{"indicator": indicator, "mismatch": "books", "brief": "台账与实际不一致", "detail": "已核对"}
		}
		doAs(w, forms[0].ID, "mismatch", answers{"mismatches": tableOf(differs("housing"), differs("income"), differs("housing"))})
		do(w, &forms[1], "visit")
		check(w, testkit.Village)
		require.Equal(t, []string{"levels_disagree"}, rulesOf(w, homes[0].ID))
		secret, err := hitsOf(w, homes[0].ID)[0].Secret(w.Store.Vault)
		require.NoError(t, err)
		require.Equal(t, "住房安全、收入", secret.Values["不符项目"], "what the visit has found not to agree")
		require.Empty(t, rulesOf(w, homes[1].ID))
		var problems []models.Case
		require.NoError(t, w.Store.DB.Where("parent_id = ? AND procedure = ?", forms[0].ID, "rectification").Find(&problems).Error)
		require.Len(t, problems, 3)
		for i := range problems {
			do(w, &problems[i], "register", "assign", "start", "submit", "take", "verify_pass")
		}
		require.Equal(t, 1, check(w, testkit.Village).Counts.Gone)
	})
}

// DQ-14: seven visits within the hour that ends with the last; six are allowed.
func TestQualityFindsTooManyForms(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		homes, forms := tidyCampaign(w, 7)
		w.SetNow(w.Now().Add(2 * time.Hour))
		for i := range forms {
			at := w.Now().Add(-time.Duration(10*(6-i)) * time.Minute)
			if i == 0 {
				at = at.Add(time.Second) // within the hour by a second
			}
			doAs(w, forms[i].ID, "visit", answers{"visited_at": at.Format(time.RFC3339)})
			doAs(w, forms[i].ID, "fill", incomes(float64(500_000+1000*i)))
			w.Do(forms[i].ID, "self_check")
		}
		check(w, testkit.Village)
		require.Empty(t, rulesOf(w, homes[5].ID))
		require.Equal(t, []string{"forms_per_hour"}, rulesOf(w, homes[6].ID))
	})
}

// DQ-03: the signatures of a form that look alike are found by what the upload has noted; DQ-01: a household that was
// asked by telephone has none, and that is no fault.
func TestQualityFindsSignaturesAlike(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		homes, forms := tidyCampaign(w, 3)
		sign := func(form *models.Case, kind string, look uint64) []any {
			a := models.Attachment{ID: models.NewID(), CaseID: form.ID, Kind: kind, SHA256: models.NewID(), Class: procedure.P2, Look: look}
			_, err := w.Engine.Attach(t.Context(), a, w.Key(), w.In(form, procedure.Surveyor))
			require.NoError(t, err)
			return []any{a.ID}
		}
		for i, theirs := range []uint64{0b0111_1110, 0b1111_1110} { // six bits differ, seven
			do(w, &forms[i], "visit")
			doAs(w, forms[i].ID, "fill", incomes(float64(500_000+1000*i)), answers{"surveyor_signature": sign(&forms[i], "surveyor_signature", 1<<63), "household_signature": sign(&forms[i], "household_signature", 1<<63|theirs)})
			w.Do(forms[i].ID, "self_check")
		}
		do(w, &forms[2], "visit")
		doAs(w, forms[2].ID, "fill", incomes(700_000), answers{"respondent_kind": "registers", "respondent": nil, "household_signature": nil, "registers": sign(&forms[2], "registers", 0)})
		check(w, testkit.Village)
		require.Equal(t, []string{"signature_alike"}, rulesOf(w, homes[0].ID))
		require.Empty(t, rulesOf(w, homes[1].ID))
		require.Empty(t, rulesOf(w, homes[2].ID))
	})
}

// DQ-09: sums of a village form that no longer are those of its household forms open an issue of the village, and a
// second run none.
func TestQualityFindsStaleSums(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		w.SetPolicy("dq_signature_sample_percent", testkit.County, 0)
		c := w.Campaign(tidyHome(w, testkit.Village, nil))
		w.InField(c)
		form := &formsOf(w, c)[0]
		fillIn(w, form, incomes(500_000))
		do(w, form, toFinal[3:]...)
		w.Tend()
		village := w.Last(c.ID, "village_form")
		do(w, village, "village_check", "group_check", "sign")
		check(w, testkit.Village)
		require.Empty(t, rulesOf(w, testkit.Village))
		w.Do(form.ID, "enter")
		w.Do(form.ID, "feedback")
		doAs(w, form.ID, "corrected", incomes(500_000), answers{"disabled_persons": 1.0})
		check(w, testkit.Village)
		require.Equal(t, []string{"village_total"}, rulesOf(w, testkit.Village))
		hit := hitsOf(w, testkit.Village)[0]
		issue := w.Case(hit.CaseID)
		require.Equal(t, []string{"", testkit.Village, "village_total"}, []string{issue.HouseholdID, issue.RegionCode, issue.Facts.Text("rule")})
		again := runOver(w, activities.RunRequest{Kind: models.RunQuality, Region: testkit.County, Full: true})
		require.Equal(t, []int{0, 1, 1}, []int{again.Counts.Opened, again.Counts.Standing, again.Looked})
		v, err := w.Engine.Verify(t.Context())
		require.NoError(t, err)
		require.Empty(t, v.Bad)
	})
}

// DQ-03: two signatures drawn on one device within ten seconds, by what the device has told with them. Uploads that follow
// each other say nothing: the web sends both when the form is done.
func TestQualityFindsSignaturesInHaste(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		homes, forms := tidyCampaign(w, 4)
		sign := func(form *models.Case, kind, device string, at time.Time) []any {
			a := models.Attachment{ID: models.NewID(), CaseID: form.ID, Kind: kind, SHA256: models.NewID(), Class: procedure.P2, Device: device, SignedAt: at}
			_, err := w.Engine.Attach(t.Context(), a, w.Key(), w.In(form, procedure.Surveyor))
			require.NoError(t, err)
			return []any{a.ID}
		}
		drawn := w.Now().Add(-time.Hour)
		for i, x := range []struct {
			device string
			at     time.Time
		}{{"tablet-one", drawn.Add(9900 * time.Millisecond)}, {"tablet-one", drawn.Add(10 * time.Second)}, {"telephone", drawn.Add(time.Second)}, {}} {
			do(w, &forms[i], "visit")
			doAs(w, forms[i].ID, "fill", incomes(float64(500_000+1000*i)), answers{"surveyor_signature": sign(&forms[i], "surveyor_signature", "tablet-one", drawn),
				"household_signature": sign(&forms[i], "household_signature", x.device, x.at)})
			w.Do(forms[i].ID, "self_check")
		}
		check(w, testkit.Village)
		require.Equal(t, []string{"signature_same_device"}, rulesOf(w, homes[0].ID))
		for _, h := range homes[1:] {
			require.Empty(t, rulesOf(w, h.ID))
		}
	})
}

// DQ-40: a village states less land than its households have together.
func TestQualityFindsTooLittleLand(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		arable := func(mu float64) func(*models.Household, *models.HouseholdSecret, []models.Person, []models.PersonSecret) {
			return func(_ *models.Household, s *models.HouseholdSecret, _ []models.Person, _ []models.PersonSecret) {
				s.Arable = &mu
			}
		}
		c := w.Campaign(tidyHome(w, testkit.Village, arable(3)))
		tidyHome(w, testkit.Village, arable(4)) // of the village, though not of the campaign
		w.InField(c)
		form := &formsOf(w, c)[0]
		fillIn(w, form, incomes(500_000))
		do(w, form, toFinal[3:]...)
		w.Tend()
		village := w.Last(c.ID, "village_form")
		state := func(mu any) []string {
			doAs(w, village.ID, "village_check", answers{"village_arable": mu, "village_forest": nil, "village_returned_forest": nil, "village_orchard": nil, "village_pasture": nil, "village_pond": nil})
			check(w, testkit.Village)
			do(w, village, "group_check", "return", "redo")
			return rulesOf(w, testkit.Village)
		}
		require.Empty(t, state(nil))
		require.Empty(t, state(7.0))
		require.Equal(t, []string{"village_land_short"}, state(6.9))
	})
}

// Episodes from before the system came: the day may be unknown (DQ-38), and what is asked after an elimination stands in the
// register (DQ-36).
func TestQualityLooksAtEpisodesOfBefore(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		litres, days, piped := 60.0, 2, true
		water := func(known bool) func(*models.Household, *models.HouseholdSecret, []models.Person, []models.PersonSecret) {
			return func(_ *models.Household, s *models.HouseholdSecret, _ []models.Person, _ []models.PersonSecret) {
				s.House, s.Years = "A", []models.IncomeYear{{Year: 2026, PerHead: new(int64(1_500_000))}}
				if known {
					s.Water = models.WaterRecord{Piped: &piped, Litres: &litres, ShortageDays: &days}
				}
			}
		}
		other := w.Reach("risk_clue", "new")
		closed := w.Now().AddDate(0, -1, 0)
		monitored := func(opened time.Time, closedAt *time.Time, known bool) []string {
			h := tidyHome(w, testkit.Village, water(known))
			ep := models.MonitoringEpisode{ID: models.NewID(), HouseholdID: h.ID, No: 1, CaseID: other.ID, RegionCode: testkit.Village, OpenedAt: opened, Category: "unstable", ClosedAt: closedAt, Method: "natural"}
			require.NoError(t, ep.SetSecret(w.Store.Vault, models.EpisodeSecret{RiskTypes: []string{"accident"}}))
			require.NoError(t, w.Store.DB.Create(&ep).Error)
			w.SetStatus(h.ID, "monitored")
			f, err := w.Engine.Family(w.Store.DB, h.ID, w.Now())
			require.NoError(t, err)
			var out []string
			for _, code := range []string{"identified_on_missing", "eliminated_indicators_empty"} {
				rule, _ := policy.FindDataRule(code)
				if len(rule.Find(&f, policy.NewDataContext(policy.DateOf(w.Now()), policy.Resolve(nil, "", w.Now())))) > 0 {
					out = append(out, code)
				}
			}
			return out
		}
		require.Equal(t, []string{"identified_on_missing"}, monitored(time.Time{}, nil, true))
		require.Empty(t, monitored(w.Now().AddDate(-1, 0, 0), nil, false))
		require.Empty(t, monitored(w.Now().AddDate(-1, 0, 0), &closed, true))
		require.Equal(t, []string{"eliminated_indicators_empty"}, monitored(w.Now().AddDate(-1, 0, 0), &closed, false))
	})
}

// DQ-03: two signatures sent from one device within seconds are found; of the others a share is drawn by a recorded seed for
// people to compare, once, and what they have said holds until somebody signs anew.
func TestQualityDrawsSignatures(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		homes, forms := drawnCampaign(w, 5, 30)
		sign := func(form *models.Case, kind, device string, look uint64) []any {
			a := models.Attachment{ID: models.NewID(), CaseID: form.ID, Kind: kind, SHA256: models.NewID(), Class: procedure.P2, Look: look, Device: device, SignedAt: w.Now()}
			_, err := w.Engine.Attach(t.Context(), a, w.Key(), w.In(form, procedure.Surveyor))
			require.NoError(t, err)
			return []any{a.ID}
		}
		seed := w.Case(forms[0].ParentID).Facts.Text("signature_seed")
		n, err := strconv.ParseUint(seed, 10, 64)
		require.NoError(t, err, "the seed is recorded")
		var all []string
		for _, h := range homes {
			all = append(all, h.ID)
		}
		drawn := activities.DrawSample(all, 2, n) // 1.5 of 5, rounded up
		quick := slices.IndexFunc(homes, func(h *models.Household) bool { return !slices.Contains(drawn, h.ID) })
		for i := range forms {
			other := "phone"
			if i == quick {
				other = "tablet"
			}
			doAs(w, forms[i].ID, "visit", answers{"visited_at": w.Now().Add(time.Duration(i-5) * time.Hour).Format(time.RFC3339)})
			doAs(w, forms[i].ID, "fill", incomes(float64(500_000+1000*i)), answers{"surveyor_signature": sign(&forms[i], "surveyor_signature", "tablet", 1), "household_signature": sign(&forms[i], "household_signature", other, 1<<63-1)})
			w.Do(forms[i].ID, "self_check")
		}
		check(w, testkit.Village)
		for i, h := range homes {
			var want []string
			switch {
			case i == quick:
				want = []string{"signature_same_device"}
			case slices.Contains(drawn, h.ID):
				want = []string{policy.SignatureSample}
			}
			require.Equal(t, want, rulesOf(w, h.ID))
		}
		issue := w.Case(hitsOf(w, drawn[0])[0].CaseID)
		for _, event := range []string{"assign", "check", "explain", "verify"} {
			w.Do(issue.ID, event)
		}
		w.Deliver()
		require.Equal(t, procedure.State("closed"), w.State(issue.ID), "people have compared")
		again := runOver(w, activities.RunRequest{Kind: models.RunQuality, Region: testkit.Village, Full: true})
		require.Equal(t, []int{0, 0}, []int{again.Counts.Opened, again.Counts.Renewed})
	})
}

// DQ-04: a form that says there is no large expense is compared with what departments tell of its period (S3-066).
func TestQualityFindsUnknownExpense(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		homes, forms := tidyCampaign(w, 4)
		year := policy.DateOf(w.Now()).Year
		from := models.DeptList{ID: models.NewID(), RegionCode: testkit.County, Dept: "education", Kind: "school_cost", State: models.DeptDone, Mapping: map[string]string{}, CreatedAt: w.Now(), UpdatedAt: w.Now()}
		require.NoError(t, w.Store.DB.Create(&from).Error)
		line := 0
		tell := func(h *models.Household, kind string, values map[string]string) {
			line++
			row := models.DeptRow{ID: models.NewID(), ListID: from.ID, Line: line, Kind: kind, AsOf: policy.DateOf(w.Now()).String(), State: models.RowCurrent, HouseholdID: h.ID, FactKey: models.NewID(), CreatedAt: w.Now()}
			require.NoError(t, row.SetValues(w.Store.Vault, values))
			require.NoError(t, w.Store.DB.Create(&row).Error)
		}
		for i, none := range []any{false, true, nil, false} {
			do(w, &forms[i], "visit")
			doAs(w, forms[i].ID, "fill", incomes(float64(500_000+1000*i)), answers{"rigid_or_drop": none, "own_medical": 0.0})
			w.Do(forms[i].ID, "self_check")
			if i < 3 {
				tell(homes[i], "school_cost", map[string]string{"year": fmt.Sprint(year), "amount": "500000"})
			}
		}
		tell(homes[3], "school_cost", map[string]string{"year": fmt.Sprint(year - 3), "amount": "900000"})
		check(w, testkit.Village)
		require.Equal(t, []string{"expense_unknown"}, rulesOf(w, homes[0].ID), "schooling, which the form says is nothing")
		require.Empty(t, rulesOf(w, homes[1].ID), "there is some")
		require.Empty(t, rulesOf(w, homes[2].ID), "not asked")
		require.Empty(t, rulesOf(w, homes[3].ID), "of another year")
	})
}

// DQ-41: the entry in the national system has the day that its form says, which lies before no approval.
func TestQualityFindsEntryBeforeApproval(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		c := w.Reach("identification", "registered")
		found := func() bool {
			runOver(w, activities.RunRequest{Kind: models.RunQuality, Region: testkit.County, Full: true})
			return slices.Contains(rulesOf(w, c.HouseholdID), "entry_before_approval")
		}
		require.False(t, found())
		c = w.Case(c.ID)
		c.Facts.At["county_pass"] = c.Facts.At["register"].AddDate(0, 0, 1) // as a register that was moved here may have it
		require.NoError(t, w.Store.DB.Model(c).Select("facts").Updates(c).Error)
		require.True(t, found())
	})
}

// DQ-01: a form record that lacks what its form asks for is found, and one that has it not (S3-063).
func TestQualityFindsIncompleteRecords(t *testing.T) {
	onBoth(t, func(t *testing.T, w *testkit.World) {
		record := func(state string, change answers) *models.Household {
			h := tidyHome(w, testkit.Village, nil)
			form := answers{"surveyor": "何春林", "surveyed_on": "2026-09-20"}
			maps.Copy(form, change)
			r := models.FormRecord{ID: models.NewID(), Form: "f1", Version: 1, SubjectKind: "household", SubjectID: h.ID, RegionCode: h.RegionCode, State: state,
				CollectorID: w.Actor(procedure.VillageCadre).UserID, CreatedAt: w.Now(), UpdatedAt: w.Now(), RowVersion: 1}
			require.NoError(t, r.Seal(w.Store.Vault, &models.FormRecordAct{ID: models.NewID()}, form, answers{}, ""))
			require.NoError(t, w.Store.DB.Create(&r).Error)
			return h
		}
		whole, draft := record(models.RecordFinal, nil), record(models.RecordDraft, answers{"surveyed_on": nil})
		undated, nobody := record(models.RecordFinal, answers{"surveyed_on": nil}), record(models.RecordFinal, answers{"surveyor": ""})
		check(w, testkit.Village)
		require.Empty(t, rulesOf(w, whole.ID))
		require.Empty(t, rulesOf(w, draft.ID), "not handed in yet")
		require.Equal(t, []string{"survey_date_missing"}, rulesOf(w, undated.ID))
		require.Equal(t, []string{"collector_missing"}, rulesOf(w, nobody.ID))
	})
}
