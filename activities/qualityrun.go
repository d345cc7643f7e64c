package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// RunRequest asks for a run of rules over the households of an area. Key makes it safe to repeat; "" makes a new run.
type RunRequest struct {
	Kind    string // models.RunQuality or models.RunScreening
	Region  string
	Full    bool   // every household, changed or not
	Channel string // of the clues: big_data, or concentrated_screening
	Key     string
	AskedBy string // an account, "" for the system
	// Rule is what a trial tries.
	Rule *policy.CountyRule
}

// runBatch is how many households one transaction of a run deals with by default.
const runBatch = 1000

// runLease is how long a server that goes down keeps others from going on with a run.
const runLease = time.Minute

// StartRun puts a run in line; a server that works on cases takes it up. There is one run of a kind at a time in an area,
// those above and below it included: another is refused with run_in_progress.
func (e *Engine) StartRun(ctx context.Context, r RunRequest) (*models.QualityRun, error) {
	if r.Kind == models.RunScreening && r.Channel == "" {
		r.Channel = "big_data"
	}
	if r.Key == "" {
		r.Key = models.NewID()
	}
	run := &models.QualityRun{ID: models.NewID(), Kind: r.Kind, RegionCode: r.Region, State: models.RunWaiting, FullLook: r.Full, Channel: r.Channel,
		Key: r.Key, AskedBy: r.AskedBy, CreatedAt: e.Clock.Now()}
	if err := askTrial(run, r.Rule); err != nil {
		return nil, err
	}
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := lockArea(tx, r.Region); err != nil {
			return err
		}
		var before models.QualityRun
		err := tx.Where("key = ?", r.Key).Take(&before).Error
		if err == nil {
			if before.Kind != r.Kind || before.RegionCode != r.Region || before.FullLook != run.FullLook || before.Channel != r.Channel || before.Rule != run.Rule || before.AskedBy != r.AskedBy {
				return keyReused()
			}
			run = &before
			return nil
		}
		if !models.Missing(err) {
			return err
		}
		var open int64
		err = tx.Model(&models.QualityRun{}).Where("kind = ? AND ended_at IS NULL AND (region_code LIKE ? OR ? LIKE region_code || '%')", r.Kind, r.Region+"%", r.Region).Count(&open).Error
		if err != nil {
			return err
		}
		if open > 0 {
			return procedure.Refuse(procedure.Conflict, "run_in_progress", "这一区域已有同类检查正在进行，请等它结束或先取消")
		}
		return tx.Create(run).Error
	})
	return run, err
}

// lockArea lets one after another start runs in a county.
func lockArea(tx *gorm.DB, region string) error {
	var here, county models.Region
	err := tx.Where("code = ?", region).Take(&here).Error
	if models.Missing(err) {
		return procedure.Refuse(procedure.Invalid, "region_unknown", "没有这个区划", procedure.FieldFault{Field: "region_code", Code: "region_unknown", Message: "没有这个区划"})
	}
	if err != nil {
		return err
	}
	return models.Locked(tx).Where("code = ?", region[:min(6, len(region))]).Take(&county).Error
}

// UnfinishedRun is the run of a kind over exactly an area that has not ended, nil without one.
func (e *Engine) UnfinishedRun(ctx context.Context, kind, region string) (*models.QualityRun, error) {
	var run models.QualityRun
	err := e.Store.DB.WithContext(ctx).Where("kind = ? AND region_code = ? AND ended_at IS NULL", kind, region).Take(&run).Error
	if models.Missing(err) {
		return nil, nil
	}
	return &run, err
}

// CancelRun ends a run where it stands; what it has found stays. One that has ended is left as it is.
func (e *Engine) CancelRun(ctx context.Context, id string) (*models.QualityRun, error) {
	err := e.Store.DB.WithContext(ctx).Model(&models.QualityRun{}).Where("id = ? AND ended_at IS NULL", id).
		Updates(map[string]any{"state": models.RunCancelled, "ended_at": e.Clock.Now()}).Error
	if err != nil {
		return nil, err
	}
	return e.Run(ctx, id)
}

// Run reads one run.
func (e *Engine) Run(ctx context.Context, id string) (*models.QualityRun, error) {
	var run models.QualityRun
	err := e.Store.DB.WithContext(ctx).Where("id = ?", id).Take(&run).Error
	if models.Missing(err) {
		return nil, procedure.Refuse(procedure.NotFound, "run_not_found", "没有这次检查")
	}
	return &run, err
}

// nightly are the kinds of run that every night brings, each with the policy key that says whether an area wants them.
var nightly = map[string]string{models.RunQuality: "quality_nightly", models.RunScreening: "screening_nightly"}

// NightlyRuns puts in line, once a day, runs of the data rules and of screening over every county with households, as its
// policy wants. The first finds whatever there is; those after it look only at what has changed.
func (e *Engine) NightlyRuns(ctx context.Context, on policy.Date) error {
	var counties []string
	if err := e.Store.DB.WithContext(ctx).Model(&models.Region{}).Where("level = ?", "county").Order("code").Pluck("code", &counties).Error; err != nil {
		return err
	}
	for _, kind := range sortedKeys(nightly) {
		for _, county := range counties {
			if err := e.nightlyRun(ctx, kind, county, on); err != nil {
				return err
			}
		}
	}
	return nil
}

