package policy

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Row is one stored policy value: Key for Region from ValidFrom (included) to ValidTo (excluded); a zero time is open.
// Region is a division code of 2, 4, 6, 9 or 12 digits, with or without trailing zeros; "" is the whole country.
type Row struct {
	Key       string          `json:"key"`
	Region    string          `json:"region"`
	Value     json.RawMessage `json:"value"`
	ValidFrom time.Time       `json:"valid_from"`
	ValidTo   time.Time       `json:"valid_to"`
}

// regionLevels are the lengths of province, city, county, township and village codes.
var regionLevels = []int{2, 4, 6, 9, 12}

// RegionPrefix cuts the zeros that fill up a division code: "510923000000" becomes "510923". A code of another length
// stays as it is.
func RegionPrefix(code string) string {
	if len(code) != 12 {
		return code
	}
	for _, n := range regionLevels {
		if strings.Trim(code[n:], "0") == "" {
			return code[:n]
		}
	}
	return code
}

// ValidateRow tells what is wrong with one row; the Field of each fault is the key's code or the row's column.
func ValidateRow(r Row) []Fault {
	key, ok := FindKey(r.Key)
	if !ok {
		return []Fault{{"policy_key", "key", fmt.Sprintf("没有名为“%s”的政策项", Shown(r.Key))}}
	}
	var out []Fault
	prefix := RegionPrefix(r.Region)
	if prefix != "" && (!slices.Contains(regionLevels, len(prefix)) || strings.Trim(prefix, "0123456789") != "") {
		out = append(out, Fault{"policy_region", "region", "区划代码应为 2、4、6、9 或 12 位数字"})
	}
	if !r.ValidFrom.IsZero() && !r.ValidTo.IsZero() && !r.ValidFrom.Before(r.ValidTo) {
		out = append(out, Fault{"policy_validity", "valid_to", "失效时间应晚于生效时间"})
	}
	for _, f := range key.Check(r.Value) {
		f.Field, f.Message = Cleared(strings.TrimSuffix(r.Key+"."+f.Field, ".")), Cleared(f.Message)
		out = append(out, f)
	}
	return out
}

// Resolve gives the policy that holds for a region at a moment. For each key the row with the longest region prefix
// wins, then the one that became valid last, else the key's default. Rows that ValidateRow refuses are left out, so a
// snapshot holds only values that can be read. The order of the rows does not matter.
func Resolve(rows []Row, region string, at time.Time) Snapshot {
	region = RegionPrefix(region)
	best := map[string]Row{}
	for _, r := range rows {
		if !strings.HasPrefix(region, RegionPrefix(r.Region)) || !r.holds(at) || len(ValidateRow(r)) > 0 {
			continue
		}
		if old, ok := best[r.Key]; !ok || compareRows(old, r) < 0 {
			best[r.Key] = r
		}
	}
	s := Snapshot{Values: map[string]json.RawMessage{}, From: map[string]string{}}
	for _, k := range Keys {
		if r, ok := best[k.Code]; ok {
			s.Values[k.Code], s.From[k.Code] = canonical(r.Value), RegionPrefix(r.Region)
		} else if k.Default != nil {
			s.Values[k.Code] = k.Default
		}
	}
	return s
}

func (r Row) holds(at time.Time) bool {
	return !at.Before(r.ValidFrom) && (r.ValidTo.IsZero() || at.Before(r.ValidTo))
}

// compareRows orders rows of one key by their right to decide; the value comes last only to make ties definite.
func compareRows(a, b Row) int {
	return cmp.Or(
		cmp.Compare(len(RegionPrefix(a.Region)), len(RegionPrefix(b.Region))),
		a.ValidFrom.Compare(b.ValidFrom),
		cmp.Compare(string(canonical(a.Value)), string(canonical(b.Value))),
	)
}

// canonical writes a JSON value with sorted members and without spaces, keeping numbers as they were written.
func canonical(raw json.RawMessage) json.RawMessage {
	dec := json.NewDecoder(strings.NewReader(string(raw)))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return raw
	}
	return encode(v)
}

// Snapshot is the whole policy a case started with and keeps (architecture: numbers are policy). Values holds one JSON
// value per key; From names the region whose row gave it, and has no entry where the default holds.
type Snapshot struct {
	Values map[string]json.RawMessage `json:"values"`
	From   map[string]string          `json:"from,omitempty"`
}

// Differing are the keys whose values two snapshots do not share, sorted.
func (s Snapshot) Differing(o Snapshot) []string {
	keys := maps.Clone(s.Values)
	maps.Copy(keys, o.Values)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(keys)), func(key string) bool { return Same(s.Values[key], o.Values[key]) })
}

// Same reports whether two values are equal, however they were written.
func Same(a, b json.RawMessage) bool { return bytes.Equal(canonical(a), canonical(b)) }

// Hash is the SHA-256, in hex, of the values alone: equal policies have equal hashes, whoever set them and however a
// database reformatted the JSON.
func (s Snapshot) Hash() string {
	values := make(map[string]json.RawMessage, len(s.Values))
	for k, v := range s.Values {
		values[k] = canonical(v)
	}
	sum := sha256.Sum256(encode(values))
	return hex.EncodeToString(sum[:])
}
