package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// formRecord begins a form about a household and returns its id.
func (w *world) formRecord(t testing.TB, user, form, household string, answers object) string {
	t.Helper()
	rec := w.do(t, call{user: user, method: "POST", url: basePath + "/form-records", status: 200, body: object{"form": form, "household_id": household, "answers": answers}})
	return decode[struct{ Item struct{ ID string } }](t, rec).Item.ID
}

// place is F3 in good order (S0-047).
var place = object{"township": "清溪镇", "village": "石桥村", "group": "三组", "head": "罗守田", "category": "marginal", "longitude": 104.51, "latitude": 30.52, "accuracy": 8,
	"taken_by": "村干部", "taken_at": "2026-03-10T11:00:00+08:00"}

func with(o object, more object) object {
	out := maps.Clone(o)
	maps.Copy(out, more)
	return out
}

func act(action string, version int, more ...object) object {
	out := object{"action": action, "row_version": version}
	for _, m := range more {
		maps.Copy(out, m)
	}
	return out
}

// One form from a blank to its check by another person, and voided.
func TestFormRecordJourney(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	blank := basePath + "/forms/blank?form=f3&household_id=household-1"
	w.do(t, call{user: "cadre", method: "GET", url: blank, status: 200, want: []string{`"head":"罗守田"`, `"village":"石桥村"`, `"unit":"度"`}})
	var log models.AccessLog
	require.NoError(t, w.store.DB.Where("record_id = ? AND field = ?", "household-1", "f3@1").Take(&log).Error, "the register was read")

	id := w.formRecord(t, "cadre", "f3", "household-1", with(place, object{"longitude": nil}))
	url := basePath + "/form-records/" + id
	post := func(user string, body object, status int, want ...string) {
		w.do(t, call{user: user, method: "POST", url: url + "/acts", status: status, body: body, want: want})
	}
	w.do(t, call{user: "cadre", method: "GET", url: url, status: 200, want: []string{`"required"`, `"state":"draft"`, `"can":["save","finish","void","attach"]`}})
	post("cadre", act("finish", 1), 422, `"longitude"`, "conditions_not_met")
	post("cadre", act("save", 1, object{"answers": with(place, object{"longitude": "东经"})}), 422, "wrong_type")
	post("cadre", act("save", 1, object{"answers": with(place, object{"accuracy": 101})}), 200, "place_inexact")
	post("cadre", act("save", 1, object{"answers": place}), 409, "form_moved")
	post("cadre", act("finish", 2, object{"answers": place}), 200, `"state":"final"`)
	post("cadre", act("save", 3, object{"answers": place}), 409, "form_final")
	post("cadre", act("check", 3), 403, "role_not_allowed")
	w.do(t, call{user: "town", method: "GET", url: url, status: 200, want: []string{"104.51", `"can":["check","void","attach"]`}})
	post("town", act("check", 3, object{"note": "与卫星图一致"}), 200, `"checked_by"`, "与卫星图一致")
	post("town", act("check", 4), 409, "form_checked")
	post("town", act("void", 4), 422, "作废应当写明理由")

	w.do(t, call{user: "cadre2", method: "POST", url: basePath + "/form-records", status: 409, code: "form_exists", body: object{"form": "f3", "household_id": "household-1", "answers": place}})
	post("town", act("void", 4, object{"note": "定位到邻居家"}), 200, `"state":"void"`)
	w.formRecord(t, "cadre2", "f3", "household-1", place)

	var row models.FormRecord
	require.NoError(t, w.store.DB.Where("id = ?", id).Take(&row).Error)
	require.NotContains(t, string(row.Answers)+string(row.Computed), "104.51", "sealed")
	require.Error(t, w.store.DB.Exec("UPDATE form_record_acts SET action = 'save' WHERE record_id = ?", id).Error)
	require.Error(t, w.store.DB.Exec("DELETE FROM form_record_acts WHERE record_id = ?", id).Error)
	var acts []models.FormRecordAct
	require.NoError(t, w.store.DB.Where("record_id = ?", id).Order("row_version").Find(&acts).Error)
	require.Len(t, acts, 5)
	was, _, err := acts[1].Open(w.store.Vault)
	require.NoError(t, err)
	require.Equal(t, 101.0, was["accuracy"], "what stood there before is kept")
}

