package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// Engagements (审计任务). The county office and the security administrator give them, within their area and to somebody
// else; an auditor sees his own. That they were given and ended stands among the acts of administrators, whoever did it, and
// the audit administrator reads them all.

var engagementGivers = []procedure.Role{procedure.CountyOffice, procedure.SecAdmin}

// giving are the grants under which v gives engagements.
func giving(v *viewer) []models.RoleGrant {
	return slices.DeleteFunc(v.own(), func(g models.RoleGrant) bool {
		return !slices.Contains(engagementGivers, g.Role) || g.RegionCode == ""
	})
}

// scopeEngagements keeps those of v himself and those given in an area in which he gives, or looks on as audit administrator.
func scopeEngagements(tx *gorm.DB, v *viewer) *gorm.DB {
	cs := []condition{{"engagements.user_id = ?", []any{v.user.ID}}}
	for _, g := range giving(v) {
		cs = append(cs, withinLevel("engagements.region_code", g.RegionCode))
	}
	for _, g := range v.own() {
		if g.Role == procedure.LogAdmin && g.RegionCode != "" {
			cs = append(cs, withinLevel("engagements.region_code", g.RegionCode))
		}
	}
	c := anyOf(cs)
	return tx.Where(c.sql, c.args...)
}

func (s *server) findEngagement(ctx context.Context, v *viewer, id string) (*models.Engagement, error) {
	var e models.Engagement
	err := scopeEngagements(s.db(ctx).Where("engagements.id = ?", id), v).Take(&e).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return &e, err
}

// ListEngagements lists them, newest first.
func (s *server) ListEngagements(ctx context.Context, r gen.ListEngagementsRequestObject) (gen.ListEngagementsResponseObject, error) {
	v := viewerOf(ctx)
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := scopeEngagements(s.db(ctx).Model(&models.Engagement{}), v)
	limit := pageLimit(r.Params.Limit)
	var rows []models.Engagement
	if err := newestFirst(tx, "engagements.given_at", "engagements.id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(e models.Engagement) cursor { return cursor{At: e.GivenAt, ID: e.ID} })
	items, err := s.engagementViews(ctx, v, rows)
	if err != nil {
		return nil, err
	}
	page := gen.EngagementPage{Items: items, CanGive: []gen.RegionRef{}, NextCursor: next}
	page.CanGive, page.Auditors, err = s.givingChoices(ctx, v)
	return gen.ListEngagements200JSONResponse(page), err
}

// givingChoices are the areas in which v gives engagements, and the auditors of them.
func (s *server) givingChoices(ctx context.Context, v *viewer) ([]gen.RegionRef, []gen.UserRef, error) {
	areas, auditors := []gen.RegionRef{}, []gen.UserRef{}
	var want codes
	for _, g := range giving(v) {
		want.regions = append(want.regions, g.RegionCode)
	}
	if len(want.regions) == 0 {
		return areas, auditors, nil
	}
	posts, err := s.postsOf(s.db(ctx), "", procedure.Auditor, procedure.CityOffice)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range posts {
		if slices.ContainsFunc(want.regions, func(code string) bool { return common(code, p.RegionCode) != "" }) {
			want.users = append(want.users, p.UserID)
		}
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, nil, err
	}
	for _, code := range distinct(want.regions) {
		areas = append(areas, gen.RegionRef{Code: code, Name: l.region(code)})
	}
	for _, id := range distinct(want.users) {
		auditors = append(auditors, l.user(id))
	}
	return areas, auditors, nil
}

// auditorPosts are the valid posts of auditors, of one account or of all.
func (s *server) auditorPosts(db *gorm.DB, user string) ([]models.RoleGrant, error) {
	return s.postsOf(db, user, procedure.Auditor)
}

// postsOf are the valid posts of some roles, of one account or of all.
func (s *server) postsOf(db *gorm.DB, user string, roles ...procedure.Role) ([]models.RoleGrant, error) {
	now := s.engine.Clock.Now()
	tx := db.Where("role IN ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", roles, now, now)
	if user != "" {
		tx = tx.Where("user_id = ?", user)
	}
	var out []models.RoleGrant
	err := tx.Order("id").Find(&out).Error
	return out, err
}

// GiveEngagement gives one. The same key gives it once.
func (s *server) GiveEngagement(ctx context.Context, r gen.GiveEngagementRequestObject) (gen.GiveEngagementResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	g, err := s.checkEngagement(ctx, v, in)
	if err != nil {
		return nil, err
	}
	asked, err := s.caseAskedFor(ctx, v, g, in)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(caseKey("engagement", v.user.ID, r.Params.IdempotencyKey)))
	now := s.engine.Clock.Now().UTC().Truncate(time.Microsecond)
	e := models.Engagement{ID: hex.EncodeToString(sum[:16]), UserID: in.UserID, CaseID: asked, Title: scrub(in.Title), Basis: scrub(in.Basis), Areas: in.Areas, Procedures: append([]string{}, in.Procedures...),
		FromDay: dateOf(in.From.Time).String(), UntilDay: dateOf(in.Until.Time).String(), RegionCode: g.RegionCode, GivenBy: v.user.ID, GivenRole: g.Role, GivenAt: now}
	e.No = dayNumber("SJ", now, e.ID[:8])
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&e).Error; err != nil {
			return err
		}
		return s.recordEngagement(tx, v, g, "engagement.give", &e)
	})
	if models.Duplicate(err) {
		err = s.sameEngagement(ctx, &e)
	}
	if err != nil {
		return nil, err
	}
	out, err := s.engagementView(ctx, v, e)
	return gen.GiveEngagement200JSONResponse(out), err
}

