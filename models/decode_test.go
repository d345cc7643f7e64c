package models_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"shouwang/models"
)

// What is opened is what encoding/json reads, whatever was written.
func TestSecretsOpenAsJSON(t *testing.T) {
	t.Parallel()
	word := rapid.OneOf(rapid.SampledFrom([]string{"", "健康", `a"b`, `back\slash`, "换\n行", "<&>"}), rapid.String())
	yes := rapid.Custom(func(t *rapid.T) *bool { b := rapid.Bool().Draw(t, "b"); return &b })
	rapid.Check(t, func(t *rapid.T) {
		p := models.PersonSecret{IDNo: word.Draw(t, "no"), Health: word.Draw(t, "health"), Phone: word.Draw(t, "phone"), Dibao: yes.Draw(t, "dibao")}
		if rapid.Bool().Draw(t, "nested") {
			p.Schools = map[int]string{2025: word.Draw(t, "school")}
			p.Other = map[string]string{word.Draw(t, "heading"): word.Draw(t, "value")}
			p.Work = []models.WorkRecord{{Place: word.Draw(t, "place"), OffCounty: yes.Draw(t, "off")}}
		}
		h := models.HouseholdSecret{House: word.Draw(t, "house"), Dangerous: yes.Draw(t, "dangerous"), Income: rapid.Int64().Draw(t, "income"),
			Years: []models.IncomeYear{{Year: rapid.Int().Draw(t, "year")}}}
		same(t, p)
		same(t, h)
		same(t, map[string]string{"own": word.Draw(t, "own")}) // a row of a department's list
	})
}

func same[T any](t *rapid.T, v T) {
	raw, err := json.Marshal(v)
	require.NoError(t, err)
	var want, got T
	require.NoError(t, json.Unmarshal(raw, &want))
	require.NoError(t, models.Decode(raw, &got))
	require.Equal(t, want, got)
}

// What is not ours is read, or refused, as encoding/json does.
func FuzzDecode(f *testing.F) {
	for _, s := range []string{`{}`, `{"id_no":"1","dibao":true}`, `{"unknown":1,"id_no":"2"}`, ` {"id_no" : "3"}`, `{"id_no":"1",}`, `{"id_no":null}`, `{"schools":{"2025":"小学"}}`, `{"id_no":"1"}x`, `{"dibao":true"id_no":"1"}`, ``, `[`, `{"id_no":"a\u0041"}`, `{"work":[{"place":"}"}]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var want, got models.PersonSecret
		if err := json.Unmarshal(raw, &want); err != nil {
			require.Error(t, models.Decode(raw, &got))
			return
		}
		require.NoError(t, models.Decode(raw, &got))
		require.Equal(t, want, got)
	})
}
