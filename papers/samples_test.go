package papers

import (
	"time"

	"shouwang/policy"
)

// The people and places of these papers are invented.

func date(m time.Month, d int) policy.Date { return policy.NewDate(2026, m, d) }

var (
	township = Office{Name: "青禾乡乡村振兴办公室", Head: "青禾乡实施乡村振兴战略工作领导小组办公室"}
	county   = Office{Name: "澄江县农业农村局", Head: "澄江县实施乡村振兴战略工作领导小组"}
)

func sampleProblems() Problems {
	return Problems{Place: "青禾乡柳溪村", On: date(9, 18), Rows: []Problem{
		{CaseNo: "ZG20260911-0007", Type: "政策落实", Nature: "饮水安全", Head: "覃守田", HouseholdType: "监测户", Population: 4, Village: "柳溪村",
			Text:    "枯水期每月断水5天以上，取水须到1公里外的山泉，单程步行二十五分钟；供水管网在三组岔路口处渗漏，村委会今年3月已报修，至今未修复。",
			Measure: "更换三组支管320米，增设加压泵一台，明确管水员。", Responsible: "陆青山", Verifier: "韦明月", Class: "专项整治", Found: date(9, 11), Due: date(10, 10), State: "整改中"},
		{CaseNo: "ZG20260912-0002", Type: "工作落实", Nature: "监测户联系人责任", Head: "岑水生", HouseholdType: "脱贫户", Population: 2, Village: "柳溪村",
			Text: "联系人7月、8月未入户走访，帮扶手册记录为同一天补写。", Measure: "当月入户两次，补正手册；对联系人谈话提醒。", Responsible: "蒙春耕", Verifier: "韦明月",
			Class: "立行立改", Found: date(9, 12), Due: date(9, 15), State: "已销号", Closed: date(9, 15)},
		{CaseNo: "ZG20260912-0005", Type: "责任落实", Nature: "行业部门风险信息推送", Subject: "县医疗保障局", Text: "8月未按时推送大额自付医疗费用名单，晚报12天。", Note: "已函告",
			Measure: "建立每月5日前推送制度。", Responsible: "县医保局待遇保障股", Verifier: "县乡村振兴服务中心", Class: "持续整改", Found: date(9, 12), Due: date(12, 31), State: "整改中"},
	}}
}

func sampleCampaign() Campaign {
	return Campaign{Title: "2026年巩固脱贫成果“回头看”", No: "XD20260901-0001", Place: "青禾乡", From: date(9, 1), Until: date(9, 25), Unit: "青禾乡人民政府", On: date(9, 18),
		Households: 1286, Done: 1274, Remote: 96, Lost: 3, Problems: 41, Closed: 33,
		Villages: []Count{{"柳溪村", 412, 410, 2, 1}, {"大坪村", 388, 388, 0, 0}, {"石门社区", 486, 476, 10, 2}},
		Natures:  []Count{{"饮水安全", 9, 6, 3, 1}, {"监测对象帮扶", 14, 12, 2, 0}, {"农户家庭收支", 18, 15, 3, 0}}}
}

func sampleNotice() PublicNotice {
	return PublicNotice{Village: "青禾乡柳溪村", Unit: "柳溪村村民委员会", Phone: "0771-5550123", From: date(3, 10), Until: date(3, 15), Days: 5, On: date(3, 10), Rows: []NoticeRow{
		{"三组", "覃守田", 4, "突发严重困难户", "拟纳入防止返贫监测对象"}, {"五组", "莫喆", 2, "边缘易致贫户", "拟纳入防止返贫监测对象"}}}
}

func withAddress(n PublicNotice) PublicNotice {
	n.Address = noticeAddress
	return n
}

func sampleMeeting() Meeting {
	return Meeting{Village: "柳溪村", Subject: "拟纳入防止返贫监测对象", CaseNo: "RD20260305-0003", Head: "覃守田", HeldAt: "2026年3月9日9:30", Place: "村委会二楼会议室", Chair: "陆青山",
		Kind: "村民代表会议", Eligible: 36, Present: 31, Agree: 29, Against: 1, Abstain: 1, Result: "评议通过，提交村级公示",
		Minutes: "村党组织书记介绍覃守田户申报情况和入户核实结果。与会代表发言：该户主要劳动力今年春节后不能外出务工，家庭仅靠养殖和低保维持，开支大于收入，情况属实。代表莫启明提出家中有摩托车一辆，经核实为2015年购置，不影响认定。与会代表一致认为该户符合监测条件。"}
}

