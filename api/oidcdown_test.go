package api

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// A provider that does not answer is asked once in a while, and keeps nobody waiting in between.
func TestAProviderThatIsDownIsNotAskedByEverybody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var asked atomic.Int32
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer down.Close()
	w.http = w.echo
	w.server.oidc = newRelyingParty(context.Background(), OIDC{Issuer: down.URL, ClientID: "x", PublicURL: "https://case.example"}, w.wall)
	begin := func(times int32) {
		t.Helper()
		rec := w.do(t, call{method: "GET", url: basePath + "/session/oidc", status: http.StatusFound})
		require.Equal(t, "/login?fault=oidc_unreachable", rec.Header().Get("Location"))
		require.Equal(t, times, asked.Load())
	}
	begin(1)
	begin(1)
	w.idle(oidcAgain)
	begin(2)
}
