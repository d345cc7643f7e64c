package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// BadRecord is the first record of a case that does not hold.
type BadRecord struct {
	CaseID string `json:"case_id"`
	No     string `json:"no"`
	Seq    int    `json:"seq"`
	Fault  string `json:"fault"`
}

// Verdict is the result of verifying many cases.
type Verdict struct {
	Cases  int         `json:"cases"`
	Events int         `json:"events"`
	Files  int         `json:"files"` // how many stored files were read
	Bad    []BadRecord `json:"bad"`
}

// orphans finds records whose case has been removed.
func (e *Engine) orphans(ctx context.Context, v *Verdict) error {
	var ids []string
	err := e.Store.DB.WithContext(ctx).Raw("SELECT DISTINCT case_id FROM case_events WHERE NOT EXISTS (SELECT 1 FROM cases WHERE cases.id = case_events.case_id) ORDER BY case_id").Scan(&ids).Error
	for _, id := range ids {
		v.Bad = append(v.Bad, BadRecord{CaseID: id, Fault: "事项已被删除，只剩办理记录"})
	}
	return err
}

// payloadFault opens the form of an act; nil stands for one that was erased by law, of
// which the hash stands.
func (e *Engine) payloadFault(ev *models.CaseEvent) (raw []byte, fault string) {
	if ev.Payload == nil {
		return nil, ""
	}
	raw, err := e.Store.Vault.Open("case_events", "payload", ev.ID, ev.Payload)
	if err != nil {
		return nil, "表单内容无法解密或已被替换"
	}
	if PayloadHash(ev.Salt, raw) != ev.PayloadHash {
		return nil, "表单内容与其摘要不符"
	}
	return raw, ""
}

// replyHolds reports whether the reply kept for a retry is that to the act: the
// hash does not cover it, the act says it all.
func replyHolds(ev *models.CaseEvent) bool {
	if ev.ActorRole == procedure.Timer && ev.Kind != "event" {
		return true // a rung has no reply
	}
	var r Reply
	if json.Unmarshal(ev.Reply, &r) != nil {
		return false
	}
	return r.CaseID == ev.CaseID && r.Seq == ev.Seq && r.Step == ev.Step && r.State == ev.ToState && r.From == ev.FromState && r.At.Equal(ev.At)
}

// Events are the recorded acts of a case, oldest first.
func (e *Engine) Events(ctx context.Context, caseID string) ([]models.CaseEvent, error) {
	var events []models.CaseEvent
	err := e.Store.DB.WithContext(ctx).Where("case_id = ?", caseID).Order("seq").Find(&events).Error
	return events, err
}

// Folded is a case as its recorded acts tell it.
type Folded struct {
	Procedure string
	State     procedure.State
	// Former is the state before the last move, which some events return to.
	Former procedure.State
	// Version is that of the definition; only an act of its own changes it.
	Version int
	Step    int
	Seq     int
	At      time.Time
}

// Fold replays recorded acts through the definition of their version. The fault
// names the first act that the definition does not allow.
func Fold(events []models.CaseEvent) (Folded, *BadRecord) {
	var f Folded
	var m *procedure.Machine // of the version that is followed: to build one for each act was a sixth of a verification
	for i := range events {
		ev := &events[i]
		f.Seq, f.At = ev.Seq, ev.At
		if ev.Kind == "open" { // its event is the name of the procedure
			f.Procedure, f.State, f.Version, m = ev.Event, ev.ToState, ev.Version, nil
			continue
		}
		if ev.Kind == "migrate" {
			f.Version, m = ev.Version, nil
		}
		if ev.Version != f.Version {
			return f, &BadRecord{CaseID: ev.CaseID, Seq: ev.Seq, Fault: fmt.Sprintf("记录用第 %d 版流程，此前是第 %d 版", ev.Version, f.Version)}
		}
		if ev.Kind != "event" {
			continue
		}
		if fault := f.move(ev, &m); fault != "" {
			return f, &BadRecord{CaseID: ev.CaseID, Seq: ev.Seq, Fault: fault}
		}
	}
	return f, nil
}

func (f *Folded) move(ev *models.CaseEvent, m **procedure.Machine) string {
	if *m == nil || (*m).State() != f.State {
		d, ok := procedure.Lookup(f.Procedure, ev.Version)
		if !ok {
			return fmt.Sprintf("没有程序定义 %s@%d", f.Procedure, ev.Version)
		}
		*m = procedure.NewMachine(d, f.State)
	}
	to, err := (*m).Fire(ev.Event, f.Former)
	state := func(s procedure.State) string { return stateName(f.Procedure, ev.Version, s) }
	if err != nil {
		return fmt.Sprintf("按程序定义，“%s”不能从“%s”办理", eventName(f.Procedure, ev.Version, ev.Event), state(f.State))
	}
	if ev.FromState != f.State || ev.ToState != to {
		return fmt.Sprintf("记录为“%s”到“%s”，按程序定义应为“%s”到“%s”", state(ev.FromState), state(ev.ToState), state(f.State), state(to))
	}
	if to != f.State {
		f.Former = f.State
	}
	f.State, f.Step = to, f.Step+1
	return ""
}

// standing says in words where a case of a procedure stands. What no definition knows keeps its code.
func standing(name string, version int, s procedure.State) string {
	title := name
	if d, ok := procedure.Lookup(name, version); ok {
		title = d.Title
	}
	return title + "：" + stateName(name, version, s)
}

func stateName(name string, version int, s procedure.State) string {
	if d, ok := procedure.Lookup(name, version); ok {
		if st, known := d.State(s); known {
			return st.Title
		}
	}
	return string(s)
}

func eventName(name string, version int, code string) string {
	if d, ok := procedure.Lookup(name, version); ok {
		if ev, known := d.Event(code); known {
			return ev.Title
		}
	}
	return code
}

// Divergence is a case whose workflow does not stand where the database says.
type Divergence struct {
	CaseID    string `json:"case_id"`
	Procedure string `json:"procedure"`
	Kind      string `json:"kind"` // missing, leftover, behind
	Detail    string `json:"detail"`
}

// OpenCases lists the open durable cases after an id, for reconciliation.
func (e *Engine) OpenCases(ctx context.Context, after string, limit int) ([]models.Case, error) {
	var durable []string
	for _, d := range procedure.All {
		if d.Mode == procedure.Durable {
			durable = append(durable, d.Name)
		}
	}
	var cases []models.Case
	err := e.Store.DB.WithContext(ctx).Where("closed_at IS NULL AND procedure IN ? AND id > ?", durable, after).Order("id").Limit(limit).Find(&cases).Error
	return cases, err
}

// MarkStuck says why a case cannot go on by itself; "" clears it.
func (e *Engine) MarkStuck(ctx context.Context, caseID, why string) error {
	return e.Store.Tx(ctx, func(tx *gorm.DB) error {
		return tx.Model(&models.Case{}).Where("id = ?", caseID).Update("stuck", why).Error
	})
}
