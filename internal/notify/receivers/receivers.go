// Package receivers are the other sides of notices, for tests: a mail server, and the robots of three makers, which check what
// they get and keep their limits as their makers document them.
package receivers

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Got is one thing that was received.
type Got struct {
	At   time.Time
	To   string
	Text string // all of it, as it came
}

// box keeps what was received.
type box struct {
	mu   sync.Mutex
	list []Got
}

func (b *box) put(g Got) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.list = append(b.list, g)
}

// Got is what was received so far.
func (b *box) Got() []Got {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]Got(nil), b.list...)
}

// Plain is a mail as its reader sees it: subject and body.
func (g Got) Plain() string {
	m, err := mail.ReadMessage(strings.NewReader(g.Text))
	if err != nil {
		return g.Text
	}
	subject, _ := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	body := m.Body
	switch strings.ToLower(m.Header.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	raw, _ := io.ReadAll(body)
	return subject + "\n" + string(raw)
}

// Robots answers as the robots of one maker do.
type Robots struct {
	box
	*httptest.Server
	Secret string // with which it wants to be signed, "" for none
	Now    func() time.Time

	kind   string
	limits []span
	block  time.Duration
	mu     sync.Mutex
	came   []time.Time
	until  time.Time
	broken func(w http.ResponseWriter, r *http.Request) bool
}

type span struct {
	n int
	d time.Duration
}

// Key is what stands in the address of a good robot.
const Key = "0a1b2c3d-robot-key"

// paths of the addresses, by maker.
var paths = map[string]string{"wecom": "/cgi-bin/webhook/send?key=" + Key, "dingtalk": "/robot/send?access_token=" + Key, "feishu": "/open-apis/bot/v2/hook/" + Key}

// NewRobots starts a receiver of a kind, over TLS.
func NewRobots(t testing.TB, kind, secret string) *Robots {
	t.Helper()
	r := &Robots{kind: kind, Secret: secret, Now: time.Now}
	switch kind {
	case "wecom":
		r.limits = []span{{20, time.Minute}}
	case "dingtalk":
		r.limits, r.block = []span{{20, time.Minute}}, 10*time.Minute
	case "feishu":
		r.limits = []span{{5, time.Second}, {100, time.Minute}}
	}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(r.serve))
	t.Cleanup(r.Server.Close)
	return r
}

// Address is that of a good robot.
func (r *Robots) Address() string { return r.URL + paths[r.kind] }

// Break lets something else answer, until it is called with nil; what it leaves alone is answered as usual.
func (r *Robots) Break(f func(w http.ResponseWriter, q *http.Request) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.broken = f
}

