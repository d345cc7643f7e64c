package papers

import (
	"fmt"
	"strings"

	"shouwang/policy"
)

// NoticeRow is a household on a public sheet: class P0 and nothing else (domain 5.6).
type NoticeRow struct {
	Group      string `json:"group"`
	Head       string `json:"head"`
	Population int    `json:"population"`
	// Category may be empty: it is left out where it would disclose more than is proposed.
	Category string `json:"category,omitempty"`
	Proposal string `json:"proposal"`
}

// PublicNotice is the data of a 村级公示 or of a 结果公告 (2.3, 5.6). There is no field for anything that may not be shown.
type PublicNotice struct {
	// Kind and Basis are the title and the first sentence of an announcement that is not about a result of the county.
	Kind    string      `json:"kind,omitempty"`
	Basis   string      `json:"basis,omitempty"`
	Village string      `json:"village"`
	Unit    string      `json:"unit"`
	Phone   string      `json:"phone"`
	From    policy.Date `json:"from"`
	Until   policy.Date `json:"until"`
	// Days are the full days of the notice, the day of posting not counted.
	Days int         `json:"days,omitempty"`
	Rows []NoticeRow `json:"rows"`
	On   policy.Date `json:"on"`
	// Address is where the sheet stands on the public page; empty prints no code.
	Address string `json:"address,omitempty"`
}

// Check tells why a sheet may not be shown, by the rules of policy.CheckNotice for everything that is printed.
func (n PublicNotice) Check() []policy.Fault {
	var out []policy.Fault
	for _, r := range n.Rows {
		fields := []policy.NoticeField{{Code: "village", Value: n.Village}, {Code: "group", Value: r.Group}, {Code: "head_name", Value: r.Head},
			{Code: "population", Value: fmt.Sprint(r.Population)}, {Code: "category", Value: r.Category}, {Code: "proposal", Value: r.Proposal},
			{Code: "unit", Value: n.Unit}, {Code: "objection_phone", Value: n.Phone}}
		codes := make([]string, len(fields))
		for i, f := range fields {
			codes[i] = f.Code
		}
		out = append(out, policy.CheckNotice(fields, "", codes)...)
	}
	return out
}

func (n PublicNotice) table() Block {
	rows := []Row{Header("序号", "组别", "户主姓名", "家庭人口", "对象类别", "事项")}
	var cells [][]string
	for _, r := range n.Rows {
		cells = append(cells, []string{r.Group, r.Head, fmt.Sprintf("%d人", r.Population), or(r.Category, "—"), r.Proposal})
	}
	for _, r := range numbered(cells) {
		for i := range 5 {
			r.Cells[i].Align = Middle
		}
		r.Height = 10
		rows = append(rows, r)
	}
	return T(Table{Columns: []float64{1.1, 1.5, 1.9, 1.9, 3, 4.4}, Header: 1, Rows: rows, Size: 12})
}

// VillageNotice is the 村级公示 (2.3 #post).
func VillageNotice(n PublicNotice) *Document {
	d := &Document{Title: "村级公示"}
	period := fmt.Sprintf("公示期：%s至%s", day(n.From), day(n.Until))
	if n.Days > 0 {
		period += fmt.Sprintf("（自张贴次日起不少于%d天）", n.Days)
	}
	d.Add(P(Title, n.Village+"公示"), P(Body, "根据防止返贫动态监测和帮扶工作规定，经农户申请或干部排查、入户核实、民主评议，现将以下农户的有关事项予以公示，接受群众监督。"),
		Gap(2), n.table(), Gap(4), P(Body, period+"。"),
		P(Body, fmt.Sprintf("公示期内，如有异议，请以书面、电话或当面方式向%s反映，可以署名，也可以不署名。反映情况应当有具体事实。受理电话：%s。", n.Unit, n.Phone)))
	return d.Add(closing(n.Unit, n.On)...).Add(n.link("用手机扫码，可以查看本公示，在网上提出异议（可以不署名），查询办理情况。")...)
}

// link is the code that leads to the sheet on the public page.
func (n PublicNotice) link(text string) []Block {
	if n.Address == "" {
		return nil
	}
	return []Block{Gap(4), {Link: &Link{Address: n.Address, Text: text}}}
}

// Announcement is the 结果公告 after the county's decision (2.2 announce, 2.6 mark).
func Announcement(n PublicNotice) *Document {
	kind := or(n.Kind, "结果公告")
	d := &Document{Title: kind}
	d.Add(P(Title, n.Village+kind), P(Body, or(n.Basis, "经村级公示、乡镇审核、县级审定，现将结果公告如下。")), Gap(2), n.table(), Gap(4))
	if !n.Until.IsZero() {
		d.Add(P(Body, fmt.Sprintf("本公告张贴至%s，期满撤下。", day(n.Until))))
	}
	d.Add(P(Body, "监督电话："+n.Phone+"。"))
	return d.Add(closing(n.Unit, n.On)...).Add(n.link("用手机扫码，可以在张贴期间查看本公告。")...)
}

// Supervision is the data of a 督办通知 (S1-048; 2.8 assign).
type Supervision struct {
	Office Office `json:"office"`
	Number string `json:"number,omitempty"`
	To     string `json:"to"`
	// Source says where the problem came from, Problem what is wrong: persons and facts (S0-085).
	Source      string      `json:"source,omitempty"`
	CaseNo      string      `json:"case_no"`
	Problem     string      `json:"problem"`
	Measure     string      `json:"measure"`
	Responsible string      `json:"responsible"`
	Verifier    string      `json:"verifier,omitempty"`
	Due         policy.Date `json:"due"`
	// Overdue says that the notice follows a limit that was not kept.
	Overdue bool        `json:"overdue,omitempty"`
	On      policy.Date `json:"on"`
}

