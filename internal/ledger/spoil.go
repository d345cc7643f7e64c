package ledger

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"gorm.io/gorm"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
)

// SpoilOptions say where faults for the data rules are put: into households of Region, in an order that Seed gives, one
// household for each of Codes (all of Spoilable when nil). Context is the day and the policy by which they are faults.
type SpoilOptions struct {
	Region  string
	Seed    uint64
	Codes   []string
	Context policy.DataContext
	// Until is the last day on which the rules must find them and nothing else, if that is later than the day of Context.
	Until policy.Date
	// Monitored tells what the procedures say of a household that has been identified: episode, measures, contact. Without
	// it such households are left alone, and the faults of SpoilableMonitored cannot be put in.
	Monitored func(tx *gorm.DB, id string) (policy.Family, error)
	// Assumed has Monitored tell what the procedures would say of households that were not identified: only those are taken,
	// and the caller must make it true of the ones reported.
	Assumed bool
	// Not are households to be left alone, by id.
	Not map[string]bool
}

// Spoiled is one fault put in: the rule that must find it, where, and of whom; Member is "" for the household.
type Spoiled struct {
	Code, HouseholdID, No, Member string
}

// Spoilable are the rules for which Spoil has a fault, in the order of policy.DataRules. Those about monitored
// households and their measures need procedures that have been gone through, and those about other counties a second
// one.
func Spoilable() []string {
	var out []string
	for _, r := range policy.DataRules {
		if spoilings[r.Code] != nil {
			out = append(out, r.Code)
		}
	}
	return out
}

// SpoilableMonitored are the rules about monitored households for which Spoil has a fault in their register. Each needs a
// household to which it can happen, such as one at risk of illness.
func SpoilableMonitored() []string {
	var out []string
	for _, r := range policy.DataRules {
		if monitoredSpoilings[r.Code] != nil {
			out = append(out, r.Code)
		}
	}
	return out
}

// Spoil puts one fault for each rule into the register, past all procedures, so that it can be measured what the rules
// find. A household is taken only if no rule objects to it before and only the intended one afterwards. It changes the
// register of invented people only: a household whose members' numbers do not begin with FictionPrefix is left alone.
func Spoil(ctx context.Context, store *models.Store, o SpoilOptions) ([]Spoiled, error) {
	if o.Codes == nil {
		o.Codes = Spoilable()
	}
	var out []Spoiled
	err := store.Tx(ctx, func(tx *gorm.DB) error {
		all, err := loadSpoilable(tx, store.Vault, o)
		if err != nil {
			return err
		}
		used := map[string]bool{}
		for _, code := range o.Codes {
			i := slices.IndexFunc(all, func(s *subject) bool { return !used[s.household.ID] && s.try(code, all, used, o) })
			if i < 0 {
				return fmt.Errorf("ledger: no household fits a fault for %s", code)
			}
			s := all[i]
			used[s.household.ID] = true
			if err := s.write(tx, store.Vault); err != nil {
				return err
			}
			out = append(out, s.report(code))
			if s.also != nil { // who shares what was spoiled
				used[s.also.household.ID] = true
				out = append(out, s.also.report(code))
			}
		}
		return nil
	})
	return out, err
}

// subject is a household on the way to a fault. target is the member it concerns, -1 the household; also another
// household in which the rule finds it as well.
type subject struct {
	household models.Household
	secret    models.HouseholdSecret
	people    []models.Person
	secrets   []models.PersonSecret
	target    int
	also      *subject
	today     policy.Date
	taken     bool           // the target's number is another's
	shared    int            // who else has the household's telephone
	known     *policy.Family // what the procedures say; nil where there were none
}

