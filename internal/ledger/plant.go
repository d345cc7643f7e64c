package ledger

import (
	"strings"

	"shouwang/policy"
)

// plantings are the faults that Generate can put into a household of three or more, with the code each must raise.
var plantings = []struct {
	code string
	put  func(f *folk, h *family)
}{
	{"LED-110", func(_ *folk, h *family) { h.members[1].id = h.members[1].id[:17] }},
	{"LED-115", func(_ *folk, h *family) { h.members[0].id = wrongCheck(h.members[0].id) }},
	{"LED-112", func(_ *folk, h *family) { h.members[2].id = "999999" + h.members[2].id[6:] }},
	{"LED-117", func(_ *folk, h *family) { h.members[1].id = "5.19901198001011E+17" }},
	{"LED-120", func(_ *folk, h *family) { *h.members[2] = *h.members[1] }},
	{"LED-131", func(_ *folk, h *family) { h.members[1].birthShown = h.members[1].birth.AddDays(30).String() }},
	{"LED-130", func(_ *folk, h *family) { h.members[2].birthShown = "八五年腊月" }},
	{"LED-201", func(_ *folk, h *family) { h.members[0].relation = "其他" }},
	{"LED-202", func(_ *folk, h *family) { h.members[1].relation = "户主" }},
	{"LED-205", func(_ *folk, h *family) {
		h.members[2].relation = map[string]string{"男": "之女", "女": "之子"}[h.members[2].sex]
	}},
	{"LED-210", func(_ *folk, h *family) { h.village = "海角村" }},
	{"LED-102", func(_ *folk, h *family) { h.members[2].name = "" }},
	{"LED-140", func(f *folk, h *family) { h.members[0].phone = fictionPhone + "1234567" }},
	{"LED-207", func(_ *folk, h *family) { h.population++ }},
	{"LED-133", func(_ *folk, h *family) { h.members[1].sex = "未知" }},
	{"LED-145", func(_ *folk, h *family) { h.grade = "E级" }},
	{"LED-144", func(_ *folk, h *family) { h.base = "光荣户" }},
	{"LED-101", func(_ *folk, h *family) { h.formula = true }},
}

func wrongCheck(id string) string {
	if strings.HasSuffix(id, "1") {
		return id[:17] + "2"
	}
	return id[:17] + "1"
}

// plant spoils as many households as asked for, the kinds of fault taking turns.
func (f *folk) plant(villages [][]*family, o GenerateOptions) []Planted {
	var large []*family
	where := map[*family]string{}
	for i, families := range villages {
		for _, h := range families {
			if len(h.members) >= 3 && policy.AgeOn(h.members[1].birth, f.today) > 0 {
				large = append(large, h)
				where[h] = o.Names[i]
			}
		}
	}
	f.Shuffle(len(large), func(i, j int) { large[i], large[j] = large[j], large[i] })
	var out []Planted
	for i := range min(o.Faults, len(large)) {
		kind := plantings[i%len(plantings)]
		kind.put(f, large[i])
		large[i].planted = kind.code
		out = append(out, Planted{Sheet: where[large[i]], No: large[i].no, Code: kind.code})
	}
	return out
}
