package activities

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func init() { hooks["survey_findings"] = surveyFindings }

// filled is a form in which a sign of risk or a problem may have been found.
type filled struct {
	id      string
	title   string
	parent  *models.Case // nil for a form outside of a campaign
	channel string
	at      time.Time // when it was filled in
	answers map[string]any
	signs   []forms.Finding // of risk
}

// surveyFindings opens what the answers of a household form lead to: a clue for a sign of risk (S0-002, S0-041, S4-011), a
// rectification for a problem (S4-018).
func surveyFindings(k *act) error {
	h, err := household(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	answers, err := k.e.lastSheet(k.tx, k.c.ID)
	if err != nil {
		return err
	}
	findings, err := k.sheetFindings(answers, h)
	if err != nil {
		return err
	}
	campaign, err := take(k.tx, k.c.ParentID)
	if err != nil {
		return err
	}
	f := filled{id: k.c.ID, title: fmt.Sprintf("“%s”户表%s", campaign.Facts.Text("title"), k.c.No), parent: k.c, channel: "concentrated_screening", answers: answers, signs: those(findings, forms.Clue)}
	if campaign.Facts.Text("kind") == "look_back" {
		f.channel = "lookback"
	}
	for _, event := range sheetEvents {
		if at := k.c.Facts.At[event]; at.After(f.at) {
			f.at = at
		}
	}
	if err := k.e.problemsIn(k.tx, h, f, those(findings, forms.Problem), k.now); err != nil {
		return err
	}
	return k.e.clueOf(k.tx, h, f, k.now)
}

// recordChannels are the channels of a clue by those of the screening form (S4-010).
var recordChannels = map[string]string{"screening": "concentrated_screening", "application": "self_declared", "data": "big_data"}

// recordFindings does the same for a form outside of a campaign's household forms, when it is finished.
func (e *Engine) recordFindings(tx *gorm.DB, r *models.FormRecord, f *forms.Form, answers map[string]any, result forms.Result, now time.Time) error {
	found := filled{id: r.ID, title: "《" + f.Title + "》", channel: recordChannels[text(answers, "channel")], at: now, answers: answers, signs: those(result.Findings, forms.Clue)}
	problems := those(result.Findings, forms.Problem)
	if len(found.signs)+len(problems) == 0 {
		return nil
	}
	if found.channel == "" {
		found.channel = "routine_check"
	}
	if r.CampaignID != "" {
		campaign, err := take(tx, r.CampaignID)
		if err != nil {
			return err
		}
		found.title, found.parent = fmt.Sprintf("“%s”%s", campaign.Facts.Text("title"), found.title), campaign
	}
	h := &models.Household{RegionCode: r.RegionCode, HeadName: r.Subject}
	if r.SubjectKind == string(forms.AboutHousehold) {
		var err error
		if h, err = household(tx, r.SubjectID); err != nil {
			return err
		}
	}
	if err := e.problemsIn(tx, h, found, problems, now); err != nil || h.ID == "" {
		return err
	}
	return e.clueOf(tx, h, found, now)
}

// those are the findings of a severity.
func those(list []forms.Finding, severity forms.Severity) []forms.Finding {
	return slices.DeleteFunc(slices.Clone(list), func(f forms.Finding) bool { return f.Severity != severity })
}

// problemsIn opens a rectification for each problem that a form has found, unless there is one of it: with what the form
// says, by when it is to be mended, and for a village its secretary as the one responsible (S0-033 to S0-036).
func (e *Engine) problemsIn(tx *gorm.DB, h *models.Household, f filled, list []forms.Finding, now time.Time) error {
	for _, x := range list {
		there, err := problemThere(tx, h, &f, x.Message)
		if err != nil {
			return err
		}
		if there {
			continue
		}
		form := map[string]any{"brief": x.Message, "found_in": f.title, "found_on": policy.DateOf(f.at).String(), "self_found": true, "description": f.told(x)}
		if due := text(f.answers, "due_on"); due != "" {
			form["asked_by"] = due
		}
		p, err := e.open(tx, opening{procedure: "rectification", parent: f.parent, household: h.ID, region: h.RegionCode, subject: h.HeadName,
			key: "found:" + f.id + ":" + models.NewID(), actor: BySystem, now: now, form: form})
		if err != nil {
			return err
		}
		if err := ask(tx, p.ID, "start", p.ID, "", now); err != nil {
			return err
		}
	}
	return nil
}

// told is what a form says of a problem: the answer it was found in, and what is to be done.
func (f *filled) told(x forms.Finding) string {
	var parts []string
	for _, code := range []string{x.Field, "problem", "action"} {
		if s := strings.TrimSpace(text(f.answers, code)); s != "" && (code != x.Field || strings.HasSuffix(code, "_note")) {
			parts = append(parts, s)
		}
	}
	if unit := text(f.answers, "unit"); unit != "" {
		parts = append([]string{unit}, parts...)
	}
	return strings.Join(parts, "；")
}

// problemThere reports whether a problem has been brought up already: by an earlier sending of the same form, or by another
// that is still worked on.
func problemThere(tx *gorm.DB, h *models.Household, f *filled, brief string) (bool, error) {
	var list []models.Case
	err := tx.Where("procedure = ? AND household_id = ? AND region_code = ?", "rectification", h.ID, h.RegionCode).Find(&list).Error
	return slices.ContainsFunc(list, func(c models.Case) bool {
		again := f.parent != nil && f.parent.Procedure == "household_form" && c.ParentID == f.parent.ID
		return c.Facts.Text("brief") == brief && c.Facts.Text("found_in") == f.title && (again || !slices.Contains(settledProblem, c.State))
	}), err
}

// admission are the signs that a household should be monitored: of one that is, they say nothing new.
var admission = []string{"key_person_found", "missed_risk_found"}

// clueOf opens one clue for the signs that a form has not told before. While a clue or an identification of the household
// is open, that one answers them, as it does what screening finds.
func (e *Engine) clueOf(tx *gorm.DB, h *models.Household, f filled, now time.Time) error {
	monitored := slices.Contains([]procedure.State{"monitored", "eliminating"}, h.Status)
	f.signs = slices.DeleteFunc(f.signs, func(x forms.Finding) bool { return monitored && slices.Contains(admission, x.Code) })
	if len(f.signs) == 0 || h.Status == "household_cancelled" {
		return nil
	}
	if err := lockHousehold(tx, h.ID); err != nil {
		return err
	}
	key, err := e.untold(tx, h.ID, &f)
	if err != nil || key == "" {
		return err
	}
	var open models.Case
	err = tx.Where("household_id = ? AND procedure IN ? AND closed_at IS NULL", h.ID, []string{"risk_clue", "identification"}).Order("opened_at, id").Take(&open).Error
	if err == nil {
		_, err := e.sideIn(tx, open.ID, "survey_found", "survey_found", key, BySystem, map[string]any{"detail": f.words()}, func(*act) error { return nil })
		return err
	}
	if !models.Missing(err) {
		return err
	}
	form := map[string]any{"channel": f.channel, "found_at": f.at.In(policy.Shanghai).Format(time.RFC3339), "content": f.words()}
	clue, err := e.open(tx, opening{procedure: "risk_clue", parent: f.parent, household: h.ID, region: h.RegionCode, subject: h.HeadName, key: key, actor: BySystem, now: now, form: form})
	if err != nil {
		return err
	}
	return ask(tx, clue.ID, "start", clue.ID, "", now)
}

// words say where the signs were found, and what they are.
func (f *filled) words() string {
	var list []string
	for _, x := range f.signs {
		list = append(list, x.Message)
	}
	return f.title + "：" + strings.Join(list, "；")
}

// untold leaves those signs that the form has not told yet, and gives the key of the act that tells them, "" for none. The
// acts that have told others bear their marks in the key: what was found in a home is not to be read there.
func (e *Engine) untold(tx *gorm.DB, household string, f *filled) (string, error) {
	prefix := "survey:" + f.id + ":"
	var before []string
	err := tx.Model(&models.CaseEvent{}).Where("case_id IN (?)", tx.Model(&models.Case{}).Select("id").Where("household_id = ? AND procedure IN ?", household, []string{"risk_clue", "identification"})).
		Where("kind IN ? AND substr(key, 1, ?) = ?", []string{"open", "survey_found"}, len(prefix), prefix).Pluck("key", &before).Error
	told := strings.Join(before, "")
	var marks []string
	f.signs = slices.DeleteFunc(f.signs, func(x forms.Finding) bool {
		mark := fmt.Sprintf("%016x", uint64(e.Store.Vault.Mark("survey", f.id+x.Code)))
		if strings.Contains(told, mark) {
			return true
		}
		marks = append(marks, mark)
		return false
	})
	if err != nil || len(marks) == 0 {
		return "", err
	}
	return prefix + strings.Join(marks, "-"), nil
}