// nightlyRun puts the run of an area in line, or those of the areas in it where one of them has a policy of its own.
func (e *Engine) nightlyRun(ctx context.Context, kind, area string, on policy.Date) error {
	db := e.Store.DB.WithContext(ctx)
	lo, hi := regionRange(area)
	var homes []string
	if err := db.Model(&models.Household{}).Where("region_code >= ? AND region_code < ?", lo, hi).Limit(1).Pluck("id", &homes).Error; err != nil || len(homes) == 0 {
		return err
	}
	var own int64
	if err := db.Model(&models.PolicyRow{}).Where("key = ? AND region_code <> ? AND region_code LIKE ?", nightly[kind], area, area+"%").Count(&own).Error; err != nil {
		return err
	}
	if own > 0 {
		var within []string
		if err := db.Model(&models.Region{}).Where("parent = ?", area).Order("code").Pluck("code", &within).Error; err != nil {
			return err
		}
		for _, code := range within {
			if err := e.nightlyRun(ctx, kind, code, on); err != nil {
				return err
			}
		}
		return nil
	}
	s, err := e.PolicyNow(ctx, area)
	if err != nil || !s.Bool(nightly[kind]) {
		return err
	}
	_, err = e.StartRun(ctx, RunRequest{Kind: kind, Region: area, Key: "nightly:" + kind + ":" + on.String() + ":" + area})
	var no *procedure.Refusal
	if errors.As(err, &no) { // one that is under way will do
		return nil
	}
	return err
}

// WorkRuns carries out the runs that wait, and goes on with those another server has left, until there is none that
// nobody works at. The owner tells this server from others; told hears of each batch.
func (e *Engine) WorkRuns(ctx context.Context, owner string, told func(models.QualityRun)) error {
	var ids []string
	db := e.Store.DB.WithContext(ctx)
	if err := db.Model(&models.QualityRun{}).Where("ended_at IS NULL").Order("created_at, id").Pluck("id", &ids).Error; err != nil {
		return err
	}
	for _, id := range ids {
		if err := e.WorkRun(ctx, id, owner, told); err != nil {
			return err
		}
	}
	return nil
}

// WorkRun carries out one run, from where it stands. It does nothing while another owner works at it. A failure that is
// not the end of ctx ends the run as failed.
func (e *Engine) WorkRun(ctx context.Context, id, owner string, told func(models.QualityRun)) error {
	w, err := e.takeRun(ctx, id, owner)
	if w == nil || err != nil {
		return err
	}
	return w.work(ctx, told)
}

func (w *running) work(ctx context.Context, told func(models.QualityRun)) error {
	ctx, stop := context.WithCancel(ctx)
	defer func() { stop(); w.ahead.Wait() }()
	for w.run.EndedAt == nil {
		err := w.batch(ctx)
		switch {
		case errors.Is(err, errOvertaken):
			return nil
		case err != nil && ctx.Err() == nil:
			return errors.Join(err, w.e.failRun(ctx, &w.run, err))
		case err != nil:
			return err
		}
		if told != nil {
			told(w.run)
		}
		if mine, err := w.keepLease(ctx); err != nil || !mine {
			return err
		}
	}
	return nil
}

// errOvertaken says that a run was cancelled, or that another server goes on with it.
var errOvertaken = errors.New("run is not ours any more")

// running is a run that this server works at.
type running struct {
	*looker
	run    models.QualityRun
	owner  string
	leased time.Time
	ready  <-chan homesRead // the next households, nil before they are looked for
	ahead  sync.WaitGroup
}

// cursorAfter is the cursor behind some households.
func cursorAfter(homes []*home) string {
	last := &homes[len(homes)-1].household
	return last.RegionCode + "/" + last.ID
}

// takeRun makes this server the one that works at a run, nil if it cannot.
func (e *Engine) takeRun(ctx context.Context, id, owner string) (*running, error) {
	var run models.QualityRun
	if err := e.Store.DB.WithContext(ctx).Where("id = ?", id).Take(&run).Error; err != nil || run.EndedAt != nil {
		return nil, err
	}
	if mine, err := e.Store.Lease(ctx, leaseName(&run), owner, runLease); err != nil || !mine {
		return nil, err
	}
	return e.openRun(ctx, id, owner)
}

// openRun reads a run, as whoever had it before has left it, and begins it if nobody has.
func (e *Engine) openRun(ctx context.Context, id, owner string) (*running, error) {
	w := &running{owner: owner, leased: time.Now()}
	if err := e.Store.DB.WithContext(ctx).Where("id = ?", id).Take(&w.run).Error; err != nil || w.run.EndedAt != nil {
		return nil, err
	}
	var err error
	if w.looker, err = e.newLooker(ctx, &w.run); err != nil {
		return nil, err
	}
	if w.run.State == models.RunWaiting {
		return w, w.begin(ctx)
	}
	return w, nil
}

