import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'
import type { components } from './schema'

type S = components['schemas']

export type Residency = S['Residency']
export type ResidencyRecord = S['ResidencyRecord']
export type ResidencyInput = S['ResidencyInput']
export type PolicyOutlook = S['PolicyOutlook']
export type PolicyMove = S['PolicyMove']

/** Whose month on the resident teams is looked at. */
export interface ResidencyFilter {
  month?: string
  village?: string
}

export const residencyQuery = (filter: ResidencyFilter) =>
  queryOptions({ queryKey: ['residency', filter], queryFn: () => unwrap(api.GET('/residency', { params: { query: filter } })), placeholderData: keepPreviousData })
