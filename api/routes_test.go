package api

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shouwang/models"
)

// Every route is an operation of the specification and the other way round, and
// the generated code was made from the file that is checked in.
func TestRoutesAreTheSpecification(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var routes, ops []string
	for _, r := range w.echo.Routes() {
		if !isPublicPage(r.Path) { // those are pages; TestPublicNothingElse has them
			routes = append(routes, r.Method+" "+r.Path)
		}
	}
	for key := range w.server.ops.byRoute {
		ops = append(ops, key)
	}
	slices.Sort(routes)
	slices.Sort(ops)
	require.Equal(t, ops, routes)

	require.NoError(t, w.server.ops.spec.Validate(t.Context()))
	made, err := os.ReadFile("gen/openapi.sha256")
	require.NoError(t, err)
	sum := sha256.Sum256(specYAML)
	require.Contains(t, string(made), hex.EncodeToString(sum[:]), "run go generate ./api")
}

// Every operation documents its refusals: a code in 4xx and 500, and 401 exactly
// where signing in is needed.
func TestSpecificationNamesEveryRefusal(t *testing.T) {
	t.Parallel()
	spec, err := Spec()
	require.NoError(t, err)
	for path, item := range spec.Paths.Map() {
		for method, op := range item.Operations() {
			where := method + " " + path
			require.NotNil(t, op.Responses.Value("500"), where)
			open := op.Security != nil && len(*op.Security) == 0
			if path != "/session" {
				require.Equal(t, !open, op.Responses.Value("401") != nil, where)
			}
			if method != http.MethodGet {
				require.NotNil(t, op.Responses.Value("403"), where)
			}
			if strings.Contains(path, "{id}") {
				require.NotNil(t, op.Responses.Value("404"), where)
			}
			if len(op.Parameters)+len(item.Parameters) > 0 || op.RequestBody != nil {
				require.NotNil(t, op.Responses.Value("400"), where)
			}
			require.NotEmpty(t, op.OperationID, where)
			require.NotEmpty(t, op.Summary, where)
		}
	}
}

const day24 = 24 * time.Hour

// records are one of each kind, all of them in the first village.
func (w *world) records(t *testing.T) map[string]string {
	clue := w.openClue(t, "household-1", "cadre")
	file := w.attach(t, "cadre", clue, "screening_form")
	var task models.Task
	require.NoError(t, w.store.DB.Where("case_id = ? AND role = ?", clue, "village_cadre").Take(&task).Error)
	w.create(&models.Programme{ID: "programme-1", No: "FA-1", Title: "整改方案", RegionCode: village, Seq: 1, CreatedAt: w.clock(), UpdatedAt: w.clock()})
	w.create(&models.Message{ID: "message-1", UserID: "u-cadre", CaseID: clue, ClockID: "k", RungNo: 1, Kind: "remind", Title: "提醒", Body: "线索将到期", DeliverAt: w.clock(), CreatedAt: w.clock()})
	run := models.QualityRun{ID: "run-1", Kind: models.RunQuality, RegionCode: village, State: models.RunDone, Key: "run-1", CreatedAt: w.clock(), EndedAt: new(w.clock())}
	w.create(&run)
	sum := sha256.Sum256([]byte(`{}`))
	sha, size, err := w.server.blobs.Put(t.Context(), strings.NewReader("%PDF-1.4"))
	require.NoError(t, err)
	paper := models.IssuedPaper{ID: "paper-1", Hash: hex.EncodeToString(sum[:]), PDFSHA256: sha, PDFSize: size, DOCXSHA256: sha, DOCXSize: size, Key: "k-paper-1", Kind: "household_notice", Title: "告知书", Office: township, Year: 2026, Series: "知", Seq: 1, Number: "清溪镇振知〔2026〕1号",
		RegionCode: village, CaseID: clue, Person: "罗守田", Class: "P2", Frozen: w.store.Vault.Seal("issued_papers", "frozen", "paper-1", []byte(`{}`)), IssuedBy: "u-town", IssuedRole: "township_office", IssuedAt: w.clock()}
	w.create(&paper)
	w.create(&models.DeptList{ID: "dept-list-1", RegionCode: township, Dept: "medical_insurance", Kind: "medical_cost", AsOf: "2026-03-01", Mapping: map[string]string{}, State: models.DeptDone, CreatedBy: "u-town", CreatedAt: w.clock(), UpdatedAt: w.clock()})
	doubt := models.DeptMatch{ID: "dept-review-1", Area: township, RegionCode: village, ListID: "dept-list-1", Reason: "name_differs", Candidates: []string{"person-1"}, CreatedAt: w.clock()}
	require.NoError(t, doubt.SetWho(w.store.Vault, models.DeptWho{Name: "罗守天", IDNo: headID}, "k"))
	w.create(&doubt, &models.Export{ID: "export-1", No: "DC-1", UserID: "u-cadre", Role: "village_cadre", RegionCode: village, List: "households", Filter: map[string]any{}, State: models.ExportWaiting, CreatedAt: w.clock()})
	w.create(&models.User{ID: "u-elsewhere", Login: "elsewhere", Name: "测elsewhere", CreatedAt: w.clock()},
		&models.RoleGrant{ID: "g-elsewhere", UserID: "u-elsewhere", Role: "county_office", RegionCode: "510999", ValidFrom: w.clock()})
	w.create(&models.Erasure{ID: "erasure-1", Key: "erasure-1", HouseholdID: "household-1", PersonID: "person-2", RegionCode: village, Ground: models.GroundWrong, Reason: "依申请", Files: []string{}, AskedBy: "u-town", AskedAt: w.clock(), Erased: map[string]int{}})
	w.create(&models.AuditReplay{ID: "replay-1", No: "CF-1", EngagementID: "engagement-u-auditor", UserID: "u-auditor", Choice: map[string]any{}, State: models.ReplayDone, CreatedAt: w.clock(), EndedAt: new(w.clock())})
	w.create(&models.BulkJob{ID: "bulk-job-1", UserID: "u-cadre", Action: "claim", Filter: map[string]any{}, State: models.BulkReady, Total: 1, CreatedAt: w.clock()},
		&models.BulkRow{ID: "bulk-row-1", JobID: "bulk-job-1", No: 1, TaskID: task.ID, State: models.RowReady})
	return map[string]string{"bulk-jobs": "bulk-job-1", "audit-replays": "replay-1", "engagements": "engagement-u-auditor", "erasures": "erasure-1", "accounts": "u-elsewhere", "me": "s-county", "dept-lists": "dept-list-1", "dept-reviews": "dept-review-1", "exports": "export-1", "form-records": w.formRecord(t, "cadre", "f3", "household-1", object{}), "papers": paper.ID, "runs": run.ID, "households": "household-1", "campaigns": w.openCampaign(t), "programmes": "programme-1", "cases": clue, "attachments": file, "tasks": task.ID, "messages": "message-1", "absences": w.absence("u-cadre", "g-cadre", "u-secretary", 0, 3)}
}

