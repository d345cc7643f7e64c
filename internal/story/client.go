// Package story plays one identification over HTTP, through every party, as the
// demonstration and the end-to-end tests do.
package story

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/cookiejar"
	"net/textproto"
	"net/url"
	"slices"
	"strconv"
	"time"

	"shouwang/models"
)

// Client is one signed-in account.
type Client struct {
	base string
	http *http.Client
}

// transport keeps a connection for each of those who work at the same time.
var transport = &http.Transport{MaxIdleConnsPerHost: 100, IdleConnTimeout: time.Minute}

// Problem is an answer other than success.
type Problem struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Errors []struct {
		Field, Code, Message string
	} `json:"errors"`
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%d %s %s %v", p.Status, p.Code, p.Detail, p.Errors)
}

// Anonymous is a caller who has not signed in.
func Anonymous(base string) *Client {
	jar, _ := cookiejar.New(nil) // fails only with bad options
	return &Client{base: base + "/api/v1", http: &http.Client{Jar: jar, Timeout: answerIn, Transport: transport}}
}

// SignIn signs an account in.
func SignIn(ctx context.Context, base, login, password string) (*Client, error) {
	c := Anonymous(base)
	err := c.Post(ctx, "/session", "", map[string]string{"login": login, "password": password}, nil)
	if err != nil {
		return nil, fmt.Errorf("sign in as %s: %w", login, err)
	}
	return c, nil
}

// Get reads a resource; into a *[]byte goes a file as it is.
func (c *Client) Get(ctx context.Context, path string, query url.Values, out any) error {
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return c.do(ctx, http.MethodGet, path, "", "", nil, out)
}

// Post writes; key makes the request safe to repeat, which it is while the server
// says that it is busy.
func (c *Client) Post(ctx context.Context, path, key string, body, out any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, path, key, "application/json", raw, out)
}

// Put replaces a resource.
func (c *Client) Put(ctx context.Context, path string, body, out any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.do(ctx, http.MethodPut, path, "", "application/json", raw, out)
}

// Upload attaches a file to a case, with further words about it by their names, and returns its id.
func (c *Client) Upload(ctx context.Context, caseID, kind, name, mime string, content []byte, about ...map[string]string) (string, error) {
	words := map[string]string{"kind": kind}
	for _, a := range about {
		maps.Copy(words, a)
	}
	var out struct {
		ID string `json:"id"`
	}
	err := c.Send(ctx, "/cases/"+caseID+"/attachments", models.NewID(), words, name, mime, content, &out)
	return out.ID, err
}

// Send posts a form with one file.
func (c *Client) Send(ctx context.Context, path, key string, words map[string]string, name, mime string, content []byte, out any) error {
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, k := range slices.Sorted(maps.Keys(words)) {
		if err := w.WriteField(k, words[k]); err != nil {
			return err
		}
	}
	h := textproto.MIMEHeader{}
	h.Set("Content-Disposition", fmt.Sprintf("form-data; name=\"file\"; filename=%q", name))
	h.Set("Content-Type", mime)
	part, err := w.CreatePart(h)
	if err != nil {
		return err
	}
	if _, err := part.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return c.do(ctx, http.MethodPost, path, key, w.FormDataContentType(), body.Bytes(), out)
}

// answerIn is how long an answer is waited for. A request may be sent again: it has a key, or only reads.
const (
	answerIn = 2 * time.Minute
	tries    = 20
)

// again tells whether it is worth sending a request once more: the server is busy, or has not answered in time.
func again(err error) bool {
	var p *Problem
	if errors.As(err, &p) {
		return p.Status == http.StatusServiceUnavailable
	}
	var late *url.Error
	return errors.As(err, &late) && late.Timeout()
}

func (c *Client) do(ctx context.Context, method, path, key, mime string, body []byte, out any) error {
	for try := 1; ; try++ {
		err := c.once(ctx, method, path, key, mime, body, out)
		if try == tries || ctx.Err() != nil || !again(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(time.Duration(try)*200*time.Millisecond, 2*time.Second)):
		}
	}
}

func (c *Client) once(ctx context.Context, method, path, key, mime string, body []byte, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("X-Requested-With", "shouwang")
	if mime != "" {
		req.Header.Set("Content-Type", mime)
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		p := &Problem{Status: res.StatusCode}
		if err := json.Unmarshal(raw, p); err != nil {
			p.Detail = strconv.Quote(string(raw))
		}
		p.Status = res.StatusCode
		return p
	}
	if out == nil || len(raw) == 0 {
		return nil
	}
	if file, ok := out.(*[]byte); ok {
		*file = raw
		return nil
	}
	return json.Unmarshal(raw, out)
}
