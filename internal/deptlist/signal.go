package deptlist

import (
	"fmt"
	"strings"

	"shouwang/internal/ledger"
	"shouwang/policy"
)

// Known is what the register says of whom a row is about, before the row.
type Known struct {
	OutOfPoverty, Dibao, Disabled, SeriouslyIll bool
	HouseGrade                                  string
}

// Consequence is what a row calls for.
type Consequence string

// Consequences: none; a clue; an alert of medical burden, when the sum of the household is above the ratio of the policy;
// a correction of the register, which is a data issue.
const (
	Nothing    Consequence = ""
	Clue       Consequence = "clue"
	Alert      Consequence = "alert"
	Correction Consequence = "correction"
)

// Sign is what a row newly says, in words without numbers that name people.
type Sign struct {
	Call    Consequence
	Reason  string
	Channel string // of a clue
}

// Channels of clues.
const (
	DeptPush       = "dept_push"
	DibaoOrHousing = "dibao_or_housing"
)

// Signs says what a row calls for. before are the values of the row that it takes the place of, nil for the first of its
// fact: what an earlier list or the register said already calls for nothing again. largeExpense is the policy's limit in fen
// above which an expense is a sign of its own.
func Signs(k *Kind, now, before map[string]string, reg Known, largeExpense int64) Sign {
	turned := func(field, to string) bool { return now[field] == to && before[field] != to }
	push := func(reason string) Sign { return Sign{Clue, reason, DeptPush} }
	switch k.Code {
	case "medical_cost":
		return Sign{Call: Alert}
	case "dibao":
		if turned("status", "yes") && !reg.Dibao {
			return Sign{Clue, "新增低保", DibaoOrHousing}
		}
	case "house_grade":
		if g := now["grade"]; (g == "C" || g == "D") && before["grade"] != g && reg.HouseGrade != g {
			return Sign{Clue, "住房鉴定为" + g + "级危房", DibaoOrHousing}
		}
	case "tekun":
		if before == nil {
			return push("新增特困供养")
		}
	case "serious_illness":
		if before == nil && !reg.SeriouslyIll {
			return push("家庭成员患有大病")
		}
	case "disability":
		// 1 is the gravest level: a lower number is worse.
		if before == nil && !reg.Disabled || before != nil && now["level"] < before["level"] {
			return push("新核发" + levels[now["level"]] + "残疾人证")
		}
	case "dropout":
		if turned("status", "out") {
			return push("义务教育阶段失学辍学")
		}
	case "unemployment":
		if turned("status", "out") && reg.OutOfPoverty {
			return push("脱贫劳动力失业")
		}
	case "uninsured":
		if turned("unable", "yes") {
			return push("无力缴纳基本医疗保险费")
		}
	case "water_test":
		if turned("passed", "no") {
			return push(strings.TrimSpace("饮水水质不达标 " + now["item"]))
		}
	case "large_expense", "school_cost":
		if fen := Fen(now, k.Amount); fen > largeExpense && Fen(before, k.Amount) <= largeExpense {
			return push(fmt.Sprintf("%s%s元", k.Title, policy.Yuan(fen)))
		}
	case "death":
		if before == nil {
			return Sign{Call: Correction, Reason: "公安登记已死亡注销（" + now["on"] + "），登记册仍在户"}
		}
	case "registration":
		if before == nil || before["change"] != now["change"] {
			return Sign{Call: Correction, Reason: "公安登记户籍已变动，请核对登记册"}
		}
	}
	return Sign{}
}

// MaySign reports whether a row calls for something, if the register and the policy do not say otherwise.
func MaySign(k *Kind, now, before map[string]string) bool {
	return Signs(k, now, before, Known{OutOfPoverty: true}, 0).Call != Nothing || k.Amount != "" && Fen(now, k.Amount) > Fen(before, k.Amount)
}

var levels = map[string]string{"1": "一级", "2": "二级", "3": "三级", "4": "四级"}

// Dibao reads the columns about 低保 of the register.
func Dibao(other map[string]string) bool { return ledger.Dibao(other) }

// Fen is an amount among the values of a row, 0 without one.
func Fen(values map[string]string, field string) int64 {
	var n int64
	_, _ = fmt.Sscan(values[field], &n) // written by this package; nothing is 0
	return n
}
