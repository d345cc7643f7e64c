package api

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/programme"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The list of the problems of a programme. What tells them apart stands in the facts of their cases, which either database can
// read; no index helps with that, but a programme has some thousand problems at most, and its index picks those.

// ListProgrammeProblems lists the problems of a programme that the viewer reaches, most urgent first.
func (s *server) ListProgrammeProblems(ctx context.Context, r gen.ListProgrammeProblemsRequestObject) (gen.ListProgrammeProblemsResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	order, after, err := caseOrders.of("", p.Cursor)
	if err != nil {
		return nil, err
	}
	in, err := s.findProgramme(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	listed := s.db(ctx).Model(&models.ProgrammeProblem{}).Select("case_id").Where("programme_id = ?", in.ID)
	tx := s.filterCases(s.db(ctx).Model(&models.Case{}).Where("cases.id IN (?)", listed), v)
	tx = s.narrowProblems(tx, p).Session(&gorm.Session{})
	cases, next, err := order.rows(tx, after, pageLimit(p.Limit))
	if err != nil {
		return nil, err
	}
	problems, err := programme.Of(s.db(ctx), cases)
	if err != nil {
		return nil, err
	}
	out, err := s.problemItems(ctx, problems, s.engine.Clock.Now())
	if err != nil {
		return nil, err
	}
	out.NextCursor = next
	if out.Total, err = s.countRows(ctx, p.Count, tx); err != nil {
		return nil, err
	}
	out.Overdue, err = s.countRows(ctx, p.Count, s.lateProblems(tx))
	return gen.ListProgrammeProblems200JSONResponse(out), err
}

// narrowProblems keeps the problems that a filter asks for.
func (s *server) narrowProblems(tx *gorm.DB, p gen.ListProgrammeProblemsParams) *gorm.DB {
	if p.Village != "" {
		c := picked("cases.region_code")(p.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	for _, f := range [][2]string{{"responsible", p.Responsible}, {"class", p.Class}} {
		if f[1] != "" {
			tx = tx.Where(s.factText(f[0])+" = ?", strings.TrimPrefix(f[1], "-")) // - asks for those that have none yet
		}
	}
	if p.State != "" {
		tx = tx.Where("cases.state = ?", p.State)
	}
	if p.Open {
		tx = tx.Where("cases.state NOT IN ?", programme.Settled())
	}
	if p.Overdue {
		tx = s.lateProblems(tx)
	}
	return tx
}

// lateProblems keeps the problems that are overdue, as Case.Late tells of one.
func (s *server) lateProblems(tx *gorm.DB) *gorm.DB {
	due, moved := s.factText("due_on"), models.MovedFact("due_on")
	last := "CASE WHEN " + s.factText(moved, "set") + " = " + due + " THEN " + s.factText(moved, "now") + " ELSE " + due + " END"
	return tx.Where("cases.state IN ? AND "+due+" <> '' AND "+last+" < ? AND "+s.factText(models.Suspended)+" NOT IN ('true', '1')",
		procedure.NotHandedIn, policy.DateOf(s.engine.Clock.Now()).String())
}

// factText is a fact of a case, or a member of one, as SQL that gives a text, an empty one where there is none. What is true is true or 1.
func (s *server) factText(path ...string) string {
	if s.engine.Store.Postgres() {
		sql := "CAST(cases.facts AS json)->'values'"
		for i, name := range path {
			sql += map[bool]string{true: "->>", false: "->"}[i == len(path)-1] + "'" + name + "'"
		}
		return "COALESCE(" + sql + ", '')"
	}
	sql := "$.values"
	for _, name := range path {
		sql += "." + name
	}
	return "CAST(COALESCE(json_extract(cases.facts, '" + sql + "'), '') AS TEXT)"
}
