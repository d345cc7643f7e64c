import { useQuery } from '@tanstack/react-query'
import { Button, Slider } from 'antd'
import { useState } from 'react'
import { asOfQuery, compareQuery, meQuery, timelineQuery } from '../../api/queries'
import type { AnswerThen, CaseAsOf, CaseChange, StoryStep, TimelineEntry } from '../../api/types'
import { DateTimeInput } from '../../components/fields/DateInput'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { TakeCases } from '../audit/Take'
import { UnmaskAnswer } from './UnmaskAnswer'

/** 历史时点: the case as it stood at any past moment, step by step, and what has changed between two. */
export default function AsOfPanel({ id, openedAt }: { id: string; openedAt: string }) {
  const timeline = useQuery(timelineQuery(id))
  const me = useQuery(meQuery)
  const audits = me.data?.grants.some((g) => g.role === 'auditor' && g.region_code !== '') ?? false
  return (
    <>
      {audits && (
        <div className="gap">
          <TakeCases choice={{ case_id: id }} />
        </div>
      )}
      <Loaded query={timeline}>{({ items }) => <Moments id={id} openedAt={openedAt} steps={items} />}</Loaded>
    </>
  )
}

/** The picker knows minutes; what was recorded within the chosen one belongs to it. */
const endOfMinute = (at: string) => at.replace(/:00\+08:00$/, ':59+08:00')

function Moments({ id, openedAt, steps }: { id: string; openedAt: string; steps: TimelineEntry[] }) {
  const last = steps.length - 1
  const [step, setStep] = useState(last)
  const [at, setAt] = useState<string>()
  const [since, setSince] = useState<string>()
  const here = at ? endOfMinute(at) : (steps[step]?.at ?? openedAt)
  const go = (n: number) => {
    setAt(undefined)
    setStep(Math.min(Math.max(n, 0), last))
  }
  return (
    <>
      <div className="asof">
        第 {step + 1} 步，共 {steps.length} 步{steps[step] && `：${steps[step].title}`}
        <Slider ariaLabelForHandle="步骤" min={0} max={last} value={step} onChange={go} disabled={last < 1} tooltip={{ formatter: (n) => steps[n ?? 0]?.title }} />
      </div>
      <div className="filters">
        <span className="acts">
          <Button disabled={step === 0} onClick={() => go(step - 1)}>
            上一步
          </Button>
          <Button disabled={step === last} onClick={() => go(step + 1)}>
            下一步
          </Button>
          <Button onClick={() => setSince(here)}>由此开始比较</Button>
          {steps[last] && <Button onClick={() => setSince(steps[last]?.at)}>与最新比较</Button>}
        </span>
        <label htmlFor="asof-at" className="wide">
          或者查看此刻（立案于 {formatTime(openedAt)}）
          <DateTimeInput id="asof-at" value={at} onChange={setAt} />
        </label>
      </div>
      {since && <Compared id={id} from={since} to={here} onClose={() => setSince(undefined)} />}
      <Past id={id} at={here} />
    </>
  )
}

function Past({ id, at }: { id: string; at: string }) {
  const past = useQuery(asOfQuery(id, at))
  return <Loaded query={past}>{(p) => <Then past={p} />}</Loaded>
}

