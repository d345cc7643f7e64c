package procedure

// Kinds of a change of the members of a household (2.10).
const (
	MemberIncrease = "increase"
	MemberDecrease = "decrease"
	MemberTransfer = "transfer"
)

// memberRecord is what the register keeps of a new member (5.2).
var memberRecord = []Field{
	text("name", "姓名").class(P2).maxLen(30), text("relation", "与户主关系").class(P2).maxLen(20),
	text("id_no", "身份证号").class(P2).maxLen(18).optional().help("新生儿尚未登记户口的可以不填"),
	choice("sex", "性别", Option{"男", "男"}, Option{"女", "女"}).class(P2), date("birth_date", "出生日期").class(P2).past(),
	text("ethnicity", "民族").class(P2).maxLen(20).optional(), text("education", "文化程度").class(P2).maxLen(20).optional(),
	text("school", "在校情况").class(P2).maxLen(20).optional(), text("labour", "劳动能力").class(P2).maxLen(20).optional(),
	choice("health", "健康状况", Option{"健康", "健康"}, Option{"长期慢性病", "长期慢性病"}, Option{"患有大病", "患有大病"}, Option{"残疾", "残疾"}).class(P3),
	text("medical", "医疗保险").class(P3).maxLen(50).optional(), text("phone", "联系电话").class(P2).maxLen(20).optional(),
}

// memberForm is F6a and F6b (S000): who comes or goes, when and why (S002 #54). Members
// of the household are named by their ids only.
var memberForm = []Field{
	choice("kind", "变更类型", Option{MemberIncrease, "自然增加"}, Option{MemberDecrease, "自然减少"}, Option{MemberTransfer, "转移到另一户"}).fact(),
	date("changed_on", "变更日期").past().fact(),
	choiceOf("in_reason", "新增原因", "member_in_reasons").class(P2).when("kind", MemberIncrease),
	{Code: "new_members", Title: "新增成员", Kind: Rows, Class: P3, Required: true, Columns: memberRecord, When: &When{"kind", []string{MemberIncrease}}},
	choiceOf("out_reason", "减少（转出）原因", "member_out_reasons").class(P2).when("kind", MemberDecrease, MemberTransfer),
	{Code: "leaving", Title: "减少（转出）成员", Kind: Rows, Class: P2, Required: true, Columns: []Field{text("person_id", "成员"), text("new_relation", "与转入户户主关系").class(P2).maxLen(20).optional().help("转移的须填写")}, When: &When{"kind", []string{MemberDecrease, MemberTransfer}}},
	text("new_head", "新户主").optional().when("kind", MemberDecrease, MemberTransfer).help("户主减少或转出、家中还有其他成员时填写"),
	text("target_no", "转入户的户编号").maxLen(60).when("kind", MemberTransfer),
	long("note", "说明").class(P2).optional(),
}

