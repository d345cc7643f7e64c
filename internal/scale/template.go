package main

import (
	"math/rand/v2"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

// group is all that the engine wrote about one household: the pattern of many.
type group struct {
	weight    int
	open      bool
	ended     time.Time // when the engine last moved it
	household string
	parent    string // the case of nobody's household that they belong to, "" without one
	cases     []models.Case
	events    []models.CaseEvent
	signed    []models.Endorsement
	files     []models.Attachment
	tasks     []models.Task
	clocks    []models.ClockRow
}

type groups []*group

// stage is a state that cases of a procedure are in, and how often.
type stage struct {
	procedure string
	state     procedure.State
	weight    int
}

// stages are where the cases of the province stand, and how often.
var stages = []stage{
	{"risk_clue", "new", 10}, {"risk_clue", "dispatched", 6}, {"risk_clue", "verifying", 14}, {"risk_clue", "returned", 4}, {"risk_clue", "no_risk", 22}, {"risk_clue", "invalid", 8},
	{"identification", "accepted", 3}, {"identification", "home_verification", 5}, {"identification", "democratic_review", 3}, {"identification", "village_notice", 3},
	{"identification", "township_review", 5}, {"identification", "county_review", 5}, {"identification", "approved", 3}, {"identification", "registered", 12}, {"identification", "withdrawn", 3},
}

// formStages are where the forms of the campaign stand, and how often.
var formStages = []stage{
	{"household_form", "assigned", 30}, {"household_form", "visiting", 5}, {"household_form", "blocked_rectify", 2}, {"household_form", "handed_in", 18},
	{"household_form", "joint_review", 10}, {"household_form", "final", 20}, {"household_form", "entered", 15},
}

// templates lets the engine make one case of each stage, in the small county of
// the tests.
func templates(w *testkit.World, stages []stage) groups {
	var out groups
	for _, st := range stages {
		c := w.Reach(st.procedure, st.state)
		g := pattern(w, "household_id = ?", c.HouseholdID)
		g.weight, g.open, g.household, g.parent = st.weight, c.ClosedAt == nil, c.HouseholdID, c.ParentID
		out = append(out, g)
	}
	return out
}

// pattern is all that the engine wrote about the cases that fit.
func pattern(w *testkit.World, where, of string) *group {
	g := &group{}
	require.NoError(w.T, w.Store.DB.Where(where, of).Order("id").Find(&g.cases).Error)
	var ids []string
	for _, c := range g.cases {
		ids = append(ids, c.ID)
		if c.UpdatedAt.After(g.ended) {
			g.ended = c.UpdatedAt
		}
	}
	for _, rows := range []any{&g.events, &g.signed, &g.files, &g.tasks, &g.clocks} {
		require.NoError(w.T, w.Store.DB.Where("case_id IN ?", ids).Order("id").Find(rows).Error)
	}
	for i := range g.events {
		plain, err := w.Store.Vault.Open("case_events", "payload", g.events[i].ID, g.events[i].Payload)
		require.NoError(w.T, err)
		g.events[i].Payload = plain
	}
	return g
}

// pick chooses by weight.
func (list groups) pick(r *rand.Rand) *group {
	total := 0
	for _, g := range list {
		total += g.weight
	}
	n := r.IntN(total)
	for _, g := range list {
		if n -= g.weight; n < 0 {
			return g
		}
	}
	return list[0]
}

// copy writes the group once more for household i, some days earlier, and returns
// the number of its cases. Forms are sealed for their new places; the hashes stay
// those of the pattern, which nothing that is measured reads.
func (g *group) copy(b *bulk, vault *models.Vault, i int, r *rand.Rand) int {
	g.under(b, vault, i, r, "")
	return len(g.cases)
}

// under is copy for cases that belong to one of nobody's household. It returns the copy of each case.
func (g *group) under(b *bulk, vault *models.Vault, i int, r *rand.Rand, parent string) map[string]string {
	days := r.IntN(20)
	if !g.open {
		days = r.IntN(700)
	}
	village := villageCode(villageOf(i))
	m := mapping{by: testkit.Start.Sub(g.ended) - time.Duration(days)*24*time.Hour, ids: map[string]string{"": "", g.household: householdID(i), g.parent: parent}}
	m.text = strings.NewReplacer(testkit.Village, village, testkit.Township, village[:9], testkit.County, village[:6], g.household, householdID(i))
	head, _, _ := name(i)
	for _, c := range g.cases {
		m.ids[c.ID] = models.NewID()
	}
	for _, c := range g.cases {
		c.ID, c.HouseholdID, c.ParentID = m.ids[c.ID], householdID(i), m.ids[c.ParentID]
		c.No = c.No[:len(c.No)-8] + c.ID[len(c.ID)-10:]
		c.Subject, c.RegionCode, c.SoloKey = head, village, nil // two of a kind may meet at one household here
		c.OpenedAt, c.UpdatedAt, c.DueAt = m.at(c.OpenedAt), m.at(c.UpdatedAt), m.at(c.DueAt)
		c.WakeAt, c.ClosedAt = m.maybe(c.WakeAt), m.maybe(c.ClosedAt)
		b.add(&c)
	}
	for _, ev := range g.events {
		ev.ID, ev.CaseID, ev.At = models.NewID(), m.ids[ev.CaseID], m.at(ev.At)
		ev.ActorOrg, ev.Key = m.text.Replace(ev.ActorOrg), m.text.Replace(ev.Key)
		if ev.Kind == "open" {
			ev.Key += ":" + ev.CaseID
		}
		if ev.Payload != nil {
			ev.Payload = vault.Seal("case_events", "payload", ev.ID, ev.Payload)
		}
		b.add(&ev)
	}
	g.copyRest(b, m, head, village)
	return m.ids
}

func (g *group) copyRest(b *bulk, m mapping, head, village string) {
	for _, x := range g.signed {
		x.ID, x.CaseID, x.CreatedAt = models.NewID(), m.ids[x.CaseID], m.at(x.CreatedAt)
		b.add(&x)
	}
	for _, x := range g.files {
		x.ID, x.CaseID, x.CreatedAt = models.NewID(), m.ids[x.CaseID], m.at(x.CreatedAt)
		b.add(&x)
	}
	for _, x := range g.tasks {
		x.ID, x.CaseID, x.Queue, x.RegionCode, x.Subject = models.NewID(), m.ids[x.CaseID], m.text.Replace(x.Queue), village, head
		x.DueAt, x.OpenedAt, x.ClosedAt = m.at(x.DueAt), m.at(x.OpenedAt), m.maybe(x.ClosedAt)
		b.add(&x)
	}
	for _, x := range g.clocks {
		x.ID, x.CaseID = models.NewID(), m.ids[x.CaseID]
		x.StartedAt, x.AnchorAt, x.DueAt = m.at(x.StartedAt), m.at(x.AnchorAt), m.at(x.DueAt)
		x.PausedAt, x.StoppedAt, x.NextAt, x.FireAt = m.maybe(x.PausedAt), m.maybe(x.StoppedAt), m.maybe(x.NextAt), m.maybe(x.FireAt)
		b.add(&x)
	}
}

// mapping turns the pattern into its copy.
type mapping struct {
	by   time.Duration
	ids  map[string]string
	text *strings.Replacer
}

func (m mapping) at(t time.Time) time.Time {
	if !t.Before(models.FarFuture) {
		return t
	}
	return t.Add(m.by)
}

func (m mapping) maybe(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	out := m.at(*t)
	return &out
}
