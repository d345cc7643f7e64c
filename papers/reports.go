package papers

import (
	"fmt"
	"strconv"
	"strings"

	"shouwang/policy"
)

// Count is a line of a table of numbers.
type Count struct {
	Name string `json:"name"`
	// Total, Done, Open and Late are households or problems, as the table says.
	Total int `json:"total"`
	Done  int `json:"done"`
	Open  int `json:"open"`
	Late  int `json:"late"`
}

// Campaign is what papers of a campaign say of it.
type Campaign struct {
	Title string      `json:"title"`
	No    string      `json:"no"`
	Place string      `json:"place"`
	From  policy.Date `json:"from"`
	Until policy.Date `json:"until"`
	Unit  string      `json:"unit"`
	On    policy.Date `json:"on"`
	// Households are to be surveyed; Done have a result, of which Remote by telephone, Lost could not be reached.
	Households int `json:"households"`
	Done       int `json:"done"`
	Remote     int `json:"remote"`
	Lost       int `json:"lost"`
	// Problems are all found, Closed those put right.
	Problems int     `json:"problems"`
	Closed   int     `json:"closed"`
	Villages []Count `json:"villages,omitempty"`
	Natures  []Count `json:"natures,omitempty"`
}

// Report is the data of the 自查评估报告: numbers and the four parts that people write (S1-051).
type Report struct {
	Campaign
	Results string `json:"results"`
	Found   string `json:"found"`
	Fixed   string `json:"fixed"`
	Next    string `json:"next"`
	Leader  string `json:"leader,omitempty"`
	Exits   *Exits `json:"exits,omitempty"`
}

// Exits are the households and persons that have left poverty, and by what they were helped (S2-025); a household may
// have had several kinds of help.
type Exits struct {
	Households int    `json:"households"`
	Persons    int    `json:"persons"`
	ByHelp     []Help `json:"by_help"`
}

// Help is one kind of help with the households that had it.
type Help struct {
	Title      string `json:"title"`
	Households int    `json:"households"`
}

func (e *Exits) text() string {
	parts := make([]string, len(e.ByHelp))
	for i, h := range e.ByHelp {
		parts[i] = fmt.Sprintf("%s%d户", h.Title, h.Households)
	}
	s := fmt.Sprintf("本次行动期间脱贫退出%d户%d人。", e.Households, e.Persons)
	if len(parts) > 0 {
		s += "按享受的帮扶项目分：" + strings.Join(parts, "，") + "（一户可享受多项）。"
	}
	return s
}

func (c Campaign) coverage() string {
	return fmt.Sprintf("应核查%d户，已完成%d户，覆盖率%s；其中电话、微信核实%d户，经多方联系仍未联系上%d户。", c.Households, c.Done, percent(c.Done, c.Households), c.Remote, c.Lost)
}

func countTable(first, total, done, open, late string, rows []Count) Block {
	out := []Row{Header("序号", first, total, done, open, late, "完成比例")}
	sum := Count{Name: "合计"}
	for i, r := range rows {
		sum.Total, sum.Done, sum.Open, sum.Late = sum.Total+r.Total, sum.Done+r.Done, sum.Open+r.Open, sum.Late+r.Late
		out = append(out, countRow(strconv.Itoa(i+1), r))
	}
	out = append(out, countRow("", sum))
	return T(Table{Columns: []float64{1.3, 4.2, 2, 2, 2, 2, 2}, Header: 1, Rows: out, Size: 12})
}

func countRow(no string, c Count) Row {
	row := Cells(no, c.Name, strconv.Itoa(c.Total), strconv.Itoa(c.Done), strconv.Itoa(c.Open), strconv.Itoa(c.Late), percent(c.Done, c.Total))
	for i := range row.Cells {
		row.Cells[i].Align = Middle
	}
	row.Height = 8
	return row
}

