package activities

import (
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardRuleFinds] = ruleFinds
	guards[procedure.GuardRuleClean] = ruleClean
	guards[procedure.GuardDataOwner] = dataOwner
	guards[procedure.GuardCorrections] = corrections
	hooks["correct_register"] = correctRegister
}

// record is one household of the register with its secrets open.
type record struct {
	household models.Household
	secret    models.HouseholdSecret
	people    []models.Person
	secrets   []models.PersonSecret
}

func (e *Engine) record(tx *gorm.DB, id string) (*record, error) {
	h, err := household(tx, id)
	if err != nil {
		return nil, err
	}
	r := &record{household: *h}
	if r.secret, err = h.Secret(e.Store.Vault); err != nil {
		return nil, err
	}
	if r.people, err = present(tx, id); err != nil {
		return nil, err
	}
	for i := range r.people {
		s, err := r.people[i].Secret(e.Store.Vault)
		if err != nil {
			return nil, err
		}
		r.secrets = append(r.secrets, s)
	}
	return r, nil
}

// runRule runs a rule on the household and keeps what concerns the person named, if
// one is.
func (k *act) runRule(code, person string) ([]policy.DataFault, error) {
	rule, ok := k.policy.QualityRule(code)
	if !ok {
		return k.runFormRule(code)
	}
	if k.c.HouseholdID == "" {
		return nil, nil
	}
	f, err := k.e.Family(k.tx, k.c.HouseholdID, k.now)
	if err != nil {
		return nil, err
	}
	found := rule.Find(&f, policy.DataContext{Today: policy.DateOf(k.now), Snapshot: k.policy})
	return slices.DeleteFunc(found, func(f policy.DataFault) bool { return person != "" && f.Member != "" && f.Member != person }), nil
}

// ruleFinds: what our own rule is said to have found, it must find; what has no rule
// must come from a list.
func ruleFinds(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	if faults := k.isMember("person_id"); len(faults) > 0 {
		return faults
	}
	rule := text(k.form, "rule")
	if text(k.form, "source") == "list_above" {
		return nil
	}
	if rule == procedure.DataRuleListed {
		return no("rule", "rule_needs_list", "没有规则可查的问题应来自上级下发的清单")
	}
	if _, own := policy.FindDataRule(rule); !own {
		return ofRun(k)
	}
	found, err := k.runRule(rule, text(k.form, "person_id"))
	if err != nil {
		return failed(err)
	}
	if len(found) == 0 {
		return no("rule", "rule_clean", "运行该规则没有发现问题")
	}
	return nil
}

// ofRun: rules about forms, villages and procedures look at more than a household's record; what they find comes from a
// run over all of them.
func ofRun(k *act) []procedure.FieldFault {
	if k.actor.Role == procedure.System {
		return nil
	}
	return no("rule", "rule_by_run", "该规则不查户籍记录，由系统批量检查时发现；如来自上级清单，请选择上级下发清单")
}

// ruleClean runs the rule again. A value that is as it is and was explained is
// exempted; what has no rule of the
// record rests on the reviewer's word.
func ruleClean(k *act) []procedure.FieldFault {
	if k.c.State == "explained" || k.c.State == "verified" && k.c.FormerState == "explained" {
		return nil
	}
	found, err := k.runRule(k.c.Facts.Text("rule"), k.c.Facts.Text("person_id"))
	if err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	for _, f := range found {
		faults = append(faults, no("", "rule_still_finds", "再次运行规则仍有问题：%s", f.Message)...)
	}
	return faults
}

// dataOwner: the entry clerk mends what was typed wrong, the field staff what was
// collected wrong (S003 #21). The account must hold such a role for the household.
func dataOwner(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	if due, err := policy.ParseDate(text(k.form, "due_on")); err == nil && due.Before(policy.DateOf(k.now)) {
		return no("due_on", "due_in_past", "清洗截止日期不能早于今天")
	}
	var grants []models.RoleGrant
	err := k.tx.Where("user_id = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", text(k.form, "owner"), k.now, k.now).Find(&grants).Error
	if err != nil {
		return failed(err)
	}
	typing := text(k.form, "cause") == "typing"
	holds := slices.ContainsFunc(grants, func(g models.RoleGrant) bool {
		here := g.HouseholdID == k.c.HouseholdID || g.HouseholdID == "" && g.RegionCode != "" && strings.HasPrefix(k.c.RegionCode, g.RegionCode)
		def, _ := procedure.RoleOf(procedure.Owner)
		return here && slices.Contains(def.Base, g.Role) && typing == (g.Role == procedure.DataEntry)
	})
	if !holds {
		return no("owner", "wrong_owner", "录入问题应派给信息录入员，内容问题应派给采集信息的人员")
	}
	return nil
}
