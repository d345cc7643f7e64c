package activities

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Generated is what one batch of GenerateDuties has done.
type Generated struct {
	Households int `json:"households"`
	Duties     int `json:"duties"`
	// Cursor is where the next batch begins, "" after the last.
	Cursor string `json:"cursor,omitempty"`
}

// duty is one visit to be made: the household and, by a rule, when.
type duty struct {
	h        *models.Household
	rule     policy.VisitRule
	period   policy.Period
	snapshot *regionPolicy
	c        *models.Case
}

func (d *duty) row() models.VisitDuty {
	return models.VisitDuty{HouseholdID: d.h.ID, Duty: d.rule.Code, Period: d.period.Key, CaseID: d.c.ID}
}

// regionPolicy is the policy of an area with what duties need of it.
type regionPolicy struct {
	policy.Snapshot
	hash   string
	rules  []policy.VisitRule
	spread int
}

// GenerateDuties makes the visits (2.5) that the households need in the periods in
// which a day lies, for at most limit households after the cursor. A duty is made
// once for household, rule and period, so that it may be called again at any time.
func (e *Engine) GenerateDuties(ctx context.Context, day policy.Date, cursor string, limit int) (Generated, error) {
	var out Generated
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		var list []models.Household
		region, id, _ := strings.Cut(cursor, "/")
		err := tx.Select("id", "region_code", "head_name", "base_type", "status").Where("(region_code, id) > (?, ?)", region, id).
			Order("region_code, id").Limit(limit).Find(&list).Error
		if err != nil || len(list) == 0 {
			return err
		}
		out = Generated{Households: len(list)}
		if last := list[len(list)-1]; len(list) == limit {
			out.Cursor = last.RegionCode + "/" + last.ID
		}
		duties, err := e.dutiesOf(tx, list, day)
		if err != nil {
			return err
		}
		out.Duties, err = e.makeDuties(tx, duties, day)
		return err
	})
	return out, err
}

// dutiesOf lists the duties that the households need and do not have yet.
func (e *Engine) dutiesOf(tx *gorm.DB, list []models.Household, day policy.Date) ([]duty, error) {
	policies, err := e.policiesOf(tx, list)
	if err != nil {
		return nil, err
	}
	var all []duty
	ids, periods := make([]string, len(list)), map[string]bool{}
	for i := range list {
		h := &list[i]
		ids[i] = h.ID
		class := policy.VisitClass(string(h.Status), h.BaseType)
		for _, rule := range policies[h.RegionCode].rules {
			if rule.Status != class {
				continue
			}
			p := policy.PeriodOf(rule.Every, day)
			periods[p.Key] = true
			all = append(all, duty{h: h, rule: rule, period: p, snapshot: policies[h.RegionCode]})
		}
	}
	var made []models.VisitDuty
	if err := tx.Where("household_id IN ? AND period IN ?", ids, sortedKeys(periods)).Find(&made).Error; err != nil {
		return nil, err
	}
	there := map[models.VisitDuty]bool{}
	for _, m := range made {
		m.CaseID = ""
		there[m] = true
	}
	return slices.DeleteFunc(all, func(d duty) bool {
		return there[models.VisitDuty{HouseholdID: d.h.ID, Duty: d.rule.Code, Period: d.period.Key}]
	}), nil
}

// policiesOf are the policies in force now where the households live. Villages for
// which nobody has set anything share that of the area above.
func (e *Engine) policiesOf(tx *gorm.DB, list []models.Household) (map[string]*regionPolicy, error) {
	var stored []models.PolicyRow
	now := e.Clock.Now()
	if err := tx.Where("valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", now, now).Order("key, region_code, valid_from, id").Find(&stored).Error; err != nil {
		return nil, err
	}
	rows, out, shared := PolicyRows(stored), map[string]*regionPolicy{}, map[string]*regionPolicy{}
	for _, h := range list {
		if out[h.RegionCode] != nil {
			continue
		}
		var from []string // the areas above that have set something
		for _, r := range rows {
			if p := policy.RegionPrefix(r.Region); strings.HasPrefix(h.RegionCode, p) {
				from = append(from, p)
			}
		}
		slices.Sort(from)
		key := strings.Join(slices.Compact(from), " ")
		if shared[key] == nil {
			s := policy.Resolve(rows, h.RegionCode, now)
			hash, err := e.keepSnapshot(tx, s)
			if err != nil {
				return nil, err
			}
			shared[key] = &regionPolicy{Snapshot: s, hash: hash, rules: s.VisitRules(), spread: s.Int("spread_days")}
		}
		out[h.RegionCode] = shared[key]
	}
	return out, nil
}

