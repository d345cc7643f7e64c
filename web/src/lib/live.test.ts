import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { isLive, onChange, slowlyStale, stale, startLive, touches } from './live'

/** A stream that the test speaks through. */
class FakeSource {
  static readonly CLOSED = 2
  static all: FakeSource[] = []
  readyState = 1
  private heard = new Map<string, ((e: { data: string }) => void)[]>()
  constructor(readonly url: string) {
    FakeSource.all.push(this)
  }
  addEventListener(kind: string, f: (e: { data: string }) => void) {
    this.heard.set(kind, [...(this.heard.get(kind) ?? []), f])
  }
  say(kind: string, data: unknown = {}) {
    for (const f of this.heard.get(kind) ?? []) f({ data: JSON.stringify(data) })
  }
  close() {
    this.readyState = 2
  }
}

/** Tabs of one browser, which hear each other and share a lock. */
class FakeChannel {
  static all: FakeChannel[] = []
  private heard: ((e: { data: unknown }) => void)[] = []
  constructor() {
    FakeChannel.all.push(this)
  }
  addEventListener(_: string, f: (e: { data: unknown }) => void) {
    this.heard.push(f)
  }
  postMessage = (data: unknown) => {
    for (const c of FakeChannel.all) if (c !== this) for (const f of c.heard) f({ data })
  }
  close() {
    FakeChannel.all = FakeChannel.all.filter((c) => c !== this)
  }
}

let waiting: (() => void)[] = []
let held = false
const locks = {
  request(_: string, o: { signal: AbortSignal }, run: () => Promise<void>) {
    return new Promise<void>((done, fail) => {
      const go = () => {
        if (o.signal.aborted) return
        held = true
        void run().then(() => {
          held = false
          waiting.shift()?.()
          done()
        })
      }
      o.signal.addEventListener('abort', () => fail(new Error('aborted')))
      if (held) waiting.push(go)
      else go()
    })
  },
}

