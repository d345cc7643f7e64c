// Package demo makes the demonstration county: invented places, accounts for every role, a township of invented
// households and a dozen matters to look at. Nothing in it is about a real place or person.
package demo

import (
	"shouwang/internal/ledger"
	"shouwang/models"
	"shouwang/procedure"
)

// The codes of the invented places. The first two digits of a division are its province, and GB/T 2260 numbers provinces
// 11 to 65, 71, 81 and 82: no province is 99, so no real county begins with 9999, and demonstration data among real data
// are seen at once. (Identity numbers need a real province to be valid; they use ledger.FictionPrefix.)
const (
	County       = "999901"
	Township     = "999901101"
	OtherTown    = "999901102"
	countyName   = "云岫县"
	otherName    = "白鹭镇"
	otherVillage = OtherTown + "201"
	// The neighbouring county, which is there only when the main township is wide.
	OtherCounty      = "999902"
	otherCountyName  = "临水县"
	otherCountyTown  = OtherCounty + "101"
	otherCountyPlace = "柳湾镇"
)

var otherCountyVillages = []string{"柳湾村"}

var otherVillages = []string{"芦花村", "月牙塘村"}

// Village is the code of the n-th demonstration village, from 1 to 9.
func Village(n int) string { return Township + "20" + string(rune('0'+n)) }

// neighbours are the places of the other county.
func neighbours() []models.Region {
	return []models.Region{
		region(OtherCounty, "", otherCountyName, "", procedure.LevelCounty),
		region(otherCountyTown, OtherCounty, otherCountyPlace, otherCountyName, procedure.LevelTownship),
		region(otherCountyTown+"201", otherCountyTown, otherCountyVillages[0], otherCountyName+otherCountyPlace, procedure.LevelVillage),
	}
}

// Regions lists the county, its two townships and their villages.
func Regions() []models.Region {
	out := []models.Region{
		region(County, "", countyName, "", procedure.LevelCounty),
		region(Township, County, ledger.FictionTownship, countyName, procedure.LevelTownship),
		region(OtherTown, County, otherName, countyName, procedure.LevelTownship),
	}
	for i, name := range ledger.FictionVillages {
		out = append(out, region(Village(i+1), Township, name, countyName+ledger.FictionTownship, procedure.LevelVillage))
	}
	for i, name := range otherVillages {
		out = append(out, region(OtherTown+"20"+string(rune('1'+i)), OtherTown, name, countyName+otherName, procedure.LevelVillage))
	}
	return out
}

func region(code, parent, name, above string, level procedure.Level) models.Region {
	return models.Region{Code: code, Parent: parent, Level: string(level), Name: name, Path: above + name}
}
