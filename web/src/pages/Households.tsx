import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Alert, Button, Input, Select } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { householdsQuery, procedureQuery, type HouseholdFilter } from '../api/queries'
import type { HouseholdItem } from '../api/types'
import { Dialog } from '../components/Dialog'
import { ExportButton } from '../components/ExportButton'
import { FilterBar, NameSearch, VillageSelect } from '../components/Filters'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useTitle } from '../lib/hooks'

const route = getRouteApi('/staff/households')

/** 农户: the households of my area, masked. */
export function Households() {
  useTitle('农户')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const pages = usePages(filter)
  const households = useQuery(householdsQuery(filter, pages.cursor))
  const narrow = (change: Partial<HouseholdFilter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  return (
    <div className="page">
      <div className="page-head">
        <h1>农户</h1>
        <span className="muted">列表内容已脱敏</span>
        <span className="acts">
          <ExportButton list="households" filter={filter} />
          <ExportButton list="persons" filter={filter} text="导出成员" />
        </span>
      </div>
      <FilterBar active={Boolean(filter.village || filter.status)} search={<NameSearch value={filter.q} onChange={(q) => narrow({ q })} />}>
        <VillageSelect value={filter.village} onChange={(village) => narrow({ village })} />
        <StatusSelect value={filter.status} onChange={(status) => narrow({ status })} />
        <ByIdentity />
      </FilterBar>
      <Loaded query={households}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有符合条件的农户">请核对姓名，或放宽村和状态条件。</Nothing>
          ) : (
            <>
              <Rows households={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

function StatusSelect({ value, onChange }: { value?: string; onChange: (value: string | undefined) => void }) {
  const definition = useQuery(procedureQuery('household_status'))
  const options = (definition.data?.states ?? []).map((s) => ({ value: s.code, label: s.title }))
  return (
    <label htmlFor="status">
      状态
      <Select id="status" style={{ minWidth: '11rem' }} value={value ?? ''} options={[{ value: '', label: '全部' }, ...options]} onChange={(v) => onChange(v || undefined)} />
    </label>
  )
}

function Rows({ households }: { households: HouseholdItem[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">户主</th>
          <th scope="col">区划</th>
          <th scope="col">人口</th>
          <th scope="col">状态</th>
          <th scope="col">在办</th>
        </tr>
      </thead>
      <tbody>
        {households.map((h) => (
          <tr key={h.id}>
            <td>
              <Link className="main-link" to="/households/$id" params={{ id: h.id }}>
                {h.head_name}
              </Link>
              <div className="small num">{h.household_no}</div>
            </td>
            <td data-label="区划">
              {h.region_name}
              {h.group && ` ${h.group}`}
            </td>
            <td data-label="人口" className="num">
              {h.population} 人
            </td>
            <td data-label="状态">
              <span className={`tag ${h.status === 'none' ? '' : 'info'}`}>{h.status_title}</span>
            </td>
            <td data-label="在办">{h.open_cases > 0 ? `${h.open_cases} 件` : '—'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Finding a household by a full identity number. The number goes in the body, never in an address, and is not kept. */
function ByIdentity() {
  const [open, setOpen] = useState(false)
  const [number, setNumber] = useState('')
  const find = useMutation({ mutationFn: (id_no: string) => unwrap(api.POST('/households/search', { body: { id_no } })) })
  const close = () => {
    setOpen(false)
    setNumber('')
    find.reset()
  }
  const valid = /^\d{17}[\dXx]$/.test(number)
  return (
    <>
      <Button onClick={() => setOpen(true)}>按身份证号查找</Button>
      {open && (
      <Dialog title="按身份证号查找" okText="查找" okDisabled={!valid} busy={find.isPending} onOk={() => find.mutate(number)} onClose={close}>
        <label htmlFor="id-no">完整的 18 位身份证号码（查询将留下记录）</label>
        <Input id="id-no" value={number} maxLength={18} autoComplete="off" onChange={(e) => setNumber(e.target.value.trim().toUpperCase())} onPressEnter={() => valid && find.mutate(number)} />
        {find.error && <Alert type="error" title={describe(find.error)} role="alert" />}
        {find.data?.items.length === 0 && <p className="muted">本人辖区内没有这一户。</p>}
        {find.data && find.data.items.length > 0 && <Rows households={find.data.items} />}
      </Dialog>
      )}
    </>
  )
}
