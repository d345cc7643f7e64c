import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import { isLive } from '../lib/live'
import { api, unwrap } from './client'
import type { operations } from './schema'
import type { DueBucket, Run } from './types'

const MINUTE = 60_000

/** What the inbox can be narrowed by; all of it stands in the address but what is searched for, which may be a name. */
export interface TaskFilter {
  due?: DueBucket
  sort?: 'due' | 'opened'
  procedure?: string
  village?: string
  q?: string
  mine?: boolean
  returned?: boolean
}

export interface CaseFilter {
  procedure?: string
  state?: string
  village?: string
  q?: string
  open?: boolean
  overdue?: boolean
  dept?: string
  opened_from?: string
  sort?: 'due' | 'opened'
}

/** What the hits of a run can be narrowed by. */
export interface HitFilter {
  rule?: string
  village?: string
}

/** What the households in the scope of a campaign can be narrowed by. */
export interface CoverageFilter {
  village?: string
  surveyor?: string
  done?: boolean
}

/** What there is to sign can be narrowed by. */
export interface SigningFilter {
  village?: string
  procedure?: string
}

/** What the papers of an area can be narrowed by. */
export interface PaperFilter {
  village?: string
  kind?: string
}

/** What the auditor's desk looks for, and where. */
export interface AuditFilter {
  pattern?: string
  least?: number
  procedure?: string
  village?: string
  from?: string
  until?: string
}

export interface FormFilter {
  form?: string
  village?: string
  state?: FormState
  sort?: 'begun' | 'place'
}

export type FormState = 'draft' | 'final' | 'void'

export interface HouseholdFilter {
  village?: string
  status?: string
  base_type?: 'ordinary' | 'out_of_poverty'
  group?: string
  category?: string
  q?: string
  sort?: 'place' | 'name' | 'updated'
}

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => unwrap(api.GET('/me')), staleTime: 5 * MINUTE })

export const calendarLinkQuery = queryOptions({ queryKey: ['me', 'calendar'], queryFn: () => unwrap(api.GET('/me/calendar')) })

export const signInMethodsQuery = queryOptions({ queryKey: ['sign-in-methods'], queryFn: () => unwrap(api.GET('/session/methods')), staleTime: Infinity })

export const accountIdentityQuery = (id: string) => queryOptions({ queryKey: ['accounts', id, 'identity'], queryFn: () => unwrap(api.GET('/accounts/{id}/identity', path(id))) })

export const securityQuery = queryOptions({ queryKey: ['me', 'security'], queryFn: () => unwrap(api.GET('/me/security')) })

export const devicesQuery = queryOptions({ queryKey: ['me', 'sessions'], queryFn: () => unwrap(api.GET('/me/sessions')) })

export const tokensQuery = queryOptions({ queryKey: ['me', 'tokens'], queryFn: () => unwrap(api.GET('/me/tokens')) })

export const accountDevicesQuery = (id: string) => queryOptions({ queryKey: ['accounts', id, 'sessions'], queryFn: () => unwrap(api.GET('/accounts/{id}/sessions', path(id))) })

export const accountTokensQuery = (id: string) => queryOptions({ queryKey: ['accounts', id, 'tokens'], queryFn: () => unwrap(api.GET('/accounts/{id}/tokens', path(id))) })

export const regionsQuery = queryOptions({ queryKey: ['regions'], queryFn: () => unwrap(api.GET('/regions')), staleTime: 60 * MINUTE })

export const proceduresQuery = queryOptions({ queryKey: ['procedures'], queryFn: () => unwrap(api.GET('/procedures')), staleTime: 60 * MINUTE })

export const procedureQuery = (name: string) =>
  queryOptions({ queryKey: ['procedure', name], queryFn: () => unwrap(api.GET('/procedures/{name}', { params: { path: { name } } })), staleTime: 60 * MINUTE })

export const campaignTemplatesQuery = queryOptions({ queryKey: ['campaigns', 'templates'], queryFn: () => unwrap(api.GET('/campaigns/templates')), staleTime: 60 * MINUTE })

