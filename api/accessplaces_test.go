package api

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// Where the operations of the specification name something of somebody. A parameter, a
// member of a body or an operation that is not here fails the access test: whoever adds
// one says here what it names, or that it names nothing.

// named are the places that name something of somebody, by what they name. A place is a
// name, or operation.name where that name means something else elsewhere.
var namedAt = map[string]string{
	// in a path: what {id} is, by the first part of the path
	"/households": "household", "/cases": "case", "/attachments": "attachment", "/tasks": "task", "/messages": "message", "/absences": "absence", "/public": "notice",
	"/papers": "paper", "/form-records": "form_record", "/runs": "run", "/campaigns": "campaign", "/programmes": "programme", "/dept-lists": "dept_list", "/dept-reviews": "dept_review", "/exports": "export", "/bulk-jobs": "bulk_job",
	"/accounts": "user", "/grants": "grant", "/admin-requests": "request", "/engagements": "engagement", "/audit-replays": "replay", "/erasures": "erasure", "/me": "session",
	"/robots": "robot",

	"q": "name", "village": "village", "region": "village", "region_code": "village", "villages": "village", "area": "village",
	"household_id": "household", "households": "household", "member_id": "member", "person_id": "member", "case_id": "case", "campaign_id": "campaign", "programme_id": "programme",
	"user_id": "user", "for": "user", "to": "user", "assignHouseholds.from": "user", "grant_id": "grant", "task_ids": "task", "after": "task", "ids": "paper", "corrects": "dept_list",
	"id_no": "id_no", "login": "login",
	"putDeptMapping.region": "township", "getDeptMapping.region": "township", "previewDeptFile.region": "township", "importDeptFile.region": "township", "returnDeptFile.region": "township",
	"createProgramme.region_code": "township", "editProgramme.region_code": "township", "recordResidency.user_id": "resident",
	"areas": "village", "files": "attachment", "sample_id": "sample",
	"listCoverage.surveyor": "user", "listProgrammeProblems.responsible": "user", "listAccounts.q": "person", "listAbsencePeople.q": "person", "listAbsenceOffices.q": "person", "putRegion.{code}": "village", "grantRole.household_no": "household_no", "giveEngagement.case_no": "case_no",
	"listColleagues.q": "person", "copy_to": "user",
}

// harmless are the places that name nothing of anybody, with a value where one is needed.
var harmless = map[string]string{
	"limit": "", "cursor": "", "this_month": "", "ended": "", "returned": "", "items": "", "{code}": village, "previewCampaign.{code}": "screening", "{role}": "village_cadre", "{name}": "risk_clue", "{year}": "2026", "version": "", "status": "", "procedure": "", "state": "", "open": "", "overdue": "", "dept": "", "opened_from": "",
	// Names of areas are no secret; how far they are told, TestAreasArePagedAndFound says.
	"listRegions.q": "",
	"first":         "", "base_type": "", "category": "", "risk": "", "problems": "",
	"sort": "", "count": "", "heads_only": "", "age_from": "", "age_to": "", "marks": "", "{list}": "tasks", "density": "", "saved": "",
	// The name of a feed is the key to it.
	"file": "0123456789012345678901234567890123456789012.ics",
	"at":   "2026-03-11T00:00:00Z", "due": "", "mine": "", "unread": "", "month": "", "kind": "", "getDeptMapping.kind": "dropout", "format": "pdf", "purpose": "archive", "getPaperFile.purpose": "print", "form": "f3", "getFormSchema.form": "f3", "group": "", "period": "",
	"confirm": "", "rule": "", "first_date": "2026-03-11", "day": "", "done": "", "class": "", "level": "", "standing": "", "on": "", "moveVersion.to": "",
	// Only whether there is one is asked; it is looked up nowhere.
	"getBlankForm.campaign_id": "", "copyHousehold.forms": "",
	"getBlankForm.form": "f1", "listFormRecords.form": "", "disabled": "", "listAdminActs.from": "", "listAccessLog.from": "",

	"about": "", "mail": "", "digest": "", "urgent": "", "remind": "", "personal": "", "quiet_from": "", "quiet_until": "", "address": "", "secret": "",
	"pattern": "stopped_days", "least": "", "startAuditReplay.from": "", "createAuditPackage.from": "", "startAuditReplay.until": "", "createAuditPackage.until": "", "listPatternHits.from": "", "compareCase.from": "2026-03-10T00:00:00Z", "compareCase.to": "2026-03-11T00:00:00Z", "unit": "", "iss": "", "error": "", "size": "",
	"procedures": "", "ground": "", "seq": "", "subject": "", "what": "", "current": "", "new": "", "scopes": "",
	"createAccount.login": "", "approve": "", "ends_on": "",
	"password": "", "field": "", "role": "", "event": "", "expected_seq": "", "on_behalf": "", "action": "", "cause": "", "reason": "", "dry_run": "", "device": "", "signed_at": "",
	"answers": "", "from": "", "until": "", "substitutes": "", "facts": "", "objector_name": "", "objector_contact": "", "named_person": "", "days": "", "long_plan": "", "annual_plan": "",
	"accident_insured": "", "illness_insured": "", "tasks_done": "", "note": "", "texts": "", "code": "", "text": "", "place": "", "row_version": "", "full": "", "channel": "", "title": "", "use": "", "when": "",
	"message": "", "basis": "", "groups": "", "duty": "", "name": "", "trained": "", "results": "", "result": "", "brief": "", "item": "", "source_paper": "", "plan": "", "cut_off": "", "phases": "", "events": "",
	"expected_version": "", "columns": "", "as_of": "", "mapping": "", "decision": "", "list": "", "filter": "", "key": "", "valid_from": "", "valid_to": "", "value": "", "source": "", "number": "", "published_on": "", "holidays": "", "last": "", "work": "",
}

