package api

import (
	"context"
	"fmt"
	"slices"
	"time"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

// summaries are cases as lists show them: class P1 and below.
func (s *server) summaries(ctx context.Context, cases []models.Case) ([]gen.CaseSummary, error) {
	var want codes
	for _, c := range cases {
		want.regions = append(want.regions, c.RegionCode)
		want.households = append(want.households, c.HouseholdID)
		want.cases = append(want.cases, c.ID)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := make([]gen.CaseSummary, len(cases))
	for i := range cases {
		out[i] = s.summary(&cases[i], l)
	}
	return out, nil
}

func (s *server) summary(c *models.Case, l *labels) gen.CaseSummary {
	d := definitionOf(c)
	out := gen.CaseSummary{
		ID: c.ID, No: c.No, Procedure: c.Procedure, ProcedureTitle: d.Title, Version: c.Version,
		State: string(c.State), StateTitle: stateTitle(d, c.State), Final: d.Final(c.State), Seq: c.Seq, Step: c.Step,
		RegionCode: c.RegionCode, RegionName: l.region(c.RegionCode), Household: l.household(c.HouseholdID), Brief: c.Facts.Text(d.Brief),
		OpenedAt: c.OpenedAt, DueAt: due(c.DueAt), Overdue: s.overdue(c.ClosedAt, c.DueAt),
		Flags: flags(c, l.clocks[c.ID]), Stuck: c.Stuck != "",
	}
	if c.Dept != "" {
		out.Dept, out.DeptTitle = c.Dept, deptTitle(c.Dept)
	}
	if c.ClosedAt != nil {
		out.ClosedAt, out.DueAt = *c.ClosedAt, time.Time{}
	}
	for _, k := range l.clocks[c.ID] {
		if k.DueAt.Equal(c.DueAt) {
			out.DueClock = clockTitle(c, k.Code)
		}
	}
	return out
}

// due leaves "no date" out of the answer.
func due(t time.Time) time.Time {
	if !t.Before(models.FarFuture) {
		return time.Time{}
	}
	return t
}

func (s *server) overdue(closed *time.Time, dueAt time.Time) bool {
	return closed == nil && !s.engine.Clock.Now().Before(dueAt)
}

func flags(c *models.Case, clocks []models.ClockRow) []gen.Option {
	out := []gen.Option{}
	if c.Facts.Yes("fast_lane") {
		out = append(out, gen.Option{Code: "fast_lane", Title: "先行帮扶"})
	}
	if c.Facts.Yes("protected") {
		out = append(out, gen.Option{Code: "self_found", Title: "自查发现，不作为考核依据"})
	}
	if c.Facts.Yes("liable") {
		out = append(out, gen.Option{Code: "concealed", Title: "存在隐瞒，计入考核"})
	}
	if c.Returns > 0 {
		out = append(out, gen.Option{Code: "returned", Title: fmt.Sprintf("退回 %d 次", c.Returns)})
	}
	for _, k := range clocks {
		if k.PausedAt != nil {
			out = append(out, gen.Option{Code: "paused", Title: "计时暂停"})
			break
		}
	}
	for _, k := range clocks {
		if k.Provisional {
			out = append(out, gen.Option{Code: "provisional", Title: "期限暂估"})
			break
		}
	}
	return out
}

func clockTitle(c *models.Case, code string) string {
	for _, k := range definitionOf(c).Clocks {
		if k.Code == code {
			return k.Title
		}
	}
	return code
}

func caseRef(c *models.Case) gen.CaseRef {
	d := definitionOf(c)
	out := gen.CaseRef{ID: c.ID, No: c.No, Procedure: c.Procedure, ProcedureTitle: d.Title, State: string(c.State),
		StateTitle: stateTitle(d, c.State), Final: d.Final(c.State), OpenedAt: c.OpenedAt}
	if c.Dept != "" {
		out.Dept, out.DeptTitle = c.Dept, deptTitle(c.Dept)
	}
	return out
}

// tasks are tasks as lists show them; known are cases at hand that need not be read.
func (s *server) tasks(ctx context.Context, v *viewer, rows []models.Task, known ...models.Case) ([]gen.Task, error) {
	var want codes
	ids := make([]string, len(rows))
	for i, t := range rows {
		ids[i] = t.CaseID
		want.regions = append(want.regions, t.RegionCode)
		want.users = append(want.users, t.AssigneeID)
	}
	cases := map[string]models.Case{}
	for _, c := range known {
		cases[c.ID] = c
		ids = slices.DeleteFunc(ids, func(id string) bool { return id == c.ID })
	}
	if len(ids) > 0 {
		var found []models.Case
		err := s.db(ctx).Select("id", "no", "procedure", "version", "household_id", "dept", "facts").Where("id IN ?", distinct(ids)).Find(&found).Error
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			cases[c.ID] = c
		}
	}
	for _, c := range cases {
		want.households = append(want.households, c.HouseholdID)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := make([]gen.Task, len(rows))
	for i := range rows {
		c := cases[rows[i].CaseID]
		out[i] = s.task(v, &rows[i], &c, l)
	}
	return out, nil
}

func (s *server) task(v *viewer, t *models.Task, c *models.Case, l *labels) gen.Task {
	d := definitionOf(c)
	title := stateTitle(d, t.State)
	out := gen.Task{
		ID: t.ID, CaseID: t.CaseID, CaseNo: c.No, Procedure: t.Procedure, ProcedureTitle: d.Title, State: string(t.State), StateTitle: title,
		Title: t.Subject + " · " + title, Role: string(t.Role), RoleTitle: roleTitle(t.Role),
		RegionCode: t.RegionCode, RegionName: l.region(t.RegionCode), Household: l.household(c.HouseholdID), Brief: c.Facts.Text(d.Brief),
		OpenedAt: t.OpenedAt, DueAt: due(t.DueAt), Bucket: bucketOf(t.DueAt, s.engine.Clock.Now()),
		ClaimedBy: l.user(t.AssigneeID), Mine: slices.Contains(v.persons(), t.AssigneeID),
	}
	if away := v.insteadOf(t); away != "" {
		out.For = gen.UserRef{ID: away, Name: v.nameOf(away)}
	}
	out.Overdue = out.Bucket == gen.TaskBucketOverdue
	out.WorkdaysLeft = s.workdaysLeft(t.DueAt)
	if c.Dept != "" {
		out.Dept, out.DeptTitle = c.Dept, deptTitle(c.Dept)
	}
	return out
}

// soonDays is how far ahead a due date counts as soon.
const soonDays = 3

// edges are the ends of overdue, today and soon at a moment.
func edges(now time.Time) (today, soon time.Time) {
	day := policy.DateOf(now)
	return day.End().UTC(), day.AddDays(soonDays).End().UTC()
}

// bucketOf sorts a due date: a limit whose last day is today is due at 24:00.
func bucketOf(dueAt, now time.Time) gen.TaskBucket {
	today, soon := edges(now)
	switch {
	case !dueAt.Before(models.FarFuture):
		return gen.TaskBucketNone
	case !now.Before(dueAt):
		return gen.TaskBucketOverdue
	case !dueAt.After(today):
		return gen.TaskBucketToday
	case !dueAt.After(soon):
		return gen.TaskBucketSoon
	}
	return gen.TaskBucketLater
}
