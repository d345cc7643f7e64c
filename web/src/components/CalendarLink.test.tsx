import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { App } from 'antd'
import { afterEach, expect, it, vi } from 'vitest'
import { CalendarLink } from './CalendarLink'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

/** A server that keeps one link; gives the requests that change something. */
function serve(link: { exists: boolean; created_at?: string }) {
  const seen: string[] = []
  const json = (body: unknown) => new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } })
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.method !== 'GET') seen.push(`${r.method} ${new URL(r.url).pathname}`)
    if (r.method === 'POST') {
      link = { exists: true, created_at: '2026-03-10T04:00:00Z' }
      return json({ path: '/api/v1/feeds/secret.ics', created_at: link.created_at })
    }
    if (r.method === 'DELETE') {
      link = { exists: false }
      return new Response(null, { status: 204 })
    }
    return json(link)
  })
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>
        <CalendarLink onClose={() => {}} />
      </App>
    </QueryClientProvider>,
  )
  return seen
}

const press = async (name: string) => fireEvent.click(await screen.findByRole('button', { name, hidden: true }))

it('makes a link, shows its whole address once, copies it and revokes it', async () => {
  const writeText = vi.fn(async () => {})
  vi.spyOn(navigator, 'clipboard', 'get').mockReturnValue({ writeText } as unknown as Clipboard)
  const seen = serve({ exists: false })
  await screen.findByText('目前没有链接。')
  expect(screen.queryByText('停用链接')).toBeNull()
  await press('生成链接')
  const box = await screen.findByLabelText<HTMLInputElement>('订阅链接')
  const address = `${location.origin}/api/v1/feeds/secret.ics`
  expect(box.value).toBe(address)
  await press('复制链接')
  await vi.waitFor(() => expect(writeText).toHaveBeenCalledWith(address))
  await press('停用链接')
  await screen.findByText('目前没有链接。')
  expect(screen.queryByLabelText('订阅链接')).toBeNull()
  expect(seen).toEqual(['POST /api/v1/me/calendar', 'DELETE /api/v1/me/calendar'])
})

it('a link that exists is told of but not shown, and can be renewed', async () => {
  const seen = serve({ exists: true, created_at: '2026-03-09T04:00:00Z' })
  await screen.findByText(/链接生成于 2026-03-09 12:00，尚未被读取/)
  expect(screen.queryByLabelText('订阅链接')).toBeNull()
  await press('重新生成链接')
  await screen.findByLabelText('订阅链接')
  await screen.findByText(/2026-03-10 12:00/)
  expect(seen).toEqual(['POST /api/v1/me/calendar'])
})
