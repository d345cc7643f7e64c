package activities

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// ProgressOn is the progress of a campaign at the end of a day: as it was frozen then,
// or, of a day that is not over, as its acts tell it.
func (e *Engine) ProgressOn(ctx context.Context, c *models.Case, day policy.Date) (p models.CampaignProgress, frozen bool, err error) {
	tx := e.Store.DB.WithContext(ctx)
	var row models.CampaignDay
	err = tx.Where("campaign_id = ? AND day = ?", c.ID, day.String()).Take(&row).Error
	if err == nil {
		return row.Progress, true, nil
	}
	if !models.Missing(err) {
		return p, false, err
	}
	p, err = progressAt(tx, c, day, e.Clock.Now())
	return p, false, err
}

// ProgressDays are the frozen days of a campaign, oldest first.
func (e *Engine) ProgressDays(ctx context.Context, campaign string) ([]models.CampaignDay, error) {
	var out []models.CampaignDay
	err := e.Store.DB.WithContext(ctx).Where("campaign_id = ?", campaign).Order("day").Find(&out).Error
	return out, err
}

// freezeAfter is how long a step that began before midnight may still be written.
const freezeAfter = 2 * time.Minute

// freezeDay keeps the progress of the next day that is over and was not kept yet.
func (e *Engine) freezeDay(tx *gorm.DB, c *models.Case) (more bool, err error) {
	began, ok := c.Facts.At["start_field"]
	if !ok || c.State == "closed" {
		return false, nil
	}
	if waiting, err := unlisted(tx, c.ID); err != nil || waiting > 0 {
		return false, err
	}
	day, now := policy.DateOf(began), e.Clock.Now()
	var last models.CampaignDay
	if err := tx.Where("campaign_id = ?", c.ID).Order("day DESC").Limit(1).Find(&last).Error; err != nil {
		return false, err
	}
	if d, err := policy.ParseDate(last.Day); err == nil {
		day = d.AddDays(1)
	}
	if now.Before(day.End().Add(freezeAfter)) {
		return false, nil
	}
	p, err := progressAt(tx, c, day, now)
	if err != nil {
		return false, err
	}
	kept := tx.Clauses(onConflictDoNothing).Create(&models.CampaignDay{CampaignID: c.ID, Day: day.String(), Progress: p, FrozenAt: now})
	if kept.Error != nil || kept.RowsAffected == 0 { // another server has kept it
		return true, kept.Error
	}
	return true, e.sendLedger(tx, c, day, last.Progress, p)
}

// formCounts are the acts of a household form that progress counts, each with the column of campaign_scope that counts it: a visit,
// a result of the visit, what the instructor passed, and what sends a form back.
var formCounts = map[string]string{
	"visit": "visited", "hand_in": "handed_in", "skip": "handed_in", "instructor_pass": "passed",
	"instructor_return": "returned", "joint_return": "returned", "office_return": "returned", "feedback": "returned",
}

// countForm counts an act of a household form with its household, so that progress need not read all acts.
func (k *act) countForm() error {
	column := formCounts[k.ev.Code]
	if k.c.Procedure != "household_form" || column == "" {
		return nil
	}
	return scopeOf(k.tx, k.c.ParentID).Where("form_id = ?", k.c.ID).UpdateColumn(column, gorm.Expr(column+" + 1")).Error
}

// ProgressNow is the progress of a campaign at this moment by village and surveyor, without the groups of the villages.
func (e *Engine) ProgressNow(ctx context.Context, c *models.Case) (out models.CampaignProgress, err error) {
	tx := e.Store.DB.WithContext(ctx)
	if out.Lines, err = linesNow(scopeOf(tx, c.ID), "campaign_scope.region_code, '' AS group_name, campaign_scope.surveyor_id", "campaign_scope.region_code, campaign_scope.surveyor_id"); err != nil {
		return out, err
	}
	out.Problems, err = problemsAt(tx, c.ID, policy.DateOf(e.Clock.Now()))
	return out, err
}

