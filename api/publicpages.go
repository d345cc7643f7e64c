package api

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
)

// The public page of a village: HTML as it comes, without a script, a cookie or an account (docs/decisions/0031). It shows
// what the public operations of the API tell and nothing else, and leads nowhere but to itself and to the door of the staff.

const (
	publicPath = "/public"
	// publicForm bounds what somebody writes in an objection, with the names of its fields.
	publicForm  = 64 << 10
	minFacts    = 4
	maxFacts    = 2000
	maxObjector = 200
)

// publicPolicy lets the page have its style and send its form to us; nothing runs, and no other page may show it.
const publicPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

//go:embed public
var publicFiles embed.FS

var publicPages = template.Must(template.ParseFS(publicFiles, "public/*.html"))

// isPublicPage reports whether a path is one of this file.
func isPublicPage(path string) bool {
	return path == publicPath || strings.HasPrefix(path, publicPath+"/")
}

// noticePath is where a notice stands on the public page: what the code on its paper leads to.
func noticePath(village, notice string) string {
	return publicPath + "/villages/" + village + "/notices/" + notice
}

// publicAddress is the same as a whole address, "" where nobody has said under which one this server is reached.
func (s *server) publicAddress(village, notice string) string {
	if s.publicURL == "" {
		return ""
	}
	return s.publicURL + noticePath(village, notice)
}

func (s *server) routePublicPages(e *echo.Echo) {
	e.GET(publicPath+"/style.css", publicStyle)
	e.GET(publicPath+"/villages/:code", s.publicVillage)
	e.GET(publicPath+"/villages/:code/notices/:id", s.publicSheet)
	e.POST(publicPath+"/villages/:code/notices/:id", s.publicObjection)
	e.GET(publicPath+"/receipts", s.publicReceipts)
	e.POST(publicPath+"/receipts", s.publicReceipt)
}

// page is what every page is drawn from.
type page struct {
	Title string
	// Large is the larger type, which each link carries on.
	Large   bool
	Path    string
	Village *gen.PublicNoticeList
	Notices []posted
	Notice  *posted
	Typed   objection
	Faults  map[string]string
	// Fault is what went wrong as a whole.
	Fault    string
	Given    *gen.ObjectionReply
	Standing *standing
}

// posted is a notice with what its reader must reckon otherwise.
type posted struct {
	gen.PublicNotice
	From, Until string
	// Left are the days that are left, the last one counted: 0 says that it is over.
	Left int
	// Accept, Check and Reply are by when an objection is dealt with.
	Accept, Check, Reply string
	Key                  string
}

// objection is what somebody has typed.
type objection struct{ Facts, Name, Contact, Named string }

func publicStyle(c echo.Context) error {
	body, err := publicFiles.ReadFile("public/style.css")
	if err != nil {
		return err
	}
	c.Response().Header().Set(echo.HeaderCacheControl, "public, max-age=3600")
	return c.Blob(http.StatusOK, "text/css; charset=utf-8", body)
}

// show draws a page.
func show(c echo.Context, status int, name string, p page) error {
	p.Large, p.Path = c.QueryParam("size") == "large", c.Request().URL.Path
	var out bytes.Buffer
	if err := publicPages.ExecuteTemplate(&out, name, p); err != nil {
		return err
	}
	head := c.Response().Header()
	head.Set(echo.HeaderContentSecurityPolicy, publicPolicy)
	head.Set("X-Robots-Tag", "noindex, nofollow")
	head.Set(echo.HeaderReferrerPolicy, "same-origin") // without any, older browsers would not say that the form is our own
	return c.HTMLBlob(status, out.Bytes())
}

// showFault is the page instead of a page.
func showFault(c echo.Context, p *problem) error {
	text := p.detail
	if p.status == http.StatusNotFound || p.status == http.StatusMethodNotAllowed || p.status == http.StatusBadRequest {
		text = "没有这个页面。它可能已经期满撤下，也可能地址有误。请重新扫描公示上的二维码，或者到村里询问。"
	}
	if text == "" {
		text = "现在打不开，请过一会儿再试。"
	}
	return show(c, p.status, "fault.html", page{Title: titles[p.status], Fault: text})
}

