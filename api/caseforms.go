package api

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"shouwang/api/gen"
	"shouwang/internal/formbook"
	"shouwang/models"
	"shouwang/papers"
	"shouwang/policy"
	"shouwang/procedure"
)

// The filled forms that are cases, 户表 and 村表: on paper and as a workbook, for whoever sees them whole.

// formClass is the class of what stands in the form of a case.
func formClass(c *models.Case) procedure.Class {
	if c.Procedure == "village_form" {
		return procedure.P1
	}
	return procedure.P3
}

// seesWhole refuses who does not see all of the form of a case, and keeps that it was taken out.
func (s *server) seesWhole(ctx context.Context, v *viewer, c *models.Case, purpose string) error {
	see, err := s.purposedEyes(ctx, v, c)
	if err != nil {
		return err
	}
	if see.of(formClass(c)) != full {
		return forbidden("role_not_allowed", "您不能查看这份表的全部内容，不能打印、导出")
	}
	return s.logAccess(ctx, v, s.inCase(c), models.AccessLog{Action: "export", Table: "cases", RecordID: c.ID, CaseID: c.ID, HouseholdID: c.HouseholdID, Field: c.Procedure, Class: string(formClass(c)), Purpose: purpose})
}

// formDocuments are the forms of a case on paper.
func (s *server) formDocuments(ctx context.Context, c *models.Case) ([]*papers.Document, error) {
	list, err := s.engine.FilledSheets(ctx, c)
	var out []*papers.Document
	for _, x := range list {
		out = append(out, x.Form.Print(x.Answers, x.World))
	}
	return out, err
}

// formName is what the form of a case is called among others.
func (s *server) formName(ctx context.Context, c *models.Case) (string, error) {
	if c.Subject != "" {
		return c.Subject, nil
	}
	l, err := s.labels(ctx, codes{regions: []string{c.RegionCode}})
	if err != nil {
		return "", err
	}
	return l.regions[c.RegionCode].Name, nil
}

// GetCaseFormFile gives the filled form that a case is, as a file.
func (s *server) GetCaseFormFile(ctx context.Context, r gen.GetCaseFormFileRequestObject) (gen.GetCaseFormFileResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	list, err := s.engine.FilledSheets(ctx, c)
	if err != nil {
		return nil, err
	}
	if err := s.seesWhole(ctx, v, c, r.Body.Purpose); err != nil {
		return nil, err
	}
	name, err := s.formName(ctx, c)
	if err != nil {
		return nil, err
	}
	headers := gen.GetCaseFormFile200ResponseHeaders{ContentDisposition: formFile(definitionOf(c).Title+" "+c.No, r.Body.Format)}
	if r.Body.Format == "xlsx" {
		var filled []formbook.Filled
		for _, x := range list {
			filled = append(filled, formbook.Filled{Form: x.Form, Answers: x.Answers})
		}
		mark, err := s.takenOut(ctx, v, s.inCase(c), "case_form", c.RegionCode, r.Body.Purpose, len(filled))
		if err != nil {
			return nil, err
		}
		var out bytes.Buffer
		if err := formbook.WriteFilled(&out, name, mark, filled, list[0].World.Policy); err != nil {
			return nil, workbookError(err)
		}
		return gen.GetCaseFormFile200ApplicationVndOpenxmlformatsOfficedocumentSpreadsheetmlSheetResponse{Body: &out, ContentLength: int64(out.Len()), Headers: headers}, nil
	}
	var docs []*papers.Document
	for _, x := range list {
		docs = append(docs, x.Form.Print(x.Answers, x.World))
	}
	out, err := s.drawForms(r.Body.Format, docs)
	if err != nil {
		return nil, err
	}
	if r.Body.Format == "docx" {
		return gen.GetCaseFormFile200ApplicationVndOpenxmlformatsOfficedocumentWordprocessingmlDocumentResponse{Body: out, ContentLength: int64(out.Len()), Headers: headers}, nil
	}
	return gen.GetCaseFormFile200ApplicationPdfResponse{Body: out, ContentLength: int64(out.Len()), Headers: headers}, nil
}

// filledForm holds for the form of a household or a village that has been filled in.
const filledForm = "EXISTS (SELECT 1 FROM case_events WHERE case_events.case_id = cases.id AND case_events.kind = 'event' AND case_events.event IN ('fill', 'village_check'))"

