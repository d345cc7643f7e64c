import { postToCase, postToForm } from '../api/attach'
import { api, unwrap } from '../api/client'
import { ApiError, describe } from '../api/problem'
import type { Answers, Attachment, Fault, FormRecord } from '../api/types'
import { newKey } from '../lib/idempotency'
import type { Piece } from '../lib/photo'
import { type HeldFile, pieceFrom, withSent } from './held'
import { inTime, pause } from './pause'
import type { Store } from './store'

// What was done in the field and is to be sent: one entry for each form or step, with the idempotency keys that were made
// when it was begun. However often an entry is sent, it happens once.

/** A form about a household: begun with its answers, then finished, if it is to be. */
export interface FormWork {
  kind: 'form'
  form: string
  household: string
  period: string
  finish: boolean
  note: string
  openKey: string
  actKey: string
}

/** A step of a case. */
export interface StepWork {
  kind: 'step'
  case: string
  event: string
  seq: number
  role?: string
  on_behalf?: boolean
  for?: string
  key: string
}

export type EntryState = 'waiting' | 'sending' | 'done' | 'conflict' | 'returned'

export interface Entry {
  id: string
  /** When it was handed in here, milliseconds; entries are sent in this order. */
  at: number
  title: string
  subject: string
  work: FormWork | StepWork
  answers: Answers
  /** Photos and signatures that go with it; their bytes lie beside it, sealed. */
  files?: HeldFile[]
  state: EntryState
  /** What the server said last, in its words. */
  said?: { status: number; code: string; message: string; faults: Fault[] }
  /** The record that the server has made of a form, and what of it we have seen. */
  record?: { id: string; version: number }
  /** The answers were changed after the record was made, so that they have to go with the next act. */
  changed?: boolean
  doneAt?: number
}

export const stateTitles: Record<EntryState, string> = { waiting: '待上传', sending: '上传中', done: '已上传', conflict: '有冲突', returned: '被退回' }

/** What is to be sent, in its order, and what was sent. */
export async function entriesOf(store: Store): Promise<Entry[]> {
  const [unsent, sent] = await Promise.all([store.all<Entry>('entry'), store.all<Entry>('sent')])
  return [...sent, ...unsent].sort((a, b) => a.at - b.at)
}

/** How the server is asked; replaced in tests. */
export interface Server {
  /** Whose session it is just now: another window of this browser may have signed in somebody else. */
  who(): Promise<string>
  open(e: Entry, w: FormWork): Promise<FormRecord>
  act(e: Entry, w: FormWork): Promise<unknown>
  fire(e: Entry, w: StepWork): Promise<unknown>
  attach(e: Entry, piece: Piece, key: string): Promise<Attachment>
}

export const server: Server = {
  who: async () => (await unwrap(api.GET('/me'))).user.id,
  open: (e, w) =>
    unwrap(api.POST('/form-records', { params: { header: { 'Idempotency-Key': w.openKey } }, body: { form: w.form, household_id: w.household, period: w.period || undefined, answers: e.answers } })),
  act: (e, w) =>
    unwrap(
      api.POST('/form-records/{id}/acts', {
        params: { path: { id: e.record!.id }, header: { 'Idempotency-Key': w.actKey } },
        body: { action: w.finish ? 'finish' : 'save', row_version: e.record!.version, answers: e.changed ? e.answers : undefined, note: w.note || undefined },
      }),
    ),
  fire: (e, w) =>
    unwrap(
      api.POST('/cases/{id}/events', {
        params: { path: { id: w.case }, header: { 'Idempotency-Key': w.key } },
        body: { event: w.event, expected_seq: w.seq, form: withSent(e.answers, e.files), role: w.role, on_behalf: w.on_behalf, for: w.for },
      }),
    ),
  attach: (e, piece, key) => (e.work.kind === 'form' ? postToForm(e.record!.id, piece, key) : postToCase(e.work.case, piece, key)),
}

/** Why a run of the queue ended. */
export type Ended = 'done' | 'offline' | 'locked' | 'elsewhere'

const LOCK = 'shouwang-m-queue'

/** Sends what waits, in order, one page of this browser at a time. Tells after each change. */
export async function run(store: Store, tell: () => void, ask: Server = server, wait = pause): Promise<Ended> {
  return withLock(async () => {
    for (const entry of await entriesOf(store)) {
      // Found "sending", it was interrupted: its keys make it safe to send again.
      if (entry.state !== 'waiting' && entry.state !== 'sending') continue
      const ended = await sendOne(store, entry, tell, ask, wait)
      if (ended) return ended
    }
    return 'done'
  })
}

async function withLock(work: () => Promise<Ended>): Promise<Ended> {
  if (!navigator.locks) return work()
  return navigator.locks.request(LOCK, { ifAvailable: true }, (held) => (held ? work() : 'elsewhere' as const))
}

