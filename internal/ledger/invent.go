package ledger

import (
	"math/rand/v2"

	"shouwang/models"
)

// Invented is an invented household as the register keeps it, of this year and the year before.
type Invented struct {
	No, Group, BaseType string
	Secret              models.HouseholdSecret
	Members             []InventedMember // the head first
}

// InventedMember is one of its members.
type InventedMember struct {
	Name   string
	Secret models.PersonSecret
}

// Invent gives the households of the villages of which Generate, with the further columns, writes the ledgers of this
// year and the year before. No data rule has anything to say about them.
func Invent(o GenerateOptions) ([][]Invented, error) {
	o, err := o.filled()
	if err != nil {
		return nil, err
	}
	o.Wide = true
	_, now := o.township()
	last := o
	last.Year--
	_, before := last.township()
	out := make([][]Invented, len(now))
	for v, families := range now {
		for i, h := range families {
			out[v] = append(out[v], h.invented(before[v][i]))
		}
	}
	return out, nil
}

// township are the people of the options: equal but for the further columns in another year.
func (o GenerateOptions) township() (*folk, [][]*family) {
	f := &folk{Rand: rand.New(rand.NewPCG(o.Seed, 0x5397)), today: o.Today, prefix: o.Area, used: map[string]bool{}, large: o.Large}
	villages := f.township(o)
	if o.Wide {
		f.widen(villages, o)
	}
	return f, villages
}

// invented puts a family together from two years of it.
func (h *family) invented(before *family) Invented {
	out := Invented{No: h.no, Group: h.group, BaseType: baseTypes[h.base], Secret: h.secret}
	s := &out.Secret
	s.Phone, s.Address, s.Bank, s.House, s.Income = h.members[0].phone, h.address, h.bank, h.grade[:1], int64(h.income)*100
	for _, f := range []*family{before, h} {
		y := f.money
		y.Year, y.Total = f.year, new(int64(f.income)*100)
		s.Years = append(s.Years, y)
	}
	for i, m := range h.members {
		out.Members = append(out.Members, InventedMember{m.name, m.record(h.year, before.members[i].school)})
	}
	return out
}

func (m *villager) record(year int, schoolBefore string) models.PersonSecret {
	s := m.secret
	s.IDNo, s.Relation, s.Sex, s.BirthDate, s.Ethnicity, s.Phone = m.id, m.relation, m.sex, m.birth.String(), m.ethnicity, m.phone
	s.Education, s.School, s.Health, s.Disability, s.Labour, s.Medical = m.education, m.school, m.health, m.disability, m.labour, m.medical
	for y, school := range map[int]string{year - 1: schoolBefore, year: m.school} {
		if school == "" {
			continue
		}
		if s.Schools == nil {
			s.Schools = map[int]string{}
		}
		s.Schools[y] = school
	}
	return s
}
