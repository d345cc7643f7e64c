package sealing

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/internal/evidence"
	"shouwang/models"
)

// Exporter makes the proof of one case.
type Exporter struct {
	Engine *activities.Engine
	Sealer *Sealer
	// Forms puts in what was written on the forms, which is personal data; else only their hashes are there.
	Forms bool
	// Whole, when set and Forms is not, tells by the number of an act whether its form is put in whole.
	Whole func(seq int) bool

	tiles map[[2]int64][]byte
}

// keepTiles bounds the tiles that are kept from one case to the next: some megabytes.
const keepTiles = 1000

// treeOf is the tree with the tiles that other cases have read: what a tile held at a checkpoint, it holds for good.
func (x *Exporter) treeOf(tx *gorm.DB) *tree {
	if x.tiles == nil || len(x.tiles) > keepTiles {
		x.tiles = map[[2]int64][]byte{}
	}
	t := newTree(tx)
	t.tiles = x.tiles
	return t
}

// Export seals all that is committed and makes the proof of a case against the checkpoint that this gives. It checks the
// proof before it gives it away.
func (x *Exporter) Export(ctx context.Context, c *models.Case) (*evidence.Bundle, error) {
	last, err := x.Sealer.Seal(ctx)
	if err != nil {
		return nil, err
	}
	return x.Prove(ctx, c, last)
}

// ErrMismatch says that the records of a case are not those that were sealed.
var ErrMismatch = errors.New("记录与封存的不符")

// Prove makes the proof of a case against a checkpoint, and checks it.
func (x *Exporter) Prove(ctx context.Context, c *models.Case, last models.LogCheckpoint) (*evidence.Bundle, error) {
	b := &evidence.Bundle{Checkpoint: last.Note, Key: x.Sealer.Key.Public}
	// One transaction, so that the case is as it was at one moment.
	err := x.Engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		p := prover{tx: tx, tree: x.treeOf(tx), size: last.Size}
		if err := x.about(tx, c, b); err != nil {
			return err
		}
		if err := x.acts(tx, &p, c, b); err != nil {
			return err
		}
		err := entries(tx, &p, c, b)
		if err == nil {
			b.Earlier, err = p.earlier()
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if _, err := b.Verify(x.Sealer.Key.Public); err != nil {
		return nil, fmt.Errorf("%w，请运行 shouwang verify：%w", ErrMismatch, err)
	}
	return b, nil
}

func (x *Exporter) about(tx *gorm.DB, c *models.Case, b *evidence.Bundle) error {
	s, err := x.Engine.Snapshot(tx, c.PolicyHash)
	if err != nil {
		return err
	}
	b.About = evidence.About{
		Format: evidence.Format, Case: c.ID, No: c.No, Procedure: fmt.Sprintf("%s@%d", c.Procedure, c.Version),
		Made: evidence.Moment(x.Sealer.now()), Forms: x.Forms, Keep: s.Text("case_retention"),
	}
	if c.ClosedAt != nil {
		b.About.Closed = evidence.Moment(*c.ClosedAt)
	}
	return nil
}

// prover proves records against a checkpoint.
type prover struct {
	tx      *gorm.DB
	tree    *tree
	size    int64
	indexes []int64
}

func (p *prover) place(index int64) (evidence.Place, error) {
	proof, err := tlog.ProveRecord(p.size, index, p.tree)
	p.indexes = append(p.indexes, index)
	return evidence.Place{Index: index, Proof: proof}, err
}

// acts takes the acts that the checkpoint holds; what was committed after it is for another export.
func (x *Exporter) acts(tx *gorm.DB, p *prover, c *models.Case, b *evidence.Bundle) error {
	var rows []struct {
		models.CaseEvent `gorm:"embedded"`
		Idx              int64
	}
	err := tx.Raw("SELECT e.*, l.idx FROM log_leaves l JOIN case_events e ON e.id = l.ref WHERE l.chain = ? AND l.idx < ? ORDER BY l.seq", c.ID, p.size).Scan(&rows).Error
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return errors.New("该事项没有封存的记录")
	}
	for i := range rows {
		ev := &rows[i].CaseEvent
		act := activities.ActOf(ev)
		out := evidence.ProvedAct{Act: string(evidence.Text(&act))}
		if out.Place, err = p.place(rows[i].Idx); err != nil {
			return err
		}
		if ev.Payload != nil && (x.Forms || x.Whole != nil && x.Whole(ev.Seq)) {
			raw, err := x.Engine.Store.Vault.Open("case_events", "payload", ev.ID, ev.Payload)
			if err != nil {
				return err
			}
			form := string(raw)
			out.Salt, out.Form = ev.Salt, &form
		}
		b.Acts = append(b.Acts, out)
		b.About.Head = ev.Hash
	}
	b.About.Acts = len(rows)
	return nil
}

// entries are those of the access log about the case and what belongs to it, or its household and the people in that, as
// far as they are still kept.
func entries(tx *gorm.DB, p *prover, c *models.Case, b *evidence.Bundle) error {
	about := p.tx.Raw(`SELECT 'cases', ? UNION ALL SELECT 'households', ? UNION ALL SELECT 'people', id FROM people WHERE household_id = ? AND household_id <> ''
		UNION ALL SELECT 'case_events', id FROM case_events WHERE case_id = ? UNION ALL SELECT 'attachments', id FROM attachments WHERE case_id = ?
		UNION ALL SELECT 'issued_papers', id FROM issued_papers WHERE case_id = ?`, c.ID, c.HouseholdID, c.HouseholdID, c.ID, c.ID, c.ID)
	var rows []struct {
		models.AccessLog `gorm:"embedded"`
		Idx              int64
		Seq              int64
		Prev             string
	}
	err := tx.Raw(`SELECT a.*, l.idx, l.seq, coalesce(b.hash, '') AS prev FROM access_logs a JOIN log_leaves l ON l.ref = a.id
		LEFT JOIN log_leaves b ON b.chain = l.chain AND b.seq = l.seq - 1
		WHERE l.idx < ? AND a.record_id <> '' AND (a.tbl, a.record_id) IN (?) ORDER BY l.seq`, p.size, about).Scan(&rows).Error
	if err != nil {
		return err
	}
	for i := range rows {
		e := EntryOf(&rows[i].AccessLog, rows[i].Seq, rows[i].Prev)
		out := evidence.ProvedEntry{Entry: string(evidence.Text(&e))}
		if out.Place, err = p.place(rows[i].Idx); err != nil {
			return err
		}
		b.Access = append(b.Access, out)
	}
	return nil
}

// earlier are the checkpoints that were the first to hold one of the records: they tell since when it has been so.
func (p *prover) earlier() ([]evidence.EarlierNote, error) {
	slices.Sort(p.indexes)
	var out []evidence.EarlierNote
	for at := 0; at < len(p.indexes); {
		var row models.LogCheckpoint
		if err := p.tx.Where("size > ?", p.indexes[at]).Order("size").Limit(1).Find(&row).Error; err != nil {
			return nil, err
		}
		if row.Size >= p.size {
			break
		}
		proof, err := tlog.ProveTree(p.size, row.Size, p.tree)
		if err != nil {
			return nil, err
		}
		out = append(out, evidence.EarlierNote{Note: row.Note, Proof: proof})
		for at < len(p.indexes) && p.indexes[at] < row.Size {
			at++
		}
	}
	return out, nil
}