// SupervisionNotice is the 督办通知, a letter with red head.
func SupervisionNotice(s Supervision) *Document {
	d := &Document{Title: "督办通知", Head: s.Office.redHead(s.Number), Foot: Foot{Number: s.Number}}
	opening := "经研判，现将下列问题交你单位办理。请严格按照要求整改到位，做到见人见事、账实相符。"
	if s.Overdue {
		opening = "下列问题整改期限已过，至今未申请销号。请立即整改，并书面说明逾期原因。"
	}
	d.Add(P(Title, "关于限期整改有关问题的督办通知"), P(Plain, s.To+"："), P(Body, opening),
		P(Heading1, "一、督办问题"))
	if s.Source != "" {
		d.Add(P(Body, "问题来源："+s.Source+"。"))
	}
	d.Add(P(Body, "台账编号："+s.CaseNo+"。"))
	d.Add(paragraphs(Body, s.Problem)...)
	d.Add(P(Heading1, "二、整改要求"))
	d.Add(paragraphs(Body, or(s.Measure, "由责任单位研究提出整改措施，报本办公室备案。"))...)
	d.Add(P(Body, "责任人："+or(s.Responsible, "由你单位明确并报备")+"。"))
	if s.Verifier != "" {
		d.Add(P(Body, "核验人："+s.Verifier+"。"))
	}
	d.Add(P(Heading1, "三、办理时限"),
		P(Body, fmt.Sprintf("请于%s前完成整改，申请销号并附整改前后佐证材料。逾期未完成的，按规定通报，直至依规依纪处理；整改不实、问题反弹的，从严处理。", day(s.Due))))
	d.Add(closing(s.Office.Name, s.On)...)
	return d
}

// HouseholdNotice is the data of a 告知农户书: what was decided about a household and what it may do (2.2, 2.6).
type HouseholdNotice struct {
	Office Office `json:"office"`
	Number string `json:"number,omitempty"`
	Head   string `json:"head"`
	Place  string `json:"place"`
	Matter string `json:"matter"`
	CaseNo string `json:"case_no"`
	Result string `json:"result"`
	Reason string `json:"reason,omitempty"`
	// Phone is where questions and objections go.
	Phone string      `json:"phone"`
	On    policy.Date `json:"on"`
}

// NoticeToHousehold is the 告知农户书 with its receipt at the foot.
func NoticeToHousehold(n HouseholdNotice) *Document {
	d := &Document{Title: "告知书", Foot: Foot{Number: n.Number}}
	d.Add(P(Title, "告知书"))
	if n.Number != "" {
		d.Add(P(Right, n.Number))
	}
	d.Add(P(Plain, n.Place+"　"+n.Head+"户："), P(Body, fmt.Sprintf("你户%s事项（编号%s），已按规定程序办理，结果为：%s。", n.Matter, n.CaseNo, n.Result)))
	if n.Reason != "" {
		d.Add(P(Body, "理由："+strings.TrimRight(n.Reason, "。")+"。"))
	}
	d.Add(P(Body, fmt.Sprintf("如有疑问或者不同意见，可以向本办公室或者上级乡村振兴部门反映，也可以申请复核。家庭情况发生变化、生活出现困难时，可以随时申报。联系电话：%s。", n.Phone)))
	d.Add(closing(n.Office.Name, n.On)...)
	return d.Add(Gap(8), P(Note, "………………………………（送达回执）………………………………"),
		Signed(Place{Label: "收件人（签字、按手印）"}, Place{Label: "送达人（签字）"}))
}

// CountyDecision is the data of an 审定决定 (2.2, 2.6 county_pass, county_reject).
type CountyDecision struct {
	Office   Office `json:"office"`
	Number   string `json:"number,omitempty"`
	To       string `json:"to"`
	Matter   string `json:"matter"`
	Passed   bool   `json:"passed"`
	Result   string `json:"result"`
	Opinion  string `json:"opinion,omitempty"`
	CaseNo   string `json:"case_no"`
	Village  string `json:"village"`
	Head     string `json:"head"`
	People   int    `json:"people"`
	Category string `json:"category,omitempty"`
	// Decided is the day of the decision on record, On that of the paper.
	Decided policy.Date `json:"decided"`
	On      policy.Date `json:"on"`
}

// Decision is the 审定决定, a letter with red head.
func Decision(c CountyDecision) *Document {
	d := &Document{Title: "审定决定", Head: c.Office.redHead(c.Number), Foot: Foot{Number: c.Number}}
	d.Add(P(Title, "关于"+c.Matter+"的审定决定"), P(Plain, c.To+"："),
		P(Body, fmt.Sprintf("你单位上报的%s材料（编号%s）收悉。经%s审定，决定如下。", c.Matter, c.CaseNo, day(c.Decided))),
		T(Table{Columns: []float64{3, 2, 1.6, 3, 3}, Size: 12, Rows: []Row{
			Header("村（社区）", "户主姓名", "家庭人口", "对象类别", "审定结果"),
			{Height: 11, Cells: []Cell{{Text: c.Village, Align: Middle}, {Text: c.Head, Align: Middle}, {Text: fmt.Sprintf("%d人", c.People), Align: Middle},
				{Text: or(c.Category, "—"), Align: Middle}, {Text: c.Result, Align: Middle}}}}}), Gap(3))
	label := "审定意见："
	if !c.Passed {
		label = "不予通过的理由："
	}
	d.Add(P(Body, label+strings.TrimRight(or(c.Opinion, "同意"), "。")+"。"))
	d.Add(P(Body, "请做好结果公告、告知农户、系统录入和后续帮扶等工作。"))
	d.Add(closing(c.Office.Name, c.On)...)
	return d
}
