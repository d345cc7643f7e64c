import dayjs, { type Dayjs } from 'dayjs'
import utc from 'dayjs/plugin/utc'

dayjs.extend(utc)

/** China keeps one time, eight hours ahead, without summer time. */
const OFFSET = 8 * 60

/** An instant as Chinese civil time, whatever zone the device is set to. */
export function inChina(instant: string | number | Date | Dayjs): Dayjs {
  return dayjs(instant).utcOffset(OFFSET)
}

/** "2026-11-27 09:30", or a dash. */
export function formatTime(instant: string | null | undefined): string {
  return instant ? inChina(instant).format('YYYY-MM-DD HH:mm') : '—'
}

/** "2026-11-27", or a dash. */
export function formatDate(instant: string | null | undefined): string {
  return instant ? inChina(instant).format('YYYY-MM-DD') : '—'
}

/** An instant that means the end of a day is written "11-27 24:00", not "11-28 00:00". */
export function formatLimit(instant: string): string {
  const at = inChina(instant)
  const endOfDay = at.hour() === 0 && at.minute() === 0
  const lastSecond = at.hour() === 23 && at.minute() === 59
  if (endOfDay) return `${at.subtract(1, 'day').format('MM-DD')} 24:00`
  if (lastSecond) return `${at.format('MM-DD')} 24:00`
  return at.format('MM-DD HH:mm')
}

/** RFC 3339 with the Chinese offset, from a civil time "2026-11-27T09:30". */
export function civilToInstant(civil: string): string {
  return `${civil.slice(0, 16)}:00+08:00`
}

/** "2026-11-27T09:30" of an instant, for date-time inputs. */
export function instantToCivil(instant: string): string {
  return inChina(instant).format('YYYY-MM-DDTHH:mm')
}