/** How often a server that asks to wait is asked again in one run. */
const TRIES = 6

async function sendOne(store: Store, entry: Entry, tell: () => void, ask: Server, wait: (ms: number) => Promise<void>): Promise<Ended | undefined> {
  const keep = async (change: Partial<Entry>) => {
    Object.assign(entry, change)
    await store.put('entry', entry.id, entry)
    tell()
  }
  await keep({ state: 'sending' })
  for (let tries = 1; ; tries++) {
    try {
      // Nothing goes out in another person's name.
      if ((await inTime(ask.who())) !== store.user) {
        await keep({ state: 'waiting' })
        return 'locked'
      }
      await deliver(store, entry, keep, ask)
      await settle(store, entry)
      tell()
      return undefined
    } catch (err) {
      if (!(err instanceof ApiError)) throw err
      if (err.status === 429 && tries < TRIES) {
        await wait(Math.min(err.retryAfter ?? 2, 30) * 1000)
        continue
      }
      await keep({ state: after(err), said: { status: err.status, code: err.code, message: describe(err), faults: err.faults } })
      if (err.status === 401) return 'locked'
      return err.again || err.status === 429 ? 'offline' : undefined
    }
  }
}

/** It has arrived: a note of it is kept, but not what it said, and what could be done for the case before is over. */
async function settle(store: Store, entry: Entry): Promise<void> {
  const note: Entry = { ...entry, state: 'done', said: undefined, answers: {}, files: undefined, doneAt: Date.now() }
  const over = entry.work.kind === 'step' ? [{ kind: 'events' as const, id: entry.work.case }] : []
  await store.change([{ kind: 'sent', id: entry.id, value: note }], [...rowsOf(entry), ...over])
}

/** Everything that is kept of an entry. */
export const rowsOf = (entry: Entry): { kind: 'entry' | 'file'; id: string }[] => [{ kind: 'entry', id: entry.id }, ...(entry.files ?? []).map((f) => ({ kind: 'file' as const, id: f.id }))]

type Keep = (change: Partial<Entry>) => Promise<void>

/** A step names its files, so they go first; to a form they are added when it is there. */
async function deliver(store: Store, entry: Entry, keep: Keep, ask: Server): Promise<void> {
  const { work } = entry
  if (work.kind === 'step') {
    await deliverFiles(store, entry, keep, ask)
    await inTime(ask.fire(entry, work))
    return
  }
  if (!entry.record) {
    const { item } = await inTime(ask.open(entry, work))
    await keep({ record: { id: item.id, version: item.row_version } })
  }
  if (work.finish || entry.changed) await inTime(ask.act(entry, work))
  await deliverFiles(store, entry, keep, ask)
}

/** Each file under its own key; which have arrived is noted at once. What cannot be read any more is told, and goes nowhere. */
async function deliverFiles(store: Store, entry: Entry, keep: Keep, ask: Server): Promise<void> {
  for (const file of entry.files ?? []) {
    if (file.sent) continue
    const bytes = await store.bytes(file.id)
    if (!bytes) throw new ApiError(410, { code: 'file_gone', detail: `“${file.name}”在手机上已经没有了，请去掉后重新拍` })
    const { id } = await inTime(ask.attach(entry, pieceFrom(file, bytes), file.id), file.size)
    await keep({ files: entry.files!.map((f) => (f.id === file.id ? { ...f, sent: id } : f)) })
  }
}

/** No answer leaves an entry waiting; any other end is for the person to see. Nothing is ever dropped. */
function after(err: ApiError): EntryState {
  if (err.again || err.status === 401 || err.status === 429) return 'waiting'
  return err.status === 409 ? 'conflict' : 'returned'
}

/** What may be changed before an entry is sent again. */
export interface Mending {
  answers?: Answers
  note?: string
  record?: Entry['record']
  seq?: number
}

/**
 * The entry to be sent again, perhaps mended. Sent as it was, it keeps its keys. The key that began a form never changes,
 * so that there is one record of it whatever became of an earlier attempt; what is mended goes with another act.
 */
export function again(entry: Entry, mending: Mending = {}): Entry {
  const { note, seq, ...rest } = mending
  const mended = Object.keys(mending).length > 0
  const refused = entry.said !== undefined && entry.said.status >= 400 && entry.said.status < 500
  const next: Entry = { ...entry, ...rest, state: 'waiting', said: undefined }
  if (entry.work.kind === 'form') {
    next.work = { ...entry.work, note: note ?? entry.work.note, actKey: mended ? newKey() : entry.work.actKey }
    next.changed = entry.changed || mending.answers !== undefined || mending.record !== undefined
  } else {
    next.work = { ...entry.work, seq: seq ?? entry.work.seq, key: mended && refused ? newKey() : entry.work.key }
  }
  return next
}
