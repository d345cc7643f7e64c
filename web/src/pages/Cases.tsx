import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { casesQuery, proceduresQuery, type CaseFilter } from '../api/queries'
import type { CaseSummary } from '../api/types'
import { Deadline } from '../components/Deadline'
import { ExportButton } from '../components/ExportButton'
import { FilterBar, NameSearch, ProcedureSelect, VillageSelect } from '../components/Filters'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { formatDate } from '../lib/dates'
import { useTitle } from '../lib/hooks'

const route = getRouteApi('/staff/cases')

/** 案件查询: all cases of my area. */
export function Cases() {
  useTitle('案件查询')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const pages = usePages(filter)
  const cases = useQuery(casesQuery(filter, pages.cursor))
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
        <ExportButton list={filter.procedure === 'rectification' ? 'problems' : 'cases'} filter={filter} />
      </div>
      <FilterBar active={Boolean(filter.village || filter.procedure || filter.overdue || filter.open !== undefined)} search={<NameSearch value={filter.q} onChange={(q) => narrow({ q })} />}>
        <VillageSelect value={filter.village} onChange={(village) => narrow({ village })} />
        <ProcedureSelect value={filter.procedure} onChange={(procedure) => narrow({ procedure, state: undefined })} />
        <Standing filter={filter} onChange={narrow} />
        {(filter.dept || filter.opened_from) && <span className="tall muted">另按统计所指的部门或日期</span>}
        <Button type="link" onClick={() => void navigate({ search: {}, replace: true })}>
          清除条件
        </Button>
      </FilterBar>
      <Loaded query={cases}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有符合条件的案件">请放宽或清除条件。</Nothing>
          ) : (
            <>
              <Rows cases={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </div>
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

/** Cases as a table; on the page of a household without its name and place. */
export function Rows({ cases, ofHousehold = false }: { cases: CaseSummary[]; ofHousehold?: boolean }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">案件</th>
          {!ofHousehold && <th scope="col">区划</th>}
          <th scope="col">当前环节</th>
          <th scope="col">时限</th>
          <th scope="col">立案</th>
        </tr>
      </thead>
      <tbody>
        {cases.map((c) => (
          <tr key={c.id}>
            <td>
              <Link className="main-link" to="/cases/$id" params={{ id: c.id }} search={{}}>
                {c.household && !ofHousehold ? `${c.household.head_name} · ` : ''}
                {c.procedure_title}
              </Link>
              {c.brief && <div>{c.brief}</div>}
              <div className="small num">
                {c.no}
                {c.dept_title && ` · ${c.dept_title}`}
              </div>
            </td>
            {!ofHousehold && <td data-label="区划">{c.region_name}</td>}
            <td data-label="环节">
              <span className={`tag ${c.final ? '' : 'info'}`}>{c.state_title}</span>
            </td>
            <td>{c.final ? <span className="muted">已办结</span> : <Deadline due={c.due_at} />}</td>
            <td data-label="立案" className="num nowrap">
              {formatDate(c.opened_at)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
