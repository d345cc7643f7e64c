import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { type ReactNode, useState } from 'react'
import { type CaseFilter, type FigureProblemFilter, figureProblemsQuery, figuresQuery } from '../api/queries'
import type { ExportInput, FiguresOf } from '../api/types'
import { ExportButton } from '../components/ExportButton'
import { VillageSelect } from '../components/Filters'
import { Loaded, Nothing } from '../components/PageState'
import { useTitle } from '../lib/hooks'
import { BurnDown } from './programme/BurnDown'
import { ProblemRows } from './programme/Problems'

const route = getRouteApi('/staff/figures')

/** 统计: what my area is at, from the same tables as the inbox. */
export function FiguresPage() {
  useTitle('统计')
  const { region } = route.useSearch()
  const navigate = route.useNavigate()
  const figures = useQuery(figuresQuery(region))
  return (
    <div className="page">
      <div className="page-head">
        <h1>统计</h1>
        <span className="muted">只计本人辖区，与待办同一来源</span>
      </div>
      <div className="filters gap">
        <VillageSelect value={region} onChange={(code) => void navigate({ search: { region: code }, replace: true })} />
      </div>
      <Loaded query={figures}>{(f) => <Sections figures={f} region={region} />}</Loaded>
    </div>
  )
}

export function Sections({ figures: f, region }: { figures: FiguresOf; region?: string }) {
  const all = { village: region }
  const table = { filter: { region } }
  const [shown, setShown] = useState<FigureProblemFilter>()
  return (
    <>
      <Table
        {...table}
        title="各环节在办"
        list="figures_stages"
        heads={['程序', '环节', '在办', '逾期']}
        rows={f.stages.map((s) => {
          const of = { ...all, procedure: s.procedure, state: s.state }
          return { key: `${s.procedure}/${s.state}`, cells: [s.procedure_title, s.state_title, <Count key="open" n={s.open} of={{ ...of, open: true }} />, <Count key="late" n={s.overdue} of={{ ...of, overdue: true }} />] }
        })}
      />
      <div className="halves">
        <Table
          {...table}
          title="各村在办"
          list="figures_villages"
          heads={['村', '在办', '逾期']}
          rows={f.villages.map((v) => ({ key: v.code, cells: [v.title, <Count key="open" n={v.open} of={{ village: v.code, open: true }} />, <Count key="late" n={v.overdue} of={{ village: v.code, overdue: true }} />] }))}
        />
        <Table
          {...table}
          title="排查进度"
          list="figures_campaigns"
          heads={['行动', '村', '户数', '已有结果']}
          rows={f.campaigns.map((c) => ({
            key: c.id + c.code,
            cells: [
              c.can_open ? (
                <Link key="title" to="/cases/$id" params={{ id: c.id }} search={{ tab: 'cockpit', village: c.code }}>
                  {c.title}
                </Link>
              ) : (
                c.title
              ),
              c.region_name,
              c.households,
              c.done,
            ],
          }))}
        />
      </div>
      <Table
        {...table}
        title={`风险类型（户，不足${f.risk_minimum}户的不显示）`}
        list="figures_risks"
        heads={['风险', '监测户']}
        rows={f.risks.map((r) => ({ key: r.code, cells: [r.title, r.masked ? '—' : (r.households ?? 0)] }))}
      />
      <Table
        {...table}
        title="部门比对时效（近一年）"
        list="figures_departments"
        heads={['部门', '送达', '已答复', '逾期', '中位数（天）', '九成以内（天）']}
        rows={f.departments.map((d) => ({
          key: d.code,
          cells: [d.title, <Count key="asked" n={d.asked} of={{ ...all, procedure: 'dept_comparison', dept: d.code, opened_from: f.since }} />, d.answered, d.overdue, d.answered ? d.median_days : '—', d.answered ? d.p90_days : '—'],
        }))}
      />
      <section className="panel">
        <div className="panel-head">
          <h2>问题整改</h2>
          <ExportButton list="figures_days" filter={table.filter} />
        </div>
        <p>
          共 <Shown n={f.rectification.total} of={{ region }} onShow={setShown} /> 件，未完成 <Shown n={f.rectification.open} of={{ region, standing: 'open' }} onShow={setShown} /> 件，逾期{' '}
          <Shown n={f.rectification.overdue} of={{ region, standing: 'overdue' }} onShow={setShown} /> 件，已完成 <Shown n={f.rectification.done} of={{ region, standing: 'done' }} onShow={setShown} /> 件
        </p>
        <BurnDown days={f.burn_down} />
      </section>
      <div className="halves">
        <Progress {...table} title="按整改类别" list="figures_classes" first="类别" of={(code) => ({ region, class: code })} onShow={setShown} lines={f.rectification.classes} />
        <Progress {...table} title="按问题对象" list="figures_levels" first="对象" of={(code) => ({ region, level: code })} onShow={setShown} lines={f.rectification.levels} />
      </div>
      {shown && <Counted filter={shown} onClose={() => setShown(undefined)} />}
    </>
  )
}

