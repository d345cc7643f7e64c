package models

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
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
	// PasswordSetAt is when the password was chosen, nil for one as old as the account. MustChange marks a password that
	// somebody else has set: it opens nothing but the choice of another.
	PasswordSetAt *time.Time
	MustChange    bool
	EndsAt        *time.Time // the account is of no use from then on, whatever posts it has
	Area          string     // whose administrators keep it, "" for those of its posts
}

// InUse holds for accounts that are neither disabled nor at their end at a time, which is its argument.
const InUse = "NOT users.disabled AND (users.ends_at IS NULL OR users.ends_at > ?)"

// RoleGrant lets a user act in a role for an area and everything below it, for a
// department, or for one household.
type RoleGrant struct {
	ID          string `gorm:"primaryKey"`
	UserID      string
	Role        procedure.Role
	RegionCode  string
	Dept        string
	HouseholdID string
	GroupName   string // of the village, for the head of a group
	ValidFrom   time.Time
	ValidTo     *time.Time
	GrantedBy   string // the account that granted it, "" for the command line and what follows from a case
	// Kinds are the procedures it is for, none for all. The engagement of an auditor says so; no grant is stored with any.
	Kinds []string `gorm:"-"`
	// CaseID is the one case it is for, of a city office that has asked for it in writing.
	CaseID string `gorm:"-"`
	// Homes are the households of the group, looked up with each request.
	Homes []string `gorm:"-"`
}

// Session is a signed-in browser; only the hash of its token is kept.
type Session struct {
	TokenHash string `gorm:"primaryKey"`
	ID        string // by which its owner names it
	// Step is what is still to be done before it opens anything: second_factor, enrol or password.
	Step string
	// Via is how it was begun: ViaPassword or ViaOIDC.
	Via       string
	UserID    string
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	IP        string
	Agent     string
}

// How a session was begun.
const (
	ViaPassword = "password"
	ViaOIDC     = "oidc"
)

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
	IndexKey   uint32 // number of the key that PhoneMark is under
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
	Ord         int    // order in the household, head first
	Name        string // that of a child is sealed: opening the secret brings it back
	IsHead      bool
	IDIndex     *string    // blind index of the identity number, unique
	Sealed      []byte     // PersonSecret as JSON
	PhoneMark   *int64     // keyed hash of the telephone number, written with the secret
	IndexKey    uint32     // number of the key that the hashes are under
	JoinedAt    *time.Time // by a member change; nil for members of the first register
	LeftAt      *time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
	RegionCode  string `gorm:"->"` // that of the household, which the database sees to
	NamePinyin  string // how the name is spelled, that of a child as a keyed hash
	NameAbbr    string // its initials, none of a child

	others []string // what IDIndex is under the other keys that rows may bear
}

// PersonSecret is the sealed part of a person (P2, P3).
type PersonSecret struct {
	Name       string            `json:"name,omitempty"` // of a child, which stands nowhere else; SetSecret and Secret see to it
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
	k := v.writing()
	h.Sealed, h.PhoneMark, h.IndexKey = v.Seal("households", "sealed", h.ID, raw), k.phone(s.Phone), k.id
	return nil
}

// Secret opens the sealed part.
func (h *Household) Secret(v *Vault) (s HouseholdSecret, err error) {
	err = unseal(v, "households", h.ID, h.Sealed, &s)
	return s, err
}

