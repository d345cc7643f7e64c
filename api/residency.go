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

// The work of the resident teams (2.16): no case, a record for each member and month,
// with a check. The team keeps its own, the township may mend it; who works in the
// area sees it.

var residents = []procedure.Role{procedure.ResidentLeader, procedure.ResidentMember}

// resident is a member of a team in a village during a month.
type resident struct {
	UserID, RegionCode string
	Role               procedure.Role
}

// monthOf is the first day of a month "2006-01" and of the one after it.
func monthOf(text string) (first, next policy.Date, err error) {
	first, err = policy.ParseDate(text + "-01")
	return first, first.AddMonths(1), err
}

// residentsIn are the members who serve in a month, of the areas that v works in.
func (s *server) residentsIn(ctx context.Context, v *viewer, first, next policy.Date, village string) ([]resident, error) {
	var cs []condition
	for _, g := range v.grants {
		if reachOf(g) == area && g.RegionCode != "" {
			cs = append(cs, within("role_grants.region_code", g.RegionCode))
		}
	}
	c := anyOf(cs)
	tx := s.db(ctx).Model(&models.RoleGrant{}).Where(c.sql, c.args...)
	if village != "" {
		here := within("role_grants.region_code", village)
		tx = tx.Where(here.sql, here.args...)
	}
	var rows []resident
	err := tx.Distinct("user_id", "region_code", "role").Where("role IN ? AND region_code <> ''", residents).
		Where("valid_from < ? AND (valid_to IS NULL OR valid_to > ?)", next.Start().UTC(), first.Start().UTC()).
		Order("region_code, role, user_id").Scan(&rows).Error
	seen := map[string]bool{} // leader and member at once is one person
	return slices.DeleteFunc(rows, func(r resident) bool {
		twice := seen[r.UserID+r.RegionCode]
		seen[r.UserID+r.RegionCode] = true
		return twice
	}), err
}

