package register

import (
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

const p2, p3 = procedure.P2, procedure.P3

// Columns are all of them, in the order in which a page shows them.
var Columns = []Column{
	home("dangerous", "是否危房户", "", YesNo, "危房户 是否属于危房户 是否危房", func(h *models.HouseholdSecret) any { return &h.Dangerous }),
	home("house_area", "住房面积", "平方米", Number, "住房建筑面积 房屋面积 住房面积(平方米)", func(h *models.HouseholdSecret) any { return &h.HouseArea }),
	home("repaired", "住房是否已改造", "", YesNo, "危房是否已改造 是否已实施危房改造", func(h *models.HouseholdSecret) any { return &h.Repaired }),
	home("moved_in", "是否已入住", "", YesNo, "改造后是否入住 是否实际入住", func(h *models.HouseholdSecret) any { return &h.MovedIn }),
	home("relocated", "是否易地搬迁户", "", YesNo, "是否搬迁户 易地扶贫搬迁户 是否易地扶贫搬迁户", func(h *models.HouseholdSecret) any { return &h.Relocated }),
	home("electricity", "是否通生活用电", "", YesNo, "通生活用电 生活用电", func(h *models.HouseholdSecret) any { return &h.Electricity }),
	home("tv", "是否通广播电视", "", YesNo, "通广播电视 广播电视 有无电视", func(h *models.HouseholdSecret) any { return &h.TV }),
	home("toilet", "有无卫生厕所", "", YesNo, "卫生厕所 是否有卫生厕所", func(h *models.HouseholdSecret) any { return &h.Toilet }),
	home("toilet_usable", "卫生厕所是否可用", "", YesNo, "卫生厕所能否使用", func(h *models.HouseholdSecret) any { return &h.ToiletUsable }),
	home("road_hardened", "入户道路是否硬化", "", YesNo, "入户路是否硬化 入户道路硬化", func(h *models.HouseholdSecret) any { return &h.RoadHardened }),
	home("road_km", "与村主干路距离", "公里", Number, "与村主干路距离(公里) 距村主干路距离", func(h *models.HouseholdSecret) any { return &h.RoadKm }),
	home("arable", "耕地面积", "亩", Number, "耕地 耕地面积(亩)", func(h *models.HouseholdSecret) any { return &h.Arable }),
	home("forest", "林地面积", "亩", Number, "林地 林地面积(亩)", func(h *models.HouseholdSecret) any { return &h.Forest }),
	home("returned_forest", "退耕还林面积", "亩", Number, "退耕还林 退耕还林面积(亩)", func(h *models.HouseholdSecret) any { return &h.ReturnedForest }),
	home("orchard", "林果面积", "亩", Number, "林果 林果面积(亩)", func(h *models.HouseholdSecret) any { return &h.Orchard }),
	home("pasture", "牧草地面积", "亩", Number, "牧草地 牧草地面积(亩)", func(h *models.HouseholdSecret) any { return &h.Pasture }),
	home("pond", "水面面积", "亩", Number, "水面 水域面积 水面面积(亩)", func(h *models.HouseholdSecret) any { return &h.Pond }),
	home("water_piped", "是否通自来水", "", YesNo, "是否供水入户 自来水 是否通水", func(h *models.HouseholdSecret) any { return &h.Water.Piped }),
	home("water_litres", "人均日用水量", "升", Number, "每人每天用水量 人均日用水量(升)", func(h *models.HouseholdSecret) any { return &h.Water.Litres }),
	home("water_minutes", "取水往返时间", "分钟", Number, "单次取水时间 取水往返时间(分钟)", func(h *models.HouseholdSecret) any { return &h.Water.Minutes }),
	home("water_distance", "取水水平距离", "米", Number, "取水距离 取水水平距离(米)", func(h *models.HouseholdSecret) any { return &h.Water.Distance }),
	home("water_vertical", "取水垂直距离", "米", Number, "取水垂直高度 取水垂直距离(米)", func(h *models.HouseholdSecret) any { return &h.Water.Vertical }),
	home("water_shortage_days", "近一年缺水天数", "天", Whole, "年缺水天数 累计缺水天数", func(h *models.HouseholdSecret) any { return &h.Water.ShortageDays }),
	home("water_test", "水质检测是否合格", "", YesNo, "水质检测结果 水质检测", func(h *models.HouseholdSecret) any { return &h.Water.TestPassed }),
	home("water_looks", "水质现场评价是否良好", "", YesNo, "水质现场评价 水质评价", func(h *models.HouseholdSecret) any { return &h.Water.LooksGood }),
	home("whole_away", "是否整户外出", "", YesNo, "整户外出 是否举家外出", func(h *models.HouseholdSecret) any { return &h.WholeAway }),
	home("lost_contact", "是否失联", "", YesNo, "失联户 是否失联户", func(h *models.HouseholdSecret) any { return &h.LostContact }),
	home("no_labour_household", "整户无劳动能力兜底保障户", "", YesNo, "是否整户无劳动能力兜底保障户 是否兜底保障户 兜底保障户", func(h *models.HouseholdSecret) any { return &h.NoLabour }),
	home("contact", "监测联系人", "", Text, "监测联系人姓名 监测户联系人", func(h *models.HouseholdSecret) any { return &h.Contact }),
	pick("supporter", "赡养人情况", "赡养情况", func(h *models.HouseholdSecret) any { return &h.Supporter },
		policy.Item{Code: string(policy.SupporterNone), Title: "无"}, policy.Item{Code: string(policy.SupporterUnable), Title: "有，但无能力"}, policy.Item{Code: string(policy.SupporterAble), Title: "有能力"}),
	pick("low_income", "低收入类别", "低收入人口类别 社会救助类别", func(h *models.HouseholdSecret) any { return &h.LowIncome },
		policy.Item{Code: string(policy.ClassDibao), Title: "低保户"}, policy.Item{Code: string(policy.ClassTekun), Title: "分散供养特困"},
		policy.Item{Code: string(policy.ClassDibaoEdge), Title: "低保边缘家庭"}, policy.Item{Code: string(policy.ClassLowIncome), Title: "其他低收入家庭"}),
	home("cannot_solve", "自身是否无力解决", "", YesNo, "依靠自身能力是否无法解决", func(h *models.HouseholdSecret) any { return &h.CannotSolve }),

	income("income_wage", "工资性收入", "", func(y *models.IncomeYear) any { return &y.Wage }),
	income("income_production", "生产经营性收入", "经营性收入 家庭经营性收入", func(y *models.IncomeYear) any { return &y.Production }),
	income("income_property", "财产性收入", "", func(y *models.IncomeYear) any { return &y.Property }),
	income("income_transfer", "转移性收入", "", func(y *models.IncomeYear) any { return &y.Transfer }),
	income("production_expense", "生产经营性支出", "经营性支出 家庭经营性支出", func(y *models.IncomeYear) any { return &y.ProductionExpense }),
	income("own_medical", "合规自付支出", "合规自付医疗支出 医疗合规自付支出", func(y *models.IncomeYear) any { return &y.OwnMedical }),
	income("per_head", "人均纯收入", "家庭人均纯收入 年人均纯收入", func(y *models.IncomeYear) any { return &y.PerHead }),

	of("certificate", "残疾证号", "", Text, p3, "残疾人证号 残疾证号码 残疾人证号码", func(p *models.PersonSecret) any { return &p.Certificate }),
	of("not_in_school", "义务教育阶段未上学原因", "", Text, p2, "失学或辍学原因 失学辍学原因 未上学原因", func(p *models.PersonSecret) any { return &p.NotInSchool }),
	of("resident_insured", "是否参加居民医保", "", YesNo, p3, "城乡居民医保 居民医保 参加居民医保", func(p *models.PersonSecret) any { return &p.ResidentInsured }),
	of("employee_insured", "是否参加职工医保", "", YesNo, p3, "是否参加城镇职工基本医疗保险 职工医保 参加职工医保 参加城镇职工基本医疗保险", func(p *models.PersonSecret) any { return &p.EmployeeInsured }),
	of("serious_illness_insured", "是否参加大病保险", "", YesNo, p3, "大病保险 参加大病保险", func(p *models.PersonSecret) any { return &p.SeriousIllness }),
	of("resident_pension", "是否参加城乡居民基本养老保险", "", YesNo, p2, "城乡居民基本养老保险 参加城乡居民基本养老保险 居民养老保险", func(p *models.PersonSecret) any { return &p.ResidentPension }),
	of("employee_pension", "是否参加城镇职工基本养老保险", "", YesNo, p2, "城镇职工基本养老保险 参加城镇职工基本养老保险 职工养老保险", func(p *models.PersonSecret) any { return &p.EmployeePension }),
	of("dibao", "是否享受低保", "", YesNo, p2, "是否享受低保政策 享受低保政策情况", func(p *models.PersonSecret) any { return &p.Dibao }),
	of("tekun", "是否享受特困供养", "", YesNo, p2, "享受特困供养政策情况 是否特困供养", func(p *models.PersonSecret) any { return &p.Tekun }),
	of("doctor_signed", "是否签约家庭医生", "", YesNo, p2, "家庭医生签约 是否家庭医生签约", func(p *models.PersonSecret) any { return &p.DoctorSigned }),
	of("two_after", "是否两后生", "", YesNo, p2, "两后生", func(p *models.PersonSecret) any { return &p.TwoAfter }),
	of("public_posts", "公益性岗位", "个", Whole, p2, "公益性岗位数 公益岗位 是否公益性岗位", func(p *models.PersonSecret) any { return &p.PublicPosts }),
	of("public_post_months", "公益性岗位月数", "个月", Whole, p2, "公益性岗位时间 公益性岗位(月数) 公益岗位月数", func(p *models.PersonSecret) any { return &p.PublicPostMonths }),

	work("work_started", "务工开始时间", "", Day, "务工开始日期 外出务工开始时间", func(w *models.WorkRecord) any { return &w.Started }),
	work("work_ended", "务工结束时间", "", Day, "务工结束日期 外出务工结束时间", func(w *models.WorkRecord) any { return &w.Ended }),
	work("work_place", "务工地点", "", Text, "务工所在地 外出务工地点 务工区域", func(w *models.WorkRecord) any { return &w.Place }),
	work("work_company", "务工企业", "", Text, "务工企业名称 务工单位", func(w *models.WorkRecord) any { return &w.Company }),
	work("work_industry", "务工行业", "", Text, "务工企业所属行业 从事行业", func(w *models.WorkRecord) any { return &w.Industry }),
	work("work_channel", "就业渠道", "", Text, "务工渠道", func(w *models.WorkRecord) any { return &w.Channel }),
	work("work_income", "务工月收入", "元", Money, "月务工收入", func(w *models.WorkRecord) any { return &w.Income }),
	work("work_months", "务工月数", "个月", Whole, "务工时间(月) 务工时长", func(w *models.WorkRecord) any { return &w.Months }),
	work("off_county", "是否县外务工", "", YesNo, "县外务工", func(w *models.WorkRecord) any { return &w.OffCounty }),
}

func home(code, title, unit string, kind Kind, headings string, place func(*models.HouseholdSecret) any) Column {
	return Column{Code: code, Title: title, Unit: unit, Part: Household, Kind: kind, Class: p2, Headings: headings, place: func(r Record) any { return place(r.Household) }}
}

func pick(code, title, headings string, place func(*models.HouseholdSecret) any, options ...policy.Item) Column {
	c := home(code, title, "", Choice, headings, place)
	c.Options = options
	return c
}

func income(code, title, headings string, place func(*models.IncomeYear) any) Column {
	return Column{Code: code, Title: title, Unit: "元", Part: Income, Kind: Money, Class: p2, Headings: headings, place: func(r Record) any { return place(r.Income) }}
}

func of(code, title, unit string, kind Kind, class procedure.Class, headings string, place func(*models.PersonSecret) any) Column {
	return Column{Code: code, Title: title, Unit: unit, Part: Person, Kind: kind, Class: class, Headings: headings, place: func(r Record) any { return place(r.Person) }}
}

func work(code, title, unit string, kind Kind, headings string, place func(*models.WorkRecord) any) Column {
	return Column{Code: code, Title: title, Unit: unit, Part: Work, Kind: kind, Class: p2, Headings: headings, place: func(r Record) any { return place(r.Work) }}
}
