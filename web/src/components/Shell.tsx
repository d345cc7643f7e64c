import { BellOutlined, CheckSquareOutlined, CloudUploadOutlined, FileSearchOutlined, HomeOutlined, InboxOutlined, ProfileOutlined, SettingOutlined, SwapOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { countsQuery, meQuery } from '../api/queries'
import type { Me } from '../api/types'
import { formatDate } from '../lib/dates'
import { useNow } from '../lib/hooks'
import { AccountMenu } from './AccountMenu'
import { Watermark } from './Watermark'

interface Place {
  to: '/' | '/households' | '/cases' | '/programmes' | '/departments' | '/messages' | '/absences' | '/policy'
  title: string
  icon: ReactNode
  exact?: boolean
  /** Only for these roles; for everybody without. */
  roles?: string[]
}

const places: Place[] = [
  { to: '/', title: '待办', icon: <InboxOutlined aria-hidden />, exact: true },
  { to: '/households', title: '农户', icon: <HomeOutlined aria-hidden /> },
  { to: '/cases', title: '案件查询', icon: <FileSearchOutlined aria-hidden /> },
  { to: '/programmes', title: '整改方案', icon: <CheckSquareOutlined aria-hidden /> },
  { to: '/departments', title: '部门名单', icon: <CloudUploadOutlined aria-hidden />, roles: ['county_dept', 'township_dept', 'county_office', 'township_office'] },
  { to: '/messages', title: '消息', icon: <BellOutlined aria-hidden /> },
  { to: '/absences', title: '请假代办', icon: <SwapOutlined aria-hidden /> },
  { to: '/policy', title: '政策参数', icon: <SettingOutlined aria-hidden /> },
]

/** The frame of every page after sign-in: places at the side (below on a phone), person above. */
export function Shell() {
  const me = useQuery(meQuery)
  const counts = useQuery(countsQuery)
  const now = useNow()
  if (!me.data) return null
  const badges: Partial<Record<Place['to'], number>> = { '/': counts.data?.all, '/messages': me.data.unread_messages }
  return (
    <div className="shell">
      <a className="skip" href="#main">
        跳到正文
      </a>
      <aside className="side">
        <div className="brand">
          <img src="/favicon.svg" alt="" width={34} height={34} />
          <div>
            <strong>守望</strong>
            <span>防止返贫动态监测和帮扶</span>
          </div>
        </div>
        <nav aria-label="主要栏目">
          {places.filter((p) => !p.roles || me.data.grants.some((g) => p.roles?.includes(g.role))).map((p) => (
            <Link key={p.to} to={p.to} className="place" activeOptions={{ exact: p.exact ?? false, includeSearch: false }}>
              {p.icon}
              <span className="place-title">{p.title}</span>
              <Badge count={badges[p.to]} />
            </Link>
          ))}
        </nav>
      </aside>
      <header className="top">
        <span className="top-unit">
          <ProfileOutlined aria-hidden /> {unitOf(me.data)}
        </span>
        <AccountMenu me={me.data} />
      </header>
      <main id="main" className="main" tabIndex={-1}>
        <Outlet />
      </main>
      <Watermark text={`${me.data.user.name} ${tail(me.data)} ${formatDate(new Date(now).toISOString())}`} />
    </div>
  )
}

function Badge({ count }: { count?: number }) {
  if (!count) return null
  return (
    <span className="badge">
      {count > 999 ? '999+' : count}
      <span className="unseen"> 件</span>
    </span>
  )
}

/** "青石镇 · 村党组织书记": where and as what the person works. */
function unitOf(me: Me): string {
  const first = me.grants[0]
  if (!first) return '尚未分配岗位'
  const others = me.grants.length > 1 ? ` 等 ${me.grants.length} 个岗位` : ''
  return `${first.region_name} · ${first.role_title}${others}`
}

function tail(me: Me): string {
  return me.user.login ?? me.user.id.slice(-4)
}
