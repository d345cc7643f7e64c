package api

import (
	"context"
	"slices"
	"time"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// policyFor is the policy in force for an area at a moment.
func (s *server) policyFor(ctx context.Context, region string, at time.Time) (policy.Snapshot, error) {
	in, err := s.policiesAt(ctx, at)
	return in(region), err
}

// policiesAt tells of each area the policy in force at a moment.
func (s *server) policiesAt(ctx context.Context, at time.Time) (func(region string) policy.Snapshot, error) {
	var rows []models.PolicyRow
	err := s.db(ctx).Where("valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", at.UTC(), at.UTC()).Find(&rows).Error
	list := activities.PolicyRows(rows)
	return func(region string) policy.Snapshot { return policy.Resolve(list, region, at) }, err
}

// homeRegion is the area of the first grant that has one.
func homeRegion(v *viewer) string {
	for _, g := range v.grants {
		if g.RegionCode != "" {
			return g.RegionCode
		}
	}
	return ""
}

// canOpen reports whether one of the viewer's roles may open cases of d by hand.
func canOpen(v *viewer, d *procedure.Definition) bool {
	return slices.ContainsFunc(v.grants, func(g models.RoleGrant) bool {
		return reachOf(g) != nothing && slices.Contains(d.Opening.Roles, g.Role)
	})
}

// ListProcedures lists the newest version of every procedure.
func (s *server) ListProcedures(ctx context.Context, _ gen.ListProceduresRequestObject) (gen.ListProceduresResponseObject, error) {
	out := gen.ProcedureList{Items: []gen.ProcedureRef{}}
	for _, d := range procedure.All {
		if latest, _ := procedure.Latest(d.Name); latest != d {
			continue
		}
		out.Items = append(out.Items, gen.ProcedureRef{Name: d.Name, Version: d.Version, Title: d.Title,
			Mode: gen.ProcedureRefMode(d.Mode), CanOpen: canOpen(viewerOf(ctx), d), About: about(d)})
	}
	return gen.ListProcedures200JSONResponse(out), nil
}

func about(d *procedure.Definition) gen.ProcedureRefAbout {
	if d.About == procedure.AboutHousehold {
		return gen.ProcedureRefAboutHousehold
	}
	return gen.ProcedureRefAbout(d.About)
}

// GetProcedure tells everything about one procedure, with the options and days
// that hold for the viewer's area now.
func (s *server) GetProcedure(ctx context.Context, r gen.GetProcedureRequestObject) (gen.GetProcedureResponseObject, error) {
	d, ok := procedure.Latest(r.Name)
	if r.Params.Version != 0 {
		d, ok = procedure.Lookup(r.Name, r.Params.Version)
	}
	if !ok {
		return nil, notFound()
	}
	v := viewerOf(ctx)
	p, err := s.policyFor(ctx, homeRegion(v), s.engine.Clock.Now())
	if err != nil {
		return nil, err
	}
	out := gen.ProcedureDetail{Name: d.Name, Version: d.Version, Title: d.Title, Mode: gen.ProcedureDetailMode(d.Mode), CanOpen: canOpen(v, d),
		Initial: string(d.Initial), States: []gen.State{}, Events: []gen.EventDef{}, Clocks: []gen.ClockDef{}, Mermaid: d.Mermaid(""),
		Opening: gen.Opening{Roles: roleRefs(d.Opening.Roles), Form: formFields(d.Opening.Form, p), Guards: guardRefs(d.Opening.Guards)}}
	for _, st := range d.States {
		out.States = append(out.States, gen.State{Code: string(st.Code), Title: st.Title, Final: st.Final, Todo: roleRefs(st.Todo)})
	}
	for i := range d.Events {
		out.Events = append(out.Events, eventDef(&d.Events[i], p))
	}
	for _, k := range d.Clocks {
		out.Clocks = append(out.Clocks, gen.ClockDef{Code: k.Code, Title: k.Title, In: stateCodes(k.In), Pause: stateCodes(k.Pause),
			Budget: k.Budget, BudgetText: budgetText(k, p), Fires: texts(k.Fires)})
	}
	return gen.GetProcedure200JSONResponse(out), nil
}

func budgetText(k procedure.Clock, p policy.Snapshot) string {
	if k.Until != "" {
		return "指定日期"
	}
	return p.Days(k.Budget).Chinese()
}

func eventDef(e *procedure.Event, p policy.Snapshot) gen.EventDef {
	out := gen.EventDef{Code: e.Code, Title: e.Title, From: stateCodes(e.From), To: string(e.To), Roles: roleRefs(e.Roles), Proxies: roleRefs(e.Proxies),
		Signers: []gen.SignerDef{}, NotBy: e.NotBy, Form: formFields(e.Form, p), Guards: guardRefs(e.Guards),
		Return: e.Return, Correction: e.Correction, Document: e.Document}
	for _, sg := range e.Signers {
		out.Signers = append(out.Signers, gen.SignerDef{Title: sg.Title, Roles: roleRefs(sg.Roles), Min: activities.SignersNeeded(sg, p)})
	}
	return out
}

func guardRefs(in []procedure.Guard) []gen.GuardRef {
	out := make([]gen.GuardRef, len(in))
	for i, g := range in {
		out[i] = gen.GuardRef{Name: g.Name, Arg: g.Arg, Title: g.Name}
		for _, def := range procedure.Guards {
			if def.Name == g.Name {
				out[i].Title = def.Title
			}
		}
	}
	return out
}

func stateCodes(in []procedure.State) []string {
	out := make([]string, len(in))
	for i, st := range in {
		out[i] = string(st)
	}
	return out
}

func texts(in []string) []string { return append([]string{}, in...) }
