package api

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	openapitypes "github.com/oapi-codegen/runtime/types"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// exportPage is how many rows are read at a time.
const exportPage = 500

// exportFilter narrows a list by the parameters of its operation.
type exportFilter map[string]any

func (f exportFilter) with(more exportFilter) exportFilter {
	out := exportFilter{}
	maps.Copy(out, f)
	maps.Copy(out, more)
	return out
}

// exportList is a list that can be taken out: the operation that shows it, its columns, and its rows page by page. What is
// exported is what that operation answers to the viewer: the same rows in the same order, hidden and masked as on the screen.
// A page answers with the cursor of the next, "" when there is no more. total asks the operation how many rows there are; nil
// where a row of the workbook is not one of the operation's.
type exportList struct {
	title, path string
	columns     []string
	page        func(s *server, ctx context.Context, f exportFilter, cursor string, limit int) (rows [][]string, next string, err error)
	total       func(s *server, ctx context.Context, f exportFilter) (int, error)
}

// exportOf makes a list of an operation: pages are its answers, items are what a page holds, cells a row of the workbook.
func exportOf[Request, Response, Page, Item any](title, path string, columns []string, ask func(*server, context.Context, Request) (Response, error),
	items func(Page) ([]Item, string), cells func(Item) []string) exportList {
	return exportList{title, path, columns, func(s *server, ctx context.Context, f exportFilter, cursor string, limit int) ([][]string, string, error) {
		page, err := answerOf[Request, Response, Page](s, ctx, ask, f, cursor, limit)
		if err != nil {
			return nil, "", err
		}
		list, next := items(page)
		var rows [][]string
		for _, x := range list {
			rows = append(rows, cells(x))
		}
		return rows, next, nil
	}, totalOf[Request, Response, Page](path, ask)}
}

// totalOf asks an operation how many rows its list has; 0 of one that does not count them.
func totalOf[Request, Response, Page any](path string, ask func(*server, context.Context, Request) (Response, error)) func(*server, context.Context, exportFilter) (int, error) {
	return func(s *server, ctx context.Context, f exportFilter) (int, error) {
		if s.filters(path)["count"] == nil {
			return 0, nil
		}
		page, err := answerOf[Request, Response, Page](s, ctx, ask, f.with(exportFilter{"count": true}), "", 1)
		if err != nil {
			return 0, err
		}
		raw, err := json.Marshal(page)
		if err != nil {
			return 0, err
		}
		var counted struct{ Total int }
		return counted.Total, json.Unmarshal(raw, &counted)
	}
}

// answerOf asks an operation with a filter as its parameters.
func answerOf[Request, Response, Page any](s *server, ctx context.Context, ask func(*server, context.Context, Request) (Response, error), f exportFilter, cursor string, limit int) (page Page, err error) {
	raw, err := json.Marshal(map[string]any{"id": f["id"], "Params": f.with(exportFilter{"cursor": cursor, "limit": limit})})
	if err != nil {
		return page, err
	}
	var r Request
	if err := json.Unmarshal(raw, &r); err != nil {
		return page, err
	}
	answer, err := ask(s, ctx, r)
	if err == nil {
		page = any(answer).(Page)
	}
	return page, err
}

var (
	caseColumns    = []string{"编号", "程序", "对象", "说明", "区划", "部门", "状态", "开启时间", "办理期限", "是否逾期", "办结时间"}
	lineColumns    = []string{"分派", "已入户", "已上交", "已审核", "退回"}
	problemColumns = []string{"整改类别", "责任人", "整改期限", "提醒级别"}
	figureColumns  = []string{"问题", "未完成", "逾期", "已完成"}
)

