package story

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Comparisons open one after another; who plays waits for the last of them, and more than there are departments is a fault.
func TestComparisonsAreWaitedFor(t *testing.T) {
	asked := 0
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if !strings.HasSuffix(r.URL.Path, "/cases") {
			fmt.Fprint(w, `{}`)
			return
		}
		asked++
		fmt.Fprintf(w, `{"items":[{"procedure":"identification"}%s]}`, strings.Repeat(`,{"procedure":"dept_comparison"}`, asked))
	}))
	defer srv.Close()
	p := &Play{Base: srv.URL, Party: Party{Township: "township", Departments: map[string]string{"a": "dept_a", "b": "dept_b", "c": "dept_c"}}}
	list, err := p.comparisons(t.Context(), House{ID: "h"})
	require.NoError(t, err)
	require.Len(t, list, 3)
	_, err = p.comparisons(t.Context(), House{ID: "h"})
	require.ErrorContains(t, err, "4 comparisons for 3 departments")
}
