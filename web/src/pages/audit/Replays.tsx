import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Button } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import { auditFaultsQuery, auditReplaysQuery, packagesQuery } from '../../api/queries'
import type { AuditChoice, AuditReplay, Engagement } from '../../api/types'
import { ExportOutcome } from '../../components/ExportOutcome'
import { ProcedureSelect, VillageSelect } from '../../components/Filters'
import { Loaded } from '../../components/PageState'
import { Pager, usePages } from '../../components/Pager'
import { useAct } from '../../lib/act'
import { formatTime } from '../../lib/dates'
import { PackageButton, ReplayButton } from './Take'

const states: Record<AuditReplay['state'], string> = { waiting: '等待', running: '进行中', done: '已完成', failed: '没有完成', cancelled: '已取消' }

/** 审计包和重放核对: all cases of an engagement, or those of a kind and a place, and how far the replays are. */
export function Replays({ engagement: e }: { engagement: Engagement }) {
  const pages = usePages(e.id)
  const replays = useQuery(auditReplaysQuery(e.id, pages.cursor))
  const [choice, setChoice] = useState<AuditChoice>({})
  return (
    <>
      <div className="filters drawn">
        <ProcedureSelect value={choice.procedure} onChange={(procedure) => setChoice({ ...choice, procedure })} />
        <VillageSelect value={choice.village} onChange={(village) => setChoice({ ...choice, village })} />
        <span className="acts">
          <PackageButton engagement={e.id} choice={choice} />
          <ReplayButton engagement={e.id} choice={choice} />
        </span>
      </div>
      <p className="muted">不选即任务范围内的全部事项。重放把每条记录按程序定义重新推演，与存储和封存核对，并按现行代码重放工作流历史；在后台进行，可以离开本页。</p>
      <Packages />
      <Loaded query={replays}>
        {(page) => (
          <>
            {page.items.length === 0 && <p className="muted">还没有重放。</p>}
            {page.items.map((r) => (
              <One key={r.id} replay={r} />
            ))}
            <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
          </>
        )}
      </Loaded>
    </>
  )
}

/** My evidence packages, those of the last days. */
function Packages() {
  const packages = useQuery(packagesQuery)
  return packages.data?.map((x) => (
    <section key={x.id} className="drawn" aria-label={`审计包 ${x.no}`}>
      <h3>审计包 {x.no}</h3>
      <p className="small num">
        {formatTime(x.created_at)} · {x.reason}
        {x.expires_at && x.state === 'ready' && ` · 保留至 ${formatTime(x.expires_at)}`}
      </p>
      <ExportOutcome made={x} />
    </section>
  ))
}

/** How far a replay is, how fast, and what it has found. */
export function One({ replay: r }: { replay: AuditReplay }) {
  const [open, setOpen] = useState(false)
  return (
    <section className="drawn" aria-label={`重放 ${r.no}`} data-replay={r.id}>
      <div className="case-title">
        <h3>{r.choice}</h3>
        <span className={`tag ${r.bad > 0 || r.state === 'failed' ? 'late' : 'info'}`}>{states[r.state]}</span>
      </div>
      <progress max={Math.max(r.total, 1)} value={r.done} aria-label="进度" />
      <p role="status" className="num">
        已核对 {r.done} / {r.total} 个事项、{r.events} 条记录{r.histories > 0 && `，重放 ${r.histories} 段工作流历史`}
        {r.per_second ? `，每秒 ${Math.round(r.per_second * 10) / 10} 个` : ''}；{r.bad > 0 ? `${r.bad} 处不一致` : '没有发现不一致'}
      </p>
      <p className="small num">
        {r.no} · {formatTime(r.created_at)}
        {r.ended_at && ` 至 ${formatTime(r.ended_at)}`}
        {r.missing > 0 && ` · 另有 ${r.missing} 段历史尚未归档或已不在`}
      </p>
      {r.state === 'failed' && <Alert type="error" showIcon title={r.code === 'role_lost' ? '审计任务已经到期或者收回，没有做完' : '没有做完，已核对的结果仍然有效，可以重新开始'} />}
      <div className="acts gap">
        {r.can_cancel && <Cancel id={r.id} />}
        {r.bad > 0 && (
          <Button aria-expanded={open} onClick={() => setOpen(!open)}>
            查看不一致
          </Button>
        )}
      </div>
      {open && <Found id={r.id} />}
    </section>
  )
}

function Cancel({ id }: { id: string }) {
  const client = useQueryClient()
  const { act, busy, faults } = useAct()
  const cancel = () => void act({}, () => unwrap(api.POST('/audit-replays/{id}/cancel', { params: { path: { id } } })), () => client.invalidateQueries({ queryKey: ['engagements', 'replays'] }))
  return (
    <>
      <Button danger loading={busy} onClick={cancel}>
        取消重放
      </Button>
      {faults.length > 0 && <Alert type="error" role="alert" title={faults.join('；')} />}
    </>
  )
}

function Found({ id }: { id: string }) {
  const pages = usePages(id)
  const faults = useQuery(auditFaultsQuery(id, pages.cursor))
  return (
    <Loaded query={faults}>
      {(page) => (
        <>
          <table className="list">
            <thead>
              <tr>
                <th scope="col">不一致</th>
                <th scope="col">事项</th>
                <th scope="col">第几条记录</th>
              </tr>
            </thead>
            <tbody>
              {page.items.map((f) => (
                <tr key={f.n}>
                  <td>{f.fault}</td>
                  <td data-label="事项">
                    {f.case ? (
                      <Link className="main-link" to="/cases/$id" params={{ id: f.case.id }} search={{ tab: 'asof' }}>
                        {f.case.procedure_title} {f.case.no}
                      </Link>
                    ) : (
                      '不在查看范围内'
                    )}
                  </td>
                  <td data-label="第几条记录">{f.seq || '—'}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
        </>
      )}
    </Loaded>
  )
}
