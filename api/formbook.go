package api

import (
	"bytes"
	"context"
	"io"
	"maps"
	"mime/multipart"
	"reflect"
	"slices"
	"strings"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/internal/formbook"
	"shouwang/internal/howfar"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// ExportFormWorkbook writes the forms of a village: what is filled in so far, and blanks
// with what the register knows for the others.
func (s *server) ExportFormWorkbook(ctx context.Context, r gen.ExportFormWorkbookRequestObject) (gen.ExportFormWorkbookResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	at, err := s.recordSubject(ctx, v, "", in.RegionCode)
	if err != nil {
		return nil, err
	}
	region := at.region
	b, err := s.blank(ctx, v, in.Form, at)
	if err != nil {
		return nil, err
	}
	entries := []formbook.Entry{{Subject: region.Code, Name: region.Name, Answers: b.Answers}}
	if b.Form.Subject == forms.AboutHousehold {
		if entries, err = s.householdEntries(ctx, v, b.Form, region, in.Group); err != nil {
			return nil, err
		}
	}
	if in.CampaignID != "" {
		if entries, err = s.campaignEntries(ctx, v, b, in.CampaignID, region, entries); err != nil {
			return nil, err
		}
	}
	if entries, err = s.filledEntries(ctx, v, b.Form, in.Period, in.CampaignID, entries); err != nil {
		return nil, err
	}
	err = s.logAccess(ctx, v, at.over, models.AccessLog{Action: "export", Table: "form_records", RecordID: region.Code, Field: b.Form.Key(), Class: "P3", Purpose: in.Purpose})
	if err != nil {
		return nil, err
	}
	mark, err := s.takenOut(ctx, v, at.over, "form_workbook", region.Code, in.Purpose, len(entries))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := formbook.Write(&out, b.Form, in.Period, in.CampaignID, mark, entries, b.Policy); err != nil {
		return nil, workbookError(err)
	}
	return gen.ExportFormWorkbook200ApplicationVndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: &out, ContentLength: int64(out.Len())}, nil
}

// householdEntries are blanks for the households of a place that v may fill the form in for.
func (s *server) householdEntries(ctx context.Context, v *viewer, f *forms.Form, region *models.Region, group string) ([]formbook.Entry, error) {
	c := within("households.region_code", region.Code)
	writing := v.inRoles(recordWriters)
	tx := s.scopeHouseholds(s.db(ctx).Where(c.sql, c.args...).Where("status <> 'household_cancelled'"), writing)
	if group != "" {
		tx = tx.Where("group_name = ?", group)
	}
	var list []models.Household
	if err := tx.Order("region_code, group_name, no").Limit(maxExport + 1).Find(&list).Error; err != nil {
		return nil, err
	}
	if n := len(list); n > maxExport || !formbook.Flat(f) && n > formbook.MaxSheets {
		return nil, invalidField("region_code", "too_many_households", "户数太多，请按村或按居民组导出")
	}
	over, err := s.overHouseholds(ctx, writing, list...)
	if err != nil {
		return nil, err
	}
	out := make([]formbook.Entry, len(list))
	for i := range list {
		b, err := s.blank(ctx, v, f.Code, &formSubject{&list[i], region, over(&list[i])})
		if err != nil {
			return nil, err
		}
		out[i] = formbook.Entry{Subject: list[i].ID, Name: list[i].HeadName, Answers: b.Answers}
	}
	return out, nil
}

// maxExport is how many households one workbook has.
const maxExport = 2000

// formKey picks the record of a form that stands: there is one for a subject, unit, period and campaign.
type formKey struct{ form, subject, unit, period, campaign string }

// standing is that record, nil if there is none.
func (s *server) standing(ctx context.Context, k formKey) (*models.FormRecord, error) {
	var rec models.FormRecord
	err := s.db(ctx).Where("form = ? AND subject_id = ? AND unit = ? AND period = ? AND campaign_id = ? AND state <> ?", k.form, k.subject, k.unit, k.period, k.campaign, models.RecordVoid).Take(&rec).Error
	if models.Missing(err) {
		return nil, nil
	}
	return &rec, err
}

// filledEntries puts the answers of a record, where there is one, in place of the blank. A record that v does not see
// whole is left out.
func (s *server) filledEntries(ctx context.Context, v *viewer, f *forms.Form, period, campaign string, blanks []formbook.Entry) ([]formbook.Entry, error) {
	out := blanks[:0]
	for _, e := range blanks {
		subject, unit, _ := strings.Cut(e.Subject, "/")
		rec, err := s.standing(ctx, formKey{f.Code, subject, unit, period, campaign})
		if err != nil {
			return nil, err
		}
		if rec != nil {
			if purposedSight(v, overRecord(rec)).of(procedure.P3) != full {
				continue
			}
			if _, _, e.Answers, _, err = s.engine.ReadRecord(ctx, rec); err != nil {
				return nil, err
			}
			e.Version = rec.RowVersion
		}
		out = append(out, e)
	}
	return out, nil
}

