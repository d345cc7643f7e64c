import { expect, it } from 'vitest'
import { words } from './policy'

it.each([
  ['days', 15, '15 天'],
  ['days', { days: 20, unit: 'working' }, '20 个工作日'],
  ['int', 2, '2'],
  ['money', 800000, '8,000.00 元'],
  ['object', { concept: 'net', fen: 800000 }, '口径 纯收入，金额 8,000.00 元'],
  ['object', { present: '2/3', agree: '1/2' }, '到会 2/3，同意 1/2'],
  ['object', { county: { at: '08:30' }, standard: {} }, '表（2 项）'],
  ['items', [{ code: 'land', title: '自然资源' }, { code: 'market', title: '市场监管' }], '自然资源、市场监管'],
  ['items', [], '无'],
  ['text', 'before_township', '乡镇审核前'],
  ['bool', false, '否'],
  ['text', undefined, '未设置'],
])('%s %j reads %s', (kind, value, text) => {
  expect(words(kind, value)).toBe(text)
})
