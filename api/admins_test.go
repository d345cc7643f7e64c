package api

import (
	"fmt"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"pgregory.net/rapid"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// administrators gives the county its third administrator, and the next county three.
func (w *world) administrators() {
	w.campaigner("log", procedure.LogAdmin, county)
	w.create(&models.Region{Code: "510924", Level: "county", Name: "望川县", Path: "望川县"})
	w.campaigner("far_sys", procedure.SysAdmin, "510924")
	w.campaigner("far_sec", procedure.SecAdmin, "510924")
	w.campaigner("far_log", procedure.LogAdmin, "510924")
}

func (w *world) newAccount(t testing.TB, login string) gen.NewAccount {
	t.Helper()
	return decode[gen.NewAccount](t, w.do(t, call{user: "sys", method: "POST", url: basePath + "/accounts", status: 200, body: object{"login": login, "name": "新来的人", "region_code": township}}))
}

func (w *world) grant(t testing.TB, user, account string, status int, code string, more object) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(t, call{user: user, method: "POST", url: basePath + "/accounts/" + account + "/grants", status: status, code: code,
		body: with(object{"role": "village_cadre", "region_code": village, "from": "2026-03-10", "basis": "县委组织部任命"}, more)})
}

// From the account to the post and its end: one makes the account, another gives the
// post, neither can do the other's part, and the third has read it all.
func TestAccountsAndPostsAreMadeByDifferentPeople(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		made := w.newAccount(t, "newcomer")
		id := made.Account.ID
		require.Len(t, made.InitialPassword, 19)
		require.Empty(t, made.Account.Grants)
		require.Equal(t, 403, w.signIn(t, "newcomer", made.InitialPassword).Code, "no post yet")

		for _, user := range []string{"sys", "log", "county", "cadre"} {
			w.grant(t, user, id, 403, "role_not_allowed", nil)
		}
		for _, user := range []string{"sec", "log", "county"} {
			w.do(t, call{user: user, method: "POST", url: basePath + "/accounts", status: 403, code: "role_not_allowed", body: object{"login": "x1", "name": "某人", "region_code": township}})
			w.do(t, call{user: user, method: "PUT", url: basePath + "/accounts/" + id, status: 403, body: object{"name": "某人", "disabled": true, "reason": "试"}})
			w.do(t, call{user: user, method: "PUT", url: basePath + "/regions/" + village, status: 403, body: object{"name": "某村"}})
		}
		w.grant(t, "sec", id, 422, "grant_invalid", object{"region_code": township})
		w.grant(t, "sec", id, 422, "unknown_region", object{"region_code": "510923101299"})
		w.grant(t, "sec", id, 422, "in_the_past", object{"from": "2026-03-09"})
		w.grant(t, "sec", id, 422, "before_start", object{"until": "2026-03-09"})
		w.grant(t, "sec", id, 422, "unknown_household", object{"role": "farmer", "household_no": "H0"})
		account := decode[gen.Account](t, w.grant(t, "sec", id, 200, "", object{"until": "2026-03-12"}))
		require.Len(t, account.Grants, 1)
		require.Equal(t, "2026-03-12", account.Grants[0].Until.Format("2006-01-02"))
		require.Less(t, w.signIn(t, "newcomer", made.InitialPassword).Code, 300)

		w.do(t, call{user: "sec", method: "POST", url: basePath + "/grants/" + account.Grants[0].ID + "/end", status: 200, body: object{"reason": "调离"}, want: []string{`"state":"over"`}})
		w.do(t, call{user: "sec", method: "POST", url: basePath + "/grants/" + account.Grants[0].ID + "/end", status: 409, code: "grant_over", body: object{"reason": "调离"}})
		require.Equal(t, 403, w.signIn(t, "newcomer", made.InitialPassword).Code)
		w.do(t, call{user: "sys", method: "PUT", url: basePath + "/accounts/" + id, status: 422, code: "required", body: object{"name": "改名的人", "disabled": true}})
		w.do(t, call{user: "sys", method: "PUT", url: basePath + "/accounts/" + id, status: 422, code: "in_the_past", body: object{"name": "改名的人", "disabled": false, "ends_on": "2026-03-09", "reason": "到期"}})
		w.do(t, call{user: "sys", method: "PUT", url: basePath + "/accounts/u-log", status: 409, code: "ends_with_its_post", body: object{"name": "测log", "disabled": false, "ends_on": "2026-12-31", "reason": "到期"}})
		w.do(t, call{user: "sys", method: "PUT", url: basePath + "/accounts/" + id, status: 200, body: object{"name": "新来的人", "disabled": false, "ends_on": "2026-12-31", "reason": "借调一年"}, want: []string{`"ends_on":"2026-12-31"`}})
		var ends models.User
		require.NoError(t, w.store.DB.Where("id = ?", id).Take(&ends).Error)
		require.Equal(t, "2026-12-31T16:00:00Z", ends.EndsAt.UTC().Format(time.RFC3339))
		require.True(t, ends.MustChange)
		w.do(t, call{user: "sys", method: "PUT", url: basePath + "/accounts/" + id, status: 200, body: object{"name": "改名的人", "disabled": true, "ends_on": "2026-12-31", "reason": "离职"}, want: []string{"改名的人", `"disabled":true`}})
		require.Equal(t, 401, w.signIn(t, "newcomer", made.InitialPassword).Code)

		page := decode[gen.AdminActPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts", status: 200}))
		var kinds []string
		for _, a := range page.Items {
			kinds = append(kinds, a.Kind)
		}
		require.Equal(t, []string{"account.disable", "account.rename", "account.end", "grant.end", "grant.give", "account.create"}, kinds)
		require.Contains(t, strings.Join(page.Items[4].Detail, "；"), "县委组织部任命")
		for _, user := range []string{"sys", "county", "auditor"} {
			w.do(t, call{user: user, method: "GET", url: basePath + "/admin-acts", status: 403})
			w.do(t, call{user: user, method: "GET", url: basePath + "/access-log", status: 403})
		}
		w.do(t, call{user: "log", method: "GET", url: basePath + "/access-log", status: 200})
		// The security administrator sees what the audit administrator has done, and nothing else there.
		seen := decode[gen.AdminActPage](t, w.do(t, call{user: "sec", method: "GET", url: basePath + "/admin-acts", status: 200}))
		require.Len(t, seen.Items, 2)
		require.Equal(t, "log.read", seen.Items[0].Kind)
		w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts/check", status: 200, not: []string{"fault"}})
	})
}

