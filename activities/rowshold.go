package activities

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/internal/evidence"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// CheckRows wants the clocks and the tasks of a case to be those that its acts have made: what was overdue, and who held it.
const CheckRows = "rows"

// rowsBeside are the clocks and tasks of some cases, and the policies they were under.
type rowsBeside struct {
	clocks   map[string][]models.ClockRow
	tasks    map[string][]models.Task
	policies map[string]policy.Snapshot
}

func (e *Engine) rowsBeside(db *gorm.DB, cases []string) (*rowsBeside, error) {
	out := &rowsBeside{clocks: map[string][]models.ClockRow{}, tasks: map[string][]models.Task{}, policies: map[string]policy.Snapshot{}}
	var clocks []models.ClockRow
	if err := db.Where(models.Among(db, "case_id", cases)).Order("case_id, id").Find(&clocks).Error; err != nil {
		return nil, err
	}
	for _, r := range clocks {
		out.clocks[r.CaseID] = append(out.clocks[r.CaseID], r)
	}
	var tasks []models.Task
	err := db.Where(models.Among(db, "case_id", cases)).Order("case_id, id").Find(&tasks).Error
	for _, t := range tasks {
		out.tasks[t.CaseID] = append(out.tasks[t.CaseID], t)
	}
	return out, err
}

func (r *rowsBeside) policy(ctx context.Context, e *Engine, hash string) (policy.Snapshot, error) {
	if s, ok := r.policies[hash]; ok {
		return s, nil
	}
	s, err := e.Snapshot(e.Store.DB.WithContext(ctx), hash)
	r.policies[hash] = s
	return s, err
}

// rowsFault compares the clocks and tasks of a case with its acts, whose forms are given.
func (v *Verifier) rowsFault(ctx context.Context, c *models.Case, events []models.CaseEvent, forms [][]byte, rows *rowsBeside) (string, error) {
	d, ok := procedure.Lookup(c.Procedure, c.Version)
	if !ok || len(events) == 0 {
		return "", nil
	}
	for i := range rows.clocks[c.ID] {
		fault, err := v.clockFault(ctx, c, d, events, &rows.clocks[c.ID][i], rows)
		if fault != "" || err != nil {
			return fault, err
		}
	}
	for i := range rows.tasks[c.ID] {
		if fault := taskFault(c, d, events, forms, rows.tasks[c.ID], &rows.tasks[c.ID][i]); fault != "" {
			return fault, nil
		}
	}
	return "", nil
}

// actAt reports whether something was done to the case at a moment.
func actAt(events []models.CaseEvent, at time.Time) bool {
	return slices.ContainsFunc(events, func(ev models.CaseEvent) bool { return ev.At.Equal(at) })
}

// clockFault does the arithmetic of a clock again: it began and ended with an act, under the policy of then; the days for which it
// stood still, and its end, follow from the acts.
func (v *Verifier) clockFault(ctx context.Context, c *models.Case, d *procedure.Definition, events []models.CaseEvent, row *models.ClockRow, rows *rowsBeside) (string, error) {
	i := slices.IndexFunc(d.Clocks, func(k procedure.Clock) bool { return k.Code == row.Code })
	if i < 0 {
		return "", nil // of a version that the case has left
	}
	k, last := d.Clocks[i], &events[0]
	for j := range events {
		if row.StoppedAt == nil || events[j].At.Before(*row.StoppedAt) {
			last = &events[j]
		}
	}
	s, err := rows.policy(ctx, v.Engine, last.PolicyHash)
	if err != nil {
		return "", err
	}
	title := "时限“" + k.Title + "”"
	switch {
	case !actAt(events, row.StartedAt) || row.StoppedAt != nil && !actAt(events, *row.StoppedAt):
		return title + "的起止时间与办理记录不符", nil
	case !anchored(c, k, row):
		return title + "的起算时间与办理记录不符", nil
	case !budgeted(c, k, s, row):
		return title + "的期限与当时的政策不符", nil
	}
	reckoned := v.reckoned(row, d, events, s)
	for i := range reckoned {
		if sameClock(&reckoned[i], row) {
			return "", nil
		}
	}
	then := reckoned[0]
	if same, err := byAnotherCalendar(v.Engine.Store.DB.WithContext(ctx), &then, row); same || err != nil {
		return "", err
	}
	return fmt.Sprintf("%s的到期时间按办理记录应为 %s，登记为 %s", title, evidence.Moment(then.DueAt), evidence.Moment(row.DueAt)), nil
}

// reckoned is a clock by the acts of its time, once for each way in which acts of the very moment of its beginning or end may
// have come before it or after.
func (v *Verifier) reckoned(row *models.ClockRow, d *procedure.Definition, events []models.CaseEvent, s policy.Snapshot) (out []models.ClockRow) {
	first := slices.IndexFunc(events, func(ev models.CaseEvent) bool { return !ev.At.Before(row.StartedAt) })
	for i := first; i < len(events) && events[i].At.Equal(row.StartedAt); i++ {
		since := slices.Concat(events[:first], events[i:])
		out = append(out, v.Engine.ClockAt(*row, d, since, s, models.FarFuture))
		if row.StoppedAt != nil {
			later := *row
			later.StoppedAt = new(row.StoppedAt.Add(time.Microsecond))
			out = append(out, v.Engine.ClockAt(later, d, since, s, models.FarFuture))
		}
	}
	return out
}

