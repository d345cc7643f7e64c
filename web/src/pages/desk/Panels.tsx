import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import dayjs from 'dayjs'
import type { ReactNode } from 'react'
import { deskAreasQuery, openSupervisionsQuery, runningNoticesQuery } from '../../api/desk'
import { adminRequestsQuery, deptListsQuery, engagementsQuery, householdsQuery } from '../../api/queries'
import type { Me } from '../../api/types'
import { HealthNotice } from '../../components/HealthNotice'
import { Loaded } from '../../components/PageState'
import { formatDate, inChina } from '../../lib/dates'
import { serverNow } from '../../lib/now'
import { Counties } from './Counties'
import { Checking, Entering, MyForms, Reviewing } from './FormPanels'
import { Frame } from './Frame'

const village = ['village_cadre', 'village_secretary', 'village_monitor', 'resident_leader', 'resident_member']
const leaders = ['linked_leader', 'township_head', 'guidance_group']
const offices = ['township_office', 'county_office', 'county_group']
const supervised = ['village_secretary', 'resident_leader', ...leaders, ...offices, 'discipline']
const departments = ['county_dept', 'township_dept']
const visitors = ['assistance_person', 'monitoring_contact']
const admins = ['sys_admin', 'sec_admin', 'log_admin']

/** What each post has to look after beside its tasks; who holds several has the panels of all. */
const panels: { roles: string[]; Panel: (props: { me: Me }) => ReactNode }[] = [
  { roles: [...offices, ...leaders], Panel: Areas },
  { roles: ['city_office'], Panel: Counties },
  { roles: ['surveyor'], Panel: MyForms },
  { roles: ['instructor'], Panel: Checking },
  { roles: ['group_leader'], Panel: Reviewing },
  { roles: ['data_entry'], Panel: Entering },
  { roles: ['grid_member'], Panel: Report },
  { roles: visitors, Panel: Homes },
  { roles: [...village, 'grid_member', 'township_office'], Panel: Notices },
  { roles: supervised, Panel: Supervisions },
  { roles: [...departments, 'township_office'], Panel: Lists },
  { roles: ['auditor'], Panel: Engagements },
  { roles: admins, Panel: Requests },
]

export function Panels({ me }: { me: Me }) {
  return panelsOf(me.grants.map((g) => g.role)).map((Panel) => <Panel key={Panel.name} me={me} />)
}

/** The panels of somebody who holds these posts, in the order of the desk. */
export const panelsOf = (roles: string[]) => panels.filter((p) => p.roles.some((r) => roles.includes(r))).map((p) => p.Panel)

