import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { App } from 'antd'
import { afterEach, expect, it, vi } from 'vitest'
import type { CaseSummary } from '../../api/types'
import { NewVersion } from './NewVersion'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const summary = { id: 'c1', procedure: 'rectification', version: 1, state_title: '整改中', final: false, seq: 7 } as CaseSummary
const move = { case_id: 'c1', seq: 7, from: 1, to: 2, dry_run: true, lost: [{ code: 'extend', title: '延期' }], gained: [], stopped: [], started: [{ code: 'night', title: '夜查' }] }
const refusal = { code: 'state_not_in_version', title: '第 2 版没有“整改中”这一环节，请先办到两版共有的环节', status: 409, request_id: 'r' }

interface Setting {
  role?: string
  latest?: number
  of?: Partial<CaseSummary>
  refuse?: boolean
}

/** Shows the panel before a server of that setting; gives the bodies that were sent. */
function show({ role = 'county_office', latest = 2, of = {}, refuse = false }: Setting = {}) {
  const sent: unknown[] = []
  const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status === 200 ? 'application/json' : 'application/problem+json' } })
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.url.endsWith('/me')) return json({ user: { id: 'u', name: '某' }, grants: [{ role, role_title: '', region_code: '999901', region_name: '' }], standing_in: [], unread_messages: 0 })
    if (r.url.endsWith('/procedures')) return json({ items: [{ name: 'rectification', version: latest, title: '问题整改', mode: 'durable', about: 'either', can_open: false }] })
    sent.push(await r.json())
    return refuse ? json(refusal, 409) : json(move)
  })
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  render(
    <QueryClientProvider client={client}>
      <App>
        <NewVersion summary={{ ...summary, ...of }} />
      </App>
    </QueryClientProvider>,
  )
  return { sent, client }
}

it('tells what would come of it, and does it once there is a reason', async () => {
  const { sent } = show()
  fireEvent.click(await screen.findByRole('button', { name: '转入第 2 版' }))
  await screen.findByText('本环节不再有的办理：延期')
  await screen.findByText('新开始的期限：夜查')
  expect(screen.queryByText(/停止的期限/)).toBeNull()
  const ok = screen.getByRole<HTMLButtonElement>('button', { name: '确认转入', hidden: true })
  expect(ok.disabled).toBe(true)
  expect(sent).toEqual([{ to: 2, dry_run: true }])
  fireEvent.change(screen.getByLabelText('转版理由'), { target: { value: ' 新办法施行 ' } })
  fireEvent.click(ok)
  await vi.waitFor(() => expect(sent).toContainEqual({ to: 2, reason: '新办法施行' }))
})

it('says why it cannot be done, and offers no way on', async () => {
  show({ refuse: true })
  fireEvent.click(await screen.findByRole('button', { name: '转入第 2 版' }))
  await screen.findByText(/第 2 版没有“整改中”这一环节/)
  fireEvent.change(screen.getByLabelText('转版理由'), { target: { value: '新办法施行' } })
  expect(screen.getByRole<HTMLButtonElement>('button', { name: '确认转入', hidden: true }).disabled).toBe(true)
})

it.each([
  ['to the township', { role: 'township_office' }],
  ['on the present version', { latest: 1 }],
  ['of a case that has ended', { of: { final: true } }],
])('nothing is shown %s', async (_, setting: Setting) => {
  const { client } = show(setting)
  await vi.waitFor(() => expect([client.getQueryData(['me']), client.getQueryData(['procedures'])]).not.toContain(undefined))
  expect(screen.queryByText('流程版本')).toBeNull()
})
