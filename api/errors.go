package api

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/labstack/echo/v4"

	"shouwang/api/gen"
	"shouwang/procedure"
)

// problem is an answer of the API that is not a success, before it is written.
type problem struct {
	status int
	code   string
	detail string
	faults []procedure.FieldFault
	// retryAfter in seconds; 0 leaves the header out.
	retryAfter int
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s %s", p.status, p.code, p.detail) }

func badRequest(code, detail string, faults ...procedure.FieldFault) *problem {
	return &problem{status: http.StatusBadRequest, code: code, detail: detail, faults: faults}
}

func notFound() *problem {
	return &problem{status: http.StatusNotFound, code: "not_found", detail: "没有这条记录，或者不在您的辖区内"}
}

func forbidden(code, detail string) *problem {
	return &problem{status: http.StatusForbidden, code: code, detail: detail}
}

func tooMany(code, detail string, seconds int) *problem {
	return &problem{status: http.StatusTooManyRequests, code: code, detail: detail, retryAfter: max(seconds, 1)}
}

func busy() *problem {
	return &problem{status: http.StatusServiceUnavailable, code: "busy", detail: "系统正忙，请稍后用同一请求编号重发", retryAfter: 1}
}

func tooLarge(limit int64) *problem {
	return &problem{status: http.StatusRequestEntityTooLarge, code: "too_large", detail: fmt.Sprintf("内容超过 %d 字节的上限", limit)}
}

// titles are the short names of the answers, one per status.
var titles = map[int]string{
	http.StatusBadRequest:            "请求有误",
	http.StatusUnauthorized:          "请先登录",
	http.StatusForbidden:             "不能办理",
	http.StatusNotFound:              "没有找到",
	http.StatusMethodNotAllowed:      "不支持这种请求",
	http.StatusConflict:              "情况已有变化",
	http.StatusRequestEntityTooLarge: "内容过大",
	http.StatusUnsupportedMediaType:  "类型不支持",
	http.StatusUnprocessableEntity:   "还需补正",
	http.StatusTooManyRequests:       "过于频繁",
	http.StatusInternalServerError:   "系统故障",
	http.StatusServiceUnavailable:    "系统正忙",
}

var statusOf = map[procedure.RefusalKind]int{
	procedure.Forbidden: http.StatusForbidden,
	procedure.Conflict:  http.StatusConflict,
	procedure.Invalid:   http.StatusUnprocessableEntity,
	procedure.NotFound:  http.StatusNotFound,
	procedure.Busy:      http.StatusServiceUnavailable,
}

// toProblem is the only place where errors become answers. What it does not know
// is a fault of ours and tells nothing of itself.
func toProblem(err error) *problem {
	var (
		p       *problem
		refusal *procedure.Refusal
		large   *http.MaxBytesError
		he      *echo.HTTPError
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &refusal):
		out := &problem{status: statusOf[refusal.Kind], code: refusal.Code, detail: refusal.Message, faults: refusal.Faults}
		if refusal.Kind == procedure.Busy {
			out.retryAfter = 1
		}
		return out
	case errors.As(err, &large):
		return tooLarge(large.Limit)
	case errors.As(err, &he):
		return httpProblem(he.Code)
	case unavailable(err):
		return busy()
	}
	return &problem{status: http.StatusInternalServerError, code: "internal", detail: "系统出现故障，已记录，请稍后再试"}
}

func httpProblem(status int) *problem {
	code := map[int]string{
		http.StatusNotFound: "route_not_found", http.StatusMethodNotAllowed: "method_not_allowed",
		http.StatusRequestEntityTooLarge: "too_large", http.StatusUnsupportedMediaType: "unsupported_media_type",
		http.StatusTooManyRequests: "too_many", http.StatusServiceUnavailable: "busy",
	}[status]
	switch {
	case code != "":
		return &problem{status: status, code: code}
	case status >= 400 && status < 500:
		return &problem{status: http.StatusBadRequest, code: "bad_request"}
	}
	return &problem{status: http.StatusInternalServerError, code: "internal", detail: "系统出现故障，已记录，请稍后再试"}
}

// unavailable reports whether the database did not answer in time: the same
// request may succeed later. Cases answer with a refusal when Temporal does not.
func unavailable(err error) bool {
	var (
		dial    *net.OpError
		connect *pgconn.ConnectError
		server  *pgconn.PgError
		locked  interface{ Code() int } // the SQLite driver's error
	)
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.Is(err, driver.ErrBadConn),
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return true
	case errors.As(err, &dial), errors.As(err, &connect), pgconn.SafeToRetry(err):
		return true
	case errors.As(err, &server): // connection lost, resources short, shut down by an operator or a crash
		return len(server.Code) == 5 && slices.Contains([]string{"08", "53", "57"}, server.Code[:2])
	}
	return errors.As(err, &locked) && locked.Code()&0xff == 5
}

// fail writes err as problem+json and logs what is ours to mend.
func (s *server) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	p := toProblem(err)
	head := c.Response().Header()
	if p.status >= http.StatusInternalServerError {
		level := slog.LevelError
		if errors.Is(err, context.Canceled) { // whoever asked has gone, as browsers do on the way to another page
			level = slog.LevelDebug
		}
		s.log.LogAttrs(c.Request().Context(), level, "request failed", slog.String("err", err.Error()),
			slog.String("route", c.Path()), slog.String("request_id", head.Get(echo.HeaderXRequestID)))
	}
	if p.retryAfter > 0 {
		head.Set(echo.HeaderRetryAfter, strconv.Itoa(p.retryAfter))
	}
	head.Set(echo.HeaderCacheControl, "no-store")
	if isPublicPage(c.Request().URL.Path) && showFault(c, p) == nil {
		return
	}
	head.Set(echo.HeaderContentType, "application/problem+json")
	c.Response().WriteHeader(p.status)
	_ = json.NewEncoder(c.Response()).Encode(p.body(head.Get(echo.HeaderXRequestID)))
}

func (p *problem) body(requestID string) gen.Problem {
	out := gen.Problem{Code: p.code, Title: titles[p.status], Status: p.status, Detail: p.detail, RequestID: requestID}
	out.Errors = faults(p.faults)
	return out
}

func faults(in []procedure.FieldFault) []gen.Fault {
	out := make([]gen.Fault, len(in))
	for i, f := range in {
		out[i] = gen.Fault{Field: f.Field, Code: f.Code, Message: f.Message}
	}
	return out
}
