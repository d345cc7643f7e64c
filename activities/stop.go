package activities

import (
	"context"
	"fmt"
	"slices"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The clocks of a case stand still by law or disaster order only (section 6 #20):
// an office asks, with the cause and the paper it rests on, the county approves by
// another person, and each stop stands in a ledger. Steps go on meanwhile, and what
// clocks they start stand still too. Resuming gives the lost days back.

// StopActions are what can be done about the clocks of a case.
const (
	StopAsk     = "stop_request"
	StopApprove = "suspend"
	StopRefuse  = "stop_refuse"
	StopResume  = "resume"
)

var mayStop = map[string][]procedure.Role{
	StopAsk:     {procedure.VillageSecretary, procedure.TownshipOffice, procedure.CountyOffice},
	StopApprove: {procedure.CountyOffice},
	StopRefuse:  {procedure.CountyOffice},
	StopResume:  {procedure.TownshipOffice, procedure.CountyOffice},
}

// StopsAllowed lists what somebody may do now about the clocks of a case, given its
// ledger.
func StopsAllowed(c *models.Case, ledger []models.ClockStop, actors []Actor) []string {
	var last models.ClockStop
	if n := len(ledger); n > 0 {
		last = ledger[n-1]
	}
	var now []string
	switch {
	case last.FollowsID != "" && last.Running(): // it ends with that of the campaign
	case last.Pending():
		now = []string{StopApprove, StopRefuse}
	case last.Running():
		now = []string{StopResume}
	case c.ClosedAt == nil:
		now = []string{StopAsk}
	}
	return slices.DeleteFunc(now, func(action string) bool {
		return !slices.ContainsFunc(actors, func(a Actor) bool {
			return slices.Contains(mayStop[action], a.Role) && (!last.Pending() || !share(a.persons(), askers(last)))
		})
	})
}

// StopRequest is one act about the clocks of a case. Cause is a code of the policy
// list stop_causes and only asked for with StopAsk; Reason is the paper it rests on,
// or why it is refused or over.
type StopRequest struct {
	CaseID, Action, Cause, Reason, Key string
	Actors                             []Actor
}

// Stop takes an act about the clocks of a case and answers with the case's reply.
func (e *Engine) Stop(ctx context.Context, r StopRequest) (Reply, error) {
	i := slices.IndexFunc(r.Actors, func(a Actor) bool { return slices.Contains(mayStop[r.Action], a.Role) })
	if i < 0 {
		return Reply{}, procedure.Refuse(procedure.Forbidden, "role_not_allowed", "您的岗位不能办理中止或恢复计时")
	}
	if r.Reason == "" {
		return Reply{}, required("reason", "请写明依据或理由")
	}
	form := map[string]any{"reason": r.Reason}
	if r.Action == StopAsk {
		form["cause"] = r.Cause
	}
	return e.side(ctx, r.CaseID, r.Action, r.Action, r.Key, r.Actors[i], form, func(k *act) error {
		last, err := lastStop(k.tx, k.c.ID)
		if err != nil {
			return err
		}
		switch r.Action {
		case StopAsk:
			return k.askStop(last, r)
		case StopResume:
			return k.resume(last)
		}
		return k.decideStop(last, r)
	})
}

func required(field, message string) error {
	return procedure.Refuse(procedure.Invalid, "conditions_not_met", message, procedure.FieldFault{Field: field, Code: "required", Message: message})
}

// lastStop is the youngest entry of the ledger, an empty one if there is none.
func lastStop(tx *gorm.DB, caseID string) (models.ClockStop, error) {
	var s models.ClockStop
	err := tx.Where("case_id = ?", caseID).Order("asked_at DESC, id DESC").Limit(1).Find(&s).Error
	return s, err
}

func (k *act) askStop(last models.ClockStop, r StopRequest) error {
	if k.c.ClosedAt != nil || last.Pending() || last.Running() {
		return procedure.Refuse(procedure.Conflict, "already_so", "该事项已办结，或已有中止计时的申请")
	}
	if !slices.ContainsFunc(k.policy.Items("stop_causes"), func(i policy.Item) bool { return i.Code == r.Cause }) {
		return procedure.Refuse(procedure.Invalid, "conditions_not_met", "请选择法定的中止情形",
			procedure.FieldFault{Field: "cause", Code: "unknown_option", Message: "请选择法定的中止情形"})
	}
	return k.tx.Create(&models.ClockStop{ID: models.NewID(), CaseID: k.c.ID, Cause: r.Cause, Basis: r.Reason,
		AskedBy: k.actor.UserID, AskedFor: k.actor.ForID, AskedRole: k.actor.Role, AskedAt: k.now}).Error
}

func (k *act) decideStop(last models.ClockStop, r StopRequest) error {
	switch {
	case !last.Pending():
		return procedure.Refuse(procedure.Conflict, "already_so", "没有待批准的中止计时申请")
	case share(askers(last), k.actor.persons()):
		return procedure.Refuse(procedure.Forbidden, "separation_of_duties", "申请人不能批准自己的申请")
	}
	last.DecidedBy, last.DecidedAt, last.Approved = k.actor.UserID, &k.now, r.Action == StopApprove
	if err := k.tx.Save(&last).Error; err != nil || !last.Approved {
		return err
	}
	return k.stand(true)
}

// askers are the accounts whose name an application carries.
func askers(s models.ClockStop) []string {
	return Actor{UserID: s.AskedBy, ForID: s.AskedFor}.persons()
}

func (k *act) resume(last models.ClockStop) error {
	switch {
	case !last.Running():
		return procedure.Refuse(procedure.Conflict, "already_so", "该事项的计时没有中止")
	case last.FollowsID != "" && k.actor.Role.Human():
		return procedure.Refuse(procedure.Conflict, "stopped_with_campaign", "计时随所属行动中止，请恢复该行动")
	}
	last.ResumedBy, last.ResumedAt = k.actor.UserID, &k.now
	if err := k.tx.Save(&last).Error; err != nil {
		return err
	}
	var others int64 // of a form: its own, or that of its campaign
	if err := k.tx.Model(&models.ClockStop{}).Where("case_id = ? AND approved AND resumed_at IS NULL", k.c.ID).Count(&others).Error; err != nil || others > 0 {
		return err
	}
	return k.stand(false)
}

// stand stops all clocks of the case, or lets them run on with the lost days added.
func (k *act) stand(still bool) error {
	rows, err := runningClocks(k.tx, k.c.ID)
	if err != nil {
		return err
	}
	if err := setFact(&k.c.Facts, models.Suspended, still); err != nil {
		return err
	}
	for i := range rows {
		k.e.pauseClock(&rows[i], still || pausedIn(k.d, rows[i].Code, k.c.State), k.policy, k.now)
		if err := k.moveDay(&rows[i]); err != nil {
			return err
		}
	}
	if err := k.e.saveClocks(k.tx, k.c, rows); err != nil {
		return err
	}
	return retask(k.tx, k.c)
}

// moveDay notes the last day of a clock that follows a fact, if days were lost.
func (k *act) moveDay(row *models.ClockRow) error {
	i := slices.IndexFunc(k.d.Clocks, func(c procedure.Clock) bool { return c.Code == row.Code })
	if i < 0 || k.d.Clocks[i].Until == "" || row.LostDays == 0 {
		return nil
	}
	fact := k.d.Clocks[i].Until
	return setFact(&k.c.Facts, models.MovedFact(fact), models.MovedDay{Set: k.c.Facts.Text(fact), Now: row.LastDay})
}

// Stops is the ledger of a case, oldest first.
func (e *Engine) Stops(ctx context.Context, caseID string) ([]models.ClockStop, error) {
	var out []models.ClockStop
	err := e.Store.DB.WithContext(ctx).Where("case_id = ?", caseID).Order("asked_at, id").Find(&out).Error
	if err != nil {
		return nil, fmt.Errorf("clock stops of %s: %w", caseID, err)
	}
	return out, nil
}