// namedBy tells what a place names, "" for nothing, and whether it is known at all.
func namedBy(operation, name string) (kind, value string, known bool) {
	for _, place := range []string{operation + "." + name, name} {
		if kind, known = namedAt[place]; known {
			return kind, "", true
		}
		if value, known = harmless[place]; known {
			return "", value, true
		}
	}
	return "", "", false
}

// pathKind is what {id} of a path names.
func pathKind(path string) string {
	return namedAt["/"+strings.Split(strings.TrimPrefix(path, "/"), "/")[0]]
}

// spoken is a body with one reference after another.
type spoken func(t testing.TB, r refs) []any

func aBody(body func(r refs) object) spoken {
	return func(_ testing.TB, r refs) []any { return []any{body(r)} }
}

func always(body object) spoken { return aBody(func(refs) object { return body }) }

// bodies are what is sent to the operations that take a body. me_user and me_grant are
// those of the account that sends it.
var bodies = map[string]spoken{
	"signIn":           aBody(func(r refs) object { return object{"login": r["login"], "password": "wrong-" + password} }),
	"searchHouseholds": aBody(func(r refs) object { return object{"id_no": r["id_no"]} }),
	"createAccount":    aBody(func(r refs) object { return object{"login": "somebody", "name": "某人", "region_code": r["village"]} }),
	"editAccount":      always(object{"name": "某人", "disabled": true, "reason": "离职"}),
	"grantRole": func(_ testing.TB, r refs) []any {
		post := object{"from": "2026-03-12", "basis": "任命", "region_code": r["village"]}
		return []any{with(post, object{"role": "village_cadre"}), with(post, object{"role": "farmer", "household_no": r["household_no"]}), with(post, object{"role": "grid_member", "group": "三组"})}
	},
	"proveSecondFactor": aCode, "confirmSecondFactor": aCode, "renewRecoveryCodes": aCode, "removeSecondFactor": aCode,
	"beginSecondFactor": always(object{"password": "wrong-" + password}), "changePassword": always(object{"current": "wrong-" + password, "new": "Another-1-" + password}),
	"makeToken":    always(object{"name": "脚本", "scopes": []string{"self"}, "days": 1, "password": "wrong-" + password}),
	"resetAccount": always(object{"what": "second_factor"}), "linkAccountIdentity": always(object{"subject": "248289761001"}),
	"reportOnPerson": aboutPerson, "printReportOnPerson": aboutPerson,
	"askErasure": func(_ testing.TB, r refs) []any {
		ask := object{"member_id": r["member"], "ground": "withdrawn", "reason": "本人书面申请"}
		return []any{ask, with(ask, object{"files": []string{r["attachment"]}})}
	},
	"decideErasure":    always(object{"decision": "refused", "note": "不符合规定"}),
	"unmaskAnswer":     always(object{"seq": 1, "field": "content", "purpose": "核对填写内容"}),
	"unmaskAttachment": always(object{"purpose": "核对佐证材料"}),
	"giveEngagement": func(_ testing.TB, r refs) []any {
		e := object{"user_id": r["user"], "title": "专项审计", "basis": "审计通知书", "areas": []string{r["village"]}, "from": "2026-03-11", "until": "2026-04-11"}
		return []any{e, with(e, object{"case_no": r["case_no"]})}
	},
	"drawAuditSample": aBody(func(r refs) object { return object{"size": 1, "village": r["village"]} }),
	"createAuditPackage": func(t testing.TB, r refs) []any {
		var out []any
		for _, c := range auditChoices(t, r) {
			out = append(out, with(c.(object), object{"reason": "跟踪审计取证"}))
		}
		return out
	},
	"startAuditReplay":        auditChoices,
	"endGrant":                always(object{"reason": "调离"}),
	"decideAdminRequest":      always(object{"approve": false, "note": "不符合条件"}),
	"putRegion":               always(object{"name": "改名村"}),
	"putNoticeSettings":       always(object{"digest": []string{"mail"}, "urgent": []string{}, "remind": []string{}, "personal": []string{}}),
	"askNoticeMail":           always(object{"mail": "somebody@county.example"}),
	"confirmNoticeMail":       always(object{"code": "123456"}),
	"createRobot":             aBody(func(r refs) object { return robotInput(object{"region_code": r["village"]}) }),
	"editRobot":               always(object{"title": "改名群", "disabled": true, "row_version": 1}),
	"revealHouseholdOverview": always(object{"purpose": "研判是否纳入监测"}), "importBoundaries": aWorkbook, "returnBoundaries": aWorkbook, "importLedger": aWorkbook, "returnLedger": aWorkbook,
	"listMapPoints": aBody(func(r refs) object { return object{"region_code": r["village"], "purpose": "安排汛期走访"} }),
	"unmask": func(_ testing.TB, r refs) []any {
		return []any{object{"field": "phone", "purpose": "核对联系方式"}, object{"field": "id_no", "purpose": "核对身份", "member_id": r["member"]}}
	},
	"openCase": func(_ testing.TB, r refs) []any {
		clue := object{"channel": "routine_check", "found_at": "2026-03-10T09:00:00+08:00", "content": "房屋漏雨"}
		return []any{object{"procedure": "risk_clue", "household_id": r["household"], "form": clue}, object{"procedure": "campaign", "region_code": r["village"], "form": object{}},
			object{"procedure": "objection", "household_id": r["household"], "form": object{}}}
	},
	"fireEvent": func(_ testing.TB, r refs) []any {
		return []any{object{"event": "register_locally", "expected_seq": 1, "form": object{}}, object{"event": "register_locally", "expected_seq": 1, "for": r["user"]},
			object{"event": "register_locally", "expected_seq": 1, "form": object{}, "copy_to": []string{r["user"]}}}
	},
	"readCopies":      aBody(func(r refs) object { return object{"case_id": r["case"]} }),
	"putOpinions":     always(object{"items": []string{"情况属实，同意。"}}),
	"endorse":         always(object{"event": "confirm_risk"}),
	"suspend":         always(object{"action": "stop_request", "cause": "disaster", "reason": "防汛一级响应命令"}),
	"moveVersion":     always(object{"to": 2, "dry_run": true}),
	"moveToPolicy":    always(object{"dry_run": true}),
	"attach":          func(t testing.TB, _ refs) []any { return []any{upfile(t, "screening_form", "a.png", png)} },
	"queryHouseholds": namedOnly, "queryPersons": func(_ testing.TB, r refs) []any {
		return []any{object{"q": r["name"], "count": true}, object{"q": r["id_no"]}, object{"village": r["village"], "sort": "name", "count": true},
			object{"village": r["village"], "age_to": 150, "marks": []string{"weak_labour"}, "purpose": "核对劳动力登记"}}
	},
	"queryCases": namedOnly, "queryTasks": namedOnly,
	"putListSetting": always(object{"columns": []string{}, "density": "tight", "saved": []object{}}),
	"createBulkJob": func(_ testing.TB, r refs) []any {
		return []any{object{"action": "claim", "filter": object{"village": r["village"]}}, object{"action": "reassign", "user_id": r["user"], "filter": object{"q": r["name"]}},
			object{"action": "fire", "event": "register_locally", "filter": object{"procedure": "risk_clue", "village": r["village"]}}}
	},
	"bulkTasks": func(_ testing.TB, r refs) []any {
		tasks := []string{r["task"]}
		return []any{object{"action": "claim", "task_ids": tasks}, object{"action": "reassign", "task_ids": tasks, "user_id": r["user"]}, object{"action": "release", "task_ids": tasks},
			object{"action": "fire", "event": "register_locally", "task_ids": tasks, "answers": object{r["task"]: object{}}}, object{"action": "endorse", "event": "confirm_risk", "task_ids": tasks}}
	},
	"reassignTask": aBody(func(r refs) object { return object{"user_id": r["user"]} }),
	"enterAbsence": func(_ testing.TB, r refs) []any {
		leave := func(more object) object {
			return with(object{"from": "2026-03-12", "until": "2026-03-13", "reason": "leave"}, more)
		}
		return []any{leave(object{"user_id": r["user"], "substitutes": []object{sub(r["grant"], r["me_user"])}}), leave(object{"substitutes": []object{sub(r["me_grant"], r["user"])}}),
			leave(object{"substitutes": []object{sub(r["grant"], r["user"])}})}
	},
	"objectToNotice": always(object{"facts": "公示内容不属实"}),
	"recordResidency": aBody(func(r refs) object {
		return object{"user_id": r["resident"], "region_code": r["village"], "month": "2026-03", "days": 5, "long_plan": true, "annual_plan": true, "accident_insured": true, "illness_insured": true, "tasks_done": true}
	}),
	"issuePaper": papersAbout, "previewPaper": papersAbout,
	"bundlePapers":       aBody(func(r refs) object { return object{"ids": []string{r["paper"]}, "purpose": "print"} }),
	"voidPaper":          always(object{"reason": "内容有误，重新出具"}),
	"importFormWorkbook": aWorkbook,
	"returnFormWorkbook": aWorkbook,
	"openFormRecord":     formsAbout,
	"attachToFormRecord": func(t testing.TB, _ refs) []any { return []any{upfile(t, "signed", "a.png", png)} },
	"actOnFormRecord":    always(object{"action": "finish", "row_version": 1}),
	"startRun":           aBody(func(r refs) object { return object{"kind": "quality", "region_code": r["village"]} }),
	"assignHouseholds": func(_ testing.TB, r refs) []any {
		return []any{object{"to": []string{r["user"]}, "dry_run": true}, object{"to": []string{"u-surveyor"}, "villages": []string{r["village"]}, "from": r["user"], "dry_run": true},
			object{"to": []string{"u-surveyor"}, "households": []string{r["household"]}, "dry_run": true}}
	},
	"joinCampaign": func(_ testing.TB, r refs) []any {
		return []any{object{"group": "一组", "area": r["village"], "duty": "guide", "name": "老党员"}, object{"group": "一组", "area": r["village"], "duty": "surveyor", "user_id": r["user"]}}
	},
	"recordSample": aBody(func(r refs) object {
		return object{"results": []object{{"household_id": r["household"], "result": "pass"}}}
	}),
	"endPhase": always(object{"note": "已办结"}),
	"meetCutOff": aBody(func(r refs) object {
		return object{"item": "new_objects", "villages": []string{r["village"]}, "note": "名单已报送"}
	}),
	"createProgramme": aBody(func(r refs) object { return programmeInput(object{"region_code": r["township"]}) }),
	"editProgramme":   aBody(func(r refs) object { return programmeInput(object{"region_code": r["township"], "expected_seq": 1}) }),
	"importProblems":  aWorkbook, "returnProblems": aWorkbook,
	"putDeptMapping": aBody(func(r refs) object {
		return object{"kind": "dropout", "region": r["township"], "expected_version": 0, "columns": object{"姓名": "name"}}
	}),
	"previewDeptFile": aDeptFile, "importDeptFile": aDeptFile, "returnDeptFile": aDeptFile,
	"decideDeptReview": aBody(func(r refs) object {
		return object{"decision": "same", "person_id": r["member"], "note": "核对无误", "expected_seq": 0}
	}),
	"createExport": exportsOf,
	"exportFormWorkbook": func(_ testing.TB, r refs) []any {
		of := object{"form": "f1", "region_code": r["village"], "purpose": "入户核对"}
		return []any{of, with(of, object{"campaign_id": r["campaign"]})}
	},
	"printBlankForms": func(_ testing.TB, r refs) []any {
		of := object{"form": "f1", "purpose": "入户核对"}
		return []any{with(of, object{"region_code": r["village"]}), with(of, object{"household_id": r["household"]})}
	},
	"getFormFile": always(object{"purpose": "归档"}), "getCaseFormFile": always(object{"purpose": "归档"}),
	"printCampaignForms": aBody(func(r refs) object { return object{"village": r["village"], "purpose": "归档"} }),
	"putCalendarYear": always(object{"number": "国办发明电〔2025〕0号", "title": "虚构的安排", "published_on": "2025-11-04", "dry_run": true,
		"holidays": []object{{"name": "元旦", "first": "2026-01-01", "last": "2026-01-03", "work": []string{}}}}),
	"putPolicyRow": aBody(func(r refs) object {
		return object{"key": "notice_days", "region_code": r["village"], "valid_from": "2026-04-01", "value": 10, "source": "县级文件"}
	}),
}

