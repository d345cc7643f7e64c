package api

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
)

// member adds somebody to a household.
func (w *world) member(t testing.TB, id, home string, s models.PersonSecret) {
	t.Helper()
	p := models.Person{ID: id, HouseholdID: home, Name: "单" + id, CreatedAt: w.clock(), UpdatedAt: w.clock()}
	require.NoError(t, p.SetSecret(w.store.Vault, s))
	w.create(&p)
}

// sought are the people whom somebody finds by conditions, with the page that tells it.
func (w *world) sought(t testing.TB, user string, body object) (string, gen.PersonPage) {
	t.Helper()
	page := decode[gen.PersonPage](t, w.do(t, call{user: user, method: "POST", url: basePath + "/persons/query", body: body, status: 200}))
	var ids []string
	for _, p := range page.Items {
		ids = append(ids, p.ID)
	}
	return strings.Join(ids, " "), page
}

// An age is that of today's date, both ends included: who has his birthday today has the new one, who has it tomorrow the old.
// A village is not shown how old a child under 14 is, and does not find it by that.
func TestPeopleAreFoundByAge(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) { // today is 10 March 2026
		require.NoError(t, w.store.DB.Exec("DELETE FROM people").Error)
		for id, born := range map[string]string{"a-baby": "2025-03-11", "b-one": "2025-03-10", "c-13": "2012-03-11", "d-14": "2012-03-10", "e-59": "1966-03-11", "f-60": "1966-03-10", "g-65": "1960-03-11", "h-66": "1960-03-10"} {
			w.member(t, id, "household-2", models.PersonSecret{BirthDate: born})
		}
		w.member(t, "i-none", "household-2", models.PersonSecret{})
		w.member(t, "j-number", "household-2", models.PersonSecret{IDNo: headID}) // born on 7 March 1960, as the number alone tells
		w.member(t, "k-next", "household-3", models.PersonSecret{BirthDate: "1966-03-10"})
		for _, x := range []struct {
			user, want string
			from, to   any
		}{
			{"cadre", "f-60 g-65", 60, 65}, {"cadre", "f-60 g-65 h-66 j-number", 60, nil}, {"cadre", "e-59", 59, 59}, {"cadre", "d-14 e-59", nil, 59},
			{"cadre", "d-14", 0, 14}, {"town", "a-baby b-one c-13 d-14", 0, 14}, {"town", "a-baby", nil, 0}, {"town", "b-one", 1, 1}, {"town", "", 2, 12},
			{"town", "f-60 k-next", 60, 60}, {"next_cadre", "k-next", 60, 60}, {"far_town", "", 0, 150}, {"civil", "", 0, 150},
		} {
			body := object{}
			if x.from != nil {
				body["age_from"] = x.from
			}
			if x.to != nil {
				body["age_to"] = x.to
			}
			got, page := w.sought(t, x.user, body)
			require.Equal(t, x.want, got, "%v", x)
			require.Nil(t, page.Total, "nobody has counted")
		}
		_, page := w.sought(t, "town", object{"age_to": 0})
		require.Zero(t, *page.Items[0].Age, "younger than a year is an age too")
		got, _ := w.sought(t, "town", object{"age_from": 60, "q": "单f"})
		require.Equal(t, "f-60", got)
		w.pass(24 * 3600 * 1e9)
		got, _ = w.sought(t, "cadre", object{"age_from": 60, "age_to": 60})
		require.Equal(t, "e-59 f-60", got, "a day later somebody else has had his birthday")
		for _, wrong := range []object{{"age_from": -1}, {"age_to": 151}} {
			w.do(t, call{user: "cadre", method: "POST", url: basePath + "/persons/query", body: wrong, status: 400})
		}
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/persons/query", body: object{"age_from": 60, "age_to": 59}, status: 422, code: "before_start"})
	})
}

