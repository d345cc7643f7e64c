package api

import (
	"context"
	"errors"
	"hash/maphash"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"
	"golang.org/x/time/rate"
)

// One client must not slow the others down. Requests of accounts are counted by
// account, and together by address; those of strangers by address and more narrowly.
// A stranger is whoever asks what needs no account, or shows a session that has not
// been seen to hold yet.

// cost is how much a request asks of the server.
type cost int

const (
	cheap  cost = iota // reads
	change             // writes
	heavy              // files written or read in, searches, previews, runs
	costs  = 3
)

// share is how often a request of each cost may come in a minute, in multiples of
// Options.PerMinute.
var share = [costs]int{cheap: 20, change: 10, heavy: 1}

// atOnce is how many requests of each cost one account has worked on at a time, and
// queue how many more may wait for that. A browser opens six connections.
var (
	atOnce = [costs]int{cheap: 4, change: 2, heavy: 1}
	queue  = [costs]int{cheap: 32, change: 16, heavy: 8}
)

const (
	// burst is what part of a minute's share may come at once; heavyBurst that of the heavy requests of an account: somebody
	// who looks at one list after the other is not stopped at the sixth.
	burst      = 6
	heavyBurst = 2
	// crowd is how many busy accounts one address may have, as that of a county's office.
	crowd = 20
	// lobby is how many accounts' share the strangers of one address have together:
	// after a restart everybody is one.
	lobby = 5
	// holdFor is how long a refusal is kept back, so that a client which asks again at
	// once does so at a walk; no more than maxHeld are kept at a time.
	holdFor = time.Second
	maxHeld = 256
	// usualPage is how many rows a list shows when nothing is said, longestPage what may be asked for (Limit of the OpenAPI document).
	usualPage, longestPage = 20, 100
)

// heavyOperations ask for much though neither method nor content type says so; what hashes a password takes 64 MiB.
var heavyOperations = []string{"createAccount", "putCalendarYear", "searchHouseholds", "previewCampaign", "createExport", "createAuditPackage", "startAuditReplay", "startRun", "bulkTasks", "createBulkJob", "issueBulletin", "issuePaper",
	"listPatternHits", "getMap", "drawAuditSample", "checkAdminActs", "reportOnPerson", "resetAccount", "changePassword", "makeToken", "beginSecondFactor"}

// queries are lists asked for with what is searched for in the body, which change nothing.
var queries = []string{"queryHouseholds", "queryPersons", "queryCases", "queryTasks"}

// plainFiles go as they are stored, and by the dozen.
var plainFiles = []string{"attach", "attachToFormRecord", "getAttachment", "unmaskAttachment", "getPaperFile", "getExportFile"}

// costOf is the cost of an operation, nil being an unknown one.
func costOf(r *routers.Route) cost {
	switch {
	case r == nil:
		return cheap
	case slices.Contains(heavyOperations, r.Operation.OperationID), (takesFile(r) || makesFile(r)) && !slices.Contains(plainFiles, r.Operation.OperationID):
		return heavy
	case r.Method == http.MethodGet, slices.Contains(queries, r.Operation.OperationID):
		return cheap
	}
	return change
}

// weight is how many requests one counts for: a page five times as long as usual asks five times as much of the server.
func weight(r *http.Request) int {
	limit, err := strconv.Atoi(r.URL.Query().Get("limit"))
	if err != nil {
		return 1
	}
	return min(max(1, (limit+usualPage-1)/usualPage), longestPage/usualPage)
}

// makesFile reports whether an operation answers with a paper or a workbook.
func makesFile(r *routers.Route) bool {
	ok := r.Operation.Responses.Value("200")
	if ok == nil {
		return false
	}
	for media := range ok.Value.Content {
		if media == "application/pdf" || strings.HasPrefix(media, "application/vnd.") {
			return true
		}
	}
	return false
}

// limits are the counts of a server.
type limits struct {
	accounts, addresses, strangers [costs]*buckets
	known                          callers[struct{}]
	refused                        callers[[costs]time.Time]
	busy                           [costs]slots
	hold                           time.Duration
	held                           atomic.Int64
}

func newLimits(perMinute int) *limits {
	seed := maphash.MakeSeed()
	l := &limits{known: newCallers[struct{}](seed), refused: newCallers[[costs]time.Time](seed), hold: holdFor}
	for c, n := range share {
		l.busy[c] = slots{by: map[string]*slot{}, most: atOnce[c], queue: queue[c]}
		l.accounts[c] = newBuckets(n*perMinute, burst)
		l.addresses[c] = newBuckets(n*perMinute*crowd, burst)
		l.strangers[c] = newBuckets(n*perMinute*lobby, burst)
	}
	l.accounts[heavy] = newBuckets(share[heavy]*perMinute, heavyBurst)
	return l
}

// tooSoon refuses a request, after a while.
func (l *limits) tooSoon(ctx context.Context, wait time.Duration) *problem {
	defer l.held.Add(-1)
	if l.held.Add(1) <= maxHeld {
		select {
		case <-time.After(min(wait, l.hold)):
		case <-ctx.Done():
		}
	}
	return tooMany("too_many", "请求过于频繁，请稍后再试", int(math.Ceil(wait.Seconds())))
}

