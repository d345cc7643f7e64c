package tale_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/tale"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// A case is told with its evidence and with who has seen values whole (5.7), as far as
// the moment asked for.
func TestTell(t *testing.T) {
	t.Parallel()
	testkit.EachStore(t, func(t *testing.T, s *models.Store) {
		w := testkit.NewWorld(t, s)
		c := w.Reach("identification", "home_verification")
		opened, cadre := c.OpenedAt, w.Actor(procedure.VillageCadre)
		seen := func(record string, at time.Time, field string) {
			require.NoError(t, s.DB.Create(&models.AccessLog{ID: models.NewID(), At: at, UserID: cadre.UserID, Role: string(procedure.VillageCadre),
				Action: "unmask", Table: "households", RecordID: record, Field: field, Class: "P2", Purpose: "核对"}).Error)
		}
		seen(c.HouseholdID, opened.Add(-time.Minute), "address")
		w.SetNow(w.Now().Add(time.Hour))
		seen(c.HouseholdID, w.Now(), "phone")
		seen(w.Setting(c).People[1], w.Now(), "id_no")
		seen(w.NewHousehold(testkit.Village).ID, w.Now(), "address")
		tell := func(until time.Time) string {
			var b bytes.Buffer
			require.NoError(t, tale.Tell(t.Context(), &b, w.Engine, w.Case(c.ID), until))
			return b.String()
		}
		all := tell(time.Time{})
		require.Contains(t, all, "上传附件  [")
		require.Contains(t, all, "承诺授权书\n")
		require.Equal(t, 2, strings.Count(all, "查看完整的"))
		require.Contains(t, all, w.Name(cadre.UserID)+"（村“两委”干部）：查看完整的电话\n")
		require.Contains(t, all, "查看完整的身份证号\n")
		require.Contains(t, all, "处于“入户核实”")

		require.NotContains(t, tell(opened), "查看完整的")
		require.Contains(t, tell(opened), "推演结果：第 2 步")
		before := tell(opened.Add(-time.Second))
		require.Contains(t, before, "此时该事项尚未开启")
		require.NotContains(t, before, "推演结果")
	})
}
