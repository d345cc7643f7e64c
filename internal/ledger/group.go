package ledger

import "shouwang/policy"

// bundle is the rows of one household, in the order of the file.
type bundle struct {
	sheet *Sheet
	rows  []*Row
}

// head is the name of the head as far as the rows tell it.
func (b *bundle) head() string {
	for _, r := range b.rows {
		if h := tight(r.Values[HeadName]); h != "" {
			return h
		}
		if r.Values[Relation] != "" && policy.KinOf(tight(r.Values[Relation])).Head {
			return tight(r.Values[Name])
		}
	}
	return ""
}

// bundles gathers the rows of a ledger into households. A household number, or else the head's identity number, gathers
// rows from anywhere. Without either a household is a run of rows: it begins with the head's own row or where the head's
// name changes, and rows that say nothing about the household belong to the one above.
func bundles(l *Ledger) []*bundle {
	var out []*bundle
	for i := range l.Sheets {
		s := &l.Sheets[i]
		byKey := map[string]*bundle{}
		var last *bundle
		for j := range s.Rows {
			row := &s.Rows[j]
			key := bundleKey(s, row)
			b := byKey[key]
			if key == "" && continues(s, last, row) {
				b = last
			}
			if b == nil {
				b = &bundle{sheet: s}
				out = append(out, b)
				if key != "" {
					byKey[key] = b
				}
			}
			b.rows = append(b.rows, row)
			last = b
		}
	}
	return out
}

func bundleKey(s *Sheet, row *Row) string {
	if no := tight(row.Values[HouseholdNo]); no != "" {
		return "no " + no
	}
	if id, _ := digits(row.Values[HeadID]); id != "" && s.PerPerson {
		return "id " + id
	}
	return ""
}

// continues tells whether a row without a number belongs to the household above.
func continues(s *Sheet, last *bundle, row *Row) bool {
	if last == nil || !s.PerPerson {
		return false
	}
	if rel := tight(row.Values[Relation]); rel != "" && policy.KinOf(rel).Head {
		return false
	}
	head := tight(row.Values[HeadName])
	return head == "" || head == last.head()
}
