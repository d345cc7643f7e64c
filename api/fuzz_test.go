package api

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/labstack/echo/v4"
	"github.com/stretchr/testify/require"
	"gorm.io/gorm/clause"

	"shouwang/internal/deptlist"
	"shouwang/internal/example"
	"shouwang/internal/programme"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Every operation of the specification is asked with valid, borderline and broken
// requests by people of every kind. Whatever comes in: no fault of ours (5xx, which
// a panic is as well), no answer that the specification does not know, nothing of a
// household for those who do not reach it, no personal number in a refusal or in
// the log, and nothing of our inside.

// fuzzSeeds are those of the short run, each with a world of its own: odd ones on
// SQLite, even ones on PostgreSQL. SHOUWANG_FUZZ_FOR=10m runs on with fresh ones; a
// seed names the requests as far as ids and the state of the world allow.
var fuzzSeeds = []uint64{1, 2, 3, 4}

// fuzzRequests is how many requests one world gets.
const fuzzRequests = 1500

// What only those who reach household-1 may see. Numbers of P2 and above stand in
// no refusal and no log either.
const (
	canaryPhone   = "13911110001"
	canaryBank    = "6222021111000100017"
	canaryAddress = "清溪镇石桥村三组一〇〇一号"
	canaryHealth  = "尘肺病三期"
)

var (
	canaryNames   = []string{"罗守田", "罗小禾"}
	canaryNumbers = []string{headID, childID, canaryPhone, canaryBank, canaryAddress, canaryHealth}
)

func holdsCanary(s string) bool {
	return firstIn(s, canaryNames) != "" || firstIn(s, canaryNumbers) != ""
}

// internals are marks of what no answer shows to anybody.
var internals = []string{"$argon2id$", "goroutine ", "runtime error", "SQLSTATE", "SQL logic", "sqlite", "gorm", ".go:", "panic", "password_hash", "token_hash", os.TempDir()}

// strangers work elsewhere, or on no household at all.
var strangers = []string{"far_cadre", "far_town", "next_cadre", "sec", "sys"}

func firstIn(text string, words []string) string {
	i := slices.IndexFunc(words, func(w string) bool { return strings.Contains(text, w) })
	if i < 0 {
		return ""
	}
	return words[i]
}

func TestFuzzAPI(t *testing.T) {
	length, err := time.ParseDuration(cmp0(os.Getenv("SHOUWANG_FUZZ_FOR"), "0s"))
	require.NoError(t, err)
	if length == 0 {
		for _, seed := range fuzzSeeds {
			t.Run(fmt.Sprint(seed), func(t *testing.T) {
				t.Parallel()
				newFuzzer(t, seed).run(fuzzRequests, time.Time{})
			})
		}
		return
	}
	seed := uint64(time.Now().UnixNano())
	if given := os.Getenv("SHOUWANG_FUZZ_SEED"); given != "" {
		seed, err = strconv.ParseUint(given, 10, 64)
		require.NoError(t, err)
	}
	until := time.Now().Add(length)
	total, done, refused := map[int]int{}, map[string]bool{}, map[string]string{}
	for ; time.Now().Before(until); seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			f := newFuzzer(t, seed)
			f.given = maps.Clone(done)
			f.run(2*fuzzRequests, until)
			maps.Copy(done, f.succeeded)
			maps.Copy(refused, f.refused)
			for status, n := range f.statuses {
				total[status] += n
			}
		})
	}
	all, requests := operationIDs(t), 0
	for _, n := range total {
		requests += n
	}
	never := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return done[id] })
	fmt.Printf("fuzz: %d requests, by status %v; %d of %d operations done\n", requests, total, len(done), len(all))
	for _, op := range never {
		fmt.Printf("fuzz: never done: %s %s %s\n", op, undone[op], refused[op])
	}
	if length >= allDoneIn {
		for _, op := range never {
			require.NotEmpty(t, undone[op], "%s was never done in %s: mend the generator, or say why not", op, length)
		}
	}
}

// allDoneIn is how long it takes until every operation has been done once, on a machine with other work to do.
const allDoneIn = 8 * time.Minute

// undone are the operations that the generator does not get done, and why.
var undone = map[string]string{
	"beginOIDC": "no identity provider here; TestSignIn has one", "endOIDC": "no identity provider here; TestSignIn has one",
	"getPublicNotice": "needs a notice on the board, which days of procedure lead to; the play of the canary test does it", "objectToNotice": "the same",
	"proveSecondFactor": "follows a fresh sign-in with its own session; TestSecondFactor does it",
	"recordSample":      "needs a campaign in its spot check", "meetCutOff": "needs a campaign that was issued with that cut-off", "endPhase": "the same",
	"linkAccountIdentity": "no identity provider is set here; TestLinkIdentity has one", "unlinkAccountIdentity": "the same",
	"getCaseFormFile": "needs a household form that was filled in, many steps into a campaign; TestFilledFormLeavesAsFile", "printCampaignForms": "the same",
	"moveVersion": "no procedure has a second version", "importBoundaries": "needs a file of GeoJSON; TestBoundariesAreVersions sends some", "returnBoundaries": "the same",
	"confirmNoticeMail": "needs the code that a mail tells; TestAMailAddressIsConfirmed has it",
}

func operationIDs(t *testing.T) (out []string) {
	spec, err := Spec()
	require.NoError(t, err)
	for _, item := range spec.Paths.Map() {
		for _, op := range item.Operations() {
			out = append(out, op.OperationID)
		}
	}
	slices.Sort(out)
	return out
}

