package activities

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// Erasing what is held about one person (PIPL art. 47). What is sealed goes with its salt; the acts stay, with the hashes
// that prove them, and the chain of each case says which forms have gone and why (docs/decisions/0025).

// AskErasure notes that a person's data are to go. Whoever must not decide it asks.
func (e *Engine) AskErasure(ctx context.Context, x models.Erasure) (*models.Erasure, error) {
	x.ID, x.AskedAt, x.Erased = models.NewID(), e.Clock.Now(), map[string]int{}
	if x.Files == nil {
		x.Files = []string{}
	}
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := e.mayGo(tx, &x); err != nil {
			return err
		}
		return tx.Create(&x).Error
	})
	if !models.Duplicate(err) {
		return &x, err
	}
	var before models.Erasure
	err = e.Store.DB.WithContext(ctx).Where("key = ?", x.Key).Take(&before).Error
	switch {
	case models.Missing(err):
		return nil, procedure.Refuse(procedure.Conflict, "erasure_asked", "已申请删除该成员的信息")
	case err == nil && (before.PersonID != x.PersonID || before.Ground != x.Ground || before.Reason != x.Reason):
		return nil, keyReused()
	}
	return &before, err
}

// mayGo refuses what cannot go yet: somebody others depend on, or who is needed by what is under way.
func (e *Engine) mayGo(tx *gorm.DB, x *models.Erasure) error {
	var p models.Person
	if err := tx.Where("id = ?", x.PersonID).Take(&p).Error; err != nil {
		return err
	}
	var others, open, files int64
	if err := tx.Model(&models.Person{}).Where("household_id = ? AND id <> ? AND left_at IS NULL", p.HouseholdID, p.ID).Count(&others).Error; err != nil {
		return err
	}
	if p.IsHead && p.LeftAt == nil && others > 0 {
		return procedure.Refuse(procedure.Conflict, "change_head_first", "该成员是户主，请先办理户主变更")
	}
	// A visit that is planned or due is a duty that always comes again; nothing is written down in it yet.
	err := tx.Model(&models.Case{}).Where("household_id = ? AND closed_at IS NULL AND procedure <> 'household_status' AND NOT (procedure = 'visit_task' AND state IN ('scheduled', 'due'))", p.HouseholdID).Count(&open).Error
	if err != nil {
		return err
	}
	if open > 0 {
		return procedure.Refuse(procedure.Conflict, "cases_open", fmt.Sprintf("该户还有 %d 件在办事项，请先办结或者撤销", open))
	}
	err = householdFiles(tx, p.HouseholdID).Where("attachments.id IN ?", x.Files).Count(&files).Error
	if err == nil && int(files) != len(x.Files) {
		return procedure.Refuse(procedure.Invalid, "unknown_file", "附件不存在，或者不属于该户",
			procedure.FieldFault{Field: "files", Code: "unknown_file", Message: "附件不存在，或者不属于该户"})
	}
	return err
}

// householdFiles are the attachments of the cases and forms of a household.
func householdFiles(tx *gorm.DB, household string) *gorm.DB {
	return tx.Model(&models.Attachment{}).Where(`attachments.case_id IN (SELECT id FROM cases WHERE household_id = ?) OR attachments.record_id IN (SELECT id FROM form_records WHERE subject_id = ?)`, household, household)
}

// DecideErasure is the decision of the second person.
func (e *Engine) DecideErasure(ctx context.Context, id, decision, note string, actor Actor) (*models.Erasure, error) {
	var x models.Erasure
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := models.Locked(tx).Where("id = ?", id).Take(&x).Error; err != nil {
			return err
		}
		switch {
		case x.AskedBy == actor.Person() || x.AskedBy == actor.UserID:
			return procedure.Refuse(procedure.Forbidden, "separation_of_duties", "申请人不能审批自己的申请")
		case x.Decision == decision && x.DecidedBy == actor.UserID:
			return nil // sent again
		case x.Decision != "":
			return procedure.Refuse(procedure.Conflict, "erasure_decided", "该申请已审批")
		}
		now := e.Clock.Now()
		x.Decision, x.DecidedBy, x.DecidedRole, x.DecidedAt, x.Note = decision, actor.UserID, string(actor.Role), &now, note
		return tx.Model(&x).Select("decision", "decided_by", "decided_role", "decided_at", "note").Updates(&x).Error
	})
	return &x, err
}

