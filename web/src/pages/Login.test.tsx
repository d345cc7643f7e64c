import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { App } from 'antd'
import { afterEach, expect, it, vi } from 'vitest'
import { Login, safeNext } from './Login'

const push = vi.fn()
let search: { next?: string; fault?: string; step?: string } = {}
vi.mock('@tanstack/react-router', () => ({ getRouteApi: () => ({ useSearch: () => search }), useRouter: () => ({ history: { push } }) }))

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  push.mockClear()
  search = {}
})

/** A server that gives the answers of each address one after the other. */
function serve(answers: Record<string, [number, unknown][]>) {
  const sent: unknown[] = []
  vi.stubGlobal('fetch', async (r: Request) => {
    const path = new URL(r.url).pathname.replace('/api/v1', '')
    if (r.method === 'POST') sent.push(await r.json())
    const [status, body] = answers[path]?.shift() ?? [200, {}]
    return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status < 400 ? 'application/json' : 'application/problem+json' } })
  })
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>
        <Login />
      </App>
    </QueryClientProvider>,
  )
  return sent
}

const me = { user: { id: 'u', name: '李有田' }, grants: [], standing_in: [], unread_messages: 0, expires_at: '2026-03-10T04:00:00Z' }
const type = async (label: RegExp, value: string) => fireEvent.change(await screen.findByLabelText(label), { target: { value } })
const press = async (name: RegExp) => fireEvent.click(await screen.findByRole('button', { name }))

it('goes from the password over the second factor and a new password to the desk', async () => {
  const sent = serve({
    '/session': [[202, { step: 'second_factor', password_rules: '至少 10 个字符' }]],
    '/session/second-factor': [
      [422, { code: 'second_factor_wrong', detail: '验证码不符' }],
      [202, { step: 'password', password_rules: '至少 10 个字符' }],
    ],
    '/me/password': [[200, me]],
  })
  await type(/用户名/, 'li')
  await type(/口令/, 'temporary')
  await press(/^登\s?录$/)
  await type(/6 位数字/, '000000')
  await press(/^登\s?录$/)
  await screen.findByText('验证码不符')
  await type(/6 位数字/, '123456')
  await press(/^登\s?录$/)
  await screen.findByText('至少 10 个字符')
  await type(/新口令/, 'Willow-bridge-27')
  await type(/再输入一次/, 'Willow-bridge-27')
  expect(push).not.toHaveBeenCalled()
  await press(/更换口令/)
  await vi.waitFor(() => expect(push).toHaveBeenCalledWith('/desk'))
  expect(sent).toEqual([{ login: 'li', password: 'temporary' }, { code: '000000' }, { code: '123456' }, { current: 'temporary', new: 'Willow-bridge-27' }])
})

it('comes back from the provider of identities with a step or a fault, in our own words only', async () => {
  search = { step: 'second_factor' }
  serve({ '/session/second-factor': [[200, me]] })
  await type(/6 位数字/, '123456')
  await press(/^登\s?录$/)
  await vi.waitFor(() => expect(push).toHaveBeenCalledWith('/desk'))
  cleanup()
  search = { fault: 'oidc_unknown' }
  serve({ '/session/methods': [[200, { oidc: '县统一认证' }]] })
  await screen.findByText(/还没有关联本系统的账号/)
  expect((await screen.findByRole('link', { name: /用县统一认证登录/ })).getAttribute('href')).toBe('/api/v1/session/oidc')
  cleanup()
  search = { fault: '<b>请拨打 12345</b>' }
  serve({})
  await screen.findByText('登录没有成功，请再试')
})

it('goes on to pages of this application and nowhere else', () => {
  for (const own of ['/cases/1', '/households?q=x']) expect(safeNext(own)).toBe(own)
  for (const other of [undefined, '', '//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:x()', 'cases', '/login?next=/']) expect(safeNext(other)).toBe('/desk')
})