func cmp0(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// fuzzer asks one world.
type fuzzer struct {
	*maker
	t     *testing.T
	w     *world
	http  http.Handler
	log   *lockedBuffer
	ops   []*routers.Route
	roles map[procedure.Role][]string // accounts by role

	secrets   string // of the second factor of its owner
	statuses  map[int]int
	succeeded map[string]bool
	given     map[string]bool   // done in a world before
	refused   map[string]string // why an operation with a sensible body was refused last
	failures  int
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// take empties the buffer.
func (l *lockedBuffer) take() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.b.Reset()
	return l.b.String()
}

func newFuzzer(t *testing.T, seed uint64) *fuzzer {
	w := newWorld(t, []string{"postgres", "sqlite"}[seed%2])
	f := &fuzzer{t: t, w: w, log: &lockedBuffer{}, roles: map[procedure.Role][]string{}, statuses: map[int]int{}, succeeded: map[string]bool{}, refused: map[string]string{},
		maker: &maker{r: rand.New(rand.NewPCG(seed, 26)), known: map[string][]string{}, today: w.clock()}}
	var err error
	f.http, err = New(Options{Engine: w.engine, Cases: w.cases, Blobs: w.server.blobs, Now: w.wall, PerMinute: 1_000_000, Log: slog.New(slog.NewTextHandler(f.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		MaxAttachment: 64 << 10, ExportDir: w.server.exportDir, Sealer: w.server.sealer, Mail: w.server.mail})
	require.NoError(t, err)
	f.plant()
	for _, route := range w.server.ops.byRoute {
		f.ops = append(f.ops, route)
	}
	slices.SortFunc(f.ops, func(a, b *routers.Route) int { return strings.Compare(a.Path+a.Method, b.Path+b.Method) })
	f.furnish()
	return f
}

// plant gives household-1 and its people values that stand nowhere else.
func (f *fuzzer) plant() {
	db := f.w.store.DB
	var h models.Household
	require.NoError(f.t, db.Where("id = ?", "household-1").Take(&h).Error)
	require.NoError(f.t, h.SetSecret(f.w.store.Vault, models.HouseholdSecret{Phone: canaryPhone, Address: canaryAddress, Bank: canaryBank, Income: 1_234_500}))
	require.NoError(f.t, db.Save(&h).Error)
	var head models.Person
	require.NoError(f.t, db.Where("id = ?", "person-1").Take(&head).Error)
	require.NoError(f.t, head.SetSecret(f.w.store.Vault, models.PersonSecret{IDNo: headID, Relation: "户主", Sex: "男", BirthDate: "1960-03-07", Phone: canaryPhone, Health: canaryHealth}))
	require.NoError(f.t, db.Save(&head).Error)
}

// furnish makes one record of each kind and learns what can be said here.
func (f *fuzzer) furnish() {
	for kind, id := range f.w.records(f.t) {
		f.learn("/"+kind, id)
	}
	f.known["household_id"] = []string{"household-1", "household-2", "household-3", "household-9"}
	for _, name := range []string{"region", "region_code", "village", "area", "code"} {
		f.known[name] = []string{county, township, village, nextVillage, farTownship, farVillage}
	}
	for _, d := range procedure.All {
		f.learn("procedure", d.Name)
		f.learn("name", d.Name)
	}
	for _, u := range users {
		role := procedure.Role(u.role)
		f.roles[role] = append(f.roles[role], u.login)
		f.learn("role", u.role)
		for _, name := range []string{"user_id", "for", "to", "substitute_id", "staff"} {
			f.learn(name, "u-"+u.login)
		}
		f.learn("grant_id", "g-"+u.login)
	}
	for _, k := range paperKinds {
		f.learn("kind", k.code)
	}
	for _, k := range deptlist.Kinds {
		f.learn("kind", k.Code)
	}
	f.known["mail"] = []string{"wang.cadre@county.example", "li@village.example"}
	f.known["as_of"] = []string{"2026-03-01", "2026-02-28"}
	for _, template := range procedure.Templates {
		f.learn("template", template.Code)
	}
	for _, k := range policy.KeyCodes() {
		f.learn("key", k)
	}
	for list := range exportLists {
		f.learn("list", list)
	}
	for _, login := range []string{"cadre2", "grid", "surveyor2", "entry"} {
		f.learn("/accounts", "u-"+login)
		f.learn("/grants", "g-"+login)
	}
	f.w.administrators()
	f.w.campaigner("resident", procedure.ResidentMember, village)
	f.w.campaigner("instructor", procedure.Instructor, township)
	f.w.campaigner("head", procedure.GroupLeader, township)
	f.known["/campaigns"] = []string{f.w.campaign(f.t), f.known["/campaigns"][0]}
	from := f.w.clock()
	f.w.create(&models.AdminRequest{ID: "request", Kind: "grant", UserID: "u-grid", Role: procedure.LogAdmin, RegionCode: county, ValidFrom: &from, Reason: "任命", AskedBy: "u-sec", AskedRole: procedure.SecAdmin, AskedAt: from, State: models.RequestOpen})
	f.learn("/admin-requests", "request")
	hall := models.Robot{ID: "robot", Kind: "wecom", Title: "县局群", RegionCode: county, CreatedBy: "u-sys", CreatedAt: from, UpdatedAt: from, RowVersion: 1}
	require.NoError(f.t, hall.SetSecret(f.w.store.Vault, models.RobotSecret{Address: goodRobot}))
	reader := models.NoticeSettings{UserID: "u-cadre", Choices: map[string][]string{}, MailAt: &from, UpdatedAt: from}
	require.NoError(f.t, reader.SetSecret(f.w.store.Vault, models.NoticeSecret{Mail: "cadre@county.example"}))
	f.w.create(&hall, &reader)
	f.learn("/robots", "robot")
	f.known["form"] = []string{"f1", "f2", "f3", "f4", "f5", "annex3", "annex5", "annex6", "village_sheet", "f3@1"}
	f.known["period"] = []string{"2026", "2026-03", "2026-03-10"}
	f.known["id_no"] = []string{headID, childID, "510923196003070015"}
	f.known["q"] = []string{"罗", "lst", "罗守田", "H1"}
	f.known["year"] = []string{"2026", "2025", "2027"}
	f.known["month"] = []string{"2026-02", "2026-03"}
	f.known["file"] = []string{strings.TrimPrefix(f.w.subscribe(f.t, "cadre"), basePath+"/feeds/")}
	f.known["login"] = []string{"cadre", "town", "nobody"}
	f.known["password"] = []string{password, "wrong"}
	f.known["copy_to"] = []string{"u-leader", "u-county", "u-secretary"}
	f.known["purpose"] = []string{"核对联系方式", "print", "archive"}
	f.known["field"] = []string{"phone", "address", "bank", "income", "id_no"}
	f.files = f.uploads()
	f.w.household("household-quiet", village, "安静", "anjing", "aj") // there are no cases of it
	someone := models.Person{ID: "person-quiet", HouseholdID: "household-quiet", Name: "安静", IsHead: true, CreatedAt: from, UpdatedAt: from}
	require.NoError(f.t, someone.SetSecret(f.w.store.Vault, models.PersonSecret{Relation: "户主"}))
	f.w.create(&someone)
	f.w.pass(time.Minute) // what there is was there before
}

// uploads are files good and bad.
func (f *fuzzer) uploads() []namedFile {
	var problems, bomb bytes.Buffer
	require.NoError(f.t, programme.ExampleWorkbook(&problems))
	z := zip.NewWriter(&bomb)
	for _, name := range []string{"[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"} {
		part, err := z.Create(name)
		require.NoError(f.t, err)
		_, err = part.Write(bytes.Repeat([]byte("<a>"), 1<<20))
		require.NoError(f.t, err)
	}
	require.NoError(f.t, z.Close())
	book := f.w.do(f.t, call{user: "cadre", method: "POST", status: 200, url: basePath + "/forms/workbook/export", body: object{"form": "f3", "period": "2026", "region_code": village, "purpose": "入户核对"}}).Body.Bytes()
	list := "姓名,身份证号,状态,村\n罗守田," + headID + ",新增,石桥村\n外人,510923196003070014,取消,\n"
	return []namedFile{
		{"现场.png", png}, {"问题清单.xlsx", problems.Bytes()}, {"表.xlsx", book}, {"名单.csv", []byte(list)}, {"名单.csv", []byte("\xd0\xd5\xc3\xfb,x\n\"a")},
		{"截断.xlsx", book[:len(book)/2]}, {"炸弹.xlsx", bomb.Bytes()}, {"文.docx", office(f.t, "word/document.xml")}, {"a.pdf", []byte("%PDF-1.4\n%%EOF")}, {"x.svg", []byte("<svg onload='x'/>")},
		{"x.html.png", []byte("<script>1</script>")}, {"../../x.png", png}, {"空.xlsx", nil}, {"大.png", append(bytes.Clone(png), make([]byte, 70<<10)...)}, {"a\x00b\".png", png}, {strings.Repeat("长", 300) + ".png", png},
		{"书.xlsx", office(f.t, "xl/workbook.xml")},
		{"台账.xlsx", problemBook(f.t, ledgerHeadings, []any{"N1", "石桥村", "一组", "温新禾", "户主", withCheck(f.t, "51092319800101001"), "健康", ""})},
	}
}

// run sends so many requests, or until a moment.
func (f *fuzzer) run(n int, until time.Time) {
	for i := range n {
		if !until.IsZero() && time.Now().After(until) || f.failures >= 5 {
			break
		}
		if i%50 == 0 {
			f.revive()
		}
		route := f.ops[i%len(f.ops)] // each in turn, so that none is left out
		switch {
		case f.chance(35):
			route = f.busiest()
		case f.chance(35):
			route = f.missing(route)
		}
		f.ask(f.make(route))
	}
	f.revive()
	v, err := f.w.engine.Verify(f.t.Context())
	require.NoError(f.t, err)
	require.Empty(f.t, v.Bad, "the record does not hold any more")
	if f.failures == 0 && until.IsZero() {
		// Were everything refused, nothing would have been tested.
		require.Greater(f.t, len(f.succeeded), len(f.ops)*2/5, "few operations were ever done: %v", slices.Sorted(maps.Keys(f.succeeded)))
		require.Greater(f.t, f.statuses[200], n/8, "%v", f.statuses)
	}
}

// missing is one of the operations that have not been done yet.
func (f *fuzzer) missing(otherwise *routers.Route) *routers.Route {
	left := slices.DeleteFunc(slices.Clone(f.ops), func(r *routers.Route) bool {
		return f.succeeded[r.Operation.OperationID] || f.given[r.Operation.OperationID]
	})
	if len(left) == 0 {
		return otherwise
	}
	return oneOf(f.maker, left)
}

// busiest is one of the operations that move cases on, which need many tries.
func (f *fuzzer) busiest() *routers.Route {
	moving := []string{"openCase", "fireEvent", "fireEvent", "fireEvent", "bulkTasks", "actOnFormRecord", "attach", "editProgramme"}
	code := oneOf(f.maker, moving)
	return f.ops[slices.IndexFunc(f.ops, func(r *routers.Route) bool { return r.Operation.OperationID == code })]
}

// revive signs everybody in again, opens accounts that requests have closed, and gives the auditor an engagement when his was ended.
func (f *fuzzer) revive() {
	db := f.w.store.DB
	for _, u := range users {
		require.NoError(f.t, db.Clauses(clause.OnConflict{DoNothing: true}).Create(f.w.session(u.login)).Error)
	}
	var last models.Engagement
	require.NoError(f.t, db.Where("id = ?", f.known["/engagements"][0]).Take(&last).Error)
	if last.EndedAt != nil {
		last.ID, last.EndedAt, last.EndedBy = models.NewID(), nil, ""
		last.No = "SJ-" + last.ID
		f.w.create(&last)
		f.known["/engagements"][0] = last.ID
	}
}

// query is a request with what it was made from.
type query struct {
	told   bool // has a body that is known to be good somewhere
	route  *routers.Route
	method string
	target string
	user   string // "" for nobody
	header http.Header
	body   string
}

func (q *query) String() string {
	return fmt.Sprintf("%s %s as %q\n%v\n%s", q.method, q.target, q.user, q.header, truncate(q.body, 1500))
}

// make makes a request of an operation.
func (f *fuzzer) make(route *routers.Route) *query {
	q := &query{route: route, method: route.Method, user: f.account(route), header: http.Header{}}
	kind := f.r.IntN(100)
	broken := kind >= 65
	f.edge = kind >= 45 && kind < 65
	f.innocent = q.user == "" || slices.Contains(strangers, q.user)
	var path = route.Path
	values := url.Values{}
	for _, p := range append(slices.Clone(route.PathItem.Parameters), route.Operation.Parameters...) {
		p := p.Value
		if p.In != openapi3.ParameterInPath && (p.Required && f.chance(4) || !p.Required && f.chance(60)) {
			continue
		}
		text := f.param(route, p, broken)
		switch p.In {
		case openapi3.ParameterInPath:
			path = strings.Replace(path, "{"+p.Name+"}", url.PathEscape(cmp0(text, "-")), 1)
		case openapi3.ParameterInQuery:
			values.Add(p.Name, text)
			if broken && f.chance(5) {
				values.Add(p.Name, text+"x")
			}
		case openapi3.ParameterInHeader:
			q.header.Set(p.Name, strings.NewReplacer("\r", "", "\n", "", "\x00", "").Replace(text))
		}
	}
	if broken && f.chance(5) {
		values.Set(oneOf(f.maker, []string{"debug", "id", "user_id", "_method"}), "1")
	}
	q.target = basePath + path
	if len(values) > 0 {
		q.target += "?" + values.Encode()
	}
	f.dress(q, broken)
	if body := route.Operation.RequestBody; body != nil {
		f.fill(q, body.Value, broken)
	}
	if broken && f.chance(3) {
		q.method = oneOf(f.maker, []string{"PATCH", "PUT", "DELETE", "OPTIONS", "TRACE", "HEAD", "GET", "POST"})
	}
	return q
}

// dress sets the headers that a browser would, or nearly.
func (f *fuzzer) dress(q *query, broken bool) {
	if !broken || f.chance(95) {
		q.header.Set(csrfHeader, csrfValue)
	}
	if broken && f.chance(10) {
		q.header.Set(oneOf(f.maker, []string{"X-Forwarded-For", "If-None-Match", "Range", "Accept", "Accept-Encoding", "X-Http-Method-Override", "X-Request-Id"}), oneOf(f.maker, []string{"*", "bytes=0-", "gzip", "1.2.3.4, 5.6.7.8", "\"x\"", "DELETE"}))
	}
}

// account picks who asks: mostly somebody with work to do.
func (f *fuzzer) account(route *routers.Route) string {
	suited := map[string][]string{"departments": {"civil", "medical", "town"}, "campaigns": {"town", "county"}, "papers": {"town", "cadre"}, "programmes": {"town", "county"}, "residency": {"town"},
		"absences": {"town", "secretary"}, "exports": {"county"}, "policy": {"county"}, "runs": {"town", "county"}}[route.Operation.Tags[0]]
	op := route.Operation.OperationID
	if who := suitedTo[op]; len(who) > 0 {
		suited = who
	}
	switch {
	case op == "confirmSecondFactor" && f.secrets != "":
		return factorOwner
	case f.chance(4):
		return ""
	case len(suitedTo[op]) > 0 && f.chance(80):
		return oneOf(f.maker, suited)
	case len(suited) > 0 && f.chance(60):
		return oneOf(f.maker, suited)
	case f.chance(45):
		return oneOf(f.maker, []string{"cadre", "secretary", "town", "county", "surveyor"})
	}
	return oneOf(f.maker, users).login
}

// factorOwner has a second factor, and whose alone it is.
const factorOwner = "leader"

// suitedTo are those who may do what few may.
var suitedTo = map[string][]string{
	"createAccount": {"sys"}, "editAccount": {"sys"}, "resetAccount": {"sys"}, "getAccount": {"sys", "sec"}, "listAccountSessions": {"sys"}, "endAccountSessions": {"sys"}, "getAccountIdentity": {"sys"},
	"linkAccountIdentity": {"sys"}, "unlinkAccountIdentity": {"sys"}, "listAccountTokens": {"sys"}, "revokeAccountTokens": {"sys"}, "putRegion": {"sys"}, "listRobots": {"sys"}, "createRobot": {"sys"}, "editRobot": {"sys"}, "removeRobot": {"sys"}, "testRobot": {"sys"}, "testNoticeMail": {"cadre"}, "grantRole": {"sec"}, "endGrant": {"sec"},
	"decideAdminRequest": {"sys", "sec"}, "claimTask": {"cadre", "cadre2"}, "releaseTask": {"cadre", "cadre2"}, "decideDeptReview": {"town"}, "listAdminRequests": {"sec", "log"}, "getRole": {"sys", "sec"}, "listAdminActs": {"log"}, "checkAdminActs": {"log"}, "listAccessLog": {"log"},
	"giveEngagement": {"county", "sec"}, "endEngagement": {"county", "sec"}, "drawAuditSample": {"auditor"}, "listPatternHits": {"auditor"}, "getCaseAsOf": {"auditor", "county"}, "compareCase": {"auditor", "county"},
	"createAuditPackage": {"auditor"}, "startAuditReplay": {"auditor"}, "listAuditReplays": {"auditor"}, "getAuditReplay": {"auditor"}, "cancelAuditReplay": {"auditor"}, "listAuditReplayFaults": {"auditor"},
	"unmaskAnswer": {"auditor"}, "unmaskAttachment": {"auditor"}, "askErasure": {"town", "county"}, "decideErasure": {"county"}, "reportOnPerson": {"county"}, "printReportOnPerson": {"county"}, "listHouseholdSeen": {"county", "town"},
	"revealHouseholdOverview": {"town", "county"}, "getMap": {"town", "county", "cadre"}, "listMapPoints": {"town", "county"}, "importBoundaries": {"county", "sys"}, "returnBoundaries": {"county", "sys"}, "importLedger": {"town", "county"}, "returnLedger": {"town", "county"},
	"beginSecondFactor": {factorOwner}, "confirmSecondFactor": {factorOwner}, "renewRecoveryCodes": {factorOwner}, "removeSecondFactor": {factorOwner}, "proveSecondFactor": {factorOwner},
	"makeToken": {"cadre", "town"}, "revokeToken": {"cadre", "town"}, "changePassword": {"grid", "surveyor2"}, "endorse": {"cadre2", "secretary", "town", "leader", "entry"}, "suspend": {"town", "county"},
	"moveVersion": {"county"}, "moveToPolicy": {"county", "town"}, "putPolicyRow": {"county"}, "putCalendarYear": {"sys"}, "reassignTask": {"town", "secretary"},
	"assignHouseholds": {"town", "county"}, "joinCampaign": {"town", "county"}, "recordSample": {"town", "county"}, "meetCutOff": {"town"},
	"endPhase": {"town"}, "importProblems": {"town"}, "openFormRecord": {"cadre", "surveyor"}, "attachToFormRecord": {"cadre"}, "issuePaper": {"town", "cadre"}, "previewPaper": {"town", "cadre"}, "bundlePapers": {"town"},
	"enterAbsence":  {"cadre", "town"},
	"createBulkJob": {"cadre", "town"}, "startBulkJob": {"cadre"}, "cancelBulkJob": {"cadre"}, "getBulkJob": {"cadre"}, "listBulkRows": {"cadre"},
}

// param makes a parameter: ids mostly of the kind that the path names.
func (f *fuzzer) param(route *routers.Route, p *openapi3.Parameter, broken bool) string {
	if broken && f.chance(35) {
		return fmt.Sprint(f.nasty())
	}
	if own := f.ownID(route); p.In == openapi3.ParameterInPath && p.Name == "id" && own != "" && f.chance(85) {
		return own
	}
	if p.In == openapi3.ParameterInPath && p.Name == "id" {
		first, _, _ := strings.Cut(strings.TrimPrefix(route.Path, "/"), "/")
		if list := f.known["/"+first]; len(list) > 0 && !f.innocent && f.chance(35) {
			return list[0] // the furniture, of which we know what may be done with it
		}
		if id, ok := f.knows("/" + first); ok && f.chance(85) {
			return id
		}
		id, _ := f.knows("/" + oneOf(f.maker, []string{"cases", "tasks", "households", "papers"}))
		return cmp0(id, "nobody")
	}
	if p.Name == "Idempotency-Key" && f.chance(90) {
		return f.w.key()
	}
	if p.Name == "code" && strings.Contains(route.Path, "/templates/{code}") {
		code, _ := f.knows("template")
		return code
	}
	if p.Name == "at" {
		return f.today.Add(time.Duration(f.r.IntN(100)) * time.Hour).Format(time.RFC3339)
	}
	v := f.value(p.Name, p.Schema.Value, 0)
	if list, ok := v.([]any); ok {
		if len(list) == 0 {
			return ""
		}
		v = list[0]
	}
	return fmt.Sprint(v)
}

// fill makes the body.
func (f *fuzzer) fill(q *query, body *openapi3.RequestBody, broken bool) {
	if media := body.Content["multipart/form-data"]; media != nil {
		if known, ok := f.told(q).(*form); ok && !broken && !f.edge && f.chance(50) {
			q.body = string(known.bytes)
			q.header.Set("Content-Type", known.contentType)
			return
		}
		var contentType string
		q.body, contentType = f.multipart(media.Schema.Value, broken)
		q.header.Set("Content-Type", contentType)
		return
	}
	media := body.Content["application/json"]
	if media == nil {
		return
	}
	v := f.value("", media.Schema.Value, 0)
	if o, ok := v.(map[string]any); ok {
		f.sensible(q, o)
	}
	if known := f.told(q); known != nil && !f.edge && f.chance(70) {
		v, q.told = known, !broken
	}
	if broken {
		for range 1 + f.r.IntN(3) {
			v = f.spoil(v)
		}
	}
	q.body = f.encode(v, broken)
	q.header.Set("Content-Type", "application/json")
	if broken && f.chance(4) {
		q.header.Set("Content-Type", oneOf(f.maker, []string{"text/plain", "application/json; charset=gbk", "application/x-www-form-urlencoded", "", "application/json/x"}))
	}
}

// ownID is the id of what a former answer has made, for the operations whose path does not say what kind it is; "" for none.
func (f *fuzzer) ownID(route *routers.Route) string {
	name := map[string]string{"/me/tokens/{id}": "token", "/admin-requests/{id}": "/admin-requests", "/grants/{id}/end": "/grants"}[route.Path]
	id, _ := f.knows(name)
	return id
}

// told is a body that the access test knows for an operation, about what is here; nil for none.
func (f *fuzzer) told(q *query) any {
	op := q.route.Operation.OperationID
	if strings.HasSuffix(op, "SecondFactor") || op == "renewRecoveryCodes" {
		return f.factor(op)
	}
	say := bodies[op]
	if say == nil || q.user == "" {
		return nil
	}
	r := refs{"household": "household-1", "member": "person-2", "village": village, "township": township, "name": "罗守田", "id_no": headID, "login": "cadre", "user": "u-cadre2", "grant": "g-cadre2",
		"resident": "u-resident", "household_no": "H1", "me_user": "u-" + q.user, "me_grant": "g-" + q.user}
	if f.innocent {
		r = r.with(refs{"household": "household-9", "member": "person-9", "name": "程远山", "id_no": nobodys})
	}
	for kind, first := range map[string]string{"case": "/cases", "task": "/tasks", "paper": "/papers", "attachment": "/attachments", "campaign": "/campaigns", "programme": "/programmes", "dept_list": "/dept-lists"} {
		if r[kind], _ = f.knows(first); !f.innocent && f.chance(60) {
			r[kind] = f.known[first][0] // the furniture
		}
	}
	if op == "bundlePapers" && r["paper"] == "paper-1" {
		return nil // furniture, of which no document was kept
	}
	switch v := oneOf(f.maker, say(f.t, r)).(type) {
	case object:
		raw, err := json.Marshal(v)
		require.NoError(f.t, err)
		var out map[string]any
		require.NoError(f.t, json.Unmarshal(bytes.ReplaceAll(raw, []byte("wrong-"+password), []byte(password)), &out))
		switch op {
		case "createAccount":
			out["login"] = "n" + strings.ToLower(models.NewID())
		case "makeToken":
			out["name"] = models.NewID()
		case "changePassword":
			out["new"] = "Hedge-" + models.NewID()
		case "openFormRecord":
			out["form"], out["period"] = oneOf(f.maker, []string{"f3", "f4", "annex5", "annex6"}), fmt.Sprint(1990+f.r.IntN(40))
			delete(out, "campaign_id")
			delete(out, "region_code")
			out["household_id"] = r["household"]
		case "issuePaper", "previewPaper":
			out = map[string]any{"kind": "problem_list", "region": village, "purpose": "print"}
		case "putDeptMapping":
			out["columns"] = map[string]any{"姓名": "name", "身份证号": "id_no", "就学状态": "status"}
		case "decideDeptReview":
			out["person_id"] = "person-1"
		case "putPolicyRow":
			out["key"], out["value"], out["valid_from"], out["region_code"] = "spread_days", 1+f.r.IntN(20), policy.DateOf(f.w.clock()).String(), oneOf(f.maker, []string{county, village})
		case "putCalendarYear": // of the year that the path names
			year := regexp.MustCompile(`\d{4}$`).FindString(q.target)
			out["holidays"] = []map[string]any{{"name": "元旦", "first": year + "-01-01", "last": year + "-01-01", "work": []string{}}}
			out["dry_run"] = f.chance(50)
		case "askErasure":
			out["member_id"] = "person-quiet"
		case "giveEngagement":
			out["user_id"] = "u-auditor"
		}
		return out
	default:
		return v
	}
}

// factor is the answer to a question for a second factor, with the code of this half minute; each code is taken once.
func (f *fuzzer) factor(op string) any {
	if op == "beginSecondFactor" {
		return map[string]any{"password": password}
	}
	if f.secrets == "" {
		return nil
	}
	f.w.idle(factorPeriod * time.Second)
	return map[string]any{"code": f.w.code(f.t, f.secrets)}
}

// sensible gives a body that moves a case the answers that the procedure asks for.
func (f *fuzzer) sensible(q *query, body map[string]any) {
	if f.chance(20) {
		return
	}
	switch q.route.Operation.OperationID {
	case "openCase":
		d := oneOf(f.maker, procedure.All)
		body["procedure"] = d.Name
		body["form"] = f.form(func(s example.Setting) map[string]any { return example.Opening(d, s) }, "")
		delete(body, oneOf(f.maker, []string{"household_id", "region_code"}))
		delete(body, "role")
	case "fireEvent", "endorse":
		id := strings.Split(q.target, "/")[4]
		var c models.Case
		if f.w.store.DB.Where("id = ?", id).Take(&c).Error != nil {
			return
		}
		d, _ := procedure.Lookup(c.Procedure, c.Version)
		var from []procedure.Event
		for _, e := range d.Events {
			if slices.Contains(e.From, c.State) {
				from = append(from, e)
			}
		}
		if len(from) == 0 {
			return
		}
		e := oneOf(f.maker, from)
		body["event"], body["expected_seq"] = e.Code, c.Seq
		if len(e.Roles) > 0 && f.chance(80) {
			if who := f.roles[oneOf(f.maker, e.Roles)]; len(who) > 0 {
				q.user = oneOf(f.maker, who)
				f.innocent = slices.Contains(strangers, q.user)
			}
		}
		for _, code := range []string{"role", "for", "on_behalf"} {
			delete(body, code)
		}
		if q.route.Operation.OperationID == "fireEvent" {
			body["form"] = f.form(func(s example.Setting) map[string]any { return example.Form(d, e.Code, s) }, id)
		}
	}
}

// form is the answers of the examples, with files that are there.
func (f *fuzzer) form(answers func(example.Setting) map[string]any, caseID string) map[string]any {
	head := "罗守田"
	if f.innocent {
		head = "程远山"
	}
	s := example.Setting{Now: f.w.clock(), Village: village, VillageName: "石桥村", Group: "三组", HeadName: head, Population: 3, People: []string{"person-1", "person-2"},
		Policy: policy.Resolve(nil, "", f.w.clock())}
	s.File = func(kind string) string { return f.fileOf(caseID, kind) }
	s.Account = func(r procedure.Role) string {
		if who := f.roles[r]; len(who) > 0 {
			return "u-" + who[0]
		}
		return "u-cadre"
	}
	return answers(s)
}

// fileOf is a file of a case, uploaded by its cadre when there is none.
func (f *fuzzer) fileOf(caseID, kind string) string {
	var a models.Attachment
	if caseID == "" || f.w.store.DB.Where("case_id = ? AND kind = ?", caseID, kind).Take(&a).Error == nil {
		return a.ID
	}
	rec := f.w.do(f.t, call{user: "cadre", method: "POST", url: basePath + "/cases/" + caseID + "/attachments", body: upfile(f.t, kind, "a.png", append(bytes.Clone(png), f.w.key()...))})
	if rec.Code != http.StatusCreated {
		return "no-file"
	}
	return decode[struct{ ID string }](f.t, rec).ID
}

// ask sends a request and looks at the answer.
func (f *fuzzer) ask(q *query) {
	r := httptest.NewRequest(http.MethodGet, "/", strings.NewReader(q.body))
	target, err := url.ParseRequestURI(q.target)
	require.NoError(f.t, err, q.target)
	r.Method, r.URL, r.RequestURI, r.Header = q.method, target, q.target, q.header
	if q.user != "" {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: f.w.tokens[q.user]})
	} else if f.chance(50) {
		r.AddCookie(&http.Cookie{Name: sessionCookie, Value: oneOf(f.maker, []string{"", "x", strings.Repeat("y", 43), "token-cadre "})})
	}
	f.log.take()
	rec := httptest.NewRecorder()
	aMoment(f.http, q.route.Operation.OperationID, rec, r)
	f.statuses[rec.Code]++
	said := f.log.take()
	for _, wrong := range append(f.wrong(q, rec, said), f.unlike(q, r, rec)...) {
		f.failures++
		f.t.Errorf("%s\n%s\n→ %d %s\nlog: %s", wrong, q, rec.Code, truncate(rec.Body.String(), 3000), truncate(said, 3000))
	}
	if op := q.route.Operation.OperationID; rec.Code >= 400 && q.told {
		f.refused[op] = fmt.Sprintf("%d %s as %s", rec.Code, truncate(rec.Body.String(), 160), q.user)
	}
	if rec.Code < 300 && q.method == q.route.Method { // not an answer to OPTIONS
		f.succeeded[q.route.Operation.OperationID] = true
		f.remember(q, rec)
		f.followed(q, rec)
	}
}

// wrong says what is wrong with an answer.
func (f *fuzzer) wrong(q *query, rec *httptest.ResponseRecorder, said string) (out []string) {
	text := rec.Body.String() + fmt.Sprint(rec.Header())
	if rec.Code >= 500 {
		out = append(out, "a fault of ours")
	}
	if strings.Contains(rec.Header().Get("Content-Type"), "json") || rec.Code >= 400 {
		if w := firstIn(text, internals); w != "" {
			out = append(out, "shows our inside: "+w)
		}
	}
	for _, token := range f.w.tokens {
		if strings.Contains(text+said, tokenHash(token)) {
			out = append(out, "shows a session")
		}
	}
	if w := firstIn(text, canaryNumbers); w != "" && rec.Code >= 400 {
		out = append(out, "personal data in a refusal: "+w)
	}
	if w := firstIn(said, append(slices.Clone(canaryNames), canaryNumbers...)); w != "" {
		out = append(out, "personal data in the log: "+w)
	}
	if to := rec.Header().Get("Location"); to != "" && (!strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.Contains(to, `\`)) {
		out = append(out, "sends elsewhere: "+to)
	}
	public := q.route.Operation.Security != nil && len(*q.route.Operation.Security) == 0
	switch {
	case q.user == "" && !public && rec.Code < 300 && q.method == q.route.Method:
		out = append(out, "answered to nobody")
	case q.user == "" || slices.Contains(strangers, q.user):
		w := firstIn(text, canaryNumbers)
		if w == "" && !public {
			w = firstIn(text, canaryNames)
		}
		if w != "" && !f.invited(q.user) {
			out = append(out, "a leak: "+w)
		}
	}
	return out
}

// invited reports whether a request has meanwhile given a stranger something to do
// in the village, as a leave that he stands in for.
func (f *fuzzer) invited(user string) bool {
	var lent, grants, tasks int64
	db := f.w.store.DB
	require.NoError(f.t, db.Model(&models.Substitution{}).Where("substitute_id = ?", "u-"+user).Count(&lent).Error)
	require.NoError(f.t, db.Model(&models.RoleGrant{}).Where("user_id = ?", "u-"+user).Count(&grants).Error)
	require.NoError(f.t, db.Model(&models.Task{}).Where("assignee_id = ?", "u-"+user).Count(&tasks).Error)
	return user != "" && lent+tasks+grants > 1
}

// unlike says in what an answer differs from the specification.
func (f *fuzzer) unlike(q *query, r *http.Request, rec *httptest.ResponseRecorder) []string {
	if q.method != q.route.Method {
		return nil
	}
	c := f.w.echo.NewContext(r, httptest.NewRecorder())
	f.w.echo.Router().Find(r.Method, echo.GetPath(r), c)
	route := f.w.server.ops.byRoute[r.Method+" "+c.Path()]
	if route == nil {
		if rec.Code == http.StatusNotFound || rec.Code == http.StatusMethodNotAllowed {
			return nil
		}
		return []string{"an answer to an unknown route"}
	}
	in := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: pathParams(c), Route: route},
		Status:                 rec.Code, Header: rec.Header(), Body: io.NopCloser(bytes.NewReader(rec.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true, ExcludeResponseBody: !strings.Contains(rec.Header().Get("Content-Type"), "json")},
	}
	if err := openapi3filter.ValidateResponse(r.Context(), in); err != nil {
		return []string{"not as specified: " + truncate(err.Error(), 600)}
	}
	return nil
}

// followed goes on with what an answer has begun: a second factor, a token, an account, a session that was renewed.
func (f *fuzzer) followed(q *query, rec *httptest.ResponseRecorder) {
	var said struct {
		ID, Secret string
		Item       struct{ ID string }
	}
	_ = json.Unmarshal(rec.Body.Bytes(), &said) // what is no JSON says nothing
	switch q.route.Operation.OperationID {
	case "beginSecondFactor":
		f.secrets = said.Secret
	case "makeToken":
		f.learn("token", said.Item.ID)
	case "createAccount":
		f.learn("/accounts", cmp0(said.ID, said.Item.ID))
	case "startAuditReplay":
		f.learn("/audit-replays", said.ID)
	case "removeSecondFactor":
		f.secrets = ""
	}
}

// remembered are the members of answers whose values can be asked with.
var remembered = map[string]string{"case_id": "/cases", "household_id": "/households", "task_id": "/tasks", "next_cursor": "cursor", "sha256": "confirm", "event": "event", "person_id": "person_id", "campaign_id": "/campaigns"}

// remember learns ids and codes from an answer.
func (f *fuzzer) remember(q *query, rec *httptest.ResponseRecorder) {
	var v any
	if !strings.Contains(rec.Header().Get("Content-Type"), "json") || json.Unmarshal(rec.Body.Bytes(), &v) != nil || q.route.Path == "/openapi.json" {
		return
	}
	first, _, _ := strings.Cut(strings.TrimPrefix(q.route.Path, "/"), "/")
	for n := range 30 {
		key, value, ok := f.somewhere(v, "")
		if !ok || n > 30 {
			return
		}
		if name := remembered[key]; name != "" {
			f.learn(name, value)
		}
		if key == "id" && f.known["/"+first] != nil {
			f.learn("/"+first, value)
		}
	}
}

// somewhere walks down a value at random to a text and its name.
func (f *fuzzer) somewhere(v any, name string) (string, string, bool) {
	switch x := v.(type) {
	case map[string]any:
		if len(x) == 0 {
			return "", "", false
		}
		key := oneOf(f.maker, slices.Sorted(maps.Keys(x)))
		return f.somewhere(x[key], key)
	case []any:
		if len(x) == 0 {
			return "", "", true
		}
		return f.somewhere(oneOf(f.maker, x), name)
	case string:
		return name, x, true
	}
	return "", "", true
}

// The watch sees each kind of fault, or a quiet run would mean nothing.
func TestFuzzSeesFaults(t *testing.T) {
	t.Parallel()
	f := newFuzzer(t, 1)
	me := f.ops[slices.IndexFunc(f.ops, func(r *routers.Route) bool { return r.Operation.OperationID == "getMe" })]
	answer := func(status int, body string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		rec.Header().Set("Content-Type", "application/json")
		rec.WriteHeader(status)
		_, _ = rec.WriteString(body)
		return rec
	}
	for name, c := range map[string]struct {
		user   string
		status int
		body   string
		log    string
		want   string
	}{
		"fault":              {"cadre", 500, `{}`, "", "a fault of ours"},
		"inside":             {"cadre", 200, `{"x":"gorm: record not found"}`, "", "shows our inside"},
		"session":            {"cadre", 200, `{"x":"` + tokenHash("token-town") + `"}`, "", "shows a session"},
		"number in refusal":  {"cadre", 422, `{"x":"` + headID + `"}`, "", "personal data in a refusal"},
		"name in the log":    {"cadre", 200, `{}`, "household of 罗守田", "personal data in the log"},
		"nobody is answered": {"", 200, `{}`, "", "answered to nobody"},
		"stranger sees":      {"far_town", 200, `{"x":"罗小禾"}`, "", "a leak"},
	} {
		q := &query{route: me, method: "GET", target: basePath + "/me", user: c.user}
		require.Contains(t, strings.Join(f.wrong(q, answer(c.status, c.body), c.log), "; "), c.want, name)
	}
	q := &query{route: me, method: "GET", target: basePath + "/me", user: "cadre"}
	require.Empty(t, f.wrong(q, answer(200, `{"x":"罗守田"}`), ""), "the cadre may see him")
	r := httptest.NewRequest("GET", q.target, nil)
	require.NotEmpty(t, f.unlike(q, r, answer(418, `{}`)), "a status that is not specified")
	require.NotEmpty(t, f.unlike(q, r, answer(200, `{"user":1}`)), "a body that is not specified")
}
