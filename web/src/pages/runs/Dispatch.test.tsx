import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { HitGroup } from '../../api/types'
import { Dispatch } from './Dispatch'

const group: HitGroup = {
  region_code: '510923101201', region_name: '石桥村', staff_id: 'u1', staff_name: '王五', households: 2, hits: 2, event: 'assign',
  tasks: [{ task_id: 't1', cause: 'content' }, { task_id: 't2', cause: 'typing' }],
}
const reply = { done: 1, failed: 1, results: [{ task_id: 't1', ok: true }, { task_id: 't2', ok: false, message: '已有人办理' }], counts: {} }

let sent: unknown[]

beforeEach(() => {
  sent = []
  vi.stubGlobal('matchMedia', () => ({ matches: true, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.method === 'POST') sent.push(await r.json())
    return new Response(JSON.stringify(reply), { status: 200, headers: { 'Content-Type': 'application/json' } })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const show = (g: HitGroup) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <Dispatch group={g} />
      </App>
    </QueryClientProvider>,
  )

it('a group is handed out in one request, each issue with its own cause', async () => {
  show(group)
  fireEvent.click(screen.getByRole('button', { name: '批量派发石桥村' }))
  const ok = screen.getByRole<HTMLButtonElement>('button', { name: /^派\s?发$/, hidden: true })
  expect(ok.disabled).toBe(true)
  fireEvent.change(screen.getByLabelText(/清洗截止日期/), { target: { value: '2026-03-20' } })
  fireEvent.click(ok)
  await waitFor(() => expect(screen.getByText(/成功 1 件，未成功 1 件/)).toBeTruthy())
  expect(sent).toEqual([{ action: 'fire', event: 'assign', task_ids: ['t1', 't2'], form: { owner: 'u1', due_on: '2026-03-20' }, answers: { t1: { cause: 'content' }, t2: { cause: 'typing' } } }])
  expect(screen.getByText(/已有人办理/)).toBeTruthy()
})

it('clues go to their village with a note that may be left out', async () => {
  show({ ...group, event: 'dispatch', staff_id: '', staff_name: '', tasks: [{ task_id: 't1', cause: '' }] })
  fireEvent.click(screen.getByRole('button', { name: '批量派发石桥村' }))
  fireEvent.click(screen.getByRole('button', { name: /^派\s?发$/, hidden: true }))
  await waitFor(() => expect(sent).toEqual([{ action: 'fire', event: 'dispatch', task_ids: ['t1'], form: { target_village: '510923101201' } }]))
})

it('nothing to hand out, or nobody proposed, has no button', () => {
  show({ ...group, tasks: [] })
  expect(screen.queryByRole('button')).toBeNull()
  cleanup()
  show({ ...group, staff_id: '' })
  expect(screen.queryByRole('button')).toBeNull()
})
