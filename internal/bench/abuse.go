package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/procedure"
)

const (
	// steppers are users who also move a case on now and then.
	steppers = 8
	// lines is how many connections the abusive client has.
	lines = 16
)

// visitor is somebody signed in, with the addresses he goes round.
type visitor struct {
	cookie string
	round  []string
	step   func() error // nil for those who only look
}

// crowd are the users of one server.
type crowd struct {
	url      string
	client   *http.Client
	visitors []visitor
	abuser   visitor
}

// signedIn gives an account a session.
func signedIn(t testing.TB, w *live.World, a activities.Actor) string {
	t.Helper()
	token, now := models.NewID()+models.NewID(), time.Now().UTC()
	sum := sha256.Sum256([]byte(token))
	require.NoError(t, w.Store.DB.Create(&models.Session{TokenHash: hex.EncodeToString(sum[:]), UserID: a.UserID, CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(12 * time.Hour)}).Error)
	return "shouwang_session=" + token
}

func gather(t testing.TB, w *live.World, users int) *crowd {
	t.Helper()
	o := openOfficeWith(t, w, steppers, 0)
	c := &crowd{url: o.url, client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: users + lines}}}
	for i := range users {
		h := w.NewHousehold(testkit.Village)
		v := visitor{cookie: signedIn(t, w, w.Hire(procedure.VillageCadre, testkit.Village, "")),
			round: []string{"/tasks/counts", "/tasks?limit=20", "/households?limit=20", "/households/" + h.ID, "/cases/" + o.cases[i%steppers].id, "/me"}}
		if i < steppers {
			v.step = func() error { return o.step(i) }
		}
		c.visitors = append(c.visitors, v)
	}
	c.abuser = visitor{cookie: signedIn(t, w, w.Hire(procedure.VillageCadre, testkit.Village, "")),
		round: []string{"/households?q=tian&limit=100", "/cases?limit=100", "/tasks?limit=100", `/forms/print {"form":"f3","format":"pdf","purpose":"print","region_code":"` + testkit.Village + `"}`}}
	return c
}

// ask reads an answer to its end; what stands behind the path and a space is sent as the body.
func (c *crowd) ask(ctx context.Context, v visitor, path string) (int, error) {
	method := http.MethodGet
	path, body, sends := strings.Cut(path, " ")
	if sends {
		method = http.MethodPost
	}
	r, err := http.NewRequestWithContext(ctx, method, c.url+path, strings.NewReader(body))
	if err != nil {
		return 0, err
	}
	if sends {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("X-Requested-With", "shouwang")
	}
	r.Header.Set("Cookie", v.cookie)
	answer, err := c.client.Do(r)
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode, err
}

// work has everybody work for some time, with the abusive client or without, and
// returns how long each answer took. Users must never be refused.
func (c *crowd) work(length, think time.Duration, abused bool) (took []time.Duration, refused, served int64, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	var mu sync.Mutex
	var group sync.WaitGroup
	for i, v := range c.visitors {
		group.Go(func() {
			mine, fault := c.visit(ctx, i, v, think)
			mu.Lock()
			defer mu.Unlock()
			took = append(took, mine...)
			if err == nil {
				err = fault
			}
		})
	}
	var no, yes atomic.Int64
	if abused {
		for range lines {
			group.Go(func() {
				for i := 0; ctx.Err() == nil; i++ {
					if status, _ := c.ask(ctx, c.abuser, c.abuser.round[i%len(c.abuser.round)]); status == http.StatusTooManyRequests {
						no.Add(1)
					} else {
						yes.Add(1)
					}
				}
			})
		}
	}
	group.Wait()
	return took, no.Load(), yes.Load(), err
}

func (c *crowd) visit(ctx context.Context, seed int, v visitor, think time.Duration) (took []time.Duration, err error) {
	r := rand.New(rand.NewPCG(uint64(seed), 200))
	for i := r.IntN(len(v.round)); ; i++ {
		select {
		case <-ctx.Done():
			return took, nil
		case <-time.After(time.Duration((0.5 + r.Float64()) * float64(think))):
		}
		at := time.Now()
		if v.step != nil && i%len(v.round) == 0 {
			err = v.step()
		} else {
			var status int
			status, err = c.ask(ctx, v, v.round[i%len(v.round)])
			if err == nil && status != http.StatusOK {
				err = fmt.Errorf("%s: %d", v.round[i%len(v.round)], status)
			}
		}
		if ctx.Err() != nil {
			return took, nil
		}
		if err != nil {
			return took, err
		}
		took = append(took, time.Since(at))
	}
}

// abuse compares the answers that users get with and without the abusive client,
// in turn, and reports the medians over the rounds.
func abuse(t testing.TB, w *live.World, p plan, db string) string {
	c := gather(t, w, p.users)
	_, _, _, err := c.work(min(p.seconds, 20*time.Second), p.think, false) // warms up
	require.NoError(t, err)
	var quiet, loud []figures
	var refused, served int64
	for range p.rounds {
		for _, abused := range []bool{false, true} {
			long := map[bool]time.Duration{true: p.seconds, false: cmp.Or(p.alone, p.seconds)}[abused]
			took, no, yes, err := c.work(long, p.think, abused)
			require.NoError(t, err)
			slices.Sort(took)
			f := figures{p50: at(took, 50), p95: at(took, 95), throughput: float64(len(took)) / long.Seconds()}
			if abused {
				loud, refused, served = append(loud, f), refused+no, served+yes
			} else {
				quiet = append(quiet, f)
			}
		}
	}
	var b strings.Builder
	q, l := median(quiet), median(loud)
	fmt.Fprintf(&b, "\n### %s, %d users, %s a round, %d rounds, load %s\n\n| | p50 ms | p95 ms | requests per second |\n| --- | --- | --- | --- |\n", db, p.users, p.seconds, p.rounds, load())
	for name, f := range map[string]figures{"alone": q, "beside an abusive client": l} {
		fmt.Fprintf(&b, "| %s | %.1f | %.1f | %.0f |\n", name, ms(f.p50), ms(f.p95), f.throughput)
	}
	fmt.Fprintf(&b, "\np95 ratio **%.2f**; the abusive client was answered %.1f times a second and refused %.0f times.\n", ratio(l.p95, q.p95),
		float64(served)/p.seconds.Seconds()/float64(p.rounds), float64(refused)/p.seconds.Seconds()/float64(p.rounds))
	return b.String()
}