// recordEngagement puts on record that v gave one or ended it, under a grant.
func (s *server) recordEngagement(tx *gorm.DB, v *viewer, g models.RoleGrant, kind string, e *models.Engagement) error {
	var auditor models.User
	if err := tx.Select("name").Where("id = ?", e.UserID).Take(&auditor).Error; err != nil {
		return err
	}
	detail := map[string]string{"no": e.No, "basis": e.Basis, "areas": strings.Join(e.Areas, "、"), "procedures": strings.Join(e.Procedures, "、"), "from": e.FromDay, "until": e.UntilDay}
	return s.engine.Administer(tx, v.as(g)).Record(kind, e.RegionCode, "engagement", e.ID, auditor.Name, detail)
}

// sameEngagement reads what was given under the same key before.
func (s *server) sameEngagement(ctx context.Context, e *models.Engagement) error {
	var before models.Engagement
	if err := s.db(ctx).Where("id = ?", e.ID).Take(&before).Error; err != nil {
		return err
	}
	said := func(x models.Engagement) []any {
		return []any{x.UserID, x.CaseID, x.Title, x.Basis, strings.Join(x.Areas, " "), strings.Join(x.Procedures, " "), x.FromDay, x.UntilDay}
	}
	if !reflect.DeepEqual(said(before), said(*e)) {
		return procedure.Refuse(procedure.Invalid, "key_reused", "同一请求编号已用于另一项审计任务")
	}
	*e = before
	return nil
}

// checkEngagement tells everything that is wrong with an engagement, or under which grant v gives it.
func (s *server) checkEngagement(ctx context.Context, v *viewer, in *gen.EngagementInput) (models.RoleGrant, error) {
	givers := giving(v)
	if len(givers) == 0 {
		return models.RoleGrant{}, forbidden("role_not_allowed", "审计任务由县级乡村振兴部门或者安全管理员下达")
	}
	var faults []procedure.FieldFault
	fault := func(field, code, message string) {
		faults = append(faults, procedure.FieldFault{Field: field, Code: code, Message: message})
	}
	// All areas lie in one area of the giver. What lies outside is not looked at any further.
	i := slices.IndexFunc(givers, func(g models.RoleGrant) bool {
		return !slices.ContainsFunc(in.Areas, func(a string) bool { return !inRegion(a, g.RegionCode) })
	})
	if i < 0 {
		return models.RoleGrant{}, procedure.Refuse(procedure.Invalid, "engagement_faulty", "审计任务有1处需要改正", procedure.FieldFault{Field: "areas", Code: "outside_area", Message: "地区超出您的辖区"})
	}
	role, missing := procedure.Auditor, procedure.FieldFault{Field: "user_id", Code: "not_an_auditor", Message: "该账号目前没有审计岗位"}
	if in.CaseNo != "" {
		role, missing = procedure.CityOffice, procedure.FieldFault{Field: "user_id", Code: "not_a_city_office", Message: "单件只供市级书面调阅，该账号目前没有市级岗位"}
	}
	posts, err := s.postsOf(s.db(ctx), in.UserID, role)
	if err != nil {
		return models.RoleGrant{}, err
	}
	switch {
	case in.UserID == v.user.ID:
		fault("user_id", "not_to_himself", "不能给自己下达审计任务")
	case len(posts) == 0:
		faults = append(faults, missing)
	}
	for n, a := range in.Areas {
		at := "areas[" + strconv.Itoa(n) + "]"
		var known int64
		if err := s.db(ctx).Model(&models.Region{}).Where("code = ?", a).Count(&known).Error; err != nil {
			return models.RoleGrant{}, err
		}
		if known == 0 {
			fault(at, "unknown_region", "没有这个地区")
		} else if len(posts) > 0 && !slices.ContainsFunc(posts, func(p models.RoleGrant) bool { return common(a, p.RegionCode) != "" }) {
			fault(at, "outside_post", "该审计人员的岗位不在这个地区")
		}
	}
	for n, name := range in.Procedures {
		if _, ok := procedure.Latest(name); !ok {
			fault("procedures["+strconv.Itoa(n)+"]", "unknown_procedure", "没有这个程序")
		}
	}
	if from, until := dateOf(in.From.Time), dateOf(in.Until.Time); until.Before(from) {
		fault("until", "until_before_from", "最后一日不能早于开始日期")
	} else if until.Before(s.today()) {
		fault("until", "already_over", "最后一日已经过去")
	}
	if len(faults) > 0 {
		return models.RoleGrant{}, procedure.Refuse(procedure.Invalid, "engagement_faulty", "审计任务有"+strconv.Itoa(len(faults))+"处需要改正", faults...)
	}
	return givers[i], nil
}

