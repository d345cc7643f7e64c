package api

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"slices"
	"strings"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/howfar"
	"shouwang/internal/programme"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// workbook reads the one file of a form as a list of problems.
func workbook(form *multipart.Reader) (*programme.Book, error) {
	return oneFile(form, programme.Read)
}

// oneFile reads the one file of a form.
func oneFile[T any](form *multipart.Reader, read func(io.Reader) (*T, error)) (*T, error) {
	var book *T
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, formError(err)
		}
		if part.FormName() != "file" || book != nil {
			return nil, badRequest("one_file", "请只上传 file 一个文件")
		}
		if book, err = read(part); err != nil {
			return nil, workbookError(err)
		}
	}
	if book == nil {
		return nil, badRequest("required", "请上传 file")
	}
	return book, nil
}

// workbookError says why a file cannot be read, under the code of the reader.
func workbookError(err error) error {
	if f, ok := err.(policy.Fault); ok {
		return procedure.Refuse(procedure.Invalid, "workbook_unusable", f.Message, procedure.FieldFault{Field: "file", Code: f.Code, Message: f.Message})
	}
	return formError(err)
}

// planned is a workbook with what an import by v would do.
func (s *server) planned(ctx context.Context, v *viewer, id string, form *multipart.Reader) (*models.Programme, *programme.Book, []programme.Planned, error) {
	p, err := s.findProgramme(ctx, v, id)
	if err != nil {
		return nil, nil, nil, err
	}
	if !keeps(v, p.RegionCode) {
		return nil, nil, nil, forbidden("role_not_allowed", "问题由建立方案的部门导入")
	}
	book, err := workbook(form)
	if err != nil {
		return nil, nil, nil, err
	}
	w, err := s.importWorld(ctx, v, p)
	if err != nil {
		return nil, nil, nil, err
	}
	return p, book, programme.Plan(ctx, book, p.No, w), nil
}

// importWorld is what the rows of a workbook are compared with, within the programme.
func (s *server) importWorld(ctx context.Context, v *viewer, p *models.Programme) (programme.World, error) {
	var regions []models.Region
	c := within("code", p.RegionCode)
	if err := s.db(ctx).Where(c.sql, c.args...).Order("code").Find(&regions).Error; err != nil {
		return programme.World{}, err
	}
	snapshot, err := s.policyFor(ctx, p.RegionCode, s.engine.Clock.Now())
	if err != nil {
		return programme.World{}, err
	}
	problems, err := s.problems(ctx, v, p)
	if err != nil {
		return programme.World{}, err
	}
	office := slices.ContainsFunc(v.own(), func(g models.RoleGrant) bool { return g.Role == procedure.TownshipOffice })
	w := programme.World{Today: s.today(), Policy: snapshot, MayRegister: office, MayAssign: office, Region: programme.Place{Region: p.RegionCode}}
	if len(p.RegionCode) < 9 { // a county's problem belongs to a township at least
		w.Region = programme.Place{}
	}
	for _, e := range p.Events {
		w.Events = append(w.Events, procedure.Option{Code: e.Code, Title: e.Title})
	}
	w.Village = func(township, village string) (programme.Place, bool) { return placeOf(regions, township, village) }
	w.Holders = func(at programme.Place, no, head string) []programme.Place { return s.holders(ctx, v, at, no, head) }
	staff := map[programme.Place][]procedure.Option{}
	w.Staff = func(at programme.Place) []procedure.Option {
		if _, ok := staff[at]; !ok {
			staff[at], _ = s.engine.Choices(ctx, &models.Case{RegionCode: at.Region, HouseholdID: at.Household}, procedure.FromStaff) // none found is said of the row
		}
		return staff[at]
	}
	w.Existing = func(at programme.Place, brief string) (string, procedure.State) {
		key := activities.ProblemKey(at.Region, at.Household, brief)
		for i := range problems {
			if x := &problems[i]; activities.ProblemKey(x.RegionCode, x.HouseholdID, x.Facts.Text("brief")) == key {
				return x.ID, x.State
			}
		}
		return "", ""
	}
	return w, nil
}

// placeOf is the one village, or the one township, of those names.
func placeOf(regions []models.Region, township, village string) (programme.Place, bool) {
	var found []models.Region
	for _, r := range regions {
		if r.Name == village && r.Level == string(procedure.LevelVillage) && (township == "" || strings.HasSuffix(strings.TrimSuffix(r.Path, r.Name), township)) ||
			village == "" && r.Name == township && r.Level == string(procedure.LevelTownship) {
			found = append(found, r)
		}
	}
	if len(found) != 1 {
		return programme.Place{}, false
	}
	return programme.Place{Region: found[0].Code, Name: found[0].Name}, true
}

// holders are the households of a place by number, or by the name of the head.
func (s *server) holders(ctx context.Context, v *viewer, at programme.Place, no, head string) []programme.Place {
	c := within("households.region_code", at.Region)
	tx := s.scopeHouseholds(s.db(ctx).Where(c.sql, c.args...), v)
	if no != "" {
		tx = tx.Where("no = ?", no)
	}
	if head != "" {
		tx = tx.Where("head_name = ?", head)
	}
	var rows []models.Household
	if at.Region == "" || tx.Limit(10).Find(&rows).Error != nil {
		return nil
	}
	var out []programme.Place
	for _, h := range rows {
		out = append(out, programme.Place{Region: h.RegionCode, Household: h.ID, Name: h.HeadName})
	}
	return out
}