// ApprovedErasures are those that are still to be carried out, oldest first.
func (e *Engine) ApprovedErasures(ctx context.Context) ([]models.Erasure, error) {
	var out []models.Erasure
	err := e.Store.DB.WithContext(ctx).Where("decision = ? AND done_at IS NULL", models.ErasureApproved).Order("id").Find(&out).Error
	return out, err
}

// Erase carries an approved erasure out; remove takes the bytes of a file that nothing else refers to. Interrupted, it is
// begun again: each case is one transaction, and what has gone stays gone.
func (e *Engine) Erase(ctx context.Context, x *models.Erasure, remove func(sha string) error) error {
	if x.Decision != models.ErasureApproved {
		return procedure.Refuse(procedure.Conflict, "erasure_not_approved", "该申请没有批准")
	}
	g := &erasing{e: e, x: x, gone: map[string]int{}}
	db := e.Store.DB.WithContext(ctx)
	if err := g.known(db); err != nil {
		return err
	}
	var cases []string
	if err := db.Model(&models.Case{}).Where("household_id = ?", x.HouseholdID).Order("id").Pluck("id", &cases).Error; err != nil {
		return err
	}
	for _, id := range cases {
		if err := g.inCase(ctx, id); err != nil {
			return fmt.Errorf("case %s: %w", id, err)
		}
	}
	return e.Store.Tx(ctx, func(tx *gorm.DB) error {
		for _, step := range []func(*gorm.DB) error{g.staged, g.forms, g.lists, g.findings, g.files, g.exports, g.household, g.person} {
			if err := step(tx); err != nil {
				return err
			}
		}
		for _, sha := range g.bytes {
			if err := remove(sha); err != nil {
				return err
			}
		}
		now := e.Clock.Now()
		x.DoneAt, x.Erased = &now, g.gone
		return tx.Model(x).Select("done_at", "erased").Updates(x).Error
	})
}

// erasing is one erasure under way.
type erasing struct {
	e     *Engine
	x     *models.Erasure
	p     models.Person
	s     models.PersonSecret
	words []string // what tells that something is about the person
	gone  map[string]int
	bytes []string // hashes of files
}

func (g *erasing) known(tx *gorm.DB) (err error) {
	if err = tx.Where("id = ?", g.x.PersonID).Take(&g.p).Error; err != nil {
		return err
	}
	if g.s, err = g.p.Secret(g.e.Store.Vault); err != nil {
		return err
	}
	for _, w := range []string{g.p.ID, g.p.Name, g.s.IDNo, g.s.Phone, g.s.Certificate} {
		if utf8.RuneCountInString(w) > 1 && w != erasedName {
			w, _ := json.Marshal(w)
			g.words = append(g.words, string(w[1:len(w)-1])) // as it stands in JSON
		}
	}
	return nil
}

// erasedName stands where a name stood.
const erasedName = "（已删除）"

// about reports whether a text speaks of the person.
func (g *erasing) about(raw []byte) bool {
	return slices.ContainsFunc(g.words, func(w string) bool { return strings.Contains(string(raw), w) })
}

