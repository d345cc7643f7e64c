package policy

import (
	"strings"
	"time"
)

// numberKind is what a row of digits in a text looks like.
type numberKind string

const (
	numberID     numberKind = "notice_id"
	numberPhone  numberKind = "notice_phone"
	numberBank   numberKind = "notice_bank"
	numberMasked numberKind = "notice_masked"
)

// found is one suspicious number: its kind and its digits without separators.
type found struct {
	kind numberKind
	text string
}

const (
	maskRunes  = "*×✕✖●○◯■□▇█△◇#_※"
	maskLetter = "X" // capital after folding; a mask only beside another one
	// Between groups of any length people put these; the others separate groups of at least three digits only, so that
	// a list such as “第1、3、5组” is not read as one number.
	tightSeparators = " -.·•/\\~'\"()[]（）【】"
	looseSeparators = ",，、;；:：|\n"
	maxGroups       = 24 // more groups than characters in the longest number are never one number
)

// findNumbers looks for identity, phone and card numbers, whole or masked, in a folded text. Numbers cut by separators
// are joined group by group and only recognised when whole groups make exactly one number, so that dates and household
// counts side by side do not alarm.
func findNumbers(text string) []found {
	var out []found
	for _, groups := range digitRuns(text) {
		for i := 0; i < len(groups); {
			n, hit := longestNumber(groups[i:])
			if hit != nil {
				out = append(out, *hit)
			}
			i += max(n, 1)
		}
	}
	return out
}

// longestNumber joins groups from the first on and gives the most groups that together make one number.
func longestNumber(groups []string) (n int, hit *found) {
	joined := ""
	for k := 0; k < len(groups) && k < maxGroups && len(joined) < 24; k++ {
		joined += groups[k]
		if id := embeddedID(joined); id != "" {
			n, hit = k+1, &found{numberID, id}
		} else if kind := classify(joined, k == 0); kind != "" {
			n, hit = k+1, &found{kind, joined}
		}
	}
	return n, hit
}

// digitRuns cuts a text into runs of digit groups; within a run only separators stand between the groups. Mask
// characters become "*", and a letter X counts as one where it stands beside another.
func digitRuns(text string) [][]string {
	var runs [][]string
	var run []string
	group, loose := "", false
	closeGroup := func() {
		if n := len(group); n == 0 || (group[0] == 'X' && (n == 2 || n == 3)) {
			group = "" // nothing, or a word such as XX村
			return
		}
		if k := len(run) - 1; loose && k >= 0 && (len(run[k]) < 3 || len(group) < 3) {
			runs, run = append(runs, run), nil
		}
		run, group, loose = append(run, group), "", false
	}
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9', string(r) == maskLetter && (group != "" || len(run) > 0):
			group += string(r)
		case strings.ContainsRune(maskRunes, r):
			group += "*"
		case strings.ContainsRune(tightSeparators, r):
			closeGroup()
		case strings.ContainsRune(looseSeparators, r):
			closeGroup()
			loose = true
		default:
			closeGroup()
			if len(run) > 0 {
				runs, run = append(runs, run), nil
			}
			loose = false
		}
	}
	closeGroup()
	return append(runs, run)
}

// classify tells what exactly these digits are, "" for nothing suspicious. single says that they stood together, which
// makes even a misspelt identity number suspicious by its length alone.
func classify(n string, single bool) numberKind {
	if (len(n) == 20 || len(n) == 22) && plausibleID(n) {
		return numberID
	}
	if strings.Contains(n[:len(n)-1], "X") {
		n = strings.ReplaceAll(n, "X", "*")
	}
	if strings.Contains(n, "*") {
		return classifyMasked(n)
	}
	body := strings.TrimSuffix(n, "X")
	switch {
	case len(n) == 18 && (single || plausibleID(n)), len(n) == 15 && plausibleOldID(n):
		return numberID
	case body != n:
		return ""
	case isMobile(n), single && len(n) >= 12 && len(n) <= 14 && isMobile(n[len(n)-11:]), len(n) == 13 && n[:2] == "86" && isMobile(n[2:]):
		return numberPhone
	case len(n) >= 10 && len(n) <= 12 && n[0] == '0' && n[1] != '0', len(n) == 10 && (strings.HasPrefix(n, "400") || strings.HasPrefix(n, "800")):
		return numberPhone
	case len(n) >= 16 && len(n) <= 19 && strings.ContainsRune("34569", rune(n[0])) && luhn(n):
		return numberBank
	}
	return ""
}

// classifyMasked recognises half-hidden numbers: even a masked identity number may not be shown (domain 5.6).
func classifyMasked(n string) numberKind {
	masks := strings.Count(n, "*")
	digits := len(n) - masks
	head := len(n) - len(strings.TrimLeft(n, "0123456789"))
	switch {
	case digits < 2 || masks < 2 || len(n) > 24:
		return ""
	case len(n) == 11 && head >= 1 && n[0] == '1' && (head == 1 || n[1] >= '3') && digits >= 4:
		return numberPhone
	case len(n) >= 14, head >= 6 && inProvince(n) && digits >= 8:
		return numberID
	case masks >= 3 && digits >= 4 && (head > 0 || masks >= 4):
		return numberMasked
	}
	return ""
}

// embeddedID finds a valid identity number inside a longer row of digits.
func embeddedID(g string) string {
	for i := 0; i+18 <= len(g); i++ {
		if w := g[i : i+18]; plausibleID(w) && checkDigit(w) == w[17] {
			return w
		}
	}
	return ""
}

// plausibleID tells whether the first 18 characters name a province and a date of birth; the check character may be
// wrong, for a misspelt number discloses as much.
func plausibleID(n string) bool {
	if !allDigits(n[:17]) || !inProvince(n) {
		return false
	}
	birth, ok := birthOf(n)
	return ok && birth.Year < 2100
}

func plausibleOldID(n string) bool {
	if !allDigits(n) || !inProvince(n) {
		return false
	}
	_, err := time.Parse("20060102", "19"+n[6:12])
	return err == nil
}

// luhn is the check of bank card numbers (ISO/IEC 7812).
func luhn(n string) bool {
	sum := 0
	for i := range len(n) {
		d := int(n[len(n)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
