import type { CountyRule, Policy } from '../../api/types'

/** What a rule is for. */
export const uses: Record<string, string> = { screening: '风险排查', quality: '数据核查' }

/** The rules that were set last for the place, and since when; a change goes on from these, not from what holds today. */
export function standing(policy: Policy): { rules: CountyRule[]; from?: string } {
  const key = policy.keys.find((k) => k.key === 'county_rules')
  const own = (key?.rows ?? []).filter((r) => r.region_code === policy.region_code)
  const last = own.reduce<(typeof own)[number] | undefined>((a, b) => (a && a.valid_from > b.valid_from ? a : b), undefined)
  return { rules: (last?.value ?? key?.value ?? []) as CountyRule[], from: last?.valid_from }
}

/** Rules are told apart by codes that nobody has to type. */
export function freeCode(rules: CountyRule[]): string {
  let n = rules.length + 1
  while (rules.some((r) => r.code === `local_${n}`)) n++
  return `local_${n}`
}

/** Where in the condition a fault is: "rule.when[4]" is its fourth character; 0 or undefined is the whole of it. */
export function columnOf(field: string | undefined): number | undefined {
  const found = /when\[(\d+)\]$/.exec(field ?? '')
  return found ? Number(found[1]) : undefined
}

/** The condition cut at a character that is counted from 1, as people count characters. */
export function cutAt(text: string, column: number): [string, string, string] {
  const letters = [...text]
  if (column > letters.length) return [text, ' ', '']
  return [letters.slice(0, column - 1).join(''), letters[column - 1] ?? '', letters.slice(column).join('')]
}
