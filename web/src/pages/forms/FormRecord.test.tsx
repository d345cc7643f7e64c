import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, expect, it, vi } from 'vitest'
import type { FormRecord } from '../../api/types'
import { RecordView } from './FormRecord'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const person = { id: 'u1', name: '某甲' }
const record: FormRecord = {
  item: {
    id: 'r1', info: { form: 'annex6@1', code: 'annex6', version: 1, title: '收入计算表', source: 'S0-092', subject: 'household' }, subject_id: 'h1', subject: '罗守田', region_code: '510923101201',
    region_name: '石桥村', period: '2026', state: 'draft', state_title: '草稿', row_version: 3, collector: person, entered_by: person, updated_at: '2026-03-10T04:00:00Z',
  },
  fields: [
    { code: 'per_head_claimed', title: '人均纯收入', kind: 'money', required: true, class: 'P2' },
    { code: 'income', title: '收入', kind: 'rows', required: true, class: 'P2', columns: [{ code: 'item', title: '品种', kind: 'choice', required: true, class: 'P2', options: [{ code: '1-11', title: '玉米' }] }, { code: 'income', title: '收入', kind: 'money', required: true, class: 'P2' }, { code: 'own', title: '自种', kind: 'yes', required: true, class: 'P2' }] },
  ],
  answers: [{ code: 'per_head_claimed', title: '人均纯收入', kind: 'money', class: 'P2', text: '4000.00元', value: 400000 }, { code: 'income', title: '收入', kind: 'rows', class: 'P2', text: '玉米 800 是', value: [{ item: '1-11', income: 80000, own: true }] }],
  values: [{ code: 'per_head', title: '人均', known: true, text: '人均纯收入5000.00元' }],
  findings: [{ code: 'income_differs', severity: 'finding', message: '申报人均与测算人均不符' }],
  faults: [],
  attachments: [{ id: 'a1', case_id: '', record_id: 'r1', kind: 'photo', name: '门牌.png', content_type: 'image/png', size: 2048, sha256: '00', by: '某甲', at: '2026-03-10T04:00:00Z' }],
  attachment_kinds: [{ code: 'signed', title: '签字扫描件' }, { code: 'photo', title: '现场照片' }],
  sign_places: ['农户签字（手印）'],
  history: [{ action: 'create', title: '开始填写', by: person, at: '2026-03-10T04:00:00Z', row_version: 1 }],
  can: ['save', 'finish', 'void', 'attach'],
}

function show(refuse: boolean) {
  const sent: unknown[] = []
  vi.stubGlobal('matchMedia', () => ({ matches: true, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.url.endsWith('/me')) return new Response(JSON.stringify({ user: person }), { headers: { 'Content-Type': 'application/json' } })
    if (r.method === 'POST') sent.push(r.url.endsWith('/attachments') ? Object.fromEntries(await r.formData()) : await r.json())
    const body = refuse ? { code: 'conditions_not_met', title: '还需补正', detail: '还有 1 处需要补正', errors: [{ code: 'income_differs', message: '须说明' }] } : record
    return new Response(JSON.stringify(body), { status: refuse && r.method === 'POST' ? 422 : 200, headers: { 'Content-Type': 'application/json' } })
  })
  const root = createRootRoute({ component: () => <RecordView record={record} /> })
  const router = createRouter({ routeTree: root, history: createMemoryHistory({ initialEntries: ['/'] }) })
  render(
    <QueryClientProvider client={new QueryClient({ defaultOptions: { queries: { retry: false } } })}>
      <App>
        <RouterProvider router={router as never} />
      </App>
    </QueryClientProvider>,
  )
  return sent
}

it('shows what the answers come to and what is to be explained', async () => {
  show(false)
  expect(await screen.findByText('人均纯收入5000.00元')).toBeTruthy()
  expect(screen.getByText('品种：玉米；收入：800.00元；自种：是')).toBeTruthy()
  expect(screen.getByText('申报人均与测算人均不符')).toBeTruthy()
  expect(screen.queryByRole('button', { name: '复核通过' })).toBeNull()
})

it('finishes the version it shows, with the explanation', async () => {
  const sent = show(false)
  fireEvent.change(await screen.findByLabelText('说明'), { target: { value: '已与农户核对' } })
  fireEvent.click(screen.getByRole('button', { name: '填完定稿' }))
  await waitFor(() => expect(sent).toEqual([{ action: 'finish', row_version: 3, note: '已与农户核对' }]))
})

it('says why it is refused', async () => {
  show(true)
  fireEvent.click(await screen.findByRole('button', { name: '填完定稿' }))
  expect(await screen.findByText('须说明')).toBeTruthy()
})

it('lists the files and adds one of the chosen kind', async () => {
  const sent = show(false)
  expect((await screen.findByLabelText('下载 门牌.png')).getAttribute('href')).toBe('/api/v1/attachments/a1')
  fireEvent.change(document.querySelector('input[data-field=attachment]')!, { target: { files: [new File(['x'], '签字.png', { type: 'image/png' })] } })
  await waitFor(() => expect(sent).toEqual([expect.objectContaining({ kind: 'signed' })]))
})
