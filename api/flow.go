package api

import (
	"context"
	"slices"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// GetFlow is the flow chart with the way the case has gone.
func (s *server) GetFlow(ctx context.Context, r gen.GetFlowRequestObject) (gen.GetFlowResponseObject, error) {
	c, err := s.findCase(ctx, viewerOf(ctx), r.ID)
	if err != nil {
		return nil, err
	}
	var events []models.CaseEvent
	err = s.db(ctx).Select("seq", "kind", "event", "from_state", "to_state", "at").
		Where("case_id = ? AND kind IN ?", c.ID, []string{"open", "event"}).Order("seq").Find(&events).Error
	if err != nil {
		return nil, err
	}
	d := definitionOf(c)
	out := gen.Flow{CaseID: c.ID, Procedure: d.Name, Version: d.Version, Title: d.Title, Present: string(c.State), Mermaid: d.Mermaid(c.State),
		Nodes: []gen.FlowNode{}, Edges: []gen.FlowEdge{}}
	for _, st := range d.States {
		node := gen.FlowNode{Code: string(st.Code), Title: st.Title, Initial: st.Code == d.Initial, Final: st.Final, Present: st.Code == c.State, Todo: roleRefs(st.Todo)}
		for _, ev := range events {
			if ev.ToState == st.Code && ev.FromState != st.Code {
				node.Visits++
				node.LastAt = ev.At
				if node.FirstAt.IsZero() {
					node.FirstAt = ev.At
				}
			}
		}
		out.Nodes = append(out.Nodes, node)
	}
	for i := range d.Events {
		out.Edges = append(out.Edges, edgesOf(&d.Events[i], events)...)
	}
	return gen.GetFlow200JSONResponse(out), nil
}

func edgesOf(e *procedure.Event, events []models.CaseEvent) []gen.FlowEdge {
	var out []gen.FlowEdge
	automatic := !slices.ContainsFunc(e.Roles, procedure.Role.Human)
	for _, from := range e.From {
		for _, to := range e.Targets(from) {
			edge := gen.FlowEdge{Event: e.Code, Title: e.Title, From: string(from), To: string(to), Return: e.Return, Automatic: automatic, Roles: roleRefs(e.Roles)}
			for _, ev := range events {
				if ev.Kind == "event" && ev.Event == e.Code && ev.FromState == from && ev.ToState == to {
					edge.Taken++
				}
			}
			out = append(out, edge)
		}
	}
	return out
}
