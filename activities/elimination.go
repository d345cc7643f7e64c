package activities

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	sheets["precheck"] = precheckSheet
	guards[procedure.GuardPrecheck] = precheckVerdict
	guards[procedure.GuardHouseholdMonitored] = householdMonitored
	guards[procedure.GuardRenominate] = renominate
	guards[procedure.GuardNoNewRisk] = noNewRisk
	guards[procedure.GuardIncomeLine] = incomeLineSet
	guards[procedure.GuardConditionsSeen] = conditionsSeen
	guards[procedure.GuardComparedAgain] = comparedAgain
	guards[procedure.GuardMarkComplete] = markComplete
	guards[procedure.GuardCountyCancels] = countyCancels
}

// householdMonitored: only the risk of a household that is monitored can be eliminated.
func householdMonitored(k *act) []procedure.FieldFault {
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return failed(err)
	}
	if h.Status != "monitored" {
		return no("", "not_monitored", "该户不在监测中，或者已在办理风险消除")
	}
	return nil
}

// renominate: what a household did not agree to is proposed again by the township or
// the county alone, and not before renominate_months have passed (2.6 dissent).
func renominate(k *act) []procedure.FieldFault {
	var last models.Case
	err := k.tx.Where("household_id = ? AND procedure = ? AND id <> ?", k.c.HouseholdID, "risk_elimination", k.c.ID).Order("opened_at DESC, id DESC").Take(&last).Error
	if err != nil && !models.Missing(err) {
		return failed(err)
	}
	at, dissented := last.Facts.At["dissent"]
	if !dissented {
		return nil
	}
	if from := policy.DateOf(at).AddMonths(k.policy.Int("renominate_months")); policy.DateOf(k.now).Before(from) {
		return no("", "renominate_later", "农户不同意上次消除，%s起方可再次提名", from.Chinese())
	}
	if k.actor.Role != procedure.TownshipOffice && k.actor.Role != procedure.CountyOffice {
		return no("", "renominate_by_township", "农户不同意上次消除，由乡镇再次提名")
	}
	return nil
}

// noNewRisk: a household about which a clue has come up since it was nominated is not
// eliminated before that is settled; one with another risk, or found unstable by the
// look-back of the quarter, is withdrawn or cancelled (2.6).
func noNewRisk(k *act) []procedure.FieldFault {
	var n int64
	err := k.tx.Model(&models.Case{}).Where("household_id = ?", k.c.HouseholdID).
		Where("procedure = ? AND closed_at IS NULL OR procedure = ? AND state = ? AND closed_at >= ? OR procedure = ? AND state = ? AND closed_at >= ?",
			"risk_clue", "risk_clue", "risk_confirmed", k.c.OpenedAt, "lookback_window", "unstable", k.c.OpenedAt).Count(&n).Error
	if err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("", "new_risk", "提名以来该户有未办结或已确认的风险线索、不稳定的回头看共 %d 件，应先核实；确有新风险的，撤回提名或撤销", n)
	}
	return nil
}

func incomeLineSet(k *act) []procedure.FieldFault {
	if !k.policy.Has("income_line") {
		return no("", "policy_missing", "本地尚未设置当年收入线，不能判断收入是否达标")
	}
	return nil
}

// lineNow is the income line of the current year, which a case that began in another
// year does not have in its snapshot.
func (k *act) lineNow() (policy.IncomeLine, error) {
	var line policy.IncomeLine
	now, err := k.e.resolve(k.tx, k.c.RegionCode, k.now)
	if err != nil {
		return line, err
	}
	return line, now.JSON("income_line", &line)
}

// aboveLine wants an amount of a form, fen per head, not to lie below the line.
func (k *act) aboveLine(field string) []procedure.FieldFault {
	line, err := k.lineNow()
	if err != nil {
		return failed(err)
	}
	amount, _ := k.form[field].(float64)
	if below := int64(amount) < line.Fen || line.Inclusive && int64(amount) == line.Fen; below {
		return no(field, "below_line", "人均纯收入%s元，低于当年收入线%s元", policy.Yuan(int64(amount)), policy.Yuan(line.Fen))
	}
	return nil
}

// precheckVerdict holds for the verdict that the precheck comes to ("pass", "fail").
func precheckVerdict(k *act) []procedure.FieldFault {
	items, err := k.precheck()
	if err != nil {
		return failed(err)
	}
	if policy.PrecheckPasses(items) != (k.arg == "pass") {
		return no("", "other_verdict", "条件预检的结论与此不同")
	}
	return nil
}

func precheckSheet(k *act) (map[string]any, error) {
	items, err := k.precheck()
	if err != nil {
		return nil, err
	}
	rows := make([]any, len(items))
	for n, i := range items {
		rows[n] = map[string]any{"title": i.Title, "verdict": string(i.Verdict), "value": i.Value, "threshold": i.Threshold, "source": i.Source, "warning": i.Warning, "reason": i.Reason}
	}
	return map[string]any{"sheet": rows}, nil
}

