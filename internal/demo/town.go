package demo

import (
	"fmt"

	"shouwang/internal/ledger"
	"shouwang/procedure"
)

// Share tells of each surveyor which village he goes to, counted from 0: one goes to each, and the others to where a
// surveyor has most households.
func Share(households []int, surveyors int) []int {
	has, out := make([]int, len(households)), make([]int, surveyors)
	for i := range out {
		most := 0
		for v := range households {
			if has[v] == 0 && has[most] > 0 || (has[v] > 0) == (has[most] > 0) && households[v]*max(has[most], 1) > households[most]*max(has[v], 1) {
				most = v
			}
		}
		has[most]++
		out[i] = most
	}
	return out
}

// MedicalInsurance is the login of the county's medical insurance in a campaign.
const MedicalInsurance = "dept_medical_insurance"

// CampaignAccounts are the further people of a campaign over villages of the township with so many households: surveyors
// as Share has them, a group leader, a cadre and a secretary for each village, three instructors, the guidance group,
// the head of the township and the county's medical insurance, which brings its list. The first surveyor holds the post of an instructor as well, so that it can be shown that he
// does not review himself.
func CampaignAccounts(households []int, surveyors int) []Account {
	one := func(login, name, region string, roles ...procedure.Role) Account {
		a := Account{Login: login, Name: name, Area: ledger.FictionTownship}
		for _, r := range roles {
			a.Grants = append(a.Grants, Grant{Role: r, Region: region})
		}
		return a
	}
	out := []Account{one("head", "向明亮", Township, procedure.TownshipHead), one("guidance", "祝长庚", Township, procedure.GuidanceGroup),
		{Login: MedicalInsurance, Name: "冉素云", Area: countyName, Grants: []Grant{{Role: procedure.CountyDept, Region: County, Dept: "medical_insurance"}}}}
	for i := range 3 {
		out = append(out, one(Instructor(i), "指导员"+number(i+1), Township, procedure.Instructor))
	}
	for v := range households {
		here := Village(v + 1)
		out = append(out, one(Leader(v), "组长"+number(v+1), Township, procedure.GroupLeader), one(Cadre(v), "村干部"+number(v+1), here, procedure.VillageCadre),
			one(Secretary(v), "书记"+number(v+1), here, procedure.VillageSecretary))
	}
	for i, v := range Share(households, surveyors) {
		out = append(out, one(SurveyorLogin(i), "调查员"+number(i+1), Village(v+1), procedure.Surveyor))
	}
	first := &out[len(out)-surveyors]
	first.Grants = append(first.Grants, Grant{Role: procedure.Instructor, Region: Township})
	return out
}

var numbers = []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}

// number is a number up to 99 in Chinese.
func number(n int) string {
	tens := ""
	if n >= 10 {
		if n >= 20 {
			tens = numbers[n/10]
		}
		tens += "十"
	}
	return tens + numbers[n%10]
}

// SurveyorLogin, Instructor, Leader, Cadre and Secretary are the logins of the people of a campaign, counted from 0; those
// of a village by the number of the village.
func SurveyorLogin(i int) string { return fmt.Sprintf("survey%02d", i+1) }

// Instructor is the login of one of the three instructors.
func Instructor(i int) string { return fmt.Sprintf("instructor%d", i+1) }

// Leader is the login of the group leader of a village.
func Leader(village int) string { return fmt.Sprintf("leader%d", village+1) }

// Cadre is the login of the cadre of a village who works in a campaign.
func Cadre(village int) string { return fmt.Sprintf("villager%d", village+1) }

// Secretary is the login of the secretary of a village who works in a campaign.
func Secretary(village int) string { return fmt.Sprintf("secretary%d", village+1) }
