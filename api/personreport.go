package api

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/internal/deptlist"
	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/papers"
	"shouwang/policy"
	"shouwang/procedure"
)

// What is held about one person, and who has seen it (PIPL art. 45): made for the person himself by the county office of
// his household, whole, and recorded each time. Who has complained of the household is not for him.

// reporter is the part of v that may report on the members of a household.
func reporter(v *viewer, h *models.Household) (models.RoleGrant, bool) {
	return officeOf(v, h.RegionCode, procedure.CountyOffice)
}

// ReportOnPerson tells what is held about a person.
func (s *server) ReportOnPerson(ctx context.Context, r gen.ReportOnPersonRequestObject) (gen.ReportOnPersonResponseObject, error) {
	out, err := s.reportOn(ctx, *r.Body)
	return gen.ReportOnPerson200JSONResponse(out), err
}

// PrintReportOnPerson is the same as a paper.
func (s *server) PrintReportOnPerson(ctx context.Context, r gen.PrintReportOnPersonRequestObject) (gen.PrintReportOnPersonResponseObject, error) {
	x, err := s.reportOn(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := s.fonts.PDF(&out, papers.PersonReport(personPaper(&x))); err != nil {
		return nil, paperError(err)
	}
	return gen.PrintReportOnPerson200ApplicationPdfResponse{Body: &out, ContentLength: int64(out.Len()), Headers: gen.PrintReportOnPerson200ResponseHeaders{ContentDisposition: inline("个人信息报告.pdf")}}, nil
}

func (s *server) reportOn(ctx context.Context, in gen.PersonReportRequest) (out gen.PersonReport, err error) {
	v := viewerOf(ctx)
	if err := s.slowly(v); err != nil {
		return out, err
	}
	p, h, err := s.findReported(ctx, v, in)
	if err != nil {
		return out, err
	}
	g, may := reporter(v, h)
	if !may {
		return out, forbidden("report_not_allowed", "个人信息报告由县级办公室按本人申请出具")
	}
	if err := s.logAccess(ctx, v, sameGrant(g), models.AccessLog{Action: "report", Table: "people", RecordID: p.ID, HouseholdID: p.HouseholdID, Class: string(procedure.P4), Purpose: in.Purpose}); err != nil {
		return out, err
	}
	out, err = s.heldAbout(ctx, p, h)
	out.MadeAt, out.MadeBy = s.engine.Clock.Now().UTC().Truncate(time.Second), v.user.Name
	return out, err
}

func sameGrant(g models.RoleGrant) func(models.RoleGrant) bool {
	return func(x models.RoleGrant) bool { return x.ID == g.ID }
}

// findReported is the person that is asked about, if v reaches his household.
func (s *server) findReported(ctx context.Context, v *viewer, in gen.PersonReportRequest) (*models.Person, *models.Household, error) {
	if (in.IDNo == "") == (in.MemberID == "") {
		return nil, nil, invalidField("id_no", "required", "请填写身份证号码，或者指明家庭成员")
	}
	tx := s.db(ctx).Where("id = ?", in.MemberID)
	if in.IDNo != "" {
		tx = s.db(ctx).Where("id_index IN ?", s.engine.Store.Vault.Indexes(in.IDNo))
	}
	var p models.Person
	err := tx.Take(&p).Error
	if models.Missing(err) {
		return nil, nil, s.missedReport(ctx, v)
	}
	if err != nil {
		return nil, nil, err
	}
	h, err := s.findHousehold(ctx, v, p.HouseholdID)
	if err != nil {
		return nil, nil, err
	}
	return &p, h, nil
}

// missedReport keeps that somebody has asked about nobody: many of these are somebody trying numbers.
func (s *server) missedReport(ctx context.Context, v *viewer) error {
	err := s.logAccess(ctx, v, func(models.RoleGrant) bool { return true }, models.AccessLog{Action: "search", Table: "people", Field: "id_no", Class: "P2"})
	if err != nil {
		return err
	}
	return notFound()
}

func (s *server) heldAbout(ctx context.Context, p *models.Person, h *models.Household) (out gen.PersonReport, err error) {
	l, err := s.labels(ctx, codes{regions: []string{h.RegionCode}})
	if err != nil {
		return out, err
	}
	home, err := h.Secret(s.engine.Store.Vault)
	if err != nil {
		return out, err
	}
	own, err := p.Secret(s.engine.Store.Vault)
	if err != nil {
		return out, err
	}
	out = gen.PersonReport{MemberID: p.ID, Name: p.Name, HouseholdID: h.ID, HouseholdNo: h.No, RegionName: l.region(h.RegionCode), HouseholdFacts: householdFacts(h, home, toAll(sightWhole))}
	out.Facts = personFacts(p, own, s.today())
	if out.DeptFacts, err = s.deptFacts(ctx, p.ID); err != nil {
		return out, err
	}
	ids, err := s.personRecords(ctx, p, h, &out)
	if err != nil {
		return out, err
	}
	if err := s.personSeen(ctx, seenOf{ids: ids, homes: []string{h.ID}, person: p.ID, region: h.RegionCode}, &out); err != nil {
		return out, err
	}
	if out.Exports, err = s.personExports(ctx, h); err != nil {
		return out, err
	}
	out.Kept, err = s.keptWhy(ctx, h)
	return out, err
}

// personFacts are all values of a member, whole.
func personFacts(p *models.Person, x models.PersonSecret, today policy.Date) []gen.Fact {
	l, of := recordFacts{see: toAll(sightWhole), out: []gen.Fact{}}, register.ClassOf
	if childOn(&x, today) {
		of = register.ClassOfChild
	}
	l.add("name", "姓名", of("name"), p.Name, nil)
	l.add("id_no", "身份证号", of("id_no"), x.IDNo, nil)
	l.add("relation", "与户主关系", of("relation"), x.Relation, nil)
	l.add("sex", "性别", of("sex"), x.Sex, nil)
	l.add("phone", "电话", of("phone"), x.Phone, nil)
	l.add("in_reason", "增加原因", of("in_reason"), x.InReason, nil)
	l.add("out_reason", "减少原因", of("out_reason"), x.OutReason, nil)
	return append(l.out, member(p, x, toAll(sightWhole), today).Facts...)
}

var rowStates = map[string]string{models.RowCurrent: "现行", models.RowReview: "待核对", models.RowReplaced: "已被替代", models.RowOlder: "较早", models.RowWithdrawn: "已撤回"}

// deptFacts are what departments have told about a person.
func (s *server) deptFacts(ctx context.Context, person string) ([]gen.Fact, error) {
	var rows []models.DeptRow
	if err := s.db(ctx).Where("person_id = ?", person).Order("created_at, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	l := recordFacts{see: toAll(sightWhole), out: []gen.Fact{}}
	for i := range rows {
		values, err := rows[i].Values(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		k, ok := deptlist.ByCode(rows[i].Kind)
		if !ok {
			return nil, fmt.Errorf("no kind of list %s", rows[i].Kind)
		}
		for _, f := range k.All() {
			title := fmt.Sprintf("%s（%s，%s）：%s", k.Title, rows[i].AsOf, rowStates[rows[i].State], f.Title)
			l.add(fmt.Sprintf("%s.%d", f.Code, i+1), title, f.Class, values[f.Code], nil)
		}
	}
	return l.out, nil
}

// notForThem leaves out what would tell who has complained.
const notForThem = "procedure <> 'objection'"

// personRecords lists where the person or the household stands, and returns the ids under which these are seen.
func (s *server) personRecords(ctx context.Context, p *models.Person, h *models.Household, out *gen.PersonReport) (_ []string, err error) {
	ids := []string{p.ID, h.ID}
	add := func(id, kind, title, no, state string, at time.Time) {
		ids = append(ids, id)
		out.Records = append(out.Records, gen.PersonRecord{Kind: kind, Title: title, No: no, State: state, At: at})
	}
	db := s.db(ctx)
	homes, err := s.homesOf(ctx, p, h)
	if err != nil {
		return nil, err
	}
	told, err := s.toldOf(ctx, p, homes)
	if err != nil {
		return nil, err
	}
	for i := range homes {
		if err := s.recordsIn(ctx, &homes[i], told, add); err != nil {
			return nil, err
		}
	}
	err = s.namedIn(ctx, p, h, told, func(x *models.IssuedPaper) { add(x.ID, "文书", x.Title, x.Number, "", x.IssuedAt) })
	if err != nil {
		return nil, err
	}
	out.Values = told.out
	var doubts []models.DeptMatch
	if err := db.Where("person_id = ? OR candidates LIKE ?", p.ID, `%"`+p.ID+`"%`).Order("created_at, id").Find(&doubts).Error; err != nil {
		return nil, err
	}
	for _, m := range doubts {
		add(m.ID, "部门名单", "名单中的人员是否为本人，待核对或已核对", "", m.Decision, m.CreatedAt)
	}
	var hits []models.QualityHit
	if err := db.Where("household_id = ? AND person_id = '' OR person_id = ?", h.ID, p.ID).Order("found_at, id").Find(&hits).Error; err != nil {
		return nil, err
	}
	for i := range hits {
		secret, err := hits[i].Secret(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		add(hits[i].ID, "数据检查", secret.Message, hits[i].Rule, "", hits[i].FoundAt)
	}
	if out.Records == nil {
		out.Records = []gen.PersonRecord{}
	}
	return ids, nil
}

// recordsIn lists what there is of a household from his time in it, and tells what that says.
func (s *server) recordsIn(ctx context.Context, x *home, told *telling, add func(id, kind, title, no, state string, at time.Time)) error {
	db := s.db(ctx)
	var cases []models.Case
	q := db.Where("household_id = ? AND "+notForThem, x.id)
	if !x.to.IsZero() {
		q = q.Where("opened_at <= ?", x.to)
	}
	if !x.from.IsZero() {
		q = q.Where("closed_at IS NULL OR closed_at >= ?", x.from)
	}
	if err := q.Order("opened_at, id").Find(&cases).Error; err != nil {
		return err
	}
	caseIDs, recordIDs := []string{""}, []string{""}
	for i := range cases {
		c := &cases[i]
		caseIDs = append(caseIDs, c.ID)
		state := stateTitle(definitionOf(c), c.State)
		if x.former {
			state = "" // how it has gone on since is not about him
		}
		add(c.ID, "事项", x.source(procedureTitle(c.Procedure)), c.No, state, c.OpenedAt)
		if err := s.valuesOfCase(ctx, c, x, told); err != nil {
			return err
		}
	}
	var records []models.FormRecord
	if err := x.within(db, "created_at").Where("subject_id = ?", x.id).Order("created_at, id").Find(&records).Error; err != nil {
		return err
	}
	for i := range records {
		r := &records[i]
		recordIDs = append(recordIDs, r.ID)
		add(r.ID, "表册", x.source(formTitle(r)), "", r.Period, r.CreatedAt)
		if err := s.valuesOfRecord(ctx, r, x, told); err != nil {
			return err
		}
	}
	var files []models.Attachment
	if err := x.within(db, "created_at").Where("(case_id IN ? AND case_id <> '') OR (record_id IN ? AND record_id <> '')", caseIDs, recordIDs).Order("created_at, id").Find(&files).Error; err != nil {
		return err
	}
	for _, a := range files {
		add(a.ID, "附件", x.source(fileTitle(&a, cases)), "", "", a.CreatedAt)
	}
	var issued []models.IssuedPaper
	if err := x.within(db.Omit("frozen"), "issued_at").Where("case_id IN ? AND case_id <> ''", caseIDs).Order("issued_at, id").Find(&issued).Error; err != nil {
		return err
	}
	for _, paper := range issued {
		add(paper.ID, "文书", x.source(paper.Title), paper.Number, "", paper.IssuedAt)
	}
	return nil
}

func formTitle(r *models.FormRecord) string {
	if f, ok := forms.Standard.Find(forms.Key(r.Form, r.Version)); ok {
		return f.Title
	}
	return r.Form
}

// fileTitle is what a file is, by the field that asks for it: its name may tell of others.
func fileTitle(a *models.Attachment, cases []models.Case) string {
	if i := slices.IndexFunc(cases, func(c models.Case) bool { return c.ID == a.CaseID }); i >= 0 {
		for _, f := range allFields(definitionOf(&cases[i])) {
			if f.Code == a.Kind {
				return f.Title
			}
		}
	}
	if title, ok := recordFileKind(a.Kind); ok {
		return title
	}
	return a.Kind
}

// mostSeen bounds the list of who has seen; the number of all is told beside it.
const mostSeen = 500

// ListHouseholdSeen tells the county office and the auditor who has seen what of a household and its members.
func (s *server) ListHouseholdSeen(ctx context.Context, r gen.ListHouseholdSeenRequestObject) (gen.ListHouseholdSeenResponseObject, error) {
	v := viewerOf(ctx)
	h, err := s.findHousehold(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if _, may := officeOf(v, h.RegionCode, procedure.CountyOffice, procedure.Auditor); !may {
		return nil, forbidden("log_not_allowed", "查阅情况由县级办公室和审计人员查看")
	}
	seen := seenOf{homes: []string{h.ID}, ids: []string{h.ID}, region: h.RegionCode}
	var people []string
	if err := s.db(ctx).Model(&models.Person{}).Where("household_id = ?", h.ID).Pluck("id", &people).Error; err != nil {
		return nil, err
	}
	seen.ids = append(seen.ids, people...)
	for _, about := range []struct {
		row  any
		rows *gorm.DB
	}{
		{&models.Case{}, s.db(ctx).Where("household_id = ?", h.ID)}, {&models.FormRecord{}, s.db(ctx).Where("subject_id = ?", h.ID)},
	} {
		var ids []string
		if err := about.rows.Model(about.row).Pluck("id", &ids).Error; err != nil {
			return nil, err
		}
		seen.ids = append(seen.ids, ids...)
	}
	var out gen.PersonReport
	if err := s.personSeen(ctx, seen, &out); err != nil {
		return nil, err
	}
	return gen.ListHouseholdSeen200JSONResponse(gen.PersonSeenList{Items: out.Seen, Total: out.SeenTotal}), nil
}

// seenOf says whose records were seen.
type seenOf struct {
	// ids are those of persons, households and all that is held about them; homes of the households alone.
	ids, homes []string
	// person is one for whom the report is made, "" for a whole household: he is not told who has complained.
	person string
	region string
}

// in keeps the entries about somebody: of his records and his household's, of what a check has found, of a list in which he is
// sought, of workbooks with the forms of his area, and of the map of his village.
func (x seenOf) in(tx *gorm.DB) *gorm.DB {
	db := tx.Session(&gorm.Session{NewDB: true})
	about := db.Where("household_id IN ?", x.homes).Or("tbl IN ? AND record_id IN ?", slices.Collect(maps.Keys(accessTables)), x.ids).
		Or("tbl = 'quality_hits' AND record_id IN (SELECT run_id FROM quality_hits WHERE household_id IN ?)", x.homes).
		Or("tbl = 'form_records' AND action = 'export' AND record_id IN ?", areasAbove(x.region)).
		Or("tbl = 'households' AND field = ? AND record_id = ?", placeField, x.region)
	if x.person == "" {
		return tx.Where(about)
	}
	about = about.Or("tbl = 'dept_matches' AND record_id IN (SELECT id FROM dept_matches WHERE person_id = ? OR candidates LIKE ?)", x.person, `%"`+x.person+`"%`)
	return tx.Where(about).Where("case_id NOT IN (SELECT id FROM cases WHERE household_id IN ? AND NOT ("+notForThem+"))", x.homes)
}

// areasAbove are the codes of an area and of those above it.
func areasAbove(region string) []string {
	out := []string{}
	for n := 2; n <= len(region); n++ {
		out = append(out, region[:n])
	}
	return out
}

// personSeen lists who has seen what.
func (s *server) personSeen(ctx context.Context, about seenOf, out *gen.PersonReport) error {
	q := func() *gorm.DB { return about.in(s.db(ctx).Model(&models.AccessLog{})) }
	var n int64
	if err := q().Count(&n).Error; err != nil {
		return err
	}
	var rows []models.AccessLog
	if err := q().Order("at DESC, id DESC").Limit(mostSeen).Find(&rows).Error; err != nil {
		return err
	}
	var want codes
	for _, r := range rows {
		want.users = append(want.users, r.UserID)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return err
	}
	out.Seen, out.SeenTotal = []gen.PersonSeen{}, int(n)
	for _, r := range rows {
		out.Seen = append(out.Seen, gen.PersonSeen{At: r.At, By: l.users[r.UserID].Name, Role: roleTitle(procedure.Role(r.Role)), Action: titleOf(accessActions, r.Action), What: s.accessWhat(&r, l), Purpose: scrub(r.Purpose)})
	}
	return nil
}

// personLists are the exported lists that tell of persons or their households.
var personLists = []string{"persons", "members", "households", "household_cases", "cases", "tasks", "form_records", "run_hits", "problems"}

// personExports lists the exports that may hold the person: those of his area and all above it.
func (s *server) personExports(ctx context.Context, h *models.Household) ([]gen.PersonSeen, error) {
	var rows []models.Export
	err := s.db(ctx).Where("region_code IN ? AND list IN ? AND state IN ?", areasAbove(h.RegionCode), personLists, []string{models.ExportReady, models.ExportExpired}).
		Order("created_at DESC, id DESC").Limit(200).Find(&rows).Error
	if err != nil {
		return nil, err
	}
	var want codes
	for _, r := range rows {
		want.users = append(want.users, r.UserID)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := []gen.PersonSeen{}
	for _, r := range rows {
		out = append(out, gen.PersonSeen{At: r.CreatedAt, By: l.users[r.UserID].Name, Role: roleTitle(r.Role), Action: "导出", What: exportLists[r.List].title + " " + r.No, Purpose: r.Reason})
	}
	return out, nil
}

var retentions = map[string]string{"permanent": "永久", "30_years": "30年", "10_years": "10年"}

// keptWhy tells how long things are kept, and what is not told.
func (s *server) keptWhy(ctx context.Context, h *models.Household) ([]string, error) {
	p, err := s.engine.PolicyNow(ctx, h.RegionCode)
	if err != nil {
		return nil, err
	}
	return []string{
		"处理目的：防止返贫动态监测和帮扶（《个人信息保护法》第十三条：履行法定职责）",
		"案卷保管期限：" + retentions[p.Text("case_retention")],
		fmt.Sprintf("查阅日志保存：%d个月", p.Int("log_retention_months")),
		"身份证号、电话、住址、健康、银行账户等信息加密保存；本报告不含反映人身份和异议内容",
	}, nil
}

// personPaper is the report as the data of a paper.
func personPaper(x *gen.PersonReport) papers.Subject {
	facts := func(title string, list []gen.Fact) papers.SubjectPart {
		out := papers.SubjectPart{Title: title}
		for _, f := range list {
			out.Rows = append(out.Rows, [2]string{f.Title, f.Text})
		}
		return out
	}
	seen := func(list []gen.PersonSeen) (out [][]string) {
		for _, r := range list {
			out = append(out, []string{moment(r.At), r.By, r.Role, r.Action, r.What, r.Purpose})
		}
		return out
	}
	values := papers.SubjectPart{Title: "办理记录和表册中的内容"}
	for _, r := range x.Values {
		values.Rows = append(values.Rows, [2]string{r.Source + "：" + r.Title + "（" + string(r.Class) + "，" + moment(r.At) + "）", r.Text})
	}
	out := papers.Subject{Name: x.Name, HouseholdNo: x.HouseholdNo, Place: x.RegionName, By: x.MadeBy, At: moment(x.MadeAt), Total: x.SeenTotal, Kept: x.Kept,
		Parts: []papers.SubjectPart{facts("本人信息", x.Facts), facts("所在户的信息", x.HouseholdFacts), facts("部门提供的信息", x.DeptFacts), values},
		Seen:  seen(x.Seen), Exports: seen(x.Exports)}
	for _, r := range x.Records {
		out.Records = append(out.Records, []string{r.Kind, r.Title, r.No, r.State, moment(r.At)})
	}
	return out
}
