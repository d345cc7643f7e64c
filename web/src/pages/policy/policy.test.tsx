import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { PolicyOutlook } from '../../api/admin'
import type { Policy, PolicyKey } from '../../api/types'
import { ready } from '../../testing'
import { Outlook } from './Outlook'
import { RowEditor } from './RowEditor'

beforeAll(() => vi.stubGlobal('matchMedia', () => ({ matches: true, addEventListener: () => {}, removeEventListener: () => {} })))
afterEach(cleanup)

const key: PolicyKey = { key: 'clue_days', title: '线索核实办结', kind: 'days', unit: '天', default: 2, value: 2, rows: [] }
const policy: Policy = { region_code: '999901', region_name: '示例县', on: '2026-03-10', can_edit: true, keys: [key] }
const outlook: PolicyOutlook = { before: 2, after: 5, changes: true, later: [], narrower: [], procedures: [{ procedure: 'risk_clue', title: '风险线索', open: 12, differing: 9, limits: 7 }] }
const refusal = { code: 'policy_invalid', title: '这一行政策参数不合要求', status: 422, request_id: 'r', errors: [] }

const choices = (...codes: string[]) => codes.map((code) => ({ code, title: `${code}类` }))
const compared: PolicyKey = {
  key: 'comparison_items',
  title: '比对项目',
  kind: 'items',
  value: [{ code: 'house', title: '房产', severity: 'explain' }],
  rows: [],
  table: {
    form: 'list',
    columns: [
      { code: 'code', title: '代码', kind: 'text', optional: false, options: [] },
      { code: 'title', title: '名称', kind: 'text', optional: false, options: [] },
      { code: 'severity', title: '比中后', kind: 'choice', optional: false, options: choices('info', 'explain') },
    ],
  },
}

it('a list is edited line by line, and what is refused is told at its cell', async () => {
  const errors = [{ field: 'comparison_items.1.code', code: 'policy_twice', message: '代码 house 重复' }]
  const { sent, fill } = show(422, compared, errors)
  fill('第 1 行名称', '住房')
  fireEvent.click(screen.getByRole('button', { name: '添加一行' }))
  screen.getByText('还有 3 格要填')
  expect(screen.getByRole('button', { name: '试算影响' }).hasAttribute('disabled')).toBe(true)
  fill('第 2 行代码', 'house')
  fill('第 2 行名称', '门面')
  const choice = screen.getByLabelText('第 2 行比中后')
  fireEvent.mouseDown(choice)
  fireEvent.click(await screen.findByTitle('info类'))
  fireEvent.click(screen.getByRole('button', { name: '第 2 行上移' }))
  fireEvent.click(screen.getByRole('button', { name: '第 1 行下移' }))
  fireEvent.click(screen.getByRole('button', { name: '试算影响' }))
  const cell = (await screen.findByText('代码 house 重复', { selector: 'td span' })).closest('tr')!
  expect(cell.querySelectorAll<HTMLInputElement>('input')[1]!.value).toBe('门面')
  expect(sent[0]!.value).toEqual([{ code: 'house', title: '住房', severity: 'explain' }, { code: 'house', title: '门面', severity: 'info' }])
})

/** Shows the editor before a server; gives what was sent. */
function show(status = 200, of = key, errors: object[] = []) {
  const sent: { dry_run?: boolean; value: unknown }[] = []
  vi.stubGlobal('fetch', async (r: Request) => {
    const body = (await r.json()) as { dry_run?: boolean; value: unknown }
    sent.push(body)
    const answer = status === 200 ? { id: 'r', title: '', ...body, outlook: body.dry_run ? outlook : undefined } : refusal
    return new Response(JSON.stringify(status === 200 ? answer : { ...refusal, errors }), { status, headers: { 'Content-Type': status === 200 ? 'application/json' : 'application/problem+json' } })
  })
  const done = vi.fn()
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <RowEditor of={of} policy={policy} onDone={done} />
      </App>
    </QueryClientProvider>,
  )
  const fill = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })
  if (of === key) fill('天数', '5')
  fill('生效日期', '2026-04-01')
  fill('依据文件号', '县振发〔2026〕3号')
  return { sent, done, fill }
}

const inForce = () => screen.queryByRole('button', { name: '自 2026-04-01 起生效' })

it('a value is set only once its effect was told', async () => {
  const { sent, done, fill } = show()
  expect(inForce()).toBeNull()
  fireEvent.click(screen.getByRole('button', { name: '试算影响' }))
  await screen.findByText('示例县自 2026-04-01 起由 2 天 改为 5 天。')
  screen.getByRole('row', { name: '风险线索 12 9 7' })
  fill('天数', '6')
  expect(inForce()).toBeNull()
  expect(screen.queryByText(/改为 5 天/)).toBeNull()
  fill('天数', '5')
  fireEvent.click(await ready(/自 2026-04-01 起生效$/)) // as it was tried
  await waitFor(() => expect(done).toHaveBeenCalled())
  const row = { key: 'clue_days', region_code: '999901', valid_from: '2026-04-01', value: 5, source: '县振发〔2026〕3号' }
  expect(sent).toEqual([{ ...row, dry_run: true }, row])
})

it('a double click on the trial tries twice and sets nothing', async () => {
  const { sent, done } = show()
  const trial = screen.getByRole('button', { name: '试算影响' })
  fireEvent.click(trial)
  await screen.findByText('示例县自 2026-04-01 起由 2 天 改为 5 天。')
  await ready(/自 2026-04-01 起生效$/)
  fireEvent.click(trial) // what the mouse still stands on
  await waitFor(() => expect(sent).toHaveLength(2))
  expect(sent.every((s) => s.dry_run)).toBe(true)
  expect(done).not.toHaveBeenCalled()
})

it('what is refused is told and cannot be set', async () => {
  show(422)
  fireEvent.click(screen.getByRole('button', { name: '试算影响' }))
  await screen.findByText('这一行政策参数不合要求')
  expect(inForce()).toBeNull()
})

it.each([
  [{ ...outlook, changes: false, after: 2, procedures: [] }, ['示例县在 2026-04-01 已经是 2 天，设置后没有变化。', '没有在办事项沿用别的值。']],
  [{ ...outlook, later: [{ from: '2026-06-01', value: 3 }], narrower: ['清溪镇', '高坪镇'] }, ['2026-06-01 起又成为 3 天。', '清溪镇、高坪镇另有设定，不受影响。']],
])('an outlook is told in plain words', (o, said) => {
  render(<Outlook of={key} region="示例县" from="2026-04-01" outlook={o} />)
  for (const text of said) screen.getByText(text)
})
