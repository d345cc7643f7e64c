package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/getkin/kin-openapi/routers"

	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/models"
)

// The stream by which an open page learns that something has changed (docs/decisions/0031). It says what kind of thing, and
// of cases which, of those that the gate lets the viewer reach; what has become of them the page asks as always. It is no
// use of the session: that ends by itself, and the stream with it.

const (
	// liveBeat keeps what stands between from taking a still stream for a dead one; liveCheck is how soon a stream ends
	// after its session, and livePause how long it is still after each change.
	liveBeat  = 20 * time.Second
	liveCheck = 5 * time.Second
	livePause = 500 * time.Millisecond
	// liveWrite is how long a reader may take to take a line.
	liveWrite = 10 * time.Second
	// liveEach and liveAll are how many streams one account and all have open: a browser needs one for all its tabs.
	liveEach = 6
	liveAll  = 2000
)

// liveOperation is the one that goes on and on.
const liveOperation = "watchLive"

// goesOn reports whether an operation is the stream, which no time bounds.
func goesOn(r *routers.Route) bool { return r != nil && r.Operation.OperationID == liveOperation }

// streams counts the open ones.
type streams struct {
	mu  sync.Mutex
	by  map[string]int
	all int
}

// enter lets an account open one more; false says that there are too many.
func (s *streams) enter(account string) (leave func(), ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all >= liveAll || s.by[account] >= liveEach {
		return nil, false
	}
	if s.by == nil {
		s.by = map[string]int{}
	}
	s.by[account]++
	s.all++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.by[account]--; s.by[account] == 0 {
			delete(s.by, account)
		}
	}, true
}

// WatchLive opens a stream.
func (s *server) WatchLive(ctx context.Context, _ gen.WatchLiveRequestObject) (gen.WatchLiveResponseObject, error) {
	return &stream{s: s, r: echoOf(ctx).Request(), v: viewerOf(ctx)}, nil
}

// stream is one open page.
type stream struct {
	s   *server
	r   *http.Request
	v   *viewer
	w   io.Writer
	out *http.ResponseController
}

// VisitWatchLiveResponse writes until the page goes, its session ends or the server does.
func (l *stream) VisitWatchLiveResponse(w http.ResponseWriter) error {
	leave, ok := l.s.streams.enter(l.v.user.ID)
	if !ok {
		return tooMany("too_many_streams", "打开的页面过多，请关闭一些；本页将改为定时刷新", 60)
	}
	defer leave()
	ear := l.s.engine.Store.Listen()
	defer ear.Close()
	head := w.Header()
	head.Set("Content-Type", "text/event-stream")
	head.Set("X-Accel-Buffering", "no") // nginx passes each line on at once
	w.WriteHeader(http.StatusOK)
	l.w, l.out = w, http.NewResponseController(w)
	if l.say("retry: 3000\nevent: ready\ndata: {}\n\n") == nil {
		l.follow(ear)
	}
	return nil
}

// say writes to the page at once.
func (l *stream) say(text string) error {
	_ = l.out.SetWriteDeadline(time.Now().Add(liveWrite)) // not every writer can; those of tests have no connection
	if _, err := io.WriteString(l.w, text); err != nil {
		return err
	}
	return l.out.Flush()
}

func (l *stream) follow(ear *models.Ear) {
	beat, check := time.NewTicker(liveBeat), time.NewTicker(liveCheck)
	defer beat.Stop()
	defer check.Stop()
	rang, rested := ear.Rang, (<-chan time.Time)(nil)
	for {
		var err error
		select {
		case <-l.r.Context().Done():
			return
		case <-l.s.background.Done():
			return
		case <-beat.C:
			err = l.say(":\n\n")
		case <-check.C:
			err = l.stillIn()
		case <-rested:
			rang, rested = ear.Rang, nil
		case <-rang:
			rang, rested = nil, time.After(livePause)
			err = l.tell(ear.Take())
		}
		if err != nil {
			return
		}
	}
}

// stillIn is an error once the session has ended. What its account may do is read anew.
func (l *stream) stillIn() error {
	v, err := l.s.signedIn(l.r, false)
	var p *problem
	switch {
	case errors.As(err, &p):
		return err
	case err == nil:
		l.v = v
	}
	return nil // the database does not answer just now: the page has nothing to read either
}

