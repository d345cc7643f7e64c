package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
)

func (w *world) copies(t *testing.T, user, query string) gen.CopyPage {
	return decode[gen.CopyPage](t, w.do(t, w.get(t, user, "/desk/copies"+query)))
}

// Who acts may tell colleagues that reach the case by their post. They find it among what they were told, unread until they
// have read it; the history of the case says who was told; sent again, the request tells nobody twice.
func TestCopies(t *testing.T) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			clue := w.openClue(t, "household-1", "cadre")
			tell := call{user: "cadre", method: "POST", url: basePath + "/cases/" + clue + "/events", status: 200, headers: map[string]string{"Idempotency-Key": "copy-once-1"},
				body: object{"event": "register_locally", "expected_seq": 1, "form": object{}, "copy_to": []string{"u-town", "u-leader", "u-town"}}}
			w.do(t, tell)
			w.do(t, tell)

			page := w.copies(t, "town", "")
			require.Len(t, page.Items, 1)
			require.Equal(t, 1, page.Unread)
			require.Equal(t, 1, w.desk(t, "town").UnreadCopies)
			got := page.Items[0]
			require.Equal(t, []string{clue, "verifying", "村级登记", "测cadre（村“两委”干部）", "u-cadre"}, []string{got.Case.ID, got.Case.State, got.Act.Title, got.Act.By, got.From.ID})
			require.Len(t, w.copies(t, "leader", "").Items, 1)
			require.Empty(t, w.copies(t, "county", "").Items)
			require.Empty(t, w.copies(t, "cadre", "").Items)

			timeline := decode[gen.Timeline](t, w.do(t, w.get(t, "cadre", "/cases/"+clue+"/timeline")))
			last := timeline.Items[len(timeline.Items)-1]
			require.Len(t, timeline.Items, 3)
			require.Equal(t, []string{"copy", "抄送", "测leader、测town"}, []string{last.Kind, last.Title, last.Answers[0].Text})

			read := call{user: "town", method: "POST", url: basePath + "/desk/copies/read", status: 204, body: object{"case_id": clue}}
			w.do(t, read)
			w.do(t, read)
			require.Zero(t, w.copies(t, "town", "").Unread)
			require.Empty(t, w.copies(t, "town", "?unread=true").Items)
			require.Equal(t, 1, w.copies(t, "leader", "?unread=true").Unread, "each for himself")

			// Who leaves his post keeps the copy and sees the case no more.
			require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-leader").Update("region_code", farTownship).Error)
			require.Empty(t, w.copies(t, "leader", "").Items)
			require.Zero(t, w.desk(t, "leader").UnreadCopies)
			w.do(t, call{user: "leader", method: "POST", url: basePath + "/desk/copies/read", status: 404, body: object{"case_id": clue}})
		})
	}
}

// Nobody can be told who does not reach the case by his post: the whole request is refused before anything is done.
func TestCopiesStayWithinReach(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	offered := map[string]string{}
	for _, p := range decode[gen.ColleagueList](t, w.do(t, w.get(t, "cadre", "/cases/"+clue+"/colleagues"))).Items {
		offered[p.ID] = p.Posts
	}
	require.Equal(t, []string{"u-cadre2", "u-county", "u-entry", "u-leader", "u-secretary", "u-town"}, sortedKeys(offered))
	require.Equal(t, "石桥村 村党组织书记", offered["u-secretary"])
	require.Len(t, decode[gen.ColleagueList](t, w.do(t, w.get(t, "cadre", "/cases/"+clue+"/colleagues?q=测to"))).Items, 1)
	for _, who := range []string{"u-next_cadre", "u-far_town", "u-auditor", "u-surveyor", "u-discipline", "u-farmer", "u-grid", "u-civil", "u-sec", "u-cadre", "nobody"} {
		w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases/" + clue + "/events", status: 422, want: []string{"not_a_colleague"},
			body: object{"event": "register_locally", "expected_seq": 1, "form": object{}, "copy_to": []string{"u-town", who}}})
	}
	require.Empty(t, w.copies(t, "town", "").Items)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases/" + clue, status: 200, want: []string{`"state":"new"`}})

	// A department is told of what was asked of it, and of nothing else.
	asked := w.row("dept_comparison", "requested", village, func(c *models.Case) { c.Dept, c.DueAt = "civil_affairs", w.clock().Add(day24) })
	list := decode[gen.ColleagueList](t, w.do(t, w.get(t, "county", "/cases/"+asked.ID+"/colleagues?q=测civil")))
	require.Len(t, list.Items, 1)
	require.Equal(t, "云岭县 县级行业部门 民政", list.Items[0].Posts)
}
