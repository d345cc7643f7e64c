package sealing

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/internal/casetime"
	"shouwang/internal/evidence"
	"shouwang/models"
)

// What is checked about the sealed records. A test that leaves one out shows what it finds.
const (
	// CheckSealed compares each record with what was sealed of it.
	CheckSealed = "sealed"
	// CheckGaps wants the sealed records numbered without gaps.
	CheckGaps = "gaps"
	// CheckActs wants the acts of administrators linked, and each with the hash that it says.
	CheckActs = "acts"
	// CheckTime wants everything sealed at the next checkpoint, and dated near it: nobody puts in later what is dated earlier.
	CheckTime = "time"
	// CheckTree compares the tree with the checkpoints in the database.
	CheckTree = "tree"
	// CheckExported compares it with those outside: only they tell that the whole database was put back.
	CheckExported = "exported"
)

// Audit checks all sealed records of a database, against the checkpoints in it and those outside.
type Audit struct {
	Store     *models.Store
	PublicKey string
	// Dir is the folder with exported checkpoints; Against are further signed notes, from wherever they were kept.
	Dir     string
	Against []string
	// Drill is that of the clock of the cases, the zero one outside of a drill.
	Drill casetime.Drill
	// Without leaves out some checks.
	Without []string
}

// Report is the result of an audit.
type Report struct {
	Leaves int64 `json:"leaves"`
	// Checkpoints and Exported are how many checkpoints were compared, in the database and outside.
	Checkpoints int                    `json:"checkpoints"`
	Exported    int                    `json:"exported"`
	Last        *evidence.Checkpoint   `json:"last,omitempty"`
	Unsealed    int64                  `json:"unsealed"`
	Bad         []activities.BadRecord `json:"bad"`
}

// Run checks everything and names the first bad record of each chain and what is wrong with the tree.
func (a *Audit) Run(ctx context.Context) (Report, error) {
	w := &walk{Audit: a, db: a.Store.DB.WithContext(ctx), bad: map[string]bool{}, last: map[string]models.LogLeaf{}, rep: Report{Bad: []activities.BadRecord{}}}
	err := w.run()
	return w.rep, err
}

func (a *Audit) on(check string) bool { return !slices.Contains(a.Without, check) }

// walk is one audit under way.
type walk struct {
	*Audit
	db       *gorm.DB
	rep      Report
	bad      map[string]bool // chains with a fault
	notes    []seen
	pruned   pruned
	exported *exportedLeaves
	tree     evidence.Frontier
	broken   bool                      // the tree cannot be told any more
	next     int                       // the first of the notes that the tree has not reached yet
	held     int64                     // the size of the last checkpoint that holds
	odd      *odd                      // the first leaf that is not as it was exported
	last     map[string]models.LogLeaf // of the chains that are numbered when they are sealed
	forms    int64                     // the size of the first checkpoint that holds an act on a form, 0 before it is known
	formed   bool                      // there are acts on forms in the tree
}

// odd is a leaf that is not as it was exported.
type odd struct {
	index int64
	was   evidence.Leaf
}

func (w *walk) run() (err error) {
	if err = w.collect(); err != nil {
		return err
	}
	if w.pruned, err = prunedBy(w.db, w.notes); err != nil {
		return err
	}
	if w.exported, err = openLeaves(w.Dir); err != nil {
		return err
	}
	defer w.exported.close()
	if err = w.leaves(); err != nil {
		return err
	}
	if err = w.beyond(); err != nil {
		return err
	}
	if err = w.stored(); err != nil {
		return err
	}
	if err = w.acts(); err != nil {
		return err
	}
	return w.unsealed()
}

// acts checks the chain of what administrators have done.
func (w *walk) acts() error {
	if !w.on(CheckActs) {
		return nil
	}
	n, fault, err := models.VerifyAdminActs(w.db)
	if fault != "" {
		w.faultOf(&models.LogLeaf{Chain: evidence.AdminChain, Seq: n + 1}, "%s", fault)
	}
	return err
}

