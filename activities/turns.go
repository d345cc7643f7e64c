package activities

import (
	"fmt"
	"slices"

	"shouwang/models"
	"shouwang/procedure"
)

// Departments that must sign the same event sign one after the other: the case lies
// with the one whose turn it is, and goes to the next with its signature (S002 #13, #40).

// Asked reports whether the signature is asked for on a case.
func Asked(s procedure.Signer, c *models.Case) bool {
	return s.When == nil || slices.Contains(s.When.In, c.Facts.Text(s.When.Field))
}

// fits reports whether somebody in a role, of a department, is the one to sign.
func fits(s procedure.Signer, role procedure.Role, dept string) bool {
	return slices.Contains(s.Roles, role) && (s.Dept == "" || s.Dept == dept)
}

// turn is the signer whose department is next, nil when all have signed, and whether
// the departments of this event sign in order at all.
func (k *act) turn(given []models.Endorsement) (next *procedure.Signer, inOrder bool) {
	for i := range k.ev.Signers {
		s := &k.ev.Signers[i]
		if s.Dept == "" || !Asked(*s, k.c) {
			continue
		}
		inOrder = true
		signed := slices.ContainsFunc(given, func(g models.Endorsement) bool { return fits(*s, g.Role, g.Dept) })
		if !signed {
			return s, true
		}
	}
	return nil, inOrder
}

// checkTurn refuses a signature that is not the next, and one before those of
// households that were reported earlier.
func (k *act) checkTurn() error {
	given, err := signatures(k.tx, k.c, k.ev.Code)
	if err != nil {
		return err
	}
	next, inOrder := k.turn(given)
	if !inOrder {
		return nil
	}
	if next == nil || !fits(*next, k.actor.Role, k.actor.Dept) {
		return procedure.Refuse(procedure.Conflict, "not_your_turn", fmt.Sprintf("“%s”由各部门依次会签，现在不由您会签", k.ev.Title))
	}
	if faults := firstInQueue(k); len(faults) > 0 {
		return procedure.Refuse(procedure.Conflict, faults[0].Code, faults[0].Message)
	}
	return nil
}

// passTurn hands the case to the next department.
func (k *act) passTurn() error {
	given, err := signatures(k.tx, k.c, k.ev.Code)
	if err != nil {
		return err
	}
	next, inOrder := k.turn(given)
	if !inOrder {
		return nil
	}
	k.c.Dept = ""
	if next != nil {
		k.c.Dept = next.Dept
	}
	return k.e.moveTasks(k.tx, k.c, k.d, k.actor.UserID, k.now)
}
