package activities

import (
	"slices"
	"strings"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
)

// finding is what a rule has found in a household, or in a member of it.
type finding struct {
	rule, person, message string
	values                map[string]string
	print                 int64 // of the values that were used
	check                 policy.Finding
}

// found is what a data rule has found, with the inputs as the act that uses it keeps them.
func (w *looker) found(r policy.RuleInfo, f policy.DataFault, numbers string) finding {
	check := policy.Finding{Code: r.Code, Title: r.Title, Verdict: policy.VerdictYes, Reason: f.Message, Basis: r.Basis}
	for _, name := range sortedKeys(f.Values) {
		check.Values = append(check.Values, policy.Value{Name: name, Text: f.Values[name]})
	}
	return finding{rule: r.Code, person: f.Member, message: f.Message, values: f.Values, print: w.valuesPrint(r.Code, f.Values, numbers), check: check}
}

// judge opens the households that must be looked at and holds them against the rules. A household whose record does not
// open stops the run: what cannot be read is not clean.
func (w *looker) judge(homes []*home) error {
	taken, err := w.takenOf(homes)
	if err != nil {
		return err
	}
	if err := w.readFollowed(homes); err != nil {
		return err
	}
	for _, h := range homes {
		if !w.due(h) {
			continue
		}
		if err := w.open(h); err != nil {
			return err
		}
		f, err := w.family(h, taken)
		if err != nil {
			return err
		}
		h.looked = true
		h.dated(f)
		if h.household.Status == "household_cancelled" {
			continue
		}
		switch w.kind {
		case models.RunScreening:
			h.screen(w, f)
		case models.RunTrial:
			h.try(w, f)
		default:
			if err := h.check(w, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// sheet is one household while it is looked at, opened and in the shape of the rules. The next one takes its place, so
// that a run goes through a province in the memory of one family.
type sheet struct {
	opener  *models.Opener
	secret  models.HouseholdSecret
	secrets []models.PersonSecret
	family  policy.Family
	signs   []policy.Finding
}

// open unseals the household and its people, and makes the telephone marks that are missing.
func (w *looker) open(x *home) (err error) {
	s, v := &w.sheet, w.e.Store.Vault
	if err = s.opener.Household(&x.household, &s.secret); err != nil {
		return err
	}
	if x.household.PhoneMark == nil {
		if x.household.MarkPhone(v, s.secret.Phone); x.household.PhoneMark != nil {
			x.marks = append(x.marks, marked{&x.household, x.household.IndexKey})
		}
	}
	if cap(s.secrets) < len(x.people) {
		s.secrets = make([]models.PersonSecret, len(x.people))
	}
	s.secrets = s.secrets[:len(x.people)]
	for i := range x.people {
		p := &x.people[i]
		if err = s.opener.Person(p, &s.secrets[i]); err != nil {
			return err
		}
		if p.PhoneMark == nil {
			if p.MarkPhone(v, s.secrets[i].Phone); p.PhoneMark != nil {
				x.marks = append(x.marks, marked{p, p.IndexKey})
			}
		}
	}
	return nil
}

// takenOf are the persons whose identity number somebody else in the register has. A number that is indexed is in the
// register once; one without its index may be somebody's all the same.
func (w *looker) takenOf(homes []*home) (map[string]bool, error) {
	owner, ids, under := map[string][]string{}, map[string]bool{}, map[string][]string{}
	var indexes []string
	for _, h := range homes {
		for i := range h.people {
			p := &h.people[i]
			if p.IDIndex != nil || !w.due(h) {
				continue
			}
			s, err := p.Secret(w.e.Store.Vault)
			if err != nil {
				return nil, err
			}
			if s.IDNo != "" {
				all := w.e.Store.Vault.Indexes(s.IDNo)
				owner[all[0]], under[all[0]] = append(owner[all[0]], p.ID), all
				indexes = append(indexes, all...)
			}
		}
	}
	if len(indexes) == 0 {
		return ids, nil
	}
	var there []string
	if err := w.e.Store.DB.Model(&models.Person{}).Where("id_index IN ? AND left_at IS NULL", indexes).Pluck("id_index", &there).Error; err != nil {
		return nil, err
	}
	for index, people := range owner {
		for _, id := range people {
			ids[id] = len(people) > 1 || slices.ContainsFunc(under[index], func(x string) bool { return slices.Contains(there, x) })
		}
	}
	return ids, nil
}

// family is the household that was opened in the shape the rules look at, with who else has its numbers: as Engine.Family
// gives it.
func (w *looker) family(x *home, taken map[string]bool) (*policy.Family, error) {
	f := &w.sheet.family
	register.Fill(f, &x.household, &w.sheet.secret, x.people, w.sheet.secrets)
	w.phonesOf(x, f)
	for i := range f.Members {
		m := &f.Members[i]
		m.Taken = m.Taken || taken[m.ID]
	}
	var err error
	if f.Expenses, err = w.e.expensesOf(x.expenses); err != nil || !x.episode {
		return f, err
	}
	return f, x.followed.tell(f, w.e)
}

// readFollowed reads what the procedures know of those that have been monitored and are to be looked at.
func (w *looker) readFollowed(homes []*home) error {
	var ids []string
	for _, h := range homes {
		if h.episode && w.due(h) {
			ids = append(ids, h.household.ID)
		}
	}
	all, err := w.e.followed(w.e.Store.DB, ids, w.e.Clock.Now())
	for _, h := range homes {
		h.followed = all[h.household.ID]
	}
	return err
}

// phonesOf tells who else has the telephone numbers of a family.
func (w *looker) phonesOf(x *home, f *policy.Family) {
	if len(x.phones) == 0 {
		return
	}
	f.PhoneElsewhere = x.phones.of(x.household.PhoneMark)
	for i := range f.Members {
		f.Members[i].PhoneElsewhere = x.phones.of(x.people[i].PhoneMark)
	}
}

// check runs the data rules, and those about forms and procedures.
func (x *home) check(w *looker, f *policy.Family) error {
	policy.FindFaults(x.policy.rules, f, x.policy.data, func(r *policy.DataRule, fault policy.DataFault) {
		x.found = append(x.found, w.found(r.RuleInfo, fault, numbersOf(f, r.Group, fault.Member)))
	})
	var found []ruled
	if x.survey != nil {
		var err error
		if found, err = w.forms.judge(x.survey, x.policy.data); err != nil {
			return err
		}
	}
	x.take(w, found)
	return nil
}

// take adds what the rules about forms and procedures have found.
func (x *home) take(w *looker, found []ruled) {
	for _, r := range found {
		x.found = append(x.found, w.found(r.rule, r.fault, ""))
	}
	x.found = unrepeated(x.found)
}

// unrepeated keeps one finding of a rule for a member.
func unrepeated(list []finding) []finding {
	if len(list) < 2 {
		return list
	}
	seen := map[[2]string]bool{}
	return slices.DeleteFunc(list, func(f finding) bool {
		key := [2]string{f.rule, f.person}
		was := seen[key]
		seen[key] = true
		return was
	})
}

// numbersOf are the numbers that a rule about numbers has looked at, which it does not repeat in its values.
func numbersOf(f *policy.Family, group, person string) string {
	switch group {
	case "DQ-20", "DQ-21", "DQ-22":
	default:
		return ""
	}
	if person == "" {
		return f.Phone
	}
	for i := range f.Members {
		if m := &f.Members[i]; m.ID == person {
			if group == "DQ-22" {
				return m.Phone
			}
			return m.IDNo
		}
	}
	return ""
}

// valuesPrint is another one when a value that the rule has used is. Keyed, since a short value could be guessed.
func (w *looker) valuesPrint(rule string, values map[string]string, numbers string) int64 {
	var b strings.Builder
	b.WriteString(rule)
	for _, name := range sortedKeys(values) {
		b.WriteString("\x00" + name + "\x00" + values[name])
	}
	b.WriteString("\x00\x00" + numbers)
	return w.e.Store.Vault.Mark("finding", b.String())
}

// screen runs the rules of admission over a household that is not monitored.
func (x *home) screen(w *looker, f *policy.Family) {
	if x.watched = policy.Watched(f.Status); x.watched {
		return
	}
	w.sheet.signs = x.policy.screen.AppendScreen(w.sheet.signs[:0], f)
	for _, r := range w.sheet.signs {
		switch r.Verdict {
		case policy.VerdictYes:
			x.found = append(x.found, finding{rule: r.Code, message: r.Title + "：" + r.Reason, print: w.valuesPrint(r.Code, valuesOf(r), r.Reason), check: r})
		case policy.VerdictJudge:
			x.unjudged = append(x.unjudged, r.Code)
		}
	}
}

// valuesOf are the values of a sign of risk by their names.
func valuesOf(f policy.Finding) map[string]string {
	out := map[string]string{}
	for _, v := range f.Values {
		out[v.Name] = v.Text
	}
	return out
}
