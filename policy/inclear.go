package policy

import "regexp"

// personal finds what names a person or an account wherever it stands: identity numbers, mobile numbers, bank numbers.
var personal = regexp.MustCompile(`(^|[^0-9])([0-9]{17}[0-9Xx]|1[3-9][0-9]{9}|[0-9]{16,19})($|[^0-9Xx])`)

// Personal reports whether a text holds a number that is personal data. A text that is kept in the clear must not.
func Personal(text string) bool { return personal.MatchString(text) }

// Cleared is a text without such numbers.
func Cleared(text string) string { return personal.ReplaceAllString(text, "${1}…${3}") }

// plainCode is how codes of fields and options are written.
var plainCode = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,63}$`)

// shownDigits is how many digits a code may have that is repeated: more may be somebody's number or day of birth.
const shownDigits = 6

// Shown is a code as an error text may repeat it: what is not written like one may be anything.
func Shown(code string) string {
	digits := 0
	for _, c := range code {
		if c >= '0' && c <= '9' {
			digits++
		}
	}
	if digits <= shownDigits && plainCode.MatchString(code) {
		return code
	}
	return "…"
}