// Nobody checks his own form, whoever typed it in for him.
func TestFormIsCheckedByAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.formRecord(t, "secretary", "f3", "household-1", place)
	url := basePath + "/form-records/" + id + "/acts"
	w.do(t, call{user: "secretary", method: "POST", url: url, status: 200, body: act("finish", 1)})
	w.do(t, call{user: "secretary", method: "POST", url: url, status: 403, code: "separation_of_duties", body: act("check", 2)})
	w.do(t, call{user: "entry", method: "POST", url: url, status: 200, body: act("check", 2)})

	id = w.formRecord(t, "cadre", "f3", "household-2", place)
	url = basePath + "/form-records/" + id + "/acts"
	w.do(t, call{user: "entry", method: "POST", url: url, status: 200, body: act("save", 1, object{"answers": with(place, object{"accuracy": 9})}), want: []string{`"entered_by":{"id":"u-entry"`}})
	w.do(t, call{user: "cadre", method: "POST", url: url, status: 200, body: act("finish", 2)})
	w.do(t, call{user: "entry", method: "POST", url: url, status: 403, code: "separation_of_duties", body: act("check", 3)})
	w.do(t, call{user: "entry", method: "GET", url: basePath + "/form-records/" + id, status: 200, want: []string{`"can":["attach"]`}})
	w.do(t, call{user: "secretary", method: "POST", url: url, status: 200, body: act("check", 3)})
}

// The same key is one act, however often it is sent; with another record it is refused.
func TestFormActIsIdempotent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	open := func(household string) string {
		rec := w.do(t, call{user: "cadre", method: "POST", url: basePath + "/form-records", status: 200, headers: map[string]string{"Idempotency-Key": "key-of-the-first-act"}, body: object{"form": "f3", "household_id": household, "answers": object{}}})
		return decode[struct{ Item struct{ ID string } }](t, rec).Item.ID
	}
	first := open("household-1")
	require.Equal(t, first, open("household-1"))
	for range 2 {
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/form-records/" + first + "/acts", status: 200, headers: map[string]string{"Idempotency-Key": "key-of-the-second-act"}, body: act("save", 1, object{"answers": place}), want: []string{`"row_version":2`}})
	}
}

// A finding has to be explained before the form is finished, a claim that differs among them (5.4).
func TestFindingsAreExplained(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.do(t, call{user: "cadre", method: "GET", url: basePath + "/forms/blank?form=annex6&household_id=household-1", status: 200})
	answers := decode[struct{ Answers object }](t, rec).Answers
	require.Equal(t, []any{"2025-03-01", "2026-02-28"}, []any{answers["period_from"], answers["period_to"]}, "E-23")
	maps.Copy(answers, object{"household_type": "monitored", "per_head_claimed": 400000, "income": []object{{"item": "4-02", "income": 1500000, "expense": 0}}})
	id := w.formRecord(t, "cadre", "annex6", "household-1", answers)
	url := basePath + "/form-records/" + id
	w.do(t, call{user: "cadre", method: "GET", url: url, status: 200, want: []string{"income_differs", "人均纯收入5000.00元"}})
	w.do(t, call{user: "cadre", method: "POST", url: url + "/acts", status: 422, body: act("finish", 1), want: []string{"income_differs"}})
	w.do(t, call{user: "cadre", method: "POST", url: url + "/acts", status: 200, body: act("finish", 1, object{"note": "申报时未计入奖补，已与农户核对"})})
}

