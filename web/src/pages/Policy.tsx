import { useQuery } from '@tanstack/react-query'
import { Button, Input } from 'antd'
import { useState } from 'react'
import { policyQuery, regionsQuery } from '../api/queries'
import type { PolicyKey } from '../api/types'
import { VillageSelect } from '../components/Filters'
import { DateInput } from '../components/fields/DateInput'
import { LinkButton } from '../components/LinkButton'
import { Loaded } from '../components/PageState'
import { useTitle } from '../lib/hooks'
import { ladderLines, pairLines, words, sourceWords, unitOf } from '../lib/policy'
import { RowEditor } from './policy/RowEditor'

/** 政策参数: what holds in a place on a day, the default, and on what ground. */
export function PolicyPage() {
  useTitle('政策参数')
  const [region, setRegion] = useState<string>()
  const [on, setOn] = useState<string>()
  const [q, setQ] = useState('')
  const [editing, setEditing] = useState<string>()
  const policy = useQuery(policyQuery(region, on))
  const wanted = (k: PolicyKey) => !q || k.title.includes(q) || k.key.includes(q)
  return (
    <div className="page">
      <div className="page-head">
        <h1>政策参数</h1>
        <span className="muted">{policy.data && `${policy.data.region_name}，${policy.data.on} 有效；案件按立案时的参数办到底`}</span>
      </div>
      <div className="filters">
        <VillageSelect label="地区" value={region} onChange={setRegion} />
        <label htmlFor="policy-on">
          日期
          <DateInput id="policy-on" value={on} onChange={setOn} />
        </label>
        <label className="wide" htmlFor="policy-q">
          名称
          <Input id="policy-q" allowClear value={q} onChange={(e) => setQ(e.target.value)} />
        </label>
      </div>
      {editing && policy.data && <RowEditor key={editing} of={policy.data.keys.find((k) => k.key === editing)!} policy={policy.data} onDone={() => setEditing(undefined)} />}
      <Loaded query={policy}>
        {(p) => (
          <table className="list policy">
            <thead>
              <tr>
                <th scope="col">参数</th>
                <th scope="col">有效值</th>
                <th scope="col">单位</th>
                <th scope="col">缺省值</th>
                <th scope="col">依据</th>
              </tr>
            </thead>
            <tbody>
              {p.keys.filter(wanted).map((k) => (
                <tr key={k.key}>
                  <td>
                    <strong>{k.title}</strong>
                    {p.can_edit && <Change of={k} onChoose={setEditing} />}
                  </td>
                  <td data-label="有效值">
                    <Value of={k} keys={p.keys} value={k.value} />
                  </td>
                  <td data-label="单位" className="nowrap">
                    {unitOf(k.unit) || '—'}
                  </td>
                  <td data-label="缺省值" className="muted">
                    {k.default !== undefined && k.default !== null && same(k) ? '同有效值' : <Value of={k} keys={p.keys} value={k.default} />}
                  </td>
                  <td data-label="依据" className="small">
                    {k.rows.length > 0 && <Rows of={k} keys={p.keys} />}
                    <span className="muted">缺省：{sourceWords(k.source)}</span>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
    </div>
  )
}

/** A county's own rules have a page of their own: they are tried before they hold. */
function Change({ of: k, onChoose }: { of: PolicyKey; onChoose: (key: string) => void }) {
  if (k.key === 'county_rules') return <LinkButton className="in-text" type="link" to="/rules">　设置</LinkButton>
  const choose = () => {
    onChoose(k.key)
    window.scrollTo({ top: 0 })
  }
  return (
    <Button type="link" className="in-text" aria-label={`设置${k.title}`} onClick={choose}>
      　设置
    </Button>
  )
}

const same = (k: PolicyKey) => JSON.stringify(k.value) === JSON.stringify(k.default)

/** A value in words; a table of them in lines. */
function Value({ of: k, keys, value }: { of: PolicyKey; keys: PolicyKey[]; value: unknown }) {
  const lines = linesOf(k.key, keys, value)
  if (!lines) return words(k.key.endsWith('_fen') ? 'fen' : k.kind, value, k.unit)
  return (
    <details>
      <summary>{lines.length} 项</summary>
      <ul className="lines">
        {lines.map((l) => (
          <li key={l}>{l}</li>
        ))}
      </ul>
    </details>
  )
}

function linesOf(key: string, keys: PolicyKey[], value: unknown): string[] | undefined {
  if (key === 'ladders') return ladderLines(value)
  return key === 'risk_measures' ? pairLines(value, titlesOf(keys, 'risk_type_set'), titlesOf(keys, 'measure_kinds')) : undefined
}

/** The titles of the codes of a policy list. */
function titlesOf(keys: PolicyKey[], list: string): Record<string, string> {
  const items = keys.find((k) => k.key === list)?.value
  return Object.fromEntries((Array.isArray(items) ? (items as { code: string; title: string }[]) : []).map((i) => [i.code, i.title]))
}

/** What was set, for which place, from when until when, and by which paper. */
function Rows({ of: k, keys }: { of: PolicyKey; keys: PolicyKey[] }) {
  const regions = useQuery(regionsQuery)
  const place = (code: string) => regions.data?.items.find((r) => r.code === code)?.name ?? '上级'
  return (
    <ul aria-label="已设的值">
      {k.rows.map((r) => (
        <li key={r.id} className="num">
          {place(r.region_code)} {r.valid_from} 起{r.valid_to && `至 ${r.valid_to}`}：<Value of={k} keys={keys} value={r.value} />
          {r.source && `（${r.source}）`}
        </li>
      ))}
    </ul>
  )
}
