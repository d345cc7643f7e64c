import type { UseQueryResult } from '@tanstack/react-query'
import { Button } from 'antd'
import type { AllowedEvent, AllowedEvents, CaseSummary, Flow } from '../../api/types'
import { Loaded } from '../../components/PageState'
import { useKeysOn, useShortcut } from '../../lib/keys'
import { wayOf } from '../../lib/path'
import { Onward } from './Onward'

interface Props {
  summary: CaseSummary
  query: UseQueryResult<AllowedEvents>
  flow?: Flow
  /** The task that may be left for later. */
  task?: string
  onChoose: (event: string) => void
}

/** 现在可以办什么: buttons for what is allowed, and for the rest the reasons why not. */
export function Acts({ summary, query, flow, task, onChoose }: Props) {
  return (
    <section className="panel" aria-labelledby="acts-title">
      <h2 id="acts-title">现在可以办理</h2>
      <Loaded query={query}>
        {({ items }) => {
          const allowed = items.filter((o) => o.allowed)
          return (
            <>
              {allowed.length > 0 ? <Buttons options={allowed} flow={flow} task={task} onChoose={onChoose} /> : <p className="muted">{idle(summary)}</p>}
              <Cannot title="本环节暂不能办理的" onChoose={onChoose} options={items.filter((o) => !o.allowed && !elsewhere(o))} open={allowed.length === 0 || items.some(waits)} />
              <Cannot title="其他环节的" options={items.filter((o) => !o.allowed && elsewhere(o))} open={false} />
            </>
          )
        }}
      </Loaded>
    </section>
  )
}

function idle(summary: CaseSummary): string {
  return summary.final ? '本事项已办结。' : '目前没有需要您办理的事项；轮到您时会进入您的待办。'
}

/** The step ahead first and marked, then side steps, then returns, then what ends or corrects the case. */
function Buttons({ options, flow, task, onChoose }: { options: AllowedEvent[]; flow?: Flow; task?: string; onChoose: (event: string) => void }) {
  const ahead = new Set(flow ? wayOf(flow).filter((s) => s.phase === 'ahead').map((s) => s.node.code) : [])
  const ends = new Set(flow?.nodes.filter((n) => n.final).map((n) => n.code))
  const rank = (o: AllowedEvent) => (ahead.has(o.to) ? 0 : o.return ? 2 : o.correction || ends.has(o.to) ? 3 : 1)
  const sorted = [...options].sort((a, b) => rank(a) - rank(b))
  const keys = useKeysOn()
  return (
    <div className="acts">
      {sorted.slice(0, 9).map((o, i) => (
        <Numbered key={o.event} n={i + 1} title={o.title} onChoose={() => onChoose(o.event)} />
      ))}
      {sorted.map((o, i) => (
        <Button key={o.event} aria-keyshortcuts={keys && i < 9 ? String(i + 1) : undefined} size="large" type={rank(o) === 0 ? 'primary' : 'default'} danger={rank(o) === 2} onClick={() => onChoose(o.event)} data-event={o.event}>
          {o.title}
          {o.on_behalf && '（代录）'}
          {o.for && `（代 ${o.for.name}）`}
        </Button>
      ))}
      {task && <Onward after={task} />}
    </div>
  )
}

/** The first nine acts by their number. */
function Numbered({ n, title, onChoose }: { n: number; title: string; onChoose: () => void }) {
  useShortcut(String(n), `办理“${title}”`, onChoose)
  return null
}

/** An event of another state; the only reason why not is that the case is not there. */
const elsewhere = (o: AllowedEvent) => o.reasons.some((r) => r.code === 'event_not_allowed')

/** Only signatures are missing: the form can be filled in while they are awaited. */
const waits = (o: AllowedEvent) => o.role !== undefined && o.reasons.length > 0 && o.reasons.every((r) => r.code === 'signature_missing')

function Cannot({ title, options, open, onChoose }: { title: string; options: AllowedEvent[]; open: boolean; onChoose?: (event: string) => void }) {
  if (options.length === 0) return null
  return (
    <details className="cannot" open={open}>
      <summary>
        {title} {options.length} 项及原因
      </summary>
      <dl>
        {options.map((o) => (
          <div key={o.event}>
            <dt>
              {o.title}{' '}
              {onChoose && waits(o) && (
                <Button size="small" onClick={() => onChoose(o.event)} data-event={o.event}>
                  先填写表单
                </Button>
              )}
            </dt>
            <dd>
              <ul>
                {o.reasons.length === 0 && <li>由{o.roles.map((r) => r.title).join('、')}办理</li>}
                {o.reasons.map((r) => (
                  <li key={r.code + r.message}>{r.message}</li>
                ))}
              </ul>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  )
}