// unsealed counts what waits for the next checkpoint, and finds what a checkpoint has passed over: it was put in later.
func (w *walk) unsealed() error {
	before, err := w.passed()
	if err != nil {
		return err
	}
	for _, x := range []struct{ table, chain string }{{"case_events", "r.case_id"}, {"access_logs", "'access'"}, {"admin_acts", "'admin'"}, {"form_record_acts", "'form'"}} {
		old := w.db.Where("r.id < ?", before)
		if chain := strings.Trim(x.chain, "'"); w.rep.Last != nil && chain != evidence.AdminChain {
			old = old.Or("r.at < ?", w.dated(chain, w.rep.Last.At.Add(-slackOf(chain))).UTC())
		}
		rows := func() *gorm.DB {
			return w.db.Table(x.table + " r").Where("NOT EXISTS (SELECT 1 FROM log_leaves l WHERE l.ref = r.id)")
		}
		var n int64
		if err := rows().Count(&n).Error; err != nil {
			return err
		}
		w.rep.Unsealed += n
		if n == 0 || !w.on(CheckTime) || x.table == "form_record_acts" && !w.formed {
			continue // acts on forms that were made before they were sealed wait for the next checkpoint
		}
		var odd struct {
			ID, Chain string
		}
		if err := rows().Where(old).Select("r.id, " + x.chain + " AS chain").Order("r.id").Limit(1).Scan(&odd).Error; err != nil {
			return err
		}
		if odd.ID != "" {
			w.faultOf(&models.LogLeaf{Chain: odd.Chain}, "记录 %s 早于最近的检查点，却没有封存：是后来加进去的", odd.ID)
		}
	}
	return nil
}

// slack is how much later than it is dated a record may be committed, at the most.
const slack = time.Hour

// slackOf is that of a chain. A piece of work that takes long dates all acts in cases by its beginning; it does not take a day.
func slackOf(chain string) time.Duration {
	if chain == evidence.AccessChain || chain == evidence.FormChain {
		return slack
	}
	return window
}

// passed is the id below which everything is sealed: ids sort by the time when they were made, and those of an hour before
// the last that is sealed are all committed.
func (w *walk) passed() (string, error) {
	var last string
	if err := w.db.Raw("SELECT coalesce(max(ref), '') FROM log_leaves").Scan(&last).Error; err != nil {
		return "", err
	}
	id, err := ulid.ParseStrict(last)
	if err != nil {
		return "", nil //nolint:nilerr // nothing is sealed
	}
	return firstID(ulid.Time(id.Time()).Add(-slack)), nil
}

// timely says what is wrong with the date of a record that was sealed between two checkpoints.
func (w *walk) timely(l *models.LogLeaf, at time.Time) {
	n := slices.IndexFunc(w.notes[w.next:], func(c seen) bool { return c.Size > l.Idx })
	if n < 0 {
		return // sealed, and not signed yet
	}
	own := w.notes[w.next+n]
	if at.After(w.dated(l.Chain, own.At.Add(slackOf(l.Chain)))) {
		w.faultOf(l, "记载的时间 %s 晚于封存它的检查点 %s", evidence.Moment(at), evidence.Moment(own.At))
	}
	if l.Chain == evidence.FormChain {
		if w.forms == 0 {
			w.forms = own.Size
		}
		if own.Size == w.forms {
			return // acts on forms were not sealed before
		}
	}
	for i := w.next + n - 1; i >= 0; i-- {
		if before := w.notes[i]; before.Size <= l.Idx {
			if at.Before(w.dated(l.Chain, before.At.Add(-slackOf(l.Chain)))) {
				w.faultOf(l, "记载的时间 %s 早于上一个检查点 %s，却没有在那时封存：是后来加进去的", evidence.Moment(at), evidence.Moment(before.At))
			}
			return
		}
	}
}

// dated is a moment by the clock that the records of a chain are dated by: that of the cases runs faster in a drill.
func (w *walk) dated(chain string, at time.Time) time.Time {
	if chain == evidence.AccessChain {
		return at
	}
	return w.Drill.At(at)
}

