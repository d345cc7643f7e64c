/** How a policy value without a table is edited: by its own shape, since a key says only its kind. */
export type Shape = 'yes' | 'money' | 'number' | 'text' | 'fields' | 'json'

type Flat = Record<string, string | number | boolean>

const scalar = (v: unknown) => ['string', 'number', 'boolean'].includes(typeof v)
const plainObject = (v: unknown): v is Record<string, unknown> => v !== null && typeof v === 'object' && !Array.isArray(v)

/** The shape of the value of a key; of one that has none yet, what its kind begins with. */
export function shapeOf(key: string, kind: string, value: unknown): Shape {
  if (typeof value === 'boolean' || (value == null && kind === 'bool')) return 'yes'
  if (typeof value === 'number' || (value == null && ['days', 'int', 'number'].includes(kind))) return key.endsWith('fen') ? 'money' : 'number'
  if (typeof value === 'string' || (value == null && kind === 'text')) return 'text'
  return plainObject(value) && Object.values(value).every(scalar) && Object.keys(value).length > 0 ? 'fields' : 'json'
}

/** A value that has no known parts, as text to edit. */
export const toText = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value, null, 1))

/** The value that a text stands for, or undefined when it stands for none. */
export function fromText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** One field of a flat value changed, the others as they were. */
export const withField = (value: unknown, name: string, one: string | number | boolean): Flat => ({ ...(value as Flat), [name]: one })
