package activities

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gorm.io/gorm"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// Actions on a form record.
const (
	RecordCreate = "create"
	RecordSave   = "save"
	RecordFinish = "finish"
	RecordCheck  = "check"
	RecordVoided = "void"
	RecordAttach = "attach"
	RecordErased = "erase" // what it says is gone, as the law wants
)

// FormDraft begins a form about a household or a region. Key makes it safe to repeat.
type FormDraft struct {
	Key         string
	Form        string
	HouseholdID string
	RegionCode  string
	Period      string
	CampaignID  string
	Unit        string // of a campaign's form: the department or the working group it is about
	CaseID      string
	Collector   string // "" for the actor
	Answers     map[string]any
	Actor       Actor
}

// RecordAct is something done to a record that the caller has seen at RowVersion. Answers
// are kept as they were if they are nil.
type RecordAct struct {
	Key        string
	ID         string
	RowVersion int
	Action     string
	Answers    map[string]any
	Note       string
	// File is what RecordAttach adds to the record, nil in other acts. Its bytes are stored already.
	File  *models.Attachment
	Actor Actor
}

// OpenRecord begins a form record as a draft. One and the same form is filled in once for
// a subject, unit, period and campaign.
func (e *Engine) OpenRecord(ctx context.Context, d FormDraft) (*models.FormRecord, error) {
	var out *models.FormRecord
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		before, err := recordOf(tx, d.Key)
		if err != nil || before != nil {
			out = before
			return err
		}
		if out, err = e.newRecord(tx, d); err != nil {
			return err
		}
		return e.writeRecord(tx, out, RecordAct{Key: d.Key, Action: RecordCreate, Answers: d.Answers, Actor: d.Actor})
	})
	if models.Duplicate(err) {
		return nil, procedure.Refuse(procedure.Conflict, "form_exists", "该对象本期的这份表已经在填或已填，请打开原表；填错的先作废再填")
	}
	return out, err
}

// recordOf is the record that an act with that key was about, nil if there was none.
func recordOf(tx *gorm.DB, key string) (*models.FormRecord, error) {
	var r models.FormRecord
	err := tx.Where("id IN (SELECT record_id FROM form_record_acts WHERE key = ?)", key).Take(&r).Error
	if models.Missing(err) {
		return nil, nil
	}
	return &r, err
}

func (e *Engine) newRecord(tx *gorm.DB, d FormDraft) (*models.FormRecord, error) {
	now := e.Clock.Now()
	r := &models.FormRecord{ID: models.NewID(), SubjectKind: string(forms.AboutRegion), SubjectID: d.RegionCode, RegionCode: d.RegionCode, Period: d.Period,
		CampaignID: d.CampaignID, Unit: d.Unit, CaseID: d.CaseID, State: models.RecordDraft, CollectorID: d.Collector, EnteredBy: d.Actor.UserID, CreatedAt: now}
	if r.CollectorID == "" {
		r.CollectorID = d.Actor.Person()
	}
	if d.HouseholdID != "" {
		h, err := household(tx, d.HouseholdID)
		if err != nil {
			return nil, err
		}
		r.SubjectKind, r.SubjectID, r.Subject, r.RegionCode = string(forms.AboutHousehold), h.ID, h.HeadName, h.RegionCode
	} else {
		var region models.Region
		if err := tx.Where("code = ?", d.RegionCode).Take(&region).Error; err != nil {
			return nil, procedure.Refuse(procedure.Invalid, "region_required", "请选择所属的村、乡镇或县", no("region_code", "required", "请选择所属的村、乡镇或县")...)
		}
		r.Subject = region.Name
	}
	snapshot, err := e.resolve(tx, r.RegionCode, now)
	if err != nil {
		return nil, err
	}
	f, ok := forms.Standard.InForce(d.Form, snapshot)
	if !ok {
		return nil, noSuchForm(d.Form)
	}
	if string(f.Subject) != r.SubjectKind {
		return nil, procedure.Refuse(procedure.Invalid, "form_subject", fmt.Sprintf("“%s”的填写对象不对：应当是%s", f.Title, map[forms.Subject]string{forms.AboutHousehold: "一户农户", forms.AboutRegion: "一个村或乡镇"}[f.Subject]))
	}
	if err := campaignTakes(tx, d); err != nil {
		return nil, err
	}
	r.Form, r.Version = f.Code, f.Version
	r.PolicyHash, err = e.keepSnapshot(tx, snapshot)
	return r, err
}

