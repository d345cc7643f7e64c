package activities

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// Assignment gives households of a campaign that have no result yet to surveyors: those
// of villages, of groups of a village, of a list, or what somebody has not finished.
// What is empty does not narrow. A dry run answers what would come of it.
type Assignment struct {
	CampaignID, Key string
	Villages        []string
	Groups          []string // names of groups, such as "三组"
	Households      []string
	From            string // a surveyor; "-" means nobody's
	To              []string
	DryRun          bool
	Actors          []Actor
}

// Assigned is what an assignment does, or would do.
type Assigned struct {
	Households int // that go to another surveyor
	Pending    int // whose forms are still to be handed over
	Loads      []Load
}

// Load is how many unfinished households a surveyor has, before and after.
type Load struct {
	SurveyorID    string
	Before, After int
}

// Assign shares households out evenly, neighbours to the same surveyor, counting what
// each has already. Forms that are open follow at once, or, when they are many, with
// the next rounds of TendCampaigns.
func (e *Engine) Assign(ctx context.Context, r Assignment) (Assigned, error) {
	var out Assigned
	form := map[string]any{"villages": r.Villages, "groups": r.Groups, "households": r.Households, "from": r.From, "to": r.To}
	reply, err := e.asIssuer(ctx, r.CampaignID, "assign", r.Key, r.Actors, form, func(k *act) (err error) {
		if out, err = k.assign(r); err == nil && r.DryRun {
			return errDryRun
		}
		return err
	})
	if errors.Is(err, errDryRun) {
		return out, nil
	}
	if err != nil || reply.CaseID == "" {
		return out, err
	}
	for more, n := true, 0; more && n < 4; n++ { // the rest is for TendCampaigns
		err = e.Store.Tx(ctx, func(tx *gorm.DB) (err error) {
			more, err = e.handOver(tx, r.CampaignID)
			return err
		})
		if err != nil {
			return out, err
		}
	}
	var left int64
	err = e.Store.DB.WithContext(ctx).Model(&models.CampaignMove{}).Where("campaign_id = ?", r.CampaignID).Count(&left).Error
	out.Pending = int(left)
	return out, err
}

// unfinished are the households of a campaign without a result, neighbours together,
// each with the surveyor it has or is about to get.
func unfinished(tx *gorm.DB, campaign string) ([]openRow, error) {
	var rows []openRow
	err := scopeOf(tx, campaign).Joins("JOIN households ON households.id = campaign_scope.household_id").
		Joins("LEFT JOIN campaign_moves ON campaign_moves.campaign_id = campaign_scope.campaign_id AND campaign_moves.household_id = campaign_scope.household_id").
		Select("campaign_scope.household_id, campaign_scope.region_code, households.group_name, COALESCE(campaign_moves.surveyor_id, campaign_scope.surveyor_id) AS surveyor_id").
		Where("campaign_scope.result = '' AND campaign_scope.exception = ''").
		Order("campaign_scope.region_code, households.group_name, campaign_scope.household_id").Scan(&rows).Error
	return rows, err
}

type openRow struct{ HouseholdID, RegionCode, GroupName, SurveyorID string }

// wanted reports whether a household is among those that an assignment is about.
func (r Assignment) wanted(x openRow) bool {
	in := func(list []string, s string) bool { return len(list) == 0 || slices.Contains(list, s) }
	from := r.From == "" || r.From == x.SurveyorID || r.From == "-" && x.SurveyorID == ""
	return from && in(r.Villages, x.RegionCode) && in(r.Groups, x.GroupName) && in(r.Households, x.HouseholdID)
}

