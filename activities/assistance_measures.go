package activities

import (
	"fmt"
	"slices"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardPlanMeasures], guards[procedure.GuardRisksAnswered], guards[procedure.GuardLabourRule] = planMeasures, risksAnswered, labourRule
	guards[procedure.GuardAllDelivered], guards[procedure.GuardRiskPoints], guards[procedure.GuardHelpSettled] = allDelivered, riskPoints, helpSettled
	guards[procedure.GuardMeasureDepartment], guards[procedure.GuardLeavesRisk] = measureDepartment, leavesRisk
}

// tableOf are the rows of a table in a form.
func tableOf(form map[string]any, code string) []map[string]any {
	list, _ := form[code].([]any)
	var out []map[string]any
	for _, r := range list {
		if row, ok := r.(map[string]any); ok {
			out = append(out, row)
		}
	}
	return out
}

// failedMeasure are the ends of a measure that leave its risk unanswered.
var failedMeasure = []procedure.State{"dept_refused", "not_effective", "cancelled"}

// measures are the cases of a plan's measures, oldest first.
func (k *act) measures() ([]models.Case, error) {
	var out []models.Case
	err := k.tx.Where("parent_id = ? AND procedure = ?", k.c.ID, "measure").Order("id").Find(&out).Error
	return out, err
}

// planActs say what risks a plan is about and what is done about them.
var planActs = []string{"declare_plan", "adjust", "evaluate"}

// planStory are the acts of a plan that say what risks there are and what is done
// about them, in order, with their forms.
func (k *act) planStory() ([]models.CaseEvent, []map[string]any, error) {
	var events []models.CaseEvent
	err := k.tx.Where("case_id = ? AND kind = ? AND event IN ?", k.c.ID, "event", planActs).Order("seq").Find(&events).Error
	if err != nil {
		return nil, nil, err
	}
	forms := make([]map[string]any, len(events))
	for i := range events {
		if forms[i], err = k.e.Payload(&events[i]); err != nil {
			return nil, nil, err
		}
	}
	return events, forms, nil
}

// activeRisks are the risks of the household: those of its episode (or, before it is
// registered, those it was identified with or that the visit found), more that came up, less what was resolved. known is
// false for a household that is being identified and was not visited yet.
func (k *act) activeRisks() (risks []string, known bool, err error) {
	ident, err := k.identification()
	if err != nil {
		return nil, false, err
	}
	ep, err := episode(k.tx, k.c.HouseholdID)
	if err != nil {
		return nil, false, err
	}
	known = ident == nil
	if ep != nil && (ident == nil || ep.CaseID == ident.ID) { // with what was found since
		if risks, err = k.risks(ep); err != nil {
			return nil, false, err
		}
		known = true
	}
	for _, event := range []string{"county_pass", "submit_verification"} {
		if known {
			break
		}
		form, err := k.e.lastForm(k.tx, ident.ID, event)
		if err != nil {
			return nil, false, err
		}
		if form != nil {
			risks, known = words(form["risk_types"]), true
		}
	}
	events, forms, err := k.planStory()
	var resolved []string
	for i, ev := range events {
		switch ev.Event {
		case "adjust":
			risks = append(risks, words(forms[i]["risk_types"])...)
			if ev.ActorRole == procedure.Procedure { // as by a rollback: what was resolved is not
				risks, resolved = append(risks, resolved...), nil
			}
		case "evaluate":
			for _, row := range tableOf(forms[i], "risks") {
				if risk := text(row, "risk"); text(row, "result") == "resolved" && slices.Contains(risks, risk) {
					risks = slices.DeleteFunc(risks, func(r string) bool { return r == risk })
					resolved = append(resolved, risk)
				}
			}
		}
	}
	slices.Sort(risks)
	return slices.Compact(risks), known, err
}

// standing are the measures of a plan that have not failed, with the risk each was
// declared against; only those that keep reports true for, if it is given.
func (k *act) standing(keep func(*models.Case) bool) ([]policy.Measure, error) {
	list, err := k.measures()
	if err != nil {
		return nil, err
	}
	events, forms, err := k.planStory()
	if err != nil {
		return nil, err
	}
	return standingOf(list, events, forms, keep), nil
}

