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
		Class: classTitle(c.Facts.Text("class")), Found: parseDay(c.Facts.Text("found_on")), Due: parseDay(c.LastDay("due_on")), State: stateTitle(definitionOf(c), c.State)}
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
		return nil, procedure.Refuse(procedure.Invalid, "too_many_rows", "问题超过500个，请按村、行动、整改方案或者登记日期分别出具")
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

// here narrows problems to the area, to the campaign or the programme if there is one, and to the days of their registration.
func (b *paperBase) here(tx *gorm.DB) *gorm.DB {
	c := casesWithin(b.region.Code)
	tx = tx.Where(c.sql, c.args...)
	if day := parseDay(b.texts["from"]); !day.IsZero() {
		tx = tx.Where("cases.opened_at >= ?", day.Start().UTC())
	}
	if day := parseDay(b.texts["until"]); !day.IsZero() {
		tx = tx.Where("cases.opened_at < ?", day.End().UTC())
	}
	if b.c != nil {
		tx = activities.OfCampaign(tx, b.c)
	}
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

// trainingSignIn has the people of a campaign, and when and where they are trained once that is known.
func trainingSignIn(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	people, err := s.campaignPeople(ctx, b.c)
	if err != nil {
		return nil, err
	}
	held, _, err := s.lastForm(ctx, b.c, b.policy, "train")
	t := papers.Training{Title: b.c.Facts.Text("title"), Unit: b.office.Name, HeldOn: held["held_on"], Place: held["place"], Content: held["content"]}
	for _, p := range people {
		t.People = append(t.People, papers.Trainee{Group: p.Group, Area: p.Area, Name: p.Name, Duty: p.Duty})
	}
	return one(papers.TrainingSignIn(t), err)
}

func ledgerPaper(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	rows, err := s.problemRows(ctx, b, b.here)
	p := papers.Problems{Place: b.place(), On: b.on, Rows: rows}
	switch {
	case b.programme != nil:
		p.Place = b.programme.Title
	case b.c != nil:
		p.Place = b.c.Facts.Text("title")
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
	n.Overdue = b.c.Late(b.on.String())
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
	n, err := s.engine.CampaignNumbers(s.db(ctx), b.c)
	if err != nil {
		return nil, err
	}
	var want codes
	for _, l := range n.ByProblem {
		want.regions = append(want.regions, l.RegionCode)
	}
	names, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	c := papers.Circular{Office: b.office.paper(), Title: b.c.Facts.Text("title"), To: "各有关单位", AsOf: b.on, Summary: b.texts["summary"], Demand: b.texts["demand"], On: b.on}
	for _, l := range n.ByProblem { // by village, several classes each
		if n := len(c.Rows); n == 0 || c.Rows[n-1].Name != names.region(l.RegionCode) {
			c.Rows = append(c.Rows, papers.Count{Name: names.region(l.RegionCode)})
		}
		r := &c.Rows[len(c.Rows)-1]
		r.Total, r.Done, r.Open, r.Late = r.Total+l.Found, r.Done+l.Closed, r.Open+l.Found-l.Closed, r.Late+l.Overdue
	}
	if c.Stars, err = s.starRows(ctx, b.c); err != nil {
		return nil, err
	}
	c.StarNote = b.texts["stars"]
	return circular(c), nil
}

// starRows are what the last spot check found in each village: it counts in the village's star rating (S4-020).
func (s *server) starRows(ctx context.Context, c *models.Case) ([]papers.Star, error) {
	rows, _, err := activities.Samples(s.db(ctx), c)
	if err != nil {
		return nil, err
	}
	var want codes
	for _, r := range rows {
		want.regions = append(want.regions, r.RegionCode)
	}
	l, err := s.labels(ctx, want)
	var out []papers.Star
	for _, r := range rows { // by village
		name := l.regions[r.RegionCode].Name
		if n := len(out); n == 0 || out[n-1].Village != name {
			out = append(out, papers.Star{Village: name})
		}
		x := &out[len(out)-1]
		x.Checked++
		switch r.Result {
		case models.SamplePass:
			x.Passed++
		case models.SampleFail:
			x.Failed++
		}
	}
	return out, err
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
	n, err := s.engine.CampaignNumbers(s.db(ctx), b.c)
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
	for _, v := range n.ByVillage {
		c.Done += v.Done
		c.Villages = append(c.Villages, papers.Count{Name: l.regions[v.RegionCode].Name, Total: v.Households, Done: v.Done, Open: v.Households - v.Done, Late: v.Lost})
	}
	for _, x := range n.Natures {
		c.Natures = append(c.Natures, papers.Count{Name: orText(b.policy.Title("problem_nature_set", x.Nature), "未分类"), Total: x.Total, Done: x.Done, Open: x.Total - x.Done, Late: x.Late})
	}
	return c, err
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
	leader, err := s.signersOf(ctx, b.c, "report")
	if err != nil {
		return nil, err
	}
	n, err := s.engine.CampaignNumbers(s.db(ctx), b.c)
	r := papers.Report{Campaign: c, Results: say("achievements"), Found: say("problems"), Fixed: say("corrected"), Next: say("next_steps"), Leader: leader, Exits: exitsOf(n.Exits)}
	return one(papers.SelfAssessment(r), err)
}

// signersOf are the names of those who have signed under an event that took place, or are still to sign: "".
func (s *server) signersOf(ctx context.Context, c *models.Case, event string) (string, error) {
	if c.Facts.Count[event] == 0 {
		return "", nil
	}
	var names []string
	err := s.db(ctx).Model(&models.Endorsement{}).Where("case_id = ? AND event = ?", c.ID, event).Order("id").Pluck("user_name", &names).Error
	return strings.Join(slices.Compact(names), "、"), err
}

// exitsOf are the households that have left poverty, by the help they had, in the order of the form.
func exitsOf(n *models.ExitNumbers) *papers.Exits {
	if n == nil {
		return nil
	}
	out := &papers.Exits{Households: n.Households, Persons: n.Persons}
	for _, o := range procedure.ExitHelp() {
		if k := n.ByHelp[o.Code]; k > 0 {
			out.ByHelp = append(out.ByHelp, papers.Help{Title: o.Title, Households: k})
		}
	}
	return out
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
	if r.Sampled, r.Same, err = s.sampleSame(ctx, b.c); err != nil {
		return nil, err
	}
	if r.Findings, err = s.spotFindings(ctx, b.c, b.see.of(procedure.P2) == full); err != nil {
		return nil, err
	}
	return one(papers.SpotCheckReport(r), nil)
}

// sampleSame counts the households of the last spot check and those found as their forms say, nil while some are
// unchecked.
func (s *server) sampleSame(ctx context.Context, c *models.Case) (n int, same *int, err error) {
	rows, _, err := activities.Samples(s.db(ctx), c)
	pass, checked := 0, 0
	for _, r := range rows {
		switch r.Result {
		case models.SamplePass:
			pass, checked = pass+1, checked+1
		case models.SampleFail:
			checked++
		}
	}
	if len(rows) > 0 && checked == len(rows) {
		same = &pass
	}
	return len(rows), same, err
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
	if d.DoneToday, err = s.doneOn(ctx, b.c, b.on); err != nil {
		return nil, err
	}
	if d.Groups, err = s.groupRows(ctx, b.c, b.on); err != nil {
		return nil, err
	}
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

// doneOn counts the households whose result came on a day: what 已完成 counts, handed in or found not to apply.
func (s *server) doneOn(ctx context.Context, c *models.Case, on policy.Date) (int, error) {
	first := s.db(ctx).Model(&models.CaseEvent{}).Select("case_id").
		Where("case_id IN (SELECT form_id FROM campaign_scope WHERE campaign_id = ? AND result <> '')", c.ID).Where("kind = ? AND event IN ?", "event", []string{"hand_in", "skip"}).
		Group("case_id").Having("MIN(at) >= ? AND MIN(at) < ?", on.Start().UTC(), on.End().UTC())
	var n int64
	err := s.db(ctx).Table("(?) AS firsts", first).Count(&n).Error
	return int(n), err
}

// groupRows is the progress of each 自查组 (S1-050): what its surveyors have, have handed in, and got back.
func (s *server) groupRows(ctx context.Context, c *models.Case, on policy.Date) ([]papers.Count, error) {
	p, _, err := s.engine.ProgressOn(ctx, c, on)
	people := activities.CampaignPeople(c)
	var out []papers.Count
	for _, x := range people {
		if x.Group != "" && !slices.ContainsFunc(out, func(r papers.Count) bool { return r.Name == x.Group }) {
			out = append(out, papers.Count{Name: x.Group})
		}
	}
	for _, l := range p.Lines {
		group := "未分组"
		if i := slices.IndexFunc(people, func(x activities.CampaignPerson) bool {
			return x.Duty == "surveyor" && x.User == l.SurveyorID && strings.HasPrefix(l.RegionCode, x.Area)
		}); i >= 0 {
			group = people[i].Group
		}
		i := slices.IndexFunc(out, func(r papers.Count) bool { return r.Name == group })
		if i < 0 {
			i, out = len(out), append(out, papers.Count{Name: group})
		}
		r := &out[i]
		r.Total, r.Done, r.Open, r.Late = r.Total+l.Assigned, r.Done+l.HandedIn, r.Open+l.Assigned-l.HandedIn, r.Late+l.Returned
	}
	return out, err
}