func loadSpoilable(tx *gorm.DB, v *models.Vault, o SpoilOptions) ([]*subject, error) {
	var households []models.Household
	err := tx.Where("region_code LIKE ?", o.Region+"%").Order("no").Find(&households).Error
	if err != nil {
		return nil, err
	}
	r := rand.New(rand.NewPCG(o.Seed, 0x5b01))
	r.Shuffle(len(households), func(i, j int) { households[i], households[j] = households[j], households[i] })
	var out []*subject
	phones := map[string]int{}
	for _, h := range households {
		s := &subject{household: h, target: -1, today: o.Context.Today}
		identified := h.Status != unregistered
		if o.Not[h.ID] || o.Assumed && identified || !o.Assumed && identified && o.Monitored == nil {
			continue
		}
		if o.Assumed || identified {
			known, err := o.Monitored(tx, h.ID)
			if err != nil {
				return nil, err
			}
			s.known = &known
		}
		if s.secret, err = h.Secret(v); err != nil {
			return nil, err
		}
		if err := tx.Where("household_id = ? AND left_at IS NULL", h.ID).Order("ord, id").Find(&s.people).Error; err != nil {
			return nil, err
		}
		fit := true
		for i := range s.people {
			p, err := s.people[i].Secret(v)
			if err != nil {
				return nil, err
			}
			s.secrets = append(s.secrets, p)
			// A number without an index is another's: spoiled before.
			fit = fit && len(p.IDNo) > 4 && p.IDNo[:4] == FictionPrefix && s.people[i].IDIndex != nil
		}
		phones[s.secret.Phone]++
		if fit && s.shows(o) {
			out = append(out, s)
		}
	}
	return slices.DeleteFunc(out, func(s *subject) bool { return s.secret.Phone != "" && phones[s.secret.Phone] > 1 }), nil
}

// copy is deep enough for a fault to be undone.
func (s *subject) copy() *subject {
	c := *s
	c.people, c.secrets = slices.Clone(s.people), slices.Clone(s.secrets)
	c.secret.Years = slices.Clone(s.secret.Years)
	return &c
}

// try puts the fault in and keeps it if the rule, and no other, finds it at the target.
func (s *subject) try(code string, all []*subject, used map[string]bool, o SpoilOptions) bool {
	for i := -1; i < len(s.people); i++ {
		next := s.copy()
		next.target = i
		put, monitored := monitoredSpoilings[code]
		if !monitored {
			put = spoilings[code]
		}
		if put != nil && monitored == (s.known != nil) && put(next, all, used) && next.shows(o, code+" "+next.member()) {
			*s = *next
			return true
		}
	}
	return false
}

// shows reports whether the rules find just this, now and on the last day.
func (s *subject) shows(o SpoilOptions, want ...string) bool {
	if !slices.Equal(s.codes(o.Context), want) {
		return false
	}
	later := o.Context
	later.Today = o.Until
	return o.Until.IsZero() || slices.Equal(s.codes(later), want)
}

func (s *subject) member() string {
	if s.target < 0 {
		return ""
	}
	return s.people[s.target].ID
}

func (s *subject) report(code string) Spoiled {
	return Spoiled{Code: code, HouseholdID: s.household.ID, No: s.household.No, Member: s.member()}
}

// codes are what the rules find, each with its member.
func (s *subject) codes(c policy.DataContext) []string {
	f := register.Family(s.household, s.secret, s.people, s.secrets)
	f.PhoneElsewhere.Households = s.shared
	if s.known != nil {
		f.Episode, f.Measures, f.Contact = s.known.Episode, s.known.Measures, s.known.Contact
	}
	if s.target >= 0 {
		f.Members[s.target].Taken = s.taken
	}
	var out []string
	for _, r := range policy.DataRules {
		for _, x := range r.Find(&f, c) {
			out = append(out, r.Code+" "+x.Member)
		}
	}
	return out
}

func (s *subject) write(tx *gorm.DB, v *models.Vault) error {
	if err := s.household.SetSecret(v, s.secret); err != nil {
		return err
	}
	s.household.RowVersion++
	if err := tx.Save(&s.household).Error; err != nil {
		return err
	}
	for i := range s.people {
		p := &s.people[i]
		if p.IDIndex = nil; s.secrets[i].IDNo != "" && !(s.taken && i == s.target) {
			p.IDIndex = new(v.Index(s.secrets[i].IDNo))
		}
		if err := p.SetSecret(v, s.secrets[i]); err != nil {
			return err
		}
		if err := tx.Save(p).Error; err != nil {
			return err
		}
	}
	return nil
}
