package api

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"
	"pgregory.net/rapid"

	"shouwang/models"
	"shouwang/procedure"
)

// The range that SQL compares is exactly the prefix that 3.1 means.
func TestWithinIsPrefix(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		prefix := rapid.StringMatching(`[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{9}|[0-9]{12}|9{2}|9{4}|9{6}|9{9}|9{12}`).Draw(t, "prefix")
		code := rapid.StringMatching(`[0-9]{12}`).Draw(t, "code")
		if rapid.Bool().Draw(t, "near") {
			code = (prefix + code)[:12]
		}
		c := within("code", prefix)
		got := code == c.args[0]
		if len(c.args) == 2 {
			got = code >= c.args[0].(string) && code < c.args[1].(string)
		}
		require.Equal(t, strings.HasPrefix(code, prefix), got, "%v %s", c.args, code)
	})
}

// A grant without an area or a household reaches nothing, whatever its role.
func TestEmptyGrantsReachNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	var c models.Case
	require.NoError(t, w.store.DB.Where("id = ?", clue).Take(&c).Error)
	c.HouseholdID = ""
	for _, r := range procedure.Roles {
		v := &viewer{user: models.User{ID: "x"}, grants: []models.RoleGrant{{Role: r.Code}}}
		for _, scoped := range []*gorm.DB{
			w.server.scopeCases(w.store.DB.Model(&models.Case{}), v), w.server.scopeHouseholds(w.store.DB.Model(&models.Household{}), v),
			w.server.scopeOpening(w.store.DB.Model(&models.Household{}), v, nil), w.server.scopeNotices(w.store.DB.Model(&models.PublicNotice{}), v),
			scopeTasks(w.store.DB.Model(&models.Task{}), v),
		} {
			var n int64
			require.NoError(t, scoped.Count(&n).Error)
			require.Zero(t, n, r.Code)
		}
		require.Empty(t, w.server.actors(v, &c), r.Code)
	}
}

// The record that is at hand and the query agree on who reaches a case.
func TestReachesAgreesWithScope(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	identification, notice := w.identify(t, "household-1")
	w.openClue(t, "household-3", "next_cadre")
	_, _ = identification, notice
	var cases []models.Case
	require.NoError(t, w.store.DB.Find(&cases).Error)
	require.Greater(t, len(cases), 5)
	for _, u := range users {
		var grants []models.RoleGrant
		require.NoError(t, w.store.DB.Where("user_id = ?", "u-"+u.login).Find(&grants).Error)
		v := &viewer{user: models.User{ID: "u-" + u.login}, grants: grants}
		var seen []string
		require.NoError(t, w.server.scopeCases(w.store.DB.Model(&models.Case{}), v).Pluck("id", &seen).Error)
		for _, c := range cases {
			if u.role == "surveyor" {
				continue // his cases are those that had a task for him, which the record does not tell
			}
			require.Equal(t, len(w.server.actors(v, &c)) > 0, slices.Contains(seen, c.ID), fmt.Sprint(u.login, " ", c.Procedure, " ", c.Dept))
		}
	}
}

// The lists that people wait for read an index in its order.
func TestListsUseTheirIndexes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	v := &viewer{user: models.User{ID: "u-cadre"}, grants: []models.RoleGrant{{Role: procedure.VillageCadre, RegionCode: village}}}
	dry := w.store.DB.Session(&gorm.Session{DryRun: true})
	for name, q := range map[string]struct {
		stmt  *gorm.Statement
		index string
	}{
		"inbox":      {byDue(scopeTasks(dry.Model(&models.Task{}), v), "tasks", &cursor{At: w.clock(), ID: "x"}, 20).Find(&[]models.Task{}).Statement, "tasks_inbox"},
		"cases":      {byDue(w.server.scopeCases(dry.Model(&models.Case{}), v), "cases", nil, 20).Find(&[]models.Case{}).Statement, "cases_region"},
		"households": {w.server.scopeHouseholds(dry.Model(&models.Household{}), v).Order("households.region_code, households.id").Limit(21).Find(&[]models.Household{}).Statement, "households_region"},
	} {
		var plan []struct{ Detail string }
		require.NoError(t, w.store.DB.Raw("EXPLAIN QUERY PLAN "+q.stmt.SQL.String(), q.stmt.Vars...).Scan(&plan).Error)
		require.Contains(t, fmt.Sprint(plan), q.index, name)
		require.NotContains(t, fmt.Sprint(plan), "SCAN "+q.stmt.Table+" ", name)
	}
}