// precheck tests the conditions of 2.6 on the records and, where they are silent, on
// the answers of the nomination.
func (k *act) precheck() ([]policy.PrecheckItem, error) {
	form, err := k.e.openingForm(k.tx, k.c.ID)
	if err != nil {
		return nil, err
	}
	f := k.nominated(form)
	for _, read := range []func(*policy.PrecheckFacts, map[string]any) error{k.recordedRisks, k.recordedHouse, k.recordedLabour, k.recordedPlan, k.recordedCases} {
		if err := read(&f, form); err != nil {
			return nil, err
		}
	}
	return policy.Precheck(f, k.policy), nil
}

// openingForm is the form a case was opened with.
func (e *Engine) openingForm(tx *gorm.DB, caseID string) (map[string]any, error) {
	var ev models.CaseEvent
	if err := tx.Where("case_id = ? AND kind = ?", caseID, "open").Take(&ev).Error; err != nil {
		return nil, err
	}
	return e.Payload(&ev)
}

// nominated is what the proposing meeting has answered.
func (k *act) nominated(form map[string]any) policy.PrecheckFacts {
	said := func(code string) policy.Known {
		yes, ok := form[code].(bool)
		if !ok {
			return policy.Known{}
		}
		return policy.Known{Yes: &yes, Source: policy.FromCommittee}
	}
	day := func(code string) policy.Date { d, _ := policy.ParseDate(text(form, code)); return d }
	f := policy.PrecheckFacts{
		Today: policy.DateOf(k.now), AboveSince: day("above_since"), SecuredSince: day("secured_since"),
		Education: said("education_ok"), Medical: said("medical_ok"), Housing: said("housing_ok"), Water: said("water_ok"),
		Delivered: said("measures_delivered"), NoLabour: said("no_labour"), Natural: text(form, "method") == "natural",
	}
	if amount, ok := form["per_head"].(float64); ok {
		f.PerHead = new(int64(amount))
	}
	field := k.d.Opening.Form[slices.IndexFunc(k.d.Opening.Form, func(f procedure.Field) bool { return f.Code == "exclusions" })]
	for _, o := range field.Options {
		if list, _ := form["exclusions"].([]any); slices.Contains(list, any(o.Code)) {
			f.Excluded = append(f.Excluded, o.Title)
		}
	}
	return f
}