// What the system administrator does on the page of an account stands among his acts.
func TestCareOfAccountsIsAnAct(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me", status: 200}) // is signed in somewhere
		w.create(&models.APIToken{ID: "token", UserID: "u-cadre", Name: "程序", Hash: "x", Scopes: []string{}, CreatedAt: w.wall(), ExpiresAt: w.wall().Add(time.Hour)})
		for _, path := range []string{"sessions", "tokens", "identity"} {
			w.do(t, call{user: "sys", method: "DELETE", url: basePath + "/accounts/u-cadre/" + path, status: 204})
		}
		page := decode[gen.AdminActPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts", status: 200}))
		var kinds []string
		for _, a := range page.Items {
			kinds = append(kinds, a.Kind+" "+a.ActorID+" "+a.TargetName)
			require.NotEqual(t, a.Kind, a.KindTitle)
		}
		require.Equal(t, []string{"account.unlink u-sys 测cadre", "account.tokens u-sys 测cadre", "account.sessions u-sys 测cadre"}, kinds)
	})
}

// A post that administers the system is asked for by one and approved by another of a
// different kind; so is its end, and so is shutting its holder out.
func TestAdministratorsAreMadeByTwo(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		id := w.newAccount(t, "second_log").Account.ID
		post := object{"role": "log_admin", "region_code": county}
		requests := func(user string) gen.AdminRequestPage {
			return decode[gen.AdminRequestPage](t, w.do(t, call{user: user, method: "GET", url: basePath + "/admin-requests", status: 200}))
		}
		decide := func(user string, approve bool, status int, code string) {
			q := requests("log").Items[0]
			w.do(t, call{user: user, method: "POST", url: basePath + "/admin-requests/" + q.ID, status: status, code: code, body: object{"approve": approve, "note": "已核实"}})
		}
		holds := func(role procedure.Role) (n int64) {
			require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("user_id = ? AND role = ? AND (valid_to IS NULL OR valid_to > ?)", id, role, w.clock()).Count(&n).Error)
			return n
		}
		account := decode[gen.Account](t, w.grant(t, "sec", id, 200, "", post))
		require.Empty(t, account.Grants)
		require.Len(t, account.Requests, 1)
		w.grant(t, "sec", id, 409, "request_open", post)
		for user, can := range map[string]bool{"sys": true, "sec": false, "log": false} {
			require.Equal(t, can, requests(user).Items[0].CanDecide, user)
		}
		w.do(t, call{user: "sys", method: "GET", url: basePath + "/messages", status: 200, want: []string{"管理申请待批准"}})
		for _, user := range []string{"sec", "log", "far_sys"} {
			w.do(t, call{user: user, method: "GET", url: basePath + "/messages", status: 200, not: []string{"管理申请待批准"}})
		}
		decide("sec", true, 403, "role_not_allowed")
		decide("log", true, 403, "role_not_allowed")
		decide("far_sys", true, 404, "")
		require.Zero(t, holds(procedure.LogAdmin))
		decide("sys", true, 200, "")
		decide("sys", true, 200, "") // sent again
		decide("sys", false, 409, "request_settled")
		require.EqualValues(t, 1, holds(procedure.LogAdmin))

		w.grant(t, "sec", id, 409, "post_exclusive", nil)
		var g models.RoleGrant
		require.NoError(t, w.store.DB.Where("user_id = ?", id).Take(&g).Error)
		require.Equal(t, "u-sec", g.GrantedBy)
		w.pass(time.Minute)
		w.do(t, call{user: "sys", method: "PUT", url: basePath + "/accounts/" + id, status: 200, body: object{"name": "新来的人", "disabled": true, "reason": "离职"}, want: []string{`"disabled":false`}})
		decide("sys", true, 403, "role_not_allowed")
		decide("sec", false, 200, "")
		w.pass(time.Minute)
		w.do(t, call{user: "sec", method: "POST", url: basePath + "/grants/" + g.ID + "/end", status: 200, body: object{"reason": "调离"}, want: []string{`"state":"now"`}})
		decide("sec", true, 403, "role_not_allowed")
		decide("sys", true, 200, "")
		require.Zero(t, holds(procedure.LogAdmin))
	})
}

