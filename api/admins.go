package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	openapitypes "github.com/oapi-codegen/runtime/types"
	"gorm.io/gorm"

	"shouwang/activities"
	"shouwang/api/gen"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The three administrators. Accounts and areas are the system administrator's, posts
// the security administrator's; the audit administrator looks on and changes nothing.
// What touches one of them takes two of different kinds. Each reaches his area and what
// is below it, and what he does stands on record.

// duty is something that administrators do, and which of them: the gate asks it, and the sheet of a post tells it.
type duty struct {
	title string
	of    []procedure.Role
}

var (
	anyAdmin = []procedure.Role{procedure.SysAdmin, procedure.SecAdmin, procedure.LogAdmin}

	keepingAccounts = duty{"新建账号，改姓名、最后一天，停用或启用，重置口令和第二因素", []procedure.Role{procedure.SysAdmin}}
	grantingPosts   = duty{"授予、终止岗位", []procedure.Role{procedure.SecAdmin}}
	lookingAtPosts  = duty{"查看账号和岗位", anyAdmin}
	deciding        = duty{"批准另一类管理员的申请", []procedure.Role{procedure.SysAdmin, procedure.SecAdmin}}
	keepingRegions  = duty{"添加区划、更名", []procedure.Role{procedure.SysAdmin}}
	keepingRobots   = duty{"登记消息渠道", []procedure.Role{procedure.SysAdmin}}
	keepingCalendar = duty{"录入放假安排", []procedure.Role{procedure.SysAdmin}}
	readingActs     = duty{"查看管理操作", []procedure.Role{procedure.LogAdmin, procedure.SecAdmin}}
	checkingActs    = duty{"核对管理操作的记录链", []procedure.Role{procedure.LogAdmin}}
	readingAccesses = duty{"查看访问日志", []procedure.Role{procedure.LogAdmin}}

	duties = []duty{keepingAccounts, grantingPosts, lookingAtPosts, deciding, keepingRegions, keepingRobots, keepingCalendar, readingActs, checkingActs, readingAccesses}
)

// administering is the post under which v administers as a duty asks: his own, never one that he is lent.
func administering(v *viewer, d duty) (models.RoleGrant, error) {
	for _, g := range v.own() {
		if slices.Contains(d.of, g.Role) && g.RegionCode != "" {
			return g, nil
		}
	}
	return models.RoleGrant{}, forbidden("role_not_allowed", "由"+rolesTitle(d.of)+"办理")
}

func rolesTitle(roles []procedure.Role) (out string) {
	for i, r := range roles {
		if i > 0 {
			out += "、"
		}
		out += roleTitle(r)
	}
	return out
}

// as is v administering under a post.
func (v *viewer) as(g models.RoleGrant) activities.Admin {
	return activities.Admin{UserID: v.user.ID, Name: v.user.Name, Role: g.Role}
}

// keptIn holds for accounts that the administrators of an area keep: those made for it,
// and of the others those whose posts, past ones included, all lie in it.
func keptIn(area string) condition {
	made := condition{sql: "users.area <> ''"}.and(within("users.area", area))
	posted, here := condition{sql: "users.area = ''"}, within("kept.region_code", area)
	for _, exists := range []string{"EXISTS (SELECT 1 FROM role_grants kept WHERE kept.user_id = users.id AND %s)", "NOT EXISTS (SELECT 1 FROM role_grants kept WHERE kept.user_id = users.id AND NOT (%s))"} {
		posted = posted.and(condition{fmt.Sprintf(exists, here.sql), here.args})
	}
	return anyOf([]condition{made, posted})
}

// keptAccount is the account with that id, if the administrators of an area keep it.
func (s *server) keptAccount(tx *gorm.DB, area, id string) (*models.User, error) {
	var u models.User
	c := keptIn(area)
	err := tx.Where("users.id = ?", id).Where(c.sql, c.args...).Take(&u).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return &u, err
}

