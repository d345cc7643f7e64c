package models

import "time"

// VisitDuty says that the duty of a rule was made for a household and a period.
type VisitDuty struct {
	HouseholdID string `gorm:"primaryKey"`
	Duty        string `gorm:"primaryKey"` // code of the visit rule
	Period      string `gorm:"primaryKey"` // such as 2026-10 or 2026Q4
	CaseID      string
}

// VisitText is what tells whether a visit record was copied from another.
type VisitText struct {
	CaseID      string `gorm:"primaryKey"`
	HouseholdID string
	VisitorID   string
	TextHash    string // keyed hash of the plain text
	Sketch      []byte // sealed JSON of policy.Sketch; nil for a short text
	// Flag is same or near, or empty; LikeCaseID the record it is like.
	Flag       string
	LikeCaseID string
	At         time.Time
}
