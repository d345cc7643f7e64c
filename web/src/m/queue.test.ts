import { expect, it, vi } from 'vitest'
import { ApiError } from '../api/problem'
import type { Attachment, FormRecord } from '../api/types'
import { type HeldFile, withSent } from './held'
import { PATIENCE } from './pause'
import { again, type Entry, entriesOf, type FormWork, run, type Server } from './queue'
import type { Store } from './store'

const form = (id: string, at: number, more: Partial<Entry> = {}): Entry => ({
  id,
  at,
  title: '表',
  subject: '户主',
  work: { kind: 'form', form: 'f3', household: 'h', period: '2026', finish: true, note: '', openKey: `open-${id}`, actKey: `act-${id}` },
  answers: { a: id },
  state: 'waiting',
  ...more,
})

/** What is kept, without the sealing: what was written stays as it was then. */
function keeping(...entries: Entry[]) {
  const rows = new Map(entries.map((e) => [`entry ${e.id}`, JSON.stringify(e)]))
  type Row = { kind: string; id: string }
  const store = {
    user: 'me',
    put: async (kind: string, id: string, e: Entry) => void rows.set(`${kind} ${id}`, JSON.stringify(e)),
    bytes: async (id: string) => (rows.has(`file ${id}`) ? new TextEncoder().encode(rows.get(`file ${id}`)).buffer : undefined),
    all: async (kind: string) => [...rows].filter(([k]) => k.startsWith(kind)).map(([, r]) => JSON.parse(r) as Entry),
    change: async (put: (Row & { value: Entry })[], drop: Row[]) => {
      for (const p of put) rows.set(`${p.kind} ${p.id}`, JSON.stringify(p.value))
      for (const d of drop) rows.delete(`${d.kind} ${d.id}`)
    },
  } as unknown as Store
  return { store, rows, now: (id: string) => JSON.parse(rows.get(`entry ${id}`) ?? rows.get(`sent ${id}`)!) as Entry }
}

/** A server that notes the keys under which it was asked; a key that it knows gets the same record. */
function office(refuse: (what: string, key: string) => ApiError | undefined = () => undefined, signedIn = 'me') {
  const asked: string[] = []
  const records = new Map<string, string>()
  const fired: unknown[] = []
  const heard = (what: string, key: string) => {
    asked.push(`${what} ${key}`)
    const err = refuse(what, key)
    if (err) throw err
  }
  const server: Server = {
    who: async () => signedIn,
    open: async (_, w) => {
      if (!records.has(w.openKey)) records.set(w.openKey, `r${records.size + 1}`)
      heard('open', w.openKey)
      return { item: { id: records.get(w.openKey), row_version: 1 } } as FormRecord
    },
    act: async (e, w) => heard(`act on ${e.record!.id}`, w.actKey),
    fire: async (e, w) => {
      heard('fire', w.key)
      fired.push(withSent(e.answers, e.files))
    },
    attach: async (e, piece, key) => {
      heard(`attach ${piece.kind} to ${e.record?.id ?? 'the case'}`, key)
      return { id: `at-${key}` } as Attachment
    },
  }
  return { server, asked, records, fired }
}

const problem = (status: number, code = 'x') => new ApiError(status, { code, detail: '缘由' })
const send = (store: Store, server: Server) => run(store, () => {}, server, async () => {})

it('sends in the order of filling in, and empties what has arrived', async () => {
  const kept = keeping(form('b', 2), form('a', 1))
  const o = office()
  expect(await send(kept.store, o.server)).toBe('done')
  expect(o.asked).toEqual(['open open-a', 'act on r1 act-a', 'open open-b', 'act on r2 act-b'])
  expect(kept.now('a')).toMatchObject({ state: 'done', answers: {}, record: { id: 'r1' } })
  expect([...kept.rows.keys()]).toEqual(['sent a', 'sent b'])
})

it('does not stand still behind an answer that never comes', async () => {
  vi.useFakeTimers()
  try {
    const o = office()
    const kept = keeping(form('a', 1))
    const ended = send(kept.store, { ...o.server, open: () => new Promise(() => {}) })
    await vi.advanceTimersByTimeAsync(PATIENCE - 1)
    expect(kept.now('a').state).toBe('sending')
    await vi.advanceTimersByTimeAsync(1)
    expect(await ended).toBe('offline')
    expect(kept.now('a').state).toBe('waiting')
  } finally {
    vi.useRealTimers()
  }
})

it('makes one record though the answer was lost and the page died', async () => {
  let lost = true
  const o = office((what) => (what === 'open' && lost ? problem(0) : undefined))
  const kept = keeping(form('a', 1), form('b', 2))
  expect(await send(kept.store, o.server)).toBe('offline')
  expect([kept.now('a').state, kept.now('b').state]).toEqual(['waiting', 'waiting'])
  lost = false
  const died = keeping({ ...kept.now('a'), state: 'sending' })
  expect(await send(died.store, o.server)).toBe('done')
  expect([...o.records.keys()]).toEqual(['open-a'])
})

it('does not begin a form again whose record is known', async () => {
  const o = office()
  await send(keeping(form('a', 1, { record: { id: 'r9', version: 1 } })).store, o.server)
  expect(o.asked).toEqual(['act on r9 act-a'])
})

