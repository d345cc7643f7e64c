// Package tale tells a case in plain Chinese, step by step, from its records.
package tale

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"gorm.io/gorm"

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
		fmt.Fprintln(w, Line(d, &events[i])+told(e, d, &events[i]))
	}
	if err := unmasked(ctx, w, e, d, c, until); err != nil {
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

// Line is one record in words, with its number, time and hash.
func Line(d *procedure.Definition, ev *models.CaseEvent) string {
	return fmt.Sprintf("%4d  %s  %s  [%.12s]", ev.Seq, stamp(ev.At), Sentence(d, ev), ev.Hash)
}

// Sentence says who has done what, and from where to where the case has moved.
func Sentence(d *procedure.Definition, ev *models.CaseEvent) string {
	out := Who(ev) + "：" + What(d, ev)
	if ev.Kind == "event" {
		from, _ := d.State(ev.FromState)
		to, _ := d.State(ev.ToState)
		out += fmt.Sprintf("，“%s”→“%s”", from.Title, to.Title)
	}
	return out
}

// Notes are what belongs to a record beside its sentence: of which kind an attached file is, and the checks that the act
// was taken on. They name results, never the values behind them.
func Notes(d *procedure.Definition, ev *models.CaseEvent, form map[string]any) []string {
	out := []string{}
	if kind := fileKind(d, ev, form); kind != "" {
		out = append(out, kind)
	}
	return append(out, checks(form)...)
}

func stamp(at time.Time) string { return at.In(casetime.Shanghai).Format("2006-01-02 15:04:05") }

// told are the notes of a record as they stand behind its line.
func told(e *activities.Engine, d *procedure.Definition, ev *models.CaseEvent) string {
	form, err := e.Payload(ev)
	if err != nil {
		return "" // erased, or not to be opened: the act itself still stands
	}
	out := ""
	if kind := fileKind(d, ev, form); kind != "" {
		out += "  " + kind
	}
	for _, c := range checks(form) {
		out += "\n      " + c
	}
	return out
}

// checks are those that an act was taken on.
func checks(form map[string]any) []string {
	found, err := activities.Computed(form)
	if err != nil {
		return nil
	}
	var out []string
	for _, f := range found {
		out = append(out, fmt.Sprintf("计算：%s——%s（依据%s）", f.Title, f.Verdict.Title(), policy.BasisTitle(f.Basis)))
	}
	return out
}

// fileKind names the kind of an attached file by the field that asks for it.
func fileKind(d *procedure.Definition, ev *models.CaseEvent, form map[string]any) string {
	kind, _ := form["kind"].(string)
	if ev.Kind != "attach" || kind == "" {
		return ""
	}
	return fieldTitle(d, kind)
}

var maskedFields = map[string]string{"id_no": "身份证号", "phone": "电话", "address": "住址"}

// Unmasking is somebody's look at a whole value of a case, its household or one of its members.
type Unmasking struct {
	At                                        time.Time
	UserID, Name, Role, Field, Title, Purpose string
	Source                                    string // what was looked into
}

// Unmasked lists who has seen values of the household, its members or the case whole, while
// the case was open or up to a moment.
func Unmasked(db *gorm.DB, d *procedure.Definition, c *models.Case, until time.Time) ([]Unmasking, error) {
	if c.ClosedAt != nil && c.ClosedAt.Before(until) {
		until = *c.ClosedAt
	}
	var rows []Unmasking
	members := db.Model(&models.Person{}).Select("id").Where("household_id = ? AND household_id <> ''", c.HouseholdID)
	files := db.Model(&models.Attachment{}).Select("id").Where("case_id = ?", c.ID)
	acts := db.Model(&models.CaseEvent{}).Select("id").Where("case_id = ?", c.ID)
	err := db.Model(&models.AccessLog{}).Select("access_logs.at, access_logs.user_id, users.name, access_logs.role, access_logs.field, access_logs.purpose, access_logs.tbl AS source").
		Joins("JOIN users ON users.id = access_logs.user_id").
		Where("access_logs.action = ? AND access_logs.at >= ? AND access_logs.at <= ?", "unmask", c.OpenedAt, until.UTC()).
		Where("(access_logs.record_id <> '' AND access_logs.record_id = ? OR access_logs.record_id IN (?) OR access_logs.record_id IN (?) OR access_logs.record_id IN (?))", c.HouseholdID, members, acts, files).
		Order("access_logs.at, access_logs.id").Scan(&rows).Error
	for i := range rows {
		r := &rows[i]
		r.Title = fieldTitle(d, r.Field)
		switch {
		case r.Source != "attachments":
		case r.Title == r.Field: // no form asks for this kind
			r.Title = "附件"
		default:
			r.Title = "附件：" + r.Title
		}
	}
	return rows, err
}

// unmasked tells them.
func unmasked(ctx context.Context, w io.Writer, e *activities.Engine, d *procedure.Definition, c *models.Case, until time.Time) error {
	if until.IsZero() {
		until = e.Clock.Now()
	}
	rows, err := Unmasked(e.Store.DB.WithContext(ctx), d, c, until)
	for _, r := range rows {
		role, _ := procedure.RoleOf(procedure.Role(r.Role))
		fmt.Fprintf(w, "      %s  %s（%s）：查看完整的%s\n", stamp(r.At), r.Name, role.Title, r.Title)
	}
	return err
}

// fieldTitle is the name of a field of the household, a member or a form of the case.
func fieldTitle(d *procedure.Definition, code string) string {
	if t, ok := maskedFields[code]; ok {
		return t
	}
	for _, fields := range forms(d) {
		for _, f := range fields {
			if f.Code == code {
				return f.Title
			}
		}
	}
	return code
}

func forms(d *procedure.Definition) [][]procedure.Field {
	out := [][]procedure.Field{d.Opening.Form}
	for _, e := range d.Events {
		out = append(out, e.Form)
	}
	return out
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

// Kinds are the acts beside the steps of a case in words, those of papers, clocks and signatures excepted.
var Kinds = map[string]string{
	"open": "开启事项", "claim": "领取", "release": "退回待领", "reassign": "转办", "attach": "上传附件", "copy": "抄送",
	"stop_request": "申请中止计时", "stop_refuse": "不予中止计时", "suspend": "批准中止计时", "resume": "恢复计时", "rebuild": "重建流程", "erase": "依法删除个人信息",
	"migrate": "转入新版流程", "repolicy": "改用现行政策", "redate": "整改期限随方案事项调整", "stop_due": "未予纳入，应当终止", "stop_lifted": "再次识别，计划继续",
	"handover_due": "责任人离任，应当更换", "handover_lifted": "责任人恢复", "archive": "流程运行记录归档",
	"rule_clean": "规则不再发现该问题", "rule_again": "规则再次发现该问题", "rule_changed": "规则发现的情况有变化", "rule_found": "规则发现新的情况",
	"survey_found": "入户调查发现新的情况",
	"assign":       "分派农户", "join": "补充工作组人员", "phase": "阶段办结", "cutoff": "登记截止事项", "spot_result": "登记抽查结果",
}

// PaperActs are what is done with papers, by the event of the act.
var PaperActs = map[string]string{"issue_paper": "签发文书", "void_paper": "作废文书"}

// What is the act in words.
func What(d *procedure.Definition, ev *models.CaseEvent) string {
	if ev.Kind == "event" || ev.Kind == "endorse" {
		title := ev.Event
		if e, ok := d.Event(ev.Event); ok {
			title = e.Title
		}
		if ev.Kind == "endorse" {
			return fmt.Sprintf("会签“%s”", title)
		}
		return title
	}
	if act, ok := PaperActs[ev.Event]; ok && ev.Kind == "paper" {
		return act
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
	return Kinds[ev.Kind]
}
