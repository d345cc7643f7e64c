import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'
import type { components } from './schema'

type S = components['schemas']

export type Residency = S['Residency']
export type ResidencyRecord = S['ResidencyRecord']
export type ResidencyInput = S['ResidencyInput']
export type PolicyOutlook = S['PolicyOutlook']
export type PolicyMove = S['PolicyMove']

export type CalendarYear = S['CalendarYear']
export type CalendarHoliday = S['CalendarHoliday']
export type CalendarInput = S['CalendarInput']
export type CalendarChange = S['CalendarChange']
export type FormInfo = S['FormInfo']
export type RoleSheet = S['RoleSheet']
export type RoleAct = S['RoleAct']
export type RoleLook = S['RoleLook']
export type RoleItem = S['RoleItem']

/** Whose month on the resident teams is looked at. */
export interface ResidencyFilter {
  month?: string
  village?: string
}

export const residencyQuery = (filter: ResidencyFilter) =>
  queryOptions({ queryKey: ['residency', filter], queryFn: () => unwrap(api.GET('/residency', { params: { query: filter } })), placeholderData: keepPreviousData })

export const roleQuery = (role: string) =>
  queryOptions({ queryKey: ['accounts', 'roles', role], queryFn: () => unwrap(api.GET('/accounts/roles/{role}', { params: { path: { role } } })), staleTime: Infinity })

export const formSchemaQuery = (form: string) => queryOptions({ queryKey: ['forms', 'schema', form], queryFn: () => unwrap(api.GET('/forms/schema', { params: { query: { form } } })), staleTime: Infinity })

export const calendarQuery = (year: number) => queryOptions({ queryKey: ['calendar', year], queryFn: () => unwrap(api.GET('/calendar/{year}', { params: { path: { year } } })) })
