import type { Field } from '../../api/types'

/** The fields of a draft: nothing has to be there yet. What a row needs it needs once the row is begun. */
export function optional(fields: Field[]): Field[] {
  return fields.map((f) => ({ ...f, required: false, must: false }))
}
