package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/papers"
	"shouwang/policy"
	"shouwang/procedure"
)

// Where the papers about one household take their data from: the register and the records of the case.

// lastForm is the form of the last of some events, with titles in place of codes; nil when there was none.
func (s *server) lastForm(ctx context.Context, c *models.Case, p policy.Snapshot, events ...string) (map[string]string, *models.CaseEvent, error) {
	var ev models.CaseEvent
	err := s.db(ctx).Where("case_id = ? AND kind = ? AND event IN ?", c.ID, "event", events).Order("seq DESC").Take(&ev).Error
	if models.Missing(err) {
		return map[string]string{}, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	def, _ := definitionOf(c).Event(ev.Event)
	if def == nil {
		return map[string]string{}, &ev, nil
	}
	form, err := s.said(&ev, def.Form, p)
	return form, &ev, err
}

// said are the answers of a record as text.
func (s *server) said(ev *models.CaseEvent, fields []procedure.Field, p policy.Snapshot) (map[string]string, error) {
	form, err := s.engine.Payload(ev)
	out := map[string]string{}
	for _, f := range fields {
		if v, ok := form[f.Code]; ok && v != nil {
			out[f.Code] = scrub(answerText(f, v, p))
		}
	}
	return out, err
}

// opened is the form that a case was opened with.
func (s *server) opened(ctx context.Context, c *models.Case, p policy.Snapshot) (map[string]string, error) {
	var ev models.CaseEvent
	if err := s.db(ctx).Where("case_id = ? AND kind = ?", c.ID, "open").Take(&ev).Error; err != nil {
		return nil, err
	}
	return s.said(&ev, definitionOf(c).Opening.Form, p)
}

// drawing is a paper with all its data, which is drawn once its number is known: "" for a draft.
type drawing func(number string) ([]*papers.Document, error)

func notReady(why string) error { return procedure.Refuse(procedure.Conflict, "paper_not_ready", why) }

// one is the drawing of a paper that does not show its number in its text.
func one(d *papers.Document, err error) (drawing, error) {
	return withNumber(func(string) *papers.Document { return d }), err
}

func withNumber(draw func(number string) *papers.Document) drawing {
	return func(number string) ([]*papers.Document, error) { return []*papers.Document{draw(number)}, nil }
}

func atoi(s string) int {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}

func parseDay(text string) policy.Date {
	d, _ := policy.ParseDate(strings.TrimSpace(text)) // a date that was never written is left to be filled in
	return d
}

// sheetOf is the public sheet of a case that is up or was last up, nil when there was none.
func (s *server) sheetOf(ctx context.Context, caseID, kind string) (*models.PublicNotice, error) {
	var n models.PublicNotice
	err := s.db(ctx).Where("case_id = ? AND kind = ?", caseID, kind).Order("posted_at DESC, id DESC").Take(&n).Error
	if models.Missing(err) {
		return nil, nil
	}
	return &n, err
}

// dated takes the days of a sheet over from its period.
func dated(n *papers.PublicNotice, sheet *models.PublicNotice) {
	period, _ := sheet.Sheet["period"].(string)
	from, until, _ := strings.Cut(period, " 至 ")
	n.From, n.Until, n.Phone = parseDay(from), parseDay(until), sheet.Phone
}

// checked refuses a sheet with anything that may not be public (5.6).
func checked(n papers.PublicNotice) error {
	faults := n.Check()
	if len(faults) == 0 {
		return nil
	}
	out := make([]procedure.FieldFault, len(faults))
	for i, f := range faults {
		out[i] = procedure.FieldFault{Field: f.Field, Code: f.Code, Message: f.Message}
	}
	return procedure.Refuse(procedure.Invalid, "notice_not_public", "公示内容不符合要求", out...)
}

func villageNotice(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	form, _, err := s.lastForm(ctx, b.c, b.policy, "submit_draft")
	if err != nil {
		return nil, err
	}
	n := papers.PublicNotice{Village: form["village"], Unit: form["unit"], Phone: orText(b.texts["phone"], b.office.Phone), On: b.on, Days: b.policy.Days("notice_days").Days,
		Rows: []papers.NoticeRow{{Group: form["group"], Head: b.h.OnNotice(form["head_name"]), Population: atoi(form["population"]), Category: form["category"], Proposal: form["proposal"]}}}
	n.Address = s.publicAddress(b.c.RegionCode, models.NoticeID(b.c.ID))
	sheet, err := s.sheetOf(ctx, b.c.ID, "notice")
	if err != nil {
		return nil, err
	}
	if sheet != nil {
		dated(&n, sheet)
		n.On, n.Address = n.From, s.publicAddress(sheet.RegionCode, sheet.ID)
	}
	if err := checked(n); err != nil {
		return nil, err
	}
	return one(papers.VillageNotice(n), nil)
}

func announcement(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	sheet, err := s.sheetOf(ctx, b.c.ID, "announcement")
	if err != nil {
		return nil, err
	}
	if sheet == nil {
		return nil, notReady("还没有公告")
	}
	say := func(code string) string { text, _ := sheet.Sheet[code].(string); return text }
	n := papers.PublicNotice{Village: b.region.Name, Unit: say("unit"), On: policy.DateOf(sheet.PostedAt), Address: s.publicAddress(sheet.RegionCode, sheet.ID),
		Rows: []papers.NoticeRow{{Group: b.h.GroupName, Head: say("head_name"), Population: b.h.Population, Category: b.category(), Proposal: say("proposal")}}}
	dated(&n, sheet)
	if err := checked(n); err != nil {
		return nil, err
	}
	return one(papers.Announcement(n), nil)
}

// exitAnnouncement is what the community has made known after checking a household that is to leave poverty (S2-026).
func exitAnnouncement(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	form, ev, err := s.lastForm(ctx, b.c, b.policy, "send")
	if err != nil {
		return nil, err
	}
	if ev == nil {
		return nil, notReady("社区还没有核查公告")
	}
	n := papers.PublicNotice{Kind: "社区核查公告", Basis: "经贫情分析、入户调查、村（社区）“两委”商议和评议公示，社区核查属实，现将拟脱贫退出的农户公告如下。", Village: b.region.Name, Unit: b.office.Name,
		Phone: orText(b.texts["phone"], b.office.Phone), On: parseDay(form["announced_on"]), Rows: []papers.NoticeRow{{Group: b.h.GroupName, Head: b.h.HeadName, Population: b.h.Population, Proposal: "拟脱贫退出"}}}
	if err := checked(n); err != nil {
		return nil, err
	}
	return one(papers.Announcement(n), nil)
}

// category is the title of the category of a household in a case, "" when none was set.
func (b *paperBase) category() string {
	code := b.c.Facts.Text("category")
	if code == "" {
		return ""
	}
	return b.policy.Title("category_set", code)
}

// matter says what is decided in a case.
func (b *paperBase) matter() string {
	switch b.c.Procedure {
	case "risk_elimination":
		return "返贫致贫风险消除"
	case "poverty_exit":
		return "贫困户脱贫退出"
	case "return_to_poverty":
		return "脱贫户返贫纳入"
	}
	return "防止返贫监测对象识别认定"
}

func (b *paperBase) meeting(form map[string]string) papers.Meeting {
	m := papers.Meeting{Village: b.region.Name, Subject: "拟纳入防止返贫监测对象", CaseNo: b.c.No, Head: b.c.Subject, HeldAt: form["held_at"], Place: form["place"], Chair: form["chair"],
		Kind: form["kind"], Eligible: atoi(form["eligible"]), Present: atoi(form["present"]), Agree: atoi(form["agree"]), Against: atoi(form["against"]), Abstain: atoi(form["abstain"]),
		Minutes: form["minutes"], Question: form["question"]}
	if b.c.Procedure == "risk_elimination" {
		m.Subject = "拟消除返贫致贫风险"
	}
	return m
}

func minutes(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	form, ev, err := s.lastForm(ctx, b.c, b.policy, "review_pass", "review_doubt", "review_reject")
	if err != nil {
		return nil, err
	}
	if ev == nil {
		return nil, notReady("还没有这一步的记录")
	}
	m := b.meeting(form)
	m.Result = eventTitle(b.d, ev.Event)
	return one(papers.ReviewMinutes(m), nil)
}

// signIn is an empty sheet before the meeting; after it, one with its time and place.
func signIn(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	form, _, err := s.lastForm(ctx, b.c, b.policy, "review_pass", "review_doubt", "review_reject")
	if err != nil {
		return nil, err
	}
	return one(papers.SignInSheet(b.meeting(form)), nil)
}

func authorization(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	c := papers.Consent{CaseNo: b.c.No, Place: b.region.Path + b.h.GroupName, Head: b.h.HeadName}
	form, _, err := s.lastForm(ctx, b.c, b.policy, "sign_authorization")
	if err != nil {
		return nil, err
	}
	c.Until, c.Helper = parseDay(form["valid_until"]), form["helper"]
	township, err := s.officeOf(ctx, b.region.Code[:min(9, len(b.region.Code))])
	if err != nil {
		return nil, err
	}
	c.Office = township.paper()
	var items []policy.ComparisonItem
	if err := b.policy.JSON("comparison_items", &items); err != nil {
		return nil, err
	}
	for _, i := range items {
		c.Items = append(c.Items, i.Title)
		if dept := deptTitle(i.Department); !slices.Contains(c.Departments, dept) {
			c.Departments = append(c.Departments, dept)
		}
	}
	// Who signs is identified by his whole number; for who may not see it, it is masked.
	persons, over, err := s.numbered(ctx, b.v, b.h)
	if err != nil {
		return nil, err
	}
	if c.Persons = persons; persons != nil {
		return one(papers.Authorization(c), s.logNumbers(ctx, b.v, b.h, over, "承诺授权书："+purposeOf(b.in.Purpose)))
	}
	c.Persons, err = s.identified(ctx, b.h.ID, eyes{})
	return one(papers.Authorization(c), err)
}

func decision(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	form, ev, err := s.lastForm(ctx, b.c, b.policy, countyDecisions...)
	if err != nil {
		return nil, err
	}
	if ev == nil {
		return nil, notReady("还没有这一步的记录")
	}
	township, err := s.officeOf(ctx, b.region.Code[:min(9, len(b.region.Code))])
	if err != nil {
		return nil, err
	}
	d := papers.CountyDecision{Office: b.office.paper(), To: township.Name, Matter: b.matter(), Passed: slices.Contains([]string{"county_pass", "district_pass", "explain"}, ev.Event), CaseNo: b.c.No, Village: b.region.Path,
		Head: b.h.HeadName, People: b.h.Population, Category: b.category(), Decided: policy.DateOf(ev.At), On: b.on, Opinion: orText(form["opinion"], form["reason"])}
	results := map[string][2]string{"identification": {"不予认定", "纳入监测"}, "risk_elimination": {"不予消除", "消除风险"},
		"poverty_exit": {"不予退出", "脱贫退出"}, "return_to_poverty": {"不予纳入", "返贫纳入"}}[b.c.Procedure]
	d.Result = results[0]
	if d.Passed {
		d.Result = results[1]
	}
	return withNumber(func(number string) *papers.Document {
		d.Number = number
		return papers.Decision(d)
	}), nil
}

func householdNotice(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	var last models.CaseEvent
	if err := s.db(ctx).Where("case_id = ? AND kind = ?", b.c.ID, "event").Order("seq DESC").Take(&last).Error; err != nil {
		return nil, err
	}
	form, _, err := s.lastForm(ctx, b.c, b.policy, last.Event)
	if err != nil {
		return nil, err
	}
	n := papers.HouseholdNotice{Office: b.office.paper(), Head: b.h.HeadName, Place: b.region.Name + b.h.GroupName, Matter: b.matter(),
		CaseNo: b.c.No, Result: stateTitle(b.d, b.c.State), Reason: form["reason"], Phone: orText(b.office.Phone, "＿＿＿＿＿＿"), On: b.on}
	return withNumber(func(number string) *papers.Document {
		n.Number = number
		return papers.NoticeToHousehold(n)
	}), nil
}

// caseFile is the whole file of an ended case: its records, its papers that hold, its files.
func caseFile(ctx context.Context, s *server, b *paperBase) (drawing, error) {
	h, err := s.readHistory(ctx, b.v, b.c.ID)
	if err != nil {
		return nil, err
	}
	c := papers.CaseFile{Office: b.office.paper(), Title: b.d.Title + "案卷", CaseNo: b.c.No, Matter: b.d.Title, Head: b.c.Subject, Place: b.region.Path,
		Retention: b.office.Retention, From: policy.DateOf(b.c.OpenedAt), On: b.on}
	if b.c.HouseholdID == "" {
		c.Subject, c.Head = "对　　象", orText(b.c.Facts.Text("title"), b.c.Subject)
	}
	if b.c.ClosedAt != nil {
		c.Until = policy.DateOf(*b.c.ClosedAt)
	}
	for _, e := range h.entries(b.v, len(h.events)) {
		who := e.Actor.Name
		if e.Actor.RoleTitle != "" && e.Actor.RoleTitle != who {
			who += "（" + e.Actor.RoleTitle + "）"
		}
		c.Records = append(c.Records, papers.Record{Seq: e.Seq, At: clock(e.At), What: e.Title, Who: who, From: e.FromTitle, To: e.ToTitle, Document: e.Document, Hash: e.Hash[:12]})
		c.Chain = e.Hash[:12]
	}
	for _, id := range sortedKeys(h.files) {
		c.Files = append(c.Files, caseFileOf(h.files[id], b.d))
	}
	bound, err := s.bound(ctx, b)
	if err != nil {
		return nil, err
	}
	if b.c.Procedure == "campaign" {
		forms, apart, err := s.boundForms(ctx, b)
		if err != nil {
			return nil, err
		}
		bound, c.Files = append(bound, forms...), append(c.Files, apart...)
	}
	return func(number string) ([]*papers.Document, error) {
		c.Number = number
		docs, err := s.fonts.CaseFile(c, bound)
		return docs, paperError(err)
	}, nil
}

func clock(t time.Time) string { return t.In(policy.Shanghai).Format("2006-01-02 15:04") }

func caseFileOf(a gen.Attachment, d *procedure.Definition) papers.File {
	return papers.File{Name: a.Name, Kind: fileKindTitle(d, a.Kind), At: policy.DateOf(a.At).String(), Size: a.Size, Hash: a.Sha256[:12]}
}

// fileKindTitle is the title of the form field that a file is for.
func fileKindTitle(d *procedure.Definition, kind string) string {
	forms := [][]procedure.Field{d.Opening.Form}
	for _, e := range d.Events {
		forms = append(forms, e.Form)
	}
	for _, f := range slices.Concat(forms...) {
		if f.Kind == procedure.Files && f.Code == kind {
			return f.Title
		}
	}
	return "附件"
}

// bound are the papers of a case and of those that it opened, but other files of a case, in the order of their issue.
func (s *server) bound(ctx context.Context, b *paperBase) ([]papers.Bound, error) {
	var rows []models.IssuedPaper
	err := s.db(ctx).Where("(case_id = ? OR case_id IN (SELECT id FROM cases WHERE parent_id = ?)) AND kind <> ?", b.c.ID, b.c.ID, "case_file").
		Where("id NOT IN (SELECT paper_id FROM voided_papers)").Order("issued_at, id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	var out []papers.Bound
	for i := range rows {
		docs, err := s.frozen(&rows[i])
		if err != nil {
			return nil, err
		}
		for _, d := range docs {
			out = append(out, papers.Bound{Number: rows[i].Number, Title: rows[i].Title, On: policy.DateOf(rows[i].IssuedAt), Document: d})
		}
	}
	return out, nil
}
