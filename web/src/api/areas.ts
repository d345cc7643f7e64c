import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'

/** The areas a page at a time; to choose among them there is regionsQuery. */
export const areasQuery = (q?: string, cursor?: string) =>
  queryOptions({
    queryKey: ['regions', 'page', q, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/regions', { params: { query: { q: q || undefined, cursor, limit: 50 } }, signal })),
    placeholderData: keepPreviousData,
  })
