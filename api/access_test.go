package api

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// The generated access test. For every operation of the specification and every place
// in it that names something of somebody, each stranger asks for what is there and for
// what is nowhere: status, headers and body must be the same, and no answer to anything
// he asks may hold a word of it.

// asked is one request, as the specification describes it.
type asked struct {
	operation, method, url string
	body                   any
	// names tells whether it names anything of anybody.
	names bool
}

func (a asked) String() string {
	if f, ok := a.body.(*form); ok {
		return fmt.Sprintf("%s %s (a form of %d bytes)", a.method, a.url, len(f.bytes))
	}
	return fmt.Sprintf("%s %s %v", a.method, a.url, a.body)
}

// leak is an answer that tells more than it should, to so many-th request to an operation.
type leak struct {
	who, operation string
	request        int
	what           string
	// pointless is an answer that proves nothing: a fault of the server, or that there is no such kind of thing at all.
	pointless bool
}

func (l leak) String() string { return fmt.Sprintf("%s: %s: %s", l.operation, l.who, l.what) }

// operation is one operation of the specification with its path.
type operation struct {
	path, method string
	*openapi3.Operation
	params openapi3.Parameters
}

func (o operation) public() bool { return o.Security != nil && len(*o.Security) == 0 }

// operationsOf are the operations of the specification; those that end something come last.
func operationsOf(t testing.TB) []operation {
	t.Helper()
	spec, err := specOnce()
	require.NoError(t, err)
	var out []operation
	for _, path := range sortedKeys(spec.Paths.Map()) {
		item := spec.Paths.Value(path)
		for method, op := range item.Operations() {
			out = append(out, operation{path, method, op, append(slices.Clone(item.Parameters), op.Parameters...)})
		}
	}
	order := []string{"GET", "POST", "PUT", "PATCH", "DELETE"}
	slices.SortFunc(out, func(a, b operation) int {
		return 1000*(slices.Index(order, a.method)-slices.Index(order, b.method)) + strings.Compare(a.path, b.path)
	})
	return out
}

// probe is a parameter with what it names.
type probe struct {
	in, name, kind, value string
	required              bool
}

func (o operation) places(t testing.TB) (out []probe) {
	t.Helper()
	for _, ref := range o.params {
		p := ref.Value
		at := probe{in: p.In, name: p.Name, required: p.Required}
		switch {
		case p.In == "header":
			continue
		case p.In == "path" && p.Name == "id":
			at.kind = pathKind(o.path)
			require.NotEmpty(t, at.kind, "%s: say in accessplaces_test.go what {id} of %s names", o.OperationID, o.path)
		default:
			name := p.Name
			if at.in == "path" && placeIsHarmless("{"+name+"}") {
				name = "{" + name + "}"
			}
			var known bool
			at.kind, at.value, known = namedBy(o.OperationID, name)
			require.True(t, known, "%s: say in accessplaces_test.go what the parameter %s names", o.OperationID, name)
		}
		out = append(out, at)
	}
	return out
}

func placeIsHarmless(name string) bool { _, ok := harmless[name]; return ok }

// requests are the requests to an operation: one for each place in it that names
// something, the places without which it cannot be asked being filled in each.
func (o operation) requests(t testing.TB, r refs) (out []asked) {
	t.Helper()
	places := o.places(t)
	path, query, names := o.path, url.Values{}, false
	for _, p := range places {
		value := p.value
		if p.kind != "" {
			value = r[p.kind]
		}
		switch {
		case p.in == "path":
			path, names = strings.Replace(path, "{"+p.name+"}", value, 1), names || p.kind != ""
		case p.required:
			query.Set(p.name, value)
			names = names || p.kind != ""
		}
	}
	sent := []any{nil}
	if o.RequestBody != nil {
		make, known := bodies[o.OperationID]
		require.True(t, known, "%s: say in accessplaces_test.go what is sent to it", o.OperationID)
		sent = make(t, r)
		names = names || o.namesInBody(t)
	}
	add := func(q url.Values, names bool) {
		target := basePath + path
		if len(q) > 0 {
			target += "?" + q.Encode()
		}
		for _, body := range sent {
			out = append(out, asked{o.OperationID, o.method, target, body, names})
		}
	}
	add(query, names)
	for _, p := range places {
		if p.in == "query" && !p.required && p.kind != "" {
			one := url.Values{}
			for k, v := range query {
				one[k] = v
			}
			one.Set(p.name, r[p.kind])
			add(one, true)
		}
	}
	return out
}