// limited counts by address, before anything is looked up. Somebody who was refused
// is refused again without a question to the database until his time has come, and
// without counting against others behind his address.
func (s *server) limited(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		route, r, now := s.ops.of(c), c.Request(), s.now()
		what := costOf(route)
		if until, ok := s.limits.refused.get(r); ok && now.Before(until[what]) {
			return s.limits.tooSoon(r.Context(), until[what].Sub(now))
		}
		by := s.limits.strangers
		if _, known := s.limits.known.get(r); known && !openToAll(route) {
			by = s.limits.addresses
		}
		if wait := by[what].take(c.RealIP(), now, weight(r)); wait > 0 {
			return s.limits.tooSoon(r.Context(), wait)
		}
		err := next(c)
		var p *problem
		if errors.As(err, &p) && p.status == http.StatusUnauthorized {
			s.limits.known.forget(r)
		}
		return err
	}
}

// openToAll reports whether an operation needs no account; no operation does not.
func openToAll(r *routers.Route) bool {
	return r == nil || r.Operation.Security != nil && len(*r.Operation.Security) == 0
}

// paced counts by account, once it is known who asks, and lets an account have so
// many requests worked on at a time.
func (s *server) paced(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		what, r, now := costOf(s.ops.of(c)), c.Request(), s.now()
		v := viewerOf(r.Context())
		if v == nil {
			return next(c)
		}
		s.limits.known.set(r, struct{}{})
		if wait := s.limits.accounts[what].take(v.user.ID, now, weight(r)); wait > 0 {
			until, _ := s.limits.refused.get(r)
			until[what] = now.Add(wait)
			s.limits.refused.set(r, until)
			return s.limits.tooSoon(r.Context(), wait)
		}
		if goesOn(s.ops.of(c)) { // it is no work while nothing changes, and has a limit of its own
			return next(c)
		}
		free, ok := s.limits.busy[what].take(r.Context(), v.user.ID)
		if !ok {
			return s.limits.tooSoon(r.Context(), time.Second)
		}
		defer free()
		return next(c)
	}
}

// buckets hold what each key has left.
type buckets struct {
	mu    sync.Mutex
	each  rate.Limit
	burst int
	by    map[string]*rate.Limiter
	swept time.Time
}

func newBuckets(perMinute, part int) *buckets {
	return &buckets{each: rate.Limit(float64(perMinute) / 60), burst: max(1, perMinute/part), by: map[string]*rate.Limiter{}}
}

// take takes some from the bucket of a key, a full bucket at most, or says how long to wait for them.
func (b *buckets) take(key string, now time.Time, some int) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.swept) > time.Minute { // full buckets are as good as none
		for k, l := range b.by {
			if l.TokensAt(now) >= float64(b.burst) {
				delete(b.by, k)
			}
		}
		b.swept = now
	}
	l := b.by[key]
	if l == nil {
		l = rate.NewLimiter(b.each, b.burst)
		b.by[key] = l
	}
	some = min(some, b.burst)
	if l.AllowN(now, some) {
		return 0
	}
	return time.Duration((float64(some) - l.TokensAt(now)) / float64(b.each) * float64(time.Second))
}

// callers remember something of whoever shows a session or a token, of which they
// keep a keyed hash only.
type callers[T any] struct {
	seed maphash.Seed
	mu   *sync.Mutex
	by   map[uint64]T
}

// maxCallers bounds what is remembered; forgetting it costs a lookup each.
const maxCallers = 20_000

func newCallers[T any](seed maphash.Seed) callers[T] {
	return callers[T]{seed: seed, mu: &sync.Mutex{}, by: map[uint64]T{}}
}

func (s callers[T]) key(r *http.Request) uint64 {
	return maphash.String(s.seed, r.Header.Get("Cookie")+"\x00"+r.Header.Get("Authorization"))
}

func (s callers[T]) get(r *http.Request) (T, bool) {
	key := s.key(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.by[key]
	return v, ok
}

func (s callers[T]) set(r *http.Request, v T) {
	key := s.key(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.by) >= maxCallers {
		clear(s.by)
	}
	s.by[key] = v
}

func (s callers[T]) forget(r *http.Request) {
	key := s.key(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.by, key)
}

// slots let so many of each key work at a time.
type slots struct {
	mu          sync.Mutex
	by          map[string]*slot
	most, queue int
}

type slot struct {
	free  chan struct{}
	users int
}

// take waits for a slot of a key; false says that too many wait already, or that ctx ended.
func (s *slots) take(ctx context.Context, key string) (func(), bool) {
	s.mu.Lock()
	one := s.by[key]
	if one == nil {
		one = &slot{free: make(chan struct{}, s.most)}
		s.by[key] = one
	}
	if one.users >= s.most+s.queue {
		s.mu.Unlock()
		return nil, false
	}
	one.users++
	s.mu.Unlock()
	leave := func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if one.users--; one.users == 0 {
			delete(s.by, key)
		}
	}
	select {
	case one.free <- struct{}{}:
		return func() { <-one.free; leave() }, true
	case <-ctx.Done():
		leave()
		return nil, false
	}
}
