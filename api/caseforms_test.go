package api

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/internal/example"
	"shouwang/models"
	"shouwang/procedure"
)

// surveyed is a campaign in the field with a filled household form, and the form.
func (w *world) surveyed(t testing.TB) (campaign string, form models.Case) {
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	campaign = w.campaign(t)
	require.NoError(t, w.store.DB.Where("parent_id = ? AND procedure = ? AND household_id = ?", campaign, "household_form", "household-1").Take(&form).Error)
	user := form.Facts.Text("surveyor")[2:]
	w.fire(t, user, form.ID, "visit", object{"identity_stated": true, "purpose_stated": true, "visited_at": "2026-03-10T10:00:00+08:00", "guide": "老党员", "three_unified": true, "four_agree": true})
	p, err := w.server.policyFor(t.Context(), village, w.clock())
	require.NoError(t, err)
	var h models.Household
	require.NoError(t, w.store.DB.Where("id = ?", "household-1").Take(&h).Error)
	sheet := example.Form(definitionOf(&form), "fill", example.Setting{Now: w.clock(), Village: village, VillageName: "石桥村", Group: "三组", HeadName: h.HeadName, Population: h.Population, Policy: p,
		File: func(kind string) string { return w.attach(t, user, form.ID, kind) }})
	w.fire(t, user, form.ID, "fill", sheet)
	require.NoError(t, w.store.DB.Where("id = ?", form.ID).Take(&form).Error)
	return campaign, form
}

// A filled household form leaves as PDF, Word and workbook, for whoever sees it whole; that it left is kept.
func TestFilledFormLeavesAsFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	campaign, form := w.surveyed(t)
	of := func(user, format string, status int) []byte {
		return w.do(t, call{user: user, method: "POST", status: status, url: basePath + "/cases/" + form.ID + "/form-file", body: object{"purpose": "归档", "format": format}}).Body.Bytes()
	}
	require.Equal(t, "%PDF-", string(of("town", "pdf", 200)[:5]))
	require.Equal(t, "PK", string(of("town", "docx", 200)[:2]))
	x, err := excelize.OpenReader(bytes.NewReader(of("town", "xlsx", 200)))
	require.NoError(t, err)
	rows, err := x.GetRows(x.GetSheetName(0))
	require.NoError(t, err)
	require.Contains(t, rows, []string{"户主姓名", "罗守田"})
	of("far_town", "pdf", 404)
	of("auditor", "pdf", 403)
	var n int64
	require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action = 'export' AND record_id = ? AND user_id = 'u-town' AND purpose = '归档'", form.ID).Count(&n).Error)
	require.EqualValues(t, 3, n)

	bulk := func(in string, status int) []byte {
		return w.do(t, call{user: "town", method: "POST", status: status, url: basePath + "/campaigns/" + campaign + "/form-files", body: object{"village": in, "purpose": "集中签字"}}).Body.Bytes()
	}
	require.Equal(t, "%PDF-", string(bulk(village, 200)[:5]))
	bulk(nextVillage, 409)
}
