package activities

import (
	"gorm.io/gorm"

	"shouwang/models"
	"shouwang/procedure"
)

// holding are the accounts that hold roles for a case, each with whoever stands in.
func (e *Engine) holding(tx *gorm.DB, c *models.Case, roles ...procedure.Role) ([]recipient, error) {
	var out []recipient
	for _, role := range roles {
		holders, err := e.Holders(tx, c, role)
		if err != nil {
			return nil, err
		}
		all, err := e.withSubstitutes(tx, c, role, holders)
		if err != nil {
			return nil, err
		}
		out = append(out, all...)
	}
	return out, nil
}

// tell writes a message to each of some people once; those who stand in for somebody
// are told so. A message without a time is delivered now.
func (k *act) tell(users []recipient, m models.Message) error {
	if m.DeliverAt.IsZero() {
		m.DeliverAt = k.now
	}
	body := m.Body
	for _, u := range once(users) {
		m.ID, m.UserID, m.Body, m.CreatedAt = models.NewID(), u.user, body+u.standing(), k.now
		if err := k.tx.Clauses(onConflictDoNothing).Create(&m).Error; err != nil {
			return err
		}
	}
	return nil
}
