import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Household, Member } from '../../api/types'
import { Erasures, Seen } from './PrivacyPanels'

let sent: { url: string; body: unknown }[]

const asked = {
  id: 'e1', household_id: 'h1', household_no: 'H1', member_id: 'm2', region_name: '石桥村', ground: 'wrong', ground_title: '非本人或者不必要', reason: '来信', files: 0,
  asked_by: '李办', asked_at: '2026-03-10T04:00:00Z', state: 'asked', state_title: '待审批', can_decide: true,
}
const json = (body: unknown) => new Response(JSON.stringify(body), { status: 200, headers: { 'Content-Type': 'application/json' } })
const household = { id: 'h1', head_name: '罗守田' } as Household
const members = [{ id: 'm1', name: '罗守田' }, { id: 'm2', name: '罗小禾' }] as Member[]

beforeEach(() => {
  sent = []
  vi.stubGlobal('matchMedia', () => ({ matches: true, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', async (r: Request) => {
    const url = new URL(r.url).pathname
    if (r.method === 'POST') {
      sent.push({ url, body: await r.json() })
      return json(asked)
    }
    if (url.endsWith('/seen')) return json({ items: [{ at: '2026-03-10T04:00:00Z', by: '王核', role: '村干部', action: '查看完整信息', what: '成员信息：身份证号', purpose: '核对户口簿' }], total: 7 })
    return json({ items: [asked] })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const shown = (what: React.ReactNode) =>
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>{what}</App>
    </QueryClientProvider>,
  )

it('asks with a member, a ground and a reason', async () => {
  shown(<Erasures household={household} members={members} />)
  fireEvent.click(screen.getByRole('button', { name: '申请删除' }))
  const ok = screen.getByRole('button', { name: '提交申请', hidden: true })
  expect(ok.hasAttribute('disabled')).toBe(true)
  fireEvent.click(screen.getByLabelText('罗小禾'))
  fireEvent.click(screen.getByLabelText('撤回授权'))
  fireEvent.change(screen.getByLabelText(/依据的申请/), { target: { value: ' 监护人来信 ' } })
  fireEvent.click(ok)
  await waitFor(() => expect(sent).toEqual([{ url: '/api/v1/erasures', body: { member_id: 'm2', ground: 'withdrawn', reason: '监护人来信' } }]))
})

it('decides with an opinion', async () => {
  shown(<Erasures household={household} members={members} />)
  fireEvent.click(await screen.findByRole('button', { name: /审\s?批/ }))
  fireEvent.click(screen.getByLabelText(/^批准/))
  fireEvent.change(screen.getByLabelText('意见'), { target: { value: '同意' } })
  fireEvent.click(screen.getByRole('button', { name: /确\s?定/, hidden: true }))
  await waitFor(() => expect(sent).toEqual([{ url: '/api/v1/erasures/e1/decision', body: { decision: 'approved', note: '同意' } }]))
})

it('tells who has seen what when it is asked', async () => {
  shown(<Seen household="h1" />)
  expect(screen.queryByText('核对户口簿')).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: /查\s?看/ }))
  expect(await screen.findByText('核对户口簿')).toBeTruthy()
  expect(screen.getByText('共 7 次，列出最近 1 次')).toBeTruthy()
})
