// Package programme counts the problems of a programme of rectification (S003) and
// reads them from workbooks.
package programme

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Problem is a problem of a programme with the moments at which it was settled and
// taken up again, and the highest rung of its limit.
type Problem struct {
	models.Case
	moves []move
	Rung  string
}

type move struct {
	at      time.Time
	settled bool
}

// Line counts the problems of one village or one person.
type Line struct {
	Code    string `json:"code"`
	Title   string `json:"title"`
	Total   int    `json:"total"`
	Open    int    `json:"open"`
	Overdue int    `json:"overdue"`
	Done    int    `json:"done"`
	Dropped int    `json:"dropped"`
}

// Count is a number with its name.
type Count struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	Count int    `json:"count"`
}

// Numbers are the figures of a programme at a moment, as a bulletin freezes them.
type Numbers struct {
	At          time.Time `json:"at"`
	Total       int       `json:"total"`
	Open        int       `json:"open"`
	Overdue     int       `json:"overdue"`
	Done        int       `json:"done"`
	Dropped     int       `json:"dropped"`
	SelfFound   int       `json:"self_found"`
	Concealed   int       `json:"concealed"`
	States      []Count   `json:"states"`
	Villages    []Line    `json:"villages"`
	Responsible []Line    `json:"responsible"`
	Ladder      []Count   `json:"ladder"`
	Unescalated []string  `json:"unescalated"`
}

// Day is one day of the burn-down: what was open when it ended, -1 on days to come,
// and what may still be open by the limits of the problems.
type Day struct {
	Day     policy.Date
	Open    int
	Planned int
}

var (
	doneStates    = []procedure.State{"closed", "lookback", "consolidated", "long_term"}
	droppedStates = []procedure.State{"not_established", "duplicate"}
)

// Load reads the problems of a programme. scope narrows the cases to those that the
// reader reaches; a bulletin takes them all.
func Load(db *gorm.DB, programmeID string, scope func(*gorm.DB) *gorm.DB) ([]Problem, error) {
	return LoadIn(db, db.Session(&gorm.Session{NewDB: true}).Model(&models.ProgrammeProblem{}).Select("case_id").Where("programme_id = ?", programmeID), scope)
}

// LoadIn reads the problems whose ids a subquery gives, as Load does.
func LoadIn(db, in *gorm.DB, scope func(*gorm.DB) *gorm.DB) ([]Problem, error) {
	var cases []models.Case
	if err := scope(db.Where("cases.id IN (?)", in)).Order("cases.due_at, cases.id").Find(&cases).Error; err != nil {
		return nil, err
	}
	return of(db, cases, in)
}

// Of are cases that are at hand as problems.
func Of(db *gorm.DB, cases []models.Case) ([]Problem, error) {
	ids := make([]string, len(cases))
	for i := range cases {
		ids[i] = cases[i].ID
	}
	return of(db, cases, ids)
}

// of adds to cases when they were settled and the rungs of their limits; in are their ids, or a subquery for them.
func of(db *gorm.DB, cases []models.Case, in any) ([]Problem, error) {
	out, at := make([]Problem, len(cases)), map[string]int{}
	for i, c := range cases {
		out[i], at[c.ID] = Problem{Case: c}, i
	}
	var events []models.CaseEvent
	err := db.Select("case_id", "at", "from_state", "to_state").Where("kind = ? AND case_id IN (?)", "event", in).Order("at, seq").Find(&events).Error
	if err != nil {
		return nil, err
	}
	for _, ev := range events {
		if i, ok := at[ev.CaseID]; ok && settled(ev.FromState) != settled(ev.ToState) {
			out[i].moves = append(out[i].moves, move{ev.At, settled(ev.ToState)})
		}
	}
	var rungs []models.ClockRung
	err = db.Joins("JOIN clocks ON clocks.id = clock_rungs.clock_id AND clocks.code = 'due' AND clocks.stopped_at IS NULL").
		Where("clocks.case_id IN (?)", in).Order("clock_rungs.no").Find(&rungs).Error
	for _, r := range rungs {
		if i, ok := at[r.CaseID]; ok {
			out[i].Rung = r.Action
		}
	}
	return out, err
}

// Settled are the states in which there is nothing more to do about a problem.
func Settled() []procedure.State { return slices.Concat(doneStates, droppedStates) }

func settled(s procedure.State) bool {
	return slices.Contains(doneStates, s) || slices.Contains(droppedStates, s)
}

// Done reports whether the problem was mended, Open whether there is still something to do: one that was dropped is neither.
func (p *Problem) Done() bool { return slices.Contains(doneStates, p.State) }

// Open reports whether there is still something to do.
func (p *Problem) Open() bool { return !settled(p.State) }

// DueOn is the last day of the problem, zero without one.
func (p *Problem) DueOn() policy.Date {
	d, _ := policy.ParseDate(p.LastDay("due_on")) // written by ourselves
	return d
}

// Waits reports whether the limit of the problem still counts: its work is not handed in.
func (p *Problem) Waits() bool { return slices.Contains(procedure.NotHandedIn, p.State) }

// Overdue reports whether the limit has passed before the work was handed in.
func (p *Problem) Overdue(now time.Time) bool { return p.Late(policy.DateOf(now).String()) }

