import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, expect, it, vi } from 'vitest'
import type { Residency, ResidencyRecord } from '../../api/admin'
import { ResidencyView } from './Residency'
import { standing, tally } from './standing'

vi.mock('@tanstack/react-router', () => ({ getRouteApi: () => ({}) }))

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const record: ResidencyRecord = { month: '2026-03', days: 22, long_plan: true, annual_plan: true, accident_insured: true, illness_insured: true, tasks_done: true, recorded_by: '陆文博', recorded_at: '2026-03-31T02:00:00Z' }
const resident = (more: Partial<Residency> = {}): Residency => ({ user: { id: 'u1', name: '夏明涛' }, role_title: '驻村工作队员', region_code: '999901101201', region_name: '石桥村', findings: [], can_record: true, ...more })
const few = { code: 'resident_days', message: '驻村 8 天，少于 20 天' }

it.each([
  [resident(), '待登记'],
  [resident({ findings: [{ code: 'resident_unrecorded', message: '本月驻村情况没有登记' }] }), '没有登记'],
  [resident({ record }), '符合要求'],
  [resident({ record, findings: [few] }), '1 项不符'],
])('a month stands as its record and its check say', (r, word) => expect(standing(r).word).toBe(word))

it('an area is told in one line', () =>
  expect(tally([resident(), resident({ record }), resident({ record, findings: [few] })])).toBe('驻村 3 人，已登记 2 人，其中符合要求 1 人、有提示 1 人；未登记 1 人'))

/** Shows the page before a server with those members; gives what was written. */
function show(items: Residency[]) {
  const sent: unknown[] = []
  const json = (body: unknown) => new Response(JSON.stringify(body), { status: 200, headers: { 'Content-Type': 'application/json' } })
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.method === 'POST') {
      sent.push(await r.json())
      return json(resident({ record, findings: [few] }))
    }
    return json(r.url.includes('/regions') ? { items: [] } : { month: '2026-03', items })
  })
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <ResidencyView filter={{}} onFilter={() => {}} />
      </App>
    </QueryClientProvider>,
  )
  return sent
}

it('a month is recorded once every question is answered', async () => {
  const sent = show([resident()])
  fireEvent.click(await screen.findByRole('button', { name: '登记 夏明涛 的履职' }))
  const form = within(screen.getByRole('region', { name: '登记驻村履职' }))
  const save = form.getByRole<HTMLButtonElement>('button', { name: /^保\s?存$/ })
  fireEvent.change(form.getByLabelText('驻村天数'), { target: { value: '8' } })
  for (const group of form.getAllByRole('radiogroup').slice(1)) fireEvent.click(within(group).getByRole('radio', { name: '是' }))
  expect(save.disabled).toBe(true)
  form.getByText('还要填：制定并执行乡村振兴帮扶规划')
  fireEvent.click(within(form.getByRole('radiogroup', { name: '制定并执行乡村振兴帮扶规划' })).getByRole('radio', { name: '否' }))
  fireEvent.click(save)
  await waitFor(() => expect(sent).toEqual([{ user_id: 'u1', region_code: '999901101201', month: '2026-03', days: 8, long_plan: false, annual_plan: true, accident_insured: true, illness_insured: true, tasks_done: true }]))
  await screen.findByText('已登记，1 项不符：驻村 8 天，少于 20 天')
})

it('a correction begins with what was recorded; who only looks is offered none', async () => {
  show([resident({ record, findings: [few] }), resident({ user: { id: 'u2', name: '何平' }, can_record: false })])
  fireEvent.click(await screen.findByRole('button', { name: '更正 夏明涛 的履职' }))
  expect(screen.getByLabelText<HTMLInputElement>('驻村天数').value).toBe('22')
  screen.getByText('更正后以新的为准，原来的登记保留。')
  screen.getByText('驻村 8 天，少于 20 天')
  expect(screen.queryByRole('button', { name: /何平/ })).toBeNull()
})
