package activities

import (
	"encoding/json"
	"time"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardVisitDay], guards[procedure.GuardIncomeAsked], guards[procedure.GuardRemoteAllowed] = visitDay, incomeAsked, remoteAllowed
	guards[procedure.GuardSecondTry], guards[procedure.GuardNewRisk] = secondTry, newRisk
	derivations["visit_clue"], derivations["visit_place"], hooks["compare_texts"] = visitClue, visitPlace, compareTexts
}

// visitPeriod is the first and the last day of a duty.
func (k *act) visitPeriod() (first, last policy.Date) {
	before, _ := policy.ParseDate(k.c.Facts.Text("wait_until"))
	last, _ = policy.ParseDate(k.c.Facts.Text("ends_on"))
	return before.AddDays(1), last
}

// visitDay: a visit counts for the period in which it was made.
func visitDay(k *act) []procedure.FieldFault {
	day, err := policy.ParseDate(text(k.form, "visited_on"))
	if k.asking || err != nil {
		return nil // the form says so
	}
	if first, last := k.visitPeriod(); day.Before(first) || last.Before(day) {
		return no("visited_on", "visit_outside_period", "走访日期应在%s至%s之间", first.Chinese(), last.Chinese())
	}
	return nil
}

func incomeAsked(k *act) []procedure.FieldFault {
	if _, given := k.form["income"]; k.asking || given || !k.c.Facts.Yes("income_duty") {
		return nil
	}
	return no("income", "income_required", "收入监测任务须填写本季家庭收入")
}

// remoteAllowed: some duties are done by telephone, some only while the whole
// family is away, the others never (2.5).
func remoteAllowed(k *act) []procedure.FieldFault {
	switch mode := k.c.Facts.Text("mode"); {
	case mode == policy.VisitHome:
		return no("", "home_visit_required", "该任务须入户走访")
	case mode == policy.VisitHomeOrAway && !k.asking && k.form["family_away"] != true:
		return no("family_away", "family_not_away", "该户有人在家的，须入户走访")
	}
	return nil
}

func secondTry(k *act) []procedure.FieldFault {
	day, err := policy.ParseDate(text(k.form, "second_try_on"))
	if k.asking || err != nil {
		return nil
	}
	if _, last := k.visitPeriod(); day.Before(policy.DateOf(k.now)) || last.Before(day) {
		return no("second_try_on", "second_try_outside", "再次走访日期应在今天至%s之间", last.Chinese())
	}
	return nil
}

func newRisk(k *act) []procedure.FieldFault {
	if k.form["new_risk"] != true {
		return no("new_risk", "no_new_risk", "未发现新风险")
	}
	return nil
}

// visitClue tells the clue that a finding opens where and when it was found.
func visitClue(k *act) error {
	if k.form["new_risk"] != true {
		return nil
	}
	if err := setFact(&k.c.Facts, "channel", "routine_check"); err != nil {
		return err
	}
	return setFact(&k.c.Facts, "found_at", k.now.Format(time.RFC3339))
}

// visitPlace flags a visit made far from the house, where the identification has its
// place on record (2.5). It is shown and never blocks.
func visitPlace(k *act) error {
	ident, err := k.identification()
	if ident == nil || err != nil {
		return err
	}
	home, err := k.e.lastForm(k.tx, ident.ID, "submit_verification")
	if err != nil {
		return err
	}
	lon, placed := home["longitude"].(float64)
	lat, _ := home["latitude"].(float64)
	hereLon, _ := k.form["longitude"].(float64)
	hereLat, _ := k.form["latitude"].(float64)
	if !placed || policy.Metres(lon, lat, hereLon, hereLat) <= k.policy.Number("visit_far_metres") {
		return nil
	}
	return setFact(&k.c.Facts, "place_flag", "走访地点距登记的住所较远")
}

// comparedTexts is how many earlier records of a visitor a new one is compared with.
const comparedTexts = 300

// compareTexts flags a record that says the same, or nearly so, as another of the
// same visitor about another household. It is shown and never blocks.
func compareTexts(k *act) error {
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	plain := policy.Plain(text(k.form, "finding"), h.HeadName)
	row := models.VisitText{CaseID: k.c.ID, HouseholdID: k.c.HouseholdID, VisitorID: k.actor.Person(), TextHash: k.e.Store.Vault.Print(plain), At: k.now}
	sketch := policy.Sketch(plain)
	if sketch != nil {
		raw, err := json.Marshal(sketch)
		if err != nil {
			return err
		}
		row.Sketch = k.e.Store.Vault.Seal("visit_texts", "sketch", row.CaseID, raw)
		if err := k.liken(&row, sketch); err != nil {
			return err
		}
	}
	if row.Flag != "" {
		if err := setFact(&k.c.Facts, "text_flag", copiedTitles[row.Flag]); err != nil {
			return err
		}
	}
	return k.tx.Create(&row).Error
}

var copiedTitles = map[string]string{"same": "与其他农户的走访记录相同", "near": "与其他农户的走访记录高度相似"}

// liken finds the record a text was copied from: an equal one first.
func (k *act) liken(row *models.VisitText, sketch []uint32) error {
	var earlier []models.VisitText
	err := k.tx.Where("visitor_id = ? AND household_id <> ? AND sketch IS NOT NULL", row.VisitorID, row.HouseholdID).
		Order("at DESC, case_id DESC").Limit(comparedTexts).Find(&earlier).Error
	if err != nil {
		return err
	}
	best := k.policy.Number("copied_ratio")
	for _, t := range earlier {
		if t.TextHash == row.TextHash {
			row.Flag, row.LikeCaseID = "same", t.CaseID
			return nil
		}
		raw, err := k.e.Store.Vault.Open("visit_texts", "sketch", t.CaseID, t.Sketch)
		if err != nil {
			return err
		}
		var other []uint32
		if err := json.Unmarshal(raw, &other); err != nil {
			return err
		}
		if alike := policy.Alike(sketch, other); alike >= best {
			best, row.Flag, row.LikeCaseID = alike, "near", t.CaseID
		}
	}
	return nil
}
