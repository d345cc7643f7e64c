import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ExportButton } from './ExportButton'

let sent: { url: string; key: string | null; body: unknown }[]
let answers: Record<string, unknown>[]

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
const made = (state: string, more = {}) => ({ id: 'x1', no: 'DC-1', list: 'households', list_title: '农户', reason: '季度核查', state, rows: 7, created_at: '2026-03-10T04:00:00Z', ...more })

beforeEach(() => {
  sent = []
  answers = []
  vi.stubGlobal('matchMedia', () => ({ matches: true, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.method === 'POST') sent.push({ url: new URL(r.url).pathname, key: r.headers.get('Idempotency-Key'), body: await r.json() })
    return json(answers.shift() ?? made('ready'))
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

async function ask(reason: string) {
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>
        <ExportButton list="households" filter={{ village: '510923101201', q: 'lst', open: false, state: undefined }} />
      </App>
    </QueryClientProvider>,
  )
  fireEvent.click(screen.getByRole('button', { name: /导\s?出/ }))
  fireEvent.change(await screen.findByLabelText(/用途/), { target: { value: reason } })
  const buttons = screen.getAllByRole('button', { name: /导\s?出/, hidden: true })
  const ok = buttons[buttons.length - 1]!
  fireEvent.click(ok)
  return ok
}

it('wants a reason before anything is sent', async () => {
  const ok = await ask(' 看看 ')
  expect(ok.hasAttribute('disabled')).toBe(true)
  expect(sent).toEqual([])
})

it('sends the filter with the reason and a key, and gives the file', async () => {
  await ask(' 季度核查 ')
  const link = await screen.findByText('下载工作簿')
  expect(link.getAttribute('href')).toBe('/api/v1/exports/x1/file')
  expect(sent).toEqual([{ url: '/api/v1/exports', key: expect.stringMatching(/.{16,}/), body: { list: 'households', reason: '季度核查', filter: { village: '510923101201', q: 'lst', open: false } } }])
})

it('follows a long one until it is ready', async () => {
  answers = [made('waiting', { rows: 0 }), made('running', { rows: 500 }), made('ready', { rows: 900 })]
  await ask('季度核查')
  await waitFor(() => expect(screen.getByRole('status', { hidden: true }).textContent).toContain('已生成 900 行'), { timeout: 4000 })
})

it('says why there is no file', async () => {
  answers = [made('failed', { code: 'too_many_rows' })]
  await ask('季度核查')
  expect((await screen.findByRole('alert', { hidden: true })).textContent).toContain('行数超过')
})
