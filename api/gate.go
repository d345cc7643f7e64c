package api

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/models"
	"shouwang/procedure"
)

// The gate. Every list, count, search, record and write asks here what a viewer
// reaches and how much of it he sees (3.1 to 3.3). What he does not reach is
// answered as if it did not exist.

// reach says how far a role reaches from its grant.
type reach int

const (
	nothing      reach = iota // no cases and no households
	ownHousehold              // the household of the grant
	area                      // the area of the grant and everything below it
	department                // cases of the department, such as comparisons asked of it, within the area
	fieldWork                 // cases of the area that have had a task for the role; household forms only if they were his
	campaignWork              // campaigns of the area and their forms
	lateOnly                  // cases of the area that are or were overdue, or in which something was concealed
	figuresOnly               // the numbers of the area, no case and no household
	ownGroup                  // the households of the group of the grant and their cases
	ofCase                    // one case, asked for in writing
	ofKinds                   // cases of the area of the kinds that an engagement names, and their households
)

// rule is one line of the table in 3.3.
type rule struct {
	reach reach
	see   sight
	// work is what the role sees of a case that it works on or has worked on.
	work sight
	// unmask lets the role see one hidden value of a record, with a purpose, logged.
	unmask bool
}

// campaignProcedures are the cases that the people of a campaign work on.
var campaignProcedures = []string{"campaign", "household_form", "village_form"}

var (
	villageRule    = rule{area, sightPersonal, sightSensitive, true}
	assignedRule   = rule{ownHousehold, sightSensitive, sightSensitive, false}
	townshipRule   = rule{area, sightOffice, sightCompared, true}
	countyRule     = rule{area, sightCounty, sightCompared, true}
	departmentRule = rule{department, sightDept, sightDept, true}
)

// rules has a line for every role that reaches anything. Roles that lead the way
// (guide) or administer the system do not.
var rules = map[procedure.Role]rule{
	procedure.Farmer:            {ownHousehold, sightSensitive, sightSensitive, true},
	procedure.GridMember:        {ownGroup, sightMasked, sightMasked, false},
	procedure.VillageMonitor:    villageRule,
	procedure.VillageCadre:      villageRule,
	procedure.VillageSecretary:  villageRule,
	procedure.ResidentLeader:    villageRule,
	procedure.ResidentMember:    villageRule,
	procedure.AssistancePerson:  assignedRule,
	procedure.MonitoringContact: assignedRule,
	procedure.Surveyor:          {fieldWork, sightOrdinary, sightSensitive, false},
	procedure.Instructor:        {campaignWork, sightOrdinary, sightSensitive, false},
	procedure.GroupLeader:       {campaignWork, sightOrdinary, sightSensitive, false},
	procedure.DataEntry:         {area, sightPersonal, sightSensitive, false},
	procedure.TownshipOffice:    townshipRule,
	procedure.LinkedLeader:      townshipRule,
	procedure.TownshipHead:      townshipRule,
	procedure.GuidanceGroup:     {area, sightMasked, sightMasked, false},
	procedure.TownshipDept:      departmentRule,
	procedure.CountyDept:        departmentRule,
	procedure.CountyOffice:      countyRule,
	procedure.CountyGroup:       countyRule,
	procedure.Discipline:        {lateOnly, sightDiscipline, sightDiscipline, false},
	procedure.CityOffice:        {figuresOnly, sightMasked, sightMasked, false},
	procedure.Auditor:           {area, sightAudit, sightAudit, true},
}

// reachOf is how far one grant reaches: as far as its role, or no further than the kinds of cases that it is for.
func reachOf(g models.RoleGrant) reach {
	if g.CaseID != "" {
		return ofCase
	}
	if len(g.Kinds) > 0 {
		return ofKinds
	}
	return rules[g.Role].reach
}

// condition is a piece of SQL with its arguments.
type condition struct {
	sql  string
	args []any
}

