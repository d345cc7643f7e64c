package activities_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/deptlist"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// idNo is an invented identity number with a right check digit.
func idNo(birth string, n int) string {
	first := fmt.Sprintf("510923%s%03d", birth, n)
	sum := 0
	for i, c := range first {
		sum += int(c-'0') * []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}[i]
	}
	return first + string("10X98765432"[sum%11])
}

// lists is a world with lists of departments.
type lists struct {
	*testkit.World
	n int
}

// known makes a household whose head has a number.
func (l *lists) known(village, base string) (h *models.Household, number string) {
	h = l.NewHousehold(village)
	l.n++
	number = idNo("19700102", l.n)
	require.NoError(l.T, l.Store.DB.Model(h).Update("base_type", base).Error)
	l.person(h.ID, 0, number, "1970-01-02")
	return h, number
}

func (l *lists) person(household string, ord int, number, birth string) models.Person {
	var p models.Person
	require.NoError(l.T, l.Store.DB.Where("household_id = ? AND ord = ?", household, ord).Take(&p).Error)
	if number != "" {
		index := l.Store.Vault.Index(number)
		p.IDIndex = &index
	}
	require.NoError(l.T, p.SetSecret(l.Store.Vault, models.PersonSecret{IDNo: number, BirthDate: birth, Health: "健康"}))
	require.NoError(l.T, l.Store.DB.Save(&p).Error)
	return p
}

func (l *lists) upload(kind, asOf, csv string) activities.DeptUpload {
	l.T.Helper()
	k, ok := deptlist.ByCode(kind)
	require.True(l.T, ok)
	f, err := deptlist.Open(strings.NewReader(csv), k, nil)
	require.NoError(l.T, err)
	day, err := policy.ParseDate(asOf)
	require.NoError(l.T, err)
	return activities.DeptUpload{Region: testkit.County, Kind: k, File: f, Name: "名单.csv", AsOf: day, Mapping: deptlist.Suggest(k, f.Headings(), nil)}
}

func (l *lists) bring(kind, asOf, csv string) *models.DeptList {
	l.T.Helper()
	out, err := l.Engine.ImportDeptList(l.T.Context(), l.upload(kind, asOf, csv))
	require.NoError(l.T, err)
	require.Equal(l.T, models.DeptDone, out.State)
	l.Deliver()
	return out
}

func (l *lists) cases(household, procedure string) []models.Case {
	var out []models.Case
	require.NoError(l.T, l.Store.DB.Where("household_id = ? AND procedure = ?", household, procedure).Order("opened_at, id").Find(&out).Error)
	return out
}

func eachLists(t *testing.T, f func(t *testing.T, l *lists)) {
	t.Helper()
	onBoth(t, func(t *testing.T, w *testkit.World) { f(t, &lists{World: w}) })
}

func numbers(l *models.DeptList) map[string]int {
	out := map[string]int{"matched": l.Matched, "doubtful": l.Doubtful, "outside": l.Outside, "rejected": l.Rejected, "refreshed": l.Refreshed, "older": l.Older,
		"clues": l.Clues, "alerts": l.Alerts, "corrections": l.Corrections}
	for k, n := range out {
		if n == 0 {
			delete(out, k)
		}
	}
	return out
}

