import type { components } from '../api/schema'

// A policy value of several parts as rows to edit, and back. The server says which parts there are.

export type PolicyTable = components['schemas']['PolicyTable']
export type PolicyColumn = components['schemas']['PolicyColumn']
export type Row = Record<string, unknown>

/** A ladder as it is edited; the steps are rows of the table. */
export interface Ladder extends Row {
  at?: string
  steps?: Row[] | null
  repeat_every?: number
}

const plain = (v: unknown): v is Row => v !== null && typeof v === 'object' && !Array.isArray(v)

/** Whether the table knows every part of the value; one of a later version is left to raw editing. */
export function fits(table: PolicyTable, value: unknown): boolean {
  const known = (row: unknown) => plain(row) && Object.keys(row).every((name) => table.columns.some((c) => c.code === name))
  if (value === undefined || value === null) return table.form !== 'ladders'
  if (table.form === 'list') return Array.isArray(value) && value.every(known)
  if (table.form === 'entry') return known(value)
  if (!plain(value)) return false
  return table.form === 'map' || Object.values(value).every((l) => plain(l) && (l.steps === null || l.steps === undefined || (Array.isArray(l.steps) && l.steps.every(known))))
}

/** The value as rows. */
export function toRows(table: PolicyTable, value: unknown): Row[] {
  if (table.form === 'list') return ((value ?? []) as Row[]).map((r) => ({ ...r }))
  if (table.form === 'entry') return [{ ...(value as Row | undefined) }]
  const [key, one] = table.columns
  return Object.entries((value ?? {}) as Row).map(([k, v]) => ({ [key!.code]: k, [one!.code]: v }))
}

/** The value that rows stand for, or undefined while something is missing. */
export function fromRows(table: PolicyTable, rows: Row[]): unknown {
  if (missing(table.columns, rows).length > 0) return undefined
  const whole = rows.map((r) => without(table.columns, r))
  if (table.form === 'list') return whole
  if (table.form === 'entry') return whole[0]
  const [key, one] = table.columns
  const pairs = whole.map((r) => [String(r[key!.code]), r[one!.code]] as const)
  return new Set(pairs.map(([k]) => k)).size < pairs.length ? undefined : Object.fromEntries(pairs)
}

/** The ladders as they stand, or undefined while something is missing. */
export function fromLadders(table: PolicyTable, ladders: Record<string, Ladder>): unknown {
  const steps = (l: Ladder) => l.steps ?? []
  if (Object.values(ladders).some((l) => !l.at || missing(table.columns, steps(l)).length > 0)) return undefined
  return Object.fromEntries(Object.entries(ladders).map(([name, l]) => [name, { ...l, steps: steps(l).map((s) => without(table.columns, s)) }]))
}

/** The cells that must be filled in and are not, "0.title". */
export function missing(columns: PolicyColumn[], rows: Row[]): string[] {
  return rows.flatMap((r, i) => columns.filter((c) => !c.optional && c.kind !== 'yes' && empty(r[c.code])).map((c) => `${i}.${c.code}`))
}

const empty = (v: unknown) => v === undefined || v === null || (typeof v === 'string' && v.trim() === '')

/** A row without what may be left out and is not filled in, in the order of the columns. */
function without(columns: PolicyColumn[], row: Row): Row {
  return Object.fromEntries(columns.filter((c) => !(c.optional && (empty(row[c.code]) || row[c.code] === false))).map((c) => [c.code, typeof row[c.code] === 'string' ? (row[c.code] as string).trim() : row[c.code]]))
}

/** One row moved by a place; the first stays first. */
export function moved<T>(list: T[], from: number, by: 1 | -1): T[] {
  const to = from + by
  if (to < 0 || to >= list.length) return list
  const out = [...list]
  ;[out[from], out[to]] = [out[to]!, out[from]!]
  return out
}

/** Where a fault of the server stands: "ladders.standard.steps[1]" is "standard.steps.1". */
export function placeOf(key: string, field: string): string | undefined {
  const path = field.split(/[.[\]]+/).filter((part) => part !== '')
  return path[0] === key ? path.slice(1).join('.') : undefined
}
