package procedure

import "slices"

// Role is a role code of section 3.2.
type Role string

// Level is the administrative level a role works at.
type Level string

// Levels from the household up.
const (
	LevelHousehold Level = "household"
	LevelGroup     Level = "group"
	LevelVillage   Level = "village"
	LevelTownship  Level = "township"
	LevelCounty    Level = "county"
	LevelCity      Level = "city"
	LevelAny       Level = "any"
	LevelNone      Level = "none"
)

// The roles of section 3.2, and the parties that are not persons.
const (
	Farmer            Role = "farmer"
	GridMember        Role = "grid_member"
	VillageMonitor    Role = "village_monitor"
	VillageCadre      Role = "village_cadre"
	VillageSecretary  Role = "village_secretary"
	ResidentLeader    Role = "resident_leader"
	ResidentMember    Role = "resident_member"
	AssistancePerson  Role = "assistance_person"
	MonitoringContact Role = "monitoring_contact"
	Surveyor          Role = "surveyor"
	Instructor        Role = "instructor"
	GroupLeader       Role = "group_leader"
	Guide             Role = "guide"
	DataEntry         Role = "data_entry"
	TownshipOffice    Role = "township_office"
	LinkedLeader      Role = "linked_leader"
	TownshipHead      Role = "township_head"
	TownshipDept      Role = "township_dept"
	GuidanceGroup     Role = "guidance_group"
	CountyOffice      Role = "county_office"
	CountyDept        Role = "county_dept"
	CountyGroup       Role = "county_group"
	CityOffice        Role = "city_office"
	Discipline        Role = "discipline"
	Auditor           Role = "auditor"
	SysAdmin          Role = "sys_admin"
	SecAdmin          Role = "sec_admin"
	LogAdmin          Role = "log_admin"
	Public            Role = "public"

	// Handler is whoever has taken on an objection, Objector whoever raised it:
	// relations to one case, held by accounts with other roles.
	Handler  Role = "handler"
	Objector Role = "objector"

	// Responsible and Verifier are the persons to whom a problem was assigned, Owner
	// whoever must clean up a data issue, and Visitor whoever has a duty to visit.
	Responsible Role = "responsible"
	Verifier    Role = "verifier"
	Owner       Role = "owner"
	Visitor     Role = "visitor"

	// Counterpart are the cadres of the village that a member of a household goes to (2.10).
	Counterpart Role = "counterpart"

	// Issuer is the office that drew up a campaign, EntryClerk whoever the village has
	// named to enter its form.
	Issuer     Role = "issuer"
	EntryClerk Role = "entry_clerk"

	// System, Timer and Procedure act by rule: the engine, a clock whose limit
	// is over, and another case.
	System    Role = "system"
	Timer     Role = "timer"
	Procedure Role = "procedure"
)

// RoleDef describes a role.
type RoleDef struct {
	Code  Role
	Title string
	Level Level
	// Base lists the roles of the accounts that can stand in this relation.
	Base []Role
	// Fact holds the accounts that stand in this relation to a case, one or a list.
	Fact string
	// RoleFact holds the role whose holders stand in this relation to a case.
	RoleFact string
}

// staff are the roles that a piece of work may be assigned to by name.
var staff = []Role{
	GridMember, VillageMonitor, VillageCadre, VillageSecretary, ResidentLeader, ResidentMember, AssistancePerson, MonitoringContact, Surveyor,
	DataEntry, TownshipOffice, LinkedLeader, TownshipHead, TownshipDept, GuidanceGroup, CountyOffice, CountyDept,
}

// Staff lists the roles whose holders a piece of work may be assigned to by name and
// who see every case of their area.
func Staff() []Role {
	return slices.DeleteFunc(slices.Clone(staff), func(r Role) bool { return r == Surveyor })
}

