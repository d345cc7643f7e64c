// Package formbook carries forms as a workbook: blank or filled ones of a village out, and what was written into them
// back in. A form without tables has one sheet with a line for each household; one with tables has a sheet for each.
// Every line or sheet names the record it is about and the version it was taken from, so that nothing is overwritten
// that somebody else has changed meanwhile.
package formbook

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"shouwang/forms"
	"shouwang/policy"
	"shouwang/procedure"
)

// marker begins the first line of a sheet that this package has written; the key of the form, the period,
// the title, the campaign and the mark follow it.
const marker = "守望表单"

// MaxSheets is how many forms with tables one workbook takes.
const MaxSheets = 200

// Head of the lines of a sheet without tables; in front of the fields.
var lineHead = []string{"行键（勿改）", "版本（勿改）", "填写对象"}

// Entry is one form to be written: of a subject, with the record's version, 0 for none.
type Entry struct {
	Subject string // the key of the line: id of a household, or code of a region, with a slash and its unit in a campaign
	Name    string
	Version int
	Answers map[string]any
}

// Flat reports whether a form has no tables, so that all its entries stand on one sheet.
func Flat(f *forms.Form) bool {
	for _, x := range f.Written() {
		if x.Kind == procedure.Rows {
			return false
		}
	}
	return true
}

// Write makes the workbook of a form for a period, of a campaign if there is one. Each sheet bears the mark: who has taken
// it out, when, under which number and why.
func Write(w io.Writer, f *forms.Form, period, campaign, mark string, entries []Entry, s policy.Snapshot) error {
	if !Flat(f) && len(entries) > MaxSheets {
		return policy.Fault{Code: "FRM-006", Message: fmt.Sprintf("“%s”每份占一张工作表，一次最多 %d 份，请缩小范围", f.Title, MaxSheets)}
	}
	b := &writer{x: excelize.NewFile(), form: f, period: period, campaign: campaign, mark: mark, policy: s}
	defer b.x.Close()
	var err error
	if b.bold, err = b.x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}}); err != nil {
		return err
	}
	if Flat(f) {
		err = b.lines(entries)
	} else {
		for i, e := range entries {
			err = errors.Join(err, b.sheet(sheetName(e.Name, i+1), e))
		}
	}
	if err != nil {
		return err
	}
	if len(b.x.GetSheetList()) > 1 {
		err = b.x.DeleteSheet("Sheet1")
	}
	if err != nil {
		return err
	}
	return b.x.Write(w)
}

// Filled is a form that somebody has filled in elsewhere.
type Filled struct {
	Form    *forms.Form
	Answers map[string]any
}

// WriteFilled makes a workbook of the forms about one subject, a sheet for each with the mark of Write, to be read: it is not one to import.
func WriteFilled(w io.Writer, name, mark string, list []Filled, s policy.Snapshot) error {
	b := &writer{x: excelize.NewFile(), policy: s, mark: mark, copies: true}
	defer b.x.Close()
	var err error
	if b.bold, err = b.x.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}, Alignment: &excelize.Alignment{WrapText: true, Vertical: "center"}}); err != nil {
		return err
	}
	for i, f := range list {
		b.form = f.Form
		err = errors.Join(err, b.sheet(sheetName(f.Form.Title, i+1), Entry{Name: name, Answers: f.Answers}))
	}
	if err = errors.Join(err, b.x.DeleteSheet("Sheet1")); err != nil {
		return err
	}
	return b.x.Write(w)
}

type writer struct {
	x      *excelize.File
	form   *forms.Form
	period string
	// campaign is that of the forms, "" for none.
	campaign string
	mark     string
	copies   bool // of forms that are kept elsewhere, without the marks of an import
	policy   policy.Snapshot
	bold     int
	err      error
}

func (b *writer) set(sheet string, row, column int, v any) {
	cell, err := excelize.CoordinatesToCellName(column+1, row+1)
	if err == nil {
		if s, ok := v.(string); ok {
			err = b.x.SetCellStr(sheet, cell, guarded(s))
		} else if v != nil {
			err = b.x.SetCellValue(sheet, cell, v)
		}
	}
	b.err = errors.Join(b.err, err)
}

func (b *writer) head(sheet string, row, from int, titles ...string) {
	for i, t := range titles {
		b.set(sheet, row, from+i, t)
	}
	a, err1 := excelize.CoordinatesToCellName(from+1, row+1)
	z, err2 := excelize.CoordinatesToCellName(from+len(titles), row+1)
	b.err = errors.Join(b.err, err1, err2, b.x.SetCellStyle(sheet, a, z, b.bold))
}

// start begins a sheet with the line that says what it is.
func (b *writer) start(name string) {
	_, err := b.x.NewSheet(name)
	b.err = errors.Join(b.err, err)
	if b.copies {
		b.head(name, 0, 0, b.form.Title, b.mark)
		return
	}
	b.head(name, 0, 0, marker, b.form.Key(), b.period, b.form.Title, b.campaign, b.mark)
}

