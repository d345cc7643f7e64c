import { expect, it, vi } from 'vitest'
import { deviceId } from './device'

it('names a browser once, and not where nothing can be stored', () => {
  const id = deviceId()
  expect(id).toMatch(/^[0-9a-f-]{36}$/)
  expect(deviceId()).toBe(id)
  vi.stubGlobal('localStorage', {
    getItem: () => {
      throw new Error('no storage')
    },
  })
  expect(deviceId()).toBeUndefined()
  vi.unstubAllGlobals()
})
