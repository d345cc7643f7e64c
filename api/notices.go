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
	out, err := s.villageBoard(ctx, r.Code)
	if err != nil {
		return nil, err
	}
	return gen.ListPublicNotices200JSONResponse(*out), nil
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

// ObjectToNotice takes an objection from anybody.
func (s *server) ObjectToNotice(ctx context.Context, r gen.ObjectToNoticeRequestObject) (gen.ObjectToNoticeResponseObject, error) {
	out, err := s.object(ctx, r.ID, r.Params.IdempotencyKey, *r.Body)
	return gen.ObjectToNotice200JSONResponse(out), err
}

// fireObjection fires an objection on a notice.
func (s *server) fireObjection(ctx context.Context, n *models.PublicNotice, key string, in gen.ObjectionRequest) (activities.Reply, error) {
	if n.Kind != "notice" {
		return activities.Reply{}, procedure.Refuse(procedure.Conflict, "not_open_to_objection", "这是结果公告，请按信访渠道反映")
	}
	form := map[string]any{"facts": in.Facts}
	for code, text := range map[string]string{"objector_name": in.ObjectorName, "objector_contact": in.ObjectorContact, "named_person": in.NamedPerson} {
		if text != "" {
			form[code] = text
		}
	}
	return s.cases.Fire(ctx, activities.FireRequest{CaseID: n.CaseID, Event: "object", Key: caseKey("fire", "public", key),
		ExpectedSeq: activities.AnySeq, Actor: activities.Actor{Role: procedure.Public, Region: n.RegionCode}, Form: form})
}

// openedBy is the objection that an act on a notice has opened, by whose number an office finds it.
func (s *server) openedBy(ctx context.Context, r activities.Reply) (*models.Case, error) {
	var c models.Case
	err := s.db(ctx).Select("id", "no").Where("parent_id = ? AND procedure = ? AND opened_at = ?", r.CaseID, "objection", r.At).Take(&c).Error
	return &c, err
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
