package api

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

const papersURL = basePath + "/papers"

func (w *world) issue(t testing.TB, user string, body object) gen.Paper {
	t.Helper()
	return decode[gen.Paper](t, w.do(t, call{user: user, method: "POST", url: papersURL, body: body, status: 200}))
}

func (w *world) offers(t testing.TB, user, query string) map[string]gen.PaperOffer {
	t.Helper()
	out := map[string]gen.PaperOffer{}
	for _, o := range decode[gen.PaperOffers](t, w.do(t, call{user: user, method: "GET", url: papersURL + "/offers?" + query, status: 200})).Items {
		out[o.Kind] = o
	}
	return out
}

func (w *world) file(t testing.TB, user string, p gen.Paper, format string) []byte {
	t.Helper()
	return w.do(t, call{user: user, method: "GET", url: papersURL + "/" + p.ID + "/file?format=" + format, status: 200}).Body.Bytes()
}

// documentXML is the text of a Word file.
func documentXML(t testing.TB, raw []byte) string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	require.NoError(t, err)
	r, err := z.Open("word/document.xml")
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return tags.ReplaceAllString(string(text), "")
}

var tags = regexp.MustCompile(`<[^>]*>`)

func TestPapers(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			paperJourney(t, newWorld(t, dialect))
		})
	}
}

