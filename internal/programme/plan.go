package programme

import (
	"context"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"shouwang/internal/howfar"
	"shouwang/internal/ledger"
	"shouwang/policy"
	"shouwang/procedure"
)

// Action is what an import does with a row.
type Action string

// A row is a new problem, one that an interrupted import left half way, one that the
// programme lists already, or not to be imported.
const (
	Create   Action = "create"
	Continue Action = "continue"
	Leave    Action = "leave"
	Reject   Action = "reject"
)

// Title is the action in words.
func (a Action) Title() string {
	return map[Action]string{Create: "新增", Continue: "接着办", Leave: "已在方案中", Reject: "未导入"}[a]
}

// Place is what a problem may be about.
type Place struct {
	Region, Household, Name string
}

// World is what rows are compared with; the caller reads it through his gate.
type World struct {
	Today    policy.Date
	Policy   policy.Snapshot
	Region   Place // where the programme holds, when rows name no place
	Events   []procedure.Option
	Village  func(township, village string) (Place, bool)
	Holders  func(village Place, no, head string) []Place
	Staff    func(p Place) []procedure.Option // code and "name（post）"
	Existing func(p Place, brief string) (id string, state procedure.State)
	// MayRegister and MayAssign tell how far the importer may take a problem himself.
	MayRegister, MayAssign bool
}

// Planned is what an import will do with a row.
type Planned struct {
	Row
	Action Action
	Place  Place
	CaseID string
	State  procedure.State // of an existing case
	// Open, Register and Assign are the forms of the steps; nil for one not taken.
	Open, Register, Assign map[string]any
	Notes                  []Note
}

// Until is how far the row will be taken.
func (p *Planned) Until() string {
	switch {
	case p.Action == Reject || p.Action == Leave:
		return ""
	case p.Assign != nil:
		return "交办"
	case p.Register != nil:
		return "入台账"
	}
	return "发现"
}

// Plan judges every row and writes nothing.
func Plan(ctx context.Context, b *Book, programmeNo string, w World) []Planned {
	seen := map[string]int{}
	out := make([]Planned, len(b.Rows))
	for i, row := range b.Rows {
		howfar.Tell(ctx, i, len(b.Rows))
		p := Planned{Row: row, Action: Create}
		p.place(w)
		p.open(programmeNo, w)
		p.register(w)
		p.assign(w)
		key := p.Place.Region + p.Place.Household + ledger.Tight(p.Values["brief"])
		if line, twice := seen[key]; twice {
			p.fault("PRB-111", "brief", "与第 %d 行是同一对象的同一问题", line)
		}
		seen[key] = row.Line
		if len(p.Faults) > 0 {
			p.Action, p.Open, p.Register, p.Assign = Reject, nil, nil, nil
		} else {
			p.meet(w)
		}
		out[i] = p
	}
	return out
}

// meet compares the row with what the programme lists already.
func (p *Planned) meet(w World) {
	p.CaseID, p.State = w.Existing(p.Place, p.Values["brief"])
	switch {
	case p.CaseID == "":
	case p.State == "found" && p.Register != nil, p.State == "registered" && p.Assign != nil:
		p.Action, p.Open = Continue, nil
		if p.State == "registered" {
			p.Register = nil
		}
	default:
		p.Action, p.Open, p.Register, p.Assign = Leave, nil, nil, nil
	}
}

func (p *Planned) place(w World) {
	v := p.Values
	p.Place = w.Region
	if v["village"] != "" || v["township"] != "" {
		place, ok := w.Village(v["township"], v["village"])
		if !ok {
			p.fault("PRB-102", "village", "“%s”不是本方案辖区内的村或乡镇，或者同名的不止一个", v["township"]+v["village"])
			return
		}
		p.Place = place
	}
	if v["household_no"] == "" && v["head_name"] == "" {
		return
	}
	switch found := w.Holders(p.Place, v["household_no"], v["head_name"]); len(found) {
	case 1:
		p.Place = found[0]
	case 0:
		p.fault("PRB-103", "head_name", "没有这一户“%s”", v["household_no"]+v["head_name"])
	default:
		p.fault("PRB-104", "head_name", "同名的有 %d 户，请填写户编号", len(found))
	}
}