// ListAccounts lists the accounts of the administrator's area by their names.
func (s *server) ListAccounts(ctx context.Context, r gen.ListAccountsRequestObject) (gen.ListAccountsResponseObject, error) {
	v, p := viewerOf(ctx), r.Params
	g, err := administering(v, lookingAtPosts)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(p.Cursor)
	if err != nil {
		return nil, err
	}
	c := keptIn(g.RegionCode)
	tx := s.db(ctx).Where(c.sql, c.args...)
	if p.Q != "" {
		like := anyOf([]condition{startsWith("users.login", p.Q), startsWith("users.name", p.Q)})
		tx = tx.Where(like.sql, like.args...)
	}
	if p.Role != "" || p.Region != "" {
		now := s.engine.Clock.Now()
		posts := s.db(ctx).Model(&models.RoleGrant{}).Select("user_id").Where("valid_to IS NULL OR valid_to > ?", now)
		if p.Role != "" {
			posts = posts.Where("role = ?", p.Role)
		}
		if p.Region != "" {
			here := within("region_code", p.Region)
			posts = posts.Where(here.sql, here.args...)
		}
		tx = tx.Where("users.id IN (?)", posts)
	}
	if p.Disabled != nil {
		tx = tx.Where("users.disabled = ?", *p.Disabled)
	}
	if after != nil {
		tx = tx.Where("(users.login, users.id) > (?, ?)", after.Key, after.ID)
	}
	limit := pageLimit(p.Limit)
	var rows []models.User
	if err := tx.Order("users.login, users.id").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(u models.User) cursor { return cursor{Key: u.Login, ID: u.ID} })
	items, err := s.accountViews(ctx, v, g, rows)
	return gen.ListAccounts200JSONResponse{Items: items, CanCreate: g.Role == procedure.SysAdmin, NextCursor: next}, err
}

// GetAccount is one account.
func (s *server) GetAccount(ctx context.Context, r gen.GetAccountRequestObject) (gen.GetAccountResponseObject, error) {
	v := viewerOf(ctx)
	g, err := administering(v, lookingAtPosts)
	if err != nil {
		return nil, err
	}
	out, err := s.accountView(ctx, v, g, r.ID)
	return gen.GetAccount200JSONResponse(out), err
}

func (s *server) accountView(ctx context.Context, v *viewer, g models.RoleGrant, id string) (gen.Account, error) {
	u, err := s.keptAccount(s.db(ctx), g.RegionCode, id)
	if err != nil {
		return gen.Account{}, err
	}
	views, err := s.accountViews(ctx, v, g, []models.User{*u})
	if err != nil {
		return gen.Account{}, err
	}
	return views[0], nil
}

// accountViews are accounts as an administrator sees them: posts, and what is asked for.
func (s *server) accountViews(ctx context.Context, v *viewer, by models.RoleGrant, rows []models.User) ([]gen.Account, error) {
	ids := make([]string, len(rows))
	for i, u := range rows {
		ids[i] = u.ID
	}
	var grants []models.RoleGrant
	if err := s.db(ctx).Where("user_id IN ?", ids).Order("valid_from DESC, id DESC").Find(&grants).Error; err != nil {
		return nil, err
	}
	var asked []models.AdminRequest
	if err := s.db(ctx).Where("user_id IN ? AND state = ?", ids, models.RequestOpen).Order("asked_at").Find(&asked).Error; err != nil {
		return nil, err
	}
	var want codes
	for _, u := range rows {
		want.regions = append(want.regions, u.Area)
	}
	for _, g := range grants {
		want.regions, want.users = append(want.regions, g.RegionCode), append(want.users, g.GrantedBy)
	}
	l, err := s.labels(ctx, want)
	if err != nil {
		return nil, err
	}
	requests, err := s.requestViews(ctx, v, by, asked)
	if err != nil {
		return nil, err
	}
	out := make([]gen.Account, len(rows))
	for i, u := range rows {
		mine := u.ID == v.user.ID
		a := gen.Account{ID: u.ID, Login: u.Login, Name: u.Name, RegionCode: u.Area, Disabled: u.Disabled, CreatedAt: u.CreatedAt, Grants: []gen.AccountGrant{}, Requests: []gen.AdminRequest{},
			Mine: mine, CanEdit: !mine && by.Role == procedure.SysAdmin, CanGrant: !mine && by.Role == procedure.SecAdmin}
		if u.Area != "" {
			a.RegionName = l.region(u.Area)
		}
		if u.EndsAt != nil {
			a.EndsOn = lastDay(*u.EndsAt)
		}
		if u.LockedUntil != nil && s.now().Before(*u.LockedUntil) {
			a.LockedUntil = *u.LockedUntil
		}
		for _, g := range grants {
			if g.UserID == u.ID {
				a.Grants = append(a.Grants, s.postView(&g, l))
			}
		}
		for j, q := range asked {
			if q.UserID == u.ID {
				a.Requests = append(a.Requests, requests[j])
			}
		}
		out[i] = a
	}
	return out, nil
}

