import { expect, it } from 'vitest'
import type { Field } from '../api/types'
import { idOf, wrongIn } from './check'
import { words } from './words'

const field = (code: string, more: Partial<Field> = {}): Field => ({ code, title: code, kind: 'text', required: false, class: 'P1', ...more })

it('finds what is wrong in the order of the form, in rows of tables too, and not what is not asked', () => {
  const fields = [
    field('name', { required: true }),
    field('ill', { kind: 'yes' }),
    field('cost', { kind: 'money', required: true, when: { field: 'ill', in: ['true'] } }),
    field('rows', { kind: 'rows', columns: [field('n', { kind: 'integer', min: 1 })] }),
  ]
  const found = wrongIn(fields, { ill: false, rows: [{ n: 1 }, { n: 0 }] })
  expect(found.map((w) => idOf(w.path))).toEqual(['f-name', 'f-rows-1-n'])
  expect(wrongIn(fields, { name: '某', ill: true }).map((w) => w.path)).toEqual([['cost']])
})

it('says answers in words', () => {
  expect(words(field('a', { kind: 'yes' }), false)).toBe('否')
  expect(words(field('a', { kind: 'money' }), 123450)).toBe('1,234.50 元')
  expect(words(field('a', { kind: 'choices', options: [{ code: 'x', title: '甲' }, { code: 'y', title: '乙' }] }), ['x', 'y'])).toBe('甲、乙')
  expect(words(field('a', { kind: 'rows', columns: [field('b'), field('c')] }), [{ b: '一' }])).toBe('b：一')
  expect(words(field('a'), undefined)).toBe('—')
})