// Nobody grants himself, asks for himself or decides about himself; the database would
// not let him either.
func TestNobodyGrantsHimself(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		for _, role := range []string{"village_cadre", "sys_admin", "county_office"} {
			region := map[string]string{"village_cadre": village}[role]
			w.grant(t, "sec", "u-sec", 403, "not_oneself", object{"role": role, "region_code": orText(region, county)})
		}
		w.do(t, call{user: "sec", method: "POST", url: basePath + "/grants/g-sec/end", status: 403, code: "not_oneself", body: object{"reason": "试"}})
		w.do(t, call{user: "sys", method: "PUT", url: basePath + "/accounts/u-sys", status: 403, code: "not_oneself", body: object{"name": "某人", "disabled": false}})
		err := w.store.DB.Create(&models.RoleGrant{ID: "own", UserID: "u-cadre", Role: "village_secretary", RegionCode: village, ValidFrom: w.clock(), GrantedBy: "u-cadre"}).Error
		require.ErrorContains(t, err, "constraint")
		now := w.clock()
		err = w.store.DB.Create(&models.AdminRequest{ID: "own", Kind: "grant", UserID: "u-sec", Role: "sys_admin", AskedBy: "u-sec", AskedRole: "sec_admin", AskedAt: now, State: "open"}).Error
		require.ErrorContains(t, err, "constraint")
		err = w.store.DB.Create(&models.AdminRequest{ID: "alone", Kind: "grant", UserID: "u-cadre", Role: "sys_admin", AskedBy: "u-sec", AskedRole: "sec_admin", AskedAt: now, State: "approved", DecidedBy: "u-sec", DecidedRole: "sys_admin"}).Error
		require.ErrorContains(t, err, "constraint")
	})
}