// validBody is a body that would be accepted from the right person.
func validBody(t *testing.T, operation string) any {
	switch operation {
	case "unmask":
		return object{"field": "phone", "purpose": "核对联系方式"}
	case "getFormFile", "getCaseFormFile":
		return object{"purpose": "归档"}
	case "printCampaignForms":
		return object{"village": village, "purpose": "归档"}
	case "decideErasure":
		return object{"decision": "approved", "note": "同意"}
	case "fireEvent":
		return object{"event": "register_locally", "expected_seq": 1, "form": object{}}
	case "endorse":
		return object{"event": "confirm_risk"}
	case "moveVersion":
		return object{"to": 2, "dry_run": true}
	case "moveToPolicy":
		return object{"dry_run": true}
	case "assignHouseholds":
		return object{"to": []string{"u-surveyor"}}
	case "joinCampaign":
		return object{"group": "一组", "area": village, "duty": "guide", "name": "老党员"}
	case "recordSample":
		return object{"results": []object{{"household_id": "household-1", "result": "pass"}}}
	case "meetCutOff":
		return object{"item": "new_objects", "villages": []string{village}, "note": "名单已报送"}
	case "endPhase":
		return object{"note": "已办结"}
	case "suspend":
		return object{"action": "stop_request", "cause": "disaster", "reason": "防汛一级响应命令"}
	case "attach":
		return upfile(t, "screening_form", "a.png", png)
	case "attachToFormRecord":
		return upfile(t, "signed", "a.png", png)
	case "editProgramme":
		return programmeInput(object{"expected_seq": 1})
	case "importProblems", "returnProblems":
		return workbookForm(t, png)
	case "decideDeptReview":
		return object{"decision": "unknown", "note": "资料不足", "expected_seq": 0}
	case "unmaskAnswer":
		return object{"seq": 1, "field": "content", "purpose": "核对填写内容"}
	case "unmaskAttachment", "revealHouseholdOverview":
		return object{"purpose": "核对佐证材料"}
	case "drawAuditSample":
		return object{"size": 1}
	case "createAuditPackage":
		return object{"reason": "跟踪审计取证"}
	case "startAuditReplay":
		return object{}
	case "voidPaper":
		return object{"reason": "内容有误，重新出具"}
	case "reassignTask":
		return object{"user_id": "u-far_cadre"}
	case "linkAccountIdentity":
		return object{"subject": "248289761001"}
	case "resetAccount":
		return object{"what": "password"}
	case "actOnFormRecord":
		return object{"action": "finish", "row_version": 1}
	case "getCaseAsOf", "claimTask", "releaseTask", "readMessage":
		return nil
	}
	return nil
}