// memberChangeV1 is 2.10: members who come and go by nature, and those who move to
// another household, whose village has to agree first. 清退 and 补录 do not exist (S002 #51).
var memberChangeV1 = Definition{
	Name: "member_change", Version: 1, Title: "家庭成员自然变更", Prefix: "BG", Mode: Durable, Initial: "proposed", OnePerHousehold: true,
	States: []StateDef{
		{Code: "proposed", Title: "提出", Todo: []Role{VillageCadre}},
		{Code: "village_confirmed", Title: "村级确认", Todo: []Role{VillageCadre}},
		{Code: "counterpart_pending", Title: "待对方村确认", Todo: []Role{Counterpart}},
		{Code: "township_review", Title: "乡镇审核", Todo: []Role{TownshipOffice}},
		{Code: "approved", Title: "通过", Todo: []Role{DataEntry}},
		{Code: "entered", Title: "已录入", Final: true},
		{Code: "returned", Title: "退回", Todo: []Role{VillageCadre, TownshipOffice}},
		{Code: "rejected", Title: "不予变更", Final: true},
	},
	Opening: Opening{
		Roles: []Role{GridMember, VillageCadre, VillageSecretary, TownshipOffice, CountyOffice},
		Form:  memberForm, Guards: guards(GuardMemberForm), Derive: []string{"member_change"},
	},
	Events: []Event{
		{Code: "confirm", Title: "村确认", Decides: true, From: []State{"proposed"}, To: "village_confirmed", Roles: []Role{VillageCadre},
			Form:   []Field{must("household_told", "已与农户核实"), files("evidence", "佐证材料").help("出生证明、结婚证、死亡证明、户口迁移证明等"), long("opinion", "村级意见")},
			Guards: guards(GuardMemberForm), Effects: []Effect{{Kind: Tell, To: ToSelf, Event: "ask_counterpart", If: Guard{Name: GuardTransfer}}}, Document: "家庭成员变更情况表"},
		{Code: "ask_counterpart", Title: "请对方确认", From: []State{"village_confirmed"}, To: "counterpart_pending", Roles: []Role{System},
			Guards: guards(GuardTransfer), Derive: []string{"counterpart_village"}},
		{Code: "counterpart_ok", Title: "对方确认", From: []State{"counterpart_pending"}, To: "township_review", Roles: []Role{Counterpart}, NotBy: []string{"confirm"},
			Form: []Field{must("household_told", "已与转入户核实，与转入户户主关系属实"), long("opinion", "对方村意见").optional()}},
		{Code: "counterpart_no", Title: "对方否认", From: []State{"counterpart_pending"}, To: "returned", Roles: []Role{Counterpart}, NotBy: []string{"confirm"},
			Form: []Field{reason}, Return: true},
		{Code: "send", Title: "报审", From: []State{"village_confirmed"}, To: "township_review", Roles: []Role{VillageCadre}, Guards: guards(GuardNotTransfer)},
		{Code: "pass", Title: "通过", From: []State{"township_review"}, To: "approved", Roles: []Role{TownshipOffice}, NotBy: []string{"confirm", "counterpart_ok"},
			Signers: []Signer{{Title: "另一名复核人（减少、转移）", Roles: []Role{TownshipOffice, LinkedLeader}, Min: 1, When: &When{"kind", []string{MemberDecrease, MemberTransfer}}}},
			Form:    []Field{long("opinion", "审核意见")}, Guards: guards(GuardSigned), Document: "变更审核意见"},
		{Code: "return", Title: "退回", Decides: true, From: []State{"township_review"}, To: "returned", Roles: []Role{TownshipOffice}, Form: []Field{reason}, Return: true},
		{Code: "resubmit", Title: "重报", From: []State{"returned"}, To: "proposed", Roles: []Role{VillageCadre},
			Form: memberForm, Guards: guards(GuardMemberForm), Derive: []string{"member_change"}},
		{Code: "reject", Title: "不予", Decides: true, From: []State{"township_review", "returned"}, To: "rejected", Roles: []Role{TownshipOffice}, Form: []Field{reason, householdTold},
			Derive: []string{"counterpart_done"}, Document: "不予变更告知书"},
		{Code: "enter", Title: "录入", From: []State{"approved"}, To: "entered", Roles: []Role{DataEntry}, NotBy: []string{"pass"},
			Form:    []Field{date("entered_on", "录入日期").past(), text("national_no", "国家系统回执号").optional()},
			Guards:  guards(GuardMemberForm, GuardHouseholdClear),
			Derive:  []string{"counterpart_done"},
			Effects: []Effect{{Kind: RunHook, Hook: "apply_member_change"}, {Kind: SetHousehold, Event: "household_gone", If: Guard{Name: GuardHouseholdEmpty}}}},
	},
	Clocks: []Clock{
		{Code: "counterpart", Title: "对方村确认", In: []State{"counterpart_pending"}, Budget: "counterpart_days", Ladder: "standard"},
	},
}
