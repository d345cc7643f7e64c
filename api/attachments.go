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
	"mime/multipart"
	"net/http"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/gabriel-vasile/mimetype"
	"github.com/labstack/echo/v4"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
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

func (s *server) attachmentViews(ctx context.Context, v *viewer, see sight, rows []models.Attachment) ([]gen.Attachment, error) {
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
		out[i] = gen.Attachment{ID: a.ID, CaseID: a.CaseID, Kind: a.Kind, Name: a.Name, ContentType: a.MIME, Size: a.Size, Sha256: a.SHA256,
			By: l.users[a.UploadedBy].Name, At: a.CreatedAt, Hidden: !mayOpen(v, see, &a)}
		if out[i].Hidden {
			out[i].Name = path.Ext(a.Name) // a file's name may say what is in it
		}
	}
	return out, nil
}

func mayOpen(v *viewer, see sight, a *models.Attachment) bool {
	return see.of(a.Class) == full || a.UploadedBy == v.user.ID
}

// upload is a file that has been read and stored.
type upload struct {
	kind, name, mime, sha string
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
	i := attacher(actors)
	if i < 0 {
		return nil, forbidden("role_not_allowed", "您的岗位不能上传附件")
	}
	up, err := s.receive(ctx, r.Body)
	if err != nil {
		return nil, err
	}
	class, ok := classOfKind(definitionOf(c), up.kind)
	if !ok {
		return nil, invalidField("kind", "unknown_kind", "本事项没有“"+up.kind+"”这一类附件")
	}
	key := caseKey("attach", v.user.ID, r.Params.IdempotencyKey)
	sum := sha256.Sum256([]byte(c.ID + "|" + key))
	a := models.Attachment{ID: hex.EncodeToString(sum[:13]), CaseID: c.ID, Kind: up.kind, Name: up.name, MIME: up.mime, Size: up.size, SHA256: up.sha, Class: class}
	if _, err := s.engine.Attach(ctx, a, key, actors[i]); err != nil {
		return nil, err
	}
	if err := s.db(ctx).Where("id = ?", a.ID).Take(&a).Error; err != nil {
		return nil, err
	}
	s.nudge(ctx, c.ID)
	views, err := s.attachmentViews(ctx, v, sightNone, []models.Attachment{a})
	if err != nil {
		return nil, err
	}
	return gen.Attach201JSONResponse(views[0]), nil
}

// attacher is the first part that may add evidence: auditors and the like only look.
func attacher(actors []activities.Actor) int {
	for i, a := range actors {
		switch a.Role {
		case procedure.Auditor, procedure.Discipline, procedure.GuidanceGroup:
		default:
			return i
		}
	}
	return -1
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

// receive reads the form: the kind as text and exactly one file.
func (s *server) receive(ctx context.Context, form *multipart.Reader) (upload, error) {
	var up upload
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			break
		}
		if err != nil {
			return up, formError(err)
		}
		switch part.FormName() {
		case "kind":
			raw, err := io.ReadAll(io.LimitReader(part, 65))
			if err != nil {
				return up, formError(err)
			}
			up.kind = string(raw)
		case "file":
			if up.sha != "" {
				return up, badRequest("one_file", "一次只能上传一个文件")
			}
			if err := s.store(ctx, part, &up); err != nil {
				return up, err
			}
		default:
			return up, badRequest("unknown_field", "没有 "+truncate(part.FormName(), 40)+" 这一项")
		}
	}
	if up.kind == "" || len(up.kind) > 64 || up.sha == "" {
		return up, badRequest("required", "请上传 file 并写明 kind")
	}
	return up, nil
}

func formError(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return err
	}
	return badRequest("malformed_form", "提交的内容不是完整的 multipart/form-data")
}

// store tells what a file is by its first bytes and keeps it when it is allowed,
// as named, and not too large.
func (s *server) store(ctx context.Context, part *multipart.Part, up *upload) error {
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(part, head)
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return formError(err)
	}
	head = head[:n]
	if n == 0 {
		return badRequest("empty_file", "文件是空的")
	}
	up.name = fileName(part.FileName())
	up.mime, err = kindOf(head, up.name)
	if err != nil {
		return err
	}
	limited := &io.LimitedReader{R: io.MultiReader(bytes.NewReader(head), part), N: s.maxAttachment + 1}
	up.sha, up.size, err = s.blobs.Put(ctx, &counted{r: limited, limit: s.maxAttachment})
	return err
}

