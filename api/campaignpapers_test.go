package api

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/procedure"
)

// reportWorld is a world with a campaign in the field.
func reportWorld(t *testing.T, dialect string) (*world, string) {
	w := newWorld(t, dialect)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	w.campaigner("guidance", procedure.GuidanceGroup, township)
	return w, w.campaign(t)
}

func onDialects(t *testing.T, f func(t *testing.T, dialect string)) {
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			f(t, dialect)
		})
	}
}

// paperText issues a paper as the township and reads it.
func (w *world) paperText(t *testing.T, body object) string {
	t.Helper()
	return documentXML(t, w.file(t, "town", w.issue(t, "town", body), "docx"))
}

// The daily report counts of the day what it counts of all days, results, and tells how far each 自查组 is (S1-050).
func TestDailyReportOfTheFieldWork(t *testing.T) {
	t.Parallel()
	onDialects(t, func(t *testing.T, dialect string) {
		w, c := reportWorld(t, dialect)
		var scope []models.CampaignScope
		require.NoError(t, w.store.DB.Where("campaign_id = ?", c).Order("household_id").Find(&scope).Error)
		require.Len(t, scope, 2)
		handIn := func(i int, at time.Time, n int) {
			w.create(&models.CaseEvent{ID: models.NewID(), CaseID: scope[i].FormID, Seq: 100 + n, Kind: "event", Event: "hand_in", FromState: "self_checked", ToState: "handed_in", At: at, Key: models.NewID()})
			require.NoError(t, w.store.DB.Model(&models.CampaignScope{}).Where("campaign_id = ? AND household_id = ?", c, scope[i].HouseholdID).Update("result", models.ResultSurveyed).Error)
		}
		handIn(0, w.clock().Add(-24*time.Hour), 1)
		handIn(0, w.clock(), 2) // once more, after it was sent back: it was counted yesterday
		daily := object{"kind": "daily", "case_id": c}
		require.Contains(t, w.paperText(t, daily), "当日完成0户")
		handIn(1, w.clock(), 1)
		text := w.paperText(t, daily)
		for _, want := range []string{"应核查2户，已完成2户", "当日完成1户", "二、各自查组进度", "一组", "三、各村进度"} {
			require.Contains(t, text, want)
		}
	})
}

// The spot check report tells how many of the sample agree once all were checked, and the bulletin shows them by village
// for the star rating (S1-053, S4-020).
func TestSpotCheckAndBulletinOfACampaign(t *testing.T) {
	t.Parallel()
	onDialects(t, func(t *testing.T, dialect string) {
		w, c := reportWorld(t, dialect)
		w.moveTo(t, c, "spot_check")
		for id, result := range map[string]string{"household-1": models.SamplePass, "household-2": ""} {
			w.create(&models.CampaignSample{CampaignID: c, Round: 0, HouseholdID: id, RegionCode: village, Result: result})
		}
		check := object{"kind": "spot_check", "case_id": c, "texts": []object{{"code": "opinion", "text": "已核查"}}}
		text := w.paperText(t, check)
		require.Contains(t, text, "本次抽查2户")
		require.NotContains(t, text, "一致率", "one is not checked yet")
		require.NoError(t, w.store.DB.Model(&models.CampaignSample{}).Where("household_id = ?", "household-2").Updates(map[string]any{"result": models.SampleFail, "brief": "收入"}).Error)
		require.Contains(t, w.paperText(t, check), "本次抽查2户，登记内容与实际一致1户，一致率50.0%")

		bulletin := object{"kind": "bulletin", "case_id": c, "texts": []object{{"code": "summary", "text": "总体较好"}, {"code": "stars", "text": "石桥村扣2分"}}}
		w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "bulletin", "case_id": c}, status: 422, code: "required"})
		w.do(t, call{user: "guidance", method: "POST", url: papersURL, body: bulletin, status: 403, code: "role_not_allowed"})
		paper := w.issue(t, "town", bulletin)
		require.Contains(t, paper.Number, "通〔2026〕1号")
		text = documentXML(t, w.file(t, "town", paper, "docx"))
		for _, want := range []string{"关于春季集中排查进展情况的通报", "总体较好", "列入村星级化考核", "石桥村", "50.0%", "石桥村扣2分"} {
			require.Contains(t, text, want)
		}
		var n int64
		require.NoError(t, w.store.DB.Model(&models.CaseEvent{}).Where("case_id = ? AND event = ?", c, "issue_paper").Count(&n).Error)
		require.EqualValues(t, 3, n, "issued papers stand in the chain of the campaign")
	})
}

