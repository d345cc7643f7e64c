package api

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// manyHomes are households with a head each; every second one bears the same name, and all were changed at the same moment.
func (w *world) manyHomes(t testing.TB, from, n int) {
	t.Helper()
	for i := from; i < from+n; i++ {
		id := fmt.Sprintf("home-%03d", i)
		name, pinyin, abbr := "罗守田", "luoshoutian", "lst"
		if i%2 == 0 {
			name, pinyin, abbr = fmt.Sprintf("单甲%c", rune('一'+i)), fmt.Sprintf("shanjia%03d", i), "sj"
		}
		w.household(id, village, name, pinyin, abbr)
		p := models.Person{ID: "p-" + id, HouseholdID: id, Name: name, IsHead: true, CreatedAt: w.clock(), UpdatedAt: w.clock()}
		require.NoError(t, p.SetSecret(w.store.Vault, models.PersonSecret{Relation: "户主", BirthDate: "1970-01-01"}))
		w.create(&p)
	}
}

type somePage struct {
	Items      []struct{ ID string }
	NextCursor string `json:"next_cursor"`
	Total      *int
}

// walk goes through a list page by page, and does something between them.
func (w *world) walk(t testing.TB, path string, body object, between func(page int)) (ids []string) {
	t.Helper()
	for cursor, n := "", 0; ; n++ {
		ask := object{"limit": 7, "cursor": cursor}
		for k, v := range body {
			ask[k] = v
		}
		page := decode[somePage](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + path, body: ask, status: 200}))
		for _, x := range page.Items {
			ids = append(ids, x.ID)
		}
		if cursor = page.NextCursor; cursor == "" {
			return ids
		}
		between(n)
	}
}

// A list that is paged shows everybody who was there all the while exactly once, in whatever order, while others come and go.
func TestPagingVisitsEachRowOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.manyHomes(t, 0, 30)
		var stay []string
		for i := range 30 {
			if i%3 > 0 {
				stay = append(stay, fmt.Sprintf("home-%03d", i))
			}
		}
		added := 100
		for _, list := range []struct{ path, prefix, sort string }{{"/households/query", "", "place"}, {"/households/query", "", "name"}, {"/households/query", "", "updated"}, {"/persons/query", "p-", "place"}, {"/persons/query", "p-", "name"}} {
			gone := 0
			seen := map[string]int{}
			for _, id := range w.walk(t, list.path, object{"sort": list.sort}, func(page int) {
				w.manyHomes(t, added, 2)
				added += 2
				if page < 3 {
					id := fmt.Sprintf("home-%03d", gone*3)
					require.NoError(t, w.store.DB.Model(&models.Person{}).Where("household_id = ?", id).Update("left_at", w.clock()).Error)
					gone++
				}
			}) {
				seen[id]++
			}
			for _, id := range stay {
				require.Equal(t, 1, seen[list.prefix+id], "%v %s", list, id)
			}
			for id, n := range seen {
				require.Equal(t, 1, n, "%v %s", list, id)
			}
			require.NoError(t, w.store.DB.Model(&models.Person{}).Where("id <> 'person-x'").Update("left_at", nil).Error)
		}
	})
}

