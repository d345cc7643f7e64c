package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/api/gen"
	"shouwang/internal/testkit"
	"shouwang/models"
	"shouwang/policy"
)

const ledgerURL = basePath + "/households/ledger"

// withCheck is an identity number with its last digit.
func withCheck(t testing.TB, first17 string) string {
	t.Helper()
	for _, last := range "0123456789X" {
		if _, err := policy.ParseID(first17 + string(last)); err == nil {
			return first17 + string(last)
		}
	}
	t.Fatalf("no number begins with %s", first17)
	return ""
}

// ledgerHeadings are those of the ledgers here.
var ledgerHeadings = []any{"户编号", "村", "组", "姓名", "与户主关系", "身份证号", "健康状况", "联系电话", "家庭人口"}

// sendLedger sends a ledger as somebody; more is what the address ends with.
func (w *world) sendLedger(t testing.TB, user, more string, book []byte, status int) *httptest.ResponseRecorder {
	t.Helper()
	return w.do(t, call{user: user, method: "POST", url: ledgerURL + more, status: status, body: workbookForm(t, book)})
}

func ledgerOf(t testing.TB, rec *httptest.ResponseRecorder) (gen.LedgerImport, string) {
	t.Helper()
	raw := rec.Body.String()
	var out gen.LedgerImport
	require.NoError(t, json.Unmarshal([]byte(raw), &out))
	return out, raw
}

// byHead sorts what is told of the households of a ledger by the name that it gives their heads.
func byHead(l gen.LedgerImport) map[string]gen.LedgerItem {
	out := map[string]gen.LedgerItem{}
	for _, x := range l.Items {
		out[x.HeadName] = x
	}
	return out
}

func faultCodes(x gen.LedgerItem) []string {
	out := []string{}
	for _, f := range x.Faults {
		out = append(out, f.Code)
	}
	return out
}

