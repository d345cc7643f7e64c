package papers

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestLook(t *testing.T) {
	f, err := LoadFonts("")
	require.NoError(t, err)
	for name, d := range samples() {
		w, err := os.Create("/tmp/look/" + name + ".pdf")
		require.NoError(t, err)
		require.NoError(t, f.PDF(w, d), name)
		w.Close()
	}
	c, b := sampleCaseFile()
	w, _ := os.Create("/tmp/look/case_file.pdf")
	require.NoError(t, f.WriteCaseFile(w, c, false, b))
}
