package api

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
)

// People are looked for by their age and by what their record says of them. Both are sealed, and stand nowhere else: a column
// or a mark of few values that somebody could count would tell them (decision 32). So the list is walked in its own order and
// each record is opened, a bounded number of them at a time. Somebody is found by what the viewer would be shown of him in his
// household and by nothing else; what offices see masked, they find by with a purpose that is kept.

// mark is something that a record says of a person: which fields it is read from, and whether it holds.
type mark struct {
	code, title string
	fields      []string
	holds       func(m *policy.Member, today policy.Date) bool
}

func lasting(holds func(*policy.Member) bool) func(*policy.Member, policy.Date) bool {
	return func(m *policy.Member, _ policy.Date) bool { return holds(m) }
}

func isSo(b *bool) bool { return b != nil && *b }

// marks are all of them, in the order in which they are offered.
var marks = []mark{
	{code: "student", title: "在校", fields: []string{"school"}, holds: lasting((*policy.Member).InSchool)},
	{code: "two_after", title: "两后生", fields: []string{"two_after"}, holds: lasting(func(m *policy.Member) bool { return m.TwoAfter })},
	{code: "labour", title: "普通或技能劳动力", fields: []string{"labour"}, holds: lasting((*policy.Member).FullLabour)},
	{code: "weak_labour", title: "弱劳动力或半劳动力", fields: []string{"labour"}, holds: lasting((*policy.Member).WeakLabour)},
	{code: "no_labour", title: "无劳动力或丧失劳动力", fields: []string{"labour"}, holds: lasting((*policy.Member).NoLabour)},
	{code: "working", title: "正在务工", fields: []string{"work_started", "work_ended"}, holds: (*policy.Member).Working},
	{code: "public_post", title: "公益性岗位", fields: []string{"public_posts"}, holds: lasting(func(m *policy.Member) bool { return m.PublicPosts > 0 })},
	{code: "dibao", title: "享受低保", fields: []string{"dibao"}, holds: lasting(func(m *policy.Member) bool { return isSo(m.Dibao) })},
	{code: "tekun", title: "特困供养", fields: []string{"tekun"}, holds: lasting(func(m *policy.Member) bool { return isSo(m.Tekun) })},
	{code: "disabled", title: "残疾", fields: []string{"disability", "certificate", "health"}, holds: lasting((*policy.Member).Disabled)},
	{code: "severely_disabled", title: "重度残疾", fields: []string{"disability"}, holds: lasting((*policy.Member).SeverelyDisabled)},
	{code: "seriously_ill", title: "患大病", fields: []string{"health"}, holds: lasting((*policy.Member).SeriouslyIll)},
	{code: "long_ill", title: "长期慢性病", fields: []string{"health"}, holds: lasting((*policy.Member).LongIll)},
	{code: "uninsured", title: "未参加基本医保", fields: []string{"resident_insured", "employee_insured", "medical"}, holds: lasting((*policy.Member).Uninsured)},
}

// shown reports whether all that a mark is read from is shown in full.
func (m *mark) shown(see eyes, child bool) bool {
	of := register.ClassOf
	if child {
		of = register.ClassOfChild
	}
	return !slices.ContainsFunc(m.fields, func(f string) bool { return see.of(f, of(f), child) < full })
}

// findsBy tells whether v may find adults by a mark somewhere, and whether only for a purpose.
func (v *viewer) findsBy(m *mark) (may, forPurpose bool) {
	see := v.eyesUnder(func(models.RoleGrant) bool { return true })
	freely := m.shown(see, false)
	return freely || m.shown(see.purposed(), false), !freely
}

// ListPersonMarks tells which marks the viewer may find people by.
func (s *server) ListPersonMarks(ctx context.Context, _ gen.ListPersonMarksRequestObject) (gen.ListPersonMarksResponseObject, error) {
	v, out := viewerOf(ctx), []gen.PersonMarkOffer{}
	for i := range marks {
		if may, forPurpose := v.findsBy(&marks[i]); may {
			out = append(out, gen.PersonMarkOffer{Code: gen.PersonMark(marks[i].code), Title: marks[i].title, ForPurpose: forPurpose})
		}
	}
	return gen.ListPersonMarks200JSONResponse{Items: out}, nil
}

// markTitles are the titles of marks by their codes, as they stand in the access log, "" for anything else.
func markTitles(codes string) string {
	var out []string
	for code := range strings.SplitSeq(codes, ",") {
		i := slices.IndexFunc(marks, func(m mark) bool { return m.code == code })
		if i < 0 {
			return ""
		}
		out = append(out, marks[i].title)
	}
	return strings.Join(out, "、")
}

// sieve is what people are looked for by beside their names and their place.
type sieve struct {
	from, to *int // full years, both included
	marks    []*mark
	purpose  string
}

// sieveOf reads the conditions of a query; nil without any.
func (s *server) sieveOf(v *viewer, q *gen.PersonQuery) (*sieve, error) {
	if q.AgeFrom == nil && q.AgeTo == nil && len(q.Marks) == 0 {
		return nil, nil
	}
	if q.AgeFrom != nil && q.AgeTo != nil && *q.AgeFrom > *q.AgeTo {
		return nil, invalidField("age_to", "before_start", "年龄的上限不能小于下限")
	}
	out := &sieve{from: q.AgeFrom, to: q.AgeTo}
	for _, code := range q.Marks {
		m := &marks[slices.IndexFunc(marks, func(m mark) bool { return m.code == string(code) })]
		may, forPurpose := v.findsBy(m)
		switch {
		case !may:
			return nil, forbidden("class_not_allowed", fmt.Sprintf("您的岗位不能按“%s”查找人员", m.title))
		case forPurpose && q.Purpose == "":
			return nil, invalidField("purpose", "required", fmt.Sprintf("按“%s”查找须写明用途", m.title))
		}
		out.marks = append(out.marks, m)
	}
	if len(out.marks) == 0 || q.Purpose == "" {
		return out, nil
	}
	out.purpose = q.Purpose
	if v.token != "" {
		return nil, forbidden("token_scope", "接口令牌的范围不包括这一接口")
	}
	return out, s.slowly(v)
}

