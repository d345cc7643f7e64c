import type { Me } from '../api/types'

/** The three administrators: they hold no other post and see no cases. */
export const adminRoles = ['sys_admin', 'sec_admin', 'log_admin']

/** Whether a person does nothing but administer the system. */
export const onlyAdministers = (me: Me): boolean => me.grants.length > 0 && me.grants.every((g) => adminRoles.includes(g.role)) && me.standing_in.length === 0

/** Whether a person does nothing but audit: nothing waits for him. */
export const onlyAudits = (me: Me): boolean => me.grants.length > 0 && me.grants.every((g) => g.role === 'auditor') && me.standing_in.length === 0

export const isAdmin = (me: Me | undefined, role: string): boolean => me?.grants.some((g) => g.role === role) ?? false
