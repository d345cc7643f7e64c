import { expect, it } from 'vitest'
import { fits, fromLadders, fromRows, type Ladder, missing, moved, placeOf, type PolicyColumn, type PolicyTable, toRows } from './policytable'

const column = (code: string, kind: PolicyColumn['kind'], optional = false): PolicyColumn => ({ code, title: code, kind, optional, options: [] })
const list: PolicyTable = { form: 'list', columns: [column('code', 'text'), column('title', 'text'), column('exception', 'text', true), column('income', 'yes', true)] }
const map: PolicyTable = { form: 'map', columns: [column('class', 'choice'), column('days', 'days')] }
const measures: PolicyTable = { form: 'map', columns: [column('risk', 'choice'), column('measures', 'choices')] }
const entry: PolicyTable = { form: 'entry', columns: [column('fen', 'fen'), column('concept', 'choice'), column('inclusive', 'yes', true)] }
const ladders: PolicyTable = { form: 'ladders', columns: [column('offset_days', 'whole'), column('action', 'choice'), column('level', 'choice'), column('light', 'choice', true), column('urgent', 'yes', true)] }
const standard: Ladder = { at: '08:30', steps: [{ offset_days: -3, action: 'remind', level: 'holder', light: 'yellow' }, { offset_days: 0, action: 'urge', level: 'county', urgent: true }], repeat_every: 3, repeat_action: 'report', repeat_level: 'county' }

it.each<[PolicyTable, unknown]>([
  [list, [{ code: 'a', title: '甲' }, { code: 'b', title: '乙', exception: '唯一住房除外', income: true }]],
  [list, []],
  [map, { immediate: 3, special: { days: 30, unit: 'working' } }],
  [measures, { illness: ['health', 'security'], housing: ['housing_safety'] }],
  [entry, { fen: 690000, concept: 'net', inclusive: true }],
])('%o: %j comes back from its rows as it was', (table, value) => {
  expect(fits(table, value)).toBe(true)
  expect(fromRows(table, toRows(table, value))).toEqual(value)
})

it('ladders come back as they were, a silent one too', () => {
  const value = { standard, silent: { at: '08:30', steps: null } }
  expect(fits(ladders, value)).toBe(true)
  expect(fromLadders(ladders, value)).toEqual({ standard, silent: { at: '08:30', steps: [] } })
  expect(fromLadders(ladders, { standard: { ...standard, at: '' } })).toBeUndefined()
  expect(fromLadders(ladders, { standard: { ...standard, steps: [{ offset_days: 0 }] } })).toBeUndefined()
})

it('a zero is an answer, a blank is none, and what may be left out is left out', () => {
  expect(fromRows(list, [{ code: ' a ', title: '甲', exception: ' ', income: false }])).toEqual([{ code: 'a', title: '甲' }])
  expect(missing(list.columns, [{ code: 'a', title: ' ' }, {}])).toEqual(['0.title', '1.code', '1.title'])
  expect(fromRows(list, [{ code: 'a' }])).toBeUndefined()
  expect(missing(ladders.columns, [{ offset_days: 0, action: 'urge', level: 'county' }])).toEqual([])
})

it('a key that stands twice is no map', () => expect(fromRows(map, [{ class: 'special', days: 3 }, { class: 'special', days: 4 }])).toBeUndefined())

it.each<[PolicyTable, unknown, boolean]>([
  [list, undefined, true],
  [list, [{ code: 'a', title: '甲', later: 1 }], false],
  [list, { a: 1 }, false],
  [entry, undefined, true],
  [entry, { fen: 1, since: 2020 }, false],
  [ladders, undefined, false],
  [ladders, { mine: { at: '08:30', steps: [{ offset_days: 1, until: 2 }] } }, false],
])('%o with %j fits: %s', (table, value, yes) => expect(fits(table, value)).toBe(yes))

it('moves a line by one place, and not beyond the ends', () => {
  expect(moved(['a', 'b', 'c'], 1, -1)).toEqual(['b', 'a', 'c'])
  expect(moved(['a', 'b', 'c'], 1, 1)).toEqual(['a', 'c', 'b'])
  expect(moved(['a', 'b'], 0, -1)).toEqual(['a', 'b'])
  expect(moved(['a', 'b'], 1, 1)).toEqual(['a', 'b'])
})

it.each([
  ['ladders.standard.steps[1]', 'standard.steps.1'],
  ['ladders.0.severity', '0.severity'],
  ['ladders', ''],
  ['valid_from', undefined],
])('a fault at %s is one at %s', (field, place) => expect(placeOf('ladders', field)).toBe(place))
