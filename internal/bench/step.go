package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api"
	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/procedure"
	"shouwang/worker"
)

const password = "bench-Password-2026"

// office is somebody at a browser who moves cases on.
type office struct {
	url    string
	client *http.Client
	engine *worker.Cases
	actor  activities.Actor
	cases  []*place
}

// place is where a case stands, as its client saw it.
type place struct {
	id    string
	photo string
	seq   int
	next  int
}

// acts is the circle that a notice goes through: torn down, put up again.
var acts = []string{"interrupt", "resume"}

// form answers the questions of an act.
func (p *place) form(event string) map[string]any {
	form := map[string]any{"photo": []any{p.photo}}
	if event == "interrupt" {
		form["cause"] = "公示栏被大雨损坏"
	}
	return form
}

// openOffice serves the API over HTTP, signs in, and opens a case for each client.
func openOffice(t testing.TB, w *live.World, clients int) *office {
	t.Helper()
	return openOfficeWith(t, w, clients, 1000)
}

// openOfficeWith is openOffice with the limits of the server.
func openOfficeWith(t testing.TB, w *live.World, clients, perMinute int) *office {
	t.Helper()
	h, err := api.New(api.Options{Engine: w.Engine, Cases: w.Cases, Blobs: api.DirBlobs(t.TempDir()), Log: live.Quiet, PerMinute: perMinute})
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	o := &office{engine: w.Cases, url: srv.URL + "/api/v1", client: &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	cadre := w.Hire(procedure.VillageCadre, testkit.Village, "")
	login := "bench-" + cadre.UserID
	require.NoError(t, w.Store.DB.Model(&models.User{}).Where("id = ?", cadre.UserID).
		Updates(map[string]any{"login": login, "password_hash": api.HashPassword(password), "password_set_at": time.Now()}).Error)
	require.NoError(t, o.post("/session", "", map[string]any{"login": login, "password": password}, nil))
	o.actor = cadre
	for range clients {
		c := w.Reach("village_notice", "posted")
		require.NoError(t, w.Cases.Start(t.Context(), c, false))
		photo := w.Attach(c.ID, "photo")
		o.cases = append(o.cases, &place{id: c.ID, photo: photo, seq: w.Case(c.ID).Seq})
	}
	return o
}

// direct is a step without HTTP, through the workflow all the same.
func (o *office) direct(i int) error {
	p := o.cases[i]
	event := acts[p.next%len(acts)]
	reply, err := o.engine.Fire(context.Background(), activities.FireRequest{CaseID: p.id, Event: event, Key: p.key(), ExpectedSeq: p.seq, Actor: o.actor, Form: p.form(event)})
	if err != nil {
		return err
	}
	p.next++
	p.seq = reply.Seq
	return nil
}

func (p *place) key() string { return fmt.Sprintf("%s-%06d", p.id, p.next) }

// step moves the case of a client on by one event.
func (o *office) step(i int) error {
	p := o.cases[i]
	event := acts[p.next%len(acts)]
	var out struct {
		Reply struct {
			Seq int `json:"seq"`
		} `json:"reply"`
	}
	body := map[string]any{"event": event, "expected_seq": p.seq, "form": p.form(event)}
	if err := o.post("/cases/"+p.id+"/events", p.key(), body, &out); err != nil {
		return err
	}
	p.next++
	p.seq = out.Reply.Seq
	return nil
}

func (o *office) post(path, key string, body, out any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, o.url+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Requested-With", "shouwang")
	if key != "" {
		r.Header.Set("Idempotency-Key", key)
	}
	answer, err := o.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	raw, err = io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %d %s", path, answer.StatusCode, raw)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}
