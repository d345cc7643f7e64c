package api

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"

	openapitypes "github.com/oapi-codegen/runtime/types"
	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/papers"
	"shouwang/policy"
	"shouwang/procedure"
)

// Official papers: what can be issued about a case, a programme or an area, drafts, issued ones and their files. An officer
// issues; nothing is issued by itself.

var purposes = map[gen.PaperPurpose]string{gen.Print: "打印张贴", gen.Sign: "送达签字", gen.File: "归档", gen.Check: "核对"}

func purposeOf(p gen.PaperPurpose) string { return orText(purposes[p], purposes[gen.Check]) }

// scopePapers keeps the papers of the areas that v works in.
func scopePapers(tx *gorm.DB, v *viewer) *gorm.DB {
	return inAreas(tx, v, withinColumn("issued_papers.region_code"))
}

// aboutArea are the grants of v that a paper about an area, and no case, is seen under.
func aboutArea(region string) func(models.RoleGrant) bool {
	return func(g models.RoleGrant) bool { return reachOf(g) == area && inRegion(region, g.RegionCode) }
}

// paperSight is how much v sees of a paper, and under which grants; the error is 404 for who does not reach it.
func (s *server) paperSight(ctx context.Context, v *viewer, p *models.IssuedPaper) (sight, func(models.RoleGrant) bool, error) {
	if p.CaseID != "" {
		c, err := s.findCase(ctx, v, p.CaseID)
		if err != nil {
			return sightNone, nil, err
		}
		see, err := s.purposedEyes(ctx, v, c)
		return see, s.inCase(c), err
	}
	covers, see, found := aboutArea(p.RegionCode), sightNone, false
	for _, g := range v.grants {
		if covers(g) {
			see, found = see.widen(rules[g.Role].purposed()), true
		}
	}
	if !found {
		return sightNone, nil, notFound()
	}
	return see, covers, nil
}

func (s *server) findPaper(ctx context.Context, v *viewer, id string) (*models.IssuedPaper, sight, func(models.RoleGrant) bool, error) {
	var p models.IssuedPaper
	err := s.db(ctx).Where("id = ?", id).Take(&p).Error
	if models.Missing(err) {
		return nil, sightNone, nil, notFound()
	}
	if err != nil {
		return nil, sightNone, nil, err
	}
	see, covers, err := s.paperSight(ctx, v, &p)
	return &p, see, covers, err
}

// openPaper is a paper whose content v may see; that he does is logged with the purpose.
func (s *server) openPaper(ctx context.Context, v *viewer, id, action, purpose string) (*models.IssuedPaper, error) {
	p, see, covers, err := s.findPaper(ctx, v, id)
	if err != nil {
		return nil, err
	}
	if see.of(p.Class) != full {
		return nil, forbidden("class_not_allowed", "您的岗位不能查看这份文书的内容")
	}
	if len(p.Frozen) == 0 {
		return nil, procedure.Refuse(procedure.NotFound, "paper_erased", "这份文书的内容已依法删除")
	}
	return p, s.logPaper(ctx, v, covers, action, p.ID, p.CaseID, p.Class, purpose)
}

// logPaper records that v has seen a paper with more than public data.
func (s *server) logPaper(ctx context.Context, v *viewer, covers func(models.RoleGrant) bool, action, id, caseID string, class procedure.Class, purpose string) error {
	if class == procedure.P0 || class == procedure.P1 {
		return nil
	}
	home, err := s.homeOfCase(ctx, caseID)
	if err != nil {
		return err
	}
	return s.logAccess(ctx, v, covers, models.AccessLog{Action: action, Table: "issued_papers", RecordID: id, CaseID: caseID, HouseholdID: home, Class: string(class), Purpose: purpose})
}

