package api

import (
	"context"
	"slices"
	"strings"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// paperKind is one kind of paper: about what, issued by whom, with which data.
type paperKind struct {
	code, title string
	// series is the word in its number, one for each series that counts by itself.
	series string
	// procedures are those of its case; nil for a paper about a programme or an area.
	procedures []string
	programme  bool
	area       bool
	// village papers are those of the village committee, whoever prints them.
	village bool
	roles   []procedure.Role
	class   procedure.Class
	// lean papers can be issued without personal data by those who must not see it (3.3).
	lean  bool
	texts []paperText
	// why says what is missing before it can be drawn, "" when nothing is.
	why  func(b *paperBase) string
	make func(ctx context.Context, s *server, b *paperBase) (drawing, error)
}

// paperText is a part that a person writes.
type paperText struct {
	code, title string
	required    bool
	day         bool // a date, "2006-01-02"
}

// registeredBetween narrow problems to those registered in a period.
var registeredBetween = []paperText{{"from", "登记日期从（可不填）", false, true}, {"until", "登记日期至（可不填）", false, true}}

var (
	committee  = []procedure.Role{procedure.VillageCadre, procedure.VillageSecretary, procedure.TownshipOffice}
	offices    = []procedure.Role{procedure.TownshipOffice, procedure.CountyOffice}
	recognised = []string{"identification", "risk_elimination"}
	decided    = append(slices.Clone(recognised), "poverty_exit", "return_to_poverty")
)

var paperKinds = []paperKind{
	{code: "village_notice", title: "村级公示", series: "公", procedures: []string{"village_notice"}, village: true, roles: committee, class: procedure.P0,
		texts: []paperText{{"phone", "异议受理电话（尚未张贴的）", false, false}}, why: needs("submit_draft", "公示稿还没有送校验"), make: villageNotice},
	{code: "announcement", title: "结果公告", series: "告", procedures: recognised, roles: offices, class: procedure.P0, why: needsAny("还没有公告", "announce", "mark"), make: announcement},
	{code: "minutes", title: "民主评议会议记录", series: "评", procedures: recognised, village: true, roles: committee, class: procedure.P2,
		why: needsAny("还没有评议记录", "review_pass", "review_doubt", "review_reject"), make: minutes},
	{code: "sign_in", title: "会议签到表", series: "签", procedures: recognised, village: true, roles: committee, class: procedure.P1,
		why: func(b *paperBase) string {
			if b.c.State != "democratic_review" && b.reviewed() == "" {
				return "还没有到民主评议"
			}
			return ""
		}, make: signIn},
	{code: "training_sign_in", title: "培训签到表", series: "训", procedures: []string{"campaign"}, roles: offices, class: procedure.P1,
		why: func(b *paperBase) string {
			if len(activities.CampaignPeople(b.c)) == 0 {
				return "还没有确定工作组人员"
			}
			return ""
		}, make: trainingSignIn},
	{code: "authorization", title: "承诺授权书", series: "授", procedures: []string{"identification"}, village: true, roles: committee, class: procedure.P2, make: authorization},
	{code: "decision", title: "审定决定", series: "审", procedures: decided, roles: []procedure.Role{procedure.CountyOffice}, class: procedure.P1,
		why: needsAny("县级还没有审定", countyDecisions...), make: decision},
	{code: "exit_announcement", title: "社区核查公告", series: "核", procedures: []string{"poverty_exit"}, village: true, roles: committee, class: procedure.P0,
		texts: []paperText{{"phone", "监督电话（没有设置办公电话的）", false, false}}, why: needs("send", "社区还没有核查公告"), make: exitAnnouncement},
	{code: "household_notice", title: "告知书", series: "知", procedures: recognised, roles: offices, class: procedure.P2,
		why: func(b *paperBase) string {
			if b.c.ClosedAt == nil && b.c.State != "approved" && b.c.State != "announced" {
				return "还没有办理结果"
			}
			return ""
		}, make: householdNotice},
	{code: "supervision", title: "督办通知", series: "督", procedures: []string{"rectification"}, roles: offices, class: procedure.P2,
		why: needsAny("这一问题还没有交办", "assign", "decide", "rebound"), make: supervisionPaper},
	{code: "self_assessment", title: "自查评估报告", series: "报", procedures: []string{"campaign"}, roles: offices, class: procedure.P1,
		texts: reportTexts, why: inStates("还没有到总结报告阶段", "reporting", "closed", "archived"), make: selfAssessment},
	{code: "spot_check", title: "抽查验收报告", series: "验", procedures: []string{"campaign"}, roles: []procedure.Role{procedure.GuidanceGroup, procedure.TownshipOffice, procedure.CountyOffice}, class: procedure.P2, lean: true,
		texts: []paperText{{"opinion", "验收意见（尚未验收的）", false, false}}, why: inStates("还没有到抽查验收阶段", "spot_check", "reporting", "closed", "archived"), make: spotCheck},
	{code: "daily", title: "工作日报", series: "日", procedures: []string{"campaign"}, roles: offices, class: procedure.P1,
		texts: []paperText{{"note", "有关情况", false, false}}, why: underWay, make: daily},
	{code: "case_file", title: "案卷", series: "卷", procedures: []string{"identification", "risk_elimination", "rectification", "risk_clue", "assistance_plan", "poverty_exit", "return_to_poverty", "objection", "member_change", "medical_reassistance", "campaign"},
		roles: offices, class: procedure.P3, why: func(b *paperBase) string {
			if b.c.ClosedAt == nil && !(b.c.Procedure == "campaign" && b.c.State == "closed") { // it is filed before it is archived (S0-057)
				return "事项还没有办结，不能立卷"
			}
			return ""
		}, make: caseFile},
	{code: "problem_list", title: "排查问题清单", series: "单", procedures: []string{"campaign"}, area: true, texts: registeredBetween, roles: []procedure.Role{procedure.VillageSecretary, procedure.TownshipOffice, procedure.CountyOffice}, class: procedure.P2, make: problemList},
	{code: "ledger", title: "问题整改台账", series: "账", procedures: []string{"campaign"}, area: true, programme: true, texts: registeredBetween, roles: offices, class: procedure.P2, make: ledgerPaper},
	{code: "resident_prompt", title: "驻村工作提示", series: "提", area: true, roles: offices, class: procedure.P1, texts: []paperText{{"demand", "本月要求", true, false}}, make: promptPaper},
	{code: "bulletin", title: "通报", series: "通", procedures: []string{"campaign"}, programme: true, roles: offices, class: procedure.P1,
		texts: []paperText{{"summary", "总体情况", true, false}, {"demand", "工作要求", false, false}, {"stars", "列入村星级化考核的意见（行动的通报）", false, false}}, why: underWay, make: bulletinPaper},
}

// underWay is about campaigns; programmes have a bulletin at any time.
func underWay(b *paperBase) string {
	if b.c == nil {
		return ""
	}
	return inStates("行动还没有进入入户阶段", "fieldwork", "review", "rectification", "spot_check", "reporting", "closed")(b)
}

var reportTexts = []paperText{{"achievements", "工作成效", true, false}, {"problems", "发现的主要问题", true, false}, {"corrected", "立行立改情况", true, false}, {"next_steps", "下步工作打算", true, false}}

// countyDecisions are the events by which a county decides, those that grant first.
var countyDecisions = []string{"county_pass", "district_pass", "explain", "county_reject", "compare_fail", "district_fail"}

func needs(event, why string) func(*paperBase) string { return needsAny(why, event) }

func needsAny(why string, events ...string) func(*paperBase) string {
	return func(b *paperBase) string {
		if slices.ContainsFunc(events, func(e string) bool { return b.c.Facts.Count[e] > 0 }) {
			return ""
		}
		return why
	}
}

func inStates(why string, states ...procedure.State) func(*paperBase) string {
	return func(b *paperBase) string {
		if slices.Contains(states, b.c.State) {
			return ""
		}
		return why
	}
}

// fits reports whether a kind is about such a subject.
func (k *paperKind) fits(b *paperBase) bool {
	switch {
	case b.c != nil:
		return slices.Contains(k.procedures, b.c.Procedure)
	case b.programme != nil:
		return k.programme
	}
	return k.area
}

// classFor is the class of what stands on a paper that is drawn for b.
func (k *paperKind) classFor(b *paperBase) procedure.Class {
	if k.lean && b.see.of(k.class) != full {
		return procedure.P1
	}
	return k.class
}

// check asks for the parts that a person must write and has not, unless the case has them already.
func (k *paperKind) check(b *paperBase) error {
	for _, f := range k.texts {
		if _, err := policy.ParseDate(b.texts[f.code]); f.day && b.texts[f.code] != "" && err != nil {
			return invalidField(f.code, "wrong_type", "“"+f.title+"”不是日期")
		}
		if f.required && strings.TrimSpace(b.texts[f.code]) == "" && !b.hasReport() {
			return invalidField(f.code, "required", "请填写“"+f.title+"”")
		}
	}
	return nil
}

// mayIssue is the office in whose name v may issue such a paper, or why he may not. b then acts for it.
func (s *server) mayIssue(ctx context.Context, b *paperBase, k *paperKind) (issuer, error) {
	grants := b.v.own()
	i := slices.IndexFunc(grants, func(g models.RoleGrant) bool {
		return slices.Contains(k.roles, g.Role) && inRegion(b.region.Code, g.RegionCode)
	})
	if i < 0 {
		var titles []string
		for _, r := range k.roles {
			titles = append(titles, roleTitle(r))
		}
		return issuer{}, forbidden("role_not_allowed", "“"+k.title+"”由"+strings.Join(titles, "、")+"出具")
	}
	if k.why != nil {
		if why := k.why(b); why != "" {
			return issuer{}, notReady(why)
		}
	}
	b.actor = b.v.actor(grants[i])
	region := grants[i].RegionCode
	if k.village {
		region = b.region.Code
	}
	return s.officeOf(ctx, region)
}

// officeOf is the office of an area as it was set there, or by the name of the area.
func (s *server) officeOf(ctx context.Context, region string) (issuer, error) {
	snapshot, err := s.policyFor(ctx, region, s.engine.Clock.Now())
	if err != nil {
		return issuer{}, err
	}
	if o, set := snapshot.PaperOfficeOf(region); set {
		return issuer{o, region}, nil
	}
	l, err := s.labels(ctx, codes{regions: []string{region}})
	if err != nil {
		return issuer{}, err
	}
	return issuer{usualOffice(l.regions[region]), region}, nil
}

// usualOffice is how the office of an area is called where nothing else was set.
func usualOffice(r models.Region) policy.PaperOffice {
	o := policy.PaperOffice{Name: r.Name + "人民政府", Mark: r.Name + "振"}
	switch {
	case r.Level == "village" && strings.HasSuffix(r.Name, "社区"):
		o.Name, o.Mark = r.Name+"居民委员会", r.Name
	case r.Level == "village":
		o.Name, o.Mark = r.Name+"村民委员会", r.Name
	case strings.HasSuffix(r.Name, "街道"):
		o.Name = r.Name + "办事处"
	case r.Level == "county":
		o.Name = r.Name + "农业农村局"
	}
	return o
}

// paperBase is what a paper is about, with what its kinds need to know.
type paperBase struct {
	v         *viewer
	in        gen.PaperRequest
	c         *models.Case
	d         *procedure.Definition
	h         *models.Household // nil when the case is about none
	programme *models.Programme
	region    models.Region
	see       sight
	covers    func(models.RoleGrant) bool
	policy    policy.Snapshot
	labels    *labels
	texts     map[string]string
	office    issuer
	actor     activities.Actor
	on        policy.Date
}

// caseID is the case that a paper is about, "" for none.
func (b *paperBase) caseID() string {
	if b.c == nil {
		return ""
	}
	return b.c.ID
}

// paperBase finds what a paper is to be about, as far as v reaches it.
func (s *server) paperBase(ctx context.Context, v *viewer, in gen.PaperRequest) (*paperBase, error) {
	b := &paperBase{v: v, in: in, texts: map[string]string{}, on: s.today()}
	for _, t := range in.Texts {
		b.texts[t.Code] = scrub(t.Text)
	}
	var err error
	switch {
	case in.CaseID != "":
		err = s.aboutCase(ctx, b)
	case in.ProgrammeID != "":
		b.programme, err = s.findProgramme(ctx, v, in.ProgrammeID)
		if err == nil {
			err = s.aboutRegion(ctx, b, b.programme.RegionCode)
		}
	case in.Region != "":
		err = s.aboutRegion(ctx, b, policy.RegionPrefix(in.Region))
	default:
		err = badRequest("no_subject", "请指明事项、整改方案或者地区")
	}
	return b, err
}

func (s *server) aboutCase(ctx context.Context, b *paperBase) (err error) {
	if b.c, err = s.findCase(ctx, b.v, b.in.CaseID); err != nil {
		return err
	}
	b.d, b.covers = definitionOf(b.c), s.inCase(b.c)
	if b.see, err = s.purposedEyes(ctx, b.v, b.c); err != nil {
		return err
	}
	if b.policy, err = s.engine.Snapshot(s.db(ctx), b.c.PolicyHash); err != nil {
		return err
	}
	if b.c.HouseholdID != "" {
		b.h = &models.Household{}
		if err := s.db(ctx).Where("id = ?", b.c.HouseholdID).Take(b.h).Error; err != nil {
			return err
		}
	}
	return s.regionOf(ctx, b, b.c.RegionCode)
}

func (s *server) aboutRegion(ctx context.Context, b *paperBase, region string) error {
	see, covers, err := s.paperSight(ctx, b.v, &models.IssuedPaper{RegionCode: region})
	if err != nil {
		return err
	}
	b.see, b.covers = see, covers
	if b.policy, err = s.policyFor(ctx, region, s.engine.Clock.Now()); err != nil {
		return err
	}
	return s.regionOf(ctx, b, region)
}

func (s *server) regionOf(ctx context.Context, b *paperBase, code string) (err error) {
	b.labels, err = s.labels(ctx, codes{regions: above(code)})
	region, known := b.labels.regions[code]
	if err == nil && !known {
		return notFound()
	}
	b.region = region
	return err
}

// subject is what the access log names.
func (b *paperBase) subject() string {
	switch {
	case b.c != nil:
		return b.c.ID
	case b.programme != nil:
		return b.programme.ID
	}
	return b.region.Code
}

func (b *paperBase) ids() (caseID, programmeID, person string) {
	if b.c != nil {
		caseID = b.c.ID
	}
	if b.programme != nil {
		programmeID = b.programme.ID
	}
	if b.h != nil {
		person = b.h.HeadName
	}
	return caseID, programmeID, person
}

// hasReport reports whether a campaign has reported: its report has the texts.
func (b *paperBase) hasReport() bool { return b.c != nil && b.c.Facts.Count["report"] > 0 }

// reviewed is the last review of a case, "" when there was none.
func (b *paperBase) reviewed() string {
	last := ""
	for _, e := range []string{"review_pass", "review_doubt", "review_reject"} {
		if at, ok := b.c.Facts.At[e]; ok && (last == "" || at.After(b.c.Facts.At[last])) {
			last = e
		}
	}
	return last
}