// inCase takes the forms of a case that speak of the person, and has its chain say so.
func (g *erasing) inCase(ctx context.Context, id string) error {
	seqs, papers := []int{}, []string{}
	events, err := g.e.Events(ctx, id)
	if err != nil {
		return err
	}
	for i := range events {
		raw, err := g.e.Store.Vault.Open("case_events", "payload", events[i].ID, events[i].Payload)
		if err != nil {
			return err
		}
		if g.about(raw) && events[i].Kind != "erase" {
			seqs = append(seqs, events[i].Seq)
		}
	}
	var issued []models.IssuedPaper
	if err := g.e.Store.DB.WithContext(ctx).Where("case_id = ?", id).Order("id").Find(&issued).Error; err != nil {
		return err
	}
	for i := range issued {
		raw, err := g.e.Store.Vault.Open("issued_papers", "frozen", issued[i].ID, issued[i].Frozen)
		if err != nil {
			return err
		}
		if g.about(raw) {
			papers = append(papers, issued[i].ID)
		}
		if raw == nil || g.about(raw) { // also one that went when this was interrupted
			g.bytes = append(g.bytes, issued[i].PDFSHA256, issued[i].DOCXSHA256)
		}
	}
	if len(seqs)+len(papers) == 0 {
		return nil
	}
	form := map[string]any{"erasure": g.x.ID, "ground": g.x.Ground, "records": seqs, "papers": papers}
	_, err = g.e.side(ctx, id, "erase", "erase", "erase:"+g.x.ID, BySystem, form, func(k *act) error {
		return g.takeAway(k.tx, id, seqs, papers)
	})
	g.gone["case_events"] += len(seqs)
	g.gone["issued_papers"] += len(papers)
	return err
}

func (g *erasing) takeAway(tx *gorm.DB, id string, seqs []int, papers []string) error {
	err := tx.Model(&models.CaseEvent{}).Where("case_id = ? AND seq IN ?", id, seqs).UpdateColumns(map[string]any{"payload": nil, "salt": ""}).Error
	if err != nil {
		return err
	}
	if err := tx.Model(&models.IssuedPaper{}).Where("id IN ?", papers).UpdateColumn("frozen", []byte{}).Error; err != nil {
		return err
	}
	// Who has the key of marks could guess a short text by its mark.
	about := tx.Model(&models.CaseEvent{}).Select("id").Where("case_id = ? AND seq IN ?", id, seqs)
	if err := tx.Where("event_id IN (?)", about).Delete(&models.EventText{}).Error; err != nil {
		return err
	}
	if err := tx.Model(&models.VisitText{}).Where("case_id = ?", id).UpdateColumn("text_hash", "").Error; err != nil {
		return err
	}
	for table, column := range map[string]string{"submissions": "body", "visit_texts": "sketch", "monitoring_episodes": "sealed"} {
		if err := tx.Table(table).Where("case_id = ?", id).UpdateColumn(column, nil).Error; err != nil {
			return err
		}
	}
	return nil
}

// staged takes what was sent in and speaks of the person, also where it was never committed, or was to open a case that is
// not there.
func (g *erasing) staged(tx *gorm.DB) error {
	var rows []models.Submission
	err := tx.Where("length(body) > 0").Where("case_id IN (SELECT id FROM cases WHERE household_id = ?) OR NOT EXISTS (SELECT 1 FROM cases WHERE cases.id = submissions.case_id)", g.x.HouseholdID).Find(&rows).Error
	if err != nil {
		return err
	}
	for i := range rows {
		raw, err := g.e.Store.Vault.Open("submissions", "body", rows[i].ID, rows[i].Body)
		if err != nil {
			return err
		}
		if !g.about(raw) {
			continue
		}
		if err := tx.Model(&rows[i]).UpdateColumn("body", nil).Error; err != nil {
			return err
		}
		g.gone["submissions"]++
	}
	return nil
}

