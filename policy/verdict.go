package policy

import "fmt"

// Verdict is the answer of a computed test. VerdictJudge means that a fact or a recorded human judgement is missing:
// the test is open, and nobody may read it as a no.
type Verdict string

// The three answers.
const (
	VerdictYes   Verdict = "yes"
	VerdictNo    Verdict = "no"
	VerdictJudge Verdict = "judge"
)

// Finding is the answer to one test with its reason in Chinese.
type Finding struct {
	Code    string  `json:"code"`
	Title   string  `json:"title"`
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason"`
}

func verdict(yes bool) Verdict {
	if yes {
		return VerdictYes
	}
	return VerdictNo
}

// all joins tests that must all hold: one no decides, else one open test keeps the whole open.
func all(vs ...Verdict) Verdict {
	out := VerdictYes
	for _, v := range vs {
		switch v {
		case VerdictNo:
			return VerdictNo
		case VerdictJudge:
			out = VerdictJudge
		}
	}
	return out
}

// anyOf joins tests of which one is enough.
func anyOf(vs ...Verdict) Verdict {
	out := VerdictNo
	for _, v := range vs {
		switch v {
		case VerdictYes:
			return VerdictYes
		case VerdictJudge:
			out = VerdictJudge
		}
	}
	return out
}

// recorded turns a judgement that may not have been made yet into a verdict.
func recorded(b *bool) Verdict {
	if b == nil {
		return VerdictJudge
	}
	return verdict(*b)
}

// Yuan writes an amount in fen as yuan with two decimals: 690000 is "6900.00".
func Yuan(fen int64) string {
	sign := ""
	if fen < 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s%d.%02d", sign, abs(fen/100), abs(fen%100))
}

func abs(n int64) int64 {
	if n < 0 {
		return -n
	}
	return n
}
