package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// vendor is what one maker's robots want: how a text is wrapped and signed, how the answer is read, and how often they listen.
type vendor struct {
	title, origin, path string
	maxText             int // bytes
	limits              func() *pace
	// wrap gives the body, and signs it or the address.
	wrap func(to *url.URL, secret, text string, now time.Time) any
	// read gives the fault that an answer tells, nil for none.
	read func(raw []byte) (*Fault, error)
}

var vendors = map[string]vendor{"wecom": wecom, "dingtalk": dingtalk, "feishu": feishu}

// Kinds are the robots that can be spoken to.
func Kinds() []string { return []string{"wecom", "dingtalk", "feishu"} }

// KindTitle is the name of a kind of robot.
func KindTitle(kind string) string { return vendors[kind].title }

const (
	sendTimeout = 10 * time.Second
	maxAnswer   = 64 << 10
)

// Robots speaks to robots. It reaches their makers' addresses and those it is told of, and no others: an address that somebody
// enters must not lead into the network of the server.
type Robots struct {
	// Origins are further ones, of gateways of the own network, as https://host:port.
	Origins []string
	Client  *http.Client // the default is made for it
	Now     func() time.Time

	mu    sync.Mutex
	paces map[string]*pace
}

// CheckOrigins refuses what is no origin.
func CheckOrigins(list []string) error {
	for _, o := range list {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || originOf(u) != o || u.Scheme != "https" && u.Scheme != "http" {
			return fmt.Errorf("机器人网关 %s 应写作 https://主机:端口", o)
		}
	}
	return nil
}

func originOf(u *url.URL) string { return u.Scheme + "://" + u.Host }

// errAddress says nothing of the address, which is a secret.
var errAddress = errors.New("the address of the robot is not one of its maker's")

// Check refuses an address that is not one of a kind of robot.
func (r *Robots) Check(kind, address string) error {
	_, _, err := r.parse(kind, address)
	return err
}

// Host is the host of an address, which is no secret.
func Host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func (r *Robots) parse(kind, address string) (vendor, *url.URL, error) {
	v, ok := vendors[kind]
	u, err := url.Parse(strings.TrimSpace(address))
	if !ok || err != nil || u.User != nil || u.Fragment != "" {
		return v, nil, errAddress
	}
	own := originOf(u) == v.origin && strings.HasPrefix(u.Path, v.path)
	if !own && !slices.Contains(r.Origins, originOf(u)) {
		return v, nil, errAddress
	}
	return v, u, nil
}

// Channel is the way to one robot; id tells robots apart, whose limits are counted by it.
func (r *Robots) Channel(id, kind, address, secret string) (Channel, error) {
	v, u, err := r.parse(kind, address)
	if err != nil {
		return nil, Fault{Code: Refused, Final: true, Unsent: true}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.paces == nil {
		r.paces = map[string]*pace{}
	}
	if r.paces[id] == nil {
		r.paces[id] = v.limits()
	}
	return &robot{vendor: v, to: u, secret: secret, pace: r.paces[id], client: r.client(), now: r.now}, nil
}

func (r *Robots) now() time.Time {
	if r.Now != nil {
		return r.Now()
	}
	return time.Now()
}

func (r *Robots) client() *http.Client {
	if r.Client == nil {
		r.Client = &http.Client{Timeout: sendTimeout}
	}
	// A redirect would lead anywhere.
	r.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return r.Client
}

type robot struct {
	vendor
	to     *url.URL
	secret string
	pace   *pace
	client *http.Client
	now    func() time.Time
}

// Send posts the notice.
func (r *robot) Send(ctx context.Context, n Notice) error {
	now := r.now()
	if wait := r.pace.take(now); wait > 0 {
		return Fault{Code: Limited, After: wait, Unsent: true}
	}
	to := *r.to
	// The name stands first, for robots that want a keyword.
	body, err := json.Marshal(r.wrap(&to, r.secret, cut("【守望】"+n.Title+"\n"+n.text(), r.maxText), now))
	if err != nil {
		return Fault{Code: BadAnswer, Final: true, Unsent: true}
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to.String(), bytes.NewReader(body))
	if err != nil {
		return Fault{Code: Refused, Final: true, Unsent: true}
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	answer, err := r.client.Do(req)
	if err != nil {
		return broken(err) // never err itself: it repeats the address
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return broken(err)
	}
	fault := r.judge(answer, raw)
	if fault == nil {
		return nil
	}
	if fault.After > 0 {
		r.pace.block(now.Add(fault.After))
	}
	return *fault
}

// judge reads an answer: the status first where it says enough, then what the maker says in it.
func (r *robot) judge(answer *http.Response, raw []byte) *Fault {
	switch {
	case answer.StatusCode == http.StatusTooManyRequests:
		return &Fault{Code: Limited, After: retryAfter(answer)}
	case answer.StatusCode >= 500:
		return &Fault{Code: ServerFault, After: retryAfterIfSaid(answer)}
	}
	fault, err := r.read(raw)
	switch {
	case err == nil && fault != nil:
		return fault
	case answer.StatusCode >= 300:
		return &Fault{Code: Refused, Final: true}
	case err != nil:
		return &Fault{Code: BadAnswer}
	}
	return nil
}

func retryAfterIfSaid(answer *http.Response) time.Duration {
	n, err := strconv.Atoi(answer.Header.Get("Retry-After"))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, time.Hour)
}

func retryAfter(answer *http.Response) time.Duration {
	if d := retryAfterIfSaid(answer); d > 0 {
		return d
	}
	return time.Minute
}

// cut shortens a text to so many bytes, between two letters.
func cut(text string, most int) string {
	const rest = "……"
	if len(text) <= most {
		return text
	}
	end := most - len(rest)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + rest
}

// code is what the makers answer with: errcode or code, and 0 is good.
func code(raw []byte, name string) (int, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(raw, &all); err != nil {
		return 0, err
	}
	var n int
	err := json.Unmarshal(all[name], &n)
	return n, err
}

// verdicts are what codes other than 0 mean; one that is not among them may be a fault that passes.
type verdicts struct {
	limited []int
	block   time.Duration
	final   []int
}

func (v verdicts) of(n int) *Fault {
	switch {
	case n == 0:
		return nil
	case slices.Contains(v.limited, n):
		return &Fault{Code: Limited, After: v.block}
	case slices.Contains(v.final, n):
		return &Fault{Code: Refused, Final: true}
	}
	return &Fault{Code: ServerFault}
}
