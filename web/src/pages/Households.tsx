import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Alert, Button, Input, Radio, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { bringsLedger } from '../api/ledger'
import { householdsQuery, meQuery, procedureQuery, type HouseholdFilter, type RiskAsked } from '../api/queries'
import type { CodeTitle, HouseholdItem, HouseholdPage, RiskChoices } from '../api/types'
import { type Column, DataTable } from '../components/DataTable'
import { Dialog } from '../components/Dialog'
import { ExportButton } from '../components/ExportButton'
import { FilterBar, NameSearch, VillageSelect } from '../components/Filters'
import { LinkButton } from '../components/LinkButton'
import { ListTools } from '../components/ListTools'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useTitle } from '../lib/hooks'
import { useListSetting, useSearched, useTotal } from '../lib/lists'

const route = getRouteApi('/staff/households')

/** 农户: the households of my area, masked. */
export function Households() {
  useTitle('农户')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const [q, setQ] = useSearched('households')
  const [risk, setRisk] = useState<RiskAsked>()
  const asked = { ...filter, q }
  const pages = usePages({ asked, risk })
  const households = useQuery(householdsQuery(asked, pages.cursor, risk))
  const total = useTotal(householdsQuery(asked, undefined, risk))
  // What there is to choose comes with the first page, which is at hand while one turns the pages.
  const first = useQueryClient().getQueryData(householdsQuery(asked, undefined, risk).queryKey)
  const choices: Partial<HouseholdPage> = (households.data?.categories ? households.data : first) ?? {}
  const { setting } = useListSetting('households')
  const me = useQuery(meQuery)
  const narrow = (change: Partial<HouseholdFilter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  return (
    <div className="page">
      <div className="page-head">
        <h1>农户</h1>
        <span className="muted">列表内容已脱敏</span>
        <span className="acts">
          {/* What is found by a risk is looked at and not taken out. */}
          {!risk && <ExportButton list="households" filter={asked} />}
          {!risk && <ExportButton list="persons" filter={asked} text="导出成员" />}
          {bringsLedger(me.data) && <LinkButton to="/households/import">导入台账</LinkButton>}
        </span>
      </div>
      <FilterBar active={Boolean(filter.village || filter.status || filter.base_type || filter.category || risk)} search={<NameSearch value={q} onChange={setQ} />}>
        <VillageSelect value={filter.village} onChange={(village) => narrow({ village, group: undefined })} />
        {filter.village && (choices.groups?.length || filter.group) && <Choice id="group" title="组" value={filter.group} options={(choices.groups ?? []).map((g) => ({ code: g, title: g }))} onChange={(group) => narrow({ group })} />}
        <StatusSelect value={filter.status} onChange={(status) => narrow({ status })} />
        <Choice id="base-type" title="户类型" value={filter.base_type} options={baseTypes} onChange={(value) => narrow({ base_type: value as HouseholdFilter['base_type'] })} />
        <Choice id="category" title="监测类别" value={filter.category} options={choices.categories ?? []} onChange={(category) => narrow({ category })} />
        {choices.risks && <ByRisk choices={choices.risks} risk={risk} onChange={setRisk} />}
        <Order value={filter.sort} onChange={(sort) => narrow({ sort })} />
        <ByIdentity />
      </FilterBar>
      <ListTools list="households" columns={columns} filter={{ ...filter }} onFilter={(search) => void navigate({ search: search as HouseholdFilter, replace: true })} />
      <Loaded query={households}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有符合条件的农户">请核对姓名，或放宽村和状态条件。</Nothing>
          ) : (
            <>
              <DataTable columns={columns} rows={page.items} idOf={(h) => h.id} setting={setting} sort={filter.sort} onSort={(sort) => narrow({ sort: sort as HouseholdFilter['sort'] })} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} total={total} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

const baseTypes = [
  { code: 'ordinary', title: '一般农户' },
  { code: 'out_of_poverty', title: '脱贫户' },
]

/** One of some, or any. */
function Choice({ id, title, value, options, onChange }: { id: string; title: string; value?: string; options: CodeTitle[]; onChange: (value: string | undefined) => void }) {
  return (
    <label htmlFor={id}>
      {title}
      <Select id={id} style={{ minWidth: '8rem' }} value={value ?? ''} options={[{ value: '', label: '全部' }, ...options.map((o) => ({ value: o.code, label: o.title }))]} onChange={(v) => onChange(v || undefined)} />
    </label>
  )
}

/** 按风险类型查找: sensitive, so it stands nowhere, and who sees it only for a purpose states one. */
function ByRisk({ choices, risk, onChange }: { choices: RiskChoices; risk?: RiskAsked; onChange: (risk?: RiskAsked) => void }) {
  const id = useId()
  const [open, setOpen] = useState(false)
  const [code, setCode] = useState<string>()
  const [purpose, setPurpose] = useState('')
  const ready = code && (!choices.for_purpose || purpose.trim().length >= 4)
  const find = () => {
    if (!code) return
    onChange({ risk: code, purpose: purpose.trim() || undefined })
    setOpen(false)
  }
  if (risk) return <Button onClick={() => onChange(undefined)}>取消按“{choices.items.find((x) => x.code === risk.risk)?.title}”查找</Button>
  return (
    <>
      <Button onClick={() => setOpen(true)}>按风险类型查找</Button>
      {open && (
        <Dialog title="按风险类型查找" okText="查找" okDisabled={!ready} onOk={find} onClose={() => setOpen(false)}>
          <Radio.Group className="choices" aria-label="风险类型" value={code} options={choices.items.map((x) => ({ value: x.code, label: x.title }))} onChange={(e) => setCode(String(e.target.value))} />
          {choices.for_purpose && (
            <label htmlFor={id}>
              用途（不少于 4 个字，将连同您的姓名和时间一并记录）
              <Input id={id} value={purpose} maxLength={200} autoComplete="off" placeholder="如：排查因病返贫风险" onChange={(e) => setPurpose(e.target.value)} onPressEnter={() => ready && find()} />
            </label>
          )}
        </Dialog>
      )}
    </>
  )
}

function Order({ value, onChange }: { value?: HouseholdFilter['sort']; onChange: (value: HouseholdFilter['sort']) => void }) {
  const options = [
    { value: 'place', label: '按区划' },
    { value: 'name', label: '按户主姓名' },
    { value: 'updated', label: '最近更新在前' },
  ]
  return (
    <label htmlFor="order">
      次序
      <Select id="order" style={{ minWidth: '9rem' }} value={value ?? 'place'} options={options} onChange={(v) => onChange(v === 'place' ? undefined : (v as HouseholdFilter['sort']))} />
    </label>
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

const columns: Column<HouseholdItem>[] = [
  {
    key: 'name',
    title: '户主',
    fixed: true,
    sort: 'name',
    cell: (h) => (
      <>
        <Link className="main-link" to="/households/$id" params={{ id: h.id }}>
          {h.head_name}
        </Link>
        <div className="small num">{h.household_no}</div>
      </>
    ),
  },
  { key: 'region', title: '区划', cell: (h) => `${h.region_name}${h.group ? ` ${h.group}` : ''}` },
  { key: 'population', title: '人口', className: 'num', cell: (h) => `${h.population} 人` },
  { key: 'base_type', title: '户类型', off: true, cell: (h) => (h.base_type === 'out_of_poverty' ? '脱贫户' : '一般农户') },
  { key: 'phone', title: '联系电话', off: true, className: 'num nowrap', cell: (h) => h.phone_masked || '—' },
  { key: 'status', title: '状态', cell: (h) => <span className={`tag ${h.status === 'none' ? '' : 'info'}`}>{h.status_title}</span> },
  { key: 'open', title: '在办', cell: (h) => (h.open_cases > 0 ? `${h.open_cases} 件` : '—') },
]

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
        {find.data && find.data.items.length > 0 && <DataTable columns={columns} rows={find.data.items} idOf={(h) => h.id} />}
      </Dialog>
      )}
    </>
  )
}
