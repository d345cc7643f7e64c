import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'
import type { components } from './schema'

type S = components['schemas']

export type DoneItem = S['DoneItem']
export type CopyItem = S['CopyItem']
export type DeskArea = S['DeskArea']
export type Colleague = S['Colleague']

export interface DoneFilter {
  procedure?: string
  this_month?: boolean
  ended?: boolean
}

export interface StartedFilter {
  procedure?: string
  open?: boolean
}

export interface CopyFilter {
  unread?: boolean
}

const MINUTE = 60_000

// All under “tasks”: whatever refreshes the inbox refreshes these.
export const deskQuery = queryOptions({ queryKey: ['tasks', 'desk'], queryFn: () => unwrap(api.GET('/desk')), refetchInterval: MINUTE })

export const deskAreasQuery = queryOptions({ queryKey: ['tasks', 'desk', 'areas'], queryFn: () => unwrap(api.GET('/desk/areas')) })

export const doneQuery = (filter: DoneFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['tasks', 'done', filter, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/desk/done', { params: { query: { ...filter, cursor, limit: 20 } }, signal })),
    placeholderData: keepPreviousData,
  })

export const startedQuery = (filter: StartedFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['tasks', 'started', filter, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/desk/started', { params: { query: { ...filter, cursor, limit: 20 } }, signal })),
    placeholderData: keepPreviousData,
  })

export const copiesQuery = (filter: CopyFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['tasks', 'copies', filter, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/desk/copies', { params: { query: { ...filter, cursor, limit: 20 } }, signal })),
    placeholderData: keepPreviousData,
  })

export const colleaguesQuery = (id: string, q: string) =>
  queryOptions({ queryKey: ['case', id, 'colleagues', q], queryFn: () => unwrap(api.GET('/cases/{id}/colleagues', { params: { path: { id }, query: { q: q || undefined } } })), placeholderData: keepPreviousData })

export const opinionsQuery = queryOptions({ queryKey: ['me', 'opinions'], queryFn: () => unwrap(api.GET('/me/opinions')), staleTime: 5 * MINUTE })

export const runningNoticesQuery = queryOptions({
  queryKey: ['notices', 'running'],
  queryFn: async () => (await unwrap(api.GET('/notices', { params: { query: { limit: 20 } } }))).items.filter((n) => n.live),
})

export const openSupervisionsQuery = queryOptions({ queryKey: ['programmes', 'supervisions', 'desk'], queryFn: () => unwrap(api.GET('/supervisions', { params: { query: { open: true, limit: 5 } } })) })