// plannedForm is one entry of a workbook with what an import would do with it.
type plannedForm struct {
	formbook.Read
	unit   string // of a campaign's form
	action string
	notes  []formbook.Note
	record *models.FormRecord
	at     *formSubject
	grant  *models.RoleGrant
}

var formActions = map[string]string{"create": "新填", "save": "更新", "leave": "未变", "blank": "没有填写", "reject": "未导入"}

func (p *plannedForm) reject(code, message string) {
	p.action = "reject"
	p.Faults = append(p.Faults, formbook.Note{Code: code, Message: message})
}

// formBook reads a workbook and says what an import by v would do.
func (s *server) formBook(ctx context.Context, v *viewer, form *multipart.Reader) (*formbook.Book, []plannedForm, error) {
	p, err := s.policyFor(ctx, homeRegion(v), s.engine.Clock.Now())
	if err != nil {
		return nil, nil, err
	}
	book, err := oneFile(form, func(r io.Reader) (*formbook.Book, error) {
		return formbook.Open(r, func(*forms.Form) policy.Snapshot { return p })
	})
	if err != nil {
		return nil, nil, err
	}
	out := make([]plannedForm, len(book.Entries))
	for i, e := range book.Entries {
		howfar.Tell(ctx, i, len(book.Entries))
		out[i] = plannedForm{Read: e}
		if err := s.planForm(ctx, v, book, &out[i]); err != nil {
			return nil, nil, err
		}
	}
	return book, out, nil
}

func (s *server) planForm(ctx context.Context, v *viewer, book *formbook.Book, p *plannedForm) error {
	if len(p.Faults) > 0 {
		p.action = "reject"
		return nil
	}
	p.Subject, p.unit, _ = strings.Cut(p.Subject, "/")
	household, region := p.Subject, ""
	if book.Form.Subject == forms.AboutRegion {
		household, region = "", p.Subject
	}
	var err error
	if p.at, err = s.recordSubject(ctx, v, household, region); err != nil {
		if _, isProblem := err.(*problem); !isProblem {
			return err
		}
		p.reject("FRM-201", "没有这个填写对象，或者不在您的辖区内")
		return nil
	}
	if book.Campaign != "" {
		if known, err := s.inCampaign(ctx, v, book.Campaign, household, p.at.region.Code); err != nil || !known {
			p.reject("FRM-207", "没有这次行动，或者不在您的辖区内")
			return err
		}
	}
	if p.record, err = s.standing(ctx, formKey{book.Form.Code, p.Subject, p.unit, book.Period, book.Campaign}); err != nil {
		return err
	}
	if p.record == nil {
		return s.planNew(ctx, v, book, p)
	}
	_, _, answers, _, err := s.engine.ReadRecord(ctx, p.record)
	if err != nil {
		return err
	}
	p.grant = mayRecord(v, activities.RecordSave, p.record, overRecord(p.record))
	switch {
	case p.grant == nil:
		p.reject("FRM-206", "该对象的这份表由他人填写")
	case sameAnswers(answers, p.Answers):
		p.action = "leave"
	case p.record.RowVersion != p.Version:
		p.reject("FRM-203", "导出以后他人改动过，请重新导出后再填")
	case p.record.State != models.RecordDraft:
		p.reject("FRM-204", "已经定稿，不能改动；填错的请作废后重填")
	case p.record.Version != book.Form.Version:
		p.reject("FRM-205", "与系统中的不是同一版本的表")
	default:
		p.action = "save"
		p.note(book.Form, s)
	}
	return nil
}

func (s *server) planNew(ctx context.Context, v *viewer, book *formbook.Book, p *plannedForm) error {
	blank, err := s.blank(ctx, v, book.Form.Code, p.at)
	if err != nil {
		return err
	}
	if book.Campaign != "" {
		maps.Copy(blank.Answers, activities.WantedForm{Form: book.Form.Code, RegionCode: p.at.region.Code, Unit: p.unit}.Answers(p.at.region.Name))
	}
	p.grant = mayRecord(v, activities.RecordSave, &models.FormRecord{}, p.at.over)
	switch {
	case p.Version > 0:
		p.reject("FRM-202", "原表已经作废，请重新导出后再填")
	case blank.Form != book.Form:
		p.reject("FRM-205", "本地现行的不是这一版本的表，请重新导出后再填")
	case len(p.Answers) == 0 || sameAnswers(blank.Answers, p.Answers):
		p.action = "blank"
	default:
		p.action = "create"
		p.note(book.Form, s)
	}
	return nil
}

// note says what is still to be mended before the form can be finished.
func (p *plannedForm) note(f *forms.Form, s *server) {
	for _, x := range forms.Faults(f.Written(), p.Answers, forms.World{Now: s.engine.Clock.Now()}) {
		p.notes = append(p.notes, formbook.Note{Code: x.Code, Field: x.Field, Message: x.Message})
	}
}

