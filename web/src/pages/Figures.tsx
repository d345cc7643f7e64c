import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { figuresQuery } from '../api/queries'
import type { FiguresOf } from '../api/types'
import { VillageSelect } from '../components/Filters'
import { Loaded } from '../components/PageState'
import { useTitle } from '../lib/hooks'
import { BurnDown } from './programme/BurnDown'

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
      <Loaded query={figures}>{(f) => <Sections figures={f} />}</Loaded>
    </div>
  )
}

export function Sections({ figures: f }: { figures: FiguresOf }) {
  return (
    <>
      <Table title="各环节在办" heads={['程序', '环节', '在办', '逾期']} rows={f.stages.map((s) => [s.procedure_title, s.state_title, s.open, s.overdue])} />
      <div className="halves">
        <Table title="各村在办" heads={['村', '在办', '逾期']} rows={f.villages.map((v) => [v.title, v.open, v.overdue])} />
        <Table title="排查进度" heads={['行动', '村', '户数', '已有结果']} rows={f.campaigns.map((c) => [c.title, c.region_name, c.households, c.done])} />
      </div>
      <Table title={`风险类型（户，不足${f.risk_minimum}户的不显示）`} heads={['风险', '监测户']} rows={f.risks.map((r) => [r.title, r.masked ? '—' : (r.households ?? 0)])} />
      <Table title="部门比对时效（近一年）" heads={['部门', '送达', '已答复', '逾期', '中位数（天）', '九成以内（天）']} rows={f.departments.map((d) => [d.title, d.asked, d.answered, d.overdue, d.answered ? d.median_days : '—', d.answered ? d.p90_days : '—'])} />
      <section className="panel">
        <h2>问题整改</h2>
        <p>
          共 {f.rectification.total} 件，未完成 {f.rectification.open} 件，逾期 {f.rectification.overdue} 件，已完成 {f.rectification.done} 件
        </p>
        <BurnDown days={f.burn_down} />
      </section>
      <div className="halves">
        <Table title="按整改类别" heads={['类别', '问题', '未完成', '逾期']} rows={f.rectification.classes.map((l) => [l.title, l.total, l.open, l.overdue])} />
        <Table title="按问题对象" heads={['对象', '问题', '未完成', '逾期']} rows={f.rectification.levels.map((l) => [l.title, l.total, l.open, l.overdue])} />
      </div>
    </>
  )
}

function Table({ title, heads, rows }: { title: string; heads: string[]; rows: (string | number)[][] }) {
  return (
    <section className="panel">
      <h2>{title}</h2>
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
              <tr key={row.join('|')}>
                {row.map((cell, i) => (
                  <td key={heads[i]} data-label={heads[i]} className={typeof cell === 'number' ? 'num' : undefined}>
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
