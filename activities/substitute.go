package activities

import (
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Person is the account in whose name the actor acts: the person away, when he
// stands in for one. Relations to a case are this person's, so that he finds his
// work where it stands when he comes back.
func (a Actor) Person() string {
	if a.ForID != "" {
		return a.ForID
	}
	return a.UserID
}

// persons are the accounts whose name an act carries.
func (a Actor) persons() []string {
	return slices.DeleteFunc([]string{a.UserID, a.ForID}, func(id string) bool { return id == "" })
}

// signers are the accounts whose name a signature carries.
func signers(g models.Endorsement) []string {
	return Actor{UserID: g.UserID, ForID: g.ForID}.persons()
}

// share reports whether two lists have a person in common.
func share(a, b []string) bool {
	return slices.ContainsFunc(a, func(id string) bool { return slices.Contains(b, id) })
}

// signedBefore refuses a second signature of one person, be it by a substitute.
func (k *act) signedBefore() error {
	given, err := signatures(k.tx, k.c, k.ev.Code)
	if err != nil {
		return err
	}
	for _, g := range given {
		switch {
		case g.UserID == k.actor.UserID:
			return procedure.Refuse(procedure.Conflict, "already_signed", "您已会签")
		case share(signers(g), k.actor.persons()):
			return procedure.Refuse(procedure.Conflict, "already_signed", "您或您的代办人、您代办的人员已会签")
		}
	}
	return nil
}

// names are the names of the actor and of the person he stands in for.
func (k *act) names(a Actor) (own, away string, err error) {
	if b := k.brought; b != nil {
		return b.OwnName, b.AwayName, nil
	}
	var users []models.User
	if ids := a.persons(); len(ids) > 0 {
		err = k.tx.Select("id", "name").Where("id IN ?", ids).Find(&users).Error
	}
	for _, u := range users {
		switch u.ID {
		case a.UserID:
			own = u.Name
		case a.ForID:
			away = u.Name
		}
	}
	return own, away, err
}

// note adds an account to those of an event, once.
func note(m map[string][]string, event, user string) {
	if user != "" && !slices.Contains(m[event], user) {
		m[event] = append(m[event], user)
	}
}

// rememberWho keeps in whose name an event was fired or signed, and whose hands
// did it where somebody stood in.
func rememberWho(f *models.Facts, event string, a Actor) {
	if f.By == nil {
		f.By = map[string][]string{}
	}
	note(f.By, event, a.Person())
	if a.ForID == "" {
		return
	}
	if f.Hands == nil {
		f.Hands = map[string][]string{}
	}
	note(f.Hands, event, a.UserID)
}

// recipient is an account that gets a message; away names the person it stands in
// for, if it does.
type recipient struct{ user, away string }

// withSubstitutes adds those who stand in today for one of the holders of a role
// in a case. The holders are told as well: they may not be far.
func (e *Engine) withSubstitutes(tx *gorm.DB, c *models.Case, role procedure.Role, holders []string) ([]recipient, error) {
	var out []recipient
	for _, h := range holders {
		out = append(out, recipient{user: h})
	}
	if len(holders) == 0 {
		return nil, nil
	}
	now := e.Clock.Now()
	var rows []models.StandIn
	err := models.StandIns(tx, policy.DateOf(now).String(), now).Where("absences.user_id IN ? AND role_grants.role IN ?", holders, basesOf(c, role)).
		Order("substitutions.substitute_id").Scan(&rows).Error
	for _, r := range rows {
		department := role == procedure.CountyDept || role == procedure.TownshipDept
		if strings.HasPrefix(c.RegionCode, r.RegionCode) && (r.HouseholdID == "" || r.HouseholdID == c.HouseholdID) && (!department || r.Dept == c.Dept) {
			out = append(out, recipient{r.SubstituteID, r.Name})
		}
	}
	return out, err
}

// basesOf are the roles of the grants that a role in a case rests on: for a
// relation those that can stand in it.
func basesOf(c *models.Case, role procedure.Role) []procedure.Role {
	def, _ := procedure.RoleOf(role)
	switch {
	case def.RoleFact != "":
		return []procedure.Role{procedure.Role(c.Facts.Text(def.RoleFact))}
	case len(def.Base) > 0:
		return def.Base
	}
	return []procedure.Role{role}
}

// once keeps the first mention of each account, those in their own right first.
func once(list []recipient) []recipient {
	slices.SortStableFunc(list, func(a, b recipient) int {
		if n := strings.Compare(a.user, b.user); n != 0 {
			return n
		}
		return strings.Compare(a.away, b.away)
	})
	return slices.CompactFunc(list, func(a, b recipient) bool { return a.user == b.user })
}

// standing is what a message says to a substitute.
func (r recipient) standing() string {
	if r.away == "" {
		return ""
	}
	return fmt.Sprintf("（您正代%s办理）", r.away)
}
