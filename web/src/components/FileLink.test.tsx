import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Attachment } from '../api/types'
import { save } from '../lib/save'
import { FileLink } from './FileLink'

vi.mock('../lib/save', () => ({ save: vi.fn() }))

const file: Attachment = { id: 'a1', case_id: 'c1', kind: 'screening_form', name: '.png', content_type: 'image/png', size: 9, sha256: 'x', at: '2026-03-10T04:00:00Z', hidden: true, can_unmask: true }
let sent: { url: string; body: unknown }[]
let status: number

beforeEach(() => {
  sent = []
  status = 200
  vi.stubGlobal('fetch', async (r: Request) => {
    sent.push({ url: new URL(r.url).pathname, body: await r.json() })
    if (status === 200) return new Response('bytes', { status, headers: { 'Content-Type': 'image/png' } })
    return new Response(JSON.stringify({ code: 'file_erased', title: '这份附件已依法删除', status }), { status, headers: { 'Content-Type': 'application/problem+json' } })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  vi.mocked(save).mockReset()
})

const show = (a: Attachment) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <FileLink file={a} />
      </App>
    </QueryClientProvider>,
  )

async function ask() {
  show(file)
  fireEvent.click(screen.getByRole('button', { name: '写明用途后打开' }))
  const ok = () => screen.getByRole<HTMLButtonElement>('button', { name: /^打\s?开$/, hidden: true })
  fireEvent.change(screen.getByLabelText(/^用途/), { target: { value: '看看 ' } })
  expect(ok().disabled).toBe(true)
  fireEvent.change(screen.getByLabelText(/^用途/), { target: { value: ' 核对调查表 ' } })
  fireEvent.click(ok())
}

it('opens what may be seen, and only names what may not', () => {
  show({ ...file, name: '门牌.png', hidden: false, can_unmask: false })
  expect(screen.getByText('门牌.png').getAttribute('href')).toBe('/api/v1/attachments/a1')
  cleanup()
  show({ ...file, can_unmask: false })
  expect(screen.getByText(/按权限不显示/)).toBeTruthy()
  expect(screen.queryByRole('button')).toBeNull()
})

it('opens what is hidden for a written purpose', async () => {
  await ask()
  expect(await screen.findByText(/查阅已记录/)).toBeTruthy()
  expect(sent).toEqual([{ url: '/api/v1/attachments/a1/unmask', body: { purpose: '核对调查表' } }])
  expect(vi.mocked(save).mock.calls[0]?.[1]).toBe('附件.png')
})

it('says why it does not open', async () => {
  status = 404
  await ask()
  expect(await screen.findByText(/已依法删除/)).toBeTruthy()
  expect(save).not.toHaveBeenCalled()
})
