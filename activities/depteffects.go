package activities

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/internal/cell"
	"shouwang/internal/deptlist"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// What has followed from a row.
const (
	effectNone        = "none"
	effectKnown       = "known" // it was known, or is being worked on
	effectNoReference = "no_reference"
	effectClue        = "clue"
	effectAlert       = "alert"
	effectCorrection  = "correction"
)

// deptHouseholds is how many households one transaction looks at.
const deptHouseholds = 50

// FinishDeptList does what follows from the rows of a list that has been read: for each household one clue at most, with
// all its reasons. It goes on where it stopped.
func (e *Engine) FinishDeptList(ctx context.Context, id string) (*models.DeptList, error) {
	for {
		var l *models.DeptList
		err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
			var err error
			if l, err = lockDeptList(tx, id); err != nil || l.State != models.DeptEffects {
				return err
			}
			return e.nextDeptHouseholds(tx, l)
		})
		if err != nil || l.State != models.DeptEffects {
			return l, err
		}
	}
}

// FinishDeptLists takes up lists whose effects were interrupted some time ago.
func (e *Engine) FinishDeptLists(ctx context.Context, since time.Time) error {
	var ids []string
	err := e.Store.DB.WithContext(ctx).Model(&models.DeptList{}).Where("state = ? AND updated_at < ?", models.DeptEffects, since).Order("id").Pluck("id", &ids).Error
	for _, id := range ids {
		if _, err := e.FinishDeptList(ctx, id); err != nil {
			return err
		}
	}
	return err
}

func (e *Engine) nextDeptHouseholds(tx *gorm.DB, l *models.DeptList) error {
	var ids []string
	err := tx.Model(&models.DeptRow{}).Where("list_id = ? AND state = ? AND household_id > ?", l.ID, models.RowCurrent, l.EffectsTo).
		Order("household_id").Distinct().Limit(deptHouseholds).Pluck("household_id", &ids).Error
	if err != nil {
		return err
	}
	if len(ids) > 0 {
		if err := e.deptEffects(tx, l, ids); err != nil {
			return fmt.Errorf("effects of list %s: %w", l.ID, err)
		}
		l.EffectsTo = ids[len(ids)-1]
	}
	if len(ids) < deptHouseholds {
		l.State = models.DeptDone
	}
	return e.saveDeptList(tx, l)
}

// told is a row with what it newly says.
type told struct {
	row         *models.DeptRow
	now, before map[string]string
	sign        deptlist.Sign
}

// deptEffects does what follows from the rows of a list about some households that have not been looked at yet.
func (e *Engine) deptEffects(tx *gorm.DB, l *models.DeptList, households []string) error {
	k, ok := deptlist.ByCode(l.Kind)
	if !ok {
		return fmt.Errorf("kind %s is not in this build", l.Kind)
	}
	rows, err := e.toldOf(tx, l, households)
	if err != nil {
		return err
	}
	var quiet []string
	loud := map[string][]*told{}
	for _, t := range rows {
		if t.before != nil && deptlist.Same(t.now, t.before) {
			l.Refreshed++
		}
		if deptlist.MaySign(k, t.now, t.before) {
			loud[t.row.HouseholdID] = append(loud[t.row.HouseholdID], t)
		} else {
			quiet = append(quiet, t.row.ID)
		}
	}
	if len(quiet) > 0 {
		if err := tx.Model(&models.DeptRow{}).Where("id IN ?", quiet).Update("effect", effectNone).Error; err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(loud)) {
		if err := e.deptHousehold(tx, l, k, id, loud[id]); err != nil {
			return err
		}
	}
	return nil
}

// deptHousehold does what follows for one household.
func (e *Engine) deptHousehold(tx *gorm.DB, l *models.DeptList, k *deptlist.Kind, id string, rows []*told) error {
	if err := lockHousehold(tx, id); err != nil {
		return err
	}
	r, err := e.record(tx, id)
	if err != nil {
		return err
	}
	x := consequences{e: e, tx: tx, l: l, k: k, h: &r.household, now: e.Clock.Now()}
	if x.s, err = e.resolve(tx, r.household.RegionCode, x.now); err != nil {
		return err
	}
	for _, t := range rows {
		t.row.Effect = effectNone
		t.sign = deptlist.Signs(k, t.now, t.before, knownOf(r, t.row.PersonID), int64(x.s.Int("dept_expense_fen")))
	}
	if r.household.Status != "household_cancelled" {
		err = x.follow(rows, r)
	}
	for _, t := range rows {
		if err == nil {
			err = tx.Model(t.row).Select("effect", "case_id").Updates(t.row).Error
		}
	}
	return err
}

