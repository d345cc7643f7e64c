package activities

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// What administrators do: accounts and areas by one, posts by another, and what touches
// an administrator by two of different kinds. Every act is recorded in the transaction
// that does it, on the command line as well.

// Admin is who administers; without an account it is the command line.
type Admin struct {
	UserID, Name string
	Role         procedure.Role
}

// CommandLine acts where nobody is signed in.
var CommandLine = Admin{Name: "命令行", Role: procedure.System}

// Administer begins an act of by in a transaction.
func (e *Engine) Administer(tx *gorm.DB, by Admin) AdminCall {
	return AdminCall{tx, by, e.Clock.Now()}
}

// AdminCall is an act of an administrator on its way: its transaction, who does it and
// when. Each method records what it did.
type AdminCall struct {
	tx  *gorm.DB
	by  Admin
	now time.Time
}

// Record puts an act on record that is done elsewhere.
func (k AdminCall) Record(kind, region, target, id, name string, detail map[string]string) error {
	detail = maps.Clone(detail)
	maps.DeleteFunc(detail, func(_, v string) bool { return v == "" })
	return models.RecordAdminAct(k.tx, &models.AdminAct{At: k.now, ActorID: k.by.UserID, ActorName: k.by.Name, ActorRole: k.by.Role, Kind: kind,
		RegionCode: region, Target: target, TargetID: id, TargetName: name, Detail: detail})
}

// CreateAccount adds an account.
func (k AdminCall) CreateAccount(u *models.User) error {
	if err := k.tx.Create(u).Error; err != nil {
		if models.Duplicate(err) {
			return refuseField("login", "login_taken", "已有这个用户名")
		}
		return err
	}
	return k.Record("account.create", u.Area, "account", u.ID, u.Name, map[string]string{"login": u.Login})
}

// RenameAccount changes the name of its person.
func (k AdminCall) RenameAccount(u *models.User, area, name string) error {
	before := u.Name
	u.Name = name
	if err := k.tx.Model(&models.User{}).Where("id = ?", u.ID).Update("name", name).Error; err != nil {
		return err
	}
	return k.Record("account.rename", area, "account", u.ID, name, map[string]string{"before": before})
}

// Disable shuts an account or opens it again. Its sessions end at once.
func (k AdminCall) Disable(u *models.User, area string, disabled bool, reason string) error {
	u.Disabled = disabled
	if err := k.tx.Model(&models.User{}).Where("id = ?", u.ID).Update("disabled", disabled).Error; err != nil {
		return err
	}
	kind := "account.enable"
	if disabled {
		kind = "account.disable"
		if err := k.tx.Where("user_id = ?", u.ID).Delete(&models.Session{}).Error; err != nil {
			return err
		}
	}
	return k.Record(kind, area, "account", u.ID, u.Name, map[string]string{"reason": reason})
}

// EndAccount sets the moment from which an account is of no use, or takes it away.
func (k AdminCall) EndAccount(u *models.User, area string, at *time.Time, reason string) error {
	u.EndsAt = at
	if err := k.tx.Model(&models.User{}).Where("id = ?", u.ID).Update("ends_at", at).Error; err != nil {
		return err
	}
	detail := map[string]string{"until": "长期", "reason": reason}
	if at != nil {
		detail["until"] = policy.DateOf(at.Add(-time.Second)).String()
	}
	return k.Record("account.end", area, "account", u.ID, u.Name, detail)
}

// Grant gives an account a post. Whoever administers the system has no other, and
// nobody grants himself.
func (k AdminCall) Grant(g *models.RoleGrant, basis string) error {
	u, err := k.account(g.UserID)
	if err != nil {
		return err
	}
	if g.UserID == k.by.UserID {
		return procedure.Refuse(procedure.Forbidden, "not_oneself", "不能给自己授予岗位")
	}
	if err := k.exclusive(g); err != nil {
		return err
	}
	g.GrantedBy = k.by.UserID
	if err := k.tx.Create(g).Error; err != nil {
		return err
	}
	return k.Record("grant.give", g.RegionCode, "grant", g.ID, u.Name, grantDetail(g, basis))
}

