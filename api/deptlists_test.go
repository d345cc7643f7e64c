package api

import (
	"bytes"
	"encoding/json"
	"mime/multipart"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/xuri/excelize/v2"

	"shouwang/api/gen"
	"shouwang/models"
)

// listForm is a list of a department as a browser sends it.
func listForm(t testing.TB, content string, fields object) *form {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range fields {
		require.NoError(t, m.WriteField(k, v.(string)))
	}
	part, err := m.CreateFormFile("file", "名单.csv")
	require.NoError(t, err)
	_, err = part.Write([]byte(content))
	require.NoError(t, err)
	require.NoError(t, m.Close())
	return &form{b.Bytes(), m.FormDataContentType()}
}

// Numbers that pass their check, of the child of the first household and of somebody outside the register.
var pupilID, strangerID = numbered18("51092320150505002"), numbered18("51092319550505001")

func numbered18(first string) string {
	sum := 0
	for i, c := range first {
		sum += int(c-'0') * []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}[i]
	}
	return first + string("10X98765432"[sum%11])
}

// pupil gives the child its number.
func (w *world) pupil(t testing.TB) {
	var p models.Person
	require.NoError(t, w.store.DB.Where("id = ?", "person-2").Take(&p).Error)
	secret, err := p.Secret(w.store.Vault)
	require.NoError(t, err)
	secret.IDNo, p.IDIndex = pupilID, new(w.store.Vault.Index(pupilID))
	require.NoError(t, p.SetSecret(w.store.Vault, secret))
	require.NoError(t, w.store.DB.Save(&p).Error)
}

var dropouts = "学生姓名,学生身份证号,就学状态\n罗小禾," + pupilID + ",辍学\n罗小和," + headID + ",辍学\n无证,,辍学\n外人," + strangerID + "1,辍学\n"

func (w *world) sendList(t testing.TB, user, step, content string, fields object, status int, code string) string {
	t.Helper()
	return w.do(t, call{user: user, method: "POST", url: basePath + "/dept-files/" + step, body: listForm(t, content, fields), status: status, code: code}).Body.String()
}

// From the preview to the clue: an office sees whom the list means, and decides doubts.
func TestDeptListByAnOffice(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{"sqlite", "postgres"} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			listByAnOffice(t, newWorld(t, dialect))
		})
	}
}

func listByAnOffice(t *testing.T, w *world) {
	w.pupil(t)
	fields := object{"kind": "dropout", "as_of": "2026-03-01"}
	var p gen.DeptPreview
	require.NoError(t, json.Unmarshal([]byte(w.sendList(t, "town", "preview", dropouts, fields, 200, "")), &p))
	require.Equal(t, []int{4, 1, 1, 0, 2}, []int{p.Rows, p.Matched, p.Doubtful, p.Outside, p.Rejected}, "%+v", p.Faults)
	require.Equal(t, gen.DeptColumns{"学生姓名": "name", "学生身份证号": "id_no", "就学状态": "status"}, p.Mapping)
	w.sendList(t, "town", "import", dropouts, fields, 409, "another_file")
	fields["confirm"] = p.Sha256
	var l gen.DeptList
	require.NoError(t, json.Unmarshal([]byte(w.sendList(t, "town", "import", dropouts, fields, 200, "")), &l))
	require.Equal(t, []any{gen.DeptListState("done"), 1, 1, 1}, []any{l.State, l.Matched, l.Doubtful, l.Clues})
	require.NoError(t, json.Unmarshal([]byte(w.sendList(t, "town", "preview", dropouts, fields, 200, "")), &p))
	require.Equal(t, l.ID, p.Before.ID, "the same file is told")
	var n int64
	require.NoError(t, w.store.DB.Model(&models.Case{}).Where("procedure = ? AND household_id = ?", "risk_clue", "household-1").Count(&n).Error)
	require.EqualValues(t, 1, n)

	page := decode[gen.DeptReviewPage](t, w.do(t, call{user: "town", method: "GET", url: basePath + "/dept-reviews", status: 200, not: []string{headID, pupilID}, want: []string{"罗守田", "0014"}}))
	require.Len(t, page.Items, 1)
	url := basePath + "/dept-reviews/" + page.Items[0].ID
	w.do(t, call{user: "town", method: "POST", url: url, status: 400, body: object{"decision": "same", "note": "短", "expected_seq": 0}})
	w.do(t, call{user: "town", method: "POST", url: url, status: 422, code: "not_a_candidate", body: object{"decision": "same", "note": "户口簿核对", "expected_seq": 0}})
	w.do(t, call{user: "town", method: "POST", url: url, status: 200, body: object{"decision": "not_same", "note": "同号录错，另有其人", "expected_seq": 0}})
	w.do(t, call{user: "town", method: "POST", url: url, status: 409, code: "already_decided", body: object{"decision": "not_same", "note": "同号录错，另有其人", "expected_seq": 1}})
	w.do(t, call{user: "town", method: "GET", url: basePath + "/dept-reviews", status: 200, want: []string{`"items":[]`}})
	w.do(t, call{user: "town", method: "GET", url: basePath + "/dept-lists/" + l.ID, status: 200, want: []string{`"outside":1`}})
	w.do(t, call{user: "county", method: "GET", url: basePath + "/dept-lists", status: 200, want: []string{l.ID}})
	var logs int64
	require.NoError(t, w.store.DB.Model(&models.AccessLog{}).Where("tbl = ?", "dept_matches").Count(&logs).Error)
	require.Positive(t, logs, "who looked at doubts is recorded")
}

