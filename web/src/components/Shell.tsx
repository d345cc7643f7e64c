import { ApartmentOutlined, AuditOutlined, BarChartOutlined, BellOutlined, BookOutlined, CalendarOutlined, CheckSquareOutlined, CloudUploadOutlined, EnvironmentOutlined, DesktopOutlined, EyeOutlined, FileProtectOutlined, FileSearchOutlined, FileTextOutlined, FormOutlined, HighlightOutlined, HomeOutlined, IdcardOutlined, InboxOutlined, MenuOutlined, NotificationOutlined, ProfileOutlined, SafetyOutlined, ScheduleOutlined, SettingOutlined, SolutionOutlined, SwapOutlined, TeamOutlined } from '@ant-design/icons'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { countsQuery, meQuery } from '../api/queries'
import type { Me } from '../api/types'
import { adminRoles, onlyAdministers, onlyAudits } from '../lib/admin'
import { useNow, usePhone } from '../lib/hooks'
import { useLive } from '../lib/live'
import { AccountMenu } from './AccountMenu'
import { Keyboard } from './Keyboard'
import { markOf, Watermark } from './Watermark'

interface Place {
  to: '/desk' | '/' | '/households' | '/persons' | '/cases' | '/forms' | '/form-library' | '/signing' | '/papers' | '/programmes' | '/figures' | '/map' | '/runs' | '/departments' | '/messages' | '/absences' | '/residency' | '/policy' | '/calendar' | '/accounts' | '/roles' | '/admin-requests' | '/admin-acts' | '/access-log' | '/regions' | '/robots' | '/audit'
  title: string
  icon: ReactNode
  exact?: boolean
  /** Only for these roles; for everybody without. */
  roles?: string[]
  /** Stays at hand on a phone, where the others open from 更多. */
  front?: boolean
}

const offices = ['county_office', 'township_office']

const places: Place[] = [
  { to: '/desk', title: '工作台', icon: <DesktopOutlined aria-hidden />, front: true },
  { to: '/', title: '待办', icon: <InboxOutlined aria-hidden />, exact: true, front: true },
  { to: '/households', title: '农户', icon: <HomeOutlined aria-hidden />, front: true },
  { to: '/persons', title: '人员', icon: <IdcardOutlined aria-hidden /> },
  { to: '/cases', title: '案件查询', icon: <FileSearchOutlined aria-hidden />, front: true },
  { to: '/forms', title: '表单', icon: <FormOutlined aria-hidden /> },
  { to: '/signing', title: '集中签字', icon: <HighlightOutlined aria-hidden />, roles: [...offices, 'village_secretary', 'village_cadre', 'linked_leader', 'resident_member', 'surveyor', 'data_entry'] },
  { to: '/papers', title: '文书', icon: <FileTextOutlined aria-hidden />, roles: [...offices, 'village_secretary', 'village_cadre', 'county_group', 'guidance_group'] },
  { to: '/programmes', title: '整改方案', icon: <CheckSquareOutlined aria-hidden /> },
  { to: '/figures', title: '统计', icon: <BarChartOutlined aria-hidden />, roles: [...offices, 'linked_leader', 'township_head', 'county_group', 'guidance_group', 'village_secretary', 'village_cadre', 'resident_leader', 'auditor', 'city_office'] },
  { to: '/map', title: '地图', icon: <EnvironmentOutlined aria-hidden />, roles: [...offices, 'linked_leader', 'township_head', 'county_group', 'guidance_group', 'village_secretary', 'village_cadre', 'resident_leader'] },
  { to: '/runs', title: '数据检查', icon: <SafetyOutlined aria-hidden />, roles: offices },
  { to: '/departments', title: '部门名单', icon: <CloudUploadOutlined aria-hidden />, roles: ['county_dept', 'township_dept', ...offices] },
  { to: '/audit', title: '审计台', icon: <AuditOutlined aria-hidden />, roles: ['auditor', 'county_office', 'sec_admin', 'log_admin'] },
  { to: '/messages', title: '消息', icon: <BellOutlined aria-hidden />, front: true },
  { to: '/absences', title: '请假代办', icon: <SwapOutlined aria-hidden /> },
  { to: '/residency', title: '驻村履职', icon: <ScheduleOutlined aria-hidden />, roles: [...offices, 'resident_leader', 'resident_member', 'village_secretary', 'village_cadre', 'linked_leader', 'township_head', 'county_group', 'guidance_group'] },
  { to: '/policy', title: '政策参数', icon: <SettingOutlined aria-hidden /> },
  { to: '/calendar', title: '工作日历', icon: <CalendarOutlined aria-hidden /> },
  { to: '/accounts', title: '账号岗位', icon: <TeamOutlined aria-hidden />, roles: adminRoles, front: true },
  { to: '/roles', title: '岗位权限', icon: <SolutionOutlined aria-hidden />, roles: adminRoles },
  { to: '/form-library', title: '表单库', icon: <BookOutlined aria-hidden />, roles: adminRoles },
  { to: '/admin-requests', title: '管理申请', icon: <AuditOutlined aria-hidden />, roles: adminRoles, front: true },
  { to: '/regions', title: '区划', icon: <ApartmentOutlined aria-hidden />, roles: ['sys_admin'] },
  { to: '/robots', title: '消息渠道', icon: <NotificationOutlined aria-hidden />, roles: ['sys_admin'] },
  { to: '/admin-acts', title: '管理操作', icon: <FileProtectOutlined aria-hidden />, roles: ['log_admin', 'sec_admin'], front: true },
  { to: '/access-log', title: '访问日志', icon: <EyeOutlined aria-hidden />, roles: ['log_admin'], front: true },
]