// toldOf reads the rows about households with what they take the place of.
func (e *Engine) toldOf(tx *gorm.DB, l *models.DeptList, households []string) ([]*told, error) {
	var rows []models.DeptRow
	err := tx.Where("list_id = ? AND household_id IN ? AND state = ? AND effect = ''", l.ID, households, models.RowCurrent).Order("household_id, line").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, r := range rows {
		if r.BeforeID != "" {
			ids = append(ids, r.BeforeID)
		}
	}
	before := map[string]map[string]string{}
	if len(ids) > 0 {
		var old []models.DeptRow
		if err := tx.Where("id IN ?", ids).Find(&old).Error; err != nil {
			return nil, err
		}
		for i := range old {
			if before[old[i].ID], err = old[i].Values(e.Store.Vault); err != nil {
				return nil, err
			}
		}
	}
	var out []*told
	for i := range rows {
		t := &told{row: &rows[i], before: before[rows[i].BeforeID]}
		if t.now, err = rows[i].Values(e.Store.Vault); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// knownOf is what the register says of a household and one of its members.
func knownOf(r *record, person string) deptlist.Known {
	out := deptlist.Known{OutOfPoverty: r.household.BaseType == "out_of_poverty", HouseGrade: r.secret.House, Dibao: cell.Dibao(r.secret.Other)}
	for i, p := range r.people {
		s := r.secrets[i]
		out.Dibao = out.Dibao || cell.Dibao(s.Other)
		if p.ID == person {
			out.Disabled = s.Disability != "" && s.Disability != "无"
			out.SeriouslyIll = strings.Contains(s.Health, "大病")
		}
	}
	return out
}

// consequences of a list for one household.
type consequences struct {
	e   *Engine
	tx  *gorm.DB
	l   *models.DeptList
	k   *deptlist.Kind
	h   *models.Household
	s   policy.Snapshot
	now time.Time
}

func (x *consequences) follow(rows []*told, r *record) error {
	names := x.names(r)
	channel, reasons := "", []string{}
	var clue []*models.DeptRow
	for _, t := range rows {
		reason := names[t.row.PersonID] + t.sign.Reason
		switch t.sign.Call {
		case deptlist.Clue:
			t.row.Effect = effectClue
			clue = append(clue, t.row)
			if !slices.Contains(reasons, reason) {
				reasons = append(reasons, reason)
			}
			if channel != deptlist.DibaoOrHousing {
				channel = t.sign.Channel
			}
		case deptlist.Correction:
			if err := x.correct(t.row, reason); err != nil {
				return err
			}
		case deptlist.Alert:
			if err := x.burden(t); err != nil {
				return err
			}
		}
	}
	if len(clue) == 0 {
		return nil
	}
	text := fmt.Sprintf("%s（%s部门%s，数据截至%s）", strings.Join(reasons, "；"), x.k.DeptTitle(), x.k.Title, x.l.AsOf)
	c, err := x.e.openClue(x.tx, x.h, nil, channel, text, x.now)
	if err != nil {
		return err
	}
	x.l.Clues++
	for _, r := range clue {
		r.CaseID = c.ID
	}
	if x.k.Code == "uninsured" {
		return x.helpInsure(c, rows, reasons)
	}
	return nil
}

// helpInsure sends the members of a household who cannot pay for their basic insurance to the departments that help with
// it (S3-054), as measures that have been applied for: each department takes it up, delivers it and has it verified.
func (x *consequences) helpInsure(clue *models.Case, rows []*told, reasons []string) error {
	due := x.e.CalendarNow().Deadline(x.now, x.s.Days("premium_help_days"), 0).LastDay.String()
	for _, dept := range x.s.Strings("premium_departments") {
		c, err := x.e.open(x.tx, opening{procedure: "measure", parent: clue, dept: dept, household: x.h.ID, region: x.h.RegionCode, subject: x.h.HeadName,
			key: "premium:" + rows[0].row.ID + ":" + dept, actor: BySystem, now: x.now,
			form: map[string]any{"kind": "health", "content": "资助参加基本医疗保险（" + rows[0].now["year"] + "年度）", "amount": 0.0, "due": due, "plan_version": 1.0, "no": 1.0}})
		if err != nil {
			return err
		}
		d, err := definition(c)
		if err != nil {
			return err
		}
		// Nobody has to apply: the list says so itself.
		k, err := x.e.prepare(x.tx, c, d, "apply", ByProcedure, map[string]any{"request": strings.Join(reasons, "；") + "，请及时给予帮扶"}, x.now)
		if err != nil {
			return err
		}
		if _, err := x.e.take(k, "premium:"+c.ID, ""); err != nil {
			return err
		}
		if err := ask(x.tx, c.ID, "start", c.ID, "", x.now); err != nil {
			return err
		}
	}
	return nil
}

// names are those of the present members, as reasons begin with them; about the home they begin with nothing.
func (x *consequences) names(r *record) map[string]string {
	out := map[string]string{}
	if x.k.Household {
		return out
	}
	for _, p := range r.people {
		out[p.ID] = p.Name + "："
	}
	return out
}

// correct asks for a correction of the register by a data issue (2.13): who belongs to a household is changed by people.
func (x *consequences) correct(row *models.DeptRow, reason string) error {
	form := map[string]any{"source": "list_above", "rule": procedure.DataRuleListed, "list_no": fmt.Sprintf("%s部门%s（%s）第%d行", x.k.DeptTitle(), x.k.Title, x.l.AsOf, row.Line),
		"person_id": row.PersonID, "detail": reason}
	c, err := x.e.open(x.tx, opening{procedure: "data_issue", household: x.h.ID, region: x.h.RegionCode, subject: x.h.HeadName,
		key: "open:" + row.ID, actor: BySystem, now: x.now, form: form})
	if err != nil {
		return err
	}
	row.Effect, row.CaseID = effectCorrection, c.ID
	x.l.Corrections++
	return nil
}

// burden opens an alert when what the household has paid itself in the year, by all lists together, is above the ratio of
// the policy (S003 #12). It is opened once a year, and not while one is open.
func (x *consequences) burden(r *told) error {
	if !x.s.Has("disposable_income_fen") {
		r.row.Effect = effectNoReference
		return nil
	}
	own, alerted, err := x.e.medicalOf(x.tx, x.h.ID, r.now["year"])
	if err != nil {
		return err
	}
	f := policy.MedicalBurden(own, int64(x.s.Int("disposable_income_fen")), x.s)
	if f.Verdict != policy.VerdictYes {
		return nil
	}
	r.row.Effect = effectKnown
	k := &act{e: x.e, tx: x.tx, c: &models.Case{HouseholdID: x.h.ID}}
	if alerted || len(k.noOpen("medical_reassistance")) > 0 {
		return nil
	}
	year, _ := strconv.Atoi(r.now["year"]) // checked when the list was read
	form := map[string]any{"year": float64(year), "person_id": r.row.PersonID, "total_cost": float64(own), "basic_paid": 0.0, "serious_paid": 0.0, "aid_paid": 0.0,
		"situation": fmt.Sprintf("%s部门%s（数据截至%s）：%s", x.k.DeptTitle(), x.k.Title, x.l.AsOf, f.Reason)}
	c, err := x.e.open(x.tx, opening{procedure: "medical_reassistance", household: x.h.ID, region: x.h.RegionCode, subject: x.h.HeadName,
		key: "open:" + r.row.ID, actor: BySystem, now: x.now, form: form})
	if err != nil {
		return err
	}
	r.row.Effect, r.row.CaseID = effectAlert, c.ID
	x.l.Alerts++
	return ask(x.tx, c.ID, "start", c.ID, "", x.now)
}

// medicalOf is what a household has paid itself in a year, in fen, and whether an alert was given for it.
func (e *Engine) medicalOf(tx *gorm.DB, householdID, year string) (own int64, alerted bool, err error) {
	var rows []models.DeptRow
	if err := tx.Where("household_id = ? AND kind = ?", householdID, "medical_cost").Find(&rows).Error; err != nil {
		return 0, false, err
	}
	for i := range rows {
		values, err := rows[i].Values(e.Store.Vault)
		if err != nil {
			return 0, false, err
		}
		if values["year"] != year {
			continue
		}
		alerted = alerted || rows[i].Effect == effectAlert
		if rows[i].State == models.RowCurrent {
			own += deptlist.Fen(values, "own")
		}
	}
	return own, alerted, nil
}

// DecideDept is somebody's answer to a doubt: the same person as a candidate, none of them, or not to be said.
type DecideDept struct {
	ID, Decision, PersonID, Note, UserID string
	ExpectedSeq                          int
}

// DecideDeptMatch records an answer, for this list and for later ones that name somebody the same way, and does what
// follows from the rows that waited for it. An answer is final: a wrong list is put right by a correction list.
func (e *Engine) DecideDeptMatch(ctx context.Context, d DecideDept) (*models.DeptMatch, error) {
	var m models.DeptMatch
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := models.Locked(tx).Where("id = ?", d.ID).Take(&m).Error; err != nil {
			return err
		}
		if m.Decision != "" || m.Seq != d.ExpectedSeq {
			return procedure.Refuse(procedure.Conflict, "already_decided", "这一条已由他人核对，请刷新")
		}
		c, err := e.candidate(ctx, tx, &m, d)
		if err != nil {
			return err
		}
		now := e.Clock.Now()
		m.Decision, m.PersonID, m.Note, m.DecidedBy, m.DecidedAt, m.Seq = d.Decision, d.PersonID, d.Note, d.UserID, &now, m.Seq+1
		if err := tx.Save(&m).Error; err != nil {
			return err
		}
		return e.deptDecided(tx, &m, c)
	})
	return &m, err
}

