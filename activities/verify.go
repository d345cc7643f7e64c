package activities

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"shouwang/models"
)

// What is checked about the chain of a case. A test that leaves one out shows what it finds.
const (
	CheckSequence = "sequence" // numbered from 1 without gaps
	CheckLink     = "link"     // each names the hash of the one before
	CheckContent  = "content"  // each has the hash that it says
	CheckForm     = "form"     // its form, and what it has put beside the chain
	CheckReply    = "reply"    // the reply kept for a retry
	CheckFold     = "fold"     // the definition allows it, and it leads to the stored state
	CheckHead     = "head"     // the case names the last one, and how many there are
	CheckFacts    = "facts"    // what the case remembers
)

// Verifier checks the records of cases, several at a time.
type Verifier struct {
	Engine *Engine
	// Jobs is how many batches of cases are checked at a time, 0 for one.
	Jobs int
	// Progress, when set, is told how many cases of how many are checked; by several at once.
	Progress func(done, of int)
	// OpenFile, when set, opens a stored file by its hash: every file that is on record is read.
	OpenFile func(ctx context.Context, sha string) (io.ReadCloser, error)
	// Without leaves out some checks.
	Without []string
}

const verifyBatch = 200

// Verify checks sequence, hashes, forms, stored state and facts of all cases, in batches,
// and names the first bad record of each case that does not hold.
func (e *Engine) Verify(ctx context.Context) (Verdict, error) {
	return (&Verifier{Engine: e}).Run(ctx)
}

// VerifyCase checks one case and returns the number of its records. A case that moves
// on meanwhile is no fault: it is read and checked again.
func (e *Engine) VerifyCase(ctx context.Context, c *models.Case) (int, *BadRecord, error) {
	return (&Verifier{Engine: e}).one(ctx, c)
}

// Run checks all cases, the papers that no case speaks for, and all form records. It reads the cases page by page.
func (v *Verifier) Run(ctx context.Context) (Verdict, error) {
	out := Verdict{Bad: []BadRecord{}}
	var of int64
	db := v.Engine.Store.DB.WithContext(ctx)
	if err := db.Model(&models.Case{}).Count(&of).Error; err != nil {
		return out, err
	}
	var done atomic.Int64
	told := func(n int) {
		if now := done.Add(int64(n)); v.Progress != nil {
			v.Progress(int(now), int(max(of, now)))
		}
	}
	for after := ""; ; {
		var ids []string
		if err := db.Model(&models.Case{}).Where("id > ?", after).Order("id").Limit(v.Page()).Pluck("id", &ids).Error; err != nil {
			return out, err
		}
		if len(ids) == 0 {
			break
		}
		after = ids[len(ids)-1]
		part, err := v.some(ctx, ids, told)
		if err != nil {
			return out, err
		}
		out.add(part)
	}
	if err := v.Engine.orphans(ctx, &out); err != nil {
		return out, err
	}
	if err := v.Engine.papersHold(ctx, &out); err != nil {
		return out, err
	}
	if err := v.recordsHold(ctx, &out); err != nil {
		return out, err
	}
	return out, v.filesHold(ctx, &out)
}

// Page is how many cases keep all jobs busy for a while.
func (v *Verifier) Page() int { return 4 * verifyBatch * max(v.Jobs, 1) }

// Cases checks some cases, by their ids.
func (v *Verifier) Cases(ctx context.Context, ids []string) (Verdict, error) {
	return v.some(ctx, ids, func(int) {})
}

func (v *Verifier) some(ctx context.Context, ids []string, told func(n int)) (Verdict, error) {
	size := max(min(verifyBatch, (len(ids)-1)/max(v.Jobs, 1)+1), 1) // a few cases too are shared by all jobs
	batches := slices.Collect(slices.Chunk(ids, size))
	found := make([]Verdict, len(batches))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(max(v.Jobs, 1))
	for i, batch := range batches {
		g.Go(func() (err error) {
			if found[i], err = v.batch(gctx, batch); err == nil {
				told(len(batch))
			}
			return err
		})
	}
	out := Verdict{}
	err := g.Wait()
	for _, f := range found {
		out.add(f)
	}
	return out, err
}

func (v *Verdict) add(more Verdict) {
	v.Cases, v.Events, v.Bad = v.Cases+more.Cases, v.Events+more.Events, append(v.Bad, more.Bad...)
}

func (v *Verifier) on(check string) bool { return !slices.Contains(v.Without, check) }

// batch checks some cases, whose records are read together. One that does not hold is looked at again by itself.
func (v *Verifier) batch(ctx context.Context, ids []string) (Verdict, error) {
	out := Verdict{}
	db := v.Engine.Store.DB.WithContext(ctx)
	var cases []models.Case
	if err := db.Where(models.Among(db, "id", ids)).Find(&cases).Error; err != nil {
		return out, err
	}
	var events []models.CaseEvent
	if err := db.Where(models.Among(db, "case_id", ids)).Order("case_id, seq").Find(&events).Error; err != nil {
		return out, err
	}
	files, err := v.files(ctx, ids)
	if err != nil {
		return out, err
	}
	rows, err := v.Engine.rowsBeside(db, ids)
	if err != nil {
		return out, err
	}
	slices.SortFunc(cases, func(a, b models.Case) int { return strings.Compare(a.ID, b.ID) })
	of := map[string][]models.CaseEvent{}
	for at := 0; at < len(events); {
		end := at + 1
		for end < len(events) && events[end].CaseID == events[at].CaseID {
			end++
		}
		of[events[at].CaseID] = events[at:end:end]
		at = end
	}
	for i := range cases {
		c := &cases[i]
		n := len(of[c.ID])
		bad, err := v.check(ctx, c, of[c.ID], files, rows)
		if err == nil && bad != nil {
			n, bad, err = v.one(ctx, c)
		}
		if err != nil {
			return out, err
		}
		out.Cases, out.Events = out.Cases+1, out.Events+n
		if bad != nil {
			out.Bad = append(out.Bad, *bad)
		}
	}
	return out, nil
}

