package api

import (
	"slices"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Standing in. Among the grants of a viewer are those of the persons he stands in
// for today, told from his own by their user. So everything that asks the gate takes
// substitution into account, and stops doing so on the day it is over.

// standIn adds to the grants of v those he uses for somebody else today.
func (s *server) standIn(db *gorm.DB, v *viewer) error {
	now := s.engine.Clock.Now()
	today := policy.DateOf(now).String()
	var rows []models.StandIn
	err := models.StandIns(db, today, now).Where("substitutions.substitute_id = ?", v.user.ID).
		Order("role_grants.id, absences.until_day DESC").Scan(&rows).Error
	for _, r := range rows {
		if slices.ContainsFunc(v.standIns, func(b models.StandIn) bool { return b.ID == r.ID }) {
			continue // two absences that overlap
		}
		v.standIns = append(v.standIns, r)
		v.grants = append(v.grants, r.RoleGrant)
	}
	return err
}

// away is the person whose grant g is, if it is not v's own.
func (v *viewer) away(g models.RoleGrant) string {
	if g.UserID == v.user.ID {
		return ""
	}
	return g.UserID
}

// own are the grants of v himself. What is not work on cases, such as setting
// policy or managing absences, takes these only: it carries one name.
func (v *viewer) own() []models.RoleGrant {
	return slices.DeleteFunc(slices.Clone(v.grants), func(g models.RoleGrant) bool { return v.away(g) != "" })
}

// actor is v acting under one of his grants.
func (v *viewer) actor(g models.RoleGrant) activities.Actor {
	return activities.Actor{UserID: v.user.ID, Role: g.Role, Region: g.RegionCode, Dept: g.Dept, ForID: v.away(g)}
}

// persons are v and everybody he stands in for.
func (v *viewer) persons() []string {
	out := []string{v.user.ID}
	for _, st := range v.standIns {
		out = append(out, st.UserID)
	}
	return out
}

// related are those of the persons who may stand in a relation to a case: v, and
// whom he replaces in a role that the relation rests on.
func (v *viewer) related(relation procedure.Role) []string {
	def, _ := procedure.RoleOf(relation)
	out := []string{v.user.ID}
	for _, st := range v.standIns {
		if slices.Contains(def.Base, st.Role) {
			out = append(out, st.UserID)
		}
	}
	return out
}

// nameOf is the name of a person v stands in for.
func (v *viewer) nameOf(away string) string {
	for _, st := range v.standIns {
		if st.UserID == away {
			return st.Name
		}
	}
	return ""
}

// insteadOf is the person in whose place v would handle a task: who has taken it,
// or whose inbox it is in when it is in none of v's own; "" when v does so himself.
func (v *viewer) insteadOf(t *models.Task) string {
	if len(v.standIns) == 0 {
		return ""
	}
	if t.AssigneeID != "" {
		if t.AssigneeID != v.user.ID && slices.Contains(v.persons(), t.AssigneeID) {
			return t.AssigneeID
		}
		return ""
	}
	if slices.Contains(queuesOf(&viewer{user: v.user, grants: v.own()}), t.Queue) {
		return ""
	}
	for _, st := range v.standIns {
		if slices.Contains(queuesOf(&viewer{user: v.user, grants: []models.RoleGrant{st.RoleGrant}, standIns: []models.StandIn{st}}), t.Queue) {
			return st.UserID
		}
	}
	return ""
}
