// Package tale tells a case in plain Chinese, step by step, from its records.
package tale

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Tell writes the case as its records tell it, up to a moment if one is given: who, in
// which role, when, from where to where, on which evidence, under which policy; and who
// has seen values of its household unmasked meanwhile (5.7).
func Tell(ctx context.Context, w io.Writer, e *activities.Engine, c *models.Case, until time.Time) error {
	events, err := e.Events(ctx, c.ID)
	if err != nil {
		return err
	}
	events = Until(events, until)
	d, ok := procedure.Lookup(c.Procedure, c.Version)
	if !ok {
		return fmt.Errorf("没有程序定义 %s@%d", c.Procedure, c.Version)
	}
	fmt.Fprintf(w, "%s %s（第 %d 版），户主 %s，区划 %s，政策版本 %.8s\n", d.Title, c.No, c.Version, c.Subject, c.RegionCode, c.PolicyHash)
	if len(events) == 0 {
		fmt.Fprintf(w, "此时该事项尚未开启，开启于 %s\n", stamp(c.OpenedAt))
		return nil
	}
	for i := range events {
		fmt.Fprintln(w, Line(d, &events[i])+evidence(e, d, &events[i])+computed(e, &events[i]))
	}
	if err := unmasked(ctx, w, e, c, until); err != nil {
		return err
	}
	f, bad := activities.Fold(events)
	if bad != nil {
		return fmt.Errorf("第 %d 条记录：%s", bad.Seq, bad.Fault)
	}
	st, _ := d.State(f.State)
	fmt.Fprintf(w, "推演结果：第 %d 步，处于“%s”\n", f.Step, st.Title)
	return nil
}

// Until keeps the records up to a moment; the zero moment keeps all.
func Until(events []models.CaseEvent, at time.Time) []models.CaseEvent {
	if at.IsZero() {
		return events
	}
	for i := range events {
		if events[i].At.After(at) {
			return events[:i]
		}
	}
	return events
}

// Line is one record in words.
func Line(d *procedure.Definition, ev *models.CaseEvent) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%4d  %s  %s", ev.Seq, stamp(ev.At), Who(ev))
	fmt.Fprintf(&b, "：%s", What(d, ev))
	if ev.Kind == "event" {
		from, _ := d.State(ev.FromState)
		to, _ := d.State(ev.ToState)
		fmt.Fprintf(&b, "，“%s”→“%s”", from.Title, to.Title)
	}
	fmt.Fprintf(&b, "  [%.12s]", ev.Hash)
	return b.String()
}

func stamp(at time.Time) string { return at.In(casetime.Shanghai).Format("2006-01-02 15:04:05") }

// computed tells the checks that an act was taken on, a line each.
func computed(e *activities.Engine, ev *models.CaseEvent) string {
	form, err := e.Payload(ev)
	if err != nil {
		return "" // erased, or not to be opened: the act itself still stands
	}
	found, err := activities.Computed(form)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, f := range found {
		fmt.Fprintf(&b, "\n      计算：%s——%s（依据%s）", f.Title, f.Verdict.Title(), policy.BasisTitle(f.Basis))
	}
	return b.String()
}

// evidence names the kind of an attached file by the field that asks for it.
func evidence(e *activities.Engine, d *procedure.Definition, ev *models.CaseEvent) string {
	if ev.Kind != "attach" {
		return ""
	}
	form, err := e.Payload(ev)
	kind, _ := form["kind"].(string)
	if err != nil || kind == "" {
		return "" // erased, or not to be opened: that it was attached still stands
	}
	for _, event := range d.Events {
		for _, f := range event.Form {
			if f.Code == kind {
				return "  " + f.Title
			}
		}
	}
	return "  " + kind
}

var maskedFields = map[string]string{"id_no": "身份证号", "phone": "电话", "address": "住址"}

// unmasked lists who has seen values of the household or its members whole, while the
// case was open or up to a moment.
func unmasked(ctx context.Context, w io.Writer, e *activities.Engine, c *models.Case, until time.Time) error {
	if until.IsZero() {
		until = e.Clock.Now()
	}
	if c.ClosedAt != nil && c.ClosedAt.Before(until) {
		until = *c.ClosedAt
	}
	var rows []struct {
		At                time.Time
		Name, Role, Field string
	}
	db := e.Store.DB.WithContext(ctx)
	members := db.Model(&models.Person{}).Select("id").Where("household_id = ?", c.HouseholdID)
	err := db.Model(&models.AccessLog{}).Select("access_logs.at, users.name, access_logs.role, access_logs.field").
		Joins("JOIN users ON users.id = access_logs.user_id").
		Where("access_logs.action = ? AND access_logs.at >= ? AND access_logs.at <= ?", "unmask", c.OpenedAt, until.UTC()).
		Where("(access_logs.record_id = ? OR access_logs.record_id IN (?))", c.HouseholdID, members).
		Order("access_logs.at, access_logs.id").Scan(&rows).Error
	for _, r := range rows {
		role, _ := procedure.RoleOf(procedure.Role(r.Role))
		fmt.Fprintf(w, "      %s  %s（%s）：查看完整的%s\n", stamp(r.At), r.Name, role.Title, maskedFields[r.Field])
	}
	return err
}

// Who is the actor in words: “李某（代张某，驻村工作队员）” for one who stands in.
func Who(ev *models.CaseEvent) string {
	role, _ := procedure.RoleOf(ev.ActorRole)
	as := role.Title
	if ev.ForID != "" {
		as = "代" + ev.ForName + "，" + as
	}
	switch {
	case ev.ActorID == "":
		return role.Title
	case ev.OnBehalf:
		return fmt.Sprintf("%s（%s，代为登记）", ev.ActorName, as)
	}
	return fmt.Sprintf("%s（%s）", ev.ActorName, as)
}

var kinds = map[string]string{
	"open": "开启事项", "endorse": "会签", "claim": "认领待办", "release": "退回待办", "reassign": "转办", "attach": "上传附件",
	"rung": "期限提醒", "suspend": "批准中止计时", "resume": "恢复计时",
	"stop_request": "申请中止计时", "stop_refuse": "不予中止计时", "migrate": "转入新版流程", "repolicy": "改用现行政策", "archive": "流程运行记录归档", "paper": "签发或者作废文书",
	"redate": "整改期限随方案事项调整", "rebuild": "重建流程",
	"stop_due": "未予纳入，应当终止", "stop_lifted": "再次识别，计划继续", "handover_due": "责任人离任，应当更换", "handover_lifted": "责任人恢复",
}

// What is the act in words.
func What(d *procedure.Definition, ev *models.CaseEvent) string {
	if ev.Kind == "event" || ev.Kind == "endorse" {
		title := ev.Event
		if e, ok := d.Event(ev.Event); ok {
			title = e.Title
		}
		if ev.Kind == "endorse" {
			return "会签“" + title + "”"
		}
		return title
	}
	if ev.Kind == "rung" {
		clock, action, _ := strings.Cut(ev.Event, ".")
		for _, k := range d.Clocks {
			if k.Code == clock {
				clock = k.Title
			}
		}
		return fmt.Sprintf("“%s”期限%s", clock, policy.ActionTitle(action))
	}
	return kinds[ev.Kind]
}