/** 各村（各乡镇）: where cases are late or soon will be. */
function Areas() {
  const areas = useQuery(deskAreasQuery)
  return (
    <Frame title="各地超期和临期">
      <Loaded query={areas}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">没有超期和三日内到期的事项。</p>
          ) : (
            <table className="list">
              <thead>
                <tr>
                  <th scope="col">地方</th>
                  <th scope="col">超期</th>
                  <th scope="col">三日内</th>
                </tr>
              </thead>
              <tbody>
                {items.map((a) => (
                  <tr key={a.code} data-area={a.code}>
                    <td>
                      <Link to="/cases" search={{ village: a.code, open: true }}>
                        {a.name}
                      </Link>
                    </td>
                    <td data-label="超期" className="num">
                      {a.overdue > 0 ? (
                        <Link className="tag over" to="/cases" search={{ village: a.code, overdue: true }}>
                          {a.overdue} 件
                        </Link>
                      ) : (
                        '0'
                      )}
                    </td>
                    <td data-label="三日内" className="num">
                      {a.soon}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
    </Frame>
  )
}

/** What a head of a group is there for. */
function Report() {
  return (
    <Frame title="报告线索">
      <p>
        发现本组农户有返贫致贫风险的，到 <Link className="underlined" to="/households">本组农户</Link> 中选择该户，登记线索；没有情况的，按周零报告。
      </p>
    </Frame>
  )
}

/** The households that somebody is responsible for. */
function Homes() {
  const homes = useQuery(householdsQuery({}))
  return (
    <Frame title="我联系的农户">
      <Loaded query={homes}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">没有联系的农户。</p>
          ) : (
            <ul className="desk-lines">
              {items.slice(0, 10).map((h) => (
                <li key={h.id}>
                  <Link to="/households/$id" params={{ id: h.id }}>
                    {h.head_name}
                  </Link>
                  <span className="muted">{h.region_name}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Frame>
  )
}

/** 正在公示: which notices stand on the board, and until when. */
function Notices() {
  const notices = useQuery(runningNoticesQuery)
  return (
    <Frame title="正在公示">
      <Loaded query={notices}>
        {(items) =>
          items.length === 0 ? (
            <p className="muted">没有正在进行的公示。</p>
          ) : (
            <ul className="desk-lines">
              {items.map((n) => (
                <li key={n.notice.id}>
                  <Link className="desk-name" to="/cases/$id" params={{ id: n.case_id }} search={{}}>
                    {n.notice.title}
                  </Link>
                  <span className="num">{n.notice.due_at ? `至 ${formatDate(n.notice.due_at)}` : ''}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Frame>
  )
}

/** 督办通知 that have not been answered. */
function Supervisions() {
  const list = useQuery(openSupervisionsQuery)
  return (
    <Frame title="待回复的督办">
      <Loaded query={list}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">没有待回复的督办通知。</p>
          ) : (
            <ul className="desk-lines">
              {items.map((s) => (
                <li key={s.notice.no}>
                  <Link className="desk-name" to="/cases/$id" params={{ id: s.case.id }} search={{}}>
                    {s.brief || s.case.procedure_title}（{s.notice.no}）
                  </Link>
                  <span className="num">{s.notice.due_on ? `限 ${s.notice.due_on}` : s.case.region_name}</span>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Frame>
  )
}

const listStates = { reading: '读取中', effects: '处理中', done: '已完成' } as const

/** The last lists of departments. */
function Lists() {
  const lists = useQuery(deptListsQuery())
  return (
    <Frame title="部门名单">
      <Loaded query={lists}>
        {({ items }) => (
          <ul className="desk-lines">
            {items.slice(0, 5).map((l) => (
              <li key={l.id}>
                <span className="desk-name">
                  {l.kind_title} · {l.region_name}
                </span>
                <span className="num">
                  {listStates[l.state]} {formatDate(l.created_at)}
                </span>
              </li>
            ))}
            <li>
              <Link to="/departments">{items.length === 0 ? '还没有导入过名单，去导入' : '全部名单和待核对人员'}</Link>
            </li>
          </ul>
        )}
      </Loaded>
    </Frame>
  )
}

/** 审计任务 and the days that are left of each. */
function Engagements() {
  const engagements = useQuery(engagementsQuery())
  return (
    <Frame title="审计任务">
      <Loaded query={engagements}>
        {({ items }) => {
          const valid = items.filter((e) => e.state === 'valid' || e.state === 'ahead')
          if (valid.length === 0) return <p className="muted">没有有效的审计任务；由县级乡村振兴部门或者安全管理员下达后才能查看事项。</p>
          return (
            <ul className="desk-lines">
              {valid.map((e) => (
                <li key={e.id} data-engagement={e.id}>
                  <Link className="desk-name" to="/audit" search={{}}>
                    {e.title}
                  </Link>
                  <span className="num">{e.state === 'ahead' ? `${e.from} 开始` : left(e.until)}</span>
                </li>
              ))}
              <li>
                <Link to="/audit" search={{}}>
                  找疑点、抽样、回放、取证据包
                </Link>
              </li>
            </ul>
          )
        }}
      </Loaded>
    </Frame>
  )
}

/** Days to the last one of an engagement, that one included. */
export function left(until: string): string {
  const days = dayjs(until).diff(dayjs(inChina(serverNow()).format('YYYY-MM-DD')), 'day')
  return `至 ${until}，还有 ${days + 1} 天`
}

/** What administrators are asked for, and whether the system does its work. */
function Requests() {
  const requests = useQuery(adminRequestsQuery())
  return (
    <Frame title="管理申请和系统情况">
      <HealthNotice />
      <Loaded query={requests}>
        {({ items }) => {
          const open = items.filter((r) => r.state === 'open')
          return (
            <ul className="desk-lines">
              <li>
                <Link to="/admin-requests">待批准的申请</Link>
                <span className="num">{open.length} 件</span>
              </li>
              {open.slice(0, 5).map((r) => (
                <li key={r.id}>
                  <span className="desk-name">
                    {r.kind_title}：{r.user.name}
                  </span>
                  <span className="muted">{r.can_decide ? '由您批准' : `${r.asked_by.name} 提出`}</span>
                </li>
              ))}
            </ul>
          )
        }}
      </Loaded>
    </Frame>
  )
}
