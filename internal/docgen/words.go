package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"shouwang/policy"
	"shouwang/procedure"
)

type rows struct{ b *strings.Builder }

// table starts a Markdown table.
func table(b *strings.Builder, heads ...string) rows {
	t := rows{b}
	t.row(heads...)
	b.WriteString("|" + strings.Repeat(" --- |", len(heads)) + "\n")
	return t
}

func (t rows) row(cells ...string) {
	for i, c := range cells {
		cells[i] = strings.ReplaceAll(c, "|", "\\|")
	}
	t.b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

func code(s string) string { return "`" + s + "`" }

func orDash(s string) string {
	if s == "" {
		return "—"
	}
	return s
}

func modeTitle(m procedure.Mode) string {
	return map[procedure.Mode]string{procedure.Durable: "持久", procedure.Inline: "直办"}[m]
}

func levelTitle(l procedure.Level) string {
	return map[procedure.Level]string{
		procedure.LevelHousehold: "户", procedure.LevelGroup: "组", procedure.LevelVillage: "村", procedure.LevelTownship: "乡镇",
		procedure.LevelCounty: "县", procedure.LevelCity: "市", procedure.LevelAny: "各级", procedure.LevelNone: "—",
	}[l]
}

func roles(list []procedure.Role) string {
	out := make([]string, len(list))
	for i, r := range list {
		d, _ := procedure.RoleOf(r)
		out[i] = d.Title
	}
	return strings.Join(out, "、")
}

func stateTitles(d *procedure.Definition, list []procedure.State) string {
	out := make([]string, len(list))
	for i, s := range list {
		st, _ := d.State(s)
		out[i] = st.Title
	}
	return strings.Join(out, "、")
}

func signers(e *procedure.Event) string {
	var out []string
	for _, s := range e.Signers {
		number := fmt.Sprintf("%d 人", s.Min)
		if s.MinKey != "" {
			number = fmt.Sprintf("人数按 `%s`，含办理人", s.MinKey)
		}
		out = append(out, fmt.Sprintf("%s：%s，%s", s.Title, roles(s.Roles), number))
	}
	return strings.Join(out, "；")
}

// guardArgs put the argument of a guard into words; %s is the guard's title.
var guardArgs = map[string]string{
	procedure.GuardJoin: "政策 `comparison_join` 为 `%[2]s` 时：%[1]s",
}

func guards(list []procedure.Guard) string {
	out := make([]string, len(list))
	for i, g := range list {
		out[i] = guard(g)
	}
	return strings.Join(out, "；")
}

func guard(g procedure.Guard) string {
	i := slices.IndexFunc(procedure.Guards, func(d procedure.GuardDef) bool { return d.Name == g.Name })
	title := procedure.Guards[i].Title
	if g.Arg == "" {
		return title
	}
	words, ok := guardArgs[g.Name]
	if !ok {
		words = "%[1]s（`%[2]s`）"
	}
	return fmt.Sprintf(words, title, g.Arg)
}

// consequences are the effects of an event of d, and who is told of it.
func consequences(d *procedure.Definition, e *procedure.Event) string {
	out := effects(d, e.Effects)
	if len(e.Copies) == 0 {
		return out
	}
	if out != "" {
		out += "；"
	}
	return out + "抄送" + roles(e.Copies)
}

// effects puts consequences of an event of d into words.
func effects(d *procedure.Definition, list []procedure.Effect) string {
	out := make([]string, len(list))
	for i, e := range list {
		out[i] = effect(d, e)
		if e.If.Name != "" {
			out[i] += "（仅当" + guard(e.If) + "）"
		}
	}
	return strings.Join(out, "；")
}

func effect(d *procedure.Definition, e procedure.Effect) string {
	switch e.Kind {
	case procedure.OpenCase:
		s := "开启“" + titleOf(e.Procedure) + "”"
		if e.Each != "" {
			s += "，`" + e.Each + "` 中每项一件"
		}
		if e.Count != "" {
			s += "，共 `" + e.Count + "` 件"
		}
		return s
	case procedure.Tell:
		return tell(d, e)
	case procedure.SetHousehold:
		return "农户状态：" + eventOf("household_status", e.Event)
	case procedure.Publish:
		return "张贴到村级公开页"
	case procedure.TakeDown:
		return "从公开页撤下"
	case procedure.MoveCase:
		return "移交所填目标村"
	}
	if e.Kind == procedure.RunHook {
		return "登记（`" + e.Hook + "`）"
	}
	return string(e.Kind)
}

func tell(d *procedure.Definition, e procedure.Effect) string {
	to := map[string]string{
		procedure.ToSelf: "本事项", procedure.ToParent: "上级事项“" + titleOf(e.Procedure) + "”",
		procedure.ToChildren:  "由本事项开启的在办“" + titleOf(e.Procedure) + "”",
		procedure.ToHousehold: "同户在办的“" + titleOf(e.Procedure) + "”",
	}[e.To]
	name := e.Procedure
	if e.To == procedure.ToSelf {
		name = d.Name
	}
	return "通知" + to + "：" + eventOf(name, e.Event)
}

func titleOf(name string) string {
	if d, ok := procedure.Latest(name); ok {
		return d.Title
	}
	return name
}

func eventOf(name, event string) string {
	if d, ok := procedure.Latest(name); ok {
		if e, ok := d.Event(event); ok {
			return e.Title + "（`" + event + "`）"
		}
	}
	return "`" + event + "`"
}

// budget is the default number of days of a policy key.
func budget(key string) string {
	k, ok := policy.FindKey(key)
	if !ok || k.Default == nil {
		return code(key)
	}
	var b policy.Budget
	if json.Unmarshal(k.Default, &b) != nil || b.Days == 0 {
		var n int
		if json.Unmarshal(k.Default, &n) != nil {
			return code(key)
		}
		b.Days = n
	}
	unit := "天"
	if b.Unit == policy.UnitWorking {
		unit = "个工作日"
	}
	return fmt.Sprintf("%d %s（`%s`）", b.Days, unit, key)
}

func factTitle(d *procedure.Definition, fact string) string {
	for _, f := range d.Opening.Form {
		if f.Code == fact {
			return f.Title
		}
	}
	return code(fact)
}

func ladders(b *strings.Builder) {
	t := table(b, "阶梯", "时刻", "各级", "之后")
	all := policy.DefaultLadders()
	for _, name := range []string{policy.LadderStandard, policy.LadderTownship, policy.LadderCounty, policy.LadderIdentification, policy.LadderRectification, policy.LadderListed, policy.LadderSilent} {
		l := all[name]
		var steps []string
		for _, s := range l.Steps {
			steps = append(steps, fmt.Sprintf("%s %s → %s", distance(s.OffsetDays), policy.ActionTitle(s.Action), rungLevel(s.Level)))
		}
		after := ""
		if l.RepeatEvery > 0 {
			after = fmt.Sprintf("每 %d 天%s → %s", l.RepeatEvery, policy.ActionTitle(l.RepeatAction), rungLevel(l.RepeatLevel))
		}
		t.row(code(name), l.At, orDash(strings.Join(steps, "；")), orDash(after))
	}
}

// distance from the last day: T−3, T, T+1.
func distance(days int) string {
	switch {
	case days < 0:
		return fmt.Sprintf("T−%d", -days)
	case days > 0:
		return fmt.Sprintf("T+%d", days)
	}
	return "T"
}

func rungLevel(l string) string {
	return map[string]string{policy.LevelHolder: "承办人", policy.LevelVillage: "村", policy.LevelTownship: "承办人和乡镇", policy.LevelLeader: "承办人和乡镇主要负责人", policy.LevelCounty: "承办人和县"}[l]
}
