import type { Run } from '../../api/types'

export const kindTitles: Record<Run['kind'], string> = { quality: '数据质量检查', screening: '风险排查比对', trial: '本地规则试算' }

export const stateTitles: Record<Run['state'], string> = { waiting: '等待中', running: '进行中', done: '已完成', cancelled: '已取消', failed: '没有办成' }

/** What came of a run, in one line; a trial only counts. */
export function outcome(r: Run): string {
  if (r.kind === 'trial') return `符合 ${sum(r, 'hits')} 户，不能判断 ${sum(r, 'unjudged')} 户`
  const parts: [string, number][] = [
    [r.kind === 'quality' ? '新立问题' : '新立线索', r.opened],
    ['情况有变重新立', r.renewed],
    ['已有事项或说明', r.standing],
    ['不再发现', r.gone],
    ['已在监测不比对', r.watched],
  ]
  return parts.filter(([, n]) => n > 0).map(([word, n]) => `${word} ${n}`).join('，') || '没有发现'
}

const sum = (r: Run, what: 'hits' | 'unjudged') => r.rules.reduce((n, rule) => n + rule[what], 0)
