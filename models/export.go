package models

import (
	"time"

	"shouwang/procedure"
)

// States of an export.
const (
	ExportWaiting   = "waiting"
	ExportRunning   = "running"
	ExportReady     = "ready"
	ExportFailed    = "failed"
	ExportCancelled = "cancelled"
	ExportExpired   = "expired"
)

// Export is a list that somebody has taken out of the system (3.3): who, as what, why, with which filter, how many rows,
// and the file with its hash until it expires. Code says why one has failed. A server that writes it holds the lease.
type Export struct {
	ID         string `gorm:"primaryKey"`
	No         string
	UserID     string
	ForID      string
	Role       procedure.Role
	RegionCode string
	List       string
	Filter     map[string]any `gorm:"serializer:json"` // without what is looked for
	// SealedSearch is what is looked for.
	SealedSearch []byte
	Reason       string
	State        string
	Code         string
	Rows         int // or cases, of a package
	Total        int // rows, or cases of a package, that there are to be; 0 when that is not known
	Size         int64
	SHA256       string `gorm:"column:sha256"`
	LeaseUntil   *time.Time
	Attempts     int
	Downloads    int
	CreatedAt    time.Time
	FinishedAt   *time.Time
	ExpiresAt    *time.Time
}
