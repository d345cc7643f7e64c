package ledger

import (
	"context"
	"regexp"
	"strings"

	"shouwang/models"
	"shouwang/procedure"
)

// villages finds the village that a ledger means, among those in the importer's area.
type villages struct {
	byCode   map[string]models.Region
	byName   map[string][]models.Region
	township map[string]string // code of a village: name of its township
}

func loadVillages(ctx context.Context, store *models.Store, areas []string) (*villages, error) {
	v := &villages{byCode: map[string]models.Region{}, byName: map[string][]models.Region{}, township: map[string]string{}}
	db := store.DB.WithContext(ctx)
	for _, area := range areas {
		// Codes are digits, so a prefix needs no escaping; the townships above a single village are asked for too.
		var rows, towns []models.Region
		if err := db.Where("level = ? AND code LIKE ?", string(procedure.LevelVillage), area+"%").Order("code").Find(&rows).Error; err != nil {
			return nil, err
		}
		if err := db.Where("level = ? AND code LIKE ?", string(procedure.LevelTownship), area[:min(9, len(area))]+"%").Find(&towns).Error; err != nil {
			return nil, err
		}
		name := map[string]string{}
		for _, t := range towns {
			name[t.Code] = t.Name
		}
		for _, r := range rows {
			v.add(r, name[r.Parent])
		}
	}
	return v, nil
}

// add takes a village in, once though areas may lie within each other.
func (v *villages) add(r models.Region, township string) {
	if _, twice := v.byCode[r.Code]; twice {
		return
	}
	v.byCode[r.Code], v.township[r.Code] = r, township
	v.byName[core(r.Name)] = append(v.byName[core(r.Name)], r)
}

var villageSuffix = regexp.MustCompile(`(村民委员会|村委会|社区居民委员会|社区居委会|居民委员会|居委会|行政村|社区|村)$`)

// core is the name of a village without what it is called officially: 松塘村村民委员会 is 松塘.
func core(name string) string {
	for {
		short := villageSuffix.ReplaceAllString(name, "")
		if short == name || short == "" {
			return name
		}
		name = short
	}
}

// find looks a village up by code or name; a name may stand within a longer text such as 青禾镇松塘村3组. The township
// decides between villages of the same name. It gives all that fit.
func (v *villages) find(text, township string) []models.Region {
	text = tight(text)
	if r, ok := v.byCode[text]; ok {
		return []models.Region{r}
	}
	found := v.byName[core(text)]
	if len(found) == 0 {
		found = v.within(text)
	}
	if len(found) < 2 {
		return found
	}
	var near []models.Region
	for _, r := range found {
		if t := v.township[r.Code]; t != "" && (strings.Contains(township, t) || strings.Contains(text, t)) {
			near = append(near, r)
		}
	}
	if len(near) == 1 {
		return near
	}
	return found
}

// within lists the villages named within a text, the longest name only: 大石桥村3组 is not in 石桥村.
func (v *villages) within(text string) []models.Region {
	var found []models.Region
	longest := 0
	for _, r := range v.byCode {
		if !strings.Contains(text, r.Name) || len(r.Name) < longest {
			continue
		}
		if len(r.Name) > longest {
			found, longest = nil, len(r.Name)
		}
		found = append(found, r)
	}
	return found
}

// place finds the village of a household: stated in its rows, or else in the name or title of its sheet.
func (c *checker) place(b *bundle, v *villages) {
	first := b.rows[0]
	stated, township := c.same(b, Village), tight(c.first(b, Township))+" "+tight(b.sheet.Title)
	texts := []string{stated}
	if stated == "" {
		texts = []string{b.sheet.Name, b.sheet.Title}
	}
	for _, text := range texts {
		switch found := v.find(text, township); {
		case text == "":
		case len(found) == 1:
			c.rec.Region = found[0].Code
			return
		case len(found) > 1:
			c.add(first, Village, "LED-212", "有 %d 个村与“%s”相符，请填写乡镇或 12 位村代码", len(found), text)
			return
		}
	}
	if stated == "" {
		c.add(first, Village, "LED-211", "没有填写村，工作表名称和标题中也找不到村名")
		return
	}
	c.add(first, Village, "LED-210", "在您的管辖范围内没有“%s”", stated)
}
