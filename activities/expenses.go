package activities

import (
	"context"
	"fmt"
	"strconv"

	"gorm.io/gorm"

	"shouwang/internal/deptlist"
	"shouwang/models"
	"shouwang/policy"
)

// expenseKinds are the kinds of lists whose rows state a rigid expense.
func expenseKinds() []string {
	var out []string
	for _, k := range deptlist.Kinds {
		if k.Expense != "" {
			out = append(out, k.Code)
		}
	}
	return out
}

// DeptExpenses are the expenses of a household that departments have told (DQ-04), as policy.Family has them: the newest of
// each, in fen.
func (e *Engine) DeptExpenses(tx *gorm.DB, householdID string) ([]policy.Expense, error) {
	var rows []models.DeptRow
	err := tx.Where("household_id = ? AND kind IN ? AND state = ?", householdID, expenseKinds(), models.RowCurrent).Order("as_of, id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	return e.expensesOf(rows)
}

// expensesOf opens rows of lists that state an expense.
func (e *Engine) expensesOf(rows []models.DeptRow) ([]policy.Expense, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	out := make([]policy.Expense, len(rows))
	for i := range rows {
		var err error
		if out[i], err = e.expense(&rows[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *Engine) expense(row *models.DeptRow) (policy.Expense, error) {
	k, ok := deptlist.ByCode(row.Kind)
	if !ok {
		return policy.Expense{}, fmt.Errorf("kind %s is not in this build", row.Kind)
	}
	values, err := row.Values(e.Store.Vault)
	if err != nil {
		return policy.Expense{}, err
	}
	out := policy.Expense{Kind: k.Expense, Fen: deptlist.Fen(values, k.Amount), Source: k.DeptTitle()}
	if cause := values["cause"]; cause != "" {
		out.Kind = cause
	}
	day := values["on"]
	if day == "" {
		day = row.AsOf
		out.Year, _ = strconv.Atoi(values["year"]) // checked when the list was read
	}
	out.On, err = policy.ParseDate(day)
	return out, err
}

// readExpenses reads what departments have told of the households' expenses, still sealed; most have none.
func (w *looker) readExpenses(ctx context.Context, ids []string, at map[string]*home) error {
	var r models.DeptRow
	return w.query(ctx, `SELECT household_id, id, kind, as_of, sealed FROM dept_rows WHERE household_id IN ? AND kind IN ? AND state = ? ORDER BY household_id, as_of, id`,
		[]any{ids, expenseKinds(), models.RowCurrent}, func(rows models.Row) error {
			r = models.DeptRow{}
			if err := rows.Scan(&r.HouseholdID, &r.ID, &r.Kind, &r.AsOf, &r.Sealed); err != nil {
				return err
			}
			h := at[r.HouseholdID]
			h.expenses = append(h.expenses, r)
			h.more.text(r.ID)
			h.more.sealed(r.Sealed)
			return nil
		})
}
