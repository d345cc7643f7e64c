package lookback

import (
	"context"
	"errors"

	"shouwang/internal/story"
	"shouwang/models"
)

// disorder tries, on one identification whose notice hangs, what the rules about the order of steps would find (DQ-41).
func (p *Play) disorder(ctx context.Context) error {
	var h *home
	for _, x := range p.order {
		if x.village == 0 && x.kind == "ordinary" && x.plant == (plant{}) && !p.faults.touches(x.ID) {
			h = x
			break
		}
	}
	if h == nil {
		return errors.New("no household is left to be identified")
	}
	house := story.House{ID: h.ID, No: h.No, HeadName: h.HeadName, Village: h.RegionCode, Group: h.GroupName, Population: h.Population}
	db := p.Engine.Store.DB.WithContext(ctx)
	if err := db.Model(&models.Region{}).Where("code = ?", h.RegionCode).Pluck("name", &house.VillageName).Error; err != nil {
		return err
	}
	if err := db.Model(&models.Person{}).Where("household_id = ? AND left_at IS NULL", h.ID).Order("ord").Pluck("id", &house.People).Error; err != nil {
		return err
	}
	id, notice, err := p.Story.Posted(ctx, house)
	if err != nil {
		return err
	}
	for _, x := range []struct{ login, id, event, rule, what, code string }{
		{p.Story.Party.Cadre, notice, "expire_clean", "notice_too_short", "公示未满先行结束", "role_not_allowed"},
		{county, id, "county_pass", "approval_before_notice_end", "公示未满先行审定", "event_not_allowed"},
		{entry, id, "register", "entry_before_approval", "县级未审定先行录入", "event_not_allowed"},
	} {
		_, err := p.fire(ctx, x.login, x.id, x.event, 0, nil)
		if err := p.refused(err, x.rule, x.what, x.code); err != nil {
			return err
		}
	}
	return nil
}
