import { expect, it, vi } from 'vitest'
import { unattended, watchHands } from './attended'

it('says after two minutes without a hand that nobody is there', () => {
  vi.useFakeTimers()
  watchHands()
  window.dispatchEvent(new Event('keydown'))
  vi.advanceTimersByTime(119_000)
  expect(unattended()).toBe(false)
  vi.advanceTimersByTime(2_000)
  expect(unattended()).toBe(true)
  window.dispatchEvent(new Event('pointerdown'))
  expect(unattended()).toBe(false)
})