// SetSecret seals s into the person, and with it the name of a child: what is known about one is of class P3. The row then
// bears a mark in place of the name. IDIndex, where there is one, is computed anew.
func (p *Person) SetSecret(v *Vault, s PersonSecret) error {
	keys := v.ring.Load().index
	k := keys[0]
	s.Name = ""
	child := s.child(time.Now())
	p.NamePinyin, p.NameAbbr = p.spelled(k, p.Name, child)
	if child {
		s.Name, p.Name = p.Name, k.name(p.Name)
	}
	if p.others = nil; p.IDIndex != nil && s.IDNo != "" {
		p.IDIndex = new(k.text(s.IDNo))
		for _, other := range keys[1:] {
			p.others = append(p.others, other.text(s.IDNo))
		}
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	p.Sealed, p.PhoneMark, p.IndexKey = v.Seal("people", "sealed", p.ID, raw), k.phone(s.Phone), k.id
	return nil
}

// Secret opens the sealed part.
func (p *Person) Secret(v *Vault) (s PersonSecret, err error) {
	err = unseal(v, "people", p.ID, p.Sealed, &s)
	p.named(&s)
	return s, err
}

// named gives a child its name back.
func (p *Person) named(s *PersonSecret) {
	if s.Name != "" {
		p.Name, s.Name = s.Name, ""
	}
}

// ChildAge is the age below which everything about a child is sensitive (PIPL art. 28).
const ChildAge = 14

// HeadName is what a household is called by whose head has that name. Of a child it is the surname and 某某: it stands in the
// clear in rows, lists and on public notices, which may name no minor (5.6).
func (s *PersonSecret) HeadName(name string) string {
	if r := []rune(name); len(r) > 0 && s.child(time.Now()) {
		return string(r[0]) + childsName
	}
	return name
}

const childsName = "某某"

// HeadIsChild reports whether a household is called by the surname of its head alone.
func (h *Household) HeadIsChild() bool { return strings.HasSuffix(h.HeadName, childsName) }

// OnNotice is what a notice calls the head of a household, whatever was written for it.
func (h *Household) OnNotice(written string) string {
	if h.HeadIsChild() {
		return h.HeadName
	}
	return written
}

// Born is the birth date, or that in the identity number, "" if neither is known.
func (s *PersonSecret) Born() string {
	if s.BirthDate == "" && len(s.IDNo) == 18 {
		return s.IDNo[6:10] + "-" + s.IDNo[10:12] + "-" + s.IDNo[12:14]
	}
	return s.BirthDate
}

// child reports whether the birth date, or that in the identity number, is that of a child.
func (s *PersonSecret) child(now time.Time) bool {
	return s.Born() > now.AddDate(-ChildAge, 0, 0).Format(time.DateOnly)
}

func unseal(v *Vault, table, id string, sealed []byte, into any) error {
	o := openers.Get().(*Opener)
	defer openers.Put(o)
	raw, err := o.open(v, table, id, sealed)
	if err != nil || len(raw) == 0 {
		return err
	}
	err = decodeOwn(string(raw), into)
	clear(raw)
	return err
}

// openers keep memory for what is opened and decoded at once.
var openers = sync.Pool{New: func() any { return new(Opener) }}

// Opener opens many secrets one after another through the same memory, for one who goes through the whole register. What
// it has opened shares memory, which is held as long as any of it.
type Opener struct {
	vault        *Vault
	place, plain []byte
	texts        textBlock
}

// Opener makes an opener of what the vault has sealed.
func (v *Vault) Opener() *Opener { return &Opener{vault: v} }

// Household opens the sealed part of a household into s.
func (o *Opener) Household(h *Household, s *HouseholdSecret) error {
	*s = HouseholdSecret{}
	return o.into("households", h.ID, h.Sealed, s)
}

// Person opens the sealed part of a person into s.
func (o *Opener) Person(p *Person, s *PersonSecret) error {
	*s = PersonSecret{}
	err := o.into("people", p.ID, p.Sealed, s)
	p.named(s)
	return err
}

func (o *Opener) into(table, id string, sealed []byte, s any) error {
	raw, err := o.open(o.vault, table, id, sealed)
	if err != nil || len(raw) == 0 {
		return err
	}
	return decodeOwn(o.texts.add(raw), s)
}

// open gives what was sealed, until it is called again; nothing sealed opens as nothing.
func (o *Opener) open(v *Vault, table, id string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 {
		return nil, nil
	}
	o.place = appendPlace(o.place[:0], table, "sealed", id)
	var err error
	if o.plain, err = v.open(o.plain[:0], o.place, sealed); err != nil {
		return nil, fmt.Errorf("open %s %s: %w", table, id, err)
	}
	return o.plain, nil
}

// AccessLog records who saw or unmasked which record, and why. Append-only.
type AccessLog struct {
	ID        string `gorm:"primaryKey"`
	At        time.Time
	UserID    string
	Role      string
	Action    string // read, unmask, export; sign_in and the like of accounts, whose Field is a mark of the address and Purpose the reason
	Table     string `gorm:"column:tbl"`
	RecordID  string
	Field     string
	Class     string
	Purpose   string
	RequestID string
	// ForID is the person whose office was lent to the one who looked, if it was.
	ForID string
	// CaseID and HouseholdID are whose record it was, as far as it belongs to one.
	CaseID      string
	HouseholdID string
	// TokenID is the token by which a machine looked in the person's name, "" for the person himself.
	TokenID string
}