// candidate is the person who was chosen, still where the list saw him.
func (e *Engine) candidate(ctx context.Context, tx *gorm.DB, m *models.DeptMatch, d DecideDept) (*deptlist.Candidate, error) {
	if d.Decision != models.DeptSame {
		return nil, nil
	}
	refusal := procedure.Refuse(procedure.Invalid, "not_a_candidate", "请从列出的人员中选择仍在册的一人", procedure.FieldFault{Field: "person_id", Code: "not_a_candidate", Message: "请从列出的人员中选择"})
	if !slices.Contains(m.Candidates, d.PersonID) {
		return nil, refusal
	}
	found, err := (&deptlist.Register{DB: tx, Vault: e.Store.Vault, Region: m.Area}).ByID(ctx, []string{d.PersonID})
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, refusal
	}
	return &found[0], nil
}

// deptDecided takes up the rows that waited. Those of somebody outside the register are forgotten and only counted.
func (e *Engine) deptDecided(tx *gorm.DB, m *models.DeptMatch, c *deptlist.Candidate) error {
	if m.Decision == models.DeptUnknown {
		return nil
	}
	var rows []models.DeptRow
	if err := tx.Where("match_id = ? AND state = ?", m.ID, models.RowReview).Order("as_of, id").Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		l, err := lockDeptList(tx, rows[i].ListID)
		if err != nil {
			return err
		}
		l.Doubtful--
		if c == nil {
			l.Outside++
			err = tx.Delete(&rows[i]).Error
		} else {
			l.Matched++
			err = e.adopt(tx, l, &rows[i], c)
		}
		if err != nil {
			return err
		}
		if err := e.saveDeptList(tx, l); err != nil {
			return err
		}
	}
	return nil
}

