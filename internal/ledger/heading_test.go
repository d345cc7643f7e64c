package ledger

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

// The invented family of these tests: a head, his wife and their daughter.
var (
	headID = id("51990119780312041")
	wifeID = id("51990119800506042")
	girlID = id("51990120120801046")
)

func TestEveryHeadingIsKnownOnce(t *testing.T) {
	t.Parallel()
	n := 0
	for _, d := range fieldDefs {
		seen := map[string]bool{}
		for h := range words(d.headings) {
			n++
			require.False(t, seen[h])
			seen[h] = true
			require.Equal(t, heading(h), h, "a heading must be listed as it is looked up")
			require.Equal(t, d.field, headingIndex[h], "%s stands under two fields", h)
		}
	}
	require.Equal(t, n, len(headingIndex))
}

func TestMeaning(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		top, sub string
		want     Field
	}{
		{"户主姓名", "", HeadName}, {" 户 主 ", "", HeadName}, {"姓　名", "", Name}, {"*身份证号", "", IDNo}, {"公民身份号码（必填）", "", IDNo}, {"证件号码", "", IDNo},
		{"与户主关系", "", Relation}, {"行政村", "", Village}, {"村（社区）", "", Village}, {"村民小组", "", Group}, {"户编号", "", HouseholdNo}, {"手机号", "", Phone},
		{"家庭人口（人）", "", Population}, {"户类型", "", BaseType}, {"年收入（元）", "", Income}, {"年收入(万元)", "", Income}, {"乡(镇)", "", Township}, {"联系\n电话", "", Phone},
		{"户主信息", "姓名", HeadName}, {"户主基本情况", "身份证号码", HeadID}, {"户主信息", "联系电话", HomePhone}, {"家庭成员信息", "姓名", Name}, {"家庭成员", "与户主关系", Relation},
		{"家庭基本信息", "户编号", HouseholdNo}, {"住房等级", "住房等级", HouseGrade}, {"住房等级", "", HouseGrade}, {"户主", "年龄", ignored}, {"序号", "", ignored},
		{"养了几头猪", "", ""}, {"户主信息", "养猪", ""}, {"", "", ""},
	} {
		got, _ := meaning(c.top, c.sub)
		require.Equal(t, c.want, got, "%s / %s", c.top, c.sub)
	}
}

// family returns the rows of one household under the given headings.
func familyRows(fields ...Field) [][]any {
	value := []map[Field]any{
		{HouseholdNo: "H1", Village: "松塘村", Group: "3组", HeadName: "单志明", Name: "单志明", Relation: "户主", IDNo: headID, HeadID: headID, Population: 3, Phone: "16012345678", Birth: "1978-03-12"},
		{HouseholdNo: "H1", Village: "松塘村", Group: "3组", HeadName: "单志明", Name: "李秀芳", Relation: "配偶", IDNo: wifeID, HeadID: headID, Population: 3, Birth: "1980/5/6"},
		{HouseholdNo: "H1", Village: "松塘村", Group: "3组", HeadName: "单志明", Name: "单小雨", Relation: "之女", IDNo: girlID, HeadID: headID, Population: 3, Birth: "2012年8月1日"},
	}
	out := make([][]any, len(value))
	for i, v := range value {
		for _, f := range fields {
			out[i] = append(out[i], v[f])
		}
	}
	return out
}

func table(headings []any, rows [][]any) [][]any { return append([][]any{headings}, rows...) }

func TestLayouts(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	std := []Field{HouseholdNo, Village, Group, Name, Relation, IDNo}
	heads := []any{"户编号", "村", "组", "姓名", "与户主关系", "身份证号"}
	thin := familyRows(std...)
	for _, row := range thin[1:] {
		row[0], row[1], row[2] = nil, nil, nil
	}
	for name, file := range map[string][]byte{
		"plain":             workbook(t, "表一", table(heads, familyRows(std...))...),
		"any order":         workbook(t, "表一", table([]any{"公民身份号码", "关系", "姓 名", "户主", "村民小组", "行政村", "户号"}, familyRows(IDNo, Relation, Name, HeadName, Group, Village, HouseholdNo))...),
		"titles above":      workbook(t, "表一", append([][]any{{"二〇二六年农户台账"}, {"填报单位：松塘村", nil, nil, "填报日期：2026年11月"}, {}}, table(heads, familyRows(std...))...)...),
		"village by sheet":  workbook(t, "松塘村", table([]any{"户编号", "姓名", "与户主关系", "身份证号"}, familyRows(HouseholdNo, Name, Relation, IDNo))...),
		"village by title":  workbook(t, "Sheet9", append([][]any{{"青禾镇松塘村农户台账"}}, table([]any{"户编号", "姓名", "与户主关系", "身份证号"}, familyRows(HouseholdNo, Name, Relation, IDNo))...)...),
		"head row only":     workbook(t, "表一", table(heads, thin)...),
		"by head's id":      workbook(t, "表一", table([]any{"村", "户主身份证号", "姓名", "与户主关系", "身份证号"}, familyRows(Village, HeadID, Name, Relation, IDNo))...),
		"by head's name":    workbook(t, "表一", table([]any{"村", "户主姓名", "姓名", "身份证号"}, familyRows(Village, HeadName, Name, IDNo))...),
		"by relation":       workbook(t, "表一", table([]any{"村", "姓名", "与户主关系", "身份证号"}, familyRows(Village, Name, Relation, IDNo))...),
		"totals below":      workbook(t, "表一", append(table(heads, familyRows(std...)), []any{"合计", nil, nil, 3}, []any{}, []any{"填表人：某某", nil, nil, nil, "审核人：某某"})...),
		"heading each page": workbook(t, "表一", slices.Insert(table(heads, familyRows(std...)), 2, heads)...),
		"merged two levels": twoLevels(t),
	} {
		p := plan(t, store, file)
		require.Empty(t, codes(p, false), "%s: %v", name, p.Faults())
		require.Len(t, p.Households, 1, name)
		h := p.Households[0]
		require.Equal(t, Create, h.Action, name)
		require.Equal(t, "单志明", h.Head, name)
		require.Equal(t, 3, h.Members, name)
		require.Equal(t, "云岫县青禾镇松塘村", h.Village, name)
		require.Equal(t, "2012-08-01", h.rec.Members[2].Secret.BirthDate, name)
	}
}

