import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'
import type { components, operations } from './schema'

type S = components['schemas']
export type ListCode = S['ListCode']
export type ListSetting = S['ListSetting']
export type SavedFilter = S['SavedFilter']
export type PersonItem = S['PersonItem']
export type PersonMark = S['PersonMark']
export type PersonMarkOffer = S['PersonMarkOffer']
export type BulkJob = S['BulkJob']
export type BulkJobInput = S['BulkJobInput']
export type BulkRow = S['BulkRow']

/** What the list of people can be narrowed by; all but what is searched for stands in the address. */
export type PersonFilter = Pick<S['PersonQuery'], 'q' | 'village' | 'sort' | 'age_from' | 'age_to' | 'marks'>

export const PERSONS_PAGE = 20

/** What was asked for a purpose is on record: it is not asked again by itself. */
export const personsQuery = (filter: PersonFilter, purpose?: string, cursor?: string) =>
  queryOptions({
    queryKey: ['persons', filter, purpose, cursor],
    queryFn: ({ signal }) => unwrap(api.POST('/persons/query', { body: { ...filter, purpose, cursor, limit: PERSONS_PAGE, count: !cursor }, signal })),
    placeholderData: keepPreviousData,
    ...(purpose && { staleTime: Number.POSITIVE_INFINITY, gcTime: 0 }),
  })

export const personMarksQuery = queryOptions({ queryKey: ['person-marks'], queryFn: () => unwrap(api.GET('/persons/marks')), staleTime: Number.POSITIVE_INFINITY })

export const listSettingQuery = (list: ListCode) =>
  queryOptions({ queryKey: ['list-setting', list], queryFn: () => unwrap(api.GET('/me/lists/{list}', { params: { path: { list } } })), staleTime: Number.POSITIVE_INFINITY })

const going = (job?: BulkJob) => job?.state === 'checking' || job?.state === 'running'

export const bulkJobQuery = (id: string) =>
  queryOptions({
    queryKey: ['bulk-jobs', 'one', id],
    queryFn: () => unwrap(api.GET('/bulk-jobs/{id}', { params: { path: { id } } })),
    refetchInterval: (q) => (going(q.state.data) ? 1000 : false),
  })

export const bulkJobsQuery = (cursor?: string) =>
  queryOptions({
    queryKey: ['bulk-jobs', 'list', cursor],
    queryFn: () => unwrap(api.GET('/bulk-jobs', { params: { query: { cursor } } })),
    placeholderData: keepPreviousData,
    refetchInterval: (q) => (q.state.data?.items.some(going) ? 2000 : false),
  })

type RowState = NonNullable<NonNullable<operations['listBulkRows']['parameters']['query']>['state']>

export const bulkRowsQuery = (id: string, state: RowState | undefined, mark: string, cursor?: string) =>
  queryOptions({
    queryKey: ['bulk-jobs', 'rows', id, state, mark, cursor],
    queryFn: () => unwrap(api.GET('/bulk-jobs/{id}/rows', { params: { path: { id }, query: { state, cursor } } })),
    placeholderData: keepPreviousData,
  })
