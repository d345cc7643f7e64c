import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { CaseSummary, Engagement, FormRecordItem, PatternHit } from '../../api/types'
import { HealthNotice } from '../../components/HealthNotice'
import { One } from './Engagements'
import { HitRows } from './Patterns'

vi.mock('@tanstack/react-router', () => ({
  getRouteApi: () => ({}),
  Link: ({ to, params, search, children }: { to: string; params: { id: string }; search?: { tab?: string }; children: React.ReactNode }) => <a href={`${to.replace('$id', params.id)}${search?.tab ? `?tab=${search.tab}` : ''}`}>{children}</a>,
}))

const matter: CaseSummary = { id: 'c1', no: 'XS-1', procedure: 'risk_clue', procedure_title: '风险线索', version: 1, state: 'new', state_title: '新线索', step: 1, seq: 4, region_code: '510923101201', region_name: '石桥村', household: { id: 'h1', household_no: 'H1', head_name: '罗守田' }, opened_at: '2026-03-10T04:00:00Z', overdue: false, stuck: false, final: false, flags: [] }
const hit: PatternHit = {
  id: 'e1', at: '2026-03-10T04:00:00Z', seq: 4, act: '核实有风险', actor: { id: 'u1', name: '周明' }, text: '到达该环节后3秒作出决定', case: matter,
  other: { id: 'c2', no: 'XS-2', procedure: 'risk_clue', procedure_title: '风险线索', state: 'new', state_title: '新线索', final: false, opened_at: '2026-03-10T04:00:00Z' },
}
const engagement: Engagement = {
  id: 'g1', no: 'SJ-1', user: { id: 'u9', name: '康为民' }, title: '公示程序专项审计', basis: '审通〔2026〕9号', areas: [{ code: '510923', name: '云岭县' }], procedures: [], from: '2026-03-01', until: '2026-04-30', state: 'valid',
  given_by: { id: 'u8', name: '戴文静' }, given_role_title: '县级乡村振兴部门', given_at: '2026-03-01T04:00:00Z', can_end: true, can_draw: true,
}

let sent: { url: string; body: unknown }[]
let asked: string[]
let healthy: boolean

beforeEach(() => {
  sent = []
  asked = []
  healthy = false
  vi.stubGlobal('fetch', async (r: Request) => {
    if (r.method === 'POST') sent.push({ url: new URL(r.url).pathname, body: await r.json().catch(() => undefined) })
    const sample = { id: 's1', seed: '12345678901234567890', size: 2, population: 3, population_hash: 'abc', opened_before: '2026-03-10T04:00:00Z', drawn_by: { id: 'u9', name: '康为民' }, drawn_at: '2026-03-10T04:00:00Z', cases: [matter] }
    asked.push(r.url)
    const path = new URL(r.url).pathname.replace('/api/v1', '')
    const replay = { id: 'r1', no: 'CF-1', choice: '任务范围内的全部事项', state: 'running', total: 1000, done: 300, events: 4200, histories: 310, missing: 0, bad: 2, per_second: 151.5, created_at: '2026-03-10T04:00:00Z', can_cancel: true }
    const made = { id: 'x1', no: 'SB-1', list: 'audit_package', list_title: '审计包', reason: '跟踪审计取证', state: 'ready', rows: 1, total: 1, sha256: 'abc', created_at: '2026-03-10T04:00:00Z' }
    const known: Record<string, unknown> = {
      '/engagements/g1/packages': made,
      '/exports': { items: [made, { ...made, id: 'x2', no: 'DC-2', list: 'cases' }] },
      '/engagements/g1/replays': r.method === 'POST' ? replay : { items: [replay] },
      '/audit-replays/r1/cancel': { ...replay, state: 'cancelled', can_cancel: false },
      '/audit-replays/r1/faults': { items: [{ n: 1, case: matter, seq: 4, fault: '记录内容与其摘要不符' }, { n: 2, seq: 0, fault: '已不在审计任务的范围内，没有核对' }] },
      '/health': healthy ? { status: 'ok', checks: [{ name: 'sealing', ok: true }] } : { status: 'degraded', checks: [{ name: 'sealing', ok: false, code: 'checkpoint_late' }, { name: 'access_log', ok: false, code: 'access_log_failing' }] },
    }
    if (known[path]) return new Response(JSON.stringify(known[path]), { status: 200, headers: { 'Content-Type': 'application/json' } })
    const answer = r.url.endsWith('/samples') && r.method === 'GET' ? { items: [sample] } : r.url.includes('/regions') || r.url.includes('/procedures') ? { items: [] } : sample
    return new Response(JSON.stringify(answer), { status: 200, headers: { 'Content-Type': 'application/json' } })
  })
})

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const show = (what: React.ReactNode) =>
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>{what}</App>
    </QueryClientProvider>,
  )

it('leads from a finding to the case as it was, and to the other one', () => {
  show(<HitRows hits={[hit]} />)
  expect(screen.getByText('到达该环节后3秒作出决定')).toBeTruthy()
  expect(screen.getByRole('link', { name: '罗守田 · 风险线索' }).getAttribute('href')).toBe('/cases/c1?tab=asof')
  expect(screen.getByRole('link', { name: '风险线索 XS-2' }).getAttribute('href')).toBe('/cases/c2')
  expect(screen.getByText('第 4 条 核实有风险')).toBeTruthy()
})

