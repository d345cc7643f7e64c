import type { Fact } from '../../api/types'

/** Facts of a case or household; what the person may not see says so. */
export function FactsPanel({ facts, title = '登记内容' }: { facts: Fact[]; title?: string }) {
  if (facts.length === 0) return null
  return (
    <section className="panel">
      <h2>{title}</h2>
      <FactList facts={facts} />
    </section>
  )
}

export function FactList({ facts }: { facts: Fact[] }) {
  return (
    <dl className="answers">
      {facts.map((f) => (
        <div key={f.code}>
          <dt>{f.title}</dt>
          <dd>{f.hidden ? <span className="muted">已填写，按权限不显示</span> : (f.text ?? '—')}</dd>
        </div>
      ))}
    </dl>
  )
}
