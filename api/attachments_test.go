package api

import (
	"archive/zip"
	"bytes"
	"fmt"
	"mime/multipart"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/models"
	"shouwang/procedure"
)

// office is the beginning of an office file as its programs write it.
func office(t *testing.T, part string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"[Content_Types].xml", "_rels/.rels", part} {
		f, err := z.Create(name)
		require.NoError(t, err)
		_, err = f.Write([]byte("<xml/>"))
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return b.Bytes()
}

func TestAttachments(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	url := basePath + "/cases/" + clue + "/attachments"
	jpeg, pdf, webp := []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"), []byte("%PDF-1.7\n%…"), []byte("RIFF\x24\x00\x00\x00WEBPVP8 ")
	large := append(bytes.Clone(png), make([]byte, 64<<10)...)
	exactly := append(bytes.Clone(png), make([]byte, 64<<10-len(png))...)
	const kind = "screening_form"
	for _, c := range []struct {
		name, kind, file string
		content          []byte
		status           int
		code, mime       string
	}{
		{"picture", kind, "现场.PNG", png, 201, "", "image/png"},
		{"photo", kind, "a.jpg", jpeg, 201, "", "image/jpeg"},
		{"photo by its other name", kind, "a.jpeg", jpeg, 201, "", "image/jpeg"},
		{"webp", kind, "a.webp", webp, 201, "", "image/webp"},
		{"document", kind, "排查表.pdf", pdf, 201, "", "application/pdf"},
		{"word", kind, "排查表.docx", office(t, "word/document.xml"), 201, "", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
		{"excel", kind, "台账.xlsx", office(t, "xl/workbook.xml"), 201, "", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"exactly the limit", kind, "a.png", exactly, 201, "", "image/png"},
		{"one byte more", kind, "a.png", append(exactly, 0), 413, "too_large", ""},
		{"larger", kind, "a.png", large, 413, "too_large", ""},
		{"program named as picture", kind, "a.png", []byte("MZ\x90\x00\x03\x00\x00\x00"), 415, "file_type_not_allowed", ""},
		{"page named as picture", kind, "a.png", []byte("<html><script>alert(1)</script>"), 415, "file_type_not_allowed", ""},
		{"drawing with script", kind, "a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>`), 415, "file_type_not_allowed", ""},
		{"pdf named as picture", kind, "a.png", pdf, 415, "file_mislabelled", ""},
		{"picture named as pdf", kind, "a.pdf", png, 415, "file_mislabelled", ""},
		{"picture without extension", kind, "a", png, 415, "file_mislabelled", ""},
		{"word named as excel", kind, "a.xlsx", office(t, "word/document.xml"), 415, "file_mislabelled", ""},
		{"any zip", kind, "a.docx", office(t, "readme.txt"), 415, "file_type_not_allowed", ""},
		{"empty", kind, "a.png", nil, 400, "empty_file", ""},
		{"kind that no form asks for", "passport", "a.png", png, 422, "unknown_kind", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			rec := w.do(t, call{name: c.name, user: "cadre", method: "POST", url: url, body: upfile(t, c.kind, c.file, c.content), status: c.status, code: c.code})
			if c.status == 201 {
				require.Equal(t, c.mime, decode[struct {
					ContentType string `json:"content_type"`
				}](t, rec).ContentType)
			}
		})
	}
	left, err := os.ReadDir(string(w.server.blobs.(DirBlobs)))
	require.NoError(t, err)
	for _, f := range left {
		require.True(t, f.IsDir(), "a refused upload left %s", f.Name())
	}
}

func TestAttachmentBytes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	url := basePath + "/cases/" + clue + "/attachments"
	key := map[string]string{"Idempotency-Key": "upload-number-one"}
	first := w.do(t, call{user: "cadre", method: "POST", url: url, headers: key, body: upfile(t, "screening_form", `..\..\罗守田住院 "证明".png`, png), status: 201})
	again := w.do(t, call{user: "cadre", method: "POST", url: url, headers: key, body: upfile(t, "screening_form", "x.png", png), status: 201})
	require.JSONEq(t, first.Body.String(), again.Body.String())
	w.do(t, call{user: "cadre", method: "POST", url: url, headers: key, body: upfile(t, "screening_form", "x.png", append(bytes.Clone(png), 1)), status: 422, code: "key_reused"})

	file := basePath + "/attachments/" + decode[struct{ ID string }](t, first).ID
	rec := w.do(t, call{user: "town", method: "GET", url: file, status: 200})
	require.Equal(t, png, rec.Body.Bytes())
	h := rec.Header()
	require.Equal(t, "image/png", h.Get("Content-Type"))
	require.Contains(t, h.Get("Content-Disposition"), "attachment;")
	require.NotContains(t, h.Get("Content-Disposition"), "..")
	require.Equal(t, "no-store", h.Get("Cache-Control"))
	require.Contains(t, h.Get("Content-Security-Policy"), "sandbox")

	// Evidence is sensitive: a role that sees no P3 sees that it is there, no more.
	w.do(t, call{user: "auditor", method: "GET", url: file, status: 403, code: "class_not_allowed"})
	w.do(t, call{user: "auditor", method: "GET", url: basePath + "/cases/" + clue, status: 200, want: []string{`"hidden":true`}, not: []string{"住院"}})
	w.do(t, call{user: "auditor", method: "POST", url: url, body: upfile(t, "screening_form", "x.png", png), status: 403, code: "role_not_allowed"})
	require.Equal(t, []string{clue, clue}, w.cases.nudged)
}

