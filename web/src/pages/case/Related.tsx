import { Link } from '@tanstack/react-router'
import type { CaseDetail, CaseRef } from '../../api/types'

/** The case this one came from and those it opened. */
export function Related({ detail }: { detail: CaseDetail }) {
  if (!detail.parent && detail.children.length === 0) return null
  return (
    <section className="panel">
      <h2>关联事项</h2>
      <ul>
        {detail.parent && <One of={detail.parent} prefix="来自：" />}
        {detail.children.map((c) => (
          <One key={c.id} of={c} />
        ))}
      </ul>
    </section>
  )
}

function One({ of, prefix = '' }: { of: CaseRef; prefix?: string }) {
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
