package models

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"gorm.io/gorm"

	"shouwang/procedure"
)

// AdminAct is something an administrator has done, or somebody on the command line, who
// has no account. Append-only, and each bears the hash of the one before.
type AdminAct struct {
	Seq       int64 `gorm:"primaryKey;autoIncrement:false"`
	ID        string
	At        time.Time
	ActorID   string // "" for the command line
	ActorName string
	ActorRole procedure.Role
	Kind      string
	// RegionCode is the area whose administrators it concerns.
	RegionCode string
	// Target is the kind of thing it was done to: account, grant, region, policy, log.
	Target     string
	TargetID   string
	TargetName string
	Detail     map[string]string `gorm:"serializer:json"` // sorted by encoding/json; never personal data but the names of accounts
	Prev       string
	Hash       string
}

// Sum is the hash over everything else about an act, the hash of the one before it included.
func (a *AdminAct) Sum() string {
	raw, err := json.Marshal([]any{a.Seq, a.ID, a.At.UTC().Format(time.RFC3339Nano), a.ActorID, a.ActorName, a.ActorRole, a.Kind, a.RegionCode,
		a.Target, a.TargetID, a.TargetName, a.Detail, a.Prev})
	if err != nil {
		panic(err) // texts and numbers always encode
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:])
}

// adminActsLock is the advisory lock under which acts get their numbers on PostgreSQL;
// SQLite has one writer at a time.
const adminActsLock = 0x73770021

// RecordAdminAct puts an act at the end of the chain. It must run in a transaction.
func RecordAdminAct(tx *gorm.DB, a *AdminAct) error {
	if tx.Name() == "postgres" {
		if err := tx.Exec("SELECT pg_advisory_xact_lock(?)", adminActsLock).Error; err != nil {
			return err
		}
	}
	var last AdminAct
	if err := tx.Select("seq, hash").Order("seq DESC").Limit(1).Find(&last).Error; err != nil {
		return err
	}
	a.ID, a.Seq, a.Prev = NewID(), last.Seq+1, last.Hash
	a.At = a.At.UTC().Truncate(time.Microsecond)
	if a.Detail == nil {
		a.Detail = map[string]string{}
	}
	a.Hash = a.Sum()
	return tx.Create(a).Error
}

const adminActsBatch = 1000

// VerifyAdminActs checks the chain of acts: it returns how many there are, and what is
// wrong with the first that does not hold, "" if all do.
func VerifyAdminActs(db *gorm.DB) (n int64, fault string, err error) {
	prev := ""
	for {
		var acts []AdminAct
		if err := db.Where("seq > ?", n).Order("seq").Limit(adminActsBatch).Find(&acts).Error; err != nil || len(acts) == 0 {
			return n, "", err
		}
		for i := range acts {
			switch a := &acts[i]; {
			case a.Seq != n+1:
				return n, fmt.Sprintf("管理操作第 %d 条缺失", n+1), nil
			case a.Prev != prev:
				return n, fmt.Sprintf("管理操作第 %d 条与上一条不衔接", a.Seq), nil
			case a.Hash != a.Sum():
				return n, fmt.Sprintf("管理操作第 %d 条被改动", a.Seq), nil
			}
			n, prev = acts[i].Seq, acts[i].Hash
		}
	}
}

// States of a request.
const (
	RequestOpen     = "open"
	RequestApproved = "approved"
	RequestRefused  = "refused"
	RequestDone     = "done" // approved, and carried out by the one who asked
)

// AdminRequest asks an administrator of another kind to agree to what nobody decides
// alone: to grant or end a post that administers the system, to disable or enable its
// holder, or to open his account.
type AdminRequest struct {
	ID     string `gorm:"primaryKey"`
	Kind   string // grant, end, disable, enable, and what Agreed is asked for
	UserID string
	// GrantID is the post to end, or the one that was granted.
	GrantID     string
	Role        procedure.Role
	RegionCode  string
	ValidFrom   *time.Time
	ValidTo     *time.Time
	Reason      string
	AskedBy     string
	AskedRole   procedure.Role
	AskedAt     time.Time
	State       string
	DecidedBy   string
	DecidedRole procedure.Role
	DecidedAt   *time.Time
	Note        string
}
