import type { Household } from '../api/types'
import { formatDate as day } from '../lib/dates'

/** 监测历程: how the status of a household has moved, and for which times it was monitored. */
export function LifeLine({ household: h }: { household: Household }) {
  if (h.life.length === 0) return <p className="muted">未纳入过监测。</p>
  return (
    <>
      <ol className="lifeline">
        {h.life.map((m) => (
          <li key={m.at + m.event} className={m.state}>
            <time dateTime={m.at}>{day(m.at)}</time> {m.title} <span className="tag">{m.state_title}</span>
          </li>
        ))}
      </ol>
      {h.episodes.length > 0 && (
        <ul className="plain">
          {h.episodes.map((e) => (
            <li key={e.no}>
              第 {e.no} 次监测：{e.category}，{day(e.opened_at)} 纳入
              {e.rolled_back_at && `，${day(e.rolled_back_at)} 回退`}
              {e.closed_on && `，${day(e.closed_on)} ${e.method ?? '消除风险'}`}
              {e.revoked_at && `，${day(e.revoked_at)} 错纳撤销`}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
