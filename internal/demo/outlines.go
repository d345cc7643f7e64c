package demo

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"shouwang/internal/ledger"
	"shouwang/models"
)

// The outlines of the invented county: a net of crooked lines, four villages wide and three high. Three columns are the first
// township, the last one the other.

const (
	netColumns, netRows = 4, 3
	netWest, netSouth   = 104.40, 30.40
	netStep             = 0.06
)

// corner is a crossing of the net, moved a little so that no border is straight.
func corner(column, row int) []float64 {
	n := (column*7919 + row*104729 + column*row*31) % 97
	return []float64{netWest + netStep*(float64(column)+float64(n-48)/250), netSouth + netStep*(float64(row)+float64((n*13)%97-48)/250)}
}

// block is the outline of the cells from one crossing to another, against the clock, and its middle.
func block(west, south, east, north int) (ring [][]float64, lon, lat float64) {
	for c := west; c < east; c++ {
		ring = append(ring, corner(c, south))
	}
	for r := south; r < north; r++ {
		ring = append(ring, corner(east, r))
	}
	for c := east; c > west; c-- {
		ring = append(ring, corner(c, north))
	}
	for r := north; r > south; r-- {
		ring = append(ring, corner(west, r))
	}
	for _, p := range ring {
		lon, lat = lon+p[0]/float64(len(ring)), lat+p[1]/float64(len(ring))
	}
	return append(ring, ring[0]), lon, lat
}

// outlines are the first versions of the outlines of the invented places.
func outlines(now time.Time) []models.RegionBoundary {
	var out []models.RegionBoundary
	add := func(code string, west, south, east, north int) {
		ring, lon, lat := block(west, south, east, north)
		out = append(out, models.RegionBoundary{RegionCode: code, Version: 1, Shape: [][][][]float64{{ring}}, CenterLon: lon, CenterLat: lat, ImportedAt: now.UTC()})
	}
	add(County, 0, 0, netColumns, netRows)
	add(Township, 0, 0, 3, netRows)
	add(OtherTown, 3, 0, netColumns, netRows)
	for i := range ledger.FictionVillages {
		add(Village(i+1), i%3, i/3, i%3+1, i/3+1)
	}
	add(OtherTown+"201", 3, 0, netColumns, 1)
	add(OtherTown+"202", 3, 1, netColumns, netRows)
	return out
}

func seedOutlines(ctx context.Context, store *models.Store, now time.Time) error {
	rows := outlines(now)
	return store.DB.WithContext(ctx).Clauses(clause.OnConflict{DoNothing: true}).Create(&rows).Error
}
