package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// The further columns of the register are shown by their class, with unit and year; a child's are more closely kept, and
// the number of a disability certificate, in which the identity number is, is always masked.
func TestFurtherColumnsAreShownByClass(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var h models.Household
	require.NoError(t, w.store.DB.Where("id = ?", "household-1").Take(&h).Error)
	secret, err := h.Secret(w.store.Vault)
	require.NoError(t, err)
	secret.HouseArea, secret.Dangerous, secret.LowIncome = new(98.5), new(false), "dibao"
	secret.IncomeOf(2025).Wage = new(int64(3_600_000))
	secret.IncomeOf(2024).Wage = new(int64(3_000_000))
	require.NoError(t, h.SetSecret(w.store.Vault, secret))
	require.NoError(t, w.store.DB.Save(&h).Error)
	var people []models.Person
	require.NoError(t, w.store.DB.Where("household_id = ?", h.ID).Order("ord").Find(&people).Error)
	for i := range people {
		p, err := people[i].Secret(w.store.Vault)
		require.NoError(t, err)
		p.Certificate, p.NotInSchool, p.ResidentInsured = p.IDNo+"42", "因残不具备学习条件", new(true)
		p.Work = []models.WorkRecord{{Started: "2026-02-01", Company: "明河电子厂", Income: new(int64(450_000))}}
		if i > 0 {
			p.Work[0].Company = "白桦服装厂"
		}
		require.NoError(t, people[i].SetSecret(w.store.Vault, p))
		require.NoError(t, w.store.DB.Save(&people[i]).Error)
	}
	home := basePath + "/households/household-1"
	w.do(t, call{user: "cadre", method: "GET", url: home, status: 200, want: []string{"98.5平方米", "是否危房户", "低保户", "工资性收入（2024年）", "30000.00元", "工资性收入（2025年）", "36000.00元"}})
	w.do(t, call{user: "auditor", method: "GET", url: home, status: 200, want: []string{"住房面积"}, not: []string{"98.5平方米", "36000.00元"}})
	w.do(t, call{user: "cadre", method: "GET", url: home + "/members", status: 200, want: []string{"明河电子厂", "务工月收入（第1段）", "4500.00元"}, not: []string{headID, childID, "白桦服装厂"}})
	w.do(t, call{user: "town", method: "GET", url: home + "/members", status: 200, want: []string{"是否参加居民医保", "白＊＊", "***1442"}, not: []string{headID, childID, "白桦服装厂", "明河电子厂"}})
}
