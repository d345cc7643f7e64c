package sealing

import (
	"context"

	"gorm.io/gorm"

	"shouwang/models"
)

// Grow adds leaves as they are, as somebody could who writes the tree anew.
func Grow(ctx context.Context, s *models.Store, leaves []models.LogLeaf) error {
	return s.Tx(ctx, func(tx *gorm.DB) error { return add(tx, leaves) })
}
