import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import { whenSignedOut } from './api/client'
import type { MessageFilter } from './api/notices'
import { ApiError } from './api/problem'
import type { CopyFilter, DoneFilter, StartedFilter } from './api/desk'
import { type AccountFilter, type AuditFilter, type CaseFilter, type FormFilter, type HitFilter, type HouseholdFilter, meQuery, type PaperFilter, type SigningFilter, type TaskFilter } from './api/queries'
import type { ProblemFilter } from './api/problems'
import type { ResidencyFilter } from './api/admin'
import type { PersonFilter, PersonMark } from './api/lists'
import { PageError, PageLoading, PageMissing } from './components/PageState'
import { Shell } from './components/Shell'
import { isAdmin, onlyAdministers, onlyAudits } from './lib/admin'
import { yearsOf } from './lib/years'

interface Context {
  queryClient: QueryClient
}

type Raw = Record<string, unknown>
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined)
const flag = (value: unknown) => (value === true || value === 'true' ? true : undefined)
/** One of what may be chosen. */
const among = <T extends string>(all: readonly T[], value: unknown) => all.find((x) => x === value)
/** Several codes, as a list or with commas between them, as kept conditions have them. */
const codes = <T extends string>(value: unknown) => {
  const all = (Array.isArray(value) ? value : (text(value)?.split(',') ?? [])).filter((x) => /^[a-z_]{1,32}$/.test(String(x)))
  return all.length > 0 ? (all as T[]) : undefined
}
const buckets = ['overdue', 'today', 'soon', 'all'] as const

/** Where to go on after signing in: who was nowhere in particular comes to the desk. */
const backTo = (href: string) => (href === '/' || href === '/desk' ? undefined : href)

const root = createRootRouteWithContext<Context>()({ component: Outlet, errorComponent: PageError, notFoundComponent: PageMissing })

const login = createRoute({
  getParentRoute: () => root,
  path: '/login',
  component: lazyRouteComponent(() => import('./pages/Login'), 'Login'),
  validateSearch: (raw: Raw): { next?: string; fault?: string; step?: 'second_factor' | 'enrol' } => ({
    next: text(raw.next),
    fault: text(raw.fault),
    step: (['second_factor', 'enrol'] as const).find((s) => s === raw.step),
  }),
})

const staff = createRoute({
  getParentRoute: () => root,
  id: 'staff',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.queryClient.ensureQueryData(meQuery)
    } catch (err) {
      if (err instanceof ApiError && err.status === 401) throw redirect({ to: '/login', search: { next: backTo(location.href) } })
      throw err
    }
  },
})

const inbox = createRoute({
  getParentRoute: () => staff,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/Inbox'), 'Inbox'),
  // Whoever only administers the system, or audits, has no tasks.
  beforeLoad: async ({ context }) => {
    const me = await context.queryClient.ensureQueryData(meQuery)
    if (onlyAdministers(me)) throw redirect({ to: isAdmin(me, 'log_admin') ? '/admin-acts' : '/accounts' })
    if (onlyAudits(me)) throw redirect({ to: '/audit', search: {} })
  },
  validateSearch: (raw: Raw): TaskFilter => ({
    due: buckets.find((b) => b === raw.due && b !== 'all'),
    procedure: text(raw.procedure),
    village: text(raw.village),
    mine: flag(raw.mine),
    returned: flag(raw.returned),
    sort: among(['opened'] as const, raw.sort),
  }),
})

const desk = createRoute({
  getParentRoute: () => staff,
  path: '/desk',
  component: lazyRouteComponent(() => import('./pages/desk/Desk'), 'Desk'),
})

const done = createRoute({
  getParentRoute: () => staff,
  path: '/done',
  component: lazyRouteComponent(() => import('./pages/desk/Lists'), 'Done'),
  validateSearch: (raw: Raw): DoneFilter => ({ procedure: text(raw.procedure), this_month: flag(raw.this_month), ended: flag(raw.ended) }),
})

const started = createRoute({
  getParentRoute: () => staff,
  path: '/started',
  component: lazyRouteComponent(() => import('./pages/desk/Lists'), 'Started'),
  validateSearch: (raw: Raw): StartedFilter => ({ procedure: text(raw.procedure), open: flag(raw.open) }),
})

const copies = createRoute({
  getParentRoute: () => staff,
  path: '/copies',
  component: lazyRouteComponent(() => import('./pages/desk/Lists'), 'Copies'),
  validateSearch: (raw: Raw): CopyFilter => ({ unread: flag(raw.unread) }),
})

