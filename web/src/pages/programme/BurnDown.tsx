import type { ProgressDay } from '../../api/types'
import { usePhone } from '../../lib/hooks'

const height = 220
const left = 36
const foot = 24

/** Open problems day by day against what may still be open by their limits. The numbers stand in words below. */
export function BurnDown({ days, cutOff }: { days: ProgressDay[]; cutOff?: string }) {
  const width = usePhone() ? 340 : 720 // letters keep their size
  if (days.length === 0) return <p className="muted">还没有问题。</p>
  const top = Math.max(1, ...days.map((d) => Math.max(d.open ?? 0, d.planned)))
  const x = (i: number) => left + (days.length === 1 ? 0 : (i / (days.length - 1)) * (width - left - 8))
  const y = (n: number) => 8 + (1 - n / top) * (height - foot - 8)
  const path = (of: (d: ProgressDay) => number | undefined) =>
    days
      .flatMap((d, i) => {
        const n = of(d)
        return n === undefined ? [] : [`${x(i).toFixed(1)},${y(n).toFixed(1)}`]
      })
      .join(' ')
  const known = days.filter((d) => d.open !== undefined)
  const last = known[known.length - 1]
  const end = cutOff === undefined ? -1 : days.findIndex((d) => d.day === cutOff)
  const words = last ? `${last.day} 未完成 ${last.open} 件，按期限此时应不超过 ${last.planned} 件` : ''
  return (
    <figure>
      <svg className="burn" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={words}>
        <line x1={left} y1={y(0)} x2={width - 8} y2={y(0)} className="axis" />
        <text x={left - 6} y={y(top) + 5} textAnchor="end">
          {top}
        </text>
        <text x={left - 6} y={y(0) + 5} textAnchor="end">
          0
        </text>
        <text x={left} y={height - 4}>
          {days[0]?.day}
        </text>
        <text x={width - 8} y={height - 4} textAnchor="end">
          {days[days.length - 1]?.day}
        </text>
        {end >= 0 && <line x1={x(end)} y1={8} x2={x(end)} y2={y(0)} className="cut-off" />}
        <polyline points={path((d) => d.planned)} className="planned" />
        <polyline points={path((d) => d.open)} className="actual" />
      </svg>
      <figcaption className="muted">
        {words}。实线为实际未完成，虚线为按各自期限应剩余{end >= 0 ? '，竖线为截止日期' : ''}。
      </figcaption>
    </figure>
  )
}
