package api

import (
	"bytes"
	"context"
	"mime"

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
	var docs []*papers.Document
	for _, e := range entries {
		docs = append(docs, b.Form.Print(e.Answers, forms.World{Policy: b.Policy, Now: s.engine.Clock.Now()}))
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
	attached, err := s.attachedTo(ctx, rec)
	if err != nil {
		return nil, err
	}
	doc := f.Print(answers, forms.World{Policy: p, Now: s.engine.Clock.Now(), Attached: attached})
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
