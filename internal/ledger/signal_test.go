package ledger

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"
	"gorm.io/gorm"

	"shouwang/internal/cell"
	"shouwang/models"
)

func TestSignals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		was, is signals
		want    []string
	}{
		"nothing":             {signals{grade: "A"}, signals{grade: "B"}, nil},
		"dibao":               {signals{}, signals{dibao: true}, []string{"新增低保"}},
		"dibao before":        {signals{dibao: true}, signals{dibao: true}, nil},
		"worse":               {signals{grade: "B"}, signals{grade: "C"}, []string{"住房等级变为C级危房"}},
		"still worse":         {signals{grade: "C"}, signals{grade: "D"}, []string{"住房等级变为D级危房"}},
		"as bad":              {signals{grade: "D"}, signals{grade: "D"}, nil},
		"mended":              {signals{grade: "D"}, signals{grade: "A"}, nil},
		"ill":                 {signals{ill: []bool{false, false}}, signals{ill: []bool{false, true}}, []string{"家庭成员患有大病"}},
		"ill before":          {signals{ill: []bool{true}}, signals{ill: []bool{true}}, nil},
		"a new member is ill": {signals{ill: []bool{true}}, signals{ill: []bool{true, true}}, []string{"家庭成员患有大病"}},
		"all":                 {signals{}, signals{dibao: true, grade: "D", ill: []bool{true, true}}, []string{"新增低保", "住房等级变为D级危房", "家庭成员患有大病"}},
	} {
		require.Equal(t, c.want, c.is.since(c.was), name)
	}
	for value, want := range map[string]bool{"是": true, "享受": true, "A类": true, "1": true, "": false, "否": false, "无": false, "不享受": false, "未享受": false, "0": false} {
		require.Equal(t, want, cell.Dibao(map[string]string{"是否低保": value}), value)
	}
	require.False(t, cell.Dibao(map[string]string{"低保边缘": "是"}), "a class of its own")
}

// A changed household is told of once, in the transaction that writes it; the first
// import of a household, and the same rows again, tell nothing.
func TestImportTellsWhatItFinds(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, store *models.Store) {
		heading := []any{"户编号", "村", "姓名", "与户主关系", "身份证号", "健康状况", "住房等级", "是否低保"}
		file := func(health, grade, help string) []byte {
			return workbook(t, "台账", heading, []any{"H1", "松塘村", "单志明", "户主", headID, health, grade, help}, []any{"H2", "松塘村", "李秀芳", "户主", wifeID, "患有大病", "D", "是"})
		}
		var heard []string
		fail := false
		run := func(file []byte) error {
			p := plan(t, store, file)
			p.Found = func(_ context.Context, tx *gorm.DB, id string, reasons []string) error {
				var h models.Household
				require.NoError(t, tx.Where("id = ?", id).Take(&h).Error)
				heard = append(append(heard, h.No), reasons...)
				if fail {
					return errors.New("no clue can be opened")
				}
				return nil
			}
			_, err := Apply(t.Context(), store, p, "01TEST")
			return err
		}
		require.NoError(t, run(file("健康", "A", "否")))
		require.Empty(t, heard, "all of it is new")
		fail = true
		require.Error(t, run(file("患有大病", "D", "是")))
		_, secret, _ := loaded(t, store, "H1")
		require.Equal(t, "A", secret.House, "neither the change nor the clue")
		fail, heard = false, nil
		for range 2 {
			require.NoError(t, run(file("患有大病", "D", "是")))
		}
		require.Equal(t, []string{"H1", "新增低保", "住房等级变为D级危房", "家庭成员患有大病"}, heard, "once")
	})
}
