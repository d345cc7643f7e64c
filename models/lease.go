package models

import (
	"context"
	"fmt"
	"time"
)

// Lease makes an owner the only one who does what the name stands for until some
// time from now, and reports whether it is: not while another owner has it. Who has
// it may ask again to keep it. Owners are never empty.
func (s *Store) Lease(ctx context.Context, name, owner string, lasts time.Duration) (bool, error) {
	now := time.Now() // not the clock of the cases, which servers may not share to the second in a drill
	db := s.DB.WithContext(ctx)
	row := Meta{Name: "lease." + name, Value: leaseValue(now, "")}
	if err := db.Exec("INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING", row.Name, row.Value).Error; err != nil {
		return false, err
	}
	res := db.Model(&Meta{}).Where("name = ? AND (value < ? OR value LIKE ?)", row.Name, leaseValue(now.Add(time.Microsecond), ""), "% "+owner).
		Update("value", leaseValue(now.Add(lasts), owner))
	return res.RowsAffected == 1, res.Error
}

// leaseValue is when a lease ends and whose it is; values sort by time.
func leaseValue(until time.Time, owner string) string {
	return fmt.Sprintf("%020d %s", until.UnixMicro(), owner)
}
