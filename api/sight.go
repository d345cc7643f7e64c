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
	whole // without the masks that are there for everybody
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
	sightDept      = sight{full, full, full, hidden, full} // of the cases asked of it; of the register its fields
	sightOffice    = sight{full, full, masked, masked}
	sightCounty    = sight{full, full, masked, masked, full}
	sightWhole     = sight{whole, whole, whole, whole, whole} // what is told to the person himself (PIPL art. 45)
	// Of what is late or concealed, discipline is told who has complained (3.3).
	sightDiscipline = sight{full, full, masked, hidden, hidden, full}
	sightAudit      = sight{full, full, masked, masked, full, masked}
)

// eyes are how much v sees of the answers of one case.
func (s *server) eyes(ctx context.Context, v *viewer, c *models.Case) (sight, error) {
	return s.caseSight(ctx, v, c, func(_ models.RoleGrant, r rule) rule { return r })
}

// purposedEyes are the same where a purpose is stated and kept.
func (s *server) purposedEyes(ctx context.Context, v *viewer, c *models.Case) (sight, error) {
	return s.caseSight(ctx, v, c, func(_ models.RoleGrant, r rule) rule {
		r.see = r.purposed()
		return r
	})
}

// othersEyes are how much v sees of what others have said in a case: a department, of a comparison and of what it has only
// reported, what is ordinary, for it has its own fields and answers and no more (3.3).
func (s *server) othersEyes(ctx context.Context, v *viewer, c *models.Case) (sight, error) {
	return s.caseSight(ctx, v, c, func(g models.RoleGrant, r rule) rule {
		if r.reach == department && (c.Procedure == "dept_comparison" || c.Dept != g.Dept) {
			r.see, r.work = sightOrdinary, sightOrdinary
		}
		return r
	})
}

func (s *server) caseSight(ctx context.Context, v *viewer, c *models.Case, as func(models.RoleGrant, rule) rule) (sight, error) {
	works, err := s.worksOn(ctx, v, c)
	if err != nil {
		return sightNone, err
	}
	over, err := s.overCase(ctx, v, c)
	if err != nil {
		return sightNone, err
	}
	out := sightNone
	for _, g := range v.grants {
		if !over(g) {
			continue
		}
		r := as(g, rules[g.Role])
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

// purposed is what a role sees where it states a purpose that is kept, as for a paper or an export: all that its work would
// show it of what is masked until then.
func (r rule) purposed() sight {
	out := r.see
	for i := range out {
		if r.unmask && out[i] == masked {
			out[i] = max(masked, r.work[i])
		}
	}
	return out
}

// deptAsk is the fields of the register that a department is asked about (3.3: the least that it needs to match). Of
// everybody it is asked about it has the identity number besides, to match by; of a child whatever is asked, and that,
// only if children are what it is asked about.
type deptAsk struct {
	fields   []string
	children bool
}

var askedOfDept = map[string]deptAsk{
	"civil_affairs":       {fields: []string{"dibao", "tekun", "low_income", "supporter", "no_labour_household"}},
	"public_security":     {fields: []string{"relation", "sex", "birth_date", "ethnicity", "in_reason", "out_reason"}},
	"human_resources":     {fields: []string{"labour", "resident_pension", "employee_pension", "work_started", "work_ended", "work_place", "work_company", "work_months", "off_county", "public_posts", "public_post_months"}},
	"medical_insurance":   {fields: []string{"medical", "resident_insured", "employee_insured", "serious_illness_insured"}},
	"health":              {fields: []string{"health", "doctor_signed"}},
	"education":           {fields: []string{"birth_date", "education", "school", "not_in_school", "two_after"}, children: true},
	"disabled_federation": {fields: []string{"disability", "certificate"}},
	"housing":             {fields: []string{"address", "house_grade", "house_area", "dangerous", "repaired", "moved_in", "relocated"}},
	"agriculture":         {fields: []string{"arable", "forest", "returned_forest", "orchard", "pasture", "pond"}},
	"water_affairs":       {fields: []string{"water_piped", "water_litres", "water_minutes", "water_distance", "water_vertical", "water_shortage_days", "water_test", "water_looks"}},
	"market":              {}, "land": {}, "tax": {}, "housing_fund": {}, "finance": {},
}

// eyes are how much somebody sees of a household of the register and its members.
type eyes struct {
	see   sight
	told  sight     // where a purpose is stated and kept
	whole sight     // of which of it one value may be asked for whole
	depts []deptAsk // what is asked of his departments
}

// eyesUnder are how much v sees of a household outside any case, by those of his grants that reach it.
func (v *viewer) eyesUnder(over covering) eyes {
	out := eyes{see: sightNone, told: sightNone}
	for _, g := range v.grants {
		if !over(g) {
			continue
		}
		r := rules[g.Role]
		if r.reach == department {
			out.see, out.told = out.see.widen(sightOrdinary), out.told.widen(sightOrdinary)
			out.depts = append(out.depts, askedOfDept[g.Dept])
			continue
		}
		out.see, out.told = out.see.widen(r.see), out.told.widen(r.purposed())
		if r.unmask {
			out.whole = out.whole.widen(r.see)
		}
	}
	return out
}

// toAll are the eyes of somebody who sees so much of everything.
func toAll(see sight) eyes { return eyes{see: see} }

// purposed are the eyes for what is done with a purpose that is kept.
func (e eyes) purposed() eyes { e.see = e.told; return e }

// of is the look for one field of a class, of a child or not.
func (e eyes) of(code string, class procedure.Class, child bool) look {
	if e.asked(code, child) {
		return full
	}
	return e.see.of(class)
}

// shows reports whether a field may be asked for whole.
func (e eyes) shows(code string, class procedure.Class, child bool) bool {
	return e.whole.of(class) != hidden || e.asked(code, child)
}

func (e eyes) asked(code string, child bool) bool {
	return slices.ContainsFunc(e.depts, func(a deptAsk) bool {
		return (a.children || !child) && (code == "id_no" || child && code == "name" || slices.Contains(a.fields, code))
	})
}

// householdEyes are how much v sees of a household outside any case.
func (s *server) householdEyes(ctx context.Context, v *viewer, h *models.Household) (eyes, covering, error) {
	over, err := s.overHousehold(ctx, v, h)
	if err != nil {
		return eyes{}, nil, err
	}
	return v.eyesUnder(over), over, nil
}