// namesInBody reports whether a body can name something of somebody, each member of it
// being known, and what is sent having all of them.
func (o operation) namesInBody(t testing.TB) bool {
	t.Helper()
	found := false
	marked := refs{}
	for kind := range kinds() {
		marked[kind] = "ref-" + kind
	}
	var written bytes.Buffer
	for _, body := range bodies[o.OperationID](t, marked) {
		if f, ok := body.(*form); ok {
			written.Write(f.bytes)
		} else {
			require.NoError(t, json.NewEncoder(&written).Encode(body))
		}
	}
	for _, media := range o.RequestBody.Value.Content {
		eachMember(media.Schema, 0, func(name string, s *openapi3.Schema) {
			if s.Format == "binary" {
				return
			}
			kind, _, known := namedBy(o.OperationID, name)
			require.True(t, known, "%s: say in accessplaces_test.go what the member %s of its body names", o.OperationID, name)
			if kind != "" {
				found = true
				require.Contains(t, written.String(), "ref-"+kind, "%s: what is sent to it has no %s", o.OperationID, name)
			}
		})
	}
	return found
}

// kinds are all kinds of things that can be named.
func kinds() map[string]bool {
	out := map[string]bool{"me_user": true, "me_grant": true}
	for _, kind := range namedAt {
		out[kind] = true
	}
	return out
}

// eachMember visits the members of a body, those of its parts included.
func eachMember(ref *openapi3.SchemaRef, depth int, visit func(name string, s *openapi3.Schema)) {
	if ref == nil || ref.Value == nil || depth > 4 {
		return
	}
	s := ref.Value
	if s.Items != nil {
		eachMember(s.Items, depth+1, visit)
	}
	for name, member := range s.Properties {
		visit(name, member.Value)
		eachMember(member, depth+1, visit)
	}
	for _, part := range slices.Concat(s.AllOf, s.AnyOf, s.OneOf) {
		eachMember(part, depth+1, visit)
	}
}

// answer is what comes back, as far as it must not depend on what is asked for.
type answer struct {
	status int
	head   string
	body   string
}

// ask sends a request as a browser would, without a session if login is "".
func (w *world) ask(t testing.TB, h http.Handler, login string, a asked) answer {
	t.Helper()
	var body io.Reader
	contentType := echo.MIMEApplicationJSON
	switch b := a.body.(type) {
	case nil:
	case *form:
		body, contentType = bytes.NewReader(b.bytes), b.contentType
	default:
		raw, err := json.Marshal(b)
		require.NoError(t, err)
		body = bytes.NewReader(raw)
	}
	r := httptest.NewRequest(a.method, a.url, body)
	r.Header.Set(echo.HeaderContentType, contentType)
	r.Header.Set(csrfHeader, csrfValue)
	if a.method != http.MethodGet {
		r.Header.Set("Idempotency-Key", w.key())
	}
	if login != "" {
		w.letIn(t, login)
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: w.tokens[login]})
	}
	rec := httptest.NewRecorder()
	aMoment(h, a.operation, rec, r)
	head := rec.Header().Clone()
	for _, own := range []string{echo.HeaderXRequestID, echo.HeaderContentLength, echo.HeaderSetCookie} {
		head.Del(own)
	}
	return answer{rec.Code, fmt.Sprint(head), readable(rec.Body.String())}
}

// aMoment has a request answered. The stream, which would go on, ends once it has begun.
func aMoment(h http.Handler, operation string, rec *httptest.ResponseRecorder, r *http.Request) {
	if operation != liveOperation {
		h.ServeHTTP(rec, r)
		return
	}
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	h.ServeHTTP(&leaver{rec, stop}, r.WithContext(ctx))
}

