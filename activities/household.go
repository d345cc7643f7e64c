package activities

import (
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
)

// mustAdmitFacts reads from the household's record what the five situations look
// at; what the record does not say stays unknown.
func (e *Engine) mustAdmitFacts(tx *gorm.DB, id string) (policy.MustAdmitFacts, error) {
	h, err := household(tx, id)
	if err != nil {
		return policy.MustAdmitFacts{}, err
	}
	secret, err := h.Secret(e.Store.Vault)
	if err != nil {
		return policy.MustAdmitFacts{}, err
	}
	f := policy.MustAdmitFacts{
		OutOfPoverty: h.BaseType == "out_of_poverty", Eliminated: h.Status == "observing" || h.Status == "stable", HouseGrade: secret.House,
	}
	var people []models.Person
	if err := tx.Where("household_id = ? AND left_at IS NULL", id).Find(&people).Error; err != nil {
		return f, err
	}
	for i := range people {
		p, err := people[i].Secret(e.Store.Vault)
		if err != nil {
			return f, err
		}
		f.SeriousIllness = f.SeriousIllness || strings.Contains(p.Health, "大病")
		f.SevereDisability = f.SevereDisability || strings.Contains(p.Disability, "一级") || strings.Contains(p.Disability, "二级")
		if p.School != "" && !strings.Contains(p.School, "非在校") {
			f.Students++
		}
	}
	return f, nil
}
