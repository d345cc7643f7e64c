package activities

import (
	"context"
	"errors"
	"maps"
	"slices"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// AskGuard asks one guard as Commit would, for an event of a case.
func (e *Engine) AskGuard(c *models.Case, event string, a Actor, form map[string]any, g procedure.Guard) ([]procedure.FieldFault, error) {
	d, err := definition(c)
	if err != nil {
		return nil, err
	}
	snapshot, err := e.Snapshot(e.Store.DB, c.PolicyHash)
	if err != nil {
		return nil, err
	}
	ev, _ := d.Event(event)
	k := &act{e: e, tx: e.Store.DB, c: c, d: d, ev: ev, actor: a, form: form, now: e.Clock.Now(), policy: snapshot}
	return k.run(g), nil
}

// OpeningAnswers is the form a case was opened with.
func (e *Engine) OpeningAnswers(caseID string) (map[string]any, error) {
	return e.openingForm(e.Store.DB, caseID)
}

// WorkRunUnleased works at a run as a server does whose lease another one does not know of.
func (e *Engine) WorkRunUnleased(ctx context.Context, id, owner string) error {
	w, err := e.openRun(ctx, id, owner)
	if w == nil || errors.Is(err, errOvertaken) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.work(ctx, nil)
}

// Correctable are the codes of the values that corrections can change.
func Correctable() []string { return slices.Collect(maps.Keys(values)) }

// RunFamily is a household as a run over its village reads it.
func (e *Engine) RunFamily(ctx context.Context, h *models.Household) (policy.Family, error) {
	w, err := e.newLooker(ctx, &models.QualityRun{Kind: models.RunQuality, RegionCode: h.RegionCode})
	if err != nil {
		return policy.Family{}, err
	}
	homes, err := w.next(ctx, "", 1000)
	if err != nil {
		return policy.Family{}, err
	}
	taken, err := w.takenOf(homes)
	if err != nil {
		return policy.Family{}, err
	}
	i := slices.IndexFunc(homes, func(x *home) bool { return x.household.ID == h.ID })
	if err := errors.Join(w.readFollowed(homes), w.open(homes[i])); err != nil {
		return policy.Family{}, err
	}
	f, err := w.family(homes[i], taken)
	return *f, err
}

// CalendarLook is what WatchCalendar does from time to time.
func (e *Engine) CalendarLook(moved func(ctx context.Context, cases []string) error) func(ctx context.Context) error {
	w := calendarWatcher{e: e, seen: e.calendarSeen.Load()}
	return func(ctx context.Context) error { return w.look(ctx, moved) }
}

// PhoneUsers is how others with a telephone number are looked for.
var PhoneUsers = phoneUsers
