package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/api"
	"shouwang/internal/testkit"
	"shouwang/internal/testkit/live"
	"shouwang/models"
	"shouwang/procedure"
)

const password = "bench-Password-2026"

// office is somebody at a browser who moves cases on.
type office struct {
	url    string
	client *http.Client
	cases  []*place
}

// place is where a case stands, as its client saw it.
type place struct {
	id   string
	seq  int
	next int
}

// acts is the circle that a clue goes through: returned, dispatched again, taken.
var acts = []struct {
	event string
	form  map[string]any
}{
	{"misrouted", map[string]any{"reason": "不在本村居住"}},
	{"redispatch", map[string]any{"target_village": testkit.Village}},
	{"accept", nil},
}

// openOffice serves the API over HTTP, signs in, and opens a case for each client.
func openOffice(t testing.TB, w *live.World, clients int) *office {
	t.Helper()
	h, err := api.New(api.Options{Engine: w.Engine, Cases: w.Cases, Blobs: api.DirBlobs(t.TempDir()), Log: live.Quiet, PerMinute: 1000})
	require.NoError(t, err)
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	o := &office{url: srv.URL + "/api/v1", client: &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}}
	cadre := w.Hire(procedure.VillageCadre, testkit.Village, "")
	w.Grant(cadre, procedure.TownshipOffice, testkit.Township)
	require.NoError(t, w.Store.DB.Model(&models.User{}).Where("id = ?", cadre.UserID).
		Updates(map[string]any{"login": fmt.Sprintf("bench%d-%s", clients, cadre.UserID), "password_hash": api.HashPassword(password)}).Error)
	require.NoError(t, o.post("/session", "", map[string]any{"login": fmt.Sprintf("bench%d-%s", clients, cadre.UserID), "password": password}, nil))
	for range clients {
		id := w.Open("risk_clue", w.NewHousehold(testkit.Village), cadre)
		w.Do(id, "register_locally")
		o.cases = append(o.cases, &place{id: id, seq: w.Case(id).Seq})
	}
	return o
}

// step moves the case of a client on by one event.
func (o *office) step(i int) error {
	p := o.cases[i]
	a := acts[p.next%len(acts)]
	var out struct {
		Reply struct {
			Seq int `json:"seq"`
		} `json:"reply"`
	}
	body := map[string]any{"event": a.event, "expected_seq": p.seq}
	if a.form != nil {
		body["form"] = a.form
	}
	if err := o.post("/cases/"+p.id+"/events", fmt.Sprintf("%s-%06d", p.id, p.next), body, &out); err != nil {
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
