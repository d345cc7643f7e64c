import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, expect, it, vi } from 'vitest'
import type { CaseDetail } from '../../api/types'
import { PresentPolicy } from './PresentPolicy'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const keys = [{ code: 'clue_days', title: '线索核实办结' }]
const move = { case_id: 'c1', seq: 7, dry_run: true, keys, clocks: [{ code: 'clue', title: '线索核实', due_before: '2026-03-12T16:00:00Z', due_after: '2026-03-17T16:00:00Z' }] }
const refusal = { code: 'case_closed', title: '该事项已办结，沿用开启时的政策', status: 409, request_id: 'r' }

/** Shows the panel before a server; gives the bodies that were sent. */
function show({ policy_keys = keys, refuse = false, clocks = move.clocks }: { policy_keys?: CaseDetail['policy_keys']; refuse?: boolean; clocks?: typeof move.clocks } = {}) {
  const sent: unknown[] = []
  vi.stubGlobal('fetch', async (r: Request) => {
    sent.push(await r.json())
    return new Response(JSON.stringify(refuse ? refusal : { ...move, clocks }), { status: refuse ? 409 : 200, headers: { 'Content-Type': refuse ? 'application/problem+json' : 'application/json' } })
  })
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>
        <PresentPolicy detail={{ summary: { id: 'c1', seq: 7 }, policy_keys } as CaseDetail} />
      </App>
    </QueryClientProvider>,
  )
  return sent
}

const confirm = () => screen.getByRole<HTMLButtonElement>('button', { name: '确认改用', hidden: true })

it('tells what would come of it, and does it once there is a reason', async () => {
  const sent = show()
  screen.getByText('线索核实办结')
  fireEvent.click(screen.getByRole('button', { name: '改用现行政策' }))
  await screen.findByText('线索核实：由 03-12 24:00 改为 03-17 24:00')
  expect(confirm().disabled).toBe(true)
  expect(sent).toEqual([{ dry_run: true }])
  fireEvent.change(screen.getByLabelText('改用的理由'), { target: { value: ' 县里改为五个工作日 ' } })
  fireEvent.click(confirm())
  await vi.waitFor(() => expect(sent).toContainEqual({ reason: '县里改为五个工作日' }))
})

it('says so when no limit moves', async () => {
  show({ clocks: [] })
  fireEvent.click(screen.getByRole('button', { name: '改用现行政策' }))
  await screen.findByText('正在计算的期限都不变。')
})

it('says why it cannot be done, and offers no way on', async () => {
  show({ refuse: true })
  fireEvent.click(screen.getByRole('button', { name: '改用现行政策' }))
  await screen.findByText('该事项已办结，沿用开启时的政策')
  fireEvent.change(screen.getByLabelText('改用的理由'), { target: { value: '县里已改' } })
  expect(confirm().disabled).toBe(true)
})

it.each([undefined, []])('nothing is shown where nothing differs, or somebody else looks: %j', (policy_keys) => {
  render(<PresentPolicy detail={{ summary: { id: 'c1', seq: 7 }, policy_keys } as CaseDetail} />)
  expect(screen.queryByText('政策参数')).toBeNull()
})
