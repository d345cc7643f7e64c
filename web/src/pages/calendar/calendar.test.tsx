import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { CalendarChange, CalendarYear } from '../../api/admin'
import { ready } from '../../testing'
import { Year } from './Calendar'
import { daysIn, holidayWords, tally } from './months'
import { Outcome } from './YearForm'

vi.mock('@tanstack/react-router', () => ({ getRouteApi: () => ({}) }))

let sent: { dry_run?: boolean }[]
const change: CalendarChange = { dry_run: true, limits: 3, cases: 2, shifts: [{ days: -1, limits: 1 }, { days: 3, limits: 2 }], provisional: 0, fixed: 0 }

beforeEach(() => {
  sent = []
  vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => {}, removeEventListener: () => {} }))
  vi.stubGlobal('fetch', async (r: Request) => {
    sent.push((await r.json()) as { dry_run?: boolean })
    return new Response(JSON.stringify(change), { status: 200, headers: { 'Content-Type': 'application/json' } })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const days = [
  { date: '2027-01-01', work: false, kind: 'holiday', name: '元旦' },
  { date: '2027-01-04', work: true, kind: 'workday' },
  { date: '2027-01-09', work: true, kind: 'makeup', name: '元旦' },
  { date: '2027-01-10', work: false, kind: 'weekend' },
]
const guess: CalendarYear = { year: 2027, published: false, warning: '这一年的放假安排尚未公布或未收录，工作日按周末暂估', days }
const known: CalendarYear = { year: 2027, published: true, title: '通知', source: '国办发明电〔2026〕0号', published_on: '2026-11-04', days, holidays: [{ name: '元旦', first: '2027-01-01', last: '2027-01-03', work: ['2027-01-09'] }] }

const show = (year: CalendarYear) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <Year of={year} />
      </App>
    </QueryClientProvider>,
  )

it.each([
  [{ first: '2027-01-01', last: '2027-01-03', work: ['2027-01-09'] }, '1月1日至1月3日放假，共 3 天；1月9日上班'],
  [{ first: '2027-04-05', last: '2027-04-05', work: [] }, '4月5日放假'],
])('a holiday is told as the notice does', (h, said) => expect(holidayWords({ name: '节', ...h })).toBe(said))

it.each([
  ['', []],
  ['2027-02-06，2027-02-20', ['2027-02-06', '2027-02-20']],
  ['2027-02-06 2027-02-20', ['2027-02-06', '2027-02-20']],
  ['2027-02-30', undefined],
  ['二月六日', undefined],
])('the days in %j', (text, list) => expect(daysIn(text)).toEqual(list))

it('the days of a year are counted', () => expect(tally(days)).toBe('工作日 2 天，放假 1 天，调休上班 1 天'))

it('a year that is not arranged says so, and nobody else may enter it', () => {
  show(guess)
  screen.getByText(/尚未公布或未收录/)
  screen.getByText('国务院办公厅的放假通知公布后，由系统管理员在这里录入。')
  expect(screen.queryByRole('button', { name: /放假安排/ })).toBeNull()
  const january = within(screen.getByRole('region', { name: '1 月' }))
  january.getByRole('cell', { name: /^1\s?休$/ })
  january.getByRole('cell', { name: /^9\s?班$/ })
})

it('an arranged year tells its notice', () => {
  show(known)
  screen.getByText('来源：通知（国办发明电〔2026〕0号，2026-11-04）')
  expect(screen.queryByText(/尚未公布/)).toBeNull()
})

it('holidays are put into use once it was told which limits move', async () => {
  show({ ...known, can_edit: true })
  fireEvent.click(screen.getByRole('button', { name: '更正放假安排' }))
  const form = within(screen.getByRole('region', { name: '录入放假安排' }))
  fireEvent.change(form.getByLabelText('调休上班的周末（多日用逗号分开）'), { target: { value: '明天' } })
  form.getByText('还要填：元旦的调休上班日写作 2027-02-06')
  fireEvent.change(form.getByLabelText('调休上班的周末（多日用逗号分开）'), { target: { value: '2027-01-16' } })
  fireEvent.click(form.getByRole('button', { name: '试算影响' }))
  await form.findByText('2 件在办事项的 3 个暂估期限将变动：')
  form.getByText('提前 1 天：1 个')
  form.getByText('推后 3 天：2 个')
  fireEvent.change(form.getByLabelText('通知文号'), { target: { value: '国办发明电〔2026〕8号' } })
  expect(form.queryByRole('button', { name: '确认启用' })).toBeNull()
  fireEvent.click(await ready(/试算影响$/))
  fireEvent.click(await ready(/确认启用$/))
  const body = { number: '国办发明电〔2026〕8号', title: '通知', published_on: '2026-11-04', holidays: [{ name: '元旦', first: '2027-01-01', last: '2027-01-03', work: ['2027-01-16'] }] }
  await waitFor(() => expect(sent.slice(1)).toEqual([{ ...body, dry_run: true }, { ...body, dry_run: false }]))
})

it('a new year begins with the usual holidays', () => {
  show({ ...guess, can_edit: true })
  fireEvent.click(screen.getByRole('button', { name: '录入放假安排' }))
  expect(screen.getAllByLabelText<HTMLInputElement>('节日').map((i) => i.value)).toContain('国庆节')
  screen.getByText(/还要填：文号、发布日期、元旦的起止日期/)
})

it('what stays is told too', () => {
  render(<Outcome change={{ ...change, limits: 0, cases: 0, shifts: [], fixed: 4, provisional: 1 }} />)
  screen.getByText('没有期限因此变动。')
  screen.getByText('另有 4 个期限已按原安排确定，不再变动。')
  screen.getByText('还有 1 个期限取决于其他尚未公布的年份，仍为暂估。')
})
