package api

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"image"
	pngs "image/png"
	"mime/multipart"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/signature"
	"shouwang/models"
)

// drawn is a signature as the screen gives it.
func drawn(t testing.TB, seed uint64) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, pngs.Encode(&b, signature.Scribble(seed, 0, 0, 0)))
	return b.Bytes()
}

// toldFile is a file with what is told of it: a value as JSON, or a text as it is.
func toldFile(t testing.TB, kind string, content []byte, facts any) *form {
	t.Helper()
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	require.NoError(t, m.WriteField("kind", kind))
	raw, isText := facts.(string)
	if !isText {
		b, err := json.Marshal(facts)
		require.NoError(t, err)
		raw = string(b)
	}
	require.NoError(t, m.WriteField("facts", raw))
	part, err := m.CreateFormFile("file", "手写签名.png")
	require.NoError(t, err)
	_, err = part.Write(content)
	require.NoError(t, err)
	require.NoError(t, m.Close())
	return &form{body.Bytes(), m.FormDataContentType()}
}

// fileFaults are what verification says of files.
func (w *world) fileFaults(t *testing.T) []string {
	t.Helper()
	out := []string{}
	verdict, err := (&activities.Verifier{Engine: w.engine, OpenFile: w.server.blobs.Open}).Run(t.Context())
	require.NoError(t, err)
	for _, b := range verdict.Bad {
		if strings.Contains(b.Fault, "附件") {
			out = append(out, b.Fault)
		}
	}
	return out
}

const signHere = "农户签字（手印）" // the one place of annex 6

// A signature drawn on a screen says where on the paper it stands and who has drawn it, and stands there when it is printed.
func TestSignaturesDrawnOnAScreen(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		id := w.formRecord(t, "cadre", "annex6", "household-1", object{})
		url := basePath + "/form-records/" + id
		by := func(more object) object {
			return object{"signed": with(object{"place": signHere, "name": "罗小英"}, more)}
		}
		own, white := drawn(t, 7), new(bytes.Buffer)
		blank := image.NewGray(image.Rect(0, 0, 200, 80))
		for i := range blank.Pix {
			blank.Pix[i] = 255
		}
		require.NoError(t, pngs.Encode(white, blank))
		for _, c := range []struct {
			name, kind  string
			content     []byte
			facts       any
			status      int
			code, field string
		}{
			{"nobody", "signature", own, object{}, 422, "required", "facts.signed"},
			{"a place that the paper has not", "signature", own, by(object{"place": "见证人（签字）"}), 422, "unknown_place", "facts.signed.place"},
			{"for somebody, but who is it", "signature", own, by(object{"proxy": true, "reason": "外出务工"}), 422, "required", "facts.signed.relation"},
			{"for somebody, but why", "signature", own, by(object{"proxy": true, "relation": "女儿", "reason": " "}), 422, "required", "facts.signed.reason"},
			{"nothing drawn", "signature", white.Bytes(), by(nil), 422, "signature_blank", "file"},
			{"on a photo", "photo", own, by(nil), 422, "not_a_signature", "facts.signed"},
			{"no name", "signature", own, by(object{"name": " "}), 400, "wrong_format", ""},
			{"a name too long", "signature", own, by(object{"name": strings.Repeat("罗", 31)}), 400, "wrong_format", ""},
			{"what nobody knows", "signature", own, object{"mood": "good"}, 400, "wrong_format", ""},
			{"no JSON", "signature", own, "{", 400, "wrong_format", ""},
			{"two values", "signature", own, `{} {}`, 400, "wrong_format", ""},
			{"too much", "signature", own, `{"signed":{"name":"` + strings.Repeat("x", mostFacts) + `"}}`, 400, "wrong_format", ""},
			{"the longest name", "signature", own, by(object{"name": strings.Repeat("罗", 30)}), 201, "", ""},
			{"for somebody", "signature", own, by(object{"proxy": true, "relation": "女儿", "reason": "外出务工"}), 201, "", ""},
		} {
			w.real, w.now = w.real.Add(time.Second), w.now.Add(time.Second)
			rec := w.do(t, call{name: c.name, user: "cadre", method: "POST", url: url + "/attachments", body: toldFile(t, c.kind, c.content, c.facts), status: c.status, code: c.code})
			if c.field != "" {
				require.Contains(t, rec.Body.String(), `"field":"`+c.field+`"`, c.name)
			}
		}
		got := decode[gen.FormRecord](t, w.do(t, call{user: "cadre", method: "GET", url: url, status: 200}))
		require.Equal(t, []string{signHere}, got.SignPlaces)
		require.Equal(t, gen.FileSigned{Place: signHere, Name: "罗小英", Proxy: true, Relation: "女儿", Reason: "外出务工"}, got.Attachments[1].Facts.Signed)

		// On the paper: the picture in its place, and in the list of files who it was.
		print := func(format string) []byte {
			return w.do(t, call{user: "cadre", method: "POST", url: url + "/file", body: object{"purpose": "归档", "format": format}, status: 200}).Body.Bytes()
		}
		text := documentXML(t, print("docx"))
		require.Contains(t, text, signHere+"：罗小英（代签，女儿，外出务工）")
		require.Equal(t, 1, pictures(t, print("docx")), "of two signatures in a place the later one")
		require.Greater(t, len(print("pdf")), len(unsigned(t, w)), "it is drawn")

		// Who may not see sensitive data sees that there is one, and nothing of whose.
		other := w.do(t, call{user: "grid", method: "GET", url: url, status: 200, want: []string{`"hidden":true`}, not: []string{"罗小英", "女儿"}})
		require.Zero(t, decode[gen.FormRecord](t, other).Attachments[1].Facts)
		require.Empty(t, w.fileFaults(t))
	})
}

