package models

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"
)

// Kinds of a run over the households of an area.
const (
	RunQuality   = "quality"   // the data rules, DQ-01 to DQ-41
	RunScreening = "screening" // the rules of admission
	RunTrial     = "trial"     // one rule of the place, before it takes effect
)

// States of a run.
const (
	RunWaiting   = "waiting"
	RunRunning   = "running"
	RunDone      = "done"
	RunCancelled = "cancelled"
	RunFailed    = "failed"
)

// QualityRun is one run of rules over the households of an area. It goes from village to village in the order of their
// codes and writes how far it has come together with what it has found, so that another server goes on where one stopped.
type QualityRun struct {
	ID         string `gorm:"primaryKey"`
	Kind       string
	RegionCode string
	State      string
	FullLook   bool   // look at every household, changed or not
	Channel    string // of the clues a screening opens
	Key        string // makes asking for it safe to repeat
	AskedBy    string // an account, "" by night
	CreatedAt  time.Time
	StartedAt  *time.Time
	EndedAt    *time.Time
	Cursor     string    // the last household done, region/id
	Total      int       // households of the area when it began
	Passed     int       // households gone by, those not looked at included
	Looked     int       // households looked at
	Marked     int       // households whose telephone marks were missing and have been made in this round
	Counts     RunCounts `gorm:"serializer:json"`
	Fault      string    // why it failed, for the operator
	Rule       string    // of a trial: the rule as JSON
	Sample     []string  `gorm:"serializer:json"` // of a trial: some of the households that the rule hits
}

// BeforeSave keeps an empty sample from being no sample.
func (r *QualityRun) BeforeSave(*gorm.DB) error {
	if r.Sample == nil {
		r.Sample = []string{}
	}
	return nil
}

// RunCounts tell what a run has found: by rule, and what became of it.
type RunCounts struct {
	Rules map[string]*RuleCount `json:"rules,omitempty"`
	// Opened cases, Renewed those opened anew because the facts have changed, Standing hits that are known already,
	// Gone those that are found no more.
	Opened   int `json:"opened"`
	Renewed  int `json:"renewed"`
	Standing int `json:"standing"`
	Gone     int `json:"gone"`
	// Watched households are monitored already and so not screened for admission.
	Watched int `json:"watched,omitempty"`
}

// RuleCount is what one rule has found in a run. Unjudged are the households that lack a fact or a recorded judgement:
// nobody may read them as clean.
type RuleCount struct {
	Hits     int `json:"hits"`
	Unjudged int `json:"unjudged,omitempty"`
}

// Rule is the count of a rule, made when there is none yet.
func (c *RunCounts) Rule(code string) *RuleCount {
	if c.Rules == nil {
		c.Rules = map[string]*RuleCount{}
	}
	if c.Rules[code] == nil {
		c.Rules[code] = &RuleCount{}
	}
	return c.Rules[code]
}

// QualityLook is what a household looked like, facts, rules and policy, when a run last looked at it.
type QualityLook struct {
	HouseholdID string `gorm:"primaryKey"`
	Kind        string `gorm:"primaryKey"`
	Print       int64
}

// QualityHit is what a rule has found in a household or a member of it, or in the form of a village, whose code is then in
// HouseholdID. There is one for household, rule and member for
// as long as the register is kept; GoneAt says since when the rule finds it no more.
type QualityHit struct {
	ID          string `gorm:"primaryKey"`
	Kind        string
	HouseholdID string
	Rule        string
	PersonID    string
	RegionCode  string
	Print       int64  // keyed hash of the values the rule has used
	Sealed      []byte // HitSecret as JSON
	CaseID      string // the data issue or clue that answers it
	OwnerID     string // who is proposed to mend it, "" nobody
	FoundAt     time.Time
	SeenAt      time.Time
	GoneAt      *time.Time
	RunID       string // the run that last saw it
}

// HitSecret is the sealed part of a hit: a finding may tell of health (P3).
type HitSecret struct {
	Message string            `json:"message"`
	Values  map[string]string `json:"values,omitempty"`
}

// SetSecret seals s into the hit.
func (h *QualityHit) SetSecret(v *Vault, s HitSecret) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	h.Sealed = v.Seal("quality_hits", "sealed", h.ID, raw)
	return nil
}

// Secret opens the sealed part.
func (h *QualityHit) Secret(v *Vault) (HitSecret, error) {
	var s HitSecret
	err := unseal(v, "quality_hits", h.ID, h.Sealed, &s)
	return s, err
}

// Codes are the rules that have a count, sorted.
func (c RunCounts) Codes() []string { return slices.Sorted(maps.Keys(c.Rules)) }

// Clone is a copy that shares nothing.
func (c RunCounts) Clone() RunCounts {
	out := c
	out.Rules = make(map[string]*RuleCount, len(c.Rules))
	for code, n := range c.Rules {
		copied := *n
		out.Rules[code] = &copied
	}
	return out
}
