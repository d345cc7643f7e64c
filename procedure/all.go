package procedure

// All lists every version of every procedure that cases may run on. Order is
// visible on purpose; an old version goes when no open case uses it.
var All = []*Definition{
	&riskClueV1,
	&identificationV1,
	&villageNoticeV1,
	&deptComparisonV1,
	&objectionV1,
	&householdStatusV1,
	&assistancePlanV1,
	&measureV1,
	&visitTaskV1,
	&riskEliminationV1,
	&lookbackWindowV1,
	&rollbackV1,
	&rectificationV1,
	&memberChangeV1,
	&dataIssueV1,
	&medicalReassistanceV1,
	&povertyExitV1,
	&returnToPovertyV1,
	&campaignV1,
	&householdFormV1,
	&villageFormV1,
}

// Lookup finds one version of a procedure.
func Lookup(name string, version int) (*Definition, bool) {
	for _, d := range All {
		if d.Name == name && d.Version == version {
			return d, true
		}
	}
	return nil, false
}

// IsInline reports whether the cases of one version of a procedure have no workflow.
func IsInline(name string, version int) bool {
	d, ok := Lookup(name, version)
	return ok && d.Mode == Inline
}

// Latest finds the version that new cases of a procedure start on.
func Latest(name string) (*Definition, bool) {
	var found *Definition
	for _, d := range All {
		if d.Name == name && (found == nil || d.Version > found.Version) {
			found = d
		}
	}
	return found, found != nil
}
