import { canSeal, keyFrom } from '../lib/sealing'
import { api, unwrap } from './client'

let known: { user: string; key: Promise<CryptoKey | undefined> } | undefined

/**
 * The key that the server holds for an account's drafts, the same as that of its phones: asked for once while the page is
 * open, kept in memory alone. Without it (no HTTPS, no network) only what may stand in the clear is kept.
 */
export function draftKey(user: string): Promise<CryptoKey | undefined> {
  if (!canSeal() || user === '') return Promise.resolve(undefined)
  if (known?.user !== user) known = { user, key: fetchKey(user) }
  return known.key
}

async function fetchKey(user: string): Promise<CryptoKey | undefined> {
  try {
    const answer = await unwrap(api.POST('/me/phone-key'))
    if (answer.user.id === user) return await keyFrom(answer.key)
  } catch {
    // tried again with the next form
  }
  known = undefined
  return undefined
}

/** The session is over. */
export function forgetDraftKey(): void {
  known = undefined
}
