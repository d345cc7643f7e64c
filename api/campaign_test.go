package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// campaigner makes an account with a role of campaigns.
func (w *world) campaigner(login string, role procedure.Role, region string) {
	now := w.clock()
	w.create(&models.User{ID: "u-" + login, Login: login, Name: "测" + login, PasswordHash: passwordHash(), CreatedAt: now},
		&models.RoleGrant{ID: "g-" + login, UserID: "u-" + login, Role: role, RegionCode: region, ValidFrom: now.Add(-time.Hour)})
	w.tokens[login] = "token-" + login
	w.create(w.session(login))
}

// openCampaign draws up a campaign over the first village.
func (w *world) openCampaign(t testing.TB) string {
	t.Helper()
	return w.campaignOf(t, "town", township, "household-1", "household-2")
}

// campaignOf is a campaign that an office draws up over some households.
func (w *world) campaignOf(t testing.TB, office, region string, households ...string) string {
	t.Helper()
	listed := []object{}
	for _, h := range households {
		listed = append(listed, object{"household_id": h})
	}
	stages := []object{}
	for i, s := range []string{"training", "fieldwork", "review", "rectification", "spot_check", "reporting"} {
		stages = append(stages, object{"stage": s, "from": "2026-03-1" + string(rune('0'+i)), "until": "2026-03-2" + string(rune('0'+i))})
	}
	rec := w.do(t, call{user: office, method: "POST", url: basePath + "/cases", status: 200, body: object{"procedure": "campaign", "region_code": region, "form": object{
		"title": "春季集中排查", "kind": "screening", "scope": []string{"listed"}, "households": listed,
		"stages": stages, "forms": []string{"household_form", "village_form"},
		"cutoffs": []object{{"item": "rectification", "on": "2026-03-23"}, {"item": "report", "on": "2026-03-25"}, {"item": "new_objects", "on": "2026-03-11"}}}}})
	return decode[struct{ Case struct{ ID string } }](t, rec).Case.ID
}

// campaign opens a campaign over the first village and brings it to the field.
func (w *world) campaign(t testing.TB) string {
	t.Helper()
	groups := []object{{"group": "一组", "area": village, "duty": "guide", "name": "老党员"}}
	for user, duty := range map[string]string{"surveyor": "surveyor", "surveyor2": "surveyor", "instructor": "instructor", "head": "group_leader"} {
		groups = append(groups, object{"group": "一组", "area": village, "duty": duty, "user": "u-" + user})
	}
	id := w.openCampaign(t)
	w.fire(t, "town", id, "issue", object{"groups": groups, "document_no": "清府发〔2026〕3号", "plan": []string{w.attach(t, "town", id, "plan")}})
	w.fire(t, "town", id, "train", object{"held_on": "2026-03-10", "place": "镇政府", "content": "填表说明", "sign_in": []string{w.attach(t, "town", id, "sign_in")}})
	w.fire(t, "town", id, "start_field", object{"trained": []object{{"user": "u-surveyor"}, {"user": "u-surveyor2"}}})
	require.NoError(t, w.engine.TendCampaigns(t.Context()))
	return id
}

