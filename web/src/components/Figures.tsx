import { Link } from '@tanstack/react-router'
import type { CSSProperties } from 'react'
import type { TaskFilter } from '../api/queries'
import type { DueBucket, TaskCounts } from '../api/types'

const figures: { due?: DueBucket; title: string; count: (c: TaskCounts) => number; tone: string }[] = [
  { title: '待办', count: (c) => c.all, tone: 'var(--blue)' },
  { due: 'today', title: '今日到期', count: (c) => c.today, tone: 'var(--amber)' },
  { due: 'overdue', title: '已超期', count: (c) => c.overdue, tone: 'var(--red)' },
  { due: 'soon', title: '三日内到期', count: (c) => c.soon, tone: 'var(--green)' },
]

/** The four numbers above the inbox; each is the link to the list it counts. */
export function Figures({ counts, filter }: { counts?: TaskCounts; filter: TaskFilter }) {
  return (
    <nav className="figures" aria-label="待办数量">
      {figures.map((f) => (
        <Link key={f.title} to="/" search={{ due: f.due }} className="figure" style={{ '--tone': f.tone } as CSSProperties} aria-current={filter.due === f.due ? 'true' : undefined}>
          {f.title}
          <b>{counts ? f.count(counts) : '—'}</b>
        </Link>
      ))}
    </nav>
  )
}
