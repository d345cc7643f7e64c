package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"shouwang/models"
	"shouwang/procedure"
)

// Stage keeps the form of a request, so that Commit can be called with ids. The
// same key with the same content returns the same id; with another content it is
// refused.
func (e *Engine) Stage(ctx context.Context, r FireRequest) (string, error) {
	id, _, err := e.StageAgain(ctx, r)
	return id, err
}

// StageAgain is Stage and tells whether the key was staged before: one that was not
// has never been committed. The disk is not waited for, since nobody is told of a
// staged form: Commit brings it there together with the event, and one that a loss
// of power takes is sent again under its key.
func (e *Engine) StageAgain(ctx context.Context, r FireRequest) (id string, again bool, err error) {
	body, err := json.Marshal(r.Form)
	if err != nil {
		return "", false, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s|%s|%s|%v|%s%s", r.Event, r.Actor.UserID, r.Actor.Role, r.Actor.OnBehalf, body, r.Actor.ForID))
	s := models.Submission{ID: models.NewID(), CaseID: r.CaseID, Key: r.Key, Event: r.Event, BodyHash: hex.EncodeToString(sum[:]), CreatedAt: e.Clock.Now()}
	s.Body = e.Store.Vault.Seal("submissions", "body", s.ID, body)
	db := e.Store.Unsynced(ctx)
	err = models.Insert(db, &s)
	if !models.Duplicate(err) {
		return s.ID, false, err
	}
	var before models.Submission
	if err := db.Where("case_id = ? AND key = ?", r.CaseID, r.Key).Take(&before).Error; err != nil {
		return "", false, err
	}
	if before.BodyHash != s.BodyHash {
		return "", false, keyReused()
	}
	return before.ID, true, nil
}

// Unstage forgets the form of a request that was refused.
func (e *Engine) Unstage(ctx context.Context, id string) error {
	return e.Store.Unsynced(ctx).Where("id = ?", id).Delete(&models.Submission{}).Error
}

// UnstageRefused forgets the form of a request that was refused, so that its key
// may be used again with a mended one, and returns the refusal.
func (e *Engine) UnstageRefused(ctx context.Context, id string, cause error) error {
	var refusal *procedure.Refusal
	if !errors.As(cause, &refusal) || refusal.Kind == procedure.Busy {
		return cause
	}
	if err := e.Unstage(ctx, id); err != nil {
		return err
	}
	return cause
}

// staged opens the form that was brought with a case.
func (e *Engine) staged(b *brought, id string) (map[string]any, error) {
	if id == "" {
		return nil, nil
	}
	if b.FormID == nil { // refused meanwhile, under the same key
		return nil, procedure.Refuse(procedure.Conflict, "submission_gone", "该请求已被退回，请用新的请求编号重新提交")
	}
	raw, err := e.Store.Vault.Open("submissions", "body", id, b.FormBody)
	if err != nil {
		return nil, err
	}
	var form map[string]any
	err = json.Unmarshal(raw, &form)
	return form, err
}
