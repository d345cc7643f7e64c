package models

import (
	"time"

	"shouwang/procedure"
)

// Engagement lets an auditor look (3.2): at cases of some areas and kinds, from one day to another, on a written basis.
type Engagement struct {
	ID     string `gorm:"primaryKey"`
	No     string
	UserID string // the auditor, or who asks for the city
	CaseID string // the one case that the city has asked for in writing, "" for an auditor
	Title  string
	Basis  string
	// Areas are region codes; Procedures the kinds of cases, none for all.
	Areas      []string `gorm:"serializer:json"`
	Procedures []string `gorm:"serializer:json"`
	// FromDay and UntilDay, both included, are 2006-01-02.
	FromDay  string
	UntilDay string
	// RegionCode is the area of the office that gave it.
	RegionCode string
	GivenBy    string
	GivenRole  procedure.Role
	GivenAt    time.Time
	EndedAt    *time.Time // when it was taken back before its last day
	EndedBy    string
}

// EngagementSample is some cases of an engagement, drawn at random. Seed and the hash of all ids it was drawn from let
// anybody draw it again.
type EngagementSample struct {
	ID           string `gorm:"primaryKey"`
	EngagementID string
	Procedure    string // "" for all
	Village      string // "" for all
	OpenedBefore time.Time
	Seed         string // a uint64, as a text: no JSON number holds it
	Size         int
	Population   int
	// PopulationHash is the SHA-256, in hex, over the sorted ids, each followed by a line feed.
	PopulationHash string
	CaseIDs        []string `gorm:"serializer:json"`
	DrawnBy        string
	DrawnAt        time.Time
}

// EventText is the keyed hash of a long text of an act, without names, digits and punctuation.
type EventText struct {
	EventID     string `gorm:"primaryKey"`
	Field       string `gorm:"primaryKey"`
	CaseID      string
	HouseholdID string
	Mark        int64
}

// RecordText is the same of a form record as it is now; of a form about a place, of a row that names a household. Line is the row of a table, from 1; 0 for what is in none.
type RecordText struct {
	RecordID    string `gorm:"primaryKey"`
	Field       string `gorm:"primaryKey"`
	Line        int    `gorm:"primaryKey;autoIncrement:false"`
	ActID       string // in which it was written
	HouseholdID string
	Mark        int64
}

// AuditCase is a case that an evidence package or a replay was asked for; the run is an Export or an AuditReplay. Append-only.
type AuditCase struct {
	RunID  string `gorm:"primaryKey"`
	CaseID string `gorm:"primaryKey"`
}

// States of a replay from the desk.
const (
	ReplayWaiting   = "waiting"
	ReplayRunning   = "running"
	ReplayDone      = "done"
	ReplayFailed    = "failed"
	ReplayCancelled = "cancelled"
)

// AuditReplay is a replay of many cases that an auditor has asked for: of their records, by the definitions, and of their
// workflow histories. What was done up to Cursor, the last case, is kept when a server stops. Code says why one has failed.
type AuditReplay struct {
	ID           string `gorm:"primaryKey"`
	No           string
	EngagementID string
	UserID       string
	Choice       map[string]any `gorm:"serializer:json"`
	State        string
	Code         string
	Total        int
	Done         int
	Events       int
	Histories    int // workflow histories replayed
	Missing      int // not archived yet and not to be had
	Bad          int // cases and histories that do not hold
	Cursor       string
	BusyMillis   int64 // how long servers have worked at it
	CreatedAt    time.Time
	StartedAt    *time.Time
	EndedAt      *time.Time
}

// AuditReplayFault is one thing that a replay has found.
type AuditReplayFault struct {
	ReplayID string `gorm:"primaryKey"`
	N        int    `gorm:"primaryKey;autoIncrement:false"`
	CaseID   string
	Seq      int // 0 for a workflow history, or the whole case
	Fault    string
}
