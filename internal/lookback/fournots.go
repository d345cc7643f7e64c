package lookback

import (
	"context"

	"shouwang/forms"
	"shouwang/internal/demo"
	"shouwang/internal/example"
)

// checkedDepartments are those of the township whose “四不摘” is checked beside the villages'.
var checkedDepartments = []string{"民政办", "农业服务中心", "社会保障所"}

func departments() []any {
	var out []any
	for _, name := range checkedDepartments {
		out = append(out, map[string]any{"name": name})
	}
	return out
}

// fourNots fills in the form about the “四不摘” of every village and of each of the township's departments (S0-031): the
// first phase ends with them only (S0-062).
func (p *Play) fourNots(ctx context.Context) error {
	sheet, _ := forms.Standard.InForce("four_nots", p.policy)
	fill := func(area, unit, kind string) error {
		answers := example.Fields(sheet.Key(), sheet.Written(), p.setting(0, nil))
		answers["unit_kind"] = kind
		if unit != "" {
			answers["unit"] = unit
		}
		return p.finished(ctx, office, map[string]any{"form": "four_nots", "region_code": area, "campaign_id": p.campaign, "unit": unit, "answers": answers})
	}
	for v := range p.Villages {
		if err := fill(demo.Village(v+1), "", "village"); err != nil {
			return err
		}
	}
	for _, name := range checkedDepartments {
		if err := fill(demo.Township, name, "department"); err != nil {
			return err
		}
	}
	p.Say("%d 份“四个不摘”核查表（各村和镇直各部门），没有它们第一阶段不能办结", p.Villages+len(checkedDepartments))
	return nil
}
