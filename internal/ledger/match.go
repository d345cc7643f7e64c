package ledger

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
)

// known is what the database has about the households and persons of a ledger.
type known struct {
	byNo    map[string]*models.Household
	byID    map[string]*models.Household
	persons map[string]models.Person   // by blind index
	members map[string][]models.Person // by household
	claimed map[string]bool            // households that rows of the ledger have been matched with
}

// target is an existing household that a ledger's household is, with its secrets open.
type target struct {
	household models.Household
	secret    models.HouseholdSecret
	people    []existing
}

// existing is a person of the target; one without an id is to be added.
type existing struct {
	person models.Person
	secret models.PersonSecret
	dirty  bool
}

// batch bounds the parameters of one query.
const batch = 500

func loadKnown(ctx context.Context, store *models.Store, work []*checker) (*known, error) {
	var nos, indexes []string
	written := map[string]string{} // what an index under another key is under the one that is written
	for _, c := range work {
		nos = append(nos, c.rec.No)
		for _, m := range c.rec.Members {
			if m.index != "" {
				indexes = append(append(indexes, m.index), m.others...)
				for _, x := range append(m.others, m.index) {
					written[x] = m.index
				}
			}
		}
	}
	k := &known{byNo: map[string]*models.Household{}, byID: map[string]*models.Household{}, persons: map[string]models.Person{}, members: map[string][]models.Person{}, claimed: map[string]bool{}}
	db := store.DB.WithContext(ctx)
	if err := k.households(db, "no", nos); err != nil {
		return nil, err
	}
	persons, err := inBatches[models.Person](db, "id_index", indexes)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, p := range persons {
		k.persons[written[*p.IDIndex]] = p
		ids = append(ids, p.HouseholdID)
	}
	if err := k.households(db, "id", ids); err != nil {
		return nil, err
	}
	return k, k.changed(db, store.Vault, work)
}

// households adds the households whose column has one of the values.
func (k *known) households(db *gorm.DB, column string, values []string) error {
	rows, err := inBatches[models.Household](db, column, values)
	for i := range rows {
		k.byNo[rows[i].No], k.byID[rows[i].ID] = &rows[i], &rows[i]
	}
	return err
}

// changed loads the members of those households whose rows are not what was imported last.
func (k *known) changed(db *gorm.DB, v *models.Vault, work []*checker) error {
	var ids []string
	for _, c := range work {
		if h := k.match(&c.rec); h != nil && h.SourceHash != c.rec.hash(v) {
			ids = append(ids, h.ID)
		}
	}
	people, err := inBatches[models.Person](db, "household_id", ids)
	slices.SortFunc(people, func(a, b models.Person) int { return a.Ord - b.Ord })
	for _, p := range people {
		k.members[p.HouseholdID] = append(k.members[p.HouseholdID], p)
	}
	return err
}

// match finds the household by its number, or else by its head's identity number.
func (k *known) match(r *record) *models.Household {
	if h := k.byNo[r.No]; h != nil {
		return h
	}
	if head := r.head(); head != nil && head.index != "" {
		if p, ok := k.persons[head.index]; ok && p.IsHead {
			return k.byID[p.HouseholdID]
		}
	}
	return nil
}

func inBatches[T any](db *gorm.DB, column string, values []string) ([]T, error) {
	slices.Sort(values)
	values = slices.Compact(values)
	var out []T
	for part := range slices.Chunk(values, batch) {
		var rows []T
		if err := db.Where(column+" IN ?", part).Find(&rows).Error; err != nil {
			return nil, err
		}
		out = append(out, rows...)
	}
	return out, nil
}

// plan decides what happens to one household.
func (c *checker) plan(v *models.Vault, k *known, scope Scope) (HouseholdPlan, error) {
	h := HouseholdPlan{Action: Create, No: c.rec.No, Sheet: c.sheet.Name, Members: len(c.rec.Members)}
	if head := c.rec.head(); head != nil {
		h.Head = head.Name
	} else if len(c.rec.Members) > 0 {
		h.Head = c.rec.Members[0].Name
	}
	found := k.match(&c.rec)
	c.conflicts(k, found, scope)
	h.hash = c.rec.hash(v)
	var err error
	switch {
	case c.bad():
		h.Action = Reject
	case found != nil && found.SourceHash == h.hash:
		h.Action = Leave
	case found != nil:
		if h.target, err = openTarget(v, *found, k.members[found.ID]); err != nil {
			return h, err
		}
		was := h.target.signals()
		h.Changes = c.compare(h.target)
		h.signs = h.target.signals().since(was)
		switch {
		case c.bad():
			h.Action, h.Changes = Reject, nil
		case len(h.Changes) == 0:
			h.Action = Leave
		default:
			h.Action = Update
		}
	}
	if h.Action == Create {
		c.date()
	}
	h.rec, h.Faults = c.rec, c.list
	return h, nil
}

// conflicts finds what contradicts the database.
func (c *checker) conflicts(k *known, found *models.Household, scope Scope) {
	first := c.rec.Members[0].row
	if found != nil {
		if k.claimed[found.ID] {
			c.add(first, HouseholdNo, "LED-218", "与表中另一户是同一户%s", numbered("（户编号 ", found, "）", scope))
		}
		k.claimed[found.ID] = true
	}
	if found != nil && c.rec.Region != "" && found.RegionCode != c.rec.Region {
		c.add(first, HouseholdNo, "LED-215", "户编号或户主已登记在另一个村，迁移须另行办理")
	}
	if found != nil && found.No != c.rec.No {
		if !strings.Contains(c.rec.No, derivedMark) && !strings.Contains(found.No, derivedMark) {
			c.add(first, HouseholdNo, "LED-216", "户主已登记在%s下，与表中的 %s 不同", cmp.Or(numbered("户编号 ", found, " ", scope), "另一个户编号"), c.rec.No)
		}
		if strings.Contains(c.rec.No, derivedMark) {
			c.rec.No = found.No
		}
	}
	for _, m := range c.rec.Members {
		p, ok := k.persons[m.index]
		if m.index == "" || !ok || (found != nil && p.HouseholdID == found.ID) {
			continue
		}
		where := "另一户"
		if h := k.byID[p.HouseholdID]; h != nil && scope.covers(h.RegionCode) {
			where = "户编号 " + h.No + "（户主 " + h.HeadName + "）"
		}
		c.add(m.row, IDNo, "LED-121", "此人已登记在%s，同一人不能在两户", where)
	}
}

// numbered is the number of a household between some words; of one outside the area it is "".
func numbered(before string, h *models.Household, after string, scope Scope) string {
	if !scope.covers(h.RegionCode) {
		return ""
	}
	return before + h.No + after
}

func openTarget(v *models.Vault, h models.Household, people []models.Person) (*target, error) {
	t := &target{household: h}
	var err error
	if t.secret, err = h.Secret(v); err != nil {
		return nil, err
	}
	for _, p := range people {
		s, err := p.Secret(v)
		if err != nil {
			return nil, err
		}
		t.people = append(t.people, existing{person: p, secret: s})
	}
	return t, nil
}
