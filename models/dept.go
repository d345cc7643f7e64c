package models

import (
	"encoding/json"
	"time"
)

// DeptMapping is a version of how the columns of a department's list are read in an area: field by heading.
type DeptMapping struct {
	ID         string `gorm:"primaryKey"`
	RegionCode string
	Dept       string
	Kind       string
	Version    int
	Columns    map[string]string `gorm:"serializer:json"`
	CreatedBy  string
	CreatedAt  time.Time
}

// States of a list: its rows are being read, what follows from them is being done, all is done.
const (
	DeptReading = "reading"
	DeptEffects = "effects"
	DeptDone    = "done"
)

// DeptList is a list that a department has sent, as it was imported (S004 S4-013). AsOf, 2006-01-02, is the day the department's
// data are of; Corrects is the list that this one takes the place of. Persons outside the register are only counted.
type DeptList struct {
	ID         string `gorm:"primaryKey"`
	RegionCode string
	Dept       string
	Kind       string
	File       string
	SHA256     string `gorm:"column:sha256"`
	AsOf       string
	Mapping    map[string]string `gorm:"serializer:json"`
	Corrects   string
	State      string
	Rows       int
	// ReadRows rows have been read, and the effects are done up to the household EffectsTo: an import that was
	// interrupted goes on there.
	ReadRows  int
	EffectsTo string

	Matched, Doubtful, Outside, Rejected int
	// Refreshed rows repeat what was known, Older ones are of a day before what is known.
	Refreshed, Older           int
	Clues, Alerts, Corrections int
	CreatedBy                  string
	CreatedAt                  time.Time
	UpdatedAt                  time.Time `gorm:"autoUpdateTime:false"` // by the clock of the cases
}

// Decisions about a doubt; "" while it is open.
const (
	DeptSame    = "same"
	DeptNotSame = "not_same"
	DeptUnknown = "unknown"
)

// DeptMatch is a doubt whether a row of a list means somebody of the register, and what a person has decided.
// Candidates are ids of persons; RegionCode is the area that has all of them, Area that of the list.
type DeptMatch struct {
	ID         string `gorm:"primaryKey"`
	MatchKey   string // blind index of how the list names him
	IndexKey   uint32 // number of the key that it is under
	Area       string
	RegionCode string
	ListID     string
	Line       int
	Reason     string
	Sealed     []byte   // DeptWho as JSON
	Candidates []string `gorm:"serializer:json"`
	Decision   string
	PersonID   string
	Note       string
	DecidedBy  string
	DecidedAt  *time.Time
	Seq        int
	CreatedAt  time.Time
}

// DeptWho is a person as a list names him (P2).
type DeptWho struct {
	Name     string `json:"name"`
	IDNo     string `json:"id_no,omitempty"`
	Birth    string `json:"birth,omitempty"`
	Village  string `json:"village,omitempty"`
	Township string `json:"township,omitempty"`
}

// SetWho seals who is meant, named so.
func (m *DeptMatch) SetWho(v *Vault, w DeptWho, named string) error {
	raw, err := json.Marshal(w)
	if err != nil {
		return err
	}
	k := v.writing()
	m.Sealed, m.MatchKey, m.IndexKey = v.Seal("dept_matches", "sealed", m.ID, raw), k.text(named), k.id
	return nil
}

// Who opens who is meant.
func (m *DeptMatch) Who(v *Vault) (DeptWho, error) {
	var w DeptWho
	err := unseal(v, "dept_matches", m.ID, m.Sealed, &w)
	return w, err
}

// States of a row: in force, waiting for a decision, replaced by a newer one, older than what was known when it came,
// withdrawn by a correction.
const (
	RowCurrent   = "current"
	RowReview    = "review"
	RowReplaced  = "replaced"
	RowOlder     = "older"
	RowWithdrawn = "withdrawn"
)

// DeptRow is a row of a list about somebody of the register: list, line and the day the data are of, its values sealed
// (P3, P4). FactKey is the print of person, kind and slot; BeforeID the row that this one took the place of; Effect
// what followed, "" until it has been looked at.
type DeptRow struct {
	ID          string `gorm:"primaryKey"`
	ListID      string
	Line        int
	Sheet       string
	Kind        string
	AsOf        string
	State       string
	MatchID     string
	PersonID    string
	HouseholdID string
	FactKey     string
	BeforeID    string
	Effect      string
	CaseID      string
	Sealed      []byte // values by field as JSON
	CreatedAt   time.Time
}

// SetValues seals the values.
func (r *DeptRow) SetValues(v *Vault, values map[string]string) error {
	raw, err := json.Marshal(values)
	if err != nil {
		return err
	}
	r.Sealed = v.Seal("dept_rows", "sealed", r.ID, raw)
	return nil
}

// Values opens the values.
func (r *DeptRow) Values(v *Vault) (map[string]string, error) {
	var out map[string]string
	err := unseal(v, "dept_rows", r.ID, r.Sealed, &out)
	return out, err
}