// caseAskedFor is the case of a number that a city office has asked for, "" for none: one that the giver reaches himself,
// in the areas that are named.
func (s *server) caseAskedFor(ctx context.Context, v *viewer, g models.RoleGrant, in *gen.EngagementInput) (string, error) {
	if in.CaseNo == "" {
		return "", nil
	}
	one := &viewer{user: v.user, session: v.session, grants: []models.RoleGrant{g}}
	var c models.Case
	err := s.filterCases(s.db(ctx).Where("cases.no = ?", in.CaseNo), one).Take(&c).Error
	if err != nil && !models.Missing(err) {
		return "", err
	}
	if err != nil || !slices.ContainsFunc(in.Areas, func(a string) bool { return inRegion(c.RegionCode, a) }) {
		return "", procedure.Refuse(procedure.Invalid, "engagement_faulty", "审计任务有1处需要改正", procedure.FieldFault{Field: "case_no", Code: "unknown_case", Message: "所列地区没有这个编号的事项，或者您不能查看"})
	}
	return c.ID, nil
}

// EndEngagement takes one back. It stays on record.
func (s *server) EndEngagement(ctx context.Context, r gen.EndEngagementRequestObject) (gen.EndEngagementResponseObject, error) {
	v := viewerOf(ctx)
	e, err := s.findEngagement(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	g, may := ending(v, e)
	if !may {
		return nil, forbidden("role_not_allowed", "审计任务由下达它的单位收回")
	}
	now := s.engine.Clock.Now().UTC().Truncate(time.Microsecond)
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		done := tx.Model(&models.Engagement{}).Where("id = ? AND ended_at IS NULL AND until_day >= ?", e.ID, s.today().String()).
			Updates(map[string]any{"ended_at": now, "ended_by": v.user.ID})
		if done.Error != nil {
			return done.Error
		}
		if done.RowsAffected == 0 {
			return procedure.Refuse(procedure.Conflict, "engagement_over", "该审计任务已经到期或者收回")
		}
		return s.recordEngagement(tx, v, g, "engagement.end", e)
	})
	if err != nil {
		return nil, err
	}
	e.EndedAt, e.EndedBy = &now, v.user.ID
	out, err := s.engagementView(ctx, v, *e)
	return gen.EndEngagement200JSONResponse(out), err
}

// ending is the grant under which v ends an engagement: he gives where it was given. Nobody ends the one that he audits under.
func ending(v *viewer, e *models.Engagement) (models.RoleGrant, bool) {
	for _, g := range giving(v) {
		if e.UserID != v.user.ID && inRegion(e.RegionCode, g.RegionCode) {
			return g, true
		}
	}
	return models.RoleGrant{}, false
}

func (s *server) engagementView(ctx context.Context, v *viewer, e models.Engagement) (gen.Engagement, error) {
	out, err := s.engagementViews(ctx, v, []models.Engagement{e})
	if err != nil {
		return gen.Engagement{}, err
	}
	return out[0], nil
}