// SelfAssessment is the 自查评估报告 in its four parts (S1-051), confirmed by the 驻村领导 (S1-052).
func SelfAssessment(r Report) *Document {
	d := &Document{Title: "自查评估报告"}
	d.Add(P(Title, r.Place+"\n"+r.Campaign.Title+"自查评估报告"),
		P(Body, fmt.Sprintf("按照统一部署，%s于%s至%s开展自查评估。%s共发现问题%d个，已整改销号%d个。现将有关情况报告如下。",
			r.Unit, day(r.From), day(r.Until), r.coverage(), r.Campaign.Problems, r.Closed)))
	part := func(n int, title, text string, more ...Block) {
		d.Add(P(Heading1, numeral(n)+"、"+title))
		d.Add(paragraphs(Body, text)...)
		d.Add(more...)
	}
	var byVillage, byNature []Block
	if len(r.Villages) > 0 {
		byVillage = []Block{Gap(2), countTable("村（社区）", "应核查", "已完成", "未完成", "失联", r.Villages), Gap(3)}
	}
	if len(r.Natures) > 0 {
		byNature = []Block{Gap(2), countTable("问题性质", "问题数", "已销号", "整改中", "逾期", r.Natures), Gap(3)}
	}
	if r.Exits != nil {
		byVillage = append([]Block{P(Body, r.Exits.text())}, byVillage...)
	}
	part(1, "脱贫攻坚成效", r.Results, byVillage...)
	part(2, "发现的主要问题", or(r.Found, "经自查，未发现问题。"))
	d.Add(byNature...)
	part(3, "立行立改情况", r.Fixed)
	part(4, "下步工作打算", r.Next)
	d.Add(closing(r.Unit, r.On)...)
	return d.Add(Gap(6), Signed(Place{Label: "驻村领导（签字）", Name: r.Leader}, Place{Label: "村（社区）党组织书记（签字）"}))
}

// SpotCheck is the data of the 抽查验收报告 (S1-053).
type SpotCheck struct {
	Campaign
	Group   string `json:"group"`
	Sampled int    `json:"sampled"`
	// Same are the sampled forms that agree with the facts; nil when that was not counted.
	Same *int `json:"same,omitempty"`
	// Findings are the problems found by the spot check.
	Findings []Problem `json:"findings,omitempty"`
	Passed   bool      `json:"passed"`
	Opinion  string    `json:"opinion"`
}

// SpotCheckReport is the 抽查验收报告.
func SpotCheckReport(s SpotCheck) *Document {
	d := &Document{Title: "抽查验收报告"}
	result := "抽查验收不合格，退回整改"
	if s.Passed {
		result = "抽查验收合格"
	}
	d.Add(P(Title, s.Campaign.Title+"抽查验收报告"), P(Heading1, "一、抽查情况"),
		P(Body, fmt.Sprintf("%s对%s进行抽查验收。%s", s.Group, s.Place, s.coverage())))
	switch {
	case s.Sampled > 0 && s.Same != nil:
		d.Add(P(Body, fmt.Sprintf("本次抽查%d户，登记内容与实际一致%d户，一致率%s。", s.Sampled, *s.Same, percent(*s.Same, s.Sampled))))
	case s.Sampled > 0:
		d.Add(P(Body, fmt.Sprintf("本次抽查%d户。", s.Sampled)))
	}
	d.Add(P(Heading1, "二、发现的问题"))
	if len(s.Findings) == 0 {
		d.Add(P(Body, "未发现新的问题。"))
	} else {
		rows := []Row{Header("序号", "问题类型", "问题性质", "具体表现")}
		var cells [][]string
		for _, f := range s.Findings {
			cells = append(cells, []string{f.Type, f.Nature, f.Described()})
		}
		d.Add(Gap(1), T(Table{Columns: []float64{1, 2, 3, 8}, Header: 1, Rows: append(rows, numbered(cells)...), Size: 12}), Gap(2))
	}
	d.Add(P(Heading1, "三、验收结论"), P(Body, result+"。"))
	d.Add(paragraphs(Body, s.Opinion)...)
	d.Add(closing(s.Unit, s.On)...)
	return d.Add(Gap(6), Signed(Place{Label: "抽查组组长（签字）"}, Place{Label: "抽查人员（签字）"}))
}

// Daily is the data of the 工作日报: what each group did on a day (S1-050).
type Daily struct {
	Campaign
	// Groups are the 自查组 with the households given to their surveyors, handed in and still out; Late those sent back.
	Groups []Count `json:"groups,omitempty"`
	// DoneToday are households that got their result on the day; FoundToday and ClosedToday problems.
	DoneToday   int    `json:"done_today"`
	FoundToday  int    `json:"found_today"`
	ClosedToday int    `json:"closed_today"`
	Note        string `json:"note,omitempty"`
}

// DailyReport is the 工作日报.
func DailyReport(r Daily) *Document {
	d := &Document{Title: "工作日报"}
	d.Add(P(Title, r.Campaign.Title+"工作日报"), P(Centre, "（"+day(r.On)+"）"), Gap(3),
		P(Heading1, "一、总体进度"), P(Body, r.coverage()),
		P(Body, fmt.Sprintf("当日完成%d户，新发现问题%d个，整改销号%d个；累计发现问题%d个，累计销号%d个。", r.DoneToday, r.FoundToday, r.ClosedToday, r.Problems, r.Closed)))
	part := 1
	head := func(title string) Block { part++; return P(Heading1, numeral(part)+"、"+title) }
	if len(r.Groups) > 0 {
		d.Add(head("各自查组进度"), Gap(1), countTable("自查组", "分派户数", "已上交", "未上交", "退回次数", r.Groups))
	}
	if len(r.Villages) > 0 {
		d.Add(head("各村进度"), Gap(1), countTable("村（社区）", "应核查", "已完成", "未完成", "失联", r.Villages))
	}
	if r.Note != "" {
		d.Add(head("有关情况"))
		d.Add(paragraphs(Body, r.Note)...)
	}
	return d.Add(closing(r.Unit, r.On)...)
}

