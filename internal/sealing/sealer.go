// Package sealing puts every record, acts on cases, entries of the access log and acts of administrators and on form records, into one tree,
// signs what the tree is once an hour, sends that out of the database, and checks the records against it.
package sealing

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/oklog/ulid/v2"
	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"

	"shouwang/internal/evidence"
	"shouwang/models"
)

const (
	// Every is how often a checkpoint is signed.
	Every = time.Hour
	// look is how often a server looks whether one is due, and tries again what could not be delivered.
	look = time.Minute
	// lease is for how long a server is the only one who seals; each batch renews it.
	lease = 5 * time.Minute
	batch = 1000
	// window is how far back unsealed records are sought after the first time: ids sort by the time when they were
	// made, and nothing is committed a day later. What was made by a clock so wrong is found at the next start.
	window = 24 * time.Hour
)

// Sealer seals the records of one database. One server at a time does it.
type Sealer struct {
	Store *models.Store
	Key   *evidence.Key
	// Dir is the folder that checkpoints and leaves are exported to; URL is another service that gets the checkpoints
	// too, "" for none.
	Dir, URL string
	// Now is the time that is signed, nil for the clock of the machine.
	Now func() time.Time

	owner string
	since string // ids before were looked at
}

func (s *Sealer) now() time.Time {
	if s.Now != nil {
		return s.Now().UTC().Truncate(time.Microsecond)
	}
	return time.Now().UTC().Truncate(time.Microsecond)
}