// forms takes the answers of form records that speak of the person, those of all their versions.
func (g *erasing) forms(tx *gorm.DB) error {
	v := g.e.Store.Vault
	var records []models.FormRecord
	if err := tx.Where("subject_id = ?", g.x.HouseholdID).Find(&records).Error; err != nil {
		return err
	}
	for i := range records {
		r := &records[i]
		var acts []models.FormRecordAct
		if err := tx.Where("record_id = ?", r.ID).Find(&acts).Error; err != nil {
			return err
		}
		told, err := v.Open("form_records", "answers", r.ID, r.Answers)
		if err != nil {
			return err
		}
		for j := range acts {
			answers, note, err := acts[j].Texts(v)
			if err != nil {
				return err
			}
			told = append(append(told, answers...), note...)
		}
		if !g.about(told) {
			continue
		}
		if err := g.emptied(tx, r); err != nil {
			return err
		}
		if err := tx.Where("record_id = ?", r.ID).Delete(&models.RecordText{}).Error; err != nil {
			return err
		}
		g.gone["form_records"]++
	}
	return nil
}

// emptied takes all that a record says, and has an act say so.
func (g *erasing) emptied(tx *gorm.DB, r *models.FormRecord) error {
	gone := map[string]any{"answers": []byte{}, "note": []byte{}, "salt": ""}
	if err := tx.Model(&models.FormRecordAct{}).Where("record_id = ?", r.ID).UpdateColumns(gone).Error; err != nil {
		return err
	}
	act := models.FormRecordAct{ID: models.NewID(), RecordID: r.ID, RowVersion: r.RowVersion + 1, Action: RecordErased, Key: "erase:" + g.x.ID + ":" + r.ID,
		ActorID: g.x.DecidedBy, ActorRole: g.x.DecidedRole, At: g.e.Clock.Now()}
	act.Seal(g.e.Store.Vault, r, nil, []byte(g.x.ID+" "+g.x.Ground))
	if err := tx.Create(&act).Error; err != nil {
		return err
	}
	return tx.Model(r).UpdateColumns(map[string]any{"answers": []byte{}, "computed": []byte{}, "row_version": act.RowVersion}).Error
}

// lists takes what departments have told of the person.
func (g *erasing) lists(tx *gorm.DB) error {
	rows := tx.Model(&models.DeptRow{}).Where("person_id = ?", g.x.PersonID)
	res := rows.UpdateColumns(map[string]any{"sealed": nil, "state": models.RowWithdrawn, "fact_key": gorm.Expr("'erased:' || id")})
	g.gone["dept_rows"] += int(res.RowsAffected)
	if res.Error != nil {
		return res.Error
	}
	res = tx.Model(&models.DeptMatch{}).Where("person_id = ?", g.x.PersonID).UpdateColumns(map[string]any{"sealed": nil, "match_key": gorm.Expr("'erased:' || id")})
	g.gone["dept_matches"] += int(res.RowsAffected)
	if res.Error != nil {
		return res.Error
	}
	return g.doubts(tx)
}

// doubts takes the questions whom a list means that can mean nobody else, and answers them as about somebody outside the
// register: nothing is to be asked any more.
func (g *erasing) doubts(tx *gorm.DB) error {
	var list []models.DeptMatch
	err := models.Locked(tx).Where("person_id = '' AND decision IN ? AND candidates LIKE ?", []string{"", models.DeptUnknown}, `%"`+g.x.PersonID+`"%`).Order("id").Find(&list).Error
	if err != nil {
		return err
	}
	for i := range list {
		m := &list[i]
		who, err := m.Who(g.e.Store.Vault)
		if err != nil {
			return err
		}
		if len(m.Candidates) > 1 && (g.s.IDNo == "" || !strings.EqualFold(who.IDNo, g.s.IDNo)) {
			continue
		}
		m.Decision = models.DeptNotSame
		if err := g.e.deptDecided(tx, m, nil); err != nil {
			return err
		}
		answer := map[string]any{"decision": m.Decision, "decided_by": g.x.DecidedBy, "decided_at": g.e.Clock.Now(), "seq": m.Seq + 1, "sealed": nil, "match_key": gorm.Expr("'erased:' || id")}
		if err := tx.Model(&models.DeptMatch{}).Where("id = ?", m.ID).UpdateColumns(answer).Error; err != nil {
			return err
		}
		g.gone["dept_matches"]++
	}
	return nil
}

