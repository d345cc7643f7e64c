package api

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// work carries out the runs that wait, as a server does.
func (w *world) work(t *testing.T) {
	t.Helper()
	require.NoError(t, w.engine.WorkRuns(t.Context(), "test", nil))
}

func (w *world) startRun(t *testing.T, user, kind, region string) string {
	t.Helper()
	rec := w.do(t, call{user: user, method: "POST", url: basePath + "/runs", body: object{"kind": kind, "region_code": region}, status: 200, want: []string{`"state":"waiting"`}})
	return decode[struct{ ID string }](t, rec).ID
}

// An office starts a run over its area, sees it go on and what it found; nobody else does.
func TestRuns(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			followRun(t, newWorld(t, dialect))
		})
	}
}

func followRun(t *testing.T, w *world) {
	require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = ?", "household-1").Update("population", 9).Error)
	id := w.startRun(t, "town", "quality", township)
	url := basePath + "/runs/" + id
	w.do(t, call{user: "town", method: "POST", url: basePath + "/runs", body: object{"kind": "quality", "region_code": village}, status: 409, code: "run_in_progress"})
	w.do(t, call{user: "town", method: "GET", url: url, status: 200, want: []string{`"can_cancel":true`, `"passed":0`}})
	w.work(t)
	w.do(t, call{user: "town", method: "GET", url: url, status: 200, want: []string{`"state":"done"`, `"population_mismatch"`, `"DQ-10"`, `"can_cancel":false`}})
	w.do(t, call{user: "town", method: "GET", url: basePath + "/runs?kind=quality&village=" + county, status: 200, want: []string{id, `"can_start":[{`}})
	w.do(t, call{user: "county", method: "GET", url: basePath + "/runs", status: 200, want: []string{id}})

	hits := url + "/hits?rule=population_mismatch"
	w.do(t, call{user: "town", method: "GET", url: hits, status: 200, want: []string{"household-1", "罗守田", "登记为9人", "检出", `"hidden":false`}})
	w.do(t, call{user: "town", method: "GET", url: url + "/groups", status: 200, want: []string{`"region_code":"` + village + `"`, `"households":1`}})
	var hit models.QualityHit
	require.NoError(t, w.store.DB.Where("rule = ? AND household_id = ?", "population_mismatch", "household-1").Take(&hit).Error)
	w.do(t, call{user: "town", method: "GET", url: basePath + "/cases/" + hit.CaseID, status: 200, want: []string{`"code":"proposed_cause"`, `"建议的问题环节"`, `"code":"proposed_owner"`}, not: []string{`"text":"u-`}})
	var logged int64
	require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("tbl = ? AND record_id = ? AND user_id = ?", "quality_hits", id, "u-town").Count(&logged).Error)
	require.EqualValues(t, 1, logged, "what was read is noted")
	about := models.QualityHit{ID: "hit-village", Kind: models.RunQuality, HouseholdID: village, Rule: "village_total", RegionCode: village, FoundAt: w.clock(), SeenAt: w.clock(), RunID: id}
	require.NoError(t, about.SetSecret(w.store.Vault, models.HitSecret{Message: "合计不符"}))
	w.create(&about)
	w.do(t, call{user: "town", method: "GET", url: url + "/hits?rule=village_total", status: 200, want: []string{"hit-village", "合计不符"}})
	for _, user := range []string{"cadre", "far_town", "sec", "civil"} {
		w.do(t, call{user: user, method: "GET", url: hits, status: 404, not: []string{"罗守田"}})
		w.do(t, call{user: user, method: "GET", url: basePath + "/runs", status: 200, want: []string{`"items":[]`}})
	}
}

// In a village its people see a run over it, each as much of the findings as of the households.
func TestRunHitsAreMasked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = ?", "household-1").Update("population", 9).Error)
	url := basePath + "/runs/" + w.startRun(t, "town", "quality", village)
	w.work(t)
	w.campaigner("guidance", procedure.GuidanceGroup, township)
	w.do(t, call{user: "grid", method: "GET", url: url + "/hits", status: 404}) // of his group he sees households, no runs
	w.do(t, call{user: "guidance", method: "GET", url: url + "/hits", status: 200, want: []string{"population_mismatch", `"hidden":true`}, not: []string{"登记为9人"}})
	w.do(t, call{user: "cadre", method: "POST", url: url + "/cancel", status: 403, code: "role_not_allowed"})
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/runs", body: object{"kind": "quality", "region_code": village}, status: 403, code: "role_not_allowed"})
	w.do(t, call{user: "town", method: "POST", url: basePath + "/runs", body: object{"kind": "quality", "region_code": county}, status: 403, code: "role_not_allowed"})
	w.do(t, call{user: "town", method: "POST", url: basePath + "/runs", body: object{"kind": "quality", "region_code": farVillage}, status: 403, code: "role_not_allowed"})
	w.do(t, call{user: "county", method: "POST", url: basePath + "/runs", body: object{"kind": "quality", "region_code": county[:6] + "999"}, status: 422, code: "region_unknown"})
}