// Whatever posts an account is given in whatever order and for whatever days, it never
// holds one that administers the system beside another, and what grants posts refuses
// exactly what the database does.
func TestAdministratorsHaveNoOtherPost(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		day0 := w.clock()
		var roles []procedure.Role
		for _, d := range procedure.Roles {
			if d.Code.Granted() {
				roles = append(roles, d.Code)
			}
		}
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			user := fmt.Sprintf("u-%s-%d", models.NewID(), n)
			require.NoError(rt, w.store.DB.Create(&models.User{ID: user, Login: user, Name: "某人", CreatedAt: day0}).Error)
			for i := range rapid.IntRange(2, 5).Draw(rt, "posts") {
				role := rapid.SampledFrom(roles).Draw(rt, "role")
				if rapid.Bool().Draw(rt, "administers") {
					role = rapid.SampledFrom(activities.AdminRoles()).Draw(rt, "admin")
				}
				g := models.RoleGrant{ID: fmt.Sprintf("%s-%d", user, i), UserID: user, Role: role, RegionCode: county, ValidFrom: day0.AddDate(0, 0, rapid.IntRange(0, 4).Draw(rt, "from"))}
				if rapid.Bool().Draw(rt, "ends") {
					end := g.ValidFrom.AddDate(0, 0, rapid.IntRange(1, 3).Draw(rt, "days"))
					g.ValidTo = &end
				}
				direct := w.store.DB.Transaction(func(tx *gorm.DB) error {
					if err := tx.Create(&g).Error; err != nil {
						return err
					}
					return errUndo
				})
				guarded := w.store.DB.Transaction(func(tx *gorm.DB) error { return w.engine.Administer(tx, activities.CommandLine).Grant(&g, "") })
				require.Equal(rt, direct == errUndo, guarded == nil, "%v, %v", direct, guarded)
			}
			var held []models.RoleGrant
			require.NoError(rt, w.store.DB.Where("user_id = ?", user).Find(&held).Error)
			for i, a := range held {
				for _, b := range held[:i] {
					if a.Role == b.Role || !a.Role.Administers() && !b.Role.Administers() {
						continue
					}
					apart := a.ValidTo != nil && !a.ValidTo.After(b.ValidFrom) || b.ValidTo != nil && !b.ValidTo.After(a.ValidFrom)
					require.True(rt, apart, "%v beside %v", a, b)
				}
			}
		})
		// Nor by moving the days afterwards.
		w.campaigner("later", procedure.VillageCadre, village)
		require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-later").Update("valid_to", day0).Error)
		w.create(&models.RoleGrant{ID: "g-later-2", UserID: "u-later", Role: procedure.LogAdmin, RegionCode: county, ValidFrom: day0})
		require.ErrorContains(t, w.store.DB.Exec("UPDATE role_grants SET valid_to = NULL WHERE id = 'g-later'").Error, "no other post")
		w.create(&models.RoleGrant{ID: "g-cadre-2", UserID: "u-cadre", Role: procedure.VillageSecretary, RegionCode: village, ValidFrom: day0})
		require.ErrorContains(t, w.store.DB.Exec("UPDATE role_grants SET role = 'sys_admin' WHERE id = 'g-cadre-2'").Error, "no other post")
	})
}

var errUndo = fmt.Errorf("undo")

// No procedure has a step for an administrator, no rule of the gate reaches a case for
// one, nobody stands in for one, and the database takes no act of one in a case.
func TestAdministratorsDoNotActInCases(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		clue := w.openClue(t, "household-1", "cadre")
		for _, role := range activities.AdminRoles() {
			require.Equal(t, nothing, rules[role].reach, role)
			require.False(t, role.Substitutable(), role)
			for _, d := range procedure.All {
				require.NotContains(t, d.Opening.Roles, role, d.Name)
				for _, ev := range d.Events {
					require.NotContains(t, slices.Concat(ev.Roles, ev.Proxies), role, "%s %s", d.Name, ev.Code)
					require.NotContains(t, fmt.Sprint(ev.Signers), string(role), "%s %s", d.Name, ev.Code)
				}
			}
			ev := models.CaseEvent{ID: "x-" + string(role), CaseID: clue, Seq: 90, Kind: "event", Event: "note", ActorID: "u-sys", ActorRole: role, At: w.clock(), Key: "x-" + string(role), Payload: []byte("x"), Reply: []byte("{}")}
			require.ErrorContains(t, w.store.DB.Create(&ev).Error, "administrator", role)
		}
		for _, user := range []string{"sys", "sec", "log"} {
			w.do(t, call{user: user, method: "GET", url: basePath + "/cases/" + clue, status: 404})
			w.do(t, call{user: user, method: "POST", url: basePath + "/cases/" + clue + "/events", status: 404, body: object{"event": "register_locally", "expected_seq": 1}})
			w.do(t, call{user: user, method: "GET", url: basePath + "/tasks", status: 200, want: []string{`"items":[]`}})
			w.do(t, call{user: user, method: "POST", url: basePath + "/households/search", status: 200, body: object{"id_no": headID}, want: []string{`"items":[]`}})
		}
	})
}

