package api

import (
	"strings"
	"sync"

	"shouwang/api/gen"
	"shouwang/forms"
	"shouwang/internal/register"
	"shouwang/internal/sealing"
	"shouwang/models"
	"shouwang/procedure"
)

// What stands in the access log as codes, in the words of those who read it.

// accessActions are the actions that are recorded, in the order in which they are offered.
var accessActions = []gen.CodeTitle{
	{Code: "read", Title: "查看"}, {Code: "copy", Title: "带到手机"}, {Code: "unmask", Title: "查看完整信息"}, {Code: "search", Title: "按号码查找"}, {Code: "export", Title: "导出或打印"},
	{Code: "ledger_preview", Title: "预览农户台账"}, {Code: "ledger_import", Title: "导入农户台账"}, {Code: "report", Title: "出具个人信息报告"}, {Code: "preview", Title: "预览文书"}, {Code: "issue", Title: "签发文书"}, {Code: "print", Title: "打印文书"},
	{Code: "sample", Title: "审计抽样"}, {Code: RefusedAction, Title: "被拒绝的请求"},
	{Code: "sign_in", Title: "登录"}, {Code: "sign_in_failed", Title: "登录或核验失败"}, {Code: "account_locked", Title: "账号锁定"}, {Code: "sign_out", Title: "退出登录"},
	{Code: "sessions_ended", Title: "退出设备上的登录"}, {Code: "password_changed", Title: "更换口令"}, {Code: "password_reset", Title: "重置口令"},
	{Code: "second_factor_set", Title: "登记第二因素"}, {Code: "second_factor_removed", Title: "停用第二因素"}, {Code: "second_factor_reset", Title: "重置第二因素"},
	{Code: "recovery_codes_made", Title: "更换备用码"}, {Code: "recovery_code_used", Title: "使用备用码"},
	{Code: "token_made", Title: "生成接口令牌"}, {Code: "tokens_revoked", Title: "停用接口令牌"},
	{Code: "identity_linked", Title: "关联统一身份认证"}, {Code: "identity_unlinked", Title: "取消关联统一身份认证"},
	{Code: sealing.PruneAction, Title: "清理到期的日志"},
}

var (
	accessTables = map[string]string{"people": "成员信息", "households": "农户信息", "cases": "事项", "case_events": "办理记录", "attachments": "附件", "form_records": "表册", "issued_papers": "文书",
		"quality_hits": "数据检查结果", "dept_matches": "部门比对结果", "access_logs": "访问日志", "users": "账号", "engagement_samples": "审计抽样", "import_batches": "农户台账"}
	accessFields = map[string]string{"id_no": "身份证号", "phone": "电话", "address": "住址", "bank": "银行账户", endPhoto: "公示期满照片", "file": "下载文件", "evidence": "全部案卷",
		overviewField: "收入、保障和风险", placeField: "住户位置"}
	// accessWhys are the reasons that the server itself gives; all others were written by people.
	accessWhys = map[string]string{models.ViaPassword: "口令", models.ViaOIDC: "统一身份认证", "locked": "账号已锁定", "unknown": "没有这个用户名", "temporary_password": "临时口令已过期",
		"ended": "没有有效的岗位", "password_wrong": "口令不符", "second_factor_wrong": "验证码不符", "failures": "多次不符", "command_line": "命令行",
		"oidc_state": "登录已超时，或不是从本系统开始", "oidc_refused": "认证方没有同意", "oidc_issuer": "认证方不符", "oidc_failed": "没有得到认证方的确认", "oidc_unknown": "没有关联账号"}
)

// accessWhat is what an entry of the access log is about. The address of a sign-in stands there as its mark.
func (s *server) accessWhat(a *models.AccessLog, l *labels) string {
	switch {
	case a.Action == RefusedAction:
		return s.ops.summary(a.Table)
	case a.Table == "users":
		return strings.TrimSuffix("账号 "+l.users[a.RecordID].Name, " ")
	case a.Table == "engagement_samples":
		return accessTables[a.Table] + "：" + a.Field
	}
	what := orText(accessTables[a.Table], exportLists[a.Table].title)
	if field := accessField(a.Field); field != "" {
		what += "：" + field
	}
	return what
}

// accessField is the title of a column, a question of a procedure, a procedure or a form.
func accessField(code string) string {
	if title, ok := accessFields[code]; ok {
		return title
	}
	if c, ok := register.Find(code); ok {
		return c.Title
	}
	if d, ok := procedure.Latest(code); ok {
		return d.Title
	}
	if f, ok := forms.Standard.Find(code); ok {
		return f.Title
	}
	if title := questionTitles()[code]; title != "" {
		return title
	}
	if title := markTitles(code); title != "" {
		return title
	}
	title, _ := recordFileKind(code)
	return title
}

// questionTitles are the titles of the questions that procedures ask, of the first that asks one.
var questionTitles = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for _, d := range procedure.All {
		for _, e := range d.Events {
			for _, f := range e.Form {
				out[f.Code] = orText(out[f.Code], f.Title)
			}
		}
	}
	return out
})

// accessWhy is the purpose that somebody wrote down, or why a sign-in went as it did.
func accessWhy(a *models.AccessLog) string {
	if a.Table == "users" {
		if a.Action == "sign_in_failed" && a.Purpose == "password" {
			return "口令不符"
		}
		return orText(accessWhys[a.Purpose], a.Purpose)
	}
	return strings.TrimSpace(a.Purpose)
}

// summary says of an operation what it does.
func (o *operations) summary(id string) string {
	for _, r := range o.byRoute {
		if r.Operation.OperationID == id {
			return r.Operation.Summary
		}
	}
	return id
}