// The list of next month repeats what is known and opens nothing; an older list that comes later changes nothing; the
// clues of one household are one.
func TestDeptListOpensOneCluePerFact(t *testing.T) {
	eachLists(t, func(t *testing.T, l *lists) {
		h, id := l.known(testkit.Village, "out_of_poverty")
		child := idNo("20120506", 77)
		l.person(h.ID, 2, child, "2012-05-06")
		head := "姓名,身份证号,残疾等级,残疾类别\n"
		rows := "田禾," + id + ",一级,肢体\n田小雨," + child + ",三级,听力\n无此人," + idNo("19500101", 9) + ",一级,肢体\n田禾," + id + ",二级,肢体\n,坏行,一级,肢体\n"
		first := l.bring("disability", "2026-08-31", head+rows)
		require.Equal(t, map[string]int{"matched": 2, "outside": 1, "rejected": 2, "clues": 1}, numbers(first))
		clues := l.cases(h.ID, "risk_clue")
		require.Len(t, clues, 1)
		require.Equal(t, "dept_push", clues[0].Facts.Text("channel"))
		var ev models.CaseEvent
		require.NoError(t, l.Store.DB.Where("case_id = ? AND kind = ?", clues[0].ID, "open").Take(&ev).Error)
		form, err := l.Engine.Payload(&ev)
		require.NoError(t, err)
		require.Equal(t, "田禾：新核发一级残疾人证；田小雨：新核发三级残疾人证（残联部门残疾人证，数据截至2026-08-31）", form["content"])

		again := l.bring("disability", "2026-08-31", head+rows)
		require.Equal(t, first.ID, again.ID, "the same file is one list")
		next := l.bring("disability", "2026-09-20", head+"田禾,"+id+",一级,肢体\n")
		require.Equal(t, map[string]int{"matched": 1, "refreshed": 1}, numbers(next))
		old := l.bring("disability", "2026-07-31", head+"田禾,"+id+",四级,肢体\n")
		require.Equal(t, map[string]int{"matched": 1, "older": 1}, numbers(old))
		require.Len(t, l.cases(h.ID, "risk_clue"), 1)

		var rowsKept []models.DeptRow
		require.NoError(t, l.Store.DB.Where("person_id <> ''").Find(&rowsKept).Error)
		require.Len(t, rowsKept, 4, "nobody outside the register is kept")
		current := 0
		for _, r := range rowsKept {
			require.NotContains(t, string(r.Sealed), "肢体")
			if r.State == models.RowCurrent {
				current++
			}
		}
		require.Equal(t, 2, current)
	})
}

// S003 #3 and S003 #2: each by its channel.
func TestDeptListChannels(t *testing.T) {
	eachLists(t, func(t *testing.T, l *lists) {
		poor, a := l.known(testkit.Village, "out_of_poverty")
		ordinary, b := l.known(testkit.Village, "ordinary")
		l.bring("unemployment", "2026-09-01", "姓名,身份证号,就业状态\n田禾,"+a+",失业\n田禾,"+b+",失业\n")
		require.Len(t, l.cases(poor.ID, "risk_clue"), 1)
		require.Empty(t, l.cases(ordinary.ID, "risk_clue"))
		l.bring("house_grade", "2026-09-01", "户主,身份证号,房屋等级\n田禾,"+b+",D级\n")
		clues := l.cases(ordinary.ID, "risk_clue")
		require.Len(t, clues, 1)
		require.Equal(t, "dibao_or_housing", clues[0].Facts.Text("channel"))
		got := l.bring("death", "2026-09-01", "姓名,身份证号,死亡日期\n田禾,"+b+",2026-08-08\n")
		require.Equal(t, map[string]int{"matched": 1, "corrections": 1}, numbers(got))
		issues := l.cases(ordinary.ID, "data_issue")
		require.Len(t, issues, 1)
		require.Equal(t, procedure.DataRuleListed, issues[0].Facts.Text("rule"))
	})
}

// S003 #12: the sum of the household in the year, by all its rows, exactly at 25 % and just over.
func TestDeptListMedicalBurden(t *testing.T) {
	eachLists(t, func(t *testing.T, l *lists) {
		head := "姓名,身份证号,费用年度,个人自付(元)\n"
		unset, z := l.known(testkit.Village, "ordinary")
		require.Empty(t, numbers(l.bring("medical_cost", "2026-07-01", head+"田禾,"+z+",2026,9000\n"))["alerts"])
		require.Empty(t, l.cases(unset.ID, "medical_reassistance"))

		l.SetPolicy("disposable_income_fen", testkit.County, 2000000)
		h, id := l.known(testkit.Village, "ordinary")
		child := idNo("20120506", 78)
		l.person(h.ID, 2, child, "2012-05-06")
		at := l.bring("medical_cost", "2026-08-01", head+"田禾,"+id+",2026,4000\n田小雨,"+child+",2026,1000\n田小雨,"+child+",2025,99999\n")
		require.Len(t, l.cases(h.ID, "medical_reassistance"), 1, "S3-041 the year before is a sum of its own")
		require.Equal(t, 1, at.Alerts)

		other, o := l.known(testkit.Village, "ordinary")
		l.bring("medical_cost", "2026-08-02", head+"田禾,"+o+",2026,5000\n")
		require.Empty(t, l.cases(other.ID, "medical_reassistance"), "S3-041 on the boundary")
		over := l.bring("medical_cost", "2026-09-02", head+"田禾,"+o+",2026,5000.01\n")
		require.Equal(t, 1, over.Alerts, "S3-041 just over")
		c := l.cases(other.ID, "medical_reassistance")
		require.Len(t, c, 1)
		require.Len(t, l.cases(other.ID, "risk_clue"), 1, "the alert brings its clue")
		l.Do(c[0].ID, "no_need")
		l.bring("medical_cost", "2026-09-10", head+"田禾,"+o+",2026,6000\n")
		require.Len(t, l.cases(other.ID, "medical_reassistance"), 1, "once a year")

		expenses, err := l.Engine.DeptExpenses(l.Store.DB, other.ID)
		require.NoError(t, err)
		require.Equal(t, []policy.Expense{{Kind: "medical", Fen: 600000, Source: "医保", On: policy.NewDate(2026, time.September, 10), Since: policy.NewDate(2026, time.January, 1)}}, expenses, "DQ-04 the newest sum")
	})
}

