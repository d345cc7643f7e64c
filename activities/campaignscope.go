package activities

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

func init() {
	hooks["campaign_villages"], hooks["campaign_exceptions"], hooks["campaign_figures"] = campaignVillages, campaignExceptions, campaignFigures
}

// formBatch is how many household forms one transaction opens: few enough that others
// who write do not wait long. listBatch is how many rows one statement lists.
const (
	formBatch = 50
	listBatch = 500
)

// inScope selects the households of an area that a campaign is about (S0-009, S0-040).
func inScope(tx *gorm.DB, region string, facts models.Facts) *gorm.DB {
	var kinds []string
	var list []struct {
		ID string `json:"household_id"`
	}
	facts.Value("scope", &kinds)
	facts.Value("households", &list)
	either := tx.Session(&gorm.Session{NewDB: true}).Where("1 = 0")
	for _, kind := range kinds {
		switch kind {
		case "out_of_poverty":
			either = either.Or("base_type = 'out_of_poverty'")
		case "monitored":
			either = either.Or("status IN ('monitored', 'eliminating', 'observing', 'stable')")
		case "ordinary":
			either = either.Or("base_type = 'ordinary' AND status IN ('none', 'candidate', 'revoked')")
		case procedure.ScopeListed:
			ids := make([]string, len(list))
			for i, row := range list {
				ids[i] = row.ID
			}
			either = either.Or("id IN ?", ids)
		}
	}
	n, _ := strconv.ParseUint(region, 10, 64) // a range of digits, the same in every collation
	return tx.Model(&models.Household{}).Where("region_code >= ? AND region_code < ?", region, fmt.Sprintf("%0*d", len(region), n+1)).Where("status <> 'household_cancelled'").Where(either)
}

// scopeVillages are the villages with households in scope.
func scopeVillages(tx *gorm.DB, region string, facts models.Facts) ([]string, error) {
	var out []string
	err := inScope(tx, region, facts).Distinct().Order("region_code").Pluck("region_code", &out).Error
	return out, err
}

