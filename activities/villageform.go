package activities

import (
	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardVillageFinal], guards[procedure.GuardSumsCurrent] = villageFinal, sumsCurrent
	derivations["village_sums"] = villageSums
	hooks["open_village_form"] = openVillageForm
}

// villageFinal: every household form of the village is final (S001). Asked for a
// household form on its way there, it looks at the others.
func villageFinal(k *act) []procedure.FieldFault {
	except := ""
	if k.c.Procedure == "household_form" {
		except = k.c.ID
	}
	var village models.CampaignVillage
	err := k.tx.Where("campaign_id = ? AND region_code = ?", k.c.ParentID, k.c.RegionCode).Take(&village).Error
	if err != nil {
		return failed(err)
	}
	n, err := formsOutside(k.tx, k.c.ParentID, k.c.RegionCode, except, finalForm...)
	if err != nil {
		return failed(err)
	}
	if n > 0 || village.ListedAt == nil {
		return no("", "village_not_final", "本村还有%d份户表未定稿", n)
	}
	return nil
}

// openVillageForm tells the form of the village that it may be filled in.
func openVillageForm(k *act) error {
	var ids []string
	err := k.tx.Model(&models.Case{}).Where("parent_id = ? AND procedure = ? AND region_code = ? AND state = ?", k.c.ParentID, "village_form", k.c.RegionCode, "waiting").Pluck("id", &ids).Error
	for _, id := range ids {
		if err := ask(k.tx, k.c.ID, "tell", id, "open", k.now); err != nil {
			return err
		}
	}
	return err
}

// villageSums computes the cells of the village form that are sums (S002).
func villageSums(k *act) error {
	sums, err := k.e.villageSums(k.tx, k.c)
	if err != nil {
		return err
	}
	for _, f := range procedure.Sheet("village_sums") {
		delete(k.c.Facts.Values, f.Code)
	}
	for _, code := range sortedKeys(sums) {
		if err := setFact(&k.c.Facts, code, sums[code]); err != nil {
			return err
		}
	}
	return nil
}

// sumsCurrent: no household form has changed since the sums were computed.
func sumsCurrent(k *act) []procedure.FieldFault {
	sums, err := k.e.villageSums(k.tx, k.c)
	if err != nil {
		return failed(err)
	}
	for _, code := range sortedKeys(sums) {
		had := 0
		if !k.c.Facts.Value(code, &had) || had != sums[code] {
			return no("", "sums_changed", "户表在汇总后有变动，请退回重新汇总")
		}
	}
	return nil
}

// villageSums are the sums of the form of a village. A cell of which neither a form nor the register knows anything is
// missing: not known, which is not none.
func (e *Engine) villageSums(tx *gorm.DB, c *models.Case) (map[string]int, error) {
	snapshot, err := e.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return nil, err
	}
	sheets, err := e.villageSheets(tx, c.ParentID, c.RegionCode)
	if err != nil {
		return nil, err
	}
	var rows []models.CampaignScope
	if err := scopeOf(tx, c.ParentID).Select("household_id", "form_id").Where("region_code = ?", c.RegionCode).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := counts{"surveyed_households": len(sheets), "surveyed_population": 0}
	surveyed := map[string]map[string]any{}
	for _, r := range rows {
		if sheet := sheets[r.FormID]; sheet != nil {
			surveyed[r.HouseholdID] = sheet
			out["surveyed_population"] += whole(sheet, "population")
		}
	}
	sums, err := e.homesSums(tx, c.RegionCode, surveyed, snapshot)
	if err != nil {
		return nil, err
	}
	out.add(sums)
	registered, err := registerSums(tx, c.RegionCode)
	out.add(registered)
	return out, err
}

// registerSums are those of the ledger of a village.
func registerSums(tx *gorm.DB, village string) (map[string]int, error) {
	var r struct{ Households, Population, OutOfPoverty, Monitored int }
	err := tx.Model(&models.Household{}).Where("region_code = ? AND status <> 'household_cancelled'", village).
		Select("count(*) AS households, coalesce(sum(population), 0) AS population, count(CASE WHEN base_type = 'out_of_poverty' THEN 1 END) AS out_of_poverty," +
			" count(CASE WHEN status IN ('monitored', 'eliminating') THEN 1 END) AS monitored").Scan(&r).Error
	return map[string]int{"register_households": r.Households, "register_population": r.Population, "register_out_of_poverty": r.OutOfPoverty, "register_monitored": r.Monitored}, err
}

// villageSheets are the household forms of a village as last sent, of the households
// to which the campaign applies.
func (e *Engine) villageSheets(tx *gorm.DB, campaign, village string) (map[string]map[string]any, error) {
	var events []models.CaseEvent
	err := tx.Where("kind = ? AND event IN ?", "event", sheetEvents).
		Where("case_id IN (SELECT form_id FROM campaign_scope WHERE campaign_id = ? AND region_code = ? AND form_id <> '' AND result <> ?)", campaign, village, models.ResultNotApplicable).
		Order("case_id, seq").Find(&events).Error
	if err != nil {
		return nil, err
	}
	last := map[string]*models.CaseEvent{}
	for i := range events {
		last[events[i].CaseID] = &events[i]
	}
	out := make(map[string]map[string]any, len(last))
	for id, ev := range last {
		if out[id], err = e.Payload(ev); err != nil {
			return nil, err
		}
	}
	return out, nil
}
