package policy

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Has tells whether the key has a value, set or default.
func (s Snapshot) Has(key string) bool { return s.raw(key) != nil }

// raw gives the value, or the key's present default for a key that did not exist when the snapshot was taken.
func (s Snapshot) raw(key string) json.RawMessage {
	if v, ok := s.Values[key]; ok {
		return v
	}
	k, _ := FindKey(key)
	return k.Default
}

// JSON reads the value into v; it fails for a key without a value and for a value of another shape.
func (s Snapshot) JSON(key string, v any) error {
	raw := s.raw(key)
	if raw == nil {
		return Fault{"policy_missing", key, "政策项未设置"}
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return Fault{"policy_shape", key, err.Error()}
	}
	return nil
}

// Days gives the budget of a key of kind days. A key X_days takes its rolling from X_roll_holiday where that key exists.
// An unknown key gives the zero Budget; the static checker of the procedures has refused it before.
func (s Snapshot) Days(key string) Budget {
	b, err := parseBudget(s.raw(key))
	if err != nil {
		return Budget{}
	}
	if stem, ok := strings.CutSuffix(key, "_days"); ok && s.Has(stem+"_roll_holiday") {
		b.RollHoliday = s.Bool(stem + "_roll_holiday")
	}
	return b
}

// Int gives a whole number, 0 where there is none.
func (s Snapshot) Int(key string) int { return get[int](s, key) }

// Number gives a number, 0 where there is none.
func (s Snapshot) Number(key string) float64 { return get[float64](s, key) }

// Bool gives a yes or no, false where there is none.
func (s Snapshot) Bool(key string) bool { return get[bool](s, key) }

// Text gives a text, "" where there is none.
func (s Snapshot) Text(key string) string { return get[string](s, key) }

// Items gives a list of coded entries with the members code and title.
func (s Snapshot) Items(key string) []Item { return get[[]Item](s, key) }

func get[T any](s Snapshot, key string) T {
	var v T
	if s.JSON(key, &v) != nil {
		var zero T
		return zero
	}
	return v
}

// Strings gives a list of texts, or the codes of a list of coded entries.
func (s Snapshot) Strings(key string) []string {
	if list := get[[]string](s, key); list != nil {
		return list
	}
	items := s.Items(key)
	codes := make([]string, len(items))
	for i, item := range items {
		codes[i] = item.Code
	}
	return codes
}

// Title gives the Chinese title of a code in a code set, or the code itself when the set does not have it.
func (s Snapshot) Title(key, code string) string {
	for _, item := range s.Items(key) {
		if item.Code == code {
			return item.Title
		}
	}
	return code
}

// Ladder gives a reminder ladder by name. A name the region did not set falls back to the built-in ladder, and an
// unknown name to the standard one, so that no clock is silent by mistake.
func (s Snapshot) Ladder(name string) Ladder {
	if l, ok := get[map[string]Ladder](s, "ladders")[name]; ok {
		return l
	}
	if l, ok := DefaultLadders()[name]; ok {
		return l
	}
	return DefaultLadders()[LadderStandard]
}

// LadderNames lists the ladders of the snapshot together with the built-in ones, sorted.
func (s Snapshot) LadderNames() []string {
	all := DefaultLadders()
	for name, l := range get[map[string]Ladder](s, "ladders") {
		all[name] = l
	}
	return sortedKeys(all)
}

// serialKeys are the steps of an identification that follow one another (domain 4.9).
var serialKeys = []string{"clue_days", "home_verify_days", "review_days", "notice_days", "township_days", "county_days"}

// ValidateSet refuses values that cannot stand together: the serial steps of an identification must fit into its total,
// and the compulsory ages must not be crossed. A working day weighs 7/5 of a calendar day.
func ValidateSet(s Snapshot) []Fault {
	var out []Fault
	sum, words := 0, make([]string, 0, len(serialKeys))
	for _, key := range serialKeys {
		b := s.Days(key)
		sum += b.fifths()
		words = append(words, fmt.Sprint(b.Days))
	}
	total := s.Days("ident_total_days")
	if sum > total.fifths() {
		out = append(out, Fault{"policy_sum", "ident_total_days", fmt.Sprintf(
			"线索、入户、评议、公示、乡镇、县级各步时限之和（%s）折合%s天，超过总时限%s", strings.Join(words, "+"), fifthsText(sum), total.Chinese())})
	}
	if s.Int("education_age_min") > s.Int("education_age_max") {
		out = append(out, Fault{"policy_ages", "education_age_max", "义务教育截止年龄小于起始年龄"})
	}
	return out
}

// fifths weighs a budget in fifths of a calendar day, so that both units compare in whole numbers.
func (b Budget) fifths() int {
	if b.Unit == UnitWorking {
		return b.Days * 7
	}
	return b.Days * 5
}

func fifthsText(n int) string {
	if n%5 == 0 {
		return fmt.Sprint(n / 5)
	}
	return fmt.Sprintf("%d.%d", n/5, n%5*2)
}

// Missing lists the keys a region must set before work begins and has not, such as the yearly income line.
func Missing(s Snapshot) []Fault {
	var out []Fault
	for _, k := range Keys {
		if k.Required && !s.Has(k.Code) {
			out = append(out, Fault{"policy_missing", k.Code, k.Title + "尚未设置"})
		}
	}
	return out
}
