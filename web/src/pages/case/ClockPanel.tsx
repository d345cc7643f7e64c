import { useQuery } from '@tanstack/react-query'
import { clocksQuery } from '../../api/queries'
import type { Clock } from '../../api/types'
import { Deadline } from '../../components/Deadline'
import { Dialog } from '../../components/Dialog'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { Stops } from './Stops'

const words = { running: '计时中', paused: '已暂停', stopped: '已停止' } as const

/** 期限: each limit with its arithmetic, and the reminders sent and to be sent. */
export function ClockPanel({ id }: { id: string }) {
  const clocks = useQuery(clocksQuery(id))
  return (
    <>
      <Loaded query={clocks}>{({ items }) => (items.length === 0 ? <p className="muted">本事项没有期限。</p> : items.map((c) => <One key={c.code + (c.started_at ?? '')} clock={c} />))}</Loaded>
      <Stops id={id} />
    </>
  )
}

/** How the limits that run now were counted, at hand where they are shown. */
export function Arithmetic({ id, onClose }: { id: string; onClose: () => void }) {
  const clocks = useQuery(clocksQuery(id))
  return (
    <Dialog title="期限怎样算出来的" onClose={onClose}>
      <Loaded query={clocks}>
        {({ items }) => {
          const running = items.filter((c) => c.state !== 'stopped')
          return running.length === 0 ? <p className="muted">现在没有期限在计时。</p> : running.map((c) => <One key={c.code + (c.started_at ?? '')} clock={c} />)
        }}
      </Loaded>
    </Dialog>
  )
}

function One({ clock: c }: { clock: Clock }) {
  return (
    <section className="clock">
      <div className="clock-head">
        <strong>{c.title}</strong>
        <span className={`tag ${c.state === 'running' ? 'info' : ''}`}>{words[c.state]}</span>
        {c.budget && <span className="muted">期限 {c.budget}</span>}
        {c.state === 'running' ? <Deadline due={c.due_at} provisional={c.provisional} /> : <Stopped clock={c} />}
      </div>
      {c.warning && <p className="tag near">{c.warning}</p>}
      {c.lines.length > 0 && (
        <details open={c.state !== 'stopped'}>
          <summary>怎样算出来的</summary>
          <ol className="sum num">
            {c.lines.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ol>
        </details>
      )}
      {c.rungs.length > 0 && (
        <details>
          <summary>提醒和督办（{c.rungs.filter((r) => r.fired).length} 次已发）</summary>
          <ul className="sum num">
            {c.rungs.map((r) => (
              <li key={r.code + r.at}>
                {r.title}：{r.fired ? `已于 ${formatTime(r.fired_at ?? r.at)} 发出` : `将于 ${formatTime(r.at)} 发出`}
                {r.to && r.to.length > 0 && `，送${r.to.map((x) => x.title).join('、')}`}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}

function Stopped({ clock }: { clock: Clock }) {
  const late = clock.overdue ? <span className="tag over">超期</span> : <span className="tag normal">未超期</span>
  return (
    <span className="num">
      {clock.stopped_at && `${formatTime(clock.stopped_at)} 停止 `}
      {clock.state === 'stopped' && late}
    </span>
  )
}