// What administrators have done can be neither changed nor deleted, and the chain tells
// when somebody with more rights has done it all the same.
func TestAdminActsAreSealed(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		for i := range 4 {
			w.newAccount(t, fmt.Sprintf("person%d", i))
		}
		require.ErrorContains(t, w.store.DB.Exec("UPDATE admin_acts SET actor_name = '别人' WHERE seq = 2").Error, "append-only")
		require.ErrorContains(t, w.store.DB.Exec("DELETE FROM admin_acts WHERE seq = 2").Error, "append-only")
		holds := func(want string) {
			t.Helper()
			n, fault, err := models.VerifyAdminActs(w.store.DB)
			require.NoError(t, err)
			require.Contains(t, fault, want)
			if want == "" {
				require.Empty(t, fault)
				require.EqualValues(t, 4, n)
			}
		}
		holds("")
		drop := []string{"DROP TRIGGER admin_acts_no_update", "DROP TRIGGER admin_acts_no_delete"}
		if w.store.Postgres() {
			drop = []string{"DROP TRIGGER admin_acts_append_only ON admin_acts"}
		}
		for _, sql := range drop {
			require.NoError(t, w.store.DB.Exec(sql).Error)
		}
		var first, second models.AdminAct
		require.NoError(t, w.store.DB.Where("seq = 1").Take(&first).Error)
		require.NoError(t, w.store.DB.Where("seq = 2").Take(&second).Error)
		was := second
		second.TargetName = "别人"
		require.NoError(t, w.store.DB.Save(&second).Error)
		holds("第 2 条被改动")
		second.Hash = second.Sum()
		require.NoError(t, w.store.DB.Save(&second).Error)
		holds("第 3 条与上一条不衔接")
		require.NoError(t, w.store.DB.Save(&was).Error)
		holds("")
		require.NoError(t, w.store.DB.Delete(&models.AdminAct{}, "seq = ?", 2).Error)
		holds("第 2 条缺失")
	})
}

// Areas are added and renamed by the system administrator of the county, and the names
// of what lies below follow.
func TestAreas(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		put := func(user, code, name string, status int, fault string) {
			w.do(t, call{user: user, method: "PUT", url: basePath + "/regions/" + code, status: status, code: fault, body: object{"name": name}})
		}
		put("sys", "510923103", "新设镇", 200, "")
		put("sys", "510923103201", "新设村", 200, "")
		put("sys", "510923104201", "无镇之村", 422, "region_above_missing")
		put("sys", "5109231032", "位数不对", 422, "wrong_format")
		put("sys", "510924101", "别县之镇", 404, "")
		put("sys", "510923103", "改名镇", 200, "")
		var below models.Region
		require.NoError(t, w.store.DB.Where("code = ?", "510923103201").Take(&below).Error)
		require.Equal(t, "云岭县改名镇新设村", below.Path)
		page := decode[gen.AdminActPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts?kind=region.rename", status: 200}))
		require.Len(t, page.Items, 1)
		require.Contains(t, page.Items[0].Detail, "原为：新设镇")
	})
}

// Areas are read page by page and found by a part of the name or the beginning of the code; whoever chooses among them has all.
func TestAreasArePagedAndFound(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		for i := range 25 {
			code := fmt.Sprintf("510923103%03d", 300+i)
			require.NoError(t, w.store.DB.Create(&models.Region{Code: code, Parent: "510923103", Level: "village", Name: fmt.Sprintf("%d%%号村", i), Path: code}).Error)
		}
		list := func(query string) gen.RegionList {
			return decode[gen.RegionList](t, w.do(t, call{user: "sys", method: "GET", url: basePath + "/regions" + query, status: 200}))
		}
		codes := func(l gen.RegionList) (out []string) {
			for _, r := range l.Items {
				out = append(out, r.Code)
			}
			return out
		}
		all := codes(list(""))
		require.Greater(t, len(all), 25)
		require.True(t, slices.IsSorted(all))
		var paged []string
		for next := "?limit=10"; next != ""; {
			page := list(next)
			require.LessOrEqual(t, len(page.Items), 10)
			paged = append(paged, codes(page)...)
			next = ""
			if page.NextCursor != "" {
				next = "?limit=10&cursor=" + page.NextCursor
			}
		}
		require.Equal(t, all, paged)
		require.Equal(t, []string{"510923103305", "510923103315"}, codes(list("?q=5%25%E5%8F%B7"))) // 5%号
		require.Empty(t, list("?q=_").Items, "taken as it stands")
		require.Len(t, list("?q=51092310331").Items, 10)
		require.Len(t, list("?limit=10&q=51092310331").Items, 10)
		require.Empty(t, list("?limit=10&q=51092310331").NextCursor, "ten of ten are all")
		require.Empty(t, list("?q=510924").Items, "another county's")
		w.do(t, call{user: "sys", method: "GET", url: basePath + "/regions?limit=10&cursor=x", status: 400, code: "bad_cursor"})
	})
}