// leaver goes with the first that is sent to it.
type leaver struct {
	*httptest.ResponseRecorder
	stop func()
}

// Flush is what was sent.
func (l *leaver) Flush() {
	l.ResponseRecorder.Flush()
	l.stop()
}

// readable is a body as text: a workbook or document is what stands in its parts.
func readable(body string) string {
	files, err := zip.NewReader(strings.NewReader(body), int64(len(body)))
	if err != nil {
		return body
	}
	var out strings.Builder
	for _, f := range files.File {
		part, err := f.Open()
		if err != nil || f.Name == "docProps/core.xml" { // the time of making
			continue
		}
		_, _ = io.Copy(&out, part)
		_ = part.Close()
	}
	return out.String()
}

// misspoken are the codes by which a request is refused that no case, household or place could make right.
var misspoken = regexp.MustCompile(`"code":"(unknown_kind|kind_unknown|kind_not_fitting|form_unknown|unknown_pattern|unknown_procedure|unknown_event|unknown_field|one_file)"`)

// pointless reports whether an answer says nothing of what was asked for.
func (a answer) pointless() bool {
	return a.status >= http.StatusInternalServerError || misspoken.MatchString(a.body)
}

// unlike is an answer from where it differs from another.
func (a answer) unlike(b answer) string {
	mine, other := a.head+" "+a.body, b.head+" "+b.body
	i := 0
	for i < len(mine) && i < len(other) && mine[i] == other[i] {
		i++
	}
	return fmt.Sprintf("…%.200q", mine[i:])
}

// ownNumbers are what an answer calls itself, differently each time.
var ownNumbers = regexp.MustCompile(`"request_id":"[^"]*"|"sha256":"[^"]*"|\b01[0-9A-HJKMNP-TV-Z]{24}\b|"size":\d+|[0-9a-f]{32}|DC\d{8}-[0-9A-F]{10}`)

// blurred is an answer without what may have been asked for and what it calls itself.
func (a answer) blurred(there, nowhere refs) answer {
	for _, kind := range sortedKeys(there) {
		if kind != "login" && !strings.HasPrefix(kind, "me_") { // a login is part of other words
			blur := strings.NewReplacer(there[kind], "‹"+kind+"›", nowhere[kind], "‹"+kind+"›")
			a.head, a.body = blur.Replace(a.head), blur.Replace(a.body)
		}
	}
	a.body = ownNumbers.ReplaceAllString(a.body, "‹own›")
	return a
}

// mayKnow are the operations that tell some strangers something, and why.
var mayKnow = map[string]func(s stranger) bool{
	"getPolicy":        inside,  // the names of villages are no secret in their county
	"openCase":         reports, // a department or a surveyor may report a clue about any household of its area (3.4)
	"searchHouseholds": reports, // which it finds by the identity number it has (3.4)

	// What is on the board of a village is for all of it, and who may stand in for somebody he is told.
	"listNotices": neighbour, "listAbsenceOffices": neighbour,

	// The accounts, posts and areas of the county are what its administrators are there for.
	"listAccounts": administers, "getAccount": administers, "createAccount": administers, "editAccount": administers, "grantRole": administers, "endGrant": administers,
	"listAccountSessions": administers, "endAccountSessions": administers, "listAccountTokens": administers, "revokeAccountTokens": administers, "resetAccount": administers,
	"getAccountIdentity": administers, "linkAccountIdentity": administers, "unlinkAccountIdentity": administers,
	"giveEngagement": administers, "listEngagements": administers, "endEngagement": administers, "listAuditSamples": administers, "drawAuditSample": administers,
	"createAuditPackage": administers, "startAuditReplay": administers, "listAuditReplays": administers,
	"listAdminRequests": administers, "decideAdminRequest": administers, "putRegion": administers, "listRobots": administers, "createRobot": administers, "editRobot": administers, "removeRobot": administers, "testRobot": administers, "listAdminActs": administers, "listAccessLog": administers,
}

