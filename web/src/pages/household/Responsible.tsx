import { Link } from '@tanstack/react-router'
import type { HouseholdOverview, HouseholdVisit } from '../../api/house'

/** The next visit of a post: of those not made yet, the one that is due first. */
export function nextVisit(visits: HouseholdVisit[], role: string): HouseholdVisit | undefined {
  const open = visits.filter((v) => v.role === role && v.until && (v.standing === 'due' || v.standing === 'ahead'))
  return open.sort((a, b) => a.until!.localeCompare(b.until!))[0]
}

/** 责任人: who answers for the household, since when, what visits his post owes it and when the next one is due. */
export function Responsible({ overview: o }: { overview: HouseholdOverview }) {
  if (o.responsible.length === 0) return <p className="muted">没有登记责任人。</p>
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">姓名</th>
          <th scope="col">岗位</th>
          <th scope="col">何时起</th>
          <th scope="col">走访职责</th>
          <th scope="col">下次走访</th>
        </tr>
      </thead>
      <tbody>
        {o.responsible.map((r, i) => {
          const next = nextVisit(o.visits, r.role)
          return (
            <tr key={`${r.role}${i}`} data-role={r.role}>
              <td>
                <strong>{r.name}</strong>
              </td>
              <td data-label="岗位">{r.role_title}</td>
              <td data-label="何时起" className="num">
                {r.since}
              </td>
              <td data-label="走访职责">{r.duties.map((d) => d.title).join('、') || '—'}</td>
              <td data-label="下次走访" className="num">
                {next ? (
                  <Link className="underlined" to="/cases/$id" params={{ id: next.case_id }} search={{}}>
                    {next.until} 前
                  </Link>
                ) : (
                  '—'
                )}
              </td>
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}
