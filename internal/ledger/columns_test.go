package ledger

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

var wideColumns = []any{"户编号", "村", "姓名", "与户主关系", "身份证号", "户类型", "年度", "是否危房户", "住房面积（平方米）", "有无卫生厕所", "入户道路是否硬化", "与村主干路距离（公里）", "耕地面积（亩）",
	"工资性收入（万元）", "生产经营性收入", "合规自付支出", "在校生状况", "残疾证号", "是否享受低保", "是否参加大病保险", "务工开始时间", "务工结束时间", "务工企业", "务工月收入（元）", "公益性岗位"}

func wideRow(year, school string, changes map[int]any) []any {
	row := []any{"H1", "松塘村", "单志明", "户主", headID, "脱贫户", year, "否", "98.5", "有", "是", "1.2公里", "4.5", "3.6", "8000", "0", school, "", "否", "是", "2026/2/20", "", "某建筑公司", "4500", "无"}
	for i, v := range changes {
		row[i] = v
	}
	return row
}

// The further columns come from the ledger into the register, and a later ledger
// changes what it states only: income and schooling of the year before stay.
func TestLedgerOfALaterYear(t *testing.T) {
	t.Parallel()
	stores(t, func(t *testing.T, store *models.Store) {
		file := func(row []any) []byte { return workbook(t, "台账", wideColumns, row) }
		first := plan(t, store, file(wideRow("2025", "七年级", nil)))
		require.Empty(t, first.Faults())
		apply(t, store, first)
		_, home, people := loaded(t, store, "H1")
		s := people[0].secret
		require.Equal(t, []any{false, 98.5, true, true, 1.2, 4.5}, []any{*home.Dangerous, *home.HouseArea, *home.Toilet, *home.RoadHardened, *home.RoadKm, *home.Arable})
		require.Equal(t, []models.IncomeYear{{Year: 2025, Wage: new(int64(3_600_000)), Production: new(int64(800_000)), OwnMedical: new(int64(0))}}, home.Years)
		require.Equal(t, map[int]string{2025: "七年级"}, s.Schools)
		require.Equal(t, []models.WorkRecord{{Started: "2026-02-20", Company: "某建筑公司", Income: new(int64(450_000))}}, s.Work)
		require.Equal(t, []any{0, false, true}, []any{*s.PublicPosts, *s.Dibao, *s.SeriousIllness})

		later := file(wideRow("2026", "八年级", map[int]any{8: "", 13: "4", 18: "是", 20: "2026-10-01", 22: "某电子厂"}))
		p := plan(t, store, later)
		require.Equal(t, []Change{{"户", "工资性收入（2026年）", "", "40000.00"}, {"户", "生产经营性收入（2026年）", "", "8000.00"}, {"户", "合规自付支出（2026年）", "", "0.00"},
			{"单志明", "在校情况", "七年级", "八年级"}, {"单志明", "是否享受低保", "否", "是"},
			{"单志明", "务工开始时间", "", "2026-10-01"}, {"单志明", "务工企业", "", "某电子厂"}, {"单志明", "务工月收入", "", "4500.00"}}, p.Households[0].Changes)
		require.Equal(t, []string{"新增低保"}, p.Households[0].signs)
		apply(t, store, p)
		require.Equal(t, 1, plan(t, store, later).Unchanged)
		_, home, people = loaded(t, store, "H1")
		s = people[0].secret
		require.Equal(t, 98.5, *home.HouseArea, "a blank erases nothing")
		require.Len(t, home.Years, 2)
		require.Equal(t, []int64{3_600_000, 4_000_000}, []int64{*home.Years[0].Wage, *home.Years[1].Wage})
		require.Equal(t, map[int]string{2025: "七年级", 2026: "八年级"}, s.Schools)
		require.Len(t, s.Work, 2)

		// A ledger of an earlier year fills in that year and leaves the present.
		apply(t, store, plan(t, store, file(wideRow("2024", "小学", nil))))
		_, home, people = loaded(t, store, "H1")
		require.Len(t, home.Years, 3)
		require.Equal(t, 2024, home.Years[0].Year)
		require.Equal(t, "八年级", people[0].secret.School)
		require.Equal(t, "小学", people[0].secret.Schools[2024])
	})
}

