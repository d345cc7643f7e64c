package deptlist

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"shouwang/internal/ledger"
	"shouwang/policy"
)

// Row is one line of a list, read. Values are those of the fields of the kind: dates as 2006-01-02, money in fen, choices
// as their codes, and the rest as text.
type Row struct {
	Sheet string
	Line  int
	Who   Who
	// Village is the code of the village, "" when the line names none or several are called so.
	Village string
	Values  map[string]string
	Faults  []policy.Fault
	Cells   []string // as they stand in the file
}

// Who is the person as the list names him. Birth is zero when it is not known.
type Who struct {
	Name, IDNo, Village, Township string
	Birth                         policy.Date
}

// Bad reports whether the row cannot be used.
func (r *Row) Bad() bool { return len(r.Faults) > 0 }

// Slot tells facts of one person of one kind apart.
func (r *Row) Slot(k *Kind) string {
	parts := make([]string, len(k.Slot))
	for i, f := range k.Slot {
		parts[i] = r.Values[f]
	}
	return strings.Join(parts, "|")
}

// Same reports whether two rows state the same.
func Same(a, b map[string]string) bool { return maps.Equal(a, b) }

// Reader reads the rows of a file by a mapping.
type Reader struct {
	File    *File
	Kind    *Kind
	Mapping Mapping
	Places  *Places
	Today   policy.Date
}

// Each gives every row in order. Rows with faults are given too.
func (r *Reader) Each(yield func(*Row) error) error {
	columns := map[string][]string{} // field by column, by sheet
	for _, s := range r.File.Sheets {
		for _, h := range s.Headings {
			columns[s.Name] = append(columns[s.Name], r.Mapping[h])
		}
	}
	wan := map[string]bool{}
	for _, h := range r.File.Headings() {
		if strings.Contains(h, "万元") {
			wan[r.Mapping[h]] = true
		}
	}
	return r.File.Each(func(l Line) error {
		p := parser{Reader: r, wan: wan, cells: map[string]string{}, row: &Row{Sheet: l.Sheet, Line: l.No, Values: map[string]string{}, Cells: l.Cells}}
		for i, code := range columns[l.Sheet] {
			if code != "" && i < len(l.Cells) {
				p.cells[code] = ledger.Said(l.Cells[i])
			}
		}
		p.who()
		for _, f := range r.Kind.Fields {
			p.value(f)
		}
		return yield(p.row)
	})
}

// parser reads one line.
type parser struct {
	*Reader
	wan   map[string]bool
	cells map[string]string
	row   *Row
}

func (p *parser) fault(code, field, format string, args ...any) {
	p.row.Faults = append(p.row.Faults, policy.Fault{Code: code, Field: field, Message: fmt.Sprintf(format, args...)})
}

func (p *parser) who() {
	w := &p.row.Who
	w.Name = ledger.Tight(p.cells[FieldName])
	w.Village, w.Township = ledger.Tight(p.cells[FieldVillage]), ledger.Tight(p.cells[FieldTown])
	if w.Name == "" {
		p.fault("DPT-101", FieldName, "缺少姓名")
	}
	p.identity()
	var several bool
	p.row.Village, several = p.Places.Village(w.Township, w.Village)
	switch {
	case w.IDNo != "" || p.cells[FieldID] != "": // whoever has a number need have no village
	case w.Village == "":
		p.fault("DPT-102", FieldID, "身份证号和村都没有填写，无法确认是谁")
	case several:
		p.fault("DPT-104", FieldVillage, "有几个村都叫这个名字，请写明乡镇")
	case p.row.Village == "":
		p.fault("DPT-104", FieldVillage, "辖区内没有这个村")
	}
}

func (p *parser) identity() {
	w := &p.row.Who
	if raw := p.cells[FieldID]; raw != "" {
		n, lost := ledger.Digits(raw)
		id, err := policy.ParseID(n)
		switch {
		case lost || len(n) == 18 && err != nil && strings.HasSuffix(n, "000"):
			p.fault("DPT-103", FieldID, "证件号被存成数字，末几位已丢失，请以文本格式重新填写")
		case err != nil:
			p.fault("DPT-103", FieldID, "%s", err.(policy.Fault).Message)
		default:
			w.IDNo, w.Birth = id.Resident(), id.Birth
		}
	}
	raw := p.cells[FieldBirth]
	if raw == "" {
		return
	}
	d, ok := p.File.Date(raw)
	switch {
	case !ok || p.Today.Before(d):
		p.fault("DPT-106", FieldBirth, "出生日期无法识别，应写成 1980-05-06 或 19800506，且不晚于今天")
	case w.IDNo != "" && d != w.Birth:
		p.fault("DPT-110", FieldBirth, "出生日期与证件号中的不一致")
	default:
		w.Birth = d
	}
}

// value reads one field of the kind.
func (p *parser) value(f Field) {
	s := p.cells[f.Code]
	if s == "" {
		if f.Required {
			p.fault("DPT-105", f.Code, "缺少“%s”", f.Title)
		}
		return
	}
	v, ok := s, true
	switch f.Kind {
	case Date:
		var d policy.Date
		if d, ok = p.File.Date(s); !ok || p.Today.AddDays(366).Before(d) {
			p.fault("DPT-106", f.Code, "“%s”不是日期，应写成 2026-05-06、2026年5月6日或 20260506", f.Title)
			return
		}
		v = d.String()
	case Money:
		var fen int64
		if fen, ok = ledger.ParseMoney(s, p.wan[f.Code]); !ok {
			p.fault("DPT-107", f.Code, "“%s”不是金额", f.Title)
			return
		}
		v = strconv.FormatInt(fen, 10)
	case Number:
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			p.fault("DPT-108", f.Code, "“%s”不是数", f.Title)
			return
		}
	case Year:
		if v, ok = year(s, p.Today); !ok {
			p.fault("DPT-108", f.Code, "“%s”不是年度，应写成 2026", f.Title)
			return
		}
	case Choice:
		if v, ok = f.Values[strings.ToUpper(ledger.Tight(s))]; !ok {
			p.fault("DPT-109", f.Code, "“%s”应为%s之一", f.Title, strings.Join(f.Words(), "、"))
			return
		}
	}
	p.row.Values[f.Code] = v
}

// Words are the words of a choice, for people.
func (f Field) Words() []string { return slices.Sorted(maps.Keys(f.Values)) }

// year reads 2026, 2026年, 2026年度, and 2025-2026 as the year it begins in.
func year(s string, today policy.Date) (string, bool) {
	s = strings.TrimRight(ledger.Tight(s), "年度学")
	if before, _, ok := strings.Cut(s, "-"); ok {
		s = before
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 2015 || n > today.Year+1 {
		return "", false
	}
	return strconv.Itoa(n), true
}
