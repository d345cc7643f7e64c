package activities

import (
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// Migration asks to move an open case to another version of its procedure.
type Migration struct {
	Change
	To int
}

// Migrated is what a migration does, or would do, in codes of the definitions.
type Migrated struct {
	From, To int
	State    procedure.State
	// Lost and Gained are the events that can no longer, or can now, be fired from
	// the present state.
	Lost, Gained []string
	// Stopped and Started are the clocks that the version knows no more, or newly;
	// all others run on as they are.
	Stopped, Started []string
	Reply            Reply
}

// Migrate moves a case to another version of its procedure by an act of its own
// (architecture 4). The state must exist there; clocks of the same code run on.
func (e *Engine) Migrate(ctx context.Context, m Migration) (Migrated, error) {
	var out Migrated
	reply, err := e.change(ctx, m.Change, "migrate", map[string]any{"to": m.To}, "只有县级部门可以把事项转入新版流程", "请写明转版理由", func(k *act) error {
		to, err := k.target(m.To)
		if err == nil {
			out, err = e.migrate(k, to)
		}
		return err
	})
	out.Reply = reply
	return out, err
}

// target is the version to move to, if the case can.
func (k *act) target(version int) (*procedure.Definition, error) {
	to, ok := procedure.Lookup(k.c.Procedure, version)
	switch {
	case !ok:
		return nil, procedure.Refuse(procedure.Invalid, "unknown_version", fmt.Sprintf("“%s”没有第 %d 版", k.d.Title, version),
			procedure.FieldFault{Field: "to", Code: "unknown_version", Message: "没有这一版"})
	case k.c.ClosedAt != nil:
		return nil, procedure.Refuse(procedure.Conflict, "case_closed", "该事项已办结，沿用原版")
	case version == k.c.Version:
		return nil, procedure.Refuse(procedure.Conflict, "already_so", "该事项已是这一版")
	}
	st, ok := to.State(k.c.State)
	if here, _ := k.d.State(k.c.State); !ok || st.Final {
		return nil, procedure.Refuse(procedure.Conflict, "state_not_in_version", fmt.Sprintf("第 %d 版没有“%s”这一环节，请先办到两版共有的环节", version, here.Title))
	}
	return to, nil
}

// migrate does it: clocks that the version does not know stop, its own start, and
// the inboxes are filled anew.
func (e *Engine) migrate(k *act, to *procedure.Definition) (Migrated, error) {
	c := k.c
	out := Migrated{From: c.Version, To: to.Version, State: c.State}
	out.Lost, out.Gained = difference(exits(k.d, c.State), exits(to, c.State))
	before, err := runningClocks(k.tx, c.ID)
	if err != nil {
		return out, err
	}
	if err := e.stopUnknown(k.tx, before, to, k.now); err != nil {
		return out, err
	}
	c.Version, k.d = to.Version, to
	if err := e.moveClocks(k.tx, c, to, c.State, c.State, k.now); err != nil {
		return out, err
	}
	after, err := runningClocks(k.tx, c.ID)
	if err != nil {
		return out, err
	}
	out.Stopped, out.Started = difference(clockCodes(before), clockCodes(after))
	return out, e.moveTasks(k.tx, c, to, k.actor.UserID, k.now)
}

func (e *Engine) stopUnknown(tx *gorm.DB, rows []models.ClockRow, d *procedure.Definition, now time.Time) error {
	for i := range rows {
		if slices.ContainsFunc(d.Clocks, func(k procedure.Clock) bool { return k.Code == rows[i].Code }) {
			continue
		}
		rows[i].StoppedAt = &now
		if err := tx.Save(&rows[i]).Error; err != nil {
			return err
		}
	}
	return nil
}

func exits(d *procedure.Definition, s procedure.State) []string {
	var out []string
	for _, e := range d.Events {
		if slices.Contains(e.From, s) {
			out = append(out, e.Code)
		}
	}
	return out
}

func clockCodes(rows []models.ClockRow) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.Code
	}
	return out
}

// difference is what only the first, and what only the second list has.
func difference(a, b []string) (onlyA, onlyB []string) {
	for _, x := range a {
		if !slices.Contains(b, x) {
			onlyA = append(onlyA, x)
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			onlyB = append(onlyB, x)
		}
	}
	return onlyA, onlyB
}
