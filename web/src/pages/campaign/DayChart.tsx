import type { CampaignDay } from '../../api/types'
import { usePhone } from '../../lib/hooks'
import './cockpit.css'

const height = 220
const left = 44
const foot = 24

const series = [
  { key: 'visited', title: '已入户', tone: '#0b5394', dash: undefined },
  { key: 'handed_in', title: '已上交', tone: '#8a5200', dash: '6 4' },
  { key: 'passed', title: '已审核', tone: '#1f7a3d', dash: '2 3' },
] as const

/** The progress of a campaign day by day against all its households; the same numbers stand in the table below. */
export function DayChart({ days, households }: { days: CampaignDay[]; households: number }) {
  const width = usePhone() ? 340 : 720
  const last = days[days.length - 1]
  if (!last || days.length < 2) return null
  const top = Math.max(1, households, ...days.map((d) => Math.max(d.visited, d.handed_in, d.passed)))
  const x = (i: number) => left + (i / (days.length - 1)) * (width - left - 8)
  const y = (n: number) => 8 + (1 - n / top) * (height - foot - 8)
  return (
    <figure>
      <svg className="days" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`到 ${last.day}，${households} 户中已入户 ${last.visited} 户，已上交 ${last.handed_in} 户，已审核 ${last.passed} 户`}>
        <line x1={left} y1={y(0)} x2={width - 8} y2={y(0)} stroke="#8a97a5" />
        <line x1={left} y1={y(households)} x2={width - 8} y2={y(households)} stroke="#8a97a5" strokeDasharray="1 3" />
        <text x={left - 6} y={y(households) + 5} textAnchor="end">
          {households}
        </text>
        <text x={left - 6} y={y(0) + 5} textAnchor="end">
          0
        </text>
        <text x={left} y={height - 4}>
          {days[0]?.day}
        </text>
        <text x={width - 8} y={height - 4} textAnchor="end">
          {last.day}
        </text>
        {series.map((s) => (
          <polyline key={s.key} points={days.map((d, i) => `${x(i).toFixed(1)},${y(d[s.key]).toFixed(1)}`).join(' ')} fill="none" stroke={s.tone} strokeWidth={2.5} strokeDasharray={s.dash} />
        ))}
      </svg>
      <ul className="legend-lines" aria-hidden>
        {series.map((s) => (
          <li key={s.key}>
            <svg width="28" height="10">
              <line x1="0" y1="5" x2="28" y2="5" stroke={s.tone} strokeWidth={3} strokeDasharray={s.dash} />
            </svg>{' '}
            {s.title}
          </li>
        ))}
      </ul>
    </figure>
  )
}
