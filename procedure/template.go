package procedure

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"time"
)

//go:embed templates/*.json
var templateFiles embed.FS

// Template is a campaign as a source document sets it out: its own phases, dates,
// gates, outputs, forms and cut-offs (S000 to S004). Its dates are those of the
// document; Shift of package activities moves them to a first date of today.
type Template struct {
	Code    string `json:"code"` // the kind of the campaign
	Version int    `json:"version"`
	Title   string `json:"title"`
	Seed    string `json:"seed"` // the document, "S000"
	// First is the first day in the document, "2006-01-02"; empty if it has no dates.
	First string `json:"first"`
	// Unit is that in which days between dates are kept: "calendar" or "working".
	Unit string `json:"unit"`
	// Roll moves a last day that is not worked to the next one that is.
	Roll    bool             `json:"roll"`
	Scope   []string         `json:"scope"`
	Forms   []string         `json:"forms"`
	Annexes []Sourced        `json:"annexes"`
	Phases  []TemplatePhase  `json:"phases"`
	CutOffs []TemplateCutOff `json:"cutoffs"`
	Notes   []Sourced        `json:"notes"`
}

// Sourced is a sentence with the row of the requirements it comes from.
type Sourced struct {
	Text   string `json:"text"`
	Source string `json:"source"`
}

// TemplatePhase is one phase. It begins in the state Stage and lasts until the next
// phase does; several phases may share a state, and one may cover several.
type TemplatePhase struct {
	Stage   string `json:"stage"`
	Title   string `json:"title"`
	Gate    string `json:"gate"`    // what must be so for it to end
	Outputs string `json:"outputs"` // the papers it leaves
	// Gates are those of Gate that are checked, by their codes; the guards of the events check more.
	Gates []string `json:"gates"`
	From  Moment   `json:"from"`
	Until Moment   `json:"until"`
}

// TemplateCutOff is a day by which something is done, or an event before which it is.
type TemplateCutOff struct {
	Item   string `json:"item"`
	On     Moment `json:"on"`
	Event  string `json:"event,omitempty"`
	Source string `json:"source,omitempty"` // of the event
}

// Moment is a day of a template: as the document has it, or so many days, in the unit
// of the template, after the first. Source is the row, "S0-060", or "D" and why the
// document does not say.
type Moment struct {
	On     string `json:"on,omitempty"`
	Days   int    `json:"days,omitempty"`
	Source string `json:"source"`
}

// Templates are the five kinds of campaign, in the order of their documents.
var Templates = loadTemplates()

func loadTemplates() []Template {
	var out []Template
	for _, code := range []string{"look_back", "self_assessment", "dynamic", "feedback", "screening"} {
		raw, err := templateFiles.ReadFile("templates/" + code + ".json")
		if err != nil {
			panic(err)
		}
		t, err := ParseTemplate(raw)
		if err != nil {
			panic(fmt.Errorf("templates/%s.json: %w", code, err))
		}
		out = append(out, t)
	}
	return out
}

// TemplateOf is the template of a kind of campaign.
func TemplateOf(code string) (Template, bool) {
	i := slices.IndexFunc(Templates, func(t Template) bool { return t.Code == code })
	if i < 0 {
		return Template{}, false
	}
	return Templates[i], true
}

// ParseTemplate reads a template and refuses one that could not be a campaign.
func ParseTemplate(raw []byte) (Template, error) {
	var t Template
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return t, err
	}
	return t, t.check()
}

var sourceRow = regexp.MustCompile(`^(S[0-4]-\d{3}$|D .+)`)

func (t Template) check() error {
	if t.Code == "" || t.Version < 1 || t.Title == "" || len(t.Forms) == 0 || len(t.Scope) == 0 {
		return fmt.Errorf("code, version, title, scope or forms missing")
	}
	if t.Unit != "calendar" && t.Unit != "working" {
		return fmt.Errorf("unit %q", t.Unit)
	}
	for _, s := range slices.Concat(t.Annexes, t.Notes) {
		if !sourceRow.MatchString(s.Source) {
			return fmt.Errorf("source of %q", s.Text)
		}
	}
	if err := t.checkPhases(); err != nil {
		return err
	}
	for _, c := range t.CutOffs {
		switch {
		case !slices.ContainsFunc(cutOffItems, func(o Option) bool { return o.Code == c.Item }):
			return fmt.Errorf("cut-off %q", c.Item)
		case c.Event != "" && sourceRow.MatchString(c.Source):
		case c.Event != "" || t.checkMoment(c.On) != nil:
			return fmt.Errorf("cut-off %s: no day and no event with a source", c.Item)
		}
	}
	return nil
}

func (t Template) checkPhases() error {
	var order []string
	for _, p := range t.Phases {
		if p.Title == "" || p.Gate == "" || p.Outputs == "" {
			return fmt.Errorf("phase %q: title, gate or outputs missing", p.Title)
		}
		for _, m := range []Moment{p.From, p.Until} {
			if err := t.checkMoment(m); err != nil {
				return fmt.Errorf("phase %q: %w", p.Title, err)
			}
		}
		for _, g := range p.Gates {
			if !slices.ContainsFunc(campaignGates, func(o Option) bool { return o.Code == g }) {
				return fmt.Errorf("phase %q: gate %q", p.Title, g)
			}
		}
		order = append(order, p.Stage)
	}
	if !StagesInOrder(order) {
		return fmt.Errorf("phases %v are not in the order of the states", order)
	}
	return nil
}

func (t Template) checkMoment(m Moment) error {
	if !sourceRow.MatchString(m.Source) {
		return fmt.Errorf("no source for %q", m.On)
	}
	if m.On == "" {
		return nil
	}
	on, err := time.Parse(time.DateOnly, m.On)
	if err != nil {
		return err
	}
	first, err := time.Parse(time.DateOnly, t.First)
	if err != nil || on.Before(first) {
		return fmt.Errorf("%s is before the first day %q", m.On, t.First)
	}
	return nil
}

// StagesInOrder reports whether phases that begin in these states can be those of a
// campaign: they begin with the plan or the training, the training is there, they do
// not run backwards, and something follows the training.
func StagesInOrder(stages []string) bool {
	at := make([]int, len(stages))
	for i, s := range stages {
		at[i] = slices.IndexFunc(campaignStages, func(o Option) bool { return o.Code == s })
	}
	training := slices.Index(stages, "training")
	return training >= 0 && at[0] >= 0 && slices.IsSorted(at) && at[training] == 1 && at[len(at)-1] > 1
}

// PhaseAt is the place of the phase that a campaign in a state is in first, given the
// states in which its phases begin: the first that begins there, or else the last that
// began before; -1 before the first.
func PhaseAt(stages []string, state State) int {
	if i := slices.Index(stages, string(state)); i >= 0 {
		return i
	}
	place := func(s string) int {
		return slices.IndexFunc(campaignStages, func(o Option) bool { return o.Code == s })
	}
	at, here := -1, place(string(state))
	for i, s := range stages {
		if place(s) < here {
			at = i
		}
	}
	return at
}