// Who may not see sensitive answers sees that they are there, and no figures.
func TestFormRecordIsMasked(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.formRecord(t, "cadre", "f3", "household-1", place)
	w.do(t, call{user: "grid", method: "GET", url: basePath + "/form-records/" + id, status: 200, want: []string{`"hidden":true`}, not: []string{"104.51", "place_inexact"}})
	w.do(t, call{user: "grid", method: "POST", url: basePath + "/form-records/" + id + "/acts", status: 403, code: "role_not_allowed", body: act("finish", 1)})
	w.do(t, call{user: "surveyor", method: "GET", url: basePath + "/form-records/" + id, status: 404})
	w.do(t, call{user: "surveyor", method: "GET", url: basePath + "/form-records", status: 200, want: []string{`"items":[]`}})
	w.surveys("surveyor", "household-1")
	own := w.formRecord(t, "surveyor", "annex4", "household-1", object{})
	w.do(t, call{user: "surveyor", method: "GET", url: basePath + "/form-records", status: 200, want: []string{own}, not: []string{id}})
	w.do(t, call{user: "town", method: "GET", url: basePath + "/form-records?form=f3", status: 200, want: []string{id}, not: []string{own, "104.51"}})
	for _, url := range []string{"/form-records", "/form-records?village=" + village, "/form-records?household_id=household-1"} {
		w.do(t, call{user: "far_cadre", method: "GET", url: basePath + url, status: 200, want: []string{`"items":[]`}})
	}
	w.do(t, call{user: "far_cadre", method: "GET", url: basePath + "/forms/blank?form=f3&household_id=household-1", status: 404})
	w.do(t, call{user: "far_cadre", method: "POST", url: basePath + "/form-records", status: 404, body: object{"form": "f3", "household_id": "household-1", "answers": object{}}})
}

func TestFormsAndSchema(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/forms", status: 200, want: []string{"annex6@1", "screening_ledger@1"}})
	rec := w.do(t, call{user: "cadre", method: "GET", url: basePath + "/forms/schema?form=annex6@1", status: 200, want: []string{"2020-12"}})
	require.True(t, json.Valid(rec.Body.Bytes()))
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/forms/schema?form=annex6@9", status: 404})
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/form-records", status: 422, code: "form_subject", body: object{"form": "f6a", "household_id": "household-1", "answers": object{}}})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/forms/blank?form=village_sheet&region_code=" + village, status: 200, want: []string{`"register_households":`}})
}

