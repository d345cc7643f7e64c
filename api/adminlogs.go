package api

import (
	"context"
	"strconv"
	"strings"

	openapitypes "github.com/oapi-codegen/runtime/types"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/procedure"
)

// What the audit administrator reads: what the administrators did and who saw what. He
// changes nothing, and his reading is an act that the security administrator sees.

// actKinds are the acts that are recorded, in the order in which they are offered.
var actKinds = []gen.CodeTitle{
	{Code: "account.create", Title: "新建账号"}, {Code: "account.rename", Title: "改账号姓名"}, {Code: "account.disable", Title: "停用账号"}, {Code: "account.enable", Title: "启用账号"}, {Code: "account.end", Title: "定账号最后一天"},
	{Code: "account.password", Title: "重置口令"}, {Code: "account.second_factor", Title: "重置第二因素"}, {Code: "account.sessions", Title: "退出全部登录"}, {Code: "account.tokens", Title: "停用接口令牌"},
	{Code: "account.identity", Title: "关联统一身份认证"}, {Code: "account.unlink", Title: "取消关联统一身份认证"}, {Code: "engagement.give", Title: "下达审计任务"}, {Code: "engagement.end", Title: "收回审计任务"}, {Code: "grant.give", Title: "授予岗位"}, {Code: "grant.end", Title: "终止岗位"}, {Code: "request.ask", Title: "提出申请"},
	{Code: "request.approve", Title: "批准申请"}, {Code: "request.refuse", Title: "不批准申请"}, {Code: "region.add", Title: "添加区划"}, {Code: "region.rename", Title: "区划更名"},
	{Code: "robot.add", Title: "登记群机器人"}, {Code: "robot.edit", Title: "改群机器人"}, {Code: "robot.remove", Title: "取消群机器人"}, {Code: "robot.test", Title: "试发群消息"},
	{Code: "policy.set", Title: "设置政策参数"}, {Code: "log.read", Title: "查看日志"}, {Code: activities.ActCalendar, Title: "启用放假安排"},
}

func titleOf(list []gen.CodeTitle, code string) string {
	for _, k := range list {
		if k.Code == code {
			return k.Title
		}
	}
	return code
}

// scopeActs keeps the acts that an administrator sees: the audit administrator all of
// his area, the security administrator those of the audit administrator.
func scopeActs(tx *gorm.DB, g models.RoleGrant) *gorm.DB {
	here := within("admin_acts.region_code", g.RegionCode)
	tx = tx.Where(here.sql, here.args...)
	if g.Role != procedure.LogAdmin {
		tx = tx.Where("admin_acts.actor_role = ?", procedure.LogAdmin)
	}
	return tx
}

// ListAdminActs lists them, newest first.
func (s *server) ListAdminActs(ctx context.Context, r gen.ListAdminActsRequestObject) (gen.ListAdminActsResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	g, err := administering(v, readingActs)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	tx := scopeActs(s.db(ctx), g)
	if p.Kind != "" {
		tx = tx.Where("kind = ?", p.Kind)
	}
	if p.UserID != "" {
		tx = tx.Where("actor_id = ?", p.UserID)
	}
	tx = between(tx, "at", p.From, p.Until)
	if after != nil {
		seq, err := strconv.ParseInt(after.Key, 10, 64)
		if err != nil {
			return nil, badRequest("bad_cursor", "cursor 应为上一页给出的 next_cursor")
		}
		tx = tx.Where("seq < ?", seq)
	}
	limit := pageLimit(p.Limit)
	var rows []models.AdminAct
	if err := tx.Order("seq DESC").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	if err := s.noteReading(ctx, v, g, "管理操作", p.Cursor, map[string]string{"kind": p.Kind, "user": p.UserID}); err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(a models.AdminAct) cursor { return cursor{Key: strconv.FormatInt(a.Seq, 10), ID: a.ID} })
	var want codes
	for _, a := range rows {
		want.regions, want.users = append(append(want.regions, a.RegionCode, a.Detail["region"]), strings.Split(a.Detail["areas"], "、")...), append(want.users, a.Detail["user"])
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	out := gen.ListAdminActs200JSONResponse{Items: []gen.AdminAct{}, Kinds: actKinds, NextCursor: next}
	for _, a := range rows {
		out.Items = append(out.Items, gen.AdminAct{Seq: a.Seq, At: a.At, ActorID: a.ActorID, ActorName: a.ActorName, ActorRoleTitle: roleTitle(a.ActorRole), Kind: a.Kind, KindTitle: titleOf(actKinds, a.Kind),
			RegionName: l.region(a.RegionCode), TargetName: a.TargetName, Detail: actWords(&a, l)})
	}
	return out, nil
}

