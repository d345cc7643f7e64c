package papers

import (
	"bytes"
	"image/png"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/internal/signature"
)

// A signature drawn on a screen stands on its line, between its words and the next place, in PDF and in Word.
func TestDrawnSignatures(t *testing.T) {
	t.Parallel()
	f := fonts(t)
	var raw bytes.Buffer
	require.NoError(t, png.Encode(&raw, signature.Scribble(3, 0, 0, 0)))
	written, err := signature.Ink(bytes.NewReader(raw.Bytes()))
	require.NoError(t, err)
	doc := func(ink []byte) *Document {
		return new(Document).Add(Signed(Place{Label: "户主（签字）", Ink: ink, On: "2026年3月10日"}, Place{Label: "见证人（签字）"}))
	}
	pages, err := f.layout(doc(written))
	require.NoError(t, err)
	var rules []mark
	dots := 0
	for _, m := range pages[0].marks {
		if m.text == nil && !m.filled {
			rules = append(rules, m)
		}
	}
	require.Len(t, rules, 2, "a line for each")
	for _, m := range pages[0].marks {
		if !m.filled {
			continue
		}
		dots++
		require.GreaterOrEqual(t, m.x, rules[0].x)
		require.LessOrEqual(t, m.x2, rules[0].x2+0.01)
		require.LessOrEqual(t, m.y2, rules[0].y+0.01)
		require.GreaterOrEqual(t, m.y, rules[0].y-inkHeight-1.01)
	}
	require.Greater(t, dots, 20)
	require.Contains(t, textOf(pages), "2026年3月10日")
	require.Contains(t, textOf(pages), "年　　月　　日", "who has not signed writes his own day")

	xml := part(t, []*Document{doc(written)}, "word/document.xml")
	require.Equal(t, 1, strings.Count(xml, "<w:drawing>"))
	require.Equal(t, 1, strings.Count(xml, "＿＿＿＿＿＿"))
	require.NotContains(t, part(t, []*Document{doc(nil)}, "word/document.xml"), "<w:drawing>")
	_, err = f.layout(doc([]byte("no picture")))
	require.Error(t, err)
	require.NoError(t, DOCX(io.Discard, doc([]byte("no picture"))))
}
