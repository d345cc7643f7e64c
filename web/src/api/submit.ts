import { ApiError, heldBack } from './problem'
import type { KeyKeeper } from '../lib/idempotency'

/** How often an act is sent again on its own before the person is asked. */
export const MAX_TRIES = 8

/** How often it is sent to a server that has been asked too often. */
const HELD_BACK_TRIES = 3

interface Options {
  /** Told before each further try: its number, starting at 2. */
  onRetry?: (attempt: number) => void
  /** Replaced in tests. */
  wait?: (milliseconds: number) => Promise<void>
}

const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds))

/**
 * Sends one act. While the server is busy or no answer comes, it is sent again with
 * the same Idempotency-Key, so that it happens once. The keeper remembers the key
 * until the act has succeeded.
 */
export async function submit<T>(keeper: KeyKeeper, body: unknown, send: (key: string) => Promise<T>, options: Options = {}): Promise<T> {
  const key = keeper.keyFor(body)
  const wait = options.wait ?? pause
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await send(key)
      keeper.settle('done')
      return answer
    } catch (err) {
      const again = err instanceof ApiError && (err.again || (heldBack(err) && attempt < HELD_BACK_TRIES))
      if (!again) {
        if (err instanceof ApiError && err.code === 'key_reused') keeper.renew()
        else keeper.settle('refused')
        throw err
      }
      if (attempt >= MAX_TRIES) {
        keeper.settle('unknown')
        throw err
      }
      options.onRetry?.(attempt + 1)
      await wait(delay(attempt, err.retryAfter))
    }
  }
}

/** Seconds the server asked for, or 1, 2, 4, then 5, with a little spread so that a whole office does not return at once. */
function delay(attempt: number, retryAfter?: number): number {
  const seconds = retryAfter ?? Math.min(2 ** (attempt - 1), 5)
  return seconds * 1000 + Math.random() * 300
}
