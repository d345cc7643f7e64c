import { expect, it, vi } from 'vitest'
import { KeyKeeper } from '../lib/idempotency'
import { ApiError } from './problem'
import { MAX_TRIES, submit } from './submit'

const now = { wait: () => Promise.resolve() }
const busy = () => new ApiError(503, { code: 'busy' }, 1)

it('sends again with the same key until the server answers', async () => {
  const keys: string[] = []
  const retries: number[] = []
  const answer = await submit(
    new KeyKeeper(),
    { event: 'accept' },
    (key) => {
      keys.push(key)
      if (keys.length === 1) return Promise.reject(busy())
      if (keys.length === 2) return Promise.reject(new ApiError(0, {}))
      return Promise.resolve('done')
    },
    { ...now, onRetry: (n) => retries.push(n) },
  )
  expect(answer).toBe('done')
  expect(new Set(keys).size).toBe(1)
  expect(retries).toEqual([2, 3])
})

it('waits as long as the server asks', async () => {
  const waits: number[] = []
  const send = vi.fn().mockRejectedValueOnce(new ApiError(503, {}, 7)).mockResolvedValue('ok')
  await submit(new KeyKeeper(), {}, send, { wait: (ms) => (waits.push(ms), Promise.resolve()) })
  expect(waits[0]).toBeGreaterThanOrEqual(7000)
  expect(waits[0]).toBeLessThan(7400)
})

it('does not repeat a refusal', async () => {
  const send = vi.fn().mockRejectedValue(new ApiError(422, { code: 'invalid' }))
  await expect(submit(new KeyKeeper(), {}, send, now)).rejects.toMatchObject({ status: 422 })
  expect(send).toHaveBeenCalledTimes(1)
})

it('gives up after a while and keeps the key, even for a changed form', async () => {
  const keeper = new KeyKeeper()
  const keys: string[] = []
  const send = (key: string) => (keys.push(key), Promise.reject(busy()))
  await expect(submit(keeper, { a: 1 }, send, now)).rejects.toMatchObject({ status: 503 })
  expect(keys).toHaveLength(MAX_TRIES)
  await submit(keeper, { a: 2 }, (key) => (keys.push(key), Promise.resolve()), now)
  expect(new Set(keys).size).toBe(1)
})

it('takes a new key once the server says that the key belongs to another act', async () => {
  const keeper = new KeyKeeper()
  const keys: string[] = []
  const send = (key: string) => (keys.push(key), Promise.reject(new ApiError(422, { code: 'key_reused' })))
  await expect(submit(keeper, {}, send, now)).rejects.toBeInstanceOf(ApiError)
  await expect(submit(keeper, {}, send, now)).rejects.toBeInstanceOf(ApiError)
  expect(new Set(keys).size).toBe(2)
})

it('sends an act again that came too soon after others, with its key, but not for ever', async () => {
  const keys: string[] = []
  const send = (answers: (ApiError | string)[]) => (key: string) => {
    keys.push(key)
    const next = answers.shift() ?? new ApiError(429, {}, 2)
    return typeof next === 'string' ? Promise.resolve(next) : Promise.reject(next)
  }
  expect(await submit(new KeyKeeper(), {}, send([new ApiError(429, {}, 2), 'ok']), now)).toBe('ok')
  expect(new Set(keys).size).toBe(1)
  keys.length = 0
  await expect(submit(new KeyKeeper(), {}, send([]), now)).rejects.toMatchObject({ status: 429 })
  expect(keys.length).toBe(3)
  keys.length = 0
  await expect(submit(new KeyKeeper(), {}, send([new ApiError(429, {}, 3600)]), now)).rejects.toMatchObject({ status: 429 })
  expect(keys.length).toBe(1)
})
