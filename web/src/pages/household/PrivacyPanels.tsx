import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Input, Radio } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { erasuresQuery, seenQuery } from '../../api/queries'
import type { Erasure, ErasureGround, Household, Member } from '../../api/types'
import { Dialog } from '../../components/Dialog'
import { Loaded } from '../../components/PageState'
import { useAct } from '../../lib/act'
import { formatTime } from '../../lib/dates'

const grounds: { value: ErasureGround; label: string }[] = [
  { value: 'withdrawn', label: '撤回授权' },
  { value: 'expired', label: '保存期满' },
  { value: 'wrong', label: '非本人或者不必要' },
  { value: 'unlawful', label: '违法收集' },
]

/** 删除个人信息: what was asked for in this household, and the decision of the second person. */
export function Erasures({ household, members }: { household: Household; members: Member[] }) {
  const list = useQuery(erasuresQuery(household.id))
  const [asking, setAsking] = useState(false)
  const [deciding, setDeciding] = useState<Erasure>()
  const name = (id: string) => members.find((m) => m.id === id)?.name ?? '（已删除）'
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>删除个人信息</h2>
        <Button onClick={() => setAsking(true)}>申请删除</Button>
      </div>
      <Loaded query={list}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">没有申请。</p>
          ) : (
            <ul className="lines">
              {items.map((x) => (
                <li key={x.id}>
                  <strong>{name(x.member_id)}</strong> <span className="tag">{x.state_title}</span> {x.ground_title}：{x.reason}
                  <br />
                  <span className="muted num">
                    {x.asked_by} 申请于 {formatTime(x.asked_at)}
                    {x.decided_by && `；${x.decided_by}：${x.note}`}
                    {x.done_at && `；删除于 ${formatTime(x.done_at)}`}
                  </span>{' '}
                  {x.can_decide && (
                    <Button size="small" onClick={() => setDeciding(x)}>
                      审批
                    </Button>
                  )}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
      {asking && <Ask household={household.id} members={members} onClose={() => setAsking(false)} />}
      {deciding && <Decide erasure={deciding} name={name(deciding.member_id)} onClose={() => setDeciding(undefined)} />}
    </section>
  )
}

function useAgain(household: string) {
  const client = useQueryClient()
  return () => client.invalidateQueries({ queryKey: ['household', household] })
}

function Ask({ household, members, onClose }: { household: string; members: Member[]; onClose: () => void }) {
  const id = useId()
  const again = useAgain(household)
  const [member, setMember] = useState('')
  const [ground, setGround] = useState<ErasureGround>()
  const [reason, setReason] = useState('')
  const { act, busy, faults } = useAct()
  const body = ground && { member_id: member, ground, reason: reason.trim() }
  const send = () =>
    body &&
    act(
      body,
      (key) => unwrap(api.POST('/erasures', { params: { header: { 'Idempotency-Key': key } }, body })),
      async () => {
        await again()
        onClose()
      },
    )
  return (
    <Dialog title="申请删除个人信息" okText="提交申请" closeText="返回" okDisabled={!member || !ground || reason.trim().length < 4} busy={busy} onOk={send} onClose={onClose}>
      <p>由县级办公室另一人审批，批准后由系统管理员执行。办理记录保留，其中的个人信息不能恢复。</p>
      <p className="labelled-text">成员</p>
      <Radio.Group className="choices" aria-label="成员" value={member} options={members.map((m) => ({ value: m.id, label: m.name }))} onChange={(e) => setMember(e.target.value as string)} />
      <p className="labelled-text">理由</p>
      <Radio.Group className="choices" aria-label="理由" value={ground} options={grounds} onChange={(e) => setGround(e.target.value as ErasureGround)} />
      <label className="labelled" htmlFor={id}>
        依据的申请或者文件（不写姓名和号码）
        <Input.TextArea id={id} value={reason} maxLength={500} rows={2} onChange={(e) => setReason(e.target.value)} />
      </label>
      {faults.map((f) => (
        <Alert key={f} type="error" title={f} role="alert" />
      ))}
    </Dialog>
  )
}

function Decide({ erasure, name, onClose }: { erasure: Erasure; name: string; onClose: () => void }) {
  const id = useId()
  const again = useAgain(erasure.household_id)
  const [decision, setDecision] = useState<'approved' | 'refused'>()
  const [note, setNote] = useState('')
  const { act, busy, faults } = useAct()
  const body = decision && { decision, note: note.trim() }
  const send = () =>
    body &&
    act(
      body,
      (key) => unwrap(api.POST('/erasures/{id}/decision', { params: { path: { id: erasure.id }, header: { 'Idempotency-Key': key } }, body })),
      async () => {
        await again()
        onClose()
      },
    )
  return (
    <Dialog title={`审批：删除 ${name} 的个人信息`} okText="确定" closeText="返回" okDisabled={!decision || note.trim().length < 2} busy={busy} onOk={send} onClose={onClose}>
      <p>
        {erasure.asked_by} 申请，{erasure.ground_title}：{erasure.reason}
      </p>
      <Radio.Group
        className="stacked"
        aria-label="审批"
        value={decision}
        options={[
          { value: 'approved', label: '批准，删除后不能恢复' },
          { value: 'refused', label: '不批准' },
        ]}
        onChange={(e) => setDecision(e.target.value as 'approved' | 'refused')}
      />
      <label className="labelled" htmlFor={id}>
        意见
        <Input id={id} value={note} maxLength={500} onChange={(e) => setNote(e.target.value)} />
      </label>
      {faults.map((f) => (
        <Alert key={f} type="error" title={f} role="alert" />
      ))}
    </Dialog>
  )
}

/** 查阅情况: who has seen what of this household, folded away until it is asked for. */
export function Seen({ household }: { household: string }) {
  const [open, setOpen] = useState(false)
  const list = useQuery({ ...seenQuery(household), enabled: open })
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>查阅情况</h2>
        {!open && <Button onClick={() => setOpen(true)}>查看</Button>}
      </div>
      {open && (
        <Loaded query={list}>
          {({ items, total }) => (
            <>
              <p className="muted num">
                共 {total} 次，列出最近 {items.length} 次
              </p>
              <table className="list">
                <thead>
                  <tr>
                    <th scope="col">时间</th>
                    <th scope="col">人员</th>
                    <th scope="col">行为</th>
                    <th scope="col">内容</th>
                    <th scope="col">用途</th>
                  </tr>
                </thead>
                <tbody>
                  {items.map((x, i) => (
                    <tr key={`${x.at}${i}`}>
                      <td className="num">{formatTime(x.at)}</td>
                      <td data-label="人员">
                        {x.by}（{x.role}）
                      </td>
                      <td data-label="行为">{x.action}</td>
                      <td data-label="内容">{x.what}</td>
                      <td data-label="用途">{x.purpose ?? '—'}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </>
          )}
        </Loaded>
      )}
    </section>
  )
}
