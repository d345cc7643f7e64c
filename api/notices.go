package api

import (
	"context"
	"encoding/json"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// live keeps the notices that are up now.
func (s *server) live(tx *gorm.DB) *gorm.DB {
	now := s.engine.Clock.Now()
	return tx.Where("public_notices.taken_down IS NULL AND public_notices.posted_at <= ? AND public_notices.until_at > ?", now, now)
}

// publicNotice is a notice as everybody may see it. It names each field it takes
// over, so that nothing else of a sheet ever becomes public (5.6).
func publicNotice(n *models.PublicNotice, l *labels) gen.PublicNotice {
	say := func(code string) string {
		text, _ := n.Sheet[code].(string)
		return scrub(text)
	}
	out := gen.PublicNotice{ID: n.ID, VillageCode: n.RegionCode, VillageName: l.region(n.RegionCode), Title: n.Title,
		Group: say("group"), HeadName: say("head_name"), Category: say("category"), Proposed: say("proposal"), Period: say("period"),
		Unit: say("unit"), Phone: n.Phone, PostedAt: n.PostedAt, DueAt: due(n.UntilAt), AcceptsObjections: n.Kind == "notice"}
	switch count := n.Sheet["population"].(type) {
	case float64:
		out.Population = int(count)
	case json.Number:
		i, _ := count.Int64()
		out.Population = int(i)
	}
	for _, c := range policyCategories {
		if c.Code == out.Category {
			out.Category = c.Title
		}
	}
	return out
}

// policyCategories are the built-in names of the categories on a notice.
var policyCategories = func() []policy.Item {
	k, _ := policy.FindKey("category_set")
	var items []policy.Item
	_ = json.Unmarshal(k.Default, &items) // a default is always readable; see the tests of package policy
	return items
}()

// ListPublicNotices is the public page of one village.
func (s *server) ListPublicNotices(ctx context.Context, r gen.ListPublicNoticesRequestObject) (gen.ListPublicNoticesResponseObject, error) {
	l, err := s.labels(ctx, codes{regions: []string{r.Code}})
	if err != nil {
		return nil, err
	}
	if l.regions[r.Code].Level != "village" {
		return nil, notFound()
	}
	var rows []models.PublicNotice
	if err := s.live(s.db(ctx)).Where("region_code = ?", r.Code).Order("posted_at DESC, id DESC").Limit(100).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := gen.PublicNoticeList{VillageCode: r.Code, VillageName: l.region(r.Code), Items: []gen.PublicNotice{}}
	for i := range rows {
		out.Items = append(out.Items, publicNotice(&rows[i], l))
	}
	return gen.ListPublicNotices200JSONResponse(out), nil
}

func (s *server) findPublicNotice(ctx context.Context, id string) (*models.PublicNotice, error) {
	var n models.PublicNotice
	err := s.live(s.db(ctx)).Where("id = ?", id).Take(&n).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return &n, err
}

// GetPublicNotice is one public notice while it is up.
func (s *server) GetPublicNotice(ctx context.Context, r gen.GetPublicNoticeRequestObject) (gen.GetPublicNoticeResponseObject, error) {
	n, err := s.findPublicNotice(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	l, err := s.labels(ctx, codes{regions: []string{n.RegionCode}})
	if err != nil {
		return nil, err
	}
	return gen.GetPublicNotice200JSONResponse(publicNotice(n, l)), nil
}

// ObjectToNotice takes an objection from anybody, anonymous ones too, and fires
// it on the notice. The answer says nothing about the case behind it.
func (s *server) ObjectToNotice(ctx context.Context, r gen.ObjectToNoticeRequestObject) (gen.ObjectToNoticeResponseObject, error) {
	if ok, _ := s.publicRL.Allow(echoOf(ctx).RealIP()); !ok {
		return nil, tooMany("too_many", "提交过于频繁，请稍后再试", 60)
	}
	n, err := s.findPublicNotice(ctx, r.ID)
	if err != nil {
		return nil, err
	}
	if n.Kind != "notice" {
		return nil, procedure.Refuse(procedure.Conflict, "not_open_to_objection", "这是结果公告，请按信访渠道反映")
	}
	form := map[string]any{"facts": r.Body.Facts}
	for code, text := range map[string]string{"objector_name": r.Body.ObjectorName, "objector_contact": r.Body.ObjectorContact, "named_person": r.Body.NamedPerson} {
		if text != "" {
			form[code] = text
		}
	}
	reply, err := s.cases.Fire(ctx, activities.FireRequest{CaseID: n.CaseID, Event: "object", Key: caseKey("fire", "public", r.Params.IdempotencyKey),
		ExpectedSeq: activities.AnySeq, Actor: activities.Actor{Role: procedure.Public, Region: n.RegionCode}, Form: form})
	if err != nil {
		return nil, err
	}
	receipt, err := s.objectionNo(ctx, reply)
	return gen.ObjectToNotice200JSONResponse(gen.ObjectionReply{Receipt: receipt, At: reply.At,
		Message: "异议已收到，将由村、乡镇核查。凭受理编号可向村或乡镇查询答复、申请复核。"}), err
}

// objectionNo is the number of the objection that an act on a notice has opened, by
// which an office finds it.
func (s *server) objectionNo(ctx context.Context, r activities.Reply) (string, error) {
	var c models.Case
	err := s.db(ctx).Select("no").Where("parent_id = ? AND procedure = ? AND opened_at = ?", r.CaseID, "objection", r.At).Take(&c).Error
	return c.No, err
}

// ListNotices lists the notices of the viewer's area, up and taken down, newest first.
func (s *server) ListNotices(ctx context.Context, r gen.ListNoticesRequestObject) (gen.ListNoticesResponseObject, error) {
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.scopeNotices(s.db(ctx).Model(&models.PublicNotice{}), viewerOf(ctx))
	if r.Params.Village != "" {
		c := within("public_notices.region_code", r.Params.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	limit := pageLimit(r.Params.Limit)
	var rows []models.PublicNotice
	if err := newestFirst(tx, "public_notices.posted_at", "public_notices.id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(n models.PublicNotice) cursor { return cursor{At: n.PostedAt, ID: n.ID} })
	var want codes
	for _, n := range rows {
		want.regions = append(want.regions, n.RegionCode)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := gen.NoticePage{Items: []gen.Notice{}, NextCursor: next}
	now := s.engine.Clock.Now()
	for i := range rows {
		item := gen.Notice{Notice: publicNotice(&rows[i], l), CaseID: rows[i].CaseID, Live: rows[i].TakenDown == nil && now.Before(rows[i].UntilAt)}
		if rows[i].TakenDown != nil {
			item.TakenDownAt = *rows[i].TakenDown
		}
		out.Items = append(out.Items, item)
	}
	return gen.ListNotices200JSONResponse(out), nil
}
