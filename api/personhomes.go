package api

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/papers"
	"shouwang/procedure"
)

// home is a household of a person and when he was in it; no time is no bound.
type home struct {
	id, no   string
	from, to time.Time
	former   bool
}

// within keeps the rows with a moment from his time in it.
func (x *home) within(tx *gorm.DB, column string) *gorm.DB {
	if !x.from.IsZero() {
		tx = tx.Where(column+" >= ?", x.from)
	}
	if !x.to.IsZero() {
		tx = tx.Where(column+" <= ?", x.to)
	}
	return tx
}

func (x *home) holds(at time.Time) bool {
	return !at.Before(x.from) && (x.to.IsZero() || !at.After(x.to))
}

// source says in which household something was told, if he has left it.
func (x *home) source(text string) string {
	if x.former {
		return "曾在户 " + x.no + "，" + text
	}
	return text
}

// homesOf are the households of the county that a person was in before, oldest first, and the one he is in. That he has left
// one stands in the change that was entered there, and nowhere else.
func (s *server) homesOf(ctx context.Context, p *models.Person, h *models.Household) ([]home, error) {
	var out []home
	var from time.Time
	var change entered // the change that is being read
	end := func() {
		if change.leaves {
			out, from = append(out, home{id: change.HouseholdID, no: change.No, from: from, to: change.ClosedAt, former: true}), change.ClosedAt
		}
	}
	rows, err := s.db(ctx).Table("case_events e").Select("e.id, e.case_id, e.payload, c.household_id, h.no, c.closed_at").
		Joins("JOIN cases c ON c.id = e.case_id").Joins("JOIN households h ON h.id = c.household_id").
		Where("c.procedure = 'member_change' AND c.state = 'entered' AND c.closed_at IS NOT NULL AND c.household_id <> ?", h.ID).
		Where("h.region_code LIKE ? AND length(e.payload) > 0", h.RegionCode[:min(6, len(h.RegionCode))]+"%").
		Order("c.closed_at, c.id, e.seq").Rows()
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() { // one at a time: a county has many
		var x entered
		if err := s.engine.Store.DB.ScanRows(rows, &x); err != nil {
			return nil, err
		}
		raw, err := s.engine.Store.Vault.Open("case_events", "payload", x.ID, x.Payload)
		if err != nil {
			return nil, err
		}
		var form struct {
			Kind    string
			Leaving []leaving
		}
		if json.Unmarshal(raw, &form) != nil || form.Kind == "" {
			continue // another step of it
		}
		if x.CaseID != change.CaseID {
			end()
		}
		x.leaves = slices.ContainsFunc(form.Leaving, func(row leaving) bool { return row.PersonID == p.ID }) // by the form that was handed in last
		change = x
	}
	end()
	return append(out, home{id: h.ID, no: h.No}), rows.Err()
}

// entered is a form of a change of members that was entered.
type entered struct {
	ID, CaseID, HouseholdID, No string
	Payload                     []byte
	ClosedAt                    time.Time
	leaves                      bool
}

type leaving struct {
	PersonID string `json:"person_id"`
}

// namedIn lists the papers of his areas that are about no case and name a person, with what stands about him in a row of a
// table. Of running text, in which others may stand beside him, only that it names him.
func (s *server) namedIn(ctx context.Context, p *models.Person, h *models.Household, told *telling, add func(x *models.IssuedPaper)) error {
	rows, err := s.db(ctx).Where("case_id = '' AND region_code IN ? AND class <> ? AND length(frozen) > 0", areasAbove(h.RegionCode), procedure.P5).Order("issued_at, id").Model(&models.IssuedPaper{}).Rows()
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		x := &models.IssuedPaper{}
		if err := s.engine.Store.DB.ScanRows(rows, x); err != nil {
			return err
		}
		docs, err := s.frozen(x)
		if err != nil {
			return err
		}
		lines := linesNaming(docs, p.Name)
		if p.IsHead && x.Person == p.Name && len(lines) == 0 {
			lines = []string{"发给本户"}
		}
		for _, text := range lines {
			told.add([]gen.Answer{{Code: text, Title: x.Title, Text: text, Class: gen.DataClass(x.Class)}}, "文书："+x.Number, "", x.IssuedAt)
		}
		if len(lines) > 0 {
			add(x)
		}
	}
	return rows.Err()
}

// linesNaming are the lines of documents in which a name stands.
func linesNaming(docs []*papers.Document, name string) (out []string) {
	if name == "" {
		return nil
	}
	for _, d := range docs {
		for _, b := range d.Blocks {
			if b.Paragraph != nil && strings.Contains(b.Paragraph.Text, name) {
				out = append(out, "正文中写有本人姓名")
			}
			if b.Table == nil {
				continue
			}
			for _, row := range b.Table.Rows {
				if slices.ContainsFunc(row.Cells, func(c papers.Cell) bool { return strings.TrimSpace(c.Text) == name }) {
					out = append(out, rowText(b.Table, row))
				} else if slices.ContainsFunc(row.Cells, func(c papers.Cell) bool { return strings.Contains(c.Text, name) }) {
					out = append(out, "表中写有本人姓名")
				}
			}
		}
	}
	return out
}

// rowText is a row of a table with the words of its header.
func rowText(t *papers.Table, row papers.Row) string {
	var head []papers.Cell
	if t.Header > 0 && len(t.Rows[t.Header-1].Cells) == len(row.Cells) {
		head = t.Rows[t.Header-1].Cells
	}
	var parts []string
	for i, c := range row.Cells {
		text := strings.TrimSpace(c.Text)
		if text != "" && head != nil {
			text = strings.TrimSpace(head[i].Text) + "：" + text
		}
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, "；")
}