// The neighbour gets 404 on every route that names a record, whoever he is, and
// nothing has changed afterwards.
func TestNeighboursSeeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.records(t)
	var before models.Case
	require.NoError(t, w.store.DB.Where("id = ?", ids["cases"]).Take(&before).Error)
	n := 0
	for path, item := range w.server.ops.spec.Paths.Map() {
		first := strings.Split(strings.TrimPrefix(path, "/"), "/")[0]
		if !strings.Contains(path, "{id}") || first == "public" || slices.Contains([]string{"accounts", "grants", "admin-requests", "robots"}, first) {
			continue // what is not about a case answers 403 to whoever administers nothing: see TestAccess
		}
		require.Contains(t, ids, first, "a new kind of record needs an example here")
		url := basePath + strings.Replace(path, "{id}", ids[first], 1)
		for method, op := range item.Operations() {
			target := url
			switch op.OperationID {
			case "getCaseAsOf":
				target += "?at=2026-03-11T00:00:00Z"
			case "compareCase":
				target += "?from=2026-03-10T00:00:00Z&to=2026-03-11T00:00:00Z"
			}
			for _, user := range []string{"far_cadre", "far_town", "next_cadre", "sec", "sys", "civil"} {
				if first == "engagements" && user == "sec" {
					continue // who gives them in this county
				}
				n++
				w.do(t, call{name: op.OperationID, user: user, method: method, url: target, body: validBody(t, op.OperationID), status: 404,
					not: []string{"罗守田", headID, headPhone, "risk_clue"}})
			}
			w.do(t, call{name: op.OperationID, method: method, url: target, body: validBody(t, op.OperationID), status: 401, code: "not_signed_in"})
			w.do(t, call{name: op.OperationID + " unknown id", user: "cadre", method: method, url: strings.Replace(target, ids[first], "nobody", 1), body: validBody(t, op.OperationID), status: 404})
		}
	}
	require.Greater(t, n, 100)
	var after models.Case
	require.NoError(t, w.store.DB.Where("id = ?", ids["cases"]).Take(&after).Error)
	require.Equal(t, before, after)
}

// No list, count or search of a neighbour holds anything of the first act.
func TestNeighboursListsAreEmpty(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.records(t)
	for _, user := range []string{"far_cadre", "far_town"} {
		for _, url := range []string{"/cases", "/cases?village=" + village, "/cases?q=lst", "/tasks", "/tasks?q=罗守田", "/tasks/counts", "/tasks/next", "/households",
			"/households?village=" + township, "/households?q=luoshoutian", "/households?q=罗", "/dept-lists", "/dept-reviews", "/exports", "/signing", "/notices", "/supervisions", "/engagements", "/audit/patterns", "/runs", "/messages", "/regions", "/me", "/figures", "/figures/problems"} {
			w.do(t, call{user: user, method: "GET", url: basePath + url, status: 200, not: []string{"罗守田", ids["cases"], ids["tasks"], "household-1", "石桥村", "柳湾村"}})
		}
		w.do(t, call{user: user, method: "POST", url: basePath + "/households/search", body: object{"id_no": headID}, status: 200, not: []string{"household-1"}})
		w.do(t, call{user: user, method: "POST", url: basePath + "/cases", status: 404, body: object{"procedure": "risk_clue", "household_id": "household-1", "form": object{}}})
		w.do(t, call{user: user, method: "POST", url: basePath + "/tasks/bulk", status: 200, want: []string{`"not_found"`, `"done":0`}, not: []string{ids["cases"]},
			body: object{"action": "claim", "task_ids": []string{ids["tasks"]}}})
	}
	// The same questions of somebody it concerns do have answers.
	for _, url := range []string{"/cases", "/cases?village=" + village, "/cases?q=lst", "/tasks", "/tasks?q=罗守田", "/tasks/next"} {
		w.do(t, call{user: "cadre", method: "GET", url: basePath + url, status: 200, want: []string{ids["cases"]}})
	}
	w.do(t, call{user: "town", method: "POST", url: basePath + "/households/search", body: object{"id_no": headID}, status: 200, want: []string{"household-1"}, not: []string{headID}})
}

// Roles that administer the system, or whose relation is to other records, see
// no case in their own area either.
func TestRolesWithoutCases(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.records(t)
	for _, user := range []string{"sec", "sys", "civil", "surveyor", "discipline"} {
		w.do(t, call{user: user, method: "GET", url: basePath + "/cases", status: 200, want: []string{`"items":[]`}})
		w.do(t, call{user: user, method: "GET", url: basePath + "/cases/" + ids["cases"], status: 404})
		w.do(t, call{user: user, method: "GET", url: basePath + "/households", status: 200, want: []string{`"items":[]`}})
	}
	for _, user := range []string{"cadre", "secretary", "grid", "town", "leader", "county", "auditor", "farmer"} {
		w.do(t, call{user: user, method: "GET", url: basePath + "/cases/" + ids["cases"], status: 200, want: []string{"罗守田"}})
	}
	w.do(t, call{user: "farmer", method: "GET", url: basePath + "/households", status: 200, want: []string{"household-1"}, not: []string{"household-2", "household-3"}})
	// Discipline sees what is late, once it is late.
	w.pass(20 * day24)
	w.do(t, call{user: "discipline", method: "GET", url: basePath + "/cases", status: 200, want: []string{ids["cases"]}})
}