/** Whoever only administers the system has no business with cases. */
const always: Place['to'][] = ['/desk', '/messages', '/policy', '/calendar']

function placesOf(me: Me): Place[] {
  const apart = onlyAdministers(me)
  if (onlyAudits(me)) return audited(me)
  return places.filter((p) => (p.roles ? me.grants.some((g) => p.roles?.includes(g.role)) : !apart || always.includes(p.to)))
}

/** Nothing waits for an auditor, nor does he sign or go on leave here; his desk comes first. */
function audited(me: Me): Place[] {
  const mine = places.filter((p) => !p.roles || me.grants.some((g) => p.roles?.includes(g.role)))
  const desk = mine.filter((p) => p.to === '/audit').map((p) => ({ ...p, front: true }))
  return [...desk, ...mine.filter((p) => !['/', '/audit', '/absences'].includes(p.to))]
}

/** The frame of every page after sign-in: places at the side (below on a phone), person above. */
export function Shell() {
  useLive(useQueryClient())
  const me = useQuery(meQuery)
  const counts = useQuery(countsQuery)
  const now = useNow()
  const phone = usePhone()
  if (!me.data) return null
  const badges: Partial<Record<Place['to'], number>> = { '/': counts.data?.all, '/messages': me.data.unread_messages }
  const mine = placesOf(me.data)
  const front = phone ? mine.filter((p) => p.front) : mine
  const rest = mine.filter((p) => !front.includes(p))
  const at = (list: Place[]) =>
    list.map((p) => (
      <Link key={p.to} to={p.to} className="place" activeOptions={{ exact: p.exact ?? false, includeSearch: false }}>
        {p.icon}
        <span className="place-title">{p.title}</span>
        <Badge count={badges[p.to]} />
      </Link>
    ))
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
          {at(front)}
          {rest.length > 0 && <More>{at(rest)}</More>}
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
      <Keyboard work={!onlyAdministers(me.data) && !onlyAudits(me.data)} />
      <Watermark text={markOf(me.data, now)} />
    </div>
  )
}

/** The places that a phone has no room for. */
function More({ children }: { children: ReactNode }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="place" aria-expanded={open} onClick={() => setOpen(!open)}>
        <MenuOutlined aria-hidden />
        <span className="place-title">更多</span>
      </button>
      {open && (
        // A chosen link leads elsewhere, so the list has done its service.
        <div className="more" onClick={() => setOpen(false)} role="presentation">
          {children}
        </div>
      )}
    </>
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
  return `${[first.region_name, first.role_title].filter(Boolean).join(' · ')}${others}`
}
