import { useRef, useState } from 'react'
import { useAttempt } from './act'

/** How far a long piece of work of the server is. */
export interface HowFar {
  done: number
  total: number
}

/** What is added to a request so that one hears how far it is; see the parameter Progress of the API. */
export interface Told {
  headers: Record<string, string>
  fetch: (request: Request) => Promise<Response>
  signal: AbortSignal
}

const TYPE = 'application/x-ndjson'
const NEWLINE = 10

/** A request whose answer tells how far it is before it comes. */
export const told = (tell: (at: HowFar) => void, signal: AbortSignal): Told => ({
  headers: { Progress: 'lines' },
  fetch: async (request) => unfold(await globalThis.fetch(request), tell),
  signal,
})

/** The answer itself, after the lines that go before it. One that came at once has none. */
export async function unfold(response: Response, tell: (at: HowFar) => void): Promise<Response> {
  if (!response.headers.get('Content-Type')?.startsWith(TYPE) || !response.body) return response
  const reader = response.body.getReader()
  const words = new TextDecoder()
  let rest = new Uint8Array()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) throw new TypeError('the answer was cut off')
    rest = joined([rest, value])
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      const line = JSON.parse(words.decode(rest.subarray(0, end))) as HowFar | { status: number; type: string }
      rest = rest.slice(end + 1)
      if ('status' in line) return new Response(joined([rest, ...(await remainder(reader))]), { status: line.status, headers: { 'Content-Type': line.type } })
      tell(line)
    }
  }
}

async function remainder(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = []
  for (let next = await reader.read(); !next.done; next = await reader.read()) parts.push(next.value)
  return parts
}

function joined(parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const p of parts) {
    out.set(p, at)
    at += p.length
  }
  return out
}

/** Work that may take long: how far it is, what was wrong with it, and a way to stop it. What was done until then stays done. */
export function useWatched() {
  const { attempt, busy, faults, forgive } = useAttempt()
  const [at, setAt] = useState<HowFar>()
  const [stopped, setStopped] = useState(false)
  const over = useRef<AbortController>(undefined)
  const watch = (work: (how: Told) => unknown) =>
    attempt(async () => {
      const controller = new AbortController()
      over.current = controller
      setAt(undefined)
      setStopped(false)
      try {
        await work(told(setAt, controller.signal))
      } catch (err) {
        if (!controller.signal.aborted) throw err
        setStopped(true)
      }
    })
  return { watch, busy, faults, forgive, at, stopped, stop: () => over.current?.abort() }
}