// ListResidency lists the members of the resident teams of an area with their month.
func (s *server) ListResidency(ctx context.Context, r gen.ListResidencyRequestObject) (gen.ListResidencyResponseObject, error) {
	month := orText(r.Params.Month, s.today().String()[:7])
	first, next, err := monthOf(month)
	if err != nil {
		return nil, badRequest("bad_month", "月份应写作 2026-01")
	}
	v := viewerOf(ctx)
	people, err := s.residentsIn(ctx, v, first, next, r.Params.Village)
	if err != nil {
		return nil, err
	}
	var want codes
	for _, p := range people {
		want.users, want.regions = append(want.users, p.UserID), append(want.regions, p.RegionCode)
	}
	var rows []models.ResidentMonth
	if err := s.db(ctx).Where("month = ? AND user_id IN ?", month, distinct(want.users)).Order("seq").Find(&rows).Error; err != nil {
		return nil, err
	}
	latest := map[string]*models.ResidentMonth{}
	for i := range rows {
		latest[rows[i].UserID+rows[i].RegionCode] = &rows[i]
		want.users = append(want.users, rows[i].RecordedBy)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	policyOf, err := s.policiesAt(ctx, first.Start())
	if err != nil {
		return nil, err
	}
	out := gen.ResidencyList{Month: month, Items: []gen.Residency{}}
	for _, p := range people {
		item := gen.Residency{User: l.user(p.UserID), RoleTitle: roleTitle(p.Role), RegionCode: p.RegionCode, RegionName: l.region(p.RegionCode), Findings: []gen.Fault{},
			CanRecord: !s.today().Before(first) && recordsResidency(v, p.UserID, p.RegionCode)}
		switch rec := latest[p.UserID+p.RegionCode]; {
		case rec != nil:
			fillResidency(&item, rec, l, policyOf(p.RegionCode))
		case !s.today().Before(next):
			item.Findings = append(item.Findings, gen.Fault{Code: "resident_unrecorded", Message: "本月驻村情况没有登记"})
		}
		out.Items = append(out.Items, item)
	}
	return gen.ListResidency200JSONResponse(out), nil
}

// RecordResidency records a month of a member. What was recorded before stays beside it.
func (s *server) RecordResidency(ctx context.Context, r gen.RecordResidencyRequestObject) (gen.RecordResidencyResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	first, next, err := monthOf(in.Month)
	if err != nil || s.today().Before(first) {
		return nil, invalidField("month", "bad_month", "月份应写作 2026-01，不晚于本月")
	}
	people, err := s.residentsIn(ctx, v, first, next, in.RegionCode)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(people, func(p resident) bool { return p.UserID == in.UserID && p.RegionCode == in.RegionCode }) {
		return nil, notFound()
	}
	if !recordsResidency(v, in.UserID, in.RegionCode) {
		return nil, forbidden("role_not_allowed", "驻村情况由本人、本村第一书记（工作队长）或者乡镇登记")
	}
	if last := min(next.Sub(first), s.today().Sub(first)+1); in.Days > last {
		return nil, invalidField("days", "too_large", "驻村天数超过本月已过的天数")
	}
	rec := models.ResidentMonth{ID: models.NewID(), UserID: in.UserID, RegionCode: in.RegionCode, Month: in.Month, Key: caseKey("residency", v.user.ID, r.Params.IdempotencyKey),
		Days: in.Days, LongPlan: in.LongPlan, AnnualPlan: in.AnnualPlan, AccidentInsured: in.AccidentInsured, IllnessInsured: in.IllnessInsured, TasksDone: in.TasksDone,
		Note: in.Note, RecordedBy: v.user.ID, RecordedAt: s.engine.Clock.Now()}
	if err := s.writeResidency(ctx, &rec); err != nil {
		return nil, err
	}
	l, err := s.labels(ctx, codes{users: []string{rec.UserID, rec.RecordedBy}, regions: []string{rec.RegionCode}})
	if err != nil {
		return nil, err
	}
	snapshot, err := s.policyFor(ctx, rec.RegionCode, first.Start())
	item := gen.Residency{User: l.user(rec.UserID), RegionCode: rec.RegionCode, RegionName: l.region(rec.RegionCode), Findings: []gen.Fault{}, CanRecord: true}
	fillResidency(&item, &rec, l, snapshot)
	return gen.RecordResidency200JSONResponse(item), err
}

// recordsResidency reports whether v may record for a member: himself, the leader of
// his team, the township over it.
func recordsResidency(v *viewer, user, village string) bool {
	return slices.ContainsFunc(v.own(), func(g models.RoleGrant) bool {
		switch g.Role {
		case procedure.ResidentMember:
			return g.RegionCode == village && v.user.ID == user
		case procedure.ResidentLeader:
			return g.RegionCode == village
		}
		return g.Role == procedure.TownshipOffice && inRegion(village, g.RegionCode)
	})
}

// writeResidency stores a record as the next of its month, once per key.
func (s *server) writeResidency(ctx context.Context, rec *models.ResidentMonth) error {
	return s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		var user models.User // one at a time for a person
		if err := models.Locked(tx).Select("id").Where("id = ?", rec.UserID).Take(&user).Error; err != nil {
			return err
		}
		var before models.ResidentMonth
		err := tx.Where("key = ?", rec.Key).Take(&before).Error
		if err == nil {
			same := before
			same.ID, same.Seq, same.RecordedAt = rec.ID, rec.Seq, rec.RecordedAt
			if same != *rec {
				return keyReused()
			}
			*rec = before
			return nil
		}
		if !models.Missing(err) {
			return err
		}
		var last int
		err = tx.Model(&models.ResidentMonth{}).Where("user_id = ? AND region_code = ? AND month = ?", rec.UserID, rec.RegionCode, rec.Month).
			Select("COALESCE(MAX(seq), 0)").Scan(&last).Error
		if err != nil {
			return err
		}
		rec.Seq = last + 1
		return tx.Create(rec).Error
	})
}

// fillResidency tells a record and what its check finds.
func fillResidency(item *gen.Residency, rec *models.ResidentMonth, l *labels, s policy.Snapshot) {
	item.Record = gen.ResidencyRecord{Month: rec.Month, Days: rec.Days, LongPlan: rec.LongPlan, AnnualPlan: rec.AnnualPlan, AccidentInsured: rec.AccidentInsured,
		IllnessInsured: rec.IllnessInsured, TasksDone: rec.TasksDone, Note: rec.Note, RecordedBy: l.user(rec.RecordedBy).Name, RecordedAt: rec.RecordedAt}
	facts := policy.ResidencyFacts{Days: rec.Days, LongPlan: rec.LongPlan, AnnualPlan: rec.AnnualPlan, AccidentInsured: rec.AccidentInsured, IllnessInsured: rec.IllnessInsured, TasksDone: rec.TasksDone}
	for _, f := range policy.Residency(facts, s) {
		item.Findings = append(item.Findings, gen.Fault{Code: f.Code, Message: f.Message})
	}
}
