package models

import (
	"time"

	"gorm.io/gorm"

	"shouwang/procedure"
)

// Absence is a leave of one person. It begins and ends by its dates: nothing has
// to run for that. Append-only but for being cancelled.
type Absence struct {
	ID     string `gorm:"primaryKey"`
	UserID string
	// FromDay and UntilDay are the first and the last day, 2006-01-02.
	FromDay  string
	UntilDay string
	Reason   string // business, training, leave, other: never words, which could tell of an illness
	// EnteredBy is the person himself or the office that manages him.
	EnteredBy   string
	CreatedAt   time.Time
	CancelledAt *time.Time
	CancelledBy string
}

// Substitution lets one person stand in for another in one of his grants while an
// absence lasts. Append-only.
type Substitution struct {
	AbsenceID    string `gorm:"primaryKey"`
	GrantID      string `gorm:"primaryKey"`
	SubstituteID string `gorm:"primaryKey"`
	UntilDay     string // that of the absence
}

// StandIn is a grant that somebody uses in place of its holder today.
type StandIn struct {
	RoleGrant
	SubstituteID string
	// Name is that of the holder, Until the last day of his absence.
	Name  string
	Until string
}

// StandIns selects the StandIns of a day (2006-01-02) and moment. Everything that
// makes a substitution hold is asked here and each time: the absence runs and is not
// cancelled, the grant is valid and of a role that can be substituted, both accounts
// are enabled, and the substitute himself has an office of the same area and
// department and is not there to watch others: nobody is lent an area that is not his.
// A substitute brings his own grants only, so that a chain of substitutions leads
// nowhere.
func StandIns(tx *gorm.DB, day string, at time.Time) *gorm.DB {
	return tx.Table("substitutions").
		Where("substitutions.until_day >= ?", day).
		Select("DISTINCT role_grants.*, substitutions.substitute_id, users.name, absences.until_day AS until").
		Joins("JOIN absences ON absences.id = substitutions.absence_id AND absences.cancelled_at IS NULL AND absences.from_day <= ? AND absences.until_day >= ?", day, day).
		Joins("JOIN role_grants ON role_grants.id = substitutions.grant_id AND role_grants.user_id = absences.user_id AND role_grants.role IN ? AND role_grants.region_code <> ''", procedure.SubstitutableRoles()).
		Joins("JOIN users ON users.id = absences.user_id AND "+InUse, at).
		Joins("JOIN users substitutes ON substitutes.id = substitutions.substitute_id AND NOT substitutes.disabled AND (substitutes.ends_at IS NULL OR substitutes.ends_at > ?)", at).
		Where("role_grants.valid_from <= ? AND (role_grants.valid_to IS NULL OR role_grants.valid_to > ?)", at, at).
		Where(`EXISTS (SELECT 1 FROM role_grants own WHERE own.user_id = substitutions.substitute_id AND own.role IN ? AND own.valid_from <= ? AND (own.valid_to IS NULL OR own.valid_to > ?)
			AND own.region_code = role_grants.region_code AND (role_grants.dept = '' OR own.dept = role_grants.dept))`, procedure.SubstitutableRoles(), at, at).
		Where(`NOT EXISTS (SELECT 1 FROM role_grants watch WHERE watch.user_id = substitutions.substitute_id AND watch.role IN ? AND watch.valid_from <= ?
			AND (watch.valid_to IS NULL OR watch.valid_to > ?))`, procedure.IndependentRoles(), at, at)
}
