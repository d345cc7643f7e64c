package notify_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/stretchr/testify/require"

	"shouwang/internal/notify"
	"shouwang/internal/notify/receivers"
)

var notice = notify.Notice{ID: "01ABC", To: "li@county.example", Title: "催办：识别认定（RD-1）", Lines: []string{"期限：3月12日"}, Link: "https://case.example/cases/1"}

// clock is one that a test moves.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func fault(t *testing.T, err error) notify.Fault {
	t.Helper()
	var f notify.Fault
	require.ErrorAs(t, err, &f)
	return f
}

// robotsTo reaches a receiver as if it were a gateway of the office.
func robotsTo(r *receivers.Robots, c *clock) *notify.Robots {
	r.Now = c.now
	client := r.Client()
	client.Timeout = 300 * time.Millisecond
	return &notify.Robots{Origins: []string{r.URL}, Client: client, Now: c.now}
}

func TestRobotsTakeWhatTheirMakersTake(t *testing.T) {
	t.Parallel()
	for _, kind := range notify.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			secret := "SEC-1"
			if kind == "wecom" { // whose robots have none
				secret = ""
			}
			r, c := receivers.NewRobots(t, kind, secret), &clock{time.Now()}
			robots := robotsTo(r, c)
			to := func(address, secret string) notify.Channel {
				ch, err := robots.Channel(address+secret, kind, address, secret)
				require.NoError(t, err)
				return ch
			}
			require.NoError(t, to(r.Address(), secret).Send(t.Context(), notice))
			require.Len(t, r.Got(), 1)
			for _, part := range []string{"【守望】催办：识别认定（RD-1）", "期限：3月12日", "https://case.example/cases/1"} {
				require.Contains(t, r.Got()[0].Text, part)
			}

			// What its maker refuses is refused for good: by its key, and by its signature.
			f := fault(t, to(strings.Replace(r.Address(), receivers.Key, "another", 1), secret).Send(t.Context(), notice))
			require.Equal(t, notify.Fault{Code: notify.Refused, Final: true}, f)
			if secret != "" {
				require.Equal(t, f, fault(t, to(r.Address(), "SEC-2").Send(t.Context(), notice)))
				require.Equal(t, f, fault(t, to(r.Address(), "").Send(t.Context(), notice)))
				c.at = c.at.Add(2 * time.Hour) // the receiver's clock; ours is two hours behind
				slow := &notify.Robots{Origins: robots.Origins, Client: r.Client(), Now: func() time.Time { return c.at.Add(-2 * time.Hour) }}
				late, err := slow.Channel("late", kind, r.Address(), secret)
				require.NoError(t, err)
				require.Equal(t, f, fault(t, late.Send(t.Context(), notice)))
			}

			// A long text is cut to what the maker takes.
			c.at = c.at.Add(time.Hour)
			long := notice
			long.Lines = []string{strings.Repeat("待办", 12000)}
			require.NoError(t, to(r.Address(), secret).Send(t.Context(), long))
			require.Len(t, r.Got(), 2)
		})
	}
}

// However fast somebody sends: none comes too early for the receiver, and as many come as it allows, but for a few.
func TestRobotsAreSpokenToAtTheirPace(t *testing.T) {
	t.Parallel()
	for kind, perMinute := range map[string]int{"wecom": 20, "dingtalk": 20, "feishu": 100} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			r, c := receivers.NewRobots(t, kind, ""), &clock{time.Now()}
			ch, err := robotsTo(r, c).Channel("r", kind, r.Address(), "")
			require.NoError(t, err)
			for end := c.at.Add(3 * time.Minute); c.at.Before(end); {
				err := ch.Send(t.Context(), notice)
				if err == nil {
					continue
				}
				f := fault(t, err)
				require.True(t, f.Unsent, "the receiver was asked too often: %v", f)
				require.Positive(t, f.After)
				c.at = c.at.Add(f.After)
			}
			require.GreaterOrEqual(t, len(r.Got()), 3*perMinute*70/100)
			require.LessOrEqual(t, len(r.Got()), 3*perMinute+perMinute)
		})
	}
}

// A robot that is spoken to by others as well says so, and is left alone for as long as its maker wants.
func TestRobotsThatHearTooMuchAreLeftAlone(t *testing.T) {
	t.Parallel()
	for kind, rest := range map[string]time.Duration{"wecom": time.Minute, "dingtalk": 10 * time.Minute, "feishu": time.Minute} {
		r, c := receivers.NewRobots(t, kind, ""), &clock{time.Now()}
		robots := robotsTo(r, c)
		var refused notify.Fault
		for i := 0; refused.Code == ""; i++ { // each a way of its own, as from other programs
			ch, err := robots.Channel(fmt.Sprint(i), kind, r.Address(), "")
			require.NoError(t, err)
			if err := ch.Send(t.Context(), notice); err != nil {
				refused = fault(t, err)
			}
			require.Less(t, i, 200)
		}
		require.Equal(t, notify.Fault{Code: notify.Limited, After: rest}, refused, kind)
	}
}