// ActOnRecord saves, finishes, checks or voids a record, or adds a file to it.
func (e *Engine) ActOnRecord(ctx context.Context, a RecordAct) (*models.FormRecord, error) {
	var out *models.FormRecord
	err := e.Store.Tx(ctx, func(tx *gorm.DB) error {
		before, err := recordOf(tx, a.Key)
		if err != nil || before != nil {
			out = before
			if before != nil && (before.ID != a.ID || !sameFile(tx, a.File)) {
				return keyReused()
			}
			return err
		}
		var r models.FormRecord
		if err := models.Locked(tx).Where("id = ?", a.ID).Take(&r).Error; err != nil {
			return err
		}
		out = &r
		typists, err := typistsOf(tx, r.ID)
		if err != nil {
			return err
		}
		if err := stands(&r, a, typists); err != nil {
			return err
		}
		return e.writeRecord(tx, &r, a)
	})
	return out, err
}

// sameFile reports whether a file that comes again is the one that was recorded.
func sameFile(tx *gorm.DB, f *models.Attachment) bool {
	var n int64
	return f == nil || tx.Model(&models.Attachment{}).Where("id = ? AND sha256 = ?", f.ID, f.SHA256).Count(&n).Error == nil && n == 1
}

// typistsOf are the accounts that have had a hand in what a record says.
func typistsOf(tx *gorm.DB, record string) ([]string, error) {
	var acts []models.FormRecordAct
	err := tx.Select("actor_id, for_id").Where("record_id = ? AND action IN ?", record, []string{RecordCreate, RecordSave, RecordFinish}).Find(&acts).Error
	var out []string
	for _, a := range acts {
		out = append(out, a.ActorID)
		if a.ForID != "" {
			out = append(out, a.ForID)
		}
	}
	return out, err
}

// stands refuses an act that the record does not allow as it is. typists have had a hand
// in what it says.
func stands(r *models.FormRecord, a RecordAct, typists []string) error {
	refuse := func(code, message string) error { return procedure.Refuse(procedure.Conflict, code, message) }
	persons := a.Actor.persons()
	switch {
	case a.RowVersion != r.RowVersion && a.Action != RecordAttach: // a file changes no answer that somebody may be looking at
		return refuse("form_moved", "该表已被他人改动，请刷新后再办")
	case r.State == models.RecordVoid:
		return refuse("form_void", "该表已作废")
	case (a.Action == RecordSave || a.Action == RecordFinish) && r.State != models.RecordDraft:
		return refuse("form_final", "该表已定稿，不能改动；填错的请作废后重填")
	case a.Action == RecordCheck && r.State != models.RecordFinal:
		return refuse("form_not_final", "该表尚未填完，不能复核")
	case a.Action == RecordCheck && r.ReviewerID != "":
		return refuse("form_checked", "该表已经复核")
	case a.Action == RecordCheck && (slices.Contains(persons, r.CollectorID) || slices.ContainsFunc(typists, func(id string) bool { return slices.Contains(persons, id) })):
		return procedure.Refuse(procedure.Forbidden, "separation_of_duties", "采集人、录入人不能复核自己的表，请由另一人复核")
	case a.Action == RecordVoided && strings.TrimSpace(a.Note) == "":
		return procedure.Refuse(procedure.Invalid, "conditions_not_met", "作废应当写明理由", no("note", "required", "请填写作废的理由")...)
	case a.Action != RecordSave && a.Action != RecordFinish && a.Answers != nil:
		return procedure.Refuse(procedure.Invalid, "conditions_not_met", "复核、作废和上传附件不能改动内容")
	}
	return nil
}

