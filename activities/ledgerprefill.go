package activities

import (
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The ledgers of a place are begun with the rows that the system knows, of this year: nobody types them a second time.

// ledgers are the rows of a table by what its field is prefilled with.
var ledgers = map[string]func(r *ledgerReader) ([]any, error){
	"ledger.screening": (*ledgerReader).screening, "ledger.members_in": (*ledgerReader).membersIn, "ledger.members_out": (*ledgerReader).membersOut,
	"ledger.problems": (*ledgerReader).problems, "ledger.rectification": (*ledgerReader).rectification,
}

type ledgerReader struct {
	e      *Engine
	tx     *gorm.DB
	region *models.Region
	year   policy.Date // its first day
}

// ledgerRows are those of one table of a form about a place. Of more than the table takes there are none: such a place is
// listed village by village.
func (e *Engine) ledgerRows(tx *gorm.DB, f procedure.Field, region *models.Region) ([]any, error) {
	today := policy.DateOf(e.Clock.Now())
	r := &ledgerReader{e, tx, region, policy.Date{Year: today.Year, Month: 1, Day: 1}}
	rows, err := ledgers[f.Prefill](r)
	if len(rows) > f.MaxRows {
		return nil, err
	}
	return rows, err
}

// row is a line of a ledger; what is not known is left to be written.
func row(cells map[string]any) map[string]any {
	for code, v := range cells {
		if v == nil || v == "" || v == float64(0) {
			delete(cells, code)
		}
	}
	return cells
}

func (r *ledgerReader) here(tx *gorm.DB) *gorm.DB {
	lo, hi := regionRange(r.region.Code)
	return tx.Where("region_code >= ? AND region_code < ?", lo, hi)
}

// cases are those of a procedure that were opened here this year.
func (r *ledgerReader) cases(proc string) ([]models.Case, error) {
	var out []models.Case
	err := r.here(r.tx.Where("procedure = ? AND opened_at >= ?", proc, r.year.Start().UTC())).Order("opened_at, id").Find(&out).Error
	return out, err
}

// last is what was said in the last of some events of a case, nil without any.
func (r *ledgerReader) last(c *models.Case, events ...string) (map[string]any, error) {
	var ev models.CaseEvent
	err := r.tx.Where("case_id = ? AND (event IN ? OR kind IN ?)", c.ID, events, events).Order("seq DESC").Take(&ev).Error
	if models.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return r.e.Payload(&ev)
}

// screening are the households of a village with what their screening sheets say (S4-017).
func (r *ledgerReader) screening() ([]any, error) {
	var list []models.Household
	if err := r.here(r.tx.Where("status <> ?", "household_cancelled")).Order("group_name, no, id").Find(&list).Error; err != nil {
		return nil, err
	}
	said, err := r.screened()
	var out []any
	for i := range list {
		h := &list[i]
		cells := map[string]any{"household_no": h.No, "head": h.HeadName, "population": float64(h.Population)}
		for _, code := range []string{"channel", "per_head_estimate", "difficult", "problem", "action", "result"} {
			if v, ok := said[h.ID][code]; ok {
				cells[code] = v
			}
		}
		out = append(out, row(cells))
	}
	return out, err
}

// screened are the last screening sheets by household: those filled in on their own, and those of campaigns.
func (r *ledgerReader) screened() (map[string]map[string]any, error) {
	out := map[string]map[string]any{}
	var records []models.FormRecord
	if err := r.here(r.tx.Where("form = ? AND state = ? AND created_at >= ?", "screening_form", models.RecordFinal, r.year.Start().UTC())).Order("id").Find(&records).Error; err != nil {
		return nil, err
	}
	for i := range records {
		answers, computed := map[string]any{}, map[string]any{}
		if err := records[i].Open(r.e.Store.Vault, &answers, &computed); err != nil {
			return nil, err
		}
		out[records[i].SubjectID] = answers
	}
	cases, err := r.cases("household_form")
	if err != nil {
		return nil, err
	}
	for i := range cases {
		var sheets []string
		cases[i].Facts.Value("sheets", &sheets)
		if !slices.ContainsFunc(sheets, func(key string) bool { return strings.HasPrefix(key, "screening_form@") }) {
			continue
		}
		sheet, err := r.last(&cases[i], sheetEvents...)
		if err != nil {
			return nil, err
		}
		if sheet != nil {
			out[cases[i].HouseholdID] = sheet
		}
	}
	return out, nil
}

// changes are the entered changes of members of the households that F6a and F6b are about, with what was said of them.
func (r *ledgerReader) changes(each func(h *models.Household, c *models.Case, said map[string]any) error) error {
	cases, err := r.cases("member_change")
	if err != nil {
		return err
	}
	for i := range cases {
		c := &cases[i]
		if c.State != "entered" {
			continue
		}
		h, err := household(r.tx, c.HouseholdID)
		if err != nil {
			return err
		}
		said, err := r.last(c, "open", "resubmit")
		if err != nil {
			return err
		}
		if kindOf(h) == "ordinary" {
			continue
		}
		if err := each(h, c, said); err != nil {
			return err
		}
	}
	return nil
}

func memberLine(h *models.Household, c *models.Case) map[string]any {
	return map[string]any{"household_no": h.No, "head": h.HeadName, "changed_on": c.Facts.Text("changed_on"), "evidence": "见变更事项" + c.No + "的附件"}
}

func (r *ledgerReader) membersIn() ([]any, error) {
	var out []any
	err := r.changes(func(h *models.Household, c *models.Case, said map[string]any) error {
		list, _ := said["new_members"].([]any)
		for _, x := range list {
			m, _ := x.(map[string]any)
			cells := memberLine(h, c)
			for _, code := range []string{"name", "relation", "sex", "birth_date"} {
				cells[code] = m[code]
			}
			cells["reason"] = said["in_reason"]
			out = append(out, row(cells))
		}
		return nil
	})
	return out, err
}

func (r *ledgerReader) membersOut() ([]any, error) {
	var out []any
	err := r.changes(func(h *models.Household, c *models.Case, said map[string]any) error {
		list, _ := said["leaving"].([]any)
		for _, x := range list {
			m, _ := x.(map[string]any)
			var p models.Person
			if err := r.tx.Where("id = ?", text(m, "person_id")).Take(&p).Error; err != nil {
				return err
			}
			secret, err := p.Secret(r.e.Store.Vault)
			if err != nil {
				return err
			}
			cells := memberLine(h, c)
			cells["name"], cells["relation"], cells["reason"] = p.Name, secret.Relation, said["out_reason"]
			out = append(out, row(cells))
		}
		return nil
	})
	return out, err
}

// found are the problems of this year that were established, with what was said when they were opened.
func (r *ledgerReader) found(each func(c *models.Case, said map[string]any) error) error {
	cases, err := r.cases("rectification")
	if err != nil {
		return err
	}
	for i := range cases {
		if slices.Contains([]procedure.State{"not_established", "duplicate"}, cases[i].State) {
			continue
		}
		said, err := r.last(&cases[i], "open")
		if err != nil {
			return err
		}
		if err := each(&cases[i], said); err != nil {
			return err
		}
	}
	return nil
}

// problems are annex 3 (S0-079).
func (r *ledgerReader) problems() ([]any, error) {
	var out []any
	err := r.found(func(c *models.Case, said map[string]any) error {
		cells := map[string]any{"problem_type": c.Facts.Text("problem_type"), "problem_nature": c.Facts.Text("nature"), "subject_kind": c.Facts.Text("subject_kind"), "remark": said["remark"], "description": said["description"]}
		switch c.Facts.Text("subject_kind") {
		case "household":
			cells["head"], cells["household_type"], cells["population"] = c.Subject, said["household_type"], said["population"]
		case "department":
			cells["dept"] = c.Facts.Text("dept")
		default:
			name, err := r.place(c.RegionCode)
			if err != nil {
				return err
			}
			cells["unit_name"] = name
		}
		out = append(out, row(cells))
		return nil
	})
	return out, err
}

func (r *ledgerReader) place(code string) (string, error) {
	var region models.Region
	err := r.tx.Where("code = ?", code).Take(&region).Error
	return region.Name, err
}

// rectification is the 整改台账 (S0-073, S1-048).
func (r *ledgerReader) rectification() ([]any, error) {
	var out []any
	err := r.found(func(c *models.Case, said map[string]any) error {
		assigned, err := r.last(c, "assign")
		if err != nil {
			return err
		}
		subject := c.Subject
		if subject == "" {
			if subject, err = r.place(c.RegionCode); err != nil {
				return err
			}
		}
		measure := assigned["measure"]
		if measure == nil {
			measure = said["proposed_measure"]
		}
		cells := map[string]any{"brief": c.Facts.Text("brief"), "subject": subject, "found_on": c.Facts.Text("found_on"), "source": c.Facts.Text("source_class"), "class": c.Facts.Text("class"),
			"measure": measure, "due_on": c.LastDay("due_on"), "state": "open"}
		for code, fact := range map[string]string{"responsible": "responsible", "verifier": "verifier"} {
			if cells[code], err = nameOf(r.tx, c.Facts.Text(fact)); err != nil {
				return err
			}
		}
		switch c.State {
		case "submitted":
			cells["state"] = "submitted"
		case "closed", "lookback", "consolidated":
			cells["state"] = "closed"
			if at, ok := c.Facts.At["verify_pass"]; ok {
				cells["closed_on"] = policy.DateOf(at).String()
			}
		}
		out = append(out, row(cells))
		return nil
	})
	return out, err
}