func paperJourney(t *testing.T, w *world) {
	c, notice := w.identify(t, "household-1")

	// What can be issued, by whom, and why not.
	offers := w.offers(t, "cadre", "case_id="+c)
	require.True(t, offers["minutes"].CanIssue)
	require.Equal(t, "石桥村村民委员会", offers["minutes"].Office)
	require.Contains(t, offers["household_notice"].WhyNot, "乡镇")
	require.Equal(t, "还没有办理结果", w.offers(t, "town", "case_id="+c)["household_notice"].WhyNot)
	require.NotContains(t, offers, "supervision")

	// A draft has no number and leaves nothing.
	w.do(t, call{user: "cadre", method: "POST", url: papersURL + "/preview", body: object{"kind": "minutes", "case_id": c}, status: 200, want: []string{"%PDF"}})
	require.Empty(t, decode[gen.PaperPage](t, w.do(t, call{user: "cadre", method: "GET", url: papersURL + "?case_id=" + c, status: 200})).Items)

	// Issued: numbered, recorded in the chain of the case, which stays where it was.
	var before models.Case
	require.NoError(t, w.store.DB.Where("id = ?", c).Take(&before).Error)
	first := w.issue(t, "cadre", object{"kind": "minutes", "case_id": c, "purpose": "sign"})
	require.Equal(t, "石桥村评〔2026〕1号", first.Number)
	var after models.Case
	require.NoError(t, w.store.DB.Where("id = ?", c).Take(&after).Error)
	require.Equal(t, before.Seq+1, after.Seq)
	require.Equal(t, before.StepSeq, after.StepSeq)
	require.Equal(t, before.State, after.State)
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/cases/" + c + "/timeline", status: 200, want: []string{"签发文书"}})

	// The same key gives the same paper; the next one the next number.
	key := map[string]string{"Idempotency-Key": "paper-key-1"}
	a := decode[gen.Paper](t, w.do(t, call{user: "cadre", method: "POST", url: papersURL, body: object{"kind": "sign_in", "case_id": c}, headers: key, status: 200}))
	b := decode[gen.Paper](t, w.do(t, call{user: "cadre", method: "POST", url: papersURL, body: object{"kind": "sign_in", "case_id": c}, headers: key, status: 200}))
	require.Equal(t, a, b)
	w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "problem_list", "region": "510923101299"}, status: 404})
	w.do(t, call{user: "cadre", method: "POST", url: papersURL, body: object{"kind": "authorization", "case_id": c}, headers: key, status: 422, code: "key_reused"})
	require.Equal(t, "石桥村签〔2026〕2号", w.issue(t, "cadre", object{"kind": "sign_in", "case_id": c}).Number)

	// The files are those whose hash was recorded, each time the same; what is personal is logged with its purpose.
	pdf := w.file(t, "cadre", first, "pdf")
	require.Equal(t, pdf, w.file(t, "town", first, "pdf"))
	var row models.IssuedPaper
	require.NoError(t, w.store.DB.Where("id = ?", first.ID).Take(&row).Error)
	sum := sha256.Sum256(pdf)
	require.Equal(t, row.PDFSHA256, hex.EncodeToString(sum[:]))
	word := documentXML(t, w.file(t, "cadre", first, "docx"))
	require.Contains(t, word, "罗守田")
	require.NotContains(t, string(row.Frozen), "罗守田", "sealed")
	var logs []models.AccessLog
	require.NoError(t, w.store.DB.Where("tbl = ? AND record_id = ?", "issued_papers", first.ID).Order("at").Find(&logs).Error)
	require.Equal(t, "issue", logs[0].Action)
	require.Equal(t, "送达签字", logs[0].Purpose)
	require.Len(t, logs, 4)

	// The authorization has the whole identity numbers of those who sign it, and that they were shown is kept.
	auth := documentXML(t, w.file(t, "cadre", w.issue(t, "cadre", object{"kind": "authorization", "case_id": c}), "docx"))
	require.Contains(t, auth, "罗小禾")
	require.Contains(t, auth, headID)
	require.Contains(t, auth, childID)
	var shown models.AccessLog
	require.NoError(t, w.store.DB.Where("action = 'unmask' AND field = 'id_no' AND record_id = ? AND user_id = ?", "household-1", "u-cadre").Take(&shown).Error)
	require.Contains(t, shown.Purpose, "承诺授权书")

	// The public sheet: P0 and nothing else; the days of the posting once it hangs.
	w.post(t, notice)
	sheet := w.issue(t, "cadre", object{"kind": "village_notice", "case_id": notice})
	require.Equal(t, gen.DataClass("P0"), sheet.Class)
	require.Equal(t, "2026-04-08", sheet.PublishBy.String(), "S3-079: within twenty working days, those of 清明 not counted")
	text := documentXML(t, w.file(t, "cadre", sheet, "docx"))
	require.Contains(t, text, "2026年3月10日至2026年3月16日")
	for _, secret := range []string{headID, headPhone, headBank, "慢性病", "五号", "罗小禾"} {
		require.NotContains(t, text, secret)
	}

	// Voided with a reason, once; the number is not used again; the chain holds.
	void := papersURL + "/" + first.ID + "/void"
	w.do(t, call{user: "grid", method: "POST", url: void, body: object{"reason": "实到人数有误"}, status: 403, code: "role_not_allowed"})
	w.do(t, call{user: "cadre", method: "POST", url: void, body: object{"reason": "实到人数有误"}, status: 200, want: []string{"实到人数有误"}})
	w.do(t, call{user: "cadre", method: "POST", url: void, body: object{"reason": "再说"}, status: 400})
	w.do(t, call{user: "cadre", method: "POST", url: void, body: object{"reason": "还是有误"}, status: 409, code: "paper_voided"})
	require.Equal(t, "石桥村评〔2026〕2号", w.issue(t, "cadre", object{"kind": "minutes", "case_id": c}).Number)
	w.verified(t, c)
	w.verified(t, notice)

	// Together in one file, behind the list of who signs; a voided one is refused.
	w.do(t, call{user: "cadre", method: "POST", url: papersURL + "/bundle", body: object{"ids": []string{a.ID, sheet.ID}, "on": "2026-03-12", "place": "村委会"}, status: 200, want: []string{"%PDF"}})
	w.do(t, call{user: "cadre", method: "POST", url: papersURL + "/bundle", body: object{"ids": []string{first.ID}}, status: 422, code: "paper_voided"})

	// Neighbours see none of it.
	for _, user := range []string{"far_cadre", "next_cadre", "far_town"} {
		require.Empty(t, decode[gen.PaperPage](t, w.do(t, call{user: user, method: "GET", url: papersURL, status: 200})).Items)
		w.do(t, call{user: user, method: "GET", url: papersURL + "?case_id=" + c, status: 404})
		w.do(t, call{user: user, method: "GET", url: papersURL + "/offers?case_id=" + c, status: 404})
		w.do(t, call{user: user, method: "POST", url: papersURL, body: object{"kind": "minutes", "case_id": c}, status: 404})
		w.do(t, call{user: user, method: "POST", url: papersURL + "/bundle", body: object{"ids": []string{a.ID}}, status: 404})
	}
	// Who sees personal data masked lists the paper and cannot open it.
	w.do(t, call{user: "grid", method: "GET", url: papersURL + "/" + a.ID + "/file", status: 200})
	second := w.issue(t, "cadre", object{"kind": "minutes", "case_id": c})
	w.do(t, call{user: "grid", method: "GET", url: papersURL + "/" + second.ID + "/file", status: 403, code: "class_not_allowed"})

	w.tampered(t, c, second)
	w.lost(t, sheet)
}

