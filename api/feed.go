package api

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"gorm.io/gorm/clause"

	"shouwang/api/gen"
	"shouwang/internal/ical"
	"shouwang/models"
)

// The calendar of deadlines that a calendar program on a phone fetches. Such a
// program cannot sign in: the address itself is the secret, and for that reason
// nothing of a person stands in the calendar.

const (
	// maxDeadlines is how many events a calendar has at most, the soonest.
	maxDeadlines = 500
	// feedRefresh is how often calendar programs are asked to come.
	feedRefresh = time.Hour
	feedSuffix  = ".ics"
)

// GetCalendarLink tells whether the viewer has a link. The link itself is not
// known any more.
func (s *server) GetCalendarLink(ctx context.Context, _ gen.GetCalendarLinkRequestObject) (gen.GetCalendarLinkResponseObject, error) {
	var link models.CalendarLink
	err := s.db(ctx).Where("user_id = ?", viewerOf(ctx).user.ID).Take(&link).Error
	if models.Missing(err) {
		return gen.GetCalendarLink200JSONResponse{}, nil
	}
	out := gen.GetCalendarLink200JSONResponse{Exists: true, CreatedAt: link.CreatedAt}
	if link.FetchedAt != nil {
		out.FetchedAt = *link.FetchedAt
	}
	return out, err
}

// MakeCalendarLink makes a new link and ends the one before.
func (s *server) MakeCalendarLink(ctx context.Context, _ gen.MakeCalendarLinkRequestObject) (gen.MakeCalendarLinkResponseObject, error) {
	token := newToken()
	link := models.CalendarLink{UserID: viewerOf(ctx).user.ID, TokenHash: tokenHash(token), CreatedAt: s.now().UTC().Truncate(time.Microsecond)}
	instead := clause.OnConflict{Columns: []clause.Column{{Name: "user_id"}}, DoUpdates: clause.AssignmentColumns([]string{"token_hash", "created_at", "fetched_at"})}
	err := s.db(ctx).Clauses(instead).Create(&link).Error
	return gen.MakeCalendarLink200JSONResponse{Path: basePath + "/feeds/" + token + feedSuffix, CreatedAt: link.CreatedAt}, err
}

// RevokeCalendarLink ends the link of the viewer, if there is one.
func (s *server) RevokeCalendarLink(ctx context.Context, _ gen.RevokeCalendarLinkRequestObject) (gen.RevokeCalendarLinkResponseObject, error) {
	err := s.db(ctx).Where("user_id = ?", viewerOf(ctx).user.ID).Delete(&models.CalendarLink{}).Error
	return gen.RevokeCalendarLink204Response{}, err
}

// GetFeed answers a calendar program with the deadlines of the account whose link
// it has. An account that has ended has an empty calendar, so that the program
// forgets what it had.
func (s *server) GetFeed(ctx context.Context, r gen.GetFeedRequestObject) (gen.GetFeedResponseObject, error) {
	if ok, _ := s.feeds.Allow(echoOf(ctx).RealIP()); !ok {
		return nil, tooMany("too_many", "读取过于频繁，请稍后再试", 60)
	}
	v, err := s.subscriber(ctx, r.File)
	if err != nil {
		return nil, err
	}
	now := s.engine.Clock.Now()
	c := ical.Calendar{Name: "守望：待办期限", Product: "-//Shouwang//Deadlines//ZH", At: now, Refresh: feedRefresh}
	entitled, err := s.entitle(s.db(ctx), v)
	if err != nil {
		return nil, err
	}
	if entitled {
		if c.Events, err = s.deadlines(ctx, v); err != nil {
			return nil, err
		}
	}
	var out feed
	_, err = c.WriteTo(&out)
	return &out, err
}

// subscriber is the account whose link ends in file, without its grants. Every
// link that is not in use gets the same answer.
func (s *server) subscriber(ctx context.Context, file string) (*viewer, error) {
	token, ok := strings.CutSuffix(file, feedSuffix)
	if !ok {
		return nil, notFound()
	}
	var link models.CalendarLink
	db := s.db(ctx)
	err := db.Where("token_hash = ?", tokenHash(token)).Take(&link).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, err
	}
	v := &viewer{}
	if err := db.Where("id = ?", link.UserID).Take(&v.user).Error; err != nil {
		return nil, err
	}
	if now := s.now().UTC(); link.FetchedAt == nil || now.Sub(*link.FetchedAt) > seenEvery {
		err = db.Model(&models.CalendarLink{}).Where("token_hash = ?", link.TokenHash).Update("fetched_at", now.Truncate(time.Microsecond)).Error
	}
	return v, err
}

// deadlines are the open tasks in the inboxes of v that are due some day, as
// events: one for each case, the soonest first.
func (s *server) deadlines(ctx context.Context, v *viewer) ([]ical.Event, error) {
	// A case may wait in each of his inboxes.
	limit := maxDeadlines * len(queuesOf(v))
	rows, err := mostUrgent(s.db(ctx).Model(&models.Task{}).Where("tasks.due_at < ?", models.FarFuture), v, queuesOf(v), nil, limit)
	if err != nil {
		return nil, err
	}
	rows = firstOfEach(rows)
	var want codes
	for _, t := range rows {
		want.cases, want.regions = append(want.cases, t.CaseID), append(want.regions, t.RegionCode)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	var found []models.Case
	if err := s.db(ctx).Select("id", "no", "procedure", "version").Where("id IN ?", distinct(want.cases)).Find(&found).Error; err != nil {
		return nil, err
	}
	cases := map[string]*models.Case{}
	for i := range found {
		cases[found[i].ID] = &found[i]
	}
	out := make([]ical.Event, len(rows))
	for i := range rows {
		out[i] = deadline(&rows[i], cases[rows[i].CaseID], l)
	}
	return out, nil
}

// firstOfEach keeps the first task of each case, as many as a calendar may have.
func firstOfEach(rows []models.Task) []models.Task {
	seen := map[string]bool{}
	rows = slices.DeleteFunc(rows, func(t models.Task) bool {
		again := seen[t.CaseID]
		seen[t.CaseID] = true
		return again
	})
	return rows[:min(len(rows), maxDeadlines)]
}

// deadline is a task as an event. It is known by its case and the clock that runs
// out first, so that a new date moves it. It names nobody.
func deadline(t *models.Task, c *models.Case, l *labels) ical.Event {
	d := definitionOf(c)
	e := ical.Event{UID: c.ID + "-due@shouwang", Summary: d.Title + "·" + stateTitle(d, t.State) + " " + c.No, Location: l.region(t.RegionCode), End: t.DueAt}
	for _, k := range l.clocks[c.ID] {
		if k.DueAt.Equal(t.DueAt) {
			e.UID, e.Description, e.Tentative = c.ID+"-"+k.Code+"@shouwang", "期限："+clockTitle(c, k.Code), k.Provisional
			break
		}
	}
	if e.Tentative {
		e.Description += "（所据放假安排尚未公布，日期暂估）"
	}
	return e
}

// feed is a calendar on its way out.
type feed struct{ bytes.Buffer }

// VisitGetFeedResponse writes the calendar, which nobody on the way may keep.
func (f *feed) VisitGetFeedResponse(w http.ResponseWriter) error {
	h := w.Header()
	h.Set(echo.HeaderContentType, "text/calendar; charset=utf-8")
	h.Set(echo.HeaderContentLength, strconv.Itoa(f.Len()))
	h.Set(echo.HeaderCacheControl, "private, no-cache")
	w.WriteHeader(http.StatusOK)
	_, err := f.WriteTo(w)
	return err
}