// Tasks and cases are listed both ways, and a cursor is good for the order it was given in.
func TestListsAreSorted(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		var ids []string
		w.manyHomes(t, 0, 6)
		for i := range 6 {
			id := w.openClue(t, fmt.Sprintf("home-%03d", i), "cadre")
			at := w.clock().Add(time.Duration(i) * time.Hour)
			for table, column := range map[string]string{"cases": "id", "tasks": "case_id"} { // what was opened later is due earlier
				require.NoError(t, w.store.DB.Table(table).Where(column+" = ?", id).Updates(map[string]any{"opened_at": at, "due_at": w.clock().Add(time.Duration(100-i) * time.Hour)}).Error)
			}
			ids = append(ids, id)
		}
		of := func(path, field string, body object) (out []string) {
			var page struct {
				Items []map[string]any
				Total int
			}
			page = decode[struct {
				Items []map[string]any
				Total int
			}](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + path, body: body, status: 200}))
			for _, x := range page.Items {
				out = append(out, x[field].(string))
			}
			require.Equal(t, len(out), page.Total)
			return out
		}
		backward := []string{ids[5], ids[4], ids[3], ids[2], ids[1], ids[0]}
		require.Equal(t, backward, of("/cases/query", "id", object{"count": true}))
		require.Equal(t, backward, of("/cases/query", "id", object{"count": true, "sort": "opened"}))
		require.Equal(t, backward, of("/tasks/query", "case_id", object{"count": true}))
		require.Equal(t, backward, of("/tasks/query", "case_id", object{"count": true, "sort": "opened"}))
		require.NoError(t, w.store.DB.Table("cases").Where("id = ?", ids[5]).Update("due_at", w.clock().Add(200*time.Hour)).Error)
		require.Equal(t, append(backward[1:], ids[5]), of("/cases/query", "id", object{"count": true}))
		require.Equal(t, backward, of("/cases/query", "id", object{"count": true, "sort": "opened"}))

		page := decode[somePage](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases/query", body: object{"limit": 2}, status: 200}))
		for _, wrong := range []object{{"cursor": page.NextCursor, "sort": "opened"}, {"cursor": "eyJpIjoieCIsInMiOiJvcGVuZWQifQ", "sort": "opened"}} {
			w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases/query", body: wrong, status: 400, code: "bad_cursor"})
		}
		w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases?sort=opened&limit=2", status: 200, want: []string{ids[5], ids[4]}})
	})
}

// People are found by the beginning of their name, their given name, its spelling and initials, by number and telephone; children
// by the whole of their name or its spelling. Nobody finds who lives elsewhere, nor counts them.
func TestPeopleAreFound(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		w.household("household-5", village, "单雪琴", "shanxueqin", "sxq")
		add := func(id, home, name string, s models.PersonSecret) {
			p := models.Person{ID: id, HouseholdID: home, Name: name, CreatedAt: w.clock(), UpdatedAt: w.clock()}
			require.NoError(t, p.SetSecret(w.store.Vault, s))
			w.create(&p)
		}
		add("person-5", "household-5", "单雪琴", models.PersonSecret{BirthDate: "1970-01-01", Phone: "13900005555"})
		add("person-3", "household-3", "罗守山", models.PersonSecret{BirthDate: "1970-01-01"}) // of the next village
		find := func(user, q string) (ids []string) {
			page := decode[gen.PersonPage](t, w.do(t, call{user: user, method: "POST", url: basePath + "/persons/query", body: object{"q": q, "count": true}, status: 200}))
			for _, p := range page.Items {
				ids = append(ids, p.ID)
			}
			require.Equal(t, len(ids), *page.Total)
			return ids
		}
		for q, want := range map[string]string{"罗守": "person-1", "守田": "person-1", "luoshou": "person-1", "LST": "person-1", "单": "person-5", "shanx": "person-5", "danx": "", "sxq": "person-5",
			"罗小禾": "person-2", "luoxiaohe": "person-2", "罗小": "", "luoxiao": "", "lxh": "", headID: "person-1", childID: "person-2", "139 0000 5555": "person-5", "13900005556": "", "守山": "", "person": ""} {
			require.Equal(t, want, strings.Join(find("cadre", q), " "), q)
		}
		require.Equal(t, []string{"person-3"}, find("next_cadre", "守山"))
		require.Len(t, find("town", ""), 4)
		require.Len(t, find("cadre", ""), 3)
		require.Equal(t, []string{"person-1"}, find("farmer", "luo"))
		require.Empty(t, find("far_cadre", headID))
		require.Equal(t, []string{"person-1", "person-2"}, find("grid", "")[:2])

		page := w.do(t, call{user: "cadre", method: "POST", url: basePath + "/persons/query", body: object{}, status: 200}).Body.String()
		for _, sealed := range []string{headID, childID, headPhone, "13900005555"} {
			require.NotContains(t, page, sealed)
		}
		require.Contains(t, page, "138****1234")
		var log models.AccessLog
		require.NoError(t, w.store.DB.Where("tbl = 'people' AND action = 'search' AND user_id = 'u-far_cadre'").Take(&log).Error)
		require.Equal(t, "id_no", log.Field)

		var child models.Person
		require.NoError(t, w.store.DB.Where("id = 'person-2'").Take(&child).Error)
		require.Equal(t, []any{w.store.Vault.SpellingMarks("luoxiaohe")[0], "", village}, []any{child.NamePinyin, child.NameAbbr, child.RegionCode})
	})
}