// adopt puts a row that waited in its place.
func (e *Engine) adopt(tx *gorm.DB, l *models.DeptList, row *models.DeptRow, c *deptlist.Candidate) error {
	k, ok := deptlist.ByCode(l.Kind)
	if !ok {
		return fmt.Errorf("kind %s is not in this build", l.Kind)
	}
	values, err := row.Values(e.Store.Vault)
	if err != nil {
		return err
	}
	read := &deptlist.Row{Values: values}
	p := placing{e: e, tx: tx, l: l, k: k, now: e.Clock.Now()}
	if err := p.load([]*deptlist.Row{read}, []deptlist.Match{{Outcome: deptlist.Matched, Person: c}}); err != nil {
		return err
	}
	p.place(row, c, read.Slot(k))
	if len(p.replaced) > 0 {
		if err := tx.Model(&models.DeptRow{}).Where("id IN ?", p.replaced).Update("state", models.RowReplaced).Error; err != nil {
			return err
		}
	}
	if err := tx.Save(row).Error; err != nil || row.State != models.RowCurrent || l.State != models.DeptDone && c.Person.HouseholdID > l.EffectsTo {
		return err // what is still to be done for the list does this household too
	}
	return e.deptEffects(tx, l, []string{c.Person.HouseholdID})
}
