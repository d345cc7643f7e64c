package models

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"
)

// States of a form record. A final one is never changed; a mistake is voided and filled in anew.
const (
	RecordDraft = "draft"
	RecordFinal = "final"
	RecordVoid  = "void"
)

// FormRecord is one filled form outside the procedures: F1 to F7, the sheets of the annexes, ledgers. The answers and what
// is computed from them are sealed. Of a form there is one for each subject, unit, period and campaign.
type FormRecord struct {
	ID      string `gorm:"primaryKey"`
	Form    string
	Version int
	// SubjectKind and SubjectID are a household and its id, or a region and its code; Subject is its name in the clear.
	SubjectKind string
	SubjectID   string
	Subject     string
	RegionCode  string // where it belongs, for the gate
	Period      string // "2026", "2026-11" or ""
	CampaignID  string
	Unit        string // the department or the working group of the place that it is about, "" for the whole place
	CaseID      string
	State       string
	PolicyHash  string // the policy it was begun under
	CollectorID string // who asked (谁采集)
	EnteredBy   string // who typed last (谁录入)
	ReviewerID  string // another person
	ReviewedAt  *time.Time
	Answers     []byte
	Computed    []byte
	RowVersion  int
	CreatedAt   time.Time
	UpdatedAt   time.Time `gorm:"autoUpdateTime:false"`
	FinishedAt  *time.Time
	TextsMarked bool // its long texts are in RecordText
}

// FormRecordAct is one thing that was done to a record, with the answers as they were then. Append-only.
type FormRecordAct struct {
	ID         string `gorm:"primaryKey"`
	RecordID   string
	RowVersion int
	Action     string // create, save, finish, check, void, attach, erase
	Key        string
	ActorID    string
	ActorRole  string
	ForID      string
	Note       []byte // sealed
	Answers    []byte // sealed
	At         time.Time
	// PayloadHash covers the answers, the note and, of the first act, what the record is about. It stands when these are
	// erased; Salt goes with them.
	Salt        string
	PayloadHash string
}

// Sum is the hash over what an act on r says.
func (a *FormRecordAct) Sum(r *FormRecord, answers, note []byte) string {
	about := []any{}
	if a.RowVersion == 1 { // none of it changes afterwards
		about = []any{r.Form, r.Version, r.SubjectKind, r.SubjectID, r.RegionCode, r.Period, r.CampaignID, r.Unit, r.CaseID, r.PolicyHash, r.CollectorID}
	}
	raw, err := json.Marshal([]any{a.Salt, string(answers), string(note), about})
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// Texts are the answers, as JSON, and the note of an act, empty where they had to go.
func (a *FormRecordAct) Texts(v *Vault) (answers, note []byte, err error) {
	if answers, err = v.Open("form_record_acts", "answers", a.ID, a.Answers); err != nil {
		return nil, nil, err
	}
	note, err = v.Open("form_record_acts", "note", a.ID, a.Note)
	return answers, note, err
}

// Seal seals the answers of a record and what is computed from them, for the record and for the act.
func (r *FormRecord) Seal(v *Vault, act *FormRecordAct, answers, computed any, note string) error {
	raw, err := json.Marshal(answers)
	if err != nil {
		return err
	}
	values, err := json.Marshal(computed)
	if err != nil {
		return err
	}
	r.Answers, r.Computed = v.Seal("form_records", "answers", r.ID, raw), v.Seal("form_records", "computed", r.ID, values)
	act.Seal(v, r, raw, []byte(note))
	return nil
}

// Seal seals what an act on r says.
func (a *FormRecordAct) Seal(v *Vault, r *FormRecord, answers, note []byte) {
	a.Answers, a.Note = v.Seal("form_record_acts", "answers", a.ID, answers), v.Seal("form_record_acts", "note", a.ID, note)
	a.Salt = hex.EncodeToString(random(16))
	a.PayloadHash = a.Sum(r, answers, note)
}

// SumFormActs gives the acts on forms that were made before acts had sums their own, so that they can be sealed.
func (s *Store) SumFormActs(ctx context.Context) error {
	for {
		var acts []FormRecordAct
		err := s.DB.WithContext(ctx).Where("payload_hash = ''").Order("id").Limit(resealBatch).Find(&acts).Error
		if err != nil || len(acts) == 0 {
			return err
		}
		if err := s.Tx(ctx, func(tx *gorm.DB) error { return s.sumActs(tx, acts) }); err != nil {
			return err
		}
	}
}

func (s *Store) sumActs(tx *gorm.DB, acts []FormRecordAct) error {
	for i := range acts {
		a := &acts[i]
		answers, note, err := a.Texts(s.Vault)
		if err != nil {
			return fmt.Errorf("act %s on a form: %w", a.ID, err)
		}
		var r FormRecord
		if err := tx.Omit("answers", "computed").Where("id = ?", a.RecordID).Take(&r).Error; err != nil {
			return err
		}
		if len(answers) > 0 { // of what is erased already there is nothing to guess
			a.Salt = hex.EncodeToString(random(16))
		}
		err = tx.Model(&FormRecordAct{}).Where("id = ? AND payload_hash = ''", a.ID).UpdateColumns(map[string]any{"salt": a.Salt, "payload_hash": a.Sum(&r, answers, note)}).Error
		if err != nil {
			return err
		}
	}
	return nil
}

// Open reads the answers and what was computed from them.
func (r *FormRecord) Open(v *Vault, answers, computed any) error {
	for column, x := range map[string]struct {
		sealed []byte
		into   any
	}{"answers": {r.Answers, answers}, "computed": {r.Computed, computed}} {
		raw, err := v.Open("form_records", column, r.ID, x.sealed)
		if err != nil {
			return err
		}
		if len(raw) == 0 { // it had to go
			continue
		}
		if err := json.Unmarshal(raw, x.into); err != nil {
			return err
		}
	}
	return nil
}

// Open reads the answers and the note of an act.
func (a *FormRecordAct) Open(v *Vault) (answers map[string]any, note string, err error) {
	raw, words, err := a.Texts(v)
	if err != nil || len(raw) == 0 { // it had to go
		return nil, "", err
	}
	err = json.Unmarshal(raw, &answers)
	return answers, string(words), err
}
