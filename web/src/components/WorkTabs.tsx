import { Link } from '@tanstack/react-router'

const tabs = [
  { to: '/', title: '待办' },
  { to: '/done', title: '已办' },
  { to: '/started', title: '我发起的' },
  { to: '/copies', title: '抄送我的' },
] as const

/** The four lists of a person's own work, one beside the other. */
export function WorkTabs() {
  return (
    <nav className="work-tabs" aria-label="我的事项">
      {tabs.map((t) => (
        <Link key={t.to} to={t.to} activeOptions={{ exact: true, includeSearch: false }}>
          {t.title}
        </Link>
      ))}
    </nav>
  )
}
