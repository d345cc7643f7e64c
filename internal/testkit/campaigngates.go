package testkit

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/internal/example"
	"shouwang/models"
	"shouwang/procedure"
)

// MeetGates brings about what the present phase of a campaign waits for.
func (w *World) MeetGates(campaign string) {
	w.T.Helper()
	c := w.Case(campaign)
	for _, gate := range activities.PhaseGates(c) {
		switch gate {
		case "entered":
			w.forms(c.ID, "household_form", "entered")
		case "village_forms_signed":
			w.forms(c.ID, "village_form", "signed")
		case "four_nots_done":
			w.FourNots(c)
		case "data_checked":
			w.CheckData(c.RegionCode)
		case "bulletin_issued":
			w.IssueBulletin(c)
		}
	}
}

// FourNots finishes the form about the “四不摘” of each village of a campaign and of each department.
func (w *World) FourNots(c *models.Case) {
	w.T.Helper()
	want, err := w.Engine.CampaignForms(w.T.Context(), c)
	require.NoError(w.T, err)
	for _, f := range want {
		var n int64
		require.NoError(w.T, w.Store.DB.Model(&models.FormRecord{}).Where("campaign_id = ? AND subject_id = ? AND unit = ? AND state = ?", c.ID, f.RegionCode, f.Unit, models.RecordFinal).Count(&n).Error)
		if n == 0 && f.Form == "four_nots" {
			w.FourNotsOf(c, f.RegionCode, f.Unit)
		}
	}
}

// FourNotsOf finishes that of one village, or of a department of a township.
func (w *World) FourNotsOf(c *models.Case, region, unit string) {
	w.T.Helper()
	var r models.Region
	require.NoError(w.T, w.Store.DB.Where("code = ?", region).Take(&r).Error)
	office := w.Actor(procedure.TownshipOffice)
	blank, err := w.Engine.BlankForm(w.T.Context(), "four_nots", nil, &r, "某甲")
	require.NoError(w.T, err)
	answers := example.Fields("four_nots@1", blank.Form.Written(), w.Setting(&models.Case{RegionCode: region}))
	record, err := w.Engine.OpenRecord(w.T.Context(), activities.FormDraft{Key: w.Key(), Form: "four_nots", RegionCode: region, CampaignID: c.ID, Unit: unit, Answers: answers, Actor: office})
	require.NoError(w.T, err)
	_, err = w.Engine.ActOnRecord(w.T.Context(), activities.RecordAct{Key: w.Key(), ID: record.ID, RowVersion: record.RowVersion, Action: activities.RecordFinish, Answers: answers, Actor: office})
	require.NoError(w.T, err)
}

// CheckData runs the data rules over an area.
func (w *World) CheckData(region string) {
	w.T.Helper()
	run, err := w.Engine.StartRun(w.T.Context(), activities.RunRequest{Kind: models.RunQuality, Region: region})
	require.NoError(w.T, err)
	require.NoError(w.T, w.Engine.WorkRun(w.T.Context(), run.ID, "test", nil))
}

// IssueBulletin issues a bulletin about a campaign, with an empty text.
func (w *World) IssueBulletin(c *models.Case) *models.IssuedPaper {
	w.T.Helper()
	p, err := w.Engine.IssuePaper(w.T.Context(), activities.PaperIssue{Mark: "某镇",
		Paper: models.IssuedPaper{Kind: "bulletin", Title: "通报", Office: c.RegionCode, OfficeName: "某镇", Series: "通", RegionCode: c.RegionCode, CaseID: c.ID, Class: procedure.P1},
		Make: func(p *models.IssuedPaper) error {
			sum := sha256.Sum256([]byte("{}"))
			p.Hash, p.Frozen = hex.EncodeToString(sum[:]), w.Store.Vault.Seal("issued_papers", "frozen", p.ID, []byte("{}"))
			return nil
		}}, w.Key(), w.Actor(procedure.TownshipOffice))
	require.NoError(w.T, err)
	return p
}
