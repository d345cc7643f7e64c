package activities

import (
	"fmt"
	"maps"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// effects carries out the consequences of an act in its transaction. What
// concerns another durable case is put into the outbox.
func (e *Engine) effects(k *act, list []procedure.Effect) error {
	for _, ef := range list {
		if d, ok := procedure.Latest(ef.Procedure); ef.Kind == procedure.OpenCase && ok && d.OnePerHousehold {
			if err := lockHousehold(k.tx, k.c.HouseholdID); err != nil {
				return err
			}
		}
		if ef.If.Name != "" && len(k.run(ef.If)) > 0 {
			continue
		}
		if err := e.effect(k, ef); err != nil {
			return err
		}
	}
	return nil
}

func (e *Engine) effect(k *act, ef procedure.Effect) error {
	switch ef.Kind {
	case procedure.OpenCase:
		return e.openChildren(k, ef)
	case procedure.Tell:
		return e.tell(k, ef)
	case procedure.SetHousehold:
		return e.setHousehold(k, ef.Event)
	case procedure.Publish:
		return e.publish(k)
	case procedure.Prolong:
		return e.prolong(k)
	case procedure.TakeDown:
		return k.tx.Model(&models.PublicNotice{}).Where("case_id = ? AND taken_down IS NULL", k.c.ID).Update("taken_down", k.now).Error
	case procedure.MoveCase:
		k.c.RegionCode = k.c.Facts.Text("target_village")
		return nil
	case procedure.RunHook:
		return hooks[ef.Hook](k)
	}
	return fmt.Errorf("no such effect %q", ef.Kind)
}

func (e *Engine) openChildren(k *act, ef procedure.Effect) error {
	parent := k.c
	if ef.To == procedure.ToParent {
		p, err := take(k.tx, k.c.ParentID)
		if err != nil {
			return err
		}
		parent = p
	}
	table := k.form
	if ef.RowsOf != "" {
		var err error
		if table, err = e.lastForm(k.tx, k.c.ID, ef.RowsOf); err != nil {
			return err
		}
	}
	for _, s := range k.seeds(ef, parent, table) {
		child, err := e.open(k.tx, opening{
			procedure: ef.Procedure, parent: parent, dept: s.dept, household: parent.HouseholdID, region: parent.RegionCode, subject: parent.Subject,
			key: "open:" + k.c.ID, actor: ByProcedure, now: k.now, facts: s.facts,
		})
		if err != nil {
			return err
		}
		if isInline(child) { // it has no workflow to be started
			continue
		}
		if err := ask(k.tx, k.c.ID, "start", child.ID, "", k.now); err != nil {
			return err
		}
	}
	return nil
}

// seed is what tells one of several children from the others.
type seed struct {
	dept  string
	facts models.Facts
}

// seeds are the children that an effect opens: one, or one for each department,
// number or row of a table of a form. Rows are numbered as well, from 1.
func (k *act) seeds(ef procedure.Effect, parent *models.Case, form map[string]any) []seed {
	var out []seed
	switch {
	case ef.Each != "":
		for _, dept := range k.policy.Strings(ef.Each) {
			out = append(out, seed{dept, parent.Facts})
		}
	case ef.Count != "":
		for n := range k.policy.Int(ef.Count) {
			out = append(out, seed{parent.Dept, with(parent.Facts, map[string]any{"no": n + 1})})
		}
	case ef.Rows != "":
		for i, row := range tableOf(form, ef.Rows) {
			out = append(out, seed{text(row, "dept"), with(with(parent.Facts, row), map[string]any{"no": i + 1})})
		}
	default:
		out = []seed{{parent.Dept, parent.Facts}}
	}
	return out
}

// with is facts with more values.
func with(facts models.Facts, more map[string]any) models.Facts {
	out := models.Facts{Values: maps.Clone(facts.Values)}
	for _, code := range sortedKeys(more) {
		_ = setFact(&out, code, more[code]) // came as JSON, goes as JSON
	}
	return out
}

func ask(tx *gorm.DB, from, kind, target, event string, now time.Time) error {
	return tx.Create(&models.Outbox{ID: models.NewID(), CaseID: from, Kind: kind, TargetID: target, Event: event, CreatedAt: now}).Error
}

// tell puts an event for other cases into the outbox.
func (e *Engine) tell(k *act, ef procedure.Effect) error {
	q := k.tx.Model(&models.Case{})
	switch ef.To {
	case procedure.ToSelf:
		return ask(k.tx, k.c.ID, "tell", k.c.ID, ef.Event, k.now)
	case procedure.ToParent:
		q = q.Where("id = ? AND procedure = ?", k.c.ParentID, ef.Procedure)
	case procedure.ToChildren:
		q = q.Where("parent_id = ? AND procedure = ? AND closed_at IS NULL", k.c.ID, ef.Procedure)
	case procedure.ToHousehold:
		q = q.Where("household_id = ? AND procedure = ? AND closed_at IS NULL AND id <> ?", k.c.HouseholdID, ef.Procedure, k.c.ID)
	default:
		return fmt.Errorf("no such target %q", ef.To)
	}
	var ids []string
	if err := q.Order("id").Pluck("id", &ids).Error; err != nil {
		return err
	}
	for _, id := range ids {
		// The clue that opened an identification is not one to be merged into it.
		if id == k.c.ParentID && ef.To == procedure.ToHousehold {
			continue
		}
		if err := ask(k.tx, k.c.ID, "tell", id, ef.Event, k.now); err != nil {
			return err
		}
	}
	return nil
}

// setHousehold moves the status of the household (2.17) in the same transaction.
func (e *Engine) setHousehold(k *act, event string) error {
	if err := lockHousehold(k.tx, k.c.HouseholdID); err != nil {
		return err
	}
	st, err := e.householdStatus(k)
	if err != nil {
		return err
	}
	d, err := definition(st)
	if err != nil {
		return err
	}
	inner, err := e.prepare(k.tx, st, d, event, ByProcedure, nil, k.now)
	if err != nil {
		return err
	}
	if _, err := e.take(inner, fmt.Sprintf("%s:%d:%s", k.c.ID, k.c.Seq, event), ""); err != nil {
		return err
	}
	if len(inner.ev.Effects) > 0 { // this case passes on what follows from the status
		err := k.tx.Model(&models.Outbox{}).Where("case_id = ? AND done_at IS NULL", st.ID).Update("case_id", k.c.ID).Error
		if err != nil {
			return err
		}
	}
	return k.tx.Model(&models.Household{}).Where("id = ?", k.c.HouseholdID).Updates(map[string]any{"status": st.State, "updated_at": k.now}).Error
}

// householdStatus is the status record of the household. A household whose wrong
// admission was revoked begins a new one; one that is gone does not come back.
func (e *Engine) householdStatus(k *act) (*models.Case, error) {
	var st models.Case
	err := models.Locked(k.tx).Where("household_id = ? AND procedure = ?", k.c.HouseholdID, "household_status").
		Order("opened_at DESC, id DESC").Take(&st).Error
	if err != nil && !models.Missing(err) {
		return nil, err
	}
	if err == nil && st.State != "revoked" {
		return &st, nil
	}
	return e.open(k.tx, opening{
		procedure: "household_status", household: k.c.HouseholdID, region: k.c.RegionCode, subject: k.c.Subject,
		key: "open:" + k.c.HouseholdID, actor: ByProcedure, now: k.now,
	})
}

// prolong shows the days lost to an interruption on the public sheet.
func (e *Engine) prolong(k *act) error {
	rows, err := runningClocks(k.tx, k.c.ID)
	if err != nil {
		return err
	}
	var notices []models.PublicNotice
	if err := k.tx.Where("case_id = ? AND taken_down IS NULL", k.c.ID).Find(&notices).Error; err != nil {
		return err
	}
	for _, r := range rows {
		for i := range notices {
			if r.Code != "window" {
				continue
			}
			if now := period(notices[i].PostedAt, r.LastDay); notices[i].Sheet["period"] != now {
				notices[i].Sheet["period"] = now
				if err := k.tx.Save(&notices[i]).Error; err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// period is the time of a notice as its sheet shows it.
func period(from time.Time, last string) string {
	return fmt.Sprintf("%s 至 %s", policy.DateOf(from), last)
}

// publish puts the sheet on the public page of the village: whitelisted answers
// only. A notice stays until its window is over and a result for announce_days.
func (e *Engine) publish(k *act) error {
	n := models.PublicNotice{ID: models.NewID(), CaseID: k.c.ID, RegionCode: k.c.RegionCode, PostedAt: k.now, Phone: text(k.form, "phone")}
	days := "notice_days"
	if k.c.Procedure == "village_notice" {
		sheet, err := e.lastForm(k.tx, k.c.ID, "submit_draft")
		if err != nil {
			return err
		}
		n.ID, n.Kind, n.Title, n.Sheet = models.NoticeID(k.c.ID), "notice", "村级公示", sheet
	} else {
		n.Kind, n.Title, days = "announcement", "认定结果公告", "announce_days"
		n.Sheet = map[string]any{"head_name": k.c.Subject, "proposal": "纳入防止返贫监测对象", "unit": text(k.form, "unit")}
		if k.c.Procedure == "risk_elimination" {
			n.Title, n.Sheet["proposal"] = "风险消除公告", "消除返贫致贫风险"
		}
	}
	deadline := e.CalendarNow().Deadline(k.now, k.policy.Days(days), 0)
	n.UntilAt = deadline.Due.UTC()
	if err := k.nameOnSheet(n.Sheet); err != nil {
		return err
	}
	n.Sheet["period"] = period(k.now, deadline.LastDay.String())
	if n.Kind == "notice" {
		n.UntilAt = models.FarFuture // its own timer ends it, lost days included
	}
	return k.tx.Create(&n).Error
}

// nameOnSheet names no minor on a notice, whatever its draft says.
func (k *act) nameOnSheet(sheet map[string]any) error {
	if k.c.HouseholdID == "" {
		return nil
	}
	h, err := household(k.tx, k.c.HouseholdID)
	if err == nil {
		sheet["head_name"] = h.OnNotice(text(sheet, "head_name"))
	}
	return err
}

// lastForm is the form sent with the last event of that name.
func (e *Engine) lastForm(tx *gorm.DB, caseID, event string) (map[string]any, error) {
	var ev models.CaseEvent
	err := tx.Where("case_id = ? AND event = ? AND kind = ?", caseID, event, "event").Order("seq DESC").Take(&ev).Error
	if models.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return e.Payload(&ev)
}

func text(form map[string]any, code string) string {
	s, _ := form[code].(string)
	return s
}
