import type { CalendarHoliday, CalendarYear } from '../../api/admin'

type Day = CalendarYear['days'][number]

/** The days of one month, by their date. */
export const byDate = (days: Day[]): Map<string, Day> => new Map(days.map((d) => [d.date, d]))

/** How many days are worked, free by a holiday, and worked in exchange. */
export function tally(days: Day[]): string {
  const count = (of: (d: Day) => boolean) => days.filter(of).length
  return `工作日 ${count((d) => d.work)} 天，放假 ${count((d) => d.kind === 'holiday')} 天，调休上班 ${count((d) => d.kind === 'makeup')} 天`
}

const day = (date: string) => `${Number(date.slice(5, 7))}月${Number(date.slice(8))}日`

/** One holiday in words, as the notice says it. */
export function holidayWords(h: CalendarHoliday): string {
  const n = (Date.parse(h.last) - Date.parse(h.first)) / 86_400_000 + 1
  const free = n === 1 ? `${day(h.first)}放假` : `${day(h.first)}至${day(h.last)}放假，共 ${n} 天`
  return h.work.length > 0 ? `${free}；${h.work.map(day).join('、')}上班` : free
}

/** The days that a text names, "2027-02-06，2027-02-20"; nothing where one of them is no day. */
export function daysIn(text: string): string[] | undefined {
  const days = text.split(/[\s，,、]+/).filter(Boolean)
  return days.every((d) => /^\d{4}-\d{2}-\d{2}$/.test(d) && new Date(`${d}T00:00:00Z`).toJSON()?.startsWith(d)) ? days : undefined
}
