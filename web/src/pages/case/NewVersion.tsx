import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input } from 'antd'
import { useId, useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { describe } from '../../api/problem'
import { meQuery, proceduresQuery } from '../../api/queries'
import { submit } from '../../api/submit'
import type { CaseSummary, VersionMove } from '../../api/types'
import { Dialog } from '../../components/Dialog'
import { Loaded } from '../../components/PageState'
import { KeyKeeper, newKey } from '../../lib/idempotency'

/** 转入新版流程: offered to the county office while a case runs on an older version of its procedure. */
export function NewVersion({ summary }: { summary: CaseSummary }) {
  const me = useQuery(meQuery)
  const procedures = useQuery(proceduresQuery)
  const [open, setOpen] = useState(false)
  const latest = procedures.data?.items.find((p) => p.name === summary.procedure)?.version ?? summary.version
  const mayMove = me.data?.grants.some((g) => g.role === 'county_office')
  if (summary.final || latest <= summary.version || !mayMove) return null
  return (
    <section className="panel">
      <h2>流程版本</h2>
      <p className="gap">
        本事项按第 {summary.version} 版流程办理，现行第 {latest} 版。
      </p>
      <Button onClick={() => setOpen(true)}>转入第 {latest} 版</Button>
      {open && <Move summary={summary} to={latest} onClose={() => setOpen(false)} />}
    </section>
  )
}

/** What would come of it is told first; what is confirmed is done, with the reason on record. */
function Move({ summary, to, onClose }: { summary: CaseSummary; to: number; onClose: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const id = useId()
  const keeper = useRef(new KeyKeeper())
  const [reason, setReason] = useState('')
  const send = (key: string, body: { to: number; dry_run?: boolean; reason?: string }) =>
    unwrap(api.POST('/cases/{id}/version', { params: { path: { id: summary.id }, header: { 'Idempotency-Key': key } }, body }))
  const trial = useQuery({ queryKey: ['case', summary.id, 'version', to, summary.seq], queryFn: () => send(newKey(), { to, dry_run: true }), gcTime: 0, retry: false })
  const act = useMutation({
    mutationFn: () => {
      const body = { to, reason: reason.trim() }
      return submit(keeper.current, body, (key) => send(key, body))
    },
    onSuccess: () => {
      message.success(`已转入第 ${to} 版流程`)
      onClose()
    },
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ['case', summary.id] }), client.invalidateQueries({ queryKey: ['tasks'] })]),
  })
  return (
    <Dialog title={`转入第 ${to} 版流程`} okText="确认转入" closeText="返回" okDisabled={!trial.data || !reason.trim()} busy={act.isPending} onOk={() => act.mutate()} onClose={onClose}>
      {trial.error ? <Alert type="warning" showIcon title={describe(trial.error)} /> : <Loaded query={trial}>{(move) => <Outcome move={move} state={summary.state_title} />}</Loaded>}
      <label className="labelled" htmlFor={id}>
        转版理由
        <Input.TextArea id={id} value={reason} maxLength={2000} rows={3} onChange={(e) => setReason(e.target.value)} />
      </label>
      {act.error && <Alert type="error" showIcon title={describe(act.error)} role="alert" />}
    </Dialog>
  )
}

/** The answer of the dry run in words. */
function Outcome({ move, state }: { move: VersionMove; state: string }) {
  const changes = [
    { title: '本环节不再有的办理', items: move.lost },
    { title: '本环节新增的办理', items: move.gained },
    { title: '停止的期限', items: move.stopped },
    { title: '新开始的期限', items: move.started },
  ].filter((c) => c.items.length > 0)
  return (
    <>
      <p>
        试算结果：环节仍为“{state}”，已有记录不变，其余期限照计。
        {changes.length === 0 && '本环节的办理和期限没有变化。'}
      </p>
      <ul>
        {changes.map((c) => (
          <li key={c.title}>
            {c.title}：{c.items.map((o) => o.title).join('、')}
          </li>
        ))}
      </ul>
    </>
  )
}
