package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/papers"
	"shouwang/policy"
	"shouwang/procedure"
)

// Where the papers about problems and campaigns take their data from.

// maxProblems bounds a list on paper.
const maxProblems = 500

// problemRow is a problem as lists and ledgers show it, read from its records.
func (s *server) problemRow(ctx context.Context, c *models.Case, p policy.Snapshot, l *labels) (papers.Problem, error) {
	opened, err := s.opened(ctx, c, p)
	if err != nil {
		return papers.Problem{}, err
	}
	register, _, err := s.lastForm(ctx, c, p, "register")
	if err != nil {
		return papers.Problem{}, err
	}
	assigned, _, err := s.lastForm(ctx, c, p, "assign")
	if err != nil {
		return papers.Problem{}, err
	}
	title := func(set, fact string) string { return p.Title(set, c.Facts.Text(fact)) }
	out := papers.Problem{CaseNo: c.No, Type: title("problem_type_set", "problem_type"), Nature: orText(title("problem_nature_set", "nature"), c.Facts.Text("brief")),
		Village: l.regions[c.RegionCode].Name, Note: opened["remark"], Measure: orText(assigned["measure"], opened["proposed_measure"]),
		Responsible: l.user(c.Facts.Text("responsible")).Name, Verifier: l.user(c.Facts.Text("verifier")).Name,
		Class: classTitle(c.Facts.Text("class")), Found: parseDay(c.Facts.Text("found_on")), Due: parseDay(activities.LastDay(c, "due_on")), State: stateTitle(definitionOf(c), c.State)}
	out.Text = strings.TrimSpace(orText(opened["description"], c.Facts.Text("brief")) + register["facts"])
	if at, done := c.Facts.At["verify_pass"]; done && slices.Contains([]procedure.State{"closed", "lookback", "consolidated"}, c.State) {
		out.Closed = policy.DateOf(at)
	}
	switch c.Facts.Text("subject_kind") {
	case "household":
		out.Head, out.HouseholdType, out.Population = c.Subject, opened["household_type"], atoi(opened["population"])
	case "department":
		out.Subject = deptTitle(c.Facts.Text("dept"))
	default:
		out.Subject = out.Village
	}
	return out, nil
}

