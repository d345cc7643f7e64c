package main

import (
	"fmt"
	"strings"

	"shouwang/procedure"
)

// kindTitles say what a field is answered with.
var kindTitles = map[procedure.Kind]string{
	procedure.Text: "文字", procedure.Long: "长文字", procedure.Date: "日期", procedure.DateTime: "时间", procedure.Integer: "整数",
	procedure.Money: "金额（分）", procedure.Number: "数", procedure.Yes: "是否", procedure.Choice: "单选", procedure.Choices: "多选",
	procedure.Files: "附件", procedure.Rows: "表",
}

func forms(b *strings.Builder, d *procedure.Definition) {
	if len(d.Opening.Form) == 0 && !anyForm(d) {
		return
	}
	b.WriteString("\n## 表单\n\n数据等级 P0 可公开，P1 一般，P2 个人，P3 敏感，P4 比对结果，P5 异议人身份；P2 以上加密存放。\n")
	if len(d.Opening.Form) > 0 {
		form(b, "开启", "", d.Opening.Form)
	}
	for i := range d.Events {
		if e := &d.Events[i]; len(e.Form) > 0 {
			form(b, e.Title, e.Code, e.Form)
		}
	}
}

func anyForm(d *procedure.Definition) bool {
	for i := range d.Events {
		if len(d.Events[i].Form) > 0 {
			return true
		}
	}
	return false
}

func form(b *strings.Builder, title, event string, fields []procedure.Field) {
	if event != "" {
		title += "（`" + event + "`）"
	}
	fmt.Fprintf(b, "\n### %s\n\n", title)
	t := table(b, "项", "代码", "类型", "必填", "等级", "说明")
	for _, f := range fields {
		t.row(f.Title, code(f.Code), kindTitles[f.Kind], required(f), string(f.Class), orDash(remarks(f, fields)))
	}
}

func required(f procedure.Field) string {
	switch {
	case f.Must:
		return "必须为“是”"
	case f.Required:
		return "是"
	}
	return ""
}

// remarks are everything else that bears on an answer.
func remarks(f procedure.Field, all []procedure.Field) string {
	var out []string
	if f.Help != "" {
		out = append(out, f.Help)
	}
	if len(f.Options) > 0 {
		titles := make([]string, len(f.Options))
		for i, o := range f.Options {
			titles[i] = o.Title
		}
		out = append(out, "选项："+strings.Join(titles, "、"))
	}
	if f.OptionsKey != "" {
		out = append(out, "选项取自政策 `"+f.OptionsKey+"`")
	}
	if len(f.Columns) > 0 {
		titles := make([]string, len(f.Columns))
		for i, c := range f.Columns {
			titles[i] = c.Title
		}
		out = append(out, "列："+strings.Join(titles, "、"))
	}
	if f.When != nil {
		out = append(out, "仅当“"+titleIn(all, f.When.Field)+"”为 `"+strings.Join(f.When.In, "`、`")+"`")
	}
	if f.Fact {
		out = append(out, "随事项保存，供后续条件使用")
	}
	return strings.Join(out, "；")
}

func titleIn(fields []procedure.Field, code string) string {
	for _, f := range fields {
		if f.Code == code {
			return f.Title
		}
	}
	return code
}