// Circular is the data of a 通报: frozen numbers of a programme or a campaign (S4-020).
type Circular struct {
	Office  Office      `json:"office"`
	Number  string      `json:"number,omitempty"`
	Title   string      `json:"title"`
	To      string      `json:"to"`
	AsOf    policy.Date `json:"as_of"`
	Summary string      `json:"summary"`
	Rows    []Count     `json:"rows"`
	Late    []Problem   `json:"late,omitempty"`
	Demand  string      `json:"demand"`
	// Stars are what a spot check has found by village, for the villages' star rating, and StarNote what is made of it.
	Stars    []Star      `json:"stars,omitempty"`
	StarNote string      `json:"star_note,omitempty"`
	On       policy.Date `json:"on"`
}

// Star is a village with the households of a spot check: checked, found in order, and not.
type Star struct {
	Village string `json:"village"`
	Checked int    `json:"checked"`
	Passed  int    `json:"passed"`
	Failed  int    `json:"failed"`
}

func starTable(rows []Star) Block {
	out := []Row{Header("序号", "村（社区）", "回访核查户数", "合格", "不合格", "合格率")}
	var cells [][]string
	for _, r := range rows {
		cells = append(cells, []string{r.Village, strconv.Itoa(r.Checked), strconv.Itoa(r.Passed), strconv.Itoa(r.Failed), percent(r.Passed, r.Checked)})
	}
	return T(Table{Columns: []float64{1.3, 4.2, 3, 2, 2, 2}, Header: 1, Rows: append(out, numbered(cells)...), Size: 12})
}

// Bulletin is the 通报, a letter with red head.
func Bulletin(c Circular) *Document {
	d := &Document{Title: "通报", Head: c.Office.redHead(c.Number), Foot: Foot{Number: c.Number}}
	sum := Count{}
	for _, r := range c.Rows {
		sum.Total, sum.Done, sum.Open, sum.Late = sum.Total+r.Total, sum.Done+r.Done, sum.Open+r.Open, sum.Late+r.Late
	}
	d.Add(P(Title, "关于"+c.Title+"进展情况的通报"), P(Plain, c.To+"："),
		P(Body, fmt.Sprintf("截至%s，%s共涉及问题%d个，已销号%d个，整改中%d个，其中逾期%d个。现将有关情况通报如下。", day(c.AsOf), c.Title, sum.Total, sum.Done, sum.Open, sum.Late)),
		P(Heading1, "一、总体情况"))
	d.Add(paragraphs(Body, c.Summary)...)
	d.Add(Gap(2), countTable("单位", "问题数", "已销号", "整改中", "逾期", c.Rows), Gap(3))
	next := 2
	if len(c.Late) > 0 {
		d.Add(P(Heading1, "二、逾期问题"), Gap(1), lateTable(c.Late), Gap(3))
		next = 3
	}
	if len(c.Stars) > 0 || c.StarNote != "" {
		d.Add(P(Heading1, numeral(next)+"、回访核查结果（列入村星级化考核）"))
		if len(c.Stars) > 0 {
			d.Add(Gap(1), starTable(c.Stars), Gap(3))
		}
		d.Add(paragraphs(Body, or(c.StarNote, "以上结果列入各村星级化考核。"))...)
		next++
	}
	d.Add(P(Heading1, numeral(next)+"、工作要求"))
	d.Add(paragraphs(Body, or(c.Demand, "各单位要对照问题逐项整改，按期销号；逾期未完成的，尽快查明原因，明确完成时限。"))...)
	return d.Add(closing(c.Office.Name, c.On)...)
}

func lateTable(late []Problem) Block {
	rows := []Row{Header("序号", "台账编号", "责任单位", "问题性质", "整改期限")}
	var cells [][]string
	for _, p := range late {
		cells = append(cells, []string{p.CaseNo, or(p.Village, p.Subject), p.Nature, p.Due.String()})
	}
	return T(Table{Columns: []float64{1.3, 4.4, 3.6, 3.6, 3}, Header: 1, Rows: append(rows, numbered(cells)...), Size: 12})
}