func (s *server) postView(g *models.RoleGrant, l *labels) gen.AccountGrant {
	now := s.engine.Clock.Now()
	out := gen.AccountGrant{ID: g.ID, Role: string(g.Role), RoleTitle: roleTitle(g.Role), RegionCode: g.RegionCode, RegionName: l.region(g.RegionCode), Dept: g.Dept,
		OfHousehold: g.HouseholdID != "", Group: g.GroupName, From: day(policy.DateOf(g.ValidFrom)), State: gen.GrantNow, Administers: g.Role.Administers(), GrantedBy: l.user(g.GrantedBy).Name}
	if g.Dept != "" {
		out.DeptTitle = deptTitle(g.Dept)
	}
	if g.ValidTo != nil {
		out.Until = lastDay(*g.ValidTo)
	}
	switch {
	case g.ValidTo != nil && !g.ValidTo.After(now):
		out.State = gen.GrantOver
	case g.ValidFrom.After(now):
		out.State = gen.GrantLater
	}
	return out
}

// newID is the id of what a request makes: the same for the same key.
func newID(v *viewer, kind, key string) string {
	sum := sha256.Sum256([]byte(caseKey(kind, v.user.ID, key)))
	return hex.EncodeToString(sum[:13])
}

// InitialPassword is a password of 80 bits that can be read out.
func InitialPassword() string {
	t := rand.Text()
	return t[:4] + "-" + t[4:8] + "-" + t[8:12] + "-" + t[12:16]
}

// CreateAccount adds an account without any post. Sent again it gives no password: that
// was told once.
func (s *server) CreateAccount(ctx context.Context, r gen.CreateAccountRequestObject) (gen.CreateAccountResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	g, err := administering(v, keepingAccounts)
	if err != nil {
		return nil, err
	}
	if err := s.areaBelow(ctx, g, in.RegionCode); err != nil {
		return nil, err
	}
	u := models.User{ID: newID(v, "account", r.Params.IdempotencyKey), Login: in.Login, Name: in.Name, Area: in.RegionCode, CreatedAt: s.engine.Clock.Now(), PasswordSetAt: new(s.now().UTC().Truncate(time.Microsecond)), MustChange: true}
	var before models.User
	err = s.db(ctx).Where("id = ?", u.ID).Take(&before).Error
	if err == nil && (before.Login != u.Login || before.Area != u.Area) {
		return nil, keyReused()
	}
	var password string
	if models.Missing(err) {
		password = InitialPassword()
		if u.PasswordHash, err = hashPassword(ctx, password); err != nil {
			return nil, err
		}
		err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error { return s.engine.Administer(tx, v.as(g)).CreateAccount(&u) })
	}
	if err != nil {
		return nil, err
	}
	out, err := s.accountView(ctx, v, g, u.ID)
	return gen.CreateAccount200JSONResponse{Account: out, InitialPassword: password}, err
}

