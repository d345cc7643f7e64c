package policy

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestFold(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"ＡＢｃ１２３": "ABC123", "٠١٢٩": "0129", "𝟎𝟗": "09", "①⑨⓪": "190", "⑴⑼": "19", "❶❾": "19", "⁰¹²³⁴⁹": "012349", "₀₁₉": "019",
		"—–－−": "----", "a\t\u3000b": "A  B", "1\u200b\u200d2\ufeff": "12", "上\r\n下": "上\n\n下", "张小三": "张小三",
	} {
		require.Equal(t, want, Fold(in), in)
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		require.Equal(t, Fold(s), Fold(Fold(s)), "folding twice changes nothing")
	})
}

func TestNamesOfTheSnapshot(t *testing.T) {
	t.Parallel()
	s := with("ladders", `{"mine":{"at":"09:00","steps":[]}}`)
	require.Equal(t, []string{"county", "identification", "listed", "mine", "rectification", "silent", "standard", "township"}, s.LadderNames())
	require.Equal(t, Ladder{At: "09:00", Steps: []LadderStep{}}, s.Ladder("mine"))
	require.Equal(t, DefaultLadders()["county"], s.Ladder("county"), "a ladder the region did not set")
	require.Len(t, KeyCodes(), len(Keys))
	require.Equal(t, "a：甲；乙", Faults{{"x", "a", "甲"}, {"y", "", "乙"}}.Error())
	require.Equal(t, "12.6", fifthsText(63))
}