// campaignVillages notes every village of the campaign and opens its village form, if
// the campaign uses them. The households follow in batches, by TendCampaigns.
func campaignVillages(k *act) error {
	villages, err := scopeVillages(k.tx, k.c.RegionCode, k.c.Facts)
	if err != nil {
		return err
	}
	if _, err := k.newSeed(signatureSeed); err != nil {
		return err
	}
	var forms []string
	k.c.Facts.Value("forms", &forms)
	facts := campaignFacts(k.c)
	for _, v := range villages {
		row := models.CampaignVillage{CampaignID: k.c.ID, RegionCode: v}
		if slices.Contains(forms, "village_form") {
			var region models.Region
			if err := k.tx.Where("code = ?", v).Take(&region).Error; err != nil && !models.Missing(err) {
				return err
			}
			form, err := k.e.open(k.tx, opening{procedure: "village_form", parent: k.c, region: v, subject: region.Name, key: "open:" + k.c.ID, actor: ByProcedure, now: k.now, facts: facts})
			if err != nil {
				return err
			}
			row.FormID = form.ID
		}
		if err := k.tx.Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// campaignFacts are what the forms of a campaign take over from it.
func campaignFacts(c *models.Case) models.Facts {
	more, plan := map[string]any{"campaign_title": c.Facts.Text("title")}, phasesOf(c)
	for code, state := range map[string]procedure.State{"field_until": "fieldwork", "review_until": "review"} {
		if until := plan.until(state); until != "" {
			more[code] = until
		}
	}
	return with(models.Facts{}, more)
}

// TendCampaigns goes on with the campaigns: in the field it lists their households
// village by village, opens the household forms in batches of one transaction each,
// hands over what was reassigned, and tells campaigns and village forms that are ready
// what two steps at the same moment may both have missed; forms follow a pause, and the
// progress of each day is frozen once it is over. Several servers may do so at once,
// and any number of times.
func (e *Engine) TendCampaigns(ctx context.Context) error {
	var open []models.Case
	err := e.Store.DB.WithContext(ctx).Where("procedure = ? AND closed_at IS NULL AND state NOT IN ?", "campaign", beforeField).Order("id").Find(&open).Error
	if err != nil {
		return err
	}
	for i := range open {
		if err := e.tend(ctx, &open[i]); err != nil {
			return err
		}
	}
	return nil
}

// beforeField are the states of a campaign without households.
var beforeField = []procedure.State{"draft", "issued", "training"}

func (e *Engine) tend(ctx context.Context, c *models.Case) error {
	steps := []func(tx *gorm.DB, c *models.Case) (bool, error){e.followStop, e.freezeDay, e.tendEntry}
	inField := c.State == "fieldwork" || c.State == "review"
	if inField {
		steps = append([]func(tx *gorm.DB, c *models.Case) (bool, error){e.listVillage, e.openForms, e.handOverForms}, steps...)
	}
	for _, step := range steps {
		for more := true; more; {
			err := e.Store.Tx(ctx, func(tx *gorm.DB) (err error) {
				more, err = step(tx, c)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	if !inField {
		return nil
	}
	return e.Store.Tx(ctx, func(tx *gorm.DB) error { return e.remindReady(tx, c) })
}

// listVillage puts the households of one village on the scope list, each with its
// surveyor: neighbours go to the same one.
func (e *Engine) listVillage(tx *gorm.DB, c *models.Case) (more bool, err error) {
	var v models.CampaignVillage
	err = models.Locked(tx).Where("campaign_id = ? AND listed_at IS NULL", c.ID).Order("region_code").Take(&v).Error
	if models.Missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var ids []string
	if err := inScope(tx, v.RegionCode, c.Facts).Where("region_code = ?", v.RegionCode).Order("group_name, id").Pluck("id", &ids).Error; err != nil {
		return false, err
	}
	surveyors := peopleOf(groupsOf(c), "surveyor", v.RegionCode)
	rows := make([]models.CampaignScope, len(ids))
	for i, id := range ids {
		rows[i] = models.CampaignScope{CampaignID: c.ID, HouseholdID: id, RegionCode: v.RegionCode}
		if len(surveyors) > 0 {
			rows[i].SurveyorID = surveyors[i*len(surveyors)/len(ids)]
		}
	}
	if len(rows) > 0 {
		if err := tx.Clauses(onConflictDoNothing).CreateInBatches(&rows, listBatch).Error; err != nil {
			return false, err
		}
	}
	now := e.Clock.Now()
	return true, tx.Model(&v).Update("listed_at", now).Error
}

// openForms opens the next household forms of a campaign.
func (e *Engine) openForms(tx *gorm.DB, c *models.Case) (more bool, err error) {
	var rows []models.CampaignScope
	if err := models.Locked(tx).Where("campaign_id = ? AND form_id = ''", c.ID).Order("household_id").Limit(formBatch).Find(&rows).Error; err != nil {
		return false, err
	}
	facts, now := campaignFacts(c), e.Clock.Now()
	for i := range rows {
		if err := e.openForm(tx, c, &rows[i], facts, now); err != nil {
			return false, err
		}
	}
	return len(rows) == formBatch, nil
}

func (e *Engine) openForm(tx *gorm.DB, c *models.Case, row *models.CampaignScope, facts models.Facts, now time.Time) error {
	h, err := household(tx, row.HouseholdID)
	if err != nil {
		return err
	}
	form, err := e.open(tx, opening{procedure: "household_form", parent: c, household: h.ID, region: row.RegionCode, subject: h.HeadName,
		key: "open:" + c.ID, actor: ByProcedure, now: now, facts: with(facts, map[string]any{"surveyor": row.SurveyorID})})
	if err != nil {
		return err
	}
	return tx.Model(row).Update("form_id", form.ID).Error
}

// remindReady asks a covered campaign to go on and the village forms of finished
// villages to begin, unless they have been asked already.
func (e *Engine) remindReady(tx *gorm.DB, c *models.Case) error {
	d, err := definition(c)
	if err != nil {
		return err
	}
	k := &act{e: e, tx: tx, c: c, d: d, actor: BySystem, now: e.Clock.Now()}
	k.ev, _ = d.EventFrom("to_review", "fieldwork")
	if c.State == "fieldwork" && len(scopeCovered(k)) == 0 && len(phasesDone(k)) == 0 {
		if err := askOnce(tx, c.ID, c.ID, "to_review", k.now); err != nil {
			return err
		}
	}
	var waiting []models.Case
	if err := tx.Where("parent_id = ? AND procedure = ? AND state = ?", c.ID, "village_form", "waiting").Order("id").Find(&waiting).Error; err != nil {
		return err
	}
	for i := range waiting {
		k.c = &waiting[i]
		if len(villageFinal(k)) > 0 {
			continue
		}
		if err := askOnce(tx, c.ID, waiting[i].ID, "open", k.now); err != nil {
			return err
		}
	}
	return nil
}

// askOnce is ask, unless the same message is under way.
func askOnce(tx *gorm.DB, from, target, event string, now time.Time) error {
	var n int64
	err := tx.Model(&models.Outbox{}).Where("target_id = ? AND event = ? AND done_at IS NULL", target, event).Count(&n).Error
	if err != nil || n > 0 {
		return err
	}
	return ask(tx, from, "tell", target, event, now)
}

// campaignExceptions keeps the exceptions that whoever moved on has named.
func campaignExceptions(k *act) error {
	rows, _ := k.form["exceptions"].([]any)
	for _, r := range rows {
		m, _ := r.(map[string]any)
		err := scopeOf(k.tx, k.c.ID).Where("household_id = ? AND result = ''", text(m, "household_id")).Update("exception", text(m, "cause")).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// campaignFigures freezes the numbers of the report.
func campaignFigures(k *act) error {
	n, err := k.e.numbersNow(k)
	if err != nil {
		return err
	}
	return k.tx.Create(&models.CampaignFigure{ID: models.NewID(), CampaignID: k.c.ID, Figures: n, FrozenAt: k.now}).Error
}

// HouseholdNumbers are those of the households of a campaign now, by result and by village.
func HouseholdNumbers(tx *gorm.DB, campaign string) (models.CampaignNumbers, error) {
	n := models.CampaignNumbers{Results: map[string]int{}, Exceptions: map[string]int{}, ByVillage: []models.VillageNumbers{}}
	var rows []struct {
		RegionCode, Result, Exception string
		Count                         int
	}
	err := scopeOf(tx, campaign).Select("region_code, result, exception, count(*) AS count").Group("region_code, result, exception").
		Order("region_code, result, exception").Scan(&rows).Error
	if err != nil {
		return n, err
	}
	for _, r := range rows {
		if last := len(n.ByVillage) - 1; last < 0 || n.ByVillage[last].RegionCode != r.RegionCode {
			n.ByVillage = append(n.ByVillage, models.VillageNumbers{RegionCode: r.RegionCode})
		}
		v := &n.ByVillage[len(n.ByVillage)-1]
		n.Households, v.Households = n.Households+r.Count, v.Households+r.Count
		switch {
		case r.Result != "":
			n.Results[r.Result] += r.Count
			v.Done += r.Count
		case r.Exception != "":
			n.Exceptions[r.Exception] += r.Count
		}
	}
	n.Villages = len(n.ByVillage)
	return n, nil
}