// areaBelow refuses an area that is not there or not below that of an administrator.
func (s *server) areaBelow(ctx context.Context, g models.RoleGrant, code string) error {
	var n int64
	if inRegion(code, g.RegionCode) {
		if err := s.db(ctx).Model(&models.Region{}).Where("code = ?", code).Count(&n).Error; err != nil {
			return err
		}
	}
	if n == 0 {
		return invalidField("region_code", "unknown_region", "没有这个区划，或者不在您的辖区内")
	}
	return nil
}

// EditAccount renames an account, disables or enables it: by two, if it administers the
// system.
func (s *server) EditAccount(ctx context.Context, r gen.EditAccountRequestObject) (gen.EditAccountResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	g, err := administering(v, keepingAccounts)
	if err != nil {
		return nil, err
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		u, err := s.keptAccount(models.Locked(tx), g.RegionCode, r.ID)
		if err != nil {
			return err
		}
		if u.ID == v.user.ID {
			return forbidden("not_oneself", "不能改动自己的账号")
		}
		k := s.engine.Administer(tx, v.as(g))
		area := orText(u.Area, g.RegionCode)
		if in.Name != u.Name {
			if agreed, err := k.Agreed(u, activities.CareName, area, in.Name); err != nil {
				return err
			} else if agreed {
				if err := k.RenameAccount(u, area, in.Name); err != nil {
					return err
				}
			}
		}
		end, moved, err := s.accountEnd(u, in)
		if err != nil || in.Disabled == u.Disabled && !moved {
			return err
		}
		if in.Reason == "" {
			return invalidField("reason", "required", "请写明停用、启用或改变最后一天的原因")
		}
		two, err := activities.Administers(tx, u.ID, s.engine.Clock.Now())
		if err != nil {
			return err
		}
		if moved && two {
			return procedure.Refuse(procedure.Conflict, "ends_with_its_post", "管理员账号随其岗位的终止而结束，由安全管理员申请终止岗位")
		}
		if moved {
			if err := k.EndAccount(u, area, end, in.Reason); err != nil {
				return err
			}
		}
		if in.Disabled == u.Disabled {
			return nil
		}
		if two {
			kind := map[bool]string{true: "disable", false: "enable"}[in.Disabled]
			return k.Ask(&models.AdminRequest{ID: models.NewID(), Kind: kind, UserID: u.ID, RegionCode: area, Reason: in.Reason})
		}
		return k.Disable(u, area, in.Disabled, in.Reason)
	})
	if err != nil {
		return nil, err
	}
	out, err := s.accountView(ctx, v, g, r.ID)
	return gen.EditAccount200JSONResponse(out), err
}

// accountEnd is the end that is asked for an account, and whether it is another than it has.
func (s *server) accountEnd(u *models.User, in *gen.AccountEdit) (end *time.Time, moved bool, err error) {
	if !in.EndsOn.IsZero() {
		last := dateOf(in.EndsOn.Time)
		end = new(last.End().UTC())
		if last.Before(s.today()) && (u.EndsAt == nil || !u.EndsAt.Equal(*end)) {
			return nil, false, invalidField("ends_on", "in_the_past", "最后一天不能早于今天")
		}
	}
	same := end == nil && u.EndsAt == nil || end != nil && u.EndsAt != nil && end.Equal(*u.EndsAt)
	return end, !same, nil
}

// ListRoles lists the posts that can be granted.
func (s *server) ListRoles(ctx context.Context, _ gen.ListRolesRequestObject) (gen.ListRolesResponseObject, error) {
	if _, err := administering(viewerOf(ctx), lookingAtPosts); err != nil {
		return nil, err
	}
	out := gen.ListRoles200JSONResponse{Items: []gen.RoleItem{}, Depts: []gen.CodeTitle{}}
	for _, d := range procedure.Roles {
		if d.Code.Granted() {
			out.Items = append(out.Items, gen.RoleItem{Role: string(d.Code), Title: d.Title, LevelTitle: postLevels[d.Level], Levels: d.Regions(), OfDept: d.OfDept(), OfHousehold: d.Level == procedure.LevelHousehold, OfGroup: d.OfGroup(), Administers: d.Code.Administers()})
		}
	}
	for _, d := range policy.Departments {
		out.Depts = append(out.Depts, gen.CodeTitle{Code: d.Code, Title: d.Title})
	}
	return out, nil
}