// ListPaperOffers tells what can be issued about a case, a programme or an area.
func (s *server) ListPaperOffers(ctx context.Context, r gen.ListPaperOffersRequestObject) (gen.ListPaperOffersResponseObject, error) {
	b, err := s.paperBase(ctx, viewerOf(ctx), gen.PaperRequest{CaseID: r.Params.CaseID, ProgrammeID: r.Params.ProgrammeID, Region: r.Params.Village})
	if err != nil {
		return nil, err
	}
	out := gen.PaperOffers{Items: []gen.PaperOffer{}}
	for i := range paperKinds {
		k := &paperKinds[i]
		if !k.fits(b) {
			continue
		}
		offer := gen.PaperOffer{Kind: k.code, Title: k.title, Class: gen.DataClass(k.classFor(b)), Fields: []gen.PaperField{}}
		for _, f := range k.texts {
			offer.Fields = append(offer.Fields, gen.PaperField{Code: f.code, Title: f.title, Required: f.required, Day: f.day})
		}
		office, err := s.mayIssue(ctx, b, k)
		if err != nil {
			offer.WhyNot = toProblem(err).detail
		} else {
			offer.CanIssue, offer.Office = true, office.Name
		}
		out.Items = append(out.Items, offer)
	}
	return gen.ListPaperOffers200JSONResponse(out), nil
}

// GetPaperFile gives the bytes that were kept when the paper was issued.
func (s *server) GetPaperFile(ctx context.Context, r gen.GetPaperFileRequestObject) (gen.GetPaperFileResponseObject, error) {
	p, err := s.openPaper(ctx, viewerOf(ctx), r.ID, "read", purposeOf(r.Params.Purpose))
	if err != nil {
		return nil, err
	}
	sha, size, word := p.PDFSHA256, p.PDFSize, r.Params.Format == gen.Docx
	if word {
		sha, size = p.DOCXSHA256, p.DOCXSize
	}
	body, err := s.blobs.Open(ctx, sha)
	if err != nil {
		return nil, fmt.Errorf("file of paper %s: %w", p.ID, err)
	}
	name := fmt.Sprintf("%s %s", p.Number, p.Title)
	headers := gen.GetPaperFile200ResponseHeaders{ContentDisposition: mime.FormatMediaType("attachment", map[string]string{"filename": name + ".pdf"}), ETag: `"` + sha + `"`}
	if word {
		headers.ContentDisposition = mime.FormatMediaType("attachment", map[string]string{"filename": name + ".docx"})
		return gen.GetPaperFile200ApplicationVndOpenxmlformatsOfficedocumentWordprocessingmlDocumentResponse{Body: body, ContentLength: size, Headers: headers}, nil
	}
	return gen.GetPaperFile200ApplicationPdfResponse{Body: body, ContentLength: size, Headers: headers}, nil
}

// voids is the part of v that may void a paper: his office issued it.
func voids(v *viewer, p *models.IssuedPaper) (models.RoleGrant, bool) {
	i := slices.IndexFunc(v.own(), func(g models.RoleGrant) bool {
		return g.RegionCode == p.Office && (managing(g.Role) || g.Role == p.IssuedRole) || g.Role == procedure.TownshipOffice && inRegion(p.Office, g.RegionCode)
	})
	if i < 0 {
		return models.RoleGrant{}, false
	}
	return v.own()[i], true
}

