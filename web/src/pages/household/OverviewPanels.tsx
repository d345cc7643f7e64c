import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import { type HouseholdOverview, overviewQuery, type RuleFinding } from '../../api/house'
import { ForPurpose } from '../../components/ForPurpose'
import { Loaded } from '../../components/PageState'
import { IncomeChart } from './IncomeChart'
import { Responsible } from './Responsible'
import { VisitCalendar } from './VisitCalendar'
import './household.css'

/** What the rules, the incomes, the plan and the visits say of a household, in one answer. */
export function OverviewPanels({ household, name }: { household: string; name: string }) {
  const overview = useQuery(overviewQuery(household))
  const [asking, setAsking] = useState(false)
  return (
    <Loaded query={overview}>
      {(o) => (
        <>
          <section className="panel" id="responsible" aria-labelledby="responsible-title">
            <h2 id="responsible-title">责任人</h2>
            <Responsible overview={o} />
          </section>
          {o.can_reveal && (
            <p className="acts gap">
              <Button onClick={() => setAsking(true)}>写明用途查看收入和保障依据</Button>
            </p>
          )}
          <section className="panel" id="guarantees" aria-labelledby="guarantees-title">
            <h2 id="guarantees-title">三保障和饮水</h2>
            <Guarantees overview={o} />
          </section>
          <section className="panel" id="incomes" aria-labelledby="incomes-title">
            <h2 id="incomes-title">历年收入</h2>
            <Incomes overview={o} />
          </section>
          <section className="panel" id="help" aria-labelledby="help-title">
            <h2 id="help-title">风险、计划和措施</h2>
            <Help overview={o} />
          </section>
          <section className="panel" id="visits" aria-labelledby="visits-title">
            <h2 id="visits-title">走访日历</h2>
            <VisitCalendar visits={o.visits} />
          </section>
          {asking && (
            <ForPurpose
              title={`${name}：收入、保障和风险`}
              okText="查看"
              placeholder="如：研判是否纳入监测"
              ask={(purpose) => unwrap(api.POST('/households/{id}/overview', { params: { path: { id: household } }, body: { purpose } }))}
              onClose={() => setAsking(false)}
            >
              {(whole) => (
                <>
                  <Guarantees overview={whole} />
                  <Incomes overview={whole} />
                  {whole.risk && <p>风险类型：{whole.risk.types.join('、') || '没有登记'}</p>}
                </>
              )}
            </ForPurpose>
          )}
        </>
      )}
    </Loaded>
  )
}

const tones: Record<RuleFinding['verdict'], string> = { met: 'normal', unmet: 'over', judge: 'near', hidden: '' }

/** Each guarantee with its verdict, its sentence, the values that were used and where the rule is written. */
export function Guarantees({ overview: o }: { overview: HouseholdOverview }) {
  return (
    <ul className="findings">
      {o.guarantees.map((g) => (
        <li key={g.code} data-guarantee={g.code}>
          <strong>{g.title}</strong> <span className={`tag ${tones[g.verdict]}`}>{g.verdict_title}</span>
          {g.reason && <p>{g.reason}</p>}
          {g.values.length > 0 && (
            <dl className="values">
              {g.values.map((v) => (
                <div key={v.name}>
                  <dt>{v.name}</dt>
                  <dd className="num">{v.text}</dd>
                </div>
              ))}
            </dl>
          )}
          <p className="small muted">{g.reason || g.verdict === 'hidden' ? `规则：${g.basis}` : `规则：${g.basis}；所用的数值按权限不显示`}</p>
        </li>
      ))}
    </ul>
  )
}

function Incomes({ overview: o }: { overview: HouseholdOverview }) {
  if (o.withheld.includes('incomes')) return <p className="muted">已登记，按权限不显示。</p>
  if (o.incomes.length === 0) return <p className="muted">没有登记收入。</p>
  return <IncomeChart years={o.incomes} />
}

function Help({ overview: o }: { overview: HouseholdOverview }) {
  return (
    <>
      {o.risk ? (
        <p className="gap">
          第 {o.risk.no} 次监测，{o.risk.category}，<span className="num">{o.risk.opened_on}</span> 纳入
          {o.risk.closed_on && <span className="num">，{o.risk.closed_on} 消除风险</span>}。
          {o.withheld.includes('risks') ? '风险类型按权限不显示。' : o.risk.types.length > 0 && `风险类型：${o.risk.types.join('、')}。`}
        </p>
      ) : (
        <p className="muted gap">未纳入过监测。</p>
      )}
      {o.plan ? (
        <p className="gap">
          帮扶计划：
          <Link className="underlined" to="/cases/$id" params={{ id: o.plan.id }} search={{}}>
            {o.plan.no}
          </Link>{' '}
          <span className="tag info">{o.plan.state_title}</span>
        </p>
      ) : (
        <p className="muted">没有帮扶计划。</p>
      )}
      {o.measures.length > 0 && (
        <table className="list">
          <thead>
            <tr>
              <th scope="col">措施</th>
              <th scope="col">内容</th>
              <th scope="col">落实期限</th>
              <th scope="col">状态</th>
            </tr>
          </thead>
          <tbody>
            {o.measures.map((m) => (
              <tr key={m.case.id}>
                <td>
                  <Link className="main-link" to="/cases/$id" params={{ id: m.case.id }} search={{}}>
                    {m.kind}
                  </Link>
                </td>
                <td data-label="内容">{m.content}</td>
                <td data-label="落实期限" className="num">
                  {m.due_on ?? '—'}
                  {m.overdue && <strong className="late">　逾期</strong>}
                </td>
                <td data-label="状态">{m.case.state_title}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}