func inside(s stranger) bool      { return s.inside }
func neighbour(s stranger) bool   { return s.neighbour }
func reports(s stranger) bool     { return s.reports }
func administers(s stranger) bool { return s.administers }

// matrix lets each stranger ask everything and returns what he should not have learnt,
// and how many requests that took.
func (w *world) matrix(t testing.TB, h http.Handler, strangers []stranger) (leaks []leak, asked int) {
	t.Helper()
	for _, op := range operationsOf(t) {
		for _, s := range strangers {
			may := mayKnow[op.OperationID]
			known := may != nil && may(s)
			if known && !(s.administers && op.method == http.MethodGet) {
				continue
			}
			found, n := w.compare(t, h, op, s, known)
			leaks, asked = append(leaks, found...), asked+n
		}
	}
	return leaks, asked
}

// compare lets one stranger ask one operation for what is there and for what is nowhere. An administrator who may know that an account,
// a post or an engagement is there is still told nothing of households.
func (w *world) compare(t testing.TB, h http.Handler, op operation, s stranger, known bool) (leaks []leak, n int) {
	t.Helper()
	me := refs{"me_user": "u-" + s.login, "me_grant": "g-" + s.login}
	there, nowhere := s.of.there.with(me), s.of.nowhere.with(me)
	at, pointless := 0, false
	report := func(format string, args ...any) {
		leaks = append(leaks, leak{s.who, op.OperationID, at, truncate(fmt.Sprintf(format, args...), 600), pointless})
	}
	real, none := op.requests(t, there), op.requests(t, nowhere)
	require.Len(t, none, len(real))
	for i := range real {
		at, pointless = i, false
		var without answer
		apart := real[i].names && !known
		if apart {
			without = w.ask(t, h, s.login, none[i]).blurred(there, nowhere)
			n++
		}
		raw := w.ask(t, h, s.login, real[i])
		n++
		if pointless = raw.pointless() && !known; pointless {
			report("%s answers %d, which proves nothing: %s", real[i], raw.status, raw.body)
		}
		if got := raw.blurred(there, nowhere); apart && got != without {
			report("%s answers %d %s, and %d %s where there is nothing", real[i], got.status, got.unlike(without), without.status, without.unlike(got))
		}
		if s.out && !op.public() && raw.status != http.StatusUnauthorized {
			report("%s answers %d instead of 401", real[i], raw.status)
		}
		if word := s.tells(raw, real[i], known); word != "" {
			report("%s tells %q: %s", real[i], word, raw.body)
		}
	}
	return leaks, n
}

// tells is a word of the belongings that stands in an answer without having been asked with. What an administrator administers names
// posts, and the numbers of the cases that an engagement is about.
func (s stranger) tells(a answer, q asked, administered bool) string {
	said, _ := json.Marshal(q.body)
	if f, ok := q.body.(*form); ok {
		said = f.bytes
	}
	texts := append(leaves(a.body), a.head)
	for _, word := range s.of.secrets {
		if administered && (strings.HasPrefix(word, "g-") || word == s.of.there["case_no"]) {
			continue
		}
		if strings.Contains(q.url, url.QueryEscape(word)) || bytes.Contains(said, []byte(word)) {
			continue
		}
		if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, word) }) {
			return word
		}
	}
	return ""
}

// leaves are the texts of which an answer consists: of JSON each name and each value in it, be it a form in a form or a document
// in a text, and what is coded in them, as in the cursor of a list; of anything else the whole.
func leaves(body string) []string {
	var v any
	if json.Unmarshal([]byte(body), &v) != nil {
		return append([]string{body}, uncoded(body)...)
	}
	var out []string
	var walk func(v any)
	walk = func(v any) {
		switch x := v.(type) {
		case string:
			out = append(out, leaves(x)...)
		case []any:
			for _, y := range x {
				walk(y)
			}
		case map[string]any:
			for name, y := range x {
				out = append(out, name)
				walk(y)
			}
		}
	}
	walk(v)
	return out
}

