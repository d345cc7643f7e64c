package api

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/internal/notify"
	"shouwang/models"
	"shouwang/policy"
	"shouwang/procedure"
)

// The robots of the offices' group chats, which the system administrator keeps for his area. An address is shown to nobody once
// it is entered: whoever has it speaks to the group.

// ListRobots lists those of the administrator's area.
func (s *server) ListRobots(ctx context.Context, r gen.ListRobotsRequestObject) (gen.ListRobotsResponseObject, error) {
	g, err := administering(viewerOf(ctx), keepingRobots)
	if err != nil {
		return nil, err
	}
	after, err := parseCursor(r.Params.Cursor)
	if err != nil {
		return nil, err
	}
	here := within("region_code", g.RegionCode)
	tx := s.db(ctx).Where(here.sql, here.args...)
	if after != nil {
		tx = tx.Where("(region_code, id) > (?, ?)", after.Key, after.ID)
	}
	limit := pageLimit(r.Params.Limit)
	var rows []models.Robot
	if err := tx.Order("region_code, id").Limit(limit + 1).Find(&rows).Error; err != nil {
		return nil, err
	}
	rows, next := cut(rows, limit, func(r models.Robot) cursor { return cursor{Key: r.RegionCode, ID: r.ID} })
	out := gen.ListRobots200JSONResponse{Items: make([]gen.Robot, len(rows)), Kinds: []gen.CodeTitle{}, Depts: []gen.CodeTitle{}, NextCursor: next}
	for i := range rows {
		if out.Items[i], err = s.robotView(ctx, &rows[i]); err != nil {
			return nil, err
		}
	}
	for _, k := range notify.Kinds() {
		out.Kinds = append(out.Kinds, gen.CodeTitle{Code: k, Title: notify.KindTitle(k)})
	}
	for _, d := range policy.Departments {
		out.Depts = append(out.Depts, gen.CodeTitle{Code: d.Code, Title: d.Title})
	}
	if s.mail == nil {
		return out, nil
	}
	out.Mail.Configured, out.Mail.Server, out.Mail.TLS, out.Mail.From = true, s.mail.Address, s.mail.TLS, s.mail.From
	var last models.Delivery
	err = s.db(ctx).Where("way = ?", models.WayMail).Order("created_at DESC, id DESC").Take(&last).Error
	if models.Missing(err) {
		return out, nil
	}
	out.Mail.Last = s.deliveryView(&last, "邮件")
	return out, err
}

func (s *server) robotView(ctx context.Context, r *models.Robot) (gen.Robot, error) {
	secret, err := r.Secret(s.engine.Store.Vault)
	if err != nil {
		return gen.Robot{}, err
	}
	l, err := s.labels(ctx, codes{regions: []string{r.RegionCode}})
	if err != nil {
		return gen.Robot{}, err
	}
	out := gen.Robot{ID: r.ID, Kind: gen.RobotKind(r.Kind), KindTitle: notify.KindTitle(r.Kind), Title: r.Title, RegionCode: r.RegionCode, RegionName: l.region(r.RegionCode), Dept: r.Dept,
		Host: notify.Host(secret.Address), Signed: secret.Secret != "", Disabled: r.Disabled, RowVersion: r.RowVersion}
	if r.Dept != "" {
		out.DeptTitle = deptTitle(r.Dept)
	}
	out.Last, err = s.lastDelivery(ctx, r.ID, r.Title)
	return out, err
}

// goodAddress refuses an address that does not lead to a robot of that kind.
func (s *server) goodAddress(kind, address string) error {
	if s.robots.Check(kind, address) != nil {
		return invalidField("address", "robot_address", "这不是"+notify.KindTitle(kind)+"群机器人的 Webhook 地址；内部网关须先由服务器的设置允许")
	}
	return nil
}

// CreateRobot adds a robot for an office.
func (s *server) CreateRobot(ctx context.Context, r gen.CreateRobotRequestObject) (gen.CreateRobotResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	g, err := administering(v, keepingRobots)
	if err != nil {
		return nil, err
	}
	if err := s.areaBelow(ctx, g, in.RegionCode); err != nil {
		return nil, err
	}
	if in.Dept != "" && deptTitle(in.Dept) == in.Dept {
		return nil, invalidField("dept", "unknown_option", "没有这个部门")
	}
	if err := s.goodAddress(string(in.Kind), in.Address); err != nil {
		return nil, err
	}
	now := s.now().UTC().Truncate(time.Microsecond)
	row := models.Robot{ID: newID(v, "robot", r.Params.IdempotencyKey), Kind: string(in.Kind), Title: in.Title, RegionCode: in.RegionCode, Dept: in.Dept, CreatedBy: v.user.ID, CreatedAt: now, UpdatedAt: now, RowVersion: 1}
	if err := row.SetSecret(s.engine.Store.Vault, models.RobotSecret{Address: strings.TrimSpace(in.Address), Secret: strings.TrimSpace(in.Secret)}); err != nil {
		return nil, err
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		same := &models.Robot{ID: row.ID, Kind: row.Kind, Title: row.Title, RegionCode: row.RegionCode, Dept: row.Dept}
		return once(tx, same, func() error {
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
			return s.recordRobot(tx, v, g, "robot.add", &row)
		})
	})
	if err != nil {
		return nil, err
	}
	out, err := s.robotView(ctx, &row)
	return gen.CreateRobot200JSONResponse(out), err
}