// What the people of a campaign reach: a surveyor the forms given to him, instructor
// and group leader the campaign and its forms and nothing else, a guide nothing.
func TestPeopleOfACampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	w.campaigner("guide", procedure.Guide, village)
	w.campaigner("far_head", procedure.GroupLeader, farTownship)
	clue := w.openClue(t, "household-3", "next_cadre")
	campaign := w.campaign(t)
	var listed models.Household
	require.NoError(t, w.store.DB.Where("id = ?", "household-1").Take(&listed).Error)
	require.Contains(t, w.do(t, call{user: "town", url: basePath + "/cases/" + campaign, status: 200}).Body.String(), listed.HeadName+"（"+listed.No+"）",
		"a listed household is told by its name")
	var forms []models.Case
	require.NoError(t, w.store.DB.Where("parent_id = ? AND procedure = ?", campaign, "household_form").Order("household_id").Find(&forms).Error)
	require.Len(t, forms, 2)
	mine := map[string]string{}
	for _, f := range forms {
		mine[f.Facts.Text("surveyor")[2:]] = f.ID
	}
	require.Len(t, mine, 2, "shared out")
	all := []string{campaign, mine["surveyor"], mine["surveyor2"], clue}
	for user, reached := range map[string][]string{
		"surveyor": {mine["surveyor"]}, "surveyor2": {mine["surveyor2"]}, "instructor": all[:3], "head": all[:3], "guide": nil, "far_head": nil, "town": all,
	} {
		for _, id := range all {
			status := 404
			for _, r := range reached {
				if r == id {
					status = 200
				}
			}
			w.do(t, call{user: user, method: "GET", url: basePath + "/cases/" + id, status: status})
			w.do(t, call{user: user, method: "GET", url: basePath + "/cases/" + id + "/events/allowed", status: status})
		}
		rec := w.do(t, call{user: user, method: "GET", url: basePath + "/cases", status: 200})
		list := decode[struct{ Items []struct{ ID string } }](t, rec).Items
		if user != "town" && user != "instructor" && user != "head" { // those see the village form too
			require.Len(t, list, len(reached), user)
		}
		rec = w.do(t, call{user: user, method: "GET", url: basePath + "/households", status: 200})
		if n := len(decode[struct{ Items []struct{ ID string } }](t, rec).Items); user == "guide" || user == "far_head" {
			require.Zero(t, n, user)
		}
	}
	w.fire(t, "surveyor", mine["surveyor"], "visit", object{"identity_stated": true, "purpose_stated": true, "visited_at": "2026-03-10T10:00:00+08:00", "guide": "老党员", "three_unified": true, "four_agree": true})
	w.do(t, call{user: "surveyor2", method: "POST", url: basePath + "/cases/" + mine["surveyor"] + "/events", status: 404, body: object{"event": "mismatch", "expected_seq": 2, "form": object{}}})
	w.fire(t, "surveyor", mine["surveyor"], "ask_ruling", object{"indicator": "housing", "question": "房屋加固后如何填写"})
	w.fire(t, "head", mine["surveyor"], "ruling", object{"answer": "按现状填写"})
}

// People stand in a case by their names, in tables too, and are chosen from lists.
func TestPeopleHaveNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	id := w.campaign(t)
	texts := func(id string) map[string]string {
		out := map[string]string{}
		for _, f := range decode[gen.CaseDetail](t, w.do(t, call{user: "town", method: "GET", url: basePath + "/cases/" + id, status: 200})).Facts {
			out[f.Code] = f.Text
		}
		return out
	}
	got := texts(id)
	require.Contains(t, got["groups"], "一组 云岭县清溪镇石桥村 调查员 测surveyor")
	require.NotContains(t, got["groups"]+got["trained"], "u-")
	require.Contains(t, got["trained"], "测surveyor2")
	var form models.Case
	require.NoError(t, w.store.DB.Where("parent_id = ? AND procedure = ?", id, "household_form").Order("household_id").Take(&form).Error)
	require.Contains(t, texts(form.ID)["surveyor"], "测surveyor")

	events := decode[gen.AllowedEvents](t, w.do(t, call{user: "town", method: "GET", url: basePath + "/cases/" + id + "/events/allowed", status: 200})).Items
	for _, e := range events {
		if e.Event == "to_review" {
			require.Equal(t, "household_id", e.Form[0].Columns[0].Code)
			require.Len(t, e.Form[0].Columns[0].Options, 2)
			require.Contains(t, e.Form[0].Columns[0].Options[0].Title, "（")
			return
		}
	}
	require.Fail(t, "to_review is not on the list")
}

// A village that was chosen is told by its name.
func TestVillageHasItsName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.openClue(t, "household-1", "town")
	w.fire(t, "town", id, "dispatch", object{"target_village": village})
	told := map[string]string{}
	for _, f := range decode[gen.CaseDetail](t, w.do(t, call{user: "town", method: "GET", url: basePath + "/cases/" + id, status: 200})).Facts {
		told[f.Code] = f.Text
	}
	require.Contains(t, told["target_village"], "石桥村")
}

