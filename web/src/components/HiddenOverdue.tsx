import { Link } from '@tanstack/react-router'

/** What is late is told even where a filter hides it. */
export function HiddenOverdue({ count }: { count?: number }) {
  if (!count) return null
  return (
    <p className="gap hidden-overdue" role="status">
      <span className="tag over">超期</span> 另有 {count} 件超期未显示，
      <Link className="underlined" to="/" search={{ due: 'overdue' }}>
        查看全部超期
      </Link>
    </p>
  )
}
