import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Paper, Signable } from '../api/types'
import { byAct, Group, papersOf } from './Signing'

vi.mock('@tanstack/react-router', () => ({ getRouteApi: () => ({}), Link: ({ children }: { children: React.ReactNode }) => <span>{children}</span> }))

let sent: { url: string; body: unknown }[]

beforeEach(() => {
  sent = []
  vi.stubGlobal('fetch', async (r: Request) => {
    const body = (await r.json()) as { task_ids: string[] }
    sent.push({ url: new URL(r.url).pathname, body })
    return new Response(JSON.stringify({ done: 1, failed: 1, results: [{ task_id: body.task_ids[0], ok: true }, { task_id: body.task_ids[1], ok: false, message: '已由他人办理' }], counts: {} }), { status: 200, headers: { 'Content-Type': 'application/json' } })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const paper = (id: string, can_open = true): Paper => ({
  id, kind: 'authorization', title: '承诺授权书', number: `授〔2026〕${id}号`, office_name: '', region_code: '', region_name: '', class: 'P2', hash: '', issued_by: '', issued_at: '2026-03-10T04:00:00Z', can_open, can_void: false,
})

const one = (id: string, more: Partial<Signable> = {}): Signable => ({
  case: { id, no: id, procedure: 'risk_clue', procedure_title: '风险线索', version: 1, state: 'verifying', state_title: '核实中', step: 1, seq: 1, region_code: '', region_name: '石桥村', household: { id: `h${id}`, household_no: id, head_name: `户主${id}` }, opened_at: '2026-03-10T04:00:00Z', overdue: false, stuck: false, final: false, flags: [] },
  task_id: `t${id}`, event: 'confirm_risk', event_title: '核实有风险', signers: [{ title: '另一名核实人', roles: [], needed: 1, signed: [] }], can_sign: true, papers: [], ...more,
})

const show = (items: Signable[]) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <Group items={items} />
      </App>
    </QueryClientProvider>,
  )

it('keeps acts apart, so that nobody signs two that exclude each other at once', () => {
  const groups = byAct([one('1'), one('1', { event: 'close_no_risk' }), one('2')])
  expect([...groups].map(([act, items]) => [act, items.length])).toEqual([['risk_clue/confirm_risk', 2], ['risk_clue/close_no_risk', 1]])
})

it('binds each paper once, and only those that can be opened', () => {
  expect(papersOf([one('1', { papers: [paper('a'), paper('b', false)] }), one('2', { papers: [paper('a'), paper('c')] })]).map((p) => p.id)).toEqual(['a', 'c'])
})

it('signs what is chosen and what is mine to sign, and tells what came of each', async () => {
  show([one('1', { papers: [paper('a')] }), one('2'), one('3', { can_sign: false })])
  expect(screen.getByRole('button', { name: '登记会签 0 件' }).hasAttribute('disabled')).toBe(true)
  fireEvent.click(screen.getByLabelText('选择全部'))
  expect(screen.getByRole('button', { name: '合订打印 1 份（附签收单）' })).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: '登记会签 2 件' }))
  fireEvent.click(screen.getByRole('button', { name: '确认会签', hidden: true }))
  await screen.findByText(/已由他人办理/)
  expect(sent).toEqual([{ url: '/api/v1/tasks/bulk', body: { action: 'endorse', event: 'confirm_risk', task_ids: ['t1', 't2'] } }])
})
