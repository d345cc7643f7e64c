package activities

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"gorm.io/gorm"

	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// markedLetters is how long a text must be, without digits and punctuation, to be looked for elsewhere: short answers
// are alike by nature.
const markedLetters = 20

// mark is the keyed hash of a text that is long enough.
func (e *Engine) mark(words string, names ...string) (mark int64, long bool) {
	plain := policy.Plain(words, names...)
	if utf8.RuneCountInString(plain) < markedLetters {
		return 0, false
	}
	return e.Store.Vault.Mark("text", plain), true
}

// markTexts keeps a keyed hash of every long text that a person has written in an act, so that the same words under two
// households are found without opening any (5.7).
func (k *act) markTexts(ev *models.CaseEvent, fields []procedure.Field) error {
	if ev.ActorID == "" || k.c.HouseholdID == "" {
		return nil
	}
	var out []*models.EventText
	for _, f := range fields {
		if f.Kind != procedure.Long {
			continue
		}
		if mark, long := k.e.mark(text(k.form, f.Code), k.c.Subject); long {
			out = append(out, &models.EventText{EventID: ev.ID, Field: f.Code, CaseID: ev.CaseID, HouseholdID: k.c.HouseholdID, Mark: mark})
		}
	}
	return models.Insert(k.tx, out...)
}

// markRecord does the same for a form record as it is now. What stood in it before keeps the act in which it was written.
func (e *Engine) markRecord(tx *gorm.DB, r *models.FormRecord, fields []procedure.Field, answers map[string]any, actID string) error {
	now, err := e.recordTexts(tx, r, fields, answers)
	if err != nil {
		return err
	}
	var before []models.RecordText
	if err := tx.Where("record_id = ?", r.ID).Find(&before).Error; err != nil {
		return err
	}
	wrote := map[models.RecordText]string{}
	for _, t := range before {
		act := t.ActID
		t.ActID = ""
		wrote[t] = act
	}
	for _, t := range now {
		t.ActID = cmp.Or(wrote[*t], actID)
	}
	if err := tx.Where("record_id = ?", r.ID).Delete(&models.RecordText{}).Error; err != nil {
		return err
	}
	for some := range slices.Chunk(now, textsAtOnce) {
		if err := models.Insert(tx, some...); err != nil {
			return err
		}
	}
	return nil
}

// textsAtOnce keeps a statement below the number of values that a database takes.
const textsAtOnce = 1000

// recordTexts are the long texts of a form: of a household, those of all its fields and tables; of a place, those of the rows
// of a table that name a household of it. Of the same words under one household in a form the first are taken.
func (e *Engine) recordTexts(tx *gorm.DB, r *models.FormRecord, fields []procedure.Field, answers map[string]any) ([]*models.RecordText, error) {
	about := r.SubjectKind == string(forms.AboutHousehold)
	var out []*models.RecordText
	seen := map[models.RecordText]bool{}
	add := func(field string, line int, home, words string, names ...string) {
		mark, long := e.mark(words, names...)
		same := models.RecordText{HouseholdID: home, Mark: mark}
		if !long || home == "" || seen[same] {
			return
		}
		seen[same] = true
		out = append(out, &models.RecordText{RecordID: r.ID, Field: field, Line: line, HouseholdID: home, Mark: mark})
	}
	for _, f := range fields {
		switch {
		case f.Kind == procedure.Long && about:
			add(f.Code, 0, r.SubjectID, text(answers, f.Code), r.Subject)
		case f.Kind == procedure.Rows && slices.ContainsFunc(f.Columns, isLong):
			rows := forms.Rows(answers, f.Code)
			homes, err := homesOfRows(tx, r, rows)
			if err != nil {
				return nil, err
			}
			for i, row := range rows {
				home := homes[text(row, "household_no")]
				if about {
					home = r.SubjectID
				}
				for _, c := range f.Columns {
					if isLong(c) {
						add(f.Code+"."+c.Code, i+1, home, text(row, c.Code), r.Subject, text(row, "head"))
					}
				}
			}
		}
	}
	return out, nil
}

func isLong(f procedure.Field) bool { return f.Kind == procedure.Long }

// homesOfRows are the households of a place that rows about it name, by their numbers.
func homesOfRows(tx *gorm.DB, r *models.FormRecord, rows []map[string]any) (map[string]string, error) {
	var numbers []string
	for _, row := range rows {
		if no := text(row, "household_no"); no != "" {
			numbers = append(numbers, no)
		}
	}
	out := map[string]string{}
	if len(numbers) == 0 || r.SubjectKind == string(forms.AboutHousehold) {
		return out, nil
	}
	var list []models.Household
	err := tx.Select("id, no, region_code").Where("no IN ?", numbers).Find(&list).Error
	for i := range list {
		if strings.HasPrefix(list[i].RegionCode, r.RegionCode) {
			out[list[i].No] = list[i].ID
		}
	}
	return out, err
}

// unmarkedBatch is how many records are looked up at once.
const unmarkedBatch = 200

// MarkRecords marks the texts of form records that were written before there were marks. Interrupted, it goes on with the
// rest; one that cannot be opened is left, and keeps no other from its turn.
func (e *Engine) MarkRecords(ctx context.Context) error {
	var fault error
	for after := ""; ; {
		var ids []string
		err := e.Store.DB.WithContext(ctx).Model(&models.FormRecord{}).Where("NOT texts_marked AND id > ?", after).Order("id").Limit(unmarkedBatch).Pluck("id", &ids).Error
		if err != nil || len(ids) == 0 {
			return errors.Join(err, fault)
		}
		for _, id := range ids {
			after = id
			if err := e.markOld(ctx, id); err != nil {
				fault = fmt.Errorf("form record %s: %w", id, err)
			}
		}
	}
}

func (e *Engine) markOld(ctx context.Context, id string) error {
	return e.Store.Tx(ctx, func(tx *gorm.DB) error {
		var r models.FormRecord
		if err := models.Locked(tx).Where("id = ?", id).Take(&r).Error; err != nil || r.TextsMarked {
			return err
		}
		var acts []models.FormRecordAct
		err := tx.Select("id").Where("record_id = ? AND action IN ?", id, []string{RecordCreate, RecordSave, RecordFinish}).Order("row_version DESC").Limit(1).Find(&acts).Error
		if err != nil {
			return err
		}
		if f, known := forms.Standard.Find(forms.Key(r.Form, r.Version)); known && len(acts) > 0 {
			answers := map[string]any{}
			if err := r.Open(e.Store.Vault, &answers, new(forms.Result)); err != nil {
				return err
			}
			if err := e.markRecord(tx, &r, f.Written(), answers, acts[0].ID); err != nil {
				return err
			}
		}
		return tx.Model(&r).UpdateColumn("texts_marked", true).Error
	})
}
