package lookback

import (
	"context"
	"strconv"

	"shouwang/activities"
	"shouwang/internal/demo"
	"shouwang/models"
	"shouwang/policy"
)

// signatureFaults are the rules that point at a form's signatures; what they point at is not drawn for a look as well.
var signatureFaults = []string{"signature_same_image", "signature_alike", "signature_same_device"}

// draws expects the rule that has people compare signatures to name whom the recorded seed draws in each village (DQ-03):
// of them those whose forms bear both signatures by now.
func (p *Play) draws(ctx context.Context) error {
	p.faults.clear(policy.SignatureSample)
	db := p.Engine.Store.DB.WithContext(ctx)
	var c models.Case
	if err := db.Where("id = ?", p.campaign).Take(&c).Error; err != nil {
		return err
	}
	seed, err := strconv.ParseUint(c.Facts.Text("signature_seed"), 10, 64)
	if err != nil {
		return err
	}
	var signed []string
	err = db.Raw(`SELECT household_id FROM cases WHERE parent_id = ? AND procedure = 'household_form'
		AND (SELECT COUNT(DISTINCT kind) FROM attachments WHERE case_id = cases.id AND kind IN ('household_signature', 'surveyor_signature')) = 2`, p.campaign).Scan(&signed).Error
	if err != nil {
		return err
	}
	ready := map[string]bool{}
	for _, id := range signed {
		ready[id] = true
	}
	for v := range p.Villages {
		var all []string
		if err := db.Model(&models.CampaignScope{}).Where("campaign_id = ? AND region_code = ?", p.campaign, demo.Village(v+1)).Pluck("household_id", &all).Error; err != nil {
			return err
		}
		size := (len(all)*p.policy.Int("dq_signature_sample_percent") + 99) / 100
		for _, id := range activities.DrawSample(all, size, seed) {
			if ready[id] && !p.faults.has(id, signatureFaults...) {
				p.faults.add(policy.SignatureSample, id, "")
			}
		}
	}
	return nil
}
