package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/api/gen"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/procedure"
)

const overviewURL = basePath + "/households/household-1/overview"

// recordedHome gives the household of the tests incomes, an episode, a plan with measures and visits.
func (w *world) recordedHome(t testing.TB) {
	t.Helper()
	var h models.Household
	require.NoError(t, w.store.DB.Take(&h, "id = ?", "household-1").Error)
	secret, err := h.Secret(w.store.Vault)
	require.NoError(t, err)
	secret.House = "C"
	secret.IncomeOf(2024).Wage = new(int64(1_234_500))
	secret.IncomeOf(2025).PerHead = new(int64(777_700))
	require.NoError(t, h.SetSecret(w.store.Vault, secret))
	require.NoError(t, w.store.DB.Save(&h).Error)
	ep := models.MonitoringEpisode{ID: "ep-1", HouseholdID: h.ID, No: 1, CaseID: w.row("identification", "admitted", village, nil).ID, RegionCode: village, OpenedAt: w.now.AddDate(0, -3, 0), Category: "marginal"}
	require.NoError(t, ep.SetSecret(w.store.Vault, models.EpisodeSecret{RiskTypes: []string{"illness"}}))
	require.NoError(t, w.store.DB.Create(&ep).Error)
	text := func(values ...string) func(*models.Case) {
		told := map[string]any{}
		for i := 0; i < len(values); i += 2 {
			told[values[i]] = values[i+1]
		}
		return func(c *models.Case) { c.Facts = fact(t, told) }
	}
	plan := w.row("assistance_plan", "implementing", village, nil)
	w.row("measure", "delivering", village, func(c *models.Case) {
		c.ParentID = plan.ID
		text("kind", "industry", "content", "发展养殖", "due", "2026-03-09")(c)
	})
	w.row("measure", "delivering", village, func(c *models.Case) {
		c.ParentID = plan.ID
		text("kind", "industry", "content", "务工介绍", "due", "2026-03-10")(c)
	})
	w.row("visit_task", "done_home", village, text("duty_role", "assistance_person", "wait_until", "2026-01-31", "ends_on", "2026-02-28", "visited_on", "2026-02-12"))
	w.row("visit_task", "missed", village, func(c *models.Case) {
		c.OpenedAt = w.now.AddDate(0, -2, 0)
		text("wait_until", "2025-12-31", "ends_on", "2026-01-31")(c)
	})
	w.row("visit_task", "done_home", village, func(c *models.Case) { c.OpenedAt = w.now.AddDate(-2, 0, -1) })
}

// The overview shows each role what the table of classes gives it, with its rule; the rest for a purpose that is kept, if at
// all.
func TestHouseholdOverview(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		w.recordedHome(t)
		ask := func(user string) gen.HouseholdOverview {
			return decode[gen.HouseholdOverview](t, w.do(t, call{user: user, method: "GET", url: overviewURL, status: 200}))
		}
		verdict := func(o gen.HouseholdOverview, code string) (gen.RuleFindingVerdict, string) {
			for _, g := range o.Guarantees {
				if g.Code == code {
					return g.Verdict, g.Reason
				}
			}
			return "", ""
		}
		farmer := ask("farmer")
		require.Empty(t, farmer.Withheld)
		require.Len(t, farmer.Incomes, 2)
		require.Equal(t, int64(1_234_500), *farmer.Incomes[0].Wage)
		require.Nil(t, farmer.Incomes[0].Property, "what is not on record is not nought")
		require.Equal(t, int64(777_700), *farmer.Incomes[1].PerHead)
		require.NotEmpty(t, farmer.Risk.Types)

		cadre := ask("cadre")
		require.Len(t, cadre.Incomes, 2, "the village sees personal data")
		v, reason := verdict(cadre, "housing")
		require.EqualValues(t, "unmet", v)
		require.Contains(t, reason, "C")
		v, reason = verdict(cadre, "education")
		require.EqualValues(t, "hidden", v, "what school a child goes to is sensitive")
		require.Empty(t, reason)
		require.Empty(t, cadre.Risk.Types)
		require.False(t, cadre.CanReveal)
		w.do(t, call{user: "cadre", method: "POST", url: overviewURL, status: 403, code: "unmask_not_allowed", body: object{"purpose": "核实家庭收入"}})

		require.Len(t, cadre.Measures, 2)
		require.True(t, cadre.Measures[0].Overdue, "yesterday was the last day")
		require.False(t, cadre.Measures[1].Overdue, "today still is")
		require.Len(t, cadre.Visits, 2, "two years are told, the day before is not")
		require.EqualValues(t, "2026-02-12", cadre.Visits[0].On.String())
		require.Equal(t, "assistance_person", cadre.Visits[0].Role)
		require.EqualValues(t, "2026-02-01", cadre.Visits[0].From.String())
		require.EqualValues(t, "missed", cadre.Visits[1].Standing)

		town := ask("town")
		require.Empty(t, town.Incomes, "an office sees masked what is personal")
		v, reason = verdict(town, "housing")
		require.EqualValues(t, "unmet", v)
		require.Empty(t, reason)
		require.True(t, town.CanReveal)
		require.ElementsMatch(t, []string{"guarantees", "incomes", "risks"}, town.Withheld)
		w.do(t, call{user: "town", method: "POST", url: overviewURL, status: 400, code: "personal_data", body: object{"purpose": "核实身份证510923196003070014"}})
		whole := decode[gen.HouseholdOverview](t, w.do(t, call{user: "town", method: "POST", url: overviewURL, status: 200, body: object{"purpose": "研判是否纳入监测"}}))
		require.Len(t, whole.Incomes, 2)
		require.NotEmpty(t, whole.Risk.Types)
		w.do(t, call{user: "county", method: "GET", url: basePath + "/households/household-1/seen", status: 200, want: []string{"农户信息：收入、保障和风险", "研判是否纳入监测"}})

		civil := call{user: "civil", method: "GET", url: overviewURL, status: 404}
		w.do(t, civil)
		w.do(t, call{user: "far_town", method: "GET", url: overviewURL, status: 404})
		w.do(t, call{user: "far_town", method: "POST", url: overviewURL, status: 404, body: object{"purpose": "研判是否纳入监测"}})
	})
}

