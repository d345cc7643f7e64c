import { useQuery } from '@tanstack/react-query'
import { Checkbox } from 'antd'
import { useState } from 'react'
import { timelineQuery } from '../../api/queries'
import type { TimelineEntry } from '../../api/types'
import { FileLink } from '../../components/FileLink'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { Checks } from './Checks'
import { FactList } from './FactsPanel'

/** 流转记录, the newest first. */
export function TimelinePanel({ id }: { id: string }) {
  const timeline = useQuery(timelineQuery(id))
  const [stepsOnly, setStepsOnly] = useState(false)
  return (
    <Loaded query={timeline}>
      {({ items }) => (
        <>
          <Checkbox className="gap" checked={stepsOnly} onChange={(e) => setStepsOnly(e.target.checked)}>
            只看办理步骤
          </Checkbox>
          <Entries items={items.filter((e) => !stepsOnly || isStep(e)).reverse()} />
        </>
      )}
    </Loaded>
  )
}

export function Entries({ items }: { items: TimelineEntry[] }) {
  return (
    <ol className="time">
      {items.map((e) => (
        <Entry key={e.seq} entry={e} />
      ))}
    </ol>
  )
}

/** Opening and events move a case; the rest is done beside them. */
const isStep = (e: TimelineEntry) => e.kind === 'event' || e.kind === 'open'

function Entry({ entry: e }: { entry: TimelineEntry }) {
  const details = e.answers.length > 0 || e.attachments.length > 0
  return (
    <li className={isStep(e) ? 'moved' : undefined}>
      <div className="time-line">
        <strong>{e.title}</strong>
        {e.from_title && e.to_title && e.from !== e.to && (
          <span>
            {e.from_title} → {e.to_title}
          </span>
        )}
        {e.overdue && <span className="tag over">超期办理</span>}
        {e.document && <span className="tag">《{e.document}》</span>}
      </div>
      <div className="muted num">
        {formatTime(e.at)} · {[e.actor.unit, e.actor.name].filter(Boolean).join(' ')}
        {e.actor.for_name && `（代${e.actor.for_name}）`}
        {e.actor.role_title && e.actor.role_title !== e.actor.name && `（${e.actor.role_title}）`}
        {e.actor.on_behalf && '代录'}
      </div>
      {e.checks && e.checks.length > 0 && <Checks checks={e.checks} />}
      {details && (
        <details>
          <summary>填写内容{e.attachments.length > 0 && `和 ${e.attachments.length} 个附件`}</summary>
          <FactList facts={e.answers} />
          <ul className="uploaded">
            {e.attachments.map((a) => (
              <li key={a.id}>
                <FileLink file={a} />
              </li>
            ))}
          </ul>
          <p className="hash" title="本条记录的校验值">
            第 {e.seq} 条 · {e.hash}
          </p>
        </details>
      )}
    </li>
  )
}