// anyOf joins conditions; without any it holds nowhere.
func anyOf(cs []condition) condition {
	if len(cs) == 0 {
		return condition{sql: "1 = 0"}
	}
	out := condition{}
	parts := make([]string, len(cs))
	for i, c := range cs {
		parts[i] = "(" + c.sql + ")"
		out.args = append(out.args, c.args...)
	}
	out.sql = "(" + strings.Join(parts, " OR ") + ")"
	return out
}

// within holds for region codes below a prefix. It is a range, which uses an
// index in both dialects and every collation, as LIKE does not.
func within(column, prefix string) condition {
	if len(prefix) == 12 {
		return condition{column + " = ?", []any{prefix}}
	}
	n, err := strconv.ParseUint(prefix, 10, 64)
	if err != nil {
		return condition{sql: "1 = 0"}
	}
	next := fmt.Sprintf("%0*d", len(prefix), n+1)
	if len(next) > len(prefix) { // nothing but nines: above every code
		next = strings.Repeat("9", 13)
	}
	return condition{column + " >= ? AND " + column + " < ?", []any{prefix, next}}
}

// casesWithin is within for cases. The offices of each level have an index in the
// order of their list, which a range over villages could not have.
func casesWithin(prefix string) condition {
	switch len(prefix) {
	case 6:
		return condition{"substr(cases.region_code, 1, 6) = ?", []any{prefix}}
	case 9:
		return condition{"substr(cases.region_code, 1, 9) = ?", []any{prefix}}
	}
	return within("cases.region_code", prefix)
}

// areasOf holds for what lies in the areas of those grants of v that reach so far, as here tells for each.
func areasOf(v *viewer, far func(reach) bool, here func(code string) condition) condition {
	var cs []condition
	for _, g := range v.grants {
		if far(reachOf(g)) && g.RegionCode != "" {
			cs = append(cs, here(g.RegionCode))
		}
	}
	return anyOf(cs)
}

func isArea(r reach) bool { return r == area }

// isPosted is for what stands on the board of a village, which everybody may read there.
func isPosted(r reach) bool { return r == area || r == ownGroup }

func isCounted(r reach) bool { return r == area || r == figuresOnly }

// withinColumn is within for areasOf.
func withinColumn(column string) func(code string) condition {
	return func(code string) condition { return within(column, code) }
}

// inAreas keeps what lies in one of the areas that v works in, as here tells for each.
func inAreas(tx *gorm.DB, v *viewer, here func(code string) condition) *gorm.DB {
	c := areasOf(v, isArea, here)
	return tx.Where(c.sql, c.args...)
}

// picked is within for rows that a key has picked already: no index on the region
// may be taken for them, which SQLite would do, knowing no better.
func picked(column string) func(prefix string) condition {
	return func(prefix string) condition { return within(column+" || ''", prefix) }
}

// inCountiesOf holds for rows of the counties that v works in, which the indexes
// of all searches begin with.
func inCountiesOf(v *viewer) condition {
	var codes []string
	for _, g := range v.grants {
		switch {
		case reachOf(g) == nothing, g.RegionCode == "":
		case len(g.RegionCode) < 6:
			return condition{sql: "substr(region_code, 1, 6) IN (SELECT code FROM regions WHERE level = 'county')"}
		default:
			codes = append(codes, g.RegionCode[:6])
		}
	}
	return condition{"substr(region_code, 1, 6) IN ?", []any{distinct(codes)}}
}

func inRegion(code, prefix string) bool { return prefix != "" && strings.HasPrefix(code, prefix) }

func (c condition) and(more condition) condition {
	return condition{"(" + c.sql + ") AND (" + more.sql + ")", append(slices.Clone(c.args), more.args...)}
}

