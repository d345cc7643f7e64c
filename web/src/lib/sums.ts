import type { Answers, Field, FormSums } from '../api/types'
import { compile, type Values } from './exprs'
import { applies } from './form'

// What a form comes to while it is filled in, by the same expressions as the server (forms/compute.go). Where something
// cannot be computed here nothing is said: the server has the last word.

export interface Sum {
  code: string
  text: string
}

export interface Remark {
  code: string
  field?: string
  severity: FormSums['checks'][number]['severity']
  text: string
}

/** What a question is to expressions. */
type Asked = Pick<Field, 'code' | 'kind' | 'when'> & { columns?: Asked[] }

/** The values that are known, and what the checks say. */
export function compute(fields: Asked[], answers: Answers, sums: FormSums): { values: Sum[]; remarks: Remark[] } {
  const values = valuesOf(fields, answers, sums)
  for (const c of sums.computed) values[c.code] = null
  const named = (name: string) => name in values || name === 'income_sheet' || name === 'registered'
  const known: Sum[] = []
  for (const c of sums.computed) {
    const found = attempt(() => compile(c.value, named).run(values))
    if (!found?.known) continue
    values[c.code] = found.value
    known.push({ code: c.code, text: write(c.text, values, named) })
  }
  const remarks = sums.checks.flatMap((c) => {
    const found = attempt(() => compile(c.when, named).run(values))
    return found?.known && found.value === true ? [{ code: c.code, field: c.field, severity: c.severity, text: write(c.text, values, named) }] : []
  })
  return { values: known, remarks }
}

/** What a newer server writes and this page cannot read is left to the server. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch {
    return undefined
  }
}

/** The sentence with its expressions filled in. */
const write = (text: string, values: Values, named: (name: string) => boolean): string =>
  text.replace(/\{([^}]*)\}/g, (_, source: string) => {
    const found = attempt(() => compile(source, named).run(values))
    return !found?.known || found.value === null || found.value === undefined ? '＿＿' : String(found.value)
  })

/** The answers under their names. One that is missing or not asked has no value; a table without rows is empty. */
function valuesOf(fields: Asked[], answers: Answers, sums: FormSums): Values {
  const out: Values = { ...sums.world }
  for (const f of fields) out[f.code] = applies(f as Field, answers) ? valueOf(f, answers[f.code]) : null
  if (sums.income_items) out.income_sheet = incomeSheet(answers, sums.income_items)
  return out
}

function valueOf(f: Asked, v: unknown): unknown {
  switch (f.kind) {
    case 'integer':
    case 'money':
      return typeof v === 'number' ? Math.trunc(v) : null
    case 'number':
      return typeof v === 'number' ? v : null
    case 'yes':
      return typeof v === 'boolean' ? v : null
    case 'choices':
    case 'files':
      return Array.isArray(v) ? v.filter((x) => typeof x === 'string') : []
    case 'rows':
      return (Array.isArray(v) ? v : []).map((row: Answers | undefined) => Object.fromEntries((f.columns ?? []).map((c) => [c.code, valueOf(c, row?.[c.code]) ?? blankOf(c)])))
    default:
      return typeof v === 'string' && v.trim() !== '' ? v : null
  }
}

/** In a row a blank number counts nothing, as on paper. */
function blankOf(c: Asked): unknown {
  if (c.kind === 'integer' || c.kind === 'money' || c.kind === 'number') return 0
  return c.kind === 'yes' ? null : ''
}

const CATEGORIES = ['production', 'property', 'transfer', 'wage']

/** One amount, in fen, is at most a hundred million yuan: more is a typing error. */
const LARGEST = 10_000_000_000

/** The income sheet (S000 annex 6): production alone deducts its expense. Nothing where a row cannot be right. */
function incomeSheet(answers: Answers, items: Record<string, string>): Values | null {
  const population = typeof answers.population === 'number' ? Math.trunc(answers.population) : 0
  const claimed = answers.per_head_claimed
  if (population < 1 || population > 100 || (typeof claimed === 'number' && Math.abs(claimed) > LARGEST)) return null
  const sums = Object.fromEntries(CATEGORIES.map((c) => [c, { income: 0, expense: 0, net: 0 }]))
  let household = 0
  for (const row of Array.isArray(answers.income) ? (answers.income as (Answers | undefined)[]) : []) {
    const category = String(row?.category || items[String(row?.item)] || '')
    const [income, expense] = [fen(row?.income), fen(row?.expense)]
    const sum = sums[category]
    if (!sum || [income, expense].some((n) => n < 0 || n > LARGEST)) return null
    sum.income += income
    sum.expense += expense
    sum.net = sum.income - sum.expense
    household += category === 'production' ? income - expense : income
  }
  return { ...sums, household, per_head: perHead(household, population) }
}

const fen = (v: unknown) => (typeof v === 'number' ? Math.trunc(v) : 0)

/** Rounded half away from zero. */
const perHead = (household: number, people: number) => Math.sign(household) * Math.trunc((Math.abs(household) + Math.trunc(people / 2)) / people)
