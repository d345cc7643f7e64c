import type { Field } from '../../api/types'

/** The fields of a draft: nothing has to be there yet, nor in the rows of a table, which the register may have begun. */
export function optional(fields: Field[]): Field[] {
  return fields.map((f) => ({ ...f, required: false, must: false, columns: f.columns && optional(f.columns) }))
}