// lost: a paper that was taken out leaves a hole in its series, and a text that was exchanged is not that of its hash.
func (w *world) lost(t testing.TB, p gen.Paper) {
	t.Helper()
	bad := func() (out []string) {
		v, err := w.engine.Verify(t.Context())
		require.NoError(t, err)
		for _, b := range v.Bad {
			out = append(out, b.Fault)
		}
		return out
	}
	require.Equal(t, []string{"文书已被替换"}, bad())
	require.NoError(t, w.store.DB.Model(&models.IssuedPaper{}).Where("id = ?", p.ID).Update("frozen", []byte("other")).Error)
	require.Equal(t, []string{"文书已被替换", "文书固定的内容与其摘要不符"}, bad())
	if w.store.DB.Name() == "sqlite" {
		require.NoError(t, w.store.DB.Exec("DROP TRIGGER issued_papers_no_delete").Error)
	}
	require.NoError(t, w.store.DB.Where("id = ?", p.ID).Delete(&models.IssuedPaper{}).Error)
	require.ElementsMatch(t, []string{"文书已被替换", "文书的登记缺失", "文书编号应为1至1号，现有缺号或者多出"}, bad())
}

func (w *world) verified(t testing.TB, id string) {
	t.Helper()
	require.Nil(t, w.badRecord(t, id))
}

func (w *world) badRecord(t testing.TB, id string) *activities.BadRecord {
	t.Helper()
	c, err := w.engine.Case(t.Context(), id)
	require.NoError(t, err)
	_, bad, err := w.engine.VerifyCase(t.Context(), c)
	require.NoError(t, err)
	return bad
}

// tampered: the tables refuse changes, and verify finds one that was forced.
func (w *world) tampered(t testing.TB, c string, p gen.Paper) {
	t.Helper()
	require.Error(t, w.store.DB.Model(&models.IssuedPaper{}).Where("id = ?", p.ID).Update("number", "x").Error, "issued papers are append-only")
	require.Error(t, w.store.DB.Where("1 = 1").Delete(&models.VoidedPaper{}).Error, "voided papers are append-only")
	trigger := "DROP TRIGGER issued_papers_no_update"
	if w.store.DB.Name() == "postgres" {
		trigger = "DROP TRIGGER issued_papers_append_only ON issued_papers"
	}
	require.NoError(t, w.store.DB.Exec(trigger).Error)
	require.NoError(t, w.store.DB.Model(&models.IssuedPaper{}).Where("id = ?", p.ID).Update("pdf_sha256", strings.Repeat("0", 64)).Error)
	bad := w.badRecord(t, c)
	require.NotNil(t, bad)
	require.Equal(t, "文书已被替换", bad.Fault)
}

