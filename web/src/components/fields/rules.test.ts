import { expect, it } from 'vitest'
import type { Field } from '../../api/types'
import { faultOf } from './rules'

const field = (kind: Field['kind'], more: Partial<Field> = {}): Field => ({ code: 'f', title: '项', kind, class: 'P1', required: true, ...more })
const a = (n: number) => '字'.repeat(n)

it.each<[string, Field, unknown, string | undefined]>([
  ['text at its length', field('text', { max_len: 5 }), a(5), undefined],
  ['text over its length', field('text', { max_len: 5 }), a(6), '最多 5 字，超出 1 字'],
  ['long at the common length', field('long'), a(2000), undefined],
  ['long over the common length', field('long'), a(2001), '最多 2000 字，超出 1 字'],
  ['blank text', field('text'), '   ', '请填写项'],
  ['optional blank', field('text', { required: false }), '', undefined],
  ['integer at its least', field('integer', { min: 1, max: 30 }), 1, undefined],
  ['integer below', field('integer', { min: 1, max: 30 }), 0, '不能小于 1'],
  ['integer at its most', field('integer', { min: 1, max: 30 }), 30, undefined],
  ['integer above', field('integer', { min: 1, max: 30 }), 31, '不能大于 30'],
  ['integer with a part', field('integer'), 1.5, '请填写整数'],
  ['number with a part', field('number', { min: 73, max: 136 }), 73.5, undefined],
  ['money none', field('money', { min: 0 }), 0, undefined],
  ['money below', field('money', { min: 0 }), -1, '不能小于 0.00 元'],
  ['money that is none', field('money'), '十元', '请填写金额，最多两位小数，如 1234.50'],
  ['yes answered no', field('yes'), false, undefined],
  ['yes not answered', field('yes'), undefined, '请选择项'],
  ['must answered no', field('yes', { must: true }), false, '办理前须确认“项”'],
  ['must answered yes', field('yes', { must: true }), true, undefined],
  ['no file', field('files'), [], '请上传项'],
  ['one file', field('files'), ['x'], undefined],
  ['no row', field('rows'), [], '请填写项'],
])('%s', (_, f, answer, fault) => {
  expect(faultOf(f, answer)).toBe(fault)
})
