package api

import (
	"bytes"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/policy"
)

// recordFile is the id of the file that an answer tells of.
func recordFile(t testing.TB, rec *httptest.ResponseRecorder) string {
	t.Helper()
	return decode[struct{ ID string }](t, rec).ID
}

// A form takes pictures and scans, before and after it is finished, by the rules of the files of a case.
func TestFormRecordFiles(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			filesOfRecord(t, newWorld(t, dialect))
		})
	}
}

func filesOfRecord(t *testing.T, w *world) {
	id := w.formRecord(t, "cadre", "f3", "household-1", place)
	url := basePath + "/form-records/" + id
	files := url + "/attachments"
	for _, c := range []struct {
		name, user, kind, file string
		content                []byte
		status                 int
		code                   string
	}{
		{"a picture", "cadre", "photo", "门牌.png", png, 201, ""},
		{"a scan", "town", "signed", "签字.pdf", []byte("%PDF-1.7\n%…"), 201, ""},
		{"no such kind", "cadre", "passport", "a.png", png, 422, "unknown_kind"},
		{"a program named as a picture", "cadre", "photo", "a.png", []byte("MZ\x90\x00"), 415, "file_type_not_allowed"},
		{"a scan named as a picture", "cadre", "photo", "a.png", []byte("%PDF-1.7\n%…"), 415, "file_mislabelled"},
		{"too large", "cadre", "photo", "a.png", append(bytes.Clone(png), make([]byte, 64<<10)...), 413, "too_large"},
		{"by one who only looks", "grid", "photo", "a.png", png, 403, "role_not_allowed"},
		{"from another township", "far_town", "photo", "a.png", png, 404, ""},
	} {
		w.do(t, call{name: c.name, user: c.user, method: "POST", url: files, body: upfile(t, c.kind, c.file, c.content), status: c.status, code: c.code})
	}
	w.do(t, call{user: "cadre", method: "GET", url: url, status: 200, want: []string{`"门牌.png"`, `"签字.pdf"`, `"kind":"signed"`, `"title":"签字扫描件"`, `"title":"上传附件"`, `"attach"]`, `"state":"draft"`}})

	w.do(t, call{user: "cadre", method: "POST", url: url + "/acts", status: 200, body: act("finish", 3)})
	w.do(t, call{user: "cadre", method: "POST", url: files, status: 201, body: upfile(t, "signed", "定稿签字.png", png)})
	w.do(t, call{user: "entry", method: "POST", url: url + "/acts", status: 200, body: act("check", 5)})
	w.do(t, call{user: "town", method: "POST", url: url + "/acts", status: 200, body: act("void", 6, object{"note": "定位到邻居家"})})
	w.do(t, call{user: "cadre", method: "POST", url: files, status: 409, code: "form_void", body: upfile(t, "signed", "a.png", png)})
	require.Contains(t, w.do(t, call{user: "cadre", method: "GET", url: url, status: 200, not: []string{`"attach"]`}}).Body.String(), "定稿签字.png", "what was attached stays")
}

// The bytes of a file of a form are for who sees the form's class, each reading is kept, and a repeated upload is one file.
func TestFormRecordFileBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.formRecord(t, "cadre", "f3", "household-1", place)
	files := basePath + "/form-records/" + id + "/attachments"
	key := map[string]string{"Idempotency-Key": "upload-number-one"}
	first := w.do(t, call{user: "cadre", method: "POST", url: files, headers: key, body: upfile(t, "photo", "罗守田户.png", png), status: 201})
	again := w.do(t, call{user: "cadre", method: "POST", url: files, headers: key, body: upfile(t, "photo", "b.png", png), status: 201})
	require.JSONEq(t, first.Body.String(), again.Body.String())
	w.do(t, call{user: "cadre", method: "POST", url: files, headers: key, body: upfile(t, "photo", "b.png", append(bytes.Clone(png), 1)), status: 422, code: "key_reused"})

	file := basePath + "/attachments/" + recordFile(t, first)
	require.Equal(t, png, w.do(t, call{user: "town", method: "GET", url: file, status: 200}).Body.Bytes())
	w.do(t, call{user: "far_town", method: "GET", url: file, status: 404})
	w.do(t, call{user: "grid", method: "GET", url: file, status: 403, code: "class_not_allowed"})
	w.do(t, call{user: "grid", method: "GET", url: basePath + "/form-records/" + id, status: 200, want: []string{`"hidden":true`}, not: []string{"罗守田户.png"}})
	var log models.AccessLog
	require.NoError(t, w.store.DB.Where(&models.AccessLog{Table: "attachments", RecordID: recordFile(t, first), UserID: "u-town"}).Take(&log).Error)

	pdf := w.do(t, call{user: "town", method: "POST", url: basePath + "/form-records/" + id + "/file", body: object{"purpose": "归档"}, status: 200})
	require.True(t, bytes.HasPrefix(pdf.Body.Bytes(), []byte("%PDF-")))
}

// The paper that a household signs has the whole numbers of those who sign, for who may see them, and each showing is kept;
// no screen, answer or workbook has them (3.3).
func TestNumbersStandOnThePaperToSignAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	shown := func() (n int64) {
		require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("action = 'unmask' AND field = 'id_no' AND record_id = 'household-1' AND purpose = '签署'").Count(&n).Error)
		return n
	}
	print := func(user, form string) string {
		of := object{"form": form, "format": "docx", "purpose": "签署", "household_id": "household-1"}
		return documentXML(t, w.do(t, call{user: user, method: "POST", url: basePath + "/forms/print", body: of, status: 200}).Body.Bytes())
	}
	paper := print("cadre", "authorization")
	require.Contains(t, paper, headID)
	require.Contains(t, paper, childID)
	require.EqualValues(t, 1, shown())
	require.NotContains(t, print("entry", "authorization"), headID, "who may not unmask leaves room to write")
	require.NotContains(t, print("cadre", "f1"), headID, "no other form shows them")
	require.EqualValues(t, 1, shown())
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/forms/blank?form=authorization&household_id=household-1", status: 200, want: []string{"罗守田"}, not: []string{headID, policy.MaskID(headID)}})

	id := w.formRecord(t, "cadre", "authorization", "household-1", object{"persons": []any{object{"name": "罗守田", "relation": "户主"}, object{"name": "罗守田", "relation": "同名"}}})
	file := documentXML(t, w.do(t, call{user: "town", method: "POST", url: basePath + "/form-records/" + id + "/file", body: object{"format": "docx", "purpose": "签署"}, status: 200}).Body.Bytes())
	require.Contains(t, file, headID)
	require.EqualValues(t, 2, shown())
}
