package api

import (
	"context"
	"fmt"

	"gorm.io/gorm/clause"

	"shouwang/api/gen"
	"shouwang/models"
)

// How somebody has his lists shown. It is his own: it follows him from one device to another, and nobody else sees it.

// GetListSetting is how the viewer has a list shown; what he has never set is empty.
func (s *server) GetListSetting(ctx context.Context, r gen.GetListSettingRequestObject) (gen.GetListSettingResponseObject, error) {
	row := models.ListSetting{UserID: viewerOf(ctx).user.ID, List: string(r.List)}
	err := s.db(ctx).Where("user_id = ? AND list = ?", row.UserID, row.List).Take(&row).Error
	if err != nil && !models.Missing(err) {
		return nil, err
	}
	return gen.GetListSetting200JSONResponse(listSetting(row)), nil
}

// PutListSetting keeps it, the whole of it.
func (s *server) PutListSetting(ctx context.Context, r gen.PutListSettingRequestObject) (gen.PutListSettingResponseObject, error) {
	row := models.ListSetting{UserID: viewerOf(ctx).user.ID, List: string(r.List), Columns: r.Body.Columns, Density: string(r.Body.Density), Saved: []models.SavedFilter{}, UpdatedAt: s.now().UTC()}
	names, first := map[string]bool{}, false
	for i, f := range r.Body.Saved {
		if names[f.Name] || f.First && first {
			return nil, invalidField(fmt.Sprintf("saved[%d].name", i), "twice", "名称不能重复，打开时使用的常用查询只能有一个")
		}
		names[f.Name], first = true, first || f.First
		row.Saved = append(row.Saved, models.SavedFilter{Name: f.Name, Filter: f.Filter, First: f.First})
	}
	if row.Columns == nil {
		row.Columns = []string{}
	}
	err := s.db(ctx).Clauses(clause.OnConflict{UpdateAll: true}).Create(&row).Error
	return gen.PutListSetting200JSONResponse(listSetting(row)), err
}

func listSetting(row models.ListSetting) gen.ListSetting {
	out := gen.ListSetting{Columns: row.Columns, Density: gen.ListSettingDensity(orText(row.Density, "normal")), Saved: []gen.SavedFilter{}}
	if out.Columns == nil {
		out.Columns = []string{}
	}
	for _, f := range row.Saved {
		out.Saved = append(out.Saved, gen.SavedFilter{Name: f.Name, Filter: f.Filter, First: f.First})
	}
	return out
}