export const campaignPreviewQuery = (code: string, first: string) =>
  queryOptions({
    queryKey: ['campaigns', 'templates', code, first],
    queryFn: () => unwrap(api.GET('/campaigns/templates/{code}/preview', { params: { path: { code }, query: { first_date: first } } })),
    staleTime: 60 * MINUTE,
  })

export const campaignQuery = (id: string) => queryOptions({ queryKey: ['campaigns', 'one', id], queryFn: () => unwrap(api.GET('/campaigns/{id}', { params: { path: { id } } })) })

export const campaignProgressQuery = (id: string, day: string) =>
  queryOptions({ queryKey: ['campaigns', 'progress', id, day], queryFn: () => unwrap(api.GET('/campaigns/{id}/progress', { params: { path: { id }, query: { day } } })) })

export const campaignSampleQuery = (id: string) =>
  queryOptions({ queryKey: ['campaigns', 'sample', id], queryFn: () => unwrap(api.GET('/campaigns/{id}/sample', { params: { path: { id } } })) })

export const coverageQuery = (id: string, filter: CoverageFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['campaigns', 'coverage', id, filter, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/campaigns/{id}/coverage', { params: { path: { id }, query: { ...filter, cursor, limit: 20 } }, signal })),
    placeholderData: keepPreviousData,
  })

export const figuresQuery = (region?: string) => queryOptions({ queryKey: ['figures', region], queryFn: () => unwrap(api.GET('/figures', { params: { query: { region } } })) })

/** What the problems that figures count can be narrowed by. */
export interface FigureProblemFilter {
  region?: string
  class?: string
  level?: string
  standing?: 'open' | 'overdue' | 'done'
}

export const figureProblemsQuery = (filter: FigureProblemFilter) =>
  queryOptions({ queryKey: ['figures', 'problems', filter], queryFn: () => unwrap(api.GET('/figures/problems', { params: { query: filter } })) })

export const countsQuery = queryOptions({ queryKey: ['tasks', 'counts'], queryFn: () => unwrap(api.GET('/tasks/counts')), refetchInterval: () => (isLive() ? 5 * MINUTE : MINUTE) })

export const tasksQuery = (filter: TaskFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['tasks', 'list', filter, cursor],
    queryFn: ({ signal }) => unwrap(api.POST('/tasks/query', { body: { ...filter, cursor, limit: 20, count: !cursor }, signal })),
    placeholderData: keepPreviousData,
  })