// linesNow adds up the counts of the households that fit.
func linesNow(scope *gorm.DB, columns, by string) ([]models.ProgressLine, error) {
	var rows []struct {
		RegionCode, GroupName, SurveyorID             string
		Assigned, Visited, HandedIn, Passed, Returned int
	}
	err := scope.Where("campaign_scope.form_id <> ''").Group(by).Order(by).
		Select(columns + ", count(*) AS assigned, sum(visited) AS visited, count(CASE WHEN handed_in > 0 THEN 1 END) AS handed_in, sum(passed) AS passed, sum(returned) AS returned").Scan(&rows).Error
	out := make([]models.ProgressLine, len(rows))
	for i, r := range rows {
		out[i] = models.ProgressLine{RegionCode: r.RegionCode, Group: r.GroupName, SurveyorID: r.SurveyorID, Assigned: r.Assigned, Visited: r.Visited, HandedIn: r.HandedIn, Passed: r.Passed, Returned: r.Returned}
	}
	return out, err
}

// progressAt counts up to the end of a day: of one that is over from the acts before then, or else what is counted now. Who has
// a household is as of now: that is why a day is frozen when it is over.
func progressAt(tx *gorm.DB, c *models.Case, day policy.Date, now time.Time) (models.CampaignProgress, error) {
	out := models.CampaignProgress{Lines: []models.ProgressLine{}, Problems: []models.ProblemLine{}}
	lines, err := linesOn(tx, c.ID, day, now)
	if err != nil {
		return out, err
	}
	out.Lines = append(out.Lines, lines...)
	problems, err := problemsAt(tx, c.ID, day)
	out.Problems = append(out.Problems, problems...)
	return out, err
}

func linesOn(tx *gorm.DB, campaign string, day policy.Date, now time.Time) ([]models.ProgressLine, error) {
	if !day.End().After(now) {
		return linesAt(tx, campaign, day.End())
	}
	const by = "campaign_scope.region_code, households.group_name, campaign_scope.surveyor_id"
	return linesNow(scopeOf(tx, campaign).Joins("JOIN households ON households.id = campaign_scope.household_id"), by, by)
}

func linesAt(tx *gorm.DB, campaign string, end time.Time) ([]models.ProgressLine, error) {
	var rows []struct{ FormID, RegionCode, GroupName, SurveyorID string }
	err := scopeOf(tx, campaign).Joins("JOIN households ON households.id = campaign_scope.household_id").Joins("JOIN cases ON cases.id = campaign_scope.form_id AND cases.opened_at < ?", end).
		Select("campaign_scope.form_id, campaign_scope.region_code, households.group_name, campaign_scope.surveyor_id").Scan(&rows).Error
	if err != nil {
		return nil, err
	}
	acts, err := formActs(tx, campaign, end)
	if err != nil {
		return nil, err
	}
	byKey := map[[3]string]*models.ProgressLine{}
	for _, r := range rows {
		key := [3]string{r.RegionCode, r.GroupName, r.SurveyorID}
		l := byKey[key]
		if l == nil {
			l = &models.ProgressLine{RegionCode: r.RegionCode, Group: r.GroupName, SurveyorID: r.SurveyorID}
			byKey[key] = l
		}
		l.Assigned++
		count(l, acts[r.FormID])
	}
	out := slices.Collect(maps.Values(byKey))
	slices.SortFunc(out, func(a, b *models.ProgressLine) int {
		return cmp.Or(cmp.Compare(a.RegionCode, b.RegionCode), cmp.Compare(a.Group, b.Group), cmp.Compare(a.SurveyorID, b.SurveyorID))
	})
	lines := make([]models.ProgressLine, len(out))
	for i, l := range out {
		lines[i] = *l
	}
	return lines, nil
}