func (s *server) engagementViews(ctx context.Context, v *viewer, rows []models.Engagement) ([]gen.Engagement, error) {
	var want codes
	for _, e := range rows {
		want.regions, want.users = append(want.regions, e.Areas...), append(want.users, e.UserID, e.GivenBy, e.EndedBy)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	numbers, err := s.caseNumbers(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := []gen.Engagement{}
	for i := range rows {
		e := &rows[i]
		x := gen.Engagement{ID: e.ID, No: e.No, User: l.user(e.UserID), Title: e.Title, Basis: e.Basis, Areas: []gen.RegionRef{}, Procedures: []gen.EngagementProcedure{}, From: dayOf(e.FromDay), Until: dayOf(e.UntilDay),
			State: gen.EngagementState(s.engagementState(e)), GivenBy: l.user(e.GivenBy), GivenRoleTitle: roleTitle(e.GivenRole), GivenAt: e.GivenAt, EndedBy: l.user(e.EndedBy)}
		if e.EndedAt != nil {
			x.EndedAt = *e.EndedAt
		}
		_, may := ending(v, e)
		x.CanEnd = may && (x.State == "valid" || x.State == "ahead")
		x.CanDraw, x.CaseNo = e.UserID == v.user.ID && x.State == "valid" && e.CaseID == "", numbers[e.CaseID]
		for _, a := range e.Areas {
			x.Areas = append(x.Areas, gen.RegionRef{Code: a, Name: l.region(a)})
		}
		for _, name := range e.Procedures {
			x.Procedures = append(x.Procedures, gen.EngagementProcedure{Name: name, Title: procedureTitle(name)})
		}
		out = append(out, x)
	}
	return out, nil
}

// caseNumbers are the numbers of the single cases of engagements, by their ids.
func (s *server) caseNumbers(ctx context.Context, rows []models.Engagement) (map[string]string, error) {
	var ids []string
	for _, e := range rows {
		if e.CaseID != "" {
			ids = append(ids, e.CaseID)
		}
	}
	out := map[string]string{}
	if len(ids) == 0 {
		return out, nil
	}
	var cases []models.Case
	err := s.db(ctx).Select("id", "no").Where("id IN ?", ids).Find(&cases).Error
	for _, c := range cases {
		out[c.ID] = c.No
	}
	return out, err
}

func (s *server) engagementState(e *models.Engagement) string {
	today := s.today().String()
	switch {
	case e.EndedAt != nil:
		return "ended"
	case e.UntilDay < today:
		return "over"
	case e.FromDay > today:
		return "ahead"
	}
	return "valid"
}

// DrawAuditSample draws cases of an engagement at random. The same key draws once.
func (s *server) DrawAuditSample(ctx context.Context, r gen.DrawAuditSampleRequestObject) (gen.DrawAuditSampleResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	e, err := s.findEngagement(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	under, err := s.under(ctx, v, e)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(caseKey("sample", v.user.ID, r.Params.IdempotencyKey)))
	now := s.engine.Clock.Now().UTC().Truncate(time.Microsecond)
	sample := models.EngagementSample{ID: hex.EncodeToString(sum[:16]), EngagementID: e.ID, Procedure: in.Procedure, Village: in.Village, OpenedBefore: now, Size: in.Size, DrawnBy: v.user.ID, DrawnAt: now}
	if err := s.draw(ctx, under, &sample); err != nil {
		return nil, err
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&sample).Error; err != nil {
			return err
		}
		entry := models.AccessLog{Action: "sample", Table: "engagement_samples", RecordID: sample.ID, Field: e.No, Purpose: e.Title}
		return s.logAccessIn(ctx, tx, under, func(models.RoleGrant) bool { return true }, entry)
	})
	if models.Duplicate(err) {
		err = s.sameSample(ctx, &sample)
	}
	if err != nil {
		return nil, err
	}
	out, err := s.sampleView(ctx, under, &sample)
	return gen.DrawAuditSample200JSONResponse(out), err
}

// under is v with what one of his engagements alone lets him see.
func (s *server) under(ctx context.Context, v *viewer, e *models.Engagement) (*viewer, error) {
	posts, err := s.auditorPosts(s.db(ctx), v.user.ID)
	if err != nil {
		return nil, err
	}
	if e.UserID != v.user.ID || s.engagementState(e) != "valid" || len(posts) == 0 {
		return nil, forbidden("no_engagement", "由该审计任务的审计人员在其有效期内抽样")
	}
	out := &viewer{user: v.user, session: v.session, token: v.token}
	for _, p := range posts {
		out.grants = append(out.grants, grantsUnder(p, []models.Engagement{*e})...)
	}
	return out, nil
}