// lines writes a form without tables: one line for each entry.
func (b *writer) lines(entries []Entry) error {
	name := sheetName(b.form.Title, 0)
	b.start(name)
	fields := b.form.Written()
	titles := append([]string{}, lineHead...)
	for _, f := range fields {
		titles = append(titles, forms.Heading(f))
	}
	b.head(name, 1, 0, titles...)
	for i, e := range entries {
		b.set(name, i+2, 0, e.Subject)
		b.set(name, i+2, 1, e.Version)
		b.set(name, i+2, 2, e.Name)
		for j, f := range fields {
			b.set(name, i+2, j+len(lineHead), cellOf(f, e.Answers[f.Code], b.policy))
		}
	}
	return b.err
}

// sheet writes a form with tables: its single answers line by line, then the tables.
func (b *writer) sheet(name string, e Entry) error {
	b.start(name)
	if b.copies {
		b.head(name, 1, 0, lineHead[2], e.Name)
	} else {
		b.head(name, 1, 0, lineHead[0], e.Subject, lineHead[1], strconv.Itoa(e.Version), lineHead[2], e.Name)
	}
	row := 2
	var tables []procedure.Field
	for _, f := range b.form.Written() {
		if f.Kind == procedure.Rows {
			tables = append(tables, f)
			continue
		}
		b.head(name, row, 0, forms.Heading(f))
		b.set(name, row, 1, cellOf(f, e.Answers[f.Code], b.policy))
		row++
	}
	for _, f := range tables {
		row = b.table(name, row+1, f, e.Answers[f.Code])
	}
	return b.err
}

// blankRows are left for writing under what a table has.
const blankRows = 5

// table writes one table from a line on and returns the line after it. An empty income sheet gets the county's items.
func (b *writer) table(sheet string, row int, f procedure.Field, v any) int {
	b.head(sheet, row, 0, "【表】"+f.Title)
	var titles []string
	for _, c := range f.Columns {
		titles = append(titles, forms.Heading(c))
	}
	b.head(sheet, row+1, 0, titles...)
	list := forms.Rows(map[string]any{"t": v}, "t")
	if len(list) == 0 && f.Code == "income" && f.Columns[0].OptionsKey == "income_items" {
		for _, item := range b.policy.IncomeItems() {
			list = append(list, map[string]any{"item": item.Code})
		}
	}
	for i, r := range list {
		for j, c := range f.Columns {
			b.set(sheet, row+2+i, j, cellOf(c, r[c.Code], b.policy))
		}
	}
	return row + 2 + len(list) + blankRows
}

// cellOf is an answer as an office writes it: amounts in yuan, choices by their titles.
func cellOf(f procedure.Field, v any, s policy.Snapshot) any {
	switch x := v.(type) {
	case bool:
		return map[bool]string{true: "是", false: "否"}[x]
	case float64:
		if f.Kind == procedure.Money {
			return policy.Yuan(int64(x))
		}
		return x
	case string:
		return titleOf(f, x, s)
	case []any:
		var words []string
		for _, item := range x {
			if code, ok := item.(string); ok {
				words = append(words, titleOf(f, code, s))
			}
		}
		return strings.Join(words, "；")
	}
	return nil
}

func titleOf(f procedure.Field, code string, s policy.Snapshot) string {
	for _, o := range choicesOf(f, s) {
		if o.Code == code {
			return o.Title
		}
	}
	return code
}

// choicesOf are the options of a field. Titles that several have are told apart by their codes, as the four 其他 of the
// income sheet.
func choicesOf(f procedure.Field, s policy.Snapshot) []procedure.Option {
	if f.Kind != procedure.Choice && f.Kind != procedure.Choices {
		return nil
	}
	list := append([]procedure.Option{}, forms.Options(f, s)...)
	count := map[string]int{}
	for _, o := range list {
		count[o.Title]++
	}
	for i, o := range list {
		if count[o.Title] > 1 {
			list[i].Title = o.Title + "（" + o.Code + "）"
		}
	}
	return list
}

var noSheetName = strings.NewReplacer(":", "", "\\", "", "/", "", "?", "", "*", "", "[", "", "]", "", "'", "")

// sheetName is a name that a workbook allows: at most 31 characters, none of its signs.
func sheetName(name string, no int) string {
	r := []rune(noSheetName.Replace(name))
	out := string(r[:min(len(r), 20)])
	if no > 0 {
		out = fmt.Sprintf("%d-%s", no, out)
	}
	if out == "" {
		out = "表"
	}
	return out
}

// guarded puts an apostrophe before a text that a spreadsheet program could take for a formula; plain takes it away.
func guarded(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

func plain(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune("=+-@\t\r", rune(s[1])) {
		return s[1:]
	}
	return s
}