beforeEach(() => {
  FakeSource.all = []
  FakeChannel.all = []
  waiting = []
  held = false
  vi.stubGlobal('EventSource', FakeSource)
  vi.stubGlobal('BroadcastChannel', FakeChannel)
  vi.stubGlobal('navigator', { locks })
  vi.spyOn(Math, 'random').mockReturnValue(0)
  vi.useFakeTimers()
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const asked = (client: QueryClient) => {
  const keys: unknown[] = []
  vi.spyOn(client, 'invalidateQueries').mockImplementation(async (f) => void keys.push(f?.queryKey))
  return keys
}

it('reads again what a change names, and nothing else', () => {
  expect(stale({ kinds: ['messages'], cases: [], households: [] })).toEqual([['messages'], ['me']])
  expect(stale({ kinds: ['tasks', 'cases'], cases: ['a'], households: [] })).toEqual([['tasks', 'counts'], ['tasks', 'list'], ['cases'], ['case', 'a']])
  expect(stale({ kinds: ['cases'], cases: [], households: [] })).toContainEqual(['case'])
  expect(touches({ kinds: ['cases'], cases: ['a'], households: [] }, 'b')).toBe(false)
  expect(touches({ kinds: ['cases'], cases: [], households: [] }, 'b')).toBe(true)
  expect(touches({ kinds: ['messages'], cases: [], households: [] }, 'b')).toBe(false)
})

it('reads the households, forms, programmes and campaigns that a change is about', () => {
  expect(stale({ kinds: ['tasks', 'cases', 'programmes'], cases: ['a'], households: ['h'] })).toContainEqual(['household', 'h'])
  expect(stale({ kinds: ['forms'], cases: [], households: ['h'] })).toEqual([['household', 'h'], ['form-records', 'h'], ['form-records', 'all'], ['form-records', 'campaign']])
  expect(stale({ kinds: ['cases'], cases: [], households: [] })).toContainEqual(['household'])
  expect(slowlyStale({ kinds: ['messages'], cases: [], households: [] })).toEqual([])
  expect(slowlyStale({ kinds: ['cases', 'programmes'], cases: ['a'], households: ['h'] })).toEqual([['households'], ['programmes']])
  expect(slowlyStale({ kinds: ['forms', 'campaigns'], cases: [], households: [] })).toEqual([['campaigns', 'one'], ['campaigns', 'coverage'], ['campaigns', 'sample']])
})

it('reads what counts much at once, and then not for a while, however much goes on', async () => {
  const client = new QueryClient()
  const end = startLive(client)
  FakeSource.all[0]!.say('ready')
  const keys = asked(client)
  const walls = () => keys.filter((k) => JSON.stringify(k) === '["programmes"]').length
  const happen = async (ms: number) => {
    FakeSource.all[0]!.say('change', { kinds: ['cases', 'programmes'], cases: ['a'] })
    await vi.advanceTimersByTimeAsync(ms)
  }
  await happen(100)
  expect(walls()).toBe(1)
  for (let i = 0; i < 15; i++) await happen(1_000)
  expect(walls()).toBe(1)
  await happen(6_000)
  expect(walls()).toBe(2)
  await vi.advanceTimersByTimeAsync(60_000)
  expect(walls()).toBe(2)
  await happen(100)
  expect(walls()).toBe(3)
  end()
})

it('opens one stream for all tabs, and the next tab takes over', async () => {
  const [first, second] = [new QueryClient(), new QueryClient()]
  const [one, two] = [asked(first), asked(second)]
  const endFirst = startLive(first)
  const endSecond = startLive(second)
  expect(FakeSource.all).toHaveLength(1)
  FakeSource.all[0]!.say('ready')
  expect(isLive()).toBe(true)
  const seen: string[][] = []
  const forget = onChange((c) => seen.push(c.cases))
  FakeSource.all[0]!.say('change', { kinds: ['tasks', 'cases'], cases: ['a'], households: [] })
  await vi.runAllTimersAsync()
  expect(one).toContainEqual(['case', 'a'])
  expect(two).toContainEqual(['case', 'a'])
  expect(seen).toEqual([['a'], ['a']])
  forget()

  endFirst()
  await vi.runAllTimersAsync()
  expect(FakeSource.all).toHaveLength(2)
  expect(FakeSource.all[0]!.readyState).toBe(2)
  endSecond()
  expect(isLive()).toBe(false)
})

it('waits with what it heard while an act of one’s own is under way', async () => {
  const client = new QueryClient()
  const end = startLive(client)
  FakeSource.all[0]!.say('ready')
  const keys = asked(client)
  const acting = vi.spyOn(client, 'isMutating').mockReturnValue(1)
  FakeSource.all[0]!.say('change', { kinds: ['messages'], cases: [], households: [] })
  await vi.advanceTimersByTimeAsync(2_000)
  expect(keys).toEqual([])
  acting.mockReturnValue(0)
  await vi.advanceTimersByTimeAsync(300)
  expect(keys).toEqual([['messages'], ['me']])
  end()
})

it('reads everything again when the stream comes back, and falls back meanwhile', async () => {
  const client = new QueryClient()
  const keys = asked(client)
  const end = startLive(client)
  const source = FakeSource.all[0]!
  source.say('ready')
  await vi.runAllTimersAsync()
  expect(keys).toEqual([['tasks', 'counts']])
  source.readyState = 0
  source.say('error')
  expect(isLive()).toBe(false)
  source.readyState = 1
  source.say('ready')
  await vi.runAllTimersAsync()
  expect(isLive()).toBe(true)
  expect(keys).toContainEqual(['case'])
  expect(keys).toContainEqual(['messages'])
  end()
})

it('asks whether somebody is still signed in when the stream is refused, and tries again later', async () => {
  const client = new QueryClient()
  const keys = asked(client)
  const end = startLive(client)
  FakeSource.all[0]!.readyState = 2
  FakeSource.all[0]!.say('error')
  expect(keys).toEqual([['me']])
  await vi.advanceTimersByTimeAsync(59_000)
  expect(FakeSource.all).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(FakeSource.all).toHaveLength(2)
  end()
})

it('does nothing where the browser knows no locks', () => {
  vi.stubGlobal('navigator', {})
  startLive(new QueryClient())()
  expect(FakeSource.all).toHaveLength(0)
  expect(isLive()).toBe(false)
})