func (k *act) assign(r Assignment) (Assigned, error) {
	if len(r.To) == 0 {
		return Assigned{}, required("to", "请选择调查员")
	}
	rows, err := unfinished(k.tx, k.c.ID)
	if err != nil {
		return Assigned{}, err
	}
	var chosen []openRow
	before, after := map[string]int{}, map[string]int{}
	for _, x := range rows {
		before[x.SurveyorID]++
		if r.wanted(x) {
			chosen = append(chosen, x)
		} else {
			after[x.SurveyorID]++
		}
	}
	if len(chosen) == 0 {
		return Assigned{}, procedure.Refuse(procedure.Invalid, "nothing_to_assign", "所选范围内没有尚无结果的农户")
	}
	if err := k.mayVisit(r.To, chosen); err != nil {
		return Assigned{}, err
	}
	to := slices.Compact(slices.Sorted(slices.Values(r.To)))
	give := evenly(len(chosen), to, after)
	var moves []models.CampaignMove
	for i, x := range chosen {
		after[give[i]]++
		if give[i] != x.SurveyorID {
			moves = append(moves, models.CampaignMove{CampaignID: k.c.ID, HouseholdID: x.HouseholdID, SurveyorID: give[i], Key: r.Key, MovedBy: k.actor.Person(), MovedRole: k.actor.Role})
		}
	}
	out := Assigned{Households: len(moves), Pending: len(moves), Loads: loadsOf(before, after)}
	if r.DryRun || len(moves) == 0 {
		return out, nil
	}
	return out, k.noteMoves(moves)
}

// noteMoves replaces what was about to happen to the same households.
func (k *act) noteMoves(moves []models.CampaignMove) error {
	for part := range slices.Chunk(moves, listBatch) {
		ids := make([]string, len(part))
		for i, m := range part {
			ids[i] = m.HouseholdID
		}
		if err := k.tx.Where("campaign_id = ? AND household_id IN ?", k.c.ID, ids).Delete(&models.CampaignMove{}).Error; err != nil {
			return err
		}
		if err := k.tx.Create(&part).Error; err != nil {
			return err
		}
	}
	return nil
}

func loadsOf(before, after map[string]int) []Load {
	all := map[string]bool{}
	for id := range before {
		all[id] = true
	}
	for id := range after {
		all[id] = true
	}
	var out []Load
	for _, id := range sortedKeys(all) {
		out = append(out, Load{SurveyorID: id, Before: before[id], After: after[id]})
	}
	return out
}

// evenly gives n households in their order to surveyors so that the loads, with what
// they have, are as even as can be: each gets one run of neighbours.
func evenly(n int, to []string, has map[string]int) []string {
	quota := map[string]int{}
	for range n {
		least := slices.MinFunc(to, func(a, b string) int {
			return cmp.Or(cmp.Compare(has[a]+quota[a], has[b]+quota[b]), cmp.Compare(a, b))
		})
		quota[least]++
	}
	out := make([]string, 0, n)
	for _, id := range to {
		for range quota[id] {
			out = append(out, id)
		}
	}
	return out
}

// mayVisit: who gets households is a surveyor of the campaign for each of their
// villages, has been trained (S001) and still has the post.
func (k *act) mayVisit(to []string, chosen []openRow) error {
	people, trained := groupsOf(k.c), trainedOf(k.c)
	villages := map[string]bool{}
	for _, x := range chosen {
		villages[x.RegionCode] = true
	}
	for _, id := range to {
		for _, v := range sortedKeys(villages) {
			ok, err := k.holds(id, procedure.Surveyor, v)
			if err != nil {
				return err
			}
			if !ok || !slices.Contains(peopleOf(people, "surveyor", v), id) || !slices.Contains(trained, id) {
				return procedure.Refuse(procedure.Invalid, "not_a_surveyor", "所选人员中有人不是所选村的调查员，或尚未培训",
					procedure.FieldFault{Field: "to", Code: "not_a_surveyor", Message: "应当是方案列明、已经培训、负责该村的调查员"})
			}
		}
	}
	return nil
}

// trainedOf are the surveyors of a campaign that have been trained.
func trainedOf(c *models.Case) []string {
	var rows []struct {
		User string `json:"user"`
	}
	c.Facts.Value("trained", &rows)
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r.User
	}
	var later []groupRow
	c.Facts.Value(joinedLater, &later)
	for _, r := range later { // nobody joins untrained
		out = append(out, r.User)
	}
	return out
}

// Joining brings a person to a campaign after its issue. Trained must be confirmed of a
// surveyor: nobody goes to the field without the training (S001).
type Joining struct {
	CampaignID, Key               string
	Group, Area, Duty, User, Name string
	Trained                       bool
	Actors                        []Actor
}