// collect opens all checkpoints, in the database and outside, by size.
func (w *walk) collect() error {
	var rows []models.LogCheckpoint
	if err := w.db.Order("size").Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		if w.on(CheckTree) {
			c, err := evidence.Open([]byte(rows[i].Note), w.PublicKey)
			w.note(seen{Checkpoint: c, where: "数据库"}, err)
		}
	}
	files, err := noteFiles(w.Dir)
	if err != nil {
		return err
	}
	for _, f := range append(files, w.Against...) {
		if w.on(CheckExported) {
			c, err := readNote(f, w.PublicKey)
			w.note(seen{Checkpoint: c, where: filepath.Base(f), out: true}, err)
		}
	}
	slices.SortStableFunc(w.notes, func(a, b seen) int { return int(a.Size - b.Size) })
	if n := len(w.notes); n > 0 {
		w.rep.Last = &w.notes[n-1].Checkpoint
	}
	return nil
}

func (w *walk) note(s seen, err error) {
	if err == nil && s.Size < 1 {
		err = errors.New("没有记录的检查点")
	}
	switch {
	case err != nil:
		w.fault(activities.BadRecord{No: "检查点", Fault: fmt.Sprintf("%s：%v", s.where, err)})
		return
	case s.out:
		w.rep.Exported++
	default:
		w.rep.Checkpoints++
	}
	w.notes = append(w.notes, s)
}

func (w *walk) fault(b activities.BadRecord) { w.rep.Bad = append(w.rep.Bad, b) }

// faultOf reports the first fault of a chain.
func (w *walk) faultOf(l *models.LogLeaf, format string, args ...any) {
	if !w.bad[l.Chain] {
		w.bad[l.Chain] = true
		w.fault(w.named(l.Chain, l.Seq, fmt.Sprintf(format, args...)))
	}
}

// loose are the chains that are of no case.
var loose = map[string]string{evidence.AccessChain: "访问日志", evidence.AdminChain: "管理操作", evidence.FormChain: "表册"}

// named is a fault of a record of a chain.
func (w *walk) named(chain string, seq int64, fault string) activities.BadRecord {
	if no := loose[chain]; no != "" {
		return activities.BadRecord{No: no, Seq: int(seq), Fault: fault}
	}
	var c models.Case
	w.db.Select("no").Where("id = ?", chain).Limit(1).Find(&c) // without its number it is named by its id
	return activities.BadRecord{CaseID: chain, No: c.No, Seq: int(seq), Fault: fault}
}

const auditPage = 2000

// sealedRow is a leaf beside the act it is of, in a case or of an administrator, if that is there.
type sealedRow struct {
	models.LogLeaf `gorm:"embedded"`
	CaseID         *string
	CaseSeq        *int64
	CaseHash       *string
	CaseAt         *time.Time // of an act in a case
}

func (w *walk) leaves() error {
	for at := int64(-1); ; {
		var rows []sealedRow
		err := w.db.Raw("SELECT l.*, CASE WHEN a.id IS NULL THEN e.case_id ELSE 'admin' END AS case_id, coalesce(e.seq, a.seq) AS case_seq, coalesce(e.hash, a.hash) AS case_hash, e.at AS case_at FROM log_leaves l LEFT JOIN case_events e ON e.id = l.ref LEFT JOIN admin_acts a ON a.id = l.ref WHERE l.idx > ? ORDER BY l.idx LIMIT ?", at, auditPage).Scan(&rows).Error
		if err != nil || len(rows) == 0 {
			return err
		}
		entries, err := w.entries(rows)
		if err != nil {
			return err
		}
		for i := range rows {
			l := &rows[i].LogLeaf
			w.formed = w.formed || l.Chain == evidence.FormChain
			row, there := entries[l.Ref]
			if w.on(CheckSealed) {
				w.compare(&rows[i], row)
			}
			if at := rows[i].CaseAt; at != nil {
				row.at, there = *at, true
			}
			if there && w.on(CheckTime) {
				w.timely(l, row.at)
			}
			if err := w.plant(l); err != nil {
				return err
			}
		}
		at = rows[len(rows)-1].Idx
		w.rep.Leaves += int64(len(rows))
	}
}

