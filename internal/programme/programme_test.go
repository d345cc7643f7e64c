package programme

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

func at(day string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", day+" 12:00", policy.Shanghai)
	if err != nil {
		panic(err)
	}
	return t
}

func problem(opened, due string, state procedure.State, moves ...move) Problem {
	values := map[string]json.RawMessage{}
	if due != "" {
		values["due_on"] = json.RawMessage(`"` + due + `"`)
	}
	return Problem{Case: models.Case{State: state, OpenedAt: at(opened), Facts: models.Facts{Values: values}}, moves: moves}
}

func TestOverdueOnlyUntilHandedIn(t *testing.T) {
	t.Parallel()
	for state, late := range map[procedure.State]bool{"assigned": true, "rectifying": true, "escalated": true, "submitted": false, "verifying": false, "closed": false, "long_term": false} {
		p := problem("2026-03-01", "2026-03-10", state)
		require.False(t, p.Overdue(at("2026-03-11").Add(-12*time.Hour-time.Nanosecond)), "the last day belongs to the limit")
		require.Equal(t, late, p.Overdue(at("2026-03-11").Add(-12*time.Hour)), state)
	}
	p := problem("2026-03-01", "", "assigned")
	require.False(t, p.Overdue(at("2027-03-01")), "without a limit nothing is late")
}

// A problem that came back is open again from that day.
func TestBurnDown(t *testing.T) {
	t.Parallel()
	list := []Problem{
		problem("2026-03-01", "2026-03-03", "closed", move{at("2026-03-02"), true}),
		problem("2026-03-02", "2026-03-04", "assigned", move{at("2026-03-03"), true}, move{at("2026-03-04"), false}),
		problem("2026-03-02", "2026-03-05", "duplicate", move{at("2026-03-02"), true}),
	}
	cut, err := policy.ParseDate("2026-03-06")
	require.NoError(t, err)
	var open, planned []int
	for _, d := range BurnDown(list, cut, at("2026-03-04")) {
		open, planned = append(open, d.Open), append(planned, d.Planned)
	}
	require.Equal(t, []int{1, 1, 0, 1, -1, -1}, open)
	require.Equal(t, []int{1, 2, 1, 0, 0, 0}, planned, "what is no problem has no plan")
	require.Empty(t, BurnDown(nil, cut, at("2026-03-04")))
}

// Cells merged downwards hold for each row, lines between the problems name their
// source, and what a spreadsheet would compute is refused.
func TestReadAsOfficesWrite(t *testing.T) {
	t.Parallel()
	x := excelize.NewFile()
	for i, row := range [][]any{
		{"清单"}, {"序号", "村", "存在的问题", "整改期限"}, {"二、市级督查发现问题"},
		{1, "甲村", "问题一", "2026年4月1日"}, {2, "", "问题二", 46113}, {"", "", "只有问题的一行"}, {3, "乙村", "问题三"}, {"合计", "", "", ""},
	} {
		require.NoError(t, x.SetSheetRow("Sheet1", "A"+string(rune('1'+i)), &row))
	}
	require.NoError(t, x.MergeCell("Sheet1", "B4", "B5"))
	require.NoError(t, x.SetCellFormula("Sheet1", "C7", `="问题"&"三"`))
	var raw bytes.Buffer
	require.NoError(t, x.Write(&raw))
	b, err := Read(&raw)
	require.NoError(t, err)
	require.Len(t, b.Rows, 4)
	require.Equal(t, map[string]string{"village": "甲村", "brief": "问题一", "due": "2026-04-01", "source_class": "city"}, b.Rows[0].Values)
	require.Equal(t, "甲村", b.Rows[1].Values["village"])
	require.Equal(t, "2026-04-01", b.Rows[1].Values["due"])
	require.Equal(t, "只有问题的一行", b.Rows[2].Values["brief"])
	require.Equal(t, "PRB-113", b.Rows[3].Faults[0].Code)
}

func TestExampleHasTwentyThree(t *testing.T) {
	t.Parallel()
	var raw bytes.Buffer
	require.NoError(t, ExampleWorkbook(&raw))
	b, err := Read(&raw)
	require.NoError(t, err)
	require.Len(t, b.Rows, 23)
	for _, r := range b.Rows {
		require.Empty(t, r.Faults)
		require.NotEmpty(t, r.Values["source_class"])
	}
	for i, r := range b.Rows { // what is not of the paper says so
		require.Equal(t, slices.Contains([]int{1, 4, 7, 13, 15}, i+1), r.Values["remark"] != "", r.Values["brief"])
	}
	p := Example("990101101", 2026)
	ph, ok := p.Consolidation()
	require.True(t, ok)
	require.Equal(t, "2026-07-11", ph.From)
}
