package activities

import (
	"context"
	"slices"
	"strconv"

	"gorm.io/gorm"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Blank is a form that is about to be filled in: the version in force, the policy, and the
// answers that the register gives.
type Blank struct {
	Form    *forms.Form
	Policy  policy.Snapshot
	Answers map[string]any
}

// BlankForm begins a form about a household, or about a region if h is nil, by somebody.
func (e *Engine) BlankForm(ctx context.Context, code string, h *models.Household, region *models.Region, by string) (Blank, error) {
	tx := e.Store.DB.WithContext(ctx)
	at := region.Code
	if h != nil {
		at = h.RegionCode
	}
	snapshot, err := e.resolve(tx, at, e.Clock.Now())
	if err != nil {
		return Blank{}, err
	}
	f, ok := forms.Standard.InForce(code, snapshot)
	if !ok {
		return Blank{}, noSuchForm(code)
	}
	known, err := e.known(tx, snapshot, h, region, by)
	out := Blank{Form: f, Policy: snapshot, Answers: map[string]any{}}
	if err != nil {
		return out, err
	}
	for _, x := range f.Written() {
		if v, ok := known[prefillOf(x)]; ok {
			out.Answers[x.Code] = v
		}
		if ledgers[x.Prefill] != nil {
			rows, err := e.ledgerRows(tx, x, region)
			if err != nil {
				return out, err
			}
			if len(rows) > 0 {
				out.Answers[x.Code] = rows
			}
		}
	}
	return out, nil
}

// prefillOf is what a field is prefilled with: what it says, or the head count, which all forms compare.
func prefillOf(f procedure.Field) string {
	if f.Code == "population" && f.Prefill == "" {
		return "household.population"
	}
	if f.Prefill == "" && slices.Contains(villageCells(), f.Code) {
		return "village." + f.Code
	}
	return f.Prefill
}

// known are the answers that the register, the policy and the moment give, as JSON has them.
func (e *Engine) known(tx *gorm.DB, s policy.Snapshot, h *models.Household, region *models.Region, by string) (map[string]any, error) {
	today := policy.DateOf(e.Clock.Now())
	from, to := policy.IncomePeriod(today, s)
	out := map[string]any{"today": today.String(), "user.name": by, "income.from": from.String(), "income.to": to.String(), "policy.nine_documents": documentRows(s)}
	var line policy.IncomeLine
	if s.JSON("income_line", &line) == nil {
		out["policy.income_line"] = float64(line.Fen)
	}
	if err := places(tx, region, out); err != nil {
		return nil, err
	}
	if h == nil {
		return out, e.villageAnswers(tx, region.Code, s, out)
	}
	return out, e.householdAnswers(tx, h, out)
}

// villageAnswers are the sums over the households of a village that the register gives.
func (e *Engine) villageAnswers(tx *gorm.DB, village string, s policy.Snapshot, out map[string]any) error {
	sums, err := registerSums(tx, village)
	if err != nil {
		return err
	}
	homes, err := e.homesSums(tx, village, nil, s)
	for _, list := range []map[string]int{sums, homes} {
		for code, n := range list {
			out["village."+code] = float64(n)
		}
	}
	return err
}

func documentRows(s policy.Snapshot) []any {
	var out []any
	for _, d := range s.Items("nine_documents") {
		out = append(out, map[string]any{"document": d.Code})
	}
	return out
}

// places are the names of township and village of a region.
func places(tx *gorm.DB, region *models.Region, out map[string]any) error {
	var around []models.Region
	if err := tx.Where("code IN ?", []string{region.Code[:min(9, len(region.Code))], region.Code}).Find(&around).Error; err != nil {
		return err
	}
	for _, r := range around {
		switch procedure.Level(r.Level) {
		case procedure.LevelTownship:
			out["region.township"] = r.Name
		case procedure.LevelVillage:
			out["region.village"] = r.Name
		}
	}
	return nil
}

func (e *Engine) householdAnswers(tx *gorm.DB, h *models.Household, out map[string]any) error {
	secret, err := h.Secret(e.Store.Vault)
	if err != nil {
		return err
	}
	var people []models.Person
	if err := tx.Where("household_id = ? AND left_at IS NULL", h.ID).Order("ord, id").Find(&people).Error; err != nil {
		return err
	}
	out["household.no"], out["household.head"], out["household.group"], out["household.population"] = h.No, h.HeadName, h.GroupName, float64(h.Population)
	for code, v := range map[string]string{"phone": secret.Phone, "address": secret.Address, "house_grade": secret.House} {
		if v != "" && (code != "house_grade" || slices.Contains([]string{"A", "B", "C", "D"}, v)) {
			out["household."+code] = v
		}
	}
	members, names := []any{}, []any{}
	for i := range people {
		p, err := people[i].Secret(e.Store.Vault)
		if err != nil {
			return err
		}
		relation := p.Relation
		if people[i].IsHead && relation == "" {
			relation = "户主"
		}
		members, names = append(members, memberAnswers(&people[i], p, relation)), append(names, map[string]any{"name": people[i].Name, "relation": relation})
	}
	out["household.members"], out["household.names"], out["household.items"] = members, names, storedItems(h, secret, len(people))
	return nil
}

// memberAnswers are the cells of a member that the register knows; a value that the form
// does not offer is left to be asked.
func memberAnswers(p *models.Person, x models.PersonSecret, relation string) map[string]any {
	row := map[string]any{"name": p.Name}
	for code, v := range map[string]string{"relation": relation, "sex": x.Sex, "birth_date": x.BirthDate, "ethnicity": x.Ethnicity, "education": x.Education,
		"school": x.School, "health": x.Health, "disability": x.Disability, "labour": x.Labour} {
		if v != "" && offered(code, v) {
			row[code] = v
		}
	}
	return row
}

// offered reports whether a choice among the members' columns has an option.
func offered(code, v string) bool {
	f, ok := forms.Standard.Find("f1@1")
	if !ok {
		return false
	}
	members, _ := f.Field("members")
	i := slices.IndexFunc(members.Columns, func(c procedure.Field) bool { return c.Code == code })
	if i < 0 || len(members.Columns[i].Options) == 0 {
		return true
	}
	return slices.ContainsFunc(members.Columns[i].Options, func(o procedure.Option) bool { return o.Code == v })
}

// storedItems are the stored values of F2, to be compared at home (S0-046).
func storedItems(h *models.Household, x models.HouseholdSecret, members int) []any {
	var out []any
	add := func(item, stored string) { out = append(out, map[string]any{"item": item, "stored": stored}) }
	add("户主姓名", h.HeadName)
	add("家庭人口", strconv.Itoa(h.Population))
	add("在册成员数", strconv.Itoa(members))
	add("居民组", h.GroupName)
	for _, r := range []struct{ item, stored string }{{"联系电话", x.Phone}, {"住址", x.Address}, {"住房等级", x.House}} {
		add(r.item, r.stored)
	}
	if x.Income != 0 {
		add("登记年收入（元）", policy.Yuan(x.Income))
	}
	for _, k := range sortedKeys(x.Other) {
		if v := x.Other[k]; len([]rune(v)) <= 500 {
			add(k, v)
		}
	}
	return out
}