// A village's forms go out as a workbook and come back once; what others have changed since is not overwritten.
func TestFormWorkbook(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine := w.formRecord(t, "cadre", "f3", "household-1", place)
	take := object{"form": "f3", "region_code": village, "purpose": "入户核对"}
	rec := w.do(t, call{user: "cadre", method: "POST", url: basePath + "/forms/workbook/export", body: take, status: 200})
	var log models.AccessLog
	require.NoError(t, w.store.DB.Where("action = 'export' AND record_id = ?", village).Take(&log).Error)
	require.Equal(t, "入户核对", log.Purpose)
	raw := rec.Body.Bytes()
	var taken models.Export
	require.NoError(t, w.store.DB.Where("list = 'form_workbook' AND user_id = 'u-cadre'").Take(&taken).Error)
	require.Equal(t, "入户核对", taken.Reason)
	require.Positive(t, taken.Rows)
	x, err := excelize.OpenReader(bytes.NewReader(raw))
	require.NoError(t, err)
	sheet := x.GetSheetName(0)
	rows, err := x.GetRows(sheet)
	require.NoError(t, err)
	require.Regexp(t, "^测cadre .*石桥村.* 编号 "+taken.No+" 用途：入户核对$", rows[0][len(rows[0])-1], "the sheet says who took it out, and why")
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/exports", status: 200, want: []string{taken.No, "表册工作簿"}})
	w.create(&models.PolicyRow{ID: "few", Key: "export_max_rows", RegionCode: village, Value: []byte("1"), ValidFrom: w.clock().AddDate(0, -1, 0), CreatedAt: w.clock()})
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/forms/workbook/export", body: take, status: 422, code: "too_many_rows"})
	require.NoError(t, w.store.DB.Exec("DELETE FROM policy_rows WHERE id = 'few'").Error)
	cell := func(subject, title string) string {
		for i, r := range rows {
			if len(r) > 0 && r[0] == subject {
				name, err := excelize.CoordinatesToCellName(slices.Index(rows[1], title)+1, i+1)
				require.NoError(t, err)
				return name
			}
		}
		return ""
	}
	require.NoError(t, x.SetCellValue(sheet, cell("household-1", "精度（米）"), 5))
	for title, v := range map[string]any{"监测对象类别": "边缘易致贫户", "经度（度）": 104.6, "纬度（度）": "北纬"} {
		require.NoError(t, x.SetCellValue(sheet, cell("household-2", title), v))
	}
	var filled bytes.Buffer
	require.NoError(t, x.Write(&filled))
	post := func(user, more string, status int) gen.FormImport {
		rec := w.do(t, call{user: user, method: "POST", url: basePath + "/forms/workbook" + more, status: status, body: workbookForm(t, filled.Bytes())})
		if status != 200 {
			return gen.FormImport{}
		}
		return decode[gen.FormImport](t, rec)
	}
	w.surveys("surveyor", "household-1")
	for _, row := range post("surveyor", "", 200).Rows {
		if row.Subject == "罗守田" {
			require.Equal(t, "FRM-206", row.Faults[0].Code, "nobody else's form")
		}
	}
	far := post("far_cadre", "", 200)
	require.Equal(t, len(far.Rows), far.Rejected, "nobody of his")
	preview := post("cadre", "", 200)
	require.Equal(t, []int{0, 1, 1}, []int{preview.Created, preview.Saved, preview.Rejected}, "%+v", preview.Rows)
	require.False(t, preview.Applied)
	post("cadre", "?confirm="+strings.Repeat("0", 64), 409)

	require.NoError(t, x.SetCellValue(sheet, cell("household-2", "纬度（度）"), 30.5))
	filled.Reset()
	require.NoError(t, x.Write(&filled))
	preview = post("cadre", "", 200)
	require.Equal(t, []int{1, 1, 0}, []int{preview.Created, preview.Saved, preview.Rejected}, "%+v", preview.Rows)
	done := post("cadre", "?confirm="+preview.Sha256, 200)
	require.True(t, done.Applied)
	again := post("cadre", "?confirm="+preview.Sha256, 200)
	require.Equal(t, []int{0, 0, 2}, []int{again.Created, again.Saved, again.Unchanged}, "%+v", again.Rows)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/form-records/" + mine, status: 200, want: []string{`"row_version":2`}})
	returned := w.do(t, call{user: "cadre", method: "POST", url: basePath + "/forms/workbook/returned", status: 200, body: workbookForm(t, filled.Bytes())})
	back, err := excelize.OpenReader(returned.Body)
	require.NoError(t, err)
	text, err := back.GetRows(sheet)
	require.NoError(t, err)
	require.Contains(t, fmt.Sprint(text), "未变")

	// Somebody has changed a record meanwhile.
	require.NoError(t, x.SetCellValue(sheet, cell("household-1", "精度（米）"), 3))
	filled.Reset()
	require.NoError(t, x.Write(&filled))
	late := post("cadre", "", 200)
	require.Contains(t, fmt.Sprint(late.Rows), "FRM-203")
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/forms/workbook", status: 422, code: "workbook_unusable", body: workbookForm(t, png)})
}

// surveys gives somebody the form of a household to fill in.
func (w *world) surveys(login, household string) {
	c := w.row("household_form", "assigned", village, func(c *models.Case) { c.HouseholdID = household })
	w.create(&models.Task{ID: models.NewID(), CaseID: c.ID, Procedure: c.Procedure, State: c.State, Role: procedure.Surveyor, RegionCode: village, Subject: household,
		Queue: models.Queue(procedure.Surveyor, village, ""), AssigneeID: "u-" + login, OpenedAt: w.clock(), DueAt: models.FarFuture})
}

