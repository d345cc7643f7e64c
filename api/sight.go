package api

import (
	"context"
	"slices"

	"shouwang/models"
	"shouwang/procedure"
)

// look says how much of an answer is shown.
type look int

const (
	hidden look = iota
	masked
	full
)

// sight is the look for P0, P1 … P5.
type sight [6]look

var (
	sightNone      = sight{full}
	sightOrdinary  = sight{full, full}
	sightMasked    = sight{full, full, masked}
	sightPersonal  = sight{full, full, full}
	sightSensitive = sight{full, full, full, full}
	sightCompared  = sight{full, full, full, full, full}
	sightDept      = sight{full, full, full, hidden, full}
	sightAudit     = sight{full, full, masked, masked, full, masked}
)

// eyes are how much v sees of the answers of one case.
func (s *server) eyes(ctx context.Context, v *viewer, c *models.Case) (sight, error) {
	works, err := s.worksOn(ctx, v, c)
	if err != nil {
		return sightNone, err
	}
	out := sightNone
	for _, g := range v.grants {
		if !s.reaches(g, c) {
			continue
		}
		r := rules[g.Role]
		out = out.widen(r.see)
		if works {
			out = out.widen(r.work)
		}
		// Whoever decides whether an objection is accepted has to read it.
		if g.Role == procedure.TownshipOffice && c.Procedure == "objection" && c.State == "received" {
			out[5] = full
		}
	}
	if handles(v, c) {
		out[5] = full
	}
	return out, nil
}

func (a sight) widen(b sight) sight {
	for i := range a {
		a[i] = max(a[i], b[i])
	}
	return a
}

// of is the look for one data class; an unknown class is hidden.
func (a sight) of(class procedure.Class) look {
	i := slices.Index([]procedure.Class{procedure.P0, procedure.P1, procedure.P2, procedure.P3, procedure.P4, procedure.P5}, class)
	if i < 0 {
		return hidden
	}
	return a[i]
}

// worksOn reports whether a case waits for v or has been handled by him, or by
// somebody he stands in for.
func (s *server) worksOn(ctx context.Context, v *viewer, c *models.Case) (bool, error) {
	for _, users := range c.Facts.By {
		if slices.ContainsFunc(v.persons(), func(id string) bool { return slices.Contains(users, id) }) {
			return true, nil
		}
	}
	var n int64
	err := s.db(ctx).Model(&models.Task{}).Where("case_id = ? AND closed_at IS NULL AND queue IN ?", c.ID, queuesOf(v)).Count(&n).Error
	return n > 0, err
}

// householdEyes are how much v sees of a household outside any case.
func (s *server) householdEyes(v *viewer, h *models.Household) (see sight, unmask bool) {
	see = sightNone
	covers := inHousehold(h)
	for _, g := range v.grants {
		r := rules[g.Role]
		if r.reach == nothing || !covers(g) {
			continue
		}
		see = see.widen(r.see)
		unmask = unmask || r.unmask
	}
	return see, unmask
}
