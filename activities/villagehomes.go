package activities

import (
	"maps"
	"slices"

	"gorm.io/gorm"

	"shouwang/internal/register"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// counts are what something adds to the cells of a village form; a cell of which nobody knows anything is missing.
type counts map[string]int

func (c counts) add(more counts) {
	for code, n := range more {
		c[code] += n
	}
}

// surveyCells are the cells that are about the campaign; all other sums are about the village.
var surveyCells = []string{"surveyed_households", "surveyed_population"}

// personCells count persons; each has a cell of the households that have any, "" for none.
var personCells = map[string]string{"labour_persons": "", "dibao_persons": "dibao_households", "tekun_persons": "", "disabled_persons": "disabled_households", "pension_persons": ""}

// byHousehold derives the cells that count households from those that count persons.
func (c counts) byHousehold() counts {
	for persons, households := range personCells {
		if n, known := c[persons]; known && households != "" {
			c[households] = min(n, 1)
		}
	}
	return c
}

// sheetCounts are what the form of a surveyed household says.
func sheetCounts(sheet map[string]any) counts {
	out := counts{}
	for code := range personCells {
		if _, asked := sheet[code]; asked {
			out[code] = whole(sheet, code)
		}
	}
	for cell, code := range map[string]string{"unsafe_houses": "housing_ok", "unsafe_water": "water_ok"} {
		if ok, asked := sheet[code].(bool); asked {
			out[cell] = oneIf(!ok)
		}
	}
	return out
}

func oneIf(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

// registerCounts are what the register says of a household.
func registerCounts(f *policy.Family, s policy.Snapshot) counts {
	out := counts{}
	tell := func(code string, known, yes bool) {
		if known {
			out[code] += oneIf(yes)
		}
	}
	told := func(code string, b *bool) { tell(code, b != nil, b != nil && *b) }
	for i := range f.Members {
		m := &f.Members[i]
		can, known := policy.CanWork(m.Labour)
		tell("labour_persons", known, can)
		told("dibao_persons", m.Dibao)
		told("tekun_persons", m.Tekun)
		told("pension_persons", m.ResidentPension)
		disabled := m.Disability != "" || m.Certificate != ""
		tell("disabled_persons", disabled || m.Health != "", disabled)
	}
	tell("unsafe_houses", f.House.Grade != "" || f.House.Dangerous != nil, f.House.Unsafe())
	if f.Water != nil {
		parts := policy.Water(*f.Water, s)
		tell("unsafe_water", true, parts[len(parts)-1].Verdict == policy.VerdictNo)
	}
	return out
}

// homesSums are the sums over all households of a village (S2-060): each by its form where it was surveyed, as far as the
// form asks, and by the register's members for the rest. sheets are by household.
func (e *Engine) homesSums(tx *gorm.DB, village string, sheets map[string]map[string]any, s policy.Snapshot) (counts, error) {
	families, err := e.villageFamilies(tx, village)
	out := counts{}
	for i := range families {
		home := registerCounts(&families[i], s)
		maps.Copy(home, sheetCounts(sheets[families[i].ID]))
		out.add(home.byHousehold())
	}
	return out, err
}

// villageFamilies are the households of a village with their members, as the register has them.
func (e *Engine) villageFamilies(tx *gorm.DB, village string) ([]policy.Family, error) {
	there := func() *gorm.DB {
		return tx.Model(&models.Household{}).Where("region_code = ? AND status <> ?", village, "household_cancelled")
	}
	var homes []models.Household
	if err := there().Order("id").Find(&homes).Error; err != nil {
		return nil, err
	}
	var people []models.Person
	if err := tx.Where("left_at IS NULL AND household_id IN (?)", there().Select("id")).Order("household_id, ord, id").Find(&people).Error; err != nil {
		return nil, err
	}
	members, secrets := map[string][]models.Person{}, map[string][]models.PersonSecret{}
	for i := range people {
		p, err := people[i].Secret(e.Store.Vault)
		if err != nil {
			return nil, err
		}
		id := people[i].HouseholdID
		members[id], secrets[id] = append(members[id], people[i]), append(secrets[id], p)
	}
	out := make([]policy.Family, len(homes))
	for i, h := range homes {
		secret, err := h.Secret(e.Store.Vault)
		if err != nil {
			return nil, err
		}
		out[i] = register.Family(h, secret, members[h.ID], secrets[h.ID])
	}
	return out, nil
}

// villageCells are the sums of a village form that are about the village whether it is surveyed or not.
func villageCells() []string {
	var out []string
	for _, f := range procedure.Sheet("village_sums") {
		if !slices.Contains(surveyCells, f.Code) {
			out = append(out, f.Code)
		}
	}
	return out
}
