import { useQuery, useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { describe } from '../../api/problem'
import { bulletinsQuery } from '../../api/queries'
import { submit } from '../../api/submit'
import type { Bulletin } from '../../api/types'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { KeyKeeper } from '../../lib/idempotency'

/** 通报: numbers as they stood when each was issued. */
export function Bulletins({ id, mayIssue }: { id: string; mayIssue: boolean }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const bulletins = useQuery(bulletinsQuery(id))
  const keeper = useRef(new KeyKeeper())
  const [busy, setBusy] = useState(false)
  const issue = async () => {
    setBusy(true)
    try {
      const b = await submit(keeper.current, { id }, (key) => unwrap(api.POST('/programmes/{id}/bulletins', { params: { path: { id }, header: { 'Idempotency-Key': key } } })))
      void message.success(`已发出第 ${b.no} 期通报`)
      await client.invalidateQueries({ queryKey: ['programmes'] })
    } catch (err) {
      void message.error(describe(err))
    } finally {
      setBusy(false)
    }
  }
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>通报</h2>
        {mayIssue && (
          <Button loading={busy} onClick={() => void issue()}>
            发出通报
          </Button>
        )}
      </div>
      <Loaded query={bulletins}>
        {({ items }) => (items.length === 0 ? <p className="muted">还没有通报。</p> : items.map((b) => <One key={b.id} bulletin={b} />))}
      </Loaded>
    </section>
  )
}

function One({ bulletin: b }: { bulletin: Bulletin }) {
  const n = b.numbers
  return (
    <details className="gap" data-bulletin={b.no}>
      <summary>
        第 {b.no} 期（{formatTime(b.issued_at)}，{b.issued_by}）：问题 {n.total} 件，未完成 {n.open} 件，逾期 {n.overdue} 件
      </summary>
      <p>按村：{n.villages.map((v) => `${v.title}（未完成 ${v.open}，逾期 ${v.overdue}）`).join('、')}</p>
      <p>按责任人：{n.responsible.map((v) => `${v.title}（未完成 ${v.open}，逾期 ${v.overdue}）`).join('、')}</p>
      {n.ladder.length > 0 && <p>逾期级别：{n.ladder.map((s) => `${s.title} ${s.count}`).join('、')}</p>}
      {n.unescalated.length > 0 && <p>逾期且从未上报：{n.unescalated.join('、')}</p>}
      <p>
        自查发现 {n.self_found} 件，存在隐瞒 {n.concealed} 件
      </p>
    </details>
  )
}