// A surveyor gets nothing from the register about households that are not his.
func TestBlankFormsHoldNoMoreThanOneMaySee(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	url := basePath + "/forms/blank?form=f1&household_id=household-1"
	w.do(t, call{user: "cadre", method: "GET", url: url, status: 200, want: []string{"罗守田", headPhone}})
	w.do(t, call{user: "surveyor", method: "GET", url: url, status: 404})
	w.do(t, call{user: "grid", method: "GET", url: url, status: 404})
	export := func(user, form string, status int) *httptest.ResponseRecorder {
		return w.do(t, call{user: user, method: "POST", url: basePath + "/forms/workbook/export", body: object{"form": form, "purpose": "test", "region_code": village}, status: status})
	}
	export("far_town", "f1", 404)
	// Without a task he gets nobody; with one it is that household, and no record that somebody else has filled in.
	sheets := func(form string) string {
		x, err := excelize.OpenReader(export("surveyor", form, 200).Body)
		require.NoError(t, err)
		out := ""
		for _, name := range x.GetSheetList() {
			rows, err := x.GetRows(name)
			require.NoError(t, err)
			out += fmt.Sprint(rows)
		}
		return out
	}
	require.NotContains(t, sheets("f3"), "household-")
	w.do(t, call{user: "surveyor", method: "POST", url: basePath + "/forms/print", body: object{"form": "f3", "purpose": "test", "household_id": "household-1"}, status: 404})
	w.do(t, call{user: "surveyor", method: "POST", url: basePath + "/forms/print", body: object{"form": "f3", "purpose": "test", "region_code": village}, status: 404})
	w.surveys("surveyor", "household-2")
	require.Contains(t, sheets("f3"), "household-2")
	require.NotContains(t, sheets("f3"), "household-1")
	w.do(t, call{user: "surveyor", method: "GET", url: strings.Replace(url, "household-1", "household-2", 1), status: 200, want: []string{"余春苗"}})
	w.formRecord(t, "cadre", "f1", "household-1", object{"head": "罗守田"})
	require.NotContains(t, sheets("f1"), "household-1")
}

// A place is told at once of a version that does not exist.
func TestFormVersionsOfThePolicy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	row := func(value object) object {
		return object{"key": "form_versions", "region_code": county, "value": value, "valid_from": "2026-04-01", "source": "县表册通知"}
	}
	w.do(t, call{user: "county", method: "PUT", url: basePath + "/policy/rows", status: 422, want: []string{"form_unknown"}, body: row(object{"annex6": 9})})
	w.do(t, call{user: "county", method: "PUT", url: basePath + "/policy/rows", status: 200, body: row(object{"annex6": 1})})

	// The library tells from when a version was named, and who fills in.
	library := func(user string) map[string]gen.FormInfo {
		out := map[string]gen.FormInfo{}
		for _, f := range decode[gen.FormList](t, w.do(t, call{user: user, method: "GET", url: basePath + "/forms", status: 200})).Items {
			out[f.Code] = f
		}
		return out
	}
	require.True(t, library("sec")["annex6"].From.IsZero(), "not yet")
	w.pass(30 * day24)
	all := library("sec")
	require.Equal(t, []string{"2026-04-01", "县表册通知"}, []string{all["annex6"].From.String(), all["annex6"].Basis})
	require.True(t, all["f3"].From.IsZero(), "the newest is used")
	posts := func(refs []gen.RoleRef) (out []string) {
		for _, r := range refs {
			out = append(out, r.Code)
		}
		return out
	}
	require.Contains(t, posts(all["f3"].Writers), "assistance_person")
	require.NotContains(t, posts(all["f6a"].Writers), "assistance_person", "who has one household fills in nothing about a village")
	require.Contains(t, posts(all["f6a"].Checkers), "township_office")
}

