import { expect, it } from 'vitest'
import type { Field } from './types'
import { ApiError, asksAgain, asksAgainAfter, describe as words, mapFaults, pathOf } from './problem'

it.each([
  ['opinion', ['opinion']],
  ['income[0].item', ['income', 0, 'item']],
  ['income.0.item', ['income', 0, 'item']],
  ['/income/0/item', ['income', 0, 'item']],
  ['form.opinion', ['opinion']],
])('reads the field %s', (field, path) => {
  expect(pathOf(field)).toEqual(path)
})

const field = (code: string, kind: Field['kind']): Field => ({ code, title: code, kind, class: 'P1', required: true })

it('puts each fault on its field and the rest above the form', () => {
  const mapped = mapFaults(
    [
      { field: 'present', code: 'too_few', message: '到会人数不足' },
      { field: 'present', code: 'max', message: '不能多于应到人数' },
      { field: 'income[1].expense', code: 'required', message: '请填写' },
      { field: 'income[20].expense', code: 'far', message: '请填写' },
      { field: 'income[2]', code: 'wrong_type', message: '应为一行' },
      { field: 'photos[3]', code: 'unknown_file', message: '附件不存在' },
      { field: 'elsewhere', code: 'x', message: '另一处' },
      { code: 'signed', message: '尚未会签' },
    ],
    [field('present', 'integer'), field('income', 'rows'), field('photos', 'files')],
  )
  expect(mapped.fields).toEqual([
    { name: ['present'], errors: ['到会人数不足', '不能多于应到人数'] },
    { name: ['income', 1, 'expense'], errors: ['请填写'] },
    { name: ['income', 20, 'expense'], errors: ['请填写'] },
    { name: ['income'], errors: ['第 3 行：应为一行'] },
    { name: ['photos'], errors: ['附件不存在'] },
  ])
  expect(mapped.general.map((f) => f.code)).toEqual(['far', 'x', 'signed'])
  expect(mapped.general[0]?.message).toBe('income第 21 行：请填写')
})

it('says what happened in the words of the server, with the number of a fault', () => {
  expect(words(new ApiError(422, { title: '表单有误', request_id: 'r1' }))).toBe('表单有误')
  expect(words(new ApiError(500, { title: '系统故障', request_id: 'r1' }))).toBe('系统故障（编号 r1）')
  expect(words(new ApiError(0, {}))).toContain('网络不通')
  expect(words(new Error('secret'))).not.toContain('secret')
})

it('knows which ends may be sent again', () => {
  expect([0, 502, 503, 504].every((s) => new ApiError(s, {}).again)).toBe(true)
  expect([400, 401, 403, 404, 409, 422, 429, 500].some((s) => new ApiError(s, {}).again)).toBe(false)
})

it('asks a server again that has been asked too often, when it says so and soon', () => {
  expect(asksAgain(0, new ApiError(429, {}, 4))).toBe(true)
  expect(asksAgainAfter(0, new ApiError(429, {}, 4))).toBe(4000)
  expect(asksAgain(0, new ApiError(429, {}, 10))).toBe(true)
  expect(asksAgain(0, new ApiError(429, {}, 11))).toBe(false)
  expect(asksAgain(3, new ApiError(429, {}, 4))).toBe(false)
  expect(asksAgain(0, new ApiError(503, {}))).toBe(true)
  expect([0, 1, 2].map((n) => asksAgainAfter(n, new ApiError(503, {})))).toEqual([1000, 2000, 4000])
  expect([401, 404, 422, 500].some((s) => asksAgain(0, new ApiError(s, {})))).toBe(false)
  expect(asksAgain(0, new Error('fault of the page'))).toBe(false)
})
