import type { components } from './schema'
import type { Me } from './types'

type S = components['schemas']

export type LedgerImport = S['LedgerImport']
export type LedgerItem = S['LedgerItem']
export type LedgerChange = S['LedgerChange']
export type LedgerFault = S['LedgerFault']

/** Whether somebody may bring the household ledger: the offices of township and county, for their areas. */
export const bringsLedger = (me: Me | undefined): boolean => me?.grants.some((g) => g.role === 'township_office' || g.role === 'county_office') ?? false
