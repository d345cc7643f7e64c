package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The dry run of a policy row: what would hold in its area from when on, and which open cases go on under another value until
// somebody puts them under the policy in force. Nothing of it is written.

// policyTrial is a row that was put among the others of its key, and taken away again.
type policyTrial struct {
	row           *models.PolicyRow
	before, after []policy.Row
}

var errTried = errors.New("tried")

// tryRow puts a row in as it would be put in, with all its checks, and takes it back.
func (s *server) tryRow(ctx context.Context, row *models.PolicyRow) (policyTrial, error) {
	t := policyTrial{row: row}
	err := s.engine.Store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if t.before, err = rowsOf(tx, row.Key); err != nil {
			return err
		}
		if err = s.enterRow(tx, row); err != nil {
			return err
		}
		if t.after, err = rowsOf(tx, row.Key); err != nil {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		err = nil
	}
	return t, err
}

func rowsOf(tx *gorm.DB, key string) ([]policy.Row, error) {
	var rows []models.PolicyRow
	err := tx.Where("key = ?", key).Find(&rows).Error
	return activities.PolicyRows(rows), err
}

// value is what holds of the key in an area at a moment.
func (t policyTrial) value(rows []policy.Row, region string, at time.Time) json.RawMessage {
	return policy.Resolve(rows, region, at).Values[t.row.Key]
}

// outlook tells what the row would change.
func (s *server) outlook(ctx context.Context, t policyTrial) (gen.PolicyOutlook, error) {
	region, from := t.row.RegionCode, t.row.ValidFrom
	before, after := t.value(t.before, region, from), t.value(t.after, region, from)
	out := gen.PolicyOutlook{Before: plain(before), After: plain(after), Changes: !policy.Same(before, after), Later: t.later(after), Narrower: []string{}}
	narrower := t.narrower()
	l, err := s.labels(ctx, codes{regions: narrower})
	if err != nil {
		return out, err
	}
	for _, code := range narrower {
		out.Narrower = append(out.Narrower, l.region(code))
	}
	out.Procedures, err = s.policyUses(ctx, t)
	return out, err
}

// later are the further values of the area, by the day from which each would hold.
func (t policyTrial) later(last json.RawMessage) []gen.PolicyLater {
	out := []gen.PolicyLater{}
	for _, at := range t.turns() {
		if now := t.value(t.after, t.row.RegionCode, at); !policy.Same(last, now) {
			out, last = append(out, gen.PolicyLater{From: day(policy.DateOf(at)), Value: plain(now)}), now
		}
	}
	return out
}

// turns are the moments after the row's first at which a value of its key begins or ends.
func (t policyTrial) turns() []time.Time {
	var out []time.Time
	for _, r := range t.after {
		for _, at := range []time.Time{r.ValidFrom, r.ValidTo} {
			if at.After(t.row.ValidFrom) {
				out = append(out, at)
			}
		}
	}
	slices.SortFunc(out, time.Time.Compare)
	return slices.CompactFunc(out, time.Time.Equal)
}

// narrower are the places below the row's area that keep a value of their own.
func (t policyTrial) narrower() []string {
	var out []string
	for _, r := range t.after {
		below := r.Region != t.row.RegionCode && strings.HasPrefix(r.Region, t.row.RegionCode)
		if below && !r.ValidFrom.After(t.row.ValidFrom) && (r.ValidTo.IsZero() || r.ValidTo.After(t.row.ValidFrom)) {
			out = append(out, r.Region)
		}
	}
	return distinct(out)
}

// decides tells of a place whether the row decides there on its first day, and no narrower one.
func (t policyTrial) decides() func(region string) bool {
	known := map[string]bool{}
	return func(region string) bool {
		if _, ok := known[region]; !ok {
			known[region] = policy.Resolve(t.after, region, t.row.ValidFrom).From[t.row.Key] == t.row.RegionCode
		}
		return known[region]
	}
}

// casesUnder are open cases, or limits that run in them, of one procedure and place under one policy.
type casesUnder struct {
	Procedure, PolicyHash, RegionCode string
	N                                 int
}