var exportLists = map[string]exportList{
	"tasks": exportOf("待办", "/tasks", []string{"事项编号", "程序", "待办", "说明", "区划", "岗位", "部门", "环节", "办理期限", "是否逾期", "领取人", "本人已领取"}, (*server).ListTasks,
		func(p gen.ListTasks200JSONResponse) ([]gen.Task, string) { return p.Items, p.NextCursor },
		func(t gen.Task) []string {
			return []string{t.CaseNo, t.ProcedureTitle, scrub(t.Title), scrub(t.Brief), t.RegionName, t.RoleTitle, t.DeptTitle, t.StateTitle, moment(t.DueAt), yes(t.Overdue), t.ClaimedBy.Name, yes(t.Mine)}
		}),
	"cases": exportOf("事项", "/cases", caseColumns, (*server).ListCases,
		func(p gen.ListCases200JSONResponse) ([]gen.CaseSummary, string) { return p.Items, p.NextCursor }, caseCells),
	"problems": {"问题整改台账", "/cases", append(slices.Clone(caseColumns), "问题类型", "问题性质", "整改期限"), exportProblems, problemTotal},
	"households": exportOf("农户", "/households", []string{"户编号", "户主", "区划", "组", "人口", "户类型", "状态", "联系电话", "在办事项"}, (*server).ListHouseholds,
		func(p gen.ListHouseholds200JSONResponse) ([]gen.HouseholdItem, string) { return p.Items, p.NextCursor },
		func(h gen.HouseholdItem) []string {
			return []string{h.HouseholdNo, h.HeadName, h.RegionName, h.Group, strconv.Itoa(h.Population), orText(baseTypes[h.BaseType], h.BaseType), h.StatusTitle, h.PhoneMasked, strconv.Itoa(h.OpenCases)}
		}),
	"persons": {"家庭成员", "/households", []string{"户编号", "户主", "区划", "姓名", "与户主关系", "性别", "年龄", "证件号", "联系电话", "文化程度", "在校情况", "劳动能力", "健康状况", "残疾情况"}, exportPersons, nil},
	"household_cases": exportOf("农户的事项", "/households/{id}/cases", caseColumns, (*server).ListHouseholdCases,
		func(p gen.ListHouseholdCases200JSONResponse) ([]gen.CaseSummary, string) {
			return p.Items, p.NextCursor
		}, caseCells),
	"members": exportOf("家庭成员", "/households/{id}/members", []string{"姓名", "与户主关系", "性别", "年龄", "证件号", "联系电话"}, (*server).ListMembers,
		func(p gen.ListMembers200JSONResponse) ([]gen.Member, string) { return p.Items, "" },
		func(m gen.Member) []string {
			return []string{m.Name, m.Relation, m.Sex, count(m.Age), m.IDNoMasked, m.PhoneMasked}
		}),
	"episodes": exportOf("监测记录", "/households/{id}", []string{"次", "类别", "纳入时间", "消除日期", "消除方式", "撤销时间", "回退时间"}, (*server).GetHousehold,
		func(p gen.GetHousehold200JSONResponse) ([]gen.Episode, string) { return p.Episodes, "" },
		func(e gen.Episode) []string {
			return []string{strconv.Itoa(e.No), e.Category, moment(e.OpenedAt), dayText(e.ClosedOn), e.Method, moment(e.RevokedAt), moment(e.RolledBackAt)}
		}),
	"form_records": exportOf("填写的表", "/form-records", []string{"表", "对象", "区划", "期", "状态", "采集人", "录入人", "复核人", "更新时间"}, (*server).ListFormRecords,
		func(p gen.ListFormRecords200JSONResponse) ([]gen.FormRecordItem, string) {
			return p.Items, p.NextCursor
		},
		func(r gen.FormRecordItem) []string {
			return []string{r.Info.Title, r.Subject, r.RegionName, r.Period, r.StateTitle, r.Collector.Name, r.EnteredBy.Name, r.CheckedBy.Name, moment(r.UpdatedAt)}
		}),
	"papers": exportOf("文书", "/papers", []string{"文号", "名称", "收件人", "区划", "出具单位", "签发时间", "签发人", "公开期限", "作废时间", "作废理由"}, (*server).ListPapers,
		func(p gen.ListPapers200JSONResponse) ([]gen.Paper, string) { return p.Items, p.NextCursor },
		func(p gen.Paper) []string {
			return []string{p.Number, p.Title, p.Person, p.RegionName, p.OfficeName, moment(p.IssuedAt), p.IssuedBy, dayText(p.PublishBy), moment(p.VoidedAt), scrub(p.VoidReason)}
		}),
	"messages": exportOf("消息", "/messages", []string{"时间", "标题", "内容", "紧急", "已读"}, (*server).ListMessages,
		func(p gen.ListMessages200JSONResponse) ([]gen.Message, string) {
			var all []gen.Message
			for _, g := range p.Groups {
				all = append(all, g.Items...)
			}
			return all, p.NextCursor
		},
		func(m gen.Message) []string {
			return []string{moment(m.At), scrub(m.Title), scrub(m.Body), yes(m.Urgent), yes(!m.ReadAt.IsZero())}
		}),
	"absences": exportOf("请假代办", "/absences", []string{"请假人员", "事由", "自", "至", "状态", "代办", "登记人", "登记时间"}, (*server).ListAbsences,
		func(p gen.ListAbsences200JSONResponse) ([]gen.Absence, string) { return p.Items, p.NextCursor },
		func(a gen.Absence) []string {
			return []string{a.User.Name, a.ReasonTitle, dayText(a.From), dayText(a.Until), a.StatusTitle, substituteText(a.Substitutes), a.EnteredBy.Name, moment(a.CreatedAt)}
		}),
	"supervisions": exportOf("督办通知", "/supervisions", []string{"文号", "事项编号", "对象", "说明", "区划", "因何发出", "发出人", "整改期限", "印发时间", "回复时间"}, (*server).ListSupervisions,
		func(p gen.ListSupervisions200JSONResponse) ([]gen.SupervisionItem, string) {
			return p.Items, p.NextCursor
		},
		func(x gen.SupervisionItem) []string {
			n := x.Notice
			return []string{n.No, x.Case.No, x.Case.Household.HeadName, x.Brief, x.Case.RegionName, n.Reason, n.IssuedBy, dayText(n.DueOn), moment(n.IssuedAt), moment(n.RepliedAt)}
		}),
	"programmes": exportOf("整改方案", "/programmes", []string{"编号", "方案", "区划", "截止日期", "问题", "未完成", "逾期"}, (*server).ListProgrammes,
		func(p gen.ListProgrammes200JSONResponse) ([]gen.Programme, string) { return p.Items, p.NextCursor },
		func(p gen.Programme) []string {
			return append([]string{p.No, p.Title, p.RegionName, dayText(p.CutOff)}, numbers(p.Total, p.Open, p.Overdue)...)
		}),
	"programme_problems": exportOf("方案的问题", "/programmes/{id}/problems", append(slices.Clone(caseColumns), problemColumns...), (*server).ListProgrammeProblems,
		func(p gen.ListProgrammeProblems200JSONResponse) ([]gen.ProgrammeProblem, string) {
			return p.Items, p.NextCursor
		}, programmeProblemCells),
	"programme_villages": progressList("方案进度（按村）", "村", func(p gen.ProgressNumbers) []gen.ProgressLine { return p.Villages }),
	"programme_people":   progressList("方案进度（按责任人）", "责任人", func(p gen.ProgressNumbers) []gen.ProgressLine { return p.Responsible }),
	"runs": exportOf("检查记录", "/runs", []string{"类别", "区划", "开始", "结束", "状态", "户数", "已过", "查看", "新立", "重新立", "已有", "不再发现", "已在监测", "发起人"}, (*server).ListRuns,
		func(p gen.ListRuns200JSONResponse) ([]gen.Run, string) { return p.Items, p.NextCursor },
		func(r gen.Run) []string {
			return slices.Concat([]string{runKinds[r.Kind], r.RegionName, moment(r.CreatedAt), moment(r.EndedAt), runStates[r.State]},
				numbers(r.Total, r.Passed, r.Looked, r.Opened, r.Renewed, r.Standing, r.Gone, r.Watched), []string{r.AskedBy})
		}),
	"run_rules": exportOf("各规则的结果", "/runs/{id}", []string{"规则", "编号", "发现", "不能判断"}, (*server).GetRun,
		func(p gen.GetRun200JSONResponse) ([]gen.RunRule, string) { return p.Rules, "" },
		func(r gen.RunRule) []string {
			return append([]string{r.Title, r.Group}, numbers(r.Hits, r.Unjudged)...)
		}),
	"run_groups": exportOf("等待派发的", "/runs/{id}/groups", []string{"村", "建议的责任人", "户", "件"}, (*server).GroupHits,
		func(p gen.GroupHits200JSONResponse) ([]gen.HitGroup, string) { return p.Items, "" },
		func(g gen.HitGroup) []string {
			return append([]string{g.RegionName, g.StaffName}, numbers(g.Households, g.Hits)...)
		}),
	"run_hits": exportOf("发现的情况", "/runs/{id}/hits", []string{"户编号", "户主", "区划", "规则", "情况", "发现", "最近发现", "事项状态"}, (*server).ListHits,
		func(p gen.ListHits200JSONResponse) ([]gen.Hit, string) { return p.Items, p.NextCursor },
		func(h gen.Hit) []string {
			message := scrub(h.Message)
			if h.Hidden {
				message = "（不可见）"
			}
			return []string{h.Household.HouseholdNo, h.Household.HeadName, h.RegionName, h.Title, message, moment(h.FoundAt), moment(h.SeenAt), h.CaseState}
		}),
	"campaign_phases": exportOf("行动阶段", "/campaigns/{id}", []string{"阶段", "自", "至", "完成标准", "状态", "是否逾期"}, (*server).GetCampaign,
		func(p gen.GetCampaign200JSONResponse) ([]gen.CampaignPhase, string) { return p.Phases, "" },
		func(p gen.CampaignPhase) []string {
			return []string{p.Title, dayText(p.From), dayText(p.Until), p.Gate, phaseStates[p.State], yes(p.Overdue)}
		}),
	"campaign_villages":  campaignLines("各村进度", "村", func(p gen.GetCampaign200JSONResponse) []gen.CampaignLine { return p.Villages }),
	"campaign_surveyors": campaignLines("各调查员进度", "调查员", func(p gen.GetCampaign200JSONResponse) []gen.CampaignLine { return p.Surveyors }),
	"campaign_days": exportOf("逐日进度", "/campaigns/{id}", []string{"日期", "分派", "已入户", "已上交", "已审核", "退回", "问题", "已销号", "逾期"}, (*server).GetCampaign,
		func(p gen.GetCampaign200JSONResponse) ([]gen.CampaignDay, string) { return p.Trend, "" },
		func(d gen.CampaignDay) []string {
			return append([]string{dayText(d.Day)}, numbers(d.Assigned, d.Visited, d.HandedIn, d.Passed, d.Returned, d.Found, d.Closed, d.Overdue)...)
		}),
	"campaign_people": exportOf("工作组人员", "/campaigns/{id}", []string{"组", "区域", "职责", "姓名", "已培训"}, (*server).GetCampaign,
		func(p gen.GetCampaign200JSONResponse) ([]gen.CampaignPerson, string) { return p.People, "" },
		func(p gen.CampaignPerson) []string { return []string{p.Group, p.Area, p.Duty, p.Name, yes(p.Trained)} }),
	"campaign_coverage": exportOf("行动范围", "/campaigns/{id}/coverage", []string{"户编号", "户主", "村", "户表编码", "调查员", "户表状态", "已有结果", "结果"}, (*server).ListCoverage,
		func(p gen.ListCoverage200JSONResponse) ([]gen.CoverageItem, string) { return p.Items, p.NextCursor },
		func(x gen.CoverageItem) []string {
			return []string{x.Household.HouseholdNo, x.Household.HeadName, x.RegionName, x.Code, x.Surveyor.Name, x.FormState, yes(x.Done), x.ResultTitle}
		}),
	"campaign_sample": exportOf("抽查样本", "/campaigns/{id}/sample", []string{"户编号", "户主", "村", "调查员", "结果", "问题"}, (*server).GetSample,
		func(p gen.GetSample200JSONResponse) ([]gen.SampleItem, string) { return p.Items, "" },
		func(x gen.SampleItem) []string {
			return []string{x.Household.HouseholdNo, x.Household.HeadName, x.RegionName, x.Surveyor.Name, orText(sampleResults[x.Result], "尚未抽查"), scrub(x.Brief)}
		}),
	"figures_stages": figuresList("各环节在办", []string{"程序", "环节", "在办", "逾期"}, func(f gen.GetFigures200JSONResponse) []gen.StageFigure { return f.Stages },
		func(x gen.StageFigure) []string {
			return append([]string{x.ProcedureTitle, x.StateTitle}, numbers(x.Open, x.Overdue)...)
		}),
	"figures_villages": figuresList("各村在办", []string{"村", "在办", "逾期"}, func(f gen.GetFigures200JSONResponse) []gen.VillageFigure { return f.Villages },
		func(x gen.VillageFigure) []string { return append([]string{x.Title}, numbers(x.Open, x.Overdue)...) }),
	"figures_campaigns": figuresList("排查进度", []string{"行动", "村", "户数", "已有结果"}, func(f gen.GetFigures200JSONResponse) []gen.CampaignFigure { return f.Campaigns },
		func(x gen.CampaignFigure) []string {
			return append([]string{x.Title, x.RegionName}, numbers(x.Households, x.Done)...)
		}),
	"figures_risks": figuresList("风险类型", []string{"风险", "监测户"}, func(f gen.GetFigures200JSONResponse) []gen.RiskFigure { return f.Risks },
		func(x gen.RiskFigure) []string {
			if x.Masked {
				return []string{x.Title, "—"}
			}
			return []string{x.Title, strconv.Itoa(x.Households)}
		}),
	"figures_departments": figuresList("部门比对时效", []string{"部门", "送达", "已答复", "逾期", "中位数（天）", "九成以内（天）"}, func(f gen.GetFigures200JSONResponse) []gen.DepartmentFigure { return f.Departments },
		func(x gen.DepartmentFigure) []string {
			days := []string{"—", "—"}
			if x.Answered > 0 {
				days = []string{strconv.FormatFloat(float64(x.MedianDays), 'f', -1, 32), strconv.FormatFloat(float64(x.P90Days), 'f', -1, 32)}
			}
			return slices.Concat([]string{x.Title}, numbers(x.Asked, x.Answered, x.Overdue), days)
		}),
	"figures_classes": figuresList("问题整改（按类别）", append([]string{"类别"}, figureColumns...), func(f gen.GetFigures200JSONResponse) []gen.ProgressLine { return f.Rectification.Classes }, progressCells),
	"figures_levels":  figuresList("问题整改（按对象）", append([]string{"对象"}, figureColumns...), func(f gen.GetFigures200JSONResponse) []gen.ProgressLine { return f.Rectification.Levels }, progressCells),
	"figures_days": figuresList("问题整改（逐日）", []string{"日期", "未完成", "按期限应不超过"}, func(f gen.GetFigures200JSONResponse) []gen.ProgressDay { return f.BurnDown },
		func(d gen.ProgressDay) []string {
			open := ""
			if d.Open != nil {
				open = strconv.Itoa(*d.Open)
			}
			return []string{dayText(d.Day), open, strconv.Itoa(d.Planned)}
		}),
	"figures_problems": exportOf("统计所计的问题", "/figures/problems", append(slices.Clone(caseColumns), problemColumns...), (*server).ListFigureProblems,
		func(p gen.ListFigureProblems200JSONResponse) ([]gen.ProgrammeProblem, string) { return p.Items, "" }, programmeProblemCells),
	"dept_lists": exportOf("部门名单", "/dept-lists", []string{"部门", "类别", "区划", "文件", "数据截止日期", "行数", "有误", "在册", "待核对", "不在册", "线索", "预警", "导入时间"}, (*server).ListDeptLists,
		func(p gen.ListDeptLists200JSONResponse) ([]gen.DeptList, string) { return p.Items, p.NextCursor },
		func(x gen.DeptList) []string {
			return []string{x.DeptTitle, x.KindTitle, x.RegionName, x.File, x.AsOf, strconv.Itoa(x.Rows), strconv.Itoa(x.Rejected),
				count(x.Matched), count(x.Doubtful), count(x.Outside), count(x.Clues), count(x.Alerts), moment(x.CreatedAt)}
		}),
	"pattern_hits": patternHitsList(),
	"engagements":  engagementsList(),
	"dept_reviews": exportOf("疑似人员核对", "/dept-reviews", []string{"部门", "类别", "数据截止日期", "行", "姓名", "村", "证件号", "出生年", "原因", "疑似人员"}, (*server).ListDeptReviews,
		func(p gen.ListDeptReviews200JSONResponse) ([]gen.DeptReview, string) { return p.Items, p.NextCursor },
		func(x gen.DeptReview) []string {
			return []string{x.DeptTitle, x.KindTitle, x.AsOf, strconv.Itoa(x.Line), x.Name, x.Village, x.IDNoMasked, x.BirthYear, x.ReasonTitle, candidateText(x.Candidates)}
		}),
}

