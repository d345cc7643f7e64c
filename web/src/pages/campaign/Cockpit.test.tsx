import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { campaignFormsQuery, campaignSampleQuery, coverageQuery, regionsQuery } from '../../api/queries'
import type { CampaignDetail } from '../../api/types'
import { Glance } from './Cockpit'

vi.mock('@tanstack/react-router', () => ({ Link: ({ children }: { children: React.ReactNode }) => <a href="/">{children}</a>, createLink: () => () => null }))

afterEach(cleanup)

const line = { code: 'v1', title: '石桥村', assigned: 4, visited: 3, handed_in: 2, passed: 1, returned: 1 }
const detail: CampaignDetail = {
  id: 'c1', title: '春季排查', kind_title: '排查整改', phase_title: '入户（2/6）', paused: false, households: 4, done: 2, pending_moves: 0,
  phases: [
    { stage: 'training', title: '培训', from: '2026-03-01', until: '2026-03-02', gate: '', outputs: '', state: 'done', overdue: false },
    { stage: 'fieldwork', title: '入户', from: '2026-03-02', until: '2026-03-09', gate: '全覆盖', outputs: '', state: 'current', overdue: true },
  ],
  cutoffs: [{ item: 'new_objects', title: '上报新增监测对象名单', on: '2026-03-05', villages: 9, owing: [{ code: 'v1', name: '石桥村' }, { code: 'v2', name: '上坪村' }], overdue: true }],
  lacking: ['还有农户没有调查结果'], villages: [line], surveyors: [{ ...line, code: 'u1', title: '某甲' }],
  problems: [{ title: '立行立改', found: 2, closed: 1, overdue: 1 }], trend: [{ ...line, day: '2026-03-10', frozen: false, found: 2, closed: 1, overdue: 1 }],
  people: [{ group: '一组', area: '石桥村', duty: '调查员', name: '某甲', user_id: 'u1', trained: false }], may: [],
}

function show(d: CampaignDetail) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, retry: false } } })
  client.setQueryData(regionsQuery.queryKey, { items: [] })
  client.setQueryData(campaignFormsQuery('c1').queryKey, { items: [] })
  client.setQueryData(coverageQuery('c1', { village: undefined, surveyor: undefined }).queryKey, { items: [{ household: { id: 'h1', household_no: 'N1', head_name: '田某' }, region_name: '石桥村', done: false, result_title: '' }] })
  client.setQueryData(campaignSampleQuery('c1').queryKey, { round: 1, seed: '42', items: [{ household: { id: 'h1', household_no: 'N1', head_name: '田某' }, region_name: '石桥村', surveyor: { id: 'u1', name: '某甲' }, brief: '' }] })
  render(
    <QueryClientProvider client={client}>
      <Glance detail={d} />
    </QueryClientProvider>,
  )
}

it('tells the phases, what is missing and how far everybody is', () => {
  show(detail)
  expect(screen.getAllByText('逾期', { selector: 'strong' })).toHaveLength(2)
  expect(screen.getByText('7/9')).toBeTruthy()
  expect(screen.getByText('石桥村、上坪村')).toBeTruthy()
  expect(screen.queryByText('登记各村报送')).toBeNull()
  expect(screen.queryByText('补充工作组人员')).toBeNull()
  expect(screen.getByText(/还缺：还有农户没有调查结果/)).toBeTruthy()
  expect(screen.getByText(/立行立改 2 件，已销号 1 件，逾期 1 件/)).toBeTruthy()
  expect(screen.getByText('随机种子 42')).toBeTruthy()
  expect(screen.getByText('尚未抽查')).toBeTruthy()
  expect(screen.getByText('尚无结果', { selector: 'strong' })).toBeTruthy()
  expect(screen.queryByText('批量分派尚无结果的农户')).toBeNull()
  expect(screen.queryByText(/行动已暂停/)).toBeNull()
})

it('offers what the person may do', () => {
  show({ ...detail, paused: true, may: ['assign', 'phase', 'sample'] })
  expect(screen.queryByText('补充工作组人员')).toBeNull()
  expect(screen.getByText(/行动已暂停/)).toBeTruthy()
  expect(screen.getByText('批量分派尚无结果的农户')).toBeTruthy()
  expect(screen.getByText('本阶段办结，转入下一阶段')).toBeTruthy()
  expect(screen.getByLabelText('田某不合格的问题')).toBeTruthy()
})

it('records what villages have handed in, unless they have all', () => {
  show({ ...detail, may: ['cutoff'] })
  expect(screen.getByText('登记各村报送')).toBeTruthy()
  cleanup()
  show({ ...detail, cutoffs: detail.cutoffs.map((c) => ({ ...c, owing: [], overdue: false })), may: ['cutoff'] })
  expect(screen.queryByText('登记各村报送')).toBeNull()
  expect(screen.getByText('9/9')).toBeTruthy()
})
