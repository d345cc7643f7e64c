package activities

import (
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
)

// Family is one household with everything the data rules look at, as the register has it at a moment.
func (e *Engine) Family(tx *gorm.DB, id string, at time.Time) (policy.Family, error) {
	r, err := e.record(tx, id)
	if err != nil {
		return policy.Family{}, err
	}
	f := FamilyOf(r.household, r.secret, r.people, r.secrets)
	k := &act{e: e, tx: tx, now: at}
	for i := range f.Members {
		if m := &f.Members[i]; m.IDNo != "" {
			if m.Taken, err = k.taken(m.IDNo, m.ID); err != nil {
				return f, err
			}
		}
	}
	return f, nil
}

// FamilyOf puts a household and its present members, with their secrets, into the shape the rules look at. What needs
// other rows, such as the episode and who else has a number, is for the caller to add.
func FamilyOf(h models.Household, s models.HouseholdSecret, people []models.Person, secrets []models.PersonSecret) policy.Family {
	f := policy.Family{ID: h.ID, No: h.No, Region: h.RegionCode, Head: h.HeadName, Population: h.Population,
		OutOfPoverty: h.BaseType == "out_of_poverty", Status: string(h.Status), Phone: s.Phone}
	f.House.Grade = s.House
	for i, p := range people {
		f.Members = append(f.Members, memberOf(p, secrets[i]))
	}
	return f
}

func memberOf(p models.Person, s models.PersonSecret) policy.Member {
	m := policy.Member{ID: p.ID, Name: p.Name, Head: p.IsHead, IDNo: s.IDNo, Sex: s.Sex, Relation: s.Relation, Phone: s.Phone,
		Education: s.Education, School: s.School, Health: s.Health, Disability: s.Disability, Labour: s.Labour}
	m.Birth, _ = policy.ParseDate(s.BirthDate)
	if p.JoinedAt != nil {
		m.Joined = policy.DateOf(*p.JoinedAt)
	}
	return m
}
