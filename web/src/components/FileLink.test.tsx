import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Attachment } from '../api/types'
import { save } from '../lib/save'
import { FileLink } from './FileLink'

vi.mock('../lib/save', () => ({ save: vi.fn() }))
vi.mock('./PdfPages', () => ({ default: ({ blob, name }: { blob: Blob; name: string }) => <p>{`${name}：${blob.size} 字节`}</p> }))

const file: Attachment = { id: 'a1', case_id: 'c1', kind: 'screening_form', name: '.png', content_type: 'image/png', size: 9, sha256: 'x', at: '2026-03-10T04:00:00Z', hidden: true, can_unmask: true }
let sent: { url: string; body: unknown }[]
let status: number

beforeEach(() => {
  sent = []
  status = 200
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.url.endsWith('/me')) return new Response(JSON.stringify({ user: { id: 'u1', name: '周明', login: 'zhou' }, grants: [] }), { headers: { 'Content-Type': 'application/json' } })
    sent.push({ url: new URL(r.url).pathname, body: r.method === 'GET' ? undefined : await r.json() })
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

async function ask(of = file) {
  show(of)
  fireEvent.click(screen.getByRole('button', { name: '写明用途后打开' }))
  const ok = () => screen.getByRole<HTMLButtonElement>('button', { name: /^打\s?开$/, hidden: true })
  fireEvent.change(screen.getByLabelText(/^用途/), { target: { value: '看看 ' } })
  expect(ok().disabled).toBe(true)
  fireEvent.change(screen.getByLabelText(/^用途/), { target: { value: ' 核对调查表 ' } })
  fireEvent.click(ok())
}

it('opens what may be seen, and only names what may not', () => {
  show({ ...file, name: '门牌.png', hidden: false, can_unmask: false })
  expect(screen.getByRole('link', { name: '下载 门牌.png' }).getAttribute('href')).toBe('/api/v1/attachments/a1')
  cleanup()
  show({ ...file, can_unmask: false })
  expect(screen.getByText(/按权限不显示/)).toBeTruthy()
  expect(screen.queryByRole('button')).toBeNull()
})

it('shows a picture that may be seen, and keeps it only when asked', async () => {
  show({ ...file, name: '门牌.png', hidden: false, can_unmask: false })
  fireEvent.click(screen.getByRole('button', { name: '预览 门牌.png' }))
  expect((await screen.findByAltText('附件 门牌.png')).getAttribute('src')).toMatch(/^blob:/)
  expect(sent).toEqual([{ url: '/api/v1/attachments/a1', body: undefined }])
  expect(save).not.toHaveBeenCalled()
  fireEvent.click(screen.getByRole('button', { name: /^下\s?载$/, hidden: true }))
  expect(vi.mocked(save).mock.calls[0]?.[1]).toBe('门牌.png')
})

it('shows a PDF on the page when its name is clicked, and keeps it only when asked', async () => {
  show({ ...file, name: '表.pdf', content_type: 'application/pdf', hidden: false, can_unmask: false })
  expect(screen.getByRole('link', { name: '下载 表.pdf' }).getAttribute('href')).toBe('/api/v1/attachments/a1')
  expect(sent).toEqual([])
  fireEvent.click(screen.getByText('表.pdf'))
  expect(await screen.findByText('表.pdf：5 字节')).toBeTruthy()
  expect(sent).toEqual([{ url: '/api/v1/attachments/a1', body: undefined }])
  expect(save).not.toHaveBeenCalled()
  fireEvent.click(screen.getByRole('button', { name: /^下\s?载$/, hidden: true }))
  expect(vi.mocked(save).mock.calls[0]?.[1]).toBe('表.pdf')
})

it('offers no preview of what a browser does not show safely', () => {
  show({ ...file, name: '表.docx', content_type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document', hidden: false, can_unmask: false })
  expect(screen.getByText('表.docx').getAttribute('href')).toBe('/api/v1/attachments/a1')
  expect(screen.queryByRole('button')).toBeNull()
})

it('shows a hidden picture or PDF for a written purpose, and downloads other files', async () => {
  await ask()
  expect((await screen.findByAltText('附件 附件.png')).getAttribute('src')).toMatch(/^blob:/)
  expect(screen.getByText(/查阅已记录/)).toBeTruthy()
  expect(sent).toEqual([{ url: '/api/v1/attachments/a1/unmask', body: { purpose: '核对调查表' } }])
  expect(save).not.toHaveBeenCalled()
  cleanup()
  await ask({ ...file, name: '.pdf', content_type: 'application/pdf' })
  expect(await screen.findByText('附件.pdf：5 字节')).toBeTruthy()
  expect(save).not.toHaveBeenCalled()
  cleanup()
  await ask({ ...file, name: '.xlsx', content_type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet' })
  expect(await screen.findByText(/已下载到本机/)).toBeTruthy()
  expect(vi.mocked(save).mock.calls[0]?.[1]).toBe('附件.xlsx')
})

it('says why it does not open', async () => {
  status = 404
  await ask()
  expect(await screen.findByText(/已依法删除/)).toBeTruthy()
  expect(save).not.toHaveBeenCalled()
})
