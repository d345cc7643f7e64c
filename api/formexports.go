package api

import (
	"context"
	"fmt"
	"strings"
	"time"

	"shouwang/models"
)

// What workbooks of forms are called among the exports; their files are not kept.
var formExports = map[string]string{"form_workbook": "表册工作簿", "case_form": "户表、村表工作簿"}

// takenOut records that v takes forms out of the system as a workbook, under a number and with the reason, as it is with
// lists, and gives the line that the workbook bears. More rows than an export may have are refused.
func (s *server) takenOut(ctx context.Context, v *viewer, covers func(models.RoleGrant) bool, kind, region, reason string, rows int) (mark string, err error) {
	limits, err := s.policyFor(ctx, region, s.engine.Clock.Now())
	if err != nil {
		return "", err
	}
	if most := limits.Int("export_max_rows"); rows > most {
		return "", invalidField("region_code", "too_many_rows", fmt.Sprintf("一次最多导出 %d 行，请缩小范围", most))
	}
	l, err := s.labels(ctx, codes{regions: []string{region}})
	if err != nil {
		return "", err
	}
	id, now := models.NewID(), s.now().UTC().Truncate(time.Microsecond)
	x := models.Export{ID: id, No: dayNumber("DC", now, id[len(id)-10:]), UserID: v.user.ID, RegionCode: region, List: kind,
		Filter: map[string]any{}, Reason: scrub(strings.TrimSpace(reason)), State: models.ExportExpired, Rows: rows, CreatedAt: now, FinishedAt: &now}
	for _, g := range v.grants {
		if covers(g) {
			x.Role, x.RegionCode = g.Role, g.RegionCode
			break
		}
	}
	if err := s.db(ctx).Create(&x).Error; err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s %s 编号 %s 用途：%s", v.user.Name, l.region(region), moment(now), x.No, x.Reason), nil
}