// A household of which nothing is known has an overview all the same.
func TestHouseholdOverviewOfAnEmptyRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.now = w.now.Add(time.Hour)
	o := decode[gen.HouseholdOverview](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/households/household-2/overview", status: 200}))
	require.NotEmpty(t, o.Guarantees)
	require.Empty(t, o.Visits)
	require.Empty(t, o.Measures)
	require.Empty(t, o.Plan.ID)
}

// Who answers for a household today, since when, and what visits the rules ask of his post: not who has left, comes tomorrow, has
// lost his account or answers for others.
func TestHouseholdResponsible(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		now := w.clock()
		hour := func(n int) *time.Time { at := now.Add(time.Duration(n) * time.Hour); return &at }
		give := func(id, user string, role procedure.Role, region, group, household string, from, to *time.Time) {
			w.create(&models.RoleGrant{ID: id, UserID: "u-" + user, Role: role, RegionCode: region, GroupName: group, HouseholdID: household, ValidFrom: *from, ValidTo: to})
		}
		said := func() (out []string) {
			o := decode[gen.HouseholdOverview](t, w.do(t, call{user: "cadre", method: "GET", url: overviewURL, status: 200}))
			for _, r := range o.Responsible {
				line := r.RoleTitle + " " + r.Name + " " + r.Since.String()
				for _, d := range r.Duties {
					line += " " + d.Title
				}
				out = append(out, line)
			}
			return out
		}
		grid, secretary, leader := "村民小组长（网格员） 测grid 2026-03-10", "村党组织书记 测secretary 2026-03-10", "联村领导（分管领导） 测leader 2026-03-10"
		cadre := "村“两委”干部 测cadre 2026-03-10 一般农户年度走访"
		require.Equal(t, []string{grid, cadre, "村“两委”干部 测cadre2 2026-03-10 一般农户年度走访", secretary, leader}, said(), "cadres visit ordinary households")

		require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = 'household-1'").Update("status", "monitored").Error)
		give("paired", "cadre2", procedure.AssistancePerson, village, "", "household-1", hour(-24*64), hour(1))
		give("over", "surveyor", procedure.AssistancePerson, village, "", "household-1", hour(-48), hour(0))
		give("later", "surveyor", procedure.AssistancePerson, village, "", "household-1", hour(1), nil)
		give("others", "surveyor", procedure.AssistancePerson, village, "", "household-2", hour(-48), nil)
		give("contact", "entry", procedure.MonitoringContact, village, "", "household-1", hour(-48), nil)
		give("monitor", "cadre2", procedure.VillageMonitor, village, "", "", hour(-48), nil)
		give("far", "far_cadre", procedure.VillageMonitor, nextVillage, "", "", hour(-48), nil)
		give("group", "surveyor2", procedure.GridMember, village, "四组", "", hour(-48), nil)
		give("gone", "far_town", procedure.VillageSecretary, village, "", "", hour(-48), nil)
		require.NoError(t, w.store.DB.Model(&models.User{}).Where("id = 'u-far_town'").Update("disabled", true).Error)
		paired := "结对帮扶责任人 测cadre2 2026-01-05 监测对象每月走访"
		monitor := "防返贫监测信息员 测cadre2 2026-03-08 监测对象季度收入监测"
		require.Equal(t, []string{paired, "监测联系人 测entry 2026-03-08", grid, monitor, secretary, leader}, said())

		give("linked", "far_cadre", procedure.LinkedLeader, village, "", "", hour(-48), nil)
		require.Equal(t, "联村领导（分管领导） 测far_cadre 2026-03-08", said()[5], "the village has a leader of its own")
		require.Len(t, said(), 6)
		w.pass(time.Hour)
		require.NotContains(t, said(), paired, "his time is over")
		require.Contains(t, said(), "结对帮扶责任人 测surveyor 2026-03-10 监测对象每月走访")
	})
}