it('keeps what is refused, with the words of the server, and goes on with the others', async () => {
  const kept = keeping(form('a', 1), form('b', 2), form('c', 3))
  const o = office((_what, key) => (key === 'open-a' ? problem(409, 'form_exists') : key === 'act-b' ? problem(422) : undefined))
  expect(await send(kept.store, o.server)).toBe('done')
  expect(kept.now('a')).toMatchObject({ state: 'conflict', answers: { a: 'a' }, said: { code: 'form_exists', message: '缘由' } })
  expect(kept.now('b')).toMatchObject({ state: 'returned', answers: { a: 'b' }, record: { id: 'r2' } })
  expect(kept.now('c').state).toBe('done')
  await send(kept.store, o.server)
  expect(o.asked.filter((x) => x === 'open open-a')).toHaveLength(1)
})

it('comes again when asked to wait, but not for ever', async () => {
  let times = 0
  const o = office((what) => (what === 'open' && ++times < 3 ? problem(429) : undefined))
  const kept = keeping(form('a', 1))
  expect(await send(kept.store, o.server)).toBe('done')
  const never = keeping(form('a', 1))
  expect(await send(never.store, office(() => problem(429)).server)).toBe('offline')
  expect(never.now('a').state).toBe('waiting')
})

it('stops when nobody is signed in, and what waits goes on waiting', async () => {
  const kept = keeping(form('a', 1), form('b', 2))
  expect(await send(kept.store, office(() => problem(401)).server)).toBe('locked')
  expect((await entriesOf(kept.store)).map((e) => e.state)).toEqual(['waiting', 'waiting'])
})

it('sends nothing in the name of somebody else who has signed in meanwhile', async () => {
  const kept = keeping(form('a', 1))
  const o = office(() => undefined, 'another')
  expect(await send(kept.store, o.server)).toBe('locked')
  expect(o.asked).toEqual([])
  expect(kept.now('a').state).toBe('waiting')
})

it('sends again under the same keys what was not changed, and under another act what was', () => {
  const refused = form('a', 1, { state: 'returned', said: { status: 422, code: 'x', message: '', faults: [] } })
  expect(again(refused).work).toEqual(refused.work)
  const mended = again(refused, { answers: { a: 'new' } })
  const work = mended.work as FormWork
  expect(work.openKey).toBe('open-a')
  expect(work.actKey).not.toBe('act-a')
  expect(mended).toMatchObject({ state: 'waiting', changed: true, answers: { a: 'new' }, said: undefined })
})

it('takes a step again under another key only when it was refused for certain', () => {
  const step = (status: number): Entry => ({ ...form('s', 1), work: { kind: 'step', case: 'c', event: 'e', seq: 3, key: 'k' }, state: 'conflict', said: { status, code: 'x', message: '', faults: [] } })
  expect(again(step(409), { seq: 4 }).work).toMatchObject({ seq: 4, key: expect.not.stringMatching(/^k$/) as string })
  expect(again(step(500)).work).toMatchObject({ seq: 3, key: 'k' })
})

const held = (id: string, kind = 'photo'): HeldFile => ({ id, kind, name: `${id}.png`, type: 'image/png', size: 1, at: 1, facts: {} })
const files = (k: ReturnType<typeof keeping>, ...ids: string[]) => ids.forEach((id) => k.rows.set(`file ${id}`, 'x'))

it('sends the files of a form after it, each once though an answer was lost, and drops them when all has arrived', async () => {
  let lost = true
  const o = office((what, key) => (what.startsWith('attach') && key === 'f2' && lost ? problem(0) : undefined))
  const kept = keeping(form('a', 1, { files: [held('f1'), held('f2', 'signature')] }))
  files(kept, 'f1', 'f2')
  expect(await send(kept.store, o.server)).toBe('offline')
  expect(kept.now('a').files?.map((f) => f.sent)).toEqual(['at-f1', undefined])
  lost = false
  expect(await send(kept.store, o.server)).toBe('done')
  expect(o.asked).toEqual(['open open-a', 'act on r1 act-a', 'attach photo to r1 f1', 'attach signature to r1 f2', 'act on r1 act-a', 'attach signature to r1 f2'])
  expect([...kept.rows.keys()]).toEqual(['sent a'])
})

it('sends the files of a step before it, and the step calls them by the names they were given', async () => {
  const work = { kind: 'step', case: 'c', event: 'e', seq: 3, key: 'k' } as const
  const o = office()
  const kept = keeping(form('s', 1, { work, answers: { photos: ['f1'], rows: [{ proof: ['f2'], note: 'x' }] }, files: [held('f1'), held('f2')] }))
  files(kept, 'f1', 'f2')
  expect(await send(kept.store, o.server)).toBe('done')
  expect(o.asked).toEqual(['attach photo to the case f1', 'attach photo to the case f2', 'fire k'])
  expect(o.fired).toEqual([{ photos: ['at-f1'], rows: [{ proof: ['at-f2'], note: 'x' }] }])
})

it('does not stand still behind a photo that is gone from the phone: it says which', async () => {
  const kept = keeping(form('a', 1, { files: [held('f1')] }), form('b', 2))
  expect(await send(kept.store, office().server)).toBe('done')
  expect(kept.now('a')).toMatchObject({ state: 'returned', said: { code: 'file_gone' } })
  expect(kept.now('b').state).toBe('done')
})
