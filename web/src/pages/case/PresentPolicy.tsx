import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input } from 'antd'
import { useId, useRef, useState } from 'react'
import type { PolicyMove } from '../../api/admin'
import { api, unwrap } from '../../api/client'
import { describe } from '../../api/problem'
import { submit } from '../../api/submit'
import type { CaseDetail, CaseSummary } from '../../api/types'
import { Dialog } from '../../components/Dialog'
import { Loaded } from '../../components/PageState'
import { formatLimit } from '../../lib/dates'
import { KeyKeeper, newKey } from '../../lib/idempotency'

/** 改用现行政策: offered to the county office while a case keeps values that are no longer those in force. */
export function PresentPolicy({ detail }: { detail: CaseDetail }) {
  const [open, setOpen] = useState(false)
  const { summary, policy_keys = [] } = detail
  if (policy_keys.length === 0) return null
  return (
    <section className="panel" aria-label="政策参数">
      <h2>政策参数</h2>
      <p>本事项按开启时的政策办理，与现行的有 {policy_keys.length} 项不同：</p>
      <ul className="gap plain-rows">
        {policy_keys.map((k) => (
          <li key={k.code}>{k.title}</li>
        ))}
      </ul>
      <Button onClick={() => setOpen(true)}>改用现行政策</Button>
      {open && <Move summary={summary} onClose={() => setOpen(false)} />}
    </section>
  )
}

/** What would come of it is told first; what is confirmed is done, with the reason on record. */
function Move({ summary, onClose }: { summary: CaseSummary; onClose: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const id = useId()
  const keeper = useRef(new KeyKeeper())
  const [reason, setReason] = useState('')
  const send = (key: string, body: { dry_run?: boolean; reason?: string }) =>
    unwrap(api.POST('/cases/{id}/policy', { params: { path: { id: summary.id }, header: { 'Idempotency-Key': key } }, body }))
  const trial = useQuery({ queryKey: ['case', summary.id, 'policy', summary.seq], queryFn: () => send(newKey(), { dry_run: true }), gcTime: 0, retry: false })
  const act = useMutation({
    mutationFn: () => {
      const body = { reason: reason.trim() }
      return submit(keeper.current, body, (key) => send(key, body))
    },
    onSuccess: () => {
      message.success('已改用现行政策')
      onClose()
    },
    onSettled: () => Promise.all([client.invalidateQueries({ queryKey: ['case', summary.id] }), client.invalidateQueries({ queryKey: ['tasks'] })]),
  })
  return (
    <Dialog title="改用现行政策" okText="确认改用" closeText="返回" okDisabled={!trial.data || !reason.trim()} busy={act.isPending} onOk={() => act.mutate()} onClose={onClose}>
      {trial.error ? <Alert type="warning" showIcon title={describe(trial.error)} /> : <Loaded query={trial}>{(move) => <Outcome move={move} />}</Loaded>}
      <label className="labelled" htmlFor={id}>
        改用的理由
        <Input.TextArea id={id} value={reason} maxLength={2000} rows={3} onChange={(e) => setReason(e.target.value)} />
      </label>
      {act.error && <Alert type="error" showIcon title={describe(act.error)} role="alert" />}
    </Dialog>
  )
}

/** The answer of the dry run in words. */
function Outcome({ move }: { move: PolicyMove }) {
  return (
    <>
      <p>试算结果：环节和已有记录不变，此后按现行的{move.keys.map((k) => `“${k.title}”`).join('、')}办理。</p>
      {move.clocks.length === 0 ? (
        <p>正在计算的期限都不变。</p>
      ) : (
        <ul>
          {move.clocks.map((k) => (
            <li key={k.code}>
              {k.title}：由 {formatLimit(k.due_before)} 改为 {formatLimit(k.due_after)}
            </li>
          ))}
        </ul>
      )}
    </>
  )
}