const cases = createRoute({
  getParentRoute: () => staff,
  path: '/cases',
  component: lazyRouteComponent(() => import('./pages/Cases'), 'Cases'),
  validateSearch: (raw: Raw): CaseFilter => ({
    procedure: text(raw.procedure),
    state: text(raw.state),
    village: text(raw.village),
    open: raw.open === false || raw.open === 'false' ? false : flag(raw.open),
    overdue: flag(raw.overdue),
    dept: text(raw.dept),
    opened_from: text(raw.opened_from),
    sort: among(['opened'] as const, raw.sort),
  }),
})

const oneCase = createRoute({
  getParentRoute: () => staff,
  path: '/cases/$id',
  component: lazyRouteComponent(() => import('./pages/Case'), 'CasePage'),
  validateSearch: (raw: Raw): { event?: string; tab?: string; village?: string; surveyor?: string } => ({ event: text(raw.event), tab: text(raw.tab), village: text(raw.village), surveyor: text(raw.surveyor) }),
})

const households = createRoute({
  getParentRoute: () => staff,
  path: '/households',
  component: lazyRouteComponent(() => import('./pages/Households'), 'Households'),
  validateSearch: (raw: Raw): HouseholdFilter => ({
    village: text(raw.village),
    status: text(raw.status),
    base_type: among(['ordinary', 'out_of_poverty'] as const, raw.base_type),
    group: text(raw.group),
    category: text(raw.category),
    sort: among(['name', 'updated'] as const, raw.sort),
  }),
})

const ledgerImport = createRoute({
  getParentRoute: () => staff,
  path: '/households/import',
  component: lazyRouteComponent(() => import('./pages/ledger/LedgerImport'), 'LedgerImportPage'),
})

const persons = createRoute({
  getParentRoute: () => staff,
  path: '/persons',
  component: lazyRouteComponent(() => import('./pages/Persons'), 'Persons'),
  validateSearch: (raw: Raw): PersonFilter => ({
    village: text(raw.village),
    sort: among(['name'] as const, raw.sort),
    age_from: yearsOf(text(raw.age_from) ?? ''),
    age_to: yearsOf(text(raw.age_to) ?? ''),
    marks: codes<PersonMark>(raw.marks),
  }),
})

const exports = createRoute({
  getParentRoute: () => staff,
  path: '/exports',
  component: lazyRouteComponent(() => import('./pages/Exports'), 'Exports'),
})

const bulkJobs = createRoute({
  getParentRoute: () => staff,
  path: '/bulk-jobs',
  component: lazyRouteComponent(() => import('./pages/BulkJobs'), 'BulkJobs'),
})

const household = createRoute({
  getParentRoute: () => staff,
  path: '/households/$id',
  component: lazyRouteComponent(() => import('./pages/Household'), 'HouseholdPage'),
})

const opening = createRoute({
  getParentRoute: () => staff,
  path: '/households/$id/open/$procedure',
  component: lazyRouteComponent(() => import('./pages/OpenCase'), 'OpenCase'),
})

const newForm = createRoute({
  getParentRoute: () => staff,
  path: '/households/$id/forms/$form',
  component: lazyRouteComponent(() => import('./pages/forms/NewForm'), 'NewForm'),
})

const formRecord = createRoute({
  getParentRoute: () => staff,
  path: '/forms/$id',
  component: lazyRouteComponent(() => import('./pages/forms/FormRecord'), 'FormRecordPage'),
})

const openingRegional = createRoute({
  getParentRoute: () => staff,
  path: '/open/$procedure',
  component: lazyRouteComponent(() => import('./pages/OpenRegional'), 'OpenRegional'),
  validateSearch: (raw: Raw): { region?: string; programme?: string } => ({ region: text(raw.region), programme: text(raw.programme) }),
})

const signing = createRoute({
  getParentRoute: () => staff,
  path: '/signing',
  component: lazyRouteComponent(() => import('./pages/Signing'), 'Signing'),
  validateSearch: (raw: Raw): SigningFilter => ({ village: text(raw.village), procedure: text(raw.procedure) }),
})

const policy = createRoute({
  getParentRoute: () => staff,
  path: '/policy',
  component: lazyRouteComponent(() => import('./pages/Policy'), 'PolicyPage'),
})

