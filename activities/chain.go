package activities

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"

	"gorm.io/gorm"

	"shouwang/internal/evidence"
	"shouwang/models"
)

// ActOf is a recorded act as it is hashed.
func ActOf(ev *models.CaseEvent) evidence.Act {
	return evidence.Act{
		Case: ev.CaseID, Seq: ev.Seq, Step: ev.Step, Kind: ev.Kind, Event: ev.Event, From: string(ev.FromState), To: string(ev.ToState),
		Actor: ev.ActorID, Name: ev.ActorName, Role: string(ev.ActorRole), Org: ev.ActorOrg, Behalf: ev.OnBehalf,
		For: ev.ForID, ForName: ev.ForName, At: evidence.Moment(ev.At), Key: ev.Key, Version: ev.Version, Policy: ev.PolicyHash,
		Payload: ev.PayloadHash, Prev: ev.Prev,
	}
}

// EventHash is the SHA-256, in hex, over the canonical bytes of an act, which
// include the hash of the act before it.
func EventHash(ev *models.CaseEvent) string {
	act := ActOf(ev)
	return evidence.Hash(&act)
}

// PayloadHash covers the form of an act and its salt, without which a short form
// could be guessed from its hash.
func PayloadHash(salt string, payload []byte) string { return evidence.FormHash(salt, payload) }

// append records an act at the head of the chain of c, which it moves on.
func (e *Engine) append(tx *gorm.DB, c *models.Case, ev *models.CaseEvent, form map[string]any) error {
	if err := e.link(c, ev, form); err != nil {
		return err
	}
	models.TouchCases(tx, c)
	return models.Insert(tx, ev)
}

// link gives an act its place at the head of the chain of c, still to be stored.
func (e *Engine) link(c *models.Case, ev *models.CaseEvent, form map[string]any) error {
	c.Seq++
	ev.ID, ev.CaseID, ev.Seq, ev.Step = models.NewID(), c.ID, c.Seq, c.Step
	ev.Version, ev.PolicyHash, ev.Prev = c.Version, c.PolicyHash, c.HeadHash
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails since Go 1.24
	ev.Salt = hex.EncodeToString(salt)
	payload, err := payloadOf(form)
	if err != nil {
		return err
	}
	ev.PayloadHash = PayloadHash(ev.Salt, payload)
	ev.Payload = e.Store.Vault.Seal("case_events", "payload", ev.ID, payload)
	ev.Hash = EventHash(ev)
	c.HeadHash = ev.Hash
	return nil
}

// payloadOf is a form as it is kept and hashed.
func payloadOf(form map[string]any) ([]byte, error) {
	if len(form) == 0 {
		return []byte("{}"), nil
	}
	return json.Marshal(form)
}

// Payload opens the form of a recorded act.
func (e *Engine) Payload(ev *models.CaseEvent) (map[string]any, error) {
	raw, err := e.Store.Vault.Open("case_events", "payload", ev.ID, ev.Payload)
	if err != nil || raw == nil {
		return nil, err
	}
	var form map[string]any
	err = json.Unmarshal(raw, &form)
	return form, err
}