// openAt reports whether the problem was open at a moment.
func (p *Problem) openAt(at time.Time) bool {
	if !p.OpenedAt.Before(at) {
		return false
	}
	open := true
	for _, m := range p.moves {
		if m.at.Before(at) {
			open = !m.settled
		}
	}
	return open
}

// Lines counts problems by a key of each, most overdue first. title gives the name of a
// key, "" being those that have none yet.
func Lines(problems []Problem, now time.Time, key func(*Problem) string, title func(code string) string) []Line {
	lines := map[string]*Line{}
	for i := range problems {
		p := &problems[i]
		line(lines, key(p), title).add(p, p.Overdue(now))
	}
	return sorted(lines)
}

// Sum counts problems. name gives the titles of villages and accounts.
func Sum(problems []Problem, now time.Time, region, person func(code string) string) Numbers {
	n := Numbers{At: now.UTC(), States: []Count{}, Villages: []Line{}, Responsible: []Line{}, Ladder: []Count{}, Unescalated: []string{}}
	d, _ := procedure.Latest("rectification")
	villages, people, states, rungs := map[string]*Line{}, map[string]*Line{}, map[procedure.State]int{}, map[string]int{}
	for i := range problems {
		p := &problems[i]
		late := p.Overdue(now)
		all := Line{}
		for _, l := range []*Line{&all, line(villages, p.RegionCode, region), line(people, p.Facts.Text("responsible"), person)} {
			l.add(p, late)
		}
		n.Total, n.Open, n.Overdue, n.Done, n.Dropped = n.Total+all.Total, n.Open+all.Open, n.Overdue+all.Overdue, n.Done+all.Done, n.Dropped+all.Dropped
		states[p.State]++
		if p.Facts.Yes("protected") {
			n.SelfFound++
		}
		if p.Facts.Yes("liable") {
			n.Concealed++
		}
		if late {
			rungs[p.Rung]++
			if p.Facts.Count["escalate"] == 0 {
				n.Unescalated = append(n.Unescalated, p.No)
			}
		}
	}
	slices.Sort(n.Unescalated)
	for _, st := range d.States {
		if states[st.Code] > 0 {
			n.States = append(n.States, Count{string(st.Code), st.Title, states[st.Code]})
		}
	}
	for _, action := range []string{"", policy.ActionRemind, policy.ActionUrge, policy.ActionSupervise, policy.ActionReport, policy.ActionHandle} {
		if rungs[action] > 0 {
			n.Ladder = append(n.Ladder, Count{action, LevelTitle(action), rungs[action]})
		}
	}
	n.Villages, n.Responsible = sorted(villages), sorted(people)
	return n
}

// LevelTitle is a rung in words.
func LevelTitle(action string) string {
	if action == "" {
		return "尚未提醒"
	}
	return policy.ActionTitle(action)
}

func line(m map[string]*Line, code string, title func(string) string) *Line {
	if m[code] == nil {
		name := "尚未交办"
		if code != "" {
			name = title(code)
		}
		m[code] = &Line{Code: code, Title: name}
	}
	return m[code]
}

func (l *Line) add(p *Problem, late bool) {
	l.Total++
	switch {
	case slices.Contains(doneStates, p.State):
		l.Done++
	case slices.Contains(droppedStates, p.State):
		l.Dropped++
	default:
		l.Open++
	}
	if late {
		l.Overdue++
	}
}

// sorted puts those with most overdue first, then those with most open.
func sorted(m map[string]*Line) []Line {
	out := []Line{}
	for _, l := range m {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b Line) int {
		return cmp.Or(b.Overdue-a.Overdue, b.Open-a.Open, strings.Compare(a.Code, b.Code))
	})
	return out
}

// maxDays bounds the burn-down: three years.
const maxDays = 1100

// BurnDown is the number of open problems day by day, from the day the first was
// opened to the cut-off, or to today or the last limit when those are later.
func BurnDown(problems []Problem, cutOff policy.Date, now time.Time) []Day {
	out := []Day{}
	if len(problems) == 0 {
		return out
	}
	today := policy.DateOf(now)
	first, last := today, cutOff
	if last.Before(today) || last.IsZero() {
		last = today
	}
	for i := range problems {
		if d := policy.DateOf(problems[i].OpenedAt); d.Before(first) {
			first = d
		}
		if d := problems[i].DueOn(); !d.IsZero() && last.Before(d) {
			last = d
		}
	}
	for d := first; !last.Before(d) && len(out) < maxDays; d = d.AddDays(1) {
		day := Day{Day: d, Open: -1}
		for i := range problems {
			p := &problems[i]
			due := p.DueOn()
			if !slices.Contains(droppedStates, p.State) && policy.DateOf(p.OpenedAt).Before(d.AddDays(1)) && (due.IsZero() || d.Before(due)) {
				day.Planned++
			}
		}
		if !today.Before(d) {
			day.Open = 0
			end := d.End()
			if d == today {
				end = now.Add(time.Nanosecond)
			}
			for i := range problems {
				if problems[i].openAt(end) {
					day.Open++
				}
			}
		}
		out = append(out, day)
	}
	return out
}
