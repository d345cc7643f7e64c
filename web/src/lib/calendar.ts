/** The days of a month as weeks from Monday to Sunday, "2026-11-01" each; days of other months are left empty. */
export function weeksOf(month: string): (string | undefined)[][] {
  const [year, m] = month.split('-').map(Number) as [number, number]
  const days = new Date(Date.UTC(year, m, 0)).getUTCDate()
  const before = (new Date(Date.UTC(year, m - 1, 1)).getUTCDay() + 6) % 7
  const cells: (string | undefined)[] = [...Array<undefined>(before).fill(undefined), ...Array.from({ length: days }, (_, i) => `${month}-${String(i + 1).padStart(2, '0')}`)]
  while (cells.length % 7 !== 0) cells.push(undefined)
  return Array.from({ length: cells.length / 7 }, (_, i) => cells.slice(i * 7, i * 7 + 7))
}

/** The month so many after another, "2026-11". */
export function monthAfter(month: string, n: number): string {
  const [year, m] = month.split('-').map(Number) as [number, number]
  return new Date(Date.UTC(year, m - 1 + n, 1)).toISOString().slice(0, 7)
}
