package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/internal/signature"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// recordFileKinds are what may be attached to a form record: a signature drawn on a screen, the paper that was signed by hand,
// pictures, proofs.
var recordFileKinds = []procedure.Option{{Code: drawnSignature, Title: "手写签名"}, {Code: "signed", Title: "签字扫描件"}, {Code: "photo", Title: "现场照片"}, {Code: "proof", Title: "佐证材料"}, {Code: "other", Title: "其他材料"}}

func fileKinds() []gen.Option {
	var out []gen.Option
	for _, o := range recordFileKinds {
		out = append(out, gen.Option{Code: o.Code, Title: o.Title})
	}
	return out
}

func recordFileKind(code string) (title string, known bool) {
	i := slices.IndexFunc(recordFileKinds, func(o procedure.Option) bool { return o.Code == code })
	if i < 0 {
		return "", false
	}
	return recordFileKinds[i].Title, true
}

// AttachToFormRecord stores a file and records it with the form, drafts and finished ones alike: the paper is signed after
// it was finished and printed.
func (s *server) AttachToFormRecord(ctx context.Context, r gen.AttachToFormRecordRequestObject) (gen.AttachToFormRecordResponseObject, error) {
	v := viewerOf(ctx)
	rec, err := s.findRecord(ctx, v, r.ID)
	if err != nil {
		return nil, err
	}
	g := mayRecord(v, activities.RecordAttach, rec, overRecord(rec))
	if g == nil {
		return nil, forbidden("role_not_allowed", "您的岗位不能给这份表上传附件")
	}
	up, err := s.receive(ctx, r.Body)
	if err != nil {
		return nil, err
	}
	if _, known := recordFileKind(up.kind); !known {
		return nil, invalidField("kind", "unknown_kind", "表单没有“"+policy.Shown(up.kind)+"”这一类附件")
	}
	if err := s.signedOnRecord(ctx, rec, &up); err != nil {
		return nil, err
	}
	key := caseKey("form", v.user.ID, r.Params.IdempotencyKey)
	sum := sha256.Sum256([]byte(rec.ID + "|" + key))
	a := models.Attachment{ID: hex.EncodeToString(sum[:13]), Kind: up.kind, MIME: up.mime, Size: up.size, SHA256: up.sha, Class: procedure.P3}
	a.SetName(s.engine.Store.Vault, up.name)
	if err := a.SetFacts(s.engine.Store.Vault, up.facts); err != nil {
		return nil, err
	}
	if _, err := s.engine.ActOnRecord(ctx, activities.RecordAct{Key: key, ID: rec.ID, Action: activities.RecordAttach, File: &a, Actor: v.actor(*g)}); err != nil {
		return nil, err
	}
	if err := s.db(ctx).Where("id = ?", a.ID).Take(&a).Error; err != nil {
		return nil, err
	}
	views, err := s.attachmentViews(ctx, v, sightNone, overRecord(rec), []models.Attachment{a})
	if err != nil {
		return nil, err
	}
	return gen.AttachToFormRecord201JSONResponse(views[0]), nil
}

func (s *server) recordAttachments(ctx context.Context, rec *models.FormRecord) ([]models.Attachment, error) {
	var rows []models.Attachment
	err := s.db(ctx).Where("record_id = ?", rec.ID).Order("created_at, id").Find(&rows).Error
	return rows, err
}

func (s *server) recordFiles(ctx context.Context, v *viewer, rec *models.FormRecord) ([]gen.Attachment, error) {
	rows, err := s.recordAttachments(ctx, rec)
	if err != nil {
		return nil, err
	}
	over := overRecord(rec)
	return s.attachmentViews(ctx, v, recordSight(v, over), over, rows)
}

// attachedTo are the files of a record as its paper lists them.
func (s *server) attachedTo(ctx context.Context, rec *models.FormRecord) ([]forms.Attached, error) {
	rows, err := s.recordAttachments(ctx, rec)
	if err != nil {
		return nil, err
	}
	var want codes
	for _, a := range rows {
		want.users = append(want.users, a.UploadedBy)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := make([]forms.Attached, len(rows))
	for i, a := range rows {
		kind, _ := recordFileKind(a.Kind)
		name, err := a.FileName(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		facts, err := a.Facts(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		if facts != nil && facts.Signed != nil {
			name = signerLine(facts.Signed)
		}
		out[i] = forms.Attached{Kind: kind, Name: name, By: l.users[a.UploadedBy].Name, On: policy.DateOf(a.CreatedAt), Hash: a.SHA256}
	}
	return out, nil
}

// signerLine says who signed, where, and for whom and why.
func signerLine(by *models.FileSigned) string {
	line := by.Name
	if by.Place != "" {
		line = by.Place + "：" + line
	}
	if by.Proxy {
		line += "（代签，" + by.Relation + "，" + by.Reason + "）"
	}
	return line
}

// signedScreen are the signatures that were drawn for a record, by the place they stand in: of two the later one.
func (s *server) signedScreen(ctx context.Context, rec *models.FormRecord) (map[string]forms.Signed, error) {
	rows, err := s.recordAttachments(ctx, rec)
	if err != nil {
		return nil, err
	}
	out := map[string]forms.Signed{}
	for i := range rows {
		a := &rows[i]
		facts, err := a.Facts(s.engine.Store.Vault)
		if err != nil {
			return nil, err
		}
		if facts == nil || facts.Signed == nil || a.Kind != drawnSignature {
			continue
		}
		ink, err := s.inkOf(ctx, a.SHA256)
		if err != nil {
			return nil, err
		}
		on := a.CreatedAt
		if facts.TakenAt != nil {
			on = *facts.TakenAt
		}
		out[facts.Signed.Place] = forms.Signed{Ink: ink, On: policy.DateOf(on)}
	}
	return out, nil
}

// inkOf is the writing of a stored signature; it was looked at when it came.
func (s *server) inkOf(ctx context.Context, sha string) ([]byte, error) {
	body, err := s.blobs.Open(ctx, sha)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	raw, err := io.ReadAll(io.LimitReader(body, maxSignature))
	if err != nil {
		return nil, err
	}
	return signature.Ink(bytes.NewReader(raw))
}
