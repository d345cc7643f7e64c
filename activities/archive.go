package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"shouwang/models"
)

// KeepRun puts the packed history of an ended workflow run into the archive and its
// SHA-256 into the chain of the case, so that it can be proved after Temporal has
// dropped it. events is the number of its events; 0 says that it was lost with its
// Temporal database. Keeping a run twice does no harm.
func (e *Engine) KeepRun(ctx context.Context, run *models.WorkflowRun, packed []byte, events int) error {
	form := map[string]any{"run": run.RunID, "sha256": digest(packed), "events": events}
	_, err := e.side(ctx, run.CaseID, "archive", "archive", "archive:"+run.RunID, BySystem, form, func(k *act) error {
		return k.tx.Model(run).Updates(map[string]any{"closed_at": k.now, "history": packed}).Error
	})
	return err
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// archiveFault compares an archived history with the hash that the chain holds.
func (e *Engine) archiveFault(ctx context.Context, ev *models.CaseEvent) (string, error) {
	form, err := e.Payload(ev)
	if err != nil || form == nil {
		return "", err
	}
	var run models.WorkflowRun
	err = e.Store.DB.WithContext(ctx).Where("run_id = ?", text(form, "run")).Take(&run).Error
	switch {
	case models.Missing(err) || err == nil && run.History == nil:
		return "归档的流程运行记录缺失", nil
	case err != nil:
		return "", err
	case digest(run.History) != text(form, "sha256"):
		return "归档的流程运行记录与其摘要不符", nil
	}
	return "", nil
}

// attachFault compares a file of a case with the hash that the chain holds. Its bytes
// are stored under that hash, and sealed with it. Files that were read already are given.
func (e *Engine) attachFault(ctx context.Context, ev *models.CaseEvent, known map[string]models.Attachment) (string, error) {
	form, err := e.Payload(ev)
	if err != nil || form == nil {
		return "", err
	}
	a, ok := known[text(form, "attachment")]
	if !ok {
		err = e.Store.DB.WithContext(ctx).Where("id = ?", text(form, "attachment")).Take(&a).Error
	}
	switch {
	case models.Missing(err):
		return "附件的登记缺失", nil
	case err != nil:
		return "", err
	case a.SHA256 != text(form, "sha256") || a.Kind != text(form, "kind") || a.CaseID != ev.CaseID:
		return "附件已被替换", nil
	case a.ErasedAt != nil:
		return "", nil
	}
	// What was told of the file goes with its bytes; until then it is what the record says.
	if facts, err := a.FactsHash(e.Store.Vault); err != nil || facts != text(form, "facts") {
		return "附件的拍摄或签名说明已被替换", nil //nolint:nilerr // that is the fault
	}
	return "", nil
}