// scopeCases keeps the cases that v reaches, for lists of them. Transfers to his
// village are few: they are looked up first, so that a list without any can walk its
// index.
func (s *server) scopeCases(tx *gorm.DB, v *viewer) *gorm.DB {
	var coming []condition
	if c := anyOf(comingTo(v)); len(c.args) > 0 {
		var ids []string
		if err := s.db(tx.Statement.Context).Model(&models.Case{}).Where(c.sql, c.args...).Pluck("id", &ids).Error; err != nil {
			_ = tx.AddError(err)
		}
		if len(ids) > 0 {
			coming = []condition{{"cases.id IN ?", []any{ids}}}
		}
	}
	return s.reached(tx, v, everyCase, coming)
}

// scopeMany is scopeCases for a search that finds many. Of somebody who reaches nothing but what his department was asked, these
// are taken first: the list in its order would be walked past all other cases of the county to find them.
func (s *server) scopeMany(tx *gorm.DB, v *viewer) *gorm.DB {
	if slices.ContainsFunc(v.grants, func(g models.RoleGrant) bool { return reachOf(g) != department }) {
		return s.scopeCases(tx, v)
	}
	asked := s.reached(s.db(tx.Statement.Context).Model(&models.Case{}), v, everyCase, nil)
	return tx.Table("(?) AS cases", asked.Limit(math.MaxInt32)) // a limit keeps the two statements apart
}

// filterCases keeps those that v reaches of cases that a key has picked.
func (s *server) filterCases(tx *gorm.DB, v *viewer) *gorm.DB {
	return s.reached(tx, v, pickedCases, comingTo(v))
}

// comingTo holds for cases about a member who is to move to a village of which v is a
// cadre (2.10).
func comingTo(v *viewer) []condition {
	var cs []condition
	for _, g := range v.grants {
		if g.Role == procedure.VillageCadre && len(g.RegionCode) == 12 {
			cs = append(cs, condition{"cases.other_region = ? AND cases.other_region <> ''", []any{g.RegionCode}})
		}
	}
	return cs
}

// comes reports the same of a case that is at hand.
func comes(g models.RoleGrant, c *models.Case) bool {
	return g.Role == procedure.VillageCadre && len(g.RegionCode) == 12 && c.OtherRegion == g.RegionCode
}

func (s *server) reached(tx *gorm.DB, v *viewer, among sought, cs []condition) *gorm.DB {
	for _, g := range v.grants {
		if c, ok := s.caseCondition(g, among); ok {
			cs = append(cs, c)
		}
	}
	c := anyOf(cs)
	return tx.Where(c.sql, c.args...)
}

// sought tells of which cases it is asked whether they are reached: how those of an area are told, and those of a surveyor's work.
type sought struct {
	within func(prefix string) condition
	worked func(g models.RoleGrant) condition
}

// everyCase asks of all cases, which are then found by their area or by the work on them; pickedCases of some that a key has
// picked, which are looked up one by one.
var (
	everyCase   = sought{casesWithin, workedOn}
	pickedCases = sought{picked("cases.region_code"), workedOnPicked}
)

// workedOn holds for the cases that a surveyor has had a task in, household forms only if he was given them. These and the others
// are found by an index each: in a large village most forms are given to others. Roles and procedures are literals, or the
// indexes would not be found.
func workedOn(g models.RoleGrant) condition {
	there := within("region_code", g.RegionCode)
	return condition{"cases.id IN (" + fieldTasks + there.sql + " AND procedure <> 'household_form'" +
		" UNION ALL " + fieldTasks + there.sql + " AND procedure = 'household_form' AND assignee_id IN (?, ''))", slices.Concat(there.args, there.args, []any{g.UserID})}
}

// workedOnPicked is the same by an index that begins with the case.
func workedOnPicked(g models.RoleGrant) condition {
	there := within("region_code", g.RegionCode)
	return condition{"cases.id IN (" + fieldTasks + there.sql + " AND (procedure <> 'household_form' OR assignee_id IN (?, '')))", append(there.args, g.UserID)}
}

const fieldTasks = "SELECT case_id FROM tasks WHERE role = '" + string(procedure.Surveyor) + "' AND "

