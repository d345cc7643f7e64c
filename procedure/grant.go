package procedure

import "slices"

// GrantFaults says what is wrong with granting a role for an area, given whether a
// department and a household are named with it (3.1, 3.2).
func GrantFaults(r Role, region string, dept, household bool) []FieldFault {
	def, ok := RoleOf(r)
	if !ok || !r.Granted() {
		return []FieldFault{{Field: "role", Code: "unknown_option", Message: "没有岗位 " + string(r)}}
	}
	var out []FieldFault
	wrong := func(field, code, message string) {
		out = append(out, FieldFault{Field: field, Code: code, Message: message})
	}
	if !slices.Contains(def.Regions(), len(region)) {
		wrong("region_code", "wrong_level", "岗位“"+def.Title+"”不能设在这一级区划")
	}
	if def.OfDept() != dept {
		wrong("dept", "dept_of_department", "部门岗位须有部门代码，其他岗位不能有")
	}
	if own := def.Level == LevelHousehold; own != household {
		wrong("household_no", "household_of_pair", "农户和结对岗位须有户编号，其他岗位不能有")
	}
	return out
}

// Granted reports whether a role is one that accounts hold: not a relation to a case,
// and not everybody.
func (r Role) Granted() bool {
	def, ok := RoleOf(r)
	return ok && r.Human() && len(def.Base) == 0 && r != Public
}

// OfDept reports whether a role is held in a department.
func (d RoleDef) OfDept() bool { return d.Code == CountyDept || d.Code == TownshipDept }

// OfGroup reports whether a role is held for one group of a village.
func (d RoleDef) OfGroup() bool { return d.Level == LevelGroup }

// Regions are the lengths of the codes of the areas that a role may be granted for.
func (d RoleDef) Regions() []int {
	switch d.Level {
	case LevelHousehold, LevelGroup:
		return []int{12}
	case LevelVillage:
		if d.Code == Surveyor || d.Code == Guide { // a campaign sends them about
			return []int{9, 12}
		}
		return []int{12}
	case LevelTownship:
		switch d.Code {
		case DataEntry, Instructor, GroupLeader, LinkedLeader: // who may be there for one village only
			return []int{9, 12}
		case Discipline, GuidanceGroup: // which a county has too
			return []int{6, 9}
		}
		return []int{9}
	case LevelCounty:
		return []int{6}
	case LevelCity:
		return []int{4}
	}
	if d.Code.Administers() {
		return []int{6}
	}
	return []int{6, 9, 12}
}
