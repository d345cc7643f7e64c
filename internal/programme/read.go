package programme

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"shouwang/internal/ledger"
	"shouwang/policy"
)

// Note is one thing to say about a row. Codes are stable: PRB-001 no heading, PRB-002
// too many rows; PRB-101 no problem named, 102 place, 103 household, 104 several
// households of that name, 105 an option that is not on the list, 106 date, 107 self
// found, 108 person, 109 the verifier is the person responsible, 110 limit, 111 twice in
// the file, 112 personal data in the short text, 113 a formula, 114 too long; 201 and
// 202 are remarks on how far the row can be taken.
type Note struct {
	Code    string
	Field   string
	Message string
}

// Row is one problem as the workbook tells it.
type Row struct {
	Sheet  string
	Line   int // as Excel counts
	Values map[string]string
	Faults []Note
}

// Book is a workbook of problems.
type Book struct {
	*ledger.Workbook
	Rows    []Row
	Unknown []string
	heads   map[string]int
}

const (
	maxRows      = 500
	headingDepth = 15
)

// titles are the columns by their code, each with the headings offices use; the first
// is what messages call it.
var titles = []struct {
	code string
	of   []string
}{
	{"ignored", []string{"序号", "编号", "导入结果", "错误说明"}},
	{"brief", []string{"问题性质简述", "问题简述", "具体问题", "反馈问题", "存在问题", "问题名称", "问题", "存在的问题"}},
	{"description", []string{"问题具体描述", "问题描述", "具体描述", "具体表现", "问题表现"}},
	{"township", []string{"乡镇", "所在乡镇", "乡镇(街道)", "责任乡镇"}},
	{"village", []string{"村", "所在村", "行政村", "责任村", "村(社区)", "村名"}},
	{"household_no", []string{"户编号", "户号"}},
	{"head_name", []string{"户主姓名", "户主"}},
	{"household_type", []string{"户类型", "户属性"}},
	{"population", []string{"家庭人口", "人口"}},
	{"problem_type", []string{"问题类型"}},
	{"nature", []string{"问题性质", "性质"}},
	{"source_class", []string{"来源类别", "问题来源", "问题类别", "来源"}},
	{"channel", []string{"发现渠道", "渠道"}},
	{"found_on", []string{"发现日期", "发现时间", "反馈时间"}},
	{"self_found", []string{"自查发现", "是否自查", "是否自查发现"}},
	{"persons", []string{"所涉人员", "涉及人员", "涉及对象", "责任单位"}},
	{"facts", []string{"具体事实", "事实"}},
	{"measure", []string{"整改措施", "措施"}},
	{"class", []string{"整改类别", "整改方式", "整改类型"}},
	{"responsible", []string{"整改责任人", "责任人"}},
	{"verifier", []string{"核验人", "销号核验人"}},
	{"due", []string{"整改时限", "整改期限", "完成时限", "完成期限", "完成时间"}},
	{"remark", []string{"备注"}},
}

func columnOf(heading string) string {
	h := strings.NewReplacer("（", "(", "）", ")", "*", "").Replace(ledger.Tight(heading))
	for _, t := range titles {
		if slices.Contains(t.of, h) {
			return t.code
		}
	}
	return ""
}

// titleOf is the name of a column in messages.
func titleOf(code string) string {
	for _, t := range titles {
		if t.code == code {
			return t.of[0]
		}
	}
	return code
}

// Read understands a list of problems as offices keep it: titles above the heading,
// Chinese headings in any order, several sheets, cells merged downwards, and lines
// between the problems that name the source of those below them (S003).
func Read(r io.Reader) (*Book, error) {
	w, err := ledger.OpenWorkbook(r)
	if err != nil {
		return nil, err
	}
	b := &Book{Workbook: w, heads: map[string]int{}}
	for i := range w.Sheets {
		b.sheet(&w.Sheets[i])
	}
	switch {
	case len(b.heads) == 0:
		return nil, policy.Fault{Code: "PRB-001", Message: "没有找到表头：至少要有“问题性质简述”（或“具体问题”）一列，以及村、措施、责任人、时限等列中的一列"}
	case len(b.Rows) > maxRows:
		return nil, policy.Fault{Code: "PRB-002", Message: fmt.Sprintf("问题超过 %d 行，请分批导入", maxRows)}
	}
	return b, nil
}