// What a role is shown masked it may open for a purpose (3.3), and that stays on record; what is hidden from it stays so.
func TestAttachmentsForAPurpose(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		clue := w.openClue(t, "household-1", "cadre")
		up := w.do(t, call{user: "cadre", method: "POST", url: basePath + "/cases/" + clue + "/attachments", body: upfile(t, "screening_form", "住院证明.png", png), status: 201})
		id := decode[struct{ ID string }](t, up).ID
		file, open := basePath+"/attachments/"+id, basePath+"/attachments/"+id+"/unmask"
		why := object{"purpose": "与入户调查表核对"}
		type view struct {
			Hidden    bool
			CanUnmask bool `json:"can_unmask"`
			Name      string
		}
		seen := func(user string) view {
			return decode[struct{ Attachments []view }](t, w.do(t, call{user: user, method: "GET", url: basePath + "/cases/" + clue, status: 200})).Attachments[0]
		}
		for _, c := range []struct {
			user   string
			view   view
			status int
			code   string
		}{
			{"auditor", view{true, true, ".png"}, 200, ""},
			{"leader", view{true, true, ".png"}, 200, ""},
			{"county", view{true, true, ".png"}, 200, ""},
			{"cadre", view{false, false, "住院证明.png"}, 403, "unmask_not_allowed"},
			{"secretary", view{true, false, ".png"}, 403, "unmask_not_allowed"},
			{"grid", view{true, false, ".png"}, 403, "unmask_not_allowed"},
		} {
			require.Equal(t, c.view, seen(c.user), c.user)
			if c.view.Hidden {
				w.do(t, call{name: c.user, user: c.user, method: "GET", url: file, status: 403, code: "class_not_allowed"})
			}
			rec := w.do(t, call{name: c.user, user: c.user, method: "POST", url: open, body: why, status: c.status, code: c.code})
			if c.status == 200 {
				require.Equal(t, png, rec.Body.Bytes())
				require.Contains(t, rec.Header().Get("Content-Disposition"), "attachment;")
				require.Equal(t, "no-store", rec.Header().Get("Cache-Control"))
				require.Empty(t, rec.Header().Get("ETag"), "no copy is kept")
			}
		}
		w.do(t, call{user: "far_town", method: "POST", url: open, body: why, status: 404, code: "not_found"})
		w.do(t, call{user: "auditor", method: "POST", url: open, body: object{}, status: 400, code: "required"})
		w.do(t, call{user: "auditor", method: "POST", url: open, body: object{"purpose": "看"}, status: 400, code: "too_short"})

		var logs []models.AccessLog
		require.NoError(t, w.store.DB.Where("action = 'unmask'").Order("id").Find(&logs).Error)
		require.Len(t, logs, 3, "nothing that was refused")
		roles := map[string]string{"auditor": "auditor", "leader": "linked_leader", "county": "county_office"}
		for i, by := range []string{"auditor", "leader", "county"} {
			l := logs[i]
			require.Equal(t, []string{"u-" + by, "attachments", id, clue, "household-1", "screening_form", "P3", "与入户调查表核对"}, []string{l.UserID, l.Table, l.RecordID, l.CaseID, l.HouseholdID, l.Field, l.Class, l.Purpose})
			require.Equal(t, roles[by], l.Role)
		}

		// Who has opened it stands with the case, and with the household.
		w.do(t, call{user: "county", method: "GET", url: basePath + "/households/household-1/seen", status: 200, want: []string{"附件：", "与入户调查表核对"}, not: []string{"screening_form"}})
		then := w.asOf(t, "auditor", clue, w.clock().Add(time.Minute)).Unmasked
		require.Len(t, then, 3)
		require.Contains(t, then[0].What, "附件：")

		// What was erased is not to be had for a purpose either, nor too often.
		require.NoError(t, w.store.DB.Model(&models.Attachment{}).Where("id = ?", id).Update("erased_at", w.clock()).Error)
		w.do(t, call{user: "auditor", method: "POST", url: open, body: why, status: 404, code: "file_erased"})
	})
}

