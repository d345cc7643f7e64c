package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

const (
	// longestAbsence in days keeps a slip of the pen from handing an office over for good.
	longestAbsence = 366
	maxCandidates  = 50
)

// mayEnterFor reports whether v may enter absences from a grant: it is his own, or
// below an office of his.
func mayEnterFor(v *viewer, g models.RoleGrant) bool {
	return g.UserID == v.user.ID || slices.ContainsFunc(managedAreas(v), func(area string) bool { return inRegion(g.RegionCode, area) })
}

// offices are the grants of a person that somebody may stand in for and that v may
// enter an absence from. Nobody's, when v does not manage the person.
func (s *server) offices(tx *gorm.DB, v *viewer, user string) ([]models.RoleGrant, error) {
	all, err := s.grantsOf(tx, user)
	return slices.DeleteFunc(all, func(g models.RoleGrant) bool {
		return !g.Role.Substitutable() || g.RegionCode == "" || !mayEnterFor(v, g)
	}), err
}

// candidates selects the accounts that may stand in for a grant: enabled, not its
// holder, with an office of their own of its area and department, and not one that is
// there to watch others (models.StandIns asks the same).
func (s *server) candidates(tx *gorm.DB, g models.RoleGrant) *gorm.DB {
	now := s.engine.Clock.Now()
	const (
		valid = "valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)"
		same  = "region_code = ? AND (? = '' OR dept = ?)"
	)
	args := []any{procedure.SubstitutableRoles(), now, now, g.RegionCode, g.Dept, g.Dept}
	return tx.Model(&models.User{}).Where(models.InUse+" AND users.id <> ?", now, g.UserID).
		Where("users.id IN (SELECT user_id FROM role_grants WHERE role IN ? AND "+valid+" AND "+same+")", args...).
		Where("users.id NOT IN (SELECT user_id FROM role_grants WHERE role IN ? AND "+valid+")", procedure.IndependentRoles(), now, now)
}

// ListAbsencePeople lists whom the viewer may enter absences for, himself left out.
func (s *server) ListAbsencePeople(ctx context.Context, r gen.ListAbsencePeopleRequestObject) (gen.ListAbsencePeopleResponseObject, error) {
	v := viewerOf(ctx)
	below := managed(v, "role_grants.region_code")
	tx := s.db(ctx).Where(models.InUse+" AND users.id <> ?", s.engine.Clock.Now(), v.user.ID).
		Where("users.id IN (SELECT user_id FROM role_grants WHERE role IN ? AND "+below.sql+")", append([]any{procedure.SubstitutableRoles()}, below.args...)...)
	out, err := people(tx, r.Params.Q)
	return gen.ListAbsencePeople200JSONResponse(gen.UserList{Items: out}), err
}

// people are the first accounts of a query whose names begin as given.
func people(tx *gorm.DB, start string) ([]gen.UserRef, error) {
	if start != "" {
		c := startsWith("users.name", start)
		tx = tx.Where(c.sql, c.args...)
	}
	var rows []models.User
	err := tx.Select("users.id", "users.name").Order("users.name, users.id").Limit(maxCandidates).Find(&rows).Error
	out := []gen.UserRef{}
	for _, u := range rows {
		out = append(out, gen.UserRef{ID: u.ID, Name: u.Name})
	}
	return out, err
}

