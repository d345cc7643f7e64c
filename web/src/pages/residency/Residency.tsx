import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Button } from 'antd'
import { useState } from 'react'
import { type Residency, type ResidencyFilter, residencyQuery } from '../../api/admin'
import { MonthInput } from '../../components/fields/DateInput'
import { VillageSelect } from '../../components/Filters'
import { Loaded, Nothing } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { useTitle } from '../../lib/hooks'
import { RecordForm } from './RecordForm'
import './residency.css'
import { standing, tally } from './standing'

const route = getRouteApi('/staff/residency')

/** 驻村履职: what the members of the resident teams did in a month, and what its check finds. */
export function ResidencyPage() {
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  return <ResidencyView filter={filter} onFilter={(search) => void navigate({ search, replace: true })} />
}

export function ResidencyView({ filter, onFilter }: { filter: ResidencyFilter; onFilter: (filter: ResidencyFilter) => void }) {
  useTitle('驻村履职')
  const residency = useQuery(residencyQuery(filter))
  const [recording, setRecording] = useState<string>()
  const of = residency.data?.items.find((r) => keyOf(r) === recording)
  const narrow = (next: ResidencyFilter) => {
    setRecording(undefined)
    onFilter(next)
  }
  return (
    <div className="page">
      <div className="page-head">
        <h1>驻村履职</h1>
        <span className="muted">每月登记一次；检查结果只作提示，不引起任何处理</span>
      </div>
      <div className="filters">
        <label htmlFor="residency-month">
          月份
          <MonthInput id="residency-month" value={filter.month ?? residency.data?.month} onChange={(month) => narrow({ ...filter, month })} />
        </label>
        <VillageSelect value={filter.village} onChange={(village) => narrow({ ...filter, village })} />
      </div>
      <Loaded query={residency}>
        {({ month, items }) => (
          <>
            {of && <RecordForm key={keyOf(of) + month} of={of} month={month} onDone={() => setRecording(undefined)} />}
            {items.length === 0 ? (
              <Nothing title="这个月没有驻村人员">驻村工作队员、第一书记（工作队长）的岗位由安全管理员在“账号岗位”中授予。</Nothing>
            ) : (
              <>
                <p className="gap" role="status">
                  {month}：{tally(items)}
                </p>
                <Teams items={items} onRecord={(r) => setRecording(keyOf(r))} />
              </>
            )}
          </>
        )}
      </Loaded>
    </div>
  )
}

/** One person may serve in two villages. */
const keyOf = (r: Residency) => `${r.user.id} ${r.region_code}`

function Teams({ items, onRecord }: { items: Residency[]; onRecord: (r: Residency) => void }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">队员</th>
          <th scope="col">所驻的村</th>
          <th scope="col">驻村天数</th>
          <th scope="col">检查结果</th>
          <th scope="col">登记</th>
          <th scope="col">操作</th>
        </tr>
      </thead>
      <tbody>
        {items.map((r) => (
          <tr key={keyOf(r)} data-resident={r.user.id}>
            <td>
              <strong>{r.user.name}</strong>
              <div className="small">{r.role_title}</div>
            </td>
            <td data-label="所驻的村">{r.region_name}</td>
            <td data-label="驻村天数" className="num">
              {r.record ? `${r.record.days} 天` : '—'}
            </td>
            <td data-label="检查结果">
              <Findings of={r} />
              {r.record?.note && <div className="small">备注：{r.record.note}</div>}
            </td>
            <td data-label="登记" className="small">
              {r.record ? (
                <>
                  {r.record.recorded_by}
                  <div className="num nowrap">{formatTime(r.record.recorded_at)}</div>
                </>
              ) : (
                '—'
              )}
            </td>
            <td className="row-acts">
              {r.can_record && (
                <Button onClick={() => onRecord(r)} aria-label={`${r.record ? '更正' : '登记'} ${r.user.name} 的履职`}>
                  {r.record ? '更正' : '登记'}
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Findings({ of: r }: { of: Residency }) {
  const { tone, word } = standing(r)
  return (
    <>
      <span className={`tag ${tone}`}>{word}</span>
      {r.findings.length > 0 && (
        <ul className="resident-findings">
          {r.findings.map((f) => (
            <li key={f.code}>{f.message}</li>
          ))}
        </ul>
      )}
    </>
  )
}
