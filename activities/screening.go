package activities

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// screeningNames are the periods of full screening in words.
var screeningNames = map[string]string{"H1": "上半年", "H2": "下半年", "": "年度"}

// PlanScreenings draws up the full screening that is due in each township (S003 #23,
// E-3), in the first month of its period: a draft, which people complete and issue. It
// returns how many were drawn up, each by the template of S004 from that day on. Where
// one has been opened for the period, there or for the whole county, there is none;
// doing it twice does no harm.
func (e *Engine) PlanScreenings(ctx context.Context, on policy.Date) (int, error) {
	if on.Month != 1 && on.Month != 7 {
		return 0, nil
	}
	var townships []string
	if err := e.Store.DB.WithContext(ctx).Model(&models.Region{}).Where("level = ?", "township").Order("code").Pluck("code", &townships).Error; err != nil {
		return 0, err
	}
	n := 0
	for _, code := range townships {
		err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
			made, err := e.planScreening(tx, code, on)
			if made {
				n++
			}
			return err
		})
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

func (e *Engine) planScreening(tx *gorm.DB, township string, on policy.Date) (bool, error) {
	var region models.Region // locked: two servers may have the same idea
	if err := models.Locked(tx).Where("code = ?", township).Take(&region).Error; err != nil {
		return false, err
	}
	now := e.Clock.Now()
	s, err := e.resolve(tx, township, now)
	if err != nil {
		return false, err
	}
	period := policy.PeriodOf(s.Text("full_screening_period"), on)
	if !on.Before(period.First.AddMonths(1)) {
		return false, nil
	}
	kinds := []string{"out_of_poverty", "monitored", "ordinary"}
	facts := with(models.Facts{}, map[string]any{"scope": kinds})
	villages, err := scopeVillages(tx, township, facts)
	if err != nil || len(villages) == 0 {
		return false, err
	}
	if done, err := screened(tx, township, period); err != nil || done {
		return false, err
	}
	template, _ := procedure.TemplateOf("screening")
	form := PlanCampaign(e.CalendarNow(), template, on).Form
	form["scope"] = kinds
	form["title"] = fmt.Sprintf("%d年%s返贫致贫风险全覆盖排查", on.Year, screeningNames[period.Key[4:]])
	c, err := e.open(tx, opening{procedure: "campaign", region: township, subject: region.Name,
		key: "screening:" + period.Key + ":" + township, actor: BySystem, now: now, form: form})
	if err != nil {
		return false, err
	}
	return true, ask(tx, c.ID, "start", c.ID, "", now)
}

// screened reports whether a screening was opened in a period for a township or its
// county. One that was cancelled counts: somebody has decided so.
func screened(tx *gorm.DB, township string, period policy.Period) (bool, error) {
	var list []models.Case
	err := tx.Where("procedure = ? AND region_code IN ? AND opened_at >= ?", "campaign", officesOf(township), period.First.Start().UTC()).Find(&list).Error
	return slices.ContainsFunc(list, func(c models.Case) bool { return c.Facts.Text("kind") == "screening" }), err
}
