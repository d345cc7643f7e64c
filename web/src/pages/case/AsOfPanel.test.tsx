import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { CaseAsOf, TimelineEntry } from '../../api/types'
import AsOfPanel, { Changes } from './AsOfPanel'

const times = ['2026-03-10T04:00:00Z', '2026-03-11T04:00:00Z', '2026-03-12T04:00:00Z']

const entry = (i: number): TimelineEntry => ({ seq: i + 1, kind: 'event', title: ['开启', '领取', '村级登记'][i] ?? '', event: 'x', at: times[i] ?? '', actor: { user_id: 'u1', name: '周明', role: 'village_cadre', role_title: '村干部', unit: '石桥村', on_behalf: false }, answers: [], attachments: [], overdue: false, hash: 'h', prev_hash: '' })

const past = (at: string): CaseAsOf => ({
  case_id: 'c1', at, state: 'new', state_title: '新线索', seq: 1, step: 0, version: 1, policy_hash: 'abcdef0123456789', limits: [{ code: 'clue', title: '线索核实', text: '2个自然日' }],
  holders: [{ role: 'village_cadre', role_title: '村干部', unit: '石桥村', user: { id: 'u1', name: '周明' }, since: times[0] ?? '' }],
  clocks: [{ code: 'clue', title: '线索核实', state: 'running', due_at: times[1], overdue: true }], facts: [], timeline: [],
  known: [{ seq: 1, at: times[0] ?? '', act: '开启', can_unmask: true, answer: { code: 'content', title: '情况说明', kind: 'long', class: 'P2', text: '房＊＊', hidden: true } }],
  story: [{ seq: 1, at: times[0] ?? '', text: '周明（村干部）：开启事项', notes: [] }],
  unmasked: [{ at: times[1] ?? '', by: '赵审', role: '审计人员', action: '查看完整信息', what: '情况说明', purpose: '核对线索' }],
})

let asked: string[]
let sent: unknown[]

beforeEach(() => {
  asked = []
  sent = []
  vi.stubGlobal('fetch', async (r: Request) => {
    const url = new URL(r.url)
    const last = url.pathname.split('/').pop() ?? ''
    if (last !== 'me') asked.push(last + url.search)
    if (r.method === 'POST') sent.push(await r.json())
    const answers: Record<string, unknown> = {
      me: { grants: [] },
      timeline: { case_id: 'c1', items: [0, 1, 2].map(entry) },
      asof: past(url.searchParams.get('at') ?? ''),
      compare: { case_id: 'c1', from: times[0], to: times[2], changes: [{ kind: 'state', title: '环节', old: '新线索', new: '核实中', hidden: false }], story: [] },
      unmask: { seq: 1, field: 'content', text: '房屋漏雨', logged_at: times[2] },
    }
    return new Response(JSON.stringify(answers[last]), { status: 200, headers: { 'Content-Type': 'application/json' } })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const show = () =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <AsOfPanel id="c1" openedAt={times[0] ?? ''} />
      </App>
    </QueryClientProvider>,
  )

it('goes through a case step by step and tells who held it, what was late and which rules applied', async () => {
  show()
  expect(await screen.findByText(/石桥村 村干部 周明/, {}, { timeout: 10_000 })).toBeTruthy()
  expect(screen.getByText('超期')).toBeTruthy()
  expect(screen.getByText(/赵审（审计人员）查看完整信息：情况说明，用途：核对线索/)).toBeTruthy()
  expect(screen.getByText('线索核实 2个自然日')).toBeTruthy()
  expect(screen.getByText('周明（村干部）：开启事项')).toBeTruthy()
  expect(asked).toContain(`asof?at=${encodeURIComponent(times[2] ?? '')}`)
  fireEvent.click(screen.getByRole('button', { name: '上一步' }))
  await vi.waitFor(() => expect(asked).toContain(`asof?at=${encodeURIComponent(times[1] ?? '')}`))
  expect(screen.getByText(/第 2 步，共 3 步：领取/)).toBeTruthy()
})

it('compares the moment chosen with another, the earlier one first', async () => {
  show()
  fireEvent.click(await screen.findByRole('button', { name: '由此开始比较' }))
  fireEvent.click(screen.getByRole('button', { name: '上一步' }))
  await vi.waitFor(() => expect(asked).toContain(`compare?from=${encodeURIComponent(times[1] ?? '')}&to=${encodeURIComponent(times[2] ?? '')}`))
  expect(await screen.findByText('核实中')).toBeTruthy()
})

it('shows a masked answer whole only for a purpose', async () => {
  show()
  fireEvent.click(await screen.findByRole('button', { name: '查看完整内容' }))
  const input = screen.getByLabelText(/用途/)
  fireEvent.change(input, { target: { value: '看看' } })
  expect(screen.getByRole('button', { name: /查\s?看$/, hidden: true }).hasAttribute('disabled')).toBe(true)
  fireEvent.change(input, { target: { value: '与调查表核对' } })
  fireEvent.click(screen.getByRole('button', { name: /查\s?看$/, hidden: true }))
  expect(await screen.findByText('房屋漏雨')).toBeTruthy()
  expect(sent).toEqual([{ seq: 1, field: 'content', purpose: '与调查表核对' }])
})

it('says that something has changed even where it may not be shown', () => {
  render(<Changes changes={[{ kind: 'answer', title: '核实：存款', old: '', new: '', hidden: true }]} />)
  expect(screen.getByText('（按权限不显示）')).toBeTruthy()
})
