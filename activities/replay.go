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
	Bad    []BadRecord `json:"bad"`
}

const verifyBatch = 500

// Verify checks sequence, hashes, forms, stored state and facts of all cases, in batches,
// and names the first bad record of each case that does not hold.
func (e *Engine) Verify(ctx context.Context) (Verdict, error) {
	v := Verdict{Bad: []BadRecord{}}
	for last := ""; ; {
		var cases []models.Case
		if err := e.Store.DB.WithContext(ctx).Where("id > ?", last).Order("id").Limit(verifyBatch).Find(&cases).Error; err != nil {
			return v, err
		}
		if len(cases) == 0 {
			if err := e.orphans(ctx, &v); err != nil {
				return v, err
			}
			err := e.papersHold(ctx, &v)
			return v, err
		}
		for i := range cases {
			n, bad, err := e.VerifyCase(ctx, &cases[i])
			if err != nil {
				return v, err
			}
			v.Cases, v.Events = v.Cases+1, v.Events+n
			if bad != nil {
				v.Bad = append(v.Bad, *bad)
			}
		}
		last = cases[len(cases)-1].ID
	}
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

// VerifyCase checks one case and returns the number of its records. A case that moves
// on meanwhile is no fault: it is read and checked again.
func (e *Engine) VerifyCase(ctx context.Context, c *models.Case) (int, *BadRecord, error) {
	for {
		n, bad, err := e.verifyCase(ctx, c)
		if err != nil || bad == nil {
			return n, bad, err
		}
		var now models.Case
		err = e.Store.DB.WithContext(ctx).Where("id = ?", c.ID).Take(&now).Error
		if models.Missing(err) || err == nil && now.Seq <= c.Seq {
			return n, bad, nil
		}
		if err != nil {
			return n, nil, err
		}
		c = &now
	}
}

func (e *Engine) verifyCase(ctx context.Context, c *models.Case) (int, *BadRecord, error) {
	events, err := e.Events(ctx, c.ID)
	if err != nil {
		return 0, nil, err
	}
	bad := func(seq int, format string, a ...any) *BadRecord {
		return &BadRecord{CaseID: c.ID, No: c.No, Seq: seq, Fault: fmt.Sprintf(format, a...)}
	}
	prev, forms := "", make([][]byte, len(events))
	for i := range events {
		ev := &events[i]
		switch {
		case ev.Seq != i+1:
			return len(events), bad(i+1, "第 %d 号记录缺失", i+1), nil
		case ev.Prev != prev:
			return len(events), bad(ev.Seq, "与前一条记录不相连"), nil
		case EventHash(ev) != ev.Hash:
			return len(events), bad(ev.Seq, "记录内容与其摘要不符"), nil
		}
		raw, fault := e.payloadFault(ev)
		if fault != "" {
			return len(events), bad(ev.Seq, "%s", fault), nil
		}
		forms[i] = raw
		if fault, err = e.besideFault(ctx, ev); err != nil {
			return len(events), nil, err
		}
		if fault != "" {
			return len(events), bad(ev.Seq, "%s", fault), nil
		}
		if !replyHolds(ev) {
			return len(events), bad(ev.Seq, "答复与记录内容不符"), nil
		}
		prev = ev.Hash
	}
	f, foldFault := Fold(events)
	switch {
	case foldFault != nil:
		return len(events), bad(foldFault.Seq, "%s", foldFault.Fault), nil
	case c.Seq < len(events):
		return len(events), bad(c.Seq+1, "末尾记录多出：事项记为 %d 条，实有 %d 条", c.Seq, len(events)), nil
	case c.Seq > len(events) || c.HeadHash != prev:
		return len(events), bad(len(events)+1, "末尾记录缺失：事项记为 %d 条，实有 %d 条", c.Seq, len(events)), nil
	case f.Procedure != c.Procedure || f.State != c.State || f.Step != c.Step:
		return len(events), bad(len(events), "按记录推演应在“%s”，事项记为“%s”", f.State, c.State), nil
	}
	return len(events), factsFault(c, events, forms), nil
}

// besideFault says what is wrong with what an act has put beside the chain.
func (e *Engine) besideFault(ctx context.Context, ev *models.CaseEvent) (string, error) {
	switch ev.Kind {
	case "archive":
		return e.archiveFault(ctx, ev)
	case "attach":
		return e.attachFault(ctx, ev)
	case "paper":
		return e.paperFault(ctx, ev)
	}
	return "", nil
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
	for i := range events {
		ev := &events[i]
		f.Seq, f.At = ev.Seq, ev.At
		if ev.Kind == "open" { // its event is the name of the procedure
			f.Procedure, f.State, f.Version = ev.Event, ev.ToState, ev.Version
			continue
		}
		if ev.Kind == "migrate" {
			f.Version = ev.Version
		}
		if ev.Version != f.Version {
			return f, &BadRecord{CaseID: ev.CaseID, Seq: ev.Seq, Fault: fmt.Sprintf("记录用第 %d 版流程，此前是第 %d 版", ev.Version, f.Version)}
		}
		if ev.Kind != "event" {
			continue
		}
		if fault := f.move(ev); fault != "" {
			return f, &BadRecord{CaseID: ev.CaseID, Seq: ev.Seq, Fault: fault}
		}
	}
	return f, nil
}

func (f *Folded) move(ev *models.CaseEvent) string {
	d, ok := procedure.Lookup(f.Procedure, ev.Version)
	if !ok {
		return fmt.Sprintf("没有程序定义 %s@%d", f.Procedure, ev.Version)
	}
	to, err := procedure.NewMachine(d, f.State).Fire(ev.Event, f.Former)
	if err != nil {
		return fmt.Sprintf("按程序定义，“%s”不能从“%s”办理", ev.Event, f.State)
	}
	if ev.FromState != f.State || ev.ToState != to {
		return fmt.Sprintf("记录为“%s”到“%s”，按程序定义应为“%s”到“%s”", ev.FromState, ev.ToState, f.State, to)
	}
	if to != f.State {
		f.Former = f.State
	}
	f.State, f.Step = to, f.Step+1
	return ""
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
