import { expect, it, vi } from 'vitest'
import { byCounty } from './Counties'
import { daysLeft } from './DueIn'
import { left, panelsOf } from './Panels'

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

it.each([
  [['surveyor'], ['MyForms']],
  [['instructor'], ['Checking']],
  [['group_leader'], ['Reviewing']],
  [['data_entry'], ['Entering']],
  [['city_office'], ['Counties']],
  [['resident_member', 'surveyor'], ['MyForms', 'Notices']],
  [['guide'], []],
])('%j look after %j', (roles, panels) => expect(panelsOf(roles).map((p) => p.name)).toEqual(panels))

it('puts villages together by county, most late first', () => {
  const village = (code: string, open: number, overdue: number) => ({ code, title: code, open, overdue })
  expect(byCounty([village('510923101001', 5, 0), village('510922101001', 1, 1), village('510923102001', 2, 0)])).toEqual([
    { code: '510922', open: 1, overdue: 1 },
    { code: '510923', open: 7, overdue: 0 },
  ])
})
