import { api, unwrap } from '../api/client'
import { ApiError } from '../api/problem'
import type { AllowedEvent, AllowedEvents, Task } from '../api/types'
import { patiently } from './download'
import { pause } from './pause'
import type { Store } from './store'

// The steps of the tasks that were taken along: what each asks for, so that it can be taken without a network.

/** What can be done for a task, as it was when taken along. */
export interface Steps {
  task: Task
  seq: number
  items: AllowedEvent[]
  /** Not there on what an older version of this page kept. */
  at?: number
}

/** How long steps count as fresh, milliseconds, while the task is the same in the same state. A page of the task asks anew anyway. */
export const FRESH = 4 * 3600_000
/** How many are asked for at once, and how long each then rests, milliseconds: together less than the server gives an account, which has other things to ask. */
const AT_ONCE = 2
const REST = 200

export async function takeStepsOf(store: Store, task: Task): Promise<Steps> {
  const allowed = await patiently(() => unwrap(api.GET('/cases/{id}/events/allowed', { params: { path: { id: task.case_id } } })))
  const steps: Steps = { task, seq: allowed.seq, items: fieldSteps(allowed), at: Date.now() }
  await store.put('events', task.case_id, steps)
  return steps
}

/** The steps that a phone without a network can take. */
export function fieldSteps(allowed: Pick<AllowedEvents, 'items'>): AllowedEvent[] {
  return allowed.items.filter((e) => e.allowed && e.signers.length === 0)
}

/** How the taking along stands. */
export interface Way {
  /** Whether it may go on: the account may have gone meanwhile. */
  open: () => boolean
  /** Some more are here. */
  tell: () => void
  take?: (store: Store, task: Task) => Promise<unknown>
}

/** Takes the steps of all these tasks along: what is missing first, the most urgent first; then what has changed or is old. Steps of other tasks go. */
export async function takeSteps(store: Store, tasks: Task[], { open, tell, take = takeStepsOf }: Way): Promise<void> {
  const kept = new Map((await store.all<Steps>('events')).map((s) => [s.task.case_id, s]))
  const wanted = new Map(tasks.map((t) => [t.case_id, t]))
  const gone = [...kept.keys()].filter((id) => !wanted.has(id))
  await store.change([], gone.map((id) => ({ kind: 'events', id })))
  const queue = [...wanted.values()].map((task) => ({ task, at: freshness(task, kept.get(task.case_id)) })).filter(({ at }) => Date.now() - at > FRESH)
  queue.sort((a, b) => a.at - b.at)
  tell()
  const worker = async () => {
    for (let next = queue.shift(); next && open(); next = queue.shift()) {
      const { task } = next
      await take(store, task).catch((err: unknown) => {
        if (!isOne(err)) queue.length = 0 // nor will the others be had
        return failed(store, task, err)
      })
      tell()
      await pause(REST)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

/** When the steps of a task were taken along: 0 for never, 1 when the case has gone on since. */
function freshness(task: Task, steps: Steps | undefined): number {
  if (!steps) return 0
  return steps.task.id === task.id && steps.task.state === task.state ? (steps.at ?? 1) : 1
}

/** Whether a fault is one task's alone: there was an answer, and somebody is signed in. */
const isOne = (err: unknown): err is ApiError => err instanceof ApiError && err.status !== 0 && err.status !== 401

/** What is not within reach any more goes. */
async function failed(store: Store, task: Task, err: unknown): Promise<void> {
  if (!isOne(err)) throw err
  if (err.status === 404) await store.drop('events', task.case_id)
}
