package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// The list of the words to be said in English is what the server says now.
func TestWordsForEnglishAreCurrent(t *testing.T) {
	t.Parallel()
	want, err := wordsJSON("../..")
	require.NoError(t, err)
	got, err := os.ReadFile(filepath.Join("../..", wordsFile))
	require.NoError(t, err)
	require.Equal(t, string(want), string(got), "run: go run ./internal/docgen, then put what is missing into web/src/i18n/server.en.json")
}

// Each kind is found where it stands: in a definition, in the policy, in a form, in the source.
func TestVocabulary(t *testing.T) {
	t.Parallel()
	v, err := Vocabulary("../..")
	require.NoError(t, err)
	for kind, text := range map[string]string{
		"roles": "系统管理员", "procedures": "识别认定", "states": "民主评议", "events": "受理告知", "clocks": "公示期", "conditions": "公示期已满",
		"policy": "村级公示", "rules": "身份证号与他人重复", "forms": "问题整改台账", "options": "边缘易致贫户", "papers": "公示稿", "sentences": "剩 %d 个工作日", "labels": "等待送出",
	} {
		require.Contains(t, v[kind], text, kind)
	}
	require.Contains(t, v["codes"], "#not_signed_in", "a problem in a literal")
	require.Contains(t, v["codes"], "#cross_origin", "a refusal")
	require.Contains(t, v["codes"], "#objected+", "a condition that is not met, with a number")
	require.NotContains(t, v["codes"], "#ident_total_days", "a policy key is no problem")
}