// writeRecord looks through the answers, seals them and writes record and act.
func (e *Engine) writeRecord(tx *gorm.DB, r *models.FormRecord, a RecordAct) error {
	f, snapshot, err := e.formOf(tx, r)
	if err != nil {
		return err
	}
	answers := a.Answers
	if answers == nil {
		answers = map[string]any{}
		if r.RowVersion > 0 {
			if err := r.Open(e.Store.Vault, &answers, new(forms.Result)); err != nil {
				return err
			}
		}
	}
	result, err := e.look(tx, r, f, snapshot, answers, a)
	if err != nil {
		return err
	}
	now := e.Clock.Now()
	act := models.FormRecordAct{ID: models.NewID(), RecordID: r.ID, RowVersion: r.RowVersion + 1, Action: a.Action, Key: a.Key, ActorID: a.Actor.UserID, ActorRole: string(a.Actor.Role), ForID: a.Actor.ForID, At: now}
	fresh := r.RowVersion == 0
	r.RowVersion, r.UpdatedAt = act.RowVersion, now
	if a.Answers != nil {
		r.EnteredBy = a.Actor.UserID
	}
	written := fresh || a.Answers != nil
	r.TextsMarked = r.TextsMarked || written
	switch a.Action {
	case RecordFinish:
		r.State, r.FinishedAt = models.RecordFinal, &now
		if err := e.recordFindings(tx, r, f, answers, result, now); err != nil {
			return err
		}
	case RecordCheck:
		r.ReviewerID, r.ReviewedAt = a.Actor.Person(), &now
	case RecordVoided:
		r.State = models.RecordVoid
	case RecordAttach:
		file := *a.File
		file.RecordID, file.UploadedBy, file.CreatedAt = r.ID, a.Actor.UserID, now
		if err := tx.Create(&file).Error; err != nil {
			return err
		}
		if a.Note, err = fileNote(e.Store.Vault, &file); err != nil {
			return err
		}
	}
	if err := r.Seal(e.Store.Vault, &act, answers, result, a.Note); err != nil {
		return err
	}
	if fresh {
		err = tx.Create(r).Error
	} else {
		err = tx.Save(r).Error
	}
	if err != nil {
		return err
	}
	models.TouchRecord(tx, r)
	if err := tx.Create(&act).Error; err != nil || !written {
		return err
	}
	return e.markRecord(tx, r, f.Written(), answers, act.ID)
}

// look computes what the answers come to. A draft may lack answers; a finished form is
// complete, without errors, and explains its findings in the note.
func (e *Engine) look(tx *gorm.DB, r *models.FormRecord, f *forms.Form, s policy.Snapshot, answers map[string]any, a RecordAct) (forms.Result, error) {
	w, err := e.formWorld(tx, r, s)
	if err != nil || a.Action == RecordCheck || a.Action == RecordVoided || a.Action == RecordAttach {
		return f.Compute(answers, w), err
	}
	faults := forms.Faults(f.Written(), answers, w)
	result := f.Compute(answers, w)
	if a.Action != RecordFinish {
		faults = slices.DeleteFunc(faults, func(x procedure.FieldFault) bool { return !unusable[x.Code] })
	} else {
		for _, x := range result.Findings {
			if x.Severity == forms.Error || x.Severity == forms.Explain && strings.TrimSpace(a.Note) == "" {
				faults = append(faults, procedure.FieldFault{Field: x.Field, Code: x.Code, Message: x.Message})
			}
		}
	}
	if len(faults) > 0 {
		return result, procedure.Refuse(procedure.Invalid, "conditions_not_met", fmt.Sprintf("“%s”还有 %d 处需要补正", f.Title, len(faults)), faults...)
	}
	return result, nil
}

// unusable are the faults that not even a draft may have: what could not be shown again.
var unusable = map[string]bool{"wrong_type": true, "unknown_field": true, "too_many": true, "too_long": true}

// formOf is the form of a record with the policy it was begun under.
func (e *Engine) formOf(tx *gorm.DB, r *models.FormRecord) (*forms.Form, policy.Snapshot, error) {
	f, ok := forms.Standard.Find(forms.Key(r.Form, r.Version))
	if !ok {
		return nil, policy.Snapshot{}, noSuchForm(r.Form)
	}
	s, err := e.Snapshot(tx, r.PolicyHash)
	return f, s, err
}

// RecordWorld is what the answers of a record are looked at with.
func (e *Engine) RecordWorld(ctx context.Context, r *models.FormRecord, s policy.Snapshot) (forms.World, error) {
	return e.formWorld(e.Store.DB.WithContext(ctx), r, s)
}

func (e *Engine) formWorld(tx *gorm.DB, r *models.FormRecord, s policy.Snapshot) (forms.World, error) {
	w := forms.World{Policy: s, Now: e.Clock.Now()}
	if r.SubjectKind != string(forms.AboutHousehold) {
		return w, nil
	}
	h, err := household(tx, r.SubjectID)
	if err != nil {
		return w, err
	}
	w.Registered = &forms.Registered{Population: h.Population}
	return w, nil
}

// ReadRecord opens a record: its form, the policy, the answers and what they come to.
func (e *Engine) ReadRecord(ctx context.Context, r *models.FormRecord) (*forms.Form, policy.Snapshot, map[string]any, forms.Result, error) {
	f, s, err := e.formOf(e.Store.DB.WithContext(ctx), r)
	answers, result := map[string]any{}, forms.Result{}
	if err == nil {
		err = r.Open(e.Store.Vault, &answers, &result)
	}
	return f, s, answers, result, err
}
