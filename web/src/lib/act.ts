import { useRef, useState } from 'react'
import { ApiError, describe } from '../api/problem'
import { submit } from '../api/submit'
import type { Fault } from '../api/types'
import { KeyKeeper } from './idempotency'

/** Work that may fail: whether it goes on, and what was wrong in words and at which places, until it is tried again or forgiven. */
export function useAttempt() {
  const [busy, setBusy] = useState(false)
  const [faults, setFaults] = useState<string[]>([])
  const [refused, setRefused] = useState<Fault[]>([])
  const forgive = () => {
    setFaults([])
    setRefused([])
  }
  const attempt = async (work: () => unknown) => {
    setBusy(true)
    forgive()
    try {
      await work()
    } catch (err) {
      const told = err instanceof ApiError ? err.faults : []
      setFaults([describe(err), ...told.map((f) => f.message)])
      setRefused(told)
    } finally {
      setBusy(false)
    }
  }
  return { attempt, busy, faults, refused, forgive }
}

/** One act of a small form: sent once however often it is tried, its faults in words. */
export function useAct() {
  const keeper = useRef(new KeyKeeper())
  const { attempt, busy, faults, refused } = useAttempt()
  const act = <T>(body: unknown, send: (key: string) => Promise<T>, done: (answer: T) => unknown) =>
    attempt(async () => done(await submit(keeper.current, body, send)))
  return { act, busy, faults, refused }
}
