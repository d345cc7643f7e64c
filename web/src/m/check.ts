import type { Answers, Field } from '../api/types'
import { faultOf } from '../components/fields/rules'
import { shown } from '../lib/form'

export type Path = (string | number)[]

/** Something to mend in a form, and where. */
export interface Wrong {
  path: Path
  message: string
}

/** All that can be seen to be wrong without the server, in the order of the form, rows of tables among it. */
export function wrongIn(fields: Field[], answers: Answers, at: Path = []): Wrong[] {
  return shown(fields, answers).flatMap((field) => {
    const path = [...at, field.code]
    const own = faultOf(field, answers[field.code])
    const rows = field.kind === 'rows' && Array.isArray(answers[field.code]) ? (answers[field.code] as Answers[]) : []
    const inside = rows.flatMap((row, i) => wrongIn(field.columns ?? [], row ?? {}, [...path, i]))
    return own ? [{ path, message: own }, ...inside] : inside
  })
}

/** The id of the input at a path. */
export const idOf = (path: Path): string => `f-${path.join('-')}`