var (
	runKinds      = map[gen.RunKind]string{models.RunQuality: "数据质量检查", models.RunScreening: "风险排查比对", models.RunTrial: "本地规则试算"}
	runStates     = map[gen.RunState]string{models.RunWaiting: "等待中", models.RunRunning: "进行中", models.RunDone: "已完成", models.RunCancelled: "已取消", models.RunFailed: "没有办成"}
	phaseStates   = map[gen.CampaignPhaseState]string{"done": "已完成", "current": "进行中", "ahead": "未开始"}
	sampleResults = map[gen.SampleItemResult]string{"pass": "合格", "fail": "不合格"}
)

func progressList(title, first string, lines func(gen.ProgressNumbers) []gen.ProgressLine) exportList {
	return exportOf(title, "/programmes/{id}", append([]string{first}, figureColumns...), (*server).GetProgramme,
		func(p gen.GetProgramme200JSONResponse) ([]gen.ProgressLine, string) { return lines(p.Progress), "" }, progressCells)
}

func progressCells(l gen.ProgressLine) []string {
	return append([]string{l.Title}, numbers(l.Total, l.Open, l.Overdue, l.Done)...)
}

func campaignLines(title, first string, lines func(gen.GetCampaign200JSONResponse) []gen.CampaignLine) exportList {
	return exportOf(title, "/campaigns/{id}", append([]string{first}, lineColumns...), (*server).GetCampaign,
		func(p gen.GetCampaign200JSONResponse) ([]gen.CampaignLine, string) { return lines(p), "" },
		func(l gen.CampaignLine) []string {
			return append([]string{l.Title}, numbers(l.Assigned, l.Visited, l.HandedIn, l.Passed, l.Returned)...)
		})
}

