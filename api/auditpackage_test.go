package api

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/internal/evidence"
	"shouwang/models"
	"shouwang/procedure"
)

const auditURL = basePath + "/engagements/engagement-u-auditor"

// pack asks for a package and gives its file.
func (w *world) pack(t testing.TB, choice object) (gen.Export, []byte) {
	t.Helper()
	x := w.made(t, "auditor", decode[gen.Export](t, w.do(t, call{user: "auditor", method: "POST", url: auditURL + "/packages", body: with(object{"reason": "跟踪审计取证"}, choice), status: 200})))
	require.Equal(t, gen.ExportState("ready"), x.State, x.Code)
	rec := w.do(t, call{user: "auditor", method: "GET", url: basePath + "/exports/" + x.ID + "/file", status: 200})
	require.Equal(t, "application/zip", rec.Header().Get("Content-Type"))
	require.Contains(t, rec.Header().Get("Content-Disposition"), x.No+".zip")
	require.EqualValues(t, x.Size, rec.Body.Len())
	return x, rec.Body.Bytes()
}

func verifyPackage(file []byte, key string) (*evidence.ProvedPackage, error) {
	return evidence.VerifyPackage(bytes.NewReader(file), int64(len(file)), key)
}

// unzipped are the files of a package.
func unzipped(t testing.TB, file []byte) map[string][]byte {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	require.NoError(t, err)
	out := map[string][]byte{}
	for _, f := range z.File {
		r, err := f.Open()
		require.NoError(t, err)
		out[f.Name], err = io.ReadAll(r)
		require.NoError(t, err)
	}
	return out
}

func zipped(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, name := range sortedKeys(files) {
		f, err := z.Create(name)
		require.NoError(t, err)
		_, err = f.Write(files[name])
		require.NoError(t, err)
	}
	require.NoError(t, z.Close())
	return out.Bytes()
}

// paperOn issues a paper of a class about a case.
func (w *world) paperOn(t testing.TB, id string, class procedure.Class, text string) {
	t.Helper()
	p := models.IssuedPaper{Kind: "decision", Title: "审定决定", Office: county, Series: "审", RegionCode: village, CaseID: id, Class: class}
	_, err := w.engine.IssuePaper(t.Context(), activities.PaperIssue{Paper: p, Mark: "云振", Make: func(p *models.IssuedPaper) (err error) {
		p.Frozen, p.Hash = w.store.Vault.Seal("issued_papers", "frozen", p.ID, []byte(`{}`)), foreignSum([]byte(`{}`))
		p.PDFSHA256, p.PDFSize, err = w.server.blobs.Put(t.Context(), strings.NewReader("%PDF-1.4 "+text))
		p.DOCXSHA256 = p.PDFSHA256
		return err
	}}, w.key(), activities.Actor{UserID: "u-county", Role: procedure.CountyOffice, Region: county})
	require.NoError(t, err)
}

// fileOn attaches a file of a class to a case.
func (w *world) fileOn(t testing.TB, id string, class procedure.Class, text string) {
	t.Helper()
	sha, size, err := w.server.blobs.Put(t.Context(), strings.NewReader("%PDF-1.4 "+text))
	require.NoError(t, err)
	a := models.Attachment{ID: models.NewID(), CaseID: id, Kind: "screening_form", MIME: "application/pdf", Size: size, SHA256: sha, Class: class}
	a.SetName(w.store.Vault, "../../"+text+".pdf")
	_, err = w.engine.Attach(t.Context(), a, w.key(), activities.Actor{UserID: "u-cadre", Role: procedure.VillageCadre, Region: village})
	require.NoError(t, err)
}

// documented is a case with papers and files that an auditor may and may not open, looked at by somebody.
func (w *world) documented(t testing.TB) string {
	t.Helper()
	id := w.openClue(t, "household-1", "cadre")
	w.paperOn(t, id, procedure.P1, "决定全文")
	w.paperOn(t, id, procedure.P3, "病历摘录")
	w.fileOn(t, id, procedure.P1, "会议记录全文")
	w.fileOn(t, id, procedure.P3, "残疾证照片")
	w.do(t, call{user: "auditor", method: "POST", url: basePath + "/households/household-1/unmask", body: object{"field": "phone", "purpose": "核对联系方式"}, status: 200})
	w.pass(time.Second)
	return id
}

