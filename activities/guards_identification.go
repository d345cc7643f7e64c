package activities

import (
	"errors"
	"slices"
	"strings"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// settledComparison are the ends of 2.12 that count as an answer.
var settledComparison = []procedure.State{"clean", "settled"}

// joined holds when the departments' answers are in, at the join point that the
// policy sets (2.2). Silence is never an answer; a refusal needs a written reason,
// of the township when the case was joined before it came there.
func joined(k *act) []procedure.FieldFault {
	point := k.policy.Text("comparison_join")
	early := point == "before_review" || point == "before_notice"
	if k.arg != point && !(early && k.arg == "before_township") {
		return nil
	}
	cases, err := k.comparisons()
	if err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	for i := range cases {
		switch refused := cases[i].State == "refused"; {
		case refused && k.arg == point && early:
		case refused || k.arg == point:
			faults = append(faults, k.comparison(&cases[i])...)
		}
	}
	return faults
}

// comparisons are those of the last batch, one of each department.
func (k *act) comparisons() ([]models.Case, error) {
	var all []models.Case
	err := k.tx.Where("parent_id = ? AND procedure = ?", k.c.ID, "dept_comparison").Order("id").Find(&all).Error
	var out []models.Case
	for _, c := range all {
		out = slices.DeleteFunc(out, func(older models.Case) bool { return older.Dept == c.Dept })
		out = append(out, c)
	}
	return out, err
}

func (k *act) comparison(c *models.Case) []procedure.FieldFault {
	dept := k.policy.Title("comparison_departments", c.Dept)
	switch {
	case slices.Contains(settledComparison, c.State):
		if !k.fresh(c.Facts.Text("as_of")) {
			return no("", "comparison_stale", "%s的比对结果已超过有效期，应退回重新核实，随后再次比对", dept)
		}
		return nil
	case c.State == "refused":
		if k.asking || text(k.form, "unanswered_reason") != "" {
			return nil
		}
		return no("unanswered_reason", "comparison_refused", "%s不予办理比对，继续办理须书面说明理由", dept)
	}
	d, err := definition(c)
	if err != nil {
		return failed(err)
	}
	st, _ := d.State(c.State)
	return no("", "comparison_unsettled", "%s的信息比对尚未了结（%s）", dept, st.Title)
}

// fresh reports whether a result of that day is not older than comparison_valid_days.
func (k *act) fresh(asOf string) bool {
	day, err := policy.ParseDate(asOf)
	if err != nil {
		return true // settled without an answer, by a written reason
	}
	return !day.AddDays(k.policy.Days("comparison_valid_days").Days).Before(policy.DateOf(k.now))
}

// freshAnswer refuses what would be stale on arrival, and hold its case for ever.
func freshAnswer(k *act) []procedure.FieldFault {
	if k.asking || k.fresh(text(k.form, "as_of")) {
		return nil
	}
	return no("as_of", "answer_stale", "数据截止日期早于%d天，结果已超过有效期，请用近期的数据比对", k.policy.Days("comparison_valid_days").Days)
}

// comparisonStale holds once the answer of a department has grown too old.
func comparisonStale(k *act) []procedure.FieldFault {
	cases, err := k.comparisons()
	if err != nil {
		return failed(err)
	}
	if slices.ContainsFunc(cases, func(c models.Case) bool { return !k.fresh(c.Facts.Text("as_of")) }) {
		return nil
	}
	return no("", "comparisons_fresh", "各部门的比对结果都在有效期内")
}

// quorum is E-15: of a village representatives' meeting two thirds must be
// present and more than half of those agree; a panel needs the majority only. The
// votes must add up in any case.
func quorum(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	n := func(code string) int { v, _ := k.form[code].(float64); return int(v) }
	var q policy.Quorum
	if err := k.policy.JSON("review_quorum", &q); err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	for _, f := range q.Met(n("eligible"), n("present"), n("agree")) {
		if f.Code != "quorum_present" || text(k.form, "kind") == "representatives" {
			faults = append(faults, procedure.FieldFault{Field: f.Field, Code: f.Code, Message: f.Message})
		}
	}
	if votes := n("agree") + n("against") + n("abstain"); votes != n("present") {
		faults = append(faults, no("agree", "votes_do_not_add_up", "同意、反对、弃权合计 %d，应等于实到 %d", votes, n("present"))...)
	}
	return faults
}

// notTwiceUpheld sends a case whose notice met a justified objection twice down
// the path of review_reject. A household that must be admitted is not for the village
// to reject, so that it goes on to the county.
func notTwiceUpheld(k *act) []procedure.FieldFault {
	if n := k.c.Facts.Count["notice_upheld"]; n >= 2 && len(notMustAdmit(k)) == 0 {
		return no("", "twice_upheld", "公示异议已 %d 次成立，应作评议不通过处理", n)
	}
	return nil
}

func noticeEnded(k *act) []procedure.FieldFault {
	want := map[string][]procedure.State{"passed": {"ended_clean", "ended_overruled"}, "upheld": {"ended_upheld"}}[k.arg]
	var last models.Case
	err := k.tx.Where("parent_id = ? AND procedure = ?", k.c.ID, "village_notice").Order("id DESC").Take(&last).Error
	if models.Missing(err) {
		return no("", "notice_missing", "没有村级公示")
	}
	if err != nil {
		return failed(err)
	}
	if !slices.Contains(want, last.State) {
		return no("", "notice_not_ended", "村级公示尚未以相应结果结束")
	}
	return nil
}

// verification wants what S003 #23 found missing: at least as many surveyors as
// the policy says (checked by signatures), and signatures that are not one file.
func verification(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	var faults []procedure.FieldFault
	surveyor, _ := k.form["surveyor_signature"].([]any)
	farmer, _ := k.form["farmer_signature"].([]any)
	for _, s := range surveyor {
		if slices.Contains(farmer, s) {
			faults = append(faults, no("farmer_signature", "same_signature", "农户签字与调查人员签字不能是同一个文件")...)
		}
	}
	same, err := k.sameFile(surveyor, farmer)
	if err != nil {
		return failed(err)
	}
	if same {
		faults = append(faults, no("farmer_signature", "same_signature", "农户签字与调查人员签字内容相同")...)
	}
	return faults
}

// sameFile reports whether one of a has the same bytes as one of b (DQ-03).
func (k *act) sameFile(a, b []any) (bool, error) {
	hashes := func(ids []any) (out []string, err error) {
		err = k.tx.Model(&models.Attachment{}).Where("case_id = ? AND id IN ?", k.c.ID, ids).Pluck("sha256", &out).Error
		return out, err
	}
	ha, err := hashes(a)
	if err != nil {
		return false, err
	}
	hb, err := hashes(b)
	return slices.ContainsFunc(ha, func(h string) bool { return slices.Contains(hb, h) }), err
}

// notMustAdmit refuses a negative end below the county when one of the five
// situations of S003 #3 holds; what the data leave open is judged by people, on record.
func notMustAdmit(k *act) []procedure.FieldFault {
	found, err := k.mustAdmit()
	if err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	for _, f := range found {
		if f.Verdict == policy.VerdictYes {
			faults = append(faults, no("", "must_admit", "属于应纳尽纳情形：%s（%s）", f.Title, f.Reason)...)
		}
	}
	return faults
}

// mustAdmitReason: only the county may refuse such a household, with a leader's
// written reason.
func mustAdmitReason(k *act) []procedure.FieldFault {
	if k.asking || text(k.form, "leader_reason") != "" {
		return nil
	}
	if faults := notMustAdmit(k); len(faults) > 0 {
		return append(no("leader_reason", "leader_reason_required", "该户属于应纳尽纳情形，不予认定须填写领导意见"), faults...)
	}
	return nil
}

// mustAdmit tests the five situations on everything that is known of the household, and on what the surveyors recorded
// in the home.
func (k *act) mustAdmit() ([]policy.Finding, error) {
	f, err := k.e.Family(k.tx, k.c.HouseholdID, k.now)
	if err != nil {
		return nil, err
	}
	form, err := k.e.lastForm(k.tx, k.c.ID, "submit_verification")
	if err != nil {
		return nil, err
	}
	found := policy.NewScreener(policy.DateOf(k.now), k.policy).MustAdmit(&f, k.seenAtHome(form))
	recorded, _ := form["must_admit"].([]any)
	for i, f := range found {
		if slices.Contains(recorded, any(f.Code)) {
			found[i].Verdict, found[i].Reason = policy.VerdictYes, "入户核实已认定"
		}
	}
	k.note(found...)
	return found, nil
}

// incomeSheet recomputes the sheet of 5.4 and compares it with what the household
// claimed: more than one yuan per head apart is a finding to explain; both values stay.
func incomeSheet(k *act) []procedure.FieldFault {
	var unset policy.Fault
	line, err := k.line()
	if errors.As(err, &unset) {
		return no("", "policy_missing", "本地尚未设置年度收入线，不能判断收入是否低于线，请先由县级设置")
	} else if err != nil {
		return failed(err)
	}
	if k.asking {
		return nil
	}
	result, faults := policy.ComputeIncome(forms.IncomeSheet(k.form, k.policy), k.policy)
	var out []procedure.FieldFault
	if !forms.ClaimExplained(k.form) {
		faults = append(faults, result.Findings...)
	}
	for _, f := range faults {
		out = append(out, procedure.FieldFault{Field: forms.IncomeField(f.Field), Code: f.Code, Message: f.Message})
	}
	for _, f := range forms.PeriodFindings(k.form, k.policy, k.now) {
		out = append(out, procedure.FieldFault{Field: f.Field, Code: f.Code, Message: f.Message})
	}
	if len(out) == 0 {
		k.noteClaim(result)
		f, err := k.e.Family(k.tx, k.c.HouseholdID, k.now)
		if err != nil {
			return failed(err)
		}
		today := policy.DateOf(k.now)
		_, end := policy.IncomePeriod(today, k.policy)
		k.note(result.Below(line), result.Sudden(f.SuddenFacts(int64(whole(k.form, "own_medical")), today, end), line, k.policy))
	}
	return out
}

// noteClaim keeps with the act that what was claimed and what is computed differ, both values with it (5.4).
func (k *act) noteClaim(r policy.IncomeResult) {
	if len(r.Findings) > 0 {
		k.note(r.ClaimDiffers())
	}
}

// entryApproved: what is entered in the national system was approved by the county before (DQ-41).
func entryApproved(k *act) []procedure.FieldFault {
	on, err := policy.ParseDate(text(k.form, "entered_on"))
	if k.asking || err != nil {
		return nil // said by the form
	}
	if approved := policy.DateOf(k.c.Facts.At["county_pass"]); on.Before(approved) {
		return no("entered_on", "before_approval", "录入日期早于县级审定日期 %s", approved)
	}
	return nil
}

// line is the income line that a case was opened under, or the one in force now where
// the place had set none by then.
func (k *act) line() (line policy.IncomeLine, err error) {
	if !k.policy.Has("income_line") {
		return k.lineNow()
	}
	return line, k.policy.JSON("income_line", &line)
}

// guarantees are the answers of a home verification about what must be assured: the code of a screening rule and "_ok".
var guarantees = []procedure.Option{{Code: "education_ok", Title: "义务教育"}, {Code: "medical_ok", Title: "基本医疗"}, {Code: "housing_ok", Title: "住房安全"}, {Code: "water_ok", Title: "饮水安全"}}

// seenAtHome is what the surveyors found: income against the line, and what is not assured; nil before a verification.
func (k *act) seenAtHome(form map[string]any) *policy.Seen {
	if form == nil {
		return nil
	}
	out := policy.Seen{Met: map[string]bool{}}
	line, err := k.line()
	result, faults := policy.ComputeIncome(forms.IncomeSheet(form, k.policy), k.policy)
	if len(faults) == 0 && err == nil {
		below := result.BelowLine(line)
		out.BelowLine = &below
	}
	for _, g := range guarantees {
		if met, asked := form[g.Code].(bool); asked {
			out.Met[strings.TrimSuffix(g.Code, "_ok")] = met
		}
	}
	return &out
}