// EndGrant lets a post end at a moment.
func (k AdminCall) EndGrant(g *models.RoleGrant, at time.Time, reason string) error {
	u, err := k.account(g.UserID)
	if err != nil {
		return err
	}
	if g.UserID == k.by.UserID {
		return procedure.Refuse(procedure.Forbidden, "not_oneself", "不能改动自己的岗位")
	}
	if g.ValidTo != nil && !g.ValidTo.After(at) {
		return procedure.Refuse(procedure.Conflict, "grant_over", "该岗位已经到期或已定于更早的时间到期")
	}
	if at.Before(g.ValidFrom) {
		at = g.ValidFrom
	}
	g.ValidTo = &at
	if err := k.tx.Model(&models.RoleGrant{}).Where("id = ?", g.ID).Update("valid_to", at).Error; err != nil {
		return err
	}
	return k.Record("grant.end", g.RegionCode, "grant", g.ID, u.Name, grantDetail(g, reason))
}

func grantDetail(g *models.RoleGrant, reason string) map[string]string {
	out := map[string]string{"role": string(g.Role), "region": g.RegionCode, "dept": g.Dept, "household": g.HouseholdID, "group": g.GroupName, "from": policy.DateOf(g.ValidFrom).String(), "reason": reason, "user": g.UserID}
	if g.ValidTo != nil {
		out["until"] = policy.DateOf(*g.ValidTo).String()
	}
	return out
}

// exclusive refuses a post beside one that administers the system, for any day that
// both would last. The database refuses it too.
func (k AdminCall) exclusive(g *models.RoleGrant) error {
	var held []models.RoleGrant
	if err := k.tx.Where("user_id = ? AND role <> ?", g.UserID, g.Role).Find(&held).Error; err != nil {
		return err
	}
	for _, h := range held {
		if (g.Role.Administers() || h.Role.Administers()) && overlap(&h, g) {
			def, _ := procedure.RoleOf(h.Role)
			return procedure.Refuse(procedure.Conflict, "post_exclusive", fmt.Sprintf("该账号在这段时间有岗位“%s”：系统、安全、审计管理员不能兼任其他任何岗位", def.Title))
		}
	}
	return nil
}

func overlap(a, b *models.RoleGrant) bool {
	return (a.ValidTo == nil || a.ValidTo.After(b.ValidFrom)) && (b.ValidTo == nil || b.ValidTo.After(a.ValidFrom))
}

// account is an account, locked, so that two posts that are given at once see each other.
func (k AdminCall) account(id string) (*models.User, error) {
	var u models.User
	err := models.Locked(k.tx).Where("id = ?", id).Take(&u).Error
	if models.Missing(err) {
		return nil, procedure.Refuse(procedure.NotFound, "not_found", "没有这个账号")
	}
	return &u, err
}

// PutRegion adds an area, or renames it; the names that begin with its name follow. The
// area above it must be there.
func (k AdminCall) PutRegion(code, name string) (*models.Region, error) {
	level, ok := regionLevels[len(code)]
	if !ok || strings.Trim(code, "0123456789") != "" {
		return nil, refuseField("code", "wrong_format", "区划代码应为 4（市）、6（县）、9（乡镇）或 12（村）位数字")
	}
	row := models.Region{Code: code, Level: level, Name: name, Path: name}
	if above := regionAbove(code); above != "" {
		var parent models.Region
		err := k.tx.Where("code = ?", above).Take(&parent).Error
		switch {
		case models.Missing(err) && len(code) > 6:
			return nil, refuseField("code", "region_above_missing", "请先添加上级区划 "+above)
		case err == nil && len(code) > 6:
			row.Parent, row.Path = parent.Code, parent.Path+name
		case err == nil: // a county is named without its city
			row.Parent = parent.Code
		case !models.Missing(err):
			return nil, err
		}
	}
	var before models.Region
	err := k.tx.Where("code = ?", code).Take(&before).Error
	if err != nil && !models.Missing(err) {
		return nil, err
	}
	if err := k.tx.Save(&row).Error; err != nil {
		return nil, err
	}
	if before.Path != "" && before.Path != row.Path && len(code) >= 6 {
		if err := k.repath(&row, before.Path); err != nil {
			return nil, err
		}
	}
	kind := "region.add"
	if before.Code != "" {
		kind = "region.rename"
	}
	return &row, k.Record(kind, code, "region", code, row.Name, map[string]string{"before": before.Name})
}

var regionLevels = map[int]string{4: "city", 6: "county", 9: "township", 12: "village"}

