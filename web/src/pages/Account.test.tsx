import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { App } from 'antd'
import type { ReactNode } from 'react'
import { afterEach, expect, it, vi } from 'vitest'
import { AccountCare } from '../components/AccountCare'
import { PasswordForm } from '../components/PasswordForm'
import { Enrol, QR } from '../components/SecondFactor'
import { AccountPage } from './Account'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

type Answer = unknown | { status: number; problem: unknown }

/** A server with one answer per "METHOD path"; gives the bodies that were sent. */
function serve(answers: Record<string, Answer>, page: ReactNode) {
  const sent: Record<string, unknown> = {}
  vi.stubGlobal('fetch', async (r: Request) => {
    const key = `${r.method} ${new URL(r.url).pathname.replace('/api/v1', '')}`
    const body = await r.text()
    if (r.method !== 'GET') sent[key] = body ? JSON.parse(body) : null
    const answer = answers[key]
    if (answer === undefined) return new Response(null, { status: 204 })
    const problem = answer as { status?: number; problem?: unknown }
    if (problem.problem) return new Response(JSON.stringify(problem.problem), { status: problem.status, headers: { 'Content-Type': 'application/problem+json' } })
    return new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } })
  })
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>{page}</App>
    </QueryClientProvider>,
  )
  return sent
}

const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
const press = async (name: string) => fireEvent.click(await screen.findByRole('button', { name: new RegExp(name.split('').join('\\s?')), hidden: true }))

it('draws a QR code of exactly the black squares', () => {
  serve({}, <QR rows={['101', '011', '000']} title="码" />)
  const d = screen.getByRole('img').querySelector('path')?.getAttribute('d')
  expect(d).toBe('M4 4h1v1h-1zM6 4h1v1h-1zM5 5h2v1h-2z')
})

it('changes the password, with the faults at their fields', async () => {
  const done = vi.fn()
  const refused = { status: 422, problem: { code: 'password_common', errors: [{ field: 'new', code: 'password_common', message: '这是常见口令' }] } }
  const sent = serve({ 'POST /me/password': refused }, <PasswordForm rules="至少 10 个字符" onDone={done} />)
  type('现在的口令', 'old-secret')
  type('新口令', 'Password2026!')
  type('再输入一次', 'Password2027!')
  await press('更换口令')
  await screen.findByText('两次输入的不同')
  expect(sent).toEqual({})
  type('再输入一次', 'Password2026!')
  await press('更换口令')
  await screen.findByText('这是常见口令')
  expect(sent['POST /me/password']).toEqual({ current: 'old-secret', new: 'Password2026!' })
  expect(done).not.toHaveBeenCalled()
})

it('enrols a second factor and shows the recovery codes before it goes on', async () => {
  const done = vi.fn()
  const confirmed = { recovery_codes: ['AAAA-BBBB', 'CCCC-DDDD'], password_rules: '' }
  const sent = serve(
    { 'POST /me/second-factor': { secret: 'KEY', uri: 'otpauth://totp/x', qr: ['1'] }, 'POST /me/second-factor/confirm': confirmed },
    <Enrol askPassword={false} onDone={done} />,
  )
  await press('登记验证器')
  await screen.findByText('KEY')
  expect(sent['POST /me/second-factor']).toEqual({})
  type('验证器上的数字', '123456')
  await press('确认')
  await screen.findByText('CCCC-DDDD')
  expect(sent['POST /me/second-factor/confirm']).toEqual({ code: '123456' })
  expect(done).not.toHaveBeenCalled()
  await press('已抄下，继续')
  expect(done).toHaveBeenCalledWith(confirmed)
})