/** A number that leads to the cases it counts. */
function Count({ n, of }: { n: number; of: CaseFilter }) {
  if (n === 0) return 0
  return (
    <Link to="/cases" search={of}>
      {n}
    </Link>
  )
}

interface TableProps {
  title: string
  list: ExportInput['list']
  filter: object
}

/** A number that shows below which problems it counts. */
function Shown({ n, of, onShow }: { n: number; of: FigureProblemFilter; onShow: (of: FigureProblemFilter) => void }) {
  if (n === 0) return 0
  return (
    <Button type="link" className="in-text" onClick={() => onShow(of)}>
      {n}
    </Button>
  )
}

/** The problems that a number counts. */
function Counted({ filter, onClose }: { filter: FigureProblemFilter; onClose: () => void }) {
  const problems = useQuery(figureProblemsQuery(filter))
  return (
    <section className="panel" aria-label="所计的问题">
      <div className="panel-head">
        <h2>所计的问题{problems.data && `（${problems.data.items.length} 件）`}</h2>
        <span className="acts">
          <ExportButton list="figures_problems" filter={filter} />
          <Button onClick={onClose}>收起</Button>
        </span>
      </div>
      <Loaded query={problems}>{({ items }) => (items.length === 0 ? <Nothing title="没有" /> : <ProblemRows items={items} />)}</Loaded>
    </section>
  )
}

interface ProgressProps extends TableProps {
  first: string
  lines: FiguresOf['rectification']['classes']
  of: (code: string) => FigureProblemFilter
  onShow: (of: FigureProblemFilter) => void
}

function Progress({ first, lines, of, onShow, ...rest }: ProgressProps) {
  const rows = lines.map((l) => {
    const here = of(l.code || '-')
    const cell = (name: string, n: number, standing?: FigureProblemFilter['standing']) => <Shown key={name} n={n} of={{ ...here, standing }} onShow={onShow} />
    return { key: l.code, cells: [l.title, cell('total', l.total), cell('open', l.open, 'open'), cell('late', l.overdue, 'overdue'), cell('done', l.done, 'done')] }
  })
  return <Table {...rest} heads={[first, '问题', '未完成', '逾期', '已完成']} rows={rows} />
}

function Table({ title, list, filter, heads, rows }: TableProps & { heads: string[]; rows: { key: string; cells: ReactNode[] }[] }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{title}</h2>
        <ExportButton list={list} filter={filter} />
      </div>
      {rows.length === 0 ? (
        <p className="muted">没有。</p>
      ) : (
        <table className="list">
          <thead>
            <tr>
              {heads.map((h) => (
                <th key={h} scope="col">
                  {h}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.key}>
                {row.cells.map((cell, i) => (
                  <td key={heads[i]} data-label={heads[i]} className={typeof cell === 'string' ? undefined : 'num'}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
