package activities

import (
	"context"
	"slices"

	"shouwang/models"
	"shouwang/procedure"
)

// Option is one event of a procedure as somebody sees it on a case now.
type Option struct {
	Event *procedure.Event
	// Actor is whom it would be fired as; Allowed says that nothing but the form
	// is missing, and Reasons what else is.
	Actor   Actor
	Allowed bool
	Reasons []procedure.FieldFault
	Signers []SignerState
}

// SignerState tells how far the signatures under an event have come.
type SignerState struct {
	Signer procedure.Signer
	Needed int
	Given  []models.Endorsement
	// MaySign says that the asking person could sign now, as the given actor.
	MaySign bool
	As      Actor
}

// Options lists every event of the case's procedure for a person with the given
// roles: those of the present state first in definition order, then the others,
// each with the reasons why it is not allowed.
func (e *Engine) Options(ctx context.Context, c *models.Case, actors []Actor) ([]Option, error) {
	d, err := definition(c)
	if err != nil {
		return nil, err
	}
	tx := e.Store.DB.WithContext(ctx)
	snapshot, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return nil, err
	}
	var here, elsewhere []Option
	for i := range d.Events {
		ev := &d.Events[i]
		if !slices.Contains(ev.From, c.State) {
			elsewhere = append(elsewhere, Option{Event: ev, Reasons: asFaults(notInState(d, ev.Code, c.State))})
			continue
		}
		k := &act{e: e, tx: tx, c: c, d: d, ev: ev, asking: true, now: e.Clock.Now(), policy: snapshot}
		o, err := k.option(actors)
		if err != nil {
			return nil, err
		}
		here = append(here, o)
	}
	return append(here, elsewhere...), nil
}

func asFaults(err error) []procedure.FieldFault {
	if r, ok := err.(*procedure.Refusal); ok {
		return append([]procedure.FieldFault{{Code: r.Code, Message: r.Message}}, r.Faults...)
	}
	return nil
}

// option tries the roles of the person in turn and keeps the first that may act,
// or else tells why none may.
func (k *act) option(actors []Actor) (Option, error) {
	o := Option{Event: k.ev}
	for i, a := range Candidates(k.ev, actors) {
		k.actor = a
		reasons := asFaults(k.authorise())
		if len(reasons) == 0 {
			reasons = k.gates()
		}
		if i == 0 || len(reasons) == 0 {
			o.Actor, o.Reasons = a, reasons
		}
		if len(reasons) == 0 {
			o.Allowed = true
			break
		}
	}
	if o.Actor.Role == "" {
		k.actor = Actor{}
		o.Reasons = asFaults(k.authorise())
	}
	var err error
	o.Signers, err = k.signerStates(actors)
	return o, err
}

// Candidates are the ways in which somebody with the given roles may fire an
// event: in his own role, in a relation to the case, or on behalf of somebody.
func Candidates(ev *procedure.Event, actors []Actor) []Actor {
	var own, behalf []Actor
	for _, a := range actors {
		if slices.Contains(ev.Roles, a.Role) {
			own = append(own, a)
		}
		for _, r := range ev.Roles {
			def, _ := procedure.RoleOf(r)
			if slices.Contains(def.Base, a.Role) {
				rel := a
				rel.Role, rel.As = r, a.Role
				own = append(own, rel)
			}
		}
		if slices.Contains(ev.Proxies, a.Role) {
			a.OnBehalf = true
			behalf = append(behalf, a)
		}
	}
	return append(own, behalf...)
}

func (k *act) signerStates(actors []Actor) ([]SignerState, error) {
	given, err := signatures(k.tx, k.c, k.ev.Code)
	if err != nil {
		return nil, err
	}
	var out []SignerState
	turn, inOrder := k.turn(given)
	for _, s := range k.ev.Signers {
		if !Asked(s, k.c) {
			continue
		}
		st := SignerState{Signer: s, Needed: SignersNeeded(s, k.policy)}
		for _, g := range given {
			if fits(s, g.Role, g.Dept) {
				st.Given = append(st.Given, g)
			}
		}
		for _, a := range actors {
			already := slices.ContainsFunc(given, func(g models.Endorsement) bool { return share(signers(g), a.persons()) })
			waits := inOrder && (turn == nil || turn.Dept != s.Dept)
			if !st.MaySign && !already && !waits && fits(s, a.Role, a.Dept) && k.mayNotSign(a) == nil {
				st.MaySign, st.As = true, a
			}
		}
		out = append(out, st)
	}
	return out, nil
}

// WhyNotOpen tells what stands against a new case of a procedure about a household
// now, as far as that can be known without its form; nothing means that it may be
// opened.
func (e *Engine) WhyNotOpen(ctx context.Context, d *procedure.Definition, h *models.Household, actor Actor) ([]procedure.FieldFault, error) {
	tx := e.Store.DB.WithContext(ctx)
	now := e.Clock.Now()
	snapshot, err := e.resolve(tx, h.RegionCode, now)
	if err != nil {
		return nil, err
	}
	c := newCase(d, opening{household: h.ID, region: h.RegionCode, subject: h.HeadName, actor: actor, now: now})
	if c.SoloKey != nil {
		var n int64
		if err := tx.Model(&models.Case{}).Where("solo_key = ?", *c.SoloKey).Count(&n).Error; err != nil {
			return nil, err
		}
		if n > 0 {
			return no("", "case_already_open", "该户已有在办的“%s”", d.Title), nil
		}
	}
	k := &act{e: e, tx: tx, c: c, d: d, actor: actor, asking: true, now: now, policy: snapshot}
	var faults []procedure.FieldFault
	for _, g := range d.Opening.Guards {
		faults = append(faults, k.run(g)...)
	}
	return faults, nil
}