func (s *server) caseCondition(g models.RoleGrant, among sought) (condition, bool) {
	here := among.within(g.RegionCode)
	switch reachOf(g) {
	case ownHousehold:
		// An objection may be about the household and by a neighbour.
		return condition{"cases.household_id = ? AND cases.procedure <> 'objection'", []any{g.HouseholdID}}, g.HouseholdID != ""
	case area:
		return here, g.RegionCode != ""
	case department:
		return anyOf([]condition{askedOf(g).and(here), condition{"cases.opened_by = ?", []any{g.UserID}}.and(here)}), g.Dept != "" && g.RegionCode != ""
	case fieldWork:
		return here.and(among.worked(g)), g.RegionCode != "" && g.Role == procedure.Surveyor
	case campaignWork:
		return here.and(condition{"cases.procedure IN ?", []any{campaignProcedures}}), g.RegionCode != ""
	case ofKinds:
		return here.and(condition{"cases.procedure IN ?", []any{g.Kinds}}), g.RegionCode != ""
	case ofCase:
		return here.and(condition{"cases.id = ?", []any{g.CaseID}}), g.RegionCode != ""
	case ownGroup:
		return here.and(condition{"cases.household_id IN ?", []any{g.Homes}}), len(g.Homes) > 0
	case lateOnly:
		return here.and(anyOf([]condition{overdueOnce(s.engine.Clock.Now()), concealedIn})), g.RegionCode != ""
	}
	return condition{}, false
}

// overdueOnce holds for cases of which a limit has run out, be they closed since or not.
func overdueOnce(now time.Time) condition {
	return condition{"cases.closed_at IS NULL AND cases.due_at < ? OR cases.id IN (SELECT clocks.case_id FROM clocks WHERE clocks.due_at < COALESCE(clocks.stopped_at, ?) AND clocks.paused_at IS NULL)", []any{now, now}}
}

// concealedIn holds for problems in which a higher level has found something concealed: facts are JSON without spaces, in
// whose texts a quote is escaped.
var concealedIn = condition{`cases.facts LIKE '%"liable":true%' OR cases.facts LIKE '%"concealed":true%'`, nil}

// askedOf holds for cases that were asked of the department of a grant. That it is not
// empty is what the index must be told.
func askedOf(g models.RoleGrant) condition {
	return condition{"cases.dept = ? AND cases.dept <> ''", []any{g.Dept}}
}

// scopeHouseholds keeps the households that v reaches: those of his area, his
// own, or those of cases he reaches by his work.
func (s *server) scopeHouseholds(tx *gorm.DB, v *viewer) *gorm.DB {
	return s.reachedHouseholds(tx, v, func(prefix string) condition { return within("households.region_code", prefix) })
}

// filterHouseholds keeps those that v reaches of households that a key has picked.
func (s *server) filterHouseholds(tx *gorm.DB, v *viewer) *gorm.DB {
	return s.reachedHouseholds(tx, v, picked("households.region_code"))
}

func (s *server) reachedHouseholds(tx *gorm.DB, v *viewer, here func(prefix string) condition) *gorm.DB {
	return s.reachedHomes(tx, v, "households.id", here)
}

// scopePeople keeps the people of the households that v reaches; here tells of an area whether they live in it.
func (s *server) scopePeople(tx *gorm.DB, v *viewer, here func(prefix string) condition) *gorm.DB {
	return s.reachedHomes(tx, v, "people.household_id", here)
}

// reachedHomes keeps rows of or in households that v reaches, whose id the column holds.
func (s *server) reachedHomes(tx *gorm.DB, v *viewer, column string, here func(prefix string) condition) *gorm.DB {
	var cs []condition
	for _, g := range v.grants {
		if c, ok := s.householdCondition(g, column, here); ok {
			cs = append(cs, c)
		}
	}
	c := anyOf(cs)
	return tx.Where(c.sql, c.args...)
}