// pictures is how many there are in a Word file.
func pictures(t *testing.T, docx []byte) (n int) {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(docx), int64(len(docx)))
	require.NoError(t, err)
	for _, f := range z.File {
		if strings.HasPrefix(f.Name, "word/media/") {
			n++
		}
	}
	return n
}

// unsigned is the same form of another household, printed without a signature.
func unsigned(t *testing.T, w *world) []byte {
	id := w.formRecord(t, "cadre", "annex6", "household-2", object{})
	return w.do(t, call{user: "cadre", method: "POST", url: basePath + "/form-records/" + id + "/file", body: object{"purpose": "归档", "format": "pdf"}, status: 200}).Body.Bytes()
}

// When and where a photo was taken stands with it for who may see sensitive data, and cannot be changed unseen.
func TestPhotosTellWhenAndWhere(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		clue := w.openClue(t, "household-1", "cadre")
		record := w.formRecord(t, "cadre", "f3", "household-1", place)
		facts := object{"taken_at": "2026-03-10T09:00:00+08:00", "place": object{"longitude": 104.51, "latitude": 30.52, "accuracy": 12},
			"original": object{"sha256": strings.Repeat("ab", 32), "size": 9_000_000}}
		at := func(lon, lat, accuracy float64) object {
			return object{"place": object{"longitude": lon, "latitude": lat, "accuracy": accuracy}}
		}
		for _, to := range []struct{ url, kind, see string }{
			{basePath + "/cases/" + clue + "/attachments", "screening_form", basePath + "/cases/" + clue},
			{basePath + "/form-records/" + record + "/attachments", "photo", basePath + "/form-records/" + record},
		} {
			key := map[string]string{"Idempotency-Key": "photo-" + to.kind}
			send := call{user: "cadre", method: "POST", url: to.url, headers: key, body: toldFile(t, to.kind, png, facts), status: 201}
			first, again := w.do(t, send), w.do(t, send)
			require.JSONEq(t, first.Body.String(), again.Body.String(), "sent again it is one")
			seen := func(user string) gen.FileFacts {
				return decode[struct{ Attachments []gen.Attachment }](t, w.do(t, call{user: user, method: "GET", url: to.see, status: 200})).Attachments[0].Facts
			}
			want := gen.FileFacts{TakenAt: time.Date(2026, 3, 10, 1, 0, 0, 0, time.UTC), Place: gen.FilePlace{Longitude: 104.51, Latitude: 30.52, Accuracy: 12},
				Original: gen.FileOriginal{Sha256: strings.Repeat("ab", 32), Size: 9_000_000}}
			for _, user := range []string{"cadre", "town"} {
				got := seen(user)
				require.WithinDuration(t, want.TakenAt, got.TakenAt, 0)
				got.TakenAt = want.TakenAt
				require.Equal(t, want, got, user)
			}
			require.Zero(t, seen("grid"))

			for _, c := range []struct {
				facts  any
				status int
			}{
				{at(73, 3, 0), 201}, {at(136, 54, 100_000), 201}, {at(72.9, 30, 5), 400}, {at(136.1, 30, 5), 400}, {at(104, 2.9, 5), 400}, {at(104, 54.1, 5), 400}, {at(104, 30, -1), 400}, {at(104, 30, 100_001), 400},
				{object{"taken_at": "昨天"}, 400}, {object{"taken_at": "1999-12-31T00:00:00Z"}, 400}, {object{"original": object{"sha256": "AB", "size": 1}}, 400},
				{object{"original": object{"sha256": strings.Repeat("ab", 32), "size": 0}}, 400}, {object{"signed": object{"name": "某"}}, 422},
			} {
				w.do(t, call{name: to.kind, user: "cadre", method: "POST", url: to.url, status: c.status, body: toldFile(t, to.kind, png, c.facts)})
			}
		}

		// Nothing of it stands in the clear, and what is put in its place is found.
		var files []models.Attachment
		require.NoError(t, w.store.DB.Where("sealed_facts IS NOT NULL").Order("created_at, id").Find(&files).Error)
		require.Len(t, files, 6)
		require.Empty(t, w.fileFaults(t))
		for _, one := range []models.Attachment{byCase(files, true), byCase(files, false)} {
			require.NotContains(t, string(one.SealedFacts), "104.5")
			change := func(sealed []byte, erased any) {
				require.NoError(t, w.store.DB.Model(&models.Attachment{}).Where("id = ?", one.ID).UpdateColumns(map[string]any{"sealed_facts": sealed, "erased_at": erased}).Error)
			}
			forged := one
			require.NoError(t, forged.SetFacts(w.store.Vault, models.FileFacts{Place: &models.FilePlace{Longitude: 104.6, Latitude: 30.52, Accuracy: 12}}))
			change(forged.SealedFacts, nil)
			require.Len(t, w.fileFaults(t), 1, "another place")
			change(nil, nil)
			require.Len(t, w.fileFaults(t), 1, "no place any more")
			change(nil, w.clock())
			require.Empty(t, w.fileFaults(t), "erased as the law wants")
			change(one.SealedFacts, nil)
			require.Empty(t, w.fileFaults(t))
		}
	})
}

