package activities

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"shouwang/internal/register"
	"shouwang/internal/spell"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// value is one correctable value of a record: how to read it, how to write it and
// whether a new one can be used.
type value struct {
	member bool // of a member, not of the household
	get    func(r *record, i int) string
	set    func(r *record, i int, v string)
	check  func(k *act, r *record, i int, v string) (string, error)
}

// values are those of procedure.correctable that the register keeps: the first ones, and its further columns.
var values = func() map[string]value {
	out := maps.Clone(firstValues)
	for _, c := range register.Columns {
		out[c.Code] = columnValue(c)
	}
	return out
}()

// columnValue is a column of the register; those of income are of the last year recorded, those of work of the last
// stretch, which is made when there is none.
func columnValue(c register.Column) value {
	return value{c.OfMember(), func(r *record, i int) string { return c.Get(r.part(i)) },
		func(r *record, i int, v string) {
			if c.Part == register.Work && len(r.secrets[i].Work) == 0 {
				r.secrets[i].Work = []models.WorkRecord{{}}
			}
			_ = c.Set(r.part(i), v) // was checked
		},
		func(_ *act, r *record, _ int, v string) (string, error) {
			if c.Part == register.Income && len(r.secret.Years) == 0 {
				return "无处可填：尚无年度收入记录，请通过台账导入", nil
			}
			if err := c.Set(register.Blank(), v); err != nil {
				return "有误：" + err.Error(), nil
			}
			return "", nil
		}}
}

// part is where the columns of the household (i < 0) or of a member are.
func (r *record) part(i int) register.Record {
	out := register.Blank()
	if i < 0 {
		out.Household = &r.secret
		if n := len(r.secret.Years); n > 0 {
			out.Income = &r.secret.Years[n-1]
		}
		return out
	}
	out.Person = &r.secrets[i]
	if n := len(out.Person.Work); n > 0 {
		out.Work = &out.Person.Work[n-1]
	}
	return out
}

// setSchool changes the school of the last year recorded as well.
func setSchool(r *record, i int, v string) {
	s := &r.secrets[i]
	s.School = v
	if len(s.Schools) > 0 {
		s.Schools[slices.Max(slices.Collect(maps.Keys(s.Schools)))] = v
	}
}

var firstValues = map[string]value{
	"name": {true, func(r *record, i int) string { return r.people[i].Name }, setName, wanted},
	"id_no": {true, func(r *record, i int) string { return r.secrets[i].IDNo },
		func(r *record, i int, v string) { r.secrets[i].IDNo = v }, checkID},
	"birth_date": {true, func(r *record, i int) string { return r.secrets[i].BirthDate },
		func(r *record, i int, v string) { r.secrets[i].BirthDate = v }, checkDay},
	"sex":        {true, func(r *record, i int) string { return r.secrets[i].Sex }, func(r *record, i int, v string) { r.secrets[i].Sex = v }, among("男", "女")},
	"relation":   {true, func(r *record, i int) string { return r.secrets[i].Relation }, func(r *record, i int, v string) { r.secrets[i].Relation = v }, wanted},
	"head":       {true, func(r *record, i int) string { return yesNo(r.people[i].IsHead) }, setHead, among("是", "否")},
	"school":     {true, func(r *record, i int) string { return r.secrets[i].School }, setSchool, anything},
	"health":     {true, func(r *record, i int) string { return r.secrets[i].Health }, func(r *record, i int, v string) { r.secrets[i].Health = v }, anything},
	"education":  {true, func(r *record, i int) string { return r.secrets[i].Education }, func(r *record, i int, v string) { r.secrets[i].Education = v }, anything},
	"disability": {true, func(r *record, i int) string { return r.secrets[i].Disability }, func(r *record, i int, v string) { r.secrets[i].Disability = v }, anything},
	"labour":     {true, func(r *record, i int) string { return r.secrets[i].Labour }, func(r *record, i int, v string) { r.secrets[i].Labour = v }, anything},
	"phone": {false, phoneOf, setPhone, func(_ *act, _ *record, _ int, v string) (string, error) {
		if _, err := policy.ParseMobile(v); v != "" && err != nil {
			return err.Error(), nil
		}
		return "", nil
	}},
	"house_grade": {false, func(r *record, _ int) string { return r.secret.House }, func(r *record, _ int, v string) { r.secret.House = v }, among("A", "B", "C", "D")},
	"population": {false, func(r *record, _ int) string { return strconv.Itoa(r.household.Population) },
		func(r *record, _ int, v string) { r.household.Population, _ = strconv.Atoi(v) }, checkPopulation},
}

func phoneOf(r *record, i int) string {
	if i < 0 {
		return r.secret.Phone
	}
	return r.secrets[i].Phone
}

func setPhone(r *record, i int, v string) {
	if i < 0 {
		r.secret.Phone = v
		return
	}
	r.secrets[i].Phone = v
}

func setName(r *record, i int, v string) {
	r.people[i].Name = v
	if r.people[i].IsHead {
		setHead(r, i, "是")
	}
}

func setHead(r *record, i int, v string) {
	r.people[i].IsHead = v == "是"
	if v == "是" {
		r.household.HeadName = r.secrets[i].HeadName(r.people[i].Name)
		r.household.HeadPinyin, r.household.HeadAbbr = spell.Pinyin(r.household.HeadName)
	}
}

func yesNo(b bool) string {
	if b {
		return "是"
	}
	return "否"
}

func anything(*act, *record, int, string) (string, error) { return "", nil }

func wanted(_ *act, _ *record, _ int, v string) (string, error) {
	if v == "" {
		return "不能为空", nil
	}
	return "", nil
}