func (f *sieve) codes() string {
	out := make([]string, len(f.marks))
	for i, m := range f.marks {
		out[i] = m.code
	}
	return strings.Join(out, ",")
}

// holds reports whether the record of a person says so, whoever may see that.
func (f *sieve) holds(p *models.Person, x *models.PersonSecret, today policy.Date) bool {
	if f.from != nil || f.to != nil {
		born, err := policy.ParseDate(x.Born())
		if err != nil {
			return false
		}
		if age := ageOn(born, today); f.from != nil && age < *f.from || f.to != nil && age > *f.to {
			return false
		}
	}
	if len(f.marks) == 0 {
		return true
	}
	m := register.Member(p, x)
	return !slices.ContainsFunc(f.marks, func(k *mark) bool { return !k.holds(&m, today) })
}

// shown reports whether the viewer is shown all that a person was found by.
func (f *sieve) shown(x *models.PersonSecret, see eyes, today policy.Date) bool {
	if f.purpose != "" {
		see = see.purposed()
	}
	if f.from != nil || f.to != nil {
		if _, ok := ageShown(x, see, today); !ok {
			return false
		}
	}
	child := childOn(x, today)
	return !slices.ContainsFunc(f.marks, func(m *mark) bool { return !m.shown(see, child) })
}

// sieveBatch is how many records are read at a time, mostSieved how many a request looks at: about as many as live in a large
// village. Where more are left, the cursor stands behind the last of them.
const (
	sieveBatch = 500
	mostSieved = 3000
)

// sift walks a list and keeps those whom a sieve lets through; it tells as well how many it has looked at.
func (s *server) sift(ctx context.Context, v *viewer, tx *gorm.DB, order order[models.Person], after *cursor, limit int, f *sieve) (found []models.Person, next string, looked int, err error) {
	for {
		var rows []models.Person
		if rows, next, err = order.rows(tx, after, sieveBatch); err != nil {
			return nil, "", looked, err
		}
		looked += len(rows)
		through, err := s.letThrough(ctx, v, rows, f)
		if err != nil {
			return nil, "", looked, err
		}
		found = append(found, through...)
		if len(found) > limit {
			found, next = cut(found, limit, order.at)
			return found, next, looked, nil
		}
		if next == "" || looked >= mostSieved {
			return found, next, looked, nil
		}
		if after, err = parseCursor(next); err != nil {
			return nil, "", looked, err
		}
	}
}

// letThrough are those of some people whom a sieve lets through.
func (s *server) letThrough(ctx context.Context, v *viewer, rows []models.Person, f *sieve) ([]models.Person, error) {
	today, opener := s.today(), s.engine.Store.Vault.Opener()
	var out []models.Person
	var secrets []models.PersonSecret
	for i := range rows {
		var x models.PersonSecret
		if err := opener.Person(&rows[i], &x); err != nil {
			return nil, err
		}
		if f.holds(&rows[i], &x, today) {
			out, secrets = append(out, rows[i]), append(secrets, x)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	see, err := s.eyesOfPeople(ctx, v, out)
	if err != nil {
		return nil, err
	}
	kept := out[:0]
	for i := range out {
		if f.shown(&secrets[i], see(&out[i]), today) {
			kept = append(kept, out[i])
		}
	}
	return kept, nil
}

// eyesOfPeople tells how much v sees of each of some people.
func (s *server) eyesOfPeople(ctx context.Context, v *viewer, rows []models.Person) (func(*models.Person) eyes, error) {
	homes := make([]models.Household, 0, len(rows))
	for i := range rows {
		homes = append(homes, models.Household{ID: rows[i].HouseholdID, RegionCode: rows[i].RegionCode})
	}
	over, err := s.overHouseholds(ctx, v, homes...)
	if err != nil {
		return nil, err
	}
	return func(p *models.Person) eyes {
		return v.eyesUnder(over(&models.Household{ID: p.HouseholdID, RegionCode: p.RegionCode}))
	}, nil
}

// logSifted keeps that people were found by what is masked, household by household, and why; that nobody was found tells
// something too.
func (s *server) logSifted(ctx context.Context, v *viewer, rows []models.Person, f *sieve) error {
	entry := models.AccessLog{Action: "unmask", Table: "people", Field: f.codes(), Class: "P3", Purpose: f.purpose}
	if len(rows) == 0 {
		return s.logAccess(ctx, v, firstOf(v, mayUnmask(func(models.RoleGrant) bool { return true })), entry)
	}
	homes, err := s.homesOfPeople(ctx, rows)
	if err != nil {
		return err
	}
	for _, id := range sortedKeys(homes) {
		over, err := s.overHousehold(ctx, v, homes[id])
		if err != nil {
			return err
		}
		entry.HouseholdID = id
		if err := s.logAccess(ctx, v, firstOf(v, mayUnmask(over)), entry); err != nil {
			return err
		}
	}
	return nil
}
