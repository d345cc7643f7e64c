package api

import (
	"context"
	"slices"
	"time"

	"shouwang/api/gen"
	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// ListMembers lists the members of a household, masked.
func (s *server) ListMembers(ctx context.Context, r gen.ListMembersRequestObject) (gen.ListMembersResponseObject, error) {
	v := viewerOf(ctx)
	h, err := s.findHousehold(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	var people []models.Person
	if err := s.db(ctx).Where("household_id = ? AND left_at IS NULL", h.ID).Order("ord, id").Find(&people).Error; err != nil {
		return nil, err
	}
	see, over, err := s.householdEyes(ctx, v, h)
	if err != nil {
		return nil, err
	}
	if err := s.logAccess(ctx, v, over, models.AccessLog{Action: "read", Table: "people", RecordID: h.ID, HouseholdID: h.ID, Class: "P2"}); err != nil {
		return nil, err
	}
	out := gen.MemberList{Items: []gen.Member{}}
	today := policy.DateOf(s.engine.Clock.Now())
	for i := range people {
		secret, err := people[i].Secret(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		m := member(&people[i], secret, see, today)
		m.CanUnmask = ofMember(&people[i], secret, see, today)
		out.Items = append(out.Items, m)
	}
	return gen.ListMembers200JSONResponse(out), nil
}

func member(p *models.Person, x models.PersonSecret, see eyes, today policy.Date) gen.Member {
	out := gen.Member{ID: p.ID, Name: p.Name}
	of, child := register.ClassOf, childOn(&x, today)
	least := masked // what has no shorter form is shown with what is masked, but for a child's
	if child {
		of, least = register.ClassOfChild, full
	}
	shown := func(code string) look { return see.of(code, of(code), child) }
	if shown("name") < full {
		out.Name = policy.MaskName(p.Name)
	}
	if shown("relation") >= least {
		out.Relation = x.Relation
	}
	if shown("sex") >= least {
		out.Sex = x.Sex
	}
	out.Age, _ = ageShown(&x, see, today)
	if shown("id_no") != hidden {
		out.IDNoMasked = policy.MaskID(x.IDNo)
	}
	if shown("phone") != hidden {
		out.PhoneMasked = policy.MaskPhone(x.Phone)
	}
	l := recordFacts{see: see, child: child, out: []gen.Fact{}}
	l.add("birth_date", "出生日期", of("birth_date"), x.BirthDate, nil)
	l.add("ethnicity", "民族", of("ethnicity"), x.Ethnicity, nil)
	l.add("education", "文化程度", of("education"), x.Education, nil)
	l.add("school", "在校情况", of("school"), x.School, nil)
	l.add("labour", "劳动能力", of("labour"), x.Labour, nil)
	l.add("health", "健康状况", of("health"), x.Health, nil)
	l.add("disability", "残疾情况", of("disability"), x.Disability, nil)
	l.add("medical", "医疗保险", of("medical"), x.Medical, nil)
	for _, c := range register.Columns {
		if c.Part == register.Person {
			l.column(c, register.Record{Person: &x}, 0, "", of(c.Code))
		}
	}
	for i := range x.Work {
		for _, c := range register.Columns {
			if c.Part == register.Work {
				l.column(c, register.Record{Work: &x.Work[i]}, i+1, "（第%d段）", of(c.Code))
			}
		}
	}
	for _, k := range sortedKeys(x.Other) {
		l.add("other."+k, k, of("other"), scrub(x.Other[k]), nil)
	}
	out.Facts = l.out
	return out
}

// ageShown is the age in full years, known only to who sees, masked at least, when somebody was born.
func ageShown(x *models.PersonSecret, see eyes, today policy.Date) (age int, shown bool) {
	born, err := policy.ParseDate(x.Born())
	if err != nil {
		return 0, false
	}
	of, age := register.ClassOf, ageOn(born, today)
	child := age < models.ChildAge
	if child {
		of = register.ClassOfChild
	}
	for _, code := range []string{"birth_date", "sex"} {
		if see.of(code, of(code), child) != hidden {
			return age, true
		}
	}
	return 0, false
}

// childOn reports whether a member is a child on a day.
func childOn(x *models.PersonSecret, today policy.Date) bool {
	born, err := policy.ParseDate(x.Born())
	return err == nil && ageOn(born, today) < models.ChildAge
}

func ageOn(born, today policy.Date) int {
	age := today.Year - born.Year
	if today.Month < born.Month || today.Month == born.Month && today.Day < born.Day {
		age--
	}
	return max(age, 0)
}

// slowly bounds how fast an account is shown what is masked: a person reads one record after another.
func (s *server) slowly(v *viewer) error {
	if ok, _ := s.reveals.Allow(v.user.ID); !ok {
		return tooMany("too_many", "查看完整信息过于频繁，请稍后再试", 60)
	}
	return nil
}

// Unmask shows one value whole, once, with a purpose, and keeps who saw it.
func (s *server) Unmask(ctx context.Context, r gen.UnmaskRequestObject) (gen.UnmaskResponseObject, error) {
	v := viewerOf(ctx)
	if err := s.slowly(v); err != nil {
		return nil, err
	}
	h, err := s.findHousehold(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	see, over, err := s.householdEyes(ctx, v, h)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(v.grants, mayUnmask(over)) {
		return nil, forbidden("unmask_not_allowed", "您的岗位不能查看完整信息")
	}
	f, err := s.unmasked(ctx, h, *r.Body, see)
	if err != nil {
		return nil, err
	}
	entry := models.AccessLog{Action: "unmask", Table: "households", RecordID: h.ID, HouseholdID: h.ID, Field: r.Body.Field, Class: string(f.Class), Purpose: r.Body.Purpose}
	if r.Body.MemberID != "" {
		entry.Table, entry.RecordID = "people", r.Body.MemberID
	}
	if err := s.logAccess(ctx, v, firstOf(v, mayUnmask(over)), entry); err != nil {
		return nil, err
	}
	return gen.Unmask200JSONResponse(gen.UnmaskReply{Field: r.Body.Field, MemberID: r.Body.MemberID, Value: f.Text, LoggedAt: s.now().UTC().Truncate(time.Microsecond)}), nil
}

// unmaskable are the codes of facts that are shown masked: what is hidden stays so, what is shown needs no unmasking.
func unmaskable(facts []gen.Fact, see eyes, child bool) []string {
	out := []string{}
	for _, f := range facts {
		if f.Hidden && see.shows(f.Code, procedure.Class(f.Class), child) {
			out = append(out, f.Code)
		}
	}
	return out
}

// ofMember are the codes of what is shown of a member masked.
func ofMember(p *models.Person, x models.PersonSecret, see eyes, today policy.Date) []string {
	child := childOn(&x, today)
	shown := member(p, x, see, today)
	out := unmaskable(shown.Facts, see, child)
	said := map[string]string{"name": shown.Name, "relation": shown.Relation, "sex": shown.Sex, "id_no": "", "phone": ""}
	for _, f := range personFacts(p, x, today) {
		if text, ok := said[f.Code]; ok && text != f.Text && see.shows(f.Code, procedure.Class(f.Class), child) {
			out = append(out, f.Code)
		}
	}
	return out
}

// unmasked is one fact of a household or a member, whole, of those that the viewer is shown masked.
func (s *server) unmasked(ctx context.Context, h *models.Household, in gen.UnmaskRequest, see eyes) (gen.Fact, error) {
	if in.MemberID == "" {
		secret, err := h.Secret(s.engine.Store.Vault)
		if err != nil {
			return gen.Fact{}, err
		}
		if in.Field == "id_no" {
			return gen.Fact{}, invalidField("member_id", "required", "请指明家庭成员")
		}
		return wholeFact(in.Field, unmaskable(householdFacts(h, secret, see), see, false), householdFacts(h, secret, toAll(sightWhole)))
	}
	var p models.Person
	err := s.db(ctx).Where("id = ? AND household_id = ?", in.MemberID, h.ID).Take(&p).Error
	if models.Missing(err) {
		return gen.Fact{}, notFound()
	}
	if err != nil {
		return gen.Fact{}, err
	}
	secret, err := p.Secret(s.engine.Store.Vault)
	if err != nil {
		return gen.Fact{}, err
	}
	return wholeFact(in.Field, ofMember(&p, secret, see, s.today()), personFacts(&p, secret, s.today()))
}

func wholeFact(field string, may []string, facts []gen.Fact) (gen.Fact, error) {
	if !slices.Contains(may, field) {
		return gen.Fact{}, invalidField("field", "unknown_option", "没有这一项，或者您的岗位不能查看")
	}
	i := slices.IndexFunc(facts, func(f gen.Fact) bool { return f.Code == field })
	if i < 0 { // nothing is recorded
		return gen.Fact{Class: gen.DataClass(register.ClassOf(field))}, nil
	}
	return facts[i], nil
}

func invalidField(field, code, message string) error {
	return procedure.Refuse(procedure.Invalid, code, message, procedure.FieldFault{Field: field, Code: code, Message: message})
}