// recordedRisks: every risk that the household was identified for, and what more the
// meeting has named.
func (k *act) recordedRisks(f *policy.PrecheckFacts, form map[string]any) error {
	ep, err := episode(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	var codes []string
	if ep != nil {
		f.MonitoredSince = policy.DateOf(ep.OpenedAt)
		if codes, err = k.risks(ep); err != nil {
			return err
		}
	}
	outcomes := riskOutcomes(form)
	for _, code := range sortedKeys(outcomes) {
		if !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	for _, code := range codes {
		f.Risks = append(f.Risks, policy.RiskOutcome{Title: k.policy.Title("risk_type_set", code), Outcome: outcomes[code]})
	}
	return nil
}

// riskOutcomes are the answers to the table of risks, by risk.
func riskOutcomes(form map[string]any) map[string]string {
	out := map[string]string{}
	rows, _ := form["risks"].([]any)
	for _, r := range rows {
		if row, ok := r.(map[string]any); ok {
			out[text(row, "risk")] = text(row, "outcome")
		}
	}
	return out
}

// recordedHouse: a house on record as grade C or D is safe once it was repaired and
// is lived in (S002); one of grade A or B is, unless the meeting says otherwise.
func (k *act) recordedHouse(f *policy.PrecheckFacts, form map[string]any) error {
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	secret, err := h.Secret(k.e.Store.Vault)
	if err != nil {
		return err
	}
	if secret.House == "C" || secret.House == "D" {
		repaired := form["house_repaired"] == true && form["housing_ok"] == true
		f.Housing = policy.Known{Yes: &repaired, Source: policy.FromRecords}
	}
	return nil
}

// recordedLabour: a household of which the records say of every member that he cannot
// work is without labour, and one of which they say it of nobody is not.
func (k *act) recordedLabour(f *policy.PrecheckFacts, _ map[string]any) error {
	can, known, err := k.e.canWork(k.tx, k.c.HouseholdID)
	if known {
		f.NoLabour = policy.Known{Yes: new(!can), Source: policy.FromRecords}
	}
	return err
}

// recordedPlan: the plan of the household says whether its measures are delivered; it
// has been evaluated before the elimination begins (2.4).
func (k *act) recordedPlan(f *policy.PrecheckFacts, _ map[string]any) error {
	var plan models.Case
	err := k.tx.Where("household_id = ? AND procedure = ? AND state <> ?", k.c.HouseholdID, "assistance_plan", "ended_no_admission").Order("opened_at DESC, id DESC").Take(&plan).Error
	if models.Missing(err) {
		return nil
	}
	done := plan.State == "evaluated" || plan.State == "closed"
	f.Delivered = policy.Known{Yes: &done, Source: policy.FromRecords}
	return err
}

// recordedCases counts what is open about the household.
func (k *act) recordedCases(f *policy.PrecheckFacts, _ map[string]any) error {
	var err error
	if f.OpenClues, err = openOf(k.tx, k.c.HouseholdID, "risk_clue", "identification"); err != nil {
		return err
	}
	f.Rectifications, err = openOf(k.tx, k.c.HouseholdID, "rectification")
	return err
}

// conditionsSeen: what the visitors have found agrees with going on; otherwise the
// event is verify_fail.
func conditionsSeen(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	var faults []procedure.FieldFault
	for _, g := range guarantees {
		if k.form[g.Code] == false {
			faults = append(faults, no(g.Code, "not_assured", "%s没有保障的，应作核实不符处理", g.Title)...)
		}
	}
	if text(k.form, "evaluation") == "not_reached" {
		faults = append(faults, no("evaluation", "not_reached", "评估未达到消除条件的，应作核实不符处理")...)
	}
	rows, _ := k.form["measures"].([]any)
	for i, r := range rows {
		if m, _ := r.(map[string]any); text(m, "state") == "none" {
			faults = append(faults, no(fmt.Sprintf("measures[%d].state", i), "not_delivered", "措施未落实的，应作核实不符处理")...)
		}
	}
	faults = append(faults, k.risksSettled()...)
	result, bad := policy.ComputeIncome(forms.IncomeSheet(k.form, k.policy), k.policy)
	line, err := k.lineNow()
	if err != nil {
		return append(faults, failed(err)...)
	}
	if len(bad) == 0 && result.BelowLine(line) {
		faults = append(faults, no("income", "below_line", "测算人均%s元，低于当年收入线%s元", policy.Yuan(result.PerHead), policy.Yuan(line.Fen))...)
	}
	return faults
}

// risksSettled wants every risk of the episode in the table, resolved or gone.
func (k *act) risksSettled() []procedure.FieldFault {
	var f policy.PrecheckFacts
	if err := k.recordedRisks(&f, k.form); err != nil {
		return failed(err)
	}
	var left []string
	for _, r := range f.Risks {
		if r.Outcome != policy.RiskResolved && r.Outcome != policy.RiskNatural {
			left = append(left, r.Title)
		}
	}
	if len(left) > 0 {
		return no("risks", "risk_open", "尚未消除或未填写的风险：%s", strings.Join(left, "、"))
	}
	return nil
}

func comparedAgain(k *act) []procedure.FieldFault {
	if k.asking || !k.policy.Bool("elimination_comparison") || k.form["compared"] == true {
		return nil
	}
	return no("compared", "comparison_again", "按规定审定消除前应再次进行部门信息比对并核清异常")
}

// countyCancels: what the county has approved only the county cancels (2.6).
func countyCancels(k *act) []procedure.FieldFault {
	if k.c.State == "approved" && k.actor.Role == procedure.TownshipOffice {
		return no("", "county_cancels", "审定通过后由县级撤销")
	}
	return nil
}

// markComplete: the day lies between the decision and today, and the indicators agree
// with each other and with an elimination (5.3, E-11).
func markComplete(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	var faults []procedure.FieldFault
	if day, err := policy.ParseDate(text(k.form, "eliminated_on")); err == nil && day.Before(policy.DateOf(k.c.Facts.At["county_pass"])) {
		faults = append(faults, no("eliminated_on", "before_decision", "消除日期不得早于县级审定")...)
	}
	for _, code := range []string{"dropout", "house_damaged", "uninsured", "water_damaged"} {
		if k.form[code] == true {
			faults = append(faults, no(code, "indicator", "存在该情形的，不符合消除条件，应先解决或撤销")...)
		}
	}
	n := func(code string) float64 { v, _ := k.form[code].(float64); return v }
	if sum := n("production") + n("property") + n("transfer") + n("wage") - n("expense"); math.Abs(sum-n("household_net")) > 100 {
		faults = append(faults, no("household_net", "income_differs", "家庭纯收入应为四类收入减去生产经营性支出，即%s元", policy.Yuan(int64(sum)))...)
	}
	var population int
	if k.c.Facts.Value("population", &population) && math.Abs(n("per_head")*float64(population)-n("household_net")) > 100*float64(population) {
		faults = append(faults, no("per_head", "income_differs", "人均纯收入与家庭纯收入、家庭人口（%d人）不符", population)...)
	}
	return append(faults, k.aboveLine("per_head")...)
}