it('leads from a finding to a form of no case, and to the other one', () => {
  const form: FormRecordItem = {
    id: 'f1', info: { form: 'f4@1', code: 'f4', version: 1, title: '入户核实表', source: 'S0-048', subject: 'household' }, subject_id: 'h1', subject: '罗守田', region_code: '510923101201', region_name: '石桥村', period: '2026', state: 'final', state_title: '定稿',
    row_version: 2, collector: { id: 'u1', name: '周明' }, entered_by: { id: 'u1', name: '周明' }, updated_at: '2026-03-10T04:00:00Z',
  }
  show(<HitRows hits={[{ id: 'a1', at: '2026-03-10T04:00:00Z', actor: { id: 'u1', name: '周明' }, text: '同一文件还用于其他1个对象', record: form, other_record: { ...form, id: 'f2', subject: '何秀英' } }]} />)
  expect(screen.getByRole('link', { name: '罗守田 · 入户核实表' }).getAttribute('href')).toBe('/forms/f1')
  expect(screen.getByRole('link', { name: '何秀英 · 入户核实表' }).getAttribute('href')).toBe('/forms/f2')
  expect(screen.getByText('石桥村')).toBeTruthy()
})

it('tells an engagement, and draws and shows its samples with their seed', async () => {
  show(<One engagement={engagement} />)
  expect(screen.getByText('全部')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: '随机样本' }))
  expect(await screen.findByText(/种子 12345678901234567890/)).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: '随机抽取' }))
  await vi.waitFor(() => expect(sent).toEqual([{ url: '/api/v1/engagements/g1/samples', body: { size: 20 } }]))
})

it('takes an engagement back once that is meant', async () => {
  show(<One engagement={engagement} />)
  fireEvent.click(screen.getByRole('button', { name: '收回任务' }))
  expect(sent).toEqual([])
  fireEvent.click(screen.getByRole('button', { name: /^收\s?回$/, hidden: true }))
  await vi.waitFor(() => expect(sent).toEqual([{ url: '/api/v1/engagements/g1/end', body: undefined }]))
})

it('makes an evidence package of a sample for a reason, and gives its file', async () => {
  show(<One engagement={engagement} />)
  fireEvent.click(screen.getByRole('button', { name: '随机样本' }))
  fireEvent.click(await screen.findByRole('button', { name: '制作审计包' }))
  fireEvent.change(await screen.findByLabelText(/用途/), { target: { value: '跟踪审计取证' } })
  fireEvent.click(screen.getByRole('button', { name: /^制\s?作$/, hidden: true }))
  const link = await screen.findByText('下载审计包')
  expect(link.getAttribute('href')).toBe('/api/v1/exports/x1/file')
  expect(link.getAttribute('download')).toBe('SB-1.zip')
  expect(sent).toEqual([{ url: '/api/v1/engagements/g1/packages', body: { sample_id: 's1', reason: '跟踪审计取证' } }])
})

it('starts a replay, shows how far and how fast it is, and what it has found', async () => {
  show(<One engagement={engagement} />)
  fireEvent.click(screen.getByRole('button', { name: '审计包和重放核对' }))
  expect(await screen.findByText(/已核对 300 \/ 1000 个事项、4200 条记录，重放 310 段工作流历史，每秒 151.5 个；2 处不一致/)).toBeTruthy()
  expect(screen.getByText('审计包 SB-1')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: '查看不一致' }))
  expect(await screen.findByText('记录内容与其摘要不符')).toBeTruthy()
  expect(screen.getByRole('link', { name: '风险线索 XS-1' }).getAttribute('href')).toBe('/cases/c1?tab=asof')
  expect(screen.getByText('不在查看范围内')).toBeTruthy()
  fireEvent.click(screen.getByRole('button', { name: '取消重放' }))
  await vi.waitFor(() => expect(sent).toEqual([{ url: '/api/v1/audit-replays/r1/cancel', body: undefined }]))
  fireEvent.click(screen.getByRole('button', { name: '重放核对' }))
  await vi.waitFor(() => expect(sent[1]).toEqual({ url: '/api/v1/engagements/g1/replays', body: {} }))
  expect(await screen.findByText(/已开始 CF-1/)).toBeTruthy()
})

it('tells those who look after the system what is wrong, and nothing else', async () => {
  const { container } = show(<HealthNotice />)
  expect(await screen.findByText(/有记录超过两小时没有封存.*；访问日志写不进去/)).toBeTruthy()
  cleanup()
  healthy = true
  const fine = show(<HealthNotice />)
  await vi.waitFor(() => expect(asked.filter((u) => u.endsWith('/health')).length).toBe(2))
  expect(fine.container.textContent).toBe('')
  expect(container.textContent).toBe('')
})

it('offers nothing that the person may not do', async () => {
  show(<One engagement={{ ...engagement, state: 'over', can_end: false, can_draw: false }} />)
  expect(screen.getByText('已到期')).toBeTruthy()
  expect(screen.queryByRole('button', { name: '收回任务' })).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: '随机样本' }))
  await screen.findByText(/种子/)
  expect(screen.queryByRole('button', { name: '随机抽取' })).toBeNull()
})
