package policy

import (
	"strings"
)

// PaperOffice is how an office signs its papers.
type PaperOffice struct {
	// Name stands at the end of a letter, Head in its red head; Mark begins its numbers, as 青禾乡振 in 青禾乡振督〔2026〕7号.
	Name string `json:"name"`
	Head string `json:"head,omitempty"`
	Mark string `json:"mark"`
	// Phone is where people ask and object.
	Phone string `json:"phone,omitempty"`
	// Retention is how long its case files are kept.
	Retention string `json:"retention,omitempty"`
}

// paperKeys steer the papers of the offices. The office of an area is the row of that very area: a county's name is not
// that of its townships.
var paperKeys = []Key{
	{Code: "paper_office", Title: "文书出具单位（名称、红头、文号代字、电话、案卷保管期限）", Kind: KindObject, Basis: "D", Check: object(checkPaperOffice)},
}

func checkPaperOffice(o PaperOffice) []Fault {
	var out []Fault
	if strings.TrimSpace(o.Name) == "" {
		out = append(out, at("name", bad("policy_required", "请填写单位名称"))...)
	}
	if mark := []rune(o.Mark); len(mark) == 0 || len(mark) > 12 || strings.ContainsAny(o.Mark, "〔〕[]（）()0123456789 ") {
		out = append(out, at("mark", bad("policy_mark", "文号代字应为十二字以内的文字，不含数字和括号"))...)
	}
	return out
}

// PaperOfficeOf is the office that was set for this very area, if it was.
func (s Snapshot) PaperOfficeOf(region string) (PaperOffice, bool) {
	var o PaperOffice
	if s.From["paper_office"] != RegionPrefix(region) || s.JSON("paper_office", &o) != nil {
		return PaperOffice{}, false
	}
	return o, true
}
