package story

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A household whose record has many faults has more cases than a page: the comparisons behind them are found, and fewer or more
// than there are departments is a fault.
func TestComparisonsAreFoundOnEveryPage(t *testing.T) {
	pages := []string{
		`{"items":[{"procedure":"data_issue"},{"procedure":"dept_comparison","dept":"a"}],"next_cursor":"1"}`,
		`{"items":[{"procedure":"data_issue"},{"procedure":"data_issue"}],"next_cursor":"2"}`,
		`{"items":[{"procedure":"dept_comparison","dept":"b"},{"procedure":"identification"}]}`,
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if !strings.HasSuffix(r.URL.Path, "/cases") {
			fmt.Fprint(w, `{}`)
			return
		}
		n := 0
		if at := r.URL.Query().Get("cursor"); at != "" {
			n = int(at[0] - '0')
		}
		fmt.Fprint(w, pages[n])
	}))
	defer srv.Close()
	p := &Play{Base: srv.URL, Party: Party{Township: "township", Departments: map[string]string{"a": "dept_a", "b": "dept_b"}}}
	list, err := p.comparisons(t.Context(), House{ID: "h"})
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, []string{list[0].Dept, list[1].Dept})
	p.Party.Departments["c"] = "dept_c"
	_, err = p.comparisons(t.Context(), House{ID: "h"})
	require.ErrorContains(t, err, "2 comparisons for 3 departments")
}
