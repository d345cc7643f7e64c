package api

import (
	"context"
	"slices"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Households are found by the kind of risk for which they are monitored. That is of class P3 and stands sealed in their episodes;
// a column or a mark of a dozen kinds could be counted and would tell it (decision 32). So the open episodes of the area are
// opened, a bounded number of them, and a household is found by what the viewer would be shown on its page: whoever sees it
// there only for a purpose states one here, and it is kept.

// mostEpisodes is how many episodes are opened for one list: a county has some thousand.
const mostEpisodes = 20000

const riskField = "risk_types"

// findsByRisk tells whether v may find households by risk somewhere, and whether only for a purpose.
func (v *viewer) findsByRisk() (may, forPurpose bool) {
	see := v.eyesUnder(func(models.RoleGrant) bool { return true })
	freely := see.of(riskField, procedure.P3, false) >= full
	return freely || see.purposed().of(riskField, procedure.P3, false) >= full, !freely
}

// riskAsked is the risk that households are looked for by, and why.
type riskAsked struct{ code, purpose string }

// mayFindByRisk refuses a question for a risk that is not for v, or lacks its purpose.
func (s *server) mayFindByRisk(v *viewer, q riskAsked) error {
	if q.code == "" {
		return nil
	}
	may, forPurpose := v.findsByRisk()
	switch {
	case !may:
		return forbidden("class_not_allowed", "您的岗位不能按风险类型查找农户")
	case v.token != "":
		return forbidden("token_scope", "接口令牌的范围不包括这一接口")
	case forPurpose && q.purpose == "":
		return invalidField("purpose", "required", "按风险类型查找须写明用途")
	case forPurpose:
		return s.slowly(v)
	}
	return nil
}

// atRisk keeps the households of tx that are monitored for a risk, as far as v is shown that of them.
func (s *server) atRisk(ctx context.Context, v *viewer, tx *gorm.DB, q riskAsked) (*gorm.DB, error) {
	if q.code == "" {
		return tx, nil
	}
	var episodes []models.MonitoringEpisode
	open := s.db(ctx).Where("closed_at IS NULL AND revoked_at IS NULL AND household_id IN (?)", tx.Session(&gorm.Session{}).Select("households.id"))
	if err := open.Order("household_id").Limit(mostEpisodes + 1).Find(&episodes).Error; err != nil {
		return nil, err
	}
	if len(episodes) > mostEpisodes {
		return nil, invalidField("village", "too_wide", "范围内的监测对象过多，请先选择县、乡镇或村")
	}
	var found []string
	for i := range episodes {
		secret, err := episodes[i].Secret(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		if slices.Contains(secret.RiskTypes, q.code) {
			found = append(found, episodes[i].HouseholdID)
		}
	}
	shown, err := s.shownRisks(ctx, v, found, q.purpose != "")
	if err != nil {
		return nil, err
	}
	// That it was looked for is kept, and why.
	entry := models.AccessLog{Action: "search", Table: "households", Field: riskField, Class: string(procedure.P3), Purpose: q.purpose}
	err = s.logAccess(ctx, v, func(models.RoleGrant) bool { return true }, entry)
	return tx.Where("households.id IN ?", shown), err
}

// shownRisks are those of households whose risks v is shown.
func (s *server) shownRisks(ctx context.Context, v *viewer, ids []string, purposed bool) ([]string, error) {
	var out []string
	for chunk := range slices.Chunk(ids, 500) {
		var homes []models.Household
		if err := s.db(ctx).Where("id IN ?", chunk).Find(&homes).Error; err != nil {
			return nil, err
		}
		over, err := s.overHouseholds(ctx, v, homes...)
		if err != nil {
			return nil, err
		}
		for i := range homes {
			see := v.eyesUnder(over(&homes[i]))
			if purposed {
				see = see.purposed()
			}
			if see.of(riskField, procedure.P3, false) >= full {
				out = append(out, homes[i].ID)
			}
		}
	}
	return out, nil
}

// riskChoices are the kinds of risk that v may look for.
func riskChoices(v *viewer, p policy.Snapshot) (out gen.RiskChoices) {
	may, forPurpose := v.findsByRisk()
	if !may {
		return out
	}
	out.ForPurpose = forPurpose
	for _, x := range p.Items("risk_type_set") {
		out.Items = append(out.Items, gen.CodeTitle{Code: x.Code, Title: x.Title})
	}
	return out
}
