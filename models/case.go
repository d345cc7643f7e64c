package models

import (
	"crypto/sha256"
	"encoding/json"
	"slices"
	"time"

	"github.com/oklog/ulid/v2"
	"gorm.io/gorm"

	"shouwang/procedure"
)

// FarFuture stands for "no date" where rows are ordered by a date.
var FarFuture = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// Case is one running or ended procedure about one subject. Only Engine.Commit
// and its kin in package activities change it.
type Case struct {
	ID          string `gorm:"primaryKey"`
	No          string
	Procedure   string
	Version     int
	State       procedure.State
	FormerState procedure.State
	// Step counts transitions, Seq all recorded acts; StepSeq is the Seq of the
	// last transition. What somebody saw is stale once Seq seen < StepSeq.
	Step        int
	Seq         int
	StepSeq     int
	HeadHash    string
	HouseholdID string
	// Subject is what lists show: the head's name, class P1.
	Subject    string
	RegionCode string
	// OtherRegion is the village a member is to go to, while it has a say.
	OtherRegion string
	Dept        string
	ParentID    string
	Facts       Facts `gorm:"serializer:json"`
	Returns     int
	PolicyHash  string
	OpenedBy    string
	OpenedAt    time.Time
	UpdatedAt   time.Time  `gorm:"autoUpdateTime:false"` // by the clock of the cases
	DueAt       time.Time  // the earliest running limit, FarFuture without one
	WakeAt      *time.Time // when the workflow must look again
	ClosedAt    *time.Time
	// SoloKey enforces one open case per household and procedure.
	SoloKey *string
	// Stuck says why a case cannot go on by itself, in words for the operator.
	Stuck string

	stored Values // the row as TakeCase has read it
}

// TakeCase reads one case, to be changed and written by SaveCase. Nobody else may
// change it meanwhile when tx is Locked.
func TakeCase(tx *gorm.DB, id string) (*Case, error) {
	var c Case
	if err := tx.Where("id = ?", id).Take(&c).Error; err != nil {
		return nil, err
	}
	return &c, c.Remember(tx)
}

// Remember notes the row as it is stored now, for SaveCase.
func (c *Case) Remember(tx *gorm.DB) (err error) {
	c.stored, err = ValuesOf(tx, c)
	return err
}

// SaveCase writes what has changed of a case since TakeCase, or all of one that was
// read or made otherwise.
func SaveCase(tx *gorm.DB, c *Case) error {
	if c.stored == nil {
		return tx.Save(c).Error
	}
	if err := SaveChanges(tx, c, c.stored); err != nil {
		return err
	}
	return c.Remember(tx)
}

// Facts are what later steps and guards need to know about a case: answers
// marked as facts, who did what, and how often. Never personal data beyond P1;
// persons are named by account id.
type Facts struct {
	Values map[string]json.RawMessage `json:"values,omitempty"`
	// By lists the accounts in whose name each event was fired or signed, without
	// repeats; Hands those of the substitutes who did it for them.
	By    map[string][]string `json:"by,omitempty"`
	Hands map[string][]string `json:"hands,omitempty"`
	// Count says how often each event was fired.
	Count map[string]int `json:"count,omitempty"`
	// At is when each event was last fired.
	At map[string]time.Time `json:"at,omitempty"`
}

// Value reads one fact into v and reports whether there is one.
func (f *Facts) Value(code string, v any) bool {
	raw, ok := f.Values[code]
	return ok && json.Unmarshal(raw, v) == nil
}

// Text is a fact that is a string, or "".
func (f *Facts) Text(code string) string {
	var s string
	f.Value(code, &s)
	return s
}

// Yes is a fact that is a boolean, or false.
func (f *Facts) Yes(code string) bool {
	var b bool
	f.Value(code, &b)
	return b
}

// Suspended is the fact that the clocks of a case stand still.
const Suspended = "suspended"

// MovedDay tells where a last day that a fact has set has gone by the days for which its clock stood still.
type MovedDay struct {
	Set string `json:"set"`
	Now string `json:"now"`
}

// MovedFact is the fact with the MovedDay of another one.
func MovedFact(fact string) string { return fact + "_moved" }

// LastDay is the last day that a fact sets, "2006-01-02", with the days added for which its clock stood still; "" without
// one.
func (c *Case) LastDay(fact string) string {
	day := c.Facts.Text(fact)
	var m MovedDay
	if c.Facts.Value(MovedFact(fact), &m) && m.Set == day {
		return m.Now
	}
	return day
}

