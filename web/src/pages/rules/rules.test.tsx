import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { App } from 'antd'
import { afterEach, expect, it, vi } from 'vitest'
import { ApiError } from '../../api/problem'
import type { CountyRule, Policy } from '../../api/types'
import { InForce } from './InForce'
import { columnOf, cutAt, freeCode, standing } from './list'
import { Refused } from './RuleEditor'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const rule = (code: string): CountyRule => ({ code, title: '大户', use: 'screening', when: '家庭人口 > 6', message: '请核对', basis: '县规' })
const policy = (value: CountyRule[], rows: [string, string, CountyRule[]][]): Policy => ({
  region_code: '510923', region_name: '某县', on: '2026-03-10', can_edit: true,
  keys: [{ key: 'county_rules', title: '本地规则', kind: 'items', value, rows: rows.map(([region_code, valid_from, v], i) => ({ id: String(i), key: 'county_rules', title: '本地规则', region_code, valid_from, value: v })) }],
})

it.each([
  ['those in force when nothing was set here', [], ['local_9'], undefined],
  ['the row set last, also when it is still to come', [['510923', '2026-01-01', [rule('local_1')]], ['510923', '2026-05-01', [rule('local_2')]]], ['local_2'], '2026-05-01'],
  ['not those of a part of the place', [['510923101', '2026-05-01', [rule('local_1')]]], ['local_9'], undefined],
] as [string, [string, string, CountyRule[]][], string[], string | undefined][])('goes on from %s', (_, rows, codes, from) => {
  const found = standing(policy([rule('local_9')], rows))
  expect(found.rules.map((r) => r.code)).toEqual(codes)
  expect(found.from).toBe(from)
})

it('finds a code that is free', () => {
  expect(freeCode([])).toBe('local_1')
  expect(freeCode([rule('local_2')])).toBe('local_3')
})

it.each([
  ['rule.when[4]', 4],
  ['value[0].when[12]', 12],
  ['rule.title', undefined],
  [undefined, undefined],
])('%s is character %s', (field, column) => expect(columnOf(field)).toBe(column))

it('counts characters as people do, a rare ideograph as one, and points behind the end', () => {
  expect(cutAt('𠮷人 > 1', 2)).toEqual(['𠮷', '人', ' > 1'])
  expect(cutAt('大病 >', 5)).toEqual(['大病 >', ' ', ''])
})

it('shows the fault of the compiler at its character', () => {
  const err = new ApiError(422, { title: '规则不合要求', errors: [{ field: 'rule.when[3]', code: 'expr_unknown', message: '没有“人囗”这一项' }] })
  const { container } = render(<Refused text="家庭人囗 > 1" err={err} />)
  expect(container.querySelector('mark')?.textContent).toBe('人')
  expect(screen.getByText('没有“人囗”这一项')).toBeTruthy()
})

function show(status: number, body: object) {
  const sent: unknown[] = []
  vi.stubGlobal('matchMedia', () => ({ matches: true, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {} }))
  vi.stubGlobal('fetch', async (r: Request) => {
    sent.push(await r.json())
    return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
  })
  const done = vi.fn()
  render(
    <QueryClientProvider client={new QueryClient()}>
      <App>
        <InForce rules={[rule('local_1')]} region="510923" earliest="2026-03-10" verb="生效" onDone={done} />
      </App>
    </QueryClientProvider>,
  )
  return { sent, done }
}

it('puts the whole list in force from a day, on a paper', async () => {
  const { sent, done } = show(200, {})
  const button = screen.getByRole<HTMLButtonElement>('button', { name: '自 2026-03-10 起生效' })
  expect(button.disabled).toBe(true)
  fireEvent.change(screen.getByLabelText('依据文件号'), { target: { value: ' 县规〔2026〕1号 ' } })
  fireEvent.change(screen.getByLabelText('生效日期'), { target: { value: '2026-03-09' } })
  expect(screen.getByRole<HTMLButtonElement>('button', { name: '自 2026-03-09 起生效' }).disabled).toBe(true)
  fireEvent.change(screen.getByLabelText('生效日期'), { target: { value: '2026-03-10' } })
  fireEvent.click(screen.getByRole('button', { name: '自 2026-03-10 起生效' }))
  await waitFor(() => expect(done).toHaveBeenCalled())
  expect(sent).toEqual([{ key: 'county_rules', region_code: '510923', valid_from: '2026-03-10', value: [rule('local_1')], source: '县规〔2026〕1号' }])
})

it('tells why a rule that nobody tried is refused', async () => {
  const { done } = show(422, { code: 'rule_untried', title: '有规则尚未试算', errors: [{ field: 'value', code: 'rule_untried', message: '规则“大户”在本辖区还没有试算' }] })
  fireEvent.change(screen.getByLabelText('依据文件号'), { target: { value: '县规' } })
  fireEvent.click(screen.getByRole('button', { name: '自 2026-03-10 起生效' }))
  expect(await screen.findByText('规则“大户”在本辖区还没有试算')).toBeTruthy()
  expect(done).not.toHaveBeenCalled()
})
