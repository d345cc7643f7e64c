package models

import "time"

// ResidentMonth is what a member of a resident team did in a month (2.16). Append-only:
// of several for the same person, village and month the one with the highest Seq counts.
type ResidentMonth struct {
	ID         string `gorm:"primaryKey"`
	UserID     string
	RegionCode string
	Month      string // "2006-01"
	Seq        int
	Key        string
	Days       int // in the village
	// LongPlan and AnnualPlan: the team has them and carries them out.
	LongPlan        bool
	AnnualPlan      bool
	AccidentInsured bool
	IllnessInsured  bool
	// TasksDone: what the monthly prompt lists is done.
	TasksDone  bool
	Note       string
	RecordedBy string
	RecordedAt time.Time
}
