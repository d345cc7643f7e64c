import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { asOfQuery } from '../../api/queries'
import { DateTimeInput } from '../../components/fields/DateInput'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { Entries } from './TimelinePanel'
import { FactList } from './FactsPanel'

/** 历史时点: the case as it stood at any past moment. */
export default function AsOfPanel({ id, openedAt }: { id: string; openedAt: string }) {
  const [at, setAt] = useState<string>()
  return (
    <>
      <div className="filters">
        <label htmlFor="asof-at" className="wide">
          查看此刻的案件（立案于 {formatTime(openedAt)}）
          <DateTimeInput id="asof-at" value={at} onChange={setAt} />
        </label>
      </div>
      {at ? <Past id={id} at={endOfMinute(at)} /> : <p className="muted">请选择一个时刻，系统按当时已有的记录还原案件。</p>}
    </>
  )
}

/** The picker knows minutes; what was recorded within the chosen one belongs to it. */
const endOfMinute = (at: string) => at.replace(/:00\+08:00$/, ':59+08:00')

function Past({ id, at }: { id: string; at: string }) {
  const past = useQuery(asOfQuery(id, at))
  return (
    <Loaded query={past}>
      {(p) => (
        <>
          <p className="gap">
            {formatTime(p.at)} 时，本事项处于 <strong>{p.state_title}</strong>，已有 {p.seq} 条记录。
          </p>
          {p.clocks.length > 0 && (
            <ul className="gap">
              {p.clocks.map((c) => (
                <li key={c.code + (c.started_at ?? '')} className="num">
                  {c.title}：{c.due_at ? `应于 ${formatTime(c.due_at)} 前` : '—'} {c.overdue && <span className="tag over">超期</span>}
                </li>
              ))}
            </ul>
          )}
          {p.facts.length > 0 && <FactList facts={p.facts} />}
          <h3 className="gap">当时的流转记录</h3>
          <Entries items={[...p.timeline].reverse()} />
        </>
      )}
    </Loaded>
  )
}
