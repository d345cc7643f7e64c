import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { type RoleItem, roleQuery } from '../../api/admin'
import { rolesQuery } from '../../api/queries'
import { Loaded } from '../../components/PageState'
import { useTitle } from '../../lib/hooks'
import './roles.css'
import { Sheet } from './Sheet'

const route = getRouteApi('/staff/roles')

/** 岗位权限: every post by its level, and what one of them may do and see. */
export function RolesPage() {
  useTitle('岗位权限')
  const { role } = route.useSearch()
  const roles = useQuery(rolesQuery)
  return (
    <div className="page">
      <div className="page-head">
        <h1>岗位权限</h1>
        <span className="muted">取自各程序的定义和系统的权限表，随系统一起更新，不能在这里修改</span>
      </div>
      <Loaded query={roles}>{({ items }) => <Posts items={items} chosen={role} />}</Loaded>
      {role && <Chosen key={role} role={role} />}
    </div>
  )
}

function Chosen({ role }: { role: string }) {
  const sheet = useQuery(roleQuery(role))
  return <Loaded query={sheet}>{(s) => <Sheet sheet={s} />}</Loaded>
}

/** The posts, level by level. */
export function Posts({ items, chosen }: { items: RoleItem[]; chosen?: string }) {
  const levels = [...new Set(items.map((r) => r.level_title))]
  return (
    <nav className="panel posts" aria-label="岗位">
      {levels.map((level) => (
        <div key={level}>
          <h2>{level}</h2>
          <ul>
            {items
              .filter((r) => r.level_title === level)
              .map((r) => (
                <li key={r.role}>
                  <Link to="/roles" search={{ role: r.role }} aria-current={r.role === chosen ? 'page' : undefined}>
                    {r.title}
                  </Link>
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  )
}
