package papers

import "fmt"

// Subject is the data of the 个人信息报告 that a person is given about himself (PIPL art. 45).
type Subject struct {
	Name        string        `json:"name"`
	HouseholdNo string        `json:"household_no"`
	Place       string        `json:"place"`
	By          string        `json:"by"`
	At          string        `json:"at"`
	Parts       []SubjectPart `json:"parts"`
	// Records are kind, title, number, state and time of what holds the person.
	Records [][]string `json:"records"`
	// Seen are time, name, office, act, what and purpose of who has seen; Total is how many there are in all.
	Seen    [][]string `json:"seen"`
	Total   int        `json:"total"`
	Exports [][]string `json:"exports"`
	Kept    []string   `json:"kept"`
}

// SubjectPart is one group of values, each with its title.
type SubjectPart struct {
	Title string      `json:"title"`
	Rows  [][2]string `json:"rows"`
}

// PersonReport is the paper that tells a person what is held about him, and who has seen it.
func PersonReport(s Subject) *Document {
	d := &Document{Title: "个人信息报告", Narrow: true}
	d.Add(P(Title, "个人信息报告"), P(Plain, fmt.Sprintf("姓名：%s　　户编号：%s\n所在地：%s\n出具时间：%s　　经办人：%s", s.Name, s.HouseholdNo, s.Place, s.At, s.By)))
	for i, part := range s.Parts {
		d.Add(P(Heading1, numeral(i+1)+"、"+part.Title))
		if len(part.Rows) == 0 {
			d.Add(P(Plain, "无"))
			continue
		}
		rows := []Row{Header("项目", "内容")}
		for _, r := range part.Rows {
			rows = append(rows, Cells(r[0], r[1]))
		}
		d.Add(T(Table{Columns: []float64{2, 3}, Header: 1, Rows: rows}))
	}
	n := len(s.Parts)
	d.listed(numeral(n+1)+"、记有本人或者本户信息的材料", []float64{1, 3, 2.4, 1.6, 2}, Header("种类", "名称", "编号", "状态", "时间"), s.Records)
	d.listed(fmt.Sprintf("%s、查阅情况（共%d次，列出%d次）", numeral(n+2), s.Total, len(s.Seen)), seenColumns, seenHeader(), s.Seen)
	d.listed(numeral(n+3)+"、可能包含本人信息的导出", seenColumns, seenHeader(), s.Exports)
	d.Add(P(Heading1, numeral(n+4)+"、保存期限和说明"))
	for _, line := range s.Kept {
		d.Add(P(Plain, line))
	}
	return d.Add(Gap(6), P(Plain, "　　本人认为信息不准确、不完整的，可以要求更正、补充；认为不应继续保存的，可以要求删除（《个人信息保护法》第四十六条、第四十七条）。"),
		Gap(4), Signed(Place{Label: "经办人（签字）"}, Place{Label: "领取人（签字）"}))
}

var seenColumns = []float64{2, 1.4, 2, 1.6, 2, 2.4}

func seenHeader() Row { return Header("时间", "人员", "岗位", "行为", "内容", "用途") }

func (d *Document) listed(title string, columns []float64, head Row, lines [][]string) {
	d.Add(P(Heading1, title))
	if len(lines) == 0 {
		d.Add(P(Plain, "无"))
		return
	}
	rows := []Row{head}
	for _, l := range lines {
		rows = append(rows, Cells(l...))
	}
	d.Add(T(Table{Columns: columns, Header: 1, Rows: rows, Size: 9}))
}