// GrantRole gives an account a post from a day on. One that administers the system is
// asked for.
func (s *server) GrantRole(ctx context.Context, r gen.GrantRoleRequestObject) (gen.GrantRoleResponseObject, error) {
	v := viewerOf(ctx)
	by, err := administering(v, grantingPosts)
	if err != nil {
		return nil, err
	}
	if _, err := s.keptAccount(s.db(ctx), by.RegionCode, r.ID); err != nil {
		return nil, err
	}
	g, err := s.post(ctx, by, r.ID, r.Body)
	if err != nil {
		return nil, err
	}
	g.ID = newID(v, "grant", r.Params.IdempotencyKey)
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		k := s.engine.Administer(tx, v.as(by))
		if g.Role.Administers() {
			return once(tx, &models.AdminRequest{ID: g.ID, UserID: g.UserID, Role: g.Role, RegionCode: g.RegionCode}, func() error {
				return k.Ask(&models.AdminRequest{ID: g.ID, Kind: "grant", UserID: g.UserID, Role: g.Role, RegionCode: g.RegionCode, ValidFrom: &g.ValidFrom, ValidTo: g.ValidTo, Reason: r.Body.Basis})
			})
		}
		same := &models.RoleGrant{ID: g.ID, UserID: g.UserID, Role: g.Role, RegionCode: g.RegionCode, Dept: g.Dept, HouseholdID: g.HouseholdID, GroupName: g.GroupName}
		return once(tx, same, func() error { return k.Grant(g, r.Body.Basis) })
	})
	if err != nil {
		return nil, err
	}
	out, err := s.accountView(ctx, v, by, r.ID)
	return gen.GrantRole200JSONResponse(out), err
}

// once does what makes a row, unless the row is there: the same key was sent again. For another row it is no good.
func once(tx *gorm.DB, row any, do func() error) error {
	var n int64
	if err := tx.Model(row).Where(row).Count(&n).Error; err != nil || n > 0 {
		return err
	}
	err := do()
	if models.Duplicate(err) {
		return keyReused()
	}
	return err
}

// post is the post that is asked for, checked: role, area, department, household, days.
func (s *server) post(ctx context.Context, by models.RoleGrant, user string, in *gen.GrantInput) (*models.RoleGrant, error) {
	role := procedure.Role(in.Role)
	if list := procedure.GrantFaults(role, in.RegionCode, in.Dept != "", in.HouseholdNo != ""); len(list) > 0 {
		return nil, procedure.Refuse(procedure.Invalid, "grant_invalid", "这一岗位还有需要补正的地方", list...)
	}
	if err := s.areaBelow(ctx, by, in.RegionCode); err != nil {
		return nil, err
	}
	if in.Dept != "" && deptTitle(in.Dept) == in.Dept {
		return nil, invalidField("dept", "unknown_option", "没有这个部门")
	}
	from := dateOf(in.From.Time)
	if from.Before(s.today()) {
		return nil, invalidField("from", "in_the_past", "起始日期不能早于今天")
	}
	g := &models.RoleGrant{UserID: user, Role: role, RegionCode: in.RegionCode, Dept: in.Dept, GroupName: in.Group, ValidFrom: from.Start().UTC()}
	if from == s.today() { // it holds at once, and did not hold this morning
		g.ValidFrom = s.engine.Clock.Now().UTC().Truncate(time.Microsecond)
	}
	if !in.Until.IsZero() {
		last := dateOf(in.Until.Time)
		if last.Before(from) {
			return nil, invalidField("until", "before_start", "截止日期早于起始日期")
		}
		end := last.End().UTC()
		g.ValidTo = &end
	}
	if err := s.groupThere(ctx, role, in.RegionCode, in.Group); err != nil {
		return nil, err
	}
	if in.HouseholdNo == "" {
		return g, nil
	}
	var h models.Household
	err := s.db(ctx).Select("id").Where("no = ? AND region_code = ?", in.HouseholdNo, in.RegionCode).Take(&h).Error
	if models.Missing(err) {
		return nil, invalidField("household_no", "unknown_household", "这个村没有这个户编号")
	}
	g.HouseholdID = h.ID
	return g, err
}