func sampleConsent() Consent {
	return Consent{CaseNo: "RD20260305-0003", Place: "青禾乡柳溪村三组", Head: "覃守田", Office: Office{Name: "青禾乡人民政府"}, Until: date(12, 31), Helper: "韦明月",
		Items: []string{"户籍、车辆登记", "不动产登记", "个体工商户和企业登记", "低保、特困等社会救助", "社会保险缴纳和待遇领取"}, Departments: []string{"公安", "自然资源", "市场监管", "民政", "人力资源社会保障"},
		Persons: []Person{{"覃守田", "户主", "452100197803110013"}, {"黄阿兰", "配偶", "452100198107220024"}, {"覃小禾", "子女", "452100201509050037"}}}
}

func sampleCaseFile() (CaseFile, []Bound) {
	c := CaseFile{Office: Office{Name: "青禾乡乡村振兴办公室"}, Number: "青禾乡振档〔2026〕3号", Title: "识别认定案卷", CaseNo: "RD20260305-0003", Matter: "识别认定", Head: "覃守田", Place: "青禾乡柳溪村三组",
		Retention: "长期（30年）", From: date(3, 5), Until: date(3, 25), Chain: "9f2c51d07ab3", On: date(3, 26),
		Records: []Record{{1, "2026-03-05 09:12", "受理", "陆青山（村干部）", "", "已受理", "", "b20c5e11aa07"}, {2, "2026-03-05 15:40", "签署承诺授权", "覃守田（农户，陆青山代录）", "已受理", "入户核实", "承诺授权书", "04ff6c9d2e10"},
			{3, "2026-03-09 11:05", "评议通过", "陆青山（村党组织书记）", "民主评议", "村级公示", "评议记录", "9f2c51d07ab3"}},
		Files: []File{{"签字页.jpg", "承诺授权书", "2026-03-05", 482113, "77aa01"}, {"会场.jpg", "会场照片", "2026-03-09", 911204, "77aa02"}}}
	return c, []Bound{{"", "承诺授权书", date(3, 5), Authorization(sampleConsent())}, {"青禾乡振公〔2026〕5号", "村级公示", date(3, 10), VillageNotice(sampleNotice())},
		{"", "排查问题清单", date(3, 11), ProblemList(sampleProblems())}}
}

