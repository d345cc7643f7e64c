import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Select } from 'antd'
import { formRecordsQuery, formsQuery } from '../../api/queries'
import type { FormRecordItem } from '../../api/types'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'

/** The forms of a household: what is filled in, and a new one to begin. */
export function FormsPanel({ household }: { household: string }) {
  const records = useQuery(formRecordsQuery(household))
  const forms = useQuery(formsQuery)
  const navigate = useNavigate()
  const options = (forms.data?.items ?? []).filter((f) => f.subject === 'household').map((f) => ({ value: f.code, label: f.title }))
  return (
    <>
      <Loaded query={records}>{({ items }) => (items.length === 0 ? <p className="muted">还没有单独填写的表。</p> : <Rows items={items} />)}</Loaded>
      <Select
        className="wide"
        aria-label="填一份表"
        placeholder="填一份表：选择表名"
        showSearch={{ optionFilterProp: 'label' }}
        options={options}
        value={null}
        onChange={(form: string | null) => form && void navigate({ to: '/households/$id/forms/$form', params: { id: household, form } })}
      />
    </>
  )
}

/** Records, with whom they are about when they are of many. */
export function Rows({ items, subject = false }: { items: FormRecordItem[]; subject?: boolean }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">表</th>
          {subject && <th scope="col">对象</th>}
          <th scope="col">期</th>
          <th scope="col">状态</th>
          <th scope="col">采集人</th>
          <th scope="col">复核人</th>
          <th scope="col">更新</th>
        </tr>
      </thead>
      <tbody>
        {items.map((r) => (
          <tr key={r.id}>
            <td>
              <Link className="main-link" to="/forms/$id" params={{ id: r.id }}>
                {r.info.title}
              </Link>
            </td>
            {subject && (
              <td data-label="对象">
                {r.subject} {r.unit}
                <div className="small">{r.region_name}</div>
              </td>
            )}
            <td data-label="期" className="num">
              {r.period || '—'}
            </td>
            <td data-label="状态">{r.state_title}</td>
            <td data-label="采集人">{r.collector.name}</td>
            <td data-label="复核人">{r.checked_by?.name ?? '—'}</td>
            <td data-label="更新" className="num">
              {formatTime(r.updated_at)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