// ListAbsenceOffices lists the offices of a person with those who may stand in.
func (s *server) ListAbsenceOffices(ctx context.Context, r gen.ListAbsenceOfficesRequestObject) (gen.ListAbsenceOfficesResponseObject, error) {
	v, db := viewerOf(ctx), s.db(ctx)
	user := orText(r.Params.UserID, v.user.ID)
	grants, err := s.offices(db, v, user)
	if err != nil {
		return nil, err
	}
	if len(grants) == 0 && user != v.user.ID {
		return nil, notFound()
	}
	want := codes{users: []string{user}}
	for _, g := range grants {
		want.regions = append(want.regions, g.RegionCode)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := gen.AbsenceOffices{User: l.person(user), Items: []gen.AbsenceOffice{}}
	for _, g := range grants {
		// Those of the same office first: they know the work.
		nearest := s.candidates(db, g).Order("(SELECT MIN(length(region_code)) FROM role_grants WHERE user_id = users.id AND region_code <> '')")
		list, err := people(nearest, r.Params.Q)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, gen.AbsenceOffice{GrantID: g.ID, Role: string(g.Role), RoleTitle: roleTitle(g.Role),
			RegionName: l.region(g.RegionCode), DeptTitle: deptTitle(g.Dept), Candidates: list})
	}
	return gen.ListAbsenceOffices200JSONResponse(out), nil
}