// What a package holds: everything an auditor sees of its cases, nothing that he does not, and the proof of it; it is on record.
func TestAuditPackage(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		id := w.documented(t)
		w.openClue(t, "household-2", "cadre")
		w.openClue(t, "household-9", "far_cadre")
		w.reengage(t, map[string]any{"areas": `["` + township + `"]`})
		x, file := w.pack(t, object{"procedure": "risk_clue"})
		require.Equal(t, []int{2, 2}, []int{x.Rows, x.Total})
		require.Equal(t, "审计包", x.ListTitle)

		got, err := verifyPackage(file, w.server.sealer.Key.Public)
		require.NoError(t, err)
		require.Equal(t, []int{2, 1, 1, 2}, []int{got.Cases, got.Papers, got.Attachments, got.LeftOut})
		require.Equal(t, 6, got.Acts)
		require.Equal(t, 4, got.Forms, "the forms of attaching and issuing; that of the clue is masked")
		require.Positive(t, got.Access)
		require.Equal(t, []string{x.No, "跟踪审计取证", "测auditor"}, []string{got.No, got.Reason, got.By})
		require.False(t, got.OwnKey)

		files := unzipped(t, file)
		all := ""
		for name, body := range files {
			require.False(t, strings.HasPrefix(name, "/") || strings.Contains(name, "..") || strings.Contains(name, "照片"), name)
			all += string(body)
		}
		for _, secret := range []string{headID, headPhone, headBank, "房屋漏雨", "病历摘录", "残疾证照片", "程远山"} {
			require.NotContains(t, all, secret)
		}
		for _, there := range []string{"%PDF-1.4 决定全文", "%PDF-1.4 会议记录全文", "罗守田", "房＊＊", "核对联系方式", "云振审〔2026〕1号"} {
			require.Contains(t, all, there)
		}
		var c models.Case
		require.NoError(t, w.store.DB.Where("id = ?", id).Take(&c).Error)
		page := string(files["cases/"+c.No+"/index.html"])
		for _, text := range []string{"测cadre", "已脱敏", "本岗位不能查看内容，只有摘要", "测auditor（审计（考核评估）人员）", "查看完整信息：农户信息：电话"} {
			require.Contains(t, page, text)
		}
		require.Contains(t, string(files["index.html"]), `<a href="cases/`+c.No+`/index.html">`)
		for _, name := range []string{"index.html", "cases/" + c.No + "/index.html"} {
			require.NotContains(t, strings.ToLower(string(files[name])), "<script")
			require.NotRegexp(t, `(src|href)="(https?:)?//`, string(files[name]))
		}

		var log []models.AccessLog
		require.NoError(t, w.store.DB.Where("tbl = ? AND user_id = ?", packageList, "u-auditor").Order("id").Find(&log).Error)
		require.Len(t, log, 2, "asked for, and fetched")
		require.Equal(t, []string{"export", x.ID, "跟踪审计取证"}, []string{log[0].Action, log[0].RecordID, log[0].Purpose})
		w.do(t, call{user: "auditor", method: "GET", url: basePath + "/exports", status: 200, want: []string{x.No}})

		// Where one has no form that is masked, the chain is proved down to what was written.
		_, one := w.pack(t, object{"case_id": id})
		proved, err := verifyPackage(one, w.server.sealer.Key.Public)
		require.NoError(t, err)
		require.Equal(t, []int{1, 4}, []int{proved.Cases, proved.Forms})
	})
}

// resigned makes list and signature anew, as whoever has the key can.
func resigned(t testing.TB, files map[string][]byte, private string) {
	t.Helper()
	var sums strings.Builder
	for _, name := range sortedKeys(files) {
		if !strings.HasPrefix(name, "SHA256SUMS") {
			fmt.Fprintf(&sums, "%s  %s\n", foreignSum(files[name]), name)
		}
	}
	files["SHA256SUMS"] = []byte(sums.String())
	secret, err := base64.StdEncoding.DecodeString(strings.SplitN(private, "+", 5)[4])
	require.NoError(t, err)
	files["SHA256SUMS.sig"] = ed25519.Sign(ed25519.NewKeyFromSeed(secret[1:]), files["SHA256SUMS"])
}