// An answer that is none, a fault of the other side, one that hangs, one that is not there, and one that leads elsewhere: none
// tells the address, and only what cannot become good is final.
func TestRobotsThatDoNotAnswerWell(t *testing.T) {
	t.Parallel()
	led := false
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { led = true }))
	defer elsewhere.Close()
	answer := func(status int, header, body string) func(w http.ResponseWriter, _ *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool {
			if name, value, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, value)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
			return true
		}
	}
	for _, c := range []struct {
		name string
		do   func(w http.ResponseWriter, r *http.Request) bool
		want notify.Fault
	}{
		{"500", answer(500, "", "oops"), notify.Fault{Code: notify.ServerFault}},
		{"503 for a while", answer(503, "Retry-After: 7", ""), notify.Fault{Code: notify.ServerFault, After: 7 * time.Second}},
		{"429", answer(429, "Retry-After: 90", ""), notify.Fault{Code: notify.Limited, After: 90 * time.Second}},
		{"404", answer(404, "", "not here"), notify.Fault{Code: notify.Refused, Final: true}},
		{"no JSON", answer(200, "", "<html>welcome</html>"), notify.Fault{Code: notify.BadAnswer}},
		{"JSON that says nothing", answer(200, "", "{}"), notify.Fault{Code: notify.BadAnswer}},
		{"busy", answer(200, "", `{"errcode":-1,"code":-1,"errmsg":"system busy"}`), notify.Fault{Code: notify.ServerFault}},
		{"a redirect", answer(302, "Location: "+elsewhere.URL, ""), notify.Fault{Code: notify.Refused, Final: true}},
		{"hangs", hang, notify.Fault{Code: notify.Timeout}},
		{"hangs up", func(w http.ResponseWriter, _ *http.Request) bool { panic(http.ErrAbortHandler) }, notify.Fault{Code: notify.Unreachable}},
	} {
		for _, kind := range notify.Kinds() {
			r, clock := receivers.NewRobots(t, kind, ""), &clock{time.Now()}
			r.Break(c.do)
			ch, err := robotsTo(r, clock).Channel("r", kind, r.Address(), "")
			require.NoError(t, err)
			err = ch.Send(t.Context(), notice)
			require.Equal(t, c.want, fault(t, err), "%s %s", kind, c.name)
			require.NotContains(t, err.Error(), receivers.Key)
			require.NotEmpty(t, notify.Words(c.want.Code))
		}
	}
	require.False(t, led)
	r := receivers.NewRobots(t, "wecom", "")
	ch, err := robotsTo(r, &clock{time.Now()}).Channel("r", "wecom", r.Address(), "")
	require.NoError(t, err)
	r.Close()
	require.Equal(t, notify.Fault{Code: notify.Unreachable}, fault(t, ch.Send(t.Context(), notice)))
}

// An address that somebody enters leads to the maker of the robot, or to what whoever runs the server has named, and nowhere else.
func TestAddressesOfRobots(t *testing.T) {
	t.Parallel()
	r := &notify.Robots{Origins: []string{"https://gateway.county.example:8443"}}
	for _, c := range []struct {
		kind, address string
		good          bool
	}{
		{"wecom", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", true},
		{"dingtalk", "https://oapi.dingtalk.com/robot/send?access_token=k", true},
		{"feishu", "https://open.feishu.cn/open-apis/bot/v2/hook/k", true},
		{"feishu", "https://gateway.county.example:8443/hook/k", true},
		{"wecom", "https://oapi.dingtalk.com/robot/send?access_token=k", false}, // of another maker
		{"wecom", "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", false},
		{"wecom", "https://qyapi.weixin.qq.com/cgi-bin/gettoken?key=k", false},
		{"wecom", "https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send?key=k", false},
		{"wecom", "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send?key=k", false},
		{"wecom", "https://qyapi.weixin.qq.com@evil.example/cgi-bin/webhook/send?key=k", false},
		{"wecom", "https://a@qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", false},
		{"feishu", "https://gateway.county.example/hook/k", false},
		{"feishu", "http://gateway.county.example:8443/hook/k", false},
		{"feishu", "http://169.254.169.254/latest/meta-data", false},
		{"feishu", "http://127.0.0.1:8233/", false},
		{"feishu", "file:///etc/passwd", false},
		{"feishu", "", false},
		{"another", "https://open.feishu.cn/open-apis/bot/v2/hook/k", false},
	} {
		err := r.Check(c.kind, c.address)
		require.Equal(t, c.good, err == nil, "%s %s", c.kind, c.address)
		ch, err := r.Channel("r", c.kind, c.address, "")
		require.Equal(t, c.good, err == nil && ch != nil, "%s %s", c.kind, c.address)
	}
	require.NoError(t, notify.CheckOrigins([]string{"https://a.example", "http://127.0.0.1:80"}))
	for _, bad := range []string{"a.example", "https://a.example/", "https://a.example/x", "ftp://a.example", "https://u@a.example"} {
		require.Error(t, notify.CheckOrigins([]string{bad}), bad)
	}
}

func mailTo(m *receivers.Mail, tls string) *notify.Mail {
	return &notify.Mail{Address: m.Address, TLS: tls, User: receivers.MailUser, Password: receivers.MailPassword, From: "shouwang@county.example", Roots: m.Roots}
}

func TestMailIsTaken(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{notify.TLSImplicit, notify.TLSStart} {
		srv := receivers.NewMail(t, kind == notify.TLSImplicit)
		m := mailTo(srv, kind)
		require.NoError(t, m.Check())
		require.NoError(t, m.Send(t.Context(), notice))
		require.NoError(t, m.Send(t.Context(), notice)) // again: the same Message-ID
		got := srv.Got()
		require.Len(t, got, 2)
		for _, g := range got {
			require.Equal(t, "li@county.example", g.To)
			require.Contains(t, g.Text, "Message-ID: <01ABC@county.example>")
			require.Contains(t, g.Text, "Auto-Submitted: auto-generated")
			require.Contains(t, g.Plain(), "【守望】催办：识别认定（RD-1）\n期限：3月12日")
			require.Contains(t, g.Plain(), "https://case.example/cases/1")
		}

		wrong := mailTo(srv, kind)
		wrong.Password = "wrong"
		require.Equal(t, notify.Fault{Code: notify.LoginRefused}, fault(t, wrong.Send(t.Context(), notice)))
		gone := notice
		gone.To = receivers.NoSuchMail
		require.Equal(t, notify.Fault{Code: notify.NoSuchMail, Final: true}, fault(t, m.Send(t.Context(), gone)))
		srv.Refuse(&smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "try again"})
		require.Equal(t, notify.Fault{Code: notify.ServerFault}, fault(t, m.Send(t.Context(), notice)))
		strangers := mailTo(srv, kind)
		strangers.Roots = nil // its certificate is not one we know
		require.Error(t, strangers.Send(t.Context(), notice))
		require.Len(t, srv.Got(), 2)
	}
}

