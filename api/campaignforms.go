package api

import (
	"context"
	"slices"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/internal/formbook"
	"shouwang/models"
)

// The forms about places that a campaign waits for: who has handed one in, and who has not.

// ListCampaignForms lists those of a campaign, or of all that go on where the viewer works.
func (s *server) ListCampaignForms(ctx context.Context, r gen.ListCampaignFormsRequestObject) (gen.ListCampaignFormsResponseObject, error) {
	v := viewerOf(ctx)
	list, err := s.campaignsAround(ctx, v, r.Params.CampaignID)
	if err != nil {
		return nil, err
	}
	out := gen.CampaignFormList{Items: []gen.CampaignForm{}}
	for i := range list {
		items, err := s.campaignForms(ctx, v, &list[i])
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, items...)
	}
	return gen.ListCampaignForms200JSONResponse(out), nil
}

// campaignsAround is the campaign with an id that v reaches, or the open ones that go through his area.
func (s *server) campaignsAround(ctx context.Context, v *viewer, id string) ([]models.Case, error) {
	if id != "" {
		c, err := s.findCampaign(ctx, v, id)
		if err != nil {
			return nil, err
		}
		return []models.Case{*c}, nil
	}
	c := areasOf(v, isArea, withinColumn("region_code"))
	villages := s.db(ctx).Model(&models.CampaignVillage{}).Select("campaign_id").Where(c.sql, c.args...)
	var out []models.Case
	err := s.db(ctx).Where("procedure = ? AND closed_at IS NULL AND id IN (?)", "campaign", villages).Order("id DESC").Find(&out).Error
	return out, err
}

// campaignForms are the forms that a campaign waits for and whose records v would reach, with the records there are.
func (s *server) campaignForms(ctx context.Context, v *viewer, c *models.Case) ([]gen.CampaignForm, error) {
	want, err := s.engine.CampaignForms(ctx, c)
	if err != nil || len(want) == 0 {
		return nil, err
	}
	want = slices.DeleteFunc(want, func(w activities.WantedForm) bool {
		return !slices.ContainsFunc(v.grants, func(g models.RoleGrant) bool {
			return reachOf(g) == area && inRegion(w.RegionCode, g.RegionCode)
		})
	})
	records, err := s.campaignRecords(ctx, v, c.ID)
	if err != nil {
		return nil, err
	}
	snapshot, err := s.policyFor(ctx, c.RegionCode, s.engine.Clock.Now())
	if err != nil {
		return nil, err
	}
	var names codes
	for _, w := range want {
		names.regions = append(names.regions, w.RegionCode)
	}
	l, err := s.labels(ctx, names)
	if err != nil {
		return nil, err
	}
	var out []gen.CampaignForm
	for _, w := range want {
		f, ok := forms.Standard.InForce(w.Form, snapshot)
		if !ok {
			continue
		}
		x := gen.CampaignForm{CampaignID: c.ID, CampaignTitle: c.Facts.Text("title"), Info: formInfo(f), RegionCode: w.RegionCode, RegionName: l.region(w.RegionCode), Unit: w.Unit, Records: []gen.FormRecordItem{}}
		x.MayFill = c.ClosedAt == nil && mayRecord(v, activities.RecordSave, &models.FormRecord{}, overPlace(w.RegionCode)) != nil
		for _, r := range records {
			if r.Info.Code == w.Form && r.SubjectID == w.RegionCode && r.Unit == w.Unit {
				x.Records = append(x.Records, r)
			}
		}
		out = append(out, x)
	}
	return out, nil
}

// campaignRecords are the records about places of a campaign that v reaches.
func (s *server) campaignRecords(ctx context.Context, v *viewer, campaign string) ([]gen.FormRecordItem, error) {
	var rows []models.FormRecord
	err := s.scopeRecords(s.db(ctx).Omit("answers", "computed"), v).
		Where("campaign_id = ? AND subject_kind = ? AND state <> ?", campaign, forms.AboutRegion, models.RecordVoid).Order("id").Find(&rows).Error
	if err != nil {
		return nil, err
	}
	return s.recordItems(ctx, rows)
}

// campaignEntries are those of a workbook of a campaign: of a form about places a blank for each that the campaign waits
// for in a region.
func (s *server) campaignEntries(ctx context.Context, v *viewer, b activities.Blank, campaign string, region *models.Region, given []formbook.Entry) ([]formbook.Entry, error) {
	if known, err := s.inCampaign(ctx, v, campaign, "", region.Code); err != nil {
		return nil, err
	} else if !known {
		return nil, invalidField("campaign_id", "unknown_campaign", "没有这次行动，或者不在您的辖区内")
	}
	if b.Form.Subject != forms.AboutRegion {
		return given, nil
	}
	var c models.Case
	if err := s.db(ctx).Where("id = ?", campaign).Take(&c).Error; err != nil {
		return nil, err
	}
	want, err := s.engine.CampaignForms(ctx, &c)
	if err != nil {
		return nil, err
	}
	var out []formbook.Entry
	for _, w := range want {
		if w.Form != b.Form.Code || !inRegion(w.RegionCode, region.Code) {
			continue
		}
		e, err := s.campaignEntry(ctx, v, w)
		if err != nil {
			return nil, err
		}
		out = append(out, e)
	}
	if len(out) == 0 {
		return given, nil
	}
	return out, nil
}

func (s *server) campaignEntry(ctx context.Context, v *viewer, w activities.WantedForm) (formbook.Entry, error) {
	at, err := s.recordSubject(ctx, v, "", w.RegionCode)
	if err != nil {
		return formbook.Entry{}, err
	}
	place := at.region
	b, err := s.blank(ctx, v, w.Form, at)
	if err != nil {
		return formbook.Entry{}, err
	}
	out := formbook.Entry{Subject: w.RegionCode, Name: place.Name, Answers: b.Answers}
	for code, x := range w.Answers(place.Name) {
		out.Answers[code] = x
	}
	if w.Unit != "" {
		out.Subject, out.Name = w.RegionCode+"/"+w.Unit, place.Name+w.Unit
	}
	return out, nil
}
