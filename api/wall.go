package api

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"shouwang/api/gen"
	"shouwang/internal/programme"
	"shouwang/models"
	"shouwang/policy"
)

// A wall is read by whoever passes: officials stand there by name, households by number, and no problem in its own words.

const (
	// nearDays is how near a limit is of which the wall warns.
	nearDays = 7
	// wallProblems is how many problems a wall has room for.
	wallProblems = 40
)

// GetProgrammeWall is the progress of a programme for the wall of an office.
func (s *server) GetProgrammeWall(ctx context.Context, r gen.GetProgrammeWallRequestObject) (gen.GetProgrammeWallResponseObject, error) {
	v, now := viewerOf(ctx), s.engine.Clock.Now()
	p, err := s.findProgramme(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	problems, err := s.problems(ctx, v, p)
	if err != nil {
		return nil, err
	}
	today := policy.DateOf(now)
	out := gen.ProgrammeWall{Title: p.Title, CutOff: optionalDay(p.CutOff), At: now, PhaseTitle: phaseOn(p, today), NearDays: nearDays, BurnDown: burnDown(programme.BurnDown(problems, cutOff(p), now))}
	if out.Progress, err = s.numbers(ctx, problems); err != nil {
		return nil, err
	}
	l, err := s.labels(ctx, codes{regions: []string{p.RegionCode}})
	if err != nil {
		return nil, err
	}
	out.RegionName = l.region(p.RegionCode)
	out.Problems, err = s.pressing(ctx, problems, today)
	return gen.GetProgrammeWall200JSONResponse(out), err
}

// phaseOn is the title of the phase that a day is in, "" for none.
func phaseOn(p *models.Programme, on policy.Date) string {
	for _, x := range p.Phases {
		if day := on.String(); x.From <= day && day <= x.Until {
			return x.Title
		}
	}
	return ""
}

// pressing are the problems whose limit is over or near, the most urgent first.
func (s *server) pressing(ctx context.Context, problems []programme.Problem, today policy.Date) ([]gen.WallProblem, error) {
	var near []*programme.Problem
	for i := range problems {
		x := &problems[i]
		if due := x.DueOn(); !due.IsZero() && x.Waits() && due.Sub(today) <= nearDays {
			near = append(near, x)
		}
	}
	slices.SortFunc(near, func(a, b *programme.Problem) int {
		return cmp.Or(a.DueOn().Sub(b.DueOn()), strings.Compare(a.No, b.No))
	})
	near = near[:min(len(near), wallProblems)]
	var want codes
	for _, x := range near {
		want.regions, want.households, want.users = append(want.regions, x.RegionCode), append(want.households, x.HouseholdID), append(want.users, x.Facts.Text("responsible"))
	}
	l, err := s.labels(ctx, want)
	out := []gen.WallProblem{}
	for _, x := range near {
		if err != nil {
			break
		}
		item := gen.WallProblem{No: x.No, RegionName: l.region(x.RegionCode), HouseholdNo: l.households[x.HouseholdID].No, ClassTitle: classTitle(x.Facts.Text("class")),
			StateTitle: stateTitle(definitionOf(&x.Case), x.State), DueOn: day(x.DueOn()), DaysLeft: x.DueOn().Sub(today)}
		if id := x.Facts.Text("responsible"); id != "" {
			item.Responsible = l.user(id).Name
		}
		if x.Rung != "" {
			item.LevelTitle = programme.LevelTitle(x.Rung)
		}
		out = append(out, item)
	}
	return out, err
}
