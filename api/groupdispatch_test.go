package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/models"
)

// What a run has found in a village is handed out in one go from its group, each with its own cause; whoever does not
// hand out has no tasks in the group.
func TestGroupIsHandedOutAtOnce(t *testing.T) {
	t.Parallel()
	onDialects(t, func(t *testing.T, dialect string) {
		w, _ := reportWorld(t, dialect)
		require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id IN ?", []string{"household-1", "household-2"}).Update("population", 9).Error)
		id := w.startRun(t, "town", "quality", township)
		w.work(t)
		groups := func(user string) []gen.HitGroup {
			return decode[gen.HitGroups](t, w.do(t, call{user: user, method: "GET", url: basePath + "/runs/" + id + "/groups", status: 200})).Items
		}
		for _, g := range groups("county") {
			require.Empty(t, g.Tasks, "the county hands out no data issues")
		}
		var tasks []string
		answers := object{}
		for _, g := range groups("town") {
			require.Equal(t, "assign", g.Event)
			if g.RegionCode == village {
				for _, x := range g.Tasks {
					tasks, answers[x.TaskID] = append(tasks, x.TaskID), object{"cause": "content"}
					require.Contains(t, []string{"content", "typing"}, x.Cause)
				}
			}
		}
		require.GreaterOrEqual(t, len(tasks), 2)
		body := object{"action": "fire", "event": "assign", "task_ids": tasks, "form": object{"owner": "u-cadre", "due_on": "2026-03-20"}, "answers": answers}
		reply := decode[gen.BulkReply](t, w.do(t, call{user: "town", method: "POST", url: basePath + "/tasks/bulk", body: body, status: 200}))
		require.Equal(t, len(tasks), reply.Done, "%+v", reply.Results)
		for _, g := range groups("town") {
			require.NotEqual(t, village, g.RegionCode, "they wait no longer")
		}
	})
}
