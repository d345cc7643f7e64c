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
	v, in := viewerOf(ctx), r.Params
	h, region, err := s.recordSubject(ctx, v, in.HouseholdID, in.RegionCode)
	if err != nil {
		return nil, err
	}
	b, err := s.blank(ctx, v, in.Form, h, region)
	if err != nil {
		return nil, err
	}
	entries := []formbook.Entry{{Answers: b.Answers}}
	if h == nil && b.Form.Subject == forms.AboutHousehold {
		if entries, err = s.householdEntries(ctx, v, b.Form, region, in.Group); err != nil {
			return nil, err
		}
		if len(entries) > formbook.MaxSheets {
			return nil, invalidField("region_code", "too_many_households", "户数太多，请按居民组打印")
		}
	}
	if err := s.logForms(ctx, v, h, region, b, in.Purpose); err != nil {
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
func (s *server) logForms(ctx context.Context, v *viewer, h *models.Household, region *models.Region, b activities.Blank, purpose string) error {
	id, household := region.Code, ""
	if h != nil {
		id, household = h.ID, h.ID
	}
	covers := func(g models.RoleGrant) bool { return overRecord(g, household, region.Code) }
	return s.logAccess(ctx, v, covers, models.AccessLog{Action: "export", Table: "form_records", RecordID: id, Field: b.Form.Key(), Class: "P3", Purpose: purpose})
}

// paperNumbers are the identity numbers of a household, by name, for a paper on which those who sign are identified
// (承诺授权书): whole, for who may see them whole, and kept as unmasked with the purpose. Nobody else gets them: there is
// room to write them. Of two persons of one name neither is given.
func (s *server) paperNumbers(ctx context.Context, v *viewer, h *models.Household, f *forms.Form, purpose string) (map[string]string, error) {
	if !f.NamesNumbers() {
		return nil, nil
	}
	covers := mayUnmask(h)
	if !slices.ContainsFunc(v.grants, covers) {
		return nil, nil
	}
	people, err := s.identified(ctx, h.ID)
	if err != nil {
		return nil, err
	}
	out, seen := map[string]string{}, map[string]bool{}
	for _, p := range people {
		if out[p.Name] = p.IDNo; seen[p.Name] {
			out[p.Name] = ""
		}
		seen[p.Name] = true
	}
	return out, s.logNumbers(ctx, v, h, purpose)
}

// mayUnmask are the grants under which hidden values of a household are shown.
func mayUnmask(h *models.Household) func(models.RoleGrant) bool {
	return func(g models.RoleGrant) bool { return rules[g.Role].unmask && inHousehold(h)(g) }
}

// logNumbers keeps that the identity numbers of a household were shown whole on a paper.
func (s *server) logNumbers(ctx context.Context, v *viewer, h *models.Household, purpose string) error {
	return s.logAccess(ctx, v, firstOf(v, mayUnmask(h)), models.AccessLog{Action: "unmask", Table: "households", RecordID: h.ID, Field: "id_no", Class: "P2", Purpose: purpose})
}

// identified are the members of a household with their identity numbers.
func (s *server) identified(ctx context.Context, household string) ([]papers.Person, error) {
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
	if !own && recordSight(v, rec).of(procedure.P3) != full {
		return nil, forbidden("role_not_allowed", "您不能查看这份表的全部内容，不能打印")
	}
	f, p, answers, _, err := s.engine.ReadRecord(ctx, rec)
	if err != nil {
		return nil, err
	}
	household, region := subjectOf(rec)
	covers := func(g models.RoleGrant) bool { return overRecord(g, household, region) }
	err = s.logAccess(ctx, v, covers, models.AccessLog{Action: "export", Table: "form_records", RecordID: rec.ID, Field: f.Key(), Class: "P3", Purpose: r.Params.Purpose})
	if err != nil {
		return nil, err
	}
	world := forms.World{Policy: p, Now: s.engine.Clock.Now()}
	if world.Attached, err = s.attachedTo(ctx, rec); err != nil {
		return nil, err
	}
	if household != "" {
		var h models.Household
		if err := s.db(ctx).Where("id = ?", household).Take(&h).Error; err != nil {
			return nil, err
		}
		if world.IDNumbers, err = s.paperNumbers(ctx, v, &h, f, r.Params.Purpose); err != nil {
			return nil, err
		}
	}
	doc := f.Print(answers, world)
	doc.Draft = rec.State == models.RecordDraft
	out, err := s.drawForms(r.Params.Format, []*papers.Document{doc})
	if err != nil {
		return nil, err
	}
	headers := gen.GetFormFile200ResponseHeaders{ContentDisposition: formFile(f.Title, r.Params.Format)}
	if r.Params.Format == "docx" {
		return gen.GetFormFile200ApplicationVndOpenxmlformatsOfficedocumentWordprocessingmlDocumentResponse{Body: out, ContentLength: int64(out.Len()), Headers: headers}, nil
	}
	return gen.GetFormFile200ApplicationPdfResponse{Body: out, ContentLength: int64(out.Len()), Headers: headers}, nil
}
