import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ApiError } from '../api/problem'
import type { Task } from '../api/types'
import { FRESH, fieldSteps, type Steps, takeSteps } from './steps'
import type { Store } from './store'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const task = (n: number, state = 'open'): Task => ({ id: `t${n}`, case_id: `c${n}`, state }) as Task
const tasks = (n: number) => Array.from({ length: n }, (_, i) => task(i + 1))

/** What is kept of steps, without the sealing. */
function keeping(...steps: Steps[]) {
  const rows = new Map(steps.map((s) => [s.task.case_id, s]))
  const store = {
    all: async () => [...rows.values()],
    drop: async (_: string, id: string) => void rows.delete(id),
    change: async (_: unknown, drop: { id: string }[]) => {
      for (const d of drop) rows.delete(d.id)
    },
  } as unknown as Store
  const asked: string[] = []
  const take = async (_: Store, t: Task) => {
    asked.push(t.case_id)
    rows.set(t.case_id, { task: t, seq: 1, items: [], at: Date.now() })
  }
  return { store, rows, asked, take }
}

/** Takes along to the end; the rests between are not waited for. */
async function taken(work: Promise<void>) {
  const end = work.then(() => undefined, (err: unknown) => err)
  await vi.runAllTimersAsync()
  return end
}

const always = { open: () => true, tell: () => {} }

it('takes the steps of every task along, the most urgent first', async () => {
  const { store, rows, asked, take } = keeping()
  let told = 0
  await taken(takeSteps(store, tasks(95), { ...always, tell: () => told++, take }))
  expect(asked).toEqual(tasks(95).map((t) => t.case_id))
  expect(rows.size).toBe(95)
  expect(told).toBe(96)
})

it('asks for what is missing first, then for what has changed or is old, and drops what is no task any more', async () => {
  const at = Date.now()
  const kept = (n: number, more: Partial<Steps> = {}): Steps => ({ task: task(n), seq: 1, items: [], at, ...more })
  const { store, rows, asked, take } = keeping(kept(1), kept(2, { at: at - FRESH - 1 }), kept(3, { task: task(3, 'before') }), kept(4, { at: undefined }), kept(5, { at: at - FRESH }), kept(9))
  await taken(takeSteps(store, tasks(6), { ...always, take }))
  expect(asked).toEqual(['c6', 'c3', 'c4', 'c2'])
  expect([...rows.keys()].sort()).toEqual(['c1', 'c2', 'c3', 'c4', 'c5', 'c6'])
})

it('goes on after the fault of one, and lets go what is not within reach any more', async () => {
  const { store, rows, take } = keeping({ task: task(2, 'before'), seq: 1, items: [] })
  const end = await taken(takeSteps(store, tasks(6), { ...always, take: async (s, t) => {
    if (t.case_id === 'c2') throw new ApiError(404, {})
    if (t.case_id === 'c3') throw new ApiError(500, {})
    await take(s, t)
  } }))
  expect(end).toBeUndefined()
  expect([...rows.keys()]).toEqual(['c1', 'c4', 'c5', 'c6'])
})

it('stops without an answer, keeps what is here, and stops when the account goes', async () => {
  const cut = keeping()
  const end = await taken(takeSteps(cut.store, tasks(50), { ...always, take: async (s, t) => {
    if (cut.asked.length === 10) throw new ApiError(0, {})
    await cut.take(s, t)
  } }))
  expect(end).toBeInstanceOf(ApiError)
  expect(cut.rows.size).toBe(10)

  const locked = keeping()
  await taken(takeSteps(locked.store, tasks(50), { ...always, open: () => locked.asked.length < 4, take: locked.take }))
  expect(locked.asked.length).toBe(4)
})

it('asks no more than two at once', async () => {
  const { store } = keeping()
  let [now, most] = [0, 0]
  await taken(takeSteps(store, tasks(20), { ...always, take: async () => {
    most = Math.max(most, ++now)
    await new Promise((done) => setTimeout(done, 100))
    now--
  } }))
  expect(most).toBe(2)
})

it('keeps the steps that one may take alone', () => {
  const step = (event: string, allowed: boolean, signers: unknown[]) => ({ event, allowed, signers })
  expect(fieldSteps({ items: [step('a', true, []), step('b', false, []), step('c', true, [{}])] as never }).map((e) => e.event)).toEqual(['a'])
})
