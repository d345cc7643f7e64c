// Package coverage tells for every row of the requirements which part of the product
// carries it, and proves that the part is there.
package coverage

import (
	_ "embed"
	"fmt"
	"strings"
)

// Row is one thing that the source papers name: a procedure, form, deadline, threshold,
// role, status, datum, rule, report or outside system. By are the references to what
// carries it; Reason says why nothing does, or what is left outside.
type Row struct {
	ID, Kind, Item, Phrase, Section string
	By                              []string
	Reason                          string
}

//go:embed rows.tsv
var rowText string

//go:embed carried.txt
var carriedText string

// Rows are all rows in their order. It fails when a row is carried twice, by nothing
// and for no reason, or when what carries it belongs to no row.
func Rows() ([]Row, error) {
	carried, err := parseCarried(carriedText)
	if err != nil {
		return nil, err
	}
	var out []Row
	for line := range strings.Lines(rowText) {
		cells := strings.Split(strings.TrimRight(line, "\n"), "\t")
		if len(cells) != 5 {
			return nil, fmt.Errorf("row %q has %d cells", line, len(cells))
		}
		r, ok := carried[cells[0]]
		if !ok {
			return nil, fmt.Errorf("row %s is carried by nothing", cells[0])
		}
		delete(carried, cells[0])
		r.ID, r.Kind, r.Item, r.Phrase, r.Section = cells[0], cells[1], cells[2], cells[3], cells[4]
		out = append(out, r)
	}
	for id := range carried {
		return nil, fmt.Errorf("there is no row %s", id)
	}
	return out, nil
}

func parseCarried(text string) (map[string]Row, error) {
	out := map[string]Row{}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		id, rest, _ := strings.Cut(line, " ")
		refs, reason, _ := strings.Cut(" "+rest, " none:")
		r := Row{By: strings.Fields(refs), Reason: strings.TrimSpace(reason)}
		if _, twice := out[id]; twice {
			return nil, fmt.Errorf("row %s stands twice", id)
		}
		if len(r.By) == 0 && r.Reason == "" {
			return nil, fmt.Errorf("row %s names neither what carries it nor why nothing does", id)
		}
		out[id] = r
	}
	return out, nil
}
