package api

import (
	"context"
	"log/slog"
	"regexp"
	"strings"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// People of an area, as members of their households. What they are searched by is sent in the body of a request: no name, number
// or telephone of anybody stands in an address.

// personOrders are the ways in which people are listed: household by household, or by the spelling of their names, after those
// whose spelling is sealed.
var personOrders = orders[models.Person]{
	{"place", "people.id", []string{"people.region_code", "people.household_id"}, false, false, func(p *models.Person) cursor {
		return cursor{Keys: []string{p.RegionCode, p.HouseholdID}, ID: p.ID}
	}},
	byText("name", "people", "name_pinyin", func(p *models.Person) (string, string) { return p.NamePinyin, p.ID }),
}

// QueryPersons lists the people who live in households that the viewer reaches, masked as in their households.
func (s *server) QueryPersons(ctx context.Context, r gen.QueryPersonsRequestObject) (gen.QueryPersonsResponseObject, error) {
	v, b := viewerOf(ctx), r.Body
	order, after, err := personOrders.of(string(b.Sort), b.Cursor)
	if err != nil {
		return nil, err
	}
	sieve, err := s.sieveOf(v, b)
	if err != nil {
		return nil, err
	}
	found, err := s.look(ctx, s.peopleLike(v, b.Q), "people.id")
	if err != nil {
		return nil, err
	}
	here := levelOf("people.region_code")
	switch {
	case found.few:
		here = picked("people.region_code")
	case order.sort == "place":
		here = withinColumn("people.region_code")
	}
	tx := s.scopePeople(s.db(ctx).Model(&models.Person{}).Where(found.sql, found.args...), v, here).Where("people.left_at IS NULL AND people.region_code <> ''")
	if b.Village != "" {
		c := within("people.region_code", b.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	tx = tx.Session(&gorm.Session{})
	if sieve != nil {
		return s.siftPersons(ctx, v, b, tx, order, after, sieve)
	}
	rows, next, err := order.rows(tx, after, pageLimit(b.Limit))
	if err != nil {
		return nil, err
	}
	page, err := s.personPage(ctx, v, rows, exactly(b.Q))
	if err != nil {
		return nil, err
	}
	page.NextCursor = next
	page.Total, err = s.countRows(ctx, b.Count && !found.many, tx)
	return gen.QueryPersons200JSONResponse(page), err
}

// siftPersons is the same with conditions that only an opened record answers. How many there are in all nobody has counted.
func (s *server) siftPersons(ctx context.Context, v *viewer, b *gen.PersonQuery, tx *gorm.DB, order order[models.Person], after *cursor, f *sieve) (gen.QueryPersonsResponseObject, error) {
	rows, next, looked, err := s.sift(ctx, v, tx, order, after, pageLimit(b.Limit), f)
	if err != nil {
		return nil, err
	}
	if f.purpose != "" {
		if err := s.logSifted(ctx, v, rows, f); err != nil {
			return nil, err
		}
	}
	page, err := s.personPage(ctx, v, rows, exactly(b.Q))
	page.NextCursor, page.Looked = next, looked
	return gen.QueryPersons200JSONResponse(page), err
}

var (
	idNumber    = regexp.MustCompile(`^[0-9]{17}[0-9Xx]$`)
	phoneNumber = regexp.MustCompile(`^1[0-9]{10}$`)
)

// exactly is what sort of number somebody is looked for by, "" for a name.
func exactly(q string) string {
	switch q = tight(q); {
	case idNumber.MatchString(q):
		return "id_no"
	case phoneNumber.MatchString(q):
		return "phone"
	}
	return ""
}

// tight is a text without the spaces in it.
func tight(q string) string { return strings.Join(strings.Fields(q), "") }

// peopleLike finds people by their number or telephone, through the blind index, or by their name: its beginning, that of the
// given name, its spelling or initials. Children are found by their whole name or its whole spelling, which stand as keyed hashes.
func (s *server) peopleLike(v *viewer, q string) *like {
	if q = tight(q); q == "" {
		return nil
	}
	vault, lower := s.engine.Store.Vault, strings.ToLower(q)
	var cs []condition
	switch exactly(q) {
	case "id_no":
		cs = []condition{{"id_index IN ?", []any{vault.Indexes(q)}}}
		return &like{union("people", cs), anyOf(cs)}
	case "phone":
		cs = []condition{{"phone_mark IN ? AND left_at IS NULL", []any{vault.PhoneMarks(q)}}}
		return &like{union("people", cs), anyOf(cs)}
	}
	cs = []condition{startsWith("name", q), {"name IN ?", []any{vault.NameMarks(q)}}}
	if lower == strings.ToUpper(q) { // no letters in it
		cs = append(cs, startsWith("substr(name, 2)", q))
	} else {
		cs = append(cs, startsWith("name_pinyin", lower), startsWith("name_abbr", lower), condition{"name_pinyin IN ?", []any{vault.SpellingMarks(lower)}})
	}
	var parts []condition
	for _, c := range cs {
		parts = append(parts, inCountiesOf(v).and(c))
	}
	return &like{union("people", parts), anyOf(cs)}
}

// personPage shows people with their households. Who has looked for which sort of number is kept, and that people were listed.
func (s *server) personPage(ctx context.Context, v *viewer, rows []models.Person, number string) (gen.PersonPage, error) {
	page := gen.PersonPage{Items: []gen.PersonItem{}}
	homes, err := s.homesOfPeople(ctx, rows)
	if err != nil {
		return page, err
	}
	list, regions := make([]models.Household, 0, len(homes)), codes{}
	for _, h := range homes {
		list, regions.regions = append(list, *h), append(regions.regions, h.RegionCode)
	}
	l, err := s.labels(ctx, regions)
	if err != nil {
		return page, err
	}
	over, err := s.overHouseholds(ctx, v, list...)
	if err != nil {
		return page, err
	}
	for i := range rows {
		p, h := &rows[i], homes[rows[i].HouseholdID]
		secret, err := p.Secret(s.engine.Store.Vault)
		if err != nil {
			return page, err
		}
		see := v.eyesUnder(over(h))
		m := member(p, secret, see, s.today())
		item := gen.PersonItem{ID: p.ID, Name: m.Name, Relation: m.Relation, Sex: m.Sex, IDNoMasked: m.IDNoMasked, PhoneMasked: m.PhoneMasked, IsHead: p.IsHead,
			Household: gen.HouseholdRef{ID: h.ID, HouseholdNo: h.No, HeadName: h.HeadName}, RegionCode: h.RegionCode, RegionName: l.region(h.RegionCode), Group: h.GroupName}
		if age, ok := ageShown(&secret, see, s.today()); ok {
			item.Age = &age // also of who is not one year old
		}
		page.Items = append(page.Items, item)
	}
	return page, s.logListed(ctx, v, list, number)
}

// logListed keeps that people were listed, or looked for by a number: many of those are somebody trying numbers.
func (s *server) logListed(ctx context.Context, v *viewer, homes []models.Household, number string) error {
	entry := models.AccessLog{Action: "read", Table: "people", Class: string(procedure.P2)}
	if number != "" {
		entry.Action, entry.Field = "search", number
	}
	reaches := func(models.RoleGrant) bool { return true }
	switch {
	case len(homes) == 1:
		over, err := s.overHousehold(ctx, v, &homes[0])
		if err != nil {
			return err
		}
		entry.HouseholdID, reaches = homes[0].ID, over
	case len(homes) == 0 && number == "":
		return nil
	}
	return s.logAccess(ctx, v, reaches, entry)
}

func (s *server) homesOfPeople(ctx context.Context, rows []models.Person) (map[string]*models.Household, error) {
	ids := make([]string, len(rows))
	for i := range rows {
		ids[i] = rows[i].HouseholdID
	}
	var list []models.Household
	if err := s.db(ctx).Where("id IN ?", distinct(ids)).Find(&list).Error; err != nil {
		return nil, err
	}
	out := make(map[string]*models.Household, len(list))
	for i := range list {
		out[list[i].ID] = &list[i]
	}
	return out, nil
}

// placePeople gives the people who were entered before they were listed their place and the spelling of their name, once, while
// others work; until then they are found in their households only.
func (s *server) placePeople() {
	n, err := s.engine.Store.PlacePeople(s.background, func(models.Resealed) {})
	if err != nil && s.background.Err() == nil {
		s.log.LogAttrs(s.background, slog.LevelWarn, "placing people", slog.String("err", err.Error()))
	} else if n > 0 {
		s.log.LogAttrs(s.background, slog.LevelInfo, "people placed", slog.Int("people", n))
	}
}
