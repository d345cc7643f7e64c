package activities

import (
	"slices"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// CampaignNumbers are the numbers of a campaign: those that its report froze, or those of this moment. Older reports froze
// households alone; the rest is of this moment then.
func (e *Engine) CampaignNumbers(tx *gorm.DB, c *models.Case) (models.CampaignNumbers, error) {
	var frozen models.CampaignFigure
	err := tx.Where("campaign_id = ?", c.ID).Order("frozen_at DESC").Limit(1).Find(&frozen).Error
	if err != nil || frozen.Figures.Natures != nil {
		return frozen.Figures, err
	}
	n, err := e.numbersNow(&act{e: e, tx: tx, c: c, now: e.Clock.Now()})
	if frozen.ID != "" {
		lost := map[string]int{}
		for _, v := range n.ByVillage {
			lost[v.RegionCode] = v.Lost
		}
		frozen.Figures.Natures, frozen.Figures.ByProblem, frozen.Figures.Exits = n.Natures, n.ByProblem, n.Exits
		n = frozen.Figures
		for i := range n.ByVillage {
			n.ByVillage[i].Lost = lost[n.ByVillage[i].RegionCode]
		}
	}
	return n, err
}

// numbersNow counts households and problems, by village, class and nature, and the households that have left poverty.
func (e *Engine) numbersNow(k *act) (models.CampaignNumbers, error) {
	n, err := HouseholdNumbers(k.tx, k.c.ID)
	if err != nil {
		return n, err
	}
	lost, err := lostByVillage(k)
	if err != nil {
		return n, err
	}
	for i := range n.ByVillage {
		n.ByVillage[i].Lost = lost[n.ByVillage[i].RegionCode]
	}
	problems, err := problemsOf(k.tx, k.c.ID)
	if err != nil {
		return n, err
	}
	n.Problems = len(problems)
	for _, p := range problems {
		if slices.Contains(settledProblem, p.State) {
			n.Corrected++
		}
	}
	today := policy.DateOf(k.now)
	if n.ByProblem, err = problemLines(k.tx, problems, today); err != nil {
		return n, err
	}
	n.Natures = byNature(problems, today)
	n.Exits, err = e.exits(k)
	return n, err
}

func lostByVillage(k *act) (map[string]int, error) {
	var rows []struct {
		RegionCode string
		Count      int
	}
	err := scopeOf(k.tx, k.c.ID).Where("result = ?", models.ResultLostContact).Select("region_code, count(*) AS count").Group("region_code").Scan(&rows).Error
	out := map[string]int{}
	for _, r := range rows {
		out[r.RegionCode] = r.Count
	}
	return out, err
}

// byNature counts problems by their nature, in the order of their first one.
func byNature(problems []models.Case, today policy.Date) []models.NatureNumbers {
	out := []models.NatureNumbers{}
	for i := range problems {
		c := &problems[i]
		if slices.Contains([]procedure.State{"not_established", "duplicate"}, c.State) {
			continue
		}
		nature := c.Facts.Text("nature")
		k := slices.IndexFunc(out, func(x models.NatureNumbers) bool { return x.Nature == nature })
		if k < 0 {
			k, out = len(out), append(out, models.NatureNumbers{Nature: nature})
		}
		out[k].Total++
		switch {
		case slices.Contains(settledProblem, c.State):
			out[k].Done++
		case c.Late(today.String()):
			out[k].Late++
		}
	}
	return out
}

// exits counts the households in the area that have left poverty since the campaign began, and by what they were helped
// (S2-025); nil without any.
func (e *Engine) exits(k *act) (*models.ExitNumbers, error) {
	var list []models.Case
	if err := k.inArea("poverty_exit").Where("state = ? AND closed_at >= ?", "exited", k.c.OpenedAt).Order("id").Find(&list).Error; err != nil || len(list) == 0 {
		return nil, err
	}
	out := &models.ExitNumbers{Households: len(list), ByHelp: map[string]int{}}
	for i := range list {
		var persons int
		if err := k.tx.Model(&models.Household{}).Where("id = ?", list[i].HouseholdID).Select("population").Scan(&persons).Error; err != nil {
			return nil, err
		}
		out.Persons += persons
		form, err := e.lastForm(k.tx, list[i].ID, "survey")
		if err != nil {
			return nil, err
		}
		for _, help := range words(form["assistance"]) {
			out.ByHelp[help]++
		}
	}
	return out, nil
}