// Doubts wait for a person; what he decides holds for the next list.
func TestDeptListDoubts(t *testing.T) {
	eachLists(t, func(t *testing.T, l *lists) {
		h, id := l.known(testkit.Village, "ordinary")
		head := "姓名,身份证号,村,病种\n"
		row := "田和," + id + ",上坪村,白血病\n"
		first := l.bring("serious_illness", "2026-08-01", head+row)
		require.Equal(t, map[string]int{"doubtful": 1}, numbers(first))
		require.Empty(t, l.cases(h.ID, "risk_clue"), "nothing follows from a doubt")
		var m models.DeptMatch
		require.NoError(t, l.Store.DB.Take(&m).Error)
		require.Equal(t, []any{deptlist.NameDiffers, testkit.Village}, []any{m.Reason, m.RegionCode})
		require.NotContains(t, string(m.Sealed), id)

		_, err := l.Engine.DecideDeptMatch(t.Context(), activities.DecideDept{ID: m.ID, Decision: models.DeptSame, PersonID: "somebody", UserID: "u"})
		l.Refused(err, procedure.Invalid, "not_a_candidate")
		decide := activities.DecideDept{ID: m.ID, Decision: models.DeptSame, PersonID: m.Candidates[0], Note: "户口簿为田禾", UserID: "u"}
		_, err = l.Engine.DecideDeptMatch(t.Context(), decide)
		require.NoError(t, err)
		l.Deliver()
		require.Len(t, l.cases(h.ID, "risk_clue"), 1)
		_, err = l.Engine.DecideDeptMatch(t.Context(), decide)
		l.Refused(err, procedure.Conflict, "already_decided")
		var list models.DeptList
		require.NoError(t, l.Store.DB.Where("id = ?", first.ID).Take(&list).Error)
		require.Equal(t, map[string]int{"matched": 1, "clues": 1}, numbers(&list))

		next := l.bring("serious_illness", "2026-09-01", head+row+"\n外人,"+idNo("19800101", 3)+",,白血病\n")
		require.Equal(t, map[string]int{"matched": 1, "refreshed": 1, "outside": 1}, numbers(next), "remembered")

		// Somebody else of the same name: forgotten, and counted.
		l.bring("tekun", "2026-09-01", "姓名,村,供养方式\n苗青,上坪村,分散\n")
		var open models.DeptMatch
		require.NoError(t, l.Store.DB.Where("decision = ''").Take(&open).Error)
		_, err = l.Engine.DecideDeptMatch(t.Context(), activities.DecideDept{ID: open.ID, Decision: models.DeptNotSame, UserID: "u"})
		require.NoError(t, err)
		again := l.bring("tekun", "2026-09-02", "姓名,村,供养方式\n苗青,上坪村,集中\n")
		require.Equal(t, map[string]int{"outside": 1}, numbers(again))
		var n int64
		require.NoError(t, l.Store.DB.Model(&models.DeptRow{}).Where("kind = ?", "tekun").Count(&n).Error)
		require.Zero(t, n)
	})
}