// Many officers at once get the numbers 1 to n, each once, none left out; a paper that cannot be drawn takes none.
func TestPaperNumbersHaveNoGaps(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dialect)
			c, _ := w.identify(t, "household-1")
			w.create(&models.PolicyRow{ID: "office", Key: "paper_office", RegionCode: village, Value: []byte(`{"name":"石桥村\ue000委员会","mark":"石桥村委"}`), ValidFrom: w.clock().AddDate(-1, 0, 0), CreatedAt: w.clock()})
			w.do(t, call{user: "cadre", method: "POST", url: papersURL, body: object{"kind": "authorization", "case_id": c}, status: 200})
			const n = 8
			numbers := make([]string, n)
			var wait sync.WaitGroup
			for i := range n {
				wait.Go(func() { numbers[i] = w.issue(t, "cadre", object{"kind": "sign_in", "case_id": c}).Number })
			}
			wait.Wait()
			for i := range n {
				require.Contains(t, numbers, fmt.Sprintf("石桥村委签〔2026〕%d号", i+1))
			}
			w.verified(t, c)
		})
	}
}

// A rare character that no font has is told, and no number is lost.
func TestAPaperWithAnUnknownCharacter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, _ := w.identify(t, "household-1")
	require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = ?", "household-1").Update("head_name", "罗𠅤").Error)
	w.do(t, call{user: "cadre", method: "POST", url: papersURL, body: object{"kind": "authorization", "case_id": c}, status: 422, code: "glyph_missing", want: []string{"U+20164"}})
	require.NoError(t, w.store.DB.Model(&models.Household{}).Where("id = ?", "household-1").Update("head_name", "罗喆").Error)
	require.Equal(t, "石桥村授〔2026〕1号", w.issue(t, "cadre", object{"kind": "authorization", "case_id": c}).Number)
}

// Lists of problems and the letters about them.
func TestPapersAboutProblems(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	p := w.programme(t)
	problem := w.openProblem(t, p.No, "household-1", "饮水安全问题")
	require.Equal(t, "这一问题还没有交办", w.offers(t, "town", "case_id="+problem)["supervision"].WhyNot)
	w.assignProblem(t, problem, object{"due_kind": "date", "due_date": "2026-05-01"})
	w.create(&models.PolicyRow{ID: "office", Key: "paper_office", RegionCode: township, ValidFrom: w.clock().AddDate(-1, 0, 0), CreatedAt: w.clock(),
		Value: []byte(`{"name":"清溪镇乡村振兴办公室","head":"清溪镇实施乡村振兴战略工作领导小组","mark":"清溪镇振","phone":"0832-5550101"}`)})
	letter := w.issue(t, "town", object{"kind": "supervision", "case_id": problem})
	require.Equal(t, "清溪镇振督〔2026〕1号", letter.Number)
	text := documentXML(t, w.file(t, "town", letter, "docx"))
	for _, want := range []string{"清溪镇实施乡村振兴战略工作领导小组文件", "清溪镇振督〔2026〕1号", "2026年5月1日", "罗守田"} {
		require.Contains(t, text, want)
	}
	list := w.issue(t, "town", object{"kind": "problem_list", "region": village})
	require.Contains(t, documentXML(t, w.file(t, "town", list, "docx")), "罗守田")
	require.Contains(t, documentXML(t, w.file(t, "secretary", w.issue(t, "secretary", object{"kind": "problem_list", "region": village}), "docx")), "罗守田")
	require.NotContains(t, documentXML(t, w.file(t, "town", w.issue(t, "town", object{"kind": "problem_list", "region": nextVillage}), "docx")), "罗守田")
	w.do(t, call{user: "far_town", method: "POST", url: papersURL, body: object{"kind": "problem_list", "region": village}, status: 404})
	w.do(t, call{user: "cadre", method: "POST", url: papersURL, body: object{"kind": "problem_list", "region": village}, status: 403})
	ledger := w.issue(t, "county", object{"kind": "ledger", "programme_id": p.ID})
	require.Equal(t, "云岭县振账〔2026〕1号", ledger.Number)

	w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "resident_prompt", "region": township}, status: 422, code: "required"})
	prompt := w.issue(t, "town", object{"kind": "resident_prompt", "region": township, "texts": []object{{"code": "demand", "text": "月底前完成走访。"}}})
	text = documentXML(t, w.file(t, "town", prompt, "docx"))
	for _, want := range []string{"驻村工作提示", "月底前完成走访。", "石桥村"} { // S3-022
		require.Contains(t, text, want)
	}
	body := object{"kind": "bulletin", "programme_id": p.ID, "texts": []object{{"code": "summary", "text": "多数单位进展较快。"}}}
	w.do(t, call{user: "county", method: "POST", url: papersURL, body: object{"kind": "bulletin", "programme_id": p.ID}, status: 422, code: "required"})
	w.do(t, call{user: "county", method: "POST", url: papersURL, body: body, status: 409, code: "paper_not_ready"})
	w.do(t, call{user: "county", method: "POST", url: basePath + "/programmes/" + p.ID + "/bulletins", status: 200})
	require.Contains(t, documentXML(t, w.file(t, "county", w.issue(t, "county", body), "docx")), "多数单位进展较快。")

	q := url.Values{"programme_id": {p.ID}}
	require.Len(t, decode[gen.PaperPage](t, w.do(t, call{user: "county", method: "GET", url: papersURL + "?" + q.Encode(), status: 200})).Items, 2)
	require.Len(t, decode[gen.PaperPage](t, w.do(t, call{user: "town", method: "GET", url: papersURL + "?kind=problem_list&village=" + village, status: 200})).Items, 2)
	w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "decision", "case_id": problem}, status: 422, code: "kind_not_fitting"})
	w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "nothing", "case_id": problem}, status: 422, code: "unknown_kind"})
	w.do(t, call{user: "town", method: "GET", url: papersURL + "/offers", status: 400, code: "no_subject"})
}

