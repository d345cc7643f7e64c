package policy

import (
	"strings"
	"unicode"
)

// Fold brings a text to one spelling before numbers and words are looked for: full-width characters become ASCII, digits
// of every script and circled digits become 0–9, all dashes become "-", all spaces " ", letters become capitals, and
// invisible characters disappear. The text keeps its meaning; it is for matching and parsing, not for display.
func Fold(s string) string {
	if folded(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xFF01 && r <= 0xFF5E: // full-width forms
			r -= 0xFEE0
		case unicode.Is(unicode.Nd, r):
			r = digitOf(r)
		case r >= '①' && r <= '⑨':
			r = r - '①' + '1'
		case r == '⓪' || r == '⁰' || r == '₀':
			r = '0'
		case r >= '⑴' && r <= '⑼':
			r = r - '⑴' + '1'
		case r >= '❶' && r <= '❾':
			r = r - '❶' + '1'
		case r >= '⁴' && r <= '⁹':
			r = r - '⁴' + '4'
		case r >= '₁' && r <= '₉':
			r = r - '₁' + '1'
		case r == '¹' || r == '²' || r == '³':
			r = map[rune]rune{'¹': '1', '²': '2', '³': '3'}[r]
		case unicode.Is(unicode.Pd, r) || r == '−' || r == '﹣':
			return '-'
		case r == '\n' || r == '\r':
			return '\n'
		case unicode.IsSpace(r) || unicode.Is(unicode.Zs, r):
			return ' '
		case unicode.In(r, unicode.Cf, unicode.Mn, unicode.Cc):
			return -1
		}
		return unicode.ToUpper(r)
	}, s)
}

// folded tells whether a text is so already, as most numbers are.
func folded(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c >= 'a' && c <= 'z' {
			return false
		}
	}
	return true
}

// plain tells whether a text has nothing but digits and capital letters.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; !isDigit(c) && (c < 'A' || c > 'Z') {
			return false
		}
	}
	return true
}

// digitOf gives the ASCII digit of any decimal digit: the Unicode ranges of decimal digits begin at a zero and are
// whole tens.
func digitOf(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	return r
}

// compact folds the text and takes out everything that people put between the digits of a number.
func compact(s string) string {
	const between = " -\n.·•/\\,'\""
	if plain(s) {
		return s
	}
	if s = Fold(s); !strings.ContainsAny(s, between) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(between, r) {
			return -1
		}
		return r
	}, s)
}
