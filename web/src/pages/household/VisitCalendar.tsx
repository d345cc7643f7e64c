import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { useState } from 'react'
import type { HouseholdVisit } from '../../api/house'
import { MonthGrid } from '../../components/MonthGrid'
import { monthAfter } from '../../lib/calendar'
import { inChina } from '../../lib/dates'
import { serverNow } from '../../lib/now'

const marks: Record<HouseholdVisit['standing'], { sign: string; tone: string }> = {
  done: { sign: '✓', tone: 'normal' },
  missed: { sign: '✕', tone: 'over' },
  due: { sign: '!', tone: 'near' },
  ahead: { sign: '·', tone: 'info' },
  excused: { sign: '免', tone: '' },
}

/** The day on which a visit stands in the calendar: the one of the visit, or the last one on which it can be made. */
const dayOf = (v: HouseholdVisit) => v.on ?? v.until ?? ''

/** 走访日历: a month of visits, those that were made, missed and due; the same as a list below. */
export function VisitCalendar({ visits }: { visits: HouseholdVisit[] }) {
  const today = inChina(serverNow()).format('YYYY-MM-DD')
  const [month, setMonth] = useState(() => today.slice(0, 7))
  if (visits.length === 0) return <p className="muted">两年内没有走访任务。</p>
  const here = visits.filter((v) => dayOf(v).startsWith(month))
  const count = (s: HouseholdVisit['standing']) => visits.filter((v) => v.standing === s).length
  return (
    <>
      <p className="gap">
        两年内 {visits.length} 次任务：已走访 {count('done')} 次，逾期 {count('missed')} 次，应走访 {count('due')} 次，未到期 {count('ahead')} 次
      </p>
      <div className="month-head">
        <Button onClick={() => setMonth(monthAfter(month, -1))} aria-label="上一个月">
          ‹
        </Button>
        <strong className="num" aria-live="polite">
          {month.slice(0, 4)} 年 {Number(month.slice(5))} 月
        </strong>
        <Button onClick={() => setMonth(monthAfter(month, 1))} aria-label="下一个月">
          ›
        </Button>
      </div>
      <MonthGrid
        month={month}
        className="month"
        caption={`${month} 的走访`}
        cell={(day) => ({ 'aria-current': day === today ? 'date' : undefined, children: <Day day={day} visits={here.filter((v) => dayOf(v) === day)} /> })}
      />
      <ul className="lines">
        {here.map((v) => (
          <li key={v.case_id}>
            <Link className="underlined" to="/cases/$id" params={{ id: v.case_id }} search={{}}>
              {v.title}
            </Link>{' '}
            <span className={`tag ${marks[v.standing].tone}`}>{v.state_title}</span>{' '}
            <span className="num muted">
              {v.from} 至 {v.until}
              {v.on && `，${v.on} 走访`}
            </span>
          </li>
        ))}
        {here.length === 0 && <li className="muted">这个月没有走访任务。</li>}
      </ul>
    </>
  )
}

function Day({ day, visits }: { day: string; visits: HouseholdVisit[] }) {
  return (
    <>
      <span className="num">{Number(day.slice(8))}</span>
      {visits.map((v) => (
        <span key={v.case_id} className={`tag ${marks[v.standing].tone}`} title={v.state_title}>
          <span aria-hidden>{marks[v.standing].sign}</span>
          <span className="unseen">{v.state_title}</span>
        </span>
      ))}
    </>
  )
}
