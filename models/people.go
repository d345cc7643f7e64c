package models

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
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

	HouseArea    *float64 `json:"house_area,omitempty"` // square metres
	Dangerous    *bool    `json:"dangerous,omitempty"`
	Repaired     *bool    `json:"repaired,omitempty"`
	MovedIn      *bool    `json:"moved_in,omitempty"`
	Relocated    *bool    `json:"relocated,omitempty"`
	Electricity  *bool    `json:"electricity,omitempty"`
	TV           *bool    `json:"tv,omitempty"`
	Toilet       *bool    `json:"toilet,omitempty"`
	ToiletUsable *bool    `json:"toilet_usable,omitempty"`
	RoadHardened *bool    `json:"road_hardened,omitempty"`
	RoadKm       *float64 `json:"road_km,omitempty"`
	// Land in mu.
	Arable         *float64 `json:"arable,omitempty"`
	Forest         *float64 `json:"forest,omitempty"`
	ReturnedForest *float64 `json:"returned_forest,omitempty"`
	Orchard        *float64 `json:"orchard,omitempty"`
	Pasture        *float64 `json:"pasture,omitempty"`
	Pond           *float64 `json:"pond,omitempty"`

	Water       WaterRecord  `json:"water,omitzero"`
	WholeAway   *bool        `json:"whole_away,omitempty"`
	LostContact *bool        `json:"lost_contact,omitempty"`
	NoLabour    *bool        `json:"no_labour,omitempty"`
	Contact     string       `json:"contact,omitempty"` // 监测联系人
	Supporter   string       `json:"supporter,omitempty"`
	LowIncome   string       `json:"low_income,omitempty"`
	CannotSolve *bool        `json:"cannot_solve_alone,omitempty"`
	Years       []IncomeYear `json:"years,omitempty"` // oldest first
}

// WaterRecord is what is recorded of a household's drinking water (S000); nil and "" are not recorded.
type WaterRecord struct {
	Litres       *float64 `json:"litres,omitempty"` // per person and day
	Piped        *bool    `json:"piped,omitempty"`
	Minutes      *float64 `json:"minutes,omitempty"`  // there and back
	Distance     *float64 `json:"distance,omitempty"` // metres, level
	Vertical     *float64 `json:"vertical,omitempty"` // metres, up or down
	ShortageDays *int     `json:"shortage_days,omitempty"`
	TestPassed   *bool    `json:"test_passed,omitempty"`
	LooksGood    *bool    `json:"looks_good,omitempty"`
}

// IncomeYear is the income of a household in a year, in fen; nil is not recorded. Total is the income as a ledger gives
// it in one column, of whatever concept.
type IncomeYear struct {
	Year              int    `json:"year"`
	Wage              *int64 `json:"wage,omitempty"`
	Production        *int64 `json:"production,omitempty"`
	Property          *int64 `json:"property,omitempty"`
	Transfer          *int64 `json:"transfer,omitempty"`
	ProductionExpense *int64 `json:"production_expense,omitempty"`
	OwnMedical        *int64 `json:"own_medical,omitempty"`
	PerHead           *int64 `json:"per_head,omitempty"`
	Total             *int64 `json:"total,omitempty"`
}

// IncomeOf is the record of a year, made in its place if there is none; it may be written to until the next call.
func (s *HouseholdSecret) IncomeOf(year int) *IncomeYear {
	i, found := slices.BinarySearchFunc(s.Years, year, func(y IncomeYear, year int) int { return y.Year - year })
	if !found {
		s.Years = slices.Insert(slices.Clone(s.Years), i, IncomeYear{Year: year})
	}
	return &s.Years[i]
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

	Certificate      string         `json:"certificate,omitempty"` // number of the disability certificate
	Schools          map[int]string `json:"schools,omitempty"`     // 在校生状况 by year
	NotInSchool      string         `json:"not_in_school,omitempty"`
	ResidentInsured  *bool          `json:"resident_insured,omitempty"`
	EmployeeInsured  *bool          `json:"employee_insured,omitempty"`
	SeriousIllness   *bool          `json:"serious_illness_insured,omitempty"`
	ResidentPension  *bool          `json:"resident_pension,omitempty"`
	EmployeePension  *bool          `json:"employee_pension,omitempty"`
	Dibao            *bool          `json:"dibao,omitempty"`
	Tekun            *bool          `json:"tekun,omitempty"`
	DoctorSigned     *bool          `json:"doctor_signed,omitempty"`
	TwoAfter         *bool          `json:"two_after,omitempty"` // 两后生
	Work             []WorkRecord   `json:"work,omitempty"`      // oldest first
	PublicPosts      *int           `json:"public_posts,omitempty"`
	PublicPostMonths *int           `json:"public_post_months,omitempty"`
}

// WorkRecord is one stretch of work away from the farm (务工). Days are 2006-01-02, Income is a month's in fen.
type WorkRecord struct {
	Started   string `json:"started,omitempty"`
	Ended     string `json:"ended,omitempty"` // "" while it lasts
	Place     string `json:"place,omitempty"`
	Company   string `json:"company,omitempty"`
	Industry  string `json:"industry,omitempty"`
	Channel   string `json:"channel,omitempty"`
	Income    *int64 `json:"income,omitempty"`
	Months    *int   `json:"months,omitempty"`
	OffCounty *bool  `json:"off_county,omitempty"`
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
func (h *Household) Secret(v *Vault) (s HouseholdSecret, err error) {
	err = h.SecretInto(v, &s)
	return s, err
}

// SecretInto opens the sealed part in its place, which is empty.
func (h *Household) SecretInto(v *Vault, s *HouseholdSecret) error {
	return unseal(v, "households", h.ID, h.Sealed, s)
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
func (p *Person) Secret(v *Vault) (s PersonSecret, err error) {
	err = p.SecretInto(v, &s)
	return s, err
}

// SecretInto opens the sealed part in its place, which is empty.
func (p *Person) SecretInto(v *Vault, s *PersonSecret) error {
	return unseal(v, "people", p.ID, p.Sealed, s)
}

func unseal(v *Vault, table, id string, sealed []byte, into any) error {
	if len(sealed) == 0 {
		return nil
	}
	raw := opened.Get().(*[]byte)
	defer opened.Put(raw)
	var err error
	if *raw, err = v.open((*raw)[:0], table, "sealed", id, sealed); err != nil {
		return fmt.Errorf("open %s %s: %w", table, id, err)
	}
	err = decode(*raw, into)
	clear(*raw)
	return err
}

// opened keeps memory for what is opened and decoded at once.
var opened = sync.Pool{New: func() any { return new([]byte) }}

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