func figuresList[Item any](title string, columns []string, part func(gen.GetFigures200JSONResponse) []Item, cells func(Item) []string) exportList {
	return exportOf(title, "/figures", columns, (*server).GetFigures, func(f gen.GetFigures200JSONResponse) ([]Item, string) { return part(f), "" }, cells)
}

func caseCells(c gen.CaseSummary) []string {
	return []string{c.No, c.ProcedureTitle, c.Household.HeadName, scrub(c.Brief), c.RegionName, c.DeptTitle, c.StateTitle, moment(c.OpenedAt), moment(c.DueAt), yes(c.Overdue), moment(c.ClosedAt)}
}

func programmeProblemCells(p gen.ProgrammeProblem) []string {
	return append(caseCells(p.Case), p.ClassTitle, p.Responsible, dayText(p.DueOn), p.LevelTitle)
}

func numbers(ns ...int) []string {
	out := make([]string, len(ns))
	for i, n := range ns {
		out[i] = strconv.Itoa(n)
	}
	return out
}

// count is a number that is left out where there is none or it is not told.
func count(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func substituteText(subs []gen.Substitute) string {
	var out []string
	for _, x := range subs {
		out = append(out, x.RegionName+x.DeptTitle+x.RoleTitle+"："+x.User.Name)
	}
	return strings.Join(out, "；")
}

func candidateText(list []gen.DeptCandidate) string {
	var out []string
	for _, c := range list {
		out = append(out, c.RegionName+" "+c.HeadName+"户 "+c.Name)
	}
	return strings.Join(out, "；")
}

// exportPersons are the members of the households of a list.
func exportPersons(s *server, ctx context.Context, f exportFilter, cursor string, limit int) ([][]string, string, error) {
	page, err := answerOf[gen.ListHouseholdsRequestObject, gen.ListHouseholdsResponseObject, gen.ListHouseholds200JSONResponse](s, ctx, (*server).ListHouseholds, f, cursor, limit)
	if err != nil {
		return nil, "", err
	}
	ids := make([]string, len(page.Items))
	for i, h := range page.Items {
		ids[i] = h.ID
	}
	var households []models.Household
	if err := s.db(ctx).Where("id IN ?", ids).Find(&households).Error; err != nil {
		return nil, "", err
	}
	over, err := s.overHouseholds(ctx, viewerOf(ctx), households...)
	if err != nil {
		return nil, "", err
	}
	see := map[string]eyes{}
	for i := range households {
		see[households[i].ID] = viewerOf(ctx).eyesUnder(over(&households[i])).purposed() // the reason stands in the record of the export
	}
	var people []models.Person
	if err := s.db(ctx).Where("household_id IN ? AND left_at IS NULL", ids).Order("household_id, ord, id").Find(&people).Error; err != nil {
		return nil, "", err
	}
	of := map[string][]models.Person{}
	for _, p := range people {
		of[p.HouseholdID] = append(of[p.HouseholdID], p)
	}
	var out [][]string
	for _, h := range page.Items {
		for i := range of[h.ID] {
			cells, err := s.personCells(&of[h.ID][i], see[h.ID])
			if err != nil {
				return nil, "", err
			}
			out = append(out, append([]string{h.HouseholdNo, h.HeadName, h.RegionName}, cells...))
		}
	}
	return out, page.NextCursor, nil
}

// personCells are what a list of members shows of one.
func (s *server) personCells(p *models.Person, see eyes) ([]string, error) {
	secret, err := p.Secret(s.engine.Store.Vault)
	if err != nil {
		return nil, err
	}
	m := member(p, secret, see, s.today())
	age := ""
	if m.Age > 0 || see.see.of(procedure.P2) != hidden && secret.BirthDate != "" {
		age = strconv.Itoa(m.Age)
	}
	cells := []string{m.Name, m.Relation, m.Sex, age, m.IDNoMasked, m.PhoneMasked}
	for _, code := range []string{"education", "school", "labour", "health", "disability"} {
		cells = append(cells, factText(m.Facts, code))
	}
	return cells, nil
}

// factText is a fact as it may be seen; one that is hidden says so.
func factText(facts []gen.Fact, code string) string {
	for _, f := range facts {
		if f.Code == code {
			if f.Hidden && f.Text == "" {
				return "（不可见）"
			}
			return f.Text
		}
	}
	return ""
}

// exportProblems are the problems of a list of cases, with the columns of the ledger of problems (S003).
func exportProblems(s *server, ctx context.Context, f exportFilter, cursor string, limit int) ([][]string, string, error) {
	only := f.with(exportFilter{"procedure": "rectification"})
	page, err := answerOf[gen.ListCasesRequestObject, gen.ListCasesResponseObject, gen.ListCases200JSONResponse](s, ctx, (*server).ListCases, only, cursor, limit)
	if err != nil {
		return nil, "", err
	}
	ids := make([]string, len(page.Items))
	for i, c := range page.Items {
		ids[i] = c.ID
	}
	var cases []models.Case
	if err := s.db(ctx).Where("id IN ?", ids).Find(&cases).Error; err != nil {
		return nil, "", err
	}
	cells := map[string][]string{}
	for i := range cases {
		snapshot, err := s.engine.Snapshot(s.db(ctx), cases[i].PolicyHash)
		if err != nil {
			return nil, "", err
		}
		cells[cases[i].ID] = problemCells(&cases[i], snapshot)
	}
	var out [][]string
	for _, c := range page.Items {
		out = append(out, append(caseCells(c), cells[c.ID]...))
	}
	return out, page.NextCursor, nil
}

// problemTotal is how many rows that has.
func problemTotal(s *server, ctx context.Context, f exportFilter) (int, error) {
	count := totalOf[gen.ListCasesRequestObject, gen.ListCasesResponseObject, gen.ListCases200JSONResponse]("/cases", (*server).ListCases)
	return count(s, ctx, f.with(exportFilter{"procedure": "rectification"}))
}

// problemCells are what the ledger of problems tells more than a list of cases.
func problemCells(c *models.Case, p policy.Snapshot) []string {
	return []string{p.Title("problem_type_set", c.Facts.Text("problem_type")), p.Title("problem_nature_set", c.Facts.Text("nature")), c.LastDay("due_on")}
}

// moment is a time in the county, to the minute; "" without one.
func moment(t time.Time) string {
	if t.IsZero() || !t.Before(models.FarFuture) {
		return ""
	}
	return t.In(policy.Shanghai).Format("2006-01-02 15:04")
}

// dayText is a date; "" without one.
func dayText(d openapitypes.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Format(time.DateOnly)
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}