// samples are all papers with data, by the names of their reference renderings.
func samples() map[string]*Document {
	numbered := func(d *Document, number string) *Document {
		d.Foot = Foot{Number: number, Hash: "6b1f0c2a94de"}
		return d
	}
	return map[string]*Document{
		"village_notice":      numbered(VillageNotice(sampleNotice()), "青禾乡振公〔2026〕5号"),
		"village_notice_code": VillageNotice(withAddress(sampleNotice())),
		"announcement":        Announcement(PublicNotice{Village: "青禾乡柳溪村", Unit: "青禾乡人民政府", Phone: "0771-5550123", Until: date(4, 24), On: date(3, 25), Rows: []NoticeRow{{"三组", "覃守田", 4, "突发严重困难户", "纳入防止返贫监测对象"}}}),
		"exit_announcement": Announcement(PublicNotice{Kind: "社区核查公告", Basis: "经贫情分析、入户调查、村（社区）“两委”商议和评议公示，社区核查属实，现将拟脱贫退出的农户公告如下。",
			Village: "青禾乡柳溪村", Unit: "柳溪村村民委员会", Phone: "0771-5550123", On: date(11, 5), Rows: []NoticeRow{{Group: "五组", Head: "岑水生", Population: 2, Proposal: "拟脱贫退出"}}}),
		"supervision": numbered(SupervisionNotice(Supervision{Office: township, Number: "青禾乡振督〔2026〕7号", To: "柳溪村村民委员会", Source: "2026年巩固脱贫成果“回头看”", CaseNo: "ZG20260911-0007", Problem: sampleProblems().Rows[0].Described(), Measure: "更换三组支管320米，增设加压泵一台，明确管水员，保证枯水期每天供水。", Responsible: "陆青山（柳溪村党支部书记）", Verifier: "韦明月", Due: date(10, 10), On: date(9, 12)}), "青禾乡振督〔2026〕7号"),
		"minutes":     ReviewMinutes(sampleMeeting()),
		"sign_in":     SignInSheet(sampleMeeting()),
		"training_sign_in": TrainingSignIn(Training{Title: "青禾乡巩固脱贫成果“回头看”", Unit: "青禾乡人民政府", HeldOn: "2026-03-05", Place: "乡政府三楼会议室", Content: "填表说明、指标解释、口径把握、数据质量", People: []Trainee{
			{"第一组", "柳溪村", "陆青山", "工作组组长"}, {"第一组", "柳溪村", "韦明月", "指导员"}, {"第一组", "柳溪村", "岑水生", "调查员"}, {"第二组", "石门社区", "莫启明", "调查员"}}}),
		"authorization":    Authorization(sampleConsent()),
		"decision":         numbered(Decision(CountyDecision{Office: county, Number: "澄振审〔2026〕12号", To: "青禾乡人民政府", Matter: "防止返贫监测对象识别认定", Passed: true, Result: "纳入监测", CaseNo: "RD20260305-0003", Village: "青禾乡柳溪村", Head: "覃守田", People: 4, Category: "突发严重困难户", Decided: date(3, 22), On: date(3, 23), Opinion: "经审核，程序完整，材料齐全，比对无异常，同意纳入"}), "澄振审〔2026〕12号"),
		"household_notice": NoticeToHousehold(HouseholdNotice{Office: township, Number: "青禾乡振告〔2026〕9号", Head: "岑水生", Place: "柳溪村五组", Matter: "防止返贫监测对象识别认定", CaseNo: "RD20260301-0001", Result: "不予纳入", Reason: "经入户核实，家庭人均纯收入高于当年监测范围，义务教育、基本医疗、住房安全和饮水安全均有保障。", Phone: "0771-5550123", On: date(3, 20)}),
		"problem_list":     ProblemList(sampleProblems()),
		"ledger":           RectificationLedger(sampleProblems()),
		"self_assessment":  SelfAssessment(Report{Campaign: sampleCampaign(), Results: "全乡建档立卡脱贫户家庭人均纯收入稳定增长，义务教育、基本医疗、住房安全和饮水安全有保障。\n脱贫人口务工1932人，比上年增加74人。", Found: "一是个别自然村枯水期供水不稳定；二是部分联系人走访不实；三是少数农户收入登记与实际有出入。", Fixed: "坚持边查边改，能当场解决的当场解决，33个问题已经销号，其中立行立改27个。", Next: "10月底前完成三处供水管网改造；健全走访记录抽查制度；对未销号问题逐个明确责任人和时限。", Leader: "何远志"}),
		"spot_check":       SpotCheckReport(SpotCheck{Campaign: sampleCampaign(), Group: "县第二普查小组", Sampled: 60, Same: new(58), Findings: sampleProblems().Rows[:2], Passed: true, Opinion: "登记质量总体较好，个别问题已现场交办。"}),
		"daily":            DailyReport(Daily{Campaign: sampleCampaign(), DoneToday: 143, FoundToday: 6, ClosedToday: 4, Note: "石门社区搬迁户白天外出务工多，改为晚上入户。"}),
		"resident_prompt": ResidentPrompt(Prompt{Office: township, Number: "青禾乡振提〔2026〕9号", Place: "青禾乡", Month: date(9, 1), Visits: []Count{{"柳溪村", 48, 12, 36, 0}, {"大坪村", 39, 39, 0, 0}, {"石门社区", 51, 20, 31, 3}},
			Cases: []Count{{"柳溪村", 9, 4, 5, 1}, {"石门社区", 6, 6, 0, 0}}, Demand: "月底前完成监测户和在家脱贫户的入户走访，外出的电话或微信联系。\n核对大病自付费用名单，发现风险的当日登记线索。", On: date(9, 1)}),
		"bulletin": Bulletin(Circular{Office: township, Number: "青禾乡振通〔2026〕2号", Title: "考核反馈问题整改", To: "各村（社区）、乡直各单位", AsOf: date(9, 30), Summary: "多数单位行动迅速、措施具体，个别单位进展缓慢。", Rows: []Count{{"柳溪村", 12, 9, 3, 1}, {"大坪村", 8, 8, 0, 0}, {"石门社区", 15, 10, 5, 2}}, Late: sampleProblems().Rows[:1], On: date(10, 2)}),
		"delivery": DeliveryList(Delivery{Place: "柳溪村村委会", On: date(3, 21), Rows: []Receipt{{"青禾乡振告〔2026〕9号", "告知书", "岑水生", "五组"}, {"青禾乡振告〔2026〕10号", "告知书", "覃守田", "三组"}}}),
	}
}