// leaseName is one for the runs of a kind in a county, so that there are not ever more of them.
func leaseName(run *models.QualityRun) string {
	return "run." + run.Kind + "." + run.RegionCode[:min(6, len(run.RegionCode))]
}

func (w *running) keepLease(ctx context.Context) (bool, error) {
	if time.Since(w.leased) < runLease/3 {
		return true, nil
	}
	w.leased = time.Now()
	return w.e.Store.Lease(ctx, leaseName(&w.run), w.owner, runLease)
}

// begin counts the households and notes that the run is under way.
func (w *running) begin(ctx context.Context) error {
	db := w.e.Store.DB.WithContext(ctx)
	lo, hi := regionRange(w.run.RegionCode)
	var total int64
	if err := db.Model(&models.Household{}).Where("region_code >= ? AND region_code < ?", lo, hi).Count(&total).Error; err != nil {
		return err
	}
	now := w.e.Clock.Now()
	w.run.State, w.run.Total, w.run.StartedAt = models.RunRunning, int(total), &now
	res := db.Model(&models.QualityRun{}).Where("id = ? AND state = ?", w.run.ID, models.RunWaiting).Updates(map[string]any{"state": w.run.State, "total": total, "started_at": now})
	if res.Error == nil && res.RowsAffected == 0 {
		return errOvertaken
	}
	return res.Error
}

// regionRange are the bounds between which the codes of an area and of what lies in it are.
func regionRange(prefix string) (lo, hi string) {
	n, err := strconv.ParseUint(prefix, 10, 64)
	if err != nil {
		return prefix, prefix
	}
	if hi = fmt.Sprintf("%0*d", len(prefix), n+1); len(hi) > len(prefix) { // nothing but nines
		hi = strings.Repeat("9", 13)
	}
	return prefix, hi
}

// failRun ends a run that cannot go on.
func (e *Engine) failRun(ctx context.Context, run *models.QualityRun, why error) error {
	now := e.Clock.Now()
	run.State, run.EndedAt, run.Fault = models.RunFailed, &now, why.Error()
	return e.Store.DB.WithContext(ctx).Model(&models.QualityRun{}).Where("id = ? AND ended_at IS NULL", run.ID).
		Updates(map[string]any{"state": run.State, "ended_at": now, "fault": run.Fault}).Error
}

// batch deals with the next households: it writes what was found in them together with how far the
// run has come. Whoever has come further, or has ended the run, keeps it from writing.
func (w *running) batch(ctx context.Context) error {
	r, err := w.take(ctx)
	if err != nil {
		return err
	}
	homes := r.homes
	next := w.run
	next.Counts = next.Counts.Clone()
	err = w.e.Store.Tx(ctx, func(tx *gorm.DB) error {
		// First of all, so that another server waits here and not in the middle.
		if err := stillOurs(tx, &w.run); err != nil {
			return err
		}
		next.Passed += len(homes)
		if err := w.write(tx, &next, r.all); err != nil {
			return err
		}
		w.advance(&next, homes)
		return tx.Model(&models.QualityRun{}).Where("id = ?", next.ID).Select("state", "ended_at", "cursor", "passed", "looked", "marked", "counts", "sample").Updates(&next).Error
	})
	if err == nil {
		w.run = next
		w.giveBack(homes)
	}
	return err
}

// advance sets where the run goes on. Households whose telephone marks were made on the way change what is known of
// others, so then it goes round once more; only those are looked at again.
func (w *running) advance(next *models.QualityRun, homes []*home) {
	if len(homes) == w.size() {
		next.Cursor = cursorAfter(homes)
		return
	}
	if next.Marked > 0 {
		next.Cursor, next.Passed, next.Marked = "", 0, 0
		w.phones, w.ready = nil, nil
		return
	}
	now := w.e.Clock.Now()
	next.State, next.EndedAt = models.RunDone, &now
}

// stillOurs locks a run that stands where we have left it.
func stillOurs(tx *gorm.DB, run *models.QualityRun) error {
	var there models.QualityRun
	err := models.Locked(tx).Select("id").Where("id = ? AND state = ? AND cursor = ? AND passed = ?", run.ID, models.RunRunning, run.Cursor, run.Passed).Take(&there).Error
	if models.Missing(err) {
		return errOvertaken
	}
	return err
}

// size is how many households one transaction of a run deals with.
func (w *looker) size() int { return cmp.Or(w.e.RunSize, runBatch) }

// ReadThrough reads the households of an area as a run does, with their people, opens what is sealed, and does nothing
// with it: what a run costs is measured against it.
func (e *Engine) ReadThrough(ctx context.Context, region string) error {
	w, err := e.newLooker(ctx, &models.QualityRun{Kind: models.RunQuality, RegionCode: region})
	if err != nil {
		return err
	}
	for cursor := ""; ; {
		homes, err := w.next(ctx, cursor, runBatch)
		if err != nil {
			return err
		}
		for _, h := range homes {
			if err := w.open(h); err != nil {
				return err
			}
		}
		if len(homes) < runBatch {
			return nil
		}
		cursor = cursorAfter(homes)
		w.giveBack(homes)
	}
}