// A correction list takes back what the list it corrects said and it does not.
func TestDeptListCorrection(t *testing.T) {
	eachLists(t, func(t *testing.T, l *lists) {
		a, x := l.known(testkit.Village, "ordinary")
		b, y := l.known(testkit.Village, "ordinary")
		head := "姓名,身份证号,支出类别,支出金额,支出日期\n"
		first := l.bring("large_expense", "2026-08-31", head+"田禾,"+x+",医疗,3000,2026-08-01\n田禾,"+y+",灾害,4000,2026-08-02\n")
		u := l.upload("large_expense", "2026-08-31", head+"田禾,"+x+",医疗,3500,2026-08-01\n")
		u.Corrects = "nothing"
		_, err := l.Engine.ImportDeptList(t.Context(), u)
		l.Refused(err, procedure.Invalid, "corrects_unknown")
		u.Corrects = first.ID
		_, err = l.Engine.ImportDeptList(t.Context(), u)
		require.NoError(t, err)
		got, err := l.Engine.DeptExpenses(l.Store.DB, a.ID)
		require.NoError(t, err)
		require.Equal(t, []policy.Expense{{Kind: "medical", Fen: 350000, Source: "农业农村", On: policy.NewDate(2026, 8, 1)}}, got)
		got, err = l.Engine.DeptExpenses(l.Store.DB, b.ID)
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

// An import that is interrupted anywhere goes on when the file is sent again, or by itself once it was read; nothing is
// done twice.
func TestDeptListInterrupted(t *testing.T) {
	eachLists(t, func(t *testing.T, l *lists) {
		var csv strings.Builder
		csv.WriteString("姓名,身份证号,就学状态\n")
		var homes []string
		for range 45 {
			h, id := l.known(testkit.Village, "ordinary")
			homes = append(homes, h.ID)
			fmt.Fprintf(&csv, "田禾,%s,辍学\n", id)
		}
		for i := range 600 { // more than one chunk
			fmt.Fprintf(&csv, "外人,%s,辍学\n", idNo("19800101", i))
		}
		var list *models.DeptList
		for left := 1; list == nil || list.State != models.DeptDone; left++ {
			require.Less(t, left, 200)
			ctx := &failing{Context: t.Context(), left: left * 25}
			out, err := l.Engine.ImportDeptList(ctx, l.upload("dropout", "2026-09-01", csv.String()))
			if err == nil {
				list = out
			}
		}
		l.Deliver()
		require.Equal(t, map[string]int{"matched": 45, "outside": 600, "clues": 45}, numbers(list))
		for _, id := range homes {
			require.Len(t, l.cases(id, "risk_clue"), 1)
		}
	})
}

// failing is a context that ends after it was asked so many times.
type failing struct {
	context.Context
	left int
}

func (f *failing) Err() error {
	if f.left--; f.left < 0 {
		return errors.New("interrupted")
	}
	return f.Context.Err()
}

// A list that was read goes on by itself.
func TestDeptListFinishesByItself(t *testing.T) {
	eachLists(t, func(t *testing.T, l *lists) {
		h, id := l.known(testkit.Village, "ordinary")
		done := l.bring("dropout", "2026-09-01", "姓名,身份证号,就学状态\n田禾,"+id+",在校\n")
		require.NoError(t, l.Store.DB.Model(&models.DeptList{}).Where("id = ?", done.ID).UpdateColumns(map[string]any{"state": models.DeptEffects, "effects_to": ""}).Error)
		require.NoError(t, l.Engine.FinishDeptLists(t.Context(), l.Now().Add(time.Minute)))
		var got models.DeptList
		require.NoError(t, l.Store.DB.Where("id = ?", done.ID).Take(&got).Error)
		require.Equal(t, models.DeptDone, got.State)
		require.Empty(t, l.cases(h.ID, "risk_clue"))
	})
}

func TestDeptMappings(t *testing.T) {
	eachLists(t, func(t *testing.T, l *lists) {
		k, _ := deptlist.ByCode("tekun")
		m := deptlist.Mapping{"甲": "name", "乙": "id_no", "丙": "mode"}
		none, err := l.Engine.DeptMapping(t.Context(), testkit.County, k)
		require.NoError(t, err)
		require.Nil(t, none)
		_, err = l.Engine.SaveDeptMapping(t.Context(), testkit.County, k, deptlist.Mapping{"甲": "name"}, 0, "u")
		l.Refused(err, procedure.Invalid, "mapping_unusable")
		one, err := l.Engine.SaveDeptMapping(t.Context(), testkit.County, k, m, 0, "u")
		require.NoError(t, err)
		same, err := l.Engine.SaveDeptMapping(t.Context(), testkit.County, k, m, 0, "u")
		require.NoError(t, err)
		require.Equal(t, one.Version, same.Version)
		m["丁"] = "on"
		_, err = l.Engine.SaveDeptMapping(t.Context(), testkit.County, k, m, 0, "u")
		l.Refused(err, procedure.Conflict, "mapping_changed")
		two, err := l.Engine.SaveDeptMapping(t.Context(), testkit.County, k, m, 1, "u")
		require.NoError(t, err)
		require.Equal(t, 2, two.Version)
		last, err := l.Engine.DeptMapping(t.Context(), testkit.Township, k)
		require.NoError(t, err)
		require.Equal(t, map[string]string(m), last.Columns, "a township reads as its county does")
	})
}
