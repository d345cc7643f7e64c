package story

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"time"

	"shouwang/internal/casetime"
	"shouwang/internal/example"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Party names the accounts that play.
type Party struct {
	Password                    string
	Cadre, Cadre2, Secretary    string
	Surveyor, Surveyor2         string
	Township, Township2, Leader string
	County, Entry, Entry2       string
	Helper                      string            // who is paired with the household
	Departments                 map[string]string // department code → login
}

// Play is a performance on a running server.
type Play struct {
	Base  string
	Clock *casetime.Clock
	Party Party
	// Policy gives the options of coded fields.
	Policy policy.Snapshot
	// Say is told every step.
	Say func(format string, a ...any)
	// Alter, if there is one, changes every form before it is sent; Objector is what the villager who objects tells of himself.
	Alter    func(fields []procedure.Field, form map[string]any)
	Objector map[string]string
	// FileName, if there is one, names a file that is uploaded.
	FileName func(kind string) string

	clients map[string]*Client
	helper  string // the id of the account of Party.Helper
}

type caseView struct {
	ID         string    `json:"id"`
	No         string    `json:"no"`
	Procedure  string    `json:"procedure"`
	State      string    `json:"state"`
	StateTitle string    `json:"state_title"`
	Final      bool      `json:"final"`
	Seq        int       `json:"seq"`
	RegionCode string    `json:"region_code"`
	Dept       string    `json:"dept"`
	DueAt      time.Time `json:"due_at"`
}

func (p *Play) as(ctx context.Context, login string) (*Client, error) {
	if p.clients == nil {
		p.clients = map[string]*Client{}
	}
	if c, ok := p.clients[login]; ok {
		return c, nil
	}
	c, err := SignIn(ctx, p.Base, login, p.Party.Password)
	if err == nil {
		p.clients[login] = c
	}
	return c, err
}

// House is a household the play is about.
type House struct {
	ID, No, HeadName, Village, VillageName, Group string
	Population                                    int
	People                                        []string
}

// view reads a case as somebody sees it.
func (p *Play) view(ctx context.Context, login, id string) (caseView, error) {
	c, err := p.as(ctx, login)
	if err != nil {
		return caseView{}, err
	}
	var out struct {
		Summary caseView `json:"summary"`
	}
	err = c.Get(ctx, "/cases/"+id, nil, &out)
	return out.Summary, err
}

// one pixel, so that pictures are pictures. Each file differs at the end, as two
// photographs do.
var pixel, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

func (p *Play) photo(ctx context.Context, login, caseID, kind string) (string, error) {
	c, err := p.as(ctx, login)
	if err != nil {
		return "", err
	}
	name := kind + ".png"
	if p.FileName != nil {
		name = p.FileName(kind)
	}
	return c.Upload(ctx, caseID, kind, name, "image/png", append(pixel[:len(pixel):len(pixel)], models.NewID()...))
}

// open opens a case for a household; alter may change the form first.
func (p *Play) open(ctx context.Context, login, proc string, h House, alter ...func(form map[string]any)) (string, error) {
	d, _ := procedure.Latest(proc)
	c, err := p.as(ctx, login)
	if err != nil {
		return "", err
	}
	form := example.Opening(d, p.setting(h, nil))
	for _, f := range alter {
		f(form)
	}
	p.alter(d.Opening.Form, form)
	var out struct {
		Case  caseView `json:"case"`
		Reply struct {
			CaseID string `json:"case_id"`
		} `json:"reply"`
	}
	err = c.Post(ctx, "/cases", models.NewID(), map[string]any{"procedure": proc, "household_id": h.ID, "form": form}, &out)
	if err != nil {
		return "", fmt.Errorf("open %s as %s: %w", proc, login, err)
	}
	p.Say("%s 开启“%s” %s", login, d.Title, out.Case.No)
	return out.Reply.CaseID, nil
}

func (p *Play) setting(h House, file func(string) string) example.Setting {
	if file == nil {
		file = func(string) string { return "" }
	}
	return example.Setting{Account: func(procedure.Role) string { return p.helper }, Now: p.Clock.Now(), Village: h.Village, VillageName: h.VillageName, Group: h.Group, HeadName: h.HeadName,
		Population: h.Population, People: h.People, File: file, Policy: p.Policy}
}