// byCase is the first file of a case, or of a form.
func byCase(files []models.Attachment, ofCase bool) models.Attachment {
	for _, f := range files {
		if (f.CaseID != "") == ofCase {
			return f
		}
	}
	return models.Attachment{}
}

// Of a signature on a case the question is the place; who signed for whom is told there too.
func TestSignaturesOfACaseTellWhoSigned(t *testing.T) {
	t.Parallel()
	up := func(kind string, by models.FileSigned) error {
		return signedOnCase(&upload{kind: kind, facts: models.FileFacts{Signed: &by}})
	}
	require.NoError(t, up("household_signature", models.FileSigned{Name: "罗小英"}))
	require.NoError(t, up("farmer_signature", models.FileSigned{Name: "罗小英", Proxy: true, Relation: "女儿", Reason: "外出"}))
	require.NoError(t, up("signature", models.FileSigned{Name: "罗小英"}))
	require.Error(t, up("designature", models.FileSigned{Name: "罗小英"}))
	require.Error(t, up("farmer_signature", models.FileSigned{Name: "罗小英", Proxy: true, Relation: "女儿"}))
	require.Error(t, up("household_signature", models.FileSigned{Name: "罗小英", Place: signHere}))
	require.Error(t, up("photos", models.FileSigned{Name: "罗小英"}))
	require.NoError(t, signedOnCase(&upload{kind: "photos"}))
}

// A form that is being filled in comes with its expressions, one that is finished does not need them.
func TestFormsComeWithTheirSums(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	blank := decode[gen.FormBlank](t, w.do(t, call{user: "cadre", method: "GET", url: basePath + "/forms/blank?form=annex6&household_id=household-1", status: 200}))
	require.NotEmpty(t, blank.Sums.Computed)
	require.Equal(t, "production", blank.Sums.IncomeItems["1-11"])
	require.NotNil(t, blank.Sums.World["registered"])
	id := w.formRecord(t, "cadre", "f3", "household-1", place)
	url := basePath + "/form-records/" + id
	require.NotEmpty(t, decode[gen.FormRecord](t, w.do(t, call{user: "cadre", method: "GET", url: url, status: 200})).Sums.Checks)
	w.do(t, call{user: "cadre", method: "POST", url: url + "/acts", status: 200, body: act("finish", 1)})
	require.Empty(t, decode[gen.FormRecord](t, w.do(t, call{user: "cadre", method: "GET", url: url, status: 200})).Sums.Checks)
}

// Only the page's own script may ask where the device is, and nothing else of it.
func TestPagesMayAskForThePlaceAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.do(t, call{user: "cadre", method: "GET", url: basePath + "/me", status: 200}).Header().Get("Permissions-Policy")
	for _, part := range []string{"geolocation=(self)", "camera=()", "microphone=()"} {
		require.Contains(t, h, part)
	}
}
