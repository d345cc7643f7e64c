import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { CaseDetail, Flow } from '../../api/types'
import { Deadline } from '../../components/Deadline'
import { formatTime } from '../../lib/dates'
import { usePhone } from '../../lib/hooks'
import { wayOf } from '../../lib/path'
import { Print } from '../forms/Print'
import { Arithmetic } from './ClockPanel'

const phases = { done: '已完成', present: '当前', ahead: '待办' } as const

/** The household, the place, the present step, its limit, and the whole way. */
export function CaseHead({ detail, flow }: { detail: CaseDetail; flow?: Flow }) {
  const { summary } = detail
  const [counted, setCounted] = useState(false)
  // Cases about one place are told apart by what they are about.
  const subject = detail.facts.find((f) => f.code === 'brief' || f.code === 'title')?.text
  const holder = detail.tasks.map((t) => t.claimed_by?.name ?? t.role_title)
  return (
    <section className="panel case-head">
      <div className="case-title">
        <h1>
          {summary.household?.head_name ?? summary.region_name} · {summary.procedure_title}
        </h1>
        <span className={`tag ${summary.final ? '' : 'info'}`}>{summary.state_title}</span>
        {summary.dept_title && <span className="tag">{summary.dept_title}</span>}
        {summary.flags.map((f) => (
          <span className="tag near" key={f.code}>
            {f.title}
          </span>
        ))}
      </div>
      {subject && <p>{subject}</p>}
      {summary.procedure === 'village_notice' && (
        <a href={`/public/villages/${summary.region_code}`} target="_blank" rel="noreferrer">
          查看本村公示页（村民所见）
        </a>
      )}
      {(summary.procedure === 'household_form' || summary.procedure === 'village_form') && (
        <p className="acts">
          <Print
            title={`${summary.procedure_title}${summary.no}`}
            text={`打印、导出${summary.procedure_title}`}
            formats={['pdf', 'docx', 'xlsx']}
            get={(purpose, format) => unwrap(api.POST('/cases/{id}/form-file', { params: { path: { id: summary.id } }, body: { purpose, format }, parseAs: 'blob' }))}
          />
        </p>
      )}
      {!summary.final && (
        <div>
          <button type="button" className="as-text" title="查看怎样算出来的" onClick={() => setCounted(true)}>
            <Deadline due={summary.due_at} title={summary.due_clock} /> <span className="underlined">怎样算的</span>
          </button>
        </div>
      )}
      {counted && <Arithmetic id={summary.id} onClose={() => setCounted(false)} />}
      <dl className="facts">
        <div>
          <dt>编号</dt>
          <dd className="num">{summary.no}</dd>
        </div>
        {summary.household && (
          <div>
            <dt>户主</dt>
            <dd>
              <Link to="/households/$id" params={{ id: summary.household.id }}>
                {summary.household.head_name}（{summary.household.household_no}）
              </Link>
            </dd>
          </div>
        )}
        <div>
          <dt>区划</dt>
          <dd>{summary.region_name}</dd>
        </div>
        <div>
          <dt>当前环节</dt>
          <dd>
            {summary.state_title}
            {summary.state_since && <span className="muted">（自 {formatTime(summary.state_since)}）</span>}
          </dd>
        </div>
        <div>
          <dt>承办</dt>
          <dd>{holder.length > 0 ? [...new Set(holder)].join('、') : '—'}</dd>
        </div>
        <div>
          <dt>立案</dt>
          <dd className="num">{formatTime(summary.opened_at)}</dd>
        </div>
      </dl>
      {flow && <Way flow={flow} />}
    </section>
  )
}

/** The whole way; on a phone one line that opens. */
function Way({ flow }: { flow: Flow }) {
  const phone = usePhone()
  const stops = wayOf(flow)
  const at = stops.findIndex((s) => s.phase === 'present')
  const list = (
    <ol className="way" aria-label="办理进程">
      {stops.map(({ node, phase }) => (
        <li key={node.code} className={phase} aria-current={phase === 'present' ? 'step' : undefined}>
          {node.title}
          <span className="unseen">（{phases[phase]}）</span>
        </li>
      ))}
    </ol>
  )
  if (!phone) return list
  const next = stops[at + 1]
  return (
    <details className="narrow-filters">
      <summary>
        第 {at + 1} 步，共 {stops.length} 步{next && `；下一步：${next.node.title}`}
      </summary>
      {list}
    </details>
  )
}
