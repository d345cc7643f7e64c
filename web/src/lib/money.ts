/** Money is whole fen (分) in JSON and 元 on the screen. No floating point in between. */

/** The largest amount a form takes, in fen; well inside the exact integers of JSON. */
export const MAX_FEN = 1_000_000_000_000

/**
 * Fen of an amount typed in 元: full-width digits, commas and spaces are read as
 * meant. null: empty. undefined: not an amount with at most two decimals.
 */
export function yuanToFen(typed: string): number | null | undefined {
  const text = typed
    .replace(/[０-９．，]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[,\s元￥¥]/g, '')
  if (text === '') return null
  const found = /^(-?)(\d{1,12})(?:\.(\d{0,2}))?$/.exec(text)
  if (!found) return undefined
  const fen = Number(found[2]) * 100 + Number((found[3] ?? '').padEnd(2, '0'))
  if (fen > MAX_FEN) return undefined
  return found[1] && fen ? -fen : fen
}

/** 元 with two decimals, as an editable text: 123450 → "1234.50". */
export function fenToYuan(fen: number | null | undefined): string {
  if (fen === null || fen === undefined || !Number.isFinite(fen)) return ''
  const whole = Math.trunc(Math.abs(fen))
  const text = `${Math.trunc(whole / 100)}.${String(whole % 100).padStart(2, '0')}`
  return fen < 0 ? `-${text}` : text
}

/** 元 with thousands, to read: 123450 → "1,234.50 元". */
export function formatFen(fen: number | null | undefined): string {
  const text = fenToYuan(fen)
  if (text === '') return '—'
  const [whole = '', cents] = text.split('.')
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${cents} 元`
}
