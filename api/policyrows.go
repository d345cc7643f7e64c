package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// seesPolicy: policy is no secret within the county that it holds for.
func seesPolicy(v *viewer, region string) bool {
	return slices.ContainsFunc(v.grants, func(g models.RoleGrant) bool {
		return g.RegionCode != "" && (strings.HasPrefix(region, g.RegionCode) || strings.HasPrefix(g.RegionCode, region))
	})
}

// GetPolicy shows every key with its default, the value in force for an area on
// a date, and the rows that concern that area.
func (s *server) GetPolicy(ctx context.Context, r gen.GetPolicyRequestObject) (gen.GetPolicyResponseObject, error) {
	v := viewerOf(ctx)
	region := policy.RegionPrefix(orText(r.Params.Region, homeRegion(v)))
	if region != "" && !seesPolicy(v, region) {
		return nil, notFound()
	}
	on := policy.DateOf(s.engine.Clock.Now())
	if !r.Params.On.IsZero() {
		on = dateOf(r.Params.On.Time)
	}
	l, err := s.labels(ctx, codes{regions: []string{region}})
	if err != nil {
		return nil, err
	}
	snapshot, err := s.policyFor(ctx, region, on.Start())
	if err != nil {
		return nil, err
	}
	var rows []models.PolicyRow
	if err := s.db(ctx).Order("key, region_code, valid_from, id").Find(&rows).Error; err != nil {
		return nil, err
	}
	out := gen.Policy{RegionCode: region, RegionName: l.region(region), On: day(on), CanEdit: editsPolicy(v, region), Keys: []gen.PolicyKey{}}
	for _, k := range policy.Keys {
		key := gen.PolicyKey{Key: k.Code, Title: k.Title, Kind: string(k.Kind), Unit: k.Unit, SeenRange: k.SeenRange, Source: k.Basis, Table: tableOf(k, snapshot), Default: plain(k.Default), Value: plain(snapshot.Values[k.Code]), Rows: []gen.PolicyRow{}}
		for _, row := range rows {
			held := row.ValidTo == nil || row.ValidFrom.Before(*row.ValidTo) // else another was set on the same day
			if held && row.Key == k.Code && (strings.HasPrefix(region, row.RegionCode) || strings.HasPrefix(row.RegionCode, region)) {
				key.Rows = append(key.Rows, policyRow(&row))
			}
		}
		out.Keys = append(out.Keys, key)
	}
	return gen.GetPolicy200JSONResponse(out), nil
}

// tableOf is how a value of several parts is edited, with the options that are in force.
func tableOf(k policy.Key, s policy.Snapshot) (out gen.PolicyTable) {
	t, ok := k.Table()
	if !ok {
		return out
	}
	out = gen.PolicyTable{Form: gen.PolicyTableForm(t.Form), Columns: make([]gen.PolicyColumn, len(t.Columns))}
	for i, c := range t.Columns {
		out.Columns[i] = gen.PolicyColumn{Code: c.Code, Title: c.Title, Kind: gen.PolicyColumnKind(c.Kind), Optional: c.Optional, Options: []gen.CodeTitle{}}
		for _, o := range optionsOf(c, s) {
			out.Columns[i].Options = append(out.Columns[i].Options, gen.CodeTitle{Code: o.Code, Title: o.Title})
		}
	}
	return out
}

func optionsOf(c policy.Column, s policy.Snapshot) (out []policy.Item) {
	switch c.From {
	case "":
		return c.Options
	case policy.FromRoles:
		for _, r := range procedure.Roles {
			if r.Code.Granted() && !r.Code.Administers() {
				out = append(out, policy.Item{Code: string(r.Code), Title: r.Title})
			}
		}
	case policy.FromForms:
		for _, f := range forms.Standard.All() {
			out = append(out, policy.Item{Code: f.Code, Title: f.Title})
		}
		// The versions of a form stand side by side.
		out = slices.CompactFunc(out, func(a, b policy.Item) bool { return a.Code == b.Code })
	default:
		var list []policy.Item
		if s.JSON(c.From, &list) == nil {
			out = list
		}
	}
	return out
}

// dateOf is the date as it was written, whatever zone it was read in.
func dateOf(t time.Time) policy.Date { return policy.NewDate(t.Year(), t.Month(), t.Day()) }

func plain(raw json.RawMessage) any {
	var v any
	if json.Unmarshal(raw, &v) != nil {
		return nil
	}
	return v
}

func policyRow(r *models.PolicyRow) gen.PolicyRow {
	k, _ := policy.FindKey(r.Key)
	out := gen.PolicyRow{ID: r.ID, Key: r.Key, Title: orText(k.Title, r.Key), Unit: k.Unit, RegionCode: r.RegionCode, ValidFrom: day(policy.DateOf(r.ValidFrom)), Value: plain(r.Value),
		Source: r.Basis, By: r.CreatedBy, At: r.CreatedAt}
	if r.ValidTo != nil {
		// Stored is the first moment at which it no longer holds.
		out.ValidTo = day(policy.DateOf(*r.ValidTo).AddDays(-1))
	}
	return out
}

