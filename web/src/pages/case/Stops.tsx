import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input, Radio } from 'antd'
import { useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { describe } from '../../api/problem'
import { stopsQuery } from '../../api/queries'
import { submit } from '../../api/submit'
import type { ClockStop, StopAction, StopList } from '../../api/types'
import { Dialog } from '../../components/Dialog'
import { formatTime } from '../../lib/dates'
import { KeyKeeper } from '../../lib/idempotency'

const states = { pending: '待县级批准', refused: '未批准', running: '计时中止', over: '已恢复' } as const
const titles: Record<StopAction, string> = { stop_request: '申请中止计时', suspend: '批准中止', stop_refuse: '不批准', resume: '恢复计时' }

/** 中止计时: the ledger of stops with ground and approver, and what I may do about it. */
export function Stops({ id }: { id: string }) {
  const { data } = useQuery(stopsQuery(id))
  const [acting, setActing] = useState<StopAction>()
  if (!data || (data.items.length === 0 && data.may.length === 0)) return null
  return (
    <section className="clock">
      <strong>中止计时台账</strong>
      {data.items.length === 0 && <p className="muted">没有中止过计时。</p>}
      <ul className="sum num">
        {data.items.map((s) => (
          <Entry key={s.asked_at} stop={s} />
        ))}
      </ul>
      {(data.may as StopAction[]).map((a) => (
        <Button key={a} className="gap" onClick={() => setActing(a)} data-stop={a}>
          {titles[a]}
        </Button>
      ))}
      {acting && <Ask id={id} action={acting} list={data} onClose={() => setActing(undefined)} />}
    </section>
  )
}

function Entry({ stop: s }: { stop: ClockStop }) {
  return (
    <li>
      <span className={`tag ${s.state === 'running' || s.state === 'pending' ? 'near' : ''}`}>{states[s.state]}</span> {s.cause_title}：{s.basis}
      <div className="muted">
        {s.asked_by.name} {formatTime(s.asked_at)} 申请
        {s.decided_at && `；${s.decided_by?.name} ${formatTime(s.decided_at)} ${s.state === 'refused' ? '不批准' : '批准'}`}
        {s.resumed_at && `；${s.resumed_by?.name} ${formatTime(s.resumed_at)} 恢复`}
      </div>
    </li>
  )
}

function Ask({ id, action, list, onClose }: { id: string; action: StopAction; list: StopList; onClose: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const keeper = useRef(new KeyKeeper())
  const [cause, setCause] = useState<string>()
  const [reason, setReason] = useState('')
  const asks = action === 'stop_request'
  const act = useMutation({
    mutationFn: () => {
      const body = { action, reason, ...(asks ? { cause } : {}) }
      return submit(keeper.current, body, (key) => unwrap(api.POST('/cases/{id}/suspension', { params: { path: { id }, header: { 'Idempotency-Key': key } }, body })))
    },
    onSuccess: () => {
      message.success(`已${titles[action]}`)
      onClose()
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['case', id] }),
  })
  return (
    <Dialog title={titles[action]} okText="确认" closeText="返回" okDisabled={!reason.trim() || (asks && !cause)} busy={act.isPending} onOk={() => act.mutate()} onClose={onClose}>
      {asks && <Radio.Group aria-label="法定情形" className="stacked" value={cause} onChange={(e) => setCause(e.target.value as string)} options={list.causes.map((c) => ({ value: c.code, label: c.title }))} />}
      <label className="gap">
        {asks ? '依据（命令、文书名称和文号）' : '理由'}
        <Input.TextArea value={reason} maxLength={2000} rows={3} onChange={(e) => setReason(e.target.value)} />
      </label>
      <p className="muted">只有法律法规规定的情形和救灾命令可以中止计时。由县级另一人批准，恢复后余下的时间照给，全程留有台账。</p>
      {act.error && <Alert type="error" showIcon title={describe(act.error)} role="alert" />}
    </Dialog>
  )
}
