package ledger

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/policy"
)

// FuzzRead sends any bytes: a file is a ledger, or is refused with words, and nothing else.
func FuzzRead(f *testing.F) {
	var small bytes.Buffer
	_, err := Generate(&small, GenerateOptions{Seed: 1, Villages: 1, Households: 2})
	require.NoError(f, err)
	f.Add(small.Bytes())
	f.Add(small.Bytes()[:small.Len()/2])
	f.Add([]byte("PK\x03\x04"))
	f.Add([]byte("户编号,姓名\n1,张三\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := Read(bytes.NewReader(raw))
		if err != nil {
			require.NotEmpty(t, err.Error())
			return
		}
		require.NotEmpty(t, l.SHA256)
	})
}

// FuzzCells puts any text into the cells of a sound workbook: every household is understood or has faults, and a fault
// names its place.
func FuzzCells(f *testing.F) {
	f.Add("户编号\t村\t姓名\t身份证号\t与户主关系\t家庭人口\n1\t松塘村\t张三\t519901198001010012\t户主\t1")
	f.Add("户编号\t村\t户主姓名\t年收入(万元)\t住房等级\n1\t松塘村\t李四\t-1e308\tＥ级\n\t\t=1+1\t２０２６年１３月\t")
	f.Add("姓名\t姓名\n\x00\t\xff")
	f.Fuzz(func(t *testing.T, text string) {
		x := excelize.NewFile()
		defer x.Close()
		for i, line := range strings.Split(text, "\n") {
			if i > 50 {
				return
			}
			for j, v := range strings.Split(line, "\t") {
				at, err := excelize.CoordinatesToCellName(j+1, i+1)
				if err != nil || j > 50 {
					return
				}
				if x.SetCellStr("Sheet1", at, v) != nil {
					return
				}
			}
		}
		var raw bytes.Buffer
		if x.Write(&raw) != nil {
			return
		}
		l, err := Read(&raw)
		if err != nil {
			return
		}
		for _, b := range bundles(l) {
			c := &checker{faults: faults{sheet: b.sheet}, today: policy.NewDate(2026, 11, 1)}
			c.household(b)
			for _, fault := range c.list {
				require.NotEmpty(t, fault.Code)
				require.NotEmpty(t, fault.Message)
			}
		}
	})
}