// Rows of before are placed and spelled while others work, and who moves to another household is found there.
func TestPeopleArePlaced(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		require.NoError(t, w.store.DB.Exec("UPDATE people SET region_code = '', name_pinyin = '', name_abbr = ''").Error)
		seen := 0
		n, err := w.store.PlacePeople(t.Context(), func(models.Resealed) { seen++ })
		require.NoError(t, err)
		require.Equal(t, []int{2, 1}, []int{n, seen})
		n, err = w.store.PlacePeople(t.Context(), func(models.Resealed) {})
		require.NoError(t, err)
		require.Zero(t, n)
		var rows []models.Person
		require.NoError(t, w.store.DB.Order("id").Find(&rows).Error)
		require.Equal(t, []string{village, "luoshoutian", "lst"}, []string{rows[0].RegionCode, rows[0].NamePinyin, rows[0].NameAbbr})
		require.Equal(t, []string{village, w.store.Vault.SpellingMarks("luoxiaohe")[0], ""}, []string{rows[1].RegionCode, rows[1].NamePinyin, rows[1].NameAbbr})
		rows[0].HouseholdID = "household-9"
		require.NoError(t, w.store.DB.Save(&rows[0]).Error)
		require.NoError(t, w.store.DB.Where("id = ?", rows[0].ID).Take(&rows[0]).Error)
		require.Equal(t, farVillage, rows[0].RegionCode)
	})
}

// How a list is shown is one's own, and names nobody.
func TestListSettingsAreOnesOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		url := basePath + "/me/lists/households"
		put := func(user string, body object, status int, code string) {
			w.do(t, call{user: user, method: "PUT", url: url, body: body, status: status, code: code})
		}
		mine := object{"columns": []string{"region", "status"}, "density": "tight", "saved": []object{{"name": "监测户", "filter": object{"status": "monitored"}, "first": true}}}
		put("cadre", mine, 200, "")
		put("cadre", mine, 200, "")
		got := decode[gen.ListSetting](t, w.do(t, call{user: "cadre", method: "GET", url: url, status: 200}))
		require.Equal(t, gen.ListSetting{Columns: []string{"region", "status"}, Density: "tight", Saved: []gen.SavedFilter{{Name: "监测户", Filter: map[string]string{"status": "monitored"}, First: true}}}, got)
		w.do(t, call{user: "cadre2", method: "GET", url: url, status: 200, want: []string{`"columns":[]`, `"saved":[]`}})
		w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me/lists/cases", status: 200, want: []string{`"saved":[]`}})
		put("cadre", with(mine, object{"saved": []object{{"name": "甲", "filter": object{}}, {"name": "甲", "filter": object{}}}}), 422, "twice")
		put("cadre", with(mine, object{"saved": []object{{"name": "核对 " + headID, "filter": object{}}}}), 400, "")
		put("cadre", with(mine, object{"saved": []object{{"name": "乙", "filter": object{"village": headPhone}}}}), 400, "")
	})
}

// The orders of the lists read an index in their order, in a village and in a county.
func TestOrdersUseTheirIndexes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dry := w.store.DB.Session(&gorm.Session{DryRun: true})
	plan := func(stmt *gorm.Statement) string {
		var rows []struct{ Detail string }
		require.NoError(t, w.store.DB.Raw("EXPLAIN QUERY PLAN "+stmt.SQL.String(), stmt.Vars...).Scan(&rows).Error)
		return fmt.Sprint(rows)
	}
	for region, index := range map[string][]string{village: {"households_village_pinyin", "cases_region_opened", "people_place"}, county: {"households_pinyin", "cases_county_opened", "people_pinyin"}} {
		v := &viewer{user: models.User{ID: "u"}, grants: []models.RoleGrant{{Role: procedure.CountyOffice, RegionCode: region}}}
		homes := householdOrders[1].sorted(w.server.reachedHouseholds(dry.Model(&models.Household{}), v, levelOf("households.region_code")), nil, 20).Find(&[]models.Household{}).Statement
		cases := caseOrders[1].sorted(w.server.scopeCases(dry.Model(&models.Case{}), v), &cursor{At: w.clock(), ID: "x"}, 20).Find(&[]models.Case{}).Statement
		people := personOrders[map[string]int{village: 0, county: 1}[region]].sorted(w.server.scopePeople(dry.Model(&models.Person{}), v, levelOf("people.region_code")), nil, 20).Find(&[]models.Person{}).Statement
		for i, stmt := range []*gorm.Statement{homes, cases, people} {
			require.Contains(t, plan(stmt), index[i], stmt.SQL.String())
			require.NotContains(t, plan(stmt), "TEMP B-TREE", stmt.SQL.String())
		}
	}
}

