package api

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"shouwang/internal/howfar"
)

// Whoever sends a file may want to hear how far its reading is (header Progress: lines). An answer that takes longer than
// tellAfter then begins with lines of JSON, one for each time it has gone on: {"done":120,"total":800}. Then comes a line with
// the status and the type of the answer, and after it the answer as it would have been alone. Numbers are all that the lines
// say; who goes away stops the work where it stands.

const (
	progressHeader = "Progress"
	progressType   = "application/x-ndjson"
	tellAfter      = 500 * time.Millisecond
	tellEvery      = 200 * time.Millisecond
)

// told lets the callers of operations that take a file hear how far they are.
func (s *server) told(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if route := s.ops.of(c); route == nil || !takesFile(route) || c.Request().Header.Get(progressHeader) == "" {
			return next(c)
		}
		t := &tellingAnswer{ResponseWriter: c.Response().Writer, from: time.Now().Add(s.tellAfter), every: s.tellEvery}
		c.Response().Writer = t
		c.SetRequest(c.Request().WithContext(howfar.Told(c.Request().Context(), t.tell)))
		return next(c)
	}
}

// tellingAnswer is an answer that may begin with lines. One goroutine writes it, that of the request.
type tellingAnswer struct {
	http.ResponseWriter
	from  time.Time // when the next line may be written
	every time.Duration
	begun bool
}

type progressLine struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

type answerLine struct {
	Status int    `json:"status"`
	Type   string `json:"type"`
}

// tell writes a line, not too often. One that cannot be written has lost its reader, and the request with him.
func (t *tellingAnswer) tell(done, total int) {
	now := time.Now()
	if now.Before(t.from) {
		return
	}
	t.from = now.Add(t.every)
	if !t.begun {
		t.begun = true
		t.Header().Set(echo.HeaderContentType, progressType)
		t.Header().Set(echo.HeaderCacheControl, "no-store")
		t.Header().Set("X-Accel-Buffering", "no") // nginx passes each line on at once
		t.ResponseWriter.WriteHeader(http.StatusOK)
	}
	t.line(progressLine{done, total})
}

func (t *tellingAnswer) line(v any) {
	_ = json.NewEncoder(t.ResponseWriter).Encode(v)
	_ = http.NewResponseController(t.ResponseWriter).Flush()
}

// WriteHeader says how the work has ended: as the status where nothing was written yet, otherwise as a line before the answer.
func (t *tellingAnswer) WriteHeader(status int) {
	if !t.begun {
		t.ResponseWriter.WriteHeader(status)
		return
	}
	t.line(answerLine{status, t.Header().Get(echo.HeaderContentType)})
}

// Unwrap is for the deadlines of the connection.
func (t *tellingAnswer) Unwrap() http.ResponseWriter { return t.ResponseWriter }
