package api

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// Which cases of an engagement an evidence package or a replay is about. They are chosen once, through the gate, and
// stand in audit_cases from then on.

// choice is one case, a sample, what a pattern finds, or all cases of an engagement, each narrowed by kind, area and days.
type choice = gen.AuditReplayInput

// asMap is a choice as it is kept in a row.
func asMap(c choice) map[string]any {
	raw, _ := json.Marshal(c) // texts, a number and days always encode
	var out map[string]any
	_ = json.Unmarshal(raw, &out) // was JSON just now
	return out
}

func asChoice(m map[string]any) (c choice) {
	raw, _ := json.Marshal(m) // was JSON before
	_ = json.Unmarshal(raw, &c)
	return c
}

// choose puts the chosen cases down under the id of a run, and tells how many they are. v is an auditor under one engagement.
// What a pattern finds was looked up before, for that may take its time.
func (s *server) choose(tx *gorm.DB, v *viewer, e *models.Engagement, run string, c choice, found []string) (n int64, err error) {
	if c.Pattern == "" {
		err = s.chooseCases(tx, v, e, run, c)
	}
	rows := make([]models.AuditCase, len(found))
	for i, id := range found {
		rows[i] = models.AuditCase{RunID: run, CaseID: id}
	}
	if err == nil && len(rows) > 0 {
		err = tx.CreateInBatches(rows, exportPage).Error
	}
	if err != nil {
		return 0, err
	}
	err = tx.Model(&models.AuditCase{}).Where("run_id = ?", run).Count(&n).Error
	switch {
	case err == nil && n == 0 && c.CaseID != "":
		err = notFound()
	case err == nil && n == 0:
		err = procedure.Refuse(procedure.Invalid, "nothing_chosen", "所选范围内没有事项")
	}
	return n, err
}

// clash refuses a choice of two kinds, and one of nothing that there is.
func clash(c choice) error {
	said := 0
	for _, x := range []string{c.CaseID, c.SampleID, c.Pattern} {
		if x != "" {
			said++
		}
	}
	switch p, known := activities.PatternOf(c.Pattern); {
	case said > 1:
		return invalidField("case_id", "choice_unclear", "事项、样本和疑点只能选一种")
	case c.Pattern != "" && !known:
		return invalidField("pattern", "unknown_pattern", "没有这一类疑点")
	case c.Least != 0 && (p.Least == nil || c.Least < p.Least.Min || c.Least > p.Least.Max):
		return invalidField("least", "least_out_of_range", "界限超出可以设定的范围")
	}
	return nil
}

func (s *server) chooseCases(tx *gorm.DB, v *viewer, e *models.Engagement, run string, c choice) error {
	found := tx.Model(&models.Case{})
	switch {
	case c.CaseID != "":
		found = s.filterCases(found.Where("cases.id = ?", c.CaseID), v)
	case c.SampleID != "":
		var sample models.EngagementSample
		if err := tx.Where("id = ? AND engagement_id = ?", c.SampleID, e.ID).Take(&sample).Error; err != nil {
			if models.Missing(err) {
				return notFound()
			}
			return err
		}
		found = s.filterCases(found.Where("cases.id IN ?", sample.CaseIDs), v)
	default:
		found = s.scopeCases(found, v)
	}
	found = narrowed(found, c)
	if !c.From.IsZero() {
		found = found.Where("cases.opened_at >= ?", dateOf(c.From.Time).Start().UTC())
	}
	if !c.Until.IsZero() {
		found = found.Where("cases.opened_at < ?", dateOf(c.Until.Time).AddDays(1).Start().UTC())
	}
	return tx.Exec("INSERT INTO audit_cases (run_id, case_id) ?", found.Select("CAST(? AS TEXT), cases.id", run)).Error
}

func narrowed(tx *gorm.DB, c choice) *gorm.DB {
	if c.Village != "" {
		here := casesWithin(c.Village)
		tx = tx.Where(here.sql, here.args...)
	}
	if c.Procedure != "" {
		tx = tx.Where("cases.procedure = ?", c.Procedure)
	}
	return tx
}

// patternCases are the cases in which the pattern of a choice finds something, be it the like of a form record, each once; none for another choice.
func (s *server) patternCases(ctx context.Context, v *viewer, c choice) (out []string, err error) {
	if err := clash(c); err != nil || c.Pattern == "" {
		return nil, err
	}
	p, _ := activities.PatternOf(c.Pattern)
	ask := activities.PatternQuery{Least: c.Least, Limit: exportPage, Scope: func(tx *gorm.DB) *gorm.DB { return narrowed(s.scopeCases(tx, v), c) },
		Records: s.recordsOf(v, c.Village, c.Procedure)}
	if !c.From.IsZero() {
		ask.From = dateOf(c.From.Time).Start()
	}
	if !c.Until.IsZero() {
		ask.Until = dateOf(c.Until.Time).AddDays(1).Start()
	}
	seen := map[string]bool{}
	for {
		hits, err := s.engine.Find(s.db(ctx), p, ask)
		if err != nil || len(hits) == 0 {
			return out, err
		}
		for _, h := range hits {
			ask.AfterAt, ask.AfterID = h.At, h.ID
			if h.CaseID != "" && !seen[h.CaseID] { // a form record is none
				seen[h.CaseID] = true
				out = append(out, h.CaseID)
			}
		}
	}
}

// chosenAfter are the next cases of a run, by their ids.
func (s *server) chosenAfter(ctx context.Context, run, after string, limit int) (ids []string, err error) {
	err = s.db(ctx).Model(&models.AuditCase{}).Where("run_id = ? AND case_id > ?", run, after).Order("case_id").Limit(limit).Pluck("case_id", &ids).Error
	return ids, err
}

// choiceText says a choice in words.
func (s *server) choiceText(ctx context.Context, c choice) (string, error) {
	var parts []string
	switch p, _ := activities.PatternOf(c.Pattern); {
	case c.CaseID != "":
		var found models.Case
		if err := s.db(ctx).Select("no", "procedure").Where("id = ?", c.CaseID).Take(&found).Error; err != nil {
			return "", err
		}
		return procedureTitle(found.Procedure) + " " + found.No, nil
	case c.SampleID != "":
		var x models.EngagementSample
		if err := s.db(ctx).Where("id = ?", c.SampleID).Take(&x).Error; err != nil {
			return "", err
		}
		parts = append(parts, "随机样本（种子 "+x.Seed+"，"+strconv.Itoa(x.Population)+" 件中抽 "+strconv.Itoa(len(x.CaseIDs))+" 件）")
	case c.Pattern != "":
		text := "疑点“" + p.Title + "”"
		if p.Least != nil {
			least := c.Least
			if least == 0 {
				least = p.Least.Default
			}
			text += "（" + p.Least.Title + strconv.Itoa(least) + "）"
		}
		parts = append(parts, text)
	default:
		parts = append(parts, "任务范围内的全部事项")
	}
	if c.Procedure != "" {
		parts = append(parts, procedureTitle(c.Procedure))
	}
	if c.Village != "" {
		l, err := s.labels(ctx, codes{regions: []string{c.Village}})
		if err != nil {
			return "", err
		}
		parts = append(parts, l.region(c.Village))
	}
	if from, until := dayText(c.From), dayText(c.Until); from+until != "" {
		parts = append(parts, from+"至"+until)
	}
	return strings.Join(parts, "，"), nil
}