// tell writes what the viewer may know of a change, if anything.
func (l *stream) tell(t models.Touched) error {
	if !l.concerns(t) {
		return nil
	}
	if err := l.stillIn(); err != nil {
		return err
	}
	change, err := l.s.changeFor(l.r.Context(), l.v, t)
	if err != nil || len(change.Kinds) == 0 {
		return nil // what could not be told now is read at the next look
	}
	body, err := json.Marshal(change)
	if err != nil {
		return err
	}
	return l.say(fmt.Sprintf("event: change\ndata: %s\n\n", body))
}

// concerns reports whether a change may concern the viewer at all, without asking the database: most do not.
func (l *stream) concerns(t models.Touched) bool {
	near := func(places ...string) bool {
		return slices.ContainsFunc(l.v.grants, func(g models.RoleGrant) bool {
			return g.RegionCode == "" || slices.ContainsFunc(places, func(at string) bool { return inRegion(at, g.RegionCode) })
		})
	}
	return t.All || slices.Contains(t.Users, l.v.user.ID) || slices.ContainsFunc(t.Cases, func(c models.TouchedCase) bool { return near(c.Region, c.Other) }) ||
		slices.ContainsFunc(t.Records, func(r models.TouchedRecord) bool { return near(r.Region) })
}

// changeFor is what v may know of a change: the gate says which cases and which forms.
func (s *server) changeFor(ctx context.Context, v *viewer, t models.Touched) (gen.LiveChange, error) {
	out := gen.LiveChange{Kinds: []gen.LiveChangeKinds{}, Cases: []string{}, Households: []string{}}
	if t.All || slices.Contains(t.Users, v.user.ID) {
		out.Kinds = append(out.Kinds, gen.LiveMessages)
	}
	if t.All {
		out.Kinds = append(out.Kinds, gen.LiveTasks, gen.LiveCases, gen.LiveForms, gen.LiveProgrammes, gen.LiveCampaigns)
		return out, nil
	}
	if err := s.changedCases(ctx, v, t.Cases, &out); err != nil {
		return out, err
	}
	err := s.changedRecords(ctx, v, t.Records, &out)
	slices.Sort(out.Kinds)
	out.Kinds = slices.Compact(out.Kinds)
	out.Households = distinct(out.Households)
	return out, err
}

func (s *server) changedCases(ctx context.Context, v *viewer, touched []models.TouchedCase, out *gen.LiveChange) error {
	ids := make([]string, len(touched))
	for i, c := range touched {
		ids[i] = c.ID
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []models.Case
	err := s.filterCases(s.db(ctx).Select("cases.id", "cases.household_id", "cases.procedure").Where("cases.id IN ?", ids), v).Order("cases.id").Find(&rows).Error
	for _, c := range rows {
		out.Kinds = append(out.Kinds, gen.LiveTasks, gen.LiveCases)
		out.Cases = append(out.Cases, c.ID)
		if c.HouseholdID != "" {
			out.Households = append(out.Households, c.HouseholdID)
		}
		switch {
		case c.Procedure == "rectification":
			out.Kinds = append(out.Kinds, gen.LiveProgrammes)
		case slices.Contains(campaignProcedures, c.Procedure):
			out.Kinds = append(out.Kinds, gen.LiveCampaigns)
		}
	}
	return err
}

func (s *server) changedRecords(ctx context.Context, v *viewer, touched []models.TouchedRecord, out *gen.LiveChange) error {
	ids := make([]string, len(touched))
	for i, r := range touched {
		ids[i] = r.ID
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []models.FormRecord
	err := s.scopeRecords(s.db(ctx).Select("form_records.id", "form_records.subject_kind", "form_records.subject_id", "form_records.campaign_id").Where("form_records.id IN ?", ids), v).Find(&rows).Error
	for _, r := range rows {
		out.Kinds = append(out.Kinds, gen.LiveForms)
		if r.SubjectKind == string(forms.AboutHousehold) {
			out.Households = append(out.Households, r.SubjectID)
		}
		if r.CampaignID != "" {
			out.Kinds = append(out.Kinds, gen.LiveCampaigns)
		}
	}
	return err
}
