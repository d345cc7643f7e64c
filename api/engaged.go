package api

import (
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// What an auditor reaches. His post alone reaches nothing: each engagement that is valid today makes of it a grant for
// each of its areas and for its kinds of cases. So everything that asks the gate keeps to the engagements, and stops
// with their last day.

// engaged replaces the grants of an auditor by those of his engagements. Without any he keeps the post, which has no area.
func (s *server) engaged(db *gorm.DB, user string, grants []models.RoleGrant) ([]models.RoleGrant, error) {
	if !holdsRole(grants, procedure.Auditor, procedure.CityOffice) {
		return grants, nil
	}
	valid, err := s.validEngagements(db, user)
	if err != nil {
		return nil, err
	}
	var out []models.RoleGrant
	for _, g := range grants {
		switch g.Role {
		case procedure.Auditor:
			out = append(out, grantsUnder(g, valid)...)
		case procedure.CityOffice:
			out = append(append(out, g), askedFor(g, valid)...)
		default:
			out = append(out, g)
		}
	}
	return out, nil
}

func (s *server) validEngagements(db *gorm.DB, user string) ([]models.Engagement, error) {
	today := policy.DateOf(s.engine.Clock.Now()).String()
	var out []models.Engagement
	err := db.Where("user_id = ? AND from_day <= ? AND until_day >= ? AND ended_at IS NULL", user, today, today).Order("id").Find(&out).Error
	return out, err
}

// askedFor are the single cases that the post of a city office reaches besides the numbers: those it has asked for in writing.
func askedFor(g models.RoleGrant, engagements []models.Engagement) []models.RoleGrant {
	var out []models.RoleGrant
	for _, e := range engagements {
		if e.CaseID != "" {
			one := g
			one.ID, one.CaseID = g.ID+"."+e.ID, e.CaseID
			out = append(out, one)
		}
	}
	return out
}

// grantsUnder is what engagements make of the post of an auditor.
func grantsUnder(g models.RoleGrant, engagements []models.Engagement) []models.RoleGrant {
	var out []models.RoleGrant
	for _, e := range engagements {
		if e.CaseID != "" {
			continue
		}
		from, _ := policy.ParseDate(e.FromDay) // both written by ourselves
		until, _ := policy.ParseDate(e.UntilDay)
		for _, a := range e.Areas {
			within := g
			within.RegionCode = common(a, g.RegionCode)
			within.ID, within.Kinds, within.ValidFrom, within.ValidTo = g.ID+"."+e.ID+"."+a, e.Procedures, from.Start(), new(until.AddDays(1).Start())
			if within.RegionCode != "" {
				out = append(out, within)
			}
		}
	}
	if len(out) == 0 {
		g.RegionCode = ""
		out = append(out, g)
	}
	return out
}

// common is the smaller of two areas if it lies in the other one, else "".
func common(a, b string) string {
	switch {
	case a == "" || b == "":
		return ""
	case strings.HasPrefix(a, b):
		return a
	case strings.HasPrefix(b, a):
		return b
	}
	return ""
}

func holdsRole(grants []models.RoleGrant, roles ...procedure.Role) bool {
	for _, g := range grants {
		for _, r := range roles {
			if g.Role == r {
				return true
			}
		}
	}
	return false
}

// auditing is v as an auditor and nothing else, for what only the desk of an auditor shows; nil without a valid engagement.
func auditing(v *viewer) *viewer {
	out := &viewer{user: v.user, session: v.session, token: v.token}
	for _, g := range v.own() {
		if g.Role == procedure.Auditor && g.RegionCode != "" {
			out.grants = append(out.grants, g)
		}
	}
	if len(out.grants) == 0 {
		return nil
	}
	return out
}

func noEngagement() *problem {
	return forbidden("no_engagement", "由持有有效审计任务的审计人员使用")
}
