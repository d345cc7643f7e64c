import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'

// What grows with the years on the page of a household comes page by page, each with the total.

/** The cases of a household: those about what is wrong with it, or the rest; under way, or over. */
export interface HomeCases {
  problems: boolean
  open: boolean
}

export const householdCasesQuery = (id: string, which: HomeCases) =>
  infiniteQueryOptions({
    queryKey: ['household', id, 'cases', which],
    queryFn: ({ pageParam }) => unwrap(api.GET('/households/{id}/cases', { params: { path: { id }, query: { ...which, cursor: pageParam, limit: 20, count: !pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  })

/** What is under way about a household just now. */
export const householdOpenQuery = (id: string) => queryOptions({ queryKey: ['household', id, 'open'], queryFn: () => unwrap(api.GET('/households/{id}/cases', { params: { path: { id }, query: { open: true, limit: 100 } } })) })

export const formRecordsQuery = (household: string) =>
  infiniteQueryOptions({
    queryKey: ['form-records', household],
    queryFn: ({ pageParam }) => unwrap(api.GET('/form-records', { params: { query: { household_id: household, cursor: pageParam, limit: 20, count: !pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  })
