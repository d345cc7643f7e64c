package api

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// labels are the names that belong to the codes of a page of rows, read in one
// query per kind.
type labels struct {
	regions    map[string]models.Region
	households map[string]models.Household
	users      map[string]models.User
	clocks     map[string][]models.ClockRow // running clocks by case
}

// codes are what labels are wanted for.
type codes struct{ regions, households, users, people, cases []string }

func (s *server) labels(ctx context.Context, want codes) (*labels, error) {
	l := &labels{regions: map[string]models.Region{}, households: map[string]models.Household{}, users: map[string]models.User{}, clocks: map[string][]models.ClockRow{}}
	db := s.db(ctx)
	if err := s.areas.fill(db, distinct(want.regions), l.regions, s.now()); err != nil {
		return nil, err
	}
	var households []models.Household
	if ids := distinct(want.households); len(ids) > 0 {
		if err := db.Select("id", "no", "head_name", "group_name").Where("id IN ?", ids).Find(&households).Error; err != nil {
			return nil, err
		}
	}
	for _, h := range households {
		l.households[h.ID] = h
	}
	var users []models.User
	if ids := distinct(want.users); len(ids) > 0 {
		if err := db.Select("id", "login", "name").Where("id IN ?", ids).Find(&users).Error; err != nil {
			return nil, err
		}
	}
	for _, u := range users {
		l.users[u.ID] = u
	}
	var clocks []models.ClockRow
	if ids := distinct(want.cases); len(ids) > 0 {
		if err := db.Where("case_id IN ? AND stopped_at IS NULL", ids).Order("id").Find(&clocks).Error; err != nil {
			return nil, err
		}
	}
	for _, k := range clocks {
		l.clocks[k.CaseID] = append(l.clocks[k.CaseID], k)
	}
	return l, nil
}

// areas remembers the names of areas, which change once in years.
type areas struct {
	mu    sync.Mutex
	known map[string]models.Region
	since time.Time
}

// areasFor is how long an old name may still be shown.
const areasFor = time.Minute

// fill puts the areas with the given codes into a map, as far as there are such.
func (a *areas) fill(db *gorm.DB, codes []string, into map[string]models.Region, now time.Time) error {
	var unknown []string
	a.mu.Lock()
	if now.Sub(a.since) > areasFor || now.Before(a.since) {
		a.known, a.since = map[string]models.Region{}, now
	}
	for _, code := range codes {
		if r, ok := a.known[code]; ok {
			into[code] = r
		} else {
			unknown = append(unknown, code)
		}
	}
	a.mu.Unlock()
	if len(unknown) == 0 {
		return nil
	}
	var found []models.Region
	err := db.Where("code IN ?", unknown).Find(&found).Error
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range found {
		a.known[r.Code], into[r.Code] = r, r
	}
	return err
}

func distinct(in []string) []string {
	out := slices.Clone(in)
	slices.Sort(out)
	out = slices.Compact(out)
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// region is the full name of an area, or its code when it has no name here.
func (l *labels) region(code string) string {
	if r, ok := l.regions[code]; ok {
		if r.Path != "" {
			return r.Path
		}
		return r.Name
	}
	return code
}

func (l *labels) household(id string) gen.HouseholdRef {
	h, ok := l.households[id]
	if !ok {
		return gen.HouseholdRef{}
	}
	return gen.HouseholdRef{ID: h.ID, HouseholdNo: h.No, HeadName: h.HeadName}
}

func (l *labels) user(id string) gen.UserRef {
	if id == "" {
		return gen.UserRef{}
	}
	return gen.UserRef{ID: id, Name: l.users[id].Name, Login: l.users[id].Login}
}

func deptTitle(code string) string {
	for _, d := range policy.Departments {
		if d.Code == code {
			return d.Title
		}
	}
	return code
}

func roleTitle(r procedure.Role) string {
	if d, ok := procedure.RoleOf(r); ok {
		return d.Title
	}
	return string(r)
}

func roleRefs(in []procedure.Role) []gen.RoleRef {
	out := make([]gen.RoleRef, len(in))
	for i, r := range in {
		out[i] = gen.RoleRef{Code: string(r), Title: roleTitle(r)}
	}
	return out
}

func stateTitle(d *procedure.Definition, s procedure.State) string {
	if d != nil {
		if st, ok := d.State(s); ok {
			return st.Title
		}
	}
	return string(s)
}

// definitionOf is the definition a case runs on, or one with titles only for a
// version that this build has lost.
func definitionOf(c *models.Case) *procedure.Definition {
	if d, ok := procedure.Lookup(c.Procedure, c.Version); ok {
		return d
	}
	return &procedure.Definition{Name: c.Procedure, Version: c.Version, Title: c.Procedure}
}

func procedureTitle(name string) string {
	if d, ok := procedure.Latest(name); ok {
		return d.Title
	}
	return name
}
