import type { Task } from '../api/types'
import { useOnline } from './field'
import type { Store } from './store'
import { takeAll, useTaking } from './taking'

/** For how many of the tasks the steps are here, and what becomes of the others. */
export function TakenSteps({ store, tasks }: { store: Store; tasks: Task[] }) {
  const { have, going, fault } = useTaking()
  const online = useOnline()
  if (!have) return null
  const cases = new Set(tasks.map((t) => t.case_id))
  const here = [...cases].filter((id) => have.has(id)).length
  const missing = cases.size - here
  if (cases.size === 0) return null
  if (missing === 0)
    return (
      <p className="taken muted" role="status">
        {cases.size} 件待办都已带到手机，没有网络也能打开。
      </p>
    )
  if (going)
    return (
      <p className="taken">
        正在把待办带到手机：{here} / {cases.size} 件
        <progress value={here} max={cases.size} aria-label="已带到手机的待办" />
      </p>
    )
  return (
    <div className="taken note warn">
      <p role="status">
        还有 {missing} 件待办没有带到手机，{online && fault ? `${fault}。` : '联网后自动接着带。'}
      </p>
      {online && (
        <div className="acts">
          <button type="button" onClick={() => void takeAll(store)}>
            接着带
          </button>
        </div>
      )}
    </div>
  )
}
