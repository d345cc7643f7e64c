package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/internal/ledger"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// measuredOn is the day of the runs: the children are at school then.
var measuredOn = time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)

// families fills in households as the wide ledger invents them, of which the procedures have had some in hand.
type families struct {
	*bulk
	vault   *models.Vault
	n       int
	persons int
	helpers map[string]bool
}

// fillFamilies writes n families of four on average with the further columns of two years, by COPY, village after
// village, as ledgers are imported. Of a hundred, 3 are monitored, 1 is observed after its elimination and 4 are
// stable, each with its episode, helper, plan and measures; 14 have come out of poverty; one has a wrong population.
func fillFamilies(t testing.TB, s *models.Store, dsn string, n int) (persons int) {
	f := &families{vault: s.Vault, helpers: map[string]bool{}, bulk: newBulk(t, s, dsn, &models.Region{}, &models.PolicyRow{}, &models.User{}, &models.Household{}, &models.Person{},
		&models.RoleGrant{}, &models.Case{}, &models.CaseEvent{}, &models.MonitoringEpisode{})}
	f.add(&models.Region{Code: area, Level: "city", Name: "示例市", Path: "示例市"})
	fillRegions(f.bulk)
	f.add(&models.PolicyRow{ID: "line", Key: "income_line", RegionCode: area, Value: []byte(`{"fen":700000,"concept":"net"}`), ValidFrom: testkit.Start.AddDate(-1, 0, 0), CreatedAt: testkit.Start})
	for c := range counties {
		f.county(c, n*(c+1)/counties-n*c/counties)
	}
	f.close()
	return f.persons
}

// county fills in the households of one county, each with people of its own.
func (f *families) county(c, households int) {
	if households == 0 {
		return
	}
	names := make([]string, min(households, townships*villages))
	for i := range names {
		names[i] = fmt.Sprintf("第%d村", i%villages+1)
	}
	list, err := ledger.Invent(ledger.GenerateOptions{Seed: uint64(c), Households: households, Names: names, Township: "示例乡", Area: fmt.Sprintf("%s%02d", ledger.FictionPrefix, c+1),
		Today: policy.DateOf(measuredOn), Large: true})
	require.NoError(f.t, err)
	for v, homes := range list {
		for _, x := range homes {
			f.household(x, villageCode(c*townships*villages+v))
			f.n++
		}
	}
}

// statusOf is how the procedures know household n.
func statusOf(n int) procedure.State {
	switch k := n % 100; {
	case k < 3:
		return "monitored"
	case k < 4:
		return "observing"
	case k < 8:
		return "stable"
	}
	return "none"
}

func (f *families) household(x ledger.Invented, village string) {
	at, head := testkit.Start, x.Members[0].Name
	pinyin, abbr := ledger.Pinyin(head)
	h := &models.Household{ID: householdID(f.n), No: fmt.Sprintf("%s%07d", village, f.n), RegionCode: village, GroupName: x.Group, HeadName: head, HeadPinyin: pinyin, HeadAbbr: abbr,
		Population: len(x.Members), BaseType: x.BaseType, Status: statusOf(f.n), SourceHash: "x", CreatedAt: at, UpdatedAt: at, RowVersion: 1}
	if f.n%100 == 99 {
		h.Population++
	}
	require.NoError(f.t, h.SetSecret(f.vault, x.Secret))
	f.add(h)
	for k, m := range x.Members {
		p := &models.Person{ID: fmt.Sprintf("P%d%s", k, h.ID[2:]), HouseholdID: h.ID, Ord: k, Name: m.Name, IsHead: k == 0, CreatedAt: at, UpdatedAt: at}
		index := f.vault.Index(m.Secret.IDNo)
		p.IDIndex = &index
		require.NoError(f.t, p.SetSecret(f.vault, m.Secret))
		f.add(p)
	}
	f.persons += len(x.Members)
	if h.Status != "none" {
		f.follow(h, x)
	}
}

