package papers

import (
	"fmt"

	"shouwang/policy"
)

// Problem is a line of the 问题清单 and of the 整改台账 (Annex 3 of S000: persons and facts, S0-085; a department or township
// may stand instead of a household, S0-086).
type Problem struct {
	CaseNo string `json:"case_no"`
	// Type is one of the 4 of S0-080, Nature one of the 19 of S0-081 to S0-083.
	Type   string `json:"type"`
	Nature string `json:"nature"`
	// Head, HouseholdType (S0-084) and Population are those of the household; Subject names a department or township.
	Head          string `json:"head,omitempty"`
	HouseholdType string `json:"household_type,omitempty"`
	Population    int    `json:"population,omitempty"`
	Subject       string `json:"subject,omitempty"`
	Village       string `json:"village,omitempty"`
	Text          string `json:"text"`
	Note          string `json:"note,omitempty"`
	// What follows is for the ledger.
	Measure     string      `json:"measure,omitempty"`
	Responsible string      `json:"responsible,omitempty"`
	Verifier    string      `json:"verifier,omitempty"`
	Class       string      `json:"class,omitempty"`
	Found       policy.Date `json:"found"`
	Due         policy.Date `json:"due"`
	State       string      `json:"state,omitempty"`
	Closed      policy.Date `json:"closed"`
}

// Problems are those of a place at a day.
type Problems struct {
	Place string      `json:"place"`
	On    policy.Date `json:"on"`
	Rows  []Problem   `json:"rows"`
}

// Described is the 问题具体描述 of Annex 3: whose problem, then what it is.
func (p Problem) Described() string {
	if p.Head == "" {
		return or(p.Subject, "—") + "：" + p.Text
	}
	whose := p.Head
	if p.HouseholdType != "" {
		whose += "，" + p.HouseholdType
	}
	if p.Population > 0 {
		whose += fmt.Sprintf("，家庭人口%d人", p.Population)
	}
	return whose + "。" + p.Text
}

// ProblemList is the 回头看排查问题清单, Annex 3 of S000, signed as S001 asks (S1-045).
func ProblemList(p Problems) *Document {
	d := &Document{Title: "排查问题清单", Narrow: true, Landscape: true}
	rows := []Row{{Cells: []Cell{
		{Text: "序号", Bold: true, Align: Middle}, {Text: "问题类型", Bold: true, Align: Middle}, {Text: "问题性质简述", Bold: true, Align: Middle},
		{Text: "问题具体描述（户主姓名、户类型、家庭人口或行业部门名称（乡镇）、问题表述）", Bold: true, Align: Middle}, {Text: "备注", Bold: true, Align: Middle}}}}
	var cells [][]string
	for _, x := range p.Rows {
		cells = append(cells, []string{x.Type, x.Nature, x.Described(), x.Note})
	}
	rows = append(rows, numbered(cells)...)
	if len(cells) == 0 {
		rows = append(rows, Row{Cells: []Cell{{Text: "经排查，未发现问题", Align: Middle, Cols: 5}}, Height: 12})
	}
	d.Add(P(Title, "回头看排查问题清单"), P(Note, fmt.Sprintf("填报单位：%s　　填报时间：%s　　共%d个问题", p.Place, day(p.On), len(p.Rows))),
		T(Table{Columns: []float64{1, 2.2, 3.2, 13, 2.6}, Header: 1, Rows: rows}),
		P(Note, "说明：问题类型主要包括责任落实、政策落实、工作落实、巩固成果；户类型包括脱贫户、监测户、一般农户；所有问题要见人见事。"), Gap(3))
	return d.Add(Signed(Place{Label: "村（社区）党组织书记（签字）"}, Place{Label: "驻村工作队长（签字）"}, Place{Label: "填报单位", Seal: true}))
}

// RectificationLedger is the 整改台账: problem, measure and responsibility in one (S1-048, S3-002).
func RectificationLedger(p Problems) *Document {
	d := &Document{Title: "问题整改台账", Narrow: true, Landscape: true}
	rows := []Row{Header("序号", "台账编号", "问题（类型、性质、具体表现）", "整改措施", "责任人", "核验人", "类别", "发现日期", "整改期限", "进展", "销号日期")}
	var cells [][]string
	for _, x := range p.Rows {
		cells = append(cells, []string{x.CaseNo, fmt.Sprintf("【%s】%s：%s", x.Type, x.Nature, x.Described()), x.Measure, x.Responsible, x.Verifier, x.Class,
			x.Found.String(), x.Due.String(), x.State, x.Closed.String()})
	}
	rows = append(rows, numbered(cells)...)
	return d.Add(P(Title, p.Place+"问题整改台账"), P(Note, fmt.Sprintf("统计时间：%s　　共%d个问题，已销号%d个", day(p.On), len(p.Rows), p.closed())),
		T(Table{Columns: []float64{1, 3.3, 6, 4, 1.8, 1.8, 1.8, 2.2, 2.2, 1.6, 2.2}, Header: 1, Rows: rows, Size: 9}), Gap(3),
		Signed(Place{Label: "负责人（签字）"}, Place{Label: "填报单位", Seal: true}))
}

func (p Problems) closed() int {
	n := 0
	for _, x := range p.Rows {
		if !x.Closed.IsZero() {
			n++
		}
	}
	return n
}
