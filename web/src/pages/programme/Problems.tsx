import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { type ProblemFilter, problemParams, programmeProblemsQuery } from '../../api/problems'
import type { ProgrammeDetail, ProgrammeProblem } from '../../api/types'
import { ExportButton } from '../../components/ExportButton'
import { Loaded, Nothing } from '../../components/PageState'
import { counted, Pager, usePages } from '../../components/Pager'

const route = getRouteApi('/staff/programmes/$id')

/** The problems of a programme that I reach, the most urgent first. */
export function Problems({ detail }: { detail: ProgrammeDetail }) {
  const { id } = detail.programme
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const pages = usePages(filter)
  const problems = useQuery(programmeProblemsQuery(id, filter, pages.cursor))
  // Counted with the first page, which is at hand while one turns the pages.
  const first = useQueryClient().getQueryData(programmeProblemsQuery(id, filter).queryKey)
  const total = first?.total
  const narrow = (search: ProblemFilter) => void navigate({ search, replace: true, resetScroll: false })
  const narrowed = Object.values(filter).some(Boolean)
  return (
    <section className="panel" id="problems" aria-label="问题">
      <div className="panel-head">
        <h2>问题</h2>
        {total !== undefined && (
          <span className="muted num">
            共 {counted(total)}
            {first?.overdue ? `，其中逾期 ${first.overdue} 件` : ''}
          </span>
        )}
        <ExportButton list="programme_problems" filter={{ ...problemParams(filter), id }} />
      </div>
      <div className="filters">
        <Choice id="village" title="村（镇）" value={filter.village} options={detail.progress.villages} onChange={(village) => narrow({ ...filter, village })} />
        <Choice id="responsible" title="责任人" value={filter.responsible} options={detail.progress.responsible} onChange={(responsible) => narrow({ ...filter, responsible })} />
        <Choice id="class" title="整改类别" value={filter.class} options={[...detail.classes, { code: '', title: '尚未交办' }]} onChange={(value) => narrow({ ...filter, class: value })} />
        <Choice id="state" title="环节" value={filter.state} options={detail.progress.states} onChange={(state) => narrow({ ...filter, state })} />
        <Choice
          id="standing"
          title="情况"
          value={filter.standing}
          options={[
            { code: 'open', title: '未完成' },
            { code: 'overdue', title: '逾期' },
          ]}
          onChange={(standing) => narrow({ ...filter, standing: standing as ProblemFilter['standing'] })}
        />
        {narrowed && (
          <Button type="link" onClick={() => narrow({})}>
            清除条件
          </Button>
        )}
      </div>
      <Loaded query={problems}>
        {({ items, next_cursor }) =>
          items.length === 0 ? (
            narrowed ? (
              <Nothing title="没有符合条件的问题">请放宽或清除条件。</Nothing>
            ) : (
              <Nothing title="还没有问题">可以导入工作簿，或者逐件登记。</Nothing>
            )
          ) : (
            <>
              <ProblemRows items={items} />
              <Pager pages={pages} next={next_cursor} count={items.length} total={total} />
            </>
          )
        }
      </Loaded>
    </section>
  )
}

/** One of what the problems of the programme have, or any; - stands for none yet. */
function Choice({ id, title, value, options, onChange }: { id: string; title: string; value?: string; options: { code: string; title: string }[]; onChange: (value?: string) => void }) {
  return (
    <label htmlFor={`problem-${id}`}>
      {title}
      <Select
        id={`problem-${id}`}
        style={{ minWidth: '9rem' }}
        value={value ?? ''}
        popupMatchSelectWidth={false}
        showSearch={{ optionFilterProp: 'label' }}
        options={[{ value: '', label: '全部' }, ...options.map((o) => ({ value: o.code || '-', label: o.title || '尚未交办' }))]}
        onChange={(v) => onChange(v || undefined)}
      />
    </label>
  )
}

/** Problems as a table, each leading to its case. */
export function ProblemRows({ items }: { items: ProgrammeProblem[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">问题</th>
          <th scope="col">地区</th>
          <th scope="col">环节</th>
          <th scope="col">责任人</th>
          <th scope="col">整改期限</th>
        </tr>
      </thead>
      <tbody>
        {items.map((p) => (
          <tr key={p.case.id} data-problem={p.case.id}>
            <td>
              <Link className="main-link" to="/cases/$id" params={{ id: p.case.id }} search={{}}>
                {p.brief}
              </Link>
              <div className="small">{[p.case.no, p.class_title, ...p.case.flags.map((f) => f.title)].filter(Boolean).join(' · ')}</div>
            </td>
            <td data-label="地区">{p.case.region_name}</td>
            <td data-label="环节">{p.case.state_title}</td>
            <td data-label="责任人">{p.responsible || '尚未交办'}</td>
            <td data-label="整改期限" className="num">
              {p.due_on ?? '—'}
              {p.due_overdue && <strong className="late">　逾期{p.level_title && `，已${p.level_title}`}</strong>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
