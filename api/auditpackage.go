package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/evidence"
	"shouwang/internal/sealing"
	"shouwang/internal/tale"
	"shouwang/models"
	"shouwang/procedure"
)

// Evidence packages (审计包): what an auditor sees of some cases of an engagement, with papers, attachments and proofs, in one
// signed file that opens and verifies without the system. It is an export: asked for with a reason, bounded by policy,
// written in the background, kept sealed for a day, and each time on record (docs/evidence.md).

const packageList = "audit_package"

// packageMasking is what a package shows of which class; it follows from what an auditor sees.
const packageMasking = "P0 公示、P1 一般、P4 比对结果全文；P2 个人、P3 敏感、P5 反映人身份脱敏；含有后者的表单、附件和文书只有摘要"

var (
	errScopeChanged = errors.New("scope changed")
	// errRecordDamaged ends a package: it would say of a case what its records do not prove. A replay names the case.
	errRecordDamaged = errors.New("record damaged")
)

func packagesOff() *problem { return forbidden("packages_off", "本服务没有开启审计包") }

// CreateAuditPackage asks for one. The same key asks once.
func (s *server) CreateAuditPackage(ctx context.Context, r gen.CreateAuditPackageRequestObject) (gen.CreateAuditPackageResponseObject, error) {
	v := viewerOf(ctx)
	e, err := s.findEngagement(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if s.exportDir == "" || s.sealer == nil {
		return nil, packagesOff()
	}
	x, err := s.askPackage(ctx, v, e, *r.Body, caseKey("package", v.user.ID, r.Params.IdempotencyKey), models.ExportWaiting)
	if err != nil {
		return nil, err
	}
	if x.State == models.ExportWaiting {
		s.awaitExport(ctx, x.ID)
	}
	made, err := s.myExport(ctx, v, x.ID)
	if err != nil {
		return nil, err
	}
	return gen.CreateAuditPackage200JSONResponse(s.exportView(made)), nil
}

// askPackage puts a package and its cases down, and who wants it and why.
func (s *server) askPackage(ctx context.Context, v *viewer, e *models.Engagement, in gen.AuditPackageInput, key, state string) (*models.Export, error) {
	under, err := s.under(ctx, v, e)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(under.grants, func(g models.RoleGrant) bool { return g.RegionCode != "" })
	if i < 0 {
		return nil, noEngagement()
	}
	c := choice{CaseID: in.CaseID, SampleID: in.SampleID, Pattern: in.Pattern, Least: in.Least, Procedure: in.Procedure, Village: in.Village, From: in.From, Until: in.Until}
	x := newPackage(v, under.grants[i], e, c, scrub(strings.TrimSpace(in.Reason)), key, s.now())
	if x.State = state; state == models.ExportRunning { // a command writes it itself
		x.LeaseUntil = new(x.CreatedAt.Add(exportLease))
	}
	limits, err := s.policyFor(ctx, x.RegionCode, s.engine.Clock.Now())
	if err != nil {
		return nil, err
	}
	found, err := s.patternCases(ctx, under, c)
	if err != nil {
		return nil, err
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Create(&x).Error; err != nil {
			return err
		}
		n, err := s.choose(tx, under, e, x.ID, c, found)
		if most := limits.Int("export_max_rows"); err == nil && n > int64(most) {
			err = procedure.Refuse(procedure.Invalid, "too_many_cases", "所选事项超过本地规定的导出上限，请缩小范围")
		}
		x.Total = int(n)
		if err != nil {
			return err
		}
		if err := tx.Model(&x).Update("total", n).Error; err != nil {
			return err
		}
		entry := models.AccessLog{Action: "export", Table: packageList, RecordID: x.ID, Field: e.ID, Class: "P4", Purpose: x.Reason}
		return s.logAccessIn(ctx, tx, under, func(models.RoleGrant) bool { return true }, entry)
	})
	if models.Duplicate(err) {
		return s.samePackage(ctx, x)
	}
	return &x, err
}

