package policy

// Table says of what parts a structured value consists, so that an editor can show it as a table instead of JSON. What is
// checked is in the checks; a table only names what they know.
type Table struct {
	Form    TableForm
	Columns []Column
}

// TableForm is how the parts make up the value.
type TableForm string

// The forms: a list of entries; a map whose first column is the key and whose second the value; one entry; and the ladders,
// whose columns are those of a rung.
const (
	TableList    TableForm = "list"
	TableMap     TableForm = "map"
	TableEntry   TableForm = "entry"
	TableLadders TableForm = "ladders"
)

// CellKind is what is typed into a cell.
type CellKind string

// The cells: a text, a whole number, money in 分, a yes or no, one of the options or any of them, and a number of days.
const (
	CellText    CellKind = "text"
	CellWhole   CellKind = "whole"
	CellFen     CellKind = "fen"
	CellYes     CellKind = "yes"
	CellChoice  CellKind = "choice"
	CellChoices CellKind = "choices"
	CellDays    CellKind = "days"
)

// Column is one part. Options that depend on what is in force are those of the policy list From, or of the catalogue of
// that name outside the policy.
type Column struct {
	Code, Title string
	Kind        CellKind
	Optional    bool
	Options     []Item
	From        string
}

// Catalogues outside the policy.
const (
	FromRoles = "roles"
	FromForms = "forms"
)

var codeAndTitle = []Column{{Code: "code", Title: "代码", Kind: CellText}, {Code: "title", Title: "名称", Kind: CellText}}

// rung are the parts of a step of a ladder.
var rung = []Column{
	{Code: "offset_days", Title: "到期后第几天（之前为负）", Kind: CellWhole},
	{Code: "action", Title: "动作", Kind: CellChoice, Options: []Item{{ActionRemind, actionTitles[ActionRemind]}, {ActionUrge, actionTitles[ActionUrge]},
		{ActionSupervise, actionTitles[ActionSupervise]}, {ActionReport, actionTitles[ActionReport]}, {ActionHandle, actionTitles[ActionHandle]}}},
	{Code: "level", Title: "发给", Kind: CellChoice, Options: []Item{{LevelHolder, "承办人"}, {LevelVillage, "村"}, {LevelTownship, "乡镇"}, {LevelLeader, "乡镇主要领导"}, {LevelCounty, "县级"}}},
	{Code: "light", Title: "灯色", Kind: CellChoice, Optional: true, Options: []Item{{LightYellow, "黄"}, {LightOrange, "橙"}, {LightRed, "红"}}},
	{Code: "urgent", Title: "立即发送", Kind: CellYes, Optional: true},
}

var tables = map[string]Table{
	"ladders": {TableLadders, rung},
	"comparison_items": {TableList, titled(Column{Code: "department", Title: "部门", Kind: CellChoice, Options: Departments},
		Column{Code: "severity", Title: "比中后", Kind: CellChoice, Options: []Item{{SeverityInfo, "仅供参考"}, {SeverityExplain, "须核实说明"}, {SeverityExclude, "一般不予纳入"}}},
		Column{Code: "exception", Title: "除外情形", Kind: CellText, Optional: true})},
	"measure_kinds": {TableList, titled(Column{Code: "class", Title: "类别", Kind: CellChoice, Options: []Item{{MeasureDevelopment, "开发式"}, {MeasureProtective, "保障性"}}},
		Column{Code: "accept_days", Title: "受理天数", Kind: CellWhole})},
	"income_items": {TableList, titled(Column{Code: "category", Title: "收入类别", Kind: CellChoice, Options: IncomeCategories}, Column{Code: "unit", Title: "单位", Kind: CellText, Optional: true})},
	"visit_rule": {TableList, titled(
		Column{Code: "status", Title: "农户", Kind: CellChoice, Options: []Item{{"monitored", "监测对象"}, {"observing", "观察期"}, {"stable", "稳定消除"}, {"out_of_poverty", "脱贫户"}, {"ordinary", "一般农户"}}},
		Column{Code: "actor", Title: "由谁走访", Kind: CellChoice, From: FromRoles},
		Column{Code: "mode", Title: "方式", Kind: CellChoice, Options: []Item{{VisitHome, "入户"}, {VisitHomeOrAway, "入户，全家外出的电话联系"}, {VisitRemote, "电话联系"}}},
		Column{Code: "every", Title: "周期", Kind: CellChoice, Options: []Item{{"month", "每月"}, {"quarter", "每季度"}, {"half_year", "每半年"}, {"year", "每年"}}},
		Column{Code: "income", Title: "只看收入", Kind: CellYes, Optional: true})},
	"risk_measures": {TableMap, []Column{{Code: "risk", Title: "风险类型", Kind: CellChoice, From: "risk_type_set"}, {Code: "measures", Title: "至少应有其一的措施", Kind: CellChoices, From: "measure_kinds"}}},
	"rectify_due": {TableMap, []Column{{Code: "class", Title: "整改类别", Kind: CellChoice, Options: []Item{{"immediate", "立行立改"}, {"special", "专项整治"}, {"long_term", "持续整改"}}},
		{Code: "days", Title: "期限", Kind: CellDays}}},
	"form_versions": {TableMap, []Column{{Code: "form", Title: "表单", Kind: CellChoice, From: FromForms}, {Code: "version", Title: "版本", Kind: CellWhole}}},
	"income_line": {TableEntry, []Column{{Code: "fen", Title: "金额（元）", Kind: CellFen}, {Code: "concept", Title: "口径", Kind: CellChoice, Options: []Item{{"net", "纯收入"}, {"disposable", "可支配收入"}}},
		{Code: "inclusive", Title: "恰等于此线的算低于", Kind: CellYes, Optional: true}}},
	"review_quorum": {TableEntry, []Column{{Code: "present", Title: "到会不少于应到的", Kind: CellText}, {Code: "agree", Title: "同意多于到会的", Kind: CellText}}},
	"paper_office": {TableEntry, []Column{{Code: "name", Title: "单位名称", Kind: CellText}, {Code: "head", Title: "红头", Kind: CellText, Optional: true}, {Code: "mark", Title: "文号代字", Kind: CellText},
		{Code: "phone", Title: "电话", Kind: CellText, Optional: true}, {Code: "retention", Title: "案卷保管期限", Kind: CellText, Optional: true}}},
}

// titled are the code and the title that every entry of a coded list has, and what this one has besides.
func titled(more ...Column) []Column { return append(append([]Column{}, codeAndTitle...), more...) }

// Table is how the value of a key is edited; false for a plain value, and for the rules of a county, which have an editor of
// their own.
func (k Key) Table() (Table, bool) {
	if t, ok := tables[k.Code]; ok {
		return t, true
	}
	return Table{TableList, codeAndTitle}, k.Kind == KindItems && k.Code != "county_rules"
}
