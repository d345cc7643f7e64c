package models

import "time"

// RegionBoundary is one version of the outline of an area, as an office has supplied it. The newest is the one in force;
// none is ever changed.
type RegionBoundary struct {
	RegionCode string          `gorm:"primaryKey"`
	Version    int             `gorm:"primaryKey"`      // 1, 2, …
	Shape      [][][][]float64 `gorm:"serializer:json"` // polygons, rings, points, longitude and latitude
	CenterLon  float64
	CenterLat  float64
	SHA256     string `gorm:"column:sha256"` // of the file it came in
	ImportedBy string
	ImportedAt time.Time
}
