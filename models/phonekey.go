package models

import "time"

// PhoneKey is what the offline data of an account is sealed with on its phones: a phone keeps it only while its owner is
// signed in, so that what was not sent yet outlives a lapsed session without being readable to whoever finds the phone.
type PhoneKey struct {
	UserID    string `gorm:"primaryKey"`
	Sealed    []byte // the key, at phone_keys, sealed, UserID
	CreatedAt time.Time
}
