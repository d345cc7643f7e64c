package papers

import (
	"fmt"
	"strconv"

	"shouwang/policy"
)

// CaseFile is the data of a 案卷: its cover, and what it holds in order.
type CaseFile struct {
	Office Office `json:"office"`
	Number string `json:"number,omitempty"`
	Title  string `json:"title"`
	CaseNo string `json:"case_no"`
	Matter string `json:"matter"`
	Head   string `json:"head"`
	// Subject is what Head is where it is no head of a household.
	Subject string `json:"subject,omitempty"`
	Place   string `json:"place"`
	// Retention is how long the file is kept, as the place's archive table says.
	Retention string      `json:"retention"`
	From      policy.Date `json:"from"`
	Until     policy.Date `json:"until"`
	Records   []Record    `json:"records"`
	Files     []File      `json:"files,omitempty"`
	Chain     string      `json:"chain"` // hash of the last record
	On        policy.Date `json:"on"`
}

// Record is one recorded act of a case.
type Record struct {
	Seq  int    `json:"seq"`
	At   string `json:"at"`
	What string `json:"what"`
	Who  string `json:"who"`
	From string `json:"from"`
	To   string `json:"to"`
	// Document is the name of its paper, Hash the start of its hash in the chain.
	Document string `json:"document,omitempty"`
	Hash     string `json:"hash"`
}

// File is a scan or photograph that is kept with the case as a file of its own.
type File struct {
	Name string `json:"name"`
	Kind string `json:"kind"`
	At   string `json:"at"`
	Size int64  `json:"size"`
	Hash string `json:"hash"`
}

// entry is a line of the contents page.
type entry struct {
	number, title, date string
	page                int // 0: not in the pages of the file
}

// Cover is the first page of a 案卷.
func (c CaseFile) Cover(pages int) *Document {
	d := &Document{Title: c.Title}
	rows := []Row{field("案卷题名", c.Matter+"案卷", 1), field("案卷编号", or(c.Number, "（未编号）"), 1), field("事项编号", c.CaseNo, 1), field(or(c.Subject, "户　　主"), or(c.Head, "—"), 1),
		field("所 在 地", c.Place, 1), field("起止日期", day(c.From)+"至"+day(c.Until), 1), field("保管期限", or(c.Retention, "按当地归档范围和保管期限表"), 1),
		field("页　　数", fmt.Sprintf("共%d页，另有电子附件%d件", pages, len(c.Files)), 1), field("末条记录校验码", c.Chain, 1)}
	for i := range rows {
		rows[i].Height = 12
	}
	return d.Add(P(Title, c.Office.Name), P(Title, "案　卷"), T(Table{Columns: []float64{2, 5}, Rows: rows, Size: 14}), Gap(10),
		P(Centre, "立卷人：　　　　　　　　检查人：　　　　　　　"), P(Centre, "立卷日期："+day(c.On)))
}

func (c CaseFile) contents(entries []entry) *Document {
	d := &Document{Title: c.Title + "目录", Narrow: true}
	rows := []Row{Header("顺序号", "文书编号", "题　　名", "日期", "页号")}
	for i, e := range entries {
		page := "电子件"
		if e.page > 0 {
			page = strconv.Itoa(e.page)
		}
		row := Cells(strconv.Itoa(i+1), or(e.number, "—"), e.title, e.date, page)
		row.Cells[0].Align, row.Cells[4].Align = Middle, Middle
		row.Height = 8
		rows = append(rows, row)
	}
	return d.Add(P(Title, "卷内文件目录"), T(Table{Columns: []float64{1.3, 4.5, 6, 2.4, 1.5}, Header: 1, Rows: rows, Size: 10.5}))
}

// Sheet lists every recorded act of the case (办理记录): the chain that the file stands on.
func (c CaseFile) Sheet() *Document {
	d := &Document{Title: "办理记录", Narrow: true}
	rows := []Row{Header("序号", "时间", "事项", "经办人", "办理环节", "文书", "校验码")}
	for _, r := range c.Records {
		step := r.To
		if r.From != "" && r.From != r.To {
			step = r.From + "→" + r.To
		}
		row := Cells(strconv.Itoa(r.Seq), r.At, r.What, r.Who, step, r.Document, r.Hash)
		row.Cells[0].Align = Middle
		rows = append(rows, row)
	}
	return d.Add(P(Title, "办理记录"), T(Table{Columns: []float64{1, 3.2, 2.8, 3, 3.2, 2.4, 2.7}, Header: 1, Rows: rows, Size: 9}),
		P(Note, "校验码为每条记录在办理链条中的哈希值的前12位，可用“验证完整性”核对。"))
}

// Bound is a paper in the file, as it was frozen when it was issued.
type Bound struct {
	Number, Title string
	On            policy.Date
	Document      *Document
}

// CaseFile is the whole file in order: cover, contents page, records, papers; pages are numbered through, and the contents
// page says on which page each part begins. Files kept on their own are listed as such.
func (f *Fonts) CaseFile(c CaseFile, papers []Bound) ([]*Document, error) {
	parts := append([]Bound{{Title: "办理记录", On: c.On, Document: c.Sheet()}}, papers...)
	entries := make([]entry, 0, len(parts)+len(c.Files))
	for _, p := range parts {
		entries = append(entries, entry{number: p.Number, title: p.Title, date: p.On.String(), page: 1})
	}
	for _, x := range c.Files {
		entries = append(entries, entry{title: x.Kind + "：" + x.Name, date: x.At})
	}
	// The contents are as long with other page numbers: each entry is one row, its column wide enough for any number.
	contents, err := f.Pages(c.contents(entries))
	if err != nil {
		return nil, err
	}
	before := 1 + contents // pages before the next part; the cover is one
	out := make([]*Document, 2, len(parts)+2)
	for i, p := range parts {
		d := *p.Document
		d.Foot, d.Continues = Foot{Number: c.Number}, true
		n, err := f.Pages(&d)
		if err != nil {
			return nil, err
		}
		entries[i].page = before + 1
		before += n
		out = append(out, &d)
	}
	out[0], out[1] = c.Cover(before), c.contents(entries)
	out[0].Foot.Number, out[1].Foot.Number, out[1].Continues = c.Number, c.Number, true
	return out, nil
}
