package models

import (
	"encoding/json"
	"fmt"
	"time"

	"shouwang/procedure"
)

// Region is a node of the area tree: 县 6 digits, 乡镇 9, 村 12.
type Region struct {
	Code   string `gorm:"primaryKey"`
	Parent string
	Level  string
	Name   string
	// Path is the full name from the county down, as lists show it.
	Path string
}

// User is an account of one person.
type User struct {
	ID           string `gorm:"primaryKey"`
	Login        string
	Name         string
	PasswordHash string
	Disabled     bool
	FailedLogins int
	LockedUntil  *time.Time
	CreatedAt    time.Time
}

// RoleGrant lets a user act in a role for an area and everything below it, for a
// department, or for one household.
type RoleGrant struct {
	ID          string `gorm:"primaryKey"`
	UserID      string
	Role        procedure.Role
	RegionCode  string
	Dept        string
	HouseholdID string
	ValidFrom   time.Time
	ValidTo     *time.Time
}

// Session is a signed-in browser; only the hash of its token is kept.
type Session struct {
	TokenHash string `gorm:"primaryKey"`
	UserID    string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	IP        string
	Agent     string
}

// Household is a family as the village knows it. Class P1 in the clear, the rest sealed.
type Household struct {
	ID         string `gorm:"primaryKey"`
	No         string // 户编号, unique
	RegionCode string // the village, 12 digits
	GroupName  string // 组
	HeadName   string
	HeadPinyin string // full pinyin without spaces
	HeadAbbr   string // pinyin initials
	Population int
	BaseType   string // ordinary 一般农户, out_of_poverty 脱贫户
	Status     procedure.State
	Sealed     []byte // HouseholdSecret as JSON
	PhoneMark  *int64 // keyed hash of its telephone number, written with the secret
	SourceHash string // hash of the ledger rows it came from; import compares it
	CreatedAt  time.Time
	UpdatedAt  time.Time
	RowVersion int
}

// HouseholdSecret is the sealed part of a household (P2, P3).
type HouseholdSecret struct {
	Phone   string            `json:"phone,omitempty"`
	Address string            `json:"address,omitempty"`
	Bank    string            `json:"bank,omitempty"`
	House   string            `json:"house_grade,omitempty"`
	Income  int64             `json:"income_fen,omitempty"`
	Other   map[string]string `json:"other,omitempty"`
}

// Person is a member of a household.
type Person struct {
	ID          string `gorm:"primaryKey"`
	HouseholdID string
	Ord         int // order in the household, head first
	Name        string
	IsHead      bool
	IDIndex     *string    // blind index of the identity number, unique
	Sealed      []byte     // PersonSecret as JSON
	PhoneMark   *int64     // keyed hash of the telephone number, written with the secret
	JoinedAt    *time.Time // by a member change; nil for members of the first register
	LeftAt      *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// PersonSecret is the sealed part of a person (P2, P3).
type PersonSecret struct {
	IDNo       string            `json:"id_no,omitempty"`
	Relation   string            `json:"relation,omitempty"`
	Sex        string            `json:"sex,omitempty"`
	BirthDate  string            `json:"birth_date,omitempty"`
	Ethnicity  string            `json:"ethnicity,omitempty"`
	Phone      string            `json:"phone,omitempty"`
	Education  string            `json:"education,omitempty"`
	School     string            `json:"school,omitempty"`
	Health     string            `json:"health,omitempty"`
	Disability string            `json:"disability,omitempty"`
	Labour     string            `json:"labour,omitempty"`
	Medical    string            `json:"medical,omitempty"`
	InReason   string            `json:"in_reason,omitempty"`
	OutReason  string            `json:"out_reason,omitempty"`
	Other      map[string]string `json:"other,omitempty"`
}

// SetSecret seals s into the household.
func (h *Household) SetSecret(v *Vault, s HouseholdSecret) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	h.Sealed, h.PhoneMark = v.Seal("households", "sealed", h.ID, raw), v.PhoneMark(s.Phone)
	return nil
}

// Secret opens the sealed part.
func (h *Household) Secret(v *Vault) (HouseholdSecret, error) {
	var s HouseholdSecret
	err := unseal(v, "households", h.ID, h.Sealed, &s)
	return s, err
}

// SetSecret seals s into the person.
func (p *Person) SetSecret(v *Vault, s PersonSecret) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	p.Sealed, p.PhoneMark = v.Seal("people", "sealed", p.ID, raw), v.PhoneMark(s.Phone)
	return nil
}

// Secret opens the sealed part.
func (p *Person) Secret(v *Vault) (PersonSecret, error) {
	var s PersonSecret
	err := unseal(v, "people", p.ID, p.Sealed, &s)
	return s, err
}

func unseal(v *Vault, table, id string, sealed []byte, into any) error {
	raw, err := v.Open(table, "sealed", id, sealed)
	if err != nil {
		return fmt.Errorf("open %s %s: %w", table, id, err)
	}
	if raw == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}

// AccessLog records who saw or unmasked which record, and why. Append-only.
type AccessLog struct {
	ID        string `gorm:"primaryKey"`
	At        time.Time
	UserID    string
	Role      string
	Action    string // read, unmask, export
	Table     string `gorm:"column:tbl"`
	RecordID  string
	Field     string
	Class     string
	Purpose   string
	RequestID string
	// ForID is the person whose office was lent to the one who looked, if it was.
	ForID string
}
