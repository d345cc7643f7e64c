package activities

import (
	"slices"
	"strings"

	"shouwang/models"
	"shouwang/procedure"
)

// derivations compute facts of a case from others, from its form and from policy.
var derivations = map[string]func(k *act) error{}

// hooks write the records beside a case that an event brings about.
var hooks = map[string]func(k *act) error{}

// sheets fill in the form of an act by rule with what it has found.
var sheets = map[string]func(k *act) (map[string]any, error){}

func (k *act) derive(names []string) error {
	for _, n := range names {
		if err := derivations[n](k); err != nil {
			return err
		}
	}
	return nil
}

// related are the accounts that stand in a relation to a case.
func related(c *models.Case, role procedure.Role) []string {
	if role == procedure.Handler {
		return handlers(c)
	}
	def, _ := procedure.RoleOf(role)
	var list []string
	if c.Facts.Value(def.Fact, &list) {
		return list
	}
	if one := c.Facts.Text(def.Fact); one != "" {
		return []string{one}
	}
	return nil
}

// related reports whether the actor stands in the relation that his role names,
// if it names one.
func (k *act) related() bool {
	def, _ := procedure.RoleOf(k.actor.Role)
	switch {
	case k.actor.Role == procedure.Counterpart:
		return k.c.OtherRegion != "" && strings.HasPrefix(k.c.OtherRegion, k.actor.Region)
	case def.Fact != "":
		return slices.Contains(related(k.c, k.actor.Role), k.actor.Person())
	case def.RoleFact != "":
		return string(k.actor.As) == k.c.Facts.Text(def.RoleFact)
	}
	return true
}
