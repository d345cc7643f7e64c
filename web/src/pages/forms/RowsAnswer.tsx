import type { Field } from '../../api/types'
import { servedText } from '../../i18n/served'
import { fenToYuan } from '../../lib/money'

/** A table that was filled in, row by row, each answer with what it answers. */
export function RowsAnswer({ field, rows }: { field: Field; rows: Record<string, unknown>[] }) {
  return (
    <ol className="plain-rows">
      {rows.map((row, i) => (
        // Rows have no name of their own; they are only shown.
        // oxlint-disable-next-line no-array-index-key
        <li key={i}>
          {(field.columns ?? [])
            .filter((c) => row[c.code] !== undefined && row[c.code] !== null && row[c.code] !== '')
            .map((c) => `${c.title}：${say(c, row[c.code])}`)
            .join('；')}
        </li>
      ))}
    </ol>
  )
}

function say(field: Field, v: unknown): string {
  if (typeof v === 'boolean') return v ? '是' : '否'
  if (field.kind === 'money' && typeof v === 'number') return `${fenToYuan(v)}元`
  const words = (Array.isArray(v) ? v : [v]).map((x) => field.options?.find((o) => o.code === x)?.title ?? String(x))
  return words.join('、') + (typeof v === 'number' ? servedText(field.unit ?? '') : '')
}
