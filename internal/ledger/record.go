package ledger

import (
	"encoding/json"
	"slices"
	"strings"

	"shouwang/models"
	"shouwang/policy"
)

// record is a household as the ledger states it: the canonical content behind the cells. Empty means "not stated".
type record struct {
	No         string                 `json:"no"`
	Region     string                 `json:"region"`
	Group      string                 `json:"group"`
	Population int                    `json:"population"`
	BaseType   string                 `json:"base_type"`
	Secret     models.HouseholdSecret `json:"secret"`
	PerPerson  bool                   `json:"per_person"`
	Year       int                    `json:"year,omitempty"`  // 0 where the ledger does not say
	Money      *models.IncomeYear     `json:"money,omitempty"` // what is stated of a year's income; its Year is 0
	Members    []member               `json:"members"`
}

type member struct {
	Name   string              `json:"name"`
	Head   bool                `json:"head"`
	Secret models.PersonSecret `json:"secret"`
	kin    policy.Kin
	row    *Row
	index  string   // blind index of the identity number
	others []string // those that it may stand under as well
}

// head is the member who is the head; a checked record has exactly one.
func (r *record) head() *member {
	i := slices.IndexFunc(r.Members, func(m member) bool { return m.Head })
	if i < 0 {
		return nil
	}
	return &r.Members[i]
}

// hash is keyed, because the content of a household could be guessed from a plain hash.
func (r *record) hash(v *models.Vault) string {
	raw, err := json.Marshal(r)
	if err != nil {
		panic(err) // texts and numbers only
	}
	return v.Print("ledger " + string(raw))
}

// Codes of the kinds of household (S000): a monitored household is one of these two; that it is monitored is decided by
// the procedures and never imported.
const (
	Ordinary     = "ordinary"
	OutOfPoverty = "out_of_poverty"
)

var baseTypes = map[string]string{
	"一般农户": Ordinary, "一般户": Ordinary, "普通农户": Ordinary, "非脱贫户": Ordinary, "农户": Ordinary,
	"脱贫户": OutOfPoverty, "已脱贫户": OutOfPoverty, "建档立卡户": OutOfPoverty, "建档立卡脱贫户": OutOfPoverty, "建档立卡贫困户": OutOfPoverty,
	"监测户": "", "监测对象": "", "边缘易致贫户": Ordinary, "边缘户": Ordinary, "突发严重困难户": "", "脱贫不稳定户": OutOfPoverty, "脱贫监测户": OutOfPoverty,
}

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

var monitoredTypes = words("监测户 监测对象 边缘易致贫户 边缘户 突发严重困难户 脱贫不稳定户 脱贫监测户")

// BaseTypeTitle is the Chinese name of a kind of household.
func BaseTypeTitle(code string) string {
	switch code {
	case Ordinary:
		return "一般农户"
	case OutOfPoverty:
		return "脱贫户"
	}
	return ""
}

// idFaults gives each fault of an identity number its code in the ledger.
var idFaults = map[string]string{
	"id_length": "LED-110", "id_characters": "LED-111", "id_placeholder": "LED-112", "id_region": "LED-113",
	"id_birth": "LED-114", "id_check": "LED-115", "id_disability": "LED-116",
}

var disabilityTypes = [...]string{"", "视力", "听力", "言语", "肢体", "智力", "精神", "多重"}
var disabilityLevels = [...]string{"", "一级", "二级", "三级", "四级"}

// disabilityOf is what the number of a disability certificate says.
func disabilityOf(id policy.ID) string {
	if id.Kind != policy.IDDisability {
		return ""
	}
	return disabilityTypes[id.DisabilityType] + "残疾" + disabilityLevels[id.DisabilityLevel]
}
