package api

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"

	"shouwang/api/gen"
	"shouwang/models"
)

// Attempts that were refused stand in the access log (5.7): who asked for which operation, and a keyed mark of the record that
// he named, so that the same one is known again and nobody learns from the log what it was. One account fills no more than
// refusedAtOnce lines at once and one each refusedEvery after that; the next line tells how many were left out.

const (
	refusedAtOnce = 30
	refusedEvery  = 20 * time.Second
	// RefusedAction is the entry of an attempt that was refused.
	RefusedAction = "refused"
)

type refusals struct {
	mu sync.Mutex
	by map[string]*refusedOf
}

type refusedOf struct {
	lines *rate.Limiter
	left  int // attempts without a line
}

// take reports whether an attempt of an account gets a line, and how many before it got none.
func (r *refusals) take(user string, now time.Time) (left int, line bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.by == nil {
		r.by = map[string]*refusedOf{}
	}
	x := r.by[user]
	if x == nil {
		x = &refusedOf{lines: rate.NewLimiter(rate.Every(refusedEvery), refusedAtOnce)}
		r.by[user] = x
	}
	if !x.lines.AllowN(now, 1) {
		x.left++
		return 0, false
	}
	left, x.left = x.left, 0
	return left, true
}

// noteRefused looks at the refusals of the handlers. What succeeds is not touched.
func (s *server) noteRefused(next gen.StrictHandlerFunc, operation string) gen.StrictHandlerFunc {
	operation = strings.ToLower(operation[:1]) + operation[1:] // as the specification writes it
	return func(c echo.Context, request any) (any, error) {
		out, err := next(c, request)
		if err != nil {
			s.refused(c.Request().Context(), viewerOf(c.Request().Context()), operation, recordsNamed(request), err)
		}
		return out, err
	}
}

// refused records that v was refused: for want of a right, or because the record that he named is not his to see.
func (s *server) refused(ctx context.Context, v *viewer, operation, what string, err error) {
	p := toProblem(err)
	if v == nil || p.status != http.StatusForbidden && (p.status != http.StatusNotFound || what == "") {
		return
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	left, line := s.refusals.take(v.user.ID, now)
	if !line {
		return
	}
	a := models.AccessLog{ID: models.NewID(), At: now, UserID: v.user.ID, TokenID: v.token, Action: RefusedAction, Table: operation, Field: p.code, RequestID: requestID(ctx)}
	if len(v.grants) > 0 {
		a.Role = string(v.grants[0].Role)
	}
	if what != "" {
		a.RecordID = fmt.Sprintf("%016x", uint64(s.engine.Store.Vault.Mark("refused", what)))
	}
	if left > 0 {
		a.Purpose = fmt.Sprintf("此前另有 %d 次未逐条记录", left)
	}
	ctx = context.WithoutCancel(ctx)
	if err := s.writeAccess(ctx, s.db(ctx), &a); err != nil {
		s.log.LogAttrs(ctx, slog.LevelError, "refusal not recorded", slog.String("err", err.Error()), slog.String("request_id", a.RequestID))
	}
}

// recordsNamed are the records that a request names, "" for none: in its path, its query or its body.
func recordsNamed(request any) string {
	var out []string
	collectNames(reflect.ValueOf(request), &out)
	return strings.Join(out, "\n")
}

func collectNames(v reflect.Value, out *[]string) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		f, x := v.Type().Field(i), v.Field(i)
		switch {
		case !f.IsExported():
		case f.Name == "Params" || f.Name == "Body":
			collectNames(x, out)
		case x.Kind() == reflect.String && x.Len() > 0 && (strings.HasSuffix(f.Name, "ID") || strings.HasSuffix(f.Name, "IDNo")):
			*out = append(*out, x.String())
		}
	}
}
