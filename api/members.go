package api

import (
	"context"
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
	if err := s.logAccess(ctx, v, inHousehold(h), models.AccessLog{Action: "read", Table: "people", RecordID: h.ID, Class: "P2"}); err != nil {
		return nil, err
	}
	see, _ := s.householdEyes(v, h)
	out := gen.MemberList{Items: []gen.Member{}}
	today := policy.DateOf(s.engine.Clock.Now())
	for i := range people {
		secret, err := people[i].Secret(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, member(&people[i], secret, see, today))
	}
	return gen.ListMembers200JSONResponse(out), nil
}

// minorAge: what is known about a child below it is sensitive (PIPL art. 28).
const minorAge = 14

func member(p *models.Person, x models.PersonSecret, see sight, today policy.Date) gen.Member {
	out := gen.Member{ID: p.ID, Name: p.Name}
	if see.of(procedure.P1) == hidden {
		out.Name = policy.MaskName(p.Name)
	}
	class := procedure.P2
	if born, err := policy.ParseDate(x.BirthDate); err == nil {
		out.Age = ageOn(born, today)
		if out.Age < minorAge {
			class = procedure.P3
		}
	}
	if see.of(procedure.P2) != hidden {
		out.Relation, out.Sex = x.Relation, x.Sex
		out.IDNoMasked, out.PhoneMasked = policy.MaskID(x.IDNo), policy.MaskPhone(x.Phone)
	} else {
		out.Age = 0
	}
	l := recordFacts{see: see, out: []gen.Fact{}}
	l.add("birth_date", "出生日期", class, x.BirthDate, nil)
	l.add("ethnicity", "民族", class, x.Ethnicity, nil)
	l.add("education", "文化程度", class, x.Education, nil)
	l.add("school", "在校情况", class, x.School, nil)
	l.add("labour", "劳动能力", class, x.Labour, nil)
	l.add("health", "健康状况", procedure.P3, x.Health, nil)
	l.add("disability", "残疾情况", procedure.P3, x.Disability, nil)
	l.add("medical", "医疗保险", procedure.P3, x.Medical, nil)
	for _, c := range register.Columns {
		if c.Part == register.Person {
			l.column(c, register.Record{Person: &x}, 0, "", stricter(class, c.Class))
		}
	}
	for i := range x.Work {
		for _, c := range register.Columns {
			if c.Part == register.Work {
				l.column(c, register.Record{Work: &x.Work[i]}, i+1, "（第%d段）", stricter(class, c.Class))
			}
		}
	}
	for _, k := range sortedKeys(x.Other) {
		l.add("other."+k, k, class, scrub(x.Other[k]), nil)
	}
	out.Facts = l.out
	return out
}

// stricter is the class that fewer may see.
func stricter(a, b procedure.Class) procedure.Class {
	if a == procedure.P3 {
		return a
	}
	return b
}

func ageOn(born, today policy.Date) int {
	age := today.Year - born.Year
	if today.Month < born.Month || today.Month == born.Month && today.Day < born.Day {
		age--
	}
	return max(age, 0)
}

// Unmask shows one value whole, once, with a purpose, and keeps who saw it.
func (s *server) Unmask(ctx context.Context, r gen.UnmaskRequestObject) (gen.UnmaskResponseObject, error) {
	v := viewerOf(ctx)
	h, err := s.findHousehold(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if _, ok := s.householdEyes(v, h); !ok {
		return nil, forbidden("unmask_not_allowed", "您的岗位不能查看完整信息")
	}
	value, err := s.unmasked(ctx, h, *r.Body)
	if err != nil {
		return nil, err
	}
	entry := models.AccessLog{Action: "unmask", Table: "households", RecordID: h.ID, Field: string(r.Body.Field), Class: "P2", Purpose: r.Body.Purpose}
	if r.Body.MemberID != "" {
		entry.Table, entry.RecordID = "people", r.Body.MemberID
	}
	if err := s.logAccess(ctx, v, firstOf(v, mayUnmask(h)), entry); err != nil {
		return nil, err
	}
	return gen.Unmask200JSONResponse(gen.UnmaskReply{Field: string(r.Body.Field), MemberID: r.Body.MemberID, Value: value, LoggedAt: s.now().UTC().Truncate(time.Microsecond)}), nil
}

func (s *server) unmasked(ctx context.Context, h *models.Household, in gen.UnmaskRequest) (string, error) {
	if in.MemberID == "" {
		secret, err := h.Secret(s.engine.Store.Vault)
		if err != nil {
			return "", err
		}
		switch in.Field {
		case gen.Phone:
			return secret.Phone, nil
		case gen.Address:
			return secret.Address, nil
		}
		return "", invalidField("member_id", "required", "请指明家庭成员")
	}
	var p models.Person
	err := s.db(ctx).Where("id = ? AND household_id = ?", in.MemberID, h.ID).Take(&p).Error
	if models.Missing(err) {
		return "", notFound()
	}
	if err != nil {
		return "", err
	}
	secret, err := p.Secret(s.engine.Store.Vault)
	if err != nil {
		return "", err
	}
	switch in.Field {
	case gen.IDNo:
		return secret.IDNo, nil
	case gen.Phone:
		return secret.Phone, nil
	}
	return "", invalidField("field", "unknown_option", "成员没有这一项")
}

func invalidField(field, code, message string) error {
	return procedure.Refuse(procedure.Invalid, code, message, procedure.FieldFault{Field: field, Code: code, Message: message})
}