// Roles lists every role in the order of section 3.2.
var Roles = []RoleDef{
	{Code: Farmer, Title: "农户", Level: LevelHousehold},
	{Code: GridMember, Title: "村民小组长（网格员）", Level: LevelGroup},
	{Code: VillageMonitor, Title: "防返贫监测信息员", Level: LevelVillage},
	{Code: VillageCadre, Title: "村“两委”干部", Level: LevelVillage},
	{Code: VillageSecretary, Title: "村党组织书记", Level: LevelVillage},
	{Code: ResidentLeader, Title: "驻村第一书记（工作队长）", Level: LevelVillage},
	{Code: ResidentMember, Title: "驻村工作队员", Level: LevelVillage},
	{Code: AssistancePerson, Title: "结对帮扶责任人", Level: LevelHousehold},
	{Code: MonitoringContact, Title: "监测联系人", Level: LevelHousehold},
	{Code: Surveyor, Title: "调查员（排查责任人）", Level: LevelVillage},
	{Code: Instructor, Title: "工作组指导员", Level: LevelTownship},
	{Code: GroupLeader, Title: "自查评估工作组组长", Level: LevelTownship},
	{Code: Guide, Title: "引导员", Level: LevelVillage},
	{Code: DataEntry, Title: "信息录入员", Level: LevelTownship},
	{Code: TownshipOffice, Title: "乡镇乡村振兴办", Level: LevelTownship},
	{Code: LinkedLeader, Title: "联村领导（分管领导）", Level: LevelTownship},
	{Code: TownshipHead, Title: "乡镇党委政府主要负责人", Level: LevelTownship},
	{Code: TownshipDept, Title: "乡镇部门", Level: LevelTownship},
	{Code: GuidanceGroup, Title: "指导组（督导组）", Level: LevelTownship},
	{Code: CountyOffice, Title: "县级乡村振兴（农业农村）部门", Level: LevelCounty},
	{Code: CountyDept, Title: "县级行业部门", Level: LevelCounty},
	{Code: CountyGroup, Title: "县委农村工作领导小组", Level: LevelCounty},
	{Code: CityOffice, Title: "市级部门", Level: LevelCity},
	{Code: Discipline, Title: "纪检督查", Level: LevelTownship},
	{Code: Auditor, Title: "审计（考核评估）人员", Level: LevelAny},
	{Code: SysAdmin, Title: "系统管理员", Level: LevelAny},
	{Code: SecAdmin, Title: "安全管理员", Level: LevelAny},
	{Code: LogAdmin, Title: "审计管理员", Level: LevelAny},
	{Code: Public, Title: "村民", Level: LevelVillage},
	{Code: Handler, Title: "承办人", Level: LevelVillage, Base: []Role{VillageCadre, VillageSecretary, TownshipOffice}},
	{Code: Objector, Title: "异议人", Level: LevelNone, Base: []Role{Farmer, Public}},
	{Code: Responsible, Title: "整改责任人", Level: LevelNone, Base: staff, Fact: "responsible"},
	{Code: Verifier, Title: "核验人", Level: LevelNone, Base: staff, Fact: "verifier"},
	{Code: Owner, Title: "清洗责任人", Level: LevelNone, Base: staff, Fact: "owner"},
	{Code: Visitor, Title: "走访人", Level: LevelNone, Base: staff, RoleFact: "duty_role"},
	{Code: Counterpart, Title: "对方村干部", Level: LevelVillage, Base: []Role{VillageCadre}},
	{Code: Issuer, Title: "行动印发单位", Level: LevelNone, Base: []Role{TownshipOffice, CountyOffice}, RoleFact: "issuer_role"},
	{Code: EntryClerk, Title: "村表录入专人", Level: LevelNone, Base: staff, Fact: "entry_clerk"},
	{Code: System, Title: "系统", Level: LevelNone},
	{Code: Timer, Title: "期限", Level: LevelNone},
	{Code: Procedure, Title: "关联程序", Level: LevelNone},
}

// RoleOf describes r.
func RoleOf(r Role) (RoleDef, bool) {
	for _, d := range Roles {
		if d.Code == r {
			return d, true
		}
	}
	return RoleDef{}, false
}

// Human reports whether r is held by a person.
func (r Role) Human() bool { return r != System && r != Timer && r != Procedure }
