import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { LedgerImportPage } from './LedgerImport'

vi.mock('@tanstack/react-router', () => ({ useNavigate: () => gone }))

const gone = vi.fn()
let role: string
let sent: string[]

const json = (body: unknown) => new Response(JSON.stringify(body), { status: 200, headers: { 'Content-Type': 'application/json' } })
const item = { sheet: '松塘村', village: '', members: 2, more: 0, changes: [], faults: [] }
const seen = {
  sha256: 'a'.repeat(64), applied: false, households: 204, people: 3, created: 1, changed: 1, unchanged: 1, rejected: 201, unknown: ['自编列'], skipped: ['说明'], unlisted: 101,
  items: [
    { ...item, line: 9, household_no: 'H9', head_name: '单志明', action: 'reject', action_title: '未导入', more: 4,
      faults: [{ code: 'LED-115', sheet: '松塘村', line: 9, cell: 'C9', field: '身份证号', message: '校验码不对', note: false }, { code: 'LED-301', sheet: '松塘村', line: 9, cell: '', field: '', message: '一人不在表中', note: true }] },
    { ...item, line: 3, household_no: 'H1', head_name: '李秀芳', action: 'change', action_title: '更新',
      changes: [{ subject: '户', field: '组', replaces: true, old: '1组', new: '2组' }, { subject: '李秀芳', field: '健康状况', replaces: true, new: '大病' }, { subject: '单小宝', field: '家庭成员', replaces: false, new: '新增' }] },
    { ...item, line: 5, household_no: 'H2', head_name: '温新禾', action: 'create', action_title: '新增' },
  ],
}

beforeEach(() => {
  role = 'township_office'
  sent = []
  vi.stubGlobal('matchMedia', () => ({ matches: true, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', async (r: Request) => {
    const url = new URL(r.url)
    if (r.method === 'GET') return json({ user: { id: 'u', name: '' }, grants: [{ role, role_title: '', region_code: '', region_name: '' }], standing_in: [] })
    sent.push(url.pathname.replace('/api/v1', '') + url.search)
    return json({ ...seen, applied: url.search !== '' })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

async function choose() {
  const { container } = render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>
        <LedgerImportPage />
      </App>
    </QueryClientProvider>,
  )
  await screen.findByRole('heading', { name: '台账工作簿' })
  fireEvent.change(container.querySelector('[data-field=ledger]') as HTMLInputElement, { target: { files: [new File(['x'], '台账.xlsx')] } })
  await screen.findByText(/预览：共 204 户/)
}

const row = (name: string) => screen.getByText(name).closest('tr')?.textContent

it('says of each household where it stands, what is wrong and what changes', async () => {
  await choose()
  expect(row('单志明')).toContain('松塘村 第 9 行')
  expect(row('单志明')).toContain('C9 身份证号：校验码不对 LED-115')
  expect(row('单志明')).toContain('第 9 行 提示：一人不在表中')
  expect(row('单志明')).toContain('另有 4 处没有列出')
  expect(row('李秀芳')).toContain('组：1组 改为 2组')
  expect(row('李秀芳')).toContain('李秀芳 健康状况：改为 大病')
  expect(row('李秀芳')).toContain('单小宝 家庭成员：新增')
  screen.getByText(/没有认出、按原样保存的列：自编列/)
  screen.getByText(/未读取的工作表：说明/)
  screen.getByText(/另有 101 户没有列出/)
})

it('shows one outcome alone, and carries out what was looked at', async () => {
  await choose()
  fireEvent.click(screen.getByLabelText('新增 1'))
  expect(screen.queryByText('单志明')).toBeNull()
  screen.getByText('温新禾')
  fireEvent.click(screen.getByRole('button', { name: '确认导入 2 户' }))
  await screen.findByText(/已办：共 204 户/)
  expect(sent).toEqual(['/households/ledger', `/households/ledger?confirm=${seen.sha256}`])
  fireEvent.click(screen.getByRole('button', { name: /完\s?成/ }))
  expect(gone).toHaveBeenCalledWith({ to: '/households', search: {} })
})

it('is not for others', async () => {
  role = 'data_entry'
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <LedgerImportPage />
    </QueryClientProvider>,
  )
  await screen.findByText('农户台账由乡镇和县级办公室导入')
  expect(screen.queryByText('台账工作簿')).toBeNull()
})
