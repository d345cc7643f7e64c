package models

import (
	"time"
)

// States of a bulk job: it is looked at, waits for a person's word, is done, and has ended.
const (
	BulkChecking  = "checking"
	BulkReady     = "ready"
	BulkRunning   = "running"
	BulkDone      = "done"
	BulkCancelled = "cancelled"
)

// States of its rows: waiting to be looked at, ready to be done, and what came of them.
const (
	RowWaiting = "waiting"
	RowReady   = "ready"
	RowDone    = "done"
	RowSkipped = "skipped"
	RowFailed  = "failed"
)

// BulkJob is one act on all tasks that a filter chose at a moment, in somebody's name. A server that works on it holds the lease.
type BulkJob struct {
	ID         string `gorm:"primaryKey"`
	UserID     string
	Action     string         // claim, release, reassign, fire
	Event      string         // what is fired
	AssigneeID string         // to whom tasks are given
	Filter     map[string]any `gorm:"serializer:json"` // without what is looked for
	// SealedSearch is what is looked for.
	SealedSearch []byte
	State        string
	Total        int
	LeaseUntil   *time.Time
	CreatedAt    time.Time
	StartedAt    *time.Time
	EndedAt      *time.Time
}

// BulkRow is one task of a job. Code and Message say why it is skipped or has failed; a reason may tell of the household and is sealed.
type BulkRow struct {
	ID      string `gorm:"primaryKey"`
	JobID   string
	No      int
	TaskID  string
	State   string
	Code    string
	Message []byte
}

// SetMessage seals a reason.
func (r *BulkRow) SetMessage(v *Vault, text string) {
	if r.Message = nil; text != "" {
		r.Message = v.Seal("bulk_rows", "message", r.ID, []byte(text))
	}
}

// Reason opens it.
func (r *BulkRow) Reason(v *Vault) (string, error) {
	raw, err := v.Open("bulk_rows", "message", r.ID, r.Message)
	return string(raw), err
}
