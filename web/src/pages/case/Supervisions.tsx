import type { Supervision } from '../../api/types'
import { formatTime } from '../../lib/dates'

/** 督办通知 of the case: why and by whom each was issued, and whether it was answered. */
export function Supervisions({ notices }: { notices: Supervision[] }) {
  if (notices.length === 0) return null
  return (
    <section className="panel">
      <h2>督办通知</h2>
      <ul>
        {notices.map((n) => (
          <li key={n.no} className="clock" data-supervision={n.no}>
            <div className="clock-head">
              <strong>{n.reason}</strong>
              {n.replied_at ? <span className="tag normal">已回复</span> : <span className="tag near">待回复</span>}
            </div>
            <p className="muted num">
              {n.no}
              {n.due_on && `，限 ${n.due_on} 前整改`}
              <br />
              {n.issued_by} {formatTime(n.issued_at)} 发出
              {n.replied_at && `；${formatTime(n.replied_at)} 回复`}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
