import type { Task } from '../../api/types'
import { formatLimit } from '../../lib/dates'

const levels = { overdue: ['over', '超期'], today: ['near', '临期'], soon: ['near', '临期'], later: ['normal', '正常'], none: ['', ''] } as const

/** The limit as word, colour, and working days. */
export function Left({ task: t }: { task: Task }) {
  if (!t.due_at) return <span className="muted">无时限</span>
  const [level, word] = levels[t.bucket]
  return (
    <span className={`deadline ${level}`}>
      <span className={`tag ${level}`}>{word}</span>
      <span className="deadline-text num">
        {daysLeft(t)}（{formatLimit(t.due_at)} 前）
      </span>
    </span>
  )
}

/** "剩 3 个工作日"; what is far away is not counted. */
export function daysLeft(t: Pick<Task, 'bucket' | 'overdue' | 'workdays_left'>): string {
  if (t.bucket === 'today') return '今日到期'
  if (t.workdays_left === undefined) return t.overdue ? '已超期一年以上' : '一年以后到期'
  if (!t.overdue) return `剩 ${t.workdays_left} 个工作日`
  return t.workdays_left === 0 ? '已超期，不足 1 个工作日' : `已超期 ${-t.workdays_left} 个工作日`
}