// VoidPaper voids a paper with a reason.
func (s *server) VoidPaper(ctx context.Context, r gen.VoidPaperRequestObject) (gen.VoidPaperResponseObject, error) {
	v := viewerOf(ctx)
	p, _, _, err := s.findPaper(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	g, may := voids(v, p)
	if !may {
		return nil, forbidden("role_not_allowed", "文书由出具单位作废")
	}
	if err := s.engine.VoidPaper(ctx, p, r.Body.Reason, caseKey("void", v.user.ID, r.Params.IdempotencyKey), v.actor(g)); err != nil {
		return nil, err
	}
	views, err := s.paperViews(ctx, v, []models.IssuedPaper{*p})
	if err != nil {
		return nil, err
	}
	return gen.VoidPaper200JSONResponse(views[0]), nil
}

// ListPapers lists issued papers, newest first: those of one case, of the cases of one household that v reaches, or of the areas
// that he works in.
func (s *server) ListPapers(ctx context.Context, r gen.ListPapersRequestObject) (gen.ListPapersResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.db(ctx).Omit("frozen")
	switch {
	case p.CaseID != "":
		if _, err := s.findCase(ctx, v, p.CaseID); err != nil {
			return nil, err
		}
		tx = tx.Where("case_id = ?", p.CaseID)
	case p.HouseholdID != "":
		if _, err := s.findHousehold(ctx, v, p.HouseholdID); err != nil {
			return nil, err
		}
		tx = tx.Where("case_id IN (?)", s.filterCases(s.db(ctx).Model(&models.Case{}).Select("cases.id").Where("cases.household_id = ?", p.HouseholdID), v))
	default:
		tx = scopePapers(tx, v)
	}
	if p.ProgrammeID != "" {
		tx = tx.Where("programme_id = ?", p.ProgrammeID)
	}
	if p.Village != "" {
		c := within("region_code", p.Village)
		tx = tx.Where(c.sql, c.args...)
	}
	if p.Kind != "" {
		tx = tx.Where("kind = ?", p.Kind)
	}
	limit := pageLimit(p.Limit)
	var rows []models.IssuedPaper
	if err := newestFirst(tx, "issued_at", "id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(p models.IssuedPaper) cursor { return cursor{At: p.IssuedAt, ID: p.ID} })
	views, err := s.paperViews(ctx, v, rows)
	return gen.ListPapers200JSONResponse(gen.PaperPage{Items: views, NextCursor: next}), err
}

func (s *server) paperViews(ctx context.Context, v *viewer, rows []models.IssuedPaper) ([]gen.Paper, error) {
	var want codes
	var ids []string
	for _, p := range rows {
		ids, want.users, want.regions = append(ids, p.ID), append(want.users, p.IssuedBy), append(want.regions, p.RegionCode)
	}
	var voided []models.VoidedPaper
	if err := s.db(ctx).Where("paper_id IN ?", ids).Find(&voided).Error; err != nil {
		return nil, err
	}
	void := map[string]models.VoidedPaper{}
	for _, x := range voided {
		void[x.PaperID], want.users = x, append(want.users, x.VoidedBy)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	sights := map[string]sight{}
	out := make([]gen.Paper, len(rows))
	for i := range rows {
		p := &rows[i]
		see, known := sights[p.CaseID+"|"+p.RegionCode]
		if !known {
			if see, _, err = s.paperSight(ctx, v, p); err != nil && !gone(err) {
				return nil, err
			}
			sights[p.CaseID+"|"+p.RegionCode] = see
		}
		out[i] = gen.Paper{ID: p.ID, Kind: p.Kind, Title: p.Title, Number: p.Number, OfficeName: p.OfficeName, RegionCode: p.RegionCode, RegionName: l.region(p.RegionCode),
			CaseID: p.CaseID, ProgrammeID: p.ProgrammeID, Person: p.Person, Class: gen.DataClass(p.Class), Hash: p.Hash, PdfSize: p.PDFSize, DocxSize: p.DOCXSize,
			IssuedBy: l.user(p.IssuedBy).Name + "（" + roleTitle(p.IssuedRole) + "）", IssuedAt: p.IssuedAt, CanOpen: see.of(p.Class) == full}
		if out[i].PublishBy, err = s.publishBy(ctx, p); err != nil {
			return nil, err
		}
		_, out[i].CanVoid = voids(v, p)
		if x, is := void[p.ID]; is {
			out[i].VoidedAt, out[i].VoidReason, out[i].VoidedBy, out[i].CanVoid = x.VoidedAt, x.Reason, l.user(x.VoidedBy).Name, false
		}
	}
	return out, nil
}

// publishBy is the last day for a paper that is public to be made public (S3-079); none for others.
func (s *server) publishBy(ctx context.Context, p *models.IssuedPaper) (openapitypes.Date, error) {
	if p.Class != procedure.P0 {
		return openapitypes.Date{}, nil
	}
	now, err := s.engine.PolicyNow(ctx, p.RegionCode)
	if err != nil {
		return openapitypes.Date{}, err
	}
	return day(s.engine.CalendarNow().Deadline(p.IssuedAt, now.Days("publication_days"), 0).LastDay), nil
}

// gone reports whether an error says that v does not reach a record: its paper is listed and stays closed.
func gone(err error) bool {
	var p *problem
	return errors.As(err, &p) && p.status == http.StatusNotFound
}

// issuer is the office that issues a paper: of an area, with its name, mark and telephone.
type issuer struct {
	policy.PaperOffice
	region string
}

func (o issuer) paper() papers.Office { return papers.Office{Name: o.Name, Head: o.Head} }
