import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { useState } from 'react'
import { householdQuery, membersQuery, proceduresQuery } from '../api/queries'
import type { Household, Member } from '../api/types'
import { ExportButton } from '../components/ExportButton'
import { LinkButton } from '../components/LinkButton'
import { LifeLine } from '../components/LifeLine'
import { Loaded } from '../components/PageState'
import { PersonReport } from '../components/PersonReport'
import { Unmask, type UnmaskField, type UnmaskTarget } from '../components/Unmask'
import { useTitle } from '../lib/hooks'
import { FactsPanel } from './case/FactsPanel'
import { FormsPanel } from './forms/FormsPanel'
import { HomeCases } from './household/HomeCases'
import { HouseholdPapers } from './household/HouseholdPapers'
import { OverviewPanels } from './household/OverviewPanels'
import { Erasures, Seen } from './household/PrivacyPanels'
import { Sections } from './household/Sections'

const route = getRouteApi('/staff/households/$id')

/** 农户页: one household, its members and its cases. */
export function HouseholdPage() {
  const { id } = route.useParams()
  const household = useQuery(householdQuery(id))
  return (
    <div className="page" key={id}>
      <Loaded query={household}>{(data) => <Body household={data} />}</Loaded>
    </div>
  )
}

function Body({ household: h }: { household: Household }) {
  useTitle(h.head_name)
  const members = useQuery(membersQuery(h.id))
  const procedures = useQuery(proceduresQuery)
  const [target, setTarget] = useState<UnmaskTarget>()
  const [reported, setReported] = useState<Member>()
  const type = h.facts.find((f) => f.code === 'base_type')?.text
  const titleOf = (name: string) => procedures.data?.items.find((p) => p.name === name)?.title ?? name
  return (
    <>
      <section className="panel case-head">
        <div className="case-title">
          <h1>{h.head_name}</h1>
          <span className="tag info">{h.status_title}</span>
          {type && <span className="tag">{type}</span>}
        </div>
        <dl className="facts">
          <Item title="户编号" value={h.household_no} />
          <Item title="区划" value={[h.region_name, h.group].filter(Boolean).join(' ')} />
          <Item title="家庭人口" value={`${h.population} 人`} />
          <Item title="联系电话" value={h.phone_masked ?? '—'} />
        </dl>
        <div className="acts pairs">
          {h.can_open.map((name, i) => (
            <LinkButton key={name} color={i === 0 ? 'primary' : 'default'} variant={i === 0 ? 'solid' : 'outlined'} to="/households/$id/open/$procedure" params={{ id: h.id, procedure: name }}>
              {name === 'risk_clue' ? '登记风险线索' : `启动${titleOf(name)}`}
            </LinkButton>
          ))}
          {ofHousehold(h).length > 0 && <Button onClick={() => setTarget({ fields: ofHousehold(h), name: h.head_name })}>查看完整信息</Button>}
          <Button onClick={() => window.print()}>打印</Button>
        </div>
      </section>
      <Sections household={h} />
      <section className="panel" id="life">
        <div className="panel-head">
          <h2>监测历程</h2>
          {h.episodes.length > 0 && <ExportButton list="episodes" filter={{ id: h.id }} />}
        </div>
        <LifeLine household={h} />
      </section>
      <section className="panel" id="members">
        <div className="panel-head">
          <h2>家庭成员</h2>
          <ExportButton list="members" filter={{ id: h.id }} />
        </div>
        <Loaded query={members}>
          {({ items }) => (
            <Members
              members={items}
              onUnmask={items.some((m) => m.can_unmask.length > 0) ? (m) => setTarget({ fields: ofMember(m), member: m.id, name: m.name }) : undefined}
              onReport={h.can_report ? setReported : undefined}
            />
          )}
        </Loaded>
      </section>
      <OverviewPanels household={h.id} name={h.head_name} />
      <section className="panel" id="cases">
        <div className="panel-head">
          <h2>在办和已办事项</h2>
          <ExportButton list="household_cases" filter={{ id: h.id }} />
        </div>
        <HomeCases household={h.id} problems={false} />
      </section>
      <section className="panel" id="problems">
        <h2>问题和数据核实</h2>
        <HomeCases household={h.id} problems />
      </section>
      <HouseholdPapers household={h.id} />
      <section className="panel" id="forms">
        <div className="panel-head">
          <h2>表册</h2>
          <ExportButton list="form_records" filter={{ household_id: h.id }} />
        </div>
        <FormsPanel household={h.id} />
      </section>
      <div id="record">
        <FactsPanel facts={h.facts} />
      </div>
      {h.can_erase && <Erasures household={h} members={members.data?.items ?? []} />}
      {h.can_see_log && (
        <div id="seen">
          <Seen household={h.id} />
        </div>
      )}
      <p>
        <Link to="/households">返回农户列表</Link>
      </p>
      {target && <Unmask household={h.id} target={target} onClose={() => setTarget(undefined)} />}
      {reported && <PersonReport member={reported.id} name={reported.name} onClose={() => setReported(undefined)} />}
    </>
  )
}

/** What is shown masked of the household, and may be seen in full. */
function ofHousehold(h: Household): UnmaskField[] {
  return h.facts.filter((f) => h.can_unmask.includes(f.code)).map(({ code, title }) => ({ code, title }))
}

const ownFields: Record<string, string> = { id_no: '身份证号', phone: '电话', name: '姓名', relation: '与户主关系', sex: '性别' }

/** What is shown masked of a member, and may be seen in full. */
function ofMember(m: Member): UnmaskField[] {
  return m.can_unmask.map((code) => ({ code, title: ownFields[code] ?? m.facts?.find((f) => f.code === code)?.title ?? code }))
}

function Item({ title, value }: { title: string; value: string }) {
  return (
    <div>
      <dt>{title}</dt>
      <dd className="num">{value}</dd>
    </div>
  )
}

function Members({ members, onUnmask, onReport }: { members: Member[]; onUnmask?: (m: Member) => void; onReport?: (m: Member) => void }) {
  const acts = onUnmask ?? onReport
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">姓名</th>
          <th scope="col">与户主关系</th>
          <th scope="col">性别、年龄</th>
          <th scope="col">身份证号</th>
          <th scope="col">电话</th>
          {acts && <th scope="col">操作</th>}
        </tr>
      </thead>
      <tbody>
        {members.map((m) => (
          <tr key={m.id}>
            <td>
              <strong>{m.name}</strong>
            </td>
            <td data-label="关系">{m.relation}</td>
            <td data-label="性别、年龄">{[m.sex, m.age !== undefined && `${m.age} 岁`].filter(Boolean).join('，') || '—'}</td>
            <td data-label="身份证号" className="num">
              {m.id_no_masked ?? '—'}
            </td>
            <td data-label="电话" className="num">
              {m.phone_masked ?? '—'}
            </td>
            {acts && (
              <td className="row-acts">
                {onUnmask && m.can_unmask.length > 0 && (
                  <Button size="small" onClick={() => onUnmask(m)} aria-label={`查看 ${m.name} 的完整信息`}>
                    查看
                  </Button>
                )}
                {onReport && (
                  <Button size="small" onClick={() => onReport(m)} aria-label={`出具 ${m.name} 的个人信息报告`}>
                    报告
                  </Button>
                )}
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
