import { DownloadOutlined } from '@ant-design/icons'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Input } from 'antd'
import { type ReactNode, useId, useRef, useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { submit } from '../api/submit'
import type { ExportInput, ListExport } from '../api/types'
import { KeyKeeper } from '../lib/idempotency'
import { Dialog } from './Dialog'

const troubles: Record<string, string> = {
  too_many_rows: '行数超过本地规定的上限，请缩小范围后再导出',
  role_lost: '岗位或者审计任务已有变动，不能继续导出',
  scope_changed: '所选事项已有变动，不在审计任务的范围内，请重新选择',
  record_damaged: '有事项的记录与封存的不符，不能制作审计包；请先重放核对，找出不一致的事项',
  failed: '导出没有成功，请稍后再试',
}

/** Where the file of an export is fetched. */
const fileOf = (id: string) => `/api/v1/exports/${encodeURIComponent(id)}/file`

const running = (x?: ListExport) => x?.state === 'waiting' || x?.state === 'running'

interface Props {
  list: ExportInput['list']
  /** The conditions that the list is shown with; the id of the record that it belongs to. */
  filter?: object
  /** What is exported, where a page has several lists. */
  text?: string
}

/** 导出: a list as a workbook, for a written reason; made in the background when it is long. */
export function ExportButton({ list, filter = {}, text = '导出' }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <Button icon={<DownloadOutlined aria-hidden />} onClick={() => setOpen(true)}>
        {text}
      </Button>
      {open && <ListDialog list={list} filter={filter} onClose={() => setOpen(false)} />}
    </>
  )
}

function ListDialog({ list, filter, onClose }: { list: ExportInput['list']; filter: object; onClose: () => void }) {
  const set = Object.entries(filter).filter(([, value]) => value !== undefined && value !== '')
  const send = (reason: string, key: string) => unwrap(api.POST('/exports', { params: { header: { 'Idempotency-Key': key } }, body: { list, reason, filter: Object.fromEntries(set) } }))
  return (
    <ExportDialog title="导出列表" okText="导出" send={send} onClose={onClose}>
      按列表当前的全部条件导出，行数和次序与列表相同。内容已脱敏并带有您的姓名和编号的水印，用途、范围和下载均留存备查。
    </ExportDialog>
  )
}

interface DialogProps {
  title: string
  okText: string
  send: (reason: string, key: string) => Promise<ListExport>
  /** What the file holds. */
  children: ReactNode
  onClose: () => void
}

/** Asks for the reason of an export, and follows it until the file is there. */
export function ExportDialog({ title, okText, send, children, onClose }: DialogProps) {
  const id = useId()
  const keeper = useRef(new KeyKeeper())
  const [reason, setReason] = useState('')
  const ask = useMutation({
    mutationFn: () => submit(keeper.current, reason.trim(), (key) => send(reason.trim(), key)),
  })
  const progress = useQuery({
    queryKey: ['export', ask.data?.id],
    enabled: running(ask.data),
    queryFn: () => unwrap(api.GET('/exports/{id}', { params: { path: { id: ask.data?.id ?? '' } } })),
    refetchInterval: (q) => (q.state.data && !running(q.state.data) ? false : 1000),
  })
  const made = progress.data ?? ask.data
  const fine = reason.trim().length >= 4
  return (
    <Dialog title={title} okText={made ? undefined : okText} okDisabled={!fine} busy={ask.isPending} onOk={() => ask.mutate()} onClose={onClose}>
      {!made && (
        <>
          <label htmlFor={id}>用途（不少于 4 个字）</label>
          <Input id={id} value={reason} maxLength={200} autoComplete="off" placeholder="如：季度工作调度会用" onChange={(e) => setReason(e.target.value)} onPressEnter={() => fine && ask.mutate()} />
          <p className="muted">{children}</p>
        </>
      )}
      {(ask.error || progress.error) && <Alert type="error" title={describe(ask.error ?? progress.error)} role="alert" />}
      {made && <Outcome made={made} />}
    </Dialog>
  )
}

function Outcome({ made }: { made: ListExport }) {
  if (made.list === 'audit_package') return <PackageOutcome made={made} />
  if (running(made)) return <p role="status">正在生成，已写 {made.rows} 行……请稍候。</p>
  if (made.state !== 'ready') return <Failed made={made} />
  return (
    <p role="status">
      已生成 {made.rows} 行，编号 {made.no}。
      <a href={fileOf(made.id)} download={`${made.no}.xlsx`}>
        下载工作簿
      </a>
    </p>
  )
}

const Failed = ({ made }: { made: ListExport }) => <Alert type="error" role="alert" title={troubles[made.code ?? ''] ?? '导出已取消'} />

/** How far an evidence package is, and its file. */
export function PackageOutcome({ made }: { made: ListExport }) {
  const total = Math.max(made.total ?? 0, 1)
  if (running(made))
    return (
      <>
        <progress max={total} value={made.rows} aria-label="进度" />
        <p role="status" className="num">
          正在制作，已写 {made.rows} / {total} 个事项。可以离开，稍后在审计任务的“审计包和重放核对”中下载。
        </p>
        <CancelExport id={made.id} />
      </>
    )
  if (made.state !== 'ready') return <Failed made={made} />
  return (
    <>
      <p role="status">
        已制作 {made.rows} 个事项，编号 {made.no}。
        <a href={fileOf(made.id)} download={`${made.no}.zip`}>
          下载审计包
        </a>
      </p>
      <p className="hash">SHA-256 {made.sha256}</p>
    </>
  )
}

function CancelExport({ id }: { id: string }) {
  const client = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => unwrap(api.DELETE('/exports/{id}', { params: { path: { id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['export', id] }),
  })
  return (
    <Button danger loading={cancel.isPending} onClick={() => cancel.mutate()}>
      取消制作
    </Button>
  )
}
