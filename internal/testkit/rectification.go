package testkit

import (
	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// twin is the number of another open case of a procedure in the same village, opened
// when there is none.
func (w *World) twin(c *models.Case, proc string) string {
	w.T.Helper()
	var other models.Case
	err := w.Store.DB.Where("procedure = ? AND id <> ? AND region_code = ? AND closed_at IS NULL AND state NOT IN ('closed', 'lookback')", proc, c.ID, c.RegionCode).Order("id").Take(&other).Error
	if models.Missing(err) {
		return w.Fresh(proc).No
	}
	require.NoError(w.T, err)
	return other.No
}

// WaitFor lets time pass until a running clock of a case is over.
func (w *World) WaitFor(c *models.Case, clock string) {
	w.T.Helper()
	var row models.ClockRow
	require.NoError(w.T, w.Store.DB.Where("case_id = ? AND code = ? AND stopped_at IS NULL", c.ID, clock).Take(&row).Error)
	w.Skip(c.ID, row.DueAt)
}
