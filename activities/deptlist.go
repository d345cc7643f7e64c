package activities

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/internal/deptlist"
	"shouwang/internal/howfar"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// DeptUpload is a list of a department that somebody brings (S004 S4-013). Region bounds whom its rows may be about.
type DeptUpload struct {
	Region   string
	Kind     *deptlist.Kind
	File     *deptlist.File
	Name     string // of the file
	AsOf     policy.Date
	Mapping  deptlist.Mapping
	Corrects string
	UserID   string
}

// DeptFault is what is wrong with a row of a list, counted as a spreadsheet does.
type DeptFault struct {
	Sheet string
	Line  int
	policy.Fault
}

// DeptPreview is what an import of a list would find. Faults holds the first maxDeptFaults.
type DeptPreview struct {
	Rows, Matched, Doubtful, Outside, Rejected int
	Faults                                     []DeptFault
	// Before is the list that the same file has become already; nil for a new one.
	Before *models.DeptList
	// Newer is the day of a list of the kind that is newer than this one; "" without one.
	Newer string
}

const (
	maxDeptFaults = 500
	deptChunk     = 300
)

// deptReading goes through the rows of an upload.
type deptReading struct {
	e        *Engine
	u        DeptUpload
	register *deptlist.Register
	reader   *deptlist.Reader
	seen     map[string]bool
}

func (e *Engine) deptReading(ctx context.Context, u DeptUpload) (*deptReading, error) {
	db := e.Store.DB.WithContext(ctx)
	places, err := deptlist.LoadPlaces(ctx, db, u.Region)
	if err != nil {
		return nil, err
	}
	return &deptReading{e: e, u: u, seen: map[string]bool{}, register: &deptlist.Register{DB: db, Vault: e.Store.Vault, Region: u.Region},
		reader: &deptlist.Reader{File: u.File, Kind: u.Kind, Mapping: u.Mapping, Places: places, Today: policy.DateOf(e.Clock.Now())}}, nil
}