func regionAbove(code string) string {
	return map[int]string{6: code[:min(4, len(code))], 9: code[:min(6, len(code))], 12: code[:min(9, len(code))]}[len(code)]
}

// repath renames the areas below one.
func (k AdminCall) repath(r *models.Region, before string) error {
	var below []models.Region
	if err := k.tx.Where("code > ? AND code < ?", r.Code, r.Code+"~").Find(&below).Error; err != nil {
		return err
	}
	for _, b := range below {
		if path, ok := strings.CutPrefix(b.Path, before); ok {
			if err := k.tx.Model(&models.Region{}).Where("code = ?", b.Code).Update("path", r.Path+path).Error; err != nil {
				return err
			}
		}
	}
	return nil
}

// deciders are who answers a request of each administrator: the audit administrator
// changes nothing, so the two others answer each other.
var deciders = map[procedure.Role]procedure.Role{procedure.SysAdmin: procedure.SecAdmin, procedure.SecAdmin: procedure.SysAdmin}

// Decides reports whether a role answers a request that another has made.
func Decides(role procedure.Role, r *models.AdminRequest) bool { return deciders[r.AskedRole] == role }

// Ask puts a request to an administrator of the other kind.
func (k AdminCall) Ask(r *models.AdminRequest) error {
	u, err := k.account(r.UserID)
	if err != nil {
		return err
	}
	if r.UserID == k.by.UserID {
		return procedure.Refuse(procedure.Forbidden, "not_oneself", "不能为自己提出申请")
	}
	var open int64
	err = k.tx.Model(&models.AdminRequest{}).Where("user_id = ? AND kind = ? AND role = ? AND grant_id = ? AND state = ?", r.UserID, r.Kind, r.Role, r.GrantID, models.RequestOpen).Count(&open).Error
	if err != nil {
		return err
	}
	if open > 0 {
		return procedure.Refuse(procedure.Conflict, "request_open", "同样的申请正在等待批准")
	}
	if r.Kind == "grant" {
		if err := k.exclusive(asGrant(r)); err != nil {
			return err
		}
	}
	r.AskedBy, r.AskedRole, r.AskedAt, r.State = k.by.UserID, k.by.Role, k.now, models.RequestOpen
	if err := k.tx.Create(r).Error; err != nil {
		return err
	}
	if err := k.tellDeciders(r, u); err != nil {
		return err
	}
	return k.Record("request.ask", r.RegionCode, "request", r.ID, u.Name, requestDetail(r, r.Reason))
}

// tellDeciders writes to those who may answer a request.
func (k AdminCall) tellDeciders(r *models.AdminRequest, about *models.User) error {
	var ids []string
	err := k.tx.Model(&models.RoleGrant{}).Where("role = ? AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)", deciders[k.by.Role], k.now, k.now).
		Where("user_id NOT IN ?", []string{k.by.UserID, r.UserID}).Where("region_code = substr(?, 1, length(region_code))", r.RegionCode).Distinct().Order("user_id").Pluck("user_id", &ids).Error
	if err != nil {
		return err
	}
	for _, id := range ids {
		err := k.tx.Create(&models.Message{ID: models.NewID(), UserID: id, ClockID: "request:" + r.ID, Kind: "admin", Title: "管理申请待批准：" + about.Name,
			Body: k.by.Name + "提出了一项须由您批准的申请，请在“管理申请”中办理。", Urgent: true, DeliverAt: k.now, CreatedAt: k.now}).Error
		if err != nil {
			return err
		}
	}
	return nil
}

func asGrant(r *models.AdminRequest) *models.RoleGrant {
	g := &models.RoleGrant{ID: r.GrantID, UserID: r.UserID, Role: r.Role, RegionCode: r.RegionCode, ValidTo: r.ValidTo}
	if r.ValidFrom != nil {
		g.ValidFrom = *r.ValidFrom
	}
	return g
}

func requestDetail(r *models.AdminRequest, reason string) map[string]string {
	return map[string]string{"kind": r.Kind, "role": string(r.Role), "region": r.RegionCode, "user": r.UserID, "reason": reason}
}