// Late reports whether a problem has not been handed in although its last day was over before today, "2006-01-02". It is
// not while its clock stands still: the days of the pause are added when that ends.
func (c *Case) Late(today string) bool {
	due := c.LastDay("due_on")
	return due != "" && due < today && slices.Contains(procedure.NotHandedIn, c.State) && !c.Facts.Yes(Suspended)
}

// CaseEvent is one recorded act on a case: append-only, numbered without gaps,
// each hashed over the one before it.
type CaseEvent struct {
	ID     string `gorm:"primaryKey"`
	CaseID string
	Seq    int
	Step   int
	// Kind: open and event move the case; endorse, claim, release, reassign, attach, paper,
	// rung, stop_request, stop_refuse, suspend, resume, archive, rebuild, rule_found, rule_changed,
	// rule_clean, rule_again, survey_found and erase do not;
	// migrate takes it to another version of its procedure, repolicy to the policy in force.
	Kind      string
	Event     string
	FromState procedure.State
	ToState   procedure.State
	ActorID   string
	ActorName string
	ActorRole procedure.Role
	ActorOrg  string
	OnBehalf  bool
	// ForID and ForName are those of the person the actor stood in for, if he did.
	ForID      string
	ForName    string
	At         time.Time
	Key        string
	Version    int
	PolicyHash string
	// Payload is the form as JSON, sealed; PayloadHash covers salt and form, so
	// that the form may be erased one day without breaking the chain.
	Payload     []byte
	Salt        string
	PayloadHash string
	Prev        string
	Hash        string
	Reply       json.RawMessage `gorm:"serializer:json"`
	RunID       string
}

// Submission is a form that was sent in, kept before the event is fired so that
// workflow histories carry its id only.
type Submission struct {
	ID        string `gorm:"primaryKey"`
	CaseID    string
	Key       string
	Event     string
	BodyHash  string
	Body      []byte // sealed JSON
	CreatedAt time.Time
}

// Task is an entry in an inbox: a case waits for somebody with a role.
type Task struct {
	ID         string `gorm:"primaryKey"`
	CaseID     string
	Step       int
	Procedure  string
	State      procedure.State
	Role       procedure.Role
	Queue      string // role@region[/dept]
	RegionCode string
	Subject    string
	AssigneeID string
	DueAt      time.Time
	OpenedAt   time.Time
	ClosedAt   *time.Time
	ClosedBy   string
}

// Queue is the inbox of a role for an area, and a department if there is one.
func Queue(role procedure.Role, region, dept string) string {
	q := string(role) + "@" + region
	if dept != "" {
		q += "/" + dept
	}
	return q
}

// ClockRow is one run of one time limit of a case: the ledger of section 2.0.
type ClockRow struct {
	ID          string `gorm:"primaryKey"`
	CaseID      string
	Code        string
	Run         int // how often this clock was started before, plus one
	StartedAt   time.Time
	AnchorAt    time.Time
	Budget      json.RawMessage `gorm:"serializer:json"` // policy.Budget
	Ladder      string
	LostDays    int
	LostUntil   string // the last day counted as lost, 2006-01-02
	LastDay     string // 2006-01-02
	DueAt       time.Time
	Provisional bool
	PausedAt    *time.Time
	StoppedAt   *time.Time
	// NextNo and NextAt are the rung to fire next; NextAt nil means none.
	LastNo int
	NextAt *time.Time
	// FireAt is when to try the events of the clock; nil once tried or without any.
	FireAt *time.Time
}

// TableName of ClockRow.
func (ClockRow) TableName() string { return "clocks" }

// ClockRung is a rung that has fired: once per clock and number.
type ClockRung struct {
	ClockID string `gorm:"primaryKey"`
	No      int    `gorm:"primaryKey"`
	CaseID  string
	Action  string
	Level   string
	At      time.Time
	FiredAt time.Time
}

// Endorsement is a signature under an event that is about to be fired, by a
// person other than the one who fires it.
type Endorsement struct {
	ID       string `gorm:"primaryKey"`
	CaseID   string
	Step     int
	Event    string
	UserID   string
	UserName string
	Role     procedure.Role
	Dept     string
	// ForID and ForName are those of the person the signer stood in for, if he did.
	ForID     string
	ForName   string
	CreatedAt time.Time
}

// Message tells a person something: a reminder, or that a case has moved.
type Message struct {
	ID      string `gorm:"primaryKey"`
	UserID  string
	CaseID  string
	ClockID string
	RungNo  int
	Kind    string // remind, urge, supervise, report, handle
	Title   string
	Body    string
	Urgent  bool
	// DeliverAt is when it appears: at once when urgent, else with the next
	// morning digest.
	DeliverAt time.Time
	ReadAt    *time.Time
	// SpreadAt is when its deliveries out of the application were written; until then it is to be looked at.
	SpreadAt  *time.Time
	CreatedAt time.Time
}