// ImportProblems previews a workbook, or carries the preview out that is confirmed.
func (s *server) ImportProblems(ctx context.Context, r gen.ImportProblemsRequestObject) (gen.ImportProblemsResponseObject, error) {
	v := viewerOf(ctx)
	p, book, rows, err := s.planned(ctx, v, r.ID, r.Body)
	if err != nil {
		return nil, err
	}
	confirmed := r.Params.Confirm != ""
	if confirmed && r.Params.Confirm != book.SHA256 {
		return nil, procedure.Refuse(procedure.Conflict, "another_file", "确认的不是预览过的那个文件，请重新预览")
	}
	if confirmed {
		for i := range rows {
			howfar.Tell(ctx, i, len(rows))
			if err := s.importRow(ctx, v, p, &rows[i]); err != nil {
				return nil, fmt.Errorf("import row %d: %w", rows[i].Line, err)
			}
		}
	}
	out, err := s.importView(ctx, book, rows)
	out.Applied = confirmed
	return gen.ImportProblems200JSONResponse(out), err
}

// importRow takes one problem as far as its row says. Each step has its own key, so
// that it happens once however often the file is sent.
func (s *server) importRow(ctx context.Context, v *viewer, p *models.Programme, row *programme.Planned) error {
	if row.Action != programme.Create && row.Action != programme.Continue {
		return nil
	}
	key := "import:" + p.ID + ":" + activities.ProblemKey(row.Place.Region, row.Place.Household, row.Values["brief"])
	i := slices.IndexFunc(v.own(), func(g models.RoleGrant) bool { return managing(g.Role) && inRegion(row.Place.Region, g.RegionCode) })
	actor := v.actor(v.own()[i])
	if row.Open != nil {
		c, err := s.cases.Open(ctx, activities.OpenRequest{Key: key, Procedure: "rectification", HouseholdID: row.Place.Household,
			RegionCode: regionOnly(row.Place), Actor: actor, Form: row.Open})
		if err != nil {
			return refusedRow(row, err)
		}
		row.CaseID = c.ID
	}
	for _, step := range []struct {
		event string
		form  map[string]any
	}{{"register", row.Register}, {"assign", row.Assign}} {
		if step.form == nil {
			continue
		}
		_, err := s.cases.Fire(ctx, activities.FireRequest{CaseID: row.CaseID, Event: step.event, Key: caseKey("fire", v.user.ID, key+":"+step.event),
			ExpectedSeq: activities.AnySeq, Actor: actor, Form: step.form})
		if err != nil {
			return refusedRow(row, err)
		}
	}
	return nil
}

// regionOnly is the region of a problem that is not about a household.
func regionOnly(at programme.Place) string {
	if at.Household != "" {
		return ""
	}
	return at.Region
}

// refusedRow notes on the row what the procedure has refused; anything else is an error.
func refusedRow(row *programme.Planned, err error) error {
	r, ok := err.(*procedure.Refusal)
	if !ok || r.Kind == procedure.Busy {
		return err
	}
	words := []string{r.Message}
	for _, f := range r.Faults {
		words = append(words, f.Message)
	}
	row.Action = programme.Reject
	row.Faults = append(row.Faults, programme.Note{Code: r.Code, Message: strings.Join(words, "；")})
	return nil
}

func (s *server) importView(ctx context.Context, book *programme.Book, rows []programme.Planned) (gen.ProblemImport, error) {
	var want codes
	for i := range rows {
		want.regions = append(want.regions, rows[i].Place.Region)
	}
	l, err := s.labels(ctx, want)
	out := gen.ProblemImport{Sha256: book.SHA256, Unknown: texts(book.Unknown), Rows: []gen.ProblemImportRow{}}
	for i := range rows {
		if err != nil {
			break
		}
		x := &rows[i]
		row := gen.ProblemImportRow{Sheet: x.Sheet, Line: x.Line, Brief: scrub(x.Values["brief"]), Place: strings.TrimSpace(l.region(x.Place.Region) + " " + holderName(x.Place)),
			Action: gen.ProblemImportRowAction(x.Action), ActionTitle: x.Action.Title(), UntilTitle: x.Until(), Faults: importNotes(x.Faults), Notes: importNotes(x.Notes)}
		switch x.Action {
		case programme.Create:
			out.Created++
		case programme.Continue:
			out.Continued++
		case programme.Leave:
			out.Unchanged++
		case programme.Reject:
			out.Rejected++
		}
		out.Rows = append(out.Rows, row)
	}
	return out, err
}

func holderName(at programme.Place) string {
	if at.Household == "" {
		return ""
	}
	return at.Name
}

func importNotes(in []programme.Note) []gen.ImportNote {
	out := []gen.ImportNote{}
	for _, n := range in {
		out = append(out, gen.ImportNote{Code: n.Code, Field: n.Field, Message: scrub(n.Message)})
	}
	return out
}

// ReturnProblems gives the workbook back with a word beside each row.
func (s *server) ReturnProblems(ctx context.Context, r gen.ReturnProblemsRequestObject) (gen.ReturnProblemsResponseObject, error) {
	_, book, rows, err := s.planned(ctx, viewerOf(ctx), r.ID, r.Body)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := programme.Result(book, &out, rows); err != nil {
		return nil, err
	}
	return gen.ReturnProblems200ApplicationVndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: &out, ContentLength: int64(out.Len())}, nil
}