var aCode = always(object{"code": "000000"})

// namedOnly narrows a list by what it may be narrowed by.
func namedOnly(_ testing.TB, r refs) []any {
	return []any{object{"q": r["name"], "count": true}, object{"village": r["village"], "count": true}}
}

func auditChoices(_ testing.TB, r refs) []any {
	return []any{object{"case_id": r["case"]}, object{"sample_id": r["sample"]}, object{"pattern": "too_fast", "village": r["village"]}, object{"village": r["village"]}}
}

func aboutPerson(_ testing.TB, r refs) []any {
	return []any{object{"member_id": r["member"], "purpose": "本人申请查阅"}, object{"id_no": r["id_no"], "purpose": "本人申请查阅"}}
}

func papersAbout(_ testing.TB, r refs) []any {
	return []any{object{"kind": "case_file", "case_id": r["case"]}, object{"kind": "bulletin", "programme_id": r["programme"]}, object{"kind": "problem_list", "region": r["village"], "purpose": "print"}}
}

func formsAbout(_ testing.TB, r refs) []any {
	return []any{object{"form": "f3", "household_id": r["household"], "answers": object{}}, object{"form": "screening_ledger", "region_code": r["village"], "campaign_id": r["campaign"], "answers": object{}},
		object{"form": "f3", "household_id": r["household"], "campaign_id": r["campaign"], "answers": object{}}}
}