// A ledger that names no year is of the present one; the same figures again are no
// news of it.
func TestLedgerWithoutYear(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	apply(t, store, plan(t, store, workbook(t, "台账", wideColumns, wideRow("2025", "七年级", nil))))
	p := plan(t, store, workbook(t, "台账", wideColumns, wideRow("", "七年级", map[int]any{11: "1.3"})))
	require.Equal(t, []Change{{"户", "与村主干路距离", "1.2", "1.3"}}, p.Households[0].Changes)
	p = plan(t, store, workbook(t, "台账", wideColumns, wideRow("", "八年级", map[int]any{14: "9000"})))
	apply(t, store, p)
	_, home, people := loaded(t, store, "H1")
	require.Equal(t, []int{2025, 2026}, []int{home.Years[0].Year, home.Years[1].Year})
	require.Equal(t, map[int]string{2025: "七年级", 2026: "八年级"}, people[0].secret.Schools)
}

// A wrong year refuses a household; what cannot be read of a further column is noted and kept as it stands, as it was
// before the column was known.
func TestColumnFaults(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	for name, c := range map[string]struct {
		at          int
		value       string
		fault, note string
	}{
		"neither yes nor no": {7, "可能", "", "LED-304"}, "no number": {8, "很大", "", "LED-304"}, "no amount": {13, "三万", "", "LED-304"}, "no day": {20, "去年", "", "LED-304"}, "a post by name": {24, "护林员", "", "LED-304"},
		"a year to come": {6, "2027", "LED-147", ""}, "no year": {6, "去年", "LED-147", ""}, "a year long past": {6, "1999", "LED-147", ""}, "this year": {6, "2026年度", "", ""}, "the first year": {6, "2000", "", ""},
		"less than nothing": {12, "-1", "", ""},
	} {
		p := plan(t, store, workbook(t, "台账", wideColumns, wideRow("2025", "七年级", map[int]any{c.at: c.value})))
		only := func(code string) []string {
			if code == "" {
				return []string{}
			}
			return []string{code}
		}
		require.Equal(t, only(c.fault), codes(p, false), name)
		require.Equal(t, only(c.note), codes(p, true), name)
	}
	apply(t, store, plan(t, store, workbook(t, "台账", wideColumns, wideRow("2025", "七年级", map[int]any{8: "很大", 24: "护林员", 13: "三万"}))))
	_, home, people := loaded(t, store, "H1")
	require.Nil(t, home.HouseArea)
	require.Equal(t, map[string]string{"住房面积": "很大", "工资性收入": "三万"}, home.Other)
	require.Equal(t, map[string]string{"公益性岗位": "护林员"}, people[0].secret.Other)
	wife := wideRow("2025", "", map[int]any{2: "李秀芳", 3: "配偶", 4: wifeID, 12: "9.9", 20: "", 22: "", 23: ""})
	p := plan(t, store, workbook(t, "台账", wideColumns, wideRow("2025", "七年级", nil), wife))
	require.Equal(t, []string{"LED-305"}, codes(p, true), "land told for each person")
	require.Empty(t, codes(p, false))
	require.Equal(t, 4.5, *p.Households[0].rec.Secret.Arable)
	apply(t, store, plan(t, store, workbook(t, "台账", []any{"户编号", "村", "户主姓名", "户主身份证号", "住房面积"}, []any{"H2", "松塘村", "单小雨", girlID, "两间"})))
	_, home, _ = loaded(t, store, "H2")
	require.Equal(t, map[string]string{"住房面积": "两间"}, home.Other, "of a ledger with one row a household")
}