// An office looks at the ledger of its area, imports it once, and has it back with a word beside each row; others may not.
func TestLedgerIsImportedByOffices(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		fresh := withCheck(t, "51092319800101001")
		book := problemBook(t, ledgerHeadings,
			[]any{"H1" + village, "石桥村", "四组", "罗守田", "户主", headID, "大病", headPhone},
			[]any{"N1", "柳湾村", "一组", "温新禾", "户主", fresh, "健康", "13900005678"},
			[]any{"N2", "石桥村", "一组", "缺证人", "户主", "510923198001010011", "健康", ""})
		for _, user := range []string{"cadre", "secretary", "entry", "leader", "auditor", "civil", "sys", "farmer", "grid"} {
			require.Contains(t, w.sendLedger(t, user, "", book, 403).Body.String(), "role_not_allowed")
			w.sendLedger(t, user, "/returned", book, 403)
		}
		seen, raw := ledgerOf(t, w.sendLedger(t, "town", "", book, 200))
		require.Equal(t, []any{3, 1, 1, 0, 1, false}, []any{seen.Households, seen.Created, seen.Changed, seen.Unchanged, seen.Rejected, seen.Applied}, raw)
		require.Equal(t, []string{"未导入", "更新", "新增"}, []string{seen.Items[0].ActionTitle, seen.Items[1].ActionTitle, seen.Items[2].ActionTitle})
		refused := seen.Items[0]
		require.Equal(t, []any{"Sheet1", 4, "云岭县清溪镇石桥村"}, []any{refused.Sheet, refused.Line, refused.Village})
		require.Equal(t, "F4", refused.Faults[0].Cell, "which cell to mend")
		require.NotEmpty(t, refused.Faults[0].Field)

		// What is registered of the household is told as far as an office sees it without a purpose.
		changed := seen.Items[1]
		require.Equal(t, []gen.LedgerChange{{Subject: "户", Field: "组", Replaces: true, Old: "三组", New: "四组"}, {Subject: "罗守田", Field: "健康状况", Replaces: true, New: "大病"}}, changed.Changes)
		require.NotContains(t, raw, "慢性病")
		require.Equal(t, []string{"LED-301"}, faultCodes(changed))
		require.NotContains(t, raw, "罗小禾", "a child's name")
		require.NotContains(t, raw, fresh)

		count := func(model any) (n int64) {
			require.NoError(t, w.store.DB.Model(model).Count(&n).Error)
			return n
		}
		households := count(&models.Household{})
		require.Zero(t, count(&models.ImportBatch{}), "a look writes nothing")
		require.Zero(t, count(&models.Case{}))
		w.sendLedger(t, "town", "?confirm="+strings.Repeat("0", 64), book, 409)
		require.Equal(t, households, count(&models.Household{}))

		done, _ := ledgerOf(t, w.sendLedger(t, "town", "?confirm="+seen.Sha256, book, 200))
		require.Equal(t, []any{1, 1, 1, true}, []any{done.Created, done.Changed, done.Rejected, done.Applied})
		require.Equal(t, households+1, count(&models.Household{}))
		var made models.Household
		require.NoError(t, w.store.DB.Take(&made, "no = ?", "N1").Error)
		require.Equal(t, []string{nextVillage, "温新禾"}, []string{made.RegionCode, made.HeadName})
		var batch models.ImportBatch
		require.NoError(t, w.store.DB.Take(&batch).Error)
		require.Equal(t, []any{"u-town", seen.Sha256, "", 1, 1, 1}, []any{batch.UserID, batch.SHA256, batch.File, batch.Created, batch.Changed, batch.Rejected}, "its author stands in the record")
		var clue models.Case
		require.NoError(t, w.store.DB.Take(&clue, "procedure = ?", "risk_clue").Error, "a serious illness is a clue")
		require.Equal(t, "household-1", clue.HouseholdID)
		var log []models.AccessLog
		require.NoError(t, w.store.DB.Where("user_id = ? AND action IN ?", "u-town", []string{"ledger_preview", "ledger_import"}).Order("id").Find(&log).Error)
		require.Len(t, log, 2, "who looked and who imported is kept")
		require.Equal(t, []any{"ledger_import", seen.Sha256, "township_office"}, []any{log[1].Action, log[1].RecordID, log[1].Role})

		// Once more there is nothing to do.
		again, _ := ledgerOf(t, w.sendLedger(t, "town", "?confirm="+seen.Sha256, book, 200))
		require.Equal(t, []int{0, 0, 2, 1}, []int{again.Created, again.Changed, again.Unchanged, again.Rejected})
		require.Equal(t, households+1, count(&models.Household{}))
		var clues int64
		require.NoError(t, w.store.DB.Model(&models.Case{}).Where("procedure = ?", "risk_clue").Count(&clues).Error)
		require.EqualValues(t, 1, clues)

		x, err := excelize.OpenReader(w.sendLedger(t, "town", "/returned", book, 200).Body)
		require.NoError(t, err)
		words := map[string]string{"J2": "无变化", "J3": "无变化", "J4": "未导入"}
		for cell, want := range words {
			got, err := x.GetCellValue("Sheet1", cell)
			require.NoError(t, err)
			require.Equal(t, want, got, cell)
		}
		why, err := x.GetCellValue("Sheet1", "K4")
		require.NoError(t, err)
		require.Contains(t, why, "身份证")
	})
}