// entries are the rows of the access log and the acts on form records that leaves are of, by id.
func (w *walk) entries(rows []sealedRow) (map[string]numbered, error) {
	ids := map[string][]string{}
	for i := range rows {
		ids[rows[i].Chain] = append(ids[rows[i].Chain], rows[i].Ref)
	}
	out := map[string]numbered{}
	if len(ids[evidence.AccessChain]) > 0 {
		var list []models.AccessLog
		if err := w.db.Where(models.Among(w.db, "id", ids[evidence.AccessChain])).Find(&list).Error; err != nil {
			return nil, err
		}
		for i := range list {
			out[list[i].ID] = entryRow(&list[i])
		}
	}
	if len(ids[evidence.FormChain]) > 0 {
		var list []models.FormRecordAct
		if err := w.db.Table("form_record_acts a").Select(formActColumns).Where(models.Among(w.db, "id", ids[evidence.FormChain])).Find(&list).Error; err != nil {
			return nil, err
		}
		for i := range list {
			out[list[i].ID] = formActRow(&list[i])
		}
	}
	return out, nil
}

// compare says what is wrong with a record that was sealed.
func (w *walk) compare(r *sealedRow, row numbered) {
	l := &r.LogLeaf
	if l.Chain == evidence.AccessChain || l.Chain == evidence.FormChain {
		w.compareNumbered(l, row)
		return
	}
	switch {
	case r.CaseID == nil:
		w.faultOf(l, "已封存的记录不在了（封存序号 %d）", l.Idx)
	case *r.CaseID != l.Chain || *r.CaseSeq != l.Seq || *r.CaseHash != l.Hash:
		w.faultOf(l, "不是封存时的记录（封存序号 %d）", l.Idx)
	}
}

func (w *walk) compareNumbered(l *models.LogLeaf, row numbered) {
	before := w.last[l.Chain]
	w.last[l.Chain] = *l
	switch {
	case l.Seq != before.Seq+1:
		w.faultOf(l, "第 %d 号记录缺失", before.Seq+1)
	case row.hash == nil && l.Chain == evidence.AccessChain && w.pruned.covers(l.Idx):
	case row.hash == nil:
		w.faultOf(l, "已封存的记录不在了（封存序号 %d）", l.Idx)
	case row.hash(l.Seq, before.Hash) != l.Hash:
		w.faultOf(l, "不是封存时的记录（封存序号 %d%s）", l.Idx, row.name)
	}
}

// plant adds a leaf to the tree and compares the checkpoints of its size.
func (w *walk) plant(l *models.LogLeaf) error {
	leaf := leafOf(l)
	if w.on(CheckGaps) && !w.broken && l.Idx != w.tree.Size() {
		w.broken = true
		w.fault(w.lost(w.tree.Size(), fmt.Sprintf("封存序列缺第 %d 条", w.tree.Size())))
	}
	if w.broken {
		return nil
	}
	if w.odd == nil {
		was, known, err := w.exported.at(l.Idx)
		if err != nil {
			return err
		}
		if known && was != leaf {
			w.odd = &odd{l.Idx, was}
		}
	}
	w.tree.Add(leaf.RecordHash())
	for ; !w.broken && w.next < len(w.notes) && w.notes[w.next].Size <= w.tree.Size(); w.next++ {
		w.holds(&w.notes[w.next])
	}
	return nil
}

// holds compares the tree with a checkpoint of its size.
func (w *walk) holds(c *seen) {
	if w.tree.Root() == c.Root {
		w.held = c.Size
		return
	}
	w.broken = true
	why := fmt.Sprintf("封存的记录与 %s 签署的检查点（%s，%d 条）不符", evidence.Moment(c.At), c.where, c.Size)
	if w.odd != nil && w.odd.index < c.Size {
		w.fault(w.resolve(w.odd.was, why))
		return
	}
	w.fault(activities.BadRecord{No: "封存", Seq: int(w.held), Fault: fmt.Sprintf("%s，问题在封存序号 %d 至 %d 之间", why, w.held, c.Size-1)})
}

