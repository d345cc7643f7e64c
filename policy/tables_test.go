package policy

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// entriesOf are the rows of a default as the editor shows them.
func entriesOf(t *testing.T, k Key, table Table) (out []map[string]any) {
	var v any
	require.NoError(t, json.Unmarshal(k.Default, &v))
	switch table.Form {
	case TableList:
		for _, e := range v.([]any) {
			out = append(out, e.(map[string]any))
		}
	case TableEntry:
		out = append(out, v.(map[string]any))
	case TableMap:
		for key, value := range v.(map[string]any) {
			out = append(out, map[string]any{table.Columns[0].Code: key, table.Columns[1].Code: value})
		}
	case TableLadders:
		for _, l := range v.(map[string]any) {
			steps, _ := l.(map[string]any)["steps"].([]any)
			for _, s := range steps {
				out = append(out, s.(map[string]any))
			}
		}
	}
	return out
}

// Every value of several parts has a table, which knows all parts of the default and offers whatever the check takes.
func TestTablesFitTheirValues(t *testing.T) {
	for _, k := range Keys {
		table, ok := k.Table()
		structured := k.Kind == KindItems || k.Kind == KindObject
		require.Equal(t, structured && k.Code != "county_rules", ok, k.Code)
		if !ok || k.Default == nil {
			continue
		}
		for _, entry := range entriesOf(t, k, table) {
			parts := slices.Collect(maps.Keys(entry))
			for _, c := range table.Columns {
				parts = slices.DeleteFunc(parts, func(p string) bool { return p == c.Code })
				value, there := entry[c.Code]
				require.True(t, there || c.Optional, "%s: %s is asked for, and the default is without", k.Code, c.Code)
				if there && c.Kind == CellChoice && c.From == "" {
					require.True(t, slices.ContainsFunc(c.Options, func(i Item) bool { return i.Code == value }), "%s: %s has no option %v", k.Code, c.Code, value)
				}
			}
			require.Empty(t, parts, "%s has parts that its table does not know", k.Code)
		}
	}
}

// What a table offers is taken: the first entry of each list with each of the options in turn.
func TestTablesOfferWhatIsTaken(t *testing.T) {
	for _, k := range Keys {
		table, ok := k.Table()
		if !ok || table.Form != TableList || k.Default == nil {
			continue
		}
		for _, c := range table.Columns {
			for _, o := range c.Options {
				entry := maps.Clone(entriesOf(t, k, table)[0])
				entry[c.Code] = o.Code
				require.Empty(t, k.Check(encode([]any{entry})), "%s: %s %s", k.Code, c.Code, o.Code)
			}
		}
	}
}

// A fault is told at its place in the table.
func TestFaultsAreToldAtTheirCell(t *testing.T) {
	for _, c := range []struct{ key, value, place string }{
		{"category_set", `[{"code":"a","title":"甲"},{"code":"a","title":"乙"}]`, "category_set.1.code"},
		{"category_set", `[{"code":"a","title":""}]`, "category_set.0"},
		{"comparison_items", `[{"code":"x","title":"房产","department":"land","severity":"reject"}]`, "comparison_items.0.severity"},
		{"comparison_items", `[{"code":"x","title":"房产","department":"navy","severity":"info"}]`, "comparison_items.0.department"},
		{"measure_kinds", `[{"code":"x","title":"甲","class":"protective","accept_days":0}]`, "measure_kinds.0.accept_days"},
		{"income_line", `{"fen":6900,"concept":"net"}`, "income_line.fen"},
		{"review_quorum", `{"present":"2/3","agree":"3/2"}`, "review_quorum.agree"},
		{"rectify_due", `{"special":0}`, "rectify_due.special"},
		{"risk_measures", `{"illness":[]}`, "risk_measures.illness"},
		{"paper_office", `{"name":"","mark":"青"}`, "paper_office.name"},
		{"ladders", `{"mine":{"at":"09:00","steps":[{"offset_days":0,"action":"urge","level":"county"},{"offset_days":0,"action":"urge","level":"county"}]}}`, "ladders.mine.steps[1]"},
	} {
		faults := ValidateRow(Row{Key: c.key, Region: "51", Value: json.RawMessage(c.value)})
		require.Len(t, faults, 1, "%v", c)
		require.Equal(t, c.place, faults[0].Field, "%v", c)
	}
}