// EnterAbsence records an absence with those who stand in.
func (s *server) EnterAbsence(ctx context.Context, r gen.EnterAbsenceRequestObject) (gen.EnterAbsenceResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	sum := sha256.Sum256([]byte(v.user.ID + "|" + r.Params.IdempotencyKey))
	a := models.Absence{ID: hex.EncodeToString(sum[:13]), UserID: orText(in.UserID, v.user.ID), FromDay: dateOf(in.From.Time).String(), UntilDay: dateOf(in.Until.Time).String(),
		Reason: string(in.Reason), EnteredBy: v.user.ID, CreatedAt: s.engine.Clock.Now()}
	var subs []models.Substitution
	for _, x := range in.Substitutes {
		sub := models.Substitution{AbsenceID: a.ID, GrantID: x.GrantID, SubstituteID: x.UserID, UntilDay: a.UntilDay}
		if !slices.Contains(subs, sub) {
			subs = append(subs, sub)
		}
	}
	err := s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		known, err := enteredBefore(tx, &a, subs)
		if err == nil && !known {
			err = s.enter(tx, v, &a, subs)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	out, err := s.findAbsence(ctx, v, a.ID)
	return gen.EnterAbsence200JSONResponse(out), err
}

// enteredBefore finds an absence that the same request has entered; the key of it
// is no good for another.
func enteredBefore(tx *gorm.DB, a *models.Absence, subs []models.Substitution) (bool, error) {
	var before models.Absence
	err := tx.Where("id = ?", a.ID).Take(&before).Error
	if models.Missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var kept []models.Substitution
	if err := tx.Where("absence_id = ?", a.ID).Find(&kept).Error; err != nil {
		return false, err
	}
	same := before.UserID == a.UserID && before.FromDay == a.FromDay && before.UntilDay == a.UntilDay && before.Reason == a.Reason && len(kept) == len(subs)
	for _, sub := range subs {
		same = same && slices.Contains(kept, sub)
	}
	if !same {
		return false, procedure.Refuse(procedure.Invalid, "key_reused", "同一请求编号不能用于不同的内容")
	}
	*a = before
	return true, nil
}

func (s *server) enter(tx *gorm.DB, v *viewer, a *models.Absence, subs []models.Substitution) error {
	grants, err := s.offices(tx, v, a.UserID)
	if err != nil {
		return err
	}
	if len(grants) == 0 && a.UserID != v.user.ID {
		return notFound()
	}
	list := s.dayFaults(a)
	for i, sub := range subs {
		more, err := s.substituteFaults(tx, a, grants, sub, fmt.Sprintf("substitutes[%d].", i))
		if err != nil {
			return err
		}
		list = append(list, more...)
	}
	if len(list) > 0 {
		return procedure.Refuse(procedure.Invalid, "absence_invalid", "请假与代办的登记不合要求", list...)
	}
	if err := tx.Create(a).Error; err != nil {
		return err
	}
	if err := tx.Create(&subs).Error; err != nil {
		return err
	}
	var who models.User
	if err := tx.Select("name").Where("id = ?", a.UserID).Take(&who).Error; err != nil {
		return err
	}
	if err := s.tellOfGaps(tx, a, who.Name); err != nil {
		return err
	}
	return s.tellSubstitutes(tx, a.ID, 0, "请您代办："+who.Name, fmt.Sprintf("%s自%s起请假，至%s止，其间由您代办其岗位的待办；期满自动恢复。", who.Name, chinese(a.FromDay), chinese(a.UntilDay)))
}

// tellOfGaps tells at once whom a leaves without a substitute, and who entered that
// absence: they name another one.
func (s *server) tellOfGaps(tx *gorm.DB, a *models.Absence, name string) error {
	gaps, err := substitutesAway(tx.Where("own.id = ?", a.ID))
	if err != nil {
		return err
	}
	now := s.engine.Clock.Now()
	for _, g := range gaps {
		for _, user := range distinct([]string{g.UserID, g.EnteredBy}) {
			m := models.Message{ID: models.NewID(), UserID: user, ClockID: "away:" + a.ID + ":" + g.AbsenceID, Kind: "absence", Title: "代办人也请假：" + name,
				Body:   fmt.Sprintf("%s自%s起请假，至%s止，其间不能继续代办；请取消原来的登记，另行安排代办人。", name, chinese(a.FromDay), chinese(a.UntilDay)),
				Urgent: true, DeliverAt: now, CreatedAt: now}
			if err := tx.Create(&m).Error; err != nil {
				return err
			}
		}
	}
	return nil
}

func chinese(text string) string {
	d, _ := policy.ParseDate(text) // written by ourselves
	return d.Chinese()
}

// dayFaults: an absence is entered before it begins or on its first day, so that
// nothing done before was done for somebody else.
func (s *server) dayFaults(a *models.Absence) []procedure.FieldFault {
	from, _ := policy.ParseDate(a.FromDay)
	switch {
	case a.FromDay < s.today().String():
		return []procedure.FieldFault{{Field: "from", Code: "absence_backdated", Message: "请假不能从今天以前开始"}}
	case a.UntilDay < a.FromDay:
		return []procedure.FieldFault{{Field: "until", Code: "absence_order", Message: "最后一天不能早于第一天"}}
	case a.UntilDay > from.AddDays(longestAbsence-1).String():
		return []procedure.FieldFault{{Field: "until", Code: "absence_too_long", Message: fmt.Sprintf("一次请假最长 %d 天", longestAbsence)}}
	}
	return nil
}

// substituteFaults says why somebody cannot stand in for a grant during an absence.
// Whoever is away himself on one of the days cannot: there are no chains, in which
// nobody could tell any more who answers for an act.
func (s *server) substituteFaults(tx *gorm.DB, a *models.Absence, grants []models.RoleGrant, sub models.Substitution, path string) ([]procedure.FieldFault, error) {
	i := slices.IndexFunc(grants, func(g models.RoleGrant) bool { return g.ID == sub.GrantID })
	if i < 0 {
		return []procedure.FieldFault{{Field: path + "grant_id", Code: "not_his_office", Message: "这个岗位不是请假人员的，或不能请人代办"}}, nil
	}
	if sub.SubstituteID == a.UserID {
		return []procedure.FieldFault{{Field: path + "user_id", Code: "own_substitute", Message: "不能由请假人员本人代办"}}, nil
	}
	var n int64
	if err := s.candidates(tx, grants[i]).Where("users.id = ?", sub.SubstituteID).Count(&n).Error; err != nil {
		return nil, err
	}
	if n == 0 {
		return []procedure.FieldFault{{Field: path + "user_id", Code: "outside_area", Message: "代办人应在同一辖区内任职，且不担任管理员、审计、督查岗位"}}, nil
	}
	err := tx.Model(&models.Absence{}).Where("user_id = ? AND cancelled_at IS NULL AND from_day <= ? AND until_day >= ?", sub.SubstituteID, a.UntilDay, a.FromDay).Count(&n).Error
	if err == nil && n > 0 {
		return []procedure.FieldFault{{Field: path + "user_id", Code: "substitute_away", Message: "代办人在这期间也请假，请另选一名"}}, nil
	}
	return nil, err
}