// fire fires an event with a complete form; alter may change the form first.
func (p *Play) fire(ctx context.Context, login, caseID, event string, h House, alter func(form map[string]any)) error {
	c, err := p.as(ctx, login)
	if err != nil {
		return err
	}
	v, err := p.view(ctx, login, caseID)
	if err != nil {
		return fmt.Errorf("%s sees %s: %w", login, event, err)
	}
	d, _ := procedure.Latest(v.Procedure)
	e, ok := d.Event(event)
	if !ok {
		return fmt.Errorf("no event %s in %s", event, v.Procedure)
	}
	var uploadErr error
	form := example.Form(d, event, p.setting(h, func(field string) string {
		id, err := p.photo(ctx, login, caseID, field)
		if err != nil {
			uploadErr = err
		}
		return id
	}))
	if uploadErr != nil {
		return uploadErr
	}
	if alter != nil {
		alter(form)
	}
	p.alter(e.Form, form)
	behalf := len(e.Proxies) > 0
	var out struct {
		Case caseView `json:"case"`
	}
	err = c.Post(ctx, "/cases/"+caseID+"/events", models.NewID(), map[string]any{"event": event, "expected_seq": v.Seq, "form": form, "on_behalf": behalf}, &out)
	if err != nil {
		return fmt.Errorf("%s fires %s.%s: %w", login, v.Procedure, event, err)
	}
	p.Say("%s 办理“%s·%s” → %s", login, d.Title, e.Title, out.Case.StateTitle)
	return nil
}

func (p *Play) alter(fields []procedure.Field, form map[string]any) {
	if p.Alter != nil {
		p.Alter(fields, form)
	}
}

func (p *Play) endorse(ctx context.Context, login, caseID, event string) error {
	c, err := p.as(ctx, login)
	if err != nil {
		return err
	}
	if err := c.Post(ctx, "/cases/"+caseID+"/endorsements", models.NewID(), map[string]any{"event": event}, nil); err != nil {
		return fmt.Errorf("%s signs %s: %w", login, event, err)
	}
	p.Say("%s 会签 %s", login, event)
	return nil
}

// cases lists the cases of a household with a procedure, newest first. A household can have many, above all where nightly
// checks find much wrong with its record: every page is read.
func (p *Play) cases(ctx context.Context, login string, h House, proc string) ([]caseView, error) {
	c, err := p.as(ctx, login)
	if err != nil {
		return nil, err
	}
	var found []caseView
	for query := (url.Values{}); ; {
		var page struct {
			Items []caseView `json:"items"`
			Next  string     `json:"next_cursor"`
		}
		if err := c.Get(ctx, "/households/"+h.ID+"/cases", query, &page); err != nil {
			return nil, err
		}
		for _, x := range page.Items {
			if x.Procedure == proc {
				found = append(found, x)
			}
		}
		if page.Next == "" {
			return found, nil
		}
		query.Set("cursor", page.Next)
	}
}

// openCase waits for the open case of a procedure about a household.
func (p *Play) openCase(ctx context.Context, login string, h House, proc string) (string, error) {
	var id string
	err := p.until(ctx, proc+" to open", func() (bool, error) {
		list, err := p.cases(ctx, login, h, proc)
		for _, c := range list {
			if !c.Final {
				id = c.ID
			}
		}
		return id != "", err
	})
	return id, err
}

// reaches waits until a case is in a state.
func (p *Play) reaches(ctx context.Context, login, id string, state procedure.State) error {
	var last caseView
	err := p.until(ctx, "state "+string(state), func() (bool, error) {
		v, err := p.view(ctx, login, id)
		last = v
		return v.State == string(state), err
	})
	if err != nil {
		return fmt.Errorf("%w (it is in %s)", err, last.State)
	}
	p.Say("　　%s 已到“%s”", last.No, last.StateTitle)
	return nil
}

const patience = 5 * time.Minute

func (p *Play) until(ctx context.Context, what string, ok func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		done, err := ok()
		if err != nil || done {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// FindHouse takes the n-th household of the cadre's village.
func (p *Play) FindHouse(ctx context.Context, n int) (House, error) {
	c, err := p.as(ctx, p.Party.Cadre)
	if err != nil {
		return House{}, err
	}
	var page struct {
		Items []struct {
			ID         string `json:"id"`
			No         string `json:"household_no"`
			HeadName   string `json:"head_name"`
			RegionCode string `json:"region_code"`
			RegionName string `json:"region_name"`
			Group      string `json:"group"`
			Population int    `json:"population"`
		} `json:"items"`
	}
	if err := c.Get(ctx, "/households", url.Values{"limit": {"50"}}, &page); err != nil {
		return House{}, err
	}
	if n >= len(page.Items) {
		return House{}, fmt.Errorf("only %d households", len(page.Items))
	}
	x := page.Items[n]
	h := House{ID: x.ID, No: x.No, HeadName: x.HeadName, Village: x.RegionCode, VillageName: x.RegionName, Group: x.Group, Population: x.Population}
	var members struct {
		Items []struct {
			ID string `json:"id"`
		} `json:"items"`
	}
	if err := c.Get(ctx, "/households/"+h.ID+"/members", nil, &members); err != nil {
		return House{}, err
	}
	for _, m := range members.Items {
		h.People = append(h.People, m.ID)
	}
	return h, nil
}
