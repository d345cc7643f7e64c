import { useSyncExternalStore } from 'react'
import { api, unwrap, whenSignedOut } from '../api/client'
import { ApiError, describe } from '../api/problem'
import { inTime } from './pause'
import { admit, canKeep, forget, lock, reached, resume, sealedWork, Store } from './store'

// Who is at the phone. What is kept opens without a network as long as the account is signed in as far as is known; the
// server's word that it is not, locks it.

export type Account =
  | { phase: 'starting' }
  /** This address cannot keep anything sealed: it is not HTTPS. */
  | { phase: 'unfit' }
  | { phase: 'open'; store: Store; name: string }
  | { phase: 'locked'; unsent: { user: string; name: string; count: number }[]; fault?: string }

let account: Account = { phase: 'starting' }
const listeners = new Set<() => void>()

function become(next: Account): void {
  account = next
  for (const tell of listeners) tell()
}

export function useAccount(): Account {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell)
      return () => listeners.delete(tell)
    },
    () => account,
  )
}

/** Whether what is kept may still be added to. */
export function isOpen(store: Store): boolean {
  return account.phase === 'open' && account.store === store
}

async function becomeLocked(fault?: string): Promise<void> {
  become({ phase: 'locked', unsent: await sealedWork(), fault })
}

/** Opens what is kept, at once when that may be done without the server, and then asks the server who is there. */
export async function start(): Promise<void> {
  if (!canKeep()) {
    become({ phase: 'unfit' })
    return
  }
  whenSignedOut(() => void lockNow())
  const holder = await resume()
  if (holder?.key) become({ phase: 'open', store: new Store(holder.user, holder.key), name: holder.name })
  await contact()
}

/** Asks the server who is signed in, and follows. Without an answer all stays as it is. */
export async function contact(): Promise<void> {
  try {
    if (account.phase === 'open' && (await stillHere(account.store.user))) return
    const { user, key, days } = await inTime(unwrap(api.POST('/me/phone-key')))
    become({ phase: 'open', store: await admit(user, key, days), name: user.name })
  } catch (err) {
    if (!(err instanceof ApiError)) throw err
    if (account.phase !== 'open') await becomeLocked(err.status === 401 ? undefined : describe(err))
  }
}

/** Whether the one who opened what is kept is the one who is signed in. */
async function stillHere(id: string): Promise<boolean> {
  const { user } = await inTime(unwrap(api.GET('/me')))
  if (user.id === id) await reached(id)
  return user.id === id
}

/** The session is over: the key goes, all stays sealed. */
async function lockNow(): Promise<void> {
  await lock()
  await becomeLocked()
}

/** Ends the session here. What was taken along goes; what was not sent stays sealed for the same account. Without a network it cannot be done. */
export async function signOut(): Promise<void> {
  try {
    await unwrap(api.DELETE('/session'))
  } catch (err) {
    if (!(err instanceof ApiError && err.status === 401)) throw err
  }
  await forget()
  await becomeLocked()
}