// signed is a file that tells on what and when it was drawn.
func signed(t *testing.T, kind, device, at string) *form {
	t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	require.NoError(t, w.WriteField("kind", kind))
	require.NoError(t, w.WriteField("device", device))
	require.NoError(t, w.WriteField("signed_at", at))
	part, err := w.CreateFormFile("file", "a.png")
	require.NoError(t, err)
	_, err = part.Write(png)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return &form{body.Bytes(), w.FormDataContentType()}
}

func TestMalformedUploads(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	clue := w.openClue(t, "household-1", "cadre")
	url := basePath + "/cases/" + clue + "/attachments"
	good := upfile(t, "screening_form", "a.png", png)
	cut := &form{good.bytes[:len(good.bytes)-20], good.contentType}
	for _, c := range []call{
		{name: "cut short", body: cut, status: 400, code: "malformed_form"},
		{name: "no boundary", body: &form{good.bytes, "multipart/form-data"}, status: 400, code: "malformed_form"},
		{name: "not a form", body: object{"kind": "x"}, status: 415, code: "unsupported_media_type"},
		{name: "no key", body: good, headers: map[string]string{"Idempotency-Key": ""}, status: 400, code: "idempotency_key_required"},
		{name: "no file", body: upfile(t, "", "a.png", png), status: 400, code: "required"},
		{name: "kind not UTF-8", body: upfile(t, "\xff", "a.png", png), status: 400, code: "wrong_format"},
		{name: "a telephone number for a device", body: signed(t, "screening_form", "138 0000 1111", "2026-03-02T09:00:00Z"), status: 400, code: "wrong_format"},
		{name: "a day for a moment", body: signed(t, "screening_form", "tablet-01", "2026-03-02"), status: 400, code: "wrong_format"},
		{name: "on what and when it was drawn", body: signed(t, "screening_form", "tablet-01", "2026-03-02T09:00:00.5+08:00"), status: 201},
	} {
		c.user, c.method, c.url = "cadre", "POST", url
		w.do(t, c)
	}
}

// The record of a signature keeps a keyed hash of the device it came from (DQ-03), never its name; other files keep none.
func TestSignaturesKeepTheirDevice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	c := w.campaign(t)
	var form models.Case
	require.NoError(t, w.store.DB.Where("parent_id = ? AND procedure = ?", c, "household_form").Order("household_id").Take(&form).Error)
	const device = "0b5e2f6c-1111-4222-8333-444455556666"
	send := func(kind, device string, status int) map[string]any {
		signature := upfile(t, kind, "签名.png", append(bytes.Clone(png), w.key()...))
		if device != "" {
			signature = signed(t, kind, device, "2026-03-02T09:00:00.5+08:00")
		}
		w.do(t, call{user: "town", method: "POST", url: basePath + "/cases/" + form.ID + "/attachments", status: status, body: signature})
		var last models.CaseEvent
		require.NoError(t, w.store.DB.Where("case_id = ?", form.ID).Order("seq DESC").Take(&last).Error)
		note, err := w.engine.Payload(&last)
		require.NoError(t, err)
		return note
	}
	one, two := send("household_signature", device, 201), send("surveyor_signature", device, 201)
	require.Len(t, one["device"], 16)
	require.Equal(t, one["device"], two["device"])
	require.NotContains(t, fmt.Sprint(one), device)
	require.NotEqual(t, one["device"], send("household_signature", "0b5e2f6c-1111-4222-8333-444455556667", 201)["device"])
	require.Nil(t, send("household_signature", "", 201)["device"])
	send("household_signature", "某某的手机", 400)
}

// The guidance group attaches the report that its acceptance of a spot check asks for, and nothing else.
func TestTheGuidanceGroupAttachesItsReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.campaigner("guidance", procedure.GuidanceGroup, township)
	w.campaigner("instructor", procedure.Instructor, township)
	w.campaigner("head", procedure.GroupLeader, township)
	url := basePath + "/cases/" + w.campaign(t) + "/attachments"
	w.do(t, call{user: "guidance", method: "POST", url: url, status: 201, body: upfile(t, "report", "抽查验收报告.png", png)})
	w.do(t, call{user: "guidance", method: "POST", url: url, status: 403, code: "role_not_allowed", body: upfile(t, "village_reports", "报告.png", png)})
	w.do(t, call{user: "auditor", method: "POST", url: url, status: 403, code: "role_not_allowed", body: upfile(t, "report", "报告.png", png)})
}