// files are the attachments of some cases, by id.
func (v *Verifier) files(ctx context.Context, cases []string) (map[string]models.Attachment, error) {
	db := v.Engine.Store.DB.WithContext(ctx)
	var list []models.Attachment
	err := db.Select("id, case_id, kind, sha256, sealed_facts, erased_at").Where(models.Among(db, "case_id", cases)).Find(&list).Error
	out := make(map[string]models.Attachment, len(list))
	for _, a := range list {
		out[a.ID] = a
	}
	return out, err
}

// one checks one case by itself, again while it moves on.
func (v *Verifier) one(ctx context.Context, c *models.Case) (int, *BadRecord, error) {
	for {
		events, err := v.Engine.Events(ctx, c.ID)
		if err != nil {
			return 0, nil, err
		}
		rows, err := v.Engine.rowsBeside(v.Engine.Store.DB.WithContext(ctx), []string{c.ID})
		if err != nil {
			return 0, nil, err
		}
		bad, err := v.check(ctx, c, events, nil, rows)
		if err != nil || bad == nil {
			return len(events), bad, err
		}
		var now models.Case
		err = v.Engine.Store.DB.WithContext(ctx).Where("id = ?", c.ID).Take(&now).Error
		if models.Missing(err) || err == nil && now.Seq <= c.Seq {
			return len(events), bad, nil
		}
		if err != nil {
			return len(events), nil, err
		}
		c = &now
	}
}

// check checks a case and its records.
func (v *Verifier) check(ctx context.Context, c *models.Case, events []models.CaseEvent, files map[string]models.Attachment, rows *rowsBeside) (*BadRecord, error) {
	bad := func(seq int, format string, a ...any) *BadRecord {
		return &BadRecord{CaseID: c.ID, No: c.No, Seq: seq, Fault: fmt.Sprintf(format, a...)}
	}
	prev, forms := "", make([][]byte, len(events))
	for i := range events {
		ev := &events[i]
		if v.on(CheckSequence) && ev.Seq != i+1 {
			return bad(i+1, "第 %d 号记录缺失", i+1), nil
		}
		fault, err := v.recordFault(ctx, ev, prev, files, &forms[i])
		if err != nil {
			return nil, err
		}
		if fault != "" {
			return bad(ev.Seq, "%s", fault), nil
		}
		prev = ev.Hash
	}
	f, foldFault := Fold(events)
	head, fold, gone := v.on(CheckHead), v.on(CheckFold), goneWithoutRecord(events, forms)
	switch {
	case fold && foldFault != nil:
		return bad(foldFault.Seq, "%s", foldFault.Fault), nil
	case v.on(CheckForm) && gone > 0:
		return bad(gone, "表单内容缺失，且没有依法删除的记录"), nil
	case head && c.Seq < len(events):
		return bad(c.Seq+1, "末尾记录多出：事项记为 %d 条，实有 %d 条", c.Seq, len(events)), nil
	case head && (c.Seq > len(events) || c.HeadHash != prev):
		return bad(len(events)+1, "末尾记录缺失：事项记为 %d 条，实有 %d 条", c.Seq, len(events)), nil
	case fold && (f.Procedure != c.Procedure || f.State != c.State):
		return bad(len(events), "按记录推演应在“%s”，事项记为“%s”", standing(f.Procedure, f.Version, f.State), standing(c.Procedure, c.Version, c.State)), nil
	case fold && f.Step != c.Step:
		return bad(len(events), "按记录推演办过 %d 步，事项记为 %d 步", f.Step, c.Step), nil
	}
	if v.on(CheckFacts) {
		if fault := factsFault(c, events, forms); fault != nil {
			return fault, nil
		}
	}
	if !v.on(CheckRows) {
		return nil, nil
	}
	fault, err := v.rowsFault(ctx, c, events, forms, rows)
	if fault == "" || err != nil {
		return nil, err
	}
	return bad(len(events), "%s", fault), nil
}

// recordFault says what is wrong with one record, whose form it opens.
func (v *Verifier) recordFault(ctx context.Context, ev *models.CaseEvent, prev string, files map[string]models.Attachment, form *[]byte) (string, error) {
	if v.on(CheckLink) && ev.Prev != prev {
		return "与前一条记录不相连", nil
	}
	if v.on(CheckContent) && EventHash(ev) != ev.Hash {
		return "记录内容与其摘要不符", nil
	}
	raw, fault := v.Engine.payloadFault(ev)
	*form = raw
	if v.on(CheckForm) {
		if fault != "" {
			return fault, nil
		}
		if fault, err := v.Engine.besideFault(ctx, ev, files); fault != "" || err != nil {
			return fault, err
		}
	}
	if v.on(CheckReply) && !replyHolds(ev) {
		return "答复与记录内容不符", nil
	}
	return "", nil
}

// besideFault says what is wrong with what an act has put beside the chain.
func (e *Engine) besideFault(ctx context.Context, ev *models.CaseEvent, files map[string]models.Attachment) (string, error) {
	switch ev.Kind {
	case "archive":
		return e.archiveFault(ctx, ev)
	case "attach":
		return e.attachFault(ctx, ev, files)
	case "paper":
		return e.paperFault(ctx, ev)
	}
	return "", nil
}
