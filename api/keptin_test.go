package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/procedure"
)

// Which accounts the administrators of an area keep: those made for it, before they have a post and whatever posts they get; of
// those made for none only whose posts, past ones included, all lie in it. Nobody keeps an account of no area and no post.
func TestKeptIn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		now := w.clock()
		for login, a := range map[string]struct {
			area  string
			posts []string
			ended bool
		}{
			"made":        {area: township},
			"made-high":   {area: county},
			"made-away":   {area: "510924"},
			"made-posted": {area: township, posts: []string{"510924"}},
			"away-posted": {area: "510924", posts: []string{township}},
			"bare":        {},
			"posted":      {posts: []string{village}},
			"past":        {posts: []string{village}, ended: true},
			"both":        {posts: []string{village, farTownship}},
			"above":       {posts: []string{county}},
			"both-past":   {posts: []string{village, "510924101"}, ended: true},
		} {
			w.create(&models.User{ID: login, Login: login, Name: login, Area: a.area, CreatedAt: now})
			for _, region := range a.posts {
				g := models.RoleGrant{ID: login + region, UserID: login, Role: procedure.VillageCadre, RegionCode: region, ValidFrom: now.AddDate(0, 0, -9)}
				if a.ended {
					g.ValidTo = new(now.AddDate(0, 0, -1))
				}
				w.create(&g)
			}
		}
		for area, want := range map[string][]string{
			village:     {"past", "posted"},
			township:    {"made", "made-posted", "past", "posted"},
			farTownship: nil,
			county:      {"above", "both", "made", "made-high", "made-posted", "past", "posted"},
			"510924":    {"away-posted", "made-away"},
			county[:4]:  {"above", "away-posted", "both", "both-past", "made", "made-away", "made-high", "made-posted", "past", "posted"},
		} {
			var kept []string
			c := keptIn(area)
			require.NoError(t, w.store.DB.Model(&models.User{}).Where("login NOT IN ?", seeded()).Where(c.sql, c.args...).Order("login").Pluck("login", &kept).Error)
			require.Equal(t, append([]string{}, want...), append([]string{}, kept...), area)
		}
		// What is not in the area is not there for its administrators.
		_, err := w.server.keptAccount(w.store.DB, township, "bare")
		require.Error(t, err)
		_, err = w.server.keptAccount(w.store.DB, township, "made")
		require.NoError(t, err)
	})
}

func seeded() (logins []string) {
	for _, u := range users {
		logins = append(logins, u.login)
	}
	return logins
}
