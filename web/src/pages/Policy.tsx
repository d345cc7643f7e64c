import { useQuery } from '@tanstack/react-query'
import { Input } from 'antd'
import { useState } from 'react'
import { policyQuery, regionsQuery } from '../api/queries'
import type { PolicyKey } from '../api/types'
import { VillageSelect } from '../components/Filters'
import { DateInput } from '../components/fields/DateInput'
import { Loaded } from '../components/PageState'
import { useTitle } from '../lib/hooks'
import { words } from '../lib/policy'

/** 政策参数, to read: what holds in a place on a day, the default, and on what ground. */
export function PolicyPage() {
  useTitle('政策参数')
  const [region, setRegion] = useState<string>()
  const [on, setOn] = useState<string>()
  const [q, setQ] = useState('')
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
      <Loaded query={policy}>
        {(p) => (
          <table className="list policy">
            <thead>
              <tr>
                <th scope="col">参数</th>
                <th scope="col">有效值</th>
                <th scope="col">缺省值</th>
                <th scope="col">依据</th>
              </tr>
            </thead>
            <tbody>
              {p.keys.filter(wanted).map((k) => (
                <tr key={k.key}>
                  <td>
                    <strong>{k.title}</strong>
                    {k.pending && <div className="muted small">随后续程序启用，目前不能设置</div>}
                  </td>
                  <td data-label="有效值">
                    {words(k.kind, k.value)}
                  </td>
                  <td data-label="缺省值" className="muted">
                    {words(k.kind, k.default)}
                  </td>
                  <td data-label="依据" className="small">
                    {readable(k.source)}
                    {k.rows.length > 0 && <Rows rows={k.rows} kind={k.kind} />}
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

/** What was set, for which place, from when until when, and by which paper. */
function Rows({ rows, kind }: { rows: PolicyKey['rows']; kind: string }) {
  const regions = useQuery(regionsQuery)
  const place = (code: string) => regions.data?.items.find((r) => r.code === code)?.name ?? '上级'
  return (
    <ul aria-label="已设的值">
      {rows.map((r) => (
        <li key={r.id} className="num">
          {place(r.region_code)} {r.valid_from} 起{r.valid_to && `至 ${r.valid_to}`}：<strong>{words(kind, r.value)}</strong>
          {r.source && `（${r.source}）`}
        </li>
      ))}
    </ul>
  )
}

/** Only a source a reader can look up; reference marks of the product's own documents say nothing here. */
function readable(source: string | undefined): string {
  return source && /[\u4e00-\u9fff]/.test(source) ? source : '—'
}