// People are found by what their record says, as far as the viewer is shown it; what he sees masked, for a purpose that is kept
// with each household; what is hidden from him, not at all.
func TestPeopleAreFoundByMarks(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		require.NoError(t, w.store.DB.Exec("DELETE FROM people").Error)
		grown := func(s models.PersonSecret) models.PersonSecret { s.BirthDate = "1970-01-01"; return s }
		for id, s := range map[string]models.PersonSecret{
			"a": grown(models.PersonSecret{Labour: "普通劳动力", Health: "健康", Disability: "无", Dibao: new(false), ResidentInsured: new(true)}),
			"b": grown(models.PersonSecret{Labour: "弱劳动力或半劳动力", Health: "残疾", Disability: "肢体二级", Dibao: new(true), ResidentInsured: new(false), EmployeeInsured: new(false)}),
			"c": grown(models.PersonSecret{Labour: "丧失劳动力", Health: "患有大病", Medical: "未参保"}),
			"d": {BirthDate: "2012-03-10", School: "八年级", Labour: "无劳动力"},                                      // 14 today
			"e": {BirthDate: "2012-03-11", School: "七年级", Labour: "无劳动力", Disability: "听力四级", Health: "长期慢性病"}, // 13
			"f": grown(models.PersonSecret{Labour: "技能劳动力", Disability: "视力三级", Work: []models.WorkRecord{{Started: "2026-01-01", Ended: "2026-03-10"}}, TwoAfter: new(true), PublicPosts: new(1)}),
			"g": grown(models.PersonSecret{Work: []models.WorkRecord{{Started: "2026-01-01", Ended: "2026-03-09"}, {Started: "2026-03-11"}}, Tekun: new(true)}),
		} {
			w.member(t, id, "household-2", s)
		}
		why := "核对残疾人两项补贴"
		for _, x := range []struct{ user, marks, purpose, want string }{
			{"cadre", "labour", "", "a f"}, {"cadre", "weak_labour", "", "b"}, {"cadre", "no_labour", "", "c d"}, {"cadre", "student", "", "d"}, {"cadre", "working", "", "f"},
			{"cadre", "dibao", "", "b"}, {"cadre", "tekun", "", "g"}, {"cadre", "two_after", "", "f"}, {"cadre", "public_post", "", "f"}, {"cadre", "labour working", "", "f"}, {"cadre", "dibao tekun", "", ""},
			{"town", "student", why, "d e"}, {"town", "no_labour", why, "c d e"}, {"town", "disabled", why, "b e f"}, {"town", "severely_disabled", why, "b"}, {"town", "disabled labour", why, "f"},
			{"county", "seriously_ill", why, "c"}, {"county", "long_ill", why, "e"}, {"county", "uninsured", why, "b c"}, {"far_town", "disabled", why, ""},
		} {
			got, _ := w.sought(t, x.user, with(object{"marks": strings.Fields(x.marks)}, purposed(x.purpose)))
			require.Equal(t, x.want, got, "%v", x)
		}
		got, _ := w.sought(t, "town", object{"marks": []string{"student"}, "purpose": why, "age_to": 13})
		require.Equal(t, "e", got)

		url := basePath + "/persons/query"
		w.do(t, call{user: "town", method: "POST", url: url, body: object{"marks": []string{"disabled"}}, status: 422, code: "required", want: []string{`"field":"purpose"`}})
		w.do(t, call{user: "town", method: "POST", url: url, body: object{"marks": []string{"disabled"}, "purpose": "核对 " + headID}, status: 400, code: "personal_data"})
		w.do(t, call{user: "town", method: "POST", url: url, body: object{"marks": []string{"rich"}}, status: 400})
		for user, code := range map[string]string{"cadre": "disabled", "grid": "labour", "auditor": "disabled", "civil": "labour"} {
			w.do(t, call{user: user, method: "POST", url: url, body: object{"marks": []string{code}, "purpose": why}, status: 403, code: "class_not_allowed"})
		}
		offered := func(user string) map[string]bool {
			out := map[string]bool{}
			list := decode[gen.PersonMarkList](t, w.do(t, call{user: user, method: "GET", url: basePath + "/persons/marks", status: 200}))
			for _, m := range list.Items {
				out[string(m.Code)] = m.ForPurpose
			}
			return out
		}
		require.NotContains(t, offered("cadre"), "disabled")
		require.Contains(t, offered("cadre"), "labour")
		require.False(t, offered("cadre")["labour"])
		require.Len(t, offered("town"), len(marks))
		require.True(t, offered("town")["labour"])
		require.Empty(t, offered("grid"))

		var log []models.AccessLog
		require.NoError(t, w.store.DB.Where("action = 'unmask' AND field = 'disabled,labour'").Find(&log).Error)
		require.Len(t, log, 1)
		require.Equal(t, []string{"people", "household-2", "P3", why, "u-town"}, []string{log[0].Table, log[0].HouseholdID, log[0].Class, log[0].Purpose, log[0].UserID})
		require.NoError(t, w.store.DB.Where("action = 'unmask' AND user_id = 'u-far_town'").Find(&log).Error)
		require.Len(t, log, 1, "that nobody was found is an answer too")
		w.do(t, call{user: "county", method: "GET", url: basePath + "/households/household-2/seen", status: 200, want: []string{"残疾、普通或技能劳动力", why}})
	})
}

