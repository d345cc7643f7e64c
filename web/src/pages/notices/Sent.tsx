import type { Delivery } from '../../api/notices'
import { formatTime } from '../../lib/dates'

const tags = { sent: 'normal', failed: 'over', waiting: 'info', dropped: '' } as const

/** How it went with one delivery. */
export function Outcome({ of: d }: { of: Delivery }) {
  return (
    <>
      <span className={`tag ${tags[d.state]}`}>{d.state_title}</span>{' '}
      {d.fault && d.state !== 'sent' && `${d.fault} · `}
      {d.state !== 'dropped' && <span className="num">{formatTime(d.at)}</span>}
    </>
  )
}

/** Where a message has gone besides. */
export function Sent({ list }: { list: Delivery[] | undefined }) {
  if (!list?.length) return null
  return (
    <ul className="sent" aria-label="还送到">
      {list.map((d) => (
        <li key={`${d.way}${d.title}${d.digest ?? ''}`}>
          {d.title}
          {d.digest ? '（晨报）' : ''}：<Outcome of={d} />
        </li>
      ))}
    </ul>
  )
}