// policyUses counts by procedure the open cases of the area, those that keep another value, and the limits that are counted by it.
func (s *server) policyUses(ctx context.Context, t policyTrial) ([]gen.PolicyUse, error) {
	here := within("cases.region_code", t.row.RegionCode)
	var cases, limits []casesUnder
	err := s.db(ctx).Model(&models.Case{}).Select("procedure, policy_hash, region_code, count(*) AS n").Where("closed_at IS NULL").Where(here.sql, here.args...).
		Group("procedure, policy_hash, region_code").Scan(&cases).Error
	if err != nil {
		return nil, err
	}
	if counted := clocksOf(t.row.Key); len(counted.args) > 0 {
		err := s.db(ctx).Model(&models.ClockRow{}).Select("cases.procedure, cases.policy_hash, cases.region_code, count(*) AS n").Joins("JOIN cases ON cases.id = clocks.case_id").
			Where("clocks.stopped_at IS NULL AND cases.closed_at IS NULL").Where(here.sql, here.args...).Where(counted.sql, counted.args...).
			Group("cases.procedure, cases.policy_hash, cases.region_code").Scan(&limits).Error
		if err != nil {
			return nil, err
		}
	}
	decides := t.decides()
	differs := func(g casesUnder) (bool, error) {
		kept, err := s.engine.Snapshot(s.db(ctx), g.PolicyHash)
		return !policy.Same(kept.Values[t.row.Key], t.row.Value), err
	}
	uses := map[string]*gen.PolicyUse{}
	for _, g := range cases {
		if !decides(g.RegionCode) {
			continue
		}
		if uses[g.Procedure] == nil {
			uses[g.Procedure] = &gen.PolicyUse{Procedure: g.Procedure, Title: procedureTitle(g.Procedure)}
		}
		uses[g.Procedure].Open += g.N
		if other, err := differs(g); err != nil {
			return nil, err
		} else if other {
			uses[g.Procedure].Differing += g.N
		}
	}
	for _, g := range limits {
		if other, err := differs(g); err != nil {
			return nil, err
		} else if other && decides(g.RegionCode) && uses[g.Procedure] != nil { // a case may have been opened between the two questions
			uses[g.Procedure].Limits += g.N
		}
	}
	out := []gen.PolicyUse{}
	for _, u := range uses {
		out = append(out, *u)
	}
	slices.SortFunc(out, func(a, b gen.PolicyUse) int {
		return cmp.Or(cmp.Compare(b.Limits, a.Limits), cmp.Compare(b.Differing, a.Differing), cmp.Compare(b.Open, a.Open), cmp.Compare(a.Procedure, b.Procedure))
	})
	return out, nil
}

// clocksOf holds for the clocks whose limit is a policy key; without any it holds nowhere and has no arguments.
func clocksOf(key string) condition {
	byProcedure := map[string][]string{}
	for _, d := range procedure.All {
		for _, k := range d.Clocks {
			if k.Budget == key && k.Until == "" {
				byProcedure[d.Name] = append(byProcedure[d.Name], k.Code)
			}
		}
	}
	var cs []condition
	for name, clocks := range byProcedure {
		cs = append(cs, condition{"cases.procedure = ? AND clocks.code IN ?", []any{name, distinct(clocks)}})
	}
	return anyOf(cs)
}

// keysNamed are policy keys with their titles.
func keysNamed(keys []string) []gen.Option {
	out := []gen.Option{}
	for _, code := range keys {
		key, _ := policy.FindKey(code)
		out = append(out, gen.Option{Code: code, Title: cmp.Or(key.Title, code)})
	}
	return out
}

// otherPolicy are the keys whose values an open case keeps although others are in force: for the county office, which may put
// it under these.
func (s *server) otherPolicy(ctx context.Context, v *viewer, c *models.Case, kept policy.Snapshot) ([]gen.Option, error) {
	may := slices.ContainsFunc(s.actors(v, c), func(a activities.Actor) bool { return a.Role == procedure.CountyOffice })
	if !may || c.ClosedAt != nil {
		return nil, nil
	}
	now, err := s.policyFor(ctx, c.RegionCode, s.engine.Clock.Now())
	return keysNamed(kept.Differing(now)), err
}
