package api

import (
	"context"

	"gorm.io/gorm"

	"shouwang/api/gen"
	"shouwang/models"
)

// 常用意见: what somebody writes often, in his own words and order. Nobody else sees them.

// ListOpinions are those of the viewer.
func (s *server) ListOpinions(ctx context.Context, _ gen.ListOpinionsRequestObject) (gen.ListOpinionsResponseObject, error) {
	out := gen.UsualOpinions{Items: []string{}}
	err := s.db(ctx).Model(&models.UsualOpinion{}).Where("user_id = ?", viewerOf(ctx).user.ID).Order("place").Pluck("body", &out.Items).Error
	return gen.ListOpinions200JSONResponse(out), err
}

// PutOpinions sets them as a whole.
func (s *server) PutOpinions(ctx context.Context, r gen.PutOpinionsRequestObject) (gen.PutOpinionsResponseObject, error) {
	user := viewerOf(ctx).user.ID
	rows := make([]models.UsualOpinion, len(r.Body.Items))
	for i, body := range r.Body.Items {
		rows[i] = models.UsualOpinion{UserID: user, Place: i, Body: body}
	}
	err := s.engine.Store.Tx(ctx, func(tx *gorm.DB) error {
		if err := tx.Where("user_id = ?", user).Delete(&models.UsualOpinion{}).Error; err != nil || len(rows) == 0 {
			return err
		}
		return tx.Create(&rows).Error
	})
	return gen.PutOpinions200JSONResponse(*r.Body), err
}
