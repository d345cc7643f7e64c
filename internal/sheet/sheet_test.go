package sheet

import (
	"bytes"
	"io"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

func TestWorkbookIsReadAsWritten(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w, err := New(&b, Options{Name: "农户[名单]", Mark: "测试员 & 云岭镇", Widths: []float64{20, 8.5}})
	require.NoError(t, err)
	require.NoError(t, w.Row(Bold, "姓名", "身份证号"))
	require.NoError(t, w.Row(Plain, `<罗"守田>&`, "510923196003070014", "", "=1+1", "+86", "-3", "@x", "换\n行\x00"))
	require.NoError(t, w.Close())

	x, err := excelize.OpenReader(&b)
	require.NoError(t, err)
	require.Equal(t, []string{"农户名单"}, x.GetSheetList())
	rows, err := x.GetRows("农户名单")
	require.NoError(t, err)
	require.Equal(t, [][]string{{"测试员 & 云岭镇"}, {"姓名", "身份证号"}, {`<罗"守田>&`, "510923196003070014", "", "'=1+1", "+86", "-3", "'@x", "换\n行\ufffd"}}, rows)
	kind, err := x.GetCellType("农户名单", "B3")
	require.NoError(t, err)
	require.Equal(t, excelize.CellTypeInlineString, kind, "a number that is a name is text")
	hf, err := x.GetHeaderFooter("农户名单")
	require.NoError(t, err)
	require.Contains(t, hf.OddHeader, "测试员 ＆ 云岭镇")
}

func TestColumnNames(t *testing.T) {
	t.Parallel()
	for i := range 800 {
		want, err := excelize.ColumnNumberToName(i + 1)
		require.NoError(t, err)
		require.Equal(t, want, Column(i))
	}
}

func TestGuarded(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"=A1": "'=A1", "+cmd": "'+cmd", "-1": "-1", "-1a": "'-1a", "@x": "'@x", "\tx": "'\tx", "罗": "罗", "": "", "-": "-", "1=1": "1=1"} {
		require.Equal(t, want, Guarded(in), "%q", in)
	}
}

// The memory that is in use while writing does not grow with the rows.
func TestMemoryIsConstant(t *testing.T) {
	used := func(rows int) uint64 {
		w, err := New(io.Discard, Options{})
		require.NoError(t, err)
		most, m := uint64(0), runtime.MemStats{}
		text := strings.Repeat("守望", 10)
		for i := range rows {
			require.NoError(t, w.Row(Plain, strconv.Itoa(i), text, text, text, text))
			if i%(rows/5) == 0 {
				runtime.GC()
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		require.NoError(t, w.Close())
		return most
	}
	few, many := used(1000), used(100_000)
	require.Less(t, many, few+4<<20, "100,000 rows take no more than 1,000 and a little")
}
