import { ApiError } from '../api/problem'

/** Waits so many milliseconds. */
export const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds))

/** How long an answer is waited for, milliseconds: on a line that has died without a word none ever comes, and the queue would stand still behind it. */
export const PATIENCE = 60_000

/** How many bytes a millisecond a village's line carries at least: what is large is waited for longer. */
const SLOWEST = 4

/** The answer, or in time the fault of there being no network. (AbortSignal.timeout is not known to older phones.) */
export function inTime<T>(answer: Promise<T>, bytes = 0): Promise<T> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new ApiError(0, {})), PATIENCE + bytes / SLOWEST)
    void answer.then(done, fail).finally(() => clearTimeout(timer))
  })
}
