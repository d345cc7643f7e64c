import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button, Select } from 'antd'
import { useState } from 'react'
import { runsQuery } from '../api/queries'
import type { Run } from '../api/types'
import { ExportButton } from '../components/ExportButton'
import { LinkButton } from '../components/LinkButton'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'
import { StartRun } from './runs/StartRun'
import { kindTitles, outcome, stateTitles } from './runs/words'

/** 数据检查和风险排查: the runs over my area, and a new one for an office. */
export function Runs() {
  useTitle('数据检查和风险排查')
  const [kind, setKind] = useState<Run['kind']>()
  const [starting, setStarting] = useState(false)
  const pages = usePages(kind)
  const runs = useQuery(runsQuery(kind, pages.cursor))
  const offices = runs.data?.can_start ?? []
  return (
    <div className="page">
      <div className="page-head">
        <h1>数据检查和风险排查</h1>
        <span className="muted">每夜自动检查有变动的户，也可以随时开始一次</span>
        <span className="acts">
          <ExportButton list="runs" filter={{ kind }} />
          <LinkButton to="/rules">本地规则</LinkButton>
          {offices.length > 0 && !starting && (
            <Button type="primary" onClick={() => setStarting(true)}>
              开始检查
            </Button>
          )}
        </span>
      </div>
      {starting && <StartRun offices={offices} onClose={() => setStarting(false)} />}
      <div className="filters">
        <label htmlFor="run-kind">
          类别
          <Select<Run['kind'] | ''> id="run-kind" style={{ minWidth: '11rem' }} value={kind ?? ''} options={[{ value: '', label: '全部' }, ...Object.entries(kindTitles).map(([value, label]) => ({ value: value as Run['kind'], label }))]} onChange={(v) => setKind(v || undefined)} />
        </label>
      </div>
      <Loaded query={runs}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="还没有检查过" />
          ) : (
            <>
              <Rows runs={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function Rows({ runs }: { runs: Run[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">检查</th>
          <th scope="col">开始</th>
          <th scope="col">进度</th>
          <th scope="col">结果</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((r) => (
          <tr key={r.id} data-run={r.id}>
            <td>
              <Link className="main-link" to="/runs/$id" params={{ id: r.id }} search={{}}>
                {r.region_name} · {kindTitles[r.kind]}
              </Link>
              <div className="small">
                {r.asked_by || '夜间自动'}
                {r.full && r.kind !== 'trial' && ' · 全部重查'}
              </div>
            </td>
            <td data-label="开始" className="num">
              {formatTime(r.started_at ?? r.created_at)}
            </td>
            <td data-label="进度" className="num">
              {stateTitles[r.state]} {r.passed}/{r.total} 户
            </td>
            <td data-label="结果">{outcome(r)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