const messages = createRoute({
  getParentRoute: () => staff,
  path: '/messages',
  component: lazyRouteComponent(() => import('./pages/Messages'), 'Messages'),
  validateSearch: (raw: Raw): MessageFilter => ({ unread: flag(raw.unread), about: (['urgent', 'remind', 'personal'] as const).find((a) => a === raw.about) }),
})

const noticeSettings = createRoute({
  getParentRoute: () => staff,
  path: '/messages/settings',
  component: lazyRouteComponent(() => import('./pages/notices/Settings'), 'NoticeSettingsPage'),
})

const robots = createRoute({
  getParentRoute: () => staff,
  path: '/robots',
  component: lazyRouteComponent(() => import('./pages/notices/Robots'), 'Robots'),
})

const account = createRoute({
  getParentRoute: () => staff,
  path: '/account',
  component: lazyRouteComponent(() => import('./pages/Account'), 'AccountPage'),
})

const calendar = createRoute({
  getParentRoute: () => staff,
  path: '/calendar',
  component: lazyRouteComponent(() => import('./pages/calendar/Calendar'), 'CalendarPage'),
  validateSearch: (raw: Raw): { year?: number } => ({ year: Number.isInteger(Number(raw.year)) && Number(raw.year) >= 2000 && Number(raw.year) <= 2100 ? Number(raw.year) : undefined }),
})

const accounts = createRoute({
  getParentRoute: () => staff,
  path: '/accounts',
  component: lazyRouteComponent(() => import('./pages/AdminAccounts'), 'Accounts'),
  validateSearch: (raw: Raw): AccountFilter => ({ q: text(raw.q), region: text(raw.region), role: text(raw.role), disabled: raw.disabled === false || raw.disabled === 'false' ? false : flag(raw.disabled) }),
})

const oneAccount = createRoute({
  getParentRoute: () => staff,
  path: '/accounts/$id',
  component: lazyRouteComponent(() => import('./pages/AdminAccount'), 'AdminAccountPage'),
})

const roles = createRoute({
  getParentRoute: () => staff,
  path: '/roles',
  component: lazyRouteComponent(() => import('./pages/roles/Roles'), 'RolesPage'),
  validateSearch: (raw: Raw): { role?: string } => ({ role: text(raw.role) }),
})

const adminRequests = createRoute({
  getParentRoute: () => staff,
  path: '/admin-requests',
  component: lazyRouteComponent(() => import('./pages/AdminRequests'), 'AdminRequests'),
})

const adminActs = createRoute({
  getParentRoute: () => staff,
  path: '/admin-acts',
  component: lazyRouteComponent(() => import('./pages/AdminActs'), 'AdminActs'),
})

const accessLog = createRoute({
  getParentRoute: () => staff,
  path: '/access-log',
  component: lazyRouteComponent(() => import('./pages/AccessLog'), 'AccessLog'),
})

const areas = createRoute({
  getParentRoute: () => staff,
  path: '/regions',
  component: lazyRouteComponent(() => import('./pages/Regions'), 'Regions'),
})

const absences = createRoute({
  getParentRoute: () => staff,
  path: '/absences',
  component: lazyRouteComponent(() => import('./pages/Absences'), 'Absences'),
})

const residency = createRoute({
  getParentRoute: () => staff,
  path: '/residency',
  component: lazyRouteComponent(() => import('./pages/residency/Residency'), 'ResidencyPage'),
  validateSearch: (raw: Raw): ResidencyFilter => ({ month: /^\d{4}-(0[1-9]|1[0-2])$/.exec(String(raw.month))?.[0], village: text(raw.village) }),
})

const figures = createRoute({
  getParentRoute: () => staff,
  path: '/figures',
  component: lazyRouteComponent(() => import('./pages/Figures'), 'FiguresPage'),
  validateSearch: (raw: Raw): { region?: string } => ({ region: text(raw.region) }),
})

const programmes = createRoute({
  getParentRoute: () => staff,
  path: '/programmes',
  component: lazyRouteComponent(() => import('./pages/Programmes'), 'Programmes'),
})

const programme = createRoute({
  getParentRoute: () => staff,
  path: '/programmes/$id',
  component: lazyRouteComponent(() => import('./pages/Programme'), 'ProgrammePage'),
  validateSearch: (raw: Raw): ProblemFilter => ({
    village: text(raw.village),
    responsible: text(raw.responsible),
    class: text(raw.class),
    state: text(raw.state),
    standing: among(['open', 'overdue'] as const, raw.standing),
  }),
})

