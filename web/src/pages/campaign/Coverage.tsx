import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Input, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { CampaignLine } from '../../api/types'
import { coverageQuery, type CoverageFilter } from '../../api/queries'
import { ExportButton } from '../../components/ExportButton'
import { VillageSelect } from '../../components/Filters'
import { Loaded } from '../../components/PageState'
import { Pager, usePages } from '../../components/Pager'
import { Print } from '../forms/Print'

/** 行动范围: every household in the scope with its result; those without one can be seen alone. */
export function Coverage({ id, village, surveyor, surveyors }: { id: string; village?: string; surveyor?: string; surveyors: CampaignLine[] }) {
  const label = useId()
  const who = useId()
  const [filter, setFilter] = useState<CoverageFilter>({ village, surveyor })
  const pages = usePages(filter)
  const coverage = useQuery(coverageQuery(id, filter, pages.cursor))
  return (
    <section aria-label="行动范围" id="coverage">
      <div className="panel-head">
        <h3>行动范围</h3>
        <ExportButton list="campaign_coverage" filter={{ ...filter, id }} text="导出范围" />
      </div>
      <div className="filters">
        <VillageSelect value={filter.village} onChange={(to) => setFilter({ ...filter, village: to })} />
        <label htmlFor={who}>
          调查员
          <Select
            id={who}
            style={{ minWidth: '8rem' }}
            value={filter.surveyor ?? ''}
            options={[{ value: '', label: '全部' }, ...surveyors.map((s) => ({ value: s.code || '-', label: s.title }))]}
            onChange={(v) => setFilter({ ...filter, surveyor: v || undefined })}
          />
        </label>
        <label htmlFor={label}>
          结果
          <Select
            id={label}
            style={{ minWidth: '8rem' }}
            value={filter.done === undefined ? '' : String(filter.done)}
            options={[
              { value: '', label: '全部' },
              { value: 'true', label: '已有结果' },
              { value: 'false', label: '尚无结果' },
            ]}
            onChange={(v) => setFilter({ ...filter, done: v === '' ? undefined : v === 'true' })}
          />
        </label>
      </div>
      {filter.village && filter.village.length === 12 && <PrintVillage id={id} village={filter.village} />}
      <Loaded query={coverage}>
        {(page) =>
          page.items.length === 0 ? (
            <p className="muted">没有符合条件的农户。</p>
          ) : (
            <>
              <table className="list">
                <thead>
                  <tr>
                    <th scope="col">农户</th>
                    <th scope="col">村</th>
                    <th scope="col">调查员</th>
                    <th scope="col">户表</th>
                    <th scope="col">结果</th>
                  </tr>
                </thead>
                <tbody>
                  {page.items.map((x) => (
                    <tr key={x.household.id} data-household={x.household.id}>
                      <td>
                        {x.household.head_name}
                        <div className="small num">{x.household.household_no}</div>
                      </td>
                      <td data-label="村">{x.region_name}</td>
                      <td data-label="调查员">{x.surveyor?.name ?? '—'}</td>
                      <td data-label="户表">
                        {x.form_id ? (
                          <Link to="/cases/$id" params={{ id: x.form_id }} search={{}}>
                            {x.form_state}
                          </Link>
                        ) : (
                          '—'
                        )}
                      </td>
                      <td data-label="结果">{x.done ? x.result_title : <strong className="late">尚无结果</strong>}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </section>
  )
}

/** The filled household forms of a village, or of one of its groups, in one file behind a list of them. */
function PrintVillage({ id, village }: { id: string; village: string }) {
  const [group, setGroup] = useState('')
  return (
    <p className="acts gap">
      <Input aria-label="居民组（可不填）" style={{ width: '9rem' }} value={group} maxLength={60} placeholder="居民组，如 1组" onChange={(e) => setGroup(e.target.value)} />
      <Print
        title="户表合订"
        text="合订打印本村户表"
        formats={['pdf']}
        get={(purpose) => unwrap(api.POST('/campaigns/{id}/form-files', { params: { path: { id } }, body: { village, group: group.trim() || undefined, purpose }, parseAs: 'blob' }))}
      />
    </p>
  )
}
