package api

import (
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/policy"
)

// The page of a run names each rule it counts, whatever the rule's subject, with its number in the table.
func TestEveryRuleHasItsTitle(t *testing.T) {
	t.Parallel()
	for _, r := range policy.AllRules() {
		group, title := ruleTitle(models.RunQuality, r.Code, nil)
		require.Equal(t, r.Group, group, r.Code)
		require.Equal(t, r.Title, title, r.Code)
		require.NotEmpty(t, title, r.Code)
		require.NotEmpty(t, group, r.Code)
	}
	for code := range policy.ScreenTitles() {
		_, title := ruleTitle(models.RunScreening, code, nil)
		require.NotEmpty(t, title, code)
	}
	_, title := ruleTitle(models.RunQuality, "none", nil)
	require.Empty(t, title)
	group, title := ruleTitle(models.RunQuality, "own", map[string]string{"own": "本地一条"})
	require.Equal(t, "本地", group)
	require.Equal(t, "本地一条", title)
}
