import type { QueryClient, QueryKey } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { LiveChange } from '../api/types'

/**
 * Hears from the server what has changed and has it read again. One stream serves all tabs of a browser: the tab that has the
 * lock holds it and passes on what it hears. Where a browser knows no such locks, and while the stream is down, pages ask by
 * the minute as they did before.
 */

const NAME = 'shouwang-live'
const PATH = '/api/v1/live'
/** A stream that was refused is tried again after this. */
const LATER = 60_000
/** Not all pages ask at the same moment. */
const SPREAD = 250

/** What the tabs tell each other. */
type Word = { is: 'on' } | { is: 'off' } | { is: 'again' } | { is: 'ask' } | { is: 'change'; change: LiveChange }

type Listener = (change: LiveChange) => void

let on = false
const listeners = new Set<Listener>()

/** Whether changes are heard at once. */
export const isLive = (): boolean => on

/** Calls back with every change, until the returned function is called. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** Whether a change may be about a case. */
export const touches = (change: LiveChange, id: string): boolean => change.kinds.includes('cases') && (change.cases.length === 0 || change.cases.includes(id))

/** What is to be read again after a change. A form that is open is not: somebody may be writing in it. */
export function stale(change: LiveChange): QueryKey[] {
  const keys: QueryKey[] = []
  const of = (kind: LiveChange['kinds'][number]) => change.kinds.includes(kind)
  const any = of('cases') && change.cases.length === 0
  if (of('tasks')) keys.push(['tasks', 'counts'], ['tasks', 'list'])
  if (of('cases')) keys.push(['cases'], ...(any ? [['case']] : change.cases.map((id) => ['case', id])))
  if (of('messages')) keys.push(['messages'], ['me'])
  if (any) keys.push(['household'])
  for (const id of change.households) keys.push(['household', id], ['form-records', id])
  if (of('forms')) keys.push(['form-records', 'all'], ['form-records', 'campaign'])
  return keys
}

/** What counts much is read again at most every so often, however much goes on. */
const SLOW = 20_000

/** What is to be read again, but not at once each time. */
export function slowlyStale(change: LiveChange): QueryKey[] {
  const keys: QueryKey[] = []
  if (change.households.length > 0 || (change.kinds.includes('cases') && change.cases.length === 0)) keys.push(['households'])
  if (change.kinds.includes('programmes')) keys.push(['programmes'])
  if (change.kinds.includes('campaigns')) keys.push(['campaigns', 'one'], ['campaigns', 'coverage'], ['campaigns', 'sample'])
  return keys
}

/** Reads again at once what was not read for a while, and the rest when it was. */
function slowly(client: QueryClient) {
  const last = new Map<string, number>()
  const waiting = new Map<string, ReturnType<typeof setTimeout>>()
  return {
    read(queryKey: QueryKey) {
      const name = JSON.stringify(queryKey)
      if (waiting.has(name)) return
      const wait = Math.max(0, (last.get(name) ?? 0) + SLOW - Date.now())
      const go = () => {
        waiting.delete(name)
        last.set(name, Date.now())
        void client.invalidateQueries({ queryKey })
      }
      waiting.set(name, setTimeout(go, wait))
    },
    end: () => waiting.forEach((timer) => clearTimeout(timer)),
  }
}

/** Nobody knows what has changed: all of it is read again. */
const everything: LiveChange = { kinds: ['tasks', 'cases', 'messages', 'forms', 'programmes', 'campaigns'], cases: [], households: [] }

/** Begins to hear; the returned function ends it. */
export function startLive(client: QueryClient): () => void {
  if (!('locks' in navigator) || !('BroadcastChannel' in window) || !('EventSource' in window)) return () => {}
  const channel = new BroadcastChannel(NAME)
  const over = new AbortController()
  let source: EventSource | undefined
  let retry: ReturnType<typeof setTimeout> | undefined
  let release = () => {}
  let leads = false
  const heavy = slowly(client)

  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel is of one origin anyway
  const tell = (word: Word) => channel.postMessage(word)
  const read = (change: LiveChange) => {
    // While an act of one's own is under way, its button must not change under the hand.
    if (client.isMutating() > 0) return void setTimeout(() => read(change), SPREAD)
    for (const queryKey of stale(change)) void client.invalidateQueries({ queryKey })
    for (const queryKey of slowlyStale(change)) heavy.read(queryKey)
    for (const listener of listeners) listener(change)
  }
  const hear = (word: Word) => {
    if (word.is === 'on') on = true
    if (word.is === 'off') on = false
    if (word.is === 'ask' && leads && on) tell({ is: 'on' })
    // The tab that leads may be of an older version.
    const change = word.is === 'change' ? { ...word.change, households: word.change.households ?? [] } : word.is === 'again' ? everything : undefined
    if (!change) return
    setTimeout(() => read(change), Math.random() * SPREAD)
  }
  const say = (word: Word) => {
    tell(word)
    hear(word)
  }
  const open = (before: boolean) => {
    let been = before
    source = new EventSource(PATH)
    source.addEventListener('ready', () => {
      say({ is: 'on' })
      // What changed while the page was being opened would show in the numbers.
      if (been) say({ is: 'again' })
      else void client.invalidateQueries({ queryKey: ['tasks', 'counts'] })
      been = true
    })
    source.addEventListener('change', (event) => say({ is: 'change', change: JSON.parse(event.data) as LiveChange }))
    source.addEventListener('error', () => {
      if (on) say({ is: 'off' })
      if (source?.readyState !== EventSource.CLOSED) return // it comes again by itself
      // Refused: perhaps nobody is signed in any more, which the next question tells.
      void client.invalidateQueries({ queryKey: ['me'] })
      retry = setTimeout(() => open(true), LATER)
    })
  }

  channel.addEventListener('message', (event: MessageEvent<Word>) => hear(event.data))
  tell({ is: 'ask' })
  const lead = () =>
    new Promise<void>((done) => {
      release = done
      leads = true
      // Whoever takes over from another tab has missed what came meanwhile.
      open(on)
    })
  navigator.locks.request(NAME, { signal: over.signal }, lead).catch(() => {}) // given up while it waited
  return () => {
    over.abort()
    clearTimeout(retry)
    heavy.end()
    source?.close()
    release()
    channel.close()
    on = false
  }
}

/** Hears changes while it is on the page. */
export function useLive(client: QueryClient): void {
  useEffect(() => startLive(client), [client])
}