// findings takes what rules have found about the person.
func (g *erasing) findings(tx *gorm.DB) error {
	res := tx.Model(&models.QualityHit{}).Where("household_id = ? AND person_id IN ?", g.x.HouseholdID, []string{"", g.x.PersonID}).UpdateColumn("sealed", nil)
	g.gone["quality_hits"] += int(res.RowsAffected)
	return res.Error
}

// files takes the names of the files that were named and what was told of them, and tells whose bytes are to go.
func (g *erasing) files(tx *gorm.DB) error {
	var rows []models.Attachment
	if err := tx.Where("id IN ?", append(slices.Clone(g.x.Files), "")).Find(&rows).Error; err != nil {
		return err
	}
	for i := range rows {
		err := tx.Model(&rows[i]).UpdateColumns(map[string]any{"name": "", "sealed_name": nil, "sealed_facts": nil, "erased_at": g.e.Clock.Now()}).Error
		if err != nil {
			return err
		}
		g.bytes = append(g.bytes, rows[i].SHA256)
	}
	g.gone["attachments"] += len(rows)
	return g.unshared(tx)
}

// unshared keeps of the hashes those that nothing else refers to.
func (g *erasing) unshared(tx *gorm.DB) error {
	var kept []string
	for _, sha := range g.bytes {
		var files, papers int64
		if err := tx.Model(&models.Attachment{}).Where("sha256 = ? AND erased_at IS NULL", sha).Count(&files).Error; err != nil {
			return err
		}
		if err := tx.Model(&models.IssuedPaper{}).Where("(pdf_sha256 = ? OR docx_sha256 = ?) AND length(frozen) > 0", sha, sha).Count(&papers).Error; err != nil {
			return err
		}
		if files+papers == 0 {
			kept = append(kept, sha)
		}
	}
	g.bytes = kept
	return nil
}

// exports ends the files of exported lists that may hold the person: they go with the next tidying.
func (g *erasing) exports(tx *gorm.DB) error {
	above := []string{}
	for n := 2; n <= len(g.x.RegionCode); n++ {
		above = append(above, g.x.RegionCode[:n])
	}
	res := tx.Model(&models.Export{}).Where("state = ? AND region_code IN ?", models.ExportReady, above).UpdateColumn("expires_at", gorm.Expr("created_at")) // files go by the clock on the wall
	g.gone["exports"] += int(res.RowsAffected)
	return res.Error
}

// household takes what the record of the household says of the person.
func (g *erasing) household(tx *gorm.DB) error {
	var h models.Household
	if err := models.Locked(tx).Where("id = ?", g.x.HouseholdID).Take(&h).Error; err != nil {
		return err
	}
	s, err := h.Secret(g.e.Store.Vault)
	if err != nil {
		return err
	}
	for _, text := range []*string{&s.Phone, &s.Contact, &s.Supporter, &s.Bank, &s.Address} {
		if g.p.IsHead || g.about([]byte(*text)) {
			*text = ""
		}
	}
	for k, text := range s.Other {
		if g.p.IsHead || g.about([]byte(text)) {
			delete(s.Other, k)
		}
	}
	if err := g.called(tx, &h); err != nil {
		return err
	}
	if g.p.IsHead {
		h.HeadName, h.HeadPinyin, h.HeadAbbr = erasedName, "", ""
	}
	h.UpdatedAt, h.RowVersion = g.e.Clock.Now(), h.RowVersion+1
	if err := h.SetSecret(g.e.Store.Vault, s); err != nil {
		return err
	}
	return tx.Save(&h).Error
}