// draw fixes the population of a sample and draws from it.
func (s *server) draw(ctx context.Context, v *viewer, x *models.EngagementSample) error {
	tx := s.scopeCases(s.db(ctx).Model(&models.Case{}), v).Where("cases.opened_at < ?", x.OpenedBefore)
	if x.Procedure != "" {
		tx = tx.Where("cases.procedure = ?", x.Procedure)
	} else {
		tx = tx.Where(matters)
	}
	if x.Village != "" {
		c := casesWithin(x.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	var ids []string
	if err := tx.Order("cases.id").Pluck("cases.id", &ids).Error; err != nil {
		return err
	}
	if len(ids) == 0 {
		return procedure.Refuse(procedure.Invalid, "nothing_to_draw", "所选范围内没有事项可以抽取")
	}
	slices.Sort(ids) // the same order in every collation
	hash := sha256.New()
	for _, id := range ids {
		hash.Write([]byte(id + "\n"))
	}
	var raw [8]byte
	if _, err := rand.Read(raw[:]); err != nil {
		return err
	}
	seed := binary.BigEndian.Uint64(raw[:])
	x.Seed, x.Population, x.PopulationHash = strconv.FormatUint(seed, 10), len(ids), hex.EncodeToString(hash.Sum(nil))
	x.CaseIDs = activities.DrawSample(ids, x.Size, seed)
	return nil
}

// sameSample reads what was drawn under the same key before: nobody draws until he likes what he gets.
func (s *server) sameSample(ctx context.Context, x *models.EngagementSample) error {
	var before models.EngagementSample
	if err := s.db(ctx).Where("id = ?", x.ID).Take(&before).Error; err != nil {
		return err
	}
	if before.EngagementID != x.EngagementID || before.Size != x.Size || before.Procedure != x.Procedure || before.Village != x.Village {
		return procedure.Refuse(procedure.Invalid, "key_reused", "同一请求编号已用于另一次抽样")
	}
	*x = before
	return nil
}

// ListAuditSamples lists the samples of an engagement, newest first. Those who gave it see that they were drawn and how;
// of the cases everybody sees those he reaches himself.
func (s *server) ListAuditSamples(ctx context.Context, r gen.ListAuditSamplesRequestObject) (gen.ListAuditSamplesResponseObject, error) {
	v := viewerOf(ctx)
	e, err := s.findEngagement(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	var rows []models.EngagementSample
	if err := s.db(ctx).Where("engagement_id = ?", e.ID).Order("drawn_at DESC, id DESC").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := gen.AuditSampleList{Items: []gen.AuditSample{}}
	for i := range rows {
		x, err := s.sampleView(ctx, v, &rows[i])
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, x)
	}
	return gen.ListAuditSamples200JSONResponse(out), nil
}

func (s *server) sampleView(ctx context.Context, v *viewer, x *models.EngagementSample) (gen.AuditSample, error) {
	l, err := s.labels(ctx, codes{regions: []string{x.Village}, users: []string{x.DrawnBy}})
	if err != nil {
		return gen.AuditSample{}, err
	}
	out := gen.AuditSample{ID: x.ID, Procedure: x.Procedure, Village: x.Village, Seed: x.Seed, Size: x.Size, Population: x.Population, PopulationHash: x.PopulationHash,
		OpenedBefore: x.OpenedBefore, DrawnBy: l.user(x.DrawnBy), DrawnAt: x.DrawnAt, Cases: []gen.CaseSummary{}}
	if x.Procedure != "" {
		out.ProcedureTitle = procedureTitle(x.Procedure)
	}
	if x.Village != "" {
		out.VillageName = l.region(x.Village)
	}
	var reached []string
	if err := s.filterCases(s.db(ctx).Model(&models.Case{}).Where("cases.id IN ?", x.CaseIDs), v).Pluck("cases.id", &reached).Error; err != nil {
		return out, err
	}
	_, summaries, err := s.casesByID(ctx, reached)
	for _, id := range x.CaseIDs {
		if c, ok := summaries[id]; ok {
			out.Cases = append(out.Cases, c)
		}
	}
	return out, err
}

// engagementsList takes engagements out.
func engagementsList() exportList {
	return exportOf("审计任务", "/engagements", []string{"编号", "审计人员", "任务", "依据", "地区", "事项", "自", "至", "下达人", "下达岗位", "下达时间", "收回人", "收回时间"}, (*server).ListEngagements,
		func(p gen.ListEngagements200JSONResponse) ([]gen.Engagement, string) { return p.Items, p.NextCursor },
		func(e gen.Engagement) []string {
			var areas, kinds []string
			for _, a := range e.Areas {
				areas = append(areas, a.Name)
			}
			for _, p := range e.Procedures {
				kinds = append(kinds, p.Title)
			}
			return []string{e.No, e.User.Name, scrub(e.Title), scrub(e.Basis), strings.Join(areas, "、"), orText(strings.Join(kinds, "、"), "全部"), dayText(e.From), dayText(e.Until),
				e.GivenBy.Name, e.GivenRoleTitle, moment(e.GivenAt), e.EndedBy.Name, moment(e.EndedAt)}
		})
}