func among(options ...string) func(*act, *record, int, string) (string, error) {
	return func(_ *act, _ *record, _ int, v string) (string, error) {
		if !slices.Contains(options, v) {
			return "应为" + strings.Join(options, "、") + "之一", nil
		}
		return "", nil
	}
}

func checkDay(_ *act, _ *record, _ int, v string) (string, error) {
	if _, err := policy.ParseDate(v); err != nil {
		return err.Error(), nil
	}
	return "", nil
}

func checkPopulation(_ *act, r *record, _ int, v string) (string, error) {
	if n, err := strconv.Atoi(v); err != nil || n < 1 || n > 30 {
		return "应为1至30的人数", nil
	}
	return "", nil
}

func checkID(k *act, r *record, i int, v string) (string, error) {
	id, err := policy.ParseID(v)
	if err != nil {
		return err.Error(), nil
	}
	if id.Kind != policy.IDResident {
		return "应为18位身份证号", nil
	}
	taken, err := k.taken(id.Number, r.people[i].ID)
	if taken {
		return "该身份证号的人员已在册", err
	}
	return "", err
}

// corrections wants for each row a value that is still what the owner saw, and a new
// one that can be used.
func corrections(k *act) []procedure.FieldFault {
	if k.asking {
		return nil
	}
	r, err := k.e.record(k.tx, k.c.HouseholdID)
	if err != nil {
		return failed(err)
	}
	var faults []procedure.FieldFault
	for n, row := range tableOf(k.form, "corrections") {
		found, err := k.correction(r, row)
		if err != nil {
			return failed(err)
		}
		if found != nil {
			found.Field = fmt.Sprintf("corrections[%d].%s", n, found.Field)
			faults = append(faults, *found)
		}
	}
	return faults
}

func (k *act) correction(r *record, row map[string]any) (*procedure.FieldFault, error) {
	v, i, ok := target(r, row)
	if text(row, "item") == "other" {
		return nil, nil
	}
	if !ok {
		return &procedure.FieldFault{Field: "person_id", Code: "not_a_member", Message: "成员数据须指明本户成员，户数据不指明成员"}, nil
	}
	if old := v.get(r, i); old != strings.TrimSpace(text(row, "old")) {
		return &procedure.FieldFault{Field: "old", Code: "old_value_differs", Message: "原值与现有记录不一致，请核对后重填"}, nil
	}
	word, err := v.check(k, r, i, strings.TrimSpace(text(row, "new")))
	if word == "" || err != nil {
		return nil, err
	}
	return &procedure.FieldFault{Field: "new", Code: "new_value_wrong", Message: "更正值" + word}, nil
}

// target is the value a row names, and whose: -1 is the household itself.
func target(r *record, row map[string]any) (v value, i int, ok bool) {
	v, ok = values[text(row, "item")]
	person := text(row, "person_id")
	i = slices.IndexFunc(r.people, func(p models.Person) bool { return p.ID == person })
	phone := text(row, "item") == "phone" && i >= 0 // both have one
	return v, i, ok && (person == "" || i >= 0) && (v.member == (i >= 0) || phone)
}

// correctRegister writes the corrections; old and new value stay in the act (2.13).
func correctRegister(k *act) error {
	if err := lockHousehold(k.tx, k.c.HouseholdID); err != nil {
		return err
	}
	r, err := k.e.record(k.tx, k.c.HouseholdID)
	if err != nil {
		return err
	}
	for _, row := range tableOf(k.form, "corrections") {
		if v, i, ok := target(r, row); ok {
			v.set(r, i, strings.TrimSpace(text(row, "new")))
		}
	}
	if err := k.nameHead(r); err != nil {
		return err
	}
	return k.e.keep(k, r)
}

// nameHead calls a household as its head may be called now: one who turns out to be a child is no longer named in rows, lists and
// on notices, those that are up included (5.6).
func (k *act) nameHead(r *record) error {
	i := slices.IndexFunc(r.people, func(p models.Person) bool { return p.IsHead })
	if i < 0 {
		return nil
	}
	name, was := r.people[i].Name, r.household.HeadName
	child := r.secrets[i].HeadName(name) != name
	if child || r.household.HeadIsChild() {
		setHead(r, i, "是")
	}
	if !child {
		return nil
	}
	shown := r.household.HeadName
	if k.c.Subject == name || k.c.Subject == was {
		k.c.Subject = shown // which is written with the case
	}
	notices, err := callHousehold(k.tx, r.household.ID, []string{name, was}, shown)
	if err != nil {
		return err
	}
	for i := range notices {
		if text(notices[i].Sheet, "head_name") == "" {
			continue // erased
		}
		notices[i].Sheet["head_name"] = shown
		if err := k.tx.Model(&notices[i]).Select("sheet").UpdateColumns(&notices[i]).Error; err != nil {
			return err
		}
	}
	return nil
}

// keep writes a record back.
func (e *Engine) keep(k *act, r *record) error {
	r.household.UpdatedAt, r.household.RowVersion = k.now, r.household.RowVersion+1
	if err := r.household.SetSecret(e.Store.Vault, r.secret); err != nil {
		return err
	}
	if err := k.tx.Save(&r.household).Error; err != nil {
		return err
	}
	for i := range r.people {
		p := &r.people[i]
		if p.IDIndex = nil; r.secrets[i].IDNo != "" {
			p.IDIndex = new(e.Store.Vault.Index(r.secrets[i].IDNo))
		}
		if err := p.SetSecret(e.Store.Vault, r.secrets[i]); err != nil {
			return err
		}
		if err := models.OnlyOnce(k.tx, e.Store.Vault, p); err != nil {
			return err
		}
		p.UpdatedAt = k.now
		if err := k.tx.Save(p).Error; err != nil {
			return err
		}
	}
	return nil
}