func (b *Book) sheet(s *ledger.Cells) {
	head, columns := heading(s)
	if head < 0 {
		return
	}
	b.heads[s.Name] = head
	for i, c := range columns {
		if c == "" {
			if h := s.Text(head, i); h != "" && !slices.Contains(b.Unknown, h) {
				b.Unknown = append(b.Unknown, h)
			}
		}
	}
	source := ""
	for line := head + 1; line < len(s.Grid); line++ {
		row, single := rowOf(s, line, columns)
		switch {
		case single != "": // a line across the sheet: the source of what follows
			if code := sourceOf(single); code != "" {
				source = code
			}
		case len(row.Values) > 0 && !repeats(row.Values):
			if row.Values["source_class"] == "" && source != "" {
				row.Values["source_class"] = source
			}
			b.Rows = append(b.Rows, row)
		}
	}
}

// heading is the line with most known columns, one of them the problem itself.
func heading(s *ledger.Cells) (int, []string) {
	best, most := -1, 1
	var columns []string
	for i := range min(headingDepth, len(s.Grid)) {
		var list []string
		known := 0
		for j := range s.Grid[i] {
			c := columnOf(s.Text(i, j))
			if slices.Contains(list, c) {
				c = "" // a second column of the same meaning
			}
			if c != "" && c != "ignored" {
				known++
			}
			list = append(list, c)
		}
		if slices.Contains(list, "brief") && known > most {
			best, most, columns = i, known, list
		}
	}
	return best, columns
}

// numbered begins the lines between the problems: 一、….
var numbered = regexp.MustCompile(`^[（(]?[一二三四五六七八九十]+[)）]?、`)

// rowOf reads one line; single is its text when that is all it has and it is no
// problem of its own.
func rowOf(s *ledger.Cells, line int, columns []string) (Row, string) {
	row := Row{Sheet: s.Name, Line: line + 1, Values: map[string]string{}}
	filled, single := 0, ""
	for j := range s.Grid[line] {
		v := s.Text(line, j)
		if v == "" {
			continue
		}
		if filled++; filled == 1 && (j >= len(columns) || columns[j] != "brief" || numbered.MatchString(v)) {
			single = v
		}
		if j >= len(columns) || columns[j] == "" || columns[j] == "ignored" {
			continue
		}
		row.Values[columns[j]] = v
		if s.Computed(line, j) {
			row.fault("PRB-113", columns[j], "是公式，请“选择性粘贴为数值”后再导入")
		}
		if columns[j] == "found_on" || columns[j] == "due" {
			if d, ok := s.Date(v); ok {
				row.Values[columns[j]] = d.String()
			}
		}
	}
	if filled != 1 {
		single = ""
	}
	return row, single
}

func repeats(values map[string]string) bool {
	n := 0
	for code, v := range values {
		if columnOf(v) == code {
			n++
		}
	}
	return n >= 2
}

func (r *Row) fault(code, field, format string, a ...any) {
	r.Faults = append(r.Faults, Note{Code: code, Field: titleOf(field), Message: fmt.Sprintf(format, a...)})
}

// sources are the words by which a line or a cell tells where a problem came from.
var sources = []struct {
	code  string
	words []string
}{
	{"central_report", []string{"通报", "中办", "国办"}},
	{"central_province", []string{"中央农村工作领导小组", "中农组发", "省级"}},
	{"city", []string{"市级"}},
	{"county", []string{"县级"}},
	{"self", []string{"自查", "排查"}},
}

func sourceOf(s string) string {
	for _, src := range sources {
		if slices.ContainsFunc(src.words, func(w string) bool { return strings.Contains(s, w) }) {
			return src.code
		}
	}
	return ""
}