// callHousehold has a household called otherwise wherever rows call it by one of some names: its cases, their tasks, its forms.
// It returns its notices, whose sheets name people too.
func callHousehold(tx *gorm.DB, id string, names []string, otherwise string) (notices []models.PublicNotice, err error) {
	cases := tx.Model(&models.Case{}).Select("id").Where("household_id = ?", id)
	for table, of := range map[string]*gorm.DB{"cases": tx.Where("household_id = ?", id), "tasks": tx.Where("case_id IN (?)", cases), "form_records": tx.Where("subject_id = ?", id)} {
		if err := of.Table(table).Where("subject IN ?", names).UpdateColumn("subject", otherwise).Error; err != nil {
			return nil, err
		}
	}
	err = tx.Where("case_id IN (?)", cases).Find(&notices).Error
	return notices, err
}

// called takes the name from where the household is called by it: by that of its head, also of one it had before.
func (g *erasing) called(tx *gorm.DB, h *models.Household) error {
	names := []string{g.p.Name}
	if g.p.IsHead {
		names = append(names, h.HeadName) // a child's is not its own
	}
	notices, err := callHousehold(tx, h.ID, names, erasedName)
	if err != nil {
		return err
	}
	for i := range notices {
		raw, err := json.Marshal(notices[i].Sheet)
		if err != nil {
			return err
		}
		if !g.p.IsHead && !g.about(raw) {
			continue
		}
		if err := tx.Model(&notices[i]).UpdateColumn("sheet", "{}").Error; err != nil {
			return err
		}
	}
	return nil
}

// person takes the record itself; its id stays, for acts that name it.
func (g *erasing) person(tx *gorm.DB) error {
	now := g.e.Clock.Now()
	p := g.p
	p.Name, p.IDIndex, p.UpdatedAt = erasedName, nil, now
	if p.LeftAt == nil {
		p.LeftAt = &now
	}
	if err := p.SetSecret(g.e.Store.Vault, models.PersonSecret{}); err != nil {
		return err
	}
	p.NamePinyin, p.NameAbbr = "", ""
	g.gone["people"]++
	return tx.Save(&p).Error
}

// erasedBy are the records and papers of a case that its chain says have gone.
func erasedBy(events []models.CaseEvent, forms [][]byte) (seqs map[int]bool, papers map[string]bool) {
	seqs, papers = map[int]bool{}, map[string]bool{}
	for i := range events {
		if events[i].Kind != "erase" || forms[i] == nil {
			continue
		}
		var said struct {
			Records []int    `json:"records"`
			Papers  []string `json:"papers"`
		}
		_ = json.Unmarshal(forms[i], &said) // its hash holds: we wrote it
		for _, n := range said.Records {
			seqs[n] = true
		}
		for _, id := range said.Papers {
			papers[id] = true
		}
	}
	return seqs, papers
}

// goneWithoutRecord is the number of the first record whose form has gone and of which no later act says so, 0 if there is
// none.
func goneWithoutRecord(events []models.CaseEvent, forms [][]byte) int {
	said, _ := erasedBy(events, forms)
	for i := range events {
		if forms[i] == nil && !said[events[i].Seq] {
			return events[i].Seq
		}
	}
	return 0
}

// erasedPaperHolds says when the text of a paper has gone and the chain of its case does not say so.
func (e *Engine) erasedPaperHolds(ctx context.Context, p *models.IssuedPaper, v *Verdict) error {
	events, err := e.Events(ctx, p.CaseID)
	if err != nil {
		return err
	}
	forms := make([][]byte, len(events))
	for i := range events {
		forms[i], _ = e.payloadFault(&events[i]) // what is wrong with it is told with its case
	}
	if _, papers := erasedBy(events, forms); !papers[p.ID] {
		v.Bad = append(v.Bad, BadRecord{CaseID: p.CaseID, No: p.Number, Fault: "文书固定的内容缺失，且没有依法删除的记录"})
	}
	return nil
}