// Whatever is changed in a package is found: by our command, by a verifier of somebody else, and by the script in it.
func TestTamperPackage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.documented(t)
	_, file := w.pack(t, object{})
	files := unzipped(t, file)
	key := w.server.sealer.Key
	require.NoError(t, foreignPackage(file, files["key.pem"]))
	out, err := w.script(t, files, key.Public)
	if err != errNoTools {
		require.NoError(t, err, out)
		require.Contains(t, out, "成立：")
	}
	other, err := evidence.NewKey()
	require.NoError(t, err)
	find := func(part string) string {
		i := slices.IndexFunc(sortedKeys(files), func(name string) bool { return strings.Contains(name, part) })
		require.GreaterOrEqual(t, i, 0, part)
		return sortedKeys(files)[i]
	}
	change := func(name, old, is string) func(map[string][]byte) {
		return func(f map[string][]byte) {
			require.Contains(t, string(f[name]), old)
			f[name] = bytes.Replace(f[name], []byte(old), []byte(is), 1)
		}
	}
	acts, paper, attached, list := find("acts.jsonl"), find("/papers/"), find("/files/"), find("files.jsonl")
	sum := strings.TrimSuffix(filepath.Base(attached), filepath.Ext(attached))
	attacks := map[string]struct {
		do      func(f map[string][]byte)
		private string // signs anew
		want    string
	}{
		"a byte of an act":            {change(acts, `\"at\":\"2026`, `\"at\":\"2025`), "", "与清单不符"},
		"a paper swapped":             {change(paper, "决定全文", "另一决定"), "", "与清单不符"},
		"an attachment removed":       {func(f map[string][]byte) { delete(f, attached) }, "", "缺少文件"},
		"a file added":                {func(f map[string][]byte) { f["cases/more.txt"] = []byte("x") }, "", "不在清单中"},
		"the list changed":            {change("SHA256SUMS", foreignSum(files[paper]), strings.Repeat("0", 64)), "", "签名不成立"},
		"the signature forged":        {func(map[string][]byte) {}, other.Private, "签名不成立"},
		"an act, by who has the key":  {change(acts, `\"at\":\"2026`, `\"at\":\"2025`), key.Private, "不是封存时的记录"},
		"a form, by who has the key":  {change(acts, `"form":"{\"attachment`, `"form":"{ \"attachment`), key.Private, "表单内容与其摘要不符"},
		"a paper, by who has the key": {change(paper, "决定全文", "另一决定"), key.Private, "所登记的"},
		"paper and list, by the same": {func(f map[string][]byte) { change(list, sum, strings.Repeat("a", 64))(f) }, key.Private, "登记的不是这一份"},
		"a case taken out, by the same": {func(f map[string][]byte) {
			maps.DeleteFunc(f, func(n string, _ []byte) bool { return strings.HasPrefix(n, "cases/") })
		}, key.Private, "应有 1 个事项"},
		"all made anew by another's key": {func(f map[string][]byte) { f["key.txt"] = []byte(other.Public + "\n") }, other.Private, "签名不成立"},
		"the last act cut off, by the key": {func(f map[string][]byte) {
			whole := bytes.TrimSuffix(f[acts], []byte("\n"))
			f[acts] = append(bytes.Clone(whole[:bytes.LastIndexByte(whole, '\n')]), '\n')
		}, key.Private, "末尾缺失"},
	}
	for name, attack := range attacks {
		t.Run(name, func(t *testing.T) {
			f := maps.Clone(files)
			attack.do(f)
			if attack.private != "" {
				resigned(t, f, attack.private)
			}
			bad := zipped(t, f)
			_, err := verifyPackage(bad, key.Public)
			require.ErrorContains(t, err, attack.want)
			require.Error(t, foreignPackage(bad, files["key.pem"]))
			if out, err := w.script(t, f, key.Public); err != errNoTools {
				require.Error(t, err)
				require.Contains(t, out, "不成立")
			}
		})
	}
	_, err = verifyPackage(zipped(t, files), "")
	require.NoError(t, err, "nothing else was wrong with it")
	t.Logf("tamper test: %d ways to change an evidence package found", len(attacks))
}

var errNoTools = fmt.Errorf("no python3 or openssl here")

