package models

import "time"

// LogLeaf is one sealed record in the tree over all chains: an act of a case, an entry of the access log, an act of an administrator or
// on a form record. Append-only.
type LogLeaf struct {
	// Idx is the place in the tree, from 0 without gaps.
	Idx int64 `gorm:"primaryKey;autoIncrement:false"`
	// Chain is the id of the case, or "access", "admin" or "form"; Seq the number in it.
	Chain string
	Seq   int64
	// Ref is the id of the row, Hash the hash of the record.
	Ref  string
	Hash string
}

// TableName of LogLeaf.
func (LogLeaf) TableName() string { return "log_leaves" }

// LogTile is a piece of the tree: up to 256 hashes side by side, of one level of tiles. What it holds follows from the leaves.
type LogTile struct {
	Level int   `gorm:"primaryKey;autoIncrement:false"`
	N     int64 `gorm:"primaryKey;autoIncrement:false"`
	Data  []byte
}

// LogCheckpoint is the signed note about the tree when it had so many leaves. Append-only.
type LogCheckpoint struct {
	Size int64 `gorm:"primaryKey;autoIncrement:false"`
	At   time.Time
	Note string
}

// LogDelivery says that a checkpoint has left the database: into the folder, or to the other service.
type LogDelivery struct {
	Size   int64  `gorm:"primaryKey;autoIncrement:false"`
	Target string `gorm:"primaryKey"` // folder, service
	At     time.Time
}
