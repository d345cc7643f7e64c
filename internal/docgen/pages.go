package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"shouwang/policy"
	"shouwang/procedure"
)

const notice = "<!-- 由 go run ./internal/docgen 从程序定义生成，请勿手改。 -->\n\n"

// Pages are the generated pages by file name: one per definition, and an index.
func Pages() map[string]string {
	pages := map[string]string{"README.md": index()}
	for _, d := range procedure.All {
		pages[file(d)] = page(d)
	}
	return pages
}

func file(d *procedure.Definition) string { return fmt.Sprintf("%s-v%d.md", d.Name, d.Version) }

func index() string {
	var b strings.Builder
	b.WriteString(notice + "# 程序\n\n每一页由 `procedure/` 中的定义生成；引擎、接口、流程图和静态检查读的是同一份定义。\n\n")
	t := table(&b, "程序", "代码", "方式", "状态", "事件", "期限", "谁可以直接开启")
	for _, d := range procedure.All {
		t.row(fmt.Sprintf("[%s](%s)", d.Title, file(d)), code(d.Key()), modeTitle(d.Mode),
			fmt.Sprint(len(d.States)), fmt.Sprint(len(d.Events)), fmt.Sprint(len(d.Clocks)), orDash(roles(d.Opening.Roles)))
	}
	b.WriteString("\n“—”表示只由其他程序开启。\n")
	b.WriteString("\n## 岗位\n\n")
	t = table(&b, "岗位", "代码", "层级", "可由谁充任")
	for _, r := range procedure.Roles {
		t.row(r.Title, code(string(r.Code)), levelTitle(r.Level), orDash(roles(r.Base)))
	}
	b.WriteString("\n## 条件\n\n")
	t = table(&b, "条件", "代码")
	for _, g := range procedure.Guards {
		t.row(g.Title, code(g.Name))
	}
	b.WriteString("\n## 提醒阶梯\n\nT 是期限的最后一日；各级均在当日所示时刻发出。各地可用政策参数 `ladders` 改写。\n\n")
	ladders(&b)
	return b.String()
}

func page(d *procedure.Definition) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s# %s（`%s`）\n\n", notice, d.Title, d.Key())
	b.WriteString(modeSentence(d) + "\n\n")
	fmt.Fprintf(&b, "```mermaid\n%s```\n\n", d.Mermaid(""))
	states(&b, d)
	opening(&b, d)
	events(&b, d)
	clocks(&b, d)
	forms(&b, d)
	return b.String()
}

func modeSentence(d *procedure.Definition) string {
	s := "持久程序：每件事项有一个自己的 Temporal 工作流，由它收取事件、掌管期限。"
	if d.Mode == procedure.Inline {
		s = "直办程序：没有自己的工作流，事件直接写入数据库，期限由统一的巡查流程看管。"
	}
	if d.OnePerHousehold {
		s += "每户同时只能有一件在办。"
	}
	return s
}

func states(b *strings.Builder, d *procedure.Definition) {
	b.WriteString("## 状态\n\n")
	t := table(b, "状态", "代码", "待办岗位", "")
	for _, s := range d.States {
		mark := ""
		switch {
		case s.Code == d.Initial:
			mark = "起始"
		case s.Final:
			mark = "结束"
		}
		t.row(s.Title, code(string(s.Code)), orDash(roles(s.Todo)), mark)
	}
}

func opening(b *strings.Builder, d *procedure.Definition) {
	o := d.Opening
	b.WriteString("\n## 开启\n\n")
	if len(o.Roles) == 0 {
		b.WriteString("只由其他程序开启。\n")
		return
	}
	fmt.Fprintf(b, "- 谁：%s\n", roles(o.Roles))
	if len(o.Form) > 0 {
		b.WriteString("- 表单：见“表单”一节的“开启”\n")
	}
	bullet(b, "条件", guards(o.Guards))
	bullet(b, "效果", effects(d, o.Effects))
}

func bullet(b *strings.Builder, name, text string) {
	if text != "" {
		fmt.Fprintf(b, "- %s：%s\n", name, text)
	}
}

func events(b *strings.Builder, d *procedure.Definition) {
	b.WriteString("\n## 事件\n\n")
	t := table(b, "事件", "代码", "谁", "从", "到", "会签", "条件", "效果", "文书")
	for i := range d.Events {
		e := &d.Events[i]
		t.row(eventTitle(e), code(e.Code), who(d, e), stateTitles(d, e.From), target(d, e), orDash(signers(e)),
			orDash(guards(e.Guards)), orDash(consequences(d, e)), orDash(e.Document))
	}
}

func eventTitle(e *procedure.Event) string {
	switch {
	case e.Return:
		return e.Title + "（退回，计次）"
	case e.Correction:
		return e.Title + "（事后更正）"
	}
	return e.Title
}

// who names the persons who may fire e, those who may record it for them, and
// those who must keep away.
func who(d *procedure.Definition, e *procedure.Event) string {
	s := roles(e.Roles)
	if len(e.Proxies) > 0 {
		s += "；代录：" + roles(e.Proxies)
	}
	for i, code := range e.NotBy {
		other, _ := d.Event(code)
		s += map[bool]string{true: "；回避：办过", false: "、"}[i == 0] + "“" + other.Title + "”"
	}
	if len(e.NotBy) > 0 {
		s += "的人"
	}
	return s
}

func target(d *procedure.Definition, e *procedure.Event) string {
	s := stateTitles(d, []procedure.State{e.To})
	if len(e.Former) > 0 {
		s += "；此前在" + stateTitles(d, e.Former) + "的回到该状态"
	}
	return s
}

func clocks(b *strings.Builder, d *procedure.Definition) {
	b.WriteString("\n## 期限\n\n")
	if len(d.Clocks) == 0 {
		b.WriteString("没有期限。\n")
		return
	}
	b.WriteString("天数是默认值，各地以政策行改写；事项沿用开启时的政策。\n\n")
	t := table(b, "期限", "代码", "计时状态", "天数", "起算", "停计", "提醒阶梯", "期满")
	for _, c := range d.Clocks {
		anchor := "进入时"
		if c.Anchor != "" {
			anchor = factTitle(d, c.Anchor)
		}
		if c.AnchorKey != "" {
			anchor += "，或按 `" + c.AnchorKey + "` 自立案时"
		}
		days := "至 `" + c.Until + "` 所定日期"
		if c.Until == "" {
			days = budget(c.Budget)
		}
		title := c.Title
		if len(c.Todo) > 0 {
			title += "（期间另有待办：" + roles(c.Todo) + "）"
		}
		t.row(title, code(c.Code), stateTitles(d, c.In), days, anchor,
			orDash(stateTitles(d, c.Pause)), code(c.Ladder), orDash(fires(d, &c)))
	}
}

// fires says what a clock brings about at its end and with its rungs.
func fires(d *procedure.Definition, c *procedure.Clock) string {
	out := make([]string, len(c.Fires))
	for i, code := range c.Fires {
		e, _ := d.Event(code)
		out[i] = fmt.Sprintf("%s（`%s`）", e.Title, code)
	}
	text := strings.Join(out, "，否则 ")
	for _, action := range slices.Sorted(maps.Keys(c.OnRung)) {
		text += fmt.Sprintf("%s时登记（`%s`）", policy.ActionTitle(action), c.OnRung[action])
	}
	return text
}