// The logs are read page by page, by whom it concerns, and by day.
func TestLogsAreReadByPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administrators()
	w.openClue(t, "household-1", "cadre")
	for range 3 {
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/households/household-1/unmask", status: 200, body: object{"field": "phone", "purpose": "核对联系方式"}})
	}
	page := decode[gen.AccessLogPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/access-log?action=unmask&limit=2", status: 200}))
	require.Len(t, page.Items, 2)
	require.Equal(t, []string{"测cadre", "查看完整信息", "核对联系方式", "P2"}, []string{page.Items[0].User.Name, page.Items[0].ActionTitle, page.Items[0].Purpose, page.Items[0].Class})
	rest := decode[gen.AccessLogPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/access-log?action=unmask&limit=2&cursor=" + page.NextCursor, status: 200}))
	require.Len(t, rest.Items, 1)
	for query, n := range map[string]int{"from=2026-03-10": 3, "until=2026-03-09": 0, "user_id=u-town": 0} {
		require.Len(t, decode[gen.AccessLogPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/access-log?action=unmask&" + query, status: 200})).Items, n, query)
	}
	require.Empty(t, decode[gen.AccessLogPage](t, w.do(t, call{user: "far_log", method: "GET", url: basePath + "/access-log", status: 200})).Items)
	acts := decode[gen.AdminActPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts?kind=log.read&limit=2", status: 200}))
	require.Len(t, acts.Items, 2)
	more := decode[gen.AdminActPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts?kind=log.read&limit=2&cursor=" + acts.NextCursor, status: 200}))
	require.NotEmpty(t, more.Items)
	require.Less(t, more.Items[0].Seq, acts.Items[1].Seq)
}

// The audit administrator reads the access log in words: what was done, to what, and why a sign-in failed.
func TestTheAccessLogSpeaksChinese(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administrators()
	id := w.openClue(t, "household-1", "cadre")
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases/" + id + "/timeline", status: 200})
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/households/household-1/unmask", status: 200, body: object{"field": "phone", "purpose": "核对联系方式"}})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/households/household-1/members", status: 200})
	w.signIn(t, "cadre", password)
	w.signIn(t, "cadre", "not the password")
	w.signIn(t, "nobody-of-that-name", password)
	w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/tokens", status: 422, code: "password_wrong", body: object{"name": "数据平台", "scopes": []string{"cases.read"}, "days": 30, "password": "not the password"}})
	page := decode[gen.AccessLogPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/access-log?limit=100", status: 200}))
	require.Equal(t, accessActions, page.Actions)
	latin := regexp.MustCompile(`[A-Za-z_]{2,}`)
	var said []string
	for _, a := range page.Items {
		words := a.ActionTitle + " " + a.What + " " + a.Purpose
		require.NotRegexp(t, latin, strings.ReplaceAll(words, "测"+a.User.Login, "测"), "%+v", a)
		said = append(said, words)
	}
	for _, want := range []string{"查看完整信息 农户信息：电话 核对联系方式", "登录或核验失败 账号 测cadre 口令不符", "登录或核验失败 账号 没有这个用户名", "登录 账号 测cadre 口令"} {
		require.Contains(t, said, want)
	}
}

// What the system administrator does to somebody's signing in, and the engagements of auditors, are acts that the audit
// administrator reads, as all others are.
func TestCareAndEngagementsAreAmongTheActs(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		w.keep(t, "tablet", w.signIn(t, "cadre", password))
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/me/tokens", status: 200, body: object{"name": "数据平台", "scopes": []string{"cases.read"}, "days": 30, "password": password}})
		own := basePath + "/accounts/u-cadre"
		w.do(t, call{user: "cadre", method: "DELETE", url: basePath + "/me/sessions", status: 204})
		w.do(t, call{user: "sys", method: "DELETE", url: own + "/tokens", status: 204})
		w.do(t, call{user: "sys", method: "DELETE", url: own + "/tokens", status: 204}) // there are none left
		w.do(t, call{user: "sys", method: "DELETE", url: own + "/sessions", status: 204})
		w.do(t, call{user: "sys", method: "POST", url: own + "/reset", status: 200, body: object{"what": "second_factor"}})
		w.do(t, call{user: "sys", method: "POST", url: own + "/reset", status: 200, body: object{"what": "password"}})
		given := decode[gen.Engagement](t, w.do(t, call{user: "sec", method: "POST", url: basePath + "/engagements", status: 200,
			body: object{"user_id": "u-auditor", "title": "公示程序专项审计", "basis": "审通〔2026〕9号", "areas": []string{county}, "from": "2026-03-01", "until": "2026-04-30"}}))
		w.do(t, call{user: "sec", method: "POST", url: basePath + "/engagements/" + given.ID + "/end", status: 200})

		page := decode[gen.AdminActPage](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts", status: 200}))
		var said []string
		for _, a := range page.Items {
			if a.Kind != "log.read" {
				said = append(said, a.ActorName+" "+a.KindTitle+" "+a.TargetName)
			}
		}
		require.Equal(t, []string{"测sec 收回审计任务 测auditor", "测sec 下达审计任务 测auditor", "测sys 重置口令 测cadre", "测sys 重置第二因素 测cadre", "测sys 退出全部登录 测cadre", "测sys 停用接口令牌 测cadre"}, said)
		require.Contains(t, page.Items[0].Detail, "编号："+given.No)
		check := decode[gen.AdminActCheck](t, w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts/check", status: 200}))
		require.Empty(t, check.Fault)
	})
}

// An account that has no post yet is cared for as well: its first password may have been lost on the way.
func TestAnAccountWithoutAPostIsCaredFor(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		own := basePath + "/accounts/" + w.newAccount(t, "newcomer").Account.ID
		w.do(t, call{user: "sys", method: "GET", url: own + "/sessions", status: 200, want: []string{`"items":[]`}})
		w.do(t, call{user: "sys", method: "POST", url: own + "/reset", status: 200, body: object{"what": "password"}})
		w.do(t, call{user: "far_sys", method: "POST", url: own + "/reset", status: 404, body: object{"what": "password"}})
		w.grant(t, "far_sec", strings.TrimPrefix(own, basePath+"/accounts/"), 404, "not_found", nil)
	})
}

// A value of policy stands among the acts, whoever has set it.
func TestPolicyIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.administrators()
	body := object{"key": "income_line", "region_code": county, "valid_from": "2026-04-01", "value": object{"fen": 710000, "concept": "net"}, "source": "省级文件"}
	w.do(t, call{user: "sec", method: "PUT", url: basePath + "/policy/rows", status: 200, body: body})
	w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts?kind=policy.set", status: 200, want: []string{"测sec", "省级文件", "710000"}})
	w.do(t, call{user: "log", method: "PUT", url: basePath + "/policy/rows", status: 403, body: body})
	w.do(t, call{user: "sys", method: "PUT", url: basePath + "/policy/rows", status: 403, body: body})
}

// One administrator does not become another: what would make him the owner of the account of one of the three (a password, a
// lost second factor, an identity of his own, another name) takes a second administrator, each time anew.
func TestAnAdministratorIsOpenedByTwo(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		w.campaigner("sys2", procedure.SysAdmin, county)
		w.campaigner("sec2", procedure.SecAdmin, county)
		w.server.oidc = &relyingParty{OIDC: OIDC{Issuer: "https://id.example"}}
		opened := func(user string) string { // what one needs to be taken for the owner
			var u models.User
			require.NoError(t, w.store.DB.Where("id = ?", user).Take(&u).Error)
			n := make([]int64, 3)
			require.NoError(t, w.store.DB.Model(&models.SecondFactor{}).Where("user_id = ?", user).Count(&n[0]).Error)
			require.NoError(t, w.store.DB.Model(&models.ExternalIdentity{}).Where("user_id = ?", user).Count(&n[1]).Error)
			require.NoError(t, w.store.DB.Model(&models.APIToken{}).Where("user_id = ? AND revoked_at IS NULL", user).Count(&n[2]).Error)
			return fmt.Sprint(u.PasswordHash, u.Name, u.Disabled, n)
		}
		decide := func(user string, approve bool, status int, code string) {
			t.Helper()
			w.letIn(t, user)
			var q models.AdminRequest
			require.NoError(t, w.store.DB.Order("asked_at DESC, id DESC").Take(&q).Error)
			w.do(t, call{user: user, method: "POST", url: basePath + "/admin-requests/" + q.ID, status: status, code: code, body: object{"approve": approve, "note": "已核实"}})
		}
		for who, decider := range map[string]string{"sec": "sec2", "log": "sec", "sys2": "sec"} {
			account := "/accounts/u-" + who
			for _, c := range []struct {
				kind, method, url string
				body              object
			}{
				{"password", "POST", account + "/reset", object{"what": "password"}},
				{"second_factor", "POST", account + "/reset", object{"what": "second_factor"}},
				{"identity", "PUT", account + "/identity", object{"subject": "mine-" + who}},
				{"rename", "PUT", account, object{"name": "换了的名字", "disabled": false}},
			} {
				w.create(&models.SecondFactor{UserID: "u-" + who, Sealed: []byte("x"), ConfirmedAt: new(w.clock())})
				w.create(&models.APIToken{ID: "t-" + who, UserID: "u-" + who, Name: "接口", Hash: who, Scopes: []string{}, CreatedAt: w.clock(), ExpiresAt: w.clock().AddDate(1, 0, 0)})
				try := func(user string, status int, code string) {
					t.Helper()
					w.letIn(t, user)
					rec := w.through(t, user, c.method, c.url, c.body)
					require.Equal(t, status, rec.Code, "%s of %s: %s", c.kind, who, rec.Body)
					require.Equal(t, code, decode[struct{ Code string }](t, rec).Code)
				}
				before := opened("u-" + who)
				try("sys", 200, "")
				require.Equal(t, before, opened("u-"+who), "%s of %s by one alone", c.kind, who)
				try("sys", 409, "request_open")
				decide("sys", true, 403, "role_not_allowed")
				if who == "sec" {
					decide("sec", true, 403, "not_oneself")
				}
				decide(decider, true, 200, "")
				require.Equal(t, before, opened("u-"+who), "whoever agrees learns nothing")
				if who != "sys2" {
					try("sys2", 200, "") // what was agreed to was the asking of another
					require.Equal(t, before, opened("u-"+who))
					decide(decider, false, 200, "")
				}
				try("sys", 200, "")
				after := opened("u-" + who)
				require.NotEqual(t, before, after, "%s of %s by two", c.kind, who)
				if who == "sys2" { // whose was asked for last
					decide(decider, true, 200, "") // sent again, after it was done
					decide(decider, false, 409, "request_settled")
				}
				if c.kind != "rename" {
					require.Contains(t, after, "0]", "what programs were let in by goes too")
				}
				if c.kind == "rename" {
					c.body = object{"name": "又一个名字", "disabled": false}
				}
				try("sys", 200, "")
				require.Equal(t, after, opened("u-"+who), "once agreed, once done")
				decide(decider, false, 200, "")
				require.NoError(t, w.store.DB.Where("user_id = ?", "u-"+who).Delete(&models.SecondFactor{}).Error)
				require.NoError(t, w.store.DB.Where("user_id = ?", "u-"+who).Delete(&models.APIToken{}).Error)
				w.letIn(t, who)
			}
		}
		// One who was shut out comes back by two; what was agreed to is over after a day.
		require.NoError(t, w.store.DB.Model(&models.User{}).Where("id = 'u-sys2'").Update("disabled", true).Error)
		shut := opened("u-sys2")
		w.do(t, call{user: "sys", method: "PUT", url: basePath + "/accounts/u-sys2", body: object{"name": "换了的名字", "disabled": false, "reason": "复职"}, status: 200, want: []string{`"disabled":true`, `"kind":"enable"`}})
		require.Equal(t, shut, opened("u-sys2"))
		decide("sec", true, 200, "")
		require.NotEqual(t, shut, opened("u-sys2"))

		before := opened("u-log")
		reset := call{user: "sys", method: "POST", url: basePath + "/accounts/u-log/reset", body: object{"what": "password"}, status: 200, want: []string{`"asked":true`}}
		w.do(t, reset)
		decide("sec", true, 200, "")
		require.NoError(t, w.store.DB.Model(&models.AdminRequest{}).Where("state = ?", models.RequestApproved).Where("kind = 'password'").Update("decided_at", w.clock().Add(-25*time.Hour)).Error)
		w.do(t, reset)
		require.Equal(t, before, opened("u-log"))

		// Somebody in a post of cases is cared for by one; it stands among the acts of the administrator.
		w.do(t, call{user: "sys", method: "POST", url: basePath + "/accounts/u-cadre/reset", body: object{"what": "password"}, status: 200, want: []string{`"password":"Tk7`}})
		w.do(t, call{user: "log", method: "GET", url: basePath + "/admin-acts?kind=account.password", status: 200, want: []string{"测cadre"}})
	})
}