// problemRows are problems that v reaches, oldest first.
func (s *server) problemRows(ctx context.Context, b *paperBase, narrow func(*gorm.DB) *gorm.DB) ([]papers.Problem, error) {
	var cases []models.Case
	tx := narrow(s.scopeCases(s.db(ctx), b.v).Where("cases.procedure = ? AND cases.state NOT IN ?", "rectification", []procedure.State{"not_established", "duplicate"}))
	if err := tx.Order("cases.opened_at, cases.id").Limit(maxProblems + 1).Find(&cases).Error; err != nil {
		return nil, err
	}
	if len(cases) > maxProblems {
		return nil, procedure.Refuse(procedure.Invalid, "too_many_rows", "问题超过500个，请按村或者整改方案分别出具")
	}
	var want codes
	for i := range cases {
		want.regions = append(want.regions, cases[i].RegionCode)
		want.users = append(want.users, cases[i].Facts.Text("responsible"), cases[i].Facts.Text("verifier"))
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := make([]papers.Problem, len(cases))
	for i := range cases {
		if out[i], err = s.problemRow(ctx, &cases[i], b.policy, l); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// here narrows problems to the area, and to the programme if there is one.
func (b *paperBase) here(tx *gorm.DB) *gorm.DB {
	c := casesWithin(b.region.Code)
	tx = tx.Where(c.sql, c.args...)
	if b.programme != nil {
		tx = tx.Where("cases.id IN (SELECT case_id FROM programme_problems WHERE programme_id = ?)", b.programme.ID)
	}
	return tx
}

func (b *paperBase) place() string { return orText(b.region.Path, b.region.Name) }

func problemList(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	rows, err := s.problemRows(ctx, b, b.here)
	return one(papers.ProblemList(papers.Problems{Place: b.place(), On: b.on, Rows: rows}), err)
}

func ledgerPaper(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	rows, err := s.problemRows(ctx, b, b.here)
	p := papers.Problems{Place: b.place(), On: b.on, Rows: rows}
	if b.programme != nil {
		p.Place = b.programme.Title
	}
	return one(papers.RectificationLedger(p), err)
}

func supervisionPaper(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	l, err := s.labels(ctx, codes{regions: []string{b.c.RegionCode}, users: []string{b.c.Facts.Text("responsible"), b.c.Facts.Text("verifier")}})
	if err != nil {
		return nil, err
	}
	p, err := s.problemRow(ctx, b.c, b.policy, l)
	if err != nil {
		return nil, err
	}
	to, err := s.officeOf(ctx, b.c.RegionCode)
	if err != nil {
		return nil, err
	}
	if b.c.Facts.Text("subject_kind") == "department" {
		to.Name = p.Subject
	}
	n := papers.Supervision{Office: b.office.paper(), To: to.Name, Source: b.policy.Title("problem_source_set", b.c.Facts.Text("source_class")), CaseNo: b.c.No,
		Problem: p.Described(), Measure: p.Measure, Responsible: p.Responsible, Verifier: p.Verifier, Due: p.Due, On: b.on}
	n.Overdue = late(b.c, b.on)
	return withNumber(func(number string) *papers.Document {
		n.Number = number
		return papers.SupervisionNotice(n)
	}), nil
}

func bulletinPaper(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	if b.c != nil {
		return s.campaignBulletin(ctx, b)
	}
	var row models.Bulletin
	err := s.db(ctx).Where("programme_id = ?", b.programme.ID).Order("no DESC").Take(&row).Error
	if models.Missing(err) {
		return nil, notReady("请先在整改方案中固定通报数据")
	}
	if err != nil {
		return nil, err
	}
	var n gen.ProgressNumbers
	if err := json.Unmarshal(row.Numbers, &n); err != nil {
		return nil, err
	}
	c := papers.Circular{Office: b.office.paper(), Title: b.programme.Title, To: "各有关单位", AsOf: policy.DateOf(row.IssuedAt), Summary: b.texts["summary"], Demand: b.texts["demand"], On: b.on}
	for _, v := range n.Villages {
		c.Rows = append(c.Rows, papers.Count{Name: v.Title, Total: v.Total, Done: v.Done, Open: v.Open, Late: v.Overdue})
	}
	return circular(c), nil
}

func circular(c papers.Circular) drawing {
	return withNumber(func(number string) *papers.Document {
		c.Number = number
		return papers.Bulletin(c)
	})
}

// campaignBulletin tells how the problems of a campaign stand in each village today.
func (s *server) campaignBulletin(ctx context.Context, b *paperBase) (drawing, error) {
	p, _, err := s.engine.ProgressOn(ctx, b.c, b.on)
	if err != nil {
		return nil, err
	}
	var want codes
	for _, l := range p.Problems {
		want.regions = append(want.regions, l.RegionCode)
	}
	names, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	c := papers.Circular{Office: b.office.paper(), Title: b.c.Facts.Text("title"), To: "各有关单位", AsOf: b.on, Summary: b.texts["summary"], Demand: b.texts["demand"], On: b.on}
	for _, l := range p.Problems { // by village, several classes each
		if n := len(c.Rows); n == 0 || c.Rows[n-1].Name != names.region(l.RegionCode) {
			c.Rows = append(c.Rows, papers.Count{Name: names.region(l.RegionCode)})
		}
		r := &c.Rows[len(c.Rows)-1]
		r.Total, r.Done, r.Open, r.Late = r.Total+l.Found, r.Done+l.Closed, r.Open+l.Found-l.Closed, r.Late+l.Overdue
	}
	return circular(c), nil
}

// campaign is what a paper says of a campaign: the numbers that its report froze, or those of this moment.
func (s *server) campaignData(ctx context.Context, b *paperBase) (papers.Campaign, error) {
	c := papers.Campaign{Title: b.c.Facts.Text("title"), No: b.c.No, Place: b.place(), Unit: b.office.Name, On: b.on, From: policy.DateOf(b.c.OpenedAt), Until: b.on}
	var stages []struct{ From, Until string }
	b.c.Facts.Value("stages", &stages)
	for i, st := range stages {
		if from := parseDay(st.From); i == 0 && !from.IsZero() {
			c.From = from
		}
		if until := parseDay(st.Until); !until.IsZero() {
			c.Until = until
		}
	}
	n, err := s.frozenNumbers(ctx, b.c.ID)
	if err != nil {
		return c, err
	}
	c.Households, c.Remote, c.Lost, c.Problems, c.Closed = n.Households, n.Results[models.ResultRemote], n.Results[models.ResultLostContact], n.Problems, n.Corrected
	var want codes
	for _, v := range n.ByVillage {
		want.regions = append(want.regions, v.RegionCode)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return c, err
	}
	lost, err := s.lostByVillage(ctx, b.c.ID)
	for _, v := range n.ByVillage {
		c.Done += v.Done
		c.Villages = append(c.Villages, papers.Count{Name: l.regions[v.RegionCode].Name, Total: v.Households, Done: v.Done, Open: v.Households - v.Done, Late: lost[v.RegionCode]})
	}
	return c, err
}

func (s *server) frozenNumbers(ctx context.Context, id string) (models.CampaignNumbers, error) {
	var frozen models.CampaignFigure
	err := s.db(ctx).Where("campaign_id = ?", id).Order("frozen_at DESC").Take(&frozen).Error
	if models.Missing(err) {
		return activities.Numbers(s.db(ctx), id)
	}
	return frozen.Figures, err
}

func (s *server) lostByVillage(ctx context.Context, id string) (map[string]int, error) {
	var rows []struct {
		RegionCode string
		Count      int
	}
	err := s.db(ctx).Model(&models.CampaignScope{}).Where("campaign_id = ? AND result = ?", id, models.ResultLostContact).
		Select("region_code, count(*) AS count").Group("region_code").Scan(&rows).Error
	out := map[string]int{}
	for _, r := range rows {
		out[r.RegionCode] = r.Count
	}
	return out, err
}

func selfAssessment(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	c, err := s.campaignData(ctx, b)
	if err != nil {
		return nil, err
	}
	form, _, err := s.lastForm(ctx, b.c, b.policy, "report")
	if err != nil {
		return nil, err
	}
	say := func(code string) string { return orText(form[code], b.texts[code]) }
	problems, err := activities.CampaignProblems(s.db(ctx), b.c.ID)
	if err != nil {
		return nil, err
	}
	c.Natures = byNature(problems, b.policy, b.on)
	return one(papers.SelfAssessment(papers.Report{Campaign: c, Results: say("achievements"), Found: say("problems"), Fixed: say("corrected"), Next: say("next_steps")}), nil)
}

// byNature counts problems by their nature, in the order of their first one.
func byNature(problems []models.Case, p policy.Snapshot, today policy.Date) []papers.Count {
	var out []papers.Count
	for i := range problems {
		c := &problems[i]
		if slices.Contains([]procedure.State{"not_established", "duplicate"}, c.State) {
			continue
		}
		name := orText(p.Title("problem_nature_set", c.Facts.Text("nature")), "未分类")
		k := slices.IndexFunc(out, func(x papers.Count) bool { return x.Name == name })
		if k < 0 {
			k, out = len(out), append(out, papers.Count{Name: name})
		}
		out[k].Total++
		switch {
		case slices.Contains([]procedure.State{"closed", "lookback", "consolidated", "long_term"}, c.State):
			out[k].Done++
		default:
			out[k].Open++
			if late(c, today) {
				out[k].Late++
			}
		}
	}
	return out
}

// late reports whether a problem has not been handed in although its last day is over.
func late(c *models.Case, today policy.Date) bool {
	due := parseDay(activities.LastDay(c, "due_on"))
	return !due.IsZero() && due.Before(today) && slices.Contains([]procedure.State{"found", "registered", "assigned", "rectifying", "escalated"}, c.State)
}

func spotCheck(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	c, err := s.campaignData(ctx, b)
	if err != nil {
		return nil, err
	}
	passed, ev, err := s.lastForm(ctx, b.c, b.policy, "spot_pass", "spot_fail")
	if err != nil {
		return nil, err
	}
	r := papers.SpotCheck{Campaign: c, Group: "抽查验收组", Passed: ev != nil && ev.Event == "spot_pass", Opinion: orText(passed["opinion"], b.texts["opinion"])}
	if ev == nil && strings.TrimSpace(r.Opinion) == "" {
		return nil, invalidField("opinion", "required", "还没有验收，请填写“验收意见”")
	}
	b.c.Facts.Value("sample_size", &r.Sampled)
	if r.Findings, err = s.spotFindings(ctx, b.c, b.see.of(procedure.P2) == full); err != nil {
		return nil, err
	}
	return one(papers.SpotCheckReport(r), nil)
}

// spotFindings are the problems that spot checks have found; whose they are and how they look is told with personal only.
func (s *server) spotFindings(ctx context.Context, c *models.Case, personal bool) ([]papers.Problem, error) {
	var rows []models.CaseEvent
	if err := s.db(ctx).Where("case_id = ? AND kind = ? AND event = ?", c.ID, "event", "spot_fail").Order("seq").Find(&rows).Error; err != nil {
		return nil, err
	}
	var out []papers.Problem
	for i := range rows {
		form, err := s.engine.Payload(&rows[i])
		if err != nil {
			return nil, err
		}
		findings, _ := form["findings"].([]any)
		for _, f := range findings {
			row, _ := f.(map[string]any)
			brief, _ := row["brief"].(string)
			detail, _ := row["detail"].(string)
			if !personal {
				detail = "具体情况见问题整改台账"
			}
			out = append(out, papers.Problem{Type: "抽查发现", Nature: brief, Subject: c.Subject, Text: scrub(detail)})
		}
	}
	return out, nil
}

func daily(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	c, err := s.campaignData(ctx, b)
	if err != nil {
		return nil, err
	}
	d := papers.Daily{Campaign: c, Note: b.texts["note"]}
	from, to := b.on.Start().UTC(), b.on.End().UTC()
	var done int64
	err = s.db(ctx).Model(&models.CaseEvent{}).Where("case_id IN (SELECT form_id FROM campaign_scope WHERE campaign_id = ?)", b.c.ID).
		Where("to_state IN ? AND from_state <> to_state AND at >= ? AND at < ?", []procedure.State{"final", "not_applicable"}, from, to).Distinct("case_id").Count(&done).Error
	if err != nil {
		return nil, err
	}
	d.DoneToday = int(done)
	problems, err := activities.CampaignProblems(s.db(ctx), b.c.ID)
	for i := range problems {
		if policy.DateOf(problems[i].OpenedAt) == b.on {
			d.FoundToday++
		}
		if at, ok := problems[i].Facts.At["verify_pass"]; ok && policy.DateOf(at) == b.on {
			d.ClosedToday++
		}
	}
	return one(papers.DailyReport(d), err)
}
