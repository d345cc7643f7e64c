import { useEffect, useState } from 'react'
import { describe } from '../../api/problem'
import { Page } from '../App'
import type { TaskList } from '../download'
import { useKept, useOnline } from '../field'
import { Link } from '../path'
import { type Steps, takeStepsOf } from '../steps'
import type { Store } from '../store'
import { Due } from './Tasks'

/** One task: what it is about, and what can be done for it from the phone. */
export function TaskPage({ store, caseId }: { store: Store; caseId: string }) {
  const online = useOnline()
  const [list] = useKept(() => store.get<TaskList>('list', 'tasks'), [store])
  const [steps, again] = useKept(() => store.get<Steps>('events', caseId), [store, caseId])
  const [fault, setFault] = useState('')
  const task = list?.items.find((t) => t.case_id === caseId) ?? steps?.task
  useEffect(() => {
    if (online && task) takeStepsOf(store, task).then(again, (err: unknown) => setFault(describe(err)))
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- once for each task, however often its list is read
  }, [store, online, task?.id, again])
  if (!task) return <Page title="待办" back="">{list !== undefined && <p>本机没有这件待办。</p>}</Page>
  return (
    <Page title={task.title} back="">
      <section className="panel">
        <p>
          {task.procedure_title} · {task.state_title}
        </p>
        <p>
          <Due at={task.due_at} />
        </p>
        <p className="muted">
          {task.region_name} {task.case_no}
        </p>
        {task.brief && <p>{task.brief}</p>}
        <div className="acts">
          {task.household && (
            <Link className="button" to={`households/${task.household.id}`}>
              农户 {task.household.head_name}
            </Link>
          )}
          <a className="button" href={`/cases/${caseId}`}>
            电脑版打开
          </a>
        </div>
      </section>
      <section className="panel">
        <h2>在手机上办理</h2>
        {fault && <p className="note warn">{fault}</p>}
        {!steps && <p>{online && !fault ? '正在读取……' : '这件没有带到手机，联网后可办。'}</p>}
        {steps && steps.items.length === 0 && <p>这一步须会签，或由他人办理，请用电脑版。</p>}
        <div className="acts">
          {steps?.items.map((e) => (
            <Link key={e.event} className="button main" to={`tasks/${caseId}/${e.event}`}>
              {e.title}
            </Link>
          ))}
        </div>
      </section>
    </Page>
  )
}
