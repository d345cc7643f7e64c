import { useEffect, useState } from 'react'
import { describe } from '../../api/problem'
import type { Fact, FormInfo } from '../../api/types'
import { formatTime } from '../../lib/dates'
import { Page } from '../App'
import { choices, type Copy, type FormCopy, takeHousehold } from '../download'
import { useKept, useOnline } from '../field'
import { Link } from '../path'
import type { Store } from '../store'

/** One household as it was taken along, masked as the server gave it, and the forms that can be filled in about it. */
export function HouseholdPage({ store, id }: { store: Store; id: string }) {
  const online = useOnline()
  const [copy, again] = useKept(() => store.get<Copy>('household', id), [store, id])
  const [fault, setFault] = useState('')
  const missing = copy === null
  useEffect(() => {
    if (missing && online) takeHousehold(store, id, []).then((c) => (c ? again() : setFault('没有这一户，或不在本人范围内')), (err: unknown) => setFault(describe(err)))
  }, [store, id, missing, online, again])
  if (!copy) return <Page title="农户" back="households">{missing && <p>{fault || (online ? '正在读取……' : '这一户没有带到手机，联网后可看。')}</p>}</Page>
  const { household: h, members } = copy
  return (
    <Page title={h.head_name} back="households">
      <section className="panel">
        <p>
          <span className="tag">{h.status_title}</span> {h.region_name}
          {h.group}
        </p>
        <p className="muted num">
          户编号 {h.household_no} · {h.population} 人 · 在办 {h.open_cases} 件
        </p>
        <p className="muted">{formatTime(new Date(copy.at).toISOString())} 的资料</p>
      </section>
      <Forms store={store} household={id} />
      <section className="panel">
        <h2>成员</h2>
        <ul className="rows">
          {members.map((m) => (
            <li key={m.id} className="row">
              <strong>{m.name}</strong> {[m.relation, m.sex, m.age === undefined ? '' : `${m.age} 岁`].filter(Boolean).join(' · ')}
              <p className="muted num">{[m.id_no_masked, m.phone_masked].filter(Boolean).join(' · ')}</p>
              <Facts facts={m.facts ?? []} />
            </li>
          ))}
        </ul>
      </section>
      <section className="panel">
        <h2>登记内容</h2>
        <Facts facts={h.facts} />
      </section>
    </Page>
  )
}

function Facts({ facts }: { facts: Fact[] }) {
  const known = facts.filter((f) => f.text)
  if (known.length === 0) return null
  return (
    <dl className="facts">
      {known.map((f) => (
        <div key={f.code}>
          <dt>{f.title}</dt>
          <dd>{f.text}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Forms that lie here can be filled in anywhere; all others with a network. */
function Forms({ store, household }: { store: Store; household: string }) {
  const online = useOnline()
  const [kept] = useKept(() => store.all<FormCopy>('form'), [store])
  const [drafts] = useKept(() => store.ids('draft'), [store])
  const [others, setOthers] = useState<FormInfo[]>([])
  useEffect(() => {
    if (online) choices().then((c) => setOthers(c.forms), () => setOthers([]))
  }, [online])
  const mine = kept ?? []
  const rest = others.filter((f) => !mine.some((k) => k.info.code === f.code))
  return (
    <section className="panel">
      <h2>填表</h2>
      <ul className="rows">
        {mine.map(({ info }) => (
          <li key={info.code}>
            <Link className="row" to={`households/${household}/forms/${info.code}`}>
              <strong>{info.title}</strong>
              <p>
                <span className="tag normal">没有网络也能填</span>
                {drafts?.includes(`${household}:${info.code}`) && <span className="tag near">已填一部分</span>}
              </p>
            </Link>
          </li>
        ))}
      </ul>
      {mine.length === 0 && !online && <p>没有带表到手机，联网后可填。</p>}
      {rest.length > 0 && (
        <details>
          <summary className="button">其他 {rest.length} 种表</summary>
          <ul className="rows">
            {rest.map((f) => (
              <li key={f.code}>
                <Link className="row" to={`households/${household}/forms/${f.code}`}>
                  {f.title}
                </Link>
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  )
}
