package ledger

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

var wide = []Field{HouseholdNo, Village, HeadName, Name, Relation, IDNo, Sex, Birth, Phone, Population, BaseType, HouseGrade, Bank, Income}
var wideHeadings = []any{"户编号", "村", "户主姓名", "姓名", "与户主关系", "身份证号", "性别", "出生日期", "手机号", "家庭人口", "户类型", "住房等级", "银行卡号", "年收入"}

// spoiled is a ledger of two households, with one cell of the first replaced; the second is always right.
func spoiled(t *testing.T, row int, field Field, value any) []byte {
	t.Helper()
	rows := familyRows(wide...)
	rows[row][slices.Index(wide, field)] = value
	rows = append(rows, []any{"H2", "竹影村", "贺天顺", "贺天顺", "户主", id("51990119900101015"), "男", "1990-01-01", "16000000001", 1, "一般农户", "A级", "9999123456789012345", 12000})
	return workbook(t, "台账", table(wideHeadings, rows)...)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	for _, c := range []struct {
		row   int
		field Field
		value any
		code  string // "" where it is right
		note  bool
	}{
		{0, Population, 3, "", false}, {0, Population, nil, "", false}, {0, Population, 4, "LED-207", false}, {0, Population, 2, "LED-208", false}, {0, Population, "几口", "LED-208", false},
		{1, IDNo, wifeID[:17], "LED-110", false}, {1, IDNo, wifeID + "1", "LED-110", false}, {1, IDNo, "5199011980050604OX", "LED-111", false},
		{1, IDNo, "999999198005060423", "LED-112", false}, {1, IDNo, "009901198005060423", "LED-113", false}, {1, IDNo, "519901198013060423", "LED-114", false},
		{1, IDNo, wrongCheck(wifeID), "LED-115", false}, {1, IDNo, wifeID + "05", "LED-116", false}, {1, IDNo, wifeID + "43", "", false},
		{1, IDNo, "5.19901198005060E+17", "LED-117", false}, {1, IDNo, "519901198005060000", "LED-117", false}, {1, IDNo, "５" + wifeID[1:] + " ", "", false},
		{1, IDNo, headID, "LED-120", false}, {2, IDNo, nil, "", false},
		{1, Birth, "1980-05-07", "LED-131", false}, {1, Birth, "80年5月", "LED-130", false}, {1, Birth, nil, "", false}, {1, Birth, 29347, "", false},
		{1, Sex, "男", "LED-134", false}, {1, Sex, "其他", "LED-133", false}, {1, Sex, "女", "", false}, {1, Sex, 2, "", false},
		{0, Phone, "1601234567", "LED-140", false}, {0, Phone, "160123456789", "LED-140", false}, {0, Phone, "16012345678/0830-1234567", "", false}, {0, Phone, "12012345678", "LED-140", false},
		{0, Phone, "16000000001", "LED-302", true}, {0, Phone, "无", "", false}, {2, IDNo, "暂无", "", false},
		{0, BaseType, "光荣户", "LED-144", false}, {0, BaseType, "脱贫户", "", false}, {0, BaseType, "监测户", "LED-303", true},
		{0, HouseGrade, "E级", "LED-145", false}, {0, HouseGrade, "d级危房", "", false}, {0, HouseGrade, "C", "", false},
		{0, Bank, "12345", "LED-141", false}, {0, Bank, "6.2284812345678E+18", "LED-141", false}, {0, Income, "三万", "LED-143", false}, {0, Income, "-5", "LED-143", false},
		{0, Name, "单志朋", "LED-209", false}, {1, Name, nil, "LED-102", false}, {1, Name, "李秀芳1", "LED-103", false}, {1, Name, "@SUM", "LED-103", false},
		{0, Relation, "其他", "LED-201", false}, {1, Relation, "户主", "LED-202", false}, {1, Relation, nil, "LED-204", false}, {2, Relation, "长子", "LED-205", false}, {2, Relation, "次女", "", false},
		{0, Village, "海角村", "LED-208", false}, {0, HeadName, "单志朋", "LED-209", false}, {1, Income, "=1+1", "LED-101", false},
	} {
		p := plan(t, store, spoiled(t, c.row, c.field, c.value))
		name := fmt.Sprint(c.row, c.field, c.value, p.Faults())
		found := codes(p, c.note)
		if c.code == "" {
			require.Empty(t, p.Faults(), name)
			require.Equal(t, 2, p.Created, name)
			continue
		}
		require.Contains(t, found, c.code, name)
		require.Equal(t, Create, p.Households[1].Action, name)
		if c.note {
			require.Equal(t, 2, p.Created, name)
			continue
		}
		require.Equal(t, Reject, p.Households[0].Action, name)
		for _, f := range p.Faults() {
			require.NotEmpty(t, f.Message)
			require.Equal(t, "台账", f.Sheet)
			require.NotContains(t, f.Message, wifeID[:14], "no message repeats an identity number")
		}
	}
}

func TestFaultPointsAtItsCell(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	f := plan(t, store, spoiled(t, 1, IDNo, wrongCheck(wifeID))).Faults()[0]
	require.Equal(t, Fault{Code: "LED-115", Sheet: "台账", Line: 3, Cell: "F3", Field: "身份证号", Message: "证件号校验位不符，可能有数字录错"}, f)
	require.Equal(t, "[LED-115] 台账 F3：证件号校验位不符，可能有数字录错", f.String())
}

