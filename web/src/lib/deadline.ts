import type { Dayjs } from 'dayjs'
import { formatLimit, inChina } from './dates'

/** The three words a deadline is shown with, never by colour alone. */
export type Level = 'normal' | 'near' | 'over'

/** How a deadline reads: level, its word, and the whole sentence. */
export interface Reading {
  level: Level
  word: '正常' | '临期' | '超期'
  text: string
}

/** Days left (today's limit counts 0) from which a deadline is 临期. */
export const NEAR_DAYS = 3

const words = { normal: '正常', near: '临期', over: '超期' } as const

/** The last day that still belongs to the limit. */
function lastDay(due: Dayjs): Dayjs {
  return due.subtract(1, 'millisecond').startOf('day')
}

/**
 * Reads a deadline at the moment now. The limit itself is over: due = now is 超期.
 * Days are calendar days between today and the last day of the limit.
 */
export function readDeadline(due: string, now: string | number | Date): Reading {
  const at = inChina(due)
  const moment = inChina(now)
  const days = lastDay(at).diff(moment.startOf('day'), 'day')
  const limit = `${formatLimit(due)} 前`
  if (!moment.isBefore(at)) return { level: 'over', word: words.over, text: `已超期 ${overdue(at, moment)}（应于 ${limit}办结）` }
  const level = days <= NEAR_DAYS ? 'near' : 'normal'
  const left = days === 0 ? '今日到期' : `剩余 ${days} 天`
  return { level, word: words[level], text: `${left}（${limit}）` }
}

/** Whole days since the limit, or hours on the first day. */
function overdue(at: Dayjs, now: Dayjs): string {
  const days = now.diff(at, 'day')
  if (days > 0) return `${days} 天`
  const hours = now.diff(at, 'hour')
  return hours > 0 ? `${hours} 小时` : '不足 1 小时'
}
