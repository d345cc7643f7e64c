import type { Answers, Field, Member } from '../api/types'
import { formatTime } from '../lib/dates'
import { formatFen } from '../lib/money'

/** An answer as a person reads it. */
export function words(field: Field, value: unknown, members: Member[] = []): string {
  if (value === undefined || value === null || value === '') return '—'
  const title = (code: unknown) => field.options?.find((o) => o.code === code)?.title ?? members.find((m) => m.id === code)?.name ?? String(code)
  switch (field.kind) {
    case 'yes':
      return value === true ? '是' : '否'
    case 'money':
      return typeof value === 'number' ? formatFen(value) : String(value)
    case 'datetime':
      return formatTime(String(value))
    case 'choices':
      return Array.isArray(value) ? value.map(title).join('、') || '—' : String(value)
    case 'files':
      return Array.isArray(value) ? `${value.length} 个` : '—'
    case 'rows':
      return Array.isArray(value) ? (value as Answers[]).map((row) => line(field.columns ?? [], row)).join('\n') || '—' : '—'
    case 'choice':
    case 'text':
      return title(value)
    default:
      return String(value)
  }
}

const line = (columns: Field[], row: Answers): string => columns.flatMap((c) => (row?.[c.code] === undefined ? [] : [`${c.title}：${words(c, row[c.code])}`])).join('；')