func (s *server) householdCondition(g models.RoleGrant, column string, here func(prefix string) condition) (condition, bool) {
	switch reachOf(g) {
	case ownHousehold:
		return condition{column + " = ?", []any{g.HouseholdID}}, g.HouseholdID != ""
	case area:
		return here(g.RegionCode), g.RegionCode != ""
	case ownGroup:
		return homesOf(g, column), len(g.Homes) > 0
	}
	c, ok := s.openingCases(g, everyCase)
	return condition{column + " IN (SELECT cases.household_id FROM cases WHERE " + c.sql + ")", c.args}, ok
}

// openingCases holds for the cases that open their household to who works on them.
func (s *server) openingCases(g models.RoleGrant, among sought) (condition, bool) {
	switch reachOf(g) {
	case department:
		// What was asked of it; a clue that it has reported opens it nothing but the clue.
		return askedOf(g).and(among.within(g.RegionCode)), g.Dept != "" && g.RegionCode != ""
	case fieldWork, campaignWork, ofKinds:
		return s.caseCondition(g, among)
	}
	return condition{}, false
}

// covering tells of each of the grants of a viewer whether it reaches a record.
type covering func(models.RoleGrant) bool

// overHouseholds tells of households that are at hand which grants of v reach them, grant by grant as their list does: what
// one post shows is shown where that post reaches, and nowhere else.
func (s *server) overHouseholds(ctx context.Context, v *viewer, households ...models.Household) (func(h *models.Household) covering, error) {
	ids := make([]string, len(households))
	for i := range households {
		ids[i] = households[i].ID
	}
	byWork := map[string][]string{}
	for _, g := range v.grants {
		c, ok := s.openingCases(g, pickedCases)
		if !ok || len(ids) == 0 {
			continue
		}
		var reached []string
		if err := s.db(ctx).Model(&models.Case{}).Where("cases.household_id IN ?", ids).Where(c.sql, c.args...).Distinct().Pluck("cases.household_id", &reached).Error; err != nil {
			return nil, err
		}
		byWork[g.ID] = reached
	}
	return func(h *models.Household) covering {
		return func(g models.RoleGrant) bool {
			switch reachOf(g) {
			case ownHousehold:
				return g.HouseholdID != "" && g.HouseholdID == h.ID
			case area:
				return inRegion(h.RegionCode, g.RegionCode)
			case ownGroup:
				return slices.Contains(g.Homes, h.ID)
			}
			return slices.Contains(byWork[g.ID], h.ID)
		}
	}, nil
}

// overHousehold is the same of one.
func (s *server) overHousehold(ctx context.Context, v *viewer, h *models.Household) (covering, error) {
	over, err := s.overHouseholds(ctx, v, *h)
	if err != nil {
		return nil, err
	}
	return over(h), nil
}

// scopeOpening keeps the households for which v may open a case of procedure d:
// a department may report on any household of its area (3.4).
func (s *server) scopeOpening(tx *gorm.DB, v *viewer, d *procedure.Definition) *gorm.DB {
	var cs []condition
	for _, g := range v.grants {
		if !opens(g, d) {
			continue
		}
		switch reachOf(g) {
		case ownHousehold:
			cs = append(cs, condition{"households.id = ?", []any{g.HouseholdID}})
		case ownGroup:
			cs = append(cs, homesOf(g, "households.id"))
		default:
			cs = append(cs, within("households.region_code", g.RegionCode))
		}
	}
	c := anyOf(cs)
	return tx.Where(c.sql, c.args...)
}

// opens reports whether a grant may open a case of procedure d, or of any, for the households it is over.
func opens(g models.RoleGrant, d *procedure.Definition) bool {
	if d != nil && !slices.Contains(d.Opening.Roles, g.Role) {
		return false
	}
	switch reachOf(g) {
	case ownHousehold:
		return g.HouseholdID != ""
	case ownGroup:
		return len(g.Homes) > 0
	case area, department, fieldWork, ofKinds:
		return g.RegionCode != "" && (len(g.Kinds) == 0 || d != nil && slices.Contains(g.Kinds, d.Name))
	}
	return false
}

