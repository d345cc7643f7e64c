import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { CampaignLine } from '../../api/types'
import './cockpit.css'

const columns = [
  { key: 'assigned', title: '分派' },
  { key: 'visited', title: '已入户' },
  { key: 'handed_in', title: '已上交' },
  { key: 'passed', title: '已审核' },
  { key: 'returned', title: '退回' },
] as const

type Order = (typeof columns)[number]['key'] | 'share' | 'title'

/** How much of what was given out has come back, in whole percents; nothing given out is nothing missing. */
export const shareOf = (l: CampaignLine) => (l.assigned === 0 ? 100 : Math.floor((Math.min(l.handed_in, l.assigned) / l.assigned) * 100))

const value = (l: CampaignLine, by: Order) => (by === 'share' ? shareOf(l) : by === 'title' ? l.title : l[by])

function compare(a: CampaignLine, b: CampaignLine, by: Order): number {
  const [x, y] = [value(a, by), value(b, by)]
  return typeof x === 'string' ? x.localeCompare(String(y), 'zh-CN') : x - Number(y)
}

interface Props {
  title: string
  /** What a line stands for; its name leads to the households behind it. */
  kind: 'village' | 'surveyor'
  id: string
  lines: CampaignLine[]
}

/** Coverage by village or by surveyor: put in order by any column, each line leading to its households. */
export function ProgressLines({ title, kind, id, lines }: Props) {
  const [order, setOrder] = useState<{ by: Order; down: boolean }>({ by: 'share', down: false })
  if (lines.length === 0) return null
  const sorted = [...lines].sort((a, b) => compare(a, b, order.by) * (order.down ? -1 : 1) || a.code.localeCompare(b.code))
  const head = (by: Order, text: string) => (
    <th key={by} scope="col" aria-sort={order.by !== by ? undefined : order.down ? 'descending' : 'ascending'}>
      <button type="button" className="sorter" onClick={() => setOrder({ by, down: order.by === by ? !order.down : by !== 'title' && by !== 'share' })}>
        {text}
        <span aria-hidden>{order.by === by ? (order.down ? ' ↓' : ' ↑') : ''}</span>
      </button>
    </th>
  )
  return (
    <table className="list progress-lines">
      <caption className="unseen">{title}的进度，可按各列排序</caption>
      <thead>
        <tr>
          {head('title', title)}
          {head('share', '覆盖率')}
          {columns.map((c) => head(c.key, c.title))}
        </tr>
      </thead>
      <tbody>
        {sorted.map((l) => (
          <tr key={l.code} data-line={l.code || '-'}>
            <td>
              <Link className="underlined" to="/cases/$id" params={{ id }} search={{ tab: 'cockpit', [kind]: l.code || '-' }} hash="coverage">
                {l.title}
              </Link>
            </td>
            <td data-label="覆盖率" className="num nowrap">
              <Bar share={shareOf(l)} /> {shareOf(l)}%{l.handed_in < l.assigned && <span className="muted">　差 {l.assigned - l.handed_in} 户</span>}
            </td>
            {columns.map((c) => (
              <td key={c.key} data-label={c.title} className="num">
                {l[c.key]}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Bar({ share }: { share: number }) {
  return (
    <svg className="cover" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden>
      <rect width="100" height="10" fill="#dde3e9" />
      <rect width={share} height="10" fill={share === 100 ? '#1f7a3d' : '#0b5394'} />
    </svg>
  )
}
