package models

import "time"

// UsedPassword is the hash of a password that an account has or had, so that it is not taken again too soon.
type UsedPassword struct {
	ID     string `gorm:"primaryKey"`
	UserID string
	Hash   string
	SetAt  time.Time
}

// SecondFactor is the shared secret of an account and the app on its owner's telephone (TOTP, RFC 6238).
type SecondFactor struct {
	UserID string `gorm:"primaryKey"`
	Sealed []byte // the secret, at second_factors, sealed, UserID
	// LastStep is the time step of the last code that was taken: none is taken twice.
	LastStep    int64
	CreatedAt   time.Time
	ConfirmedAt *time.Time // until then it guards nothing
}

// RecoveryCode stands in for a code of the app, once. It has 120 random bits, so that a plain hash keeps it.
type RecoveryCode struct {
	Hash   string `gorm:"primaryKey"`
	UserID string
	UsedAt *time.Time
}

// APIToken lets a program act for an account within scopes; only the hash of the token is kept.
type APIToken struct {
	ID        string `gorm:"primaryKey"`
	UserID    string
	Name      string
	Hash      string
	Scopes    []string `gorm:"serializer:json"`
	CreatedAt time.Time
	ExpiresAt time.Time
	UsedAt    *time.Time // to the minute
	RevokedAt *time.Time
}

// ExternalIdentity says which account a person of a provider of identities (OpenID Connect) signs in to.
type ExternalIdentity struct {
	Issuer    string `gorm:"primaryKey"`
	Subject   string `gorm:"primaryKey"`
	UserID    string
	CreatedBy string
	CreatedAt time.Time
}