// each gives the rows in chunks with whom they mean, from the row skip on, which is counted from 0.
func (d *deptReading) each(ctx context.Context, skip int, f func(from int, rows []*deptlist.Row, found []deptlist.Match) error) error {
	var rows []*deptlist.Row
	n := 0
	give := func() error {
		from := n - len(rows)
		if len(rows) == 0 || n <= skip {
			rows = nil
			return nil
		}
		if from < skip {
			rows, from = rows[skip-from:], skip
		}
		found, err := d.match(ctx, rows)
		if err != nil {
			return err
		}
		err = f(from, rows, found)
		rows = nil
		howfar.Tell(ctx, n, d.u.File.Rows)
		return err
	}
	err := d.reader.Each(func(r *deptlist.Row) error {
		d.twice(r)
		rows = append(rows, r)
		if n++; n%deptChunk == 0 {
			return give()
		}
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	return give()
}

// twice finds a row that states a fact of somebody whom the file has named with it already. Rows about homes may name
// each of those who live there.
func (d *deptReading) twice(r *deptlist.Row) {
	if r.Bad() || d.u.Kind.Household {
		return
	}
	key := r.Who.Named() + "|" + r.Slot(d.u.Kind)
	if d.seen[key] {
		r.Faults = append(r.Faults, policy.Fault{Code: "DPT-111", Field: deptlist.FieldName, Message: "名单前面已有同一人的同一事项"})
	}
	d.seen[key] = true
}

// match compares rows with the register and with what was decided about earlier lists.
func (d *deptReading) match(ctx context.Context, rows []*deptlist.Row) ([]deptlist.Match, error) {
	found, err := d.register.Match(ctx, rows)
	if err != nil {
		return nil, err
	}
	var keys []string
	for _, m := range found {
		if m.Outcome == deptlist.Doubtful {
			keys = append(keys, m.Keys...)
		}
	}
	if len(keys) == 0 {
		return found, nil
	}
	var decided []models.DeptMatch
	err = d.e.Store.DB.WithContext(ctx).Where("area = ? AND match_key IN ? AND decision IN ?", d.u.Region, keys, []string{models.DeptSame, models.DeptNotSame}).Find(&decided).Error
	by := map[string]models.DeptMatch{}
	for _, x := range decided {
		by[x.MatchKey] = x
	}
	for i := range found {
		for _, key := range found[i].Keys {
			if x, ok := by[key]; ok && found[i].Outcome == deptlist.Doubtful {
				remember(&found[i], x)
			}
		}
	}
	return found, err
}

// remember applies an earlier decision, as far as it was about the same persons.
func remember(m *deptlist.Match, x models.DeptMatch) {
	if x.Decision == models.DeptSame {
		if i := slices.IndexFunc(m.Candidates, func(c deptlist.Candidate) bool { return c.Person.ID == x.PersonID }); i >= 0 {
			m.Outcome, m.Person = deptlist.Matched, &m.Candidates[i]
		}
		return
	}
	for _, c := range m.Candidates {
		if !slices.Contains(x.Candidates, c.Person.ID) {
			return
		}
	}
	m.Outcome = deptlist.Outside
}

// PreviewDeptList says what an import of a list would find and writes nothing.
func (e *Engine) PreviewDeptList(ctx context.Context, u DeptUpload, told func(r *deptlist.Row, m deptlist.Match) error) (DeptPreview, error) {
	out := DeptPreview{Rows: u.File.Rows}
	var err error
	if out.Before, err = e.deptListOf(ctx, u); err != nil {
		return out, err
	}
	err = e.Store.DB.WithContext(ctx).Model(&models.DeptList{}).Where("region_code = ? AND dept = ? AND kind = ? AND as_of > ?", u.Region, u.Kind.Dept, u.Kind.Code, u.AsOf.String()).
		Select("COALESCE(MAX(as_of), '')").Scan(&out.Newer).Error
	if err != nil {
		return out, err
	}
	d, err := e.deptReading(ctx, u)
	if err != nil {
		return out, err
	}
	return out, d.each(ctx, 0, func(_ int, rows []*deptlist.Row, found []deptlist.Match) error {
		for i, r := range rows {
			for _, f := range r.Faults {
				if len(out.Faults) < maxDeptFaults {
					out.Faults = append(out.Faults, DeptFault{r.Sheet, r.Line, f})
				}
			}
			switch {
			case r.Bad():
				out.Rejected++
			case found[i].Outcome == deptlist.Matched:
				out.Matched++
			case found[i].Outcome == deptlist.Doubtful:
				out.Doubtful++
			default:
				out.Outside++
			}
			if told != nil {
				if err := told(r, found[i]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// deptListOf is the list that a file has become already, nil when it has not.
func (e *Engine) deptListOf(ctx context.Context, u DeptUpload) (*models.DeptList, error) {
	var l models.DeptList
	err := e.Store.DB.WithContext(ctx).Where("region_code = ? AND dept = ? AND kind = ? AND sha256 = ?", u.Region, u.Kind.Dept, u.Kind.Code, u.File.SHA256).Take(&l).Error
	if models.Missing(err) {
		return nil, nil
	}
	return &l, err
}

// ImportDeptList writes the rows of a list that are about somebody of the register and does what follows from them. The
// same file is imported once; one that was interrupted goes on where it stopped, with the mapping and the day it began with.
func (e *Engine) ImportDeptList(ctx context.Context, u DeptUpload) (*models.DeptList, error) {
	l, err := e.beginDeptList(ctx, u)
	if err != nil || l.State == models.DeptDone {
		return l, err
	}
	if l.State == models.DeptReading {
		u.Mapping = l.Mapping
		d, err := e.deptReading(ctx, u)
		if err != nil {
			return nil, err
		}
		err = d.each(ctx, l.ReadRows, func(from int, rows []*deptlist.Row, found []deptlist.Match) error {
			return e.Store.Tx(ctx, func(tx *gorm.DB) error { return e.keepDeptRows(tx, l, from, u.Kind, rows, found) })
		})
		if err != nil {
			return nil, err
		}
		if err := e.Store.Tx(ctx, func(tx *gorm.DB) error { return e.deptRead(tx, l) }); err != nil {
			return nil, err
		}
	}
	return e.FinishDeptList(ctx, l.ID)
}

func (e *Engine) beginDeptList(ctx context.Context, u DeptUpload) (*models.DeptList, error) {
	if l, err := e.deptListOf(ctx, u); err != nil || l != nil {
		return l, err
	}
	if policy.DateOf(e.Clock.Now()).Before(u.AsOf) {
		return nil, procedure.Refuse(procedure.Invalid, "as_of_in_future", "数据截止日期不能晚于今天", procedure.FieldFault{Field: "as_of", Code: "as_of_in_future", Message: "数据截止日期不能晚于今天"})
	}
	if err := e.corrected(ctx, u); err != nil {
		return nil, err
	}
	now := e.Clock.Now()
	l := models.DeptList{ID: models.NewID(), RegionCode: u.Region, Dept: u.Kind.Dept, Kind: u.Kind.Code, File: u.Name, SHA256: u.File.SHA256, AsOf: u.AsOf.String(),
		Mapping: u.Mapping, Corrects: u.Corrects, State: models.DeptReading, Rows: u.File.Rows, CreatedBy: u.UserID, CreatedAt: now, UpdatedAt: now}
	err := e.Store.DB.WithContext(ctx).Create(&l).Error
	if models.Duplicate(err) { // somebody has sent the same file at the same moment
		return e.deptListOf(ctx, u)
	}
	return &l, err
}

// corrected wants a list that takes the place of another to be of the same kind and not older.
func (e *Engine) corrected(ctx context.Context, u DeptUpload) error {
	if u.Corrects == "" {
		return nil
	}
	var n int64
	err := e.Store.DB.WithContext(ctx).Model(&models.DeptList{}).Where("id = ? AND region_code = ? AND dept = ? AND kind = ? AND as_of <= ? AND state = ?",
		u.Corrects, u.Region, u.Kind.Dept, u.Kind.Code, u.AsOf.String(), models.DeptDone).Count(&n).Error
	if err == nil && n == 0 {
		return procedure.Refuse(procedure.Invalid, "corrects_unknown", "更正的应是本地同一类、不晚于这一份且已办完的名单",
			procedure.FieldFault{Field: "corrects", Code: "corrects_unknown", Message: "没有可以更正的这份名单"})
	}
	return err
}

// lockDeptList takes the list as it is now.
func lockDeptList(tx *gorm.DB, id string) (*models.DeptList, error) {
	var l models.DeptList
	err := models.Locked(tx).Where("id = ?", id).Take(&l).Error
	return &l, err
}

// keepDeptRows writes one chunk. Of two who import the same file at once, each chunk is written by one.
func (e *Engine) keepDeptRows(tx *gorm.DB, list *models.DeptList, from int, k *deptlist.Kind, rows []*deptlist.Row, found []deptlist.Match) error {
	l, err := lockDeptList(tx, list.ID)
	if err != nil {
		return err
	}
	if l.State != models.DeptReading || l.ReadRows != from {
		return procedure.Refuse(procedure.Conflict, "import_running", "同一份名单正在由他人导入，请稍后刷新查看")
	}
	p := placing{e: e, tx: tx, l: l, k: k, now: e.Clock.Now()}
	if err := p.load(rows, found); err != nil {
		return err
	}
	for i, r := range rows {
		if err := p.row(r, found[i]); err != nil {
			return err
		}
	}
	if len(p.replaced) > 0 {
		if err := tx.Model(&models.DeptRow{}).Where("id IN ?", p.replaced).Update("state", models.RowReplaced).Error; err != nil {
			return err
		}
	}
	if len(p.fresh) > 0 {
		if err := tx.CreateInBatches(p.fresh, 100).Error; err != nil {
			return err
		}
	}
	l.ReadRows += len(rows)
	return e.saveDeptList(tx, l)
}

func (e *Engine) saveDeptList(tx *gorm.DB, l *models.DeptList) error {
	l.UpdatedAt = e.Clock.Now()
	return tx.Save(l).Error
}

// placing puts rows in their place among what is known of the persons.
type placing struct {
	e   *Engine
	tx  *gorm.DB
	l   *models.DeptList
	k   *deptlist.Kind
	now time.Time

	current  map[string]*models.DeptRow // by fact
	fresh    []*models.DeptRow
	replaced []string // ids of stored rows
}

// factKey tells facts apart and names nobody to whoever reads the table.
func (p *placing) factKey(c *deptlist.Candidate, slot string) string {
	about := c.Person.ID
	if p.k.Household {
		about = c.Person.HouseholdID
	}
	return p.e.Store.Vault.Print(strings.Join([]string{"dept-fact", p.k.Code, about, slot}, "|"))
}

func (p *placing) load(rows []*deptlist.Row, found []deptlist.Match) error {
	var keys []string
	for i, m := range found {
		if m.Outcome == deptlist.Matched {
			keys = append(keys, p.factKey(m.Person, rows[i].Slot(p.k)))
		}
	}
	p.current = map[string]*models.DeptRow{}
	if len(keys) == 0 {
		return nil
	}
	var stored []models.DeptRow
	err := p.tx.Where("fact_key IN ? AND state = ?", keys, models.RowCurrent).Find(&stored).Error
	for i := range stored {
		p.current[stored[i].FactKey] = &stored[i]
	}
	return err
}

func (p *placing) row(r *deptlist.Row, m deptlist.Match) error {
	switch {
	case r.Bad():
		p.l.Rejected++
		return nil
	case m.Outcome == deptlist.Outside:
		p.l.Outside++
		return nil
	}
	row := &models.DeptRow{ID: models.NewID(), ListID: p.l.ID, Line: r.Line, Sheet: r.Sheet, Kind: p.k.Code, AsOf: p.l.AsOf, CreatedAt: p.now}
	if err := row.SetValues(p.e.Store.Vault, r.Values); err != nil {
		return err
	}
	if m.Outcome == deptlist.Doubtful {
		p.l.Doubtful++
		row.State = models.RowReview
		doubt, err := p.doubt(r, m)
		row.MatchID = doubt
		p.fresh = append(p.fresh, row)
		return err
	}
	p.l.Matched++
	p.fresh = append(p.fresh, row)
	p.place(row, m.Person, r.Slot(p.k))
	return nil
}

// place makes a row the current one of its fact, unless what is known is newer; of two of the same day the later
// import counts.
func (p *placing) place(row *models.DeptRow, c *deptlist.Candidate, slot string) {
	row.PersonID, row.HouseholdID, row.FactKey, row.State = c.Person.ID, c.Person.HouseholdID, p.factKey(c, slot), models.RowCurrent
	known := p.current[row.FactKey]
	if known != nil && known.AsOf > row.AsOf {
		row.State = models.RowOlder
		p.l.Older++
		return
	}
	if known != nil {
		row.BeforeID = known.ID
		if known.ListID == row.ListID { // a home that the list names twice
			row.BeforeID = known.BeforeID
		}
		known.State = models.RowReplaced
		if !slices.Contains(p.fresh, known) {
			p.replaced = append(p.replaced, known.ID)
		}
	}
	p.current[row.FactKey] = row
}

// doubt is the open question about whom a row means; one for each way of naming him.
func (p *placing) doubt(r *deptlist.Row, m deptlist.Match) (string, error) {
	ids, region := []string{}, m.Candidates[0].Village
	for _, c := range m.Candidates {
		ids = append(ids, c.Person.ID)
		region = commonArea(region, c.Village)
	}
	v := p.e.Store.Vault
	if err := v.Alone(p.tx); err != nil {
		return "", err
	}
	var x models.DeptMatch
	err := models.Locked(p.tx).Where("area = ? AND match_key IN ?", p.l.RegionCode, v.Indexes(r.Who.Named())).Take(&x).Error
	if err != nil && !models.Missing(err) {
		return "", err
	}
	fresh := models.Missing(err)
	if fresh {
		x = models.DeptMatch{ID: models.NewID(), Area: p.l.RegionCode, CreatedAt: p.now}
		who := r.Who.Kept()
		if err := x.SetWho(v, who, deptlist.Named(who)); err != nil {
			return "", err
		}
	}
	// What could not be decided, or was decided about others, is asked again.
	x.RegionCode, x.ListID, x.Line, x.Reason, x.Candidates, x.Decision, x.PersonID = region, p.l.ID, r.Line, m.Reason, ids, "", ""
	if fresh {
		return x.ID, p.tx.Create(&x).Error
	}
	return x.ID, p.tx.Save(&x).Error
}

// commonArea is the smallest area that has both: a village, a township or a county.
func commonArea(a, b string) string {
	for _, n := range []int{12, 9, 6} {
		if len(a) >= n && len(b) >= n && a[:n] == b[:n] {
			return a[:n]
		}
	}
	return ""
}

// deptRead ends the reading: what the list corrects and no longer says is withdrawn. Cases that were opened stay: people
// decide about them.
func (e *Engine) deptRead(tx *gorm.DB, list *models.DeptList) error {
	l, err := lockDeptList(tx, list.ID)
	if err != nil || l.State != models.DeptReading {
		return err
	}
	if l.Corrects != "" {
		err := tx.Model(&models.DeptRow{}).Where("list_id = ? AND state IN ?", l.Corrects, []string{models.RowCurrent, models.RowReview}).Update("state", models.RowWithdrawn).Error
		if err != nil {
			return err
		}
		gone := "decision = '' AND NOT EXISTS (SELECT 1 FROM dept_rows WHERE dept_rows.match_id = dept_matches.id AND dept_rows.state = ?)"
		if err := tx.Where("list_id = ? AND "+gone, l.Corrects, models.RowReview).Delete(&models.DeptMatch{}).Error; err != nil {
			return err
		}
	}
	l.State = models.DeptEffects
	return e.saveDeptList(tx, l)
}

// DeptMapping is the last mapping saved for lists of a kind in an area, or in one above it; nil without one.
func (e *Engine) DeptMapping(ctx context.Context, region string, k *deptlist.Kind) (*models.DeptMapping, error) {
	var m models.DeptMapping
	err := e.Store.DB.WithContext(ctx).Where("dept = ? AND kind = ? AND region_code IN ?", k.Dept, k.Code, areasOf(region)).
		Order("LENGTH(region_code) DESC, version DESC").Take(&m).Error
	if models.Missing(err) {
		return nil, nil
	}
	return &m, err
}

// areasOf are an area and those that contain it.
func areasOf(region string) []string {
	var out []string
	for _, n := range []int{12, 9, 6, 4, 2} {
		if len(region) >= n {
			out = append(out, region[:n])
		}
	}
	return out
}

// SaveDeptMapping keeps a mapping as the next version; expected is the version that the caller has seen, 0 for none. The
// same columns again are no new version.
func (e *Engine) SaveDeptMapping(ctx context.Context, region string, k *deptlist.Kind, m deptlist.Mapping, expected int, userID string) (*models.DeptMapping, error) {
	m = m.Trimmed()
	if found := m.Check(k); len(found) > 0 {
		return nil, procedure.Refuse(procedure.Invalid, "mapping_unusable", fmt.Sprintf("列对应关系还有 %d 处问题", len(found)), fieldFaults(found)...)
	}
	var last models.DeptMapping
	err := e.Store.DB.WithContext(ctx).Where("region_code = ? AND dept = ? AND kind = ?", region, k.Dept, k.Code).Order("version DESC").Take(&last).Error
	if err != nil && !models.Missing(err) {
		return nil, err
	}
	if last.Version > 0 && maps.Equal(last.Columns, m) {
		return &last, nil
	}
	stale := procedure.Refuse(procedure.Conflict, "mapping_changed", "列对应关系已被他人修改，请刷新后再保存")
	if last.Version != expected {
		return nil, stale
	}
	row := models.DeptMapping{ID: models.NewID(), RegionCode: region, Dept: k.Dept, Kind: k.Code, Version: last.Version + 1, Columns: m, CreatedBy: userID, CreatedAt: e.Clock.Now()}
	err = e.Store.DB.WithContext(ctx).Create(&row).Error
	if models.Duplicate(err) {
		return nil, stale
	}
	return &row, err
}

func fieldFaults(in []policy.Fault) []procedure.FieldFault {
	out := make([]procedure.FieldFault, len(in))
	for i, f := range in {
		out[i] = procedure.FieldFault{Field: f.Field, Code: f.Code, Message: f.Message}
	}
	return out
}