// Join adds a person to the groups of a campaign, by the office that leads it.
func (e *Engine) Join(ctx context.Context, r Joining) (Reply, error) {
	row := groupRow{Group: r.Group, Area: r.Area, Duty: r.Duty, User: r.User, Name: r.Name}
	form := map[string]any{"group": r.Group, "area": r.Area, "duty": r.Duty, "user": r.User, "name": r.Name}
	return e.asIssuer(ctx, r.CampaignID, "join", r.Key, r.Actors, form, func(k *act) error {
		if k.c.State == "draft" {
			return procedure.Refuse(procedure.Conflict, "not_in_state", "行动尚未印发，请在方案中列明工作组人员")
		}
		if !slices.Contains([]string{"surveyor", "instructor", "group_leader", "guide"}, r.Duty) || !strings.HasPrefix(r.Area, k.c.RegionCode) {
			return procedure.Refuse(procedure.Invalid, "not_a_holder", "请选择职责和行动范围内的村（乡镇）")
		}
		if r.Duty == "guide" {
			row.User = ""
		} else if ok, err := k.holds(r.User, procedure.Role(r.Duty), r.Area); err != nil {
			return err
		} else if !ok {
			return procedure.Refuse(procedure.Invalid, "not_a_holder", "该人员在所负责的村（乡镇）没有相应岗位",
				procedure.FieldFault{Field: "user_id", Code: "not_a_holder", Message: "没有相应岗位"})
		}
		if r.Duty == "surveyor" && !r.Trained {
			return procedure.Refuse(procedure.Invalid, "surveyors_untrained", "调查员应当先培训",
				procedure.FieldFault{Field: "trained", Code: "surveyors_untrained", Message: "请确认已经培训"})
		}
		if slices.Contains(groupsOf(k.c), row) {
			return procedure.Refuse(procedure.Conflict, "already_so", "该人员已在工作组中")
		}
		var later []groupRow
		k.c.Facts.Value(joinedLater, &later)
		return setFact(&k.c.Facts, joinedLater, append(later, row))
	})
}

// handOver gives the next forms of a campaign to the surveyors they were assigned to.
// A form that has got its result meanwhile stays with whoever brought it.
func (e *Engine) handOver(tx *gorm.DB, campaign string) (more bool, err error) {
	var moves []models.CampaignMove
	if err := models.Locked(tx).Where("campaign_id = ?", campaign).Order("household_id").Limit(formBatch).Find(&moves).Error; err != nil {
		return false, err
	}
	for i := range moves {
		if err := e.handOverOne(tx, &moves[i]); err != nil {
			return false, err
		}
	}
	return len(moves) == formBatch, nil
}

func (e *Engine) handOverForms(tx *gorm.DB, c *models.Case) (more bool, err error) {
	return e.handOver(tx, c.ID)
}

func (e *Engine) handOverOne(tx *gorm.DB, m *models.CampaignMove) error {
	var row models.CampaignScope
	if err := scopeOf(tx, m.CampaignID).Where("household_id = ?", m.HouseholdID).Take(&row).Error; err != nil {
		return err
	}
	done := tx.Where("campaign_id = ? AND household_id = ?", m.CampaignID, m.HouseholdID)
	switch {
	case row.Result != "" || row.Exception != "":
	case row.FormID == "":
		if err := scopeOf(tx, m.CampaignID).Where("household_id = ?", m.HouseholdID).Update("surveyor_id", m.SurveyorID).Error; err != nil {
			return err
		}
	default:
		by := Actor{UserID: m.MovedBy, Role: m.MovedRole}
		_, err := e.sideIn(tx, row.FormID, "reassign", "reassign", "assign:"+m.Key, by, map[string]any{"to": m.SurveyorID}, func(k *act) error {
			if err := giveForm(k.tx, k.c, m.SurveyorID); err != nil {
				return err
			}
			return k.tx.Model(&models.Task{}).Where("case_id = ? AND role = ? AND closed_at IS NULL", k.c.ID, procedure.Surveyor).Update("assignee_id", m.SurveyorID).Error
		})
		if err != nil {
			return err
		}
	}
	return done.Delete(&models.CampaignMove{}).Error
}