// mayOpenFor reports of each grant whether it finds a household in order to open a case for it.
func mayOpenFor(h *models.Household) covering {
	return func(g models.RoleGrant) bool {
		switch reachOf(g) {
		case ownHousehold:
			return g.HouseholdID != "" && g.HouseholdID == h.ID
		case ownGroup:
			return slices.Contains(g.Homes, h.ID)
		}
		return opens(g, nil) && inRegion(h.RegionCode, g.RegionCode)
	}
}

// scopeNotices keeps the notices of the areas that v works in.
func (s *server) scopeNotices(tx *gorm.DB, v *viewer) *gorm.DB {
	c := areasOf(v, isPosted, withinColumn("public_notices.region_code"))
	return tx.Where(c.sql, c.args...)
}

// homesOf holds for the households of the group of a grant; without any, nowhere.
func homesOf(g models.RoleGrant, column string) condition {
	return condition{column + " IN ?", []any{g.Homes}}
}

// grouped looks up the households of the groups that grants are for.
func (s *server) grouped(db *gorm.DB, grants []models.RoleGrant) error {
	for i := range grants {
		g := &grants[i]
		if reachOf(*g) != ownGroup || g.GroupName == "" {
			continue
		}
		if err := db.Model(&models.Household{}).Where("region_code = ? AND group_name = ?", g.RegionCode, g.GroupName).Order("id").Pluck("id", &g.Homes).Error; err != nil {
			return err
		}
	}
	return nil
}

// groupQueues are the inboxes of v that heads of several groups share, with the households whose tasks in them are his.
func groupQueues(v *viewer) map[string][]string {
	out := map[string][]string{}
	for _, g := range v.grants {
		if reachOf(g) == ownGroup {
			q := models.Queue(g.Role, g.RegionCode, g.Dept)
			out[q] = append(out[q], g.Homes...)
		}
	}
	return out
}

// ofOwnGroup reports whether a task in such an inbox is about a household of v's group; others are nobody's groups' affair.
func (s *server) ofOwnGroup(ctx context.Context, v *viewer, t *models.Task) (bool, error) {
	homes, shared := groupQueues(v)[t.Queue]
	if !shared {
		return true, nil
	}
	var n int64
	err := s.db(ctx).Model(&models.Case{}).Where("id = ? AND household_id IN ?", t.CaseID, homes).Count(&n).Error
	return n > 0, err
}

// scopeTasks keeps the open tasks in the inboxes of v that nobody else has taken.
func scopeTasks(tx *gorm.DB, v *viewer) *gorm.DB {
	return openTasks(tx, v).Where("tasks.queue IN ?", queuesOf(v))
}

// openTasks keeps the open tasks, in any inbox, that nobody has taken but v or
// somebody he stands in for.
func openTasks(tx *gorm.DB, v *viewer) *gorm.DB {
	tx = tx.Where("tasks.closed_at IS NULL AND tasks.assignee_id IN ?", append(v.persons(), ""))
	for q, homes := range groupQueues(v) {
		tx = tx.Where("tasks.queue <> ? OR tasks.case_id IN (SELECT id FROM cases WHERE household_id IN ?)", q, homes)
	}
	return tx
}

// queuesOf are the inboxes of v: one for each grant of an office or a household,
// the objections he has taken on himself, and what was assigned to him by name.
func queuesOf(v *viewer) []string {
	var out []string
	for _, r := range procedure.Roles {
		if r.Code != procedure.Handler && r.Fact == "" {
			continue
		}
		for _, id := range v.related(r.Code) {
			out = append(out, models.Queue(r.Code, id, ""))
		}
	}
	for _, g := range v.grants {
		switch reachOf(g) {
		case nothing:
		case ownHousehold:
			out = append(out, models.Queue(g.Role, g.HouseholdID, ""))
		default:
			out = append(out, models.Queue(g.Role, g.RegionCode, g.Dept))
		}
	}
	return out
}