/** One moment: where the case stood, with whom, within which limits, under which rules, and what was known. */
export function Then({ past: p }: { past: CaseAsOf }) {
  return (
    <>
      <p className="gap" role="status">
        {formatTime(p.at)} 时，本事项处于 <strong>{p.state_title}</strong>，已有 {p.seq} 条记录。
      </p>
      <dl className="answers">
        <div>
          <dt>当时由谁办理</dt>
          <dd>
            {p.holders.length === 0 && '—'}
            {p.holders.map((h) => (
              <div key={h.role + (h.unit ?? '')}>
                {h.unit} {h.role_title} {h.user?.name || '（无人领取）'}，自 {formatTime(h.since)}
              </div>
            ))}
          </dd>
        </div>
        <div>
          <dt>当时的期限</dt>
          <dd>
            {p.clocks.length === 0 && '—'}
            {p.clocks.map((c) => (
              <div key={c.code + (c.started_at ?? '')} className="num">
                {c.title}：{c.due_at ? `应于 ${formatTime(c.due_at)} 前` : '—'} {c.state === 'stopped' && '（已停）'}
                {c.state === 'paused' && '（暂停）'} {c.overdue && <span className="tag over">超期</span>}
              </div>
            ))}
          </dd>
        </div>
        <div>
          <dt>当时适用的规定</dt>
          <dd>
            程序第 {p.version} 版，政策版本 <span className="hash">{p.policy_hash.slice(0, 12)}</span>
            <div className="small">{p.limits.map((l) => `${l.title} ${l.text}`).join('；')}</div>
          </dd>
        </div>
      </dl>
      <Known id={p.case_id} known={p.known} />
      {p.unmasked.length > 0 && (
        <>
          <h3 className="gap">谁看过完整信息</h3>
          <ul className="small">
            {p.unmasked.map((x) => (
              <li key={x.at + x.by + x.what}>
                {formatTime(x.at)} {x.by}（{x.role}）{x.action}：{x.what}
                {x.purpose && `，用途：${x.purpose}`}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3 className="gap drawn">逐步经过</h3>
      <Story steps={[...p.story].reverse()} />
    </>
  )
}

/** What was known, each answer with the act it comes from. */
function Known({ id, known }: { id: string; known: AnswerThen[] }) {
  const [asked, setAsked] = useState<AnswerThen>()
  if (known.length === 0) return null
  return (
    <>
      <h3 className="gap drawn">当时已知的内容</h3>
      <dl className="answers">
        {known.map((k) => (
          <div key={`${k.seq}-${k.answer.code}`}>
            <dt>{k.answer.title}</dt>
            <dd>
              {k.answer.hidden && !k.answer.text ? <span className="muted">已填写，按权限不显示</span> : (k.answer.text ?? '—')}{' '}
              {k.can_unmask && (
                <Button type="link" className="in-text" onClick={() => setAsked(k)}>
                  查看完整内容
                </Button>
              )}
              <div className="small">
                第 {k.seq} 条 {k.act}
              </div>
            </dd>
          </div>
        ))}
      </dl>
      {asked && <UnmaskAnswer id={id} asked={asked} onClose={() => setAsked(undefined)} />}
    </>
  )
}

export function Story({ steps }: { steps: StoryStep[] }) {
  if (steps.length === 0) return <p className="muted">没有办理。</p>
  return (
    <ol className="time">
      {steps.map((s) => (
        <li key={s.seq}>
          <div className="time-line">{s.text}</div>
          <div className="muted num">
            第 {s.seq} 条 · {formatTime(s.at)}
          </div>
          {s.notes.map((n) => (
            <div key={n} className="small">
              {n}
            </div>
          ))}
        </li>
      ))}
    </ol>
  )
}

function Compared({ id, from, to, onClose }: { id: string; from: string; to: string; onClose: () => void }) {
  const [a, b] = Date.parse(from) <= Date.parse(to) ? [from, to] : [to, from]
  const compared = useQuery(compareQuery(id, a, b))
  return (
    <section className="panel" aria-label="比较">
      <div className="panel-head">
        <h3>
          {formatTime(a)} 与 {formatTime(b)} 比较
        </h3>
        <Button onClick={onClose}>不再比较</Button>
      </div>
      <Loaded query={compared}>
        {(c) => (
          <>
            <Changes changes={c.changes} />
            <h4 className="gap">其间的办理</h4>
            <Story steps={c.story} />
          </>
        )}
      </Loaded>
    </section>
  )
}

const shown = (text: string, hidden: boolean) => text || (hidden ? '（按权限不显示）' : '—')

export function Changes({ changes }: { changes: CaseChange[] }) {
  if (changes.length === 0) return <p className="muted">没有变化。</p>
  return (
    <table className="list" aria-label="变化">
      <thead>
        <tr>
          <th scope="col">内容</th>
          <th scope="col">原为</th>
          <th scope="col">现为</th>
        </tr>
      </thead>
      <tbody>
        {changes.map((c, i) => (
          <tr key={`${c.kind}-${c.title}-${i}`}>
            <td>{c.title}</td>
            <td data-label="原为">{c.kind === 'policy' ? c.old.slice(0, 12) : shown(c.old, false)}</td>
            <td data-label="现为">{c.kind === 'policy' ? c.new.slice(0, 12) : shown(c.new, c.hidden)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
