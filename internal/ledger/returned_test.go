package ledger

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"
)

func TestReturnedTownship(t *testing.T) {
	t.Parallel()
	var buf bytes.Buffer
	planted, err := Generate(&buf, GenerateOptions{Seed: 3, Households: 3000, Faults: 90})
	require.NoError(t, err)
	store := newStore(t, "sqlite")
	p := plan(t, store, buf.Bytes())
	require.Equal(t, 90, p.Rejected)
	var out bytes.Buffer
	start := time.Now()
	require.NoError(t, Returned(&out, bytes.NewReader(buf.Bytes()), p))
	t.Logf("returned workbook of 3000 households: %v, %d bytes", time.Since(start).Round(time.Millisecond), out.Len())

	x, err := excelize.OpenReader(bytes.NewReader(out.Bytes()))
	require.NoError(t, err)
	defer x.Close()
	for _, pl := range planted {
		i := slices.IndexFunc(p.Households, func(h HouseholdPlan) bool { return h.No == pl.No })
		h := p.Households[i]
		said := ""
		for _, line := range h.Lines {
			rows := p.ledger.Sheets[slices.IndexFunc(p.ledger.Sheets, func(s Sheet) bool { return s.Name == h.Sheet })]
			result, err := x.GetCellValue(h.Sheet, cellName(rows.width, line))
			require.NoError(t, err)
			require.Equal(t, "未导入", result)
			words, err := x.GetCellValue(h.Sheet, cellName(rows.width+1, line))
			require.NoError(t, err)
			require.NotEmpty(t, words)
			said += words
		}
		require.Contains(t, said, pl.Code)
	}
	// The returned workbook can be imported again: same households, same faults, but no formula any more.
	again := plan(t, store, out.Bytes())
	require.Equal(t, p.Created, again.Created)
	require.Empty(t, layouts(x)["松塘村"].formulas)
}
