import { describe, expect, it } from 'vitest'
import { KeyKeeper, newKey } from './idempotency'

describe('KeyKeeper', () => {
  it('keeps the key while the same body is tried again', () => {
    const k = new KeyKeeper()
    const first = k.keyFor({ a: 1 })
    k.settle('unknown')
    expect(k.keyFor({ a: 1 })).toBe(first)
    k.settle('refused')
    expect(k.keyFor({ a: 1 })).toBe(first)
  })

  it('takes a new key for a corrected form after a refusal', () => {
    const k = new KeyKeeper()
    const first = k.keyFor({ a: 1 })
    k.settle('refused')
    expect(k.keyFor({ a: 2 })).not.toBe(first)
  })

  it('keeps the key for a changed form while the outcome is unknown', () => {
    const k = new KeyKeeper()
    const first = k.keyFor({ a: 1 })
    k.settle('unknown')
    expect(k.keyFor({ a: 2 })).toBe(first)
  })

  it('goes on with the key of before a reload, whatever the form says now, until it is known what became of it', () => {
    const k = new KeyKeeper('earlier-key')
    expect(k.keyFor({ a: 1 })).toBe('earlier-key')
    expect(k.keyFor({ a: 2 })).toBe('earlier-key')
    k.settle('done')
    expect(k.keyFor({ a: 2 })).not.toBe('earlier-key')
  })

  it('takes a new key after success and after renew', () => {
    const k = new KeyKeeper()
    const first = k.keyFor({ a: 1 })
    k.settle('done')
    const second = k.keyFor({ a: 1 })
    expect(second).not.toBe(first)
    k.renew()
    expect(k.keyFor({ a: 1 })).not.toBe(second)
  })
})

it('newKey works without randomUUID', () => {
  const own = crypto.randomUUID
  Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true })
  expect(newKey()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  Object.defineProperty(crypto, 'randomUUID', { value: own, configurable: true })
})