// PutPolicyRow adds a value for an area from a day on, or tells what that would change; the row that held
// there until then ends. Open cases keep the policy they were opened under.
func (s *server) PutPolicyRow(ctx context.Context, r gen.PutPolicyRowRequestObject) (gen.PutPolicyRowResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	region := policy.RegionPrefix(in.RegionCode)
	if !seesPolicy(v, region) {
		return nil, notFound()
	}
	if !editsPolicy(v, region) {
		return nil, forbidden("role_not_allowed", "只有县级部门和安全管理员可以设置本辖区的政策参数")
	}
	row, err := s.newRow(v, region, r.Params.IdempotencyKey, in)
	if err != nil {
		return nil, err
	}
	if in.DryRun {
		t, err := s.tryRow(ctx, &row)
		if err != nil {
			return nil, err
		}
		out := policyRow(&row)
		out.Outlook, err = s.outlook(ctx, t)
		return gen.PutPolicyRow200JSONResponse(out), err
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		var before models.PolicyRow
		err := tx.Where("id = ?", row.ID).Take(&before).Error
		if err == nil {
			if before.Key != row.Key || before.RegionCode != row.RegionCode || string(before.Value) != string(row.Value) || !before.ValidFrom.Equal(row.ValidFrom) {
				return keyReused()
			}
			row = before
			return nil
		}
		if !models.Missing(err) {
			return err
		}
		if err := s.enterRow(tx, &row); err != nil {
			return err
		}
		return s.recordPolicy(tx, v, &row)
	})
	if err != nil {
		return nil, err
	}
	return gen.PutPolicyRow200JSONResponse(policyRow(&row)), nil
}

// recordPolicy puts a new value among the acts that the audit administrator sees.
func (s *server) recordPolicy(tx *gorm.DB, v *viewer, row *models.PolicyRow) error {
	i := slices.IndexFunc(v.own(), func(g models.RoleGrant) bool {
		return editsPolicy(&viewer{user: v.user, grants: []models.RoleGrant{g}}, row.RegionCode)
	})
	k, _ := policy.FindKey(row.Key)
	return s.engine.Administer(tx, v.as(v.own()[i])).Record("policy.set", row.RegionCode, "policy", row.ID, orText(k.Title, row.Key),
		map[string]string{"key": row.Key, "value": truncate(string(row.Value), 200), "valid_from": policy.DateOf(row.ValidFrom).String(), "reason": row.Basis})
}

func (s *server) newRow(v *viewer, region, key string, in *gen.PolicyRowInput) (models.PolicyRow, error) {
	value, err := json.Marshal(in.Value)
	if err != nil {
		return models.PolicyRow{}, err
	}
	sum := sha256.Sum256([]byte(v.user.ID + "|" + key))
	row := models.PolicyRow{ID: hex.EncodeToString(sum[:13]), Key: in.Key, RegionCode: region, Value: value,
		ValidFrom: dateOf(in.ValidFrom.Time).Start().UTC(), Basis: in.Source, CreatedBy: v.user.ID, CreatedAt: s.engine.Clock.Now()}
	if !in.ValidTo.IsZero() {
		end := dateOf(in.ValidTo.Time).End().UTC()
		row.ValidTo = &end
	}
	var list []procedure.FieldFault
	for _, f := range policy.ValidateRow(activities.PolicyRows([]models.PolicyRow{row})[0]) {
		list = append(list, procedure.FieldFault{Field: f.Field, Code: f.Code, Message: f.Message})
	}
	var versions map[string]int
	if in.Key == "form_versions" && json.Unmarshal(value, &versions) == nil {
		for _, f := range forms.Standard.CheckVersions(versions) {
			list = append(list, procedure.FieldFault{Field: f.Field, Code: f.Code, Message: f.Message})
		}
	}
	if row.ValidFrom.Before(policy.DateOf(s.engine.Clock.Now()).Start()) {
		list = append(list, procedure.FieldFault{Field: "valid_from", Code: "policy_backdated", Message: "生效日期不能早于今天"})
	}
	if len(list) > 0 {
		return row, procedure.Refuse(procedure.Invalid, "policy_invalid", "这一行政策参数不合要求", list...)
	}
	return row, nil
}

// enterRow writes a row that may stand: rules of a county have been tried before.
func (s *server) enterRow(tx *gorm.DB, row *models.PolicyRow) error {
	if err := activities.CheckTrials(tx, row, s.engine.Clock.Now()); err != nil {
		return err
	}
	return addRow(tx, row)
}

// addRow writes a row after trying the whole set with it: values that are right
// one by one may not stand together. A row that began on the same day never holds any more.
func addRow(tx *gorm.DB, row *models.PolicyRow) error {
	err := tx.Model(&models.PolicyRow{}).Where("key = ? AND region_code = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)",
		row.Key, row.RegionCode, row.ValidFrom, row.ValidFrom).Update("valid_to", row.ValidFrom).Error
	if err != nil {
		return err
	}
	if err := tx.Create(row).Error; err != nil {
		return err
	}
	var rows []models.PolicyRow
	if err := tx.Find(&rows).Error; err != nil {
		return err
	}
	var list []procedure.FieldFault
	for _, f := range policy.ValidateSet(policy.Resolve(activities.PolicyRows(rows), row.RegionCode, row.ValidFrom)) {
		list = append(list, procedure.FieldFault{Field: f.Field, Code: f.Code, Message: f.Message})
	}
	if len(list) > 0 {
		return procedure.Refuse(procedure.Invalid, "policy_invalid", "与其他政策参数不能并存", list...)
	}
	return nil
}
