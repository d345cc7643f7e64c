import { expect, it } from 'vitest'
import { monthAfter, weeksOf } from './calendar'

it('begins weeks on Monday and leaves other months out', () => {
  const november = weeksOf('2026-11') // begins on a Sunday
  expect(november[0]).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, '2026-11-01'])
  expect(november[november.length - 1]).toEqual(['2026-11-30', undefined, undefined, undefined, undefined, undefined, undefined])
  expect(weeksOf('2027-02')).toHaveLength(4) // begins on a Monday, 28 days
  expect(weeksOf('2028-02').flat().filter(Boolean)).toHaveLength(29)
})

it('goes over the end of a year', () => {
  expect(monthAfter('2026-12', 1)).toBe('2027-01')
  expect(monthAfter('2026-01', -1)).toBe('2025-12')
})
