import { useCallback, useEffect, useState, useSyncExternalStore } from 'react'
import { contact, useAccount } from './account'
import { type Ended, entriesOf, type Entry, run } from './queue'
import type { Store } from './store'

/** Whether the browser believes that there is a network. */
export function useOnline(): boolean {
  return useSyncExternalStore(
    (tell) => {
      window.addEventListener('online', tell)
      window.addEventListener('offline', tell)
      return () => {
        window.removeEventListener('online', tell)
        window.removeEventListener('offline', tell)
      }
    },
    () => navigator.onLine,
  )
}

/** What is kept here under a name: undefined while it is read, null when there is nothing. Told again after changes. */
export function useKept<T>(read: () => Promise<T | undefined>, deps: unknown[]): [T | null | undefined, () => void] {
  const [value, setValue] = useState<T | null>()
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    let gone = false
    void read().then((v) => {
      if (!gone) setValue(v ?? null)
    })
    return () => {
      gone = true
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- the caller names what reading depends on
  }, [turn, ...deps])
  return [value, useCallback(() => setTurn((n) => n + 1), [])]
}

let entries: Entry[] = []
let running = false
const listeners = new Set<() => void>()

async function look(store: Store): Promise<void> {
  entries = await entriesOf(store)
  for (const tell of listeners) tell()
}

/** The queue as it stands. */
export function useEntries(): Entry[] {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell)
      return () => listeners.delete(tell)
    },
    () => entries,
  )
}

/** Looks at the queue and sends what waits, if nobody is at it. */
export async function sendQueue(store: Store): Promise<Ended> {
  await look(store)
  if (running) return 'elsewhere'
  running = true
  try {
    return await run(store, () => void look(store))
  } finally {
    running = false
    await look(store)
  }
}

/** How often what waits is tried again while a page is open. */
const EVERY = 10_000

/** Keeps sending: when the network returns, when the page is looked at again, and now and then. */
export function useSending(): void {
  const account = useAccount()
  const store = account.phase === 'open' ? account.store : undefined
  useEffect(() => {
    if (!store) {
      entries = []
      return undefined
    }
    const go = () => {
      if (navigator.onLine) void contact().then(() => sendQueue(store))
    }
    const seen = () => {
      if (document.visibilityState === 'visible') go()
    }
    void sendQueue(store)
    const timer = setInterval(() => {
      if (entries.some((e) => e.state === 'waiting') && navigator.onLine) void sendQueue(store)
    }, EVERY)
    window.addEventListener('online', go)
    document.addEventListener('visibilitychange', seen)
    return () => {
      clearInterval(timer)
      window.removeEventListener('online', go)
      document.removeEventListener('visibilitychange', seen)
    }
  }, [store])
}
