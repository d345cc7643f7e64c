package models

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"
)

// The bell tells open pages of all servers that something has changed. A transaction of Store.Tx notes what it touches and
// rings once it is committed. On SQLite there is one server, which hears itself; on PostgreSQL the bell goes through NOTIFY,
// after the commit and not within it: NOTIFY makes commits wait for each other. A ring may be lost with the process that was
// to send it, so whoever listens also looks by himself from time to time.

// Touched is what has changed since somebody looked last.
type Touched struct {
	Cases []TouchedCase `json:"c,omitempty"`
	// Records are forms that were written.
	Records []TouchedRecord `json:"f,omitempty"`
	// Users have new messages.
	Users []string `json:"u,omitempty"`
	// All stands for more than can be told one by one.
	All bool `json:"a,omitempty"`
}

// TouchedCase is a case with the places whose people may reach it.
type TouchedCase struct {
	ID     string `json:"i"`
	Region string `json:"r"`
	Other  string `json:"o,omitempty"`
}

// TouchedRecord is a form with the place whose people may reach it.
type TouchedRecord struct {
	ID     string `json:"i"`
	Region string `json:"r"`
}

const (
	// maxTouched keeps a ring below the 8000 bytes that PostgreSQL carries.
	maxTouched = 60
	// ringAfter gathers what is touched within a moment.
	ringAfter = 100 * time.Millisecond
	// bellPrefix names the channel, with the schema.
	bellPrefix = "shouwang_"
)

func (t *Touched) none() bool { return !t.All && len(t.Cases)+len(t.Records)+len(t.Users) == 0 }

func (t *Touched) add(more Touched) {
	for _, c := range more.Cases {
		t.Cases = addOnce(t.Cases, c)
	}
	for _, r := range more.Records {
		t.Records = addOnce(t.Records, r)
	}
	for _, u := range more.Users {
		t.Users = addOnce(t.Users, u)
	}
	if more.All || len(t.Cases)+len(t.Records) > maxTouched || len(t.Users) > maxTouched {
		*t = Touched{All: true}
	}
}

func addOnce[T comparable](list []T, one T) []T {
	for _, x := range list {
		if x == one {
			return list
		}
	}
	return append(list, one)
}

type touchedKey struct{}

// Touch notes that the transaction tx changes something; outside of Store.Tx it does nothing.
func Touch(tx *gorm.DB, t Touched) {
	if all, ok := tx.Statement.Context.Value(touchedKey{}).(*Touched); ok && !all.All {
		all.add(t)
	}
}

// TouchCases is Touch for cases.
func TouchCases(tx *gorm.DB, cases ...*Case) {
	for _, c := range cases {
		Touch(tx, Touched{Cases: []TouchedCase{{c.ID, c.RegionCode, c.OtherRegion}}})
	}
}

// TouchRecord is Touch for a form.
func TouchRecord(tx *gorm.DB, r *FormRecord) {
	Touch(tx, Touched{Records: []TouchedRecord{{r.ID, r.RegionCode}}})
}

// AfterCreate notes that somebody has a new message.
func (m *Message) AfterCreate(tx *gorm.DB) error {
	Touch(tx, Touched{Users: []string{m.UserID}})
	return nil
}

// bell is the part of a Store that rings.
type bell struct {
	dsn string // of PostgreSQL, "" for SQLite
	end context.CancelFunc
	ctx context.Context

	mu      sync.Mutex
	waiting Touched
	ringing bool
	ears    map[*Ear]struct{}
	hearing sync.Once
}

// Ear is somebody who listens. It forgets nothing: what comes while he is busy is gathered.
type Ear struct {
	// Rang has something in it when there is something to take.
	Rang chan struct{}
	of   *bell
	got  Touched
}

// Listen begins to listen; Close ends it.
func (s *Store) Listen() *Ear {
	b := s.bell
	if b.dsn != "" {
		b.hearing.Do(func() { go b.hear() })
	}
	e := &Ear{Rang: make(chan struct{}, 1), of: b}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ears == nil {
		b.ears = map[*Ear]struct{}{}
	}
	b.ears[e] = struct{}{}
	return e
}

// Close ends listening.
func (e *Ear) Close() {
	e.of.mu.Lock()
	defer e.of.mu.Unlock()
	delete(e.of.ears, e)
}

// Take is what has been touched since it was asked last.
func (e *Ear) Take() Touched {
	e.of.mu.Lock()
	defer e.of.mu.Unlock()
	out := e.got
	e.got = Touched{}
	return out
}

// tell gives everybody here what has been touched.
func (b *bell) tell(t Touched) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for e := range b.ears {
		e.got.add(t)
		select {
		case e.Rang <- struct{}{}:
		default: // he has not come for the last one yet
		}
	}
}

// ring has a committed change told, together with what follows at once.
func (s *Store) ring(t Touched) {
	if t.none() {
		return
	}
	b := s.bell
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting.add(t)
	if b.ringing {
		return
	}
	b.ringing = true
	time.AfterFunc(ringAfter, func() {
		b.mu.Lock()
		t := b.waiting
		b.waiting, b.ringing = Touched{}, false
		b.mu.Unlock()
		s.send(t)
	})
}

// send tells all servers. What cannot be sent is at least told here.
func (s *Store) send(t Touched) {
	if s.bell.dsn == "" {
		s.bell.tell(t)
		return
	}
	text, err := json.Marshal(t)
	if err == nil {
		ctx, cancel := context.WithTimeout(s.bell.ctx, 5*time.Second)
		defer cancel()
		err = s.Unsynced(ctx).Exec("SELECT pg_notify(? || current_schema(), ?)", bellPrefix, string(text)).Error
	}
	if err != nil {
		s.bell.tell(t)
	}
}

// hear passes on what PostgreSQL tells, on a connection of its own, until the store is closed.
func (b *bell) hear() {
	for first := true; b.ctx.Err() == nil; first = false {
		_ = b.hearOnce(first) // the connection is gone, and comes again
		select {
		case <-time.After(time.Second):
		case <-b.ctx.Done():
		}
	}
}

func (b *bell) hearOnce(first bool) error {
	conn, err := pgx.Connect(b.ctx, b.dsn)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(b.ctx)) }() // nothing is under way on it
	var schema string
	if err := conn.QueryRow(b.ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return err
	}
	if _, err := conn.Exec(b.ctx, "LISTEN "+pgx.Identifier{bellPrefix + schema}.Sanitize()); err != nil {
		return err
	}
	if !first {
		b.tell(Touched{All: true}) // nobody knows what rang meanwhile
	}
	for {
		n, err := conn.WaitForNotification(b.ctx)
		if err != nil {
			return err
		}
		t := Touched{}
		if json.Unmarshal([]byte(n.Payload), &t) != nil {
			t = Touched{All: true} // of another version
		}
		b.tell(t)
	}
}
