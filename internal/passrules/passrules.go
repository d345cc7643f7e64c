// Package passrules says which passwords may be chosen. There are two sets of rules, because the Chinese graded protection
// of systems asks for what OWASP has come to forbid: docs/security.md tells the difference.
package passrules

import (
	_ "embed" // the list of common passwords is part of the binary
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"shouwang/procedure"
)

// MaxLength is the longest password; nothing is ever cut off.
const MaxLength = 200

// Profile is one set of rules.
type Profile struct {
	Name string
	// MinLength counts characters.
	MinLength int
	// Classes is how many of capital letters, small letters, digits and all others there must be.
	Classes int
	// History is how many former passwords are not taken again.
	History int
	// Age is how long a password may be used, 0 for ever.
	Age time.Duration
}

const day = 24 * time.Hour

// The two profiles. Both refuse common passwords and words that everybody would guess of this system and this person.
var (
	MLPS3 = Profile{Name: "mlps3", MinLength: 10, Classes: 3, History: 5, Age: 90 * day}
	ASVS  = Profile{Name: "asvs", MinLength: 12}
)

// Named is the profile of that name, MLPS3 for any other.
func Named(name string) Profile {
	if name == ASVS.Name {
		return ASVS
	}
	return MLPS3
}

// Temporary is how long a password that somebody else has set opens the choice of another.
const Temporary = 3 * day

// Expired reports whether a password that was chosen at since is too old at now.
func (p Profile) Expired(since, now time.Time) bool { return p.Age > 0 && now.Sub(since) >= p.Age }

// Words tells people the rules.
func (p Profile) Words() string {
	out := fmt.Sprintf("至少 %d 个字符", p.MinLength)
	if p.Classes > 0 {
		out += fmt.Sprintf("，含大写字母、小写字母、数字、其他字符中的 %d 类", p.Classes)
	}
	out += "；不用常见口令，不含用户名、姓名和系统名称"
	if p.History > 0 {
		out += fmt.Sprintf("；不与最近 %d 次用过的相同", p.History)
	}
	if p.Age > 0 {
		out += fmt.Sprintf("；每 %d 天更换", int(p.Age/day))
	}
	return out
}

// Check is what is wrong with a password, nothing when it may be chosen. Words are those of the person: sign-in name and
// name. Whether it was used before only the hashes tell.
func (p Profile) Check(password string, words ...string) []procedure.FieldFault {
	var out []procedure.FieldFault
	fault := func(code, message string) {
		out = append(out, procedure.FieldFault{Field: "new", Code: code, Message: message})
	}
	switch n := utf8.RuneCountInString(password); {
	case n < p.MinLength:
		fault("password_short", fmt.Sprintf("口令至少 %d 个字符", p.MinLength))
	case n > MaxLength:
		fault("password_long", fmt.Sprintf("口令至多 %d 个字符", MaxLength))
	}
	if classes(password) < p.Classes {
		fault("password_simple", fmt.Sprintf("口令须含大写字母、小写字母、数字、其他字符中的 %d 类", p.Classes))
	}
	if common(password) {
		fault("password_common", "这是常见口令或其变形，容易被猜到，请换一个")
	}
	if contains(password, slices.Concat(ours, words)) {
		fault("password_context", "口令不能含用户名、姓名或系统名称")
	}
	return out
}

// ours are words that everybody would try here first.
var ours = []string{"shouwang", "守望", "fangfanpin", "防返贫", "fupin", "扶贫", "zhenxing", "xiangcun", "乡村振兴"}

func classes(password string) int {
	var upper, lower, digit, other bool
	for _, r := range password {
		switch {
		case unicode.IsUpper(r):
			upper = true
		case unicode.IsLower(r):
			lower = true
		case unicode.IsDigit(r):
			digit = true
		default:
			other = true
		}
	}
	n := 0
	for _, has := range []bool{upper, lower, digit, other} {
		if has {
			n++
		}
	}
	return n
}

// contains reports whether one of the words stands in a password. Very short words would forbid too much.
func contains(password string, words []string) bool {
	plain := strings.ToLower(password)
	return slices.ContainsFunc(words, func(w string) bool {
		w = strings.ToLower(strings.TrimSpace(w))
		long := len(w) >= 4 // two Chinese characters have six bytes
		return long && (strings.Contains(plain, w) || strings.Contains(unleet(plain), w))
	})
}

//go:embed common.txt
var commonText string

// commonWords are the common passwords, in small letters.
var commonWords = sync.OnceValue(func() map[string]bool {
	out := map[string]bool{}
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			out[line] = true
		}
	}
	return out
})

// common reports whether a password is a common one, or one with the changes that people make to pass rules: capital
// letters, signs for letters, digits and signs around it, twice the same; or nearly always the same character, or keys in
// their order.
func common(password string) bool {
	plain := strings.ToLower(password)
	for _, form := range []string{plain, unleet(plain), core(plain), unleet(core(plain)), half(plain)} {
		if commonWords()[form] {
			return true
		}
	}
	return few(plain) || row(plain)
}

// unleet puts letters back for the signs that stand for them.
var leet = strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t", "!", "i", "8", "b")

func unleet(s string) string { return leet.Replace(s) }

// core is a password without the digits and signs around it, when enough is left to be a word.
func core(s string) string {
	out := strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) })
	if len(out) < 4 {
		return s
	}
	return out
}

// half is the first half of a password that is the same thing twice.
func half(s string) string {
	if n := len(s) / 2; len(s)%2 == 0 && s[:n] == s[n:] {
		return s[:n]
	}
	return s
}

// few reports whether there are fewer than five different characters.
func few(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) < 5
}

// rows are keys and signs in their order.
var rows = []string{"01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "!@#$%^&*()"}

// row reports whether a password is nothing but a piece of a row, forwards or backwards.
func row(s string) bool {
	back := []rune(s)
	slices.Reverse(back)
	return slices.ContainsFunc(rows, func(r string) bool { return strings.Contains(r, s) || strings.Contains(r, string(back)) })
}
