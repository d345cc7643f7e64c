package stack

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a server says before the trace of a fatal line is told, however long the trace is.
func TestTailTellsWhatWentWrong(t *testing.T) {
	log, err := newLogTail("")
	require.NoError(t, err)
	for _, line := range []string{strings.Repeat("older\n", 20), `{"level":"fatal","error":"listen tcp 127.0.0.1:41007: bind: address already in use","stacktrace":"`, strings.Repeat("x", 9000) + "\"}\n"} {
		_, err := log.Write([]byte(line))
		require.NoError(t, err)
	}
	require.Contains(t, log.tail(), "address already in use")
	require.Less(t, len(log.tail()), 2*lineBytes)
}

// A port that is picked lies below those of outgoing connections, which could take it before it is listened on.
func TestPickedPortsAreNotThoseOfConnections(t *testing.T) {
	for range 50 {
		port, err := freePort()
		require.NoError(t, err)
		require.True(t, port >= 20000 && port < 32768, port)
	}
}
