package activities

import (
	"context"
	"slices"
	"strings"

	"shouwang/models"
	"shouwang/procedure"
)

// Copies (抄送). Somebody is told of an act who has not to act on it himself: colleagues whom the actor names, and the roles
// that the procedure names. Telling them gives nobody a case that he would not reach anyway.

// Copy tells some people of the act of a case with that number. Who was told stands in the history of the case.
func (e *Engine) Copy(ctx context.Context, caseID, event, key string, seq int, to []models.User, actor Actor) (Reply, error) {
	ids, names := make([]string, len(to)), make([]string, len(to))
	for i, u := range to {
		ids[i], names[i] = u.ID, u.Name
	}
	form := map[string]any{"to": ids, "names": strings.Join(names, "、"), "seq": seq}
	return e.side(ctx, caseID, "copy", event, key, actor, form, func(k *act) error { return k.copyTo(seq, actor.UserID, ids...) })
}

// copyTo writes the copies of an act, one for each person.
func (k *act) copyTo(seq int, from string, to ...string) error {
	for _, user := range to {
		row := models.CaseCopy{ID: models.NewID(), CaseID: k.c.ID, Seq: seq, UserID: user, FromID: from, At: k.now}
		if err := k.tx.Clauses(onConflictDoNothing).Create(&row).Error; err != nil {
			return err
		}
	}
	return nil
}

// inform tells those of an event whom its procedure names, but for the actor himself.
func (k *act) inform(roles []procedure.Role, seq int) error {
	if len(roles) == 0 {
		return nil
	}
	users, err := k.e.holding(k.tx, k.c, roles...)
	if err != nil {
		return err
	}
	var to []string
	for _, u := range once(users) {
		if !slices.Contains(k.actor.persons(), u.user) {
			to = append(to, u.user)
		}
	}
	return k.copyTo(seq, "", to...)
}