// A campaign is opened from a template: chosen, previewed from a first day, sent as it
// is, and led through its phases by the office that drew it up.
func TestCampaignFromTemplate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	list := decode[gen.CampaignTemplateList](t, w.do(t, call{user: "town", method: "GET", url: basePath + "/campaigns/templates", status: 200}))
	require.Len(t, list.Items, 5)
	require.Len(t, list.Items[2].Phases, 9)
	preview := basePath + "/campaigns/templates/dynamic/preview?first_date="
	w.do(t, call{user: "town", method: "GET", url: basePath + "/campaigns/templates/nothing/preview?first_date=2026-03-10", status: 404})
	w.do(t, call{user: "town", method: "GET", url: preview + "tomorrow", status: 400})
	for _, day := range []string{"9999-12-31", "2200-01-01", "0001-01-01", "1999-12-31"} { // dates after the last that can be written
		w.do(t, call{user: "town", method: "GET", url: preview + day, status: 400, code: "out_of_range"})
	}
	p := decode[gen.CampaignPreview](t, w.do(t, call{user: "town", method: "GET", url: preview + "2026-03-10", status: 200}))
	require.Equal(t, "2026-03-12", p.Phases[0].Until.On.String())
	require.Equal(t, "2018-10-03", p.Phases[0].Until.Original.String())
	require.Equal(t, "S2-008", p.Phases[0].Until.Source)
	require.Equal(t, []string{"户表", "村表", "收入计算表"}, p.Forms)
	require.Equal(t, "部门反馈问题整改上报", p.Cutoffs[0].Title)
	p.Form["title"] = "春季动态管理"
	rec := w.do(t, call{user: "town", method: "POST", url: basePath + "/cases", status: 200, body: object{"procedure": "campaign", "region_code": township, "form": p.Form}})
	id := decode[struct{ Case struct{ ID string } }](t, rec).Case.ID
	end := func(user string, status int, code string) {
		w.do(t, call{user: user, method: "POST", url: basePath + "/campaigns/" + id + "/phase", status: status, code: code, body: object{"note": "方案已印发"}})
	}
	end("town", 409, "last_phase")
	end("county", 403, "role_not_allowed")
	end("far_town", 404, "")
	clue := w.openClue(t, "household-1", "town")
	w.do(t, call{user: "town", method: "POST", url: basePath + "/campaigns/" + clue + "/phase", status: 404, body: object{"note": "不是行动"}})
}

// The list of the scope is what the figures of coverage count, each viewer his part; who does not reach the campaign has none.
func TestCoverageIsWhatTheFiguresCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	id := w.campaign(t)
	require.NoError(t, w.store.DB.Model(&models.CampaignScope{}).Where("household_id = ?", "household-1").Update("result", models.ResultProxy).Error)
	require.NoError(t, w.store.DB.Model(&models.CampaignScope{}).Where("household_id = ?", "household-2").Update("exception", "refused").Error)
	w.create(&models.CampaignScope{CampaignID: id, HouseholdID: "household-3", RegionCode: nextVillage})
	list := func(user, query string) []gen.CoverageItem {
		return decode[gen.CoveragePage](t, w.do(t, call{user: user, method: "GET", url: basePath + "/campaigns/" + id + "/coverage" + query, status: 200})).Items
	}
	for user, want := range map[string][]int{"town": {2, 3}, "instructor": {2, 3}, "county": {2, 3}} {
		require.Equal(t, want, []int{len(list(user, "?done=true")), len(list(user, ""))}, user)
	}
	require.Equal(t, []string{"他人代答", "例外：拒绝调查", ""}, []string{list("town", "")[0].ResultTitle, list("town", "")[1].ResultTitle, list("town", "")[2].ResultTitle})
	require.NotEmpty(t, list("town", "")[0].FormState)
	for _, f := range w.figures(t, "town", "").Campaigns {
		require.Len(t, list("town", "?village="+f.Code), f.Households, f.RegionName)
		require.Len(t, list("town", "?done=true&village="+f.Code), f.Done, f.RegionName)
	}
	w.do(t, call{user: "far_town", method: "GET", url: basePath + "/campaigns/" + id + "/coverage", status: 404})
}
