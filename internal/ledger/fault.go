package ledger

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// Fault is one thing wrong with a row, in words for the person who has to mend it. Code is stable: LED-1xx concern a
// cell, LED-2xx a household, LED-3xx are notes that keep nothing from being imported.
type Fault struct {
	Code    string `json:"code"`
	Sheet   string `json:"sheet"`
	Line    int    `json:"line"`
	Cell    string `json:"cell,omitempty"` // such as C12; empty when the whole row is meant
	Field   string `json:"field,omitempty"`
	Message string `json:"message"`
	Note    bool   `json:"note,omitempty"`
}

// String is the fault on one line.
func (f Fault) String() string {
	where := f.Cell
	if where == "" {
		where = fmt.Sprintf("第%d行", f.Line)
	}
	return fmt.Sprintf("[%s] %s %s：%s", f.Code, f.Sheet, where, f.Message)
}

// faults collects what is wrong with one household.
type faults struct {
	sheet *Sheet
	list  []Fault
}

// add records a fault of a row, at the cell of a field if the sheet has such a column.
func (fs *faults) add(row *Row, field Field, code, format string, args ...any) {
	f := Fault{Code: code, Sheet: fs.sheet.Name, Line: row.Line, Field: field.Title(), Message: fmt.Sprintf(format, args...)}
	for _, c := range fs.sheet.Columns {
		if c.Field == field && field != "" {
			f.Cell = cellName(c.Index, row.Line)
		}
	}
	fs.list = append(fs.list, f)
}

func (fs *faults) note(row *Row, field Field, code, format string, args ...any) {
	fs.add(row, field, code, format, args...)
	fs.list[len(fs.list)-1].Note = true
}

// bad tells whether anything keeps the household from being imported.
func (fs *faults) bad() bool {
	for _, f := range fs.list {
		if !f.Note {
			return true
		}
	}
	return false
}

func cellName(column, line int) string {
	name, _ := excelize.CoordinatesToCellName(column+1, line)
	return name
}
