package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"slices"

	"gorm.io/gorm"

	"shouwang/activities"
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
	var cs []condition
	for _, g := range v.grants {
		if rules[g.Role].reach == area && g.RegionCode != "" {
			cs = append(cs, within("issued_papers.region_code", g.RegionCode))
		}
	}
	c := anyOf(cs)
	return tx.Where(c.sql, c.args...)
}

// aboutArea are the grants of v that a paper about an area, and no case, is seen under.
func aboutArea(region string) func(models.RoleGrant) bool {
	return func(g models.RoleGrant) bool { return rules[g.Role].reach == area && inRegion(region, g.RegionCode) }
}

// paperSight is how much v sees of a paper, and under which grants; the error is 404 for who does not reach it.
func (s *server) paperSight(ctx context.Context, v *viewer, p *models.IssuedPaper) (sight, func(models.RoleGrant) bool, error) {
	if p.CaseID != "" {
		c, err := s.findCase(ctx, v, p.CaseID)
		if err != nil {
			return sightNone, nil, err
		}
		see, err := s.eyes(ctx, v, c)
		return see, s.inCase(c), err
	}
	covers, see, found := aboutArea(p.RegionCode), sightNone, false
	for _, g := range v.grants {
		if covers(g) {
			see, found = see.widen(rules[g.Role].see), true
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
	return p, s.logPaper(ctx, v, covers, action, p.ID, p.Class, purpose)
}

// logPaper records that v has seen a paper with more than public data.
func (s *server) logPaper(ctx context.Context, v *viewer, covers func(models.RoleGrant) bool, action, id string, class procedure.Class, purpose string) error {
	if class == procedure.P0 || class == procedure.P1 {
		return nil
	}
	return s.logAccess(ctx, v, covers, models.AccessLog{Action: action, Table: "issued_papers", RecordID: id, Class: string(class), Purpose: purpose})
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
		offer := gen.PaperOffer{Kind: k.code, Title: k.title, Class: gen.DataClass(k.class), Fields: []gen.PaperField{}}
		for _, f := range k.texts {
			offer.Fields = append(offer.Fields, gen.PaperField{Code: f.code, Title: f.title, Required: f.required})
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

// drawn is a paper whose subject, office and right to issue have been looked at.
func (s *server) drawn(ctx context.Context, v *viewer, in gen.PaperRequest) (*paperBase, *paperKind, error) {
	i := slices.IndexFunc(paperKinds, func(k paperKind) bool { return k.code == in.Kind })
	if i < 0 {
		return nil, nil, invalidField("kind", "unknown_kind", "没有这一种文书")
	}
	b, err := s.paperBase(ctx, v, in)
	if err != nil {
		return nil, nil, err
	}
	k := &paperKinds[i]
	if !k.fits(b) {
		return nil, nil, invalidField("kind", "kind_not_fitting", "“"+k.title+"”不是这类事项的文书")
	}
	if b.office, err = s.mayIssue(ctx, b, k); err != nil {
		return nil, nil, err
	}
	if b.see.of(k.class) != full {
		return nil, nil, forbidden("class_not_allowed", "您的岗位不能查看这份文书的内容")
	}
	return b, k, k.check(b)
}

// PreviewPaper draws a paper as a draft: no number, 草稿 on each page, nothing kept.
func (s *server) PreviewPaper(ctx context.Context, r gen.PreviewPaperRequestObject) (gen.PreviewPaperResponseObject, error) {
	v := viewerOf(ctx)
	b, k, err := s.drawn(ctx, v, *r.Body)
	if err != nil {
		return nil, err
	}
	docs, err := k.make(ctx, s, b)
	if err != nil {
		return nil, err
	}
	if err := s.logPaper(ctx, v, b.covers, "preview", b.subject(), k.class, purposeOf(r.Body.Purpose)); err != nil {
		return nil, err
	}
	for _, d := range docs {
		d.Draft = true
	}
	var out bytes.Buffer
	if err := s.fonts.PDF(&out, docs...); err != nil {
		return nil, paperError(err)
	}
	return gen.PreviewPaper200ApplicationPdfResponse{Body: &out, ContentLength: int64(out.Len()), Headers: gen.PreviewPaper200ResponseHeaders{ContentDisposition: inline(k.title + "（草稿）.pdf")}}, nil
}

func inline(name string) string {
	return mime.FormatMediaType("inline", map[string]string{"filename": name})
}

// paperError tells the one fault that is not ours: a character that no font has.
func paperError(err error) error {
	var missing papers.Missing
	if errors.As(err, &missing) {
		return procedure.Refuse(procedure.Invalid, "glyph_missing", missing.Error())
	}
	return err
}

// IssuePaper numbers, freezes and files a paper.
func (s *server) IssuePaper(ctx context.Context, r gen.IssuePaperRequestObject) (gen.IssuePaperResponseObject, error) {
	v := viewerOf(ctx)
	b, k, err := s.drawn(ctx, v, *r.Body)
	if err != nil {
		return nil, err
	}
	in := activities.PaperIssue{Mark: b.office.Mark, Paper: models.IssuedPaper{Kind: k.code, Title: k.title, Office: b.office.region, OfficeName: b.office.Name,
		Series: k.series, RegionCode: b.region.Code, Class: k.class}}
	in.Paper.CaseID, in.Paper.ProgrammeID, in.Paper.Person = b.ids()
	if _, err = k.make(ctx, s, b); err != nil { // everything that can fail, before the number is taken
		return nil, err
	}
	in.Make = func(p *models.IssuedPaper) error {
		b.number = p.Number
		docs, err := k.make(ctx, s, b)
		if err != nil {
			return err
		}
		return s.freeze(ctx, p, docs)
	}
	p, err := s.engine.IssuePaper(ctx, in, caseKey("paper", v.user.ID, r.Params.IdempotencyKey), b.actor)
	if err != nil {
		return nil, paperError(err)
	}
	if err := s.logPaper(ctx, v, b.covers, "issue", p.ID, p.Class, purposeOf(r.Body.Purpose)); err != nil {
		return nil, err
	}
	views, err := s.paperViews(ctx, v, []models.IssuedPaper{*p})
	if err != nil {
		return nil, err
	}
	return gen.IssuePaper200JSONResponse(views[0]), nil
}

// freeze keeps the text of a paper, sealed, and its two files under the hashes of their bytes.
func (s *server) freeze(ctx context.Context, p *models.IssuedPaper, docs []*papers.Document) error {
	raw, err := json.Marshal(docs)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(raw)
	p.Hash = hex.EncodeToString(sum[:])
	p.Frozen = s.engine.Store.Vault.Seal("issued_papers", "frozen", p.ID, raw)
	stamp(p, docs)
	var pdf, docx bytes.Buffer
	if err := s.fonts.PDF(&pdf, docs...); err != nil {
		return err
	}
	if err := papers.DOCX(&docx, docs...); err != nil {
		return err
	}
	if p.PDFSHA256, p.PDFSize, err = s.blobs.Put(ctx, &pdf); err != nil {
		return err
	}
	p.DOCXSHA256, p.DOCXSize, err = s.blobs.Put(ctx, &docx)
	return err
}

// stamp prints number and hash at the foot of each page.
func stamp(p *models.IssuedPaper, docs []*papers.Document) {
	for _, d := range docs {
		d.Foot = papers.Foot{Number: p.Number, Hash: p.Hash[:12]}
	}
}

// frozen is the text of an issued paper as it was.
func (s *server) frozen(p *models.IssuedPaper) ([]*papers.Document, error) {
	raw, err := s.engine.Store.Vault.Open("issued_papers", "frozen", p.ID, p.Frozen)
	if err != nil {
		return nil, err
	}
	var docs []*papers.Document
	err = json.Unmarshal(raw, &docs)
	stamp(p, docs)
	return docs, err
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

// ListPapers lists issued papers, newest first: those of one case, or of the areas that v works in.
func (s *server) ListPapers(ctx context.Context, r gen.ListPapersRequestObject) (gen.ListPapersResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	tx := s.db(ctx).Omit("frozen")
	if p.CaseID != "" {
		if _, err := s.findCase(ctx, v, p.CaseID); err != nil {
			return nil, err
		}
		tx = tx.Where("case_id = ?", p.CaseID)
	} else {
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
	if after != nil {
		tx = tx.Where("(issued_at, id) < (?, ?)", after.At.UTC(), after.ID)
	}
	limit := pageLimit(p.Limit)
	var rows []models.IssuedPaper
	if err := tx.Order("issued_at DESC, id DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
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
	out := make([]gen.Paper, len(rows))
	for i := range rows {
		p := &rows[i]
		see, _, err := s.paperSight(ctx, v, p)
		if err != nil {
			return nil, err
		}
		out[i] = gen.Paper{ID: p.ID, Kind: p.Kind, Title: p.Title, Number: p.Number, OfficeName: p.OfficeName, RegionCode: p.RegionCode, RegionName: l.region(p.RegionCode),
			CaseID: p.CaseID, ProgrammeID: p.ProgrammeID, Person: p.Person, Class: gen.DataClass(p.Class), Hash: p.Hash, PdfSize: p.PDFSize, DocxSize: p.DOCXSize,
			IssuedBy: l.user(p.IssuedBy).Name + "（" + roleTitle(p.IssuedRole) + "）", IssuedAt: p.IssuedAt, CanOpen: see.of(p.Class) == full}
		_, out[i].CanVoid = voids(v, p)
		if x, is := void[p.ID]; is {
			out[i].VoidedAt, out[i].VoidReason, out[i].VoidedBy, out[i].CanVoid = x.VoidedAt, x.Reason, l.user(x.VoidedBy).Name, false
		}
	}
	return out, nil
}

// BundlePapers draws issued papers into one file, behind a list of who is to sign for them on which day.
func (s *server) BundlePapers(ctx context.Context, r gen.BundlePapersRequestObject) (gen.BundlePapersResponseObject, error) {
	v := viewerOf(ctx)
	list := papers.Delivery{Place: r.Body.Place}
	if !r.Body.On.IsZero() {
		list.On = dateOf(r.Body.On.Time)
	}
	docs := []*papers.Document{nil}
	for i, id := range r.Body.Ids {
		p, err := s.openPaper(ctx, v, id, "print", purposeOf(r.Body.Purpose))
		if err != nil {
			return nil, err
		}
		if err := s.notVoided(ctx, p, fmt.Sprintf("ids[%d]", i)); err != nil {
			return nil, err
		}
		more, err := s.frozen(p)
		if err != nil {
			return nil, err
		}
		docs = append(docs, more...)
		l, err := s.labels(ctx, codes{regions: []string{p.RegionCode}})
		if err != nil {
			return nil, err
		}
		list.Rows = append(list.Rows, papers.Receipt{Number: p.Number, Title: p.Title, Person: p.Person, Place: l.regions[p.RegionCode].Name})
	}
	docs[0] = papers.DeliveryList(list)
	var out bytes.Buffer
	if err := s.fonts.PDF(&out, docs...); err != nil {
		return nil, paperError(err)
	}
	return gen.BundlePapers200ApplicationPdfResponse{Body: io.Reader(&out), ContentLength: int64(out.Len()), Headers: gen.BundlePapers200ResponseHeaders{ContentDisposition: inline("文书合订.pdf")}}, nil
}

func (s *server) notVoided(ctx context.Context, p *models.IssuedPaper, field string) error {
	var n int64
	err := s.db(ctx).Model(&models.VoidedPaper{}).Where("paper_id = ?", p.ID).Count(&n).Error
	if err == nil && n > 0 {
		return invalidField(field, "paper_voided", p.Number+"已作废")
	}
	return err
}

// issuer is the office that issues a paper: of an area, with its name, mark and telephone.
type issuer struct {
	policy.PaperOffice
	region string
}

func (o issuer) paper() papers.Office { return papers.Office{Name: o.Name, Head: o.Head} }