func (r *Robots) serve(w http.ResponseWriter, q *http.Request) {
	r.mu.Lock()
	broken := r.broken
	r.mu.Unlock()
	if broken != nil && broken(w, q) {
		return
	}
	raw, _ := io.ReadAll(q.Body)
	code := r.judge(q, raw)
	if code == 0 {
		r.put(Got{At: r.Now(), To: r.kind, Text: string(raw)})
	}
	answer := map[string]any{"errcode": code, "errmsg": "ok " + q.URL.String()} // some do repeat the address
	if r.kind == "feishu" {
		answer = map[string]any{"code": code, "msg": "success", "data": map[string]any{}}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// codes of each maker: too often, wrong key, wrong signature, wrong body.
var codes = map[string][4]int{"wecom": {45009, 93000, 93000, 40008}, "dingtalk": {130101, 300001, 310000, 400105}, "feishu": {11232, 19001, 19021, 9499}}

func (r *Robots) judge(q *http.Request, raw []byte) int {
	c := codes[r.kind]
	key := q.URL.Query().Get("key") + q.URL.Query().Get("access_token")
	if r.kind == "feishu" {
		key = q.URL.Path[len("/open-apis/bot/v2/hook/"):]
	}
	if key != Key {
		return c[1]
	}
	var body struct {
		Msgtype   string
		MsgType   string `json:"msg_type"`
		Text      struct{ Content string }
		Content   struct{ Text string }
		Timestamp string
		Sign      string
	}
	if q.Method != http.MethodPost || json.Unmarshal(raw, &body) != nil || body.Msgtype+body.MsgType != "text" || body.Text.Content+body.Content.Text == "" || len(body.Text.Content) > 2048 && r.kind == "wecom" || len(raw) > 20_000 {
		return c[3]
	}
	if r.Secret != "" && !r.signed(q, body.Timestamp, body.Sign) {
		return c[2]
	}
	if !r.allowed(r.Now()) {
		return c[0]
	}
	return 0
}

// signed checks a signature, which is good for an hour.
func (r *Robots) signed(q *http.Request, at, sign string) bool {
	want := hmac.New(sha256.New, []byte(at+"\n"+r.Secret))
	unit := time.Second
	if r.kind == "dingtalk" {
		at, sign, unit = q.URL.Query().Get("timestamp"), q.URL.Query().Get("sign"), time.Millisecond
		want = hmac.New(sha256.New, []byte(r.Secret))
		want.Write([]byte(at + "\n" + r.Secret))
	}
	n, err := strconv.ParseInt(at, 10, 64)
	old := r.Now().Sub(time.Unix(0, n*int64(unit)))
	got, bad := base64.StdEncoding.DecodeString(sign)
	return err == nil && bad == nil && old.Abs() < time.Hour && hmac.Equal(got, want.Sum(nil))
}

// allowed counts in any span that ends now.
func (r *Robots) allowed(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if now.Before(r.until) {
		return false
	}
	for _, s := range r.limits {
		n := 0
		for _, at := range r.came {
			if now.Sub(at) < s.d {
				n++
			}
		}
		if n >= s.n {
			r.until = now.Add(r.block)
			return false
		}
	}
	r.came = append(r.came, now)
	return true
}

// Mail is a mail server that wants a login over TLS.
type Mail struct {
	box
	Address string
	Roots   *x509.CertPool

	mu      sync.Mutex
	refuses error
}

// The login that the mail server takes, and an address that it does not.
const (
	MailUser     = "shouwang"
	MailPassword = "you-jian-2026"
	NoSuchMail   = "nobody@county.example"
)

// NewMail starts a mail server, with TLS from the first byte or by STARTTLS.
func NewMail(t testing.TB, implicit bool) *Mail {
	t.Helper()
	cert, roots := certificate(t)
	m := &Mail{Roots: roots}
	srv := smtp.NewServer(m)
	srv.Domain, srv.TLSConfig = "mail.county.example", &tls.Config{Certificates: []tls.Certificate{cert}}
	srv.ReadTimeout, srv.WriteTimeout, srv.ErrorLog = 5*time.Second, 5*time.Second, quiet{}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m.Address = l.Addr().String()
	if implicit {
		l = tls.NewListener(l, srv.TLSConfig)
	}
	go func() { _ = srv.Serve(l) }()
	t.Cleanup(func() { _ = srv.Close() })
	return m
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// Refuse lets every mail be answered with a fault, until it is called with nil.
func (m *Mail) Refuse(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuses = err
}

// NewSession answers a client.
func (m *Mail) NewSession(c *smtp.Conn) (smtp.Session, error) { return &session{mail: m, conn: c}, nil }

type session struct {
	mail   *Mail
	conn   *smtp.Conn
	signed bool
	to     string
}

func (s *session) AuthMechanisms() []string {
	if _, secret := s.conn.TLSConnectionState(); !secret {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != MailUser || password != MailPassword {
			return smtp.ErrAuthFailed
		}
		s.signed = true
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error {
	s.mail.mu.Lock()
	defer s.mail.mu.Unlock()
	if !s.signed {
		return smtp.ErrAuthRequired
	}
	return s.mail.refuses
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if to == NoSuchMail {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user here: " + to}
	}
	s.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err == nil {
		s.mail.put(Got{At: time.Now(), To: s.to, Text: string(raw)})
	}
	return err
}

func (s *session) Reset()        { s.to = "" }
func (s *session) Logout() error { return nil }

// certificate is one for this machine, and those who trust it.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	it := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	raw, bad := x509.CreateCertificate(rand.Reader, it, it, public, key)
	parsed, worse := x509.ParseCertificate(raw)
	if err := errors.Join(err, bad, worse); err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, roots
}
