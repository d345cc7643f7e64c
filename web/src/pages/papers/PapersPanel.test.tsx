import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, expect, it, vi } from 'vitest'
import type { Paper, PaperOffer } from '../../api/types'
import { type About, PapersPanel } from './PapersPanel'

vi.mock('../../components/PdfPages', () => ({ default: ({ blob, name }: { blob: Blob; name: string }) => <p>{`${name}：${blob.size} 字节`}</p> }))

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const paper: Paper = {
  id: 'p1',
  kind: 'supervision',
  title: '督办通知',
  number: '青禾乡振督〔2026〕7号',
  office_name: '青禾乡乡村振兴办公室',
  region_code: '510923101201',
  region_name: '柳溪村',
  class: 'P2',
  hash: 'ab',
  issued_by: '某甲（乡镇乡村振兴办）',
  issued_at: '2026-03-10T04:00:00Z',
  can_void: true,
  can_open: true,
}
const offers: PaperOffer[] = [
  { kind: 'spot_check', title: '抽查验收报告', class: 'P2', can_issue: true, office: '青禾乡人民政府', fields: [{ code: 'opinion', title: '验收意见', required: false }] },
  { kind: 'case_file', title: '案卷', class: 'P3', can_issue: false, why_not: '事项还没有办结，不能立卷', fields: [] },
]

interface Sent {
  url: string
  body: unknown
}

function show(items: Paper[], refuse?: object, about: About = { case_id: 'c1' }) {
  const sent: Sent[] = []
  const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': status === 200 ? 'application/json' : 'application/problem+json' } })
  vi.stubGlobal('fetch', async (r: Request) => {
    const path = new URL(r.url).pathname
    if (path.endsWith('/me')) return json({ user: { id: 'u1', name: '周明', login: 'zhou' }, grants: [] })
    if (path.endsWith('/file')) {
      sent.push({ url: path + new URL(r.url).search, body: undefined })
      return new Response('%PDF', { headers: { 'Content-Type': 'application/pdf' } })
    }
    if (path.endsWith('/papers/offers')) return json({ items: offers })
    if (r.method === 'GET') return json({ items })
    sent.push({ url: path, body: await r.json() })
    if (refuse) return json(refuse, 422)
    if (path.endsWith('/preview') || path.endsWith('/bundle')) return new Response('%PDF', { headers: { 'Content-Type': 'application/pdf' } })
    return json(paper)
  })
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  render(
    <QueryClientProvider client={client}>
      <App>
        <PapersPanel about={about} />
      </App>
    </QueryClientProvider>,
  )
  return sent
}

it('lists what was issued, with both files, and what holds no more', async () => {
  show([paper, { ...paper, id: 'p2', number: '青禾乡振督〔2026〕6号', can_void: false, can_open: false, voided_at: '2026-03-11T04:00:00Z', void_reason: '期限写错', voided_by: '某乙' }])
  const [first, second] = within(await screen.findByRole('list', { name: '已签发的文书' })).getAllByRole('listitem')
  expect(first!.textContent).toMatch(/督办通知.*青禾乡振督〔2026〕7号.*2026-03-10 12:00 某甲/)
  expect(within(first!).getByRole('link', { name: 'PDF' }).getAttribute('href')).toBe('/api/v1/papers/p1/file?format=pdf&purpose=print')
  expect(within(first!).getByRole('link', { name: 'Word' }).getAttribute('href')).toContain('format=docx')
  expect(second!.textContent).toMatch(/已作废.*某乙 作废：期限写错.*按权限不能查看内容/)
  expect(within(second!).queryByRole('link')).toBeNull()
  expect(within(second!).queryByRole('button')).toBeNull()
})

