package papers

import (
	"fmt"
	"strconv"

	"shouwang/policy"
)

// Meeting is the data of the 民主评议会议记录 and of its 签到表 (2.2 review_pass).
type Meeting struct {
	Village string `json:"village"`
	// Subject is what was judged, such as 拟纳入防止返贫监测对象.
	Subject  string `json:"subject"`
	CaseNo   string `json:"case_no"`
	Head     string `json:"head"`
	HeldAt   string `json:"held_at"` // 2026年11月22日 9:30
	Place    string `json:"place"`
	Chair    string `json:"chair"`
	Kind     string `json:"kind"`
	Eligible int    `json:"eligible"`
	Present  int    `json:"present"`
	Agree    int    `json:"agree"`
	Against  int    `json:"against"`
	Abstain  int    `json:"abstain"`
	Minutes  string `json:"minutes"`
	Question string `json:"question,omitempty"`
	Result   string `json:"result"`
}

// ReviewMinutes are the 民主评议会议记录.
func ReviewMinutes(m Meeting) *Document {
	d := &Document{Title: "民主评议会议记录"}
	rows := []Row{
		pair("会议时间", m.HeldAt, "会议地点", m.Place),
		pair("会议形式", m.Kind, "主持人", m.Chair),
		pair("应到人数", strconv.Itoa(m.Eligible), "实到人数", fmt.Sprintf("%d（到会率%s）", m.Present, percent(m.Present, m.Eligible))),
		field("评议事项", fmt.Sprintf("%s（户主：%s，编号%s）", m.Subject, m.Head, m.CaseNo), 3),
		{Cells: []Cell{{Text: "评议\n记录", Bold: true, Align: Middle}, {Text: m.Minutes, Cols: 3, Top: true}}, Height: 70},
	}
	if m.Question != "" {
		rows = append(rows, field("存疑问题", m.Question, 3))
	}
	rows = append(rows,
		field("表决结果", fmt.Sprintf("同意%d人，反对%d人，弃权%d人；同意人数占实到人数的%s", m.Agree, m.Against, m.Abstain, percent(m.Agree, m.Present)), 3),
		field("回避情况", "☑与被评议农户有亲属关系的人员已回避", 3), field("评议结论", m.Result, 3))
	d.Narrow = true
	return d.Add(P(Title, m.Village+"民主评议会议记录"), T(Table{Columns: []float64{2, 4, 2, 4}, Size: 12, Rows: rows}), Gap(4),
		Signed(Place{Label: "主持人（签字）"}, Place{Label: "记录人（签字）"}, Place{Label: "村民代表（签字）"}, Place{Label: "村（居）民委员会", Seal: true}))
}

// SignInSheet is the 签到表 of a meeting: as many lines as people are entitled to come.
func SignInSheet(m Meeting) *Document {
	d := &Document{Title: "会议签到表", Narrow: true}
	rows := []Row{Header("序号", "姓名", "职务（身份）", "签字", "序号", "姓名", "职务（身份）", "签字")}
	n := (max(m.Eligible, 20) + 1) / 2
	for i := range n {
		row := Row{Cells: make([]Cell, 8), Height: 10}
		for j, k := range []int{i + 1, n + i + 1} {
			row.Cells[4*j] = Cell{Text: strconv.Itoa(k), Align: Middle}
		}
		rows = append(rows, row)
	}
	return d.Add(P(Title, m.Village+"会议签到表"), P(Note, fmt.Sprintf("会议名称：民主评议会议（%s，编号%s）", m.Subject, m.CaseNo)),
		P(Note, fmt.Sprintf("时间：%s　　地点：%s　　主持人：%s", m.HeldAt, m.Place, m.Chair)), Gap(2),
		T(Table{Columns: []float64{1, 2, 2.4, 2.4, 1, 2, 2.4, 2.4}, Header: 1, Rows: rows, Size: 11}),
		P(Note, "说明：与被评议农户有亲属关系的人员应当回避，不在本表签到。"))
}

// Training is the data of the 签到表 of a campaign's training (S0-058, S1-008): who was to come.
type Training struct {
	Title   string    `json:"title"`
	Unit    string    `json:"unit"`
	HeldOn  string    `json:"held_on,omitempty"`
	Place   string    `json:"place,omitempty"`
	Content string    `json:"content,omitempty"`
	People  []Trainee `json:"people"`
}

// Trainee is a person of a campaign.
type Trainee struct {
	Group string `json:"group"`
	Area  string `json:"area"`
	Name  string `json:"name"`
	Duty  string `json:"duty"`
}

// TrainingSignIn is the 签到表 of a training, with the names of those who are to come and room for others.
func TrainingSignIn(t Training) *Document {
	d := &Document{Title: "培训签到表", Narrow: true}
	rows := []Row{Header("序号", "组别", "负责的村（乡镇）", "姓名", "职责", "签字")}
	var cells [][]string
	for _, p := range t.People {
		cells = append(cells, []string{p.Group, p.Area, p.Name, p.Duty, ""})
	}
	for range 5 {
		cells = append(cells, make([]string, 5))
	}
	for _, r := range numbered(cells) {
		r.Height = 10
		rows = append(rows, r)
	}
	blank := "　　　　　　"
	return d.Add(P(Title, t.Title+"培训签到表"), P(Note, "组织单位："+t.Unit),
		P(Note, fmt.Sprintf("时间：%s　　地点：%s　　应到%d人", or(t.HeldOn, blank), or(t.Place, blank), len(t.People))), P(Note, "培训内容："+or(t.Content, blank)), Gap(2),
		T(Table{Columns: []float64{1, 2.4, 3, 2.4, 2.6, 3}, Header: 1, Rows: rows, Size: 11}))
}