// sameAnswers compares two forms; an answer that says nothing is none.
func sameAnswers(a, b map[string]any) bool { return reflect.DeepEqual(said(a), said(b)) }

func said(form map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range form {
		if forms.Empty(v) {
			continue
		}
		if list, ok := v.([]any); ok {
			rows := make([]any, len(list))
			for i, x := range list {
				if row, ok := x.(map[string]any); ok {
					x = said(row)
				}
				rows[i] = x
			}
			v = rows
		}
		out[k] = v
	}
	return out
}

// takeForm carries out what was planned for one entry; what is refused is said of its line.
func (s *server) takeForm(ctx context.Context, v *viewer, book *formbook.Book, p *plannedForm) error {
	key := caseKey("formbook", v.user.ID, book.SHA256+":"+p.Subject+p.unit)
	var err error
	switch p.action {
	case "create":
		d := activities.FormDraft{Key: key, Form: book.Form.Code, RegionCode: p.at.region.Code, Period: book.Period, CampaignID: book.Campaign, Unit: p.unit, Answers: p.Answers, Actor: v.actor(*p.grant)}
		if p.at.household != nil {
			d.HouseholdID = p.at.household.ID
		}
		p.record, err = s.engine.OpenRecord(ctx, d)
	case "save":
		p.record, err = s.engine.ActOnRecord(ctx, activities.RecordAct{Key: key, ID: p.record.ID, RowVersion: p.Version, Action: activities.RecordSave, Answers: p.Answers, Actor: v.actor(*p.grant)})
	}
	if r, ok := err.(*procedure.Refusal); ok && r.Kind != procedure.Busy {
		words := []string{r.Message}
		for _, f := range r.Faults {
			words = append(words, f.Message)
		}
		p.reject(r.Code, strings.Join(words, "；"))
		return nil
	}
	return err
}

// ImportFormWorkbook previews a workbook, or carries the preview out that is confirmed.
func (s *server) ImportFormWorkbook(ctx context.Context, r gen.ImportFormWorkbookRequestObject) (gen.ImportFormWorkbookResponseObject, error) {
	v := viewerOf(ctx)
	book, plan, err := s.formBook(ctx, v, r.Body)
	if err != nil {
		return nil, err
	}
	if c := r.Params.Confirm; c != "" {
		if c != book.SHA256 {
			return nil, procedure.Refuse(procedure.Conflict, "another_file", "确认的不是预览过的那个文件，请重新预览")
		}
		for i := range plan {
			howfar.Tell(ctx, i, len(plan))
			if err := s.takeForm(ctx, v, book, &plan[i]); err != nil {
				return nil, err
			}
		}
	}
	return gen.ImportFormWorkbook200JSONResponse(formImport(book, plan, r.Params.Confirm != "")), nil
}

func formImport(book *formbook.Book, plan []plannedForm, applied bool) gen.FormImport {
	out := gen.FormImport{Sha256: book.SHA256, Info: formInfo(book.Form), Period: book.Period, Applied: applied, Rows: []gen.FormImportRow{}}
	count := map[string]*int{"create": &out.Created, "save": &out.Saved, "leave": &out.Unchanged, "blank": &out.Blank, "reject": &out.Rejected}
	for i := range plan {
		p := &plan[i]
		*count[p.action]++
		row := gen.FormImportRow{Sheet: p.Sheet, Line: p.Line, Subject: scrub(p.Name), Action: gen.FormImportRowAction(p.action), ActionTitle: formActions[p.action], Faults: bookNotes(p.Faults), Notes: bookNotes(p.notes)}
		if p.record != nil && p.action != "reject" {
			row.RecordID = p.record.ID
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

func bookNotes(in []formbook.Note) []gen.ImportNote {
	out := []gen.ImportNote{}
	for _, n := range in {
		out = append(out, gen.ImportNote{Code: n.Code, Field: n.Field, Message: scrub(n.Message)})
	}
	return out
}

// ReturnFormWorkbook gives the workbook back with a word beside each entry.
func (s *server) ReturnFormWorkbook(ctx context.Context, r gen.ReturnFormWorkbookRequestObject) (gen.ReturnFormWorkbookResponseObject, error) {
	book, plan, err := s.formBook(ctx, viewerOf(ctx), r.Body)
	if err != nil {
		return nil, err
	}
	var results []formbook.Result
	for i := range plan {
		p := &plan[i]
		var words []string
		for _, n := range slices.Concat(p.Faults, p.notes) {
			words = append(words, n.Message)
		}
		results = append(results, formbook.Result{Sheet: p.Sheet, Line: p.Line, Title: formActions[p.action], Text: strings.Join(words, "；"), Bad: p.action == "reject"})
	}
	var out bytes.Buffer
	if err := book.Return(&out, results); err != nil {
		return nil, err
	}
	return gen.ReturnFormWorkbook200ApplicationVndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: &out, ContentLength: int64(out.Len())}, nil
}
