import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Radio } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import { bringsLedger, type LedgerChange, type LedgerFault, type LedgerImport, type LedgerItem } from '../../api/ledger'
import { meQuery } from '../../api/queries'
import { Loaded, Nothing } from '../../components/PageState'
import { fileBody, WorkbookUpload } from '../../components/WorkbookUpload'
import { useTitle } from '../../lib/hooks'
import './ledger.css'

/** 导入农户台账: the workbook as the office keeps it is looked at first; what is confirmed is written; it can be had back with a word beside each row. */
export function LedgerImportPage() {
  useTitle('导入农户台账')
  const me = useQuery(meQuery)
  return (
    <div className="page">
      <div className="page-head">
        <h1>导入农户台账</h1>
        <span className="muted">只登记本人辖区内的农户</span>
      </div>
      <Loaded query={me}>{(m) => (bringsLedger(m) ? <Import /> : <Nothing title="农户台账由乡镇和县级办公室导入">需要更正个别农户的，请告知乡镇办公室。</Nothing>)}</Loaded>
    </div>
  )
}

const count = (r: LedgerImport) => r.created + r.changed

function Import() {
  const client = useQueryClient()
  const navigate = useNavigate()
  return (
    <WorkbookUpload
      title="台账工作簿"
      help="平时用的 Excel 台账即可：一人一行或一户一行，列的次序不限，可以一村一张工作表；至少要有姓名或户主姓名，另有户编号、身份证号、与户主关系等列。空白单元格不会抹掉已登记的内容；成员减少、迁移和监测对象身份须另行办理，不在这里登记。"
      field="ledger"
      measure="户"
      count={count}
      send={(file, how, confirm) => unwrap(api.POST('/households/ledger', { params: { query: { confirm } }, ...fileBody(file), ...how }))}
      back={(file, how) => unwrap(api.POST('/households/ledger/returned', { ...fileBody(file), ...how, parseAs: 'blob' }))}
      onDone={async (done) => {
        await Promise.all(['households', 'household', 'persons'].map((key) => client.invalidateQueries({ queryKey: [key] })))
        return `已导入 ${count(done)} 户`
      }}
      onClose={() => void navigate({ to: '/households', search: {} })}
    >
      {(result) => <Found key={`${result.sha256}${result.applied}`} result={result} />}
    </WorkbookUpload>
  )
}

type Action = LedgerItem['action']

const outcomes: Record<Action, string> = { reject: '未导入', change: '更新', create: '新增', leave: '无变化' }

function Found({ result: r }: { result: LedgerImport }) {
  const [only, setOnly] = useState<Action>()
  const kinds = [
    { value: 'reject', label: `未导入 ${r.rejected}` },
    { value: 'change', label: `更新 ${r.changed}` },
    { value: 'create', label: `新增 ${r.created}` },
  ].filter((k) => r.items.some((x) => x.action === k.value))
  return (
    <>
      <p className="gap" role="status">
        {r.applied ? '已办：' : '预览：'}共 {r.households} 户，新增 {r.created} 户，更新 {r.changed} 户，无变化 {r.unchanged} 户，未导入 {r.rejected} 户；可以导入的各户在表中共 {r.people} 人
      </p>
      {r.unknown.length > 0 && <p className="gap muted">没有认出、按原样保存的列：{r.unknown.join('、')}</p>}
      {r.skipped.length > 0 && <p className="gap muted">没有找到表头、未读取的工作表：{r.skipped.join('、')}</p>}
      {kinds.length > 1 && (
        <div className="gap">
          <Radio.Group aria-label="只看" optionType="button" value={only ?? ''} options={[{ value: '', label: '全部' }, ...kinds]} onChange={(e) => setOnly((e.target.value as Action) || undefined)} />
        </div>
      )}
      {r.items.length > 0 && (
        <table className="list gap">
          <thead>
            <tr>
              <th scope="col">户</th>
              <th scope="col">位置</th>
              <th scope="col">结果</th>
              <th scope="col">说明</th>
            </tr>
          </thead>
          <tbody>
            {r.items
              .filter((x) => !only || x.action === only)
              .map((x) => (
                <Household key={`${x.sheet}!${x.line}`} of={x} />
              ))}
          </tbody>
        </table>
      )}
      {r.unlisted > 0 && <p className="gap muted">另有 {r.unlisted} 户没有列出，全部结果见写有结果的工作簿。</p>}
      {r.rejected > 0 && <p className="gap">未导入的户请按说明改正后重新选择文件；其余各户可以先行导入，不会重复登记。</p>}
    </>
  )
}

function Household({ of: x }: { of: LedgerItem }) {
  return (
    <tr>
      <td>
        {x.head_name || '—'} <span className="small">表中 {x.members} 人</span>
        <div className="small num">{x.household_no}</div>
        <div className="small">{x.village}</div>
      </td>
      <td data-label="位置" className="num">
        {`${x.sheet} 第 ${x.line} 行`}
      </td>
      <td data-label="结果" className="nowrap">{x.action === 'reject' ? <strong className="late">{outcomes.reject}</strong> : outcomes[x.action]}</td>
      <td data-label="说明">
        <ul className="ledger-what">
          {x.faults.map((f, i) => (
            <Fault key={i} of={f} />
          ))}
          {x.changes.map((c, i) => (
            <Change key={i} of={c} />
          ))}
          {x.faults.length + x.changes.length === 0 && <li>—</li>}
          {x.more > 0 && <li className="muted">另有 {x.more} 处没有列出</li>}
        </ul>
      </td>
    </tr>
  )
}

function Fault({ of: f }: { of: LedgerFault }) {
  return (
    <li>
      <strong className={f.note ? 'muted' : 'late'}>{f.cell || `第 ${f.line} 行`}</strong> {f.note && '提示：'}
      {f.field && `${f.field}：`}
      {f.message} <span className="small num">{f.code}</span>
    </li>
  )
}

/** A change; what is registered is told only where it is nothing personal. */
function Change({ of: c }: { of: LedgerChange }) {
  return (
    <li>
      {c.subject !== '户' && `${c.subject} `}
      {c.field}：{c.old ? `${c.old} 改为 ${c.new}` : c.replaces ? `改为 ${c.new}` : c.new}
    </li>
  )
}