func TestHouseholdFaults(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	person := []any{"户编号", "村", "姓名", "与户主关系", "身份证号", "出生日期"}
	other := id("51990119900101015")
	for name, c := range map[string]struct {
		rows [][]any
		code string
	}{
		"unknown village":         {[][]any{person, {"H1", "海角村", "单志明", "户主", headID}}, "LED-210"},
		"village of others":       {[][]any{person, {"H1", "芦花村", "单志明", "户主", headID}}, "LED-210"},
		"no village":              {[][]any{person, {"H1", nil, "单志明", "户主", headID}}, "LED-211"},
		"two villages":            {[][]any{person, {"H1", "松塘村", "单志明", "户主", headID}, {"H1", "竹影村", "李秀芳", "配偶", wifeID}}, "LED-208"},
		"couple of one sex":       {[][]any{person, {"H1", "松塘村", "单志明", "户主", headID}, {"H1", "松塘村", "贺天顺", "配偶", other}}, "LED-206"},
		"nobody's household":      {[][]any{person, {nil, "松塘村", "单志明", "户主", nil, "1978-03-12"}}, "LED-214"},
		"nothing to know by":      {[][]any{person, {"H1", "松塘村", "单志明", "户主", headID}, {"H1", "松塘村", "李秀芳", "配偶"}}, "LED-118"},
		"born tomorrow":           {[][]any{person, {"H1", "松塘村", "单志明", "户主", headID}, {"H1", "松塘村", "单小宝", "之子", nil, "2026-11-23"}}, "LED-132"},
		"one person, two houses":  {[][]any{person, {"H1", "松塘村", "单志明", "户主", headID}, {"H2", "松塘村", "李秀芳", "户主", wifeID}, {"H2", "松塘村", "单志明", "配偶", headID}}, "LED-120"},
		"household row twice":     {[][]any{{"户编号", "村", "户主姓名", "身份证号"}, {"H1", "松塘村", "单志明", headID}, {"H1", "松塘村", "李秀芳", wifeID}}, "LED-203"},
		"no name at all":          {[][]any{{"户编号", "村", "户主姓名", "身份证号"}, {"H1", "松塘村", nil, headID}}, "LED-102"},
		"two columns of one kind": {[][]any{{"户编号", "村", "姓名", "与户主关系", "身份证号", "证件号码"}, {"H1", "松塘村", "单志明", "户主", headID, "x"}}, ""},
		"born today":              {[][]any{person, {"H1", "松塘村", "单志明", "户主", headID}, {"H1", "松塘村", "单小宝", "之子", nil, "2026-11-22"}}, ""},
	} {
		p := plan(t, store, workbook(t, "台账", c.rows...))
		if c.code == "" {
			require.Empty(t, codes(p, false), name)
			continue
		}
		require.Contains(t, codes(p, false), c.code, name)
		require.Zero(t, p.Created, name)
	}
}

func TestSameNumberInTwoSheets(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	x := readable(t, workbook(t, "松塘村", []any{"户编号", "户主姓名", "身份证号"}, []any{"H1", "单志明", headID}))
	_, err := x.NewSheet("竹影村")
	require.NoError(t, err)
	fill(t, x, "竹影村", []any{"户编号", "户主姓名", "身份证号"}, []any{"H1", "李秀芳", wifeID})
	p := plan(t, store, saved(t, x))
	require.Equal(t, []string{"LED-218", "LED-218"}, codes(p, false))
	require.Equal(t, 2, p.Rejected)
}

func TestVillagesOfOneName(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	for _, c := range []struct {
		town, village string
		want          string
		code          string
	}{
		{"青禾镇", "松塘村", villageCode(0), ""}, {"白鹭镇", "松塘", "999901102201", ""}, {"", "白鹭镇松塘村3组", "999901102201", ""}, {"", "松塘村", "", "LED-212"},
		{"", villageCode(0), villageCode(0), ""}, {"", "竹影村村民委员会", villageCode(6), ""}, {"", "石桥湾社区", villageCode(2), ""},
	} {
		l := read(t, workbook(t, "台账", []any{"户编号", "乡镇", "村", "户主姓名", "身份证号"}, []any{"H1", c.town, c.village, "单志明", headID}))
		p, err := NewPlan(t.Context(), store, l, Scope{Regions: []string{county}, Now: today})
		require.NoError(t, err)
		if c.code != "" {
			require.Equal(t, []string{c.code}, codes(p, false), c.village)
			continue
		}
		require.Equal(t, c.want, p.Households[0].rec.Region, c.village)
	}
}

func TestPlantedFaultsRejectTheirHouseholdsOnly(t *testing.T) {
	t.Parallel()
	file, planted := generated(t, GenerateOptions{Seed: 5, Households: 400, Faults: 2 * len(plantings)})
	require.Len(t, planted, 2*len(plantings))
	stores(t, func(t *testing.T, store *models.Store) {
		p := plan(t, store, file)
		want := map[string]string{}
		for _, pl := range planted {
			want[pl.No] = pl.Code
		}
		for _, h := range p.Households {
			code, bad := want[h.No]
			require.Equal(t, bad, h.Action == Reject, "%s %v", h.No, h.Faults)
			if bad {
				require.True(t, slices.ContainsFunc(h.Faults, func(f Fault) bool { return f.Code == code && !f.Note }), "%s wants %s, has %v", h.No, code, h.Faults)
			}
		}
		require.Equal(t, len(planted), p.Rejected)
		apply(t, store, p)
		require.Equal(t, 400-len(planted), count[models.Household](t, store))
		var bad int64
		for no := range want {
			var n int64
			require.NoError(t, store.DB.Model(&models.Household{}).Where("no = ?", no).Count(&n).Error)
			bad += n
		}
		require.Zero(t, bad, "no row of a household with a fault is written")
		require.Equal(t, p.People, count[models.Person](t, store))
	})
}
