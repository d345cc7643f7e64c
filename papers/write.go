package papers

import (
	"fmt"
	"strconv"
	"strings"

	"shouwang/policy"
)

// Office is who issues a paper.
type Office struct {
	// Name stands at the end of a letter, such as 青禾乡人民政府.
	Name string `json:"name"`
	// Head is the name in the red head; empty is Name.
	Head string `json:"head,omitempty"`
}

func (o Office) redHead(number string) *Head {
	head := o.Head
	if head == "" {
		head = o.Name
	}
	return &Head{Office: head, Kind: "文件", Number: number}
}

// day writes a date as letters do, and an unset one as a place to fill in.
func day(d policy.Date) string {
	if d.IsZero() {
		return "　　　　年　　月　　日"
	}
	return fmt.Sprintf("%d年%d月%d日", d.Year, d.Month, d.Day)
}

// closing is the office and the date at the end of a letter, four characters from the right margin (GB/T 9704 7.3.5).
func closing(office string, on policy.Date) []Block {
	return []Block{Gap(12), P(Right, office+"（盖章）　　"), P(Right, day(on)+"　　　　")}
}

// numeral is n in Chinese, for headings 一、 to 九十九、.
func numeral(n int) string {
	digits := []rune("〇一二三四五六七八九")
	switch {
	case n < 10:
		return string(digits[n])
	case n < 20:
		return "十" + strings.TrimSuffix(string(digits[n%10]), "〇")
	default:
		return string(digits[n/10]) + "十" + strings.TrimSuffix(string(digits[n%10]), "〇")
	}
}

// paragraphs are the parts of a text that somebody has typed, each in the style.
func paragraphs(style Style, text string) []Block {
	var out []Block
	for part := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, P(style, part))
		}
	}
	return out
}

// or is a text, or what stands on paper where there is none.
func or(text, none string) string {
	if strings.TrimSpace(text) == "" {
		return none
	}
	return text
}

func percent(part, whole int) string {
	if whole == 0 {
		return "—"
	}
	return strconv.FormatFloat(float64(part)*100/float64(whole), 'f', 1, 64) + "%"
}

// field is a labelled row of a form: label and value over the rest of the columns.
func field(label, value string, cols int) Row {
	return Row{Cells: []Cell{{Text: label, Bold: true, Align: Middle}, {Text: value, Cols: cols}}, Height: 9}
}

// pair is a row of two labelled values in a table of four columns.
func pair(a, av, b, bv string) Row {
	return Row{Cells: []Cell{{Text: a, Bold: true, Align: Middle}, {Text: av}, {Text: b, Bold: true, Align: Middle}, {Text: bv}}, Height: 9}
}

// numbered puts 1, 2, 3 … before each row.
func numbered(rows [][]string) []Row {
	out := make([]Row, len(rows))
	for i, r := range rows {
		out[i] = Cells(append([]string{strconv.Itoa(i + 1)}, r...)...)
		out[i].Cells[0].Align = Middle
	}
	return out
}