// groupThere refuses the head of a group without a group, or of one where nobody lives, and a group for anybody else.
func (s *server) groupThere(ctx context.Context, role procedure.Role, village, group string) error {
	if def, _ := procedure.RoleOf(role); !def.OfGroup() {
		if group != "" {
			return invalidField("group", "group_of_its_head", "只有村民小组长（网格员）的岗位设在组")
		}
		return nil
	}
	var n int64
	if group != "" {
		if err := s.db(ctx).Model(&models.Household{}).Where("region_code = ? AND group_name = ?", village, group).Limit(1).Count(&n).Error; err != nil {
			return err
		}
	}
	if n == 0 {
		return invalidField("group", "unknown_group", "请写明村民小组，与户登记中的写法一致，如“一组”")
	}
	return nil
}

// EndGrant lets a post end today or on a later day.
func (s *server) EndGrant(ctx context.Context, r gen.EndGrantRequestObject) (gen.EndGrantResponseObject, error) {
	v := viewerOf(ctx)
	by, err := administering(v, grantingPosts)
	if err != nil {
		return nil, err
	}
	at := s.engine.Clock.Now().UTC().Truncate(time.Microsecond)
	if !r.Body.On.IsZero() {
		on := dateOf(r.Body.On.Time)
		if on.Before(s.today()) {
			return nil, invalidField("on", "in_the_past", "终止日期不能早于今天")
		}
		at = on.End().UTC()
	}
	var user string
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		var g models.RoleGrant
		here := within("region_code", by.RegionCode)
		err := tx.Where("id = ?", r.ID).Where(here.sql, here.args...).Take(&g).Error
		if models.Missing(err) {
			return notFound()
		}
		if err != nil {
			return err
		}
		user = g.UserID
		if _, err := s.keptAccount(tx, by.RegionCode, user); err != nil {
			return err
		}
		k := s.engine.Administer(tx, v.as(by))
		if !g.Role.Administers() {
			return k.EndGrant(&g, at, r.Body.Reason)
		}
		return k.Ask(&models.AdminRequest{ID: models.NewID(), Kind: "end", UserID: user, GrantID: g.ID, Role: g.Role, RegionCode: g.RegionCode, ValidTo: &at, Reason: r.Body.Reason})
	})
	if err != nil {
		return nil, err
	}
	out, err := s.accountView(ctx, v, by, user)
	return gen.EndGrant200JSONResponse(out), err
}

// PutRegion adds an area below that of the administrator, or renames one.
func (s *server) PutRegion(ctx context.Context, r gen.PutRegionRequestObject) (gen.PutRegionResponseObject, error) {
	v := viewerOf(ctx)
	g, err := administering(v, keepingRegions)
	if err != nil {
		return nil, err
	}
	if !inRegion(r.Code, g.RegionCode) {
		return nil, notFound()
	}
	var row *models.Region
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) (err error) {
		row, err = s.engine.Administer(tx, v.as(g)).PutRegion(r.Code, r.Body.Name)
		return err
	})
	if err != nil {
		return nil, err
	}
	return gen.PutRegion200JSONResponse{Code: row.Code, Name: row.Name, Level: row.Level, Parent: row.Parent, InScope: true}, nil
}

// lastDay is the last day on which something holds that ends at a moment.
func lastDay(end time.Time) openapitypes.Date {
	d := policy.DateOf(end)
	if d.Start().Equal(end) {
		d = d.AddDays(-1)
	}
	return day(d)
}