// Once reported, the paper says what the report froze, and who confirmed it (S1-052, S2-025).
func TestReportedNumbersStay(t *testing.T) {
	t.Parallel()
	onDialects(t, func(t *testing.T, dialect string) {
		w, c := reportWorld(t, dialect)
		frozen := models.CampaignNumbers{Villages: 1, Households: 2, Results: map[string]int{models.ResultSurveyed: 1, models.ResultLostContact: 1}, Problems: 3, Corrected: 2,
			ByVillage: []models.VillageNumbers{{RegionCode: village, Households: 2, Done: 2, Lost: 1}}, Natures: []models.NatureNumbers{{Nature: "water", Total: 3, Done: 2, Late: 1}},
			Exits: &models.ExitNumbers{Households: 5, Persons: 18, ByHelp: map[string]int{"industry": 3, "relocation": 2}}}
		w.create(&models.CampaignFigure{ID: models.NewID(), CampaignID: c, Figures: frozen, FrozenAt: w.clock()},
			&models.Endorsement{ID: models.NewID(), CaseID: c, Event: "report", UserID: "u-linked", UserName: "测联村", Role: procedure.LinkedLeader, CreatedAt: w.clock()})
		var row models.Case
		require.NoError(t, w.store.DB.Where("id = ?", c).Take(&row).Error)
		report := object{"kind": "self_assessment", "case_id": c, "texts": []object{{"code": "achievements", "text": "成效"}, {"code": "problems", "text": "问题"}, {"code": "corrected", "text": "整改"}, {"code": "next_steps", "text": "打算"}}}
		w.moveTo(t, c, "reporting")
		require.NotContains(t, w.paperText(t, report), "测联村", "a signature before the report is none yet")
		row.Facts.Count["report"] = 1
		require.NoError(t, w.store.DB.Model(&models.Case{}).Where("id = ?", c).Select("facts").Updates(&row).Error)
		w.moveTo(t, c, "closed")
		before := w.paperText(t, report)
		for _, want := range []string{"共发现问题3个", "仍未联系上1户", "饮水安全", "脱贫退出5户18人", "易地扶贫搬迁2户，产业带动3户", "测联村"} {
			require.Contains(t, before, want)
		}
		require.NoError(t, w.store.DB.Model(&models.CampaignScope{}).Where("campaign_id = ?", c).Update("result", models.ResultLostContact).Error)
		require.Equal(t, before[strings.Index(before, "一、"):], w.paperText(t, report)[strings.Index(before, "一、"):], "what happens later changes nothing")
	})
}

// happened writes an event of a case with its form, as if it had been fired.
func (w *world) happened(t *testing.T, id, event string, form object) {
	t.Helper()
	var c models.Case
	require.NoError(t, w.store.DB.Where("id = ?", id).Take(&c).Error)
	ev := &models.CaseEvent{ID: models.NewID(), CaseID: id, Seq: c.Seq + 50 + len(c.Facts.Count), Kind: "event", Event: event, At: w.clock(), Key: models.NewID()}
	raw, err := json.Marshal(form)
	require.NoError(t, err)
	ev.Payload = w.store.Vault.Seal("case_events", "payload", ev.ID, raw)
	w.create(ev)
	if c.Facts.Count == nil {
		c.Facts.Count = map[string]int{}
	}
	c.Facts.Count[event]++
	require.NoError(t, w.store.DB.Model(&models.Case{}).Where("id = ?", id).Select("facts").Updates(&c).Error)
}

// The file of a campaign can be bound when it is over (S0-057), with its papers.
func TestFileOfACampaign(t *testing.T) {
	t.Parallel()
	onDialects(t, func(t *testing.T, dialect string) {
		w, c := reportWorld(t, dialect)
		daily := w.issue(t, "town", object{"kind": "daily", "case_id": c})
		file := object{"kind": "case_file", "case_id": c}
		w.moveTo(t, c, "reporting")
		w.do(t, call{user: "town", method: "POST", url: papersURL, body: file, status: 409, code: "paper_not_ready"})
		w.moveTo(t, c, "closed")
		var form models.Case
		require.NoError(t, w.store.DB.Where("parent_id = ? AND procedure = ?", c, "household_form").Order("household_id").Take(&form).Error)
		w.happened(t, form.ID, "fill", object{"respondent": "罗小满"})
		text := w.paperText(t, file)
		for _, want := range []string{"建档立卡户自查评估表", "罗小满", "排查评估行动案卷", "春季集中排查", "卷内文件目录", "办理记录", daily.Number, "培训签到表"} {
			require.Contains(t, text, want)
		}
		require.NotContains(t, text[:strings.Index(text, "办理记录")], "户　　主")
		var n int64
		require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action = 'export' AND household_id = ? AND case_id = ? AND user_id = 'u-town'", form.HouseholdID, form.ID).Count(&n).Error)
		require.NotZero(t, n, "each household can be told that its form was seen")
	})
}