// aWorkbook is a file that is none: which households a workbook, and which areas a file of outlines may name, is the test of
// its import.
func aWorkbook(t testing.TB, _ refs) []any { return []any{listForm(t, string(png), nil)} }

// aDeptFile is a list of a department, for a township and about one person.
func aDeptFile(t testing.TB, r refs) []any {
	list := "学生姓名,学生身份证号,就学状态\n" + r["name"] + "," + r["id_no"] + ",辍学\n"
	sum := sha256.Sum256([]byte(list))
	fields := object{"kind": "dropout", "as_of": "2026-03-01", "confirm": hex.EncodeToString(sum[:])}
	return []any{listForm(t, list, fields), listForm(t, list, with(fields, object{"region": r["township"]})), listForm(t, list, with(fields, object{"corrects": r["dept_list"]}))}
}

// specOnce is the specification, read once.
var specOnce = sync.OnceValues(Spec)

// exportsOf asks for every list there is, narrowed by whatever its operation takes.
func exportsOf(_ testing.TB, r refs) []any {
	var out []any
	spec, err := specOnce()
	if err != nil {
		panic(err)
	}
	for _, list := range sortedKeys(exportLists) {
		path := exportLists[list].path
		op := spec.Paths.Value(path)
		filter := object{}
		for _, p := range append(append(openapi3.Parameters{}, op.Parameters...), op.Get.Parameters...) {
			kind, value, _ := namedBy(op.Get.OperationID, p.Value.Name)
			if p.Value.In == "path" {
				kind = pathKind(path)
			}
			if kind != "" {
				filter[p.Value.Name] = r[kind]
			} else if p.Value.Required {
				filter[p.Value.Name] = value
			}
		}
		out = append(out, object{"list": list, "reason": "季度核查", "filter": filter})
	}
	return out
}