func (s *server) recordRobot(tx *gorm.DB, v *viewer, g models.RoleGrant, act string, r *models.Robot) error {
	return s.engine.Administer(tx, v.as(g)).Record(act, r.RegionCode, "robot", r.ID, r.Title, map[string]string{"kind": r.Kind, "dept": r.Dept})
}

// keptRobot is a robot of the administrator's area.
func (s *server) keptRobot(tx *gorm.DB, g models.RoleGrant, id string) (*models.Robot, error) {
	var row models.Robot
	here := within("region_code", g.RegionCode)
	err := tx.Where("id = ?", id).Where(here.sql, here.args...).Take(&row).Error
	if models.Missing(err) {
		return nil, notFound()
	}
	return &row, err
}

// EditRobot renames a robot, switches it off or on, or gives it another address.
func (s *server) EditRobot(ctx context.Context, r gen.EditRobotRequestObject) (gen.EditRobotResponseObject, error) {
	v, in := viewerOf(ctx), r.Body
	g, err := administering(v, keepingRobots)
	if err != nil {
		return nil, err
	}
	var row *models.Robot
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) (err error) {
		if row, err = s.keptRobot(models.Locked(tx), g, r.ID); err != nil {
			return err
		}
		if row.RowVersion != in.RowVersion {
			return procedure.Refuse(procedure.Conflict, "row_version", "别人刚刚改过，请刷新后再改")
		}
		secret, err := row.Secret(s.engine.Store.Vault)
		if err != nil {
			return err
		}
		if in.Address != "" {
			if err := s.goodAddress(row.Kind, in.Address); err != nil {
				return err
			}
			secret = models.RobotSecret{Address: strings.TrimSpace(in.Address)} // the secret belongs to the address
		}
		if in.Secret != "" {
			secret.Secret = strings.TrimSpace(in.Secret)
		}
		row.Title, row.Disabled, row.RowVersion, row.UpdatedAt = in.Title, in.Disabled, row.RowVersion+1, s.now().UTC().Truncate(time.Microsecond)
		if err := row.SetSecret(s.engine.Store.Vault, secret); err != nil {
			return err
		}
		if err := tx.Save(row).Error; err != nil {
			return err
		}
		return s.recordRobot(tx, v, g, "robot.edit", row)
	})
	if err != nil {
		return nil, err
	}
	out, err := s.robotView(ctx, row)
	return gen.EditRobot200JSONResponse(out), err
}

// RemoveRobot forgets a robot; what waits for it is sent to nobody.
func (s *server) RemoveRobot(ctx context.Context, r gen.RemoveRobotRequestObject) (gen.RemoveRobotResponseObject, error) {
	v := viewerOf(ctx)
	g, err := administering(v, keepingRobots)
	if err != nil {
		return nil, err
	}
	err = s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		row, err := s.keptRobot(models.Locked(tx), g, r.ID)
		if err != nil {
			return err
		}
		if err := tx.Delete(row).Error; err != nil {
			return err
		}
		return s.recordRobot(tx, v, g, "robot.remove", row)
	})
	return gen.RemoveRobot204Response{}, err
}

// TestRobot sends something to the group.
func (s *server) TestRobot(ctx context.Context, r gen.TestRobotRequestObject) (gen.TestRobotResponseObject, error) {
	v := viewerOf(ctx)
	g, err := administering(v, keepingRobots)
	if err != nil {
		return nil, err
	}
	row, err := s.keptRobot(s.db(ctx), g, r.ID)
	if err != nil {
		return nil, err
	}
	if err := s.sendNow(ctx, models.WayRobot, row.ID, models.NoticeTest); err != nil {
		return nil, err
	}
	if err := s.recordRobot(s.db(ctx), v, g, "robot.test", row); err != nil {
		return nil, err
	}
	out, err := s.robotView(ctx, row)
	return gen.TestRobot200JSONResponse(out), err
}
