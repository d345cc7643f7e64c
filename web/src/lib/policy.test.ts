import { expect, it } from 'vitest'
import { ladderLines, pairLines, words, sourceWords } from './policy'

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
  ['object', {}, '无'],
  ['fen', 350000, '3,500.00 元'],
  ['text', 'before_township', '乡镇审核前'],
  ['bool', false, '否'],
  ['text', undefined, '未设置'],
])('%s %j reads %s', (kind, value, text) => {
  expect(words(kind, value)).toBe(text)
})

it('reminders are told in days before and after the limit', () => {
  const standard = {
    steps: [
      { action: 'remind', level: 'holder', offset_days: -3 },
      { action: 'remind', level: 'holder', offset_days: 0 },
      { action: 'urge', level: 'township', offset_days: 1 },
    ],
    repeat_every: 3,
    repeat_action: 'report',
    repeat_level: 'county',
  }
  expect(ladderLines({ standard, silent: { steps: null } })).toEqual(['村级承办的：到期前 3 天提醒（承办人）；到期日提醒（承办人）；逾期 1 天催办（乡镇）；此后每 3 天通报（县级）', '等待期：不发提醒'])
})

it('risks and measures are told by their titles', () => {
  expect(pairLines({ illness: ['health', 'other'] }, { illness: '因病' }, { health: '健康帮扶' })).toEqual(['因病：健康帮扶、other'])
})

it.each([
  ['int', 2, '人', '2 人'],
  ['days', 3, '天', '3 天'],
  ['fen', 350000, '分', '3,500.00 元'],
  ['number', 0.25, '比例', '0.25'],
])('tells a %s with its unit', (kind, value, unit, text) => expect(words(kind, value, unit)).toBe(text))

it('tells on what a default rests', () => {
  expect(sourceWords('S003 #3, E-1')).toBe('S003 #3、E-1')
  expect(sourceWords('S001, D')).toBe('S001、产品缺省')
  expect(sourceWords(undefined)).toBe('—')
})
