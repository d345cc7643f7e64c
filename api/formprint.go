package api

import (
	"bytes"
	"context"
	"mime"
	"slices"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/internal/formbook"
	"shouwang/models"
	"shouwang/papers"
	"shouwang/policy"
	"shouwang/procedure"
)

// drawForms renders forms one after the other as PDF or as a Word file.
func (s *server) drawForms(format string, docs []*papers.Document) (*bytes.Buffer, error) {
	var out bytes.Buffer
	if format == "docx" {
		return &out, paperError(papers.DOCX(&out, docs...))
	}
	return &out, paperError(s.fonts.PDF(&out, docs...))
}

func formFile(title, format string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": title + "." + orText(format, "pdf")})
}

// PrintBlankForms prints forms to be filled in by hand.
func (s *server) PrintBlankForms(ctx context.Context, r gen.PrintBlankFormsRequestObject) (gen.PrintBlankFormsResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	at, err := s.recordSubject(ctx, v, in.HouseholdID, in.RegionCode)
	if err != nil {
		return nil, err
	}
	h := at.household
	b, err := s.blank(ctx, v, in.Form, at)
	if err != nil {
		return nil, err
	}
	entries := []formbook.Entry{{Answers: b.Answers}}
	if h == nil && b.Form.Subject == forms.AboutHousehold {
		if entries, err = s.householdEntries(ctx, v, b.Form, at.region, in.Group); err != nil {
			return nil, err
		}
		if len(entries) > formbook.MaxSheets {
			return nil, invalidField("region_code", "too_many_households", "户数太多，请按居民组打印")
		}
	}
	if err := s.logForms(ctx, v, at, b, in.Purpose); err != nil {
		return nil, err
	}
	world := forms.World{Policy: b.Policy, Now: s.engine.Clock.Now()}
	if h != nil {
		if world.IDNumbers, err = s.paperNumbers(ctx, v, h, b.Form, in.Purpose); err != nil {
			return nil, err
		}
	}
	var docs []*papers.Document
	for _, e := range entries {
		docs = append(docs, b.Form.Print(e.Answers, world))
	}
	if len(docs) == 0 {
		return nil, notFound()
	}
	out, err := s.drawForms(in.Format, docs)
	if err != nil {
		return nil, err
	}
	headers := gen.PrintBlankForms200ResponseHeaders{ContentDisposition: formFile(b.Form.Title, in.Format)}
	if in.Format == "docx" {
		return gen.PrintBlankForms200ApplicationVndOpenxmlformatsOfficedocumentWordprocessingmlDocumentResponse{Body: out, ContentLength: int64(out.Len()), Headers: headers}, nil
	}
	return gen.PrintBlankForms200ApplicationPdfResponse{Body: out, ContentLength: int64(out.Len()), Headers: headers}, nil
}

// logForms keeps that forms with personal data of a household or of a place were taken out.
func (s *server) logForms(ctx context.Context, v *viewer, at *formSubject, b activities.Blank, purpose string) error {
	id, household := at.region.Code, ""
	if at.household != nil {
		id, household = at.household.ID, at.household.ID
	}
	return s.logAccess(ctx, v, at.over, models.AccessLog{Action: "export", Table: "form_records", RecordID: id, HouseholdID: household, Field: b.Form.Key(), Class: "P3", Purpose: purpose})
}

// paperNumbers are the identity numbers of a household, by name, for a paper on which those who sign are identified
// (承诺授权书): whole as far as he may see them whole, and kept as unmasked with the purpose. Who may see none gets none: there
// is room to write them. Of two persons of one name neither is given.
func (s *server) paperNumbers(ctx context.Context, v *viewer, h *models.Household, f *forms.Form, purpose string) (map[string]string, error) {
	if !f.NamesNumbers() {
		return nil, nil
	}
	people, over, err := s.numbered(ctx, v, h)
	if err != nil || people == nil {
		return nil, err
	}
	out, seen := map[string]string{}, map[string]bool{}
	for _, p := range people {
		if out[p.Name] = p.IDNo; seen[p.Name] {
			out[p.Name] = ""
		}
		seen[p.Name] = true
	}
	return out, s.logNumbers(ctx, v, h, over, purpose)
}

// mayUnmask are those grants over a household under which hidden values of it are shown.
func mayUnmask(over covering) covering {
	return func(g models.RoleGrant) bool { return rules[g.Role].unmask && over(g) }
}