// Consent is the data of the 承诺授权书 (2.2 sign_authorization; 5.4 Authorization).
type Consent struct {
	CaseNo  string   `json:"case_no"`
	Place   string   `json:"place"`
	Head    string   `json:"head"`
	Office  Office   `json:"office"`
	Persons []Person `json:"persons"`
	// Items are what may be looked up, Departments who is asked.
	Items       []string    `json:"items"`
	Departments []string    `json:"departments"`
	Until       policy.Date `json:"until"`
	Helper      string      `json:"helper,omitempty"`
}

// Person is a member of a household on a 承诺授权书.
type Person struct {
	Name     string `json:"name"`
	Relation string `json:"relation"`
	IDNo     string `json:"id_no,omitempty"`
}

// Authorization is the 承诺授权书.
func Authorization(c Consent) *Document {
	d := &Document{Title: "承诺授权书", Narrow: true}
	rows := []Row{Header("序号", "姓名", "与户主关系", "身份证号", "签字（按手印）")}
	var cells [][]string
	for _, p := range c.Persons {
		cells = append(cells, []string{p.Name, p.Relation, p.IDNo, ""})
	}
	for _, r := range numbered(cells) {
		r.Height = 11
		rows = append(rows, r)
	}
	d.Add(P(Title, "承诺授权书"), P(Plain, "编号："+c.CaseNo),
		P(Body, fmt.Sprintf("本户（%s，户主%s）自愿申报防止返贫监测帮扶，承诺所报家庭成员、收入支出、财产和生活困难等情况真实、完整。", c.Place, c.Head)),
		P(Body, "为核实上述情况，授权"+c.Office.Name+"会同有关部门查询、比对下列家庭成员的下列信息，仅用于本事项的核查认定："))
	d.Add(P(Heading1, "一、查询事项"))
	for i, item := range c.Items {
		d.Add(P(Body, fmt.Sprintf("%d. %s；", i+1, item)))
	}
	d.Add(P(Heading1, "二、查询部门"), P(Body, or(join(c.Departments), "县级有关行业部门")+"。"),
		P(Heading1, "三、授权期限"), P(Body, "自签署之日起至"+day(c.Until)+"止。"),
		P(Heading1, "四、承诺"), P(Body, "如有隐瞒、虚报，自愿承担终止帮扶、退回已享受资金等后果。本人知悉可以拒绝或者撤回授权，并知悉由此可能无法继续办理。"),
		P(Heading1, "五、被授权查询的家庭成员"), Gap(1), T(Table{Columns: []float64{1, 2, 2, 4, 3}, Header: 1, Rows: rows, Size: 12}), Gap(4))
	if c.Helper != "" {
		d.Add(P(Body, "本授权书内容已由"+c.Helper+"向签署人逐条宣读。"))
	}
	return d.Add(Signed(Place{Label: "户主（签字、按手印）"}, Place{Label: "代签（代读）人", Name: c.Helper}, Place{Label: "经办人（签字）"}))
}

func join(items []string) string {
	out := ""
	for i, s := range items {
		if i > 0 {
			out += "、"
		}
		out += s
	}
	return out
}

// Delivery is the data of a 签收单: who is to sign for which paper, on which day.
type Delivery struct {
	Title string      `json:"title"`
	Place string      `json:"place"`
	On    policy.Date `json:"on"`
	Rows  []Receipt   `json:"rows"`
}

// Receipt is one paper on a 签收单 and who is to sign for it.
type Receipt struct {
	Number string `json:"number"`
	Title  string `json:"title"`
	Person string `json:"person"`
	Place  string `json:"place"`
}

// DeliveryList is the 签收单 that goes on top of papers printed for one signing day.
func DeliveryList(v Delivery) *Document {
	d := &Document{Title: "文书签收单", Narrow: true, Landscape: true}
	rows := []Row{Header("序号", "文书编号", "文书名称", "签收人（户主）", "组别", "签收日期", "签字（按手印）")}
	var cells [][]string
	for _, r := range v.Rows {
		cells = append(cells, []string{r.Number, r.Title, r.Person, r.Place, "　月　日", ""})
	}
	for _, r := range numbered(cells) {
		r.Height = 11
		rows = append(rows, r)
	}
	return d.Add(P(Title, or(v.Title, "文书签收单")), P(Note, fmt.Sprintf("地点：%s　　集中签字日：%s　　共%d份", v.Place, day(v.On), len(v.Rows))), Gap(1),
		T(Table{Columns: []float64{1, 4.4, 3, 2.4, 2.4, 2, 3.6}, Header: 1, Rows: rows, Size: 11}), Gap(4), Signed(Place{Label: "送达人（签字）"}, Place{Label: "见证人（签字）"}))
}