// Decide answers a request, and does what was asked for if it is approved.
func (k AdminCall) Decide(r *models.AdminRequest, approve bool, note string) error {
	u, err := k.account(r.UserID)
	if err != nil {
		return err
	}
	switch {
	case !Decides(k.by.Role, r):
		return procedure.Refuse(procedure.Forbidden, "role_not_allowed", "该申请由另一类管理员批准")
	case slices.Contains([]string{r.UserID, r.AskedBy}, k.by.UserID):
		return procedure.Refuse(procedure.Forbidden, "not_oneself", "不能批准自己提出的或涉及自己的申请")
	case r.State != models.RequestOpen:
		return procedure.Refuse(procedure.Conflict, "request_settled", "该申请已有结论")
	}
	r.State, r.DecidedBy, r.DecidedRole, r.DecidedAt, r.Note = models.RequestRefused, k.by.UserID, k.by.Role, &k.now, note
	kind := "request.refuse"
	if approve {
		r.State, kind = models.RequestApproved, "request.approve"
		if err := k.carryOut(r, u); err != nil {
			return err
		}
	}
	if err := k.tx.Save(r).Error; err != nil {
		return err
	}
	return k.Record(kind, r.RegionCode, "request", r.ID, u.Name, requestDetail(r, note))
}

// carryOut does what was asked for, in the name of the one who asked.
func (k AdminCall) carryOut(r *models.AdminRequest, u *models.User) error {
	asker, err := k.account(r.AskedBy)
	if err != nil {
		return err
	}
	asked := AdminCall{k.tx, Admin{asker.ID, asker.Name, r.AskedRole}, k.now}
	switch r.Kind {
	case "grant":
		g := asGrant(r)
		g.ID = models.NewID()
		r.GrantID = g.ID
		return asked.Grant(g, r.Reason)
	case "end":
		var g models.RoleGrant
		if err := k.tx.Where("id = ?", r.GrantID).Take(&g).Error; err != nil {
			return err
		}
		at := k.now
		if r.ValidTo != nil && r.ValidTo.After(at) {
			at = *r.ValidTo
		}
		return asked.EndGrant(&g, at, r.Reason)
	case "disable", "enable":
		return asked.Disable(u, r.RegionCode, r.Kind == "disable", r.Reason)
	}
	return nil // what is agreed to is done by the one who asked, who alone learns a password
}

// What may make whoever does it the owner of an account, or have him taken for another.
const (
	CarePassword     = "password"
	CareSecondFactor = "second_factor"
	CareIdentity     = "identity"
	CareName         = "rename"
)

// agreedFor is how long an administrator may do what another has agreed to.
const agreedFor = 24 * time.Hour

// Agreed reports whether by may do something to an account that would make him its owner. Where its owner administers
// the system another administrator has to agree, once for each time: without that it is asked for.
func (k AdminCall) Agreed(u *models.User, kind, area, what string) (bool, error) {
	if _, err := k.account(u.ID); err != nil {
		return false, err
	}
	two, err := Administers(k.tx, u.ID, k.now)
	if err != nil || !two {
		return err == nil, err
	}
	res := k.tx.Model(&models.AdminRequest{}).Where("user_id = ? AND kind = ? AND reason = ? AND asked_by = ? AND state = ? AND decided_at > ?",
		u.ID, kind, what, k.by.UserID, models.RequestApproved, k.now.Add(-agreedFor)).Update("state", models.RequestDone)
	if res.Error != nil || res.RowsAffected > 0 {
		return res.Error == nil, res.Error
	}
	return false, k.Ask(&models.AdminRequest{ID: models.NewID(), Kind: kind, UserID: u.ID, RegionCode: area, Reason: what})
}

func refuseField(field, code, message string) error {
	return procedure.Refuse(procedure.Invalid, code, message, procedure.FieldFault{Field: field, Code: code, Message: message})
}

// Administers reports whether an account holds a post, now or later, that administers
// the system: it is then touched by two administrators only.
func Administers(tx *gorm.DB, user string, now time.Time) (bool, error) {
	var n int64
	err := tx.Model(&models.RoleGrant{}).Where("user_id = ? AND role IN ? AND (valid_to IS NULL OR valid_to > ?)", user, AdminRoles(), now).Count(&n).Error
	return n > 0, err
}

// AdminRoles are those that administer the system.
func AdminRoles() []procedure.Role {
	return slices.DeleteFunc(procedure.IndependentRoles(), func(r procedure.Role) bool { return !r.Administers() })
}
