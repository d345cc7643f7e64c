import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { householdOpenQuery } from '../../api/oneHome'
import type { CaseDetail, CaseRef } from '../../api/types'

/** The case this one came from, those it opened, and what else goes on about the same household. */
export function Related({ detail }: { detail: CaseDetail }) {
  const { id, household } = detail.summary
  const all = useQuery({ ...householdOpenQuery(household?.id ?? ''), enabled: household !== undefined })
  const shown = new Set([id, detail.parent?.id, ...detail.children.map((c) => c.id)])
  const others = (all.data?.items ?? []).filter((c) => !c.final && !shown.has(c.id) && c.procedure !== 'household_status')
  if (!detail.parent && detail.children.length === 0 && others.length === 0) return null
  return (
    <section className="panel">
      <h2>关联事项</h2>
      <ul>
        {detail.parent && <One of={detail.parent} prefix="来自：" />}
        {detail.children.map((c) => (
          <One key={c.id} of={c} />
        ))}
        {others.map((c) => (
          <One key={c.id} of={c} prefix="同户在办：" />
        ))}
      </ul>
    </section>
  )
}

function One({ of, prefix = '' }: { of: Pick<CaseRef, 'id' | 'procedure_title' | 'dept_title' | 'state_title' | 'final'>; prefix?: string }) {
  return (
    <li className="gap related">
      <Link to="/cases/$id" params={{ id: of.id }} search={{}}>
        {prefix}
        {of.procedure_title}
        {of.dept_title && ` · ${of.dept_title}`}
      </Link>{' '}
      <span className={`tag ${of.final ? '' : 'info'}`}>{of.state_title}</span>
    </li>
  )
}
