package models

import "time"

// Grounds on which personal data must go (PIPL art. 47).
const (
	GroundWithdrawn = "withdrawn" // the authorization was withdrawn
	GroundExpired   = "expired"   // the period of retention is over
	GroundWrong     = "wrong"     // it is another person's, or was never needed
	GroundUnlawful  = "unlawful"  // it was collected against the law
)

// Decisions on an erasure.
const (
	ErasureApproved = "approved"
	ErasureRefused  = "refused"
)

// Erasure is that what is sealed about one person is to go: asked for by an office, decided by a second person of the
// county, carried out by command. What it was stands in it, and in the chain of every case that it has touched.
type Erasure struct {
	ID          string `gorm:"primaryKey"`
	Key         string
	HouseholdID string
	PersonID    string
	RegionCode  string
	Ground      string
	Reason      string   // the paper it rests on, no personal data
	Files       []string `gorm:"serializer:json"` // attachments that go as well
	AskedBy     string
	AskedRole   string
	AskedAt     time.Time
	Decision    string
	DecidedBy   string
	DecidedRole string
	DecidedAt   *time.Time
	Note        string
	DoneAt      *time.Time
	Erased      map[string]int `gorm:"serializer:json"` // how much went, by its place
}
