// Package activities holds the side effects of the engine. Its centre is Commit:
// one step is one database transaction, and nothing else changes a case.
package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gorm.io/gorm"

	"shouwang/internal/casetime"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Engine commits acts on cases.
type Engine struct {
	Store *models.Store
	// Calendar is the one that a server begins with: built in, and of the files of its administrator. CalendarNow is the one in use.
	Calendar *policy.Calendar
	Clock    *casetime.Clock
	// RunSize is how many households one transaction of a run deals with, 0 for the default.
	RunSize int

	calendar     atomic.Pointer[policy.Calendar] // once it is another than Calendar
	calendarSeen atomic.Int64                    // the last act that it was taken from
	snapshots    sync.Map                        // hash → policy.Snapshot; a snapshot never changes
	latest       latest
	waiting      sync.Map // caller → chan Reply
}

// Actor is who acts: an account in one of its roles, or the engine itself.
type Actor struct {
	UserID string         `json:"user_id,omitempty"`
	Role   procedure.Role `json:"role"`
	// OnBehalf says that the account records the act of somebody without one.
	OnBehalf bool `json:"on_behalf,omitempty"`
	// As is the role of the grant when Role is a relation to the case.
	As procedure.Role `json:"as,omitempty"`
	// ForID is the account of the person away whose grant the actor uses, if he
	// stands in for somebody.
	ForID string `json:"for_id,omitempty"`
	// Region and Dept are those of the grant the actor acts under.
	Region string `json:"region,omitempty"`
	Dept   string `json:"dept,omitempty"`
}

// Parties that act by rule.
var (
	BySystem    = Actor{Role: procedure.System}
	ByTimer     = Actor{Role: procedure.Timer}
	ByProcedure = Actor{Role: procedure.Procedure}
)

// RuleActor is as whom a message of another case may fire an event.
func RuleActor(d *procedure.Definition, event string) Actor {
	if e, ok := d.Event(event); ok && slices.Contains(e.Roles, procedure.System) {
		return BySystem
	}
	return ByProcedure
}

// AnySeq in place of an expected sequence skips the check, for acts by rule.
const AnySeq = -1

// Reply is the answer to an act. The same key always gets the same reply.
type Reply struct {
	CaseID string          `json:"case_id"`
	Event  string          `json:"event"`
	Seq    int             `json:"seq"`
	Step   int             `json:"step"`
	From   procedure.State `json:"from"`
	State  procedure.State `json:"state"`
	At     time.Time       `json:"at"`
	Closed bool            `json:"closed"`
}

// Outgoing is what a transaction asks of another case: to be started, or to take
// an event. The workflow delivers it, the receiver marks it done.
type Outgoing struct {
	ID       string `json:"id"`
	Kind     string `json:"kind"`
	TargetID string `json:"target_id"`
	Event    string `json:"event,omitempty"`
	// Procedure and Version are those of the target.
	Procedure string `json:"procedure"`
	Version   int    `json:"version"`
}

// Outcome is what the workflow of a case needs to know after each act.
type Outcome struct {
	Reply Reply `json:"reply"`
	// Version is that of the definition the case runs on now.
	Version int        `json:"version,omitempty"`
	Wake    *time.Time `json:"wake,omitempty"`
	// Due is the earliest running limit, for the operators' view of Temporal.
	Due *time.Time `json:"due,omitempty"`
	Out []Outgoing `json:"out,omitempty"`
}

// Lists are the names that definitions may refer to in this build.
func Lists() procedure.Lists {
	var l procedure.Lists
	l.PolicyKeys = policy.KeyCodes()
	for name := range policy.DefaultLadders() {
		l.Ladders = append(l.Ladders, name)
	}
	slices.Sort(l.Ladders)
	l.Derivations, l.Hooks, l.Sheets = sortedKeys(derivations), sortedKeys(hooks), sortedKeys(sheets)
	return l
}

func definition(c *models.Case) (*procedure.Definition, error) {
	d, ok := procedure.Lookup(c.Procedure, c.Version)
	if !ok {
		return nil, fmt.Errorf("procedure %s@%d is not in this build", c.Procedure, c.Version)
	}
	return d, nil
}

// resolve is the policy in force for a region at a moment.
func (e *Engine) resolve(tx *gorm.DB, region string, at time.Time) (policy.Snapshot, error) {
	var rows []models.PolicyRow
	if err := tx.Where("valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", at, at).Order("key, region_code, valid_from, id").Find(&rows).Error; err != nil {
		return policy.Snapshot{}, err
	}
	return policy.Resolve(PolicyRows(rows), region, at), nil
}

// PolicyRows turns stored rows into those of package policy.
func PolicyRows(rows []models.PolicyRow) []policy.Row {
	out := make([]policy.Row, len(rows))
	for i, r := range rows {
		out[i] = policy.Row{Key: r.Key, Region: r.RegionCode, Value: r.Value, ValidFrom: r.ValidFrom}
		if r.ValidTo != nil {
			out[i].ValidTo = *r.ValidTo
		}
	}
	return out
}

// keepSnapshot stores the snapshot a new case starts with, once per content. It
// asks the database and not the cache: what was cached may have been rolled back.
func (e *Engine) keepSnapshot(tx *gorm.DB, s policy.Snapshot) (string, error) {
	hash := s.Hash()
	body, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	var n int64
	if err := tx.Model(&models.PolicySnapshot{}).Where("hash = ?", hash).Count(&n).Error; err != nil {
		return "", err
	}
	if n > 0 {
		return hash, nil
	}
	return hash, tx.Clauses(onConflictDoNothing).Create(&models.PolicySnapshot{Hash: hash, Body: body}).Error
}

// Snapshot is the policy a case was opened under.
func (e *Engine) Snapshot(tx *gorm.DB, hash string) (policy.Snapshot, error) {
	if s, ok := e.snapshots.Load(hash); ok {
		return s.(policy.Snapshot), nil
	}
	var row models.PolicySnapshot
	if err := tx.Where("hash = ?", hash).Take(&row).Error; err != nil {
		return policy.Snapshot{}, fmt.Errorf("policy snapshot %s: %w", hash, err)
	}
	var s policy.Snapshot
	if err := json.Unmarshal(row.Body, &s); err != nil {
		return policy.Snapshot{}, err
	}
	e.snapshots.Store(hash, s)
	return s, nil
}

// Case reads one case.
func (e *Engine) Case(ctx context.Context, id string) (*models.Case, error) {
	return take(e.Store.DB.WithContext(ctx), id)
}

func take(tx *gorm.DB, id string) (*models.Case, error) {
	c, err := models.TakeCase(tx, id)
	if models.Missing(err) {
		return nil, caseNotFound()
	}
	return c, err
}

func caseNotFound() error {
	return procedure.Refuse(procedure.NotFound, "case_not_found", "没有这个事项")
}

// PolicyNow is the policy in force for a region now.
func (e *Engine) PolicyNow(ctx context.Context, region string) (policy.Snapshot, error) {
	return e.resolve(e.Store.DB.WithContext(ctx), region, e.Clock.Now())
}
