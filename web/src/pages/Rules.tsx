import { useQuery } from '@tanstack/react-query'
import { Alert, Button } from 'antd'
import { useState } from 'react'
import { policyQuery } from '../api/queries'
import type { CountyRule, Policy } from '../api/types'
import { Loaded, Nothing } from '../components/PageState'
import { useTitle } from '../lib/hooks'
import { RuleEditor } from './rules/RuleEditor'
import { InForce } from './rules/InForce'
import { freeCode, standing, uses } from './rules/list'

/** 本地规则: the signs and doubts that a county looks for besides the standard ones, in its own words. */
export function Rules() {
  useTitle('本地规则')
  const policy = useQuery(policyQuery())
  return (
    <div className="page">
      <div className="page-head">
        <h1>本地规则</h1>
        <span className="muted">县里自己的排查和核查规则；符合的只作提示，由人核实</span>
      </div>
      <Loaded query={policy}>{(p) => <Standing policy={p} />}</Loaded>
    </div>
  )
}

const blank = (rules: CountyRule[]): CountyRule => ({ code: freeCode(rules), title: '', use: 'screening', when: '', message: '', basis: '' })

function Standing({ policy }: { policy: Policy }) {
  const { rules, from } = standing(policy)
  const [editing, setEditing] = useState<CountyRule>()
  const [dropping, setDropping] = useState<CountyRule>()
  const later = from !== undefined && from > policy.on
  const others = (one: CountyRule) => rules.filter((r) => r.code !== one.code)
  const done = () => {
    setEditing(undefined)
    setDropping(undefined)
  }
  if (editing) return <RuleEditor rule={editing} others={others(editing)} region={policy.region_code} earliest={later ? from : policy.on} onDone={done} />
  return (
    <>
      {later && <Alert className="gap" type="info" showIcon title={`以下规则自 ${from} 起生效，此前仍按原来的规则`} />}
      {policy.can_edit && (
        <p className="gap">
          <Button type="primary" onClick={() => setEditing(blank(rules))}>
            新增规则
          </Button>
        </p>
      )}
      {dropping && (
        <section className="panel" aria-label="停用规则">
          <h2>停用“{dropping.title}”</h2>
          <InForce rules={others(dropping)} region={policy.region_code} earliest={later ? from : policy.on} verb="停用" onDone={done} />
        </section>
      )}
      {rules.length === 0 ? <Nothing title="还没有本地规则">{policy.can_edit ? '新增一条，试算以后再生效。' : '由县级乡村振兴部门设置。'}</Nothing> : <Rows rules={rules} mayEdit={policy.can_edit} onEdit={setEditing} onDrop={setDropping} />}
    </>
  )
}

function Rows({ rules, mayEdit, onEdit, onDrop }: { rules: CountyRule[]; mayEdit: boolean; onEdit: (r: CountyRule) => void; onDrop: (r: CountyRule) => void }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">规则</th>
          <th scope="col">条件</th>
          <th scope="col">提示</th>
          <th scope="col">依据</th>
          {mayEdit && <th scope="col">办理</th>}
        </tr>
      </thead>
      <tbody>
        {rules.map((r) => (
          <tr key={r.code} data-rule={r.code}>
            <td>
              <strong>{r.title}</strong>
              <div className="small">{uses[r.use] ?? r.use}</div>
            </td>
            <td data-label="条件" className="expression">
              {r.when}
            </td>
            <td data-label="提示">{r.message}</td>
            <td data-label="依据" className="small">
              {r.basis}
            </td>
            {mayEdit && (
              <td data-label="办理">
                <Button onClick={() => onEdit(r)}>修改</Button> <Button onClick={() => onDrop(r)}>停用</Button>
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
