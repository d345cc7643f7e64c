import type { CheckResult } from '../../api/types'

/** 计算结果: what was computed when the step was taken, by which rule, from which values. */
export function Checks({ checks }: { checks: CheckResult[] }) {
  return (
    <details>
      <summary>计算结果 {checks.length} 项</summary>
      <ul className="uploaded">
        {checks.map((c) => (
          <li key={c.code}>
            <strong>{c.title}</strong> <span className={c.verdict === 'judge' ? 'tag near' : 'tag'}>{c.verdict_title}</span>
            {c.hidden ? <span className="muted">（数值按权限不显示）</span> : <div>{c.reason}</div>}
            {c.values.length > 0 && <div className="muted">{c.values.map((v) => `${v.name}：${v.text}`).join('；')}</div>}
            {c.basis && <div className="muted">依据：{c.basis}</div>}
          </li>
        ))}
      </ul>
    </details>
  )
}