// counted fails as soon as more than limit bytes have been read, so that nothing
// too large is ever kept.
type counted struct {
	r     io.Reader
	limit int64
	n     int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.n += int64(n); c.n > c.limit {
		return n, &http.MaxBytesError{Limit: c.limit}
	}
	if err != nil && err != io.EOF {
		err = formError(err) // the upload broke off; what fails in storing is ours
	}
	return n, err
}

// kindOf is the content type of a file, if it is an allowed one and its name
// agrees.
func kindOf(head []byte, name string) (string, error) {
	found := mimetype.Detect(head)
	for kind, extensions := range allowedFiles {
		if !found.Is(kind) {
			continue
		}
		for _, ext := range extensions {
			if strings.EqualFold(path.Ext(name), ext) {
				return kind, nil
			}
		}
		return "", &problem{status: http.StatusUnsupportedMediaType, code: "file_mislabelled", detail: fmt.Sprintf("文件内容是 %s，与文件名的扩展名不符", extensions[0])}
	}
	return "", &problem{status: http.StatusUnsupportedMediaType, code: "file_type_not_allowed", detail: "只能上传 jpg、png、webp、pdf、docx、xlsx 文件"}
}

// fileName keeps the last element of a name, without control characters.
func fileName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return -1
		}
		return r
	}, name)
	if ext := path.Ext(name); len([]rune(name)) > 120 {
		name = truncate(strings.TrimSuffix(name, ext), 100) + ext
	}
	return name
}

// file answers with the bytes of an attachment.
type file struct {
	a    *models.Attachment
	body io.ReadCloser
}

// VisitGetAttachmentResponse writes the file as a download, never to be sniffed
// or run; a copy with the same ETag may be kept by this browser only.
func (f file) VisitGetAttachmentResponse(w http.ResponseWriter) error {
	defer f.body.Close()
	h := w.Header()
	h.Set(echo.HeaderContentType, f.a.MIME)
	h.Set(echo.HeaderContentLength, fmt.Sprint(f.a.Size))
	h.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": f.a.Name}))
	h.Set("ETag", `"`+f.a.SHA256+`"`)
	h.Set(echo.HeaderCacheControl, "private, no-cache")
	w.WriteHeader(http.StatusOK)
	_, err := io.Copy(w, f.body)
	return err
}

// notModified answers that the caller has the bytes already.
type notModified string

// VisitGetAttachmentResponse writes 304.
func (n notModified) VisitGetAttachmentResponse(w http.ResponseWriter) error {
	w.Header().Set("ETag", string(n))
	w.Header().Set(echo.HeaderCacheControl, "private, no-cache")
	w.WriteHeader(http.StatusNotModified)
	return nil
}

// GetAttachment gives the bytes of a file of a case that the viewer reaches, if
// he may see its class.
func (s *server) GetAttachment(ctx context.Context, r gen.GetAttachmentRequestObject) (gen.GetAttachmentResponseObject, error) {
	v := viewerOf(ctx)
	var a models.Attachment
	err := s.db(ctx).Where("id = ?", r.ID).Take(&a).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	if err != nil {
		return nil, err
	}
	c, err := s.findCase(ctx, v, a.CaseID)
	if err != nil {
		return nil, err
	}
	see, err := s.eyes(ctx, v, c)
	if err != nil {
		return nil, err
	}
	if !mayOpen(v, see, &a) {
		return nil, forbidden("class_not_allowed", "您的岗位不能查看这份附件的内容")
	}
	if err := s.logAccess(ctx, v, models.AccessLog{Action: "read", Table: "attachments", RecordID: a.ID, Class: string(a.Class)}); err != nil {
		return nil, err
	}
	if etag := `"` + a.SHA256 + `"`; echoOf(ctx).Request().Header.Get("If-None-Match") == etag {
		return notModified(etag), nil
	}
	body, err := s.blobs.Open(ctx, a.SHA256)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("bytes of attachment %s are missing", a.ID)
	}
	if err != nil {
		return nil, err
	}
	return file{&a, body}, nil
}
