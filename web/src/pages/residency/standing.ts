import type { Residency } from '../../api/admin'

interface Standing {
  tone: 'normal' | 'near' | 'info'
  word: string
}

/** How a member's month stands: not recorded, as it should be, or with something to look at. */
export function standing(r: Residency): Standing {
  if (!r.record) return r.findings.length > 0 ? { tone: 'near', word: '没有登记' } : { tone: 'info', word: '待登记' }
  return r.findings.length > 0 ? { tone: 'near', word: `${r.findings.length} 项不符` } : { tone: 'normal', word: '符合要求' }
}

/** The month of an area in one line. */
export function tally(items: Residency[]): string {
  const recorded = items.filter((r) => r.record)
  const fine = recorded.filter((r) => r.findings.length === 0)
  return `驻村 ${items.length} 人，已登记 ${recorded.length} 人，其中符合要求 ${fine.length} 人、有提示 ${recorded.length - fine.length} 人；未登记 ${items.length - recorded.length} 人`
}
