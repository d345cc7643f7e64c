import { ROWS_SHOWN } from '../lib/form'
import type { Fault, Field, Problem } from './types'

/** An answer of the server that is not a success, or no answer at all (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
    /** Seconds to wait, when the server said so. */
    readonly retryAfter?: number,
  ) {
    super(problem.detail ?? problem.title ?? wordsFor(status))
    this.name = 'ApiError'
  }

  get code(): string {
    return this.problem.code ?? `http_${this.status}`
  }

  get faults(): Fault[] {
    return this.problem.errors ?? []
  }

  /** Nothing is known about the outcome, or the server asks to come again with the same key. */
  get again(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504
  }
}

/** The longest that is waited without a word when the server wants to be asked less often, seconds; what is limited by the hour is told at once. */
const PATIENCE = 10

/** Whether the server wants to be asked less often, and soon takes it: nothing was done. */
export const heldBack = (err: unknown): err is ApiError => err instanceof ApiError && err.status === 429 && (err.retryAfter ?? 1) <= PATIENCE

/** Whether a page asks again by itself after so many failures: a silent or busy server, and one that has been asked too often. A refusal stays one. */
export const asksAgain = (failures: number, err: unknown) => failures < 3 && err instanceof ApiError && (err.again || heldBack(err))

/** After how many milliseconds: as the server said, or 1, 2, 4 seconds. */
export const asksAgainAfter = (failures: number, err: unknown) => 1000 * Math.min((err instanceof ApiError ? err.retryAfter : undefined) ?? 2 ** failures, 30)

/** What to say when the server gave no words of its own. */
function wordsFor(status: number): string {
  switch (status) {
    case 0:
      return '网络不通，请检查网络后再试'
    case 401:
      return '登录已失效，请重新登录'
    case 403:
      return '本人岗位不能办理此项'
    case 404:
      return '没有这条记录，或不在本人辖区'
    case 409:
      return '该事项已有变化，请重新载入'
    case 413:
      return '内容过大，请压缩后再试'
    case 429:
      return '操作过于频繁，请稍后再试'
    case 502:
    case 503:
    case 504:
      return '系统正忙，请稍后再试'
    default:
      return '系统出现故障，请稍后再试；仍不行的，请联系管理员'
  }
}

/** One sentence for a message, with the number the administrator can look up. */
export function describe(err: unknown): string {
  if (!(err instanceof ApiError)) return '页面出现故障，请刷新后再试'
  const id = err.problem.request_id
  return id && err.status >= 500 ? `${err.message}（编号 ${id}）` : err.message
}

/** Form item names and their errors, and the faults that belong to no field. */
export interface Mapped {
  fields: { name: (string | number)[]; errors: string[] }[]
  general: Fault[]
}

/** "income[0].item", "income.0.item" and "/income/0/item" are all ["income", 0, "item"]. */
export function pathOf(field: string): (string | number)[] {
  return field
    .replace(/^form[./]/, '')
    .split(/[./[\]]+/)
    .filter((part) => part !== '')
    .map((part) => (/^\d+$/.test(part) ? Number(part) : part))
}

/**
 * Sorts faults to the fields on the screen; what has no field there stays general. A
 * fault inside a list of files or choices belongs to that field, one about a whole row
 * to the table, with the number of the row.
 */
export function mapFaults(faults: Fault[], form: Field[]): Mapped {
  const byName = new Map<string, { name: (string | number)[]; errors: string[] }>()
  const general: Fault[] = []
  for (const fault of faults) {
    const path = fault.field ? pathOf(fault.field) : []
    const field = form.find((f) => f.code === path[0])
    if (!field) {
      general.push(fault)
      continue
    }
    const name = field.kind !== 'rows' ? path.slice(0, 1) : path.length >= 3 ? path.slice(0, 3) : path.slice(0, 1)
    // A later row may stand on a page of the table that is not open.
    if (field.kind === 'rows' && Number(path[1]) >= ROWS_SHOWN) general.push({ ...fault, message: `${field.title}第 ${Number(path[1]) + 1} 行：${fault.message}` })
    const row = field.kind === 'rows' && path.length === 2 ? `第 ${Number(path[1]) + 1} 行：` : ''
    const key = name.join('.')
    const entry = byName.get(key) ?? { name, errors: [] }
    entry.errors.push(row + fault.message)
    byName.set(key, entry)
  }
  return { fields: [...byName.values()], general }
}
