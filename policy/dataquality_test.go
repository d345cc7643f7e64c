package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDataRules(t *testing.T) {
	t.Parallel()
	father, mother := withCheck("51010119800506003"), withCheck("51010119820304004")
	sound := func() Register {
		return Register{Population: 2, Phone: "13900001111", Members: []RegisterMember{
			{ID: "a", Name: "田禾", IDNo: father, BirthDate: "1980-05-06", Sex: "男", Head: true},
			{ID: "b", Name: "苗青", IDNo: mother, BirthDate: "1982-03-04", Sex: "女", Relation: "配偶", Phone: "13900002222"}}}
	}
	for _, r := range DataRules {
		require.Empty(t, r.Find(sound()), r.Code)
		require.NotEmpty(t, r.Basis)
	}
	wrong := []byte(mother)
	wrong[17] = "0123456789X"[(int(wrong[17])+1)%10]
	if string(wrong) == mother {
		wrong[17] = 'X'
	}
	for _, c := range []struct {
		rule, member string
		spoil        func(r *Register)
	}{
		{"id_invalid", "b", func(r *Register) { r.Members[1].IDNo = string(wrong) }},
		{"id_invalid", "b", func(r *Register) { r.Members[1].IDNo = mother[:17] }},
		{"id_duplicate", "a", func(r *Register) { r.Members[0].Taken = true }},
		{"birth_mismatch", "b", func(r *Register) { r.Members[1].BirthDate = "1982-03-05" }},
		{"birth_mismatch", "b", func(r *Register) { r.Members[1].BirthDate = "" }},
		{"sex_mismatch", "a", func(r *Register) { r.Members[0].Sex = "女" }},
		{"relation_missing", "b", func(r *Register) { r.Members[1].Relation = "" }},
		{"population_mismatch", "", func(r *Register) { r.Population = 3 }},
		{"population_mismatch", "", func(r *Register) { r.Population = 1 }},
		{"head_count", "", func(r *Register) { r.Members[0].Head = false }},
		{"head_count", "", func(r *Register) { r.Members[1].Head = true }},
		{"phone_invalid", "", func(r *Register) { r.Phone = "0999" }},
		{"phone_invalid", "b", func(r *Register) { r.Members[1].Phone = "1390000222" }},
	} {
		r := sound()
		c.spoil(&r)
		rule, ok := FindDataRule(c.rule)
		require.True(t, ok)
		found := rule.Find(r)
		require.Len(t, found, 1, c.rule)
		require.Equal(t, c.member, found[0].Member, c.rule)
		require.NotContains(t, found[0].Message, father[:17])
		require.NotContains(t, found[0].Message, mother[:17])
	}
	empty := sound() // what is not stated is for other rules
	empty.Members[1].IDNo, empty.Members[1].Sex, empty.Members[1].Phone, empty.Phone = "", "", "", ""
	for _, r := range DataRules {
		require.Empty(t, r.Find(empty), r.Code)
	}
	_, ok := FindDataRule("nothing")
	require.False(t, ok)
}
