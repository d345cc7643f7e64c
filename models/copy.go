package models

import "time"

// CaseCopy tells somebody of an act on a case that he has not to act on himself (抄送).
type CaseCopy struct {
	ID     string `gorm:"primaryKey"`
	CaseID string
	Seq    int // of the act that he is told of
	UserID string
	FromID string // who told him, "" when the procedure says so
	At     time.Time
	ReadAt *time.Time
}

// UsualOpinion is an opinion that somebody writes often, in his own words.
type UsualOpinion struct {
	UserID string `gorm:"primaryKey"`
	Place  int    `gorm:"primaryKey;autoIncrement:false"`
	Body   string
}
