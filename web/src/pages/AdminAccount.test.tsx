import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Account, AdminRequest, Me } from '../api/types'
import { onlyAdministers } from '../lib/admin'
import { AccountView } from './AdminAccount'
import { RequestTable } from './AdminRequests'

vi.mock('@tanstack/react-router', () => ({ getRouteApi: () => ({}), Link: ({ children }: { children: React.ReactNode }) => <span>{children}</span> }))

let sent: { method: string; url: string; body: unknown }[]

beforeEach(() => {
  sent = []
  vi.stubGlobal('fetch', async (r: Request) => {
    sent.push({ method: r.method, url: new URL(r.url).pathname, body: r.method === 'GET' ? undefined : await r.json() })
    return new Response('{}', { status: 200, headers: { 'Content-Type': 'application/json' } })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const account = (more: Partial<Account> = {}): Account => ({
  id: 'u1', login: 'newcomer', name: '新来的人', disabled: false, created_at: '2026-03-10T04:00:00Z', requests: [], mine: false, can_edit: false, can_grant: false,
  grants: [{ id: 'g1', role: 'village_cadre', role_title: '村“两委”干部', region_code: '510923101201', region_name: '石桥村', from: '2026-03-10', state: 'now', administers: false }], ...more,
})

const request = (more: Partial<AdminRequest> = {}): AdminRequest => ({
  id: 'q1', kind: 'grant', kind_title: '授予管理员岗位', user: { id: 'u1', name: '新来的人' }, reason: '任命', asked_by: { id: 'u2', name: '安全员' }, asked_at: '2026-03-10T04:00:00Z', state: 'open', state_title: '等待批准', can_decide: false, ...more,
})

const show = (what: React.ReactNode) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>{what}</App>
    </QueryClientProvider>,
  )

it('offers each administrator only what is his', () => {
  show(<AccountView account={account()} />)
  expect(screen.queryByRole('button')).toBeNull()
  cleanup()
  show(<AccountView account={account({ can_edit: true })} />)
  expect(screen.getAllByRole('button').map((b) => b.textContent)).toEqual(['改姓名、最后一天，停用或启用', '重置口令', '重置第二因素', '退出全部登录', '停用接口令牌'])
  cleanup()
  show(<AccountView account={account({ can_grant: true })} />)
  expect(screen.getAllByRole('button').map((b) => b.textContent?.replace(' ', ''))).toEqual(['授予岗位', '终止'])
})

it('ends a post with a reason only', async () => {
  show(<AccountView account={account({ can_grant: true })} />)
  fireEvent.click(screen.getByRole('button', { name: '终止 村“两委”干部' }))
  const confirm = screen.getByRole('button', { name: '确认终止', hidden: true })
  expect(confirm.hasAttribute('disabled')).toBe(true)
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '调离' } })
  fireEvent.click(confirm)
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(sent[0]).toEqual({ method: 'POST', url: '/api/v1/grants/g1/end', body: { reason: '调离' } })
})

it('lets only the other administrator decide, with a reason', async () => {
  show(<RequestTable items={[request()]} />)
  expect(screen.queryByRole('button')).toBeNull()
  cleanup()
  show(<RequestTable items={[request({ can_decide: true })]} />)
  fireEvent.click(screen.getByRole('button', { name: '不批准' }))
  fireEvent.change(screen.getByLabelText('理由'), { target: { value: '不符合条件' } })
  fireEvent.click(screen.getByRole('button', { name: '确认不批准', hidden: true }))
  await waitFor(() => expect(sent).toHaveLength(1))
  expect(sent[0]).toEqual({ method: 'POST', url: '/api/v1/admin-requests/q1', body: { approve: false, note: '不符合条件' } })
})

it('knows who does nothing but administer', () => {
  const me = (...roles: string[]) => ({ grants: roles.map((role) => ({ role })), standing_in: [] }) as unknown as Me
  expect(onlyAdministers(me('sys_admin'))).toBe(true)
  expect(onlyAdministers(me('county_office'))).toBe(false)
  expect(onlyAdministers(me())).toBe(false)
})
