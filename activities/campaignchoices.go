package activities

import (
	"maps"
	"slices"

	"shouwang/models"
	"shouwang/procedure"
)

func init() {
	maps.Copy(choices, map[string]func(k *act) ([]procedure.Option, error){
		procedure.FromCampaignPeople: campaignPeople, procedure.FromCampaignAreas: campaignAreas,
		procedure.FromTrainees: trainees, procedure.FromUncovered: uncovered, procedure.FromProgrammes: programmesOf,
	})
}

// campaignPeople are the accounts that may have a duty in a campaign, each with its
// first post: whose area is in that of the campaign, or holds it.
func campaignPeople(k *act) ([]procedure.Option, error) {
	var rows []struct {
		ID, Name, Area string
		Role           procedure.Role
	}
	err := k.tx.Model(&models.RoleGrant{}).Joins("JOIN users ON users.id = role_grants.user_id AND NOT users.disabled").
		Joins("JOIN regions ON regions.code = role_grants.region_code").
		Select("users.id, users.name, role_grants.role, regions.name AS area").
		Where("role_grants.role IN ?", []procedure.Role{procedure.Surveyor, procedure.Instructor, procedure.GroupLeader}).
		Where("role_grants.valid_from <= ? AND (role_grants.valid_to IS NULL OR role_grants.valid_to > ?)", k.now, k.now).
		Where("substr(role_grants.region_code, 1, ?) = ? OR role_grants.region_code IN ?", len(k.c.RegionCode), k.c.RegionCode, officesOf(k.c.RegionCode)).
		Order("role_grants.role, role_grants.region_code, users.name, users.id").Scan(&rows).Error
	var out []procedure.Option
	for _, r := range rows {
		def, _ := procedure.RoleOf(r.Role)
		if !slices.ContainsFunc(out, func(o procedure.Option) bool { return o.Code == r.ID }) {
			out = append(out, procedure.Option{Code: r.ID, Title: r.Name + "（" + r.Area + def.Title + "）"})
		}
	}
	return out, err
}

// campaignAreas are the townships and villages of a campaign.
func campaignAreas(k *act) ([]procedure.Option, error) {
	var rows []models.Region
	err := k.tx.Where("substr(code, 1, ?) = ? AND length(code) IN (9, 12)", len(k.c.RegionCode), k.c.RegionCode).Order("code").Find(&rows).Error
	var out []procedure.Option
	for _, r := range rows {
		out = append(out, procedure.Option{Code: r.Code, Title: r.Name})
	}
	return out, err
}

// programmesOf are the plans of rectification that cover the area of a campaign or lie in it.
func programmesOf(k *act) ([]procedure.Option, error) {
	var rows []models.Programme
	err := k.tx.Select("no", "title").Where("region_code IN ? OR substr(region_code, 1, ?) = ?", officesOf(k.c.RegionCode), len(k.c.RegionCode), k.c.RegionCode).Order("created_at DESC, no").Find(&rows).Error
	var out []procedure.Option
	for _, p := range rows {
		out = append(out, procedure.Option{Code: p.No, Title: p.Title + "（" + p.No + "）"})
	}
	return out, err
}

// trainees are the surveyors that a campaign has named.
func trainees(k *act) ([]procedure.Option, error) {
	var rows []groupRow
	k.c.Facts.Value("groups", &rows)
	var ids []string
	for _, r := range rows {
		if r.Duty == "surveyor" {
			ids = append(ids, r.User)
		}
	}
	var users []models.User
	err := k.tx.Select("id", "name").Where("id IN ?", ids).Order("name, id").Find(&users).Error
	var out []procedure.Option
	for _, u := range users {
		out = append(out, procedure.Option{Code: u.ID, Title: u.Name})
	}
	return out, err
}

// uncovered are the households of a campaign without a result, as many as a table takes.
func uncovered(k *act) ([]procedure.Option, error) {
	var rows []models.Household
	err := k.tx.Select("id", "no", "head_name").Where("id IN (?)", scopeOf(k.tx, k.c.ID).Select("household_id").Where("result = '' AND exception = ''")).
		Order("region_code, no, id").Limit(maxRows).Find(&rows).Error
	var out []procedure.Option
	for _, h := range rows {
		out = append(out, procedure.Option{Code: h.ID, Title: h.HeadName + "（" + h.No + "）"})
	}
	return out, err
}