// logNumbers keeps that the identity numbers of a household were shown whole on a paper.
func (s *server) logNumbers(ctx context.Context, v *viewer, h *models.Household, over covering, purpose string) error {
	return s.logAccess(ctx, v, firstOf(v, mayUnmask(over)), models.AccessLog{Action: "unmask", Table: "households", RecordID: h.ID, HouseholdID: h.ID, Field: "id_no", Class: "P2", Purpose: purpose})
}

// numbered are the members of a household with their identity numbers, nil for who may see none whole, and the numbers that
// he may not see masked.
func (s *server) numbered(ctx context.Context, v *viewer, h *models.Household) ([]papers.Person, covering, error) {
	see, over, err := s.householdEyes(ctx, v, h)
	if err != nil || !slices.ContainsFunc(v.grants, mayUnmask(over)) {
		return nil, nil, err
	}
	see.whole = see.whole.widen(recordSight(v, mayUnmask(over))) // to have it signed is the work of who fills it in
	out, err := s.identified(ctx, h.ID, see)
	return out, over, err
}

// identified are the members of a household with their identity numbers, as far as these eyes may see them whole.
func (s *server) identified(ctx context.Context, household string, see eyes) ([]papers.Person, error) {
	var people []models.Person
	if err := s.db(ctx).Where("household_id = ? AND left_at IS NULL", household).Order("ord, id").Find(&people).Error; err != nil {
		return nil, err
	}
	out := make([]papers.Person, len(people))
	for i := range people {
		secret, err := people[i].Secret(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		out[i] = papers.Person{Name: people[i].Name, Relation: secret.Relation, IDNo: secret.IDNo}
		if !slices.Contains(ofMember(&people[i], secret, see, s.today()), "id_no") {
			out[i].IDNo = policy.MaskID(secret.IDNo)
		}
	}
	return out, nil
}

// GetFormFile prints a record as it stands; only whoever sees all of it.
func (s *server) GetFormFile(ctx context.Context, r gen.GetFormFileRequestObject) (gen.GetFormFileResponseObject, error) {
	v := viewerOf(ctx)
	rec, err := s.findRecord(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	own := rec.EnteredBy == v.user.ID || rec.CollectorID == v.user.ID
	if !own && purposedSight(v, overRecord(rec)).of(procedure.P3) != full {
		return nil, forbidden("role_not_allowed", "您不能查看这份表的全部内容，不能打印")
	}
	f, p, answers, _, err := s.engine.ReadRecord(ctx, rec)
	if err != nil {
		return nil, err
	}
	err = s.logAccess(ctx, v, overRecord(rec), models.AccessLog{Action: "export", Table: "form_records", RecordID: rec.ID, HouseholdID: householdOf(rec), Field: f.Key(), Class: "P3", Purpose: r.Body.Purpose})
	if err != nil {
		return nil, err
	}
	world := forms.World{Policy: p, Now: s.engine.Clock.Now()}
	if world.Attached, err = s.attachedTo(ctx, rec); err != nil {
		return nil, err
	}
	if world.Signed, err = s.signedScreen(ctx, rec); err != nil {
		return nil, err
	}
	if rec.SubjectKind == string(forms.AboutHousehold) {
		var h models.Household
		if err := s.db(ctx).Where("id = ?", rec.SubjectID).Take(&h).Error; err != nil {
			return nil, err
		}
		if world.IDNumbers, err = s.paperNumbers(ctx, v, &h, f, r.Body.Purpose); err != nil {
			return nil, err
		}
	}
	doc := f.Print(answers, world)
	doc.Draft = rec.State == models.RecordDraft
	out, err := s.drawForms(r.Body.Format, []*papers.Document{doc})
	if err != nil {
		return nil, err
	}
	headers := gen.GetFormFile200ResponseHeaders{ContentDisposition: formFile(f.Title, r.Body.Format)}
	if r.Body.Format == "docx" {
		return gen.GetFormFile200ApplicationVndOpenxmlformatsOfficedocumentWordprocessingmlDocumentResponse{Body: out, ContentLength: int64(out.Len()), Headers: headers}, nil
	}
	return gen.GetFormFile200ApplicationPdfResponse{Body: out, ContentLength: int64(out.Len()), Headers: headers}, nil
}
