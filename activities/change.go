package activities

import (
	"context"
	"errors"
	"slices"

	"shouwang/procedure"
)

// Change asks for an act of the county that puts an open case under other rules. A dry
// run answers what would come of it and changes nothing.
type Change struct {
	CaseID, Key, Reason string
	DryRun              bool
	Actors              []Actor
}

var errDryRun = errors.New("dry run")

// change records such an act. may says who may not, why asks for the reason.
func (e *Engine) change(ctx context.Context, r Change, kind string, form map[string]any, may, why string, do func(k *act) error) (Reply, error) {
	i := slices.IndexFunc(r.Actors, func(a Actor) bool { return a.Role == procedure.CountyOffice })
	if i < 0 {
		return Reply{}, procedure.Refuse(procedure.Forbidden, "role_not_allowed", may)
	}
	if r.Reason == "" && !r.DryRun {
		return Reply{}, required("reason", why)
	}
	c, err := e.Case(ctx, r.CaseID)
	if err != nil {
		return Reply{}, err
	}
	form["reason"] = r.Reason
	reply, err := e.side(ctx, r.CaseID, kind, kind, r.Key, r.Actors[i], form, func(k *act) error {
		if err := do(k); err != nil || !r.DryRun {
			return err
		}
		return errDryRun
	})
	if errors.Is(err, errDryRun) {
		return Reply{CaseID: c.ID, Seq: c.Seq, Step: c.Step, State: c.State, From: c.State}, nil
	}
	return reply, err
}
