package sealing

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"shouwang/internal/evidence"
	"shouwang/models"
)

// tileHeight makes a tile hold 256 hashes: some kilobytes in a row.
const tileHeight = 8

// tree reads the hashes of the tree from its tiles, and those that were just computed from memory. It implements
// tlog.HashReader.
type tree struct {
	tx    *gorm.DB
	fresh map[int64]tlog.Hash
	tiles map[[2]int64][]byte
}

func newTree(tx *gorm.DB) *tree {
	return &tree{tx: tx, fresh: map[int64]tlog.Hash{}, tiles: map[[2]int64][]byte{}}
}

// ReadHashes implements tlog.HashReader.
func (t *tree) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		h, ok := t.fresh[index]
		if !ok {
			var err error
			if h, err = t.stored(index); err != nil {
				return nil, err
			}
		}
		out[i] = h
	}
	return out, nil
}

func (t *tree) stored(index int64) (tlog.Hash, error) {
	want := tlog.TileForIndex(tileHeight, index)
	key := [2]int64{int64(want.L), want.N}
	data, ok := t.tiles[key]
	if !ok {
		var row models.LogTile
		if err := t.tx.Where("level = ? AND n = ?", want.L, want.N).Take(&row).Error; err != nil {
			return tlog.Hash{}, fmt.Errorf("tile %s: %w", want.Path(), err)
		}
		data = row.Data
		t.tiles[key] = data
	}
	return tlog.HashFromTile(want, data, index)
}

// grow adds leaves to a tree of n, and stores the tiles that this has changed.
func (t *tree) grow(n int64, leaves []evidence.Leaf) error {
	for i, leaf := range leaves {
		at := n + int64(i)
		hashes, err := tlog.StoredHashesForRecordHash(at, leaf.RecordHash(), t)
		if err != nil {
			return err
		}
		for j, h := range hashes {
			t.fresh[tlog.StoredHashCount(at)+int64(j)] = h
		}
	}
	for _, tile := range tlog.NewTiles(tileHeight, n, n+int64(len(leaves))) {
		data, err := tlog.ReadTileData(tile, t)
		if err != nil {
			return err
		}
		row := models.LogTile{Level: tile.L, N: tile.N, Data: data}
		if err := t.tx.Clauses(clause.OnConflict{Columns: []clause.Column{{Name: "level"}, {Name: "n"}}, DoUpdates: clause.AssignmentColumns([]string{"data"})}).Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// size is how many leaves there are.
func size(tx *gorm.DB) (n int64, err error) {
	err = tx.Raw("SELECT coalesce(max(idx) + 1, 0) FROM log_leaves").Scan(&n).Error
	return n, err
}
