import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Input } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../api/client'
import { adminRequestsQuery } from '../api/queries'
import type { AdminRequest } from '../api/types'
import { Dialog } from '../components/Dialog'
import { Faults } from '../components/Faults'
import { Loaded, Nothing } from '../components/PageState'
import { Pager, usePages } from '../components/Pager'
import { useAct } from '../lib/act'
import { formatTime } from '../lib/dates'
import { useTitle } from '../lib/hooks'

/** 管理申请: what touches an administrator, asked for by one and decided by another of a different kind. */
export function AdminRequests() {
  useTitle('管理申请')
  const pages = usePages('admin-requests')
  const requests = useQuery(adminRequestsQuery(pages.cursor))
  return (
    <div className="page">
      <div className="page-head">
        <h1>管理申请</h1>
        <span className="muted">授予、终止管理员岗位和停用管理员账号，由一类管理员提出、另一类批准</span>
      </div>
      <Loaded query={requests}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing title="没有申请">在“账号岗位”中为某个账号授予或终止管理员岗位、停用管理员账号时，申请会出现在这里。</Nothing>
          ) : (
            <>
              <RequestTable items={page.items} />
              <Pager pages={pages} next={page.next_cursor} count={page.items.length} />
            </>
          )
        }
      </Loaded>
    </div>
  )
}

export function RequestTable({ items }: { items: AdminRequest[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">申请</th>
          <th scope="col">提出</th>
          <th scope="col">结论</th>
          <th scope="col">操作</th>
        </tr>
      </thead>
      <tbody>
        {items.map((q) => (
          <tr key={q.id}>
            <td>
              <strong>{q.kind_title}</strong>：
              <Link className="underlined" to="/accounts/$id" params={{ id: q.user.id }}>
                {q.user.name}
              </Link>
              <div className="small">
                {[q.region_name, q.role_title].filter(Boolean).join(' · ')}
                {q.from && `，${q.from} 起`}
                {q.until && `，至 ${q.until}`}
              </div>
            </td>
            <td data-label="提出">
              {q.asked_by.name} <span className="small">{formatTime(q.asked_at)}</span>
              <div className="small">{q.reason}</div>
            </td>
            <td data-label="结论">
              <span className={`tag ${q.state === 'open' ? 'near' : 'normal'}`}>{q.state_title}</span>
              {q.decided_by && (
                <div className="small">
                  {q.decided_by.name}：{q.note}
                </div>
              )}
            </td>
            <td className="row-acts">{q.can_decide && <Decide request={q} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Decide({ request: q }: { request: AdminRequest }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const { act, busy, faults } = useAct()
  const id = useId()
  const [approve, setApprove] = useState<boolean>()
  const [note, setNote] = useState('')
  const word = approve ? '批准' : '不批准'
  const decide = () => {
    const body = { approve: approve === true, note: note.trim() }
    void act(body, () => unwrap(api.POST('/admin-requests/{id}', { params: { path: { id: q.id } }, body })), async () => {
      setApprove(undefined)
      void message.success(`已${word}`)
      await client.invalidateQueries()
    })
  }
  return (
    <>
      <Button type="primary" onClick={() => setApprove(true)}>
        批准
      </Button>
      <Button onClick={() => setApprove(false)}>不批准</Button>
      {approve !== undefined && (
        <Dialog title={`${word}：${q.kind_title}，${q.user.name}`} okText={`确认${word}`} closeText="返回" busy={busy} okDisabled={note.trim() === ''} onOk={decide} onClose={() => setApprove(undefined)}>
          <label htmlFor={id}>
            理由
            <Input id={id} value={note} maxLength={200} onChange={(e) => setNote(e.target.value)} />
          </label>
          <Faults list={faults} />
        </Dialog>
      )}
    </>
  )
}
