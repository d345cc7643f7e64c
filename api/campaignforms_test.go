package api

import (
	"bytes"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// checking is a campaign in the field that waits for the forms about the “四不摘” of a village and two departments.
func (w *world) checking(t testing.TB) string {
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	id := w.campaign(t)
	var c models.Case
	require.NoError(t, w.store.DB.Where("id = ?", id).Take(&c).Error)
	c.Facts.Values["forms"] = json.RawMessage(`["household_form","four_nots","case_conference"]`)
	c.Facts.Values[procedure.CheckedDepartments] = json.RawMessage(`[{"name":"民政办"},{"name":"农业服务中心"}]`)
	require.NoError(t, w.store.DB.Model(&models.Case{}).Where("id = ?", id).Select("facts").Updates(&c).Error)
	return id
}

func (w *world) campaignForms(t testing.TB, user, query string) []gen.CampaignForm {
	return decode[gen.CampaignFormList](t, w.do(t, call{user: user, method: "GET", url: basePath + "/campaigns/forms" + query, status: 200})).Items
}

// The forms that a campaign waits for are listed and filled in by those they concern, a village's by the village.
func TestFormsOfACampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.checking(t)
	list := w.campaignForms(t, "town", "?campaign_id="+id)
	require.Len(t, list, 4)
	require.Equal(t, []string{"", "民政办", "农业服务中心", "一组"}, []string{list[0].Unit, list[1].Unit, list[2].Unit, list[3].Unit})
	for _, x := range list {
		require.True(t, x.MayFill)
		require.Empty(t, x.Records)
	}
	mine := w.campaignForms(t, "cadre", "")
	require.Len(t, mine, 2, "the village's own, and the conference in it")
	require.Empty(t, w.campaignForms(t, "far_cadre", ""))
	w.do(t, call{user: "far_cadre", method: "GET", url: basePath + "/campaigns/forms?campaign_id=" + id, status: 404})

	blank := decode[gen.FormBlank](t, w.do(t, call{user: "town", method: "GET", status: 200,
		url: basePath + "/forms/blank?" + url.Values{"form": {"four_nots"}, "region_code": {township}, "campaign_id": {id}, "unit": {"民政办"}}.Encode()}))
	require.Equal(t, "民政办", blank.Answers["unit"])
	require.Equal(t, "department", blank.Answers["unit_kind"])

	open := func(user, region, unit string, status int) {
		w.do(t, call{user: user, method: "POST", url: basePath + "/form-records", status: status,
			body: object{"form": "four_nots", "region_code": region, "campaign_id": id, "unit": unit, "answers": object{}}})
	}
	open("cadre", village, "", 200)
	open("next_cadre", nextVillage, "", 422)
	open("cadre", township, "民政办", 404)
	open("town", township, "民政办", 200)
	open("town", township, "农业服务中心", 200)
	open("town", township, "气象站", 422)
	list = w.campaignForms(t, "town", "?campaign_id="+id)
	for _, x := range list[:3] {
		require.Len(t, x.Records, 1)
		require.Equal(t, x.Unit, x.Records[0].Unit)
	}
	require.Empty(t, list[3].Records)
}

// A campaign's workbook has a line for each village and department, and brings them back to the campaign.
func TestWorkbookOfACampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.checking(t)
	raw := w.do(t, call{user: "town", method: "POST", status: 200, url: basePath + "/forms/workbook/export",
		body: object{"form": "four_nots", "region_code": township, "campaign_id": id, "purpose": "四不摘核查"}}).Body.Bytes()
	filled := withColumn(t, raw, "整改要求", "限期整改")
	imported := func(user, more string) gen.FormImport {
		return decode[gen.FormImport](t, w.do(t, call{user: user, method: "POST", url: basePath + "/forms/workbook" + more, status: 200, body: workbookForm(t, filled)}))
	}
	found := imported("town", "")
	require.Equal(t, 3, found.Created, "%+v", found.Rows)
	require.Equal(t, 3, imported("town", "?confirm="+found.Sha256).Created)
	for _, x := range w.campaignForms(t, "town", "?campaign_id="+id)[:3] {
		require.Len(t, x.Records, 1, x.Unit)
	}
	require.Equal(t, 3, imported("far_town", "").Rejected)
}

// withColumn writes a text below a heading into each line of a workbook.
func withColumn(t *testing.T, raw []byte, heading, text string) []byte {
	t.Helper()
	x, err := excelize.OpenReader(bytes.NewReader(raw))
	require.NoError(t, err)
	sheet := x.GetSheetName(0)
	rows, err := x.GetRows(sheet)
	require.NoError(t, err)
	column := slices.IndexFunc(rows[1], func(s string) bool { return strings.HasPrefix(s, heading) })
	require.GreaterOrEqual(t, column, 0)
	for row := 2; row < len(rows); row++ {
		cell, err := excelize.CoordinatesToCellName(column+1, row+1)
		require.NoError(t, err)
		require.NoError(t, x.SetCellStr(sheet, cell, text))
	}
	var out bytes.Buffer
	require.NoError(t, x.Write(&out))
	return out.Bytes()
}
