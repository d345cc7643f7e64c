package ledger

import (
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"shouwang/models"
	"shouwang/policy"
)

// compare lays the record over the target: it changes the target's copies in memory and tells every difference.
func (c *checker) compare(t *target) []Change {
	d := &diff{subject: "户"}
	h, s, r := &t.household, &t.secret, c.rec
	d.text("户编号", &h.No, r.No, nil)
	d.text("组", &h.GroupName, r.Group, nil)
	if r.Population != 0 && r.Population != h.Population {
		d.add("家庭人口", strconv.Itoa(h.Population), strconv.Itoa(r.Population))
		h.Population = r.Population
	}
	if r.BaseType != "" && r.BaseType != h.BaseType {
		d.add("户类型", BaseTypeTitle(h.BaseType), BaseTypeTitle(r.BaseType))
		h.BaseType = r.BaseType
	}
	d.text("联系电话", &s.Phone, r.Secret.Phone, policy.MaskPhone)
	d.text("住址", &s.Address, r.Secret.Address, policy.MaskAddress)
	d.text("银行卡号", &s.Bank, r.Secret.Bank, policy.MaskID)
	d.text("住房等级", &s.House, r.Secret.House, nil)
	if in := r.Secret.Income; in != 0 && in != s.Income && c.newest(s) {
		d.add("年收入", policy.Yuan(s.Income), policy.Yuan(in))
		s.Income = in
	}
	c.homeColumns(s, d)
	d.other(&s.Other, r.Secret.Other)
	c.members(t, d)
	if n := t.present(); r.Population == 0 && n > h.Population {
		d.subject = "户"
		d.add("家庭人口", strconv.Itoa(h.Population), strconv.Itoa(n))
		h.Population = n
	}
	return d.list
}

// present counts the members who have not left.
func (t *target) present() int {
	n := 0
	for _, e := range t.people {
		if e.person.LeftAt == nil {
			n++
		}
	}
	return n
}

// members compares persons: the same identity number is the same person, and failing that the same name and birth date
// within the household.
func (c *checker) members(t *target, d *diff) {
	taken := map[int]bool{}
	for _, m := range c.rec.Members {
		j := t.find(m, taken)
		d.subject = m.Name
		if j < 0 {
			d.add("家庭成员", "", "新增")
			t.people = append(t.people, existing{person: models.Person{Ord: nextOrd(t.people), Name: m.Name, IsHead: m.Head}, secret: c.dated(m.Secret)})
			t.people[len(t.people)-1].index(m)
			j = len(t.people) - 1
		} else {
			c.member(&t.people[j], m, d)
		}
		taken[j] = true
		if m.Head {
			t.setHead(j, d)
			t.household.HeadName = m.Secret.HeadName(m.Name)
		}
	}
	if !c.rec.PerPerson {
		return
	}
	var absent []string
	for j, e := range t.people {
		if !taken[j] && e.person.LeftAt == nil {
			absent = append(absent, c.called(e))
		}
	}
	if len(absent) > 0 {
		c.note(c.rec.Members[0].row, Name, "LED-301", "已登记的成员%s不在表中，未作改动；人口减少须另行办理", strings.Join(absent, "、"))
	}
}

// called is the name of a registered person; a child's is masked, as it is for whoever reads the register (3.3).
func (c *checker) called(e existing) string {
	if d, err := policy.ParseDate(e.secret.Born()); err == nil && policy.AgeOn(d, c.today) < models.ChildAge {
		return policy.MaskName(e.person.Name)
	}
	return e.person.Name
}

// find is the position of the person that a member is, or -1.
func (t *target) find(m member, taken map[int]bool) int {
	for j, e := range t.people {
		if m.index != "" && e.person.IDIndex != nil && (*e.person.IDIndex == m.index || slices.Contains(m.others, *e.person.IDIndex)) {
			return j
		}
	}
	for j, e := range t.people {
		same := e.secret.BirthDate == m.Secret.BirthDate || e.secret.BirthDate == "" || m.Secret.BirthDate == ""
		if e.person.Name == m.Name && same && e.person.LeftAt == nil && !taken[j] {
			return j
		}
	}
	return -1
}

func nextOrd(people []existing) int {
	n := 0
	for _, e := range people {
		n = max(n, e.person.Ord+1)
	}
	return n
}

func (e *existing) index(m member) {
	e.dirty = true
	if m.index != "" {
		index := m.index
		e.person.IDIndex = &index
	}
}

// member lays one member over the person.
func (c *checker) member(e *existing, m member, d *diff) {
	before := len(d.list)
	s, n := &e.secret, m.Secret
	d.text("姓名", &e.person.Name, m.Name, nil)
	d.text("身份证号", &s.IDNo, n.IDNo, policy.MaskID)
	d.text("与户主关系", &s.Relation, n.Relation, nil)
	d.text("性别", &s.Sex, n.Sex, nil)
	d.text("出生日期", &s.BirthDate, n.BirthDate, nil)
	d.text("民族", &s.Ethnicity, n.Ethnicity, nil)
	d.text("联系电话", &s.Phone, n.Phone, policy.MaskPhone)
	d.text("文化程度", &s.Education, n.Education, nil)
	c.school(s, n.School, d)
	d.text("健康状况", &s.Health, n.Health, nil)
	d.text("残疾情况", &s.Disability, n.Disability, nil)
	d.text("劳动能力", &s.Labour, n.Labour, nil)
	d.text("医保", &s.Medical, n.Medical, nil)
	c.personColumns(s, n, d)
	d.other(&s.Other, n.Other)
	if len(d.list) > before {
		e.index(m)
	}
	if e.person.LeftAt != nil {
		c.add(m.row, Name, "LED-217", "此人已登记为离开本户，恢复须另行办理")
	}
}

// setHead makes the person at j the only head.
func (t *target) setHead(j int, d *diff) {
	for i := range t.people {
		if p := &t.people[i]; p.person.IsHead != (i == j) {
			p.person.IsHead, p.dirty = i == j, true
			if i == j && p.person.ID != "" {
				d.add("户主", t.household.HeadName, p.person.Name)
			}
		}
	}
}

// diff gathers changes of one subject after the other.
type diff struct {
	subject string
	list    []Change
}

func (d *diff) add(field, old, new string) {
	d.list = append(d.list, Change{Subject: d.subject, Field: field, Old: old, New: new})
}

// text writes a stated value over a different one; mask hides what the preview must not show.
func (d *diff) text(field string, old *string, new string, mask func(string) string) {
	if new == "" || new == *old {
		return
	}
	shownOld, shownNew := *old, new
	if mask != nil {
		shownOld, shownNew = mask(*old), mask(new)
	}
	d.add(field, shownOld, shownNew)
	*old = new
}

var longNumber = regexp.MustCompile(`\d{7}`)

func (d *diff) other(old *map[string]string, new map[string]string) {
	for _, k := range slices.Sorted(maps.Keys(new)) {
		v := (*old)[k]
		var mask func(string) string
		if longNumber.MatchString(new[k]) || longNumber.MatchString(v) {
			mask = policy.MaskID
		}
		if d.text(k, &v, new[k], mask); v != (*old)[k] {
			*old = maps.Clone(*old)
			if *old == nil {
				*old = map[string]string{}
			}
			(*old)[k] = v
		}
	}
}
