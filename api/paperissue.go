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

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/papers"
	"shouwang/policy"
	"shouwang/procedure"
)

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
	if b.see.of(k.classFor(b)) != full {
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
	draw, err := k.make(ctx, s, b)
	if err != nil {
		return nil, err
	}
	docs, err := draw("")
	if err != nil {
		return nil, err
	}
	if err := s.logPaper(ctx, v, b.covers, "preview", b.subject(), b.caseID(), k.classFor(b), purposeOf(r.Body.Purpose)); err != nil {
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
	key := caseKey("paper", v.user.ID, r.Params.IdempotencyKey)
	if before, err := s.issuedBefore(ctx, v, key, r.Body); before != nil || err != nil {
		return before, err
	}
	b, k, err := s.drawn(ctx, v, *r.Body)
	if err != nil {
		return nil, err
	}
	in := activities.PaperIssue{Mark: b.office.Mark, Paper: models.IssuedPaper{Kind: k.code, Title: k.title, Office: b.office.region, OfficeName: b.office.Name,
		Series: k.series, RegionCode: b.region.Code, Class: k.classFor(b)}}
	in.Paper.CaseID, in.Paper.ProgrammeID, in.Paper.Person = b.ids()
	draw, err := k.make(ctx, s, b) // reads all it needs, before the transaction that takes the number
	if err != nil {
		return nil, err
	}
	in.Make = func(p *models.IssuedPaper) error {
		docs, err := draw(p.Number)
		if err != nil {
			return err
		}
		return s.freeze(ctx, p, docs)
	}
	p, err := s.engine.IssuePaper(ctx, in, key, b.actor)
	if err != nil {
		return nil, paperError(err)
	}
	if err := s.logPaper(ctx, v, b.covers, "issue", p.ID, p.CaseID, p.Class, purposeOf(r.Body.Purpose)); err != nil {
		return nil, err
	}
	return s.issued(ctx, v, p)
}

func (s *server) issued(ctx context.Context, v *viewer, p *models.IssuedPaper) (gen.IssuePaperResponseObject, error) {
	views, err := s.paperViews(ctx, v, []models.IssuedPaper{*p})
	if err != nil {
		return nil, err
	}
	return gen.IssuePaper200JSONResponse(views[0]), nil
}

// issuedBefore answers a request that is sent again with the paper it has issued, although the case may have moved on.
func (s *server) issuedBefore(ctx context.Context, v *viewer, key string, in *gen.PaperRequest) (gen.IssuePaperResponseObject, error) {
	var p models.IssuedPaper
	err := s.db(ctx).Where("key = ?", key).Take(&p).Error
	if models.Missing(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if p.Kind != in.Kind || p.CaseID != in.CaseID || p.ProgrammeID != in.ProgrammeID || in.Region != "" && p.RegionCode != policy.RegionPrefix(in.Region) {
		return nil, keyReused()
	}
	if _, _, err := s.paperSight(ctx, v, &p); err != nil {
		return nil, err
	}
	return s.issued(ctx, v, &p)
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