export const signingQuery = (filter: SigningFilter) =>
  infiniteQueryOptions({
    queryKey: ['signing', filter],
    queryFn: ({ pageParam }) => unwrap(api.GET('/signing', { params: { query: { ...filter, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
  })

export const casesQuery = (filter: CaseFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['cases', filter, cursor],
    queryFn: ({ signal }) => unwrap(api.POST('/cases/query', { body: { ...filter, cursor, limit: 20, count: !cursor }, signal })),
    placeholderData: keepPreviousData,
  })

/** A kind of risk that households are looked for by, and why; neither stands in the address. */
export interface RiskAsked {
  risk: string
  purpose?: string
}

export const householdsQuery = (filter: HouseholdFilter, cursor?: string, asked?: RiskAsked) =>
  queryOptions({
    queryKey: ['households', filter, cursor, asked],
    queryFn: ({ signal }) => unwrap(api.POST('/households/query', { body: { ...filter, ...asked, cursor, limit: 20, count: !cursor }, signal })),
    placeholderData: keepPreviousData,
  })

export const deptKindsQuery = queryOptions({ queryKey: ['departments', 'kinds'], queryFn: () => unwrap(api.GET('/dept-kinds')) })

export const deptListsQuery = (cursor?: string) =>
  queryOptions({ queryKey: ['departments', 'lists', cursor], queryFn: () => unwrap(api.GET('/dept-lists', { params: { query: { cursor } } })), placeholderData: keepPreviousData })

export const deptReviewsQuery = (cursor?: string) =>
  queryOptions({ queryKey: ['departments', 'reviews', cursor], queryFn: () => unwrap(api.GET('/dept-reviews', { params: { query: { cursor } } })), placeholderData: keepPreviousData })

const path = (id: string) => ({ params: { path: { id } } })

export const caseQuery = (id: string) => queryOptions({ queryKey: ['case', id], queryFn: () => unwrap(api.GET('/cases/{id}', path(id))) })

export const allowedQuery = (id: string) => queryOptions({ queryKey: ['case', id, 'allowed'], queryFn: () => unwrap(api.GET('/cases/{id}/events/allowed', path(id))) })

export const timelineQuery = (id: string) => queryOptions({ queryKey: ['case', id, 'timeline'], queryFn: () => unwrap(api.GET('/cases/{id}/timeline', path(id))) })

export const stopsQuery = (id: string) => queryOptions({ queryKey: ['case', id, 'stops'], queryFn: () => unwrap(api.GET('/cases/{id}/suspension', path(id))) })

export const clocksQuery = (id: string) => queryOptions({ queryKey: ['case', id, 'clocks'], queryFn: () => unwrap(api.GET('/cases/{id}/clocks', path(id))) })

export const flowQuery = (id: string) => queryOptions({ queryKey: ['case', id, 'flow'], queryFn: () => unwrap(api.GET('/cases/{id}/flow', path(id))) })

export const asOfQuery = (id: string, at: string) =>
  queryOptions({
    queryKey: ['case', id, 'asof', at],
    queryFn: () => unwrap(api.GET('/cases/{id}/asof', { params: { path: { id }, query: { at } } })),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const compareQuery = (id: string, from: string, to: string) =>
  queryOptions({
    queryKey: ['case', id, 'compare', from, to],
    queryFn: () => unwrap(api.GET('/cases/{id}/compare', { params: { path: { id }, query: { from, to } } })),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const householdQuery = (id: string) => queryOptions({ queryKey: ['household', id], queryFn: () => unwrap(api.GET('/households/{id}', path(id))) })

export const membersQuery = (id: string) => queryOptions({ queryKey: ['household', id, 'members'], queryFn: () => unwrap(api.GET('/households/{id}/members', path(id))) })

export const erasuresQuery = (household: string) => queryOptions({ queryKey: ['household', household, 'erasures'], queryFn: () => unwrap(api.GET('/erasures', { params: { query: { household_id: household } } })) })

export const seenQuery = (household: string) => queryOptions({ queryKey: ['household', household, 'seen'], queryFn: () => unwrap(api.GET('/households/{id}/seen', path(household))) })

export const candidatesQuery = (id: string) => queryOptions({ queryKey: ['tasks', 'candidates', id], queryFn: () => unwrap(api.GET('/tasks/{id}/candidates', path(id))) })

export const absencesQuery = (cursor?: string) =>
  queryOptions({ queryKey: ['absences', cursor], queryFn: () => unwrap(api.GET('/absences', { params: { query: { cursor } } })), placeholderData: keepPreviousData })

export const absencePeopleQuery = (q: string) => queryOptions({ queryKey: ['absences', 'people', q], queryFn: () => unwrap(api.GET('/absences/people', { params: { query: { q: q || undefined } } })) })

export const absenceOfficesQuery = (user_id: string | undefined, q: string) =>
  queryOptions({ queryKey: ['absences', 'offices', user_id, q], queryFn: () => unwrap(api.GET('/absences/offices', { params: { query: { user_id, q: q || undefined } } })) })

export const policyQuery = (region?: string, on?: string) =>
  queryOptions({ queryKey: ['policy', region, on], queryFn: () => unwrap(api.GET('/policy', { params: { query: { region, on } } })) })

export const programmesQuery = (cursor?: string) =>
  queryOptions({ queryKey: ['programmes', cursor], queryFn: () => unwrap(api.GET('/programmes', { params: { query: { cursor } } })), placeholderData: keepPreviousData })

export const programmeQuery = (id: string) => queryOptions({ queryKey: ['programmes', 'one', id], queryFn: () => unwrap(api.GET('/programmes/{id}', { params: { path: { id } } })) })

export const bulletinsQuery = (id: string) =>
  queryOptions({ queryKey: ['programmes', 'bulletins', id], queryFn: () => unwrap(api.GET('/programmes/{id}/bulletins', { params: { path: { id } } })) })

export const supervisionsQuery = (filter: { programme_id: string; open?: boolean }, cursor?: string) =>
  queryOptions({
    queryKey: ['programmes', 'supervisions', filter, cursor],
    queryFn: () => unwrap(api.GET('/supervisions', { params: { query: { ...filter, cursor } } })),
    placeholderData: keepPreviousData,
  })

export const formsQuery = queryOptions({ queryKey: ['forms'], queryFn: () => unwrap(api.GET('/forms')), staleTime: Infinity })

export const campaignFormsQuery = (campaign_id?: string) =>
  queryOptions({ queryKey: ['form-records', 'campaign', campaign_id], queryFn: () => unwrap(api.GET('/campaigns/forms', { params: { query: { campaign_id } } })) })

export const blankFormQuery = (form: string, about: { household_id?: string; region_code?: string; campaign_id?: string; unit?: string }) =>
  queryOptions({ queryKey: ['forms', 'blank', form, about], queryFn: () => unwrap(api.GET('/forms/blank', { params: { query: { form, ...about } } })), gcTime: 0 })

export const formRecordQuery = (id: string) => queryOptions({ queryKey: ['form-records', 'one', id], queryFn: () => unwrap(api.GET('/form-records/{id}', path(id))) })

export const allFormRecordsQuery = (filter: FormFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['form-records', 'all', filter, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/form-records', { params: { query: { ...filter, cursor, limit: 20, count: !cursor } }, signal })),
    placeholderData: keepPreviousData,
  })

/** Whether a run still goes on, so that its numbers change by themselves. */
export const going = (run?: Run) => run?.state === 'waiting' || run?.state === 'running'

export const runsQuery = (kind: Run['kind'] | undefined, cursor?: string) =>
  queryOptions({
    queryKey: ['runs', 'list', kind, cursor],
    queryFn: () => unwrap(api.GET('/runs', { params: { query: { kind, cursor, limit: 20 } } })),
    placeholderData: keepPreviousData,
    refetchInterval: (q) => (q.state.data?.items.some(going) ? 3000 : false),
  })

export const runQuery = (id: string) =>
  queryOptions({
    queryKey: ['runs', 'one', id],
    queryFn: () => unwrap(api.GET('/runs/{id}', path(id))),
    refetchInterval: (q) => (going(q.state.data) ? 1000 : false),
  })

/** Asked anew when the state of the run changes: its hits are written while it goes on. */
export const hitsQuery = (id: string, state: Run['state'], filter: HitFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['runs', 'hits', id, state, filter, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/runs/{id}/hits', { params: { path: { id }, query: { ...filter, cursor, limit: 20 } }, signal })),
    placeholderData: keepPreviousData,
  })

export const hitGroupsQuery = (id: string, state: Run['state']) =>
  queryOptions({ queryKey: ['runs', 'groups', id, state], queryFn: () => unwrap(api.GET('/runs/{id}/groups', path(id))) })

export const ruleLanguageQuery = queryOptions({ queryKey: ['policy', 'rules'], queryFn: () => unwrap(api.GET('/policy/rules')), staleTime: 60 * MINUTE })

export const areaPapersQuery = (filter: PaperFilter, cursor?: string) =>
  queryOptions({
    queryKey: ['papers', 'area', filter, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/papers', { params: { query: { ...filter, cursor, limit: 20 } }, signal })),
    placeholderData: keepPreviousData,
  })

/** What the list of accounts can be narrowed by. */
export interface AccountFilter {
  q?: string
  region?: string
  role?: string
  disabled?: boolean
}

export const accountsQuery = (filter: AccountFilter, cursor?: string) =>
  queryOptions({ queryKey: ['accounts', filter, cursor], queryFn: ({ signal }) => unwrap(api.GET('/accounts', { params: { query: { ...filter, cursor } }, signal })), placeholderData: keepPreviousData })

export const accountQuery = (id: string) => queryOptions({ queryKey: ['accounts', 'one', id], queryFn: () => unwrap(api.GET('/accounts/{id}', { params: { path: { id } } })) })

export const rolesQuery = queryOptions({ queryKey: ['accounts', 'roles'], queryFn: () => unwrap(api.GET('/accounts/roles')), staleTime: 60 * MINUTE })

export const adminRequestsQuery = (cursor?: string) =>
  queryOptions({ queryKey: ['admin-requests', cursor], queryFn: () => unwrap(api.GET('/admin-requests', { params: { query: { cursor } } })), placeholderData: keepPreviousData })

/** What the logs can be narrowed by. */
export interface LogFilter {
  user_id?: string
  from?: string
  until?: string
}

export const adminActsQuery = (filter: LogFilter & { kind?: string }, cursor?: string) =>
  queryOptions({ queryKey: ['admin-acts', filter, cursor], queryFn: ({ signal }) => unwrap(api.GET('/admin-acts', { params: { query: { ...filter, cursor } }, signal })), placeholderData: keepPreviousData })

export const accessLogQuery = (filter: LogFilter & { action?: string }, cursor?: string) =>
  queryOptions({ queryKey: ['access-log', filter, cursor], queryFn: ({ signal }) => unwrap(api.GET('/access-log', { params: { query: { ...filter, cursor } }, signal })), placeholderData: keepPreviousData })

export const patternsQuery = queryOptions({ queryKey: ['audit', 'patterns'], queryFn: () => unwrap(api.GET('/audit/patterns')), staleTime: 60 * MINUTE })

type PatternCode = operations['listPatternHits']['parameters']['query']['pattern']

export const patternHitsQuery = (filter: AuditFilter & { pattern: string }, cursor?: string) =>
  queryOptions({
    queryKey: ['audit', 'hits', filter, cursor],
    queryFn: ({ signal }) => unwrap(api.GET('/audit/hits', { params: { query: { ...filter, pattern: filter.pattern as PatternCode, cursor, limit: 20 } }, signal })),
    placeholderData: keepPreviousData,
  })

export const engagementsQuery = (cursor?: string) =>
  queryOptions({ queryKey: ['engagements', 'list', cursor], queryFn: () => unwrap(api.GET('/engagements', { params: { query: { cursor } } })), placeholderData: keepPreviousData })

export const auditSamplesQuery = (id: string) => queryOptions({ queryKey: ['engagements', 'samples', id], queryFn: () => unwrap(api.GET('/engagements/{id}/samples', path(id))) })

/** My replays under an engagement; asked again while one goes on. */
export const auditReplaysQuery = (id: string, cursor?: string) =>
  queryOptions({
    queryKey: ['engagements', 'replays', id, cursor],
    queryFn: () => unwrap(api.GET('/engagements/{id}/replays', { params: { path: { id }, query: { cursor, limit: 10 } } })),
    placeholderData: keepPreviousData,
    refetchInterval: (q) => (q.state.data?.items.some((r) => r.can_cancel) ? 1000 : false),
  })

export const auditFaultsQuery = (id: string, cursor?: string) =>
  queryOptions({ queryKey: ['engagements', 'faults', id, cursor], queryFn: () => unwrap(api.GET('/audit-replays/{id}/faults', { params: { path: { id }, query: { cursor, limit: 20 } } })), placeholderData: keepPreviousData })

/** My evidence packages among my last exports; asked again while one is made. */
export const packagesQuery = queryOptions({
  queryKey: ['exports', 'packages'],
  queryFn: async () => (await unwrap(api.GET('/exports', { params: { query: { limit: 50 } } }))).items.filter((x) => x.list === 'audit_package'),
  refetchInterval: (q) => (q.state.data?.some((x) => x.state === 'waiting' || x.state === 'running') ? 1000 : false),
})

export const healthQuery = queryOptions({ queryKey: ['health'], queryFn: () => unwrap(api.GET('/health')), refetchInterval: MINUTE, retry: false })
