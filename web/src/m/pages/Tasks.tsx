import { memo, useEffect, useState } from 'react'
import { describe } from '../../api/problem'
import type { Task } from '../../api/types'
import { formatTime } from '../../lib/dates'
import { readDeadline } from '../../lib/deadline'
import { serverNow } from '../../lib/now'
import { Page } from '../App'
import { loadTasks, type TaskList } from '../download'
import { useKept, useOnline } from '../field'
import { Link } from '../path'
import type { Store } from '../store'
import { takeAll, useTaking } from '../taking'
import { TakenSteps } from '../TakenSteps'

/** 待办, most urgent first: what is kept at once, then what the server says. */
export function Tasks({ store }: { store: Store }) {
  const online = useOnline()
  const [list, again] = useKept(() => store.get<TaskList>('list', 'tasks'), [store])
  const [fault, setFault] = useState('')
  useEffect(() => {
    if (!online) return
    loadTasks(store, again).then(
      () => {
        setFault('')
        void takeAll(store)
      },
      (err: unknown) => setFault(describe(err)),
    )
  }, [store, online, again])
  return (
    <Page title="我的待办">
      {fault && <p className="note warn">{fault}。下面是本机保存的。</p>}
      {!list && list !== null && <p>正在打开……</p>}
      {list === null && <p role="status">{online && !fault ? '正在读取……' : '本机还没有待办，请联网后再打开。'}</p>}
      {list && <Shown store={store} list={list} />}
    </Page>
  )
}

function Shown({ store, list }: { store: Store; list: TaskList }) {
  const { counts } = list
  const { have } = useTaking()
  return (
    <>
      <div className="counts">
        <p>
          <b>{counts.all}</b>全部
        </p>
        <p className="over">
          <b>{counts.overdue}</b>逾期
        </p>
        <p>
          <b>{counts.today}</b>今天到期
        </p>
      </div>
      <TakenSteps store={store} tasks={list.items} />
      {list.items.length === 0 ? (
        <p>没有待办。</p>
      ) : (
        <ul className="rows" data-list="tasks">
          {list.items.map((t) => (
            <li key={t.id}>
              <Row task={t} here={!have || have.has(t.case_id)} />
            </li>
          ))}
        </ul>
      )}
      <p className="muted">
        {formatTime(new Date(list.at).toISOString())} 更新{list.more && `，只存最急的 ${list.items.length} 件`}
      </p>
    </>
  )
}

/** Drawn again only when it changes: there may be hundreds. */
const Row = memo(function Row({ task, here }: { task: Task; here: boolean }) {
  return (
    <Link to={`tasks/${task.case_id}`} className="row">
      <strong>{task.title}</strong>
      <p>
        <Due at={task.due_at} />
        <span className="muted">
          {task.region_name} · {task.procedure_title}
        </span>
        {!here && <span className="tag">未带到手机</span>}
      </p>
    </Link>
  )
})

export function Due({ at }: { at?: string }) {
  if (!at) return null
  const { level, word, text } = readDeadline(at, serverNow())
  return (
    <>
      <span className={`tag ${level}`}>{word}</span>
      <span>{text}</span>
    </>
  )
}