// follow writes what the procedures have left of a household: identification, episode, helper, plan with a measure for
// each risk, and the elimination if there was one.
func (f *families) follow(h *models.Household, x ledger.Invented) {
	opened := measuredOn.AddDate(0, -10-f.n%20, -f.n%28)
	risks := risksOf(x)
	ident := f.closed(h, "identification", "registered", opened)
	ep := &models.MonitoringEpisode{ID: "E" + h.ID[1:], HouseholdID: h.ID, No: 1, CaseID: ident, RegionCode: h.RegionCode, OpenedAt: opened, Category: "marginal"}
	if x.BaseType == ledger.OutOfPoverty {
		ep.Category = "unstable"
	}
	if h.Status != "monitored" {
		on := opened.AddDate(0, 9, 0)
		ep.ClosedAt, ep.Method, ep.EliminationID = &on, "assisted", f.closed(h, "risk_elimination", "marked", on)
		f.event(ep.EliminationID, "mark", on, nil)
	}
	require.NoError(f.t, ep.SetSecret(f.vault, models.EpisodeSecret{RiskTypes: risks}))
	f.add(ep)
	helper := "helper-" + h.RegionCode
	if !f.helpers[helper] {
		f.helpers[helper] = true
		f.add(&models.User{ID: helper, Login: helper, Name: "测帮扶", PasswordHash: "none", CreatedAt: opened})
	}
	f.add(&models.RoleGrant{ID: "G" + h.ID[1:], UserID: helper, Role: procedure.AssistancePerson, HouseholdID: h.ID, RegionCode: h.RegionCode, ValidFrom: opened})
	f.plan(h, risks, opened)
}

// answers is a kind of measure that answers each risk.
var answers = map[string]string{"illness": "health", "schooling": "education", "disability": "security", "housing": "housing_safety", "unstable_employment": "employment", "labour_shortage": "industry"}

// plan writes the plan of a household with a measure for each risk that was carried out.
func (f *families) plan(h *models.Household, risks []string, opened time.Time) {
	plan := f.kase(h, "assistance_plan", "delivered", "", opened, nil)
	var rows []any
	for i, risk := range risks {
		rows = append(rows, map[string]any{"risk": risk, "kind": answers[risk], "content": "按计划落实"})
		f.kase(h, "measure", "delivered", plan, opened, map[string]any{"plan_version": 1, "no": i + 1, "kind": answers[risk], "content": "按计划落实"})
	}
	f.event(plan, "declare_plan", opened, map[string]any{"measures": rows})
}

// risksOf are risks that the record of a household bears out.
func risksOf(x ledger.Invented) []string {
	var out []string
	any := func(is func(models.PersonSecret) bool) bool {
		return slices.ContainsFunc(x.Members, func(m ledger.InventedMember) bool { return is(m.Secret) })
	}
	last := x.Secret.Years[len(x.Secret.Years)-1]
	if *last.OwnMedical > 0 && any(func(s models.PersonSecret) bool { return s.Health == "患有大病" || s.Health == "长期慢性病" }) {
		out = append(out, "illness")
	}
	if any(func(s models.PersonSecret) bool { return s.Disability != "" }) {
		out = append(out, "disability")
	}
	if any(func(s models.PersonSecret) bool {
		return strings.Contains(s.School, "高中") || strings.Contains(s.School, "高职")
	}) {
		out = append(out, "schooling")
	}
	if *x.Secret.Dangerous {
		out = append(out, "housing")
	}
	if len(out) == 0 && any(func(s models.PersonSecret) bool { return len(s.Work) > 0 }) {
		out = append(out, "unstable_employment")
	}
	if len(out) == 0 {
		out = append(out, "labour_shortage")
	}
	return out
}

// closed writes a case that is over, and kase one that goes on.
func (f *families) closed(h *models.Household, proc string, state procedure.State, at time.Time) string {
	return f.write(h, proc, state, "", at, &at, nil)
}

func (f *families) kase(h *models.Household, proc string, state procedure.State, parent string, at time.Time, facts map[string]any) string {
	return f.write(h, proc, state, parent, at, nil, facts)
}

func (f *families) write(h *models.Household, proc string, state procedure.State, parent string, at time.Time, closed *time.Time, facts map[string]any) string {
	c := &models.Case{ID: models.NewID(), Procedure: proc, Version: 1, State: state, HouseholdID: h.ID, Subject: h.HeadName, RegionCode: h.RegionCode, ParentID: parent, Step: 1, Seq: 2, StepSeq: 1,
		OpenedAt: at, UpdatedAt: at, DueAt: models.FarFuture, ClosedAt: closed, Facts: models.Facts{Values: map[string]json.RawMessage{}}}
	c.No = c.ID
	for k, v := range facts {
		raw, err := json.Marshal(v)
		require.NoError(f.t, err)
		c.Facts.Values[k] = raw
	}
	f.add(c)
	return c.ID
}

func (f *families) event(kase, event string, at time.Time, form map[string]any) {
	ev := &models.CaseEvent{ID: models.NewID(), CaseID: kase, Seq: 1, Step: 1, Kind: "event", Event: event, At: at, Key: kase + event, Version: 1, Reply: json.RawMessage("{}")}
	if form != nil {
		raw, err := json.Marshal(form)
		require.NoError(f.t, err)
		ev.Payload = f.vault.Seal("case_events", "payload", ev.ID, raw)
	}
	f.add(ev)
}