// twoLevels merges the heading over two lines and the household's cells over its members.
func twoLevels(t *testing.T) []byte {
	x := excelize.NewFile()
	fill(t, x, "Sheet1",
		[]any{"青禾镇农户信息表"},
		[]any{"序号", "家庭基本信息", nil, "户主信息", nil, "家庭成员信息", nil, nil, "住房等级"},
		[]any{nil, "户编号", "行政村", "姓名", "身份证号码", "姓名", "与户主关系", "身份证号码"},
		[]any{1, "H1", "松塘村", "单志明", headID, "单志明", "户主", headID, "A级"},
		[]any{2, nil, nil, nil, nil, "李秀芳", "配偶", wifeID},
		[]any{3, nil, nil, nil, nil, "单小雨", "之女", girlID},
	)
	for _, m := range [][2]string{{"A1", "I1"}, {"A2", "A3"}, {"B2", "C2"}, {"D2", "E2"}, {"F2", "H2"}, {"I2", "I3"}, {"B4", "B6"}, {"C4", "C6"}, {"D4", "D6"}, {"E4", "E6"}, {"I4", "I6"}} {
		require.NoError(t, x.MergeCell("Sheet1", m[0], m[1]))
	}
	return saved(t, x)
}

func TestOneRowPerHousehold(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	file := workbook(t, "松塘村", []any{"户编号", "户主姓名", "身份证号", "联系电话", "家庭人口", "户类型", "年收入(万元)", "养猪头数", "组"},
		[]any{"H1", "单志明", headID, "160 1234 5678", "3人", "脱贫户", 4.5, 2, "第3组"}, []any{"H2", "李秀芳", wifeID, "", 1, "一般农户", "12,000元", nil, 1})
	p := plan(t, store, file)
	require.Empty(t, p.Faults())
	require.Equal(t, []string{"养猪头数"}, p.Unknown)
	require.Equal(t, 2, p.Created)
	apply(t, store, p)
	h, secret, people := loaded(t, store, "H1")
	require.Equal(t, []any{"单志明", "shanzhiming", "szm", 3, OutOfPoverty, "3组", "none"}, []any{h.HeadName, h.HeadPinyin, h.HeadAbbr, h.Population, h.BaseType, h.GroupName, string(h.Status)})
	require.Equal(t, int64(4_500_000), secret.Income)
	require.Equal(t, map[string]string{"养猪头数": "2"}, secret.Other)
	require.Equal(t, "16012345678", secret.Phone)
	require.Len(t, people, 1)
	require.True(t, people[0].person.IsHead)
	require.Equal(t, headID, people[0].secret.IDNo)
}

func TestSkippedSheets(t *testing.T) {
	t.Parallel()
	x := excelize.NewFile()
	fill(t, x, "Sheet1", table([]any{"户编号", "姓名", "与户主关系", "身份证号"}, familyRows(HouseholdNo, Name, Relation, IDNo))...)
	for _, name := range []string{"填写说明", "字典"} {
		_, err := x.NewSheet(name)
		require.NoError(t, err)
		fill(t, x, name, []any{"请按要求填写"})
	}
	require.NoError(t, x.SetSheetVisible("字典", false))
	l := read(t, saved(t, x))
	require.Len(t, l.Sheets, 1)
	require.Equal(t, []string{"填写说明"}, l.Skipped, "a hidden list is not worth a word")
}

func TestSameRowsWithAndWithoutNoise(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"第3组": "3组", "3": "3组", "３ 组": "3组", "三组": "三组", "河东": "河东", "": ""} {
		require.Equal(t, want, groupName(in))
	}
	l := read(t, workbook(t, "松塘村", []any{"户编号", "户主姓名", "残疾情况", "在校情况", "健康状况"}, []any{"H1", "单志明", "无", "非在校生", "无"}))
	require.Equal(t, map[Field]string{HouseholdNo: "H1", HeadName: "单志明", Health: "无"}, l.Sheets[0].Rows[0].Values)
}
