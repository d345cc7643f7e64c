package models

import "maps"

// searchKey is the member of a filter with what is looked for: a name, a part of one, a number. It is kept sealed, beside the rest.
const searchKey = "q"

// Narrow keeps what the list is narrowed to.
func (x *Export) Narrow(v *Vault, filter map[string]any) {
	var looked []byte
	x.Filter, looked = apart(filter)
	if x.SealedSearch = nil; looked != nil {
		x.SealedSearch = v.Seal("exports", "sealed_search", x.ID, looked)
	}
}

// Narrowed is what Narrow has kept.
func (x *Export) Narrowed(v *Vault) (map[string]any, error) {
	if len(x.SealedSearch) == 0 {
		return x.Filter, nil
	}
	looked, err := v.Open("exports", "sealed_search", x.ID, x.SealedSearch)
	return together(x.Filter, looked), err
}

// Narrow keeps what the tasks were chosen by.
func (j *BulkJob) Narrow(v *Vault, filter map[string]any) {
	var looked []byte
	j.Filter, looked = apart(filter)
	if j.SealedSearch = nil; looked != nil {
		j.SealedSearch = v.Seal("bulk_jobs", "sealed_search", j.ID, looked)
	}
}

// Narrowed is what Narrow has kept.
func (j *BulkJob) Narrowed(v *Vault) (map[string]any, error) {
	if len(j.SealedSearch) == 0 {
		return j.Filter, nil
	}
	looked, err := v.Open("bulk_jobs", "sealed_search", j.ID, j.SealedSearch)
	return together(j.Filter, looked), err
}

// apart takes what is looked for out of a filter; nil when nothing is.
func apart(filter map[string]any) (rest map[string]any, looked []byte) {
	rest = maps.Clone(filter)
	if text, ok := rest[searchKey].(string); ok {
		looked = []byte(text)
		delete(rest, searchKey)
	}
	return rest, looked
}

func together(rest map[string]any, looked []byte) map[string]any {
	out := map[string]any{searchKey: string(looked)}
	maps.Copy(out, rest)
	return out
}