// uncoded is what a text holds in base64, if it does.
func uncoded(text string) []string {
	for _, coding := range []*base64.Encoding{base64.RawURLEncoding, base64.StdEncoding} {
		if raw, err := coding.DecodeString(text); err == nil && len(raw) > 8 && utf8.Valid(raw) {
			return leaves(string(raw))
		}
	}
	return nil
}

// Nobody learns anything of what is not his, on any operation of the specification.
func TestAccess(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		strangers := w.strangers(t)
		before := w.rows(t)
		leaks, n := w.matrix(t, w.http, strangers)
		for _, l := range leaks {
			t.Error(l)
		}
		fmt.Printf("access: %d operations × %d strangers × %d requests, nothing revealed, on %s\n", len(operationsOf(t)), len(strangers), n, w.store.DB.Name())
		w.untouched(t, before, strangers)
	})
}

// Tables in which strangers leave rows, and why: what they asked with stands in new ones, and what is counted of them changes.
var (
	askedWith = map[string]string{"access_logs": "who asked for what, refused or not", "exports": "what was asked for, word for word", "bulk_jobs": "what was asked for", "bulk_rows": "their own tasks, of which each was asked whether it can be done", "list_settings": "their own"}
	changed   = map[string]string{"sessions": "they are signed in", "users": "wrong passwords are counted"}
)

// rows is everything that stands in the database, table by table.
func (w *world) rows(t testing.TB) map[string]map[string]bool {
	t.Helper()
	out := map[string]map[string]bool{}
	for table, rows := range w.everything(t) {
		if changed[table] != "" {
			continue
		}
		out[table] = map[string]bool{}
		for _, r := range rows {
			out[table][fmt.Sprint(r)] = true
		}
	}
	require.Greater(t, len(out), 50)
	return out
}

// everything is each row of each table, column by column.
func (w *world) everything(t testing.TB) map[string][]map[string]any {
	t.Helper()
	tables, err := w.store.DB.Migrator().GetTables()
	require.NoError(t, err)
	out := map[string][]map[string]any{}
	for _, table := range tables {
		if strings.HasPrefix(table, "goose") || strings.HasPrefix(table, "sqlite_") {
			continue
		}
		var rows []map[string]any
		require.NoError(t, w.store.DB.Table(table).Find(&rows).Error)
		out[table] = rows
	}
	return out
}

// untouched fails if a stranger has changed anything that was there, or left behind anything that names what he may not know.
func (w *world) untouched(t testing.TB, before map[string]map[string]bool, strangers []stranger) {
	t.Helper()
	after := w.rows(t)
	for table, rows := range before {
		for r := range rows {
			require.True(t, after[table][r], "%s: gone or changed: %.600s", table, r)
		}
	}
	names := map[string]bool{}
	for _, s := range strangers {
		for kind, name := range s.of.there {
			if kind != "login" && kind != "person" && kind != "user" && kind != "grant" && kind != "township" && kind != "village" && kind != "resident" {
				names[name] = true
			}
		}
	}
	for table, rows := range after {
		for r := range rows {
			if before[table][r] || askedWith[table] != "" {
				continue
			}
			for name := range names {
				require.NotContains(t, r, name, "%s: a stranger has left this behind: %.600s", table, r)
			}
		}
	}
}

// opened is a server whose gate stands open: change is done to every viewer before he is
// answered.
func (w *world) opened(t testing.TB, change func(v *viewer)) http.Handler {
	t.Helper()
	blobs := DirBlobs(t.TempDir())
	_, e, err := build(Options{Engine: w.engine, Cases: w.cases, Blobs: blobs, Now: w.wall, PerMinute: 10_000, Log: slog.New(slog.DiscardHandler), MaxAttachment: 64 << 10, ExportDir: blobs.Exports()})
	require.NoError(t, err)
	e.Use(func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r := c.Request()
			if v := viewerOf(r.Context()); v != nil {
				change(v)
				c.SetRequest(r.WithContext(context.WithValue(r.Context(), viewerKey{}, v)))
			}
			return next(c)
		}
	})
	return e
}

