package activities

import (
	"context"
	"fmt"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// PaperIssue is a paper that is about to be issued.
type PaperIssue struct {
	// Paper says what it is and what it is about; number, text and files are added.
	Paper models.IssuedPaper
	// Mark comes before the series in its number, such as 青禾乡振.
	Mark string
	// Make freezes the text and stores the files, once the number and the day are known. An error leaves nothing behind: the
	// number goes to the next paper.
	Make func(p *models.IssuedPaper) error
}

// IssuePaper numbers and freezes a paper, once per key: in one transaction with a record in the chain of its case, if it
// is about one. The case does not move.
func (e *Engine) IssuePaper(ctx context.Context, in PaperIssue, key string, actor Actor) (*models.IssuedPaper, error) {
	p := in.Paper
	p.ID, p.Key = models.NewID(), key
	issue := func(tx *gorm.DB) error { return e.numberPaper(tx, &p, in, actor) }
	if before, err := e.paperBefore(ctx, &p); before != nil || err != nil {
		return before, err
	}
	var err error
	if p.CaseID == "" {
		err = e.Store.Tx(ctx, issue)
	} else {
		form := map[string]any{"paper": p.ID, "paper_kind": p.Kind}
		_, err = e.side(ctx, p.CaseID, "paper", "issue_paper", key, actor, form, func(k *act) error {
			err := issue(k.tx)
			form["number"], form["sha256"], form["pdf"], form["docx"] = p.Number, p.Hash, p.PDFSHA256, p.DOCXSHA256
			return err
		})
	}
	if err == nil {
		return &p, nil
	}
	if before, again := e.paperBefore(ctx, &p); before != nil || again != nil { // the same request, at the same moment
		return before, again
	}
	return nil, err
}

// paperBefore is the paper that was issued under the same key; one about something else is a key used twice.
func (e *Engine) paperBefore(ctx context.Context, p *models.IssuedPaper) (*models.IssuedPaper, error) {
	var before models.IssuedPaper
	err := e.Store.DB.WithContext(ctx).Where("key = ?", p.Key).Take(&before).Error
	if models.Missing(err) {
		return nil, nil
	}
	if err == nil && (before.Kind != p.Kind || before.CaseID != p.CaseID || before.RegionCode != p.RegionCode || before.ProgrammeID != p.ProgrammeID) {
		return nil, keyReused()
	}
	return &before, err
}

func (e *Engine) numberPaper(tx *gorm.DB, p *models.IssuedPaper, in PaperIssue, actor Actor) (err error) {
	p.IssuedAt, p.IssuedBy, p.IssuedRole = e.Clock.Now(), actor.UserID, actor.Role
	p.Year = policy.DateOf(p.IssuedAt).Year
	if p.Seq, err = models.NextPaperNumber(tx, p.Office, p.Year, p.Series); err != nil {
		return err
	}
	p.Number = fmt.Sprintf("%s%s〔%d〕%d号", in.Mark, p.Series, p.Year, p.Seq)
	if err := in.Make(p); err != nil {
		return err
	}
	return tx.Create(p).Error
}

// VoidPaper says that a paper no longer holds, with the reason. Its number stays used. Whoever says it again under another
// key is told.
func (e *Engine) VoidPaper(ctx context.Context, p *models.IssuedPaper, reason, key string, actor Actor) error {
	void := func(tx *gorm.DB) error {
		row := models.VoidedPaper{PaperID: p.ID, Key: key, Reason: reason, VoidedBy: actor.UserID, VoidedRole: actor.Role, VoidedAt: e.Clock.Now()}
		var before models.VoidedPaper
		err := tx.Where("paper_id = ?", p.ID).Take(&before).Error
		switch {
		case err == nil && before.Key == key && before.Reason == reason:
			return nil
		case err == nil:
			return procedure.Refuse(procedure.Conflict, "paper_voided", "该文书已作废")
		case !models.Missing(err):
			return err
		}
		return tx.Create(&row).Error
	}
	if p.CaseID == "" {
		return e.Store.Tx(ctx, void)
	}
	form := map[string]any{"paper": p.ID, "reason": reason}
	_, err := e.side(ctx, p.CaseID, "paper", "void_paper", key, actor, form, func(k *act) error { return void(k.tx) })
	return err
}

// paperFault compares an issued or voided paper with what the chain of its case holds.
func (e *Engine) paperFault(ctx context.Context, ev *models.CaseEvent) (string, error) {
	form, err := e.Payload(ev)
	if err != nil || form == nil {
		return "", err
	}
	db := e.Store.DB.WithContext(ctx)
	var p models.IssuedPaper
	var v models.VoidedPaper
	if ev.Event == "void_paper" {
		err = db.Where("paper_id = ?", text(form, "paper")).Take(&v).Error
	} else {
		err = db.Where("id = ?", text(form, "paper")).Take(&p).Error
	}
	switch {
	case models.Missing(err):
		return "文书的登记缺失", nil
	case err != nil:
		return "", err
	case ev.Event == "void_paper" && v.Reason != text(form, "reason"):
		return "文书作废的登记已被改动", nil
	case ev.Event == "issue_paper" && !samePaper(&p, ev, form):
		return "文书已被替换", nil
	}
	return "", nil
}

func samePaper(p *models.IssuedPaper, ev *models.CaseEvent, form map[string]any) bool {
	return p.CaseID == ev.CaseID && p.Kind == text(form, "paper_kind") && p.Number == text(form, "number") && p.Hash == text(form, "sha256") &&
		p.PDFSHA256 == text(form, "pdf") && p.DOCXSHA256 == text(form, "docx")
}

// CampaignProblems are the problems of a campaign: its own, and those of its plan of rectification.
func CampaignProblems(tx *gorm.DB, campaign string) ([]models.Case, error) {
	return problemsOf(tx, campaign)
}

// papersHold checks the papers that no chain speaks for, and what no chain can say: that the frozen text of each is the one
// that was hashed, and that the numbers of each series run from 1 to the last one taken.
func (e *Engine) papersHold(ctx context.Context, v *Verdict) error {
	db := e.Store.DB.WithContext(ctx)
	for last := ""; ; {
		var rows []models.IssuedPaper
		if err := db.Where("id > ?", last).Order("id").Limit(100).Find(&rows).Error; err != nil {
			return err
		}
		if len(rows) == 0 {
			return e.seriesHold(db, v)
		}
		for i := range rows {
			p := &rows[i]
			if len(p.Frozen) == 0 {
				if err := e.erasedPaperHolds(ctx, p, v); err != nil {
					return err
				}
				continue
			}
			if raw, err := e.Store.Vault.Open("issued_papers", "frozen", p.ID, p.Frozen); err != nil || digest(raw) != p.Hash {
				v.Bad = append(v.Bad, BadRecord{CaseID: p.CaseID, No: p.Number, Fault: "文书固定的内容与其摘要不符"})
			}
		}
		last = rows[len(rows)-1].ID
	}
}

func (e *Engine) seriesHold(db *gorm.DB, v *Verdict) error {
	var broken []models.PaperNumber
	err := db.Raw(`SELECT n.office, n.year, n.series, n.last FROM paper_numbers n
		LEFT JOIN issued_papers p ON p.office = n.office AND p.year = n.year AND p.series = n.series
		GROUP BY n.office, n.year, n.series, n.last HAVING count(p.id) <> n.last OR max(p.seq) <> n.last
		ORDER BY n.office, n.year, n.series`).Scan(&broken).Error
	for _, n := range broken {
		v.Bad = append(v.Bad, BadRecord{No: fmt.Sprintf("%s %s〔%d〕", n.Office, n.Series, n.Year), Fault: fmt.Sprintf("文书编号应为1至%d号，现有缺号或者多出", n.Last)})
	}
	return err
}
