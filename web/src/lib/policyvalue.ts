/** How a policy value is edited: by its own shape, since a key says only its kind. */
export type Shape = 'yes' | 'money' | 'number' | 'text' | 'texts' | 'items' | 'fields' | 'json'

type Flat = Record<string, string | number | boolean>

const scalar = (v: unknown) => ['string', 'number', 'boolean'].includes(typeof v)
const plainObject = (v: unknown): v is Record<string, unknown> => v !== null && typeof v === 'object' && !Array.isArray(v)

/** The shape of the value of a key; of one that has none yet, what its kind begins with. */
export function shapeOf(key: string, kind: string, value: unknown): Shape {
  if (typeof value === 'boolean' || (value == null && kind === 'bool')) return 'yes'
  if (typeof value === 'number' || (value == null && ['days', 'int', 'number'].includes(kind))) return key.endsWith('fen') ? 'money' : 'number'
  if (typeof value === 'string' || (value == null && kind === 'text')) return 'text'
  if (Array.isArray(value)) {
    if (value.every((v) => typeof v === 'string') && kind === 'strings') return 'texts'
    const item = (v: unknown) => plainObject(v) && Object.keys(v).sort().join() === 'code,title' && Object.values(v).every((x) => typeof x === 'string')
    return value.length > 0 && value.every(item) ? 'items' : 'json'
  }
  return plainObject(value) && Object.values(value).every(scalar) && Object.keys(value).length > 0 ? 'fields' : 'json'
}

/** The value as lines to edit. */
export function toText(shape: Shape, value: unknown): string {
  if (shape === 'texts') return (value as string[]).join('\n')
  if (shape === 'items') return (value as { code: string; title: string }[]).map((i) => `${i.code} ${i.title}`).join('\n')
  return value === undefined ? '' : JSON.stringify(value, null, 1)
}

/** The value that lines stand for, or undefined when they stand for none. */
export function fromText(shape: Shape, text: string): unknown {
  const lines = text.split('\n').map((l) => l.trim()).filter(Boolean)
  if (shape === 'texts') return lines
  if (shape === 'items') {
    const items = lines.map((l) => /^(\S+)\s+(.+)$/.exec(l))
    return items.every((m) => m) ? items.map((m) => ({ code: m![1]!, title: m![2]! })) : undefined
  }
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/** One field of a flat value changed, the others as they were. */
export const withField = (value: unknown, name: string, one: string | number | boolean): Flat => ({ ...(value as Flat), [name]: one })
