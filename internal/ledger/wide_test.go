package ledger

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
)

// families are all households of a store as the data rules look at them, with who else has a telephone number.
func families(t *testing.T, store *models.Store) []policy.Family {
	t.Helper()
	var out []policy.Family
	phones := map[string]map[string]bool{}
	var rows []models.Household
	require.NoError(t, store.DB.Order("no").Find(&rows).Error)
	for _, h := range rows {
		_, secret, people := loaded(t, store, h.No)
		var persons []models.Person
		var secrets []models.PersonSecret
		for _, p := range people {
			persons, secrets = append(persons, p.person), append(secrets, p.secret)
		}
		f := register.Family(h, secret, persons, secrets)
		for _, n := range numbersOf(f) {
			if phones[n] == nil {
				phones[n] = map[string]bool{}
			}
			phones[n][h.ID] = true
		}
		out = append(out, f)
	}
	for i := range out {
		f := &out[i]
		f.PhoneElsewhere.Households = max(0, len(phones[f.Phone])-1)
		for j := range f.Members {
			f.Members[j].PhoneElsewhere.Households = max(0, len(phones[f.Members[j].Phone])-1)
		}
	}
	return out
}

func numbersOf(f policy.Family) []string {
	out := []string{f.Phone}
	for _, m := range f.Members {
		out = append(out, m.Phone)
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" })
}

func ruleContext() policy.DataContext {
	row := policy.Row{Key: "income_line", Value: []byte(`{"fen":870000,"concept":"net"}`)}
	return policy.NewDataContext(policy.DateOf(today), policy.Resolve([]policy.Row{row}, township, today))
}

// found lists what the rules find: "rule member" by household number.
func ruleFindings(families []policy.Family) map[string][]string {
	out := map[string][]string{}
	c := ruleContext()
	for _, f := range families {
		for _, r := range policy.DataRules {
			for _, x := range r.Find(&f, c) {
				out[f.No] = append(out[f.No], r.Code+" "+x.Member)
			}
		}
	}
	return out
}

// Two years of the wide ledger of an invented township are imported whole, and no data rule has anything to say.
func TestWideTownshipIsClean(t *testing.T) {
	t.Parallel()
	store := newStore(t, "sqlite")
	o := GenerateOptions{Seed: 7, Households: 400, Wide: true}
	for _, o.Year = range []int{2025, 2026} {
		file, _ := generated(t, o)
		p := plan(t, store, file)
		require.Equal(t, []string{"备注"}, p.Unknown, "every other heading is understood")
		require.Zero(t, p.Rejected)
		for _, f := range p.Faults() {
			require.True(t, f.Note, f.String())
		}
		b := apply(t, store, p)
		require.Equal(t, 400, b.Created+b.Changed)
	}
	all := families(t, store)
	require.Empty(t, ruleFindings(all))
	workers, pupils, disabled := 0, 0, 0
	for _, f := range all {
		require.Len(t, f.Years, 2)
		require.Greater(t, f.Years[1].PerHead, f.Years[0].PerHead)
		require.NotNil(t, f.House.Area)
		require.NotNil(t, f.Water)
		for _, m := range f.Members {
			workers += len(m.Work)
			if m.InSchool() && m.SchoolBefore != "" && m.SchoolBefore != m.School {
				pupils++
			}
			if m.Disabled() {
				disabled++
			}
		}
	}
	require.Greater(t, workers, 50)
	require.Greater(t, pupils, 20)
	require.Greater(t, disabled, 20)
	narrow, _ := generated(t, GenerateOptions{Seed: 7, Households: 400})
	wide, _ := generated(t, GenerateOptions{Seed: 7, Households: 400, Wide: true})
	var names [2][]string
	for i, file := range [][]byte{narrow, wide} {
		for _, s := range read(t, file).Sheets {
			for _, r := range s.Rows {
				names[i] = append(names[i], r.Values[Name])
			}
		}
	}
	require.Equal(t, names[0], names[1], "the people are the same")
}
