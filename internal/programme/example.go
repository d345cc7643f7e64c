package programme

import (
	"fmt"
	"io"
	"slices"

	"github.com/xuri/excelize/v2"

	"shouwang/models"
)

// Example is the programme of S003 as the example that is shipped: four categories of
// source, 23 problems with their measures, three phases with the paper's dates, and no
// limit for a single problem, since the paper sets none. Eighteen problems follow what
// the requirements tell of that paper; numbers 1, 4, 7, 13 and 15 are filled in, as the
// workbook says beside them, and so are type, nature and class of each problem and the
// category it stands in.
func Example(region string, year int) models.Programme {
	on := func(month, day int) string { return fmt.Sprintf("%d-%02d-%02d", year, month, day) }
	return models.Programme{
		Title: "考核评估反馈问题整改方案（示例）", RegionCode: region, SourcePaper: "年度巩固拓展脱贫攻坚成果同乡村振兴有效衔接考核评估反馈意见",
		Plan:   "坚持问题不查清不放过、整改不到位不放过、群众对整改不满意不放过。集中整改期内能解决的，立行立改；需要专项整治的，精准发力；需要长期整改的，持续整改。点上问题一事一议、一案一策；已整改的开展“回头看”，防止反弹；已纳入常态的，常抓不懈。村为整改主体，村支书为第一责任人，乡村振兴专干为具体责任人。各村集中整改情况于7月5日前报镇乡村振兴办公室。",
		CutOff: on(12, 31),
		Phases: []models.Phase{
			{Kind: models.PhaseMobilise, Title: "动员部署", From: on(6, 1), Until: on(6, 10)},
			{Kind: models.PhaseRectify, Title: "集中整改", From: on(6, 11), Until: on(7, 10)},
			{Kind: models.PhaseConsolidate, Title: "巩固提升", From: on(7, 11), Until: on(12, 31)},
		},
		Events: []models.ProgrammeEvent{{Code: "village_report", Title: "各村报送集中整改情况", On: on(7, 5)}, {Code: "post_evaluation", Title: "后评估"}},
	}
}

// exampleYear is that of the paper.
const exampleYear = 2022

// exampleSources are the four categories in the words of the plan.
var exampleSources = []string{
	"一、中办、国办《通报》指出问题及整改措施", "二、中央农村工作领导小组文件反馈问题和省级层面发现问题及整改措施",
	"三、市级督查、考核等发现问题及整改措施", "四、县级督查、考核等发现问题及整改措施",
}

// filledIn are the numbers of the problems of which the requirements tell nothing.
var filledIn = []int{1, 4, 7, 13, 15}