const wall = createRoute({
  getParentRoute: () => staff,
  path: '/wall/programmes/$id',
  component: lazyRouteComponent(() => import('./pages/programme/Wall'), 'WallPage'),
})

const map = createRoute({
  getParentRoute: () => staff,
  path: '/map',
  component: lazyRouteComponent(() => import('./pages/map/MapPage'), 'MapPage'),
  validateSearch: (raw: Raw): { region?: string } => ({ region: text(raw.region) }),
})

const departments = createRoute({
  getParentRoute: () => staff,
  path: '/departments',
  component: lazyRouteComponent(() => import('./pages/Departments'), 'Departments'),
})

const runs = createRoute({
  getParentRoute: () => staff,
  path: '/runs',
  component: lazyRouteComponent(() => import('./pages/Runs'), 'Runs'),
})

const run = createRoute({
  getParentRoute: () => staff,
  path: '/runs/$id',
  component: lazyRouteComponent(() => import('./pages/Run'), 'RunPage'),
  validateSearch: (raw: Raw): HitFilter => ({ rule: text(raw.rule), village: text(raw.village) }),
})

const rules = createRoute({
  getParentRoute: () => staff,
  path: '/rules',
  component: lazyRouteComponent(() => import('./pages/Rules'), 'Rules'),
})

const papers = createRoute({
  getParentRoute: () => staff,
  path: '/papers',
  component: lazyRouteComponent(() => import('./pages/Papers'), 'Papers'),
  validateSearch: (raw: Raw): PaperFilter => ({ village: text(raw.village), kind: text(raw.kind) }),
})

const audit = createRoute({
  getParentRoute: () => staff,
  path: '/audit',
  component: lazyRouteComponent(() => import('./pages/Audit'), 'Audit'),
  validateSearch: (raw: Raw): AuditFilter => ({
    pattern: text(raw.pattern),
    least: Number(raw.least) > 0 ? Number(raw.least) : undefined,
    procedure: text(raw.procedure),
    village: text(raw.village),
    from: text(raw.from),
    until: text(raw.until),
  }),
})

const formStates = ['draft', 'final', 'void'] as const

const forms = createRoute({
  getParentRoute: () => staff,
  path: '/forms',
  component: lazyRouteComponent(() => import('./pages/Forms'), 'Forms'),
  validateSearch: (raw: Raw): FormFilter => ({ form: text(raw.form), village: text(raw.village), state: formStates.find((s) => s === raw.state), sort: among(['place'] as const, raw.sort) }),
})

const formLibrary = createRoute({
  getParentRoute: () => staff,
  path: '/form-library',
  component: lazyRouteComponent(() => import('./pages/library/Library'), 'LibraryPage'),
  validateSearch: (raw: Raw): { form?: string } => ({ form: text(raw.form) }),
})

const newRegionalForm = createRoute({
  getParentRoute: () => staff,
  path: '/forms/new/$form',
  component: lazyRouteComponent(() => import('./pages/forms/NewForm'), 'NewRegionalForm'),
  validateSearch: (raw: Raw): { region?: string; campaign?: string; unit?: string } => ({ region: text(raw.region), campaign: text(raw.campaign), unit: text(raw.unit) }),
})

const tree = root.addChildren([login, staff.addChildren([inbox, desk, done, started, copies, cases, oneCase, households, ledgerImport, persons, exports, bulkJobs, household, opening, newForm, formRecord, openingRegional, signing, policy, messages, noticeSettings, robots, account, absences, residency, programmes, programme, wall, map, figures, departments, runs, run, rules, papers, audit, forms, formLibrary, newRegionalForm, calendar, accounts, oneAccount, roles, adminRequests, adminActs, accessLog, areas])])

/** The pages and their addresses. A lost session leads to sign-in and back again. */
export function makeRouter(queryClient: QueryClient) {
  const router = createRouter({ routeTree: tree, context: { queryClient }, defaultPreload: 'intent', defaultPendingComponent: PageLoading, scrollRestoration: true })
  whenSignedOut(() => {
    const here = router.state.location
    if (here.pathname === '/login' || here.pathname.startsWith('/public/')) return
    queryClient.removeQueries({ queryKey: meQuery.queryKey })
    void router.navigate({ to: '/login', search: { next: backTo(here.href) } })
  })
  return router
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
