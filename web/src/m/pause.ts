/** Waits so many milliseconds. */
export const pause = (milliseconds: number) => new Promise<void>((done) => setTimeout(done, milliseconds))

/** How long an answer is waited for, milliseconds: on a line that has died without a word none ever comes, and the queue would stand still behind it. */
const PATIENCE = 60_000

/** Gives a request up in time; it is then as if there were no network. */
export const patience = () => AbortSignal.timeout(PATIENCE)
