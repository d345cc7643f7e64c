package api

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// posts are one grant of each kind of reach over the first village or its county.
func posts() []models.RoleGrant {
	out := []models.RoleGrant{
		{Role: procedure.VillageCadre, RegionCode: village}, {Role: procedure.GridMember, RegionCode: village}, {Role: procedure.DataEntry, RegionCode: township},
		{Role: procedure.GuidanceGroup, RegionCode: township}, {Role: procedure.TownshipOffice, RegionCode: township}, {Role: procedure.CountyOffice, RegionCode: county},
		{Role: procedure.TownshipDept, RegionCode: township, Dept: "land"}, {Role: procedure.CountyDept, RegionCode: county, Dept: "civil_affairs"}, {Role: procedure.Surveyor, RegionCode: village},
		{Role: procedure.Instructor, RegionCode: township}, {Role: procedure.Discipline, RegionCode: township}, {Role: procedure.CityOffice, RegionCode: county[:4]},
		{Role: procedure.Auditor, RegionCode: county, Kinds: []string{"medical_reassistance"}}, {Role: procedure.AssistancePerson, RegionCode: village, HouseholdID: "household-2"},
		{Role: procedure.Farmer, RegionCode: village, HouseholdID: "household-1"}, {Role: procedure.SysAdmin, RegionCode: county},
	}
	for i := range out {
		out[i].ID, out[i].UserID = "g-"+string(out[i].Role), "u-x"
	}
	return out
}

// Whatever posts somebody holds together, a household is shown to him as the posts that reach it show it, and no more:
// what one shows is not shown where only another reaches (A1).
func TestEachPostShowsWhereItReaches(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.row("dept_comparison", "requested", village, func(c *models.Case) { c.Dept = "land" })
	w.row("dept_comparison", "requested", village, func(c *models.Case) { c.Dept, c.HouseholdID = "civil_affairs", "household-2" })
	w.surveys("x", "household-2")
	w.row("village_form", "filling", village, nil)
	all := posts()
	ctx := t.Context()
	rapid.Check(t, func(r *rapid.T) {
		var held []models.RoleGrant
		for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, len(all)-1), 1, 4, rapid.ID[int]).Draw(r, "posts") {
			held = append(held, all[i])
		}
		together := &viewer{user: models.User{ID: "u-x"}, grants: held}
		var list []models.Household
		require.NoError(r, w.store.DB.Where("id IN ?", []string{"household-1", "household-2", "household-3"}).Order("id").Find(&list).Error)
		over, err := w.server.overHouseholds(ctx, together, list...)
		require.NoError(r, err)
		for i := range list {
			h, want := &list[i], sightNone
			var depts []string
			mayAsk := false
			for _, g := range held {
				alone := &viewer{user: together.user, grants: []models.RoleGrant{g}}
				_, err := w.server.findHousehold(ctx, alone, h.ID)
				require.Equal(r, err == nil, over(h)(g), "%s over %s", g.Role, h.ID)
				if err != nil {
					continue
				}
				if g.Dept != "" {
					depts = append(depts, g.Dept)
					want = want.widen(sightOrdinary)
				} else {
					want = want.widen(rules[g.Role].see)
				}
				mayAsk = mayAsk || rules[g.Role].unmask
			}
			got, covers, err := w.server.householdEyes(ctx, together, h)
			require.NoError(r, err)
			require.Equal(r, want, got.see, h.ID)
			require.Len(r, got.depts, len(depts))
			require.Equal(r, mayAsk, slices.ContainsFunc(held, mayUnmask(covers)))
		}
	})
}

// The audit's example: a department nobody has asked about a household, which the person holding it sees as somebody else.
func TestTwoPostsAddNothingToEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("both", procedure.GuidanceGroup, township)
	w.create(&models.RoleGrant{ID: "g-both-2", UserID: "u-both", Role: procedure.TownshipDept, RegionCode: township, Dept: "housing", ValidFrom: w.clock().AddDate(0, 0, -1)})
	home := basePath + "/households/household-1"
	w.do(t, call{user: "both", method: "GET", url: home, status: 200, want: []string{`"can_unmask":[]`}, not: []string{"12345.00元"}})
	w.do(t, call{user: "both", method: "POST", url: home + "/unmask", status: 403, code: "unmask_not_allowed", body: object{"field": "phone", "purpose": "核对联系方式"}})
	w.row("dept_comparison", "requested", village, func(c *models.Case) { c.Dept = "housing" })
	w.do(t, call{user: "both", method: "GET", url: home, status: 200, want: []string{"三组"}, not: []string{"12345.00元"}})
	w.do(t, call{user: "both", method: "POST", url: home + "/unmask", status: 200, body: object{"field": "address", "purpose": "核对住房地址"}, want: []string{"三组五号"}})
	w.do(t, call{user: "both", method: "POST", url: home + "/unmask", status: 422, code: "unknown_option", body: object{"field": "phone", "purpose": "核对联系方式"}})
}