// The pages of hits follow one another by key, each hit once.
func TestRunHitsArePaged(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	require.NoError(t, w.store.DB.Model(&models.Household{}).Where("1 = 1").Update("population", 9).Error)
	url := basePath + "/runs/" + w.startRun(t, "county", "quality", county)
	w.work(t)
	seen, cursor := map[string]bool{}, ""
	for {
		page := decode[struct {
			Items []struct{ ID string }
			Next  string `json:"next_cursor"`
		}](t, w.do(t, call{user: "county", method: "GET", url: url + "/hits?limit=2&cursor=" + cursor, status: 200}))
		for _, x := range page.Items {
			require.False(t, seen[x.ID])
			seen[x.ID] = true
		}
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	var n int64
	require.NoError(t, w.store.DB.Model(&models.QualityHit{}).Count(&n).Error)
	require.EqualValues(t, n, len(seen))
	require.Greater(t, n, int64(2))
}

// A run that waits is cancelled, and asked for again with the same key is the same.
func TestRunIsCancelled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.startRun(t, "town", "screening", township)
	w.do(t, call{user: "town", method: "POST", url: basePath + "/runs/" + id + "/cancel", status: 200, want: []string{`"state":"cancelled"`, `"channel":"big_data"`}})
	w.work(t)
	w.do(t, call{user: "town", method: "GET", url: basePath + "/runs/" + id, status: 200, want: []string{`"state":"cancelled"`, `"passed":0`}})
}

// A county tries a rule of its own, sees whom it hits, and only then puts it in force.
func TestTrialBeforeEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rule := object{"code": "local_big", "title": "大户", "use": "screening", "when": "家庭人口 >= 1", "message": "人口多", "basis": "县规〔2026〕1号"}
	put := func(status int, code string) {
		t.Helper()
		w.do(t, call{user: "county", method: "PUT", url: basePath + "/policy/rows", status: status, code: code,
			body: object{"key": "county_rules", "region_code": county, "valid_from": policy.DateOf(w.clock()).AddDays(1).String(), "value": []object{rule}, "source": "县规〔2026〕1号"}})
	}
	put(422, "rule_untried")
	w.do(t, call{user: "county", method: "GET", url: basePath + "/policy/rules", status: 200, want: []string{"人均收入", "年龄", "given"}})
	wrong := object{"code": "local_big", "title": "大户", "use": "screening", "when": "人均收人 > 1", "message": "人口多", "basis": "县规"}
	w.do(t, call{user: "county", method: "POST", url: basePath + "/runs", status: 422, code: "rule_invalid", want: []string{"rule.when[1]", "没有“人均收人”这一项"},
		body: object{"kind": "trial", "region_code": county, "rule": wrong}})
	w.do(t, call{user: "county", method: "POST", url: basePath + "/runs", status: 422, code: "rule_required", body: object{"kind": "trial", "region_code": county}})
	rec := w.do(t, call{user: "county", method: "POST", url: basePath + "/runs", status: 200, body: object{"kind": "trial", "region_code": county, "rule": rule}})
	w.work(t)
	run := decode[struct{ ID string }](t, rec).ID
	w.do(t, call{user: "county", method: "GET", url: basePath + "/runs/" + run, status: 200, want: []string{`"state":"done"`, `"title":"大户"`, `"sample":[`, "罗守田"}})
	w.do(t, call{user: "far_town", method: "GET", url: basePath + "/runs/" + run, status: 404})
	put(200, "")
}

// What a county's own rule has found is called by the rule's title, not by its code.
func TestIssueOfACountyRuleHasItsTitle(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rule := policy.CountyRule{Code: "local_big", Title: "多人口户核对", Use: policy.CountyQuality, When: "家庭人口 >= 1", Message: "人口多", Basis: "县规〔2026〕1号"}
	raw, err := json.Marshal([]policy.CountyRule{rule})
	require.NoError(t, err)
	w.create(&models.PolicyRow{ID: "county-rules", Key: "county_rules", RegionCode: county, Value: raw, ValidFrom: w.clock().AddDate(0, 0, -1), CreatedAt: w.clock()})
	w.startRun(t, "town", "quality", township)
	w.work(t)
	var hit models.QualityHit
	require.NoError(t, w.store.DB.Where("rule = ? AND household_id = ?", "local_big", "household-1").Take(&hit).Error)
	for _, part := range []string{"", "/timeline"} {
		w.do(t, call{user: "town", method: "GET", url: basePath + "/cases/" + hit.CaseID + part, status: 200, want: []string{"多人口户核对"}, not: []string{`"text":"local_big"`}})
	}
}
