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

func init() { hooks["survey_clue"] = surveyClue }

// filled is a form in which a sign of risk may have been found.
type filled struct {
	id      string
	title   string
	parent  *models.Case // nil for a form outside of a campaign
	channel string
	at      time.Time // when it was filled in
	signs   []forms.Finding
}

// surveyClue opens a clue for what the answers of a household form say of a risk (S0-002, S0-041, S4-011).
func surveyClue(k *act) error {
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
	f := filled{id: k.c.ID, title: fmt.Sprintf("“%s”户表%s", campaign.Facts.Text("title"), k.c.No), parent: k.c, channel: "concentrated_screening", signs: signsIn(findings)}
	if campaign.Facts.Text("kind") == "look_back" {
		f.channel = "lookback"
	}
	for _, event := range sheetEvents {
		if at := k.c.Facts.At[event]; at.After(f.at) {
			f.at = at
		}
	}
	return k.e.clueOf(k.tx, h, f, k.now)
}

// recordChannels are the channels of a clue by those of the screening form (S4-010).
var recordChannels = map[string]string{"screening": "concentrated_screening", "application": "self_declared", "data": "big_data"}

// recordClue does the same for a form outside of a campaign's household forms, when it is finished.
func (e *Engine) recordClue(tx *gorm.DB, r *models.FormRecord, f *forms.Form, answers map[string]any, result forms.Result, now time.Time) error {
	signs := signsIn(result.Findings)
	if r.SubjectKind != string(forms.AboutHousehold) || len(signs) == 0 {
		return nil
	}
	h, err := household(tx, r.SubjectID)
	if err != nil {
		return err
	}
	found := filled{id: r.ID, title: "《" + f.Title + "》", channel: recordChannels[text(answers, "channel")], at: now, signs: signs}
	if found.channel == "" {
		found.channel = "routine_check"
	}
	if r.CampaignID != "" {
		campaign, err := take(tx, r.CampaignID)
		if err != nil {
			return err
		}
		found.title = fmt.Sprintf("“%s”", campaign.Facts.Text("title")) + found.title
	}
	return e.clueOf(tx, h, found, now)
}

func signsIn(list []forms.Finding) []forms.Finding {
	return slices.DeleteFunc(slices.Clone(list), func(f forms.Finding) bool { return f.Severity != forms.Clue })
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
