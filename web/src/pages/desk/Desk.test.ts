import { expect, it, vi } from 'vitest'
import { daysLeft } from './Desk'
import { left } from './Panels'

it.each([
  [{ bucket: 'today', overdue: false, workdays_left: 0 }, '今日到期'],
  [{ bucket: 'soon', overdue: false, workdays_left: 0 }, '剩 0 个工作日'],
  [{ bucket: 'later', overdue: false, workdays_left: 12 }, '剩 12 个工作日'],
  [{ bucket: 'later', overdue: false }, '一年以后到期'],
  [{ bucket: 'overdue', overdue: true, workdays_left: 0 }, '已超期，不足 1 个工作日'],
  [{ bucket: 'overdue', overdue: true, workdays_left: -3 }, '已超期 3 个工作日'],
  [{ bucket: 'overdue', overdue: true }, '已超期一年以上'],
] as const)('%o reads %s', (task, words) => expect(daysLeft(task)).toBe(words))

it('counts the days of an engagement with the last one', () => {
  vi.useFakeTimers({ now: new Date('2026-11-23T15:59:00Z') }) // 23:59 in China
  expect(left('2026-11-23')).toBe('至 2026-11-23，还有 1 天')
  vi.setSystemTime(new Date('2026-11-23T16:00:00Z'))
  expect(left('2026-11-30')).toBe('至 2026-11-30，还有 7 天')
  vi.useRealTimers()
})
