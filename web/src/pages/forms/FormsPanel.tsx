import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Select } from 'antd'
import { formRecordsQuery } from '../../api/oneHome'
import { formsQuery } from '../../api/queries'
import type { FormRecordItem } from '../../api/types'
import { type Column, DataTable } from '../../components/DataTable'
import { More, readOf } from '../../components/More'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'

/** The forms of a household: what is filled in, and a new one to begin. */
export function FormsPanel({ household }: { household: string }) {
  const records = useInfiniteQuery(formRecordsQuery(household))
  const forms = useQuery(formsQuery)
  const navigate = useNavigate()
  const options = (forms.data?.items ?? []).filter((f) => f.subject === 'household').map((f) => ({ value: f.code, label: f.title }))
  return (
    <>
      <Loaded query={records}>{(data) => (data.pages[0]?.items.length ? <Rows items={readOf(data).items} /> : <p className="muted">还没有单独填写的表。</p>)}</Loaded>
      <More query={records} />
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

export const recordColumns: Column<FormRecordItem>[] = [
  {
    key: 'form',
    title: '表',
    fixed: true,
    cell: (r) => (
      <Link className="main-link" to="/forms/$id" params={{ id: r.id }}>
        {r.info.title}
      </Link>
    ),
  },
  {
    key: 'subject',
    title: '对象',
    cell: (r) => (
      <>
        {r.subject} {r.unit}
        <div className="small">{r.region_name}</div>
      </>
    ),
  },
  { key: 'period', title: '期', className: 'num', cell: (r) => r.period || '—' },
  { key: 'state', title: '状态', cell: (r) => r.state_title },
  { key: 'collector', title: '采集人', cell: (r) => r.collector.name },
  { key: 'checked', title: '复核人', cell: (r) => r.checked_by?.name ?? '—' },
  { key: 'updated', title: '更新', className: 'num', cell: (r) => formatTime(r.updated_at) },
]

/** The records of one household. */
function Rows({ items }: { items: FormRecordItem[] }) {
  return <DataTable columns={recordColumns.filter((c) => c.key !== 'subject')} rows={items} idOf={(r) => r.id} />
}
