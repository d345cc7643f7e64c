import type { KeyboardEvent } from 'react'
import type { Answers, Field } from '../api/types'

/** An answer as the words that a condition compares: true is "true". */
function words(answer: unknown): string[] {
  if (Array.isArray(answer)) return answer.map(String)
  return answer === undefined || answer === null ? [] : [String(answer)]
}

/** Whether a field is asked at all, given the other answers. */
export function applies(field: Field, answers: Answers): boolean {
  if (!field.when) return true
  const wanted = field.when.in
  return words(answers[field.when.field]).some((word) => wanted.includes(word))
}

/** The fields to show, in order. A field whose condition is itself hidden is hidden too. */
export function shown(form: Field[], answers: Answers): Field[] {
  const visible = new Set<string>()
  const result: Field[] = []
  for (const field of form) {
    if (!applies(field, answers)) continue
    const asked = field.when && form.some((f) => f.code === field.when?.field)
    if (asked && !visible.has(field.when!.field)) continue
    visible.add(field.code)
    result.push(field)
  }
  return result
}

function empty(answer: unknown): boolean {
  return answer === undefined || answer === null || answer === '' || (Array.isArray(answer) && answer.length === 0)
}

/** What is sent: only fields that apply, without empty answers, texts trimmed. */
export function toSend(form: Field[], answers: Answers): Answers {
  const out: Answers = {}
  for (const field of shown(form, answers)) {
    const answer = answers[field.code]
    if (field.kind === 'rows' && Array.isArray(answer)) {
      const rows = answer.map((row) => toSend(field.columns ?? [], (row ?? {}) as Answers))
      if (rows.length > 0) out[field.code] = rows
      continue
    }
    const value = typeof answer === 'string' ? answer.trim() : answer
    if (!empty(value)) out[field.code] = value
  }
  return out
}

/** Characters as a person counts them; a rare ideograph is one. */
export function length(text: string): number {
  return [...text].length
}

/** How many rows of a table to fill in are shown at once: a village's ledger has hundreds. */
export const ROWS_SHOWN = 20

/** The bound on a text's length that the server uses when the field names none. */
export const DEFAULT_MAX_LEN = 2000

/** Enter in an input closes its list or calendar; an act is done by its button only. */
export function keepEnter(e: KeyboardEvent) {
  if (e.key === 'Enter' && e.target instanceof HTMLInputElement) e.preventDefault()
}
