package notify

import (
	"bytes"
	"net/mail"
	"testing"

	"github.com/stretchr/testify/require"
)

// A title or an address that brings a line of its own adds no header and no receiver (ASVS 1.3.11).
func TestAMailHasNoLinesOfOthers(t *testing.T) {
	m := &Mail{From: "shouwang@county.example"}
	for _, to := range []string{"a@b.example\r\nBcc: c@d.example", "a@b.example\nBcc: c@d.example", "a@b.example, c@d.example"} {
		_, err := m.message(Notice{ID: "1", To: to, Title: "到期提醒"})
		require.Error(t, err, "%q", to)
	}
	msg, err := m.message(Notice{ID: "1", To: "a@b.example", Title: "到期\r\nBcc: c@d.example\r\n\r\n正文", Lines: []string{"\r\n.\r\nRCPT TO:<c@d.example>"}})
	require.NoError(t, err)
	var raw bytes.Buffer
	_, err = msg.WriteTo(&raw)
	require.NoError(t, err)
	got, err := mail.ReadMessage(&raw)
	require.NoError(t, err)
	require.Empty(t, got.Header.Get("Bcc"))
	require.Equal(t, "<a@b.example>", got.Header.Get("To"))
}
