import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import { engagementsQuery } from '../../api/queries'
import type { Engagement } from '../../api/types'
import { Dialog } from '../../components/Dialog'
import { ExportButton } from '../../components/ExportButton'
import { Loaded, Nothing } from '../../components/PageState'
import { Pager, usePages } from '../../components/Pager'
import { useAct } from '../../lib/act'
import { formatTime } from '../../lib/dates'
import { Give } from './Give'
import { Replays } from './Replays'
import { Samples } from './Samples'

const states: Record<Engagement['state'], string> = { ahead: '未开始', valid: '有效', over: '已到期', ended: '已收回' }

/** 审计任务: mine, or those that my office has given. */
export function Engagements() {
  const pages = usePages('engagements')
  const engagements = useQuery(engagementsQuery(pages.cursor))
  const [giving, setGiving] = useState(false)
  return (
    <Loaded query={engagements}>
      {(page) => (
        <>
          <div className="panel-head bare">
            <span className="acts">
              {page.can_give.length > 0 && !giving && (
                <Button type="primary" onClick={() => setGiving(true)}>
                  下达审计任务
                </Button>
              )}
              <ExportButton list="engagements" />
            </span>
          </div>
          {giving && <Give areas={page.can_give} auditors={page.auditors} onClose={() => setGiving(false)} />}
          {page.items.length === 0 ? (
            <Nothing title="没有审计任务">由县级乡村振兴部门或者安全管理员下达；没有有效的任务，审计人员看不到任何事项。</Nothing>
          ) : (
            <>
              {page.items.map((e) => (
                <One key={e.id} engagement={e} />
              ))}
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )}
        </>
      )}
    </Loaded>
  )
}

/** One engagement: who, over what, when, on what basis and from whom; and its samples. */
export function One({ engagement: e }: { engagement: Engagement }) {
  const [open, setOpen] = useState<'samples' | 'replays'>()
  const toggle = (part: typeof open) => setOpen(open === part ? undefined : part)
  return (
    <section className="panel" aria-label={e.title} data-engagement={e.id}>
      <div className="case-title">
        <h2>{e.title}</h2>
        <span className={`tag ${e.state === 'valid' ? 'info' : ''}`}>{states[e.state]}</span>
      </div>
      <p className="muted num gap">
        {e.no} · {e.user.name} · {e.from} 至 {e.until}（含当日）
      </p>
      <dl className="answers gap">
        <div>
          <dt>地区</dt>
          <dd>{e.areas.map((a) => a.name).join('、')}</dd>
        </div>
        <div>
          <dt>事项</dt>
          <dd>{e.procedures.length > 0 ? e.procedures.map((p) => p.title).join('、') : '全部'}</dd>
        </div>
        <div>
          <dt>依据</dt>
          <dd>{e.basis}</dd>
        </div>
        {e.case_no && (
          <div>
            <dt>调阅事项</dt>
            <dd>{e.case_no}</dd>
          </div>
        )}
        <div>
          <dt>下达</dt>
          <dd>
            {e.given_by.name}（{e.given_role_title}）{formatTime(e.given_at)}
          </dd>
        </div>
        {e.ended_at && (
          <div>
            <dt>收回</dt>
            <dd>
              {e.ended_by?.name} {formatTime(e.ended_at)}
            </dd>
          </div>
        )}
      </dl>
      <div className="acts">
        <Button aria-expanded={open === 'samples'} onClick={() => toggle('samples')}>
          随机样本
        </Button>
        {e.can_draw && (
          <Button aria-expanded={open === 'replays'} onClick={() => toggle('replays')}>
            审计包和重放核对
          </Button>
        )}
        {e.can_end && <End id={e.id} />}
      </div>
      {open === 'samples' && <Samples engagement={e} />}
      {open === 'replays' && <Replays engagement={e} />}
    </section>
  )
}

function End({ id }: { id: string }) {
  const client = useQueryClient()
  const { act, busy, faults } = useAct()
  const [asking, setAsking] = useState(false)
  const end = () => void act({}, () => unwrap(api.POST('/engagements/{id}/end', { params: { path: { id } } })), () => client.invalidateQueries({ queryKey: ['engagements'] }))
  return (
    <>
      <Button danger onClick={() => setAsking(true)}>
        收回任务
      </Button>
      {asking && (
        <Dialog title="收回审计任务" okText="收回" busy={busy} onOk={end} onClose={() => setAsking(false)}>
          <p>收回后，审计人员立即不能再据此查看，已抽取的样本仍然留存。</p>
          {faults.length > 0 && <Alert type="error" role="alert" title={faults.join('；')} />}
        </Dialog>
      )}
    </>
  )
}
