package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"shouwang/models"
	"shouwang/procedure"
)

func init() {
	guards[procedure.GuardProgramme] = programmeKnown
	hooks["join_programme"] = joinProgramme
}

// programmeNo is the number of the programme that a problem belongs to: of its form
// while it is being opened, of its facts afterwards.
func (k *act) programmeNo() string {
	if no := strings.TrimSpace(text(k.form, "programme_no")); no != "" {
		return no
	}
	return strings.TrimSpace(k.c.Facts.Text("programme_no"))
}

// programme is the programme of a problem, nil when it belongs to none.
func (k *act) programme() (*models.Programme, error) {
	number := k.programmeNo()
	if number == "" {
		return nil, nil
	}
	var p models.Programme
	err := k.tx.Where("no = ?", number).Take(&p).Error
	if models.Missing(err) {
		return nil, nil
	}
	return &p, err
}

// programmeKnown: the programme named exists, covers the place, and does not list the
// same problem yet.
func programmeKnown(k *act) []procedure.FieldFault {
	if k.asking || k.programmeNo() == "" {
		return nil
	}
	p, err := k.programme()
	if err != nil {
		return failed(err)
	}
	if p == nil || !strings.HasPrefix(k.c.RegionCode, p.RegionCode) {
		return no("programme_no", "programme_unknown", "没有这一编号的整改方案，或者它不覆盖本地")
	}
	var n int64
	key := ProblemKey(k.c.RegionCode, k.c.HouseholdID, text(k.form, "brief"))
	if err := k.tx.Model(&models.ProgrammeProblem{}).Where("programme_id = ? AND row_key = ?", p.ID, key).Count(&n).Error; err != nil {
		return failed(err)
	}
	if n > 0 {
		return no("brief", "problem_listed", "该方案已列有同一对象的这一问题")
	}
	return nil
}

// ProblemKey tells the problems of a programme apart: the same words about the same
// subject are the same problem.
func ProblemKey(region, household, brief string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%s", region, household, strings.Join(strings.Fields(brief), "")))
	return hex.EncodeToString(sum[:16])
}

func joinProgramme(k *act) error {
	p, err := k.programme()
	if p == nil || err != nil {
		return err
	}
	return k.tx.Create(&models.ProgrammeProblem{CaseID: k.c.ID, ProgrammeID: p.ID, JoinedAt: k.now,
		RowKey: ProblemKey(k.c.RegionCode, k.c.HouseholdID, k.c.Facts.Text("brief"))}).Error
}

// Redate moves the limit of a problem that is due before an event of its programme
// to where the programme now has it, as an act on the case. It answers false when
// there is nothing to move. The workflow must then look again.
func (e *Engine) Redate(ctx context.Context, caseID, key string, actor Actor) (bool, error) {
	c, err := e.Case(ctx, caseID)
	if err != nil {
		return false, err
	}
	k := &act{e: e, tx: e.Store.DB.WithContext(ctx), c: c, now: e.Clock.Now()}
	day, err := k.eventDue()
	if err != nil || day == "" || day == c.Facts.Text("due_on") {
		return false, err
	}
	form := map[string]any{"due_event": c.Facts.Text("due_event"), "due_on": day, "before": c.Facts.Text("due_on")}
	_, err = e.side(ctx, caseID, "redate", "redate", key, actor, form, func(k *act) error {
		day, err := k.eventDue()
		if err != nil || day == "" {
			return err
		}
		if err := setFact(&k.c.Facts, "due_on", day); err != nil {
			return err
		}
		if err := e.moveClocks(k.tx, k.c, k.d, k.c.State, k.c.State, k.now); err != nil {
			return err
		}
		return retask(k.tx, k.c)
	})
	return err == nil, err
}

// eventDue is the last day before the event that an open problem waits for, "" when
// it waits for none.
func (k *act) eventDue() (string, error) {
	if k.c.ClosedAt != nil || k.c.State == "closed" || k.c.State == "lookback" || k.c.Facts.Text("due_kind") != procedure.DueBeforeEvent {
		return "", nil
	}
	day, err := k.beforeEvent(k.c.Facts.Text("due_event"))
	return day.String(), err
}

// BeforeEvents are the open problems of a programme that are due before one of its events.
func (e *Engine) BeforeEvents(ctx context.Context, programmeID string) ([]string, error) {
	var cases []models.Case
	err := e.Store.DB.WithContext(ctx).Joins("JOIN programme_problems ON programme_problems.case_id = cases.id").
		Where("programme_problems.programme_id = ? AND cases.closed_at IS NULL", programmeID).Order("cases.id").Find(&cases).Error
	var out []string
	for _, c := range cases {
		if c.Facts.Text("due_kind") == procedure.DueBeforeEvent {
			out = append(out, c.ID)
		}
	}
	return out, err
}
