package api

import (
	"context"
	"maps"
	"slices"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Forms outside the procedures (5.4). Who works in an area fills them in, another person
// checks them; whoever does not reach a record does not learn that it exists.

var (
	recordWriters = []procedure.Role{procedure.VillageCadre, procedure.VillageSecretary, procedure.VillageMonitor, procedure.ResidentLeader, procedure.ResidentMember,
		procedure.AssistancePerson, procedure.MonitoringContact, procedure.Surveyor, procedure.DataEntry, procedure.TownshipOffice, procedure.CountyOffice}
	recordCheckers = []procedure.Role{procedure.VillageSecretary, procedure.ResidentLeader, procedure.DataEntry, procedure.TownshipOffice, procedure.LinkedLeader, procedure.CountyOffice}
	recordVoiders  = []procedure.Role{procedure.VillageSecretary, procedure.TownshipOffice, procedure.CountyOffice}
)

// recordRoles are who may do what with a record; whoever began a draft may also void it.
var recordRoles = map[string][]procedure.Role{
	activities.RecordSave: recordWriters, activities.RecordFinish: recordWriters, activities.RecordCheck: recordCheckers, activities.RecordVoided: recordVoiders,
	activities.RecordAttach: recordWriters,
}

// scopeRecords keeps the form records that v reaches: those of his area or his household,
// and what a surveyor has collected himself.
func (s *server) scopeRecords(tx *gorm.DB, v *viewer) *gorm.DB {
	var cs []condition
	for _, g := range v.grants {
		switch reachOf(g) {
		case ownHousehold:
			if slices.Contains(recordWriters, g.Role) && g.HouseholdID != "" {
				cs = append(cs, condition{"form_records.subject_id = ?", []any{g.HouseholdID}})
			}
		case area:
			if g.RegionCode != "" {
				cs = append(cs, within("form_records.region_code", g.RegionCode))
			}
		case ownGroup:
			cs = append(cs, homesOf(g, "form_records.subject_id"))
		case fieldWork:
			if g.RegionCode != "" {
				cs = append(cs, within("form_records.region_code", g.RegionCode).and(condition{"form_records.collector_id = ?", []any{g.UserID}}))
			}
		}
	}
	c := anyOf(cs)
	return tx.Where(c.sql, c.args...)
}

// overRecord tells the same of a record that is at hand, grant by grant.
func overRecord(r *models.FormRecord) covering {
	return func(g models.RoleGrant) bool {
		switch reachOf(g) {
		case ownHousehold:
			return slices.Contains(recordWriters, g.Role) && g.HouseholdID != "" && r.SubjectID == g.HouseholdID
		case area:
			return inRegion(r.RegionCode, g.RegionCode)
		case fieldWork:
			return inRegion(r.RegionCode, g.RegionCode) && r.CollectorID == g.UserID
		case ownGroup:
			return slices.Contains(g.Homes, r.SubjectID)
		}
		return false
	}
}

// householdOf is the household that a record is about, "" for one about a place.
func householdOf(r *models.FormRecord) string {
	if r.SubjectKind == string(forms.AboutHousehold) {
		return r.SubjectID
	}
	return ""
}

// overPlace tells of each grant whether forms about a place may be begun under it.
func overPlace(region string) covering {
	return func(g models.RoleGrant) bool {
		r := reachOf(g)
		return (r == area || r == fieldWork) && inRegion(region, g.RegionCode)
	}
}

// recordSight is how much v sees of the answers of what grants of his are over: where he may write what his work shows him.
func recordSight(v *viewer, over covering) sight {
	out := sightNone
	for _, g := range v.grants {
		if !over(g) {
			continue
		}
		rule := rules[g.Role]
		out = out.widen(rule.see)
		if slices.Contains(recordWriters, g.Role) {
			out = out.widen(rule.work)
		}
	}
	return out
}

// purposedSight is the same where a purpose is stated and kept.
func purposedSight(v *viewer, over covering) sight {
	out := recordSight(v, over)
	for _, g := range v.grants {
		if over(g) {
			out = out.widen(rules[g.Role].purposed())
		}
	}
	return out
}

// mayRecord is the grant, of those over it, under which v may do something with a record, nil for none.
func mayRecord(v *viewer, action string, r *models.FormRecord, over covering) *models.RoleGrant {
	for i, g := range v.grants {
		own := action == activities.RecordVoided && r.State == models.RecordDraft && slices.Contains(recordWriters, g.Role) && slices.Contains(v.persons(), r.EnteredBy)
		if over(g) && (own || slices.Contains(recordRoles[action], g.Role)) {
			return &v.grants[i]
		}
	}
	return nil
}

// ListForms lists the forms in force where the viewer works.
func (s *server) ListForms(ctx context.Context, _ gen.ListFormsRequestObject) (gen.ListFormsResponseObject, error) {
	p, err := s.policyFor(ctx, homeRegion(viewerOf(ctx)), s.engine.Clock.Now())
	if err != nil {
		return nil, err
	}
	row, named, err := s.formVersions(ctx, p)
	if err != nil {
		return nil, err
	}
	out := gen.FormList{Items: []gen.FormInfo{}}
	for _, f := range forms.Standard.All() {
		now, ok := forms.Standard.InForce(f.Code, p)
		if !ok || now != f {
			continue
		}
		info := formInfo(f)
		info.Writers, info.Checkers = roleRefs(recordPosts(f, recordWriters)), roleRefs(recordPosts(f, recordCheckers))
		if named[f.Code] == f.Version {
			info.From, info.Until, info.Basis = row.ValidFrom, row.ValidTo, row.Source
		}
		out.Items = append(out.Items, info)
	}
	return gen.ListForms200JSONResponse(out), nil
}

// formVersions is the policy row that names versions of forms where a policy holds, and those versions; where none does the newest
// are used.
func (s *server) formVersions(ctx context.Context, p policy.Snapshot) (gen.PolicyRow, map[string]int, error) {
	region, set := p.From["form_versions"]
	if !set {
		return gen.PolicyRow{}, nil, nil
	}
	now := s.engine.Clock.Now()
	var row models.PolicyRow
	err := s.db(ctx).Where("key = ? AND region_code = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", "form_versions", region, now, now).
		Order("valid_from DESC, id").Take(&row).Error
	if models.Missing(err) {
		return gen.PolicyRow{}, nil, nil
	}
	if err != nil {
		return gen.PolicyRow{}, nil, err
	}
	var named map[string]int
	return policyRow(&row), named, p.JSON("form_versions", &named)
}

// recordPosts are those of some posts that have to do with a form: who has one household only has none about places.
func recordPosts(f *forms.Form, posts []procedure.Role) []procedure.Role {
	return slices.DeleteFunc(slices.Clone(posts), func(r procedure.Role) bool {
		return f.Subject == forms.AboutRegion && rules[r].reach == ownHousehold
	})
}

func formInfo(f *forms.Form) gen.FormInfo {
	return gen.FormInfo{Form: f.Key(), Code: f.Code, Version: f.Version, Title: f.Title, Source: f.Source, Subject: gen.FormInfoSubject(f.Subject)}
}

// GetFormSchema gives one version as JSON Schema, with the code lists of the viewer's area.
func (s *server) GetFormSchema(ctx context.Context, r gen.GetFormSchemaRequestObject) (gen.GetFormSchemaResponseObject, error) {
	f, ok := forms.Standard.Find(r.Params.Form)
	if !ok {
		return nil, notFound()
	}
	p, err := s.policyFor(ctx, homeRegion(viewerOf(ctx)), s.engine.Clock.Now())
	return gen.GetFormSchema200JSONResponse(f.Schema(p)), err
}

// formSubject is the household, or the place, that a form is filled in for, and the grants over it.
type formSubject struct {
	household *models.Household
	region    *models.Region
	over      covering
}

// inRoles is v in some roles only.
func (v *viewer) inRoles(roles []procedure.Role) *viewer {
	out := *v
	out.grants = slices.DeleteFunc(slices.Clone(v.grants), func(g models.RoleGrant) bool { return !slices.Contains(roles, g.Role) })
	return &out
}

// recordSubject is the household or the region that v may fill a form in for: one that he reaches by a post that fills in forms.
func (s *server) recordSubject(ctx context.Context, v *viewer, householdID, regionCode string) (*formSubject, error) {
	writing, at := v.inRoles(recordWriters), &formSubject{over: overPlace(regionCode)}
	if householdID != "" {
		h, err := s.findHousehold(ctx, writing, householdID)
		if err != nil {
			return nil, err
		}
		if at.over, err = s.overHousehold(ctx, writing, h); err != nil {
			return nil, err
		}
		at.household, regionCode = h, h.RegionCode
	}
	if !slices.ContainsFunc(writing.grants, at.over) {
		return nil, notFound()
	}
	at.region = &models.Region{}
	return at, orMissing(s.db(ctx).Where("code = ?", regionCode).Take(at.region).Error)
}

// orMissing is 404 for a row that is not there.
func orMissing(err error) error {
	if models.Missing(err) {
		return notFound()
	}
	return err
}

// blank is a form about to be filled in, with what the register knows and v may see of it.
func (s *server) blank(ctx context.Context, v *viewer, code string, at *formSubject) (activities.Blank, error) {
	b, err := s.engine.BlankForm(ctx, code, at.household, at.region, v.user.Name)
	if err != nil {
		return b, err
	}
	see := recordSight(v, at.over)
	for _, f := range b.Form.Written() {
		if see.of(f.Class) != full {
			delete(b.Answers, f.Code)
		} else if rows, ok := b.Answers[f.Code]; ok {
			b.Answers[f.Code] = visibleRows(f, rows, see, false)
		}
	}
	return b, nil
}

// GetBlankForm is a form about to be filled in, with what the register knows.
func (s *server) GetBlankForm(ctx context.Context, r gen.GetBlankFormRequestObject) (gen.GetBlankFormResponseObject, error) {
	v := viewerOf(ctx)
	at, err := s.recordSubject(ctx, v, r.Params.HouseholdID, r.Params.RegionCode)
	if err != nil {
		return nil, err
	}
	h, region := at.household, at.region
	b, err := s.blank(ctx, v, r.Params.Form, at)
	if err != nil {
		return nil, err
	}
	if r.Params.CampaignID != "" {
		maps.Copy(b.Answers, activities.WantedForm{Form: b.Form.Code, RegionCode: region.Code, Unit: r.Params.Unit}.Answers(region.Name))
	}
	if h != nil {
		if err := s.logAccess(ctx, v, at.over, models.AccessLog{Action: "read", Table: "households", RecordID: h.ID, HouseholdID: h.ID, Class: "P3", Field: b.Form.Key()}); err != nil {
			return nil, err
		}
	}
	world := forms.World{Policy: b.Policy, Now: s.engine.Clock.Now(), Registered: registered(h)}
	values := b.Form.Compute(b.Answers, world).Values
	return gen.GetBlankForm200JSONResponse(gen.FormBlank{Info: formInfo(b.Form), Fields: formFields(b.Form.Written(), b.Policy), Answers: b.Answers, Values: formValues(values, true), SignPlaces: signPlaces(b.Form), Sums: formSums(b.Form, world)}), nil
}

func formValues(in []forms.Value, show bool) []gen.FormValue {
	out := []gen.FormValue{}
	for _, v := range in {
		x := gen.FormValue{Code: v.Code, Title: v.Title, Known: v.Known}
		if show {
			x.Text = v.Text
		}
		out = append(out, x)
	}
	return out
}

// recordOrders are the ways in which forms are listed: those begun last first, or by place.
var recordOrders = orders[models.FormRecord]{
	{"begun", "form_records.id", nil, false, true, func(x *models.FormRecord) cursor { return cursor{ID: x.ID} }},
	byText("place", "form_records", "region_code", func(x *models.FormRecord) (string, string) { return x.RegionCode, x.ID }),
}

// ListFormRecords lists the records that the viewer reaches, newest first.
func (s *server) ListFormRecords(ctx context.Context, r gen.ListFormRecordsRequestObject) (gen.ListFormRecordsResponseObject, error) {
	order, after, err := recordOrders.of(string(r.Params.Sort), r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.scopeRecords(s.db(ctx).Model(&models.FormRecord{}).Omit("answers", "computed"), viewerOf(ctx))
	if r.Params.Village != "" {
		c := within("form_records.region_code", r.Params.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	for column, value := range map[string]string{"form": r.Params.Form, "state": string(r.Params.State), "subject_id": r.Params.HouseholdID} {
		if value != "" {
			tx = tx.Where("form_records."+column+" = ?", value)
		}
	}
	tx = tx.Session(&gorm.Session{})
	rows, next, err := order.rows(tx, after, pageLimit(r.Params.Limit))
	if err != nil {
		return nil, err
	}
	items, err := s.recordItems(ctx, rows)
	if err != nil {
		return nil, err
	}
	page := gen.FormRecordPage{Items: items, NextCursor: next}
	page.Total, err = s.countRows(ctx, r.Params.Count, tx)
	return gen.ListFormRecords200JSONResponse(page), err
}

var recordStates = map[string]string{models.RecordDraft: "草稿", models.RecordFinal: "定稿", models.RecordVoid: "已作废"}

func (s *server) recordItems(ctx context.Context, rows []models.FormRecord) ([]gen.FormRecordItem, error) {
	var want codes
	for _, r := range rows {
		want.regions, want.users = append(want.regions, r.RegionCode), append(want.users, r.CollectorID, r.EnteredBy, r.ReviewerID)
	}
	l, err := s.labels(ctx, want)
	out := []gen.FormRecordItem{}
	if err != nil {
		return out, err
	}
	for i := range rows {
		out = append(out, recordItem(&rows[i], l))
	}
	return out, nil
}

func recordItem(r *models.FormRecord, l *labels) gen.FormRecordItem {
	x := gen.FormRecordItem{ID: r.ID, SubjectID: r.SubjectID, Subject: r.Subject, RegionCode: r.RegionCode, RegionName: l.region(r.RegionCode), Period: r.Period,
		CampaignID: r.CampaignID, Unit: r.Unit, CaseID: r.CaseID, State: gen.FormRecordItemState(r.State), StateTitle: recordStates[r.State], RowVersion: r.RowVersion,
		Collector: l.user(r.CollectorID), EnteredBy: l.user(r.EnteredBy), CheckedAt: r.ReviewedAt, UpdatedAt: r.UpdatedAt}
	if r.ReviewerID != "" {
		x.CheckedBy = l.user(r.ReviewerID)
	}
	if f, ok := forms.Standard.Find(forms.Key(r.Form, r.Version)); ok {
		x.Info = formInfo(f)
	}
	return x
}

// OpenFormRecord begins a form.
func (s *server) OpenFormRecord(ctx context.Context, r gen.OpenFormRecordRequestObject) (gen.OpenFormRecordResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	at, err := s.recordSubject(ctx, v, in.HouseholdID, in.RegionCode)
	if err != nil {
		return nil, err
	}
	region := at.region
	d := activities.FormDraft{Key: caseKey("form", v.user.ID, r.Params.IdempotencyKey), Form: in.Form, RegionCode: region.Code, Period: in.Period, CampaignID: in.CampaignID, Unit: in.Unit, Answers: in.Answers}
	if at.household != nil {
		d.HouseholdID = at.household.ID
	}
	if in.CampaignID != "" {
		if known, err := s.inCampaign(ctx, v, in.CampaignID, in.HouseholdID, region.Code); err != nil {
			return nil, err
		} else if !known {
			return nil, invalidField("campaign_id", "unknown_campaign", "没有这次行动，或者不在您的辖区内")
		}
	}
	d.Actor = v.actor(*mayRecord(v, activities.RecordSave, &models.FormRecord{}, at.over))
	rec, err := s.engine.OpenRecord(ctx, d)
	if err != nil {
		return nil, err
	}
	out, err := s.recordView(ctx, v, rec)
	return gen.OpenFormRecord200JSONResponse(out), err
}

// inCampaign reports whether v reaches a campaign, surveys the household in it, or fills in for a place that the campaign
// goes through: whoever calls has looked whether v may fill in forms about that place.
func (s *server) inCampaign(ctx context.Context, v *viewer, campaign, household, region string) (bool, error) {
	if _, err := s.findCampaign(ctx, v, campaign); !gone(err) {
		return err == nil, err
	}
	var n int64
	if household != "" {
		err := s.db(ctx).Model(&models.CampaignScope{}).Where("campaign_id = ? AND household_id = ? AND surveyor_id IN ?", campaign, household, v.persons()).Count(&n).Error
		return n > 0, err
	}
	c := within("campaign_villages.region_code", region)
	err := s.db(ctx).Model(&models.CampaignVillage{}).Where("campaign_id = ?", campaign).Where(c.sql, c.args...).Count(&n).Error
	return n > 0, err
}

func (s *server) findRecord(ctx context.Context, v *viewer, id string) (*models.FormRecord, error) {
	var r models.FormRecord
	err := s.scopeRecords(s.db(ctx).Where("form_records.id = ?", id), v).Take(&r).Error
	return &r, orMissing(err)
}

// GetFormRecord is one record, masked for the viewer; that it was read is kept.
func (s *server) GetFormRecord(ctx context.Context, r gen.GetFormRecordRequestObject) (gen.GetFormRecordResponseObject, error) {
	v := viewerOf(ctx)
	rec, err := s.findRecord(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if err := s.logAccess(ctx, v, overRecord(rec), models.AccessLog{Action: "read", Table: "form_records", RecordID: rec.ID, HouseholdID: householdOf(rec), Class: "P3"}); err != nil {
		return nil, err
	}
	out, err := s.recordView(ctx, v, rec)
	return gen.GetFormRecord200JSONResponse(out), err
}

// ActOnFormRecord saves, finishes, checks or voids a record.
func (s *server) ActOnFormRecord(ctx context.Context, r gen.ActOnFormRecordRequestObject) (gen.ActOnFormRecordResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	rec, err := s.findRecord(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	action := string(in.Action)
	g := mayRecord(v, action, rec, overRecord(rec))
	if g == nil {
		return nil, forbidden("role_not_allowed", "您的岗位不能对这份表这样办理")
	}
	rec, err = s.engine.ActOnRecord(ctx, activities.RecordAct{Key: caseKey("form", v.user.ID, r.Params.IdempotencyKey), ID: rec.ID, RowVersion: in.RowVersion,
		Action: action, Answers: in.Answers, Note: in.Note, Actor: v.actor(*g)})
	if err != nil {
		return nil, err
	}
	out, err := s.recordView(ctx, v, rec)
	return gen.ActOnFormRecord200JSONResponse(out), err
}

func (s *server) recordView(ctx context.Context, v *viewer, rec *models.FormRecord) (gen.FormRecord, error) {
	f, p, given, result, err := s.engine.ReadRecord(ctx, rec)
	if err != nil {
		return gen.FormRecord{}, err
	}
	items, err := s.recordItems(ctx, []models.FormRecord{*rec})
	if err != nil {
		return gen.FormRecord{}, err
	}
	see := recordSight(v, overRecord(rec))
	own := rec.EnteredBy == v.user.ID || rec.CollectorID == v.user.ID
	out := gen.FormRecord{Item: items[0], Fields: formFields(f.Written(), p), Answers: answers(f.Written(), given, see, own, p), Findings: []gen.FormFinding{}, Faults: []gen.Fault{}, Can: []string{},
		AttachmentKinds: fileKinds(), SignPlaces: signPlaces(f)}
	all := own || see.of(procedure.P3) == full
	out.Values = formValues(result.Values, all)
	if all {
		for _, x := range result.Findings {
			out.Findings = append(out.Findings, gen.FormFinding{Code: x.Code, Field: x.Field, Severity: gen.FormFindingSeverity(x.Severity), Message: scrub(x.Message)})
		}
		if rec.State == models.RecordDraft {
			out.Faults = faults(forms.Faults(f.Written(), given, forms.World{Policy: p, Now: s.engine.Clock.Now()}))
		}
	}
	if out.Attachments, err = s.recordFiles(ctx, v, rec); err != nil {
		return out, err
	}
	if out.History, err = s.recordHistory(ctx, rec, all); err != nil {
		return out, err
	}
	typed := slices.ContainsFunc(out.History, func(h gen.FormRecordLine) bool {
		return slices.Contains(v.persons(), h.By.ID) && slices.Contains([]string{activities.RecordCreate, activities.RecordSave, activities.RecordFinish}, h.Action)
	})
	for _, action := range []string{activities.RecordSave, activities.RecordFinish, activities.RecordCheck, activities.RecordVoided, activities.RecordAttach} {
		if mayRecord(v, action, rec, overRecord(rec)) != nil && recordAllows(rec, action, typed || slices.Contains(v.persons(), rec.CollectorID)) {
			out.Can = append(out.Can, action)
		}
	}
	if slices.Contains(out.Can, activities.RecordSave) {
		out.Sums, err = s.draftSums(ctx, rec, f, p)
	}
	return out, err
}

// recordAllows tells whether a record, as it stands, takes an action of somebody who had, or had no hand in what it says;
// the engine decides.
func recordAllows(r *models.FormRecord, action string, hand bool) bool {
	switch action {
	case activities.RecordSave, activities.RecordFinish:
		return r.State == models.RecordDraft
	case activities.RecordCheck:
		return r.State == models.RecordFinal && r.ReviewerID == "" && !hand
	}
	return r.State != models.RecordVoid
}

var recordActs = map[string]string{activities.RecordCreate: "开始填写", activities.RecordSave: "保存", activities.RecordFinish: "定稿", activities.RecordCheck: "复核", activities.RecordVoided: "作废", activities.RecordAttach: "上传附件", activities.RecordErased: "依法删除"}

func (s *server) recordHistory(ctx context.Context, rec *models.FormRecord, all bool) ([]gen.FormRecordLine, error) {
	var acts []models.FormRecordAct
	if err := s.db(ctx).Where("record_id = ?", rec.ID).Order("row_version").Find(&acts).Error; err != nil {
		return nil, err
	}
	var want codes
	for _, a := range acts {
		want.users = append(want.users, a.ActorID)
	}
	l, err := s.labels(ctx, want)
	out := []gen.FormRecordLine{}
	for i := range acts {
		if err != nil {
			break
		}
		line := gen.FormRecordLine{Action: acts[i].Action, Title: recordActs[acts[i].Action], By: l.user(acts[i].ActorID), At: acts[i].At, RowVersion: acts[i].RowVersion}
		if all && acts[i].Action != activities.RecordAttach { // of a file it says which, for verification alone
			_, line.Note, err = acts[i].Open(s.engine.Store.Vault)
			line.Note = scrub(line.Note)
		}
		out = append(out, line)
	}
	return out, err
}