// A department brings its own lists only, and never learns who is in the register (3.3).
func TestDeptListByADepartment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	dibao := "姓名,身份证号,状态\n罗守田," + headID + ",新增\n外人," + strangerID + ",新增\n"
	fields := object{"kind": "dibao", "as_of": "2026-03-01"}
	w.sendList(t, "civil", "preview", dropouts, object{"kind": "dropout", "as_of": "2026-03-01"}, 403, "role_not_allowed")
	w.sendList(t, "cadre", "preview", dibao, fields, 403, "role_not_allowed")
	w.sendList(t, "farmer", "preview", dibao, fields, 403, "role_not_allowed")
	w.sendList(t, "civil", "preview", dibao, object{"kind": "dibao"}, 400, "as_of_required")
	w.sendList(t, "civil", "preview", dibao, object{"kind": "nothing", "as_of": "2026-03-01"}, 400, "kind_unknown")
	w.sendList(t, "civil", "preview", "a,b\n1,2\n", fields, 422, "workbook_unusable")
	w.sendList(t, "civil", "preview", dibao, object{"kind": "dibao", "as_of": "2026-03-01", "region": farTownship}, 403, "role_not_allowed")

	var p gen.DeptPreview
	require.NoError(t, json.Unmarshal([]byte(w.sendList(t, "civil", "preview", dibao, fields, 200, "")), &p))
	require.Equal(t, []int{2, 0, 0, 0}, []int{p.Rows - p.Rejected, p.Matched, p.Doubtful, p.Outside})
	fields["confirm"] = p.Sha256
	var l gen.DeptList
	require.NoError(t, json.Unmarshal([]byte(w.sendList(t, "civil", "import", dibao, fields, 200, "")), &l))
	require.Equal(t, []any{gen.DeptListState("done"), 2, 0, 0}, []any{l.State, l.Usable, l.Matched, l.Clues})
	w.do(t, call{user: "civil", method: "GET", url: basePath + "/dept-lists/" + l.ID, status: 200})
	w.do(t, call{user: "medical", method: "GET", url: basePath + "/dept-lists/" + l.ID, status: 404})
	w.do(t, call{user: "medical", method: "GET", url: basePath + "/dept-lists", status: 200, want: []string{`"items":[]`}})
	w.do(t, call{user: "civil", method: "GET", url: basePath + "/dept-reviews", status: 200, want: []string{`"items":[]`}})
	w.do(t, call{user: "county", method: "GET", url: basePath + "/dept-lists/" + l.ID, status: 200, want: []string{`"matched":1`, `"outside":1`, `"clues":1`}})

	back := func(user string) [][]string {
		x, err := excelize.OpenReader(bytes.NewReader([]byte(w.sendList(t, user, "returned", dibao, fields, 200, ""))))
		require.NoError(t, err)
		rows, err := x.GetRows("导入结果")
		require.NoError(t, err)
		return rows
	}
	require.Equal(t, []string{"CSV", "2", "可导入", "", "罗守田", headID, "新增"}, back("civil")[1])
	require.Equal(t, "在册", back("county")[1][2])
	require.Equal(t, "不在册", back("county")[2][2])
}

// The columns of a list are named once and found again.
func TestDeptMappingIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	odd := "甲,乙,状态,备注\n罗守田," + headID + ",新增,x\n"
	fields := object{"kind": "dibao", "as_of": "2026-03-01"}
	w.sendList(t, "civil", "preview", odd, fields, 422, "workbook_unusable")
	columns := object{"甲": "name", "乙": "id_no", "状态": "status"}
	put := object{"kind": "dibao", "expected_version": 0, "columns": columns}
	w.do(t, call{user: "civil", method: "PUT", url: basePath + "/dept-mappings", status: 422, code: "mapping_unusable", body: object{"kind": "dibao", "expected_version": 0, "columns": object{"甲": "name"}}})
	w.do(t, call{user: "medical", method: "PUT", url: basePath + "/dept-mappings", status: 403, body: put})
	w.do(t, call{user: "civil", method: "PUT", url: basePath + "/dept-mappings", status: 200, body: put, want: []string{`"version":1`}})
	put["columns"] = object{"甲": "name", "乙": "id_no", "状态": "status", "备注": "on"}
	w.do(t, call{user: "civil", method: "PUT", url: basePath + "/dept-mappings", status: 409, code: "mapping_changed", body: put})
	w.do(t, call{user: "civil", method: "GET", url: basePath + "/dept-mappings?kind=dibao", status: 200, want: []string{`"甲":"name"`, `"version":1`}})
	w.do(t, call{user: "town", method: "GET", url: basePath + "/dept-mappings?kind=dibao", status: 200, want: []string{`"甲":"name"`, `"version":0`}})
	w.sendList(t, "civil", "preview", odd, fields, 200, "")
	bad, err := json.Marshal(object{"甲": "name", "乙": "id_no"})
	require.NoError(t, err)
	fields["mapping"] = string(bad)
	require.Contains(t, w.sendList(t, "civil", "preview", odd, fields, 200, ""), "DPT-201")
	w.do(t, call{user: "civil", method: "GET", url: basePath + "/dept-kinds", status: 200, want: []string{"低保对象", `"reviews":false`}, not: []string{"医疗费用年度累计"}})
	w.do(t, call{user: "town", method: "GET", url: basePath + "/dept-kinds", status: 200, want: []string{"低保对象", "医疗费用年度累计", `"reviews":true`}})
	w.do(t, call{user: "cadre", method: "GET", url: basePath + "/dept-kinds", status: 200, want: []string{`"items":[]`}})
}
