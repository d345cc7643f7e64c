package activities

import (
	"fmt"
	"slices"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The limit of a problem is the fact due_on, which its clock follows; due_span is how
// many days it had when it was set, by which a rebound is shortened.

func init() {
	guards[procedure.GuardDue] = dueWithin
	guards[procedure.GuardNewDue] = newDueWithin
	guards[procedure.GuardExtension] = extensionAllowed
	derivations["problem_found"] = problemFound
	derivations["protection"] = protection
	derivations["due_assigned"] = dueAssigned
	derivations["due_moved"] = dueMoved
	derivations["due_rebound"] = dueRebound
	derivations["lookback_planned"] = lookbackPlanned
	derivations["lookback_started"] = lookbackStarted
	derivations["check_planned"] = checkPlanned
	hooks["supervision_notice"] = supervisionNotice
	hooks["supervision_reply"] = supervisionReply
}

// addMonths moves a day by months; a day that the month lacks becomes its last.
func addMonths(d policy.Date, n int) policy.Date {
	first := policy.NewDate(d.Year, d.Month, 1)
	first = policy.DateOf(first.Start().AddDate(0, n, 0))
	last := policy.DateOf(first.Start().AddDate(0, 1, -1))
	return policy.NewDate(first.Year, first.Month, min(d.Day, last.Day))
}

func factDay(c *models.Case, code string) policy.Date {
	d, _ := policy.ParseDate(c.Facts.Text(code)) // zero when there is none
	return d
}

func earlier(a, b policy.Date) policy.Date {
	if a.Before(b) {
		return a
	}
	return b
}

func later(a, b policy.Date) policy.Date {
	if a.Before(b) {
		return b
	}
	return a
}

// dueOf is the last day that an assignment sets, zero when nothing sets one.
func (k *act) dueOf() (policy.Date, []procedure.FieldFault) {
	switch text(k.form, "due_kind") {
	case procedure.DueDate:
		day, _ := policy.ParseDate(text(k.form, "due_date")) // said by the form when it is none
		return day, nil
	case procedure.DueDaysAfter:
		b, ok := k.policy.RectifyDays(text(k.form, "class"))
		if n, given := k.form["due_days"].(float64); given {
			b, ok = policy.Budget{Days: int(n), Unit: policy.UnitCalendar}, true
		}
		if !ok {
			return policy.Date{}, no("due_days", "days_unset", "本地没有设定本类问题的整改期限，请填写天数")
		}
		return k.e.CalendarNow().Deadline(k.now, b, 0).LastDay, nil
	case procedure.DueBeforeEvent:
		day, err := k.beforeEvent(text(k.form, "due_event"))
		if err != nil {
			return policy.Date{}, failed(err)
		}
		return day, nil
	}
	return policy.Date{}, nil
}

// beforeEvent is the last day before an event that the campaign which found a problem
// names for the slower ones (S0-074), or else of the programme; zero without a day.
func (k *act) beforeEvent(code string) (policy.Date, error) {
	if code == procedure.SlowRectification {
		campaign, err := k.foundIn()
		if campaign == nil || err != nil {
			return policy.Date{}, err
		}
		return dayBeforeEvent(cutOffOf(campaign, code).EventOn), nil
	}
	p, err := k.programme()
	return beforeProgrammeEvent(p, code), err
}

func dayBeforeEvent(on string) policy.Date {
	day, err := policy.ParseDate(on)
	if err != nil {
		return policy.Date{}
	}
	return day.AddDays(-1)
}

// beforeProgrammeEvent is the last day before an event of a programme, not after its cut-off;
// the cut-off while the event has no day.
func beforeProgrammeEvent(p *models.Programme, code string) policy.Date {
	if p == nil {
		return policy.Date{}
	}
	cut, _ := policy.ParseDate(p.CutOff)
	ev, _ := p.Event(code)
	on, err := policy.ParseDate(ev.On)
	switch {
	case err != nil:
		return cut
	case cut.IsZero():
		return on.AddDays(-1)
	}
	return earlier(on.AddDays(-1), cut)
}

// dueWithin: not before today, not after the limit of the class and the cut-off of
// the programme (2.8 assign).
func dueWithin(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	day, faults := k.dueOf()
	if len(faults) > 0 || day.IsZero() {
		return faults
	}
	field := map[string]string{procedure.DueDate: "due_date", procedure.DueDaysAfter: "due_days", procedure.DueBeforeEvent: "due_event"}[text(k.form, "due_kind")]
	faults = k.dayWithin(field, day)
	if asked := factDay(k.c, "asked_by"); !asked.IsZero() && !asked.Before(policy.DateOf(k.now)) && asked.Before(day) {
		faults = append(faults, no(field, "after_asked", "整改期限晚于发现时要求的 %s", asked)...)
	}
	if b, ok := k.policy.RectifyDays(text(k.form, "class")); ok {
		if last := k.e.CalendarNow().Deadline(k.now, b, 0).LastDay; last.Before(day) {
			faults = append(faults, no(field, "after_class_limit", "整改期限超过本类问题的期限 %s", last)...)
		}
	}
	return faults
}

// dayWithin: today or later, and by the cut-off while it lies ahead.
func (k *act) dayWithin(field string, day policy.Date) []procedure.FieldFault {
	today := policy.DateOf(k.now)
	if day.Before(today) {
		return no(field, "due_past", "整改期限 %s 已经过去", day)
	}
	cut, err := k.cutOff()
	if err != nil {
		return failed(err)
	}
	if !cut.IsZero() && !cut.Before(today) && cut.Before(day) {
		return no(field, "after_cut_off", "整改期限晚于整改方案或行动的截止日期 %s", cut)
	}
	return nil
}

// cutOff is the last day that the programme of a problem sets for all of them, or else
// the campaign that found it for those of its class: what is mended on the spot by its
// own cut-off, the slower ones before the event it names (S0-072, S0-074, S3-078); zero
// without one.
func (k *act) cutOff() (policy.Date, error) {
	p, err := k.programme()
	if err != nil {
		return policy.Date{}, err
	}
	if p != nil && p.CutOff != "" {
		return policy.ParseDate(p.CutOff)
	}
	campaign, err := k.foundIn()
	if campaign == nil || err != nil {
		return policy.Date{}, err
	}
	if k.class() != procedure.RectifyImmediate {
		return dayBeforeEvent(cutOffOf(campaign, procedure.SlowRectification).EventOn), nil
	}
	day, _ := policy.ParseDate(cutOffOf(campaign, "rectification").On) // zero when the plan sets none
	return day, nil
}

// class is that of a problem, as its assignment says or has said.
func (k *act) class() string {
	if class := text(k.form, "class"); class != "" {
		return class
	}
	return k.c.Facts.Text("class")
}

// foundIn is the campaign that found a problem, by one of its forms or by its spot
// check; nil for none.
func (k *act) foundIn() (*models.Case, error) {
	for id, depth := k.c.ParentID, 0; id != "" && depth < 2; depth++ {
		parent, err := take(k.tx, id)
		if err != nil || parent.Procedure == "campaign" {
			return parent, err
		}
		id = parent.ParentID
	}
	return nil, nil
}

func newDueWithin(k *act) []procedure.FieldFault {
	day, err := policy.ParseDate(text(k.form, "new_due"))
	if k.asking || err != nil {
		return nil // said by the form
	}
	return k.dayWithin("new_due", day)
}

// extensionAllowed: before the limit is over, not too often, to a later day, and with
// the signature of a level above the person responsible (2.8 extend).
func extensionAllowed(k *act) []procedure.FieldFault {
	var out []procedure.FieldFault
	due, _ := policy.ParseDate(k.c.LastDay("due_on")) // zero when there is none
	if !due.IsZero() && !k.c.Facts.Yes(models.Suspended) && !k.now.Before(due.End()) {
		out = no("", "limit_over", "整改期限已过，不能延期，应当上报或者继续整改")
	}
	if most := k.policy.Int("rectify_max_extensions"); k.c.Facts.Count["extend"] >= most {
		out = append(out, no("", "extensions_used", "已延期 %d 次，不能再延", most)...)
	}
	if k.asking {
		return out
	}
	if day, err := policy.ParseDate(text(k.form, "new_due")); err == nil && !due.Before(day) {
		out = append(out, no("new_due", "not_later", "新的期限应当晚于原期限 %s", due)...)
	}
	return append(out, k.signedAbove()...)
}

func (k *act) signedAbove() []procedure.FieldFault {
	given, err := signatures(k.tx, k.c, k.ev.Code)
	if err != nil {
		return failed(err)
	}
	own, err := k.rank(k.c.Facts.Text("responsible"))
	if err != nil {
		return failed(err)
	}
	if len(given) > 0 && !slices.ContainsFunc(given, func(g models.Endorsement) bool { return roleRank(g.Role) > own }) {
		return no("", "not_above", "延期应由整改责任人的上一级会签同意")
	}
	return nil
}

// know keeps facts that were computed.
func (k *act) know(facts map[string]any) error {
	for _, code := range sortedKeys(facts) {
		if err := setFact(&k.c.Facts, code, facts[code]); err != nil {
			return err
		}
	}
	return nil
}

// problemFound completes what another case, such as a household form, does not say.
func problemFound(k *act) error {
	k.c.Dept = k.c.Facts.Text("dept")
	facts := map[string]any{}
	missing := func(code string, v any) {
		if _, ok := k.c.Facts.Values[code]; !ok {
			facts[code] = v
		}
	}
	kind := "household"
	if k.c.HouseholdID == "" {
		kind = map[int]string{9: "township", 12: "village"}[len(k.c.RegionCode)]
	}
	missing("subject_kind", kind)
	missing("brief", "办理中发现的问题")
	missing("found_on", policy.DateOf(k.now).String())
	missing("self_found", true)
	if asked := k.c.Facts.Text("asked_by"); asked != "" { // it is late by then, assigned or not
		missing("due_on", asked)
		secretaries, err := k.e.Holders(k.tx, k.c, procedure.VillageSecretary)
		if err != nil {
			return err
		}
		if len(k.c.RegionCode) == 12 && len(secretaries) > 0 { // who answers for the village; the assignment decides
			missing("proposed_responsible", secretaries[0])
		}
	}
	return k.know(facts)
}

// sourceSelf is the source of what a place has found itself.
const sourceSelf = "self"

// protection: who found a problem himself is not judged by it (S000, S001), but what a
// higher level has named he has not found; having hidden one takes it away for good.
func protection(k *act) error {
	liable := k.c.Facts.Yes("liable") || k.c.Facts.Yes("concealed")
	told := slices.Contains(k.policy.Strings("problem_source_set"), sourceSelf) && k.c.Facts.Text("source_class") != sourceSelf
	return k.know(map[string]any{"liable": liable, "protected": k.c.Facts.Yes("self_found") && !told && !liable})
}

// setDue keeps a limit, and how long it is.
func (k *act) setDue(day policy.Date) error {
	if day.IsZero() {
		return nil // before an event without a day, in a programme without a cut-off
	}
	return k.know(map[string]any{"due_on": day.String(), "due_span": max(1, day.Sub(policy.DateOf(k.now)))})
}

func dueAssigned(k *act) error {
	day, _ := k.dueOf() // the guard has heard the faults
	return k.setDue(day)
}

// dueMoved: a day that somebody has set no longer follows an event.
func dueMoved(k *act) error {
	if err := k.know(map[string]any{"due_kind": procedure.DueDate}); err != nil {
		return err
	}
	day, err := policy.ParseDate(text(k.form, "new_due"))
	if err != nil {
		return err
	}
	return k.setDue(day)
}

// dueRebound gives a problem that is back a part of the time it had (2.8).
func dueRebound(k *act) error {
	span := 1
	k.c.Facts.Value("due_span", &span)
	short := max(1, span*k.policy.Int("rectify_rebound_percent")/100)
	if err := k.know(map[string]any{"due_kind": procedure.DueDate, "rebound_count": k.c.Facts.Count["rebound"]}); err != nil {
		return err
	}
	return k.setDue(policy.DateOf(k.now).AddDays(short))
}

// lookbackPlanned: the look-back on a close-out begins with the consolidation phase of
// its programme, or some months later, but within the phase when that has begun.
func lookbackPlanned(k *act) error {
	today := policy.DateOf(k.now)
	day := addMonths(today, k.policy.Int("rectify_lookback_months"))
	from, until, err := k.consolidation()
	if err != nil {
		return err
	}
	switch {
	case today.Before(from):
		day = from.AddDays(-1) // the clock ends with the day, the phase begins with the next
	case today.Before(until):
		room := k.e.CalendarNow().Deadline(until.Start(), k.policy.Days("rectify_lookback_days"), 0).LastDay.Sub(until)
		day = earlier(day, later(today.AddDays(1), until.AddDays(-room)))
	}
	return k.know(map[string]any{"lookback_on": day.String()})
}

func lookbackStarted(k *act) error {
	day := k.e.CalendarNow().Deadline(k.now, k.policy.Days("rectify_lookback_days"), 0).LastDay
	_, until, err := k.consolidation()
	if err != nil {
		return err
	}
	if policy.DateOf(k.now).Before(until) {
		day = until
	}
	return k.know(map[string]any{"lookback_until": day.String()})
}

// consolidation is the phase of the programme, zero days without one.
func (k *act) consolidation() (from, until policy.Date, err error) {
	p, err := k.programme()
	if p == nil || err != nil {
		return from, until, err
	}
	ph, _ := p.Consolidation()
	from, _ = policy.ParseDate(ph.From)
	until, _ = policy.ParseDate(ph.Until)
	return from, until, nil
}

// checkPlanned: what is kept up for long is checked each half-year, and at the latest
// on the day set for the yearly check.
func checkPlanned(k *act) error {
	day := addMonths(policy.DateOf(k.now), k.policy.Int("rectify_check_months"))
	return k.know(map[string]any{"check_on": earlier(day, factDay(k.c, "yearly_check")).String()})
}

// supervisionNotice records the 督办通知 that goes with an assignment, or with the
// rung of a limit that is over (S001, S004).
func supervisionNotice(k *act) error {
	var before int64
	if err := k.tx.Model(&models.SupervisionNotice{}).Where("case_id = ?", k.c.ID).Count(&before).Error; err != nil {
		return err
	}
	return k.tx.Create(&models.SupervisionNotice{ID: models.NewID(), No: fmt.Sprintf("DB-%s-%d", k.c.No, before+1), CaseID: k.c.ID, Event: k.ev.Code,
		DueOn: k.c.LastDay("due_on"), IssuedBy: k.actor.UserID, IssuedRole: k.actor.Role, IssuedAt: k.now}).Error
}

// supervisionReply notes that the work asked for was handed in.
func supervisionReply(k *act) error {
	return k.tx.Model(&models.SupervisionNotice{}).Where("case_id = ? AND replied_at IS NULL", k.c.ID).Update("replied_at", k.now).Error
}
