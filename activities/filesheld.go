package activities

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strings"

	"gorm.io/gorm"

	"shouwang/models"
)

// CheckFiles wants every file that is on record to be there, to open, and to have the hash under which it was recorded; and
// those of a form to be the ones that its acts tell of.
const CheckFiles = "files"

const filesBatch = 500

// kept is a file that somebody has recorded.
type kept struct {
	sha string
	bad BadRecord
}

// filesHold opens every stored file, attachments of cases and of forms and papers alike. A file that several records share
// is read once.
func (v *Verifier) filesHold(ctx context.Context, out *Verdict) error {
	if v.OpenFile == nil || !v.on(CheckFiles) {
		return nil
	}
	db := v.Engine.Store.DB.WithContext(ctx)
	seen := map[string]string{}
	for _, next := range []func(db *gorm.DB, after string) ([]kept, string, error){attachmentsKept, papersKept} {
		for after := ""; ; {
			list, last, err := next(db, after)
			if err != nil {
				return err
			}
			if last == "" {
				break
			}
			for _, f := range list {
				fault, known := seen[f.sha]
				if !known {
					if fault, err = v.fileFault(ctx, f.sha); err != nil {
						return err
					}
					seen[f.sha] = fault
					out.Files++
				}
				if fault != "" {
					f.bad.Fault += fault
					out.Bad = append(out.Bad, f.bad)
				}
			}
			after = last
		}
	}
	return v.recordFilesHold(ctx, out)
}

func attachmentsKept(db *gorm.DB, after string) (out []kept, last string, err error) {
	var rows []struct {
		ID, CaseID, RecordID, SHA256, No, Form string
		Gone                                   bool
	}
	err = db.Table("attachments a").Select("a.id, a.case_id, a.record_id, a.sha256, a.erased_at IS NOT NULL AS gone, coalesce(c.no, '') AS no, coalesce(r.form, '') AS form").
		Joins("LEFT JOIN cases c ON c.id = a.case_id").Joins("LEFT JOIN form_records r ON r.id = a.record_id").
		Where("a.id > ?", after).Order("a.id").Limit(filesBatch).Scan(&rows).Error
	for _, r := range rows {
		last = r.ID
		if !r.Gone {
			out = append(out, kept{r.SHA256, BadRecord{CaseID: r.CaseID, No: r.No + r.Form, Fault: "附件 " + r.ID}})
		}
	}
	return out, last, err
}

func papersKept(db *gorm.DB, after string) (out []kept, last string, err error) {
	var rows []models.IssuedPaper
	err = db.Select("id, case_id, number, pdf_sha256, docx_sha256, frozen").Where("id > ?", after).Order("id").Limit(filesBatch).Find(&rows).Error
	for _, p := range rows {
		last = p.ID
		if len(p.Frozen) == 0 {
			continue // it had to go
		}
		for sha, kind := range map[string]string{p.PDFSHA256: "PDF", p.DOCXSHA256: "DOCX"} {
			out = append(out, kept{sha, BadRecord{CaseID: p.CaseID, No: p.Number, Fault: "文书的 " + kind + " 文件"}})
		}
	}
	return out, last, err
}

// fileFault says what is wrong with a stored file.
func (v *Verifier) fileFault(ctx context.Context, sha string) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	f, err := v.OpenFile(ctx, sha)
	if err != nil {
		return "不在了，或者不能打开", nil //nolint:nilerr // that is the fault
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil || hex.EncodeToString(h.Sum(nil)) != sha {
		return "的内容与其摘要不符", nil
	}
	return "", nil
}

// fileNote is what the act of adding a file to a form keeps sealed: which, what it was, and the hash of what was told of it.
func fileNote(v *models.Vault, a *models.Attachment) (string, error) {
	facts, err := a.FactsHash(v)
	return strings.TrimSpace(a.ID + " " + a.SHA256 + " " + facts), err
}

// fileNotes are the notes that files agree with: of one that was erased what was told is gone too, and is not asked for.
func fileNotes(v *models.Vault, files []models.Attachment) func(record, note string) bool {
	held, erased := map[string]bool{}, map[string]bool{}
	for i := range files {
		a := &files[i]
		if note, err := fileNote(v, a); err == nil { // what does not open is held by nothing
			held[a.RecordID+" "+note] = true
		}
		if a.ErasedAt != nil {
			erased[a.RecordID+" "+a.ID+" "+a.SHA256] = true
		}
	}
	return func(record, note string) bool {
		words := strings.Fields(note)
		return held[record+" "+note] || erased[record+" "+strings.Join(words[:min(2, len(words))], " ")]
	}
}

// recordFilesHold compares the files of forms with what the acts tell that added them. Those of before said nothing but that
// there was one: of these the number is compared.
func (v *Verifier) recordFilesHold(ctx context.Context, out *Verdict) error {
	db := v.Engine.Store.DB.WithContext(ctx)
	for after := ""; ; {
		var acts []models.FormRecordAct
		if err := db.Where("action = ? AND id > ?", RecordAttach, after).Order("id").Limit(filesBatch).Find(&acts).Error; err != nil {
			return err
		}
		if len(acts) == 0 {
			break
		}
		after = acts[len(acts)-1].ID
		ids := []string{}
		for i := range acts {
			ids = append(ids, acts[i].RecordID)
		}
		var files []models.Attachment
		if err := db.Select("id, record_id, sha256, sealed_facts, erased_at").Where("record_id IN ?", ids).Find(&files).Error; err != nil {
			return err
		}
		held := fileNotes(v.Engine.Store.Vault, files)
		for i := range acts {
			_, note, err := acts[i].Open(v.Engine.Store.Vault)
			fault := ""
			switch {
			case err != nil:
				fault = "表册的办理记录无法解密或已被替换"
			case strings.Contains(note, " ") && !held(acts[i].RecordID, note):
				fault = "表册的附件缺失或已被替换"
			}
			if fault != "" {
				out.Bad = append(out.Bad, BadRecord{No: acts[i].RecordID, Seq: acts[i].RowVersion, Fault: fault})
			}
		}
	}
	var odd []string
	err := db.Raw(`SELECT r.id FROM form_records r WHERE (SELECT count(*) FROM form_record_acts x WHERE x.record_id = r.id AND x.action = ?) <>
		(SELECT count(*) FROM attachments a WHERE a.record_id = r.id) ORDER BY r.id`, RecordAttach).Scan(&odd).Error
	for _, id := range odd {
		out.Bad = append(out.Bad, BadRecord{No: id, Fault: "表册的附件比办理记录所记的多或者少"})
	}
	return err
}