// standingOf is standing of a plan with these measures and these acts.
func standingOf(list []models.Case, events []models.CaseEvent, forms []map[string]any, keep func(*models.Case) bool) []policy.Measure {
	version, tables := 1, map[int][]map[string]any{}
	for i, ev := range events {
		switch ev.Event {
		case "adjust":
			version++
		case "declare_plan":
			tables[version] = tableOf(forms[i], "measures")
		}
	}
	var out []policy.Measure
	for i := range list {
		c := &list[i]
		if slices.Contains(failedMeasure, c.State) || keep != nil && !keep(c) {
			continue
		}
		var v, n int
		c.Facts.Value("plan_version", &v)
		c.Facts.Value("no", &n)
		if rows := tables[v]; n >= 1 && n <= len(rows) {
			out = append(out, policy.Measure{Kind: c.Facts.Text("kind"), Risk: text(rows[n-1], "risk")})
		}
	}
	return out
}

// declared are the measures of the form together with those that stand.
func (k *act) declared() ([]policy.Measure, error) {
	out, err := k.standing(nil)
	for _, row := range tableOf(k.form, "measures") {
		out = append(out, policy.Measure{Kind: text(row, "kind"), Risk: text(row, "risk")})
	}
	return out, err
}

// planMeasures: there is something to do, and its days are still to come.
func planMeasures(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	all, err := k.declared()
	if err != nil {
		return failed(err)
	}
	if len(all) == 0 {
		return no("measures", "measures_required", "请至少填写一项帮扶措施")
	}
	var faults []procedure.FieldFault
	today := policy.DateOf(k.now)
	for i, row := range tableOf(k.form, "measures") {
		due, err := policy.ParseDate(text(row, "due"))
		if err != nil {
			continue // the form says so
		}
		if due.Before(today) {
			faults = append(faults, no(at("measures", i, "due"), "due_passed", "第 %d 项措施的落实期限早于今天", i+1)...)
		}
		if end, err := policy.ParseDate(text(row, "ends_on")); err == nil && end.Before(due) {
			faults = append(faults, no(at("measures", i, "ends_on"), "end_before_due", "第 %d 项措施的止期早于落实期限", i+1)...)
		}
	}
	return faults
}

// risksAnswered: each active risk has a fitting measure by the minimum map of 5.3.
func risksAnswered(k *act) []procedure.FieldFault {
	risks, known, err := k.activeRisks()
	if err != nil {
		return failed(err)
	}
	if !known {
		return no("", "risks_unknown", "入户核实尚未完成，风险类型未定，暂不能申报帮扶计划")
	}
	if k.asking {
		return nil
	}
	all, err := k.declared()
	if err != nil {
		return failed(err)
	}
	return k.unanswered(risks, all)
}

func (k *act) unanswered(risks []string, all []policy.Measure) []procedure.FieldFault {
	var faults []procedure.FieldFault
	for _, risk := range policy.Unanswered(risks, all, k.policy) {
		title, kinds := k.policy.Title("risk_type_set", risk), policy.FittingKinds(risk, k.policy)
		if kinds == "" {
			faults = append(faults, no("measures", "risk_unanswered", "“%s”还没有相应的措施", title)...)
			continue
		}
		faults = append(faults, no("measures", "risk_unanswered", "“%s”还没有相应的措施，应至少有其一：%s", title, kinds)...)
	}
	return faults
}

// labourRule is S003 #10 and #18, on what the record says of the members' labour;
// where it says nothing, on what the plan says.
func labourRule(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	can, known, err := k.e.canWork(k.tx, k.c.HouseholdID)
	if err != nil {
		return failed(err)
	}
	said := k.form["has_labour"] == true
	if known && can != said {
		return no("has_labour", "labour_differs", "与家庭成员登记的劳动能力不一致，请核对后填写或先更正登记")
	}
	all, err := k.declared()
	if err != nil {
		return failed(err)
	}
	var kinds []string
	for _, m := range all {
		kinds = append(kinds, m.Kind)
	}
	var faults []procedure.FieldFault
	for _, f := range policy.LabourRule(said, kinds, text(k.form, "labour_reason") != "", k.policy) {
		faults = append(faults, procedure.FieldFault{Field: f.Field, Code: f.Code, Message: f.Message})
	}
	return faults
}

