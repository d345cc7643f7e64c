import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Alert, Button } from 'antd'
import { useState } from 'react'
import { calendarQuery, type CalendarYear } from '../../api/admin'
import { MonthGrid } from '../../components/MonthGrid'
import { Loaded } from '../../components/PageState'
import { inChina } from '../../lib/dates'
import { useTitle } from '../../lib/hooks'
import { serverNow } from '../../lib/now'
import './calendar.css'
import { byDate, holidayWords, tally } from './months'
import { YearForm } from './YearForm'

const route = getRouteApi('/staff/calendar')

/** 工作日历: which days of a year are worked, by which notice; the system administrator enters a year that has been published. */
export function CalendarPage() {
  useTitle('工作日历')
  const year = route.useSearch().year ?? inChina(serverNow()).year()
  const navigate = route.useNavigate()
  const calendar = useQuery(calendarQuery(year))
  const turn = (n: number) => void navigate({ search: { year: year + n }, replace: true })
  return (
    <div className="page">
      <div className="page-head">
        <h1>{year} 年工作日历</h1>
        <span className="acts">
          <Button disabled={year <= 2000} onClick={() => turn(-1)}>
            上一年
          </Button>
          <Button disabled={year >= 2100} onClick={() => turn(1)}>
            下一年
          </Button>
        </span>
      </div>
      <Loaded query={calendar}>{(y) => <Year key={y.year} of={y} />}</Loaded>
    </div>
  )
}

export function Year({ of: y }: { of: CalendarYear }) {
  const [entering, setEntering] = useState(false)
  return (
    <>
      {y.warning && <Alert className="gap" type="warning" showIcon title={y.warning} description="落在这一年的期限标“暂估”，收录放假安排后自动重算。" />}
      {entering && <YearForm of={y} onDone={() => setEntering(false)} />}
      <section className="panel" aria-label="放假安排">
        <div className="panel-head">
          <h2>放假安排</h2>
          {y.can_edit && !entering && <Button onClick={() => setEntering(true)}>{y.published ? '更正放假安排' : '录入放假安排'}</Button>}
        </div>
        <p className="gap">{tally(y.days)}</p>
        {y.published ? (
          <>
            <p className="gap">
              来源：{y.title}（{y.source}，{y.published_on}）
            </p>
            <ul className="lines">
              {y.holidays?.map((h) => (
                <li key={h.name + h.first}>
                  <strong>{h.name}</strong>：{holidayWords(h)}
                </li>
              ))}
            </ul>
          </>
        ) : (
          <p className="muted">国务院办公厅的放假通知公布后，由系统管理员在这里录入。</p>
        )}
      </section>
      <div className="year-months">
        {Array.from({ length: 12 }, (_, i) => `${y.year}-${String(i + 1).padStart(2, '0')}`).map((month) => (
          <Month key={month} month={month} days={y.days} />
        ))}
      </div>
      <p className="muted">休：放假　班：周末上班　灰色：周末</p>
    </>
  )
}

const signs: Record<string, string> = { holiday: '休', makeup: '班' }

function Month({ month, days }: { month: string; days: CalendarYear['days'] }) {
  const here = byDate(days.filter((d) => d.date.startsWith(month)))
  const title = `${Number(month.slice(5))} 月`
  return (
    <section aria-label={title}>
      <h2>
        {title} <span className="muted small">{[...here.values()].filter((d) => d.work).length} 个工作日</span>
      </h2>
      <MonthGrid
        month={month}
        className="year-month"
        cell={(date) => {
          const d = here.get(date)
          return {
            className: d?.kind,
            title: d?.name,
            children: d && (
              <>
                {Number(d.date.slice(8))}
                <b>{signs[d.kind ?? '']}</b>
              </>
            ),
          }
        }}
      />
    </section>
  )
}