// as is a server that takes everybody for one account.
func (w *world) as(login string) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.Header.Del("Cookie")
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: w.tokens[login]})
		w.http.ServeHTTP(rw, r)
	})
}

// The test finds it when one side of the gate is taken away: area, department, day,
// sign-in.
func TestAccessFindsOpenGates(t *testing.T) {
	t.Parallel()
	for name, gate := range map[string]struct {
		open func(t *testing.T, w *world) http.Handler
		who  []string // are let in by it
	}{
		"area": {func(t *testing.T, w *world) http.Handler {
			return w.opened(t, func(v *viewer) {
				for i := range v.grants {
					v.grants[i].RegionCode = county
				}
			})
		}, []string{"neighbour township, cadre", "neighbour township, office", "neighbour village", "substitute, of another township"}},
		"department": {func(t *testing.T, w *world) http.Handler {
			return w.opened(t, func(v *viewer) {
				for i := range v.grants {
					v.grants[i].Dept = "civil_affairs"
				}
			})
		}, []string{"another department, of a comparison"}},
		"day": {func(t *testing.T, w *world) http.Handler { w.forever(t); return w.http },
			[]string{"expired", "expired here, moved to the next township", "substitute whose time is over"}},
		"sign-in": {func(_ *testing.T, w *world) http.Handler { return w.as("cadre") }, []string{"no account"}},
		"administrators": {func(t *testing.T, w *world) http.Handler {
			return w.opened(t, func(v *viewer) {
				for i := range v.grants {
					v.grants[i].Role = "county_office"
				}
			})
		}, []string{"system administrator", "security administrator", "audit administrator"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, strangers := accessWorld(t)
			h := gate.open(t, w)
			for _, who := range gate.who {
				i := slices.IndexFunc(strangers, func(s stranger) bool { return s.who == who })
				require.GreaterOrEqual(t, i, 0, who)
				leaks, _ := w.matrix(t, h, strangers[i:i+1])
				require.Greater(t, len(leaks), 5, who)
				fmt.Printf("access: without protection, %d leaks are found of the gate %q to %s\n", len(leaks), name, who)
				require.True(t, slices.ContainsFunc(leaks, func(l leak) bool { return l.operation == "getCase" }), who)
			}
		})
	}
}

// What leaks in the forms of a case alone, of which a stranger may see the rest, is found as well: to whom the city's sight is
// taken for a village's, its one case is answered with what is personal in its forms.
func TestAccessFindsWhatFormsTell(t *testing.T) {
	t.Parallel()
	w, strangers := accessWorld(t)
	i := slices.IndexFunc(strangers, func(s stranger) bool { return s.who == "city, of one case asked for" })
	h := w.opened(t, func(v *viewer) {
		for i := range v.grants {
			if v.grants[i].CaseID != "" {
				v.grants[i].Role = "village_cadre"
			}
		}
	})
	one, tells := strangers[i], map[string]bool{}
	clue := strangers[0].of.there["case"]
	for _, op := range operationsOf(t) {
		for _, q := range op.requests(t, one.of.there.with(refs{"case": clue})) {
			if op.method != http.MethodGet || !strings.Contains(q.url, clue) {
				continue
			}
			require.Empty(t, one.tells(w.ask(t, w.http, one.login, q), q, false), q)
			if word := one.tells(w.ask(t, h, one.login, q), q, false); word != "" {
				tells[op.OperationID] = true
			}
		}
	}
	fmt.Printf("access: without protection, %d operations tell of one case what stands in its forms: %v\n", len(tells), sortedKeys(tells))
	require.Contains(t, tells, "getTimeline")
}