// script runs the script of a package on its unpacked files.
func (w *world) script(t testing.TB, files map[string][]byte, key string) (string, error) {
	t.Helper()
	python, err1 := exec.LookPath("python3")
	_, err2 := exec.LookPath("openssl")
	if err1 != nil || err2 != nil {
		return "", errNoTools
	}
	dir := t.TempDir()
	for name, body := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, body, 0o600))
	}
	script := filepath.Join(t.TempDir(), "check.py") // that of the world, whatever the package now says
	require.NoError(t, os.WriteFile(script, bytes.ReplaceAll(files["核对.py"], []byte("os.path.dirname(os.path.abspath(__file__))"), []byte(fmt.Sprintf("%q", dir))), 0o600))
	cmd := exec.CommandContext(t.Context(), python, "-B", script, key)
	cmd.Env = append(os.Environ(), "PYTHONUTF8=1")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Who may make a package, of what, and when.
func TestAuditPackageScope(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, w *world) {
		w.reengage(t, map[string]any{"areas": `["` + township + `"]`})
		near, far := w.openClue(t, "household-1", "cadre"), w.openClue(t, "household-9", "far_cadre")
		second := w.openClue(t, "household-2", "cadre")
		w.pass(time.Second)
		ask := func(name, user string, choice object, status int, code string) {
			t.Helper()
			w.do(t, call{name: name, user: user, method: http.MethodPost, url: auditURL + "/packages", body: with(object{"reason": "跟踪审计取证"}, choice), status: status, code: code})
		}
		ask("outside", "auditor", object{"case_id": far}, 404, "not_found")
		ask("unknown", "auditor", object{"case_id": "nothing"}, 404, "not_found")
		ask("no reason", "auditor", object{"reason": "审"}, 400, "")
		ask("empty", "auditor", object{"village": farVillage}, 422, "nothing_chosen")
		ask("later", "auditor", object{"from": "2026-03-11"}, 422, "nothing_chosen")
		ask("two at once", "auditor", object{"case_id": near, "pattern": "too_fast"}, 422, "choice_unclear")
		ask("no such pattern", "auditor", object{"pattern": "other"}, 422, "unknown_pattern")
		ask("no such sample", "auditor", object{"sample_id": "other"}, 404, "not_found")
		ask("who gave it", "county", object{}, 403, "no_engagement")
		ask("a township", "town", object{}, 404, "not_found")
		var left int64
		require.NoError(t, w.store.DB.Model(&models.AuditCase{}).Count(&left).Error)
		require.Zero(t, left, "a refusal leaves nothing")

		// A sample, a pattern, an area, days.
		sample := decode[gen.AuditSample](t, w.do(t, call{user: "auditor", method: "POST", url: auditURL + "/samples", body: object{"size": 1, "procedure": "risk_clue"}, status: 200}))
		x, file := w.pack(t, object{"sample_id": sample.ID})
		require.Equal(t, 1, x.Rows)
		got, err := verifyPackage(file, "")
		require.NoError(t, err)
		require.Contains(t, got.Choice, sample.Seed)
		for i, c := range []string{near, second} {
			w.create(&models.Attachment{ID: fmt.Sprint("same-", i), CaseID: c, Kind: "photo", Name: "x.png", MIME: "image/png", SHA256: "h", Class: "P2", UploadedBy: "u-cadre", CreatedAt: w.clock()})
		}
		w.reengage(t, map[string]any{"areas": `["` + county + `"]`})
		x, file = w.pack(t, object{"pattern": "evidence_reused", "village": township})
		require.Equal(t, 2, x.Rows)
		got, err = verifyPackage(file, "")
		require.NoError(t, err)
		require.Contains(t, got.Choice, "材料重复")

		// The policy bounds it.
		w.create(&models.PolicyRow{ID: "most", Key: "export_max_rows", RegionCode: county, Value: []byte(`1`), ValidFrom: w.clock().AddDate(-1, 0, 0), CreatedAt: w.clock()})
		ask("too many", "auditor", object{}, 422, "too_many_cases")

		// The same key asks once.
		key := map[string]string{"Idempotency-Key": "pack-once-00001"}
		body := object{"reason": "跟踪审计取证", "case_id": near}
		c := call{user: "auditor", method: "POST", url: auditURL + "/packages", body: body, headers: key, status: 200}
		require.Equal(t, decode[gen.Export](t, w.do(t, c)).No, decode[gen.Export](t, w.do(t, c)).No)
		c.body, c.status, c.code = with(body, object{"reason": "另有用途"}), 422, "key_reused"
		w.do(t, c)

		// Nobody else fetches it, and after the last day nobody does.
		url := basePath + "/exports/" + x.ID
		w.do(t, call{user: "county", method: "GET", url: url + "/file", status: 404})
		w.do(t, call{user: "auditor", method: "GET", url: url, status: 200})
		w.reengage(t, map[string]any{"until_day": "2026-03-09"})
		for _, u := range []string{url, url + "/file"} {
			w.do(t, call{user: "auditor", method: "GET", url: u, status: 404})
		}
		ask("over", "auditor", object{}, 403, "no_engagement")
	})
}

