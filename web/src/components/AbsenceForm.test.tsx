import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { AbsenceForm } from './AbsenceForm'

interface Sent {
  url: string
  body?: unknown
}

let sent: Sent[]
let refuse: boolean

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })

beforeEach(() => {
  sent = []
  refuse = false
  vi.stubGlobal('matchMedia', () => ({ matches: true, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', async (r: Request) => {
    const path = new URL(r.url).pathname.replace('/api/v1', '')
    if (r.method === 'POST') sent.push({ url: path, body: await r.json() })
    if (path === '/absences/offices') {
      return json({ user: { id: 'me', name: '张远' }, items: [{ grant_id: 'g1', role: 'village_cadre', role_title: '村“两委”干部', region_name: '石桥村', candidates: [{ id: 'u2', name: '李青' }] }] })
    }
    if (refuse) return json({ code: 'absence_invalid', title: '还需补正', detail: '请假与代办的登记不合要求', errors: [{ field: 'from', code: 'absence_backdated', message: '请假不能从今天以前开始' }] }, 422)
    return json({ id: 'a1' })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

function show() {
  const closed = vi.fn()
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>
        <AbsenceForm canManage={false} onClose={closed} />
      </App>
    </QueryClientProvider>,
  )
  return closed
}

async function fill() {
  const substitutes = await screen.findByLabelText(/石桥村 · 村“两委”干部的代办人/)
  fireEvent.change(screen.getByLabelText('第一天'), { target: { value: '2026-03-10' } })
  fireEvent.change(screen.getByLabelText('最后一天'), { target: { value: '2026-03-12' } })
  fireEvent.click(screen.getByLabelText('学习培训'))
  fireEvent.mouseDown(substitutes)
  fireEvent.click(await screen.findByTitle('李青'))
}

it('says what is missing and sends nothing', async () => {
  show()
  fireEvent.click(await screen.findByRole('button', { name: '确认登记' }))
  expect((await screen.findByRole('alert')).textContent).toMatch(/第一天.*最后一天.*事由.*代办人/)
  expect(sent).toEqual([])
})

it('sends days, cause and who stands in for which office', async () => {
  const closed = show()
  await fill()
  fireEvent.click(screen.getByRole('button', { name: '确认登记' }))
  await waitFor(() => expect(closed).toHaveBeenCalled())
  expect(sent).toEqual([{ url: '/absences', body: { from: '2026-03-10', until: '2026-03-12', reason: 'training', substitutes: [{ grant_id: 'g1', user_id: 'u2' }] } }])
})

it('tells why it was refused and stays open', async () => {
  refuse = true
  const closed = show()
  await fill()
  fireEvent.click(screen.getByRole('button', { name: '确认登记' }))
  expect((await screen.findByRole('alert')).textContent).toContain('请假不能从今天以前开始')
  expect(closed).not.toHaveBeenCalled()
})
