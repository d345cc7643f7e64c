package api

import (
	"context"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// Copies (抄送): whom somebody may tell of what he has done, and what he was told of himself.

// copiesFor are the copies for v of cases that he reaches: a copy opens nothing to anybody.
func (s *server) copiesFor(ctx context.Context, v *viewer) *gorm.DB {
	tx := s.db(ctx).Model(&models.CaseCopy{}).Joins("JOIN cases ON cases.id = case_copies.case_id").Where("case_copies.user_id = ?", v.user.ID)
	return s.filterCases(tx, v)
}

// ListCopies lists what the viewer was told of, the newest first.
func (s *server) ListCopies(ctx context.Context, r gen.ListCopiesRequestObject) (gen.ListCopiesResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	var unread int64
	if err := s.copiesFor(ctx, v).Where("case_copies.read_at IS NULL").Count(&unread).Error; err != nil {
		return nil, err
	}
	tx := s.copiesFor(ctx, v).Select("case_copies.*")
	if p.Unread {
		tx = tx.Where("case_copies.read_at IS NULL")
	}
	limit := pageLimit(p.Limit)
	var rows []models.CaseCopy
	if err := newestFirst(tx, "case_copies.at", "case_copies.id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(c models.CaseCopy) cursor { return cursor{At: c.At, ID: c.ID} })
	items, err := s.copyItems(ctx, rows)
	return gen.ListCopies200JSONResponse(gen.CopyPage{Items: items, Unread: int(unread), NextCursor: next}), err
}

func (s *server) copyItems(ctx context.Context, rows []models.CaseCopy) ([]gen.CopyItem, error) {
	var want codes
	places := make([][]any, len(rows))
	for i, c := range rows {
		want.users = append(want.users, c.FromID)
		places[i] = []any{c.CaseID, c.Seq}
	}
	l, err := s.labels(ctx, want)
	if err != nil || len(rows) == 0 {
		return []gen.CopyItem{}, err
	}
	var events []models.CaseEvent
	if err := s.db(ctx).Select(actColumns).Where("(case_id, seq) IN ?", places).Find(&events).Error; err != nil {
		return nil, err
	}
	told, err := s.acts(ctx, events)
	if err != nil {
		return nil, err
	}
	out := []gen.CopyItem{}
	for _, c := range rows {
		i := slices.IndexFunc(events, func(e models.CaseEvent) bool { return e.CaseID == c.CaseID && e.Seq == c.Seq })
		if i < 0 {
			continue // a case opened over again from its records
		}
		item := gen.CopyItem{ID: c.ID, Case: told[i].of, Act: told[i].act, From: l.user(c.FromID), At: c.At}
		item.From.Login = ""
		if c.ReadAt != nil {
			item.ReadAt = *c.ReadAt
		}
		out = append(out, item)
	}
	return out, nil
}

// ReadCopies marks what the viewer was told of one case as read; once read it stays so.
func (s *server) ReadCopies(ctx context.Context, r gen.ReadCopiesRequestObject) (gen.ReadCopiesResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.Body.CaseID)
	if err != nil {
		return nil, err
	}
	err = s.db(ctx).Model(&models.CaseCopy{}).Where("case_id = ? AND user_id = ? AND read_at IS NULL", c.ID, v.user.ID).Update("read_at", s.engine.Clock.Now()).Error
	return gen.ReadCopies204Response{}, err
}

// colleague is somebody who reaches a case by his post.
type colleague struct {
	models.User
	posts []models.RoleGrant
}

// colleagues are the people, other than v, whose posts reach a case for good: offices of its area, and the department it
// is asked of. Who reaches it by a single task or engagement is not among them.
func (s *server) colleagues(ctx context.Context, v *viewer, c *models.Case) (map[string]*colleague, error) {
	now := s.engine.Clock.Now()
	var above []string
	for _, n := range []int{2, 4, 6, 9, 12} {
		if n <= len(c.RegionCode) {
			above = append(above, c.RegionCode[:n])
		}
	}
	var grants []models.RoleGrant
	err := s.db(ctx).Where("region_code IN ? AND role IN ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?) AND user_id <> ?", above, told, now, now, v.user.ID).Find(&grants).Error
	if err != nil {
		return nil, err
	}
	posts := map[string][]models.RoleGrant{}
	for _, g := range grants {
		if s.reaches(g, c) {
			posts[g.UserID] = append(posts[g.UserID], g)
		}
	}
	var users []models.User
	if len(posts) > 0 {
		if err := s.db(ctx).Select("id", "name").Where("id IN ? AND "+models.InUse, sortedKeys(posts), now).Find(&users).Error; err != nil {
			return nil, err
		}
	}
	out := map[string]*colleague{}
	for _, u := range users {
		out[u.ID] = &colleague{u, posts[u.ID]}
	}
	return out, nil
}

// told are the roles whose holders may be told of a case of their place: those that reach all of it, auditors excepted, and
// departments of what was asked of them.
var told = func() []procedure.Role {
	var out []procedure.Role
	for role, r := range rules {
		if role != procedure.Auditor && (r.reach == area || r.reach == department) {
			out = append(out, role)
		}
	}
	slices.Sort(out)
	return out
}()

// ListColleagues lists who may be told of a case.
func (s *server) ListColleagues(ctx context.Context, r gen.ListColleaguesRequestObject) (gen.ListColleaguesResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	all, err := s.colleagues(ctx, v, c)
	if err != nil {
		return nil, err
	}
	var want codes
	for _, p := range all {
		for _, g := range p.posts {
			want.regions = append(want.regions, g.RegionCode)
		}
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := gen.ColleagueList{Items: []gen.Colleague{}}
	for _, p := range slices.SortedFunc(maps.Values(all), nearestFirst) {
		if !strings.HasPrefix(p.Name, r.Params.Q) || len(out.Items) == maxCandidates {
			continue
		}
		posts := make([]string, len(p.posts))
		for i, g := range p.posts {
			posts[i] = strings.TrimSpace(l.regions[g.RegionCode].Name + " " + roleTitle(g.Role) + " " + deptTitle(g.Dept))
		}
		out.Items = append(out.Items, gen.Colleague{ID: p.ID, Name: p.Name, Posts: strings.Join(distinct(posts), "；")})
	}
	return gen.ListColleagues200JSONResponse(out), nil
}

// nearestFirst puts the village before the township, and that before the county.
func nearestFirst(a, b *colleague) int {
	if n := len(b.posts[0].RegionCode) - len(a.posts[0].RegionCode); n != 0 {
		return n
	}
	return strings.Compare(a.Name+a.ID, b.Name+b.ID)
}

// mayTell are the people named by a request who may be told of a case; one that may not refuses it all, before anything is done.
func (s *server) mayTell(ctx context.Context, v *viewer, c *models.Case, ids []string) ([]models.User, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	all, err := s.colleagues(ctx, v, c)
	if err != nil {
		return nil, err
	}
	var out []models.User
	for _, id := range distinct(ids) {
		p := all[id]
		if p == nil {
			return nil, invalidField("copy_to", "not_a_colleague", "只能抄送按岗位能查看本事项的人员，请重新选择")
		}
		out = append(out, p.User)
	}
	return out, nil
}

// tell tells people of an act that has been done.
func (s *server) tell(ctx context.Context, to []models.User, key string, actor activities.Actor, done activities.Reply) error {
	if len(to) == 0 {
		return nil
	}
	_, err := s.engine.Copy(ctx, done.CaseID, done.Event, caseKey("copy", actor.UserID, key), done.Seq, to, actor)
	return err
}
