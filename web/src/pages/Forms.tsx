import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Button, Input, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../api/client'
import { allFormRecordsQuery, formsQuery, type FormFilter, type FormState } from '../api/queries'
import { DataTable } from '../components/DataTable'
import { ExportButton } from '../components/ExportButton'
import { useAreas, VillageSelect } from '../components/Filters'
import { LinkButton } from '../components/LinkButton'
import { ListTools } from '../components/ListTools'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useTitle } from '../lib/hooks'
import { useListSetting, useTotal } from '../lib/lists'
import { FormsToHandIn } from './campaign/CampaignForms'
import { recordColumns } from './forms/FormsPanel'
import { Print } from './forms/Print'
import { WorkbookImport } from './forms/WorkbookImport'

const route = getRouteApi('/staff/forms')

const states: { value: FormState | ''; label: string }[] = [
  { value: '', label: '全部' },
  { value: 'draft', label: '草稿' },
  { value: 'final', label: '已定稿' },
  { value: 'void', label: '已作废' },
]

/** 表单: what is filled in, by village and form; whole villages are filled on paper or in a workbook and brought back. */
export function Forms() {
  useTitle('表单')
  const filter = route.useSearch()
  const navigate = route.useNavigate()
  const [doing, setDoing] = useState<'village' | 'import'>()
  const narrow = (change: Partial<FormFilter>) => void navigate({ search: (old) => ({ ...old, ...change }), replace: true })
  const pages = usePages(filter)
  const records = useQuery(allFormRecordsQuery(filter, pages.cursor))
  const total = useTotal(allFormRecordsQuery(filter))
  const { setting } = useListSetting('forms')
  const forms = useQuery(formsQuery)
  const options = (forms.data?.items ?? []).map((f) => ({ value: f.code, label: f.title }))
  return (
    <div className="page">
      <div className="page-head">
        <h1>表单</h1>
        <span className="muted">一户的表也可以在该户的页面填写</span>
        <span className="acts">
          <LinkButton to="/form-library">表单库</LinkButton>
          <ExportButton list="form_records" filter={filter} />
          <Button onClick={() => setDoing('import')}>导入填好的工作簿</Button>
          <Button type="primary" onClick={() => setDoing('village')}>
            打印、下载或填写
          </Button>
        </span>
      </div>
      {doing === 'import' && <WorkbookImport onClose={() => setDoing(undefined)} />}
      {doing === 'village' && <ByVillage given={filter} onClose={() => setDoing(undefined)} />}
      <FormsToHandIn />
      <div className="filters">
        <label className="wide" htmlFor="form-kind">
          表
          <Select id="form-kind" value={filter.form ?? ''} showSearch={{ optionFilterProp: 'label' }} options={[{ value: '', label: '全部' }, ...options]} onChange={(form) => narrow({ form: form || undefined })} />
        </label>
        <VillageSelect value={filter.village} onChange={(village) => narrow({ village })} />
        <label htmlFor="form-state">
          状态
          <Select<FormState | ''> id="form-state" style={{ minWidth: '8rem' }} value={filter.state ?? ''} options={states} onChange={(state) => narrow({ state: state || undefined })} />
        </label>
        <label htmlFor="form-order">
          次序
          <Select
            id="form-order"
            style={{ minWidth: '9rem' }}
            value={filter.sort ?? 'begun'}
            options={[
              { value: 'begun', label: '新填的在前' },
              { value: 'place', label: '按区划' },
            ]}
            onChange={(sort) => narrow({ sort: sort === 'begun' ? undefined : sort })}
          />
        </label>
      </div>
      <ListTools list="forms" columns={recordColumns} filter={{ ...filter }} onFilter={(search) => void navigate({ search: search as FormFilter, replace: true })} />
      <Loaded query={records}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有填写的表">选择“打印、下载或填写”开始，或放宽条件。</Nothing>
          ) : (
            <>
              <DataTable columns={recordColumns} rows={page.items} idOf={(r) => r.id} setting={setting} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} total={total} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

/** One form for a whole village: on paper, as a workbook, or, when it is about the village itself, filled in here. */
function ByVillage({ given, onClose }: { given: FormFilter; onClose: () => void }) {
  const id = useId()
  const forms = useQuery(formsQuery)
  const places = useAreas().filter((a) => a.value.length >= 9)
  const [code, setCode] = useState(given.form)
  const [region, setRegion] = useState(given.village ?? places[0]?.value)
  const [group, setGroup] = useState('')
  const [period, setPeriod] = useState('')
  const form = forms.data?.items.find((f) => f.code === code)
  const place = places.find((p) => p.value === region)
  const ready = form && place
  const query = { form: code ?? '', region_code: region ?? '', group: form?.subject === 'household' ? group.trim() || undefined : undefined }
  const title = `${place?.label ?? ''}${form?.title ?? ''}`
  return (
    <section className="panel" aria-label="打印、下载或填写">
      <h2>打印、下载或填写</h2>
      <div className="filters">
        <label className="wide" htmlFor={`${id}form`}>
          表名
          <Select id={`${id}form`} value={code} placeholder="请选择" showSearch={{ optionFilterProp: 'label' }} options={(forms.data?.items ?? []).map((f) => ({ value: f.code, label: f.title }))} onChange={setCode} />
        </label>
        <label htmlFor={`${id}place`}>
          村（乡镇）
          <Select id={`${id}place`} style={{ minWidth: '12rem' }} value={region} placeholder="请选择" showSearch={{ optionFilterProp: 'label' }} options={places} onChange={setRegion} />
        </label>
        {form?.subject === 'household' && (
          <label htmlFor={`${id}group`}>
            居民组（可不填）
            <Input id={`${id}group`} style={{ width: '9rem' }} value={group} maxLength={60} placeholder="如 1组" onChange={(e) => setGroup(e.target.value)} />
          </label>
        )}
        <label htmlFor={`${id}period`}>
          年度或月份
          <Input id={`${id}period`} style={{ width: '9rem' }} value={period} maxLength={7} placeholder="如 2026" onChange={(e) => setPeriod(e.target.value.trim())} />
        </label>
      </div>
      <p className="gap muted">
        {form?.subject === 'region' ? '这份表由村（乡镇）填写一份。' : '每户一份，能填的项已按台账填好；工作簿里已经填过的，下载下来接着填。'}
      </p>
      <div className="form-foot">
        {ready && form.subject === 'region' && (
          <LinkButton color="primary" variant="solid" to="/forms/new/$form" params={{ form: form.code }} search={{ region }}>
            填写
          </LinkButton>
        )}
        <Print title={title} text="打印待填的表" disabled={!ready} get={(purpose, format) => unwrap(api.POST('/forms/print', { body: { ...query, purpose, format }, parseAs: 'blob' }))} />
        <Print title={title} text="下载工作簿" workbook disabled={!ready} get={(purpose) => unwrap(api.POST('/forms/workbook/export', { body: { ...query, period: period || undefined, purpose }, parseAs: 'blob' }))} />
        <Button onClick={onClose}>返回</Button>
      </div>
    </section>
  )
}
