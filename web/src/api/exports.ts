import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'

/** What I have taken out of the system, newest first; asked again while one is made. */
export const exportsQuery = (cursor?: string) =>
  queryOptions({
    queryKey: ['exports', 'mine', cursor],
    queryFn: () => unwrap(api.GET('/exports', { params: { query: { cursor, limit: 20 } } })),
    placeholderData: keepPreviousData,
    refetchInterval: (q) => (q.state.data?.items.some((x) => x.state === 'waiting' || x.state === 'running') ? 1000 : false),
  })