// A package that a server has left is made anew, and one whose cases have left the engagement fails with the reason.
func TestAuditPackageIsTakenUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	near := w.openClue(t, "household-1", "cadre")
	_, _ = w.pack(t, object{})
	var x models.Export
	require.NoError(t, w.store.DB.Where("list = ?", packageList).Take(&x).Error)
	again := func() models.Export {
		t.Helper()
		require.NoError(t, w.store.DB.Model(&x).Updates(map[string]any{"state": models.ExportRunning, "lease_until": nil, "rows": 7}).Error)
		<-w.server.writeExport(x.ID)
		var now models.Export
		require.NoError(t, w.store.DB.Where("id = ?", x.ID).Take(&now).Error)
		return now
	}
	now := again()
	require.Equal(t, []any{models.ExportReady, 1}, []any{now.State, now.Rows})
	var leaf models.LogLeaf
	require.NoError(t, w.store.DB.Where("chain = ?", near).Order("seq").Take(&leaf).Error)
	swap := func(name string) {
		t.Helper()
		require.NoError(t, w.store.DB.Exec("DROP TRIGGER IF EXISTS case_events_no_update").Error)
		require.NoError(t, w.store.DB.Exec("UPDATE case_events SET actor_name = ? WHERE id = ?", name, leaf.Ref).Error)
	}
	swap("另一人")
	now = again()
	require.Equal(t, []string{models.ExportFailed, "record_damaged"}, []string{now.State, now.Code})
	swap("测cadre")
	now = again()
	require.Equal(t, models.ExportReady, now.State)
	require.NoError(t, w.store.DB.Model(&models.Case{}).Where("id = ?", near).Update("region_code", "510922101201").Error)
	now = again()
	require.Equal(t, []string{models.ExportFailed, "scope_changed"}, []string{now.State, now.Code})
	w.reengage(t, map[string]any{"ended_at": w.clock()})
	now = again()
	require.Equal(t, []string{models.ExportFailed, "role_lost"}, []string{now.State, now.Code})
	_, err := os.Stat(filepath.Join(w.server.exportDir, x.ID))
	require.ErrorIs(t, err, os.ErrNotExist)
}

// watcher counts what is written, by how many cases were done then.
type watcher struct {
	x     *models.Export
	total int
	at    map[int]int
}

func (w *watcher) Write(p []byte) (int, error) {
	w.total += len(p)
	w.at[w.x.Rows] = w.total
	return len(p), nil
}

// A package goes out case by case: half of it is written when half of the cases were read.
func TestAuditPackageStreams(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 40 {
		w.openClue(t, "household-1", "cadre")
	}
	w.pass(time.Second)
	_, _ = w.pack(t, object{})
	var x models.Export
	require.NoError(t, w.store.DB.Where("list = ?", packageList).Take(&x).Error)
	require.NoError(t, w.store.DB.Model(&x).Updates(map[string]any{"state": models.ExportRunning, "rows": 0}).Error)
	x.Rows = 0
	v, err := w.server.exporter(t.Context(), &x)
	require.NoError(t, err)
	out := &watcher{x: &x, at: map[int]int{}}
	began := time.Now()
	require.NoError(t, w.server.writePackage(t.Context(), v, &x, out))
	t.Logf("%d cases, %d bytes, %s", x.Rows, out.total, time.Since(began))
	require.Equal(t, 40, x.Rows)
	part := float64(out.at[19]) / float64(out.total)
	require.Greater(t, part, 0.3)
	require.Less(t, part, 0.7)
}
