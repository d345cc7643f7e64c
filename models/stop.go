package models

import (
	"time"

	"shouwang/procedure"
)

// ClockStop is one entry of the ledger of stopped clocks: who asked for it and on
// what ground, who decided, and when the clocks went on.
type ClockStop struct {
	ID        string `gorm:"primaryKey"`
	CaseID    string
	Cause     string // a code of the policy list stop_causes
	Basis     string // the law or order it rests on
	AskedBy   string
	AskedFor  string // the person away, when somebody who stands in asked
	AskedRole procedure.Role
	AskedAt   time.Time
	DecidedBy string
	DecidedAt *time.Time
	Approved  bool
	ResumedBy string
	ResumedAt *time.Time
	// FollowsID is the stop of another case that this one came with and ends with, as
	// those of forms with that of their campaign.
	FollowsID string
}

// Pending reports whether it waits for a decision.
func (s ClockStop) Pending() bool { return s.ID != "" && s.DecidedAt == nil }

// Running reports whether the clocks stand still because of it.
func (s ClockStop) Running() bool { return s.Approved && s.ResumedAt == nil }
