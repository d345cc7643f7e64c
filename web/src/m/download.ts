import { api, unwrap } from '../api/client'
import { ApiError } from '../api/problem'
import type { Answers, Field, FormInfo, FormSums, Household, HouseholdItem, Member, Region, Task, TaskCounts } from '../api/types'
import { pause } from './pause'
import type { Store } from './store'

// What is taken along: the most urgent tasks (their steps by steps.ts), the households of these and of the villages chosen, the forms chosen.

/** How much is taken along at most: a phone is not a copy of the register. */
export const MOST_HOUSEHOLDS = 200
export const MOST_TASKS = 200
/** How many forms may be chosen; the server takes no more at once. */
export const MOST_FORMS = 6
const AT_ONCE = 3

export interface TaskList {
  items: Task[]
  counts: TaskCounts
  at: number
  /** There are more with the server. */
  more: boolean
}

export interface HouseholdList {
  items: HouseholdItem[]
  at: number
  more: boolean
  choice: Choice
}

/** One household as it was taken along. */
export interface Copy {
  household: Household
  members: Member[]
  blanks: { info: FormInfo; answers: Answers }[]
  at: number
}

export interface FormCopy {
  info: FormInfo
  fields: Field[]
  /** The places of the paper where somebody signs by hand; not there on what an older version of this page kept. */
  sign_places?: string[]
  /** What it comes to is computed here too. */
  sums?: FormSums
}

/** Only the households that there are tasks for. */
export const OF_TASKS = 'tasks'

export interface Choice {
  /** A village, "" for all of one's own, or OF_TASKS. */
  village: string
  forms: string[]
}

export interface Progress {
  done: number
  of: number
}

/** Asks until the server takes it: it may want to be asked less often. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask()
    } catch (err) {
      if (!(err instanceof ApiError) || err.status !== 429 || tries >= 8) throw err
      await pause(Math.min(err.retryAfter ?? 2, 30) * 1000)
    }
  }
}

/** How many tasks are shown before the others are there. */
const FIRST_TASKS = 20
/** How long these take to be drawn on a slow phone, milliseconds. */
const SHOWING = 1000

/** Brings the inbox up to date: the most urgent first, then as many as are taken along. */
export async function loadTasks(store: Store, tell: () => void = () => {}): Promise<TaskList> {
  const [counts, first] = await Promise.all([unwrap(api.GET('/tasks/counts')), taskPage(FIRST_TASKS)])
  const items = first.items
  const keep = async (more: boolean) => {
    const list: TaskList = { items: items.slice(0, MOST_TASKS), counts, at: Date.now(), more }
    await store.put('list', 'tasks', list)
    tell()
    return list
  }
  let cursor = first.next_cursor
  if (!cursor) return keep(false)
  const before = await store.get<TaskList>('list', 'tasks')
  if (!before) {
    await keep(true)
    await pause(SHOWING) // the line and the processor are the first screen's
  }
  while (cursor && items.length < MOST_TASKS) {
    const page = await taskPage(100, cursor)
    items.push(...page.items)
    cursor = page.next_cursor
  }
  return keep(!!cursor || items.length > MOST_TASKS)
}

const taskPage = (limit: number, cursor?: string) => patiently(() => unwrap(api.GET('/tasks', { params: { query: { limit, cursor } } })))

/** The villages that one may choose from, and the forms about a household. */
export async function choices(): Promise<{ villages: Region[]; forms: FormInfo[] }> {
  const [regions, forms] = await Promise.all([unwrap(api.GET('/regions')), unwrap(api.GET('/forms'))])
  return { villages: regions.items.filter((r) => r.in_scope && r.level === 'village'), forms: forms.items.filter((f) => f.subject === 'household') }
}

/** Takes along what was chosen; what was taken along before and is not part of it goes. */
export async function takeAlong(store: Store, choice: Choice, tell: (p: Progress) => void): Promise<HouseholdList> {
  const tasks = await loadTasks(store)
  const { items, more } = await householdsFor(tasks, choice)
  const kept: HouseholdItem[] = []
  const queue = [...items]
  const total = items.length
  tell({ done: 0, of: total })
  await takeForms(store, choice, items[0]?.id)
  let done = 0
  const worker = async () => {
    for (let item = queue.shift(); item; item = queue.shift()) {
      const copy = await takeHousehold(store, item.id, choice.forms)
      if (copy) kept.push(asItem(copy.household))
      tell({ done: ++done, of: total })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  const order = new Map(items.map((h, i) => [h.id, i]))
  kept.sort((a, b) => order.get(a.id)! - order.get(b.id)!)
  const list: HouseholdList = { items: kept, at: Date.now(), more, choice }
  const gone = (await store.ids('household')).filter((id) => !order.has(id))
  await store.change([{ kind: 'list', id: 'households', value: list }], gone.map((id) => ({ kind: 'household', id })))
  return list
}

/** The households of the tasks first, then the others, each once, up to the bound. */
async function householdsFor(tasks: TaskList, choice: Choice): Promise<{ items: { id: string }[]; more: boolean }> {
  const of = choice.village === OF_TASKS ? '' : choice.village
  const ids = new Set(tasks.items.flatMap((t) => (t.household && t.region_code.startsWith(of) ? [t.household.id] : [])))
  if (choice.village === OF_TASKS) return { items: [...ids].map((id) => ({ id })), more: false }
  let cursor: string | undefined
  do {
    const query = { limit: 100, cursor, village: choice.village || undefined }
    const page = await patiently(() => unwrap(api.GET('/households', { params: { query } })))
    for (const h of page.items) ids.add(h.id)
    cursor = page.next_cursor
  } while (cursor && ids.size < MOST_HOUSEHOLDS)
  return { items: [...ids].slice(0, MOST_HOUSEHOLDS).map((id) => ({ id })), more: !!cursor || ids.size > MOST_HOUSEHOLDS }
}

/** One household with the beginnings of the forms; undefined when it is not within reach any more. */
export async function takeHousehold(store: Store, id: string, forms: string[]): Promise<Copy | undefined> {
  try {
    const query = { forms: forms.join(',') || undefined }
    const copy = await patiently(() => unwrap(api.GET('/households/{id}/copy', { params: { path: { id }, query } })))
    const kept: Copy = { ...copy, at: Date.now() }
    await store.put('household', id, kept)
    return kept
  } catch (err) {
    if (err instanceof ApiError && err.status === 404) return undefined
    throw err
  }
}

const asItem = ({ id, household_no, head_name, region_code, region_name, group, population, status, status_title, open_cases }: Household): HouseholdItem => ({
  id, household_no, head_name, region_code, region_name, group, population, status, status_title, open_cases,
})

/** The questions of the chosen forms; they are the same for every household of the place. */
async function takeForms(store: Store, choice: Choice, household: string | undefined): Promise<void> {
  if (!household) return
  for (const form of choice.forms) await takeForm(store, form, household)
}

export async function takeForm(store: Store, form: string, household: string): Promise<FormCopy & { answers: Answers }> {
  const { info, fields, sign_places, sums, answers } = await patiently(() => unwrap(api.GET('/forms/blank', { params: { query: { form, household_id: household } } })))
  const copy = { info, fields, sign_places, sums } satisfies FormCopy
  await store.put('form', info.code, copy)
  return { ...copy, answers }
}
