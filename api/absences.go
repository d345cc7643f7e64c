package api

import (
	"context"
	"fmt"
	"slices"

	openapitypes "github.com/oapi-codegen/runtime/types"
	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Absences: who is away from when until when, and who stands in for him. Entered
// by the person himself or by the office above; over on the day after the last one.

var reasonTitles = map[gen.AbsenceReason]string{"business": "公务外出", "training": "学习培训", "leave": "休假", "other": "其他"}

// today is the day of the cases.
func (s *server) today() policy.Date { return policy.DateOf(s.engine.Clock.Now()) }

// managedAreas are the areas whose people v may enter absences for.
func managedAreas(v *viewer) []string {
	var out []string
	for _, g := range v.own() {
		if managing(g.Role) && g.RegionCode != "" {
			out = append(out, g.RegionCode)
		}
	}
	return out
}

// managed holds for rows of the areas that v manages.
func managed(v *viewer, column string) condition {
	var cs []condition
	for _, area := range managedAreas(v) {
		cs = append(cs, within(column, area))
	}
	return anyOf(cs)
}

// scopeAbsences keeps the absences that concern v: his own, those in which he
// stands in, and those of offices he manages.
func scopeAbsences(tx *gorm.DB, v *viewer) *gorm.DB {
	below := managed(v, "role_grants.region_code")
	args := append([]any{v.user.ID, v.user.ID}, below.args...)
	return tx.Where(`absences.user_id = ? OR absences.id IN (SELECT absence_id FROM substitutions WHERE substitute_id = ?)
		OR absences.id IN (SELECT absence_id FROM substitutions JOIN role_grants ON role_grants.id = substitutions.grant_id WHERE `+below.sql+")", args...)
}

// ListAbsences lists them, newest first.
func (s *server) ListAbsences(ctx context.Context, r gen.ListAbsencesRequestObject) (gen.ListAbsencesResponseObject, error) {
	v := viewerOf(ctx)
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := scopeAbsences(s.db(ctx).Model(&models.Absence{}), v)
	limit := pageLimit(r.Params.Limit)
	var rows []models.Absence
	if err := newestFirst(tx, "absences.created_at", "absences.id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(a models.Absence) cursor { return cursor{At: a.CreatedAt, ID: a.ID} })
	items, err := s.absences(ctx, v, rows)
	return gen.ListAbsences200JSONResponse(gen.AbsencePage{Items: items, CanManage: len(managedAreas(v)) > 0, NextCursor: next}), err
}

// CancelAbsence takes an absence back, or ends it at once when it has begun.
func (s *server) CancelAbsence(ctx context.Context, r gen.CancelAbsenceRequestObject) (gen.CancelAbsenceResponseObject, error) {
	v := viewerOf(ctx)
	before, err := s.findAbsence(ctx, v, r.ID)
	switch {
	case err != nil:
		return nil, err
	case before.Status == gen.AbsenceStatusCancelled:
		return gen.CancelAbsence200JSONResponse(before), nil
	case before.Status == gen.AbsenceStatusEnded:
		return nil, procedure.Refuse(procedure.Conflict, "absence_over", "请假已经结束，不必取消")
	case !before.CanCancel:
		return nil, forbidden("not_your_absence", "请假由本人或管理其岗位的部门取消")
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		res := tx.Model(&models.Absence{}).Where("id = ? AND cancelled_at IS NULL", r.ID).
			Updates(map[string]any{"cancelled_at": s.engine.Clock.Now(), "cancelled_by": v.user.ID})
		if res.Error != nil || res.RowsAffected == 0 {
			return res.Error // somebody else was faster
		}
		name := before.User.Name
		return s.tellSubstitutes(tx, r.ID, 1, "代办已取消："+name, fmt.Sprintf("%s的请假已取消或提前结束，其待办不再由您代办。", name))
	})
	if err != nil {
		return nil, err
	}
	after, err := s.findAbsence(ctx, v, r.ID)
	return gen.CancelAbsence200JSONResponse(after), err
}

// findAbsence is the absence with that id, if it concerns v.
func (s *server) findAbsence(ctx context.Context, v *viewer, id string) (gen.Absence, error) {
	var a models.Absence
	err := scopeAbsences(s.db(ctx).Where("absences.id = ?", id), v).Take(&a).Error
	if models.Missing(err) {
		return gen.Absence{}, notFound()
	}
	if err != nil {
		return gen.Absence{}, err
	}
	views, err := s.absences(ctx, v, []models.Absence{a})
	if err != nil {
		return gen.Absence{}, err
	}
	return views[0], nil
}

// tellSubstitutes writes a message to everybody who stands in during an absence;
// no tells the messages about one absence apart.
func (s *server) tellSubstitutes(tx *gorm.DB, absence string, no int, title, body string) error {
	var ids []string
	if err := tx.Model(&models.Substitution{}).Where("absence_id = ?", absence).Distinct().Order("substitute_id").Pluck("substitute_id", &ids).Error; err != nil {
		return err
	}
	now := s.engine.Clock.Now()
	for _, id := range ids {
		m := models.Message{ID: models.NewID(), UserID: id, ClockID: "absence:" + absence, RungNo: no, Kind: "absence", Title: title, Body: body,
			Urgent: true, DeliverAt: now, CreatedAt: now}
		if err := tx.Create(&m).Error; err != nil {
			return err
		}
	}
	return nil
}

// substituted is a substitution with the grant it is about.
type substituted struct {
	models.Substitution
	Role       procedure.Role
	RegionCode string
	Dept       string
}

// absences are absences as the viewer sees them.
func (s *server) absences(ctx context.Context, v *viewer, rows []models.Absence) ([]gen.Absence, error) {
	ids := make([]string, len(rows))
	var want codes
	for i, a := range rows {
		ids[i] = a.ID
		want.users = append(want.users, a.UserID, a.EnteredBy, a.CancelledBy)
	}
	of := map[string][]substituted{}
	if len(ids) > 0 {
		var all []substituted
		err := s.db(ctx).Table("substitutions").Select("substitutions.*, role_grants.role, role_grants.region_code, role_grants.dept").
			Joins("JOIN role_grants ON role_grants.id = substitutions.grant_id").Where("absence_id IN ?", ids).
			Order("role_grants.id, substitute_id").Scan(&all).Error
		if err != nil {
			return nil, err
		}
		for _, x := range all {
			of[x.AbsenceID] = append(of[x.AbsenceID], x)
			want.users, want.regions = append(want.users, x.SubstituteID), append(want.regions, x.RegionCode)
		}
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	var gaps []gap
	if len(ids) > 0 {
		if gaps, err = substitutesAway(s.db(ctx).Where("stand.absence_id IN ?", ids)); err != nil {
			return nil, err
		}
	}
	out := make([]gen.Absence, len(rows))
	for i := range rows {
		out[i] = s.absence(v, &rows[i], of[rows[i].ID], gaps, l)
	}
	return out, nil
}

// gap is an absence during which a substitute is away himself.
type gap struct{ AbsenceID, UserID, EnteredBy, SubstituteID string }

// substitutesAway are the gaps, of absences or substitutes that tx selects.
func substitutesAway(tx *gorm.DB) ([]gap, error) {
	var out []gap
	err := tx.Table("substitutions stand").Select("DISTINCT stand.absence_id, away.user_id, away.entered_by, stand.substitute_id").
		Joins("JOIN absences away ON away.id = stand.absence_id AND away.cancelled_at IS NULL").
		Joins("JOIN absences own ON own.user_id = stand.substitute_id AND own.cancelled_at IS NULL AND own.from_day <= away.until_day AND own.until_day >= away.from_day").
		Order("stand.absence_id, stand.substitute_id").Scan(&out).Error
	return out, err
}

func (s *server) absence(v *viewer, a *models.Absence, of []substituted, gaps []gap, l *labels) gen.Absence {
	out := gen.Absence{
		ID: a.ID, User: l.person(a.UserID), From: dayOf(a.FromDay), Until: dayOf(a.UntilDay),
		Reason: gen.AbsenceReason(a.Reason), ReasonTitle: reasonTitles[gen.AbsenceReason(a.Reason)],
		EnteredBy: l.person(a.EnteredBy), CreatedAt: a.CreatedAt, Mine: a.UserID == v.user.ID, Substitutes: []gen.Substitute{},
	}
	out.Status, out.StatusTitle = absenceStatus(a, s.today().String())
	if a.CancelledAt != nil {
		out.CancelledAt, out.CancelledBy = *a.CancelledAt, l.person(a.CancelledBy)
	}
	mayCancel := out.Mine
	for _, x := range of {
		out.Substitutes = append(out.Substitutes, gen.Substitute{User: l.person(x.SubstituteID), Role: string(x.Role), RoleTitle: roleTitle(x.Role),
			RegionName: l.region(x.RegionCode), DeptTitle: deptTitle(x.Dept),
			Away: slices.ContainsFunc(gaps, func(g gap) bool { return g.AbsenceID == a.ID && g.SubstituteID == x.SubstituteID })})
		mayCancel = mayCancel || slices.ContainsFunc(managedAreas(v), func(area string) bool { return inRegion(x.RegionCode, area) })
	}
	out.CanCancel = mayCancel && (out.Status == gen.AbsenceStatusPlanned || out.Status == gen.AbsenceStatusRunning)
	return out
}

// absenceStatus is where an absence stands on a day.
func absenceStatus(a *models.Absence, today string) (gen.AbsenceStatus, string) {
	switch {
	case a.CancelledAt != nil:
		return gen.AbsenceStatusCancelled, "已取消"
	case a.UntilDay < today: // days as text sort by time
		return gen.AbsenceStatusEnded, "已结束"
	case today < a.FromDay:
		return gen.AbsenceStatusPlanned, "未开始"
	}
	return gen.AbsenceStatusRunning, "进行中"
}

// person is an account without its login, which is nobody else's business.
func (l *labels) person(id string) gen.UserRef {
	u := l.user(id)
	u.Login = ""
	return u
}

// dayOf reads a day as it is stored.
func dayOf(text string) openapitypes.Date {
	d, _ := policy.ParseDate(text) // written by ourselves
	return day(d)
}