func (s *server) publicVillage(c echo.Context) error {
	list, err := s.villageBoard(c.Request().Context(), c.Param("code"))
	if err != nil {
		return err
	}
	p := page{Title: list.VillageName + "村务公示", Village: list}
	for _, n := range list.Items {
		p.Notices = append(p.Notices, s.sheetFor(n))
	}
	return show(c, http.StatusOK, "village.html", p)
}

// sheetFor reckons what a reader would have to.
func (s *server) sheetFor(n gen.PublicNotice) posted {
	out := posted{PublicNotice: n}
	from, until, _ := strings.Cut(n.Period, " 至 ")
	if first := parseDay(from); !first.IsZero() {
		out.From = first.Chinese()
	}
	if last := parseDay(until); !last.IsZero() {
		out.Until, out.Left = last.Chinese(), max(0, last.Sub(policy.DateOf(s.engine.Clock.Now()))+1)
	}
	return out
}

// notice is the one that a path names, with what somebody who objects to it must know.
func (s *server) notice(c echo.Context) (*posted, error) {
	ctx := c.Request().Context()
	n, err := s.findPublicNotice(ctx, c.Param("id"))
	if err != nil {
		return nil, err
	}
	if n.RegionCode != c.Param("code") {
		return nil, notFound()
	}
	l, err := s.labels(ctx, codes{regions: []string{n.RegionCode}})
	if err != nil {
		return nil, err
	}
	now, err := s.engine.PolicyNow(ctx, n.RegionCode)
	if err != nil {
		return nil, err
	}
	out := s.sheetFor(publicNotice(n, l))
	out.Accept, out.Check, out.Reply = plainDays(now.Days("objection_accept_days")), plainDays(now.Days("objection_days")), plainDays(now.Days("objection_reply_days"))
	out.Key = rand.Text()
	return &out, nil
}

// plainDays leaves out what only an office asks: 5天, 5个工作日.
func plainDays(b policy.Budget) string {
	text, _, _ := strings.Cut(b.Chinese(), "（")
	return text
}

func (s *server) publicSheet(c echo.Context) error {
	n, err := s.notice(c)
	if noSuch(err) { // the paper hangs longer or shorter than the page shows it
		return s.notUp(c)
	}
	if err != nil {
		return err
	}
	return show(c, http.StatusOK, "notice.html", page{Title: n.Title, Notice: n})
}

func noSuch(err error) bool {
	var p *problem
	return errors.As(err, &p) && p.status == http.StatusNotFound
}

// notUp says that a notice is not up now, and shows the others of the village.
func (s *server) notUp(c echo.Context) error {
	list, err := s.villageBoard(c.Request().Context(), c.Param("code"))
	if err != nil {
		return err
	}
	p := page{Title: list.VillageName + "村务公示", Village: list, Fault: "您要看的这则公示现在没有张贴：可能还没有开始，也可能已经期满撤下。"}
	for _, n := range list.Items {
		p.Notices = append(p.Notices, s.sheetFor(n))
	}
	return show(c, http.StatusNotFound, "village.html", p)
}

// publicObjection takes what somebody has written. Whoever sends it twice has sent it once.
func (s *server) publicObjection(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, publicForm)
	if err := r.ParseForm(); err != nil {
		return badRequest("malformed", "没有收完您写的内容，请返回后再试")
	}
	n, err := s.notice(c)
	if noSuch(err) {
		return s.notUp(c)
	}
	if err != nil {
		return err
	}
	p := page{Title: n.Title, Notice: n, Typed: typed(r.PostForm)}
	key := r.PostForm.Get("key")
	if len(key) >= 16 && len(key) <= 64 && isText(key) {
		n.Key = key
	}
	if p.Faults = p.Typed.faults(); len(p.Faults) > 0 {
		return show(c, http.StatusUnprocessableEntity, "notice.html", p)
	}
	reply, err := s.object(r.Context(), n.ID, n.Key, p.Typed.request())
	if err != nil {
		return s.notTaken(c, p, err)
	}
	p.Title, p.Given = "异议已收到", &reply
	return show(c, http.StatusOK, "given.html", p)
}