// moveTo sets a case into a state, to try what comes later without all that lies between.
func (w *world) moveTo(t testing.TB, id, state string) {
	t.Helper()
	require.NoError(t, w.store.DB.Model(&models.Case{}).Where("id = ?", id).Update("state", state).Error)
}

// From the decision of the county to the file of the ended case.
func TestPapersOfADecidedCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c, notice := w.identify(t, "household-1")
	minutes := w.issue(t, "cadre", object{"kind": "minutes", "case_id": c})
	w.post(t, notice)
	sheet := w.issue(t, "cadre", object{"kind": "village_notice", "case_id": notice})
	wrong := w.issue(t, "cadre", object{"kind": "sign_in", "case_id": c})
	w.do(t, call{user: "cadre", method: "POST", url: papersURL + "/" + wrong.ID + "/void", body: object{"reason": "重复出具"}, status: 200})
	w.do(t, call{user: "county", method: "POST", url: papersURL, body: object{"kind": "decision", "case_id": c}, status: 409, code: "paper_not_ready"})

	w.moveTo(t, c, "county_review")
	w.fire(t, "county", c, "county_pass", object{"category": "sudden", "risk_types": []string{"illness"}, "opinion": "程序完整，同意纳入"})
	w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "decision", "case_id": c}, status: 403, code: "role_not_allowed"})
	decided := w.issue(t, "county", object{"kind": "decision", "case_id": c})
	require.Equal(t, "云岭县振审〔2026〕1号", decided.Number)
	text := documentXML(t, w.file(t, "county", decided, "docx"))
	for _, want := range []string{"纳入监测", "突发严重困难户", "程序完整，同意纳入", "清溪镇人民政府：", "云岭县农业农村局"} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, "因病", "a decision names the category, not the risk")

	told := documentXML(t, w.file(t, "town", w.issue(t, "town", object{"kind": "household_notice", "case_id": c}), "docx"))
	require.Contains(t, told, "石桥村三组　罗守田户：")
	require.Contains(t, told, "结果为：审定通过")

	w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "announcement", "case_id": c}, status: 409, code: "paper_not_ready"})
	w.fire(t, "town", c, "announce", object{"place": "村公示栏", "unit": "清溪镇人民政府", "phone": "0825-5550000"})
	announced := documentXML(t, w.file(t, "town", w.issue(t, "town", object{"kind": "announcement", "case_id": c}), "docx"))
	require.Contains(t, announced, "纳入防止返贫监测对象")
	require.NotContains(t, announced, headPhone)

	file := object{"kind": "case_file", "case_id": c}
	w.do(t, call{user: "town", method: "POST", url: papersURL, body: file, status: 409, code: "paper_not_ready"})
	w.do(t, call{user: "town", method: "POST", url: basePath + "/cases/" + c + "/endorsements", body: object{"event": "register"}, status: 200})
	w.fire(t, "entry", c, "register", object{"national_no": "N-1", "entered_on": "2026-03-10"})
	text = documentXML(t, w.file(t, "town", w.issue(t, "town", file), "docx"))
	for _, want := range []string{"卷内文件目录", "办理记录", minutes.Number, sheet.Number, decided.Number, "签署", "审定通过", "民主评议会议记录"} {
		require.Contains(t, text, want)
	}
	require.NotContains(t, text, wrong.Number, "what was voided is not in the file")
	w.do(t, call{user: "cadre", method: "POST", url: papersURL, body: file, status: 403})
}

