import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { CSSProperties } from 'react'
import { deskQuery } from '../../api/desk'
import { countsQuery, meQuery, tasksQuery } from '../../api/queries'
import type { Me, Task, TaskCounts } from '../../api/types'
import { Loaded, Nothing } from '../../components/PageState'
import { StandingIn } from '../../components/StandingIn'
import { onlyAdministers, onlyAudits } from '../../lib/admin'
import { useTitle } from '../../lib/hooks'
import { Left } from './DueIn'
import { Panels } from './Panels'

/** How many of my tasks stand on the desk. */
const TOP = 8

/** 工作台: what is due, how much of it, and what else my post has to look after. */
export function Desk() {
  useTitle('工作台')
  const me = useQuery(meQuery)
  return <Loaded query={me}>{(data) => <Body me={data} />}</Loaded>
}

function Body({ me }: { me: Me }) {
  // Nothing waits for an administrator or an auditor.
  const works = !onlyAdministers(me) && !onlyAudits(me)
  return (
    <div className="page desk">
      <div className="page-head">
        <h1>工作台</h1>
        <span className="muted">
          {me.user.name}，{[...new Set(me.grants.map((g) => `${g.region_name} ${g.role_title}`))].join('；')}
        </span>
      </div>
      {works && <StandingIn me={me} />}
      {works && <Numbers />}
      <div className={works ? 'desk-columns' : undefined}>
        {works && <Top />}
        <div>
          {works && <Mine />}
          <Panels me={me} />
        </div>
      </div>
    </div>
  )
}

/** The four numbers; each leads to the list that it counts. */
function Numbers() {
  const counts = useQuery(countsQuery)
  const desk = useQuery(deskQuery)
  const c = counts.data
  return (
    <nav className="figures" aria-label="四个数字">
      <Link to="/" search={{}} className="figure" style={tone('--blue')}>
        待办
        <b>{c?.all ?? '—'}</b>
      </Link>
      <Link to="/" search={{ due: 'today' }} className="figure" style={tone('--amber')}>
        今日到期
        <b>{c?.today ?? '—'}</b>
      </Link>
      <Link to="/" search={{ due: 'overdue' }} className="figure" style={tone('--red')}>
        已超期
        <b>{c?.overdue ?? '—'}</b>
      </Link>
      <Link to="/done" search={{ this_month: true, ended: true }} className="figure" style={tone('--green')}>
        本月办结
        <b>{desk.data?.ended_this_month ?? '—'}</b>
      </Link>
    </nav>
  )
}

const tone = (name: string) => ({ '--tone': `var(${name})` }) as CSSProperties

/** The most urgent of my tasks, with the working days that are left. */
function Top() {
  const tasks = useQuery(tasksQuery({}))
  const counts = useQuery(countsQuery)
  return (
    <section className="panel" aria-labelledby="desk-top">
      <h2 id="desk-top">我的待办</h2>
      <Loaded query={tasks}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing title="待办已全部办完" />
          ) : (
            <>
              <TopRows tasks={items.slice(0, TOP)} />
              {counts.data && counts.data.all > TOP && (
                <p className="desk-more">
                  <Link to="/" search={{}}>
                    查看全部 {counts.data.all} 件
                  </Link>
                </p>
              )}
            </>
          )
        }
      </Loaded>
    </section>
  )
}

export function TopRows({ tasks }: { tasks: Task[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">事项</th>
          <th scope="col">时限</th>
        </tr>
      </thead>
      <tbody>
        {tasks.map((t) => (
          <tr key={t.id} data-case={t.case_id}>
            <td>
              <Link className="main-link" to="/cases/$id" params={{ id: t.case_id }} search={{}}>
                {t.title}
              </Link>
              {t.brief && <div>{t.brief}</div>}
              <div className="small">
                {t.procedure_title} · {t.region_name}
                {t.for && <span className="tag info"> 代 {t.for.name}</span>}
              </div>
            </td>
            <td>
              <Left task={t} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** What waits for me by kind, what came back, and what I was told of. */
function Mine() {
  const desk = useQuery(deskQuery)
  const counts = useQuery(countsQuery)
  return (
    <section className="panel" aria-labelledby="desk-mine">
      <h2 id="desk-mine">我的事项</h2>
      <ul className="desk-lines">
        <li>
          <Link to="/" search={{ returned: true }}>
            退回补正的
          </Link>
          <span className="num">{desk.data?.returned ?? '—'} 件</span>
        </li>
        <li>
          <Link to="/copies" search={{ unread: true }}>
            未读抄送
          </Link>
          <span className="num">{desk.data?.unread_copies ?? '—'} 件</span>
        </li>
        {kinds(counts.data).map((k) => (
          <li key={k.procedure}>
            <Link to="/" search={{ procedure: k.procedure }}>
              待办：{k.title}
            </Link>
            <span className="num">{k.count} 件</span>
          </li>
        ))}
        <li>
          <Link to="/done" search={{}}>
            我办过的
          </Link>
          <Link to="/started" search={{}}>
            我发起的
          </Link>
        </li>
      </ul>
    </section>
  )
}

const kinds = (counts?: TaskCounts) => [...(counts?.by_procedure ?? [])].sort((a, b) => b.count - a.count)
