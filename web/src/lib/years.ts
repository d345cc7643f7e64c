const OLDEST = 150

/** A number of full years as it is typed; undefined where nothing is asked, or something that is no age. */
export function yearsOf(typed: string): number | undefined {
  const n = /^\d{1,3}$/.test(typed.trim()) ? Number(typed) : OLDEST + 1
  return n <= OLDEST ? n : undefined
}
