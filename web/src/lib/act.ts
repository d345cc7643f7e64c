import { useRef, useState } from 'react'
import { ApiError, describe } from '../api/problem'
import { submit } from '../api/submit'
import { KeyKeeper } from './idempotency'

/** One act of a small form: sent once however often it is tried, its faults in words. */
export function useAct() {
  const keeper = useRef(new KeyKeeper())
  const [busy, setBusy] = useState(false)
  const [faults, setFaults] = useState<string[]>([])
  const act = async <T>(body: unknown, send: (key: string) => Promise<T>, done: (answer: T) => unknown) => {
    setBusy(true)
    setFaults([])
    try {
      await done(await submit(keeper.current, body, send))
    } catch (err) {
      setFaults([describe(err), ...(err instanceof ApiError ? err.faults.map((f) => f.message) : [])])
    } finally {
      setBusy(false)
    }
  }
  return { act, busy, faults }
}