// leaves finds a word wherever it stands in an answer, in whatever writing.
func TestLeaves(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"items":[{"form":{"rows":[{"person_id":"person-near"}]}}]}`, `{"facts":{"text":"{\"answers\":{\"brief\":\"见 person-near\"}}"}}`, `{"texts":{"person-near":1}}`,
		`{"answers":{"brief":"\u0070\u0065rson-near"}}`, `{"next_cursor":"` + base64.RawURLEncoding.EncodeToString([]byte(`{"id":"person-near"}`)) + `"}`, `<p>person-near</p>`,
	} {
		require.True(t, slices.ContainsFunc(leaves(body), func(leaf string) bool { return strings.Contains(leaf, "person-near") }), body)
		require.False(t, slices.ContainsFunc(leaves(body), func(leaf string) bool { return strings.Contains(leaf, "person-far") }), body)
	}
}

// And it finds it by every single request that names something of somebody, when a
// stranger is taken for one whom it concerns: a request that nobody is answered otherwise
// about what is there than about what is not, such as one for a kind of paper that there
// is not, would prove nothing.
func TestAccessFindsEveryRequest(t *testing.T) {
	t.Parallel()
	type request struct {
		operation string
		n         int
	}
	var names []request
	text, found := map[request]string{}, map[request]bool{}
	w, strangers := accessWorld(t)
	for _, op := range operationsOf(t) {
		for i, a := range op.requests(t, strangers[0].of.there) {
			if a.names {
				r := request{op.OperationID, i}
				names, text[r] = append(names, r), a.String()
			}
		}
	}
	for _, owner := range []string{"cadre", "town", "county", "sys", "sec", "log", "auditor"} {
		taken := strangers[0]
		taken.login = owner
		for _, op := range operationsOf(t) {
			switch op.OperationID {
			case "signIn": // each asking counts as a failure, until the account is locked; TestAccess asks once
				continue
			case "endSession": // the one before has ended them all
				require.NoError(t, w.store.DB.Save(w.device("near", "u-cadre")).Error)
			}
			leaks, _ := w.compare(t, w.http, op, taken, false)
			for _, l := range leaks {
				if r := (request{l.operation, l.request}); !l.pointless {
					found[r] = true
				}
			}
		}
	}
	for _, r := range names {
		if like := slices.Contains(alike, r.operation); found[r] == like {
			t.Errorf("%s %s: that nobody is answered otherwise about what is there is %t: the test could not see a leak", r.operation, text[r], like)
		}
	}
	fmt.Printf("access: without protection, %d requests that leak are seen, %d operations answer alike to everybody\n", len(found), len(alike))
}

// alike are the operations that answer the same to everybody, whatever is named.
var alike = []string{
	"signIn",                            // a wrong password
	"getPublicNotice", "objectToNotice", // a notice that has been taken down
	"revokeToken", // what is one's own is ended by oneself alone, and not there for anybody else
}

// A department may report a clue about any household of its area, which it finds by an
// identity number it has. That opens it the clue, and nothing of the household.
func TestReportingOpensADepartmentNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rec := w.do(t, call{user: "medical", method: "POST", url: basePath + "/households/search", body: object{"id_no": headID}, status: 200, want: []string{"household-1"}, not: []string{"phone_masked"}})
	require.NotContains(t, rec.Body.String(), headPhone[:3]+"*")
	clue := w.openClue(t, "household-1", "medical")
	w.do(t, call{user: "medical", method: "GET", url: basePath + "/cases/" + clue, status: 200, want: []string{clue}})
	w.do(t, call{user: "medical", method: "GET", url: basePath + "/households/household-1", status: 404})
	w.do(t, call{user: "medical", method: "GET", url: basePath + "/households/household-1/members", status: 404})
	w.do(t, call{user: "medical", method: "POST", url: basePath + "/households/household-1/unmask", body: object{"field": "id_no", "purpose": "核对身份"}, status: 404})
	w.do(t, call{user: "medical", method: "GET", url: basePath + "/households", status: 200, want: []string{`"items":[]`}})
	// What is asked of it opens it the household.
	w.row("dept_comparison", "requested", village, func(c *models.Case) { c.Dept = "land" })
	w.do(t, call{user: "medical", method: "GET", url: basePath + "/households/household-1", status: 200})
}