// The reports of a campaign: its numbers, and what people write.
func TestPapersOfACampaign(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	w.campaigner("guidance", procedure.GuidanceGroup, township)
	c := w.campaign(t)
	require.NoError(t, w.store.DB.Model(&models.CampaignScope{}).Where("campaign_id = ? AND household_id = ?", c, "household-1").Update("result", models.ResultRemote).Error)

	day := documentXML(t, w.file(t, "town", w.issue(t, "town", object{"kind": "daily", "case_id": c, "texts": []object{{"code": "note", "text": "晚上入户"}}}), "docx"))
	for _, want := range []string{"春季集中排查工作日报", "应核查2户，已完成1户，覆盖率50.0%；其中电话、微信核实1户", "石桥村", "晚上入户"} {
		require.Contains(t, day, want)
	}
	require.Equal(t, "还没有到总结报告阶段", w.offers(t, "town", "case_id="+c)["self_assessment"].WhyNot)
	w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "bulletin", "case_id": c}, status: 422, code: "required", want: []string{"summary"}})
	told := documentXML(t, w.file(t, "town", w.issue(t, "town", object{"kind": "bulletin", "case_id": c, "texts": []object{{"code": "summary", "text": "各村进展平衡"}}}), "docx"))
	for _, want := range []string{"关于春季集中排查进展情况的通报", "共涉及问题", "各村进展平衡"} {
		require.Contains(t, told, want)
	}

	w.moveTo(t, c, "spot_check")
	w.do(t, call{user: "guidance", method: "POST", url: papersURL, body: object{"kind": "spot_check", "case_id": c}, status: 422, code: "required"})
	w.do(t, call{user: "instructor", method: "POST", url: papersURL, body: object{"kind": "spot_check", "case_id": c}, status: 403, code: "role_not_allowed"})
	w.do(t, call{user: "town", method: "POST", url: papersURL, body: object{"kind": "spot_check", "case_id": c}, status: 422, code: "required"})
	w.fire(t, "guidance", c, "spot_fail", object{"reason": "登记不实", "findings": []object{{"brief": "农户家庭收支", "detail": "两户的务工收入未登记"}}, "redo_by": "2026-03-26", "spot_by": "2026-03-28"})
	w.moveTo(t, c, "spot_check")
	failed := documentXML(t, w.file(t, "town", w.issue(t, "town", object{"kind": "spot_check", "case_id": c, "texts": []object{{"code": "opinion", "text": "退回补查"}}}), "docx"))
	require.Contains(t, failed, "两户的务工收入未登记")
	require.Contains(t, failed, "抽查验收不合格，退回整改")

	// The group that has checked issues its own report, without what it must not see; that of the office it cannot read.
	opinion := []object{{"code": "opinion", "text": "退回补查"}}
	offices := w.issue(t, "town", object{"kind": "spot_check", "case_id": c, "texts": opinion})
	require.EqualValues(t, "P2", w.offers(t, "town", "case_id="+c)["spot_check"].Class)
	require.EqualValues(t, "P1", w.offers(t, "guidance", "case_id="+c)["spot_check"].Class)
	own := w.issue(t, "guidance", object{"kind": "spot_check", "case_id": c, "texts": opinion})
	lean := documentXML(t, w.file(t, "guidance", own, "docx"))
	require.Contains(t, lean, "农户家庭收支")
	require.Contains(t, lean, "具体情况见问题整改台账")
	require.NotContains(t, lean, "务工收入")
	require.Equal(t, lean, documentXML(t, w.file(t, "town", own, "docx")), "as it was issued, whoever reads it")
	w.do(t, call{user: "guidance", method: "GET", url: papersURL + "/" + offices.ID + "/file?format=docx", status: 403, code: "class_not_allowed"})
	var kept models.IssuedPaper
	require.NoError(t, w.store.DB.Where("id = ?", own.ID).Take(&kept).Error)
	require.Equal(t, procedure.P1, kept.Class)

	w.moveTo(t, c, "reporting")
	report := object{"kind": "self_assessment", "case_id": c, "texts": []object{{"code": "achievements", "text": "成效"}, {"code": "problems", "text": "问题"}, {"code": "corrected", "text": "整改"}}}
	w.do(t, call{user: "town", method: "POST", url: papersURL, body: report, status: 422, code: "required", want: []string{"next_steps"}})
	report["texts"] = append(report["texts"].([]object), object{"code": "next_steps", "text": "下步打算"})
	four := documentXML(t, w.file(t, "town", w.issue(t, "town", report), "docx"))
	for _, want := range []string{"一、脱贫攻坚成效", "二、发现的主要问题", "三、立行立改情况", "四、下步工作打算", "下步打算"} {
		require.Contains(t, four, want)
	}
}