// PrintCampaignForms draws the filled household forms of a village into one file, behind a list of them.
func (s *server) PrintCampaignForms(ctx context.Context, r gen.PrintCampaignFormsRequestObject) (gen.PrintCampaignFormsResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	c, err := s.findCampaign(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	tx := s.db(ctx).Where("cases.parent_id = ? AND cases.procedure = ? AND cases.region_code = ?", c.ID, "household_form", in.Village).
		Where(filledForm)
	if in.Group != "" {
		tx = tx.Where("cases.household_id IN (SELECT id FROM households WHERE group_name = ?)", in.Group)
	}
	var list []models.Case
	if err := s.filterCases(tx, v).Order("cases.no").Limit(formbook.MaxSheets + 1).Find(&list).Error; err != nil {
		return nil, err
	}
	switch {
	case len(list) == 0:
		return nil, procedure.Refuse(procedure.Conflict, "form_not_filled", "这里还没有填好的户表")
	case len(list) > formbook.MaxSheets:
		return nil, invalidField("group", "too_many_households", "户数太多，请按居民组打印")
	}
	docs, err := s.bundledForms(ctx, v, list, in.Purpose)
	if err != nil {
		return nil, err
	}
	out, err := s.drawForms("pdf", docs)
	if err != nil {
		return nil, err
	}
	return gen.PrintCampaignForms200ApplicationPdfResponse{Body: out, ContentLength: int64(out.Len()), Headers: gen.PrintCampaignForms200ResponseHeaders{ContentDisposition: formFile("户表合订", "pdf")}}, nil
}

// bundledForms are the forms of cases behind a list of who is to sign for them.
func (s *server) bundledForms(ctx context.Context, v *viewer, list []models.Case, purpose string) ([]*papers.Document, error) {
	l, err := s.labels(ctx, codes{regions: []string{list[0].RegionCode}})
	if err != nil {
		return nil, err
	}
	front := papers.Delivery{Title: "户表清单", Place: l.regions[list[0].RegionCode].Name, On: s.today()}
	docs := []*papers.Document{nil}
	for i := range list {
		c := &list[i]
		if err := s.seesWhole(ctx, v, c, purpose); err != nil {
			return nil, err
		}
		more, err := s.formDocuments(ctx, c)
		if err != nil {
			return nil, err
		}
		var h models.Household
		if err := s.db(ctx).Select("group_name").Where("id = ?", c.HouseholdID).Take(&h).Error; err != nil {
			return nil, err
		}
		docs = append(docs, more...)
		front.Rows = append(front.Rows, papers.Receipt{Number: orText(c.Facts.Text("form_code"), c.No), Title: "户表", Person: c.Subject, Place: h.GroupName})
	}
	docs[0] = papers.DeliveryList(front)
	return docs, nil
}

// boundForms are the forms of a campaign for its file: those of the villages, then those of the households. Where these are
// too many for one file they are bound by village, and the contents say so. That each was seen is kept.
func (s *server) boundForms(ctx context.Context, b *paperBase) (bound []papers.Bound, apart []papers.File, err error) {
	of := func(kind string) (list []models.Case, err error) {
		err = s.filterCases(s.db(ctx).Where("cases.parent_id = ? AND cases.procedure = ?", b.c.ID, kind).Where(filledForm), b.v).Order("cases.region_code, cases.no").Find(&list).Error
		return list, err
	}
	villages, err := of("village_form")
	if err != nil {
		return nil, nil, err
	}
	households, err := of("household_form")
	if err != nil {
		return nil, nil, err
	}
	if len(households) > formbook.MaxSheets {
		apart = append(apart, papers.File{Name: fmt.Sprintf("%d份，按村另册装订", len(households)), Kind: "户表", At: b.on.String()})
		households = nil
	}
	for _, c := range slices.Concat(villages, households) {
		if err := s.seesWhole(ctx, b.v, &c, purposeOf(b.in.Purpose)); err != nil {
			return nil, nil, err
		}
		if bound, err = s.bindForm(ctx, bound, &c); err != nil {
			return nil, nil, err
		}
	}
	return bound, apart, nil
}

func (s *server) bindForm(ctx context.Context, to []papers.Bound, c *models.Case) ([]papers.Bound, error) {
	docs, err := s.formDocuments(ctx, c)
	if err != nil {
		return nil, err
	}
	name, err := s.formName(ctx, c)
	for _, d := range docs {
		to = append(to, papers.Bound{Number: orText(c.Facts.Text("form_code"), c.No), Title: name + d.Title, On: policy.DateOf(c.UpdatedAt), Document: d})
	}
	return to, err
}
