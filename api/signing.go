package api

import (
	"context"
	"slices"
	"strings"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// signingPage is how many cases are looked through for one page of what can be signed.
const signingPage = 100

// awaitsSigners holds for cases in a state in which an event asks for further signatures.
func awaitsSigners(name string) condition {
	var parts []string
	var args []any
	for _, d := range procedure.All {
		if name != "" && d.Name != name {
			continue
		}
		var states []procedure.State
		for _, e := range d.Events {
			if len(e.Signers) > 0 {
				states = append(states, e.From...)
			}
		}
		if len(states) > 0 {
			parts, args = append(parts, "(cases.procedure = ? AND cases.version = ? AND cases.state IN ?)"), append(args, d.Name, d.Version, states)
		}
	}
	if len(parts) == 0 {
		return condition{sql: "1 = 0"}
	}
	return condition{"(" + strings.Join(parts, " OR ") + ")", args}
}

// ListSignable lists what waits for further signatures in a village or a larger area, case by case, with the papers of each and
// whether the viewer may sign: what a signing day is about, for whoever prints and for whoever signs. A page looks through a number of cases, so it may hold fewer rows or none and still have a next one.
func (s *server) ListSignable(ctx context.Context, r gen.ListSignableRequestObject) (gen.ListSignableResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	waits := awaitsSigners(p.Procedure)
	tx := s.scopeCases(s.db(ctx).Model(&models.Case{}).Where("cases.closed_at IS NULL").Where(waits.sql, waits.args...), v)
	if p.Village != "" {
		c := casesWithin(p.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	var cases []models.Case
	if err := byDue(tx, "cases", after, signingPage).Find(&cases).Error; err != nil {
		return nil, err
	}
	cases, next := cut(cases, signingPage, func(c models.Case) cursor { return cursor{At: c.DueAt, ID: c.ID} })
	items, err := s.signable(ctx, v, cases)
	return gen.ListSignable200JSONResponse(gen.SignablePage{Items: items, NextCursor: next}), err
}

func (s *server) signable(ctx context.Context, v *viewer, cases []models.Case) ([]gen.Signable, error) {
	summaries, err := s.summaries(ctx, cases)
	if err != nil {
		return nil, err
	}
	out, ids := []gen.Signable{}, []string{}
	for i := range cases {
		options, err := s.engine.Options(ctx, &cases[i], s.actors(v, &cases[i]))
		if err != nil {
			return nil, err
		}
		for _, o := range options {
			item := gen.Signable{Case: summaries[i], Event: o.Event.Code, EventTitle: o.Event.Title, Document: o.Event.Document, Signers: []gen.SignerState{}, Papers: []gen.Paper{}}
			waits := false
			for _, st := range o.Signers {
				item.Signers = append(item.Signers, signerState(st))
				item.CanSign = item.CanSign || st.MaySign
				waits = waits || len(st.Given) < st.Needed
			}
			if waits || item.CanSign {
				out, ids = append(out, item), append(ids, cases[i].ID)
			}
		}
	}
	return out, s.addPapers(ctx, v, distinct(ids), out)
}

// addPapers adds the task and the papers of each case.
func (s *server) addPapers(ctx context.Context, v *viewer, ids []string, items []gen.Signable) error {
	var tasks []models.Task
	if err := s.db(ctx).Where("case_id IN ? AND closed_at IS NULL", ids).Order("id").Find(&tasks).Error; err != nil {
		return err
	}
	var rows []models.IssuedPaper
	tx := s.db(ctx).Omit("frozen").Where("case_id IN ? AND id NOT IN (?)", ids, s.db(ctx).Model(&models.VoidedPaper{}).Select("paper_id"))
	if err := tx.Order("issued_at, id").Find(&rows).Error; err != nil {
		return err
	}
	views, err := s.paperViews(ctx, v, rows)
	for i := range items {
		x := &items[i]
		if at := slices.IndexFunc(tasks, func(t models.Task) bool { return t.CaseID == x.Case.ID }); at >= 0 {
			x.TaskID = tasks[at].ID
		}
		for _, p := range views {
			if p.CaseID == x.Case.ID {
				x.Papers = append(x.Papers, p)
			}
		}
	}
	return err
}

// taskToSign is a task whose case v reaches: a signature is given under the work of somebody else.
func (s *server) taskToSign(ctx context.Context, v *viewer, id string) (*models.Task, error) {
	var t models.Task
	err := s.db(ctx).Where("id = ?", id).Take(&t).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	if err == nil {
		_, err = s.findCase(ctx, v, t.CaseID)
	}
	return &t, err
}