// reaches reports whether a grant reaches a case that is at hand.
func (s *server) reaches(g models.RoleGrant, c *models.Case) bool {
	switch reachOf(g) {
	case ownHousehold:
		return g.HouseholdID != "" && g.HouseholdID == c.HouseholdID && c.Procedure != "objection"
	case area, fieldWork:
		return inRegion(c.RegionCode, g.RegionCode) || comes(g, c)
	case campaignWork:
		return inRegion(c.RegionCode, g.RegionCode) && slices.Contains(campaignProcedures, c.Procedure)
	case department:
		return inRegion(c.RegionCode, g.RegionCode) && (g.Dept != "" && c.Dept == g.Dept || c.OpenedBy == g.UserID)
	case ofKinds:
		return inRegion(c.RegionCode, g.RegionCode) && slices.Contains(g.Kinds, c.Procedure)
	case ofCase:
		return inRegion(c.RegionCode, g.RegionCode) && c.ID == g.CaseID
	case ownGroup:
		return inRegion(c.RegionCode, g.RegionCode) && slices.Contains(g.Homes, c.HouseholdID)
	case lateOnly:
		late := c.ClosedAt == nil && c.DueAt.Before(s.engine.Clock.Now()) // of limits that have ended overCase asks
		return inRegion(c.RegionCode, g.RegionCode) && (late || c.Facts.Yes("liable") || c.Facts.Yes("concealed"))
	}
	return false
}

// actors are the parts that v can play in a case.
func (s *server) actors(v *viewer, c *models.Case) []activities.Actor {
	var out []activities.Actor
	for _, g := range v.grants {
		switch {
		case comes(g, c) && !inRegion(c.RegionCode, g.RegionCode): // the other village answers and does nothing else
			a := v.actor(g)
			a.Role, a.As = procedure.Counterpart, g.Role
			out = append(out, a)
		case s.reaches(g, c):
			out = append(out, v.actor(g))
		}
	}
	return out
}

// handles reports whether v, or somebody he stands in for, has taken on an objection.
func handles(v *viewer, c *models.Case) bool {
	return c.Procedure == "objection" && slices.ContainsFunc(v.related(procedure.Handler), func(id string) bool {
		return slices.Contains(c.Facts.By["accept"], id)
	})
}

// findCase is the case with that id, if v reaches it.
func (s *server) findCase(ctx context.Context, v *viewer, id string) (*models.Case, error) {
	var c models.Case
	err := s.filterCases(s.db(ctx).Where("cases.id = ?", id), v).Take(&c).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return &c, err
}

// findHousehold is the household with that id, if v reaches it.
func (s *server) findHousehold(ctx context.Context, v *viewer, id string) (*models.Household, error) {
	var h models.Household
	err := s.filterHouseholds(s.db(ctx).Where("households.id = ?", id), v).Take(&h).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return &h, err
}

// findTask is the task with that id, if it is in an inbox of v or if v manages
// it (own is false then). A task that a colleague has taken, or that is done, is
// found too, so that the answer can say so.
func (s *server) findTask(ctx context.Context, v *viewer, id string) (t *models.Task, own bool, err error) {
	t = &models.Task{}
	err = s.db(ctx).Where("id = ?", id).Take(t).Error
	if models.Missing(err) {
		return nil, false, notFound()
	}
	if err != nil {
		return nil, false, err
	}
	own = slices.Contains(queuesOf(v), t.Queue)
	if own {
		if own, err = s.ofOwnGroup(ctx, v, t); err != nil {
			return nil, false, err
		}
	}
	if !own && !manages(v, t) {
		return nil, false, notFound()
	}
	return t, own, nil
}

