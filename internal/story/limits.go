package story

import (
	"context"
	"errors"
	"fmt"
	"time"
)

type clockView struct {
	Code  string    `json:"code"`
	Title string    `json:"title"`
	State string    `json:"state"`
	DueAt time.Time `json:"due_at"`
	Rungs []struct {
		Action string    `json:"code"`
		At     time.Time `json:"at"`
		Fired  bool      `json:"fired"`
	} `json:"rungs"`
}

// clocks reads the limits of a case, oldest first.
func clocks(ctx context.Context, c *Client, id string) ([]clockView, error) {
	var out struct {
		Items []clockView `json:"items"`
	}
	err := c.Get(ctx, "/cases/"+id+"/clocks", nil, &out)
	return out.Items, err
}

// due is the end of a running limit of a case, the midnight after its last day.
func (p *Play) due(ctx context.Context, login, id, clock string) (time.Time, error) {
	c, err := p.as(ctx, login)
	if err != nil {
		return time.Time{}, err
	}
	list, err := clocks(ctx, c, id)
	for _, k := range list {
		if k.Code == clock && k.State == "running" {
			return k.DueAt, err
		}
	}
	return time.Time{}, errors.Join(err, fmt.Errorf("case %s has no running limit %s", id, clock))
}

// passes waits until the case clock has reached a moment.
func (p *Play) passes(ctx context.Context, at time.Time) error {
	return p.until(ctx, at.Format(time.DateTime), func() (bool, error) { return !p.Clock.Now().Before(at), nil })
}