// Exit from poverty and return to it have the county's decision, and an exit the announcement of the community (S2-026).
func TestPapersOfThePovertyProcedures(t *testing.T) {
	t.Parallel()
	onDialects(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		open := func(household, proc string, form object) string {
			rec := w.do(t, call{user: "town", method: "POST", url: basePath + "/cases", status: 200, body: object{"procedure": proc, "household_id": household, "form": form}})
			return decode[struct{ Case struct{ ID string } }](t, rec).Case.ID
		}
		exit := open("household-1", "poverty_exit", object{"year": 2026, "poor_no": "P-1", "registered_poor": true})
		paper := func(user, kind, id string) string {
			return documentXML(t, w.file(t, user, w.issue(t, user, object{"kind": kind, "case_id": id, "texts": []object{{"code": "phone", "text": "0825-5550000"}}}), "docx"))
		}
		w.do(t, call{user: "county", method: "POST", url: papersURL, body: object{"kind": "decision", "case_id": exit}, status: 409, code: "paper_not_ready"})
		w.do(t, call{user: "cadre", method: "POST", url: papersURL, body: object{"kind": "exit_announcement", "case_id": exit}, status: 409, code: "paper_not_ready"})
		w.happened(t, exit, "send", object{"announced_on": "2026-03-09", "place": "村公示栏"})
		text := paper("cadre", "exit_announcement", exit)
		for _, want := range []string{"社区核查公告", "拟脱贫退出", "罗守田", "2026年3月9日"} {
			require.Contains(t, text, want)
		}
		require.NotContains(t, text, headPhone)
		w.happened(t, exit, "district_pass", object{"opinion": "程序完整，同意退出"})
		w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "decision", "case_id": exit}, status: 403, code: "role_not_allowed"})
		text = paper("county", "decision", exit)
		for _, want := range []string{"关于贫困户脱贫退出的审定决定", "脱贫退出", "程序完整，同意退出"} {
			require.Contains(t, text, want)
		}

		require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = ?", "household-2").Update("base_type", "out_of_poverty").Error)
		back := open("household-2", "return_to_poverty", object{"year": 2026, "causes": []string{"illness"}, "content": "大病"})
		w.happened(t, back, "district_fail", object{"reason": "收入高于标准", "findings": "有稳定务工"})
		text = paper("county", "decision", back)
		for _, want := range []string{"关于脱贫户返贫纳入的审定决定", "不予纳入", "不予通过的理由：收入高于标准"} {
			require.Contains(t, text, want)
		}
		require.NotContains(t, text, "因病", "why a household fell back is no matter of the decision")
	})
}

// A training has a sheet to sign with the people of the campaign, filled in with its time and place once it was held.
func TestTrainingSheetOfACampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	sheet := func(c string) object { return object{"kind": "training_sign_in", "case_id": c} }
	w.do(t, call{user: "town", method: "POST", url: papersURL, body: sheet(w.openCampaign(t)), status: 409, code: "paper_not_ready"})
	text := w.paperText(t, sheet(w.campaign(t)))
	for _, want := range []string{"春季集中排查培训签到表", "测surveyor", "调查员", "石桥村", "老党员", "镇政府", "应到5人"} {
		require.Contains(t, text, want)
	}
}

// The list and the ledger of a campaign hold its own problems, those of an area the ones of the days asked for.
func TestProblemsOnPaperAreNarrowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	c := w.campaign(t)
	problem := func(no, parent string, opened time.Time) {
		x := &models.Case{ID: models.NewID(), No: no, Procedure: "rectification", Version: 1, State: "registered", RegionCode: village, ParentID: parent, OpenedAt: opened, UpdatedAt: opened, DueAt: models.FarFuture}
		w.create(x, &models.CaseEvent{ID: models.NewID(), CaseID: x.ID, Seq: 1, Kind: "open", At: opened, Key: models.NewID()})
	}
	problem("ZG-OWN", c, w.clock())
	problem("ZG-OLD", "", w.clock().Add(-40*day24))
	own := w.paperText(t, object{"kind": "ledger", "case_id": c})
	require.Contains(t, own, "ZG-OWN")
	require.NotContains(t, own, "ZG-OLD")
	require.Contains(t, own, "春季集中排查")
	require.Contains(t, w.paperText(t, object{"kind": "problem_list", "case_id": c}), "共1个问题")
	ledger := func(from, until string) string {
		return w.paperText(t, object{"kind": "ledger", "region": township, "texts": []object{{"code": "from", "text": from}, {"code": "until", "text": until}}})
	}
	require.Contains(t, ledger("", ""), "ZG-OLD")
	recent := ledger("2026-03-01", "")
	require.NotContains(t, recent, "ZG-OLD")
	require.Contains(t, recent, "ZG-OWN")
	require.NotContains(t, ledger("", "2026-03-01"), "ZG-OWN")
	w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "ledger", "region": township, "texts": []object{{"code": "from", "text": "三月"}}}, status: 422, code: "wrong_type"})
}