// count adds the acts of one form.
func count(l *models.ProgressLine, acts map[string]int) {
	handedIn := 0
	counts := map[string]*int{"visited": &l.Visited, "handed_in": &handedIn, "passed": &l.Passed, "returned": &l.Returned}
	for event, n := range acts {
		*counts[formCounts[event]] += n
	}
	l.HandedIn += min(handedIn, 1)
}

// formActs are how often each act was done on each form before a moment.
func formActs(tx *gorm.DB, campaign string, end time.Time) (map[string]map[string]int, error) {
	events := sortedKeys(formCounts)
	var rows []struct {
		CaseID, Event string
		Count         int
	}
	err := scopeOf(tx, campaign).Joins("JOIN case_events ON case_events.case_id = campaign_scope.form_id").
		Where("case_events.kind = 'event' AND case_events.event IN ? AND case_events.at < ?", events, end.UTC()).
		Select("case_events.case_id, case_events.event, count(*) AS count").Group("case_events.case_id, case_events.event").Scan(&rows).Error
	out := map[string]map[string]int{}
	for _, r := range rows {
		if out[r.CaseID] == nil {
			out[r.CaseID] = map[string]int{}
		}
		out[r.CaseID][r.Event] = r.Count
	}
	return out, err
}

// problemsAt counts the problems of a campaign as they stood at the end of a day.
func problemsAt(tx *gorm.DB, campaign string, day policy.Date) ([]models.ProblemLine, error) {
	problems, err := problemsOf(tx, campaign)
	if err != nil {
		return nil, err
	}
	return problemLines(tx, problems, day)
}

// problemLines counts problems by village and class as they stood at
// the end of a day.
func problemLines(tx *gorm.DB, problems []models.Case, day policy.Date) ([]models.ProblemLine, error) {
	byKey := map[[2]string]*models.ProblemLine{}
	for i := range problems {
		p := &problems[i]
		if !p.OpenedAt.Before(day.End()) {
			continue
		}
		settled, err := settledBy(tx, p, day.End())
		if err != nil {
			return nil, err
		}
		key := [2]string{p.RegionCode, p.Facts.Text("class")}
		l := byKey[key]
		if l == nil {
			l = &models.ProblemLine{RegionCode: key[0], Class: key[1]}
			byKey[key] = l
		}
		l.Found++
		switch due := p.LastDay("due_on"); {
		case settled:
			l.Closed++
		case due != "" && due < day.String() && !p.Facts.Yes(models.Suspended):
			l.Overdue++
		}
	}
	out := make([]models.ProblemLine, 0, len(byKey))
	for _, l := range byKey {
		out = append(out, *l)
	}
	slices.SortFunc(out, func(a, b models.ProblemLine) int {
		return cmp.Or(cmp.Compare(a.RegionCode, b.RegionCode), cmp.Compare(a.Class, b.Class))
	})
	return out, nil
}

// settledBy reports whether a problem was settled at a moment: its last move before
// then led to such a state.
func settledBy(tx *gorm.DB, p *models.Case, end time.Time) (bool, error) {
	if p.UpdatedAt.Before(end) {
		return slices.Contains(settledProblem, p.State), nil
	}
	var ev models.CaseEvent
	err := tx.Select("to_state").Where("case_id = ? AND kind IN ? AND at < ?", p.ID, []string{"open", "event"}, end.UTC()).Order("seq DESC").Limit(1).Find(&ev).Error
	return slices.Contains(settledProblem, ev.ToState), err
}

// FormsByState are how many household forms of a campaign stand in each state now.
func FormsByState(tx *gorm.DB, campaign string) (map[procedure.State]int, error) {
	var rows []struct {
		State procedure.State
		Count int
	}
	err := scopeOf(tx, campaign).Joins("JOIN cases ON cases.id = campaign_scope.form_id").Select("cases.state, count(*) AS count").Group("cases.state").Scan(&rows).Error
	out := map[procedure.State]int{}
	for _, r := range rows {
		out[r.State] = r.Count
	}
	return out, err
}