func newPackage(v *viewer, g models.RoleGrant, e *models.Engagement, c choice, reason, key string, now time.Time) models.Export {
	sum := sha256.Sum256([]byte(key))
	id := hex.EncodeToString(sum[:16])
	now = now.UTC().Truncate(time.Microsecond)
	return models.Export{ID: id, No: dayNumber("SB", now, id[:10]), UserID: v.user.ID, Role: g.Role, RegionCode: g.RegionCode,
		List: packageList, Filter: map[string]any{"engagement": e.ID, "choice": asMap(c)}, Reason: reason, CreatedAt: now}
}

// samePackage answers a key that was used before.
func (s *server) samePackage(ctx context.Context, x models.Export) (*models.Export, error) {
	var before models.Export
	if err := s.db(ctx).Where("id = ?", x.ID).Take(&before).Error; err != nil {
		return nil, err
	}
	was, _ := before.Filter["choice"].(map[string]any)
	is, _ := x.Filter["choice"].(map[string]any)
	if before.Reason != x.Reason || before.Filter["engagement"] != x.Filter["engagement"] || asChoice(was) != asChoice(is) {
		return nil, procedure.Refuse(procedure.Invalid, "key_reused", "同一请求编号已用于另一次导出")
	}
	return &before, nil
}

// packageScope is the engagement of a package, and v under it alone while that is valid.
func (s *server) packageScope(ctx context.Context, v *viewer, x *models.Export) (*models.Engagement, *viewer, error) {
	id, _ := x.Filter["engagement"].(string)
	e, err := s.findEngagement(ctx, v, id)
	if err != nil {
		return nil, nil, err
	}
	under, err := s.under(ctx, v, e)
	return e, under, err
}

