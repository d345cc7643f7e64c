package main

import (
	"fmt"
	"math/rand/v2"
	"time"

	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
)

// surveyID is the campaign about every household of the large county, in the middle of its field work.
const surveyID = "01SCALESURVEY0000000000000"

// surveyDays are how many days of it are over.
const surveyDays = 40

// survey is the pattern of that campaign and of its forms.
type survey struct {
	campaign models.Case
	forms    groups
}

func newSurvey(w *testkit.World) survey {
	out := survey{campaign: *w.Reach("campaign", "fieldwork"), forms: templates(w, formStages)}
	c := &out.campaign
	c.ID, c.RegionCode, c.SoloKey = surveyID, hotCounty, nil
	c.No = c.No[:len(c.No)-8] + c.ID[len(c.ID)-10:]
	c.Facts.At["start_field"] = testkit.Start.AddDate(0, 0, -surveyDays)
	return out
}

// surveyorOf is who asks a household: two in each village, each half of it.
func surveyorOf(i int) string { return fmt.Sprintf("%s-%d", villageCode(villageOf(i)), i%2) }

// fill writes the campaign, a form of every household of the county and the days that are over.
func (v survey) fill(b *bulk, vault *models.Vault, households int, r *rand.Rand) {
	b.add(&v.campaign)
	lines := map[string]*models.ProgressLine{}
	listed := testkit.Start.AddDate(0, 0, -surveyDays)
	for n := range townships * villages {
		code := villageCode(n)
		b.add(&models.CampaignVillage{CampaignID: surveyID, RegionCode: code, ListedAt: &listed})
		for half := range 2 {
			id := fmt.Sprintf("%s-%d", code, half)
			b.add(&models.User{ID: id, Login: id, Name: "测调查员" + id[9:], PasswordHash: "none", CreatedAt: listed})
			lines[id] = &models.ProgressLine{RegionCode: code, Group: "一组", SurveyorID: id}
		}
	}
	for i := range households {
		village := villageCode(villageOf(i))
		if village[:6] != hotCounty {
			continue
		}
		g := v.forms.pick(r)
		ids := g.under(b, vault, i, r, surveyID)
		form := g.form()
		row := &models.CampaignScope{CampaignID: surveyID, HouseholdID: householdID(i), RegionCode: village, SurveyorID: surveyorOf(i), FormID: ids[form.ID], Code: fmt.Sprintf("HB-%07d", i)}
		l := lines[row.SurveyorID]
		l.Assigned++
		did := form.Facts.Count
		row.Visited, row.HandedIn, row.Passed = did["visit"], did["hand_in"], did["instructor_pass"]
		l.Visited, l.Passed = l.Visited+row.Visited, l.Passed+row.Passed
		if row.HandedIn > 0 {
			row.Result = models.ResultSurveyed
			l.HandedIn++
		}
		b.add(row)
	}
	v.days(b, lines)
}

// form is the household form among the cases of a group.
func (g *group) form() *models.Case {
	for i := range g.cases {
		if g.cases[i].Procedure == "household_form" {
			return &g.cases[i]
		}
	}
	return nil
}

// days are the progress as it was frozen: a little more each day.
func (v survey) days(b *bulk, lines map[string]*models.ProgressLine) {
	first := policy.DateOf(testkit.Start).AddDays(-surveyDays)
	for n := range surveyDays {
		p := models.CampaignProgress{Lines: []models.ProgressLine{}, Problems: []models.ProblemLine{}}
		for i := range townships * villages {
			for half := range 2 {
				l := *lines[fmt.Sprintf("%s-%d", villageCode(i), half)]
				l.Visited, l.HandedIn = l.Visited*(n+1)/surveyDays, l.HandedIn*(n+1)/surveyDays
				p.Lines = append(p.Lines, l)
			}
		}
		day := first.AddDays(n)
		b.add(&models.CampaignDay{CampaignID: surveyID, Day: day.String(), Progress: p, FrozenAt: day.End().Add(time.Hour)})
	}
}

// cockpit is the campaign at a glance, and the lists beside it.
func (b *bench) cockpit(viewer string) []probe {
	return named(viewer, []probe{
		{name: "cockpit", aim: cockpitAim, send: get("/campaigns/" + surveyID)},
		{name: "cockpit, coverage", send: get("/campaigns/" + surveyID + "/coverage")},
		{name: "cockpit, progress", send: get("/campaigns/" + surveyID + "/progress")},
	})
}