// What a surveyor was given is found by an index each for household forms and for all else: forms of others are not passed over.
func TestWorkOfASurveyorUsesItsIndexes(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, store *models.Store) {
		work := workedOn(models.RoleGrant{Role: procedure.Surveyor, RegionCode: village, UserID: "u"})
		var rows []map[string]any
		require.NoError(t, store.DB.Transaction(func(tx *gorm.DB) error {
			explain := "EXPLAIN QUERY PLAN "
			if store.Postgres() {
				explain = "EXPLAIN "
				require.NoError(t, tx.Exec("SET LOCAL enable_seqscan = off").Error) // an empty table is always read whole
			}
			return tx.Raw(explain+"SELECT id FROM cases WHERE "+work.sql, work.args...).Scan(&rows).Error
		}))
		for _, index := range []string{"tasks_field_work_forms", "tasks_field_work_others"} {
			require.Contains(t, fmt.Sprint(rows), index)
		}
	})
}

// A department that searches for a common surname finds what it was asked and what it has opened, page by page in their order, and
// nothing else of the county; what others were asked is not passed over for it.
func TestDepartmentSearchesItsOwn(t *testing.T) {
	t.Parallel()
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		var want []string
		for i := range fewKeys + 1 {
			home := &models.Household{ID: fmt.Sprintf("many-%04d", i), No: fmt.Sprintf("M%04d", i), HeadName: "欧阳甲", RegionCode: village, UpdatedAt: w.clock()}
			w.create(home)
			c := w.row("dept_comparison", "requested", village, func(c *models.Case) {
				c.HouseholdID, c.Dept, c.DueAt = home.ID, "land", w.clock().Add(time.Duration(i)*time.Minute)
				switch i % 100 {
				case 3:
					c.Dept = "civil_affairs"
				case 7:
					c.Dept, c.OpenedBy = "", "u-civil"
				}
			})
			if i%100 == 3 || i%100 == 7 {
				want = append(want, c.ID)
			}
		}
		w.row("dept_comparison", "requested", village, func(c *models.Case) { c.Dept = "civil_affairs" }) // of another name
		var seen []string
		for cursor := ""; ; {
			page := decode[gen.CasePage](t, w.do(t, call{user: "civil", method: "POST", url: basePath + "/cases/query", body: object{"q": "欧阳", "limit": 4, "cursor": cursor, "procedure": "dept_comparison"}, status: 200}))
			for _, c := range page.Items {
				seen = append(seen, c.ID)
			}
			if cursor = page.NextCursor; cursor == "" {
				break
			}
		}
		require.Equal(t, want, seen)
	})
}

// Of a search that finds many the rows are not counted; of one that finds few they are.
func TestManyFoundAreNotCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i := range fewKeys + 1 {
		w.create(&models.Person{ID: fmt.Sprintf("many-%04d", i), HouseholdID: "household-1", Name: "王甲", NamePinyin: "wangjia", NameAbbr: "wj", CreatedAt: w.clock(), UpdatedAt: w.clock()})
	}
	w.create(&models.Person{ID: "one", HouseholdID: "household-1", Name: "王乙", NamePinyin: "wangyi", NameAbbr: "wy", CreatedAt: w.clock(), UpdatedAt: w.clock()})
	for q, total := range map[string]*int{"王": nil, "王乙": new(1), "": new(fewKeys + 4)} {
		page := decode[gen.PersonPage](t, w.do(t, call{user: "cadre", method: "POST", url: basePath + "/persons/query", body: object{"q": q, "count": true}, status: 200}))
		require.Equal(t, total, page.Total, q)
		require.NotEmpty(t, page.Items)
	}
	w.do(t, call{user: "far_cadre", method: "POST", url: basePath + "/persons/query", body: object{"q": "王", "count": true}, status: 200, want: []string{`"items":[]`}})
}
