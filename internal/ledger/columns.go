package ledger

import (
	"maps"
	"slices"
	"strconv"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
)

// money tells whether a field is an amount, which a heading may give in 万元.
func money(f Field) bool {
	c, ok := register.Find(string(f))
	return f == Income || ok && c.Kind == register.Money
}

// set reads one cell into a column. What cannot be read is noted and kept as it stands beside the columns that nobody
// knows: offices write all kinds of words there, and a household is not refused for them.
func (c *checker) set(row *Row, col register.Column, r register.Record, s string, other *map[string]string) {
	f, written := Field(col.Code), s
	switch col.Kind {
	case register.Money:
		wan := slices.ContainsFunc(c.sheet.Columns, func(x Column) bool { return x.Field == f && x.wan })
		if fen, ok := parseMoney(s, wan); ok {
			s = policy.Yuan(fen)
		}
	case register.Day:
		if d, ok := parseDate(s, c.sheet.from1904); ok {
			s = d.String()
		}
	}
	if err := col.Set(r, s); err != nil {
		c.note(row, f, "LED-304", "%s；已按原文保留", err)
		if *other == nil {
			*other = map[string]string{}
		}
		(*other)[col.Title] = written
	}
}

// columns reads the columns of the household: those of its home and those of a year's income.
func (c *checker) columns(b *bundle) {
	c.rec.Year = c.year(b)
	var y models.IncomeYear
	other := &c.rec.Secret.Other
	if !c.rec.PerPerson {
		other = &c.rec.Members[0].Secret.Other // the row is the household's
	}
	for _, col := range register.Columns {
		if col.OfMember() {
			continue
		}
		if s := c.leading(b, Field(col.Code)); s != "" {
			c.set(b.rows[0], col, register.Record{Household: &c.rec.Secret, Income: &y}, s, other)
		}
	}
	if y != (models.IncomeYear{}) {
		c.rec.Money = &y
	}
}

// leading is the first value stated of a further column; another one in a later row is noted.
func (c *checker) leading(b *bundle, f Field) string {
	value := c.first(b, f)
	for _, r := range b.rows {
		if v := r.Values[f]; v != "" && tight(v) != tight(value) {
			c.note(r, f, "LED-305", "同一户的%s前后不一致：“%s”与“%s”，已取前者", f.Title(), value, v)
			break
		}
	}
	return value
}

// year is the one that the ledger states, 0 where it states none.
func (c *checker) year(b *bundle) int {
	s := tight(c.same(b, Year))
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		n, err = strconv.Atoi(policy.Fold(s[:min(4, len(s))]))
	}
	if err != nil || n < 2000 || n > c.today.Year {
		c.add(b.rows[0], Year, "LED-147", "年度“%s”应为 2000 至 %d 之间的年份", s, c.today.Year)
		return 0
	}
	return n
}

// memberColumns reads the columns of one person; the ledger has one stretch of work for each.
func (c *checker) memberColumns(row *Row, m *member) {
	var w models.WorkRecord
	for _, col := range register.Columns {
		s := row.Values[Field(col.Code)]
		if col.OfMember() && s != "" && !(none[s] && col.Kind == register.Text) {
			c.set(row, col, register.Record{Person: &m.Secret, Work: &w}, s, &m.Secret.Other)
		}
	}
	if w != (models.WorkRecord{}) {
		m.Secret.Work = []models.WorkRecord{w}
	}
}

// when is the year of the ledger's income and schooling: the one stated, or else the present one.
func (c *checker) when() int {
	if c.rec.Year != 0 {
		return c.rec.Year
	}
	return c.today.Year
}

// date puts income and schooling of a new household under their year.
func (c *checker) date() {
	c.addIncome(&c.rec.Secret, &diff{})
	for i := range c.rec.Members {
		c.rec.Members[i].Secret = c.dated(c.rec.Members[i].Secret)
	}
}

// columnsOf are those of a part of the record.
func columnsOf(p register.Part) []register.Column {
	return slices.DeleteFunc(slices.Clone(register.Columns), func(c register.Column) bool { return c.Part != p })
}

// lay writes the stated columns over different ones; when names the year or the like.
func (d *diff) lay(p register.Part, old, new register.Record, when string) {
	for _, col := range columnsOf(p) {
		was, is := col.Get(old), col.Get(new)
		if is == "" || is == was {
			continue
		}
		if col.Set(old, is) == nil {
			mask := func(s string) string { return s }
			if longNumber.MatchString(is) {
				mask = policy.MaskID
			}
			d.add(col.Title+when, mask(was), mask(is))
		}
	}
}

