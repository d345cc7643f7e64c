package policy

import (
	"fmt"
	"strings"
)

// Verdict is the answer of a computed test. VerdictJudge means that a fact or a recorded human judgement is missing:
// the test is open, and nobody may read it as a no.
type Verdict string

// The three answers.
const (
	VerdictYes   Verdict = "yes"
	VerdictNo    Verdict = "no"
	VerdictJudge Verdict = "judge"
)

// Title is the verdict in words.
func (v Verdict) Title() string {
	return map[Verdict]string{VerdictYes: "是", VerdictNo: "否", VerdictJudge: "须人工判断"}[v]
}

// Finding is the answer to one test: the sentence to show, the paper the rule comes from, and the values that were used,
// thresholds included. Values and reason are personal data.
type Finding struct {
	Code    string  `json:"code"`
	Title   string  `json:"title"`
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason"`
	Basis   string  `json:"basis"` // such as "S003 #3"
	Values  []Value `json:"values,omitempty"`
}

// Value is one value that a test has looked at, as it is shown.
type Value struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

func finding(code, title string, v Verdict, basis, reason string, values ...Value) Finding {
	return Finding{Code: code, Title: title, Verdict: v, Reason: reason, Basis: basis, Values: values}
}

func val(name, format string, a ...any) Value { return Value{name, fmt.Sprintf(format, a...)} }

func yesVal(name string, yes bool) Value { return Value{name, yesText(yes)} }

// basisTitles are the papers that the rules come from.
var basisTitles = map[string]string{
	"S000": "巩固脱贫攻坚成果“回头看”工作实施方案（2021年）", "S001": "脱贫攻坚自查评估方案（2020年）", "S002": "扶贫对象动态管理和贫困退出工作方案（2018年）",
	"S003": "考核评估反馈问题整改方案（2022年）", "S004": "防止返贫监测帮扶排查整改工作方案（2021年）", "E-27": "防止返贫监测对象识别规定",
}

// BasisTitle is a basis in words: "S003 #3" is 《考核评估反馈问题整改方案（2022年）》第3项.
func BasisTitle(basis string) string {
	code, no, _ := strings.Cut(basis, " ")
	title, ok := basisTitles[code]
	if !ok {
		return basis
	}
	out := "《" + title + "》"
	if n, numbered := strings.CutPrefix(no, "#"); numbered {
		return out + "第" + n + "项"
	}
	return out + no
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
