package activities

import (
	"slices"
	"strings"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// typed are the groups of rules whose faults come about when a record is typed in: the entry clerk mends them. The
// others are about what was collected (S003 #21).
var typed = []string{"DQ-20", "DQ-21", "DQ-22", "DQ-23", "DQ-38", "DQ-39"}

// Cause is which step a fault of a rule most likely comes from: typing, or content.
func Cause(rule string) string {
	if r, ok := policy.FindDataRule(rule); ok && slices.Contains(typed, r.Group) {
		return "typing"
	}
	return "content"
}

// owners are the accounts that a data issue may be proposed to, by household and by area.
type owners struct {
	byHome map[string]string
	clerks []models.RoleGrant
	cadres []models.RoleGrant
}

// owners reads who may mend what was found in some households.
func (c *changes) owners(list []*asked) (owners, error) {
	o := owners{byHome: map[string]string{}}
	if len(list) == 0 {
		return o, nil
	}
	var ids, areas []string
	for _, a := range list {
		region := a.home.household.RegionCode
		ids, areas = append(ids, a.hit.HouseholdID), append(areas, region, region[:min(9, len(region))], region[:min(6, len(region))])
	}
	slices.Sort(ids)
	slices.Sort(areas)
	q := c.tx.Where("valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", c.now, c.now)
	var grants []models.RoleGrant
	err := q.Where("(role = ? AND household_id IN ? OR role IN ? AND region_code IN ?)", procedure.AssistancePerson, slices.Compact(ids),
		[]procedure.Role{procedure.DataEntry, procedure.VillageCadre}, slices.Compact(areas)).Order("id").Find(&grants).Error
	for _, g := range grants {
		switch g.Role {
		case procedure.DataEntry:
			o.clerks = append(o.clerks, g)
		case procedure.VillageCadre:
			o.cadres = append(o.cadres, g)
		default:
			if o.byHome[g.HouseholdID] == "" {
				o.byHome[g.HouseholdID] = g.UserID
			}
		}
	}
	return o, err
}

// of proposes the cause of a fault and who is to mend it: the clerk nearest by, or who helps the household, or its
// village cadre; "" when there is nobody. The township decides.
func (o owners) of(h *models.Household, rule string) (cause, owner string) {
	cause = Cause(rule)
	if cause == "typing" {
		return cause, nearest(o.clerks, h.RegionCode)
	}
	if owner = o.byHome[h.ID]; owner == "" {
		owner = nearest(o.cadres, h.RegionCode)
	}
	return cause, owner
}

// nearest is the holder of the smallest area that a village lies in.
func nearest(grants []models.RoleGrant, village string) string {
	best := models.RoleGrant{}
	for _, g := range grants {
		if strings.HasPrefix(village, g.RegionCode) && len(g.RegionCode) > len(best.RegionCode) {
			best = g
		}
	}
	return best.UserID
}