// A key grants once, and is no good for another post.
func TestAGrantIsGivenOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.administrators()
		id := w.newAccount(t, "newcomer").Account.ID
		key := map[string]string{"Idempotency-Key": "grant-once-0001"}
		for _, c := range []struct {
			role   string
			body   object
			want   int
			others []object
		}{
			{"village_monitor", object{"region_code": village}, 1, []object{{"region_code": nextVillage}, {"role": "village_cadre"}}},
			{"sys_admin", object{"region_code": county}, 1, []object{{"role": "log_admin"}}},
		} {
			body := with(object{"role": c.role, "from": "2026-03-10", "basis": "任命文件"}, c.body)
			again := call{user: "sec", method: "POST", url: basePath + "/accounts/" + id + "/grants", status: 200, body: body, headers: key}
			if c.role == "sys_admin" {
				id = w.newAccount(t, "another").Account.ID
				again.url = basePath + "/accounts/" + id + "/grants"
			}
			w.do(t, again)
			w.pass(time.Minute)
			a := decode[gen.Account](t, w.do(t, again))
			require.Equal(t, c.want, len(a.Grants)+len(a.Requests))
			for _, other := range c.others {
				again.body, again.status, again.code = with(body, other), 422, "key_reused"
				w.do(t, again)
			}
		}
	})
}