// A server without STARTTLS gets neither the mail nor the password.
func TestMailIsNotSentInTheClear(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	said := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		_, _ = io.WriteString(c, "220 hello\r\n")
		var all strings.Builder
		b := make([]byte, 1024)
		for {
			n, err := c.Read(b)
			all.Write(b[:n])
			if err != nil {
				break
			}
			_, _ = io.WriteString(c, "250 fine\r\n")
		}
		said <- all.String()
	}()
	m := &notify.Mail{Address: l.Addr().String(), TLS: notify.TLSStart, User: receivers.MailUser, Password: receivers.MailPassword, From: "a@county.example"}
	require.Error(t, m.Send(t.Context(), notice))
	all := <-said
	require.Contains(t, all, "EHLO")
	for _, word := range []string{"AUTH", "MAIL FROM", receivers.MailPassword, "li@county.example"} {
		require.NotContains(t, all, word)
	}
}

func TestMailThatHangs(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close() // it accepts, and says nothing
	m := &notify.Mail{Address: l.Addr().String(), TLS: notify.TLSStart, From: "a@county.example"}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	require.Equal(t, notify.Fault{Code: notify.Timeout}, fault(t, m.Send(ctx, notice)))
	require.NoError(t, l.Close())
	require.Equal(t, notify.Fault{Code: notify.Unreachable}, fault(t, m.Send(t.Context(), notice)))
}

func TestMailSettings(t *testing.T) {
	t.Parallel()
	good := notify.Mail{Address: "mail.county.example:587", TLS: notify.TLSStart, User: "u", Password: "p", From: "shouwang@county.example"}
	require.NoError(t, good.Check())
	for name, spoil := range map[string]func(m *notify.Mail){
		"no port":                 func(m *notify.Mail) { m.Address = "mail.county.example" },
		"no such port":            func(m *notify.Mail) { m.Address = "mail.county.example:70000" },
		"no sender":               func(m *notify.Mail) { m.From = "" },
		"in the clear":            func(m *notify.Mail) { m.TLS, m.User = notify.TLSNone, "" },
		"a password in the clear": func(m *notify.Mail) { m.TLS, m.Address = notify.TLSNone, "127.0.0.1:25" },
	} {
		m := good
		spoil(&m)
		require.Error(t, m.Check(), name)
	}
	local := notify.Mail{Address: "127.0.0.1:25", TLS: notify.TLSNone, From: "shouwang@county.example"}
	require.NoError(t, local.Check())
	for _, a := range []string{"li@county.example", "li.wei+1@a.b"} {
		require.True(t, notify.GoodMail(a), a)
	}
	for _, a := range []string{"", "li", "li@", "@a.b", "li@a", "li@a.b, x@c.d", "li@a.b\r\nBcc: x@c.d", "Li <li@a.b>", "a@b@c.d"} {
		require.False(t, notify.GoodMail(a), a)
	}
}

// hang answers nothing until the other side has gone.
func hang(_ http.ResponseWriter, r *http.Request) bool {
	_, _ = io.Copy(io.Discard, r.Body)
	select {
	case <-r.Context().Done():
	case <-time.After(5 * time.Second):
	}
	return true
}
