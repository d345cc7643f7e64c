package procedure

// Independent reports whether a role looks at the work of others or rules the
// system: auditors, the discipline office and the three administrators. Nobody
// stands in for them and they stand in for nobody, or the watcher would do what he
// watches (3.2, separation of the three administrators).
func (r Role) Independent() bool {
	return r == Auditor || r == Discipline || r.Administers()
}

// Administers reports whether a role rules the system. Whoever holds it has no other
// post and acts in no case.
func (r Role) Administers() bool { return r == SysAdmin || r == SecAdmin || r == LogAdmin }

// Substitutable reports whether somebody may stand in for a person in this role
// while he is away: an office held by an account. Families and villagers speak for
// themselves, relations to a case follow the grant they rest on.
func (r Role) Substitutable() bool {
	def, ok := RoleOf(r)
	return ok && r.Human() && !r.Independent() && len(def.Base) == 0 && r != Farmer && r != Public
}

// SubstitutableRoles lists them.
func SubstitutableRoles() []Role { return rolesThat(Role.Substitutable) }

// IndependentRoles lists those that are Independent.
func IndependentRoles() []Role { return rolesThat(Role.Independent) }

func rolesThat(are func(Role) bool) []Role {
	var out []Role
	for _, d := range Roles {
		if are(d.Code) {
			out = append(out, d.Code)
		}
	}
	return out
}