func purposed(why string) object {
	if why == "" {
		return object{}
	}
	return object{"purpose": why}
}

// A list is walked a bounded piece at a time; nobody is passed by where one piece ends and the next begins, and a page is full
// where there are enough.
func TestPeopleAreSiftedPieceByPiece(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := mostSieved + sieveBatch + 2
	rows := make([]models.Person, n)
	for i := range rows {
		s := models.PersonSecret{BirthDate: "1990-01-01"}
		if i == 1 || i == sieveBatch || i >= mostSieved-1 && i <= mostSieved+1 || i == n-1 {
			s.BirthDate = "1930-01-01"
		}
		rows[i] = models.Person{ID: fmt.Sprintf("many-%05d", i), HouseholdID: "household-2", Name: "单甲", CreatedAt: w.clock(), UpdatedAt: w.clock()}
		require.NoError(t, rows[i].SetSecret(w.store.Vault, s))
	}
	require.NoError(t, w.store.DB.Exec("DELETE FROM people").Error)
	require.NoError(t, w.store.DB.CreateInBatches(rows, 500).Error)
	want := []string{"many-00001", "many-00500", "many-02999", "many-03000", "many-03001", fmt.Sprintf("many-%05d", n-1)}

	first, page := w.sought(t, "cadre", object{"age_from": 90})
	require.Equal(t, strings.Join(want[:3], " "), first)
	require.Equal(t, mostSieved, page.Looked)
	rest, page := w.sought(t, "cadre", object{"age_from": 90, "cursor": page.NextCursor})
	require.Equal(t, strings.Join(want[3:], " "), rest)
	require.Equal(t, []any{sieveBatch + 2, ""}, []any{page.Looked, page.NextCursor})

	for _, sort := range []string{"place", "name"} {
		var all []string
		for body := (object{"age_from": 90, "limit": 2, "sort": sort}); ; {
			ids, page := w.sought(t, "cadre", body)
			all = append(all, strings.Fields(ids)...)
			if page.NextCursor == "" {
				break
			}
			body = with(body, object{"cursor": page.NextCursor})
		}
		require.Equal(t, want, all, sort)
	}
	ids, page := w.sought(t, "cadre", object{"age_from": 99})
	require.Empty(t, ids)
	require.NotEmpty(t, page.NextCursor, "nobody yet, and there are more to look at")
}

// What is found for a purpose is found as slowly as whole values are shown, and by no program.
func TestMaskedMarksAreSoughtSlowly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.http, w.server.reveals = w.echo, limiter(1)
	ask := call{user: "town", method: "POST", url: basePath + "/persons/query", body: object{"marks": []string{"disabled"}, "purpose": "核对残疾人两项补贴"}, status: 200}
	w.do(t, ask)
	ask.status, ask.code = 429, "too_many"
	w.do(t, ask)
	ask.body, ask.status, ask.code = object{"age_from": 60}, 200, ""
	w.do(t, ask)
}
