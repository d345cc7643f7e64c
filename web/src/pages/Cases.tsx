import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { casesQuery, procedureQuery, proceduresQuery, type CaseFilter } from '../api/queries'
import type { CaseSummary } from '../api/types'
import { type Column, DataTable } from '../components/DataTable'
import { Deadline } from '../components/Deadline'
import { ExportButton } from '../components/ExportButton'
import { FilterBar, NameSearch, ProcedureSelect, VillageSelect } from '../components/Filters'
import { ListTools } from '../components/ListTools'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { formatDate } from '../lib/dates'
import { useTitle } from '../lib/hooks'
import { useListSetting, useSearched, useTotal } from '../lib/lists'

const route = getRouteApi('/staff/cases')

/** 案件查询: all cases of my area. */
export function Cases() {
  useTitle('案件查询')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const list = filter.procedure === 'rectification' ? 'problems' : 'cases'
  const [q, setQ] = useSearched('cases')
  const asked = { ...filter, q }
  const pages = usePages(asked)
  const cases = useQuery(casesQuery(asked, pages.cursor))
  const total = useTotal(casesQuery(asked))
  const { setting } = useListSetting(list)
  const narrow = (change: Partial<CaseFilter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  return (
    <div className="page">
      <div className="page-head">
        <h1>案件查询</h1>
        <span className="muted">本人辖区内的全部案件，最急的在前</span>
        <Link to="/figures" search={{}}>
          统计
        </Link>
        <Openable />
        <ExportButton list={list} filter={asked} />
      </div>
      <FilterBar active={Boolean(filter.village || filter.procedure || filter.overdue || filter.open !== undefined)} search={<NameSearch value={q} onChange={setQ} />}>
        <VillageSelect value={filter.village} onChange={(village) => narrow({ village })} />
        <ProcedureSelect value={filter.procedure} onChange={(procedure) => narrow({ procedure, state: undefined })} />
        {filter.procedure && <StateSelect procedure={filter.procedure} value={filter.state} onChange={(state) => narrow({ state })} />}
        <Standing filter={filter} onChange={narrow} />
        {(filter.dept || filter.opened_from) && <span className="tall muted">另按统计所指的部门或日期</span>}
        <Button
          type="link"
          onClick={() => {
            setQ(undefined)
            void navigate({ search: {}, replace: true })
          }}
        >
          清除条件
        </Button>
      </FilterBar>
      <ListTools key={list} list={list} columns={columns} filter={{ ...filter }} onFilter={(search) => void navigate({ search: search as CaseFilter, replace: true })} />
      <Loaded query={cases}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有符合条件的案件">请放宽或清除条件。</Nothing>
          ) : (
            <>
              <DataTable columns={columns} rows={page.items} idOf={(c) => c.id} setting={setting} sort={filter.sort} onSort={(sort) => narrow({ sort: sort as CaseFilter['sort'] })} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} total={total} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

/** 当前环节, which is one of those that the procedure has. */
function StateSelect({ procedure, value, onChange }: { procedure: string; value?: string; onChange: (state: string | undefined) => void }) {
  const definition = useQuery(procedureQuery(procedure))
  const options = (definition.data?.states ?? []).map((s) => ({ value: s.code, label: s.title }))
  return (
    <label htmlFor="state">
      当前环节
      <Select id="state" style={{ minWidth: '9rem' }} value={value ?? ''} options={[{ value: '', label: '全部' }, ...options]} onChange={(v) => onChange(v || undefined)} />
    </label>
  )
}

/** What my posts may open about a village, a township or a county. */
function Openable() {
  const procedures = useQuery(proceduresQuery)
  const mine = (procedures.data?.items ?? []).filter((p) => p.can_open && p.about !== 'household')
  return (
    <span className="acts">
      {mine.map((p) => (
        <Link key={p.name} to="/open/$procedure" params={{ procedure: p.name }} search={{}}>
          发起{p.title}
        </Link>
      ))}
    </span>
  )
}

function Standing({ filter, onChange }: { filter: CaseFilter; onChange: (change: Partial<CaseFilter>) => void }) {
  const value = filter.overdue ? 'overdue' : filter.open === true ? 'open' : filter.open === false ? 'closed' : ''
  const changes: Record<string, Partial<CaseFilter>> = {
    '': { open: undefined, overdue: undefined },
    open: { open: true, overdue: undefined },
    closed: { open: false, overdue: undefined },
    overdue: { open: undefined, overdue: true },
  }
  return (
    <label htmlFor="standing">
      情况
      <Select
        id="standing"
        style={{ minWidth: '8rem' }}
        value={value}
        onChange={(v) => onChange(changes[v] ?? {})}
        options={[
          { value: '', label: '全部' },
          { value: 'open', label: '在办' },
          { value: 'overdue', label: '超期' },
          { value: 'closed', label: '已办结' },
        ]}
      />
    </label>
  )
}

const columns: Column<CaseSummary>[] = [
  {
    key: 'case',
    title: '案件',
    fixed: true,
    cell: (c) => (
      <>
        <Link className="main-link" to="/cases/$id" params={{ id: c.id }} search={{}}>
          {c.household ? `${c.household.head_name} · ` : ''}
          {c.procedure_title}
        </Link>
        {c.brief && <div>{c.brief}</div>}
        <div className="small num">
          {c.no}
          {c.dept_title && ` · ${c.dept_title}`}
        </div>
      </>
    ),
  },
  { key: 'region', title: '区划', cell: (c) => c.region_name },
  { key: 'state', title: '当前环节', cell: (c) => <span className={`tag ${c.final ? '' : 'info'}`}>{c.state_title}</span> },
  { key: 'due', title: '时限', bare: true, cell: (c) => (c.final ? <span className="muted">已办结</span> : <Deadline due={c.due_at} />) },
  { key: 'opened', title: '立案', sort: 'opened', className: 'num nowrap', cell: (c) => formatDate(c.opened_at) },
  { key: 'dept', title: '部门', off: true, cell: (c) => c.dept_title || '—' },
]

/** On the page of a household its name and place go without saying. */
const ofHome: Column<CaseSummary>[] = columns
  .filter((c) => c.key !== 'region')
  .map((c) => (c.key === 'case' ? { ...c, cell: (x: CaseSummary) => c.cell({ ...x, household: undefined }) } : c))

/** Cases as a table. */
export function Rows({ cases, ofHousehold = false }: { cases: CaseSummary[]; ofHousehold?: boolean }) {
  return <DataTable columns={ofHousehold ? ofHome : columns} rows={cases} idOf={(c) => c.id} />
}
