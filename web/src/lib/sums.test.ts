import { expect, it } from 'vitest'
import shared from './testdata/sums.json?raw'
import type { Answers, FormSums } from '../api/types'
import { compile, type Values } from './exprs'
import { compute } from './sums'

interface Shared {
  form: string
  fields: Parameters<typeof compute>[0]
  sums: FormSums
  answers: { given: Answers; values: Record<string, string>; findings: Record<string, string> }[]
}

// The Go tests write this file with what the server computes for every form (forms/sums_test.go).
const cases = JSON.parse(shared) as Shared[]

it.each(cases.map((c) => [c.form, c] as const))('%s comes to the same here as with the server', (_, { fields, sums, answers }) => {
  for (const { given, values, findings } of answers) {
    const here = compute(fields, given, sums)
    expect(Object.fromEntries(here.values.map((v) => [v.code, v.text]))).toEqual(values)
    expect(Object.fromEntries(here.remarks.map((r) => [`${r.code} ${r.field ?? ''}`, r.text]))).toEqual(findings)
  }
})

it('there is something to compare', () => {
  expect(cases.length).toBeGreaterThan(20)
  expect(cases.flatMap((c) => c.answers.flatMap((a) => Object.keys(a.values))).length).toBeGreaterThan(60)
})

const run = (source: string, values: Values = {}) => compile(source, (n) => n in values).run(values)

it.each<[string, Values, unknown]>([
  ['人口 * 2 + population', { 人口: 4, population: 3 }, 11],
  ['2 + 3 * 4 - 6 / 4', {}, 12.5],
  ['-(2 - 5)', {}, 3],
  ['litres <= 6900 * 1.1', { litres: 7590 }, true],
  ['litres > 6900 * 1.1', { litres: 7590 }, false],
  ['months("2026-08-31", "2027-02-28")', {}, 6],
  ['months("2026-08-31", "2027-02-27")', {}, 5],
  ['days("2026-01-01", on)', { on: '2026-01-31' }, 30],
  ['yuan(-1)', {}, '-0.01'],
  ['round(-2.5)', {}, -3],
  ['"none" in groups', { groups: ['a', 'none'] }, true],
  ['state not in ["open"]', { state: 'open' }, false],
  ['any(rows, let x = .item; count(rows, .item == x) > 1)', { rows: [{ item: 1 }, { item: 2 }, { item: 1 }] }, true],
  ['len("四个汉字")', {}, 4],
  ['given(name) ? 1 : fallback(name, "无")', { name: null }, '无'],
])('%s', (source, values, want) => {
  expect(run(source, values)).toEqual({ value: want, known: true })
})

it('says nothing where an answer is missing, a day is none, or it divides by nothing', () => {
  expect(run('litres < 20 && !piped', { litres: 3, piped: null }).known).toBe(false)
  expect(run('days("2026-02-30", "2026-03-01")').known).toBe(false)
  expect(run('1 / 0').known).toBe(false)
  expect(run('row.cell > 1', { row: { cell: null } }).known).toBe(false)
})

it('refuses what it does not know', () => {
  for (const source of ['nobody > 1', 'now()', '1 +', '1 ~ 2', 'len(1..3)']) expect(() => run(source)).toThrow()
})