// Run seals until ctx ends. What fails is logged and tried again.
func (s *Sealer) Run(ctx context.Context, log *slog.Logger) {
	t := time.NewTicker(look)
	defer t.Stop()
	for {
		if err := s.Round(ctx); err != nil && ctx.Err() == nil {
			log.Error("记录未能封存，稍后再试", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// Round signs a checkpoint when one is due, unless another server is at it, and delivers what is not delivered.
func (s *Sealer) Round(ctx context.Context) error {
	mine, err := s.lease(ctx)
	if err != nil || !mine {
		return err
	}
	defer s.release(ctx)
	last, err := lastCheckpoint(s.Store.DB.WithContext(ctx))
	if err != nil {
		return err
	}
	overdue, err := s.overdue(ctx) // also a kind of record that was not sealed before
	if err != nil {
		return err
	}
	if overdue || s.now().Sub(last.At) >= Every {
		if _, err := s.seal(ctx); err != nil {
			return err
		}
	}
	return s.deliver(ctx)
}

// ErrBusy says that another server is sealing.
var ErrBusy = errors.New("另一台服务器正在封存，请稍后再试")

// Seal seals all that is committed and signs it now, whether or not a checkpoint is due.
func (s *Sealer) Seal(ctx context.Context) (models.LogCheckpoint, error) {
	mine, err := s.lease(ctx)
	if err != nil {
		return models.LogCheckpoint{}, err
	}
	if !mine {
		return models.LogCheckpoint{}, ErrBusy
	}
	defer s.release(ctx)
	c, err := s.seal(ctx)
	if err != nil {
		return c, err
	}
	return c, s.deliver(ctx)
}

// release lets another server seal at once; without it the lease ends by itself.
func (s *Sealer) release(ctx context.Context) {
	_, _ = s.Store.Lease(context.WithoutCancel(ctx), "sealing", s.owner, 0)
}

func (s *Sealer) lease(ctx context.Context) (bool, error) {
	if s.owner == "" {
		s.owner = models.NewID()
	}
	return s.Store.Lease(ctx, "sealing", s.owner, lease)
}

func (s *Sealer) seal(ctx context.Context) (models.LogCheckpoint, error) {
	began := time.Now()
	for _, more := range []func(*gorm.DB, string) ([]models.LogLeaf, error){unsealedActs, unsealedEntries, unsealedAdminActs, unsealedFormActs} {
		if err := s.drain(ctx, more); err != nil {
			return models.LogCheckpoint{}, err
		}
	}
	c, err := s.sign(ctx)
	if err == nil {
		s.since = firstID(began.Add(-window))
	}
	return c, err
}

// firstID is the smallest id of a moment.
func firstID(at time.Time) string { return ulid.MustNew(ulid.Timestamp(at), zeroes{}).String() }

// zeroes makes the smallest id of a moment.
type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// drain seals all records of one kind, a batch in a transaction.
func (s *Sealer) drain(ctx context.Context, more func(tx *gorm.DB, after string) ([]models.LogLeaf, error)) error {
	after := s.since
	for {
		n := 0
		err := s.Store.Tx(ctx, func(tx *gorm.DB) error {
			rows, err := more(tx, after)
			if n = len(rows); err != nil || n == 0 {
				return err
			}
			after = rows[n-1].Ref
			return add(tx, rows)
		})
		if err != nil || n < batch {
			return err
		}
		if mine, err := s.lease(ctx); err != nil || !mine {
			return errors.Join(err, ErrBusy)
		}
	}
}

// add puts records at the end of the tree.
func add(tx *gorm.DB, rows []models.LogLeaf) error {
	n, err := size(tx)
	if err != nil {
		return err
	}
	leaves, out := make([]evidence.Leaf, len(rows)), make([]*models.LogLeaf, len(rows))
	for i := range rows {
		rows[i].Idx = n + int64(i) // two at once would take the same place, and one fail
		leaves[i], out[i] = leafOf(&rows[i]), &rows[i]
	}
	if err := models.Insert(tx, out...); err != nil {
		return err
	}
	return newTree(tx).grow(n, leaves)
}

func leafOf(l *models.LogLeaf) evidence.Leaf {
	return evidence.Leaf{Chain: evidence.ChainOf(l.Chain), Seq: l.Seq, Hash: l.Hash}
}

const notSealed = " > ? AND NOT EXISTS (SELECT 1 FROM log_leaves WHERE log_leaves.ref = "

func unsealedActs(tx *gorm.DB, after string) ([]models.LogLeaf, error) {
	var rows []models.LogLeaf
	err := tx.Raw("SELECT e.id AS ref, e.case_id AS chain, e.seq, e.hash FROM case_events e WHERE e.id"+notSealed+"e.id) ORDER BY e.id LIMIT ?", after, batch).Scan(&rows).Error
	return rows, err
}

func unsealedAdminActs(tx *gorm.DB, after string) ([]models.LogLeaf, error) {
	var rows []models.LogLeaf
	err := tx.Raw("SELECT a.id AS ref, ? AS chain, a.seq, a.hash FROM admin_acts a WHERE a.id"+notSealed+"a.id) ORDER BY a.id LIMIT ?", evidence.AdminChain, after, batch).Scan(&rows).Error
	return rows, err
}

// unsealedEntries numbers the entries of the access log and links each to the one before.
func unsealedEntries(tx *gorm.DB, after string) ([]models.LogLeaf, error) {
	var list []models.AccessLog
	if err := tx.Raw("SELECT a.* FROM access_logs a WHERE a.id"+notSealed+"a.id) ORDER BY a.id LIMIT ?", after, batch).Scan(&list).Error; err != nil || len(list) == 0 {
		return nil, err
	}
	out := make([]numbered, len(list))
	for i := range list {
		out[i] = entryRow(&list[i])
	}
	return linked(tx, evidence.AccessChain, out)
}

// unsealedFormActs numbers and links the acts on form records in the same way.
func unsealedFormActs(tx *gorm.DB, after string) ([]models.LogLeaf, error) {
	var list []models.FormRecordAct
	err := tx.Raw("SELECT "+formActColumns+" FROM form_record_acts a WHERE a.payload_hash <> '' AND a.id"+notSealed+"a.id) ORDER BY a.id LIMIT ?", after, batch).Scan(&list).Error
	if err != nil || len(list) == 0 {
		return nil, err
	}
	out := make([]numbered, len(list))
	for i := range list {
		out[i] = formActRow(&list[i])
	}
	return linked(tx, evidence.FormChain, out)
}

// formActColumns are what is hashed of an act on a form record.
const formActColumns = "a.id, a.record_id, a.row_version, a.action, a.key, a.actor_id, a.actor_role, a.for_id, a.at, a.payload_hash"

// numbered is a record that gets its number, and is linked to the one before, when it is sealed.
type numbered struct {
	id string
	at time.Time
	// hash is that of the record with its number and the hash of the one before.
	hash func(seq int64, prev string) string
	name string // what it is about, to be added to a message
}

func entryRow(a *models.AccessLog) numbered {
	return numbered{a.ID, a.At, func(seq int64, prev string) string {
		entry := EntryOf(a, seq, prev)
		return evidence.Hash(&entry)
	}, ""}
}

func formActRow(a *models.FormRecordAct) numbered {
	return numbered{a.ID, a.At, func(seq int64, prev string) string {
		return evidence.Hash(&evidence.FormAct{
			Seq: seq, ID: a.ID, Record: a.RecordID, Version: a.RowVersion, Action: a.Action, Key: a.Key, Actor: a.ActorID, Role: a.ActorRole,
			For: a.ForID, At: evidence.Moment(a.At), Payload: a.PayloadHash, Prev: prev,
		})
	}, "，表册记录 " + a.RecordID}
}

// linked are the leaves of records that go on from the last of their chain.
func linked(tx *gorm.DB, chain string, list []numbered) ([]models.LogLeaf, error) {
	var last models.LogLeaf
	if err := tx.Where("chain = ?", chain).Order("seq DESC").Limit(1).Find(&last).Error; err != nil {
		return nil, err
	}
	out := make([]models.LogLeaf, len(list))
	for i, x := range list {
		last = models.LogLeaf{Chain: chain, Seq: last.Seq + 1, Ref: x.id, Hash: x.hash(last.Seq+1, last.Hash)}
		out[i] = last
	}
	return out, nil
}

// EntryOf is an entry of the access log as it is hashed, with its number and the hash of the one before.
func EntryOf(a *models.AccessLog, seq int64, prev string) evidence.Entry {
	return evidence.Entry{
		Seq: seq, ID: a.ID, At: evidence.Moment(a.At), User: a.UserID, For: a.ForID, Role: a.Role, Action: a.Action, Table: a.Table, Record: a.RecordID,
		Field: a.Field, Class: a.Class, Purpose: a.Purpose, Request: a.RequestID, Case: a.CaseID, Household: a.HouseholdID, Token: a.TokenID, Prev: prev,
	}
}

// sign signs the tree as it is, unless it has not grown since the last time.
func (s *Sealer) sign(ctx context.Context) (models.LogCheckpoint, error) {
	var row models.LogCheckpoint
	err := s.Store.Tx(ctx, func(tx *gorm.DB) error {
		n, err := size(tx)
		if err != nil {
			return err
		}
		if row, err = lastCheckpoint(tx); err != nil || row.Size == n {
			return err
		}
		if row.Size > n {
			return fmt.Errorf("封存的记录有 %d 条，上一个检查点却是 %d 条，请运行 shouwang verify", n, row.Size)
		}
		if err := s.extends(tx, n); err != nil {
			return err
		}
		root, err := tlog.TreeHash(n, newTree(tx))
		if err != nil {
			return err
		}
		c := evidence.Checkpoint{Size: n, Root: root, At: s.now()}
		signed, err := s.Key.Sign(c)
		if err != nil {
			return err
		}
		row = models.LogCheckpoint{Size: n, At: c.At, Note: string(signed)}
		return tx.Create(&row).Error
	})
	return row, err
}

// lastCheckpoint is the newest, or one of size 0.
func lastCheckpoint(tx *gorm.DB) (c models.LogCheckpoint, err error) {
	err = tx.Order("size DESC").Limit(1).Find(&c).Error
	return c, err
}

// extends refuses to sign a tree that does not go on from what was exported before: somebody has put an old copy of the
// database in place of this one, or written the tree anew.
func (s *Sealer) extends(tx *gorm.DB, n int64) error {
	was, err := lastExported(s.Dir, s.Key.Public)
	if err != nil || was == nil {
		return err
	}
	if was.Size <= n {
		root, err := tlog.TreeHash(was.Size, newTree(tx))
		if err != nil || root == was.Root {
			return err
		}
	}
	return fmt.Errorf("封存的记录与 %s 导出的检查点（%d 条）不相续，不再签署，请运行 shouwang verify", evidence.Moment(was.At), was.Size)
}
