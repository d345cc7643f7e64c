package models

import (
	"encoding/json"
	"strconv"
	"time"
)

// NoticeSettings are how a person wants to be told outside of the application.
type NoticeSettings struct {
	UserID string `gorm:"primaryKey"`
	Sealed []byte // NoticeSecret as JSON
	// Choices are the ways by kind of notice; a kind that is missing has its usual ways.
	Choices map[string][]string `gorm:"serializer:json"`
	// QuietFrom and QuietUntil, as 21:00, are when nothing but what is urgent is sent; "" as the policy says.
	QuietFrom  string
	QuietUntil string
	MailAt     *time.Time // when the mail address was confirmed; nil for none
	// CodeUntil is how long the code sent to a new address holds, CodeTries how often a wrong one was given.
	CodeUntil *time.Time
	CodeTries int
	UpdatedAt time.Time
}

// NoticeSecret is the sealed part: addresses of a person (P2).
type NoticeSecret struct {
	Mail    string `json:"mail,omitempty"`
	Pending string `json:"pending,omitempty"` // not confirmed yet
	Code    string `json:"code,omitempty"`    // that confirms it
}

// SetSecret seals s.
func (n *NoticeSettings) SetSecret(v *Vault, s NoticeSecret) error {
	raw, err := json.Marshal(s)
	if err == nil {
		n.Sealed = v.Seal("notice_settings", "sealed", n.UserID, raw)
	}
	return err
}

// Secret opens the sealed part.
func (n *NoticeSettings) Secret(v *Vault) (s NoticeSecret, err error) {
	err = unseal(v, "notice_settings", n.UserID, n.Sealed, &s)
	return s, err
}

// Robot is that of the group chat of an office: those who hold a post in an area, or in a department of it.
type Robot struct {
	ID         string `gorm:"primaryKey"`
	Kind       string // wecom, dingtalk, feishu
	Title      string
	RegionCode string
	Dept       string
	Sealed     []byte // RobotSecret as JSON
	Disabled   bool
	CreatedBy  string
	CreatedAt  time.Time
	UpdatedAt  time.Time
	RowVersion int
}

// RobotSecret is the sealed part: whoever has the address speaks to the group.
type RobotSecret struct {
	Address string `json:"address"`
	Secret  string `json:"secret,omitempty"`
}

// SetSecret seals s.
func (r *Robot) SetSecret(v *Vault, s RobotSecret) error {
	raw, err := json.Marshal(s)
	if err == nil {
		r.Sealed = v.Seal("robots", "sealed", r.ID, raw)
	}
	return err
}

// Secret opens the sealed part.
func (r *Robot) Secret(v *Vault) (s RobotSecret, err error) {
	err = unseal(v, "robots", r.ID, r.Sealed, &s)
	return s, err
}

// Of reports whether a post belongs to the office of the robot. What is granted for one household, as to its farmer, does not.
func (r *Robot) Of(g RoleGrant) bool {
	return r.RegionCode == g.RegionCode && r.Dept == g.Dept && g.HouseholdID == ""
}

// Kinds of notices, by which a person chooses the ways.
const (
	NoticeDigest   = "digest"   // the morning's reminders in one
	NoticeRemind   = "remind"   // a reminder by itself
	NoticeUrgent   = "urgent"   // what is overdue, or has come to the next rung
	NoticePersonal = "personal" // what concerns the account itself
	NoticeCode     = "code"     // confirms an address
	NoticeTest     = "test"
)

// The ways out.
const (
	WayMail  = "mail"
	WayRobot = "robot"
)

// States of a delivery.
const (
	DeliveryWaiting = "waiting"
	DeliverySent    = "sent"
	DeliveryFailed  = "failed"
	DeliveryDropped = "dropped" // nobody wants it any more
)

// Delivery is one notice on one way to one receiver. Each goes there once: (target, event) is unique.
type Delivery struct {
	ID      string `gorm:"primaryKey"`
	Way     string
	Target  string // an account, or a robot
	Kind    string
	Event   string // what it tells: a rung of a clock, the digest of a day
	Message string `gorm:"column:message_id"` // one of those that tell it, "" for a digest
	State   string
	Fault   string // code of the last one
	Tries   int
	// HoldUntil is by the clock of the cases; RetryAt and GiveUpAt by that on the wall, as the network goes.
	HoldUntil time.Time
	RetryAt   time.Time
	GiveUpAt  time.Time
	CreatedAt time.Time
	EndedAt   *time.Time
}

// EventOf is what a message tells, the same for everybody who is told it.
func EventOf(m *Message) string { return m.ClockID + "#" + strconv.Itoa(m.RungNo) }

// NoticeKind is the kind of a message.
func NoticeKind(m *Message) string {
	switch {
	case m.CaseID == "":
		return NoticePersonal
	case m.Urgent:
		return NoticeUrgent
	}
	return NoticeRemind
}

// usualWays are those of whoever has chosen none.
var usualWays = map[string][]string{
	NoticeDigest: {WayMail, WayRobot}, NoticeRemind: {}, NoticeUrgent: {WayMail, WayRobot}, NoticePersonal: {WayMail},
}

// NoticeKinds are those that a person chooses ways for. What concerns an account is no business of a group.
var NoticeKinds = []string{NoticeDigest, NoticeUrgent, NoticeRemind, NoticePersonal}

// Ways are those of a kind of notice.
func (n *NoticeSettings) Ways(kind string) []string {
	if ways, ok := n.Choices[kind]; ok {
		return ways
	}
	return usualWays[kind]
}
