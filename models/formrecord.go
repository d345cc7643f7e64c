package models

import (
	"encoding/json"
	"time"
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
}

// FormRecordAct is one thing that was done to a record, with the answers as they were then. Append-only.
type FormRecordAct struct {
	ID         string `gorm:"primaryKey"`
	RecordID   string
	RowVersion int
	Action     string // create, save, finish, check, void, attach
	Key        string
	ActorID    string
	ActorRole  string
	ForID      string
	Note       []byte // sealed
	Answers    []byte // sealed
	At         time.Time
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
	act.Answers, act.Note = v.Seal("form_record_acts", "answers", act.ID, raw), v.Seal("form_record_acts", "note", act.ID, []byte(note))
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
		if err := json.Unmarshal(raw, x.into); err != nil {
			return err
		}
	}
	return nil
}

// Open reads the answers and the note of an act.
func (a *FormRecordAct) Open(v *Vault) (answers map[string]any, note string, err error) {
	raw, err := v.Open("form_record_acts", "answers", a.ID, a.Answers)
	if err != nil {
		return nil, "", err
	}
	if err := json.Unmarshal(raw, &answers); err != nil {
		return nil, "", err
	}
	words, err := v.Open("form_record_acts", "note", a.ID, a.Note)
	return answers, string(words), err
}
