import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { api, unwrap } from './client'

/** What the problems of a programme can be narrowed by; it stands in the address. */
export interface ProblemFilter {
  village?: string
  /** An account; - for those that are nobody's yet. */
  responsible?: string
  class?: string
  state?: string
  /** Only what is not settled, or of that what is late. */
  standing?: 'open' | 'overdue'
}

/** The same as the operation asks for it. */
export const problemParams = ({ standing, ...rest }: ProblemFilter) => ({ ...rest, open: standing === 'open' || undefined, overdue: standing === 'overdue' || undefined })

export const programmeProblemsQuery = (id: string, filter: ProblemFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['programmes', 'problems', id, filter, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/programmes/{id}/problems', { params: { path: { id }, query: { ...problemParams(filter), cursor, limit: 50, count: !cursor } }, signal })),
    placeholderData: keepPreviousData,
  })
