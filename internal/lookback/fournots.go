package lookback

import (
	"context"

	"shouwang/forms"
	"shouwang/internal/demo"
	"shouwang/internal/example"
)

// fourNots fills in the form about the “四不摘” of every village and of the township's departments (S0-031): the first phase
// ends with them only (S0-062).
func (p *Play) fourNots(ctx context.Context) error {
	sheet, _ := forms.Standard.InForce("four_nots", p.policy)
	areas := []string{demo.Township}
	for v := range p.Villages {
		areas = append(areas, demo.Village(v+1))
	}
	for _, area := range areas {
		answers := example.Fields(sheet.Key(), sheet.Written(), p.setting(0, nil))
		answers["unit_kind"] = "village"
		if area == demo.Township {
			answers["unit"], answers["unit_kind"] = "镇直各相关部门", "department"
		}
		body := map[string]any{"form": "four_nots", "region_code": area, "campaign_id": p.campaign, "answers": answers}
		if err := p.finished(ctx, office, body); err != nil {
			return err
		}
	}
	p.Say("%d 份“四个不摘”核查表（各村和镇直部门），没有它们第一阶段不能办结", len(areas))
	return nil
}