// checkpoint seals what is committed, so that all of it can be proved. Another server that is sealing is waited for.
func (s *server) checkpoint(ctx context.Context) (models.LogCheckpoint, error) {
	s.sealing.Lock()
	defer s.sealing.Unlock()
	for {
		last, err := s.sealer.Seal(ctx)
		if !errors.Is(err, sealing.ErrBusy) {
			return last, err
		}
		select {
		case <-ctx.Done():
			return last, ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// packing is a package that is being written.
type packing struct {
	s     *server
	v     *viewer // under the engagement
	x     *models.Export
	e     *models.Engagement
	out   *evidence.PackageWriter
	prove *sealing.Exporter
	last  models.LogCheckpoint
	told  time.Time
}

// writePackage writes a package, a case at a time.
func (s *server) writePackage(ctx context.Context, v *viewer, x *models.Export, w io.Writer) error {
	e, under, err := s.packageScope(ctx, v, x)
	var none *problem
	if errors.As(err, &none) {
		return errRoleLost
	}
	if err != nil {
		return err
	}
	last, err := s.checkpoint(ctx)
	if err != nil {
		return err
	}
	out, err := evidence.NewPackageWriter(w, s.sealer.Key)
	if err != nil {
		return err
	}
	defer func() { _ = out.Discard() }() // nothing is left in it after Close
	k := &packing{s: s, v: under, x: x, e: e, out: out, prove: &sealing.Exporter{Engine: s.engine, Sealer: s.sealer}, last: last, told: s.now()}
	ctx = exporting(ctx, under)
	about, err := k.about(ctx)
	if err == nil {
		err = out.Write("index.html", func(w io.Writer) error { return k.index(ctx, w, about) })
	}
	if err == nil {
		err = k.cases(ctx)
	}
	if err != nil {
		return err
	}
	return out.Close(about)
}

func (k *packing) about(ctx context.Context) (evidence.PackageAbout, error) {
	saved, _ := k.x.Filter["choice"].(map[string]any)
	text, err := k.s.choiceText(ctx, asChoice(saved))
	return evidence.PackageAbout{No: k.x.No, Made: evidence.Moment(k.s.now()), By: k.v.user.Name, Reason: k.x.Reason, Engagement: k.e.No + " " + scrub(k.e.Title), Basis: scrub(k.e.Basis),
		Choice: text, Masking: packageMasking, Cases: k.x.Total, Checkpoint: k.last.Note}, err
}

func (k *packing) cases(ctx context.Context) error {
	for after := ""; ; {
		ids, err := k.s.chosenAfter(ctx, k.x.ID, after, exportPage)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			if err := k.one(ctx, id); err != nil {
				return err
			}
			k.x.Rows++
			if err := k.tell(ctx); err != nil {
				return err
			}
		}
		after = ids[len(ids)-1]
	}
}

// tell says how far it is, and hears whether it was cancelled, about once a second and at the end.
func (k *packing) tell(ctx context.Context) error {
	now := k.s.now()
	if now.Sub(k.told) < time.Second && k.x.Rows < k.x.Total {
		return nil
	}
	k.told = now
	kept := k.s.db(ctx).Model(&models.Export{}).Where("id = ? AND state = ?", k.x.ID, models.ExportRunning).
		Updates(map[string]any{"rows": k.x.Rows, "lease_until": now.UTC().Add(exportLease)})
	if kept.Error == nil && kept.RowsAffected == 0 {
		return errCancelled
	}
	return kept.Error
}

// plainName is a number that may be the name of a folder anywhere.
var plainName = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$`)

func folderOf(c *models.Case) string {
	if plainName.MatchString(c.No) {
		return c.No
	}
	return c.ID
}

// one writes a case: its proof, what the auditor sees of it, and its papers and files.
func (k *packing) one(ctx context.Context, id string) error {
	h, err := k.s.readHistory(ctx, k.v, id)
	var none *problem
	if errors.As(err, &none) {
		return errScopeChanged
	}
	if err != nil {
		return err
	}
	k.prove.Whole = func(seq int) bool { return seq <= len(h.events) && h.whole(seq-1) }
	b, err := k.prove.Prove(ctx, h.c, k.last)
	if errors.Is(err, sealing.ErrMismatch) {
		return errRecordDamaged
	}
	if err != nil {
		return err
	}
	folder := evidence.CasesFolder + "/" + folderOf(h.c)
	if err := k.out.Bundle(folder, b); err != nil {
		return err
	}
	n := min(len(b.Acts), len(h.events))
	steps := h.steps(k.v, n)
	files, err := k.files(ctx, h, folder, n)
	if err != nil {
		return err
	}
	seen, err := k.seen(ctx, h, b)
	if err != nil {
		return err
	}
	folded, bad := activities.Fold(h.events[:n])
	if bad != nil {
		return errRecordDamaged
	}
	page := casePage{About: b.About, Title: h.d.Title, Subject: h.c.Subject, Region: h.labelOf(ctx, k.s), State: stateTitle(h.d, folded.State), Steps: steps, Files: files, Seen: seen, Limits: limitsOf(h.d, h.policy)}
	return errors.Join(evidence.Lines(k.out, folder+"/steps.jsonl", steps), evidence.Lines(k.out, folder+"/"+evidence.FilesFile, files),
		k.out.Write(folder+"/index.html", func(w io.Writer) error { return packagePages.ExecuteTemplate(w, "case", page) }))
}

// whole reports whether everything in the form of an act may be shown as it is, so that it can go with its salt.
func (h *history) whole(i int) bool {
	form := h.forms[i]
	if form == nil {
		return false
	}
	if ev := &h.events[i]; ev.Kind == "attach" || ev.Kind == "paper" {
		return sameText(form) && only(form, "attachment", "kind", "sha256", "paper", "paper_kind", "number", "pdf", "docx", "reason")
	}
	return allShown(h.fields(&h.events[i]), form, h.seeOf(&h.events[i]))
}

func only(form map[string]any, keys ...string) bool {
	for k := range form {
		if !slices.Contains(keys, k) {
			return false
		}
	}
	return true
}

// allShown reports whether a form has nothing but fields that are shown in full, and nothing that is masked for everybody.
func allShown(fields []procedure.Field, form map[string]any, see sight) bool {
	known := map[string]procedure.Field{}
	for _, f := range fields {
		known[f.Code] = f
	}
	for code, v := range form {
		f, ok := known[code]
		if !ok || see.of(f.Class) != full || !sameText(v) {
			return false
		}
		rows, _ := v.([]any)
		for _, r := range rows {
			if row, ok := r.(map[string]any); ok && !allShown(f.Columns, row, see) {
				return false
			}
		}
	}
	return true
}

// sameText reports whether no text of a value has an identity number in it.
func sameText(v any) bool {
	switch x := v.(type) {
	case string:
		return scrub(x) == x
	case []any:
		for _, item := range x {
			if !sameText(item) {
				return false
			}
		}
	case map[string]any:
		for _, item := range x {
			if !sameText(item) {
				return false
			}
		}
	}
	return true
}

// packageStep is an act in words, with its answers as the auditor sees them.
type packageStep struct {
	Seq     int             `json:"seq"`
	At      time.Time       `json:"at"`
	Text    string          `json:"text"`
	Notes   []string        `json:"notes,omitempty"`
	Overdue bool            `json:"overdue,omitempty"`
	Version int             `json:"version"`
	Policy  string          `json:"policy"`
	Answers []packageAnswer `json:"answers,omitempty"`
	Hash    string          `json:"hash"`
}

type packageAnswer struct {
	Title  string `json:"title"`
	Class  string `json:"class"`
	Text   string `json:"text"`
	Hidden bool   `json:"hidden,omitempty"`
}

func (h *history) steps(v *viewer, n int) []packageStep {
	out := make([]packageStep, n)
	for i := range n {
		ev := &h.events[i]
		x := packageStep{Seq: ev.Seq, At: ev.At, Text: tale.Sentence(h.d, ev), Notes: tale.Notes(h.d, ev, h.forms[i]), Overdue: h.overdueAt(ev.At), Version: ev.Version, Policy: ev.PolicyHash, Hash: ev.Hash}
		for _, a := range h.entry(v, ev, h.forms[i]).Answers {
			x.Answers = append(x.Answers, packageAnswer{a.Title, string(a.Class), a.Text, a.Hidden})
		}
		out[i] = x
	}
	return out
}

func (h *history) labelOf(ctx context.Context, s *server) string {
	l, err := s.labels(ctx, codes{regions: []string{h.c.RegionCode}})
	if err != nil {
		return h.c.RegionCode
	}
	return l.region(h.c.RegionCode)
}

// files writes the papers and attachments that the auditor may open, and lists all of them.
func (k *packing) files(ctx context.Context, h *history, folder string, n int) ([]evidence.FileLine, error) {
	recorded := map[string]int{}
	for i := range n {
		for _, key := range []string{"attachment", "paper"} {
			if id, ok := h.forms[i][key].(string); ok && (h.events[i].Kind == "attach" || h.events[i].Event == "issue_paper") {
				recorded[id] = h.events[i].Seq
			}
		}
	}
	lines, err := k.papers(ctx, h)
	if err != nil {
		return nil, err
	}
	more, err := k.attachments(ctx, h)
	if err != nil {
		return nil, err
	}
	written := map[string]bool{}
	out := []evidence.FileLine{}
	for _, l := range append(lines, more...) {
		if l.Seq = recorded[l.id]; l.Seq == 0 {
			continue // recorded after the checkpoint, or its act was erased by law
		}
		if l.Why == "" {
			if err := k.copy(ctx, folder, &l.FileLine, written); err != nil {
				return nil, err
			}
		}
		if l.Why != "" {
			l.File = ""
		}
		out = append(out, l.FileLine)
	}
	return out, nil
}

// recordedFile is a file and the id that an act has recorded it by.
type recordedFile struct {
	evidence.FileLine
	id, ext string
}

const (
	whyClass  = "本岗位不能查看内容，只有摘要"
	whyErased = "已依法删除，只剩摘要"
	whyLost   = "原件缺失"
)

func (k *packing) papers(ctx context.Context, h *history) ([]recordedFile, error) {
	var rows []models.IssuedPaper
	if err := k.s.db(ctx).Where("case_id = ?", h.c.ID).Order("issued_at, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	var voided []models.VoidedPaper
	if err := k.s.db(ctx).Where("paper_id IN (SELECT id FROM issued_papers WHERE case_id = ?)", h.c.ID).Find(&voided).Error; err != nil {
		return nil, err
	}
	void := map[string]string{}
	for _, v := range voided {
		void[v.PaperID] = scrub(v.Reason)
	}
	var out []recordedFile
	for _, p := range rows {
		f := recordedFile{evidence.FileLine{What: "paper", Title: p.Title, No: p.Number, Class: string(p.Class), MIME: "application/pdf", Size: p.PDFSize, SHA256: p.PDFSHA256, Voided: void[p.ID]}, p.ID, ".pdf"}
		f.File = "papers/" + p.PDFSHA256 + f.ext
		switch {
		case h.see.of(p.Class) != full:
			f.Why = whyClass
		case len(p.Frozen) == 0:
			f.Why = whyErased
		}
		out = append(out, f)
	}
	return out, nil
}

func (k *packing) attachments(ctx context.Context, h *history) ([]recordedFile, error) {
	rows, err := k.s.attachmentsOf(ctx, h.c.ID)
	var out []recordedFile
	for i := range rows {
		a := &rows[i]
		f := recordedFile{evidence.FileLine{What: "attachment", Title: fileKindTitle(h.d, a.Kind), Class: string(a.Class), MIME: a.MIME, Size: a.Size, SHA256: a.SHA256}, a.ID, ""}
		if ext := allowedFiles[a.MIME]; len(ext) > 0 {
			f.ext = ext[0] // never what somebody has called it
		}
		f.File = "files/" + a.SHA256 + f.ext
		switch {
		case a.ErasedAt != nil:
			f.Why = whyErased
		case !mayOpen(k.v, h.see, a):
			f.Why = whyClass
		}
		out = append(out, f)
	}
	return out, err
}

// copy puts the bytes of a file in, once; those that are not there any more are said to be lost.
func (k *packing) copy(ctx context.Context, folder string, f *evidence.FileLine, written map[string]bool) error {
	if written[f.File] {
		return nil
	}
	body, err := k.s.blobs.Open(ctx, f.SHA256)
	if errors.Is(err, fs.ErrNotExist) {
		f.Why = whyLost
		return nil
	}
	if err != nil {
		return err
	}
	written[f.File] = true
	return errors.Join(k.out.Copy(folder+"/"+f.File, f.SHA256, body), body.Close())
}

// PackageRequest asks for an evidence package by command.
type PackageRequest struct {
	// Login is the auditor, Engagement the number or id of his engagement, Case the number or id of a case, if it is about one.
	Login, Engagement, Case string
	gen.AuditPackageInput
}

// WritePackage writes an evidence package for a command, through the same gate and with the same record as the desk does,
// and gives the record of it. Nothing of it is kept on the server.
func WritePackage(ctx context.Context, o Options, r PackageRequest, w io.Writer) (*models.Export, error) {
	s, _, err := build(o)
	if err != nil {
		return nil, err
	}
	v, e, err := s.commandViewer(ctx, r)
	if err != nil {
		return nil, err
	}
	if r.Case != "" {
		var c models.Case
		if err := s.db(ctx).Select("id").Where("id = ? OR no = ?", r.Case, r.Case).Take(&c).Error; err != nil {
			return nil, orNotFound(err)
		}
		r.CaseID = c.ID
	}
	x, err := s.askPackage(ctx, v, e, r.AuditPackageInput, models.NewID(), models.ExportRunning)
	if err != nil {
		return nil, err
	}
	hash := sha256.New()
	err = s.writePackage(ctx, v, x, io.MultiWriter(w, hash))
	now := s.now().UTC().Truncate(time.Microsecond)
	x.State, x.SHA256, x.FinishedAt, x.LeaseUntil = models.ExportExpired, hex.EncodeToString(hash.Sum(nil)), &now, nil
	if err != nil {
		x.State, x.SHA256, x.Code = models.ExportFailed, "", "failed"
	}
	return x, errors.Join(err, s.db(ctx).Select("state", "sha256", "finished_at", "lease_until", "rows", "code").Updates(x).Error)
}

func orNotFound(err error) error {
	if models.Missing(err) {
		return notFound()
	}
	return err
}

// commandViewer is the auditor that a command names, and his engagement.
func (s *server) commandViewer(ctx context.Context, r PackageRequest) (*viewer, *models.Engagement, error) {
	v := &viewer{}
	err := s.db(ctx).Where("users.login = ? AND "+models.InUse, r.Login, s.engine.Clock.Now()).Take(&v.user).Error
	if err == nil {
		v.grants, err = s.grantsOf(s.db(ctx), v.user.ID)
	}
	var e models.Engagement
	if err == nil {
		err = scopeEngagements(s.db(ctx).Where("engagements.id = ? OR engagements.no = ?", r.Engagement, r.Engagement), v).Take(&e).Error
	}
	return v, &e, orNotFound(err)
}
