package activities

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
)

// CheckRecords wants each form record to be what the acts on it tell, and each of these to say what it said when it was made.
const CheckRecords = "records"

const recordsBatch = 200

// recordsHold compares all form records with the acts on them.
func (v *Verifier) recordsHold(ctx context.Context, out *Verdict) error {
	if !v.on(CheckRecords) {
		return nil
	}
	db := v.Engine.Store.DB.WithContext(ctx)
	var lost []string
	err := db.Raw("SELECT DISTINCT record_id FROM form_record_acts a WHERE NOT EXISTS (SELECT 1 FROM form_records r WHERE r.id = a.record_id) ORDER BY record_id").Scan(&lost).Error
	if err != nil {
		return err
	}
	for _, id := range lost {
		out.Bad = append(out.Bad, BadRecord{No: id, Fault: "表册已被删除，只剩办理记录"})
	}
	for after := ""; ; {
		var ids []string
		if err := db.Model(&models.FormRecord{}).Where("id > ?", after).Order("id").Limit(recordsBatch).Pluck("id", &ids).Error; err != nil {
			return err
		}
		if len(ids) == 0 {
			return nil
		}
		after = ids[len(ids)-1]
		records, acts, err := recordsOf(db, ids)
		if err != nil {
			return err
		}
		for i := range records {
			r := &records[i]
			seq, fault := recordFaultOf(v.Engine.Store.Vault, r, acts[r.ID])
			if fault != "" { // somebody may be at work on it
				if seq, fault, err = v.recordHolds(db, r); err != nil {
					return err
				}
			}
			if fault != "" {
				out.Bad = append(out.Bad, BadRecord{No: r.ID, Seq: seq, Fault: "表册" + fault})
			}
		}
	}
}

// recordsOf are some records and the acts on each.
func recordsOf(db *gorm.DB, ids []string) (records []models.FormRecord, of map[string][]models.FormRecordAct, err error) {
	if err = db.Where(models.Among(db, "id", ids)).Order("id").Find(&records).Error; err != nil {
		return nil, nil, err
	}
	var acts []models.FormRecordAct
	err = db.Where(models.Among(db, "record_id", ids)).Order("record_id, row_version").Find(&acts).Error
	of = map[string][]models.FormRecordAct{}
	for _, a := range acts {
		of[a.RecordID] = append(of[a.RecordID], a)
	}
	return records, of, err
}

// recordHolds looks at a record by itself, again while it moves on.
func (v *Verifier) recordHolds(db *gorm.DB, r *models.FormRecord) (seq int, fault string, err error) {
	for seen := r.RowVersion; ; {
		records, acts, err := recordsOf(db, []string{r.ID})
		if err != nil || len(records) == 0 {
			return seq, fault, err
		}
		seq, fault = recordFaultOf(v.Engine.Store.Vault, &records[0], acts[r.ID])
		if fault == "" || records[0].RowVersion == seen {
			return seq, fault, nil
		}
		seen = records[0].RowVersion
	}
}

// recordFaultOf says what is wrong with a record and the acts on it, and with which of them.
func recordFaultOf(vault *models.Vault, r *models.FormRecord, acts []models.FormRecordAct) (seq int, fault string) {
	told := models.FormRecord{State: models.RecordDraft}
	var answers []byte
	for i := range acts {
		a := &acts[i]
		said, note, err := a.Texts(vault)
		switch {
		case a.RowVersion != i+1:
			return i + 1, fmt.Sprintf("第 %d 次办理的记录缺失", i+1)
		case err != nil:
			return a.RowVersion, "的办理记录无法解密或已被替换"
		case a.PayloadHash == "":
			return a.RowVersion, "的办理记录没有摘要，请先运行 shouwang migrate"
		case a.Sum(r, said, note) == a.PayloadHash:
		case len(said)+len(note)+len(a.Salt) > 0:
			return a.RowVersion, "的内容与其摘要不符"
		case !slices.ContainsFunc(acts[i+1:], func(x models.FormRecordAct) bool { return x.Action == RecordErased }):
			return a.RowVersion, "的内容缺失，且没有依法删除的记录"
		}
		answers = said
		carry(&told, a)
	}
	if r.RowVersion != len(acts) {
		return len(acts), fmt.Sprintf("记为办理 %d 次，实有 %d 次", r.RowVersion, len(acts))
	}
	held, err := vault.Open("form_records", "answers", r.ID, r.Answers)
	switch {
	case err != nil:
		return r.RowVersion, "的内容无法解密或已被替换"
	case !bytes.Equal(held, answers):
		return r.RowVersion, "的内容与办理记录不符"
	case r.State != told.State || r.ReviewerID != told.ReviewerID || !sameMoment(r.ReviewedAt, told.ReviewedAt) || !sameMoment(r.FinishedAt, told.FinishedAt):
		return r.RowVersion, "的状态与办理记录不符"
	}
	return 0, ""
}

// carry has an act do to a record what it says.
func carry(r *models.FormRecord, a *models.FormRecordAct) {
	switch a.Action {
	case RecordFinish:
		r.State, r.FinishedAt = models.RecordFinal, &a.At
	case RecordCheck:
		r.ReviewerID, r.ReviewedAt = a.ActorID, &a.At
		if a.ForID != "" {
			r.ReviewerID = a.ForID
		}
	case RecordVoided:
		r.State = models.RecordVoid
	}
}

func sameMoment(a, b *time.Time) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Equal(*b)
}
