package procedure

func sum(code, title string) Field {
	return Field{Code: code, Title: title, Kind: Integer, Class: P1, Fact: true, Min: num(0)}
}

// villageSums are the cells of F7 that are sums over households: computed, never
// typed (S002). Those named "register" come from the ledger of the village, those named
// "surveyed" from the campaign; the rest are of all households, the surveyed ones by their form.
var villageSums = []Field{
	sum("register_households", "总户数"), sum("register_population", "总人口"), sum("register_out_of_poverty", "脱贫户数"), sum("register_monitored", "监测户数"),
	sum("surveyed_households", "已调查户数"), sum("surveyed_population", "已调查人口"), sum("labour_persons", "劳动力人数"), sum("dibao_households", "低保户数"), sum("dibao_persons", "低保人数"),
	sum("tekun_persons", "特困供养人数"), sum("disabled_households", "残疾人口户数"), sum("disabled_persons", "残疾人口数"), sum("pension_persons", "参加城乡居民养老保险人数"),
	sum("unsafe_houses", "危房户数"), sum("unsafe_water", "未实现饮水安全户数"),
}

func amount(code, title string) Field { return integer(code, title, 0, 1000).fact() }

// villageFacts are the cells of F7 that the village answers itself.
var villageFacts = []Field{
	amount("clinics", "卫生室个数"), amount("doctors", "执业（助理）医师数"), amount("public_toilets", "公共卫生厕所个数"), amount("waste_points", "垃圾集中堆放点个数"),
	amount("libraries", "文化（图书）室个数"), amount("primary_schools", "村小学个数"), yes("hardened_road", "到乡镇通硬化路").fact(), yes("bus", "通客运班车").fact(),
	money("collective_income", "村级集体经济收入").class(P1).fact(), yes("delisted", "已出列").fact(),
	land("village_arable", "全村耕地面积"), land("village_forest", "全村林地面积"), land("village_returned_forest", "全村退耕还林面积"),
	land("village_orchard", "全村林果面积"), land("village_pasture", "全村牧草地面积"), land("village_pond", "全村水面面积"),
}

// land is an area of the village in mu, which its households' may not exceed (DQ-40).
func land(code, title string) Field {
	return Field{Code: code, Title: title, Kind: Number, Class: P1, Fact: true, Min: num(0), Max: num(1_000_000), Unit: "亩"}
}

// villageFormV1 is 2.9c: 《村表》, begun once every household form of the village is
// final (S001) and signed by the heads of the township.
var villageFormV1 = Definition{
	Name: "village_form", Version: 1, Title: "村表", Prefix: "CB", Mode: Inline, Initial: "waiting", About: AboutRegion, Brief: "campaign_title",
	States: []StateDef{
		{Code: "waiting", Title: "待汇总"},
		{Code: "drafting", Title: "填写", Todo: []Role{VillageSecretary}},
		{Code: "village_checked", Title: "村级复核", Todo: []Role{GroupLeader}},
		{Code: "group_checked", Title: "自查组复核", Todo: []Role{TownshipHead}},
		{Code: "signed", Title: "主要负责人签章", Todo: []Role{TownshipOffice}},
		{Code: "county_comparison", Title: "县级比对", Todo: []Role{CountyOffice, EntryClerk}},
		{Code: "returned", Title: "退回", Todo: []Role{VillageCadre}},
		{Code: "entered", Title: "已录入"},
		{Code: "locked", Title: "锁定", Final: true},
	},
	Opening: Opening{Form: append([]Field{text("campaign_title", "所属行动").fact(), date("review_until", "审核截止日期").fact()}, villageSums...)},
	Events: []Event{
		{Code: "open", Title: "可填", From: []State{"waiting"}, To: "drafting", Roles: []Role{System}, Guards: guards(GuardVillageFinal), Derive: []string{"village_sums"}},
		{Code: "village_check", Title: "村复核", Decides: true, From: []State{"drafting"}, To: "village_checked", Roles: []Role{VillageSecretary},
			Form:   append(append([]Field{}, villageFacts...), choiceFrom("entry_clerk", "录入专人", FromStaff).fact(), must("sums_checked", "汇总数已与户表核对")),
			Guards: guards(GuardVillageFinal), Derive: []string{"village_sums"}},
		{Code: "group_check", Title: "组复核", From: []State{"village_checked"}, To: "group_checked", Roles: []Role{GroupLeader}, NotBy: []string{"village_check"},
			Form: []Field{long("opinion", "复核意见")}, Guards: guards(GuardSumsCurrent)},
		{Code: "sign", Title: "签章", From: []State{"group_checked"}, To: "signed", Roles: []Role{TownshipHead},
			Form: []Field{files("sealed_form", "签字盖章的村表").class(P1)}, Guards: guards(GuardSumsCurrent), Document: "签章村表"},
		{Code: "send", Title: "报县", From: []State{"signed"}, To: "county_comparison", Roles: []Role{TownshipOffice},
			Form: []Field{date("sent_on", "报送日期").past()}, Guards: guards(GuardSumsCurrent)},
		{Code: "return", Title: "退回", Decides: true, From: []State{"county_comparison", "group_checked", "signed"}, To: "returned", Roles: []Role{CountyOffice, TownshipOffice},
			Form: []Field{date("answer_by", "重填期限").fact(), reason}, Return: true, Derive: []string{"review_again"}},
		{Code: "redo", Title: "重填", From: []State{"returned"}, To: "drafting", Roles: []Role{VillageCadre}, Form: []Field{long("answer", "核实说明")}, Derive: []string{"village_sums"}},
		// The county answers its comparison by signing: without that nothing is entered.
		{Code: "enter", Title: "录入", From: []State{"county_comparison"}, To: "entered", Roles: []Role{EntryClerk},
			Signers: []Signer{{Title: "县级比对人员", Roles: []Role{CountyOffice}, Min: 1}},
			Form:    []Field{date("entered_on", "录入日期").past(), long("comparison_answer", "比对反馈的处理")},
			Guards:  guards(GuardSigned, GuardSumsCurrent), Derive: []string{"lock_day"}},
		{Code: "lock", Title: "锁定", From: []State{"entered"}, To: "locked", Roles: []Role{System, Timer}, Guards: guards(GuardLimitOver)},
	},
	Clocks: []Clock{
		{Code: "draft", Title: "村表填报", In: []State{"drafting", "village_checked", "group_checked", "signed", "county_comparison", "returned"}, Until: "review_until", Ladder: "township"},
		{Code: "lock", Title: "反馈期", In: []State{"entered"}, Until: "lock_on", Ladder: "silent", Fires: []string{"lock"}},
	},
}
