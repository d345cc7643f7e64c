package api

// scope is what a token may be good for.
type scope struct{ code, title string }

var scopes = []scope{
	{"self", "本人、岗位、辖区和消息"},
	{"reference", "程序、表单格式、政策参数和工作日历"},
	{"households.read", "查看农户（脱敏）"},
	{"cases.read", "查看事项、待办、公示和附件"},
	{"cases.write", "开启和办理事项、待办"},
	{"forms.read", "查看表单"},
	{"forms.write", "填写表单"},
	{"campaigns", "行动和整改方案"},
	{"papers", "文书"},
	{"departments", "部门名单"},
	{"runs", "数据检查"},
	{"figures", "统计"},
	{"exports", "导出"},
	{"audit", "查看审计台"},
}

// scopeOf has a line for every operation. What guards the account itself, shows what is hidden, decides on policy or needs
// a person's own word is not for programs: those have none, and so has an operation that is missing here.
var scopeOf = map[string]string{
	"getMe": "self", "listRegions": "self", "listMessages": "self", "readMessage": "self", "readMessages": "self",
	"listAbsences": "self", "listAbsencePeople": "self", "listAbsenceOffices": "self",

	"listProcedures": "reference", "getProcedure": "reference", "listForms": "reference", "getFormSchema": "reference",
	"getPolicy": "reference", "getRuleLanguage": "reference", "getCalendar": "reference", "listDeptKinds": "reference",

	"listHouseholds": "households.read", "searchHouseholds": "households.read", "getHousehold": "households.read",
	"getHouseholdOverview": "households.read", "listMembers": "households.read", "listHouseholdCases": "households.read",
	"queryHouseholds": "households.read", "queryPersons": "households.read", "listPersonMarks": "households.read",

	"listCases": "cases.read", "queryCases": "cases.read", "queryTasks": "cases.read", "listBulkJobs": "cases.read", "getBulkJob": "cases.read", "listBulkRows": "cases.read", "getCase": "cases.read", "listAllowedEvents": "cases.read", "listStops": "cases.read", "getTimeline": "cases.read",
	"getCaseAsOf": "cases.read", "compareCase": "cases.read", "listClocks": "cases.read", "getFlow": "cases.read", "getAttachment": "cases.read", "listTasks": "cases.read",
	"countTasks": "cases.read", "nextTask": "cases.read", "listSignable": "cases.read", "listCandidates": "cases.read", "listNotices": "cases.read",

	"getDesk": "cases.read", "listDeskAreas": "cases.read", "listDone": "cases.read", "listStarted": "cases.read", "listCopies": "cases.read", "listColleagues": "cases.read",

	"readCopies": "cases.write", "openCase": "cases.write", "fireEvent": "cases.write", "attach": "cases.write", "bulkTasks": "cases.write", "claimTask": "cases.write",
	"releaseTask": "cases.write", "reassignTask": "cases.write",

	"getBlankForm": "forms.read", "exportFormWorkbook": "forms.read", "printBlankForms": "forms.read", "listFormRecords": "forms.read",
	"getFormRecord": "forms.read", "getFormFile": "forms.read", "getCaseFormFile": "forms.read",
	"importFormWorkbook": "forms.write", "returnFormWorkbook": "forms.write", "openFormRecord": "forms.write", "attachToFormRecord": "forms.write",
	"actOnFormRecord": "forms.write",

	"listCampaignTemplates": "campaigns", "previewCampaign": "campaigns", "getCampaign": "campaigns", "getCampaignProgress": "campaigns",
	"assignHouseholds": "campaigns", "joinCampaign": "campaigns", "listCoverage": "campaigns", "getSample": "campaigns", "recordSample": "campaigns",
	"endPhase": "campaigns", "meetCutOff": "campaigns", "listProgrammes": "campaigns", "createProgramme": "campaigns", "getProgramme": "campaigns",
	"editProgramme": "campaigns", "getProgrammeWall": "campaigns", "listProgrammeProblems": "campaigns", "listBulletins": "campaigns", "issueBulletin": "campaigns",
	"importProblems": "campaigns", "returnProblems": "campaigns", "listSupervisions": "campaigns", "listResidency": "campaigns", "recordResidency": "campaigns",
	"listCampaignForms": "campaigns", "printCampaignForms": "campaigns",

	"listPapers": "papers", "listPaperOffers": "papers", "issuePaper": "papers", "previewPaper": "papers", "bundlePapers": "papers", "getPaperFile": "papers",

	"getDeptMapping": "departments", "putDeptMapping": "departments", "previewDeptFile": "departments", "importDeptFile": "departments",
	"returnDeptFile": "departments", "listDeptLists": "departments", "getDeptList": "departments", "listDeptReviews": "departments", "decideDeptReview": "departments",

	"listRuns": "runs", "startRun": "runs", "getRun": "runs", "cancelRun": "runs", "listHits": "runs", "groupHits": "runs",

	"listPatterns": "audit", "listPatternHits": "audit", "listEngagements": "audit", "listAuditSamples": "audit",
	"listAuditReplays": "audit", "getAuditReplay": "audit", "listAuditReplayFaults": "audit",

	"getFigures": "figures", "listFigureProblems": "figures", "getMap": "figures",

	"listExports": "exports", "createExport": "exports", "getExport": "exports", "cancelExport": "exports", "getExportFile": "exports",

	"signOut": "", "proveSecondFactor": "", "getSecurity": "", "changePassword": "", "beginSecondFactor": "", "confirmSecondFactor": "",
	"renewRecoveryCodes": "", "removeSecondFactor": "", "listSessions": "", "endSessions": "", "endSession": "",
	"listTokens": "", "makeToken": "", "revokeToken": "", "resetAccount": "", "listAccountSessions": "", "endAccountSessions": "",
	"listAccountTokens": "", "revokeAccountTokens": "",
	"getAccountIdentity": "", "linkAccountIdentity": "", "unlinkAccountIdentity": "", "getCalendarLink": "", "makeCalendarLink": "", "revokeCalendarLink": "",
	"listOpinions": "", "putOpinions": "",
	"getNoticeSettings": "", "putNoticeSettings": "", "askNoticeMail": "", "removeNoticeMail": "", "confirmNoticeMail": "", "testNoticeMail": "",
	"listRobots": "", "createRobot": "", "editRobot": "", "removeRobot": "", "testRobot": "",
	"openPhone": "", "copyHousehold": "",
	"unmask": "", "endorse": "", "suspend": "", "moveVersion": "", "moveToPolicy": "", "enterAbsence": "", "cancelAbsence": "",
	"revealHouseholdOverview": "", "listMapPoints": "", "importBoundaries": "", "returnBoundaries": "", "importLedger": "", "returnLedger": "",
	"voidPaper": "", "putPolicyRow": "", "putCalendarYear": "",
	"getListSetting": "", "putListSetting": "", "createBulkJob": "", "startBulkJob": "", "cancelBulkJob": "",
	"watchLive":         "", // for open pages
	"listHouseholdSeen": "", "reportOnPerson": "", "printReportOnPerson": "", "listErasures": "", "askErasure": "",
	"decideErasure": "", "unmaskAnswer": "", "unmaskAttachment": "", "giveEngagement": "", "endEngagement": "", "drawAuditSample": "", "createAuditPackage": "", "startAuditReplay": "", "cancelAuditReplay": "",
	"listAccounts": "", "createAccount": "", "listRoles": "", "getRole": "", "getAccount": "", "editAccount": "", "grantRole": "",
	"endGrant": "", "listAdminRequests": "", "decideAdminRequest": "", "putRegion": "", "listAdminActs": "",
	"checkAdminActs": "", "listAccessLog": "",
}
