package activities

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"shouwang/models"
	"shouwang/procedure"
)

// Repoliced is what that does, or would do.
type Repoliced struct {
	Keys   []string // the policy keys whose values differ
	Clocks []Redated
	Reply  Reply
}

// Redated is a running clock whose end moves.
type Redated struct {
	Clock         string
	Before, After time.Time
}

// Repolicy puts a case under the policy in force by an act of its own: by itself a
// case keeps the policy it was opened under (section 6 #22). Clocks that run get
// their new limits, counted from where they began.
func (e *Engine) Repolicy(ctx context.Context, r Change) (Repoliced, error) {
	var out Repoliced
	reply, err := e.change(ctx, r, "repolicy", map[string]any{}, "只有县级部门可以让在办事项改用现行政策", "请写明改用现行政策的理由", func(k *act) error { return k.repolicy(&out) })
	out.Reply = reply
	return out, err
}

func (k *act) repolicy(out *Repoliced) error {
	if k.c.ClosedAt != nil {
		return procedure.Refuse(procedure.Conflict, "case_closed", "该事项已办结，沿用开启时的政策")
	}
	now, err := k.e.resolve(k.tx, k.c.RegionCode, k.now)
	if err != nil {
		return err
	}
	if now.Hash() == k.c.PolicyHash {
		return procedure.Refuse(procedure.Conflict, "already_so", "该事项适用的就是现行政策")
	}
	out.Keys = k.policy.Differing(now)
	if k.c.PolicyHash, err = k.e.keepSnapshot(k.tx, now); err != nil {
		return err
	}
	k.policy = now
	if out.Clocks, err = k.redate(); err != nil {
		return err
	}
	return retask(k.tx, k.c)
}

// redate gives the running clocks of a case the limits of its policy.
func (k *act) redate() ([]Redated, error) {
	rows, err := runningClocks(k.tx, k.c.ID)
	if err != nil {
		return nil, err
	}
	stored := slices.Clone(rows)
	var out []Redated
	for i := range rows {
		if before := rows[i].DueAt; k.rebudget(&rows[i]) && !rows[i].DueAt.Equal(before) {
			out = append(out, Redated{Clock: rows[i].Code, Before: before, After: rows[i].DueAt})
		}
	}
	return out, k.e.saveClocks(k.tx, k.c, rows, stored...)
}

// rebudget arms a clock anew whose limit is a number of the policy; one that follows a
// date of the case keeps it.
func (k *act) rebudget(row *models.ClockRow) bool {
	i := slices.IndexFunc(k.d.Clocks, func(c procedure.Clock) bool { return c.Code == row.Code })
	if i < 0 || k.d.Clocks[i].Until != "" {
		return false
	}
	budget, err := json.Marshal(k.policy.Days(k.d.Clocks[i].Budget))
	if err != nil {
		return false
	}
	row.Budget = budget
	k.e.arm(row, k.policy)
	return true
}