it('shows devices and tokens, ends one of each, and makes a token that is shown once', async () => {
  const at = '2026-03-10T04:00:00Z'
  const sent = serve(
    {
      'GET /me/security': { password_rules: '至少 10 个字符', password_set_at: at, password_expires_at: '2026-06-08T04:00:00Z', second_factor: false, second_factor_required: false, recovery_codes_left: 0 },
      'GET /me/sessions': {
        items: [
          { id: 's1', via: 'password', created_at: at, seen_at: at, ip: '10.0.0.1', agent: '本机浏览器', current: true },
          { id: 's2', via: 'oidc', created_at: at, seen_at: at, ip: '10.0.0.2', agent: '旧手机', current: false },
        ],
      },
      'GET /me/tokens': { items: [{ id: 't1', name: '数据平台', scopes: ['figures'], created_at: at, expires_at: at, over: false }, { id: 't0', name: '旧的', scopes: [], created_at: at, expires_at: at, over: true }], scopes: [{ code: 'figures', title: '统计' }] },
      'POST /me/tokens': { token: 'sw_once', item: { id: 't2', name: '新', scopes: ['figures'], created_at: at, expires_at: at } },
    },
    <AccountPage />,
  )
  await screen.findByText('旧手机')
  screen.getByText(/2026-06-08 到期/)
  expect(screen.getAllByRole('button', { name: /^退出 .*登录$/ })).toHaveLength(1)
  fireEvent.click(screen.getByRole('button', { name: /^退出 .*登录$/ }))
  await vi.waitFor(() => expect(sent).toHaveProperty(['DELETE /me/sessions/s2']))
  fireEvent.click(screen.getByRole('button', { name: '停用 数据平台' }))
  await vi.waitFor(() => expect(sent).toHaveProperty(['DELETE /me/tokens/t1']))
  screen.getByText('已过期')
  await press('生成接口令牌')
  type('用途', '新')
  fireEvent.click(screen.getByLabelText('统计'))
  type('现在的口令', 'secret')
  await press('^生成$')
  expect((await screen.findByLabelText<HTMLInputElement>('令牌')).value).toBe('sw_once')
  expect(sent['POST /me/tokens']).toEqual({ name: '新', scopes: ['figures'], days: 90, password: 'secret' })
})

it('resets a password only after it was confirmed, and shows the new one once', async () => {
  const sent = serve(
    { 'GET /session/methods': {}, 'GET /accounts/u1/identity': {}, 'GET /accounts/u1/sessions': { items: [] }, 'POST /accounts/u1/reset': { password: 'Tk7-abcd', until: '2026-03-13T04:00:00Z' } },
    <AccountCare id="u1" name="李有田" />,
  )
  await screen.findByText('目前没有登录。')
  await press('^重置口令$')
  await screen.findByText(/临时口令，三天内有效/)
  expect(sent).toEqual({})
  await press('确认重置口令')
  expect((await screen.findByLabelText<HTMLInputElement>('临时口令')).value).toBe('Tk7-abcd')
  expect(sent).toEqual({ 'POST /accounts/u1/reset': { what: 'password' } })
})

it('links an account to a person of the provider of identities, where there is one', async () => {
  const answers: Record<string, unknown> = {
    'GET /session/methods': { oidc: '县统一认证' },
    'GET /accounts/u1/identity': {},
    'GET /accounts/u1/sessions': { items: [] },
    'PUT /accounts/u1/identity': { issuer: 'https://id.example', subject: '2482' },
  }
  const sent = serve(answers, <AccountCare id="u1" name="李有田" />)
  await screen.findByText('没有关联县统一认证。')
  type('此人在认证方的编号（sub）', ' 2482 ')
  answers['GET /accounts/u1/identity'] = { issuer: 'https://id.example', subject: '2482', created_at: '2026-03-10T04:00:00Z' }
  await press('^关联$')
  await screen.findByText(/2482，关联于 2026-03-10/)
  expect(sent).toEqual({ 'PUT /accounts/u1/identity': { subject: '2482' } })
  await press('取消关联')
  await vi.waitFor(() => expect(sent).toHaveProperty(['DELETE /accounts/u1/identity']))
})
