import { expect, it } from 'vitest'
import { fromText, shapeOf, toText, withField, type Shape } from './policyvalue'

it.each<[string, string, unknown, Shape]>([
  ['clue_days', 'days', 2, 'number'],
  ['clue_days', 'days', { days: 20, unit: 'working' }, 'fields'],
  ['medical_fen', 'int', 300000, 'money'],
  ['check_residency', 'bool', undefined, 'yes'],
  ['anchor', 'text', 'identified', 'text'],
  ['unknown_table', 'object', { standard: { steps: [] } }, 'json'],
  ['line', 'object', undefined, 'json'],
])('%s (%s) %j is edited as %s', (key, kind, value, shape) => expect(shapeOf(key, kind, value)).toBe(shape))

it('what has no known parts comes back from its text as it was', () => {
  const value = { standard: { steps: [1] } }
  expect(fromText(toText(value))).toEqual(value)
  expect(fromText('{"a":')).toBeUndefined()
})

it('changes one field and keeps the others', () => expect(withField({ days: 20, unit: 'working' }, 'days', 15)).toEqual({ days: 15, unit: 'working' }))
