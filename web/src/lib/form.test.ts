import { expect, it } from 'vitest'
import type { Field } from '../api/types'
import { length, shown, toSend } from './form'

const field = (code: string, more: Partial<Field> = {}): Field => ({ code, title: code, kind: 'text', class: 'P1', required: true, ...more })
const codes = (form: Field[], answers: Record<string, unknown>) => shown(form, answers).map((f) => f.code)

const form = [
  field('sampled', { kind: 'yes' }),
  field('record', { when: { field: 'sampled', in: ['true'] } }),
  field('risks', { kind: 'choices' }),
  field('note', { when: { field: 'risks', in: ['other'] } }),
  field('chain', { when: { field: 'record', in: ['x'] } }),
]

it('asks a conditional field only for the given answers', () => {
  expect(codes(form, {})).toEqual(['sampled', 'risks'])
  expect(codes(form, { sampled: true })).toEqual(['sampled', 'record', 'risks'])
  expect(codes(form, { sampled: false })).toEqual(['sampled', 'risks'])
  expect(codes(form, { risks: ['ill', 'other'] })).toEqual(['sampled', 'risks', 'note'])
})

it('hides what hangs on a hidden field, though its old answer is still there', () => {
  expect(codes(form, { sampled: true, record: 'x' })).toContain('chain')
  expect(codes(form, { sampled: false, record: 'x' })).not.toContain('chain')
})

it('sends what applies, trimmed, without empty answers; no and zero are answers', () => {
  expect(toSend(form, { sampled: false, record: '旧答', risks: [], note: '' })).toEqual({ sampled: false })
  expect(toSend([field('a'), field('n', { kind: 'integer' })], { a: '  公示栏 ', n: 0 })).toEqual({ a: '公示栏', n: 0 })
})

it('sends the columns of rows in the same way', () => {
  const rows = [field('income', { kind: 'rows', columns: [field('item'), field('amount', { kind: 'money' })] })]
  expect(toSend(rows, { income: [{ item: ' 务工 ', amount: 100, stray: 1 }, undefined] })).toEqual({ income: [{ item: '务工', amount: 100 }, {}] })
  expect(toSend(rows, { income: [] })).toEqual({})
})

it('counts characters, not code units', () => {
  expect(length('𠮷野家')).toBe(3)
})