// Beyond its area an office writes nothing, and learns no more of a household there than that it is taken.
func TestLedgerStaysInTheArea(t *testing.T) {
	testkit.EachDialect(t, func(t *testing.T, dialect string) {
		w := newWorld(t, dialect)
		far := models.Person{ID: "person-9", HouseholdID: "household-9", Name: "程远山", IsHead: true, CreatedAt: w.clock(), UpdatedAt: w.clock()}
		number := withCheck(t, "51092319700303001")
		index := w.store.Vault.Index(number)
		far.IDIndex = &index
		require.NoError(t, far.SetSecret(w.store.Vault, models.PersonSecret{IDNo: number, Relation: "户主"}))
		w.create(&far)
		row := func(no, place, name, id string) []any { return []any{no, place, "", name, "户主", id, "", ""} }
		book := problemBook(t, ledgerHeadings,
			row("N1", "松林村", "甲一", withCheck(t, "51092319700303003")), // a village of another township
			row("N2", "无此村", "甲二", withCheck(t, "51092319700303005")), // and none at all
			row("H9"+farVillage, "石桥村", "甲三", withCheck(t, "51092319700303007")),
			row("N4", "石桥村", "甲四", number),
			row("", "石桥村", "甲五", number),
		)
		seen, raw := ledgerOf(t, w.sendLedger(t, "town", "", book, 200))
		require.Equal(t, []any{0, 0, 5}, []any{seen.Created, seen.Changed, seen.Rejected}, raw)
		one := byHead(seen)
		require.Equal(t, strings.ReplaceAll(one["甲一"].Faults[0].Message, "松林村", "无此村"), one["甲二"].Faults[0].Message, "a village elsewhere is as unknown as none")
		require.Equal(t, []string{"LED-215"}, faultCodes(one["甲三"]))
		for _, secret := range []string{"程远山", farVillage, "高坪镇", number} {
			require.NotContains(t, strings.ReplaceAll(raw, "H9"+farVillage, ""), secret) // but for the number that the file itself gives
		}
		var before, after []models.Household
		require.NoError(t, w.store.DB.Order("id").Find(&before).Error)
		w.sendLedger(t, "town", "?confirm="+seen.Sha256, book, 200)
		require.NoError(t, w.store.DB.Order("id").Find(&after).Error)
		require.Equal(t, before, after)

		// The county reaches both townships, and says whose number it is.
		require.Contains(t, raw, "另一个户编号")
		seen, raw = ledgerOf(t, w.sendLedger(t, "county", "", book, 200))
		require.Equal(t, 1, seen.Created)
		require.Contains(t, raw, "户主已登记在户编号 H9"+farVillage+" 下")

		// Whoever has two areas imports for both; a grant that is over counts no more.
		w.create(&models.RoleGrant{ID: "g-both", UserID: "u-far_town", Role: "township_office", RegionCode: township, ValidFrom: w.clock().Add(-time.Hour)})
		both := problemBook(t, ledgerHeadings, row("N6", "松林村", "甲六", withCheck(t, "51092319700303009")), row("N7", "石桥村", "甲七", withCheck(t, "51092319700303011")))
		seen, _ = ledgerOf(t, w.sendLedger(t, "far_town", "", both, 200))
		require.Equal(t, 2, seen.Created)
		require.NoError(t, w.store.DB.Model(&models.RoleGrant{}).Where("id = ?", "g-both").Update("valid_to", w.clock().Add(-time.Minute)).Error)
		seen, _ = ledgerOf(t, w.sendLedger(t, "far_town", "", both, 200))
		require.Equal(t, []int{1, 1}, []int{seen.Created, seen.Rejected})
	})
}

// An answer tells of a hundred households of each outcome and counts the others; what cannot be read is refused, and how far
// it is is told in rows.
func TestLedgerAnswersAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	rows := [][]any{ledgerHeadings}
	for i := range listedOfEach + 3 {
		rows = append(rows, []any{fmt.Sprintf("B%d", i), "石桥村", "", "缺证人", "户主", "1", "", ""})
	}
	for range listedOfOne + 5 {
		rows = append(rows, []any{"B0", "石桥村", "", "又一个", "户主", "1", "", ""})
	}
	book := problemBook(t, rows...)
	seen, _ := ledgerOf(t, w.sendLedger(t, "town", "", book, 200))
	require.Len(t, seen.Items, listedOfEach)
	require.Equal(t, []int{listedOfEach + 3, 3}, []int{seen.Rejected, seen.Unlisted})
	require.Len(t, seen.Items[0].Faults, listedOfOne)
	require.Positive(t, seen.Items[0].More)
	for name, broken := range map[string][]byte{"LED-001": png, "LED-004": problemBook(t, []any{"没有", "表头"})} {
		require.Contains(t, w.sendLedger(t, "town", "", broken, 422).Body.String(), name)
	}
	require.Contains(t, w.sendLedger(t, "town", "?confirm=x", book, 400).Body.String(), "confirm")

	w.server.tellAfter, w.server.tellEvery = 0, 0
	told, end, answer := heard(t, w.doOn(t, w.echo, call{user: "town", method: "POST", url: ledgerURL, status: 200, body: workbookForm(t, book), headers: map[string]string{progressHeader: "lines"}}))
	require.Equal(t, 200, end.Status)
	require.Equal(t, progressLine{0, len(rows) - 1}, told[0])
	require.Equal(t, len(rows)-1, told[len(told)-1].Total)
	require.True(t, bytes.Contains(answer, []byte(seen.Sha256)))
}
