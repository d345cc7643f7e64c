package main

import (
	"cmp"
	"fmt"
	"strings"

	"shouwang/procedure"
)

// strongRoles are those that need a second factor where nothing else was said: they open the door to others, decide, or
// see everything.
var strongRoles = []procedure.Role{procedure.SysAdmin, procedure.SecAdmin, procedure.LogAdmin, procedure.CountyOffice, procedure.CountyDept,
	procedure.CountyGroup, procedure.Auditor}

// secondFactorRoles reads the setting: auto (also when not given), none, or roles by their codes.
func secondFactorRoles(setting, profile string) ([]procedure.Role, error) {
	setting = cmp.Or(setting, "auto")
	switch {
	case setting == "none", setting == "auto" && profile != "production":
		return nil, nil
	case setting == "auto":
		return strongRoles, nil
	}
	var out []procedure.Role
	for code := range strings.SplitSeq(setting, ",") {
		role := procedure.Role(strings.TrimSpace(code))
		if _, ok := procedure.RoleOf(role); !ok {
			return nil, fmt.Errorf("--second-factor：没有岗位 %s", role)
		}
		out = append(out, role)
	}
	return out, nil
}
