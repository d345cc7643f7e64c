package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/signature"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// allowedFiles are the kinds of file that may be attached, with the extensions
// that may name them. Files are kept byte for byte, metadata included, since they
// are evidence; the content decides, not the name.
var allowedFiles = map[string][]string{
	"image/jpeg":      {".jpg", ".jpeg"},
	"image/png":       {".png"},
	"image/webp":      {".webp"},
	"application/pdf": {".pdf"},
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document": {".docx"},
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":       {".xlsx"},
}

// sniffBytes is how much of a file is looked at to tell its kind; the parts of an
// office file that tell it may lie far in.
const sniffBytes = 64 << 10

func (s *server) attachmentsOf(ctx context.Context, caseID string) ([]models.Attachment, error) {
	var rows []models.Attachment
	err := s.db(ctx).Where("case_id = ?", caseID).Order("id").Find(&rows).Error
	return rows, err
}

func (s *server) attachmentViews(ctx context.Context, v *viewer, see sight, covers covering, rows []models.Attachment) ([]gen.Attachment, error) {
	var want codes
	for _, a := range rows {
		want.users = append(want.users, a.UploadedBy)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := make([]gen.Attachment, len(rows))
	for i, a := range rows {
		name, err := a.FileName(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		out[i] = gen.Attachment{ID: a.ID, CaseID: a.CaseID, RecordID: a.RecordID, Kind: a.Kind, Name: name, ContentType: a.MIME, Size: a.Size, Sha256: a.SHA256,
			By: l.users[a.UploadedBy].Name, At: a.CreatedAt, Hidden: !mayOpen(v, see, &a)}
		if out[i].Facts, err = s.factsSeen(v, see, &a); err != nil {
			return nil, err
		}
		if out[i].Hidden {
			out[i].Name = path.Ext(name) // a file's name may say what is in it
			out[i].CanUnmask = slices.ContainsFunc(v.grants, mayUnmaskFile(a.Class, covers))
		}
	}
	return out, nil
}

func mayOpen(v *viewer, see sight, a *models.Attachment) bool {
	return see.of(a.Class) == full || a.UploadedBy == v.user.ID
}

// mayUnmaskFile are those grants over a file under which it is opened for a purpose: they show its class masked, and
// let what is masked be seen whole (3.3).
func mayUnmaskFile(class procedure.Class, covers covering) covering {
	return func(g models.RoleGrant) bool {
		r := rules[g.Role]
		return r.unmask && mayShowWhole(class, r.see) && covers(g)
	}
}

// upload is a file that has been read and stored.
type upload struct {
	kind, name, mime, sha string
	device                string    // on which a signature was drawn
	signedAt              time.Time // by its clock
	facts                 models.FileFacts
	size                  int64
}

// Attach stores a file and records it with the case.
func (s *server) Attach(ctx context.Context, r gen.AttachRequestObject) (gen.AttachResponseObject, error) {
	v := viewerOf(ctx)
	c, err := s.findCase(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	actors := s.actors(v, c)
	d := definitionOf(c)
	if attacher(d, actors, "") < 0 {
		return nil, forbidden("role_not_allowed", "您的岗位不能上传附件")
	}
	up, err := s.receive(ctx, r.Body)
	if err != nil {
		return nil, err
	}
	i := attacher(d, actors, up.kind)
	if i < 0 {
		return nil, forbidden("role_not_allowed", "您的岗位不能上传这一类附件")
	}
	class, ok := classOfKind(d, up.kind)
	if !ok {
		return nil, invalidField("kind", "unknown_kind", "本事项没有“"+policy.Shown(up.kind)+"”这一类附件")
	}
	if err := signedOnCase(&up); err != nil {
		return nil, err
	}
	key := caseKey("attach", v.user.ID, r.Params.IdempotencyKey)
	sum := sha256.Sum256([]byte(c.ID + "|" + key))
	a := models.Attachment{ID: hex.EncodeToString(sum[:13]), CaseID: c.ID, Kind: up.kind, MIME: up.mime, Size: up.size, SHA256: up.sha, Class: class}
	a.SetName(s.engine.Store.Vault, up.name)
	if err := a.SetFacts(s.engine.Store.Vault, up.facts); err != nil {
		return nil, err
	}
	if a.Look, err = s.signatureLook(ctx, &up); err != nil {
		return nil, err
	}
	if up.device != "" && slices.Contains(signature.Kinds, up.kind) {
		a.Device, a.SignedAt = s.engine.Store.Vault.Print("device:" + up.device)[:16], up.signedAt
	}
	if _, err := s.engine.Attach(ctx, a, key, actors[i]); err != nil {
		return nil, err
	}
	if err := s.db(ctx).Where("id = ?", a.ID).Take(&a).Error; err != nil {
		return nil, err
	}
	s.nudgeCase(ctx, c)
	views, err := s.attachmentViews(ctx, v, sightNone, s.inCase(c), []models.Attachment{a})
	if err != nil {
		return nil, err
	}
	return gen.Attach201JSONResponse(views[0]), nil
}

// maxSignature bounds the picture of a signature that is looked at, in bytes.
const maxSignature = 1 << 20

// signatureLook is how a signature looks (DQ-03), 0 for other files.
func (s *server) signatureLook(ctx context.Context, up *upload) (uint64, error) {
	if !slices.Contains(signature.Kinds, up.kind) {
		return 0, nil
	}
	return s.lookOf(ctx, up)
}

// lookOf is how a picture of a signature looks, 0 for what is none.
func (s *server) lookOf(ctx context.Context, up *upload) (uint64, error) {
	if up.size > maxSignature {
		return 0, nil
	}
	body, err := s.blobs.Open(ctx, up.sha)
	if err != nil {
		return 0, err
	}
	defer body.Close()
	raw, err := io.ReadAll(body)
	return signature.Look(bytes.NewReader(raw)), err
}

// attacher is the first part that may add evidence: auditors and the like only look.
func attacher(d *procedure.Definition, actors []activities.Actor, kind string) int {
	return slices.IndexFunc(actors, func(a activities.Actor) bool {
		return !slices.Contains(watching, a.Role) || asksFile(d, a.Role, kind)
	})
}

// watching roles look on; they attach only what an act of their own asks for.
var watching = []procedure.Role{procedure.Auditor, procedure.Discipline, procedure.GuidanceGroup}

// asksFile reports whether an act of a role asks for files of a kind, "" for any.
func asksFile(d *procedure.Definition, role procedure.Role, kind string) bool {
	return slices.ContainsFunc(d.Events, func(e procedure.Event) bool {
		return slices.Contains(e.Roles, role) && slices.ContainsFunc(e.Form, func(f procedure.Field) bool {
			return f.Kind == procedure.Files && (kind == "" || f.Code == kind)
		})
	})
}

// endPhoto is the kind of the photograph that closes a public notice; no form
// asks for it, the end of the period does.
const endPhoto = "end_photo"

// classOfKind is the data class of an attachment: that of the form field it is for.
func classOfKind(d *procedure.Definition, kind string) (procedure.Class, bool) {
	if kind == endPhoto {
		return procedure.P3, true
	}
	forms := [][]procedure.Field{d.Opening.Form}
	for _, e := range d.Events {
		forms = append(forms, e.Form)
	}
	for _, form := range forms {
		for _, f := range form {
			for _, x := range append([]procedure.Field{f}, f.Columns...) {
				if x.Kind == procedure.Files && x.Code == kind {
					return x.Class, true
				}
			}
		}
	}
	return "", false
}

// file answers with the bytes of an attachment.
type file struct {
	a    *models.Attachment
	name string
	body io.ReadCloser
}

// VisitGetAttachmentResponse writes the file.
func (f file) VisitGetAttachmentResponse(w http.ResponseWriter) error { return f.write(w) }

// VisitUnmaskAttachmentResponse writes the file.
func (f file) VisitUnmaskAttachmentResponse(w http.ResponseWriter) error { return f.write(w) }

// write gives the file as a download, never to be sniffed or run. Like every answer it is not kept by the browser: desks are shared.
func (f file) write(w http.ResponseWriter) error {
	defer f.body.Close()
	h := w.Header()
	h.Set(echo.HeaderContentType, f.a.MIME)
	h.Set(echo.HeaderContentLength, fmt.Sprint(f.a.Size))
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	w.WriteHeader(http.StatusOK)
	_, err := io.Copy(w, f.body)
	return err
}

// fileGate is how much v sees of what a file belongs to, a case or a form record, and which grants reach that; nothing
// is told of what he does not reach.
func (s *server) fileGate(ctx context.Context, v *viewer, a *models.Attachment) (sight, func(models.RoleGrant) bool, error) {
	if a.RecordID != "" {
		rec, err := s.findRecord(ctx, v, a.RecordID)
		if err != nil {
			return sightNone, nil, err
		}
		return recordSight(v, overRecord(rec)), overRecord(rec), nil
	}
	c, err := s.findCase(ctx, v, a.CaseID)
	if err != nil {
		return sightNone, nil, err
	}
	see, err := s.eyes(ctx, v, c)
	return see, s.inCase(c), err
}

// homeOfFile is the household that a file is about, "" if it is about none.
func (s *server) homeOfFile(ctx context.Context, a *models.Attachment) (home string, err error) {
	if a.RecordID != "" {
		err = s.db(ctx).Model(&models.FormRecord{}).Where("id = ? AND subject_kind = 'household'", a.RecordID).Pluck("subject_id", &home).Error
	} else {
		home, err = s.homeOfCase(ctx, a.CaseID)
	}
	return home, err
}

func (s *server) homeOfCase(ctx context.Context, id string) (home string, err error) {
	if id != "" {
		err = s.db(ctx).Model(&models.Case{}).Where("id = ?", id).Pluck("household_id", &home).Error
	}
	return home, err
}

// findFile is the file with that id, if v reaches what it belongs to, with how much he sees of that and which grants reach it.
func (s *server) findFile(ctx context.Context, v *viewer, id string) (a *models.Attachment, see sight, covers covering, err error) {
	a = &models.Attachment{}
	err = s.db(ctx).Where("id = ?", id).Take(a).Error
	if models.Missing(err) {
		return nil, sightNone, nil, notFound()
	}
	if err != nil {
		return nil, sightNone, nil, err
	}
	see, covers, err = s.fileGate(ctx, v, a)
	return a, see, covers, err
}

// GetAttachment gives the bytes of a file of a case or of a form record that the viewer reaches, if he may see its class.
func (s *server) GetAttachment(ctx context.Context, r gen.GetAttachmentRequestObject) (gen.GetAttachmentResponseObject, error) {
	v := viewerOf(ctx)
	a, see, covers, err := s.findFile(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	if !mayOpen(v, see, a) {
		return nil, forbidden("class_not_allowed", "您的岗位不能查看这份附件的内容")
	}
	if err := s.logFile(ctx, v, covers, a, models.AccessLog{Action: "read"}); err != nil {
		return nil, err
	}
	return s.openFile(ctx, a)
}

// UnmaskAttachment gives the bytes of a file whose class is shown to the viewer masked, for a purpose that stays on record.
func (s *server) UnmaskAttachment(ctx context.Context, r gen.UnmaskAttachmentRequestObject) (gen.UnmaskAttachmentResponseObject, error) {
	v := viewerOf(ctx)
	if err := s.slowly(v); err != nil {
		return nil, err
	}
	a, see, covers, err := s.findFile(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	may := mayUnmaskFile(a.Class, covers)
	if mayOpen(v, see, a) || !slices.ContainsFunc(v.grants, may) {
		return nil, forbidden("unmask_not_allowed", "您的岗位不能查看完整信息")
	}
	if err := s.logFile(ctx, v, firstOf(v, may), a, models.AccessLog{Action: "unmask", Field: a.Kind, Purpose: scrub(r.Body.Purpose)}); err != nil {
		return nil, err
	}
	return s.openFile(ctx, a)
}

// logFile keeps who has opened a file, and why.
func (s *server) logFile(ctx context.Context, v *viewer, covers covering, a *models.Attachment, entry models.AccessLog) error {
	home, err := s.homeOfFile(ctx, a)
	if err != nil {
		return err
	}
	entry.Table, entry.RecordID, entry.CaseID, entry.HouseholdID, entry.Class = "attachments", a.ID, a.CaseID, home, string(a.Class)
	return s.logAccess(ctx, v, covers, entry)
}

func (s *server) openFile(ctx context.Context, a *models.Attachment) (file, error) {
	if a.ErasedAt != nil {
		return file{}, procedure.Refuse(procedure.NotFound, "file_erased", "这份附件已依法删除")
	}
	name, err := a.FileName(s.engine.Store.Vault)
	if err != nil {
		return file{}, err
	}
	body, err := s.blobs.Open(ctx, a.SHA256)
	if errors.Is(err, fs.ErrNotExist) {
		return file{}, fmt.Errorf("bytes of attachment %s are missing", a.ID)
	}
	return file{a, name, body}, err
}
