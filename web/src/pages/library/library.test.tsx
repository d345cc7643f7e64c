import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { FormInfo } from '../../api/admin'
import { List, validity } from './Library'
import { Questions } from './Questions'
import { classTally, questionsOf, type Schema } from './questions'

vi.mock('@tanstack/react-router', () => ({ getRouteApi: () => ({}), Link: ({ search, children }: { search?: { form: string }; children: React.ReactNode }) => <a href={`?form=${search?.form}`}>{children}</a> }))

afterEach(cleanup)

const form: FormInfo = { form: 'f3@1', code: 'f3', version: 1, title: '监测对象地理位置信息采集表', source: 'S0-047', subject: 'household' }

const schema: Schema = {
  required: ['longitude'],
  properties: {
    total: { title: '合计', type: 'integer', 'x-unit': '分', readOnly: true, 'x-order': 5 },
    members: { title: '成员', type: 'array', 'x-order': 4, items: { properties: { name: { title: '姓名', type: 'string', 'x-class': 'P2', 'x-order': 1 } } } },
    longitude: { title: '经度', type: 'number', 'x-class': 'P3', 'x-unit': '度', 'x-order': 1 },
    category: { title: '类别', type: 'string', 'x-class': 'P1', 'x-order': 2, oneOf: ['边缘户', '脱贫户'].map((title) => ({ title })) },
    income: { title: '收入', type: 'integer', 'x-class': 'P3', 'x-unit': '分', 'x-order': 3 },
  },
}

it('the questions of a form stand in their order, with how they are filled in', () => {
  const list = questionsOf(schema)
  expect(list.map((q) => [q.title, q.kind, q.required])).toEqual([['经度', '数', true], ['类别', '单选', false], ['收入', '金额', false], ['成员', '表格', false], ['合计', '系统计算', false]])
  expect(classTally(list)).toBe('P1 1、P2 1、P3 2')
  expect(classTally([])).toBe('')
})

it.each([
  [{ type: 'boolean' }, '是或否'],
  [{ type: 'integer' }, '整数'],
  [{ type: 'array', items: { oneOf: [] } }, '多选'],
  [{ type: 'array', items: { type: 'string' } }, '附件'],
  [{ type: 'string', format: 'date' }, '日期'],
  [{ type: 'string', format: 'date-time' }, '时间'],
  [{ type: 'string' }, '文字'],
])('%j is filled in as %s', (p, kind) => expect(questionsOf({ properties: { q: p } })[0]?.kind).toBe(kind))

it('a question shows its class, its unit and its options; a question of a table says of which', () => {
  render(<Questions list={questionsOf(schema)} />)
  screen.getByRole('row', { name: '经度 数（度） 必填 P3 —' })
  screen.getByRole('row', { name: '类别 单选 P1 边缘户、脱贫户' })
  screen.getByRole('row', { name: '收入 金额 P3 —' })
  screen.getByRole('row', { name: '成员： 姓名 文字 P2 —' })
})

it.each([
  [{}, '未指定，用最新版本'],
  [{ from: '2026-04-01' }, '2026-04-01 起'],
  [{ from: '2026-04-01', until: '2026-12-31', basis: '县表册通知' }, '2026-04-01 起至 2026-12-31（县表册通知）'],
])('it is told since when a version is used: %j', (more, said) => expect(validity({ ...form, ...more })).toBe(said))

it('the list leads to the questions', () => {
  render(<List items={[form]} />)
  expect(screen.getByRole('link', { name: form.title }).getAttribute('href')).toBe('?form=f3@1')
})