// Forms are printed for whoever sees them whole, and that they were taken out is kept with the purpose.
func TestFormsArePrinted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.formRecord(t, "cadre", "f3", "household-1", place)
	url, why := basePath+"/form-records/"+id+"/file", object{"purpose": "归档"}
	pdf := w.do(t, call{user: "town", method: "POST", url: url, body: why, status: 200})
	require.True(t, bytes.HasPrefix(pdf.Body.Bytes(), []byte("%PDF-")))
	word := w.do(t, call{user: "cadre", method: "POST", url: url, body: with(why, object{"format": "docx"}), status: 200})
	require.True(t, bytes.HasPrefix(word.Body.Bytes(), []byte("PK")))
	w.do(t, call{user: "grid", method: "POST", url: url, body: why, status: 403})
	w.do(t, call{user: "far_town", method: "POST", url: url, body: why, status: 404})
	w.do(t, call{user: "town", method: "POST", url: url, body: object{}, status: 400})
	blank, of := basePath+"/forms/print", object{"form": "annex4", "purpose": "入户", "region_code": village}
	pdf = w.do(t, call{user: "cadre", method: "POST", url: blank, body: of, status: 200})
	require.True(t, bytes.HasPrefix(pdf.Body.Bytes(), []byte("%PDF-")))
	w.do(t, call{user: "far_cadre", method: "POST", url: blank, body: of, status: 404})
	w.do(t, call{user: "grid", method: "POST", url: blank, body: of, status: 404})
	var n int64
	require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action = 'export' AND purpose IN ?", []string{"归档", "入户"}).Count(&n).Error)
	require.EqualValues(t, 3, n)
}

// The list of what may be done names the answers that are locked, and the refusal says the same (S001: 先整改后填报).
func TestLockedIndicatorIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	campaign := w.campaign(t)
	var form models.Case
	require.NoError(t, w.store.DB.Where("parent_id = ? AND household_id = ?", campaign, "household-1").Take(&form).Error)
	user := form.Facts.Text("surveyor")[2:]
	w.fire(t, user, form.ID, "visit", object{"identity_stated": true, "purpose_stated": true, "visited_at": "2026-03-10T10:00:00+08:00", "three_unified": true, "four_agree": true})
	allowed := basePath + "/cases/" + form.ID + "/events/allowed"
	w.do(t, call{user: user, method: "GET", url: allowed, status: 200, not: []string{`"locked":"`, "indicator_locked"}})
	w.do(t, call{user: "town", method: "POST", url: basePath + "/cases", status: 200, body: object{"procedure": "rectification", "household_id": "household-1", "form": object{
		"brief": "饮水工程停水", "subject_kind": "household", "household_type": "ordinary", "population": 3, "description": "冬季管道冻裂", "found_on": "2026-03-10", "self_found": true, "indicator": "water"}}})
	w.do(t, call{user: user, method: "GET", url: allowed, status: 200, want: []string{"indicator_locked", `"locked":"该指标的问题`}})
}

// A surveyor fills the forms of his own households for their campaign, and for no other household or campaign.
func TestSurveyorRecordsForHisCampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	campaign := w.campaign(t)
	var scope []models.CampaignScope
	require.NoError(t, w.store.DB.Where("campaign_id = ? AND surveyor_id <> ''", campaign).Order("household_id").Find(&scope).Error)
	require.NotEmpty(t, scope)
	mine := scope[0]
	login := strings.TrimPrefix(mine.SurveyorID, "u-")
	record := func(user, household, campaign string, status int, want ...string) {
		t.Helper()
		w.do(t, call{user: user, method: "POST", url: basePath + "/form-records", status: status, want: want,
			body: object{"form": "f3", "household_id": household, "campaign_id": campaign, "answers": object{}}})
	}
	record(login, mine.HouseholdID, campaign, 200)
	record(login, mine.HouseholdID, "no-such-campaign", 422, "unknown_campaign")
	record("far_cadre", mine.HouseholdID, campaign, 404)
}