// makeDuties writes the cases of new duties in bulk, each with its opening in the
// chain and its clock, and returns how many there were.
func (e *Engine) makeDuties(tx *gorm.DB, duties []duty, day policy.Date) (int, error) {
	if len(duties) == 0 {
		return 0, nil
	}
	d, _ := procedure.Latest("visit_task")
	now := e.Clock.Now()
	rows := make([]models.VisitDuty, len(duties))
	for i := range duties {
		x := &duties[i]
		x.c = newCase(d, opening{procedure: d.Name, household: x.h.ID, region: x.h.RegionCode, subject: x.h.HeadName, actor: BySystem, now: now})
		x.c.PolicyHash = x.snapshot.hash
		rows[i] = x.row()
	}
	mine, err := claimDuties(tx, rows)
	if err != nil {
		return 0, err
	}
	duties = slices.DeleteFunc(duties, func(x duty) bool { return !mine[x.c.ID] })
	return len(duties), e.writeDuties(tx, d, duties, day, now)
}

// claimDuties notes the duties and tells which were not made by another server at
// the same time.
func claimDuties(tx *gorm.DB, rows []models.VisitDuty) (map[string]bool, error) {
	res := tx.Clauses(onConflictDoNothing).CreateInBatches(rows, bulkRows)
	if res.Error != nil {
		return nil, res.Error
	}
	mine := make(map[string]bool, len(rows))
	for _, r := range rows {
		mine[r.CaseID] = true
	}
	if int(res.RowsAffected) == len(rows) {
		return mine, nil
	}
	for _, r := range rows {
		var n int64
		if err := tx.Model(&models.VisitDuty{}).Where("household_id = ? AND duty = ? AND period = ? AND case_id = ?", r.HouseholdID, r.Duty, r.Period, r.CaseID).Count(&n).Error; err != nil {
			return nil, err
		}
		mine[r.CaseID] = n > 0
	}
	return mine, nil
}

// bulkRows is how many rows one statement inserts.
const bulkRows = 200

func (e *Engine) writeDuties(tx *gorm.DB, d *procedure.Definition, duties []duty, day policy.Date, now time.Time) error {
	if len(duties) == 0 {
		return nil
	}
	var (
		cases  []*models.Case
		events []*models.CaseEvent
		clocks []models.ClockRow
	)
	for i := range duties {
		ev, clock, err := e.openDuty(d, &duties[i], day, now)
		if err != nil {
			return err
		}
		cases, events, clocks = append(cases, duties[i].c), append(events, ev), append(clocks, clock)
	}
	if err := tx.CreateInBatches(cases, bulkRows).Error; err != nil {
		return err
	}
	if err := tx.CreateInBatches(events, bulkRows).Error; err != nil {
		return err
	}
	models.TouchCases(tx, cases...)
	return tx.CreateInBatches(clocks, bulkRows).Error
}

// openDuty gives a duty its facts, its first act and its clock. Those that begin on
// one day are spread over the next working days.
func (e *Engine) openDuty(d *procedure.Definition, x *duty, day policy.Date, now time.Time) (*models.CaseEvent, models.ClockRow, error) {
	first := x.period.First
	if first.Before(day) {
		first = day
	}
	opens := e.CalendarNow().Spread(first, x.period.Last, x.snapshot.spread, x.h.ID)
	facts := map[string]any{"duty": x.rule.Code, "duty_role": x.rule.Actor, "mode": x.rule.Mode, "period": x.period.Key, "income_duty": x.rule.Income,
		"wait_until": opens.AddDays(-1).String(), "ends_on": x.period.Last.String()}
	x.c.Facts = with(models.Facts{}, facts)
	k := &act{e: e, c: x.c, d: d, actor: BySystem, now: now, policy: x.snapshot.Snapshot}
	// An act by rule has no account whose name would have to be read.
	ev := k.record("open", d.Name, "", d.Initial, "duty:"+x.rule.Code+":"+x.period.Key)
	reply, err := json.Marshal(Reply{CaseID: x.c.ID, Event: "open", Seq: 1, State: d.Initial, At: now})
	if err != nil {
		return nil, models.ClockRow{}, err
	}
	ev.Reply = reply
	if err := e.link(x.c, ev, nil); err != nil {
		return nil, models.ClockRow{}, err
	}
	x.c.StepSeq = x.c.Seq
	clock, err := e.newClock(x.c, d.Clocks[0], x.snapshot.Snapshot, 1, now)
	x.c.WakeAt = clock.FireAt
	return ev, clock, err
}