// beyond finds checkpoints of a tree that was larger than this one.
func (w *walk) beyond() error {
	n := w.tree.Size()
	if w.broken {
		return nil
	}
	for i := range w.notes {
		c := &w.notes[i]
		if c.Size <= n {
			continue
		}
		why := fmt.Sprintf("数据库封存了 %d 条，而 %s 签署的检查点（%s）有 %d 条：末尾被截去，或整库被退回到旧的副本", n, evidence.Moment(c.At), c.where, c.Size)
		if w.odd != nil { // not the last is gone, but one before
			w.fault(w.resolve(w.odd.was, why))
		} else {
			w.fault(w.lost(n, why))
		}
		return nil
	}
	return nil
}

// lost names the record that had a place in the tree, as far as the exported leaves tell.
func (w *walk) lost(index int64, why string) activities.BadRecord {
	was, known, err := w.exported.at(index)
	if err != nil || !known {
		return activities.BadRecord{No: "封存", Seq: int(index), Fault: why}
	}
	return w.resolve(was, why)
}

// resolve names the record of a leaf that was exported, whose case is known by a hash only.
func (w *walk) resolve(was evidence.Leaf, why string) activities.BadRecord {
	if loose[was.Chain] != "" {
		return w.named(was.Chain, was.Seq, why)
	}
	var ids []string
	w.db.Model(&models.Case{}).Pluck("id", &ids) // on failure the hash names the case
	for _, id := range ids {
		if evidence.ChainOf(id) == was.Chain {
			return w.named(id, was.Seq, why)
		}
	}
	return activities.BadRecord{No: "已不存在的事项（代码摘要 " + was.Chain[:min(12, len(was.Chain))] + "）", Seq: int(was.Seq), Fault: why}
}

// stored checks that the inner hashes in the database are those of the leaves: proofs are made of them.
func (w *walk) stored() error {
	if w.broken || w.tree.Size() == 0 || !w.on(CheckTree) {
		return nil
	}
	root, err := tlog.TreeHash(w.tree.Size(), newTree(w.db))
	if models.Missing(err) || err == nil && root != w.tree.Root() {
		w.fault(activities.BadRecord{No: "封存", Fault: "封存树的内部节点缺失或被改动"})
		return nil
	}
	return err
}

// pruned tells which entries of the access log were removed when their time was over.
type pruned []int64

// covers reports whether the entry at an index may be gone.
func (p pruned) covers(index int64) bool {
	return slices.ContainsFunc(p, func(size int64) bool { return index < size })
}

// keepMonths is how long the law wants the access log kept at least.
const keepMonths = 6

// prunedBy believes an entry that says that older ones were removed, if what it removed was sealed six months before it was
// sealed itself, by the signed checkpoints: nobody can excuse the removal of anything younger.
func prunedBy(db *gorm.DB, notes []seen) (pruned, error) {
	var rows []struct {
		Idx      int64
		RecordID string
	}
	err := db.Raw("SELECT l.idx, a.record_id FROM access_logs a JOIN log_leaves l ON l.ref = a.id WHERE a.action = ?", PruneAction).Scan(&rows).Error
	var out pruned
	for _, r := range rows {
		var size int64
		if _, err := fmt.Sscan(r.RecordID, &size); err != nil {
			continue
		}
		then, ok1 := signedAt(notes, func(c *seen) bool { return c.Size == size })
		when, ok2 := signedAt(notes, func(c *seen) bool { return c.Size > r.Idx })
		if ok1 && ok2 && !then.After(when.AddDate(0, -keepMonths, 0)) {
			out = append(out, size)
		}
	}
	return out, err
}

// signedAt is the time of the smallest checkpoint of a kind.
func signedAt(notes []seen, is func(c *seen) bool) (at time.Time, found bool) {
	i := slices.IndexFunc(notes, func(c seen) bool { return is(&c) })
	if i < 0 {
		return at, false
	}
	return notes[i].At, true
}