var identity = regexp.MustCompile(`\d{17}[\dXx]|1\d{10}`)

func (p *Planned) open(programmeNo string, w World) {
	v, brief := p.Values, p.Values["brief"]
	switch {
	case brief == "":
		p.fault("PRB-101", "brief", "没有写问题")
	case utf8.RuneCountInString(brief) > 200:
		p.fault("PRB-114", "brief", "最多 200 字，详细情况请写在“问题具体描述”")
	case identity.MatchString(brief):
		p.fault("PRB-112", "brief", "不能写证件号、手机号，请写在“问题具体描述”")
	}
	found := w.Today.String()
	if v["found_on"] != "" {
		d, err := policy.ParseDate(v["found_on"])
		if err != nil || w.Today.Before(d) {
			p.fault("PRB-106", "found_on", "“%s”不是今天及以前的日期，应写成 2026-05-06、2026年5月6日", v["found_on"])
		}
		found = d.String()
	}
	self, ok := map[string]bool{"": v["source_class"] == "self" || v["source_class"] == "自查发现问题", "是": true, "否": false}[v["self_found"]]
	if !ok {
		p.fault("PRB-107", "self_found", "应填是或否")
	}
	p.Open = map[string]any{"brief": brief, "subject_kind": p.kind(), "description": first(v["description"], brief), "found_on": found, "self_found": self, "programme_no": programmeNo}
	if p.kind() == "household" {
		p.Open["household_type"] = p.option("household_type", first(v["household_type"], "一般农户"), []policy.Item{{Code: "out_of_poverty", Title: "脱贫户"}, {Code: "monitored", Title: "监测户"}, {Code: "ordinary", Title: "一般农户"}})
		n, err := strconv.Atoi(strings.TrimSuffix(first(v["population"], "1"), "人"))
		if err != nil || n < 1 || n > 30 {
			p.fault("PRB-105", "population", "“%s”不是人数", v["population"])
		}
		p.Open["population"] = float64(n)
	}
	for form, column := range map[string]string{"remark": "remark", "proposed_measure": "measure"} {
		if v[column] != "" {
			p.Open[form] = v[column]
		}
	}
}

func (p *Planned) kind() string {
	switch {
	case p.Place.Household != "":
		return "household"
	case len(p.Place.Region) == 12:
		return "village"
	}
	return "township"
}

func first(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}

// option finds the code of a word on a list.
func (p *Planned) option(field, word string, list []policy.Item) string {
	i := slices.IndexFunc(list, func(it policy.Item) bool { return it.Title == word || it.Code == word })
	if i < 0 {
		p.fault("PRB-105", field, "“%s”不在可选范围内", word)
		return ""
	}
	return list[i].Code
}

// register fills in the ledger form when the row has all of it.
func (p *Planned) register(w World) {
	v := p.Values
	if src := v["source_class"]; src != "" && !slices.ContainsFunc(w.Policy.Items("problem_source_set"), func(it policy.Item) bool { return it.Code == src || it.Title == src }) {
		v["source_class"] = first(sourceOf(src), src)
	}
	form := map[string]any{"concealed": false, "persons": v["persons"], "facts": first(v["facts"], v["description"], v["brief"])}
	for field, set := range map[string]string{"problem_type": "problem_type_set", "nature": "problem_nature_set", "source_class": "problem_source_set", "channel": "problem_channel_set"} {
		if v[field] != "" {
			form[field] = p.option(field, v[field], w.Policy.Items(set))
		}
	}
	var missing []string
	for _, f := range []string{"problem_type", "nature", "source_class", "persons"} {
		if v[f] == "" {
			missing = append(missing, titleOf(f))
		}
	}
	switch {
	case len(missing) > 0:
		p.Notes = append(p.Notes, Note{"PRB-201", "", "缺少" + strings.Join(missing, "、") + "，导入后停在“发现”，须补登入台账"})
	case !w.MayRegister:
		p.Notes = append(p.Notes, Note{"PRB-201", "", "导入后停在“发现”，由乡镇登记入台账"})
	default:
		p.Register = form
	}
}

