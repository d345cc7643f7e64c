import { expect, it } from 'vitest'
import { formatLimit } from './dates'
import { readDeadline } from './deadline'

// The limit is the end of 27 November, Chinese time.
const due = '2026-11-28T00:00:00+08:00'

it.each([
  ['2026-11-20T08:00:00+08:00', 'normal', '正常', '剩余 7 天（11-27 24:00 前）'],
  ['2026-11-23T23:59:59+08:00', 'normal', '正常', '剩余 4 天（11-27 24:00 前）'],
  ['2026-11-24T00:00:00+08:00', 'near', '临期', '剩余 3 天（11-27 24:00 前）'],
  ['2026-11-26T23:59:59+08:00', 'near', '临期', '剩余 1 天（11-27 24:00 前）'],
  ['2026-11-27T00:00:00+08:00', 'near', '临期', '今日到期（11-27 24:00 前）'],
  ['2026-11-27T23:59:59+08:00', 'near', '临期', '今日到期（11-27 24:00 前）'],
  ['2026-11-28T00:00:00+08:00', 'over', '超期', '已超期 不足 1 小时（应于 11-27 24:00 前办结）'],
  ['2026-11-28T01:00:00+08:00', 'over', '超期', '已超期 1 小时（应于 11-27 24:00 前办结）'],
  ['2026-11-28T23:59:59+08:00', 'over', '超期', '已超期 23 小时（应于 11-27 24:00 前办结）'],
  ['2026-11-29T00:00:00+08:00', 'over', '超期', '已超期 1 天（应于 11-27 24:00 前办结）'],
  ['2026-12-08T10:00:00+08:00', 'over', '超期', '已超期 10 天（应于 11-27 24:00 前办结）'],
])('at %s it reads %s', (now, level, word, text) => {
  expect(readDeadline(due, now)).toEqual({ level, word, text })
})

it('reads the same from any zone the instant is written in', () => {
  expect(readDeadline('2026-11-27T16:00:00Z', '2026-11-27T15:59:59Z').text).toBe('今日到期（11-27 24:00 前）')
})

it('counts days by the calendar when the limit is at midday', () => {
  expect(readDeadline('2026-11-27T17:30:00+08:00', '2026-11-26T23:00:00+08:00').text).toBe('剩余 1 天（11-27 17:30 前）')
  expect(readDeadline('2026-11-27T17:30:00+08:00', '2026-11-27T17:30:00+08:00').level).toBe('over')
})

it('writes the last second of a day as 24:00 too', () => {
  expect(formatLimit('2026-11-27T23:59:59+08:00')).toBe('11-27 24:00')
})