func (c *checker) homeColumns(s *models.HouseholdSecret, d *diff) {
	d.lay(register.Household, register.Record{Household: s}, register.Record{Household: &c.rec.Secret}, "")
	c.addIncome(s, d)
}

// addIncome lays what is stated of a year over that year's record; other years stay. Where the ledger names no year,
// figures that are those of the last year recorded already are no news of this one.
func (c *checker) addIncome(s *models.HouseholdSecret, d *diff) {
	stated := models.IncomeYear{}
	if c.rec.Money != nil {
		stated = *c.rec.Money
	}
	if in := c.rec.Secret.Income; in != 0 {
		stated.Total = &in
	}
	if stated == (models.IncomeYear{}) || c.rec.Year == 0 && len(s.Years) > 0 && repeats(s.Years[len(s.Years)-1], stated) {
		return
	}
	y := s.IncomeOf(c.when())
	if in := stated.Total; in != nil && (y.Total == nil || *y.Total != *in) {
		if c.rec.Year != 0 {
			d.add("年收入（"+strconv.Itoa(y.Year)+"年）", yuan(y.Total), policy.Yuan(*in))
		}
		y.Total = in
	}
	d.lay(register.Income, register.Record{Income: y}, register.Record{Income: &stated}, "（"+strconv.Itoa(y.Year)+"年）")
}

func yuan(fen *int64) string {
	if fen == nil {
		return ""
	}
	return policy.Yuan(*fen)
}

// repeats tells whether all that is stated is in a year's record.
func repeats(y, stated models.IncomeYear) bool {
	for _, col := range columnsOf(register.Income) {
		if s := col.Get(register.Record{Income: &stated}); s != "" && s != col.Get(register.Record{Income: &y}) {
			return false
		}
	}
	return stated.Total == nil || y.Total != nil && *stated.Total == *y.Total
}

// school keeps the school of each year, and the last year's as the present one. Where the ledger names no year, only a
// change is news.
func (c *checker) school(s *models.PersonSecret, school string, d *diff) {
	if school == "" || c.rec.Year == 0 && len(s.Schools) > 0 && s.School == school {
		return
	}
	year, last := c.when(), 0
	for y := range s.Schools {
		last = max(last, y)
	}
	if c.rec.Year != 0 && s.Schools[year] != school && (s.School == school || year < last) {
		d.add("在校情况（"+strconv.Itoa(year)+"年）", s.Schools[year], school)
	}
	if year >= last {
		d.text("在校情况", &s.School, school, nil)
	}
	s.Schools = maps.Clone(s.Schools)
	if s.Schools == nil {
		s.Schools = map[int]string{}
	}
	s.Schools[year] = school
}

// dated puts the school of somebody new under its year.
func (c *checker) dated(s models.PersonSecret) models.PersonSecret {
	if s.School != "" {
		s.Schools = map[int]string{c.when(): s.School}
	}
	return s
}

// newest tells whether the ledger is of no earlier year than what is recorded.
func (c *checker) newest(s *models.HouseholdSecret) bool {
	return len(s.Years) == 0 || c.when() >= s.Years[len(s.Years)-1].Year
}

func (c *checker) personColumns(s *models.PersonSecret, n models.PersonSecret, d *diff) {
	d.lay(register.Person, register.Record{Person: s}, register.Record{Person: &n}, "")
	for i := range n.Work {
		d.work(s, &n.Work[i])
	}
}

// work lays a stretch of work over the one that began on the same day, or over the last one where the ledger names no
// day; another day begins a new stretch.
func (d *diff) work(s *models.PersonSecret, w *models.WorkRecord) {
	i := slices.IndexFunc(s.Work, func(o models.WorkRecord) bool { return o.Started == w.Started })
	if i < 0 && w.Started == "" {
		i = len(s.Work) - 1
	}
	s.Work = slices.Clone(s.Work)
	if i < 0 {
		s.Work = append(s.Work, models.WorkRecord{})
		i = len(s.Work) - 1
	}
	d.lay(register.Work, register.Record{Work: &s.Work[i]}, register.Record{Work: w}, "")
}