// A department sees of a household that it was asked about the fields that are its own, and by whom to find it (3.3).
func TestADepartmentSeesItsFields(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	home := basePath + "/households/household-1"
	for _, d := range []string{"human_resources", "education"} {
		w.campaigner(d, procedure.CountyDept, county)
		require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-"+d).Update("dept", d).Error)
		w.row("dept_comparison", "requested", village, func(c *models.Case) { c.Dept = d })
	}
	unmask := func(user, field, member string, status int, want ...string) {
		t.Helper()
		body := object{"field": field, "purpose": "核对比对对象"}
		if member != "" {
			body["member_id"] = member
		}
		w.do(t, call{user: user, method: "POST", url: home + "/unmask", status: status, body: body, want: want})
	}
	w.do(t, call{user: "human_resources", method: "GET", url: home, status: 200, want: []string{"罗守田"}, not: []string{"12345.00元", "138****1234", "三组五号"}})
	w.do(t, call{user: "human_resources", method: "GET", url: home + "/members", status: 200, want: []string{"罗守田", "弱劳动力", "**************0014"},
		not: []string{"1960-03-07", "长期慢性病", "罗小禾", "小学五年级", "138****1234", childID[14:]}})
	unmask("human_resources", "id_no", "person-1", 200, headID)
	unmask("human_resources", "phone", "person-1", 422)
	unmask("human_resources", "health", "person-1", 422)
	unmask("human_resources", "address", "", 422)
	for _, field := range []string{"id_no", "name", "school"} {
		unmask("human_resources", field, "person-2", 422)
	}
	w.do(t, call{user: "education", method: "GET", url: home + "/members", status: 200, want: []string{"罗小禾", "小学五年级", "2015-05-05", "**************0021"}, not: []string{"长期慢性病", childID}})
	unmask("education", "id_no", "person-2", 200, childID)
}

// What departments are asked about are fields that there are, and every department of the catalogue has its line.
func TestWhatDepartmentsAreAskedIsInTheRegister(t *testing.T) {
	t.Parallel()
	for _, d := range policy.Departments {
		require.Contains(t, askedOfDept, d.Code)
	}
	require.Len(t, askedOfDept, len(policy.Departments))
	for dept, ask := range askedOfDept {
		for _, code := range ask.fields {
			require.True(t, register.Known(code), "%s: %s", dept, code)
		}
	}
}

// Of a comparison a department sees its own answer, and of a clue that it has reported what it said: what the village
// says of the household afterwards is not its field (3.3). Others see by their own posts.
func TestADepartmentSeesItsOwnAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	identification, _ := w.identify(t, "household-1")
	var c models.Case
	require.NoError(t, w.store.DB.Where("parent_id = ? AND dept = ?", identification, "civil_affairs").Take(&c).Error)
	w.fire(t, "civil", c.ID, "accept", object{})
	w.fire(t, "civil", c.ID, "answer_hit", object{"item": w.options2(t, "civil", c.ID, "answer_hit", "item"), "as_of": "2026-03-01", "person_id": "person-1", "detail": "名下存款二十万元"})
	evidence := w.attach(t, "surveyor", c.ID, "evidence")
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases/" + c.ID + "/endorsements", body: object{"event": "explain"}, status: 200})
	w.fire(t, "surveyor", c.ID, "explain", object{"explanation": "长子打工所得，已为其购药", "evidence": []string{evidence}})

	clue := w.openClue(t, "household-2", "civil")
	w.fire(t, "town", clue, "dispatch", object{"target_village": village})
	w.fire(t, "cadre", clue, "accept", object{})
	form := w.attach(t, "cadre", clue, "screening_form")
	w.do(t, call{user: "secretary", method: "POST", url: basePath + "/cases/" + clue + "/endorsements", body: object{"event": "confirm_risk"}, status: 200})
	w.fire(t, "cadre", clue, "confirm_risk", object{"visited_on": "2026-03-10", "respondent": "堂兄代答", "risk_types": []string{"illness"},
		"income_estimate": 650000, "difficulty": "住院自付较多", "screening_form": []string{form}, "fast_lane": true})

	for _, x := range []struct {
		user, id  string
		want, not []string
	}{
		{"civil", c.ID, []string{"二十万元", "核实说明", `"hidden":true`}, []string{"长子打工"}},
		{"county", c.ID, []string{"二十万元", "长子打工"}, nil},
		{"surveyor", c.ID, []string{"长子打工"}, []string{"二十万元"}},
		{"civil", clue, []string{"房屋漏雨", "确认有风险"}, []string{"堂兄代答", "住院自付"}},
		{"cadre", clue, []string{"房屋漏雨", "堂兄代答", "住院自付"}, nil},
	} {
		for _, part := range []string{"/timeline", "/asof?at=" + w.clock().UTC().Format(time.RFC3339)} {
			w.do(t, call{name: x.user + part, user: x.user, method: "GET", url: basePath + "/cases/" + x.id + part, status: 200, want: x.want, not: x.not})
		}
		w.do(t, call{name: x.user, user: x.user, method: "GET", url: basePath + "/cases/" + x.id, status: 200, not: x.not})
	}
}