// notTaken shows the form again with what was typed, and says what else he may do.
func (s *server) notTaken(c echo.Context, p page, err error) error {
	why := toProblem(err)
	switch {
	case why.status >= http.StatusInternalServerError && why.status != http.StatusServiceUnavailable:
		return err
	case why.status == http.StatusTooManyRequests, why.status == http.StatusServiceUnavailable:
		p.Fault = "现在提交的人较多，没有收下。请过一分钟再点一次“提交”，内容还在。"
	default:
		p.Fault = "现在不能在网上提出。请打电话或者当面向" + p.Notice.Unit + "反映。"
	}
	return show(c, why.status, "notice.html", p)
}

func typed(form url.Values) objection {
	say := func(name string) string { return strings.TrimSpace(strings.ReplaceAll(form.Get(name), "\r\n", "\n")) }
	return objection{Facts: say("facts"), Name: say("name"), Contact: say("contact"), Named: say("named")}
}

func (o objection) request() gen.ObjectionRequest {
	return gen.ObjectionRequest{Facts: o.Facts, ObjectorName: o.Name, ObjectorContact: o.Contact, NamedPerson: o.Named}
}

// faults says of each field what is wrong with it.
func (o objection) faults() map[string]string {
	out := map[string]string{}
	switch n := utf8.RuneCountInString(o.Facts); {
	case n == 0:
		out["facts"] = "请写明您要反映的事实"
	case n < minFacts:
		out["facts"] = "请写得具体一些"
	case n > maxFacts:
		out["facts"] = "写得太长了，请不要超过 2000 字"
	case !isText(o.Facts):
		out["facts"] = "有的字不能识别，请重写"
	}
	for name, text := range map[string]string{"name": o.Name, "contact": o.Contact, "named": o.Named} {
		if utf8.RuneCountInString(text) > maxObjector || !isText(text) {
			out[name] = "写得太长了，或者有的字不能识别"
		}
	}
	return out
}

func (s *server) publicReceipts(c echo.Context) error {
	return show(c, http.StatusOK, "receipt.html", page{Title: "查询异议办理情况"})
}

// publicReceipt tells how an objection stands to whoever has its code. The code is in the body: no address keeps it.
func (s *server) publicReceipt(c echo.Context) error {
	r := c.Request()
	r.Body = http.MaxBytesReader(c.Response(), r.Body, publicForm)
	if err := r.ParseForm(); err != nil {
		return badRequest("malformed", "没有收完您写的内容，请返回后再试")
	}
	if ok, _ := s.publicRL.Allow(c.RealIP()); !ok {
		return tooMany("too_many", "查询过于频繁，请过一分钟再试", 60)
	}
	p := page{Title: "查询异议办理情况"}
	st, err := s.standingOf(r.Context(), r.PostForm.Get("code"))
	switch {
	case noSuch(err):
		p.Fault = "没有这个查询码，请核对后再填。查询码是 16 位数字。"
		return show(c, http.StatusNotFound, "receipt.html", p)
	case err != nil:
		return err
	}
	p.Standing = st
	return show(c, http.StatusOK, "receipt.html", p)
}

// villageBoard are the notices that are up in a village.
func (s *server) villageBoard(ctx context.Context, code string) (*gen.PublicNoticeList, error) {
	l, err := s.labels(ctx, codes{regions: []string{code}})
	if err != nil {
		return nil, err
	}
	if l.regions[code].Level != "village" {
		return nil, notFound()
	}
	var rows []models.PublicNotice
	if err := s.live(s.db(ctx)).Where("region_code = ?", code).Order("posted_at DESC, id DESC").Limit(100).Find(&rows).Error; err != nil {
		return nil, err
	}
	out := gen.PublicNoticeList{VillageCode: code, VillageName: l.region(code), Items: []gen.PublicNotice{}}
	for i := range rows {
		out.Items = append(out.Items, publicNotice(&rows[i], l))
	}
	return &out, nil
}
