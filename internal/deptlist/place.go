package deptlist

import (
	"context"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/internal/cell"
	"shouwang/models"
)

// Places are the villages of an area by name.
type Places struct {
	byName map[string][]models.Region
}

// LoadPlaces reads the villages below a region.
func LoadPlaces(ctx context.Context, db *gorm.DB, region string) (*Places, error) {
	var rows []models.Region
	err := db.WithContext(ctx).Where("level = ? AND substr(code, 1, ?) = ?", "village", len(region), region).Find(&rows).Error
	p := &Places{byName: map[string][]models.Region{}}
	for _, r := range rows {
		p.byName[villageKey(r.Name)] = append(p.byName[villageKey(r.Name)], r)
	}
	return p, err
}

// villageKey leaves out by what a village is called in one list and not in another.
func villageKey(name string) string {
	name = cell.Tight(name)
	for _, tail := range []string{"村民委员会", "居民委员会", "村委会", "居委会", "社区", "村"} {
		if short := strings.TrimSuffix(name, tail); short != name && short != "" {
			return short
		}
	}
	return name
}

// Village is the code of the one village of that name, in the township if that is named; several tells that there are more.
func (p *Places) Village(township, village string) (code string, several bool) {
	if p == nil || village == "" {
		return "", false
	}
	var found []models.Region
	for _, r := range p.byName[villageKey(village)] {
		if township == "" || strings.Contains(strings.TrimSuffix(r.Path, r.Name), township) {
			found = append(found, r)
		}
	}
	exact := slices.DeleteFunc(slices.Clone(found), func(r models.Region) bool { return r.Name != village })
	if len(exact) == 1 {
		found = exact
	}
	if len(found) != 1 {
		return "", len(found) > 1
	}
	return found[0].Code, false
}