// Attachment is a file of a case or of a form record; its bytes are stored under their hash.
type Attachment struct {
	ID         string `gorm:"primaryKey"`
	CaseID     string // "" for a file of a form record
	RecordID   string // "" for a file of a case
	Kind       string
	Name       string // of files of before names were sealed
	SealedName []byte // the name as uploaded, which may tell of a person
	// SealedFacts are what is told of the file: see FileFacts.
	SealedFacts []byte
	MIME        string
	Size        int64
	SHA256      string
	Class       procedure.Class
	UploadedBy  string
	CreatedAt   time.Time
	ErasedAt    *time.Time // when its bytes went because the law says so
	// Look is a perceptual hash of a signature (DQ-03), 0 for other files. The record of the upload keeps it.
	Look uint64 `gorm:"-"`
	// Device and SignedAt are on what and when a signature was drawn, as the device says (DQ-03); "" and zero when it does
	// not. The record of the upload keeps them.
	Device   string    `gorm:"-"`
	SignedAt time.Time `gorm:"-"`
}

// SetName seals the name of the file.
func (a *Attachment) SetName(v *Vault, name string) {
	a.SealedName = v.Seal("attachments", "sealed_name", a.ID, []byte(name))
}

// FileName is the name of the file.
func (a *Attachment) FileName(v *Vault) (string, error) {
	if a.SealedName == nil {
		return a.Name, nil
	}
	name, err := v.Open("attachments", "sealed_name", a.ID, a.SealedName)
	return string(name), err
}

// PublicNotice is a sheet on the public page of a village: class P0 only.
type PublicNotice struct {
	ID         string `gorm:"primaryKey"`
	CaseID     string
	Kind       string // notice, announcement
	RegionCode string
	Title      string
	Sheet      map[string]any `gorm:"serializer:json"`
	Phone      string
	PostedAt   time.Time
	UntilAt    time.Time
	TakenDown  *time.Time
}

// NoticeID is the id of the notice of a case. It is known before the notice is posted, so that the paper to be posted can
// say where it will stand.
func NoticeID(caseID string) string {
	sum := sha256.Sum256([]byte("notice\x00" + caseID))
	return ulid.ULID(sum[:16]).String()
}

// ObjectionReceipt finds an objection by the code that its objector was given.
type ObjectionReceipt struct {
	CodeHash  string `gorm:"primaryKey"`
	CaseID    string
	CreatedAt time.Time
}

// PolicyRow is one value of one policy key for an area and a time.
type PolicyRow struct {
	ID         string `gorm:"primaryKey"`
	Key        string
	RegionCode string
	Value      json.RawMessage `gorm:"serializer:json"`
	ValidFrom  time.Time
	ValidTo    *time.Time
	Basis      string // the document it rests on
	CreatedBy  string
	CreatedAt  time.Time
}

// PolicySnapshot is the set of values a case was opened under, kept once per content.
type PolicySnapshot struct {
	Hash string `gorm:"primaryKey"`
	Body []byte
}

// Outbox is something a transaction has asked another case for: to be started,
// or to take an event. The receiver marks it done in its own transaction.
type Outbox struct {
	ID        string `gorm:"primaryKey"`
	CaseID    string // who asks
	Kind      string // start, tell; nudge has it look at its clocks again
	TargetID  string
	Event     string
	CreatedAt time.Time
	DoneAt    *time.Time
	Note      string // why it was refused, if it was
}

// TableName of Outbox.
func (Outbox) TableName() string { return "outbox" }

// WorkflowRun is one run of the workflow of a case and, once it has closed, its
// history, so that it can be replayed after Temporal has forgotten it.
type WorkflowRun struct {
	RunID     string `gorm:"primaryKey"`
	CaseID    string
	StartedAt time.Time
	ClosedAt  *time.Time
	History   []byte // gzipped JSON
}

// ImportBatch is one run of a ledger import.
type ImportBatch struct {
	ID        string `gorm:"primaryKey"`
	File      string
	SHA256    string
	UserID    string
	Created   int
	Changed   int
	Unchanged int
	Rejected  int
	At        time.Time
}

// Meta is a named value of the installation, such as the drill clock.
type Meta struct {
	Name  string `gorm:"primaryKey"`
	Value string
}

// TableName of Meta.
func (Meta) TableName() string { return "meta" }
