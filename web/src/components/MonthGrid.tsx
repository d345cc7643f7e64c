import type { TdHTMLAttributes } from 'react'
import { weeksOf } from '../lib/calendar'

const weekdays = ['一', '二', '三', '四', '五', '六', '日']

/** A month as a table of its weeks, Monday first. cell tells what stands on a day; days of other months are left empty. */
export function MonthGrid({ month, className, caption, cell }: { month: string; className: string; caption?: string; cell: (day: string) => TdHTMLAttributes<HTMLTableCellElement> }) {
  return (
    <table className={className}>
      {caption && <caption className="unseen">{caption}</caption>}
      <thead>
        <tr>
          {weekdays.map((d) => (
            <th key={d} scope="col" abbr={`星期${d}`}>
              {d}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeksOf(month).map((week, i) => (
          <tr key={i}>
            {week.map((day, j) => (
              <td key={day ?? `${i}-${j}`} {...(day ? cell(day) : {})} />
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
