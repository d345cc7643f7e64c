package programme

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/policy"
	"shouwang/procedure"
)

// FuzzWorkbook puts any text into the cells of a list of problems: every row is taken or has faults with codes.
func FuzzWorkbook(f *testing.F) {
	var example bytes.Buffer
	require.NoError(f, ExampleWorkbook(&example))
	x, err := excelize.OpenReader(&example)
	require.NoError(f, err)
	rows, err := x.GetRows(x.GetSheetName(0))
	require.NoError(f, err)
	lines := make([]string, len(rows))
	for i, r := range rows {
		lines[i] = strings.Join(r, "\t")
	}
	f.Add(strings.Join(lines, "\n"))
	f.Add(strings.Join(lines[:2], "\n") + "\n1\t责任落实\t不存在\t=HYPERLINK(\"x\")\t9999-99-99")
	today := policy.NewDate(2026, 11, 1)
	world := World{Today: today, Policy: policy.Resolve(nil, "510923", today.Start().In(time.UTC)), Region: Place{Region: "510923101"}, MayRegister: true, MayAssign: true,
		Village:  func(_, village string) (Place, bool) { return Place{Region: "510923101201"}, village == "松塘村" },
		Holders:  func(Place, string, string) []Place { return nil },
		Staff:    func(Place) []procedure.Option { return []procedure.Option{{Code: "u", Title: "测甲（村支书）"}} },
		Existing: func(Place, string) (string, procedure.State) { return "", "" }}
	f.Fuzz(func(t *testing.T, text string) {
		x := excelize.NewFile()
		defer x.Close()
		for i, line := range strings.Split(text, "\n") {
			for j, v := range strings.Split(line, "\t") {
				at, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil || i > 60 || j > 40 || x.SetCellStr("Sheet1", at, v) != nil {
					return
				}
			}
		}
		var raw bytes.Buffer
		if x.Write(&raw) != nil {
			return
		}
		b, err := Read(&raw)
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		for _, p := range Plan(t.Context(), b, "FA-1", world) {
			require.Equal(t, len(p.Faults) > 0, p.Action == Reject)
			for _, fault := range p.Faults {
				require.NotEmpty(t, fault.Code)
				require.NotEmpty(t, fault.Message)
			}
		}
	})
}
