package deptlist

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/internal/cell"
	"shouwang/models"
	"shouwang/policy"
)

// Outcome is what matching has found for a row.
type Outcome string

// The outcomes of a row: somebody of the register, somebody doubtful whom a person must look at, nobody of the register.
const (
	Matched  Outcome = "matched"
	Doubtful Outcome = "review"
	Outside  Outcome = "outside"
)

// Reasons of a doubtful row.
const (
	NameDiffers    = "name_differs"
	MovedVillage   = "moved_village"
	SeveralPersons = "several"
	NumberDiffers  = "number_differs"
	NoNumber       = "no_number"
)

// ReasonTitles are the reasons in words.
var ReasonTitles = map[string]string{
	NameDiffers: "证件号相同，姓名不同", MovedVillage: "人相同，所在村不同", SeveralPersons: "有几个人相符",
	NumberDiffers: "姓名、村和出生日期相同，证件号不同", NoNumber: "名单没有证件号和出生日期，只有姓名和村相符",
}

// Candidate is a present member of a household of the register.
type Candidate struct {
	Person  models.Person
	Secret  models.PersonSecret
	Village string // code, 12 digits
}

// Match is the result for a row. Keys are the blind indexes of how the list names the person: a decision about it
// holds for later lists that name him the same way.
type Match struct {
	Outcome    Outcome
	Reason     string
	Person     *Candidate
	Candidates []Candidate
	Keys       []string
}

// Register looks persons of an area up.
type Register struct {
	DB     *gorm.DB
	Vault  *models.Vault
	Region string // only persons of villages below it
}

// batch bounds the parameters of one query.
const batch = 400

// Match compares rows with the register: the identity number first, then name, village and birth date (2.1). Rows with
// faults are left out; the answer has an entry for each row.
func (g *Register) Match(ctx context.Context, rows []*Row) ([]Match, error) {
	byID, byName, err := g.load(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := make([]Match, len(rows))
	for i, r := range rows {
		if r.Bad() {
			continue
		}
		out[i] = match(r, byID[numberKey(r.Who.IDNo)], byName[r.Village+r.Who.Name])
		out[i].Keys = g.Vault.Indexes(r.Who.Named())
	}
	return out, nil
}

// Kept is somebody as a doubt keeps him.
func (w Who) Kept() models.DeptWho {
	return models.DeptWho{Name: w.Name, IDNo: w.IDNo, Birth: w.Birth.String(), Village: w.Village, Township: w.Township}
}

// Named tells whether two lists name somebody the same way.
func (w Who) Named() string { return Named(w.Kept()) }

// Named is how a list names somebody, as its blind index is made of it.
func Named(w models.DeptWho) string {
	return strings.Join([]string{"dept-match", w.IDNo, nameKey(w.Name), villageKey(w.Village), w.Township, w.Birth}, "|")
}

// numberKey is an identity number as it is compared: so its blind index is made.
func numberKey(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }

// match decides for one row. same holds the person with that number, named those of that name in that village.
func match(r *Row, same, named []Candidate) Match {
	if r.Who.IDNo != "" && len(same) > 0 {
		c := same[0]
		switch {
		case nameKey(c.Person.Name) != nameKey(r.Who.Name):
			return doubt(NameDiffers, same)
		case r.Village != "" && c.Village != r.Village:
			return doubt(MovedVillage, same)
		}
		return Match{Outcome: Matched, Person: &c}
	}
	if len(named) == 0 {
		return Match{Outcome: Outside}
	}
	if r.Who.Birth.IsZero() {
		return doubt(NoNumber, named)
	}
	born := slices.DeleteFunc(slices.Clone(named), func(c Candidate) bool { return c.birth() != r.Who.Birth })
	switch {
	case len(born) == 0:
		return Match{Outcome: Outside}
	case len(born) > 1:
		return doubt(SeveralPersons, born)
	case r.Who.IDNo != "" && born[0].Secret.IDNo != "":
		return doubt(NumberDiffers, born)
	}
	return Match{Outcome: Matched, Person: &born[0]}
}

func doubt(reason string, who []Candidate) Match {
	if len(who) > 1 {
		reason = SeveralPersons
	}
	return Match{Outcome: Doubtful, Reason: reason, Candidates: who}
}

func (c *Candidate) birth() policy.Date {
	if d, err := policy.BirthDate(c.Secret.IDNo); err == nil {
		return d
	}
	d, _ := cell.ParseDate(c.Secret.BirthDate, false) // zero when nobody has recorded it
	return d
}

// nameKey is a name as it is compared: the dots of minority names are written in several ways.
func nameKey(s string) string {
	return strings.NewReplacer("•", "·", "．", "·", ".", "·").Replace(cell.Tight(s))
}

// load reads whom the rows may be about: by number, and by village and name those whose number the register does not have.
func (g *Register) load(ctx context.Context, rows []*Row) (byID, byName map[string][]Candidate, err error) {
	byID, byName = map[string][]Candidate{}, map[string][]Candidate{}
	var indexes []string
	for _, r := range rows {
		if !r.Bad() && r.Who.IDNo != "" {
			indexes = append(indexes, g.Vault.Indexes(r.Who.IDNo)...)
		}
	}
	for part := range slices.Chunk(distinct(indexes), batch) {
		found, err := g.people(ctx, "people.id_index IN ?", part)
		if err != nil {
			return nil, nil, err
		}
		for _, c := range found {
			number := numberKey(c.Secret.IDNo)
			byID[number] = append(byID[number], c)
		}
	}
	names := map[string][]string{} // by village
	for _, r := range rows {
		if !r.Bad() && r.Village != "" && (r.Who.IDNo == "" || len(byID[numberKey(r.Who.IDNo)]) == 0) {
			names[r.Village] = append(names[r.Village], r.Who.Name)
		}
	}
	for _, village := range slices.Sorted(maps.Keys(names)) {
		for part := range slices.Chunk(distinct(names[village]), batch) {
			// By the names: of the households of a village there are more, which SQLite does not know.
			found, err := g.people(ctx, "people.name IN ? AND households.region_code || '' = ?", g.stored(part), village)
			if err != nil {
				return nil, nil, err
			}
			for _, c := range found {
				byName[village+c.Person.Name] = append(byName[village+c.Person.Name], c)
			}
		}
	}
	return byID, byName, nil
}

// stored are names as they stand in the register: those of children as marks.
func (g *Register) stored(names []string) []string {
	out := slices.Clone(names)
	for _, n := range names {
		out = append(out, g.Vault.NameMarks(n)...)
	}
	return out
}

// people are present members of households of the area that are in the register.
func (g *Register) people(ctx context.Context, where string, args ...any) ([]Candidate, error) {
	var rows []struct {
		models.Person
		RegionCode string
	}
	err := g.DB.WithContext(ctx).Table("people").Select("people.*, households.region_code").Joins("JOIN households ON households.id = people.household_id").
		Where("people.left_at IS NULL AND households.status <> 'household_cancelled' AND substr(households.region_code, 1, ?) = ?", len(g.Region), g.Region).
		Where(where, args...).Order("people.id").Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	out := make([]Candidate, 0, len(rows))
	for _, r := range rows {
		s, err := r.Person.Secret(g.Vault)
		if err != nil {
			return nil, err
		}
		out = append(out, Candidate{Person: r.Person, Secret: s, Village: r.RegionCode})
	}
	return out, nil
}

// ByID are the candidates with those ids, as far as they are still present.
func (g *Register) ByID(ctx context.Context, ids []string) ([]Candidate, error) {
	return g.people(ctx, "people.id IN ?", ids)
}

func distinct[T cmp.Ordered](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}