// canWork tells whether a member of the household can work. It is known if one can,
// or if the record says of every member that he cannot.
func (e *Engine) canWork(tx *gorm.DB, householdID string) (can, known bool, err error) {
	var people []models.Person
	if err := tx.Where("household_id = ? AND left_at IS NULL", householdID).Find(&people).Error; err != nil {
		return false, false, err
	}
	known = len(people) > 0
	for i := range people {
		p, err := people[i].Secret(e.Store.Vault)
		if err != nil {
			return false, false, err
		}
		one, said := policy.CanWork(p.Labour)
		if one {
			return true, true, nil
		}
		known = known && said
	}
	return false, known, nil
}

// underWay reports whether a measure holds up its plan no more: it is verified, or
// runs on to an end of its own.
func underWay(c *models.Case) bool {
	return c.State == "verified" || c.State == "delivering" && c.Facts.Text("ends_on") != ""
}

// allDelivered: every measure is verified or replaced (2.4): none is open but those
// that run on, and what has failed leaves no risk unanswered.
func allDelivered(k *act) []procedure.FieldFault {
	list, err := k.measures()
	if err != nil {
		return failed(err)
	}
	for i := range list {
		if list[i].ClosedAt == nil && !underWay(&list[i]) {
			return no("", "measures_open", "还有措施未核验")
		}
	}
	done, err := k.standing(underWay)
	if err != nil {
		return failed(err)
	}
	if len(done) == 0 {
		return no("", "measures_missing", "没有已核验的措施")
	}
	risks, _, err := k.activeRisks()
	if err != nil {
		return failed(err)
	}
	return k.unanswered(risks, done)
}

// riskPoints: the evaluation says of each active risk how it stands now.
func riskPoints(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	risks, _, err := k.activeRisks()
	if err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	for _, risk := range risks {
		if !slices.ContainsFunc(tableOf(k.form, "risks"), func(row map[string]any) bool { return text(row, "risk") == risk }) {
			faults = append(faults, no("risks", "risk_not_evaluated", "“%s”尚未评价", k.policy.Title("risk_type_set", risk))...)
		}
	}
	return faults
}

// helpSettled: no help that was begun is left in the air when a plan is stopped.
func helpSettled(k *act) []procedure.FieldFault {
	list, err := k.measures()
	if err != nil {
		return failed(err)
	}
	n := 0
	for i := range list {
		if list[i].ClosedAt == nil {
			n++
		}
	}
	if n > 0 {
		return no("", "measures_open", "还有 %d 项措施未办结，请先核验或取消", n)
	}
	return nil
}

// measureDepartment keeps a measure with the department it was sent to; the
// assistance person of the household has no department.
func measureDepartment(k *act) []procedure.FieldFault {
	if k.actor.Role == procedure.AssistancePerson || k.actor.Dept == k.c.Dept {
		return nil
	}
	return no("", "other_department", "该措施不由您的部门承办")
}

// leavesRisk: without this measure a risk of the household has none; a plan that is to
// be stopped anyway needs no other.
func leavesRisk(k *act) []procedure.FieldFault {
	plan, err := take(k.tx, k.c.ParentID)
	if err != nil {
		return failed(err)
	}
	if plan.Procedure != "assistance_plan" {
		return no("", "no_plan", "该措施不属于帮扶计划")
	}
	p := *k
	p.c, p.form = plan, nil
	risks, _, err := p.activeRisks()
	if err != nil {
		return failed(err)
	}
	rest, err := p.standing(func(c *models.Case) bool { return c.ID != k.c.ID })
	if err != nil {
		return failed(err)
	}
	if plan.Facts.Text(stopBy) != "" || len(p.unanswered(risks, rest)) == 0 {
		return no("", "risks_answered", "每类风险仍有相应的措施，或帮扶计划应当终止")
	}
	return nil
}

// at is the place of a cell in a table, "measures[2].due".
func at(table string, row int, column string) string {
	return fmt.Sprintf("%s[%d].%s", table, row, column)
}
