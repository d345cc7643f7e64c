import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import type { ReactNode } from 'react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { DeptKind } from '../../api/types'
import { resultOf } from '../Departments'
import { ListImport } from './ListImport'
import { Reviews } from './Reviews'

let sent: { url: string; body: Record<string, unknown> }[]
let preview: Record<string, unknown>

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
const review = { id: 'r1', seq: 0, kind_title: '低保对象', dept_title: '民政', as_of: '2026-03-01', line: 4, reason: 'name_differs', reason_title: '证件号相同，姓名不同', name: '罗守天', village: '石桥村',
  id_no_masked: '**************0014', birth_year: '1960', decision: '', candidates: [{ person_id: 'p1', name: '罗守田', household_id: 'h1', head_name: '罗守田', region_name: '石桥村', id_no_masked: '**************0014', birth_year: '1960' }] }

const kinds: DeptKind[] = [{ kind: 'dibao', title: '低保对象', dept: 'civil_affairs', dept_title: '民政', regions: [{ code: '510923', name: '云岭县' }],
  fields: [{ code: 'name', title: '姓名', required: true, kind: 'text', words: [] }, { code: 'id_no', title: '身份证号', required: false, kind: 'id', words: [] }] }]

beforeEach(() => {
  sent = []
  preview = { sha256: 'a'.repeat(64), kind: 'dibao', region_code: '510923', headings: ['姓名', '证号'], mapping: { 姓名: 'name', 证号: 'id_no' }, mapping_faults: [], rows: 3, usable: 2, rejected: 1, matched: 1, outside: 1,
    faults: [{ sheet: 'CSV', line: 4, code: 'DPT-101', field: 'name', message: '缺少姓名' }] }
  vi.stubGlobal('matchMedia', () => ({ matches: true, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', async (r: Request) => {
    const url = new URL(r.url).pathname.replace('/api/v1', '')
    if (r.method === 'GET') return json(url === '/dept-reviews' ? { items: [review] } : { items: [] })
    const form = r.headers.get('Content-Type')?.includes('json') ? await r.json() : Object.fromEntries(await r.formData())
    sent.push({ url, body: form })
    if (url === '/dept-files/preview') return json(preview)
    if (url === '/dept-files/import') return json({ id: 'l1', usable: 2 })
    return json(review)
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const show = (page: ReactNode) =>
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>{page}</App>
    </QueryClientProvider>,
  )

async function look() {
  const closed = vi.fn()
  const { container } = show(<ListImport kinds={kinds} onClose={closed} />)
  fireEvent.change(screen.getByLabelText('数据截止日期'), { target: { value: '2026-03-01' } })
  const input = container.querySelector('[data-field=list]') as HTMLInputElement
  fireEvent.change(input, { target: { files: [new File(['x'], '低保.csv')] } })
  await screen.findByText(/预览：共 3 行/)
  return closed
}

it('shows what is wrong before anything is written, and confirms what was seen', async () => {
  const closed = await look()
  expect(screen.getByText(/缺少姓名/)).toBeTruthy()
  expect(screen.getByRole('status').textContent).toContain('可用 2 行，有误 1 行；在册 1，不在册 1')
  expect(sent.map((s) => s.url)).toEqual(['/dept-files/preview'])
  fireEvent.click(screen.getByRole('button', { name: '确认导入 2 行' }))
  await waitFor(() => expect(closed).toHaveBeenCalled())
  expect(sent[1]).toMatchObject({ url: '/dept-files/import', body: { kind: 'dibao', as_of: '2026-03-01', confirm: 'a'.repeat(64), mapping: JSON.stringify({ 姓名: 'name', 证号: 'id_no' }) } })
})

it('confirms nothing whose columns are wrong', async () => {
  const { container } = show(<ListImport kinds={kinds} onClose={() => {}} />)
  preview.mapping_faults = [{ field: 'name', code: 'DPT-201', message: '没有一列对应“姓名”' }]
  fireEvent.change(screen.getByLabelText('数据截止日期'), { target: { value: '2026-03-01' } })
  fireEvent.change(container.querySelector('[data-field=list]') as HTMLInputElement, { target: { files: [new File(['x'], '低保.csv')] } })
  expect((await screen.findByRole('alert')).textContent).toContain('没有一列对应')
  expect(screen.getByRole('button', { name: /确认导入/ }).hasAttribute('disabled')).toBe(true)
})

it('asks who is meant, with what the answer rests on', async () => {
  show(<Reviews />)
  fireEvent.click(await screen.findByRole('button', { name: /核\s?对/ }))
  fireEvent.click(screen.getByLabelText(/是 石桥村 罗守田户的 罗守田/))
  fireEvent.change(screen.getByLabelText(/依据/), { target: { value: '户口簿核对' } })
  fireEvent.click(screen.getByRole('button', { name: /确\s?认/, hidden: true }))
  await waitFor(() => expect(sent).toEqual([{ url: '/dept-reviews/r1', body: { decision: 'same', person_id: 'p1', note: '户口簿核对', expected_seq: 0 } }]))
})

it('says in one line what came of a list', () => {
  const list = { id: 'l', kind: 'dibao', kind_title: '', dept_title: '', region_name: '', file: '', as_of: '', rows: 5, done_rows: 3, usable: 2, rejected: 1, created_by: { id: 'u', name: '' }, created_at: '' }
  expect(resultOf({ ...list, state: 'done', matched: 1, clues: 1 })).toBe('可用 2，有误 1；在册 1，新线索 1')
  expect(resultOf({ ...list, state: 'reading' })).toContain('已读 3 行')
})
