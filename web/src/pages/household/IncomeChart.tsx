import type { HouseholdIncome } from '../../api/house'
import { usePhone } from '../../lib/hooks'

const parts = [
  { key: 'wage', title: '工资性', tone: '#0b5394' },
  { key: 'production', title: '生产经营性', tone: '#1f7a3d' },
  { key: 'property', title: '财产性', tone: '#8a5200' },
  { key: 'transfer', title: '转移性', tone: '#7b5aa6' },
] as const

/** What is drawn where nobody has broken the incomes down. */
const whole = [{ key: 'per_head', title: '人均纯收入', tone: '#0b5394' }] as const

type Part = (typeof parts)[number] | (typeof whole)[number]

const height = 240
const foot = 26
const left = 56

/** Yuan with separators; what is not on record is a dash. */
export const yuan = (fen: number | undefined) => (fen === undefined ? '—' : (fen / 100).toLocaleString('zh-CN', { maximumFractionDigits: 2 }))

const sumOf = (y: HouseholdIncome, of: readonly Part[]) => of.reduce((sum, p) => sum + Math.max(0, y[p.key] ?? 0), 0)

/** The incomes of a household over the years: a bar of its parts for each, or of the income per head, and all of it as a table. */
export function IncomeChart({ years }: { years: HouseholdIncome[] }) {
  const width = usePhone() ? 340 : 720
  const drawn: readonly Part[] = years.some((y) => sumOf(y, parts) > 0) ? parts : whole
  const totals = years.map((y) => sumOf(y, drawn))
  const top = Math.max(...totals)
  return (
    <figure>
      {top > 0 && <Bars years={years} drawn={drawn} totals={totals} top={top} width={width} />}
      {top > 0 && (
        <ul className="legend" aria-hidden>
          {drawn.map((p) => (
            <li key={p.key}>
              <svg width="14" height="14">
                <rect width="14" height="14" fill={p.tone} />
              </svg>{' '}
              {p.title}
            </li>
          ))}
        </ul>
      )}
      <p className="small muted">单位：元</p>
      <table className="list">
        <caption className="unseen">历年收入（元）</caption>
        <thead>
          <tr>
            <th scope="col">年度</th>
            {parts.map((p) => (
              <th key={p.key} scope="col">
                {p.title}
              </th>
            ))}
            <th scope="col">经营性支出</th>
            <th scope="col">人均纯收入</th>
          </tr>
        </thead>
        <tbody>
          {years.map((y) => (
            <tr key={y.year}>
              <td className="num">
                <strong>{y.year}</strong>
              </td>
              {parts.map((p) => (
                <td key={p.key} data-label={p.title} className="num">
                  {yuan(y[p.key])}
                </td>
              ))}
              <td data-label="经营性支出" className="num">
                {yuan(y.production_expense)}
              </td>
              <td data-label="人均纯收入" className="num">
                {yuan(y.per_head)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  )
}

function Bars({ years, drawn, totals, top, width }: { years: HouseholdIncome[]; drawn: readonly Part[]; totals: number[]; top: number; width: number }) {
  const step = (width - left - 8) / years.length
  const bar = Math.min(64, step * 0.6)
  const size = (fen: number) => (Math.max(0, fen) / top) * (height - foot - 22)
  const words = years.map((y, i) => `${y.year} 年 ${yuan(totals[i])} 元`).join('，')
  return (
    <svg className="bars" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={`各年${drawn === whole ? '人均纯收入' : '收入合计'}：${words}`}>
      <line x1={left} y1={height - foot} x2={width - 8} y2={height - foot} className="axis" />
      {years.map((y, i) => {
        let up = height - foot
        const x = left + step * i + (step - bar) / 2
        return (
          <g key={y.year}>
            {drawn.map((p) => {
              const h = size(y[p.key] ?? 0)
              up -= h
              return h > 0 && <rect key={p.key} x={x} y={up} width={bar} height={h} fill={p.tone} />
            })}
            <text x={x + bar / 2} y={up - 5} textAnchor="middle">
              {yuan(totals[i])}
            </text>
            <text x={x + bar / 2} y={height - 7} textAnchor="middle">
              {y.year}
            </text>
          </g>
        )
      })}
    </svg>
  )
}