// assign fills in the assignment when the row has all of it.
func (p *Planned) assign(w World) {
	v := p.Values
	var missing []string
	for _, f := range []string{"class", "measure", "responsible", "verifier", "due"} {
		if v[f] == "" {
			missing = append(missing, titleOf(f))
		}
	}
	form := map[string]any{"measure": v["measure"]}
	if v["class"] != "" {
		form["class"] = p.option("class", v["class"], []policy.Item{{Code: "immediate", Title: "立行立改"}, {Code: "special", Title: "专项整治"}, {Code: "long_term", Title: "持续整改"}, {Code: "long_term", Title: "长期整改"}})
	}
	for _, f := range []string{"responsible", "verifier"} {
		if v[f] != "" {
			form[f] = p.person(f, v[f], w)
		}
	}
	if form["responsible"] != nil && form["responsible"] == form["verifier"] && form["verifier"] != "" {
		p.fault("PRB-109", "verifier", "核验人不能是整改责任人")
	}
	p.due(form, w)
	if len(missing) > 0 || p.Register == nil || !w.MayAssign {
		if len(missing) > 0 && len(missing) < 5 {
			p.Notes = append(p.Notes, Note{"PRB-202", "", "缺少" + strings.Join(missing, "、") + "，须另行交办"})
		}
		return
	}
	p.Assign = form
}

// person finds an account by the name of its holder.
func (p *Planned) person(field, name string, w World) string {
	var found []string
	for _, o := range w.Staff(p.Place) {
		holder, _, _ := strings.Cut(o.Title, "（")
		if holder == ledger.Tight(name) {
			found = append(found, o.Code)
		}
	}
	if len(found) != 1 {
		p.fault("PRB-108", field, "“%s”应为可以承办本问题的一名人员，找到 %d 名", name, len(found))
		return ""
	}
	return found[0]
}

var daysWord = regexp.MustCompile(`^(\d{1,3})(个)?(天|日)(内|之内|以内)?$`)

// due reads a limit: a day, days from the assignment, or before an event of the programme.
func (p *Planned) due(form map[string]any, w World) {
	word := ledger.Tight(p.Values["due"])
	if word == "" {
		return
	}
	if d, err := policy.ParseDate(word); err == nil {
		form["due_kind"], form["due_date"] = procedure.DueDate, d.String()
		if d.Before(w.Today) {
			p.fault("PRB-110", "due", "%s 已经过去", d)
		}
		return
	}
	if m := daysWord.FindStringSubmatch(word); m != nil {
		n, _ := strconv.Atoi(m[1])
		form["due_kind"], form["due_days"] = procedure.DueDaysAfter, float64(n)
		return
	}
	for _, e := range w.Events {
		if word == ledger.Tight(e.Title)+"前" || word == ledger.Tight(e.Title)+"之前" {
			form["due_kind"], form["due_event"] = procedure.DueBeforeEvent, e.Code
			return
		}
	}
	p.fault("PRB-110", "due", "“%s”应写成日期、“15日内”，或者方案所列事项，如“后评估前”", p.Values["due"])
}

// Result are the outcomes by which a workbook is returned.
func Result(b *Book, out io.Writer, rows []Planned) error {
	var lines []ledger.Line
	for _, p := range rows {
		var words []string
		for _, n := range append(slices.Clone(p.Faults), p.Notes...) {
			text := n.Message + "（" + n.Code + "）"
			if n.Field != "" {
				text = n.Field + "：" + text
			}
			words = append(words, text)
		}
		lines = append(lines, ledger.Line{Sheet: p.Sheet, Line: p.Line, Result: p.Action.Title(), Text: strings.Join(words, "；"), Bad: p.Action == Reject})
	}
	return b.Returned(out, b.heads, lines)
}
