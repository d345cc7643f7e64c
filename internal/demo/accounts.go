package demo

import (
	"encoding/json"

	"shouwang/internal/ledger"
	"shouwang/policy"
	"shouwang/procedure"
)

// Password is that of all demonstration accounts. They exist only where demonstration data were asked for.
const Password = "shouwang-demo"

// Account is a demonstration account. Role and Area are in words; Grants say the same in codes.
type Account struct {
	Login  string
	Name   string
	Role   string
	Area   string
	Grants []Grant
}

// Grant lets an account act in a role for an area, a department of the county, or one household.
type Grant struct {
	Role      procedure.Role
	Region    string
	Dept      string
	Household string // number of the household
	Group     string // of the village, for the head of a group
}

// FarmerHousehold is the household of the farmer's account.
const FarmerHousehold = ledger.FictionPrefix + "01010001"

// farmerName is the head of FarmerHousehold, who is the first person that the generator invents.
const farmerName = "乔志刚"

// Accounts lists the demonstration accounts: everybody needed to take a case through all its steps, with two persons
// wherever a second one must sign, and neighbours who must see nothing of it.
var Accounts = append(accounts(), departments()...)

func accounts() []Account {
	village, next := Village(1), Village(2)
	home, neighbour := ledger.FictionTownship+ledger.FictionVillages[0], ledger.FictionTownship+ledger.FictionVillages[1]
	one := func(login, name, area, region string, roles ...procedure.Role) Account {
		a := Account{Login: login, Name: name, Area: area}
		for i, r := range roles {
			def, _ := procedure.RoleOf(r)
			if i > 0 {
				a.Role += "、"
			}
			a.Role += def.Title
			a.Grants = append(a.Grants, Grant{Role: r, Region: region})
		}
		return a
	}
	farmer := one("farmer", farmerName, home+"1组", village, procedure.Farmer)
	farmer.Grants[0].Household = FarmerHousehold
	grid := one("grid", "邹桂英", home+"1组", village, procedure.GridMember)
	grid.Grants[0].Group = "1组"
	return []Account{
		one("cadre", "何春林", home, village, procedure.VillageCadre),
		one("cadre2", "罗小梅", home, village, procedure.VillageCadre, procedure.VillageMonitor),
		one("secretary", "段永福", home, village, procedure.VillageSecretary),
		one("surveyor", "彭晓燕", home, village, procedure.Surveyor),
		one("surveyor2", "谭志远", home, village, procedure.Surveyor),
		one("resident", "夏明涛", home, village, procedure.ResidentMember, procedure.Surveyor),
		one("first", "陆文博", home, village, procedure.ResidentLeader),
		grid,
		farmer,
		one("neighbour", "贺长顺", neighbour, next, procedure.VillageCadre),
		one("township", "沈雅琴", ledger.FictionTownship, Township, procedure.TownshipOffice),
		one("township2", "易建平", ledger.FictionTownship, Township, procedure.TownshipOffice),
		one("linked", "龙海峰", ledger.FictionTownship, Township, procedure.LinkedLeader),
		one("entry", "温晓琳", ledger.FictionTownship, Township, procedure.DataEntry),
		one("entry2", "史佳怡", ledger.FictionTownship, Township, procedure.DataEntry),
		one("othertown", "乔建国", otherName, OtherTown, procedure.TownshipOffice),
		one("county", "戴文静", countyName, County, procedure.CountyOffice),
		one("group", "常立新", countyName, County, procedure.CountyGroup),
		one("auditor", "康为民", countyName, County, procedure.Auditor),
		one("secadmin", "毛守则", countyName, County, procedure.SecAdmin),
		one("sysadmin", "卜建章", countyName, County, procedure.SysAdmin),
		one("logadmin", "明镜如", countyName, County, procedure.LogAdmin),
	}
}

var departmentStaff = []string{"侯敏", "雷鸣远", "汤晓东", "尹秀兰", "武新华", "赖文斌", "龚雪莲", "江一帆", "邱玉洁", "孟凡清", "万里行", "顾清源", "黎曼"}

// departments gives one account to each department that takes part in the comparison by default.
func departments() []Account {
	key, _ := policy.FindKey("comparison_departments")
	var items []policy.Item
	if err := json.Unmarshal(key.Default, &items); err != nil {
		panic(err) // a built-in list
	}
	var out []Account
	for i, d := range items {
		out = append(out, Account{
			Login: "dept_" + d.Code, Name: departmentStaff[i%len(departmentStaff)], Role: "县级行业部门（" + d.Title + "）", Area: countyName,
			Grants: []Grant{{Role: procedure.CountyDept, Region: County, Dept: d.Code}},
		})
	}
	return out
}