// exampleProblems: category, type, nature, problem, measure, class.
var exampleProblems = [][6]string{
	{"0", "责任落实", "党委政府主体责任", "五级责任传导不够，少数村研究部署不及时", "镇村两级每月专题研究一次，形成会议记录", "立行立改"},
	{"0", "巩固成果", "行业部门帮扶", "部分脱贫劳动力就业不稳", "年务工六个月以上人员稳中有增，失业人员及时预警帮扶", "持续整改"},
	{"0", "工作落实", "监测对象识别", "存在用纳入低保替代纳入监测的倾向", "开展全覆盖排查，应纳尽纳，发现线索后十五日内完成识别", "专项整治"},
	{"0", "政策落实", "教育资助", "个别学生资助发放滞后", "与学校逐人核对，当月补发到位", "立行立改"},
	{"0", "责任落实", "驻村工作组责任", "驻村帮扶走访不扎实", "每月按驻村工作提示完成任务，监测户和在家脱贫户每月走访一次", "持续整改"},
	{"1", "巩固成果", "农户家庭收支", "部分脱贫户人均纯收入不增反减", "每季度监测增收情况，缺什么补什么", "持续整改"},
	{"1", "政策落实", "行业部门帮扶", "小额信贷贴息不够及时", "按季核对贴息名单，逾期及时补付", "立行立改"},
	{"1", "工作落实", "行业部门帮扶", "产业帮扶协议履行不到位", "开展协议履行情况回头看，逐份核对", "专项整治"},
	{"1", "工作落实", "行业部门信息比对", "务工信息不够准确真实", "各村交叉检查，逐人核实", "立行立改"},
	{"1", "政策落实", "监测对象帮扶", "对有劳动能力的监测对象通过低保一兜了之", "有劳动能力的优先落实产业、就业帮扶，十日内制定计划", "专项整治"},
	{"1", "工作落实", "监测对象风险消除", "风险消除把关不严", "对已消除风险的再走访再排查，不稳定的予以回退", "专项整治"},
	{"1", "政策落实", "医疗保障", "个别农户医疗费用负担较重", "自付负担较重的，经申请审核给予再救助", "持续整改"},
	{"2", "工作落实", "饮水安全", "个别取水点水质检测记录不全", "补齐检测记录，公示检测结果", "立行立改"},
	{"2", "政策落实", "党委政府主体责任", "衔接资金项目公示公告不规范", "严格执行公示公告制度，补充公示", "立行立改"},
	{"2", "工作落实", "住房安全问题", "个别农户住房安全鉴定资料缺失", "逐户补充鉴定，建立台账", "立行立改"},
	{"2", "工作落实", "农户家庭收支", "收入测算口径不一", "统一收入计算口径，谁采集、谁录入、谁负责", "立行立改"},
	{"2", "工作落实", "饮水安全", "农村供水监测调度不够", "巩固供水成果监测一月一调度", "持续整改"},
	{"2", "责任落实", "监测户联系人责任", "个别监测对象未落实结对帮扶责任人", "落实五个一结对帮扶，逐户明确责任人", "立行立改"},
	{"3", "巩固成果", "易地扶贫搬迁后续扶持", "易地搬迁集中安置点后续扶持不足", "把集中安置点作为重点区域，逐户排查", "持续整改"},
	{"3", "政策落实", "医疗保障", "个别人员未参加基本医疗保险", "逐人动员，无力缴纳的名单反馈部门帮扶", "立行立改"},
	{"3", "工作落实", "监测对象识别", "系统信息与实际不符", "开展问题数据清洗，做到账实相符、账账相符", "立行立改"},
	{"3", "责任落实", "驻村工作组责任", "驻村工作队驻村时间不足", "严格执行每月驻村不少于二十天", "持续整改"},
	{"3", "工作落实", "监测对象识别", "排查走过场，排查表填写不规范", "排查责任人签字负责，每半年开展一次全覆盖排查", "专项整治"},
}

// ExampleWorkbook writes the example as an office would send it round: a title, the
// headings, and a line across the sheet before each category.
func ExampleWorkbook(w io.Writer) error {
	x := excelize.NewFile()
	defer x.Close()
	const sheet = "问题清单"
	if err := x.SetSheetName("Sheet1", sheet); err != nil {
		return err
	}
	rows := [][]any{{"考核评估反馈问题清单、整改措施清单和责任清单（示例）"}, {"序号", "问题类型", "问题性质", "具体问题", "整改措施", "整改类别", "责任单位", "备注"}}
	source := ""
	for i, p := range exampleProblems {
		if p[0] != source {
			source = p[0]
			rows = append(rows, []any{exampleSources[source[0]-'0']})
		}
		remark := ""
		if slices.Contains(filledIn, i+1) {
			remark = "示例补充，非来源方案所列"
		}
		rows = append(rows, []any{i + 1, p[1], p[2], p[3], p[4], p[5], "各村、镇乡村振兴办公室", remark})
	}
	for i, row := range rows {
		if err := x.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	if err := examplePlan(x); err != nil {
		return err
	}
	return x.Write(w)
}

// examplePlan adds the plan itself, from which a programme is typed in; the import
// passes over this sheet.
func examplePlan(x *excelize.File) error {
	const sheet = "方案"
	if _, err := x.NewSheet(sheet); err != nil {
		return err
	}
	p := Example("", exampleYear)
	rows := [][]any{{"方案名称", p.Title}, {"依据", p.SourcePaper}, {"正文", p.Plan}, {"截止日期", p.CutOff}}
	for _, ph := range p.Phases {
		rows = append(rows, []any{ph.Title, ph.From, ph.Until})
	}
	for _, e := range p.Events {
		rows = append(rows, []any{e.Title, e.On})
	}
	for i, row := range rows {
		if err := x.SetSheetRow(sheet, fmt.Sprintf("A%d", i+1), &row); err != nil {
			return err
		}
	}
	return nil
}
