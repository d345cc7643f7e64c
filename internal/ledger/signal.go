package ledger

import (
	"context"
	"strings"

	"gorm.io/gorm"

	"shouwang/internal/cell"
	"shouwang/policy"
)

// Found is told of each household about which an import has found a new sign of risk (S003 #3), with the reasons in
// words. It runs in the transaction that writes the household, once for each change; an error stops the import.
type Found func(ctx context.Context, tx *gorm.DB, householdID string, reasons []string) error

// signals are what the register says of a household that may mean a risk.
type signals struct {
	dibao bool
	grade string // of the house
	ill   []bool // member by member
}

func (t *target) signals() signals {
	s := signals{grade: t.secret.House, dibao: cell.Dibao(t.secret.Other) || t.secret.LowIncome == string(policy.ClassDibao)}
	for _, e := range t.people {
		s.dibao = s.dibao || e.person.LeftAt == nil && (cell.Dibao(e.secret.Other) || e.secret.Dibao != nil && *e.secret.Dibao)
		s.ill = append(s.ill, e.person.LeftAt == nil && strings.Contains(e.secret.Health, "大病"))
	}
	return s
}

// since are the signs that were not there before. A household that is imported for the first time has none: all that
// is known of it is new.
func (s signals) since(was signals) []string {
	var out []string
	if s.dibao && !was.dibao {
		out = append(out, "新增低保")
	}
	if danger := s.grade == "C" || s.grade == "D"; danger && s.grade != was.grade {
		out = append(out, "住房等级变为"+s.grade+"级危房")
	}
	for i, ill := range s.ill {
		if ill && !(i < len(was.ill) && was.ill[i]) {
			out = append(out, "家庭成员患有大病")
			break
		}
	}
	return out
}
