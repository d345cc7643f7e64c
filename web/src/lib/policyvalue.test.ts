import { expect, it } from 'vitest'
import { fromText, shapeOf, toText, withField, type Shape } from './policyvalue'

it.each<[string, string, unknown, Shape]>([
  ['clue_days', 'days', 2, 'number'],
  ['clue_days', 'days', { days: 20, unit: 'working' }, 'fields'],
  ['annual_line', 'object', { concept: 'net', fen: 800000 }, 'fields'],
  ['medical_fen', 'int', 300000, 'money'],
  ['check_residency', 'bool', undefined, 'yes'],
  ['anchor', 'text', 'identified', 'text'],
  ['words', 'strings', ['甲', '乙'], 'texts'],
  ['words', 'strings', [], 'texts'],
  ['risk_type_set', 'items', [{ code: 'ill', title: '因病' }], 'items'],
  ['visit_rule', 'items', [{ code: 'a', title: '甲', every: 3 }], 'json'],
  ['ladders', 'object', { standard: { steps: [] } }, 'json'],
  ['line', 'object', undefined, 'json'],
])('%s (%s) %j is edited as %s', (key, kind, value, shape) => expect(shapeOf(key, kind, value)).toBe(shape))

it.each<[Shape, unknown]>([
  ['texts', ['甲', '乙 丙']],
  ['items', [{ code: 'ill', title: '因病 大额' }, { code: 'work', title: '务工' }]],
  ['json', { standard: { steps: [1] } }],
])('%s come back from their lines as they were', (shape, value) => expect(fromText(shape, toText(shape, value))).toEqual(value))

it.each<[Shape, string]>([['items', 'ill'], ['json', '{"a":']])('%s with %j stand for nothing', (shape, text) => expect(fromText(shape, text)).toBeUndefined())

it('changes one field and keeps the others', () => expect(withField({ days: 20, unit: 'working' }, 'days', 15)).toEqual({ days: 15, unit: 'working' }))
