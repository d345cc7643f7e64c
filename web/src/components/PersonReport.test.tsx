import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, expect, it, vi } from 'vitest'
import { PersonReport } from './PersonReport'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

it('wants a purpose, asks for the paper of one member and hands it over', async () => {
  const sent: unknown[] = []
  const closed = vi.fn()
  vi.stubGlobal('matchMedia', () => ({ matches: true, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', async (r: Request) => {
    sent.push({ url: new URL(r.url).pathname, body: await r.json() })
    return new Response('%PDF', { status: 200, headers: { 'Content-Type': 'application/pdf' } })
  })
  URL.createObjectURL = () => 'blob:x'
  URL.revokeObjectURL = () => {}
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>
        <PersonReport member="m2" name="罗小禾" onClose={closed} />
      </App>
    </QueryClientProvider>,
  )
  const ok = screen.getByRole('button', { name: '出具 PDF', hidden: true })
  fireEvent.click(ok)
  expect(await screen.findByText('请写明因何出具')).toBeTruthy()
  expect(sent).toEqual([])
  fireEvent.change(screen.getByLabelText('因何出具'), { target: { value: ' 监护人申请查阅 ' } })
  fireEvent.click(ok)
  await waitFor(() => expect(closed).toHaveBeenCalled())
  expect(sent).toEqual([{ url: '/api/v1/people/report/file', body: { member_id: 'm2', purpose: '监护人申请查阅' } }])
})