// sameClock compares what follows from the beginning of a clock, its limit and the acts. A date by a calendar that was not published
// yet is a guess, which the published one has moved.
func sameClock(then, row *models.ClockRow) bool {
	return then.Provisional || row.Provisional ||
		then.LastDay == row.LastDay && then.DueAt.Equal(row.DueAt) && then.LostDays == row.LostDays && (row.StoppedAt != nil || sameMoment(then.PausedAt, row.PausedAt))
}

func anchored(c *models.Case, k procedure.Clock, row *models.ClockRow) bool {
	if row.AnchorAt.Equal(row.StartedAt) {
		return true
	}
	at, err := time.Parse(time.RFC3339, c.Facts.Text(k.Anchor))
	return k.Anchor != "" && row.Run == 1 && err == nil && row.AnchorAt.Equal(at)
}

func budgeted(c *models.Case, k procedure.Clock, s policy.Snapshot, row *models.ClockRow) bool {
	b := policy.Budget{Unit: policy.UnitCalendar, Until: c.Facts.Text(k.Until)}
	switch {
	case k.Until == "":
		b = s.Days(k.Budget)
	case row.StoppedAt != nil:
		return true // by an answer that has been changed since
	}
	raw, err := json.Marshal(b)
	var kept bytes.Buffer
	return err == nil && json.Compact(&kept, row.Budget) == nil && bytes.Equal(raw, kept.Bytes())
}

// taskFault compares a task with the acts: the case was in that state, the next transition has ended it, and whoever has it
// has taken it or was given it.
func taskFault(c *models.Case, d *procedure.Definition, events []models.CaseEvent, forms [][]byte, all []models.Task, t *models.Task) string {
	def, _ := procedure.RoleOf(t.Role)
	title := "待办（" + def.Title + "）"
	var began bool
	var moved *models.CaseEvent // the transition that ends it
	for i := range events {
		ev := &events[i]
		began = began || ev.At.Equal(t.OpenedAt) && ev.ToState == t.State && ev.Step == t.Step
		if moved == nil && ev.Kind == "event" && ev.Step > t.Step {
			moved = ev
		}
	}
	switch {
	case !began:
		return title + "的开始时间与办理记录不符"
	case moved != nil && t.ClosedAt == nil, moved != nil && t.ClosedAt.After(moved.At):
		return title + "的结束时间与办理记录不符"
	case t.ClosedAt != nil && !d.QuietWithParent && !actAt(events, *t.ClosedAt):
		return title + "的结束时间与办理记录不符"
	case t.Role == procedure.Surveyor && !surveyedBy(c, events, forms, all, t), t.Role != procedure.Surveyor && !heldBy(def, events, forms, t):
		return title + "的承办人与办理记录不符"
	}
	return ""
}

// heldBy reports whether the acts tell that a task is with whom its row says.
func heldBy(def procedure.RoleDef, events []models.CaseEvent, forms [][]byte, t *models.Task) bool {
	var who *string
	for i := range events {
		if form, ok := handed(&events[i], forms[i]); ok && form.Task == t.ID {
			who = &form.To
		}
	}
	switch {
	case who != nil && *who == t.AssigneeID, who == nil && t.AssigneeID == "":
		return true
	case t.Role == procedure.AssistancePerson: // taken back when another was paired with the household
		return t.AssigneeID == ""
	case who != nil:
		return false
	}
	return (def.Fact != "" || t.Role == procedure.Handler) && t.Queue == models.Queue(t.Role, t.AssigneeID, "")
}

// handing is the form of claiming, giving back and handing on; without a task it is a household form that goes with others of its campaign.
type handing struct{ Task, To string }

func handed(ev *models.CaseEvent, form []byte) (out handing, ok bool) {
	ok = ev.Kind == "claim" || ev.Kind == "release" || ev.Kind == "reassign"
	return out, ok && form != nil && json.Unmarshal(form, &out) == nil
}

// surveyedBy is heldBy for a surveyor's task: a household form is his for good, from one task to the next, until it is handed on.
// Whom it was given to first stands in no act, but only he, or whoever comes when it was nobody's, goes to the household.
func surveyedBy(c *models.Case, events []models.CaseEvent, forms [][]byte, all []models.Task, t *models.Task) bool {
	who, told := "", false
	for i := range events {
		ev := &events[i]
		person := Actor{UserID: ev.ActorID, ForID: ev.ForID}.Person()
		form, moves := handed(ev, forms[i])
		switch {
		case ev.Kind == "event" && ev.Step > t.Step && told: // it ends here
			return t.AssigneeID == who
		case ev.Kind == "event" && ev.Step > t.Step:
			return t.AssigneeID == "" || t.AssigneeID == person
		case moves && (form.Task == "" || slices.ContainsFunc(all, func(o models.Task) bool { return o.ID == form.Task && o.Role == t.Role })):
			who, told = form.To, true
		case ev.Kind == "event" && ev.Event == "visit" && who == "":
			who, told = person, true
		}
	}
	return t.AssigneeID == who || !told && t.AssigneeID == surveyor(c)
}