it('says why a paper cannot be issued, and issues one with what a person writes', async () => {
  const sent = show([])
  await screen.findByText('还没有签发文书。')
  await screen.findByText('事项还没有办结，不能立卷')
  fireEvent.click(await screen.findByRole('button', { name: '抽查验收报告' }))
  fireEvent.change(await screen.findByLabelText('验收意见'), { target: { value: ' 合格 ' } })
  fireEvent.click(screen.getByRole('button', { name: /^签\s?发$/ }))
  await waitFor(() => expect(sent).toEqual([{ url: '/api/v1/papers', body: { kind: 'spot_check', case_id: 'c1', texts: [{ code: 'opinion', text: '合格' }], purpose: 'print' } }]))
  await waitFor(() => expect(screen.queryByRole('button', { name: /^签\s?发$/ })).toBeNull())
})

it('shows a draft on the page without issuing', async () => {
  const sent = show([])
  fireEvent.click(await screen.findByRole('button', { name: '抽查验收报告' }))
  fireEvent.click(await screen.findByRole('button', { name: '预览草稿' }))
  expect(await screen.findByText('抽查验收报告（草稿）：4 字节')).toBeTruthy()
  expect(sent.map((s) => s.url)).toEqual(['/api/v1/papers/preview'])
})

it('shows an issued paper on the page, which is asked for once it is clicked', async () => {
  const sent = show([paper])
  fireEvent.click(await screen.findByRole('button', { name: '预览 青禾乡振督〔2026〕7号' }))
  expect(await screen.findByText('督办通知 青禾乡振督〔2026〕7号：4 字节')).toBeTruthy()
  expect(sent.map((s) => s.url)).toEqual(['/api/v1/papers/p1/file?format=pdf&purpose=check'])
})

it('keeps the dialog open with the reason when it is refused', async () => {
  show([], { code: 'glyph_missing', title: '还需补正', detail: '字库中没有“𠅤”', status: 422, request_id: 'r' })
  fireEvent.click(await screen.findByRole('button', { name: '抽查验收报告' }))
  fireEvent.click(await screen.findByRole('button', { name: /^签\s?发$/ }))
  expect((await screen.findByRole('alert')).textContent).toContain('字库中没有')
})

it('voids with a reason of some words', async () => {
  const sent = show([paper])
  fireEvent.click(await screen.findByRole('button', { name: /^作\s?废$/ }))
  const confirm = await screen.findByRole<HTMLButtonElement>('button', { name: '确认作废' })
  expect(confirm.disabled).toBe(true)
  fireEvent.change(screen.getByLabelText('作废理由'), { target: { value: '期限写错' } })
  fireEvent.click(confirm)
  await waitFor(() => expect(sent).toEqual([{ url: '/api/v1/papers/p1/void', body: { reason: '期限写错' } }]))
})

it.each<[About, object]>([
  [{ programme_id: 'g1' }, { programme_id: 'g1' }],
  [{ village: '510923101201' }, { region: '510923101201' }],
])('issues one about %j', async (about, sentAs) => {
  const sent = show([], undefined, about)
  fireEvent.click(await screen.findByRole('button', { name: '抽查验收报告' }))
  fireEvent.click(screen.getByRole('button', { name: /^签\s?发$/ }))
  await waitFor(() => expect(sent[0]?.body).toEqual({ kind: 'spot_check', ...sentAs, texts: [], purpose: 'print' }))
})

it('binds what can be opened and holds, with a sheet to sign', async () => {
  const made = vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:x')
  vi.spyOn(URL, 'revokeObjectURL').mockReturnValue()
  made.mockClear()
  const sent = show([paper, { ...paper, id: 'p2', number: '2号' }, { ...paper, id: 'p3', number: '3号', voided_at: '2026-03-11T04:00:00Z' }, { ...paper, id: 'p4', number: '4号', can_open: false }])
  fireEvent.click(await screen.findByLabelText('全选'))
  fireEvent.click(screen.getByRole('button', { name: '合订打印 2 份（附签收单）' }))
  fireEvent.change(screen.getByLabelText('集中签字地点（可不填）'), { target: { value: '村部' } })
  fireEvent.click(screen.getByRole('button', { name: '下载 PDF' }))
  await waitFor(() => expect(made).toHaveBeenCalledOnce())
  expect(sent).toEqual([{ url: '/api/v1/papers/bundle', body: { ids: ['p1', 'p2'], place: '村部', purpose: 'sign' } }])
})