// editsPolicy reports whether v may set policy rows for a region: the county
// office and the security administrator, within their area (3.4).
func editsPolicy(v *viewer, region string) bool {
	return slices.ContainsFunc(v.own(), func(g models.RoleGrant) bool {
		return (g.Role == procedure.CountyOffice || g.Role == procedure.SecAdmin) && inRegion(region, g.RegionCode)
	})
}

// manages reports whether v may hand a task to somebody else although it is not
// his own: the offices above the village.
func manages(v *viewer, t *models.Task) bool {
	return slices.ContainsFunc(v.grants, func(g models.RoleGrant) bool { return managing(g.Role) && inRegion(t.RegionCode, g.RegionCode) })
}

// managing reports whether a role manages the people and the work below it.
func managing(r procedure.Role) bool {
	return r == procedure.TownshipOffice || r == procedure.CountyOffice
}

// logAccess records that v has seen personal data of one record (5.7), which some of
// his grants reach, and for whom when that grant was lent. What is read to be exported
// stands in the record of the export.
func (s *server) logAccess(ctx context.Context, v *viewer, reaches func(models.RoleGrant) bool, a models.AccessLog) error {
	return s.logAccessIn(ctx, s.db(ctx), v, reaches, a)
}

// logAccessIn is logAccess in a transaction.
func (s *server) logAccessIn(ctx context.Context, tx *gorm.DB, v *viewer, reaches func(models.RoleGrant) bool, a models.AccessLog) error {
	if ctx.Value(exportingKey{}) != nil {
		return nil
	}
	a.ID, a.At, a.UserID, a.TokenID, a.RequestID = models.NewID(), s.now().UTC().Truncate(time.Microsecond), v.user.ID, v.token, requestID(ctx)
	g := v.under(reaches)
	a.Role, a.ForID = string(g.Role), v.away(g)
	return s.writeAccess(ctx, tx, &a)
}

// under is the grant under which v looks at something: the first, his own before those
// he is lent, unless a later one shows him more.
func (v *viewer) under(reaches func(models.RoleGrant) bool) models.RoleGrant {
	best, see := models.RoleGrant{UserID: v.user.ID}, sight{}
	for _, g := range v.grants {
		r := rules[g.Role]
		if wider := see.widen(r.see); reachOf(g) != nothing && reaches(g) && wider != see {
			best, see = g, wider
		}
	}
	return best
}

// firstOf keeps the first of the grants of v that reach: one is as good as another.
func firstOf(v *viewer, reaches func(models.RoleGrant) bool) func(models.RoleGrant) bool {
	i := slices.IndexFunc(v.grants, reaches)
	return func(g models.RoleGrant) bool { return i >= 0 && g.ID == v.grants[i].ID }
}

// overCase tells for sure which grants of v reach a case: whether it has had a task for who goes to the field, and whether
// a limit of it once ran out, the case does not tell.
func (s *server) overCase(ctx context.Context, v *viewer, c *models.Case) (covering, error) {
	byWork := map[string]bool{}
	for _, g := range v.grants {
		if r := reachOf(g); r != fieldWork && r != lateOnly {
			continue
		}
		cond, ok := s.caseCondition(g, pickedCases)
		if !ok {
			continue
		}
		var n int64
		if err := s.db(ctx).Model(&models.Case{}).Where("cases.id = ?", c.ID).Where(cond.sql, cond.args...).Count(&n).Error; err != nil {
			return nil, err
		}
		byWork[g.ID] = n > 0
	}
	return func(g models.RoleGrant) bool {
		if r := reachOf(g); r == fieldWork || r == lateOnly {
			return byWork[g.ID]
		}
		return s.reaches(g, c)
	}, nil
}

// inCase reports for each grant whether a case that v has been found to reach may be looked at under it.
func (s *server) inCase(c *models.Case) covering {
	return func(g models.RoleGrant) bool {
		return s.reaches(g, c) || reachOf(g) == lateOnly && inRegion(c.RegionCode, g.RegionCode)
	}
}