// actWords are what an act was about, in words.
func actWords(a *models.AdminAct, l *labels) []string {
	out := []string{}
	for _, part := range []struct{ code, title string }{
		{"login", "用户名"}, {"no", "编号"}, {"areas", "地区"}, {"procedures", "事项"}, {"before", "原为"}, {"kind", "事由"}, {"role", "岗位"}, {"region", "区划"}, {"dept", "部门"}, {"household", "户"}, {"group", "组"}, {"from", "自"}, {"until", "至"},
		{"key", "参数"}, {"value", "值"}, {"valid_from", "生效"}, {"user", "账号"}, {"action", "动作"}, {"what", "内容"}, {"basis", "依据"}, {"reason", "理由"},
	} {
		value := a.Detail[part.code]
		switch {
		case value == "":
			continue
		case part.code == "role":
			value = roleTitle(procedure.Role(value))
		case part.code == "region":
			value = l.region(value)
		case part.code == "areas":
			value = eachWord(value, l.region)
		case part.code == "procedures":
			value = eachWord(value, procedureTitle)
		case part.code == "dept":
			value = deptTitle(value)
		case part.code == "household":
			value = "一户"
		case part.code == "action":
			value = titleOf(accessActions, value)
		case part.code == "user":
			value = orText(l.user(value).Name, value)
		case part.code == "kind":
			value = orText(requestTitles[value], titleOf(actKinds, value))
		}
		out = append(out, part.title+"："+value)
	}
	return out
}

// eachWord puts every part of a list into words.
func eachWord(list string, word func(string) string) string {
	parts := strings.Split(list, "、")
	for i := range parts {
		parts[i] = word(parts[i])
	}
	return strings.Join(parts, "、")
}

// noteReading records that somebody has begun to read a log; further pages are the same reading.
func (s *server) noteReading(ctx context.Context, v *viewer, g models.RoleGrant, log, cursor string, filter map[string]string) error {
	if cursor != "" {
		return nil
	}
	return s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		return s.engine.Administer(tx, v.as(g)).Record("log.read", g.RegionCode, "log", "", log, filter)
	})
}

// CheckAdminActs checks the chain of acts from the beginning.
func (s *server) CheckAdminActs(ctx context.Context, _ gen.CheckAdminActsRequestObject) (gen.CheckAdminActsResponseObject, error) {
	if _, err := administering(viewerOf(ctx), checkingActs); err != nil {
		return nil, err
	}
	n, fault, err := models.VerifyAdminActs(s.db(ctx))
	return gen.CheckAdminActs200JSONResponse{Count: n, Fault: fault}, err
}

// between keeps what happened on some days, both included.
func between(tx *gorm.DB, column string, from, until openapitypes.Date) *gorm.DB {
	if !from.IsZero() {
		tx = tx.Where(column+" >= ?", dateOf(from.Time).Start().UTC())
	}
	if !until.IsZero() {
		tx = tx.Where(column+" < ?", dateOf(until.Time).End().UTC())
	}
	return tx
}

// ListAccessLog lists who saw what: the accesses of the accounts of the area, and those
// of nobody known.
func (s *server) ListAccessLog(ctx context.Context, r gen.ListAccessLogRequestObject) (gen.ListAccessLogResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	g, err := administering(v, readingAccesses)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	kept := keptIn(g.RegionCode)
	tx := s.db(ctx).Where("user_id = '' OR user_id IN (SELECT users.id FROM users WHERE "+kept.sql+")", kept.args...)
	if p.Action != "" {
		tx = tx.Where("action = ?", p.Action)
	}
	if p.UserID != "" {
		tx = tx.Where("user_id = ?", p.UserID)
	}
	tx = between(tx, "at", p.From, p.Until)
	limit := pageLimit(p.Limit)
	var rows []models.AccessLog
	if err := newestFirst(tx, "at", "id", after, limit).Find(&rows).Error; err != nil {
		return nil, err
	}
	if err := s.noteReading(ctx, v, g, "访问日志", p.Cursor, map[string]string{"action": p.Action, "user": p.UserID}); err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(a models.AccessLog) cursor { return cursor{At: a.At, ID: a.ID} })
	var want codes
	for _, a := range rows {
		want.users = append(want.users, a.UserID, a.ForID)
		if a.Table == "users" {
			want.users = append(want.users, a.RecordID)
		}
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	tokens, err := s.tokenNames(ctx, rows)
	if err != nil {
		return nil, err
	}
	out := gen.ListAccessLog200JSONResponse{Items: []gen.AccessLogItem{}, Actions: accessActions, NextCursor: next}
	for _, a := range rows {
		item := gen.AccessLogItem{ID: a.ID, At: a.At, User: l.user(a.UserID), For: l.user(a.ForID), Action: a.Action, ActionTitle: titleOf(accessActions, a.Action), What: s.accessWhat(&a, l), Table: a.Table,
			RecordID: a.RecordID, Field: a.Field, Class: a.Class, Purpose: accessWhy(&a), RequestID: a.RequestID, Token: tokens[a.TokenID]}
		if a.Role != "" {
			item.RoleTitle = roleTitle(procedure.Role(a.Role))
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// tokenNames are the names of the tokens by which something was seen, by id.
func (s *server) tokenNames(ctx context.Context, rows []models.AccessLog) (map[string]string, error) {
	ids := []string{}
	for _, a := range rows {
		if a.TokenID != "" {
			ids = append(ids, a.TokenID)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	var list []models.APIToken
	err := s.db(ctx).Select("id, name").Where("id IN ?", ids).Find(&list).Error
	out := map[string]string{}
	for _, t := range list {
		out[t.ID] = t.Name
	}
	return out, err
}
