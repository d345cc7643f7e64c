package policy

import "slices"

// Severities of what a data rule finds: an error must be mended, a doubt looked at, for it may be as it is.
const (
	DataError = "error"
	DataDoubt = "doubt"
)

// RuleInfo names one check of domain 5.5. Code is stable; Group is the check of the table ("DQ-20"), Basis the row or
// the public rule it rests on.
type RuleInfo struct {
	Code, Group, Title, Basis string
	Severity                  string // DataError or DataDoubt
}

// DataFault is one thing a rule has found. Member is the member's id, "" for the subject as a whole. Message names the
// member, what is wrong and how to mend it. Values are what was looked at, by Chinese name: when they change, the fault
// is another one. Neither holds an identity number, a telephone number or an address.
type DataFault struct {
	Member, Message string
	Values          map[string]string
	Severity        string
}

// DataContext is what the rules know beside their subject: the day, and the policy in force. NewDataContext makes one
// that reads the policy once; one made by hand reads it anew for each rule.
type DataContext struct {
	Today Date
	Snapshot
	limits *dataLimits
}

// NewDataContext reads the thresholds of the rules once, for a run over many subjects.
func NewDataContext(today Date, s Snapshot) DataContext {
	l := readLimits(s)
	return DataContext{Today: today, Snapshot: s, limits: &l}
}

// DataRule is one check of a household's record. Find is pure. It finds nothing where its facts are missing, save where
// what is missing is the fault.
type DataRule struct {
	RuleInfo
	Find  func(*Family, DataContext) []DataFault
	needs facts
}

// FormRule is one check of a form that was handed in (DQ-01 to DQ-04, DQ-13, DQ-14).
type FormRule struct {
	RuleInfo
	Find func(FormFacts, DataContext) []DataFault
}

// VillageRule is one check of a village form (DQ-09, DQ-40).
type VillageRule struct {
	RuleInfo
	Find func(VillageFacts, DataContext) []DataFault
}

// CaseRule is one check of a procedure and of the answers about agreeing records (DQ-10, DQ-41).
type CaseRule struct {
	RuleInfo
	Find func(CaseFacts, DataContext) []DataFault
}

// DataRules are the checks of a household's record, in the order in which they are shown.
var DataRules = slices.Concat(identityRules, familyRules, schoolingRules, insuranceRules, labourRules, riskRules, measureRules, eliminationRules, landRules)

// FormerRules are codes that issues of earlier releases carry; a run leaves them out, for other rules say the same more
// closely.
var FormerRules = []DataRule{member("id_invalid", "DQ-20", "身份证号位数、字符或校验位不符", "X 1_01_*", DataError, idInvalid)}

// FindDataRule looks a rule of a household's record up by its code, former ones included.
func FindDataRule(code string) (DataRule, bool) {
	for _, rules := range [][]DataRule{DataRules, FormerRules} {
		if i := slices.IndexFunc(rules, func(r DataRule) bool { return r.Code == code }); i >= 0 {
			return rules[i], true
		}
	}
	return DataRule{}, false
}

// AllRules names every check of DQ-01 to DQ-41, of whatever subject, in the order of the table's subjects; the former
// ones come last.
func AllRules() []RuleInfo {
	var out []RuleInfo
	for _, r := range DataRules {
		out = append(out, r.RuleInfo)
	}
	for _, r := range FormRules {
		out = append(out, r.RuleInfo)
	}
	for _, r := range VillageRules {
		out = append(out, r.RuleInfo)
	}
	for _, r := range CaseRules {
		out = append(out, r.RuleInfo)
	}
	for _, r := range FormerRules {
		out = append(out, r.RuleInfo)
	}
	return out
}

// values are pairs of a name and what was looked at.
func values(pairs ...string) map[string]string {
	out := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i]] = pairs[i+1]
	}
	return out
}

// fault is one fault of the subject as a whole.
func fault(message string, pairs ...string) []DataFault {
	return []DataFault{{Message: message, Values: values(pairs...)}}
}

// graded writes the rule's severity on what it has found.
func graded(severity string, faults []DataFault) []DataFault {
	for i := range faults {
		faults[i].Severity = severity
	}
	return faults
}

// household makes a rule about the household as a whole.
func household(code, group, title, basis, severity string, find func(*Family, DataContext) []DataFault) DataRule {
	return DataRule{RuleInfo: RuleInfo{code, group, title, basis, severity}, Find: func(f *Family, c DataContext) []DataFault { return graded(severity, find(f, c)) }}
}

// says is the answer to one question about a member: what is wrong, "" nothing, and what was looked at.
type says struct {
	message string
	values  map[string]string
}

// wrong is an answer that something is.
func wrong(message string, pairs ...string) says { return says{message, values(pairs...)} }

// member makes a rule that asks one question of every member; the message begins with the member's name.
func member(code, group, title, basis, severity string, ask func(*Member, *Family, DataContext) says) DataRule {
	return household(code, group, title, basis, severity, func(f *Family, c DataContext) []DataFault {
		var out []DataFault
		for i := range f.Members {
			m := &f.Members[i]
			if s := ask(m, f, c); s.message != "" {
				out = append(out, DataFault{Member: m.ID, Message: m.Name + "：" + s.message, Values: s.values})
			}
		}
		return out
	})
}
