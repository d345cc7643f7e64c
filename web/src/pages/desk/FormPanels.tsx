import { useQueries, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { casesQuery, tasksQuery } from '../../api/queries'
import { Loaded } from '../../components/PageState'
import { counted } from '../../components/Pager'
import { Left } from './DueIn'
import { Frame } from './Frame'

const FORM = 'household_form'

/** 我的入户表: what a surveyor has not handed in yet, and by when. */
export function MyForms() {
  const tasks = useQuery(tasksQuery({ procedure: FORM }))
  return (
    <Frame title="我的入户表">
      <Loaded query={tasks}>
        {({ items, total }) =>
          items.length === 0 ? (
            <p className="muted">没有待填写、待上交的入户表。</p>
          ) : (
            <ul className="desk-lines">
              {items.slice(0, 5).map((t) => (
                <li key={t.id} data-case={t.case_id}>
                  <Link className="desk-name" to="/cases/$id" params={{ id: t.case_id }} search={{}}>
                    {t.title}
                  </Link>
                  <Left task={t} />
                </li>
              ))}
              <li>
                <Link to="/" search={{ procedure: FORM }}>
                  全部未上交的
                </Link>
                <span className="num">{counted(total ?? items.length)}</span>
              </li>
            </ul>
          )
        }
      </Loaded>
    </Frame>
  )
}

/** A stage of a procedure in which cases wait. */
interface Stage {
  title: string
  procedure: string
  state: string
}

const form = (title: string, state: string): Stage => ({ title, procedure: FORM, state })

/** How many cases stand where this post looks; each number leads to them. */
function Stages({ title, stages }: { title: string; stages: Stage[] }) {
  const counts = useQueries({ queries: stages.map(({ procedure, state }) => casesQuery({ procedure, state, open: true })) })
  return (
    <Frame title={title}>
      <ul className="desk-lines">
        {stages.map((s, i) => (
          <li key={s.procedure + s.state} data-stage={s.state}>
            <Link to="/cases" search={{ procedure: s.procedure, state: s.state, open: true }}>
              {s.title}
            </Link>
            <span className="num">{counts[i]?.data?.total === undefined ? '—' : counted(counts[i].data.total)}</span>
          </li>
        ))}
      </ul>
    </Frame>
  )
}

/** 户表审核: what an instructor has to look through, and what he has sent back. */
export const Checking = () => <Stages title="户表审核" stages={[form('已上交，待审核', 'handed_in'), form('已退回，重访中', 'revisit'), form('已通过，会审中', 'joint_review')]} />

/** 户表会审: what the head of a group decides on. */
export const Reviewing = () => <Stages title="户表会审" stages={[form('待会审', 'joint_review'), form('已编码，待送复审', 'coded'), form('请示待答复', 'awaiting_ruling'), form('已退回，重访中', 'revisit')]} />

/** 待录入: what is decided and not yet in the system of the province. */
export const Entering = () => (
  <Stages
    title="待录入"
    stages={[form('定稿的户表', 'final'), { title: '结果公告中的识别认定', procedure: 'identification', state: 'announced' }, { title: '审定通过的风险消除', procedure: 'risk_elimination', state: 'approved' }, { title: '审核通过的成员变更', procedure: 'member_change', state: 'approved' }]}
  />
)