// Each kind of paper is compared with stored references, as text, as Word and as pictures.
func TestEachPaperHasAReference(t *testing.T) {
	t.Parallel()
	for _, k := range paperKinds {
		for _, ending := range []string{".txt", ".xml", "-1.png"} {
			require.FileExists(t, "../papers/testdata/"+k.code+ending)
		}
	}
}

// The papers of all cases of a household, newest first and page by page, as far as their cases are reached.
func TestPapersOfAHousehold(t *testing.T) {
	onBoth(t, func(t *testing.T, w *world) {
		c, _ := w.identify(t, "household-1")
		first := w.issue(t, "cadre", object{"kind": "minutes", "case_id": c})
		w.pass(time.Hour)
		w.create(&models.IssuedPaper{ID: "of-another", Key: "of-another", Kind: "minutes", Office: village, RegionCode: village, CaseID: w.openClue(t, "household-2", "cadre"), Class: procedure.P1,
			Frozen: []byte("{}"), IssuedBy: "u-cadre", IssuedAt: w.clock()})
		last := w.issue(t, "cadre", object{"kind": "sign_in", "case_id": c})
		list := func(user, query string) (ids []string, next string) {
			page := decode[gen.PaperPage](t, w.do(t, call{user: user, method: "GET", url: papersURL + "?household_id=household-1" + query, status: 200}))
			for _, p := range page.Items {
				ids = append(ids, p.ID)
			}
			return ids, page.NextCursor
		}
		ids, next := list("cadre", "")
		require.Equal(t, []string{last.ID, first.ID}, ids)
		require.Empty(t, next)
		ids, next = list("town", "&limit=1")
		require.Equal(t, []string{last.ID}, ids)
		ids, next = list("town", "&limit=1&cursor="+next)
		require.Equal(t, []string{first.ID}, ids)
		require.Empty(t, next)
		ids, _ = list("farmer", "&kind=minutes")
		require.Equal(t, []string{first.ID}, ids)
		for _, stranger := range []string{"next_cadre", "far_town", "sys"} {
			w.do(t, call{user: stranger, method: "GET", url: papersURL + "?household_id=household-1", status: 404})
		}
		// Who reaches the household by one kind of its cases sees the papers of those.
		w.reengage(t, map[string]any{"procedures": `["risk_clue"]`})
		ids, _ = list("auditor", "")
		require.Empty(t, ids)
		w.reengage(t, map[string]any{"procedures": `["identification"]`})
		ids, _ = list("auditor", "")
		require.Equal(t, []string{last.ID, first.ID}, ids)
	})
}
