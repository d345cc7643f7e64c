package models

import "time"

// CalendarLink is the private address of an account's calendar of deadlines; only
// the hash of its token is kept. An account has one at most.
type CalendarLink struct {
	UserID    string `gorm:"primaryKey"`
	TokenHash string
	CreatedAt time.Time
	FetchedAt *time.Time // when a calendar program last asked, to the minute
}
