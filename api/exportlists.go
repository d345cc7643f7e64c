package api

import (
	"context"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/deptlist"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// exportPage is how many rows are read at a time.
const exportPage = 500

// exportFilter narrows a list as its page does.
type exportFilter struct {
	Village, Procedure, State string
	Open, Overdue             bool
}

// exportList is a list that can be taken out: its columns, and its rows page by page in the order of a key. A page answers
// with the key of its last row, "" when there is no more. What a viewer does not see is hidden or masked in it as on the
// screen: numbers, telephones and addresses always.
type exportList struct {
	title   string
	columns []string
	page    func(s *server, ctx context.Context, v *viewer, f exportFilter, after string) (rows [][]string, next string, err error)
}

var caseColumns = []string{"编号", "程序", "对象", "区划", "部门", "状态", "开启时间", "办理期限", "是否逾期", "办结时间"}

var exportLists = map[string]exportList{
	"households": {"农户", []string{"户编号", "户主", "区划", "组", "人口", "户类型", "状态", "联系电话"}, (*server).exportHouseholds},
	"persons": {"家庭成员", []string{"户编号", "户主", "区划", "姓名", "与户主关系", "性别", "年龄", "证件号", "联系电话", "文化程度", "在校情况", "劳动能力", "健康状况", "残疾情况"},
		(*server).exportPersons},
	"cases":        {"事项", caseColumns, exportCases(nil)},
	"problems":     {"问题整改台账", append(slices.Clone(caseColumns), "具体问题", "问题类型", "问题性质", "整改期限"), exportCases(problemCells, "rectification")},
	"forms":        {"户表村表", caseColumns, exportCases(nil, "household_form", "village_form")},
	"data_issues":  {"问题数据", caseColumns, exportCases(nil, "data_issue")},
	"visits":       {"走访记录", caseColumns, exportCases(nil, "visit_task")},
	"tasks":        {"待办", []string{"程序", "对象", "区划", "岗位", "状态", "办理期限", "是否逾期", "本人已领取"}, (*server).exportTasks},
	"messages":     {"消息", []string{"时间", "标题", "内容", "已读"}, (*server).exportMessages},
	"supervisions": {"督办通知", []string{"文号", "事项编号", "对象", "区划", "整改期限", "印发时间", "回复时间"}, (*server).exportSupervisions},
	"dept_lists":   {"部门名单", []string{"部门", "类别", "区划", "文件", "数据截止日期", "行数", "有误", "在册", "待核对", "不在册", "线索", "预警", "导入时间"}, (*server).exportDeptLists},
	"dept_reviews": {"疑似人员核对", []string{"部门", "类别", "数据截止日期", "行", "姓名", "村", "证件号", "出生年", "原因", "疑似人员", "疑似户主"}, (*server).exportDeptReviews},
}

// lastKey is the key for the next page.
func lastKey[T any](rows []T, key func(T) string) string {
	if len(rows) < exportPage {
		return ""
	}
	return key(rows[len(rows)-1])
}

func (s *server) householdsAfter(ctx context.Context, v *viewer, f exportFilter, after string) ([]models.Household, error) {
	tx := s.scopeHouseholds(s.db(ctx).Model(&models.Household{}), v)
	if f.Village != "" {
		c := within("households.region_code", f.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	if f.State != "" {
		tx = tx.Where("households.status = ?", f.State)
	}
	if len(after) > 12 {
		tx = tx.Where("(households.region_code, households.id) > (?, ?)", after[:12], after[12:])
	}
	var rows []models.Household
	err := tx.Order("households.region_code, households.id").Limit(exportPage).Find(&rows).Error
	return rows, err
}

func householdKey(h models.Household) string { return h.RegionCode + h.ID }

func (s *server) householdLabels(ctx context.Context, rows []models.Household) (*labels, error) {
	var want codes
	for _, h := range rows {
		want.regions = append(want.regions, h.RegionCode)
	}
	return s.labels(ctx, want)
}

func (s *server) exportHouseholds(ctx context.Context, v *viewer, f exportFilter, after string) ([][]string, string, error) {
	rows, err := s.householdsAfter(ctx, v, f, after)
	if err != nil {
		return nil, "", err
	}
	l, err := s.householdLabels(ctx, rows)
	if err != nil {
		return nil, "", err
	}
	var out [][]string
	for i := range rows {
		x, err := s.householdItem(v, &rows[i], l, 0)
		if err != nil {
			return nil, "", err
		}
		out = append(out, []string{x.HouseholdNo, x.HeadName, x.RegionName, x.Group, strconv.Itoa(x.Population), orText(baseTypes[x.BaseType], x.BaseType), x.StatusTitle, x.PhoneMasked})
	}
	return out, lastKey(rows, householdKey), nil
}

func (s *server) exportPersons(ctx context.Context, v *viewer, f exportFilter, after string) ([][]string, string, error) {
	rows, err := s.householdsAfter(ctx, v, f, after)
	if err != nil {
		return nil, "", err
	}
	l, err := s.householdLabels(ctx, rows)
	if err != nil {
		return nil, "", err
	}
	ids := make([]string, len(rows))
	for i, h := range rows {
		ids[i] = h.ID
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
	for i := range rows {
		see, _ := s.householdEyes(v, &rows[i])
		for j := range of[rows[i].ID] {
			cells, err := s.personCells(&of[rows[i].ID][j], see)
			if err != nil {
				return nil, "", err
			}
			out = append(out, append([]string{rows[i].No, rows[i].HeadName, l.region(rows[i].RegionCode)}, cells...))
		}
	}
	return out, lastKey(rows, householdKey), nil
}

// personCells are what a list of members shows of one.
func (s *server) personCells(p *models.Person, see sight) ([]string, error) {
	secret, err := p.Secret(s.engine.Store.Vault)
	if err != nil {
		return nil, err
	}
	m := member(p, secret, see, s.today())
	age := ""
	if m.Age > 0 || see.of(procedure.P2) != hidden && secret.BirthDate != "" {
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

// exportCases makes the list of the cases of some procedures, with more cells.
func exportCases(more func(*models.Case, policy.Snapshot) []string, procedures ...string) func(*server, context.Context, *viewer, exportFilter, string) ([][]string, string, error) {
	return func(s *server, ctx context.Context, v *viewer, f exportFilter, after string) ([][]string, string, error) {
		tx := s.narrowed(s.scopeCases(s.db(ctx).Model(&models.Case{}), v), f, procedures)
		if after != "" {
			tx = tx.Where("cases.id > ?", after)
		}
		var rows []models.Case
		if err := tx.Order("cases.id").Limit(exportPage).Find(&rows).Error; err != nil {
			return nil, "", err
		}
		items, err := s.summaries(ctx, rows)
		if err != nil {
			return nil, "", err
		}
		var out [][]string
		for i, x := range items {
			cells := []string{x.No, x.ProcedureTitle, scrub(rows[i].Subject), x.RegionName, x.DeptTitle, x.StateTitle, moment(x.OpenedAt), moment(x.DueAt), yes(x.Overdue), moment(x.ClosedAt)}
			if more != nil {
				snapshot, err := s.engine.Snapshot(s.db(ctx), rows[i].PolicyHash)
				if err != nil {
					return nil, "", err
				}
				cells = append(cells, more(&rows[i], snapshot)...)
			}
			out = append(out, cells)
		}
		return out, lastKey(rows, func(c models.Case) string { return c.ID }), nil
	}
}

func (s *server) narrowed(tx *gorm.DB, f exportFilter, procedures []string) *gorm.DB {
	switch {
	case len(procedures) > 0:
		tx = tx.Where("cases.procedure IN ?", procedures)
	case f.Procedure != "":
		tx = tx.Where("cases.procedure = ?", f.Procedure)
	default:
		tx = tx.Where(matters)
	}
	if f.State != "" {
		tx = tx.Where("cases.state = ?", f.State)
	}
	if f.Village != "" {
		c := casesWithin(f.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	if f.Open || f.Overdue {
		tx = tx.Where("cases.closed_at IS NULL")
	}
	if f.Overdue {
		tx = tx.Where("cases.due_at <= ?", s.engine.Clock.Now())
	}
	return tx
}

// problemCells are the columns of the ledger of problems (S003).
func problemCells(c *models.Case, p policy.Snapshot) []string {
	return []string{scrub(c.Facts.Text("brief")), p.Title("problem_type_set", c.Facts.Text("problem_type")), p.Title("problem_nature_set", c.Facts.Text("nature")), activities.LastDay(c, "due_on")}
}

// moment is a time in the county, to the minute; "" without one.
func moment(t time.Time) string {
	if t.IsZero() || !t.Before(models.FarFuture) {
		return ""
	}
	return t.In(policy.Shanghai).Format("2006-01-02 15:04")
}

func yes(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

func (s *server) exportTasks(ctx context.Context, v *viewer, f exportFilter, after string) ([][]string, string, error) {
	tx := scopeTasks(s.db(ctx).Model(&models.Task{}), v)
	if f.Procedure != "" {
		tx = tx.Where("tasks.procedure = ?", f.Procedure)
	}
	if f.Village != "" {
		c := within("tasks.region_code", f.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	now := s.engine.Clock.Now()
	if f.Overdue {
		tx = tx.Where("tasks.due_at <= ?", now)
	}
	if after != "" {
		tx = tx.Where("tasks.id > ?", after)
	}
	var rows []models.Task
	if err := tx.Order("tasks.id").Limit(exportPage).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	var want codes
	for _, t := range rows {
		want.regions = append(want.regions, t.RegionCode)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, "", err
	}
	var out [][]string
	for _, t := range rows {
		d, _ := procedure.Latest(t.Procedure)
		title, role := t.Procedure, string(t.Role)
		if d != nil {
			title = d.Title
		}
		if def, ok := procedure.RoleOf(t.Role); ok {
			role = def.Title
		}
		out = append(out, []string{title, scrub(t.Subject), l.region(t.RegionCode), role, stateTitle(d, t.State), moment(t.DueAt), yes(!now.Before(t.DueAt)), yes(t.AssigneeID == v.user.ID)})
	}
	return out, lastKey(rows, func(t models.Task) string { return t.ID }), nil
}

func (s *server) exportMessages(ctx context.Context, v *viewer, _ exportFilter, after string) ([][]string, string, error) {
	tx := s.delivered(ctx, v)
	if after != "" {
		tx = tx.Where("id > ?", after)
	}
	var rows []models.Message
	if err := tx.Order("id").Limit(exportPage).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	var out [][]string
	for _, m := range rows {
		out = append(out, []string{moment(m.DeliverAt), m.Title, scrub(m.Body), yes(m.ReadAt != nil)})
	}
	return out, lastKey(rows, func(m models.Message) string { return m.ID }), nil
}

func (s *server) exportSupervisions(ctx context.Context, v *viewer, f exportFilter, after string) ([][]string, string, error) {
	tx := s.scopeCases(s.db(ctx).Model(&models.SupervisionNotice{}).Select("supervision_notices.*").Joins("JOIN cases ON cases.id = supervision_notices.case_id"), v)
	if f.Open {
		tx = tx.Where("supervision_notices.replied_at IS NULL AND cases.closed_at IS NULL")
	}
	if after != "" {
		tx = tx.Where("supervision_notices.id > ?", after)
	}
	var rows []models.SupervisionNotice
	if err := tx.Order("supervision_notices.id").Limit(exportPage).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	var ids []string
	for _, n := range rows {
		ids = append(ids, n.CaseID)
	}
	var cases []models.Case
	if err := s.db(ctx).Where("id IN ?", distinct(ids)).Find(&cases).Error; err != nil {
		return nil, "", err
	}
	items, err := s.summaries(ctx, cases)
	if err != nil {
		return nil, "", err
	}
	var out [][]string
	for _, n := range rows {
		replied := ""
		if n.RepliedAt != nil {
			replied = moment(*n.RepliedAt)
		}
		i := slices.IndexFunc(cases, func(c models.Case) bool { return c.ID == n.CaseID })
		out = append(out, []string{n.No, cases[i].No, scrub(cases[i].Subject), items[i].RegionName, n.DueOn, moment(n.IssuedAt), replied})
	}
	return out, lastKey(rows, func(n models.SupervisionNotice) string { return n.ID }), nil
}

func (s *server) exportDeptLists(ctx context.Context, v *viewer, _ exportFilter, after string) ([][]string, string, error) {
	tx := scopeDeptLists(s.db(ctx).Model(&models.DeptList{}), v)
	if after != "" {
		tx = tx.Where("dept_lists.id > ?", after)
	}
	var rows []models.DeptList
	if err := tx.Order("dept_lists.id").Limit(exportPage).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	items, err := s.deptListViews(ctx, v, rows)
	if err != nil {
		return nil, "", err
	}
	var out [][]string
	for i, x := range items {
		counts := []string{"", "", "", "", ""}
		if seesMatches(v, rows[i].RegionCode) {
			for j, n := range []int{x.Matched, x.Doubtful, x.Outside, x.Clues, x.Alerts} {
				counts[j] = strconv.Itoa(n)
			}
		}
		out = append(out, slices.Concat([]string{x.DeptTitle, x.KindTitle, x.RegionName, x.File, x.AsOf, strconv.Itoa(x.Rows), strconv.Itoa(x.Rejected)}, counts, []string{moment(x.CreatedAt)}))
	}
	return out, lastKey(rows, func(l models.DeptList) string { return l.ID }), nil
}

func (s *server) exportDeptReviews(ctx context.Context, v *viewer, _ exportFilter, after string) ([][]string, string, error) {
	tx := scopeDeptReviews(s.db(ctx).Where("decision = ''"), v)
	if after != "" {
		tx = tx.Where("dept_matches.id > ?", after)
	}
	var rows []models.DeptMatch
	if err := tx.Order("dept_matches.id").Limit(exportPage).Find(&rows).Error; err != nil {
		return nil, "", err
	}
	items, err := s.deptReviews(ctx, rows)
	if err != nil {
		return nil, "", err
	}
	var out [][]string
	for _, x := range items {
		for _, c := range x.Candidates {
			out = append(out, []string{x.DeptTitle, x.KindTitle, x.AsOf, strconv.Itoa(x.Line), x.Name, x.Village, x.IDNoMasked, x.BirthYear, deptlist.ReasonTitles[x.Reason], c.Name, c.HeadName})
		}
	}
	return out, lastKey(rows, func(m models.DeptMatch) string { return m.ID }), nil
}
