import { DownloadOutlined } from '@ant-design/icons'
import { useMutation, useQuery } from '@tanstack/react-query'
import { Alert, App, Button, Input } from 'antd'
import { type ReactNode, useId, useRef, useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { submit } from '../api/submit'
import type { ExportInput, ListExport } from '../api/types'
import { KeyKeeper } from '../lib/idempotency'
import { Dialog } from './Dialog'
import { ExportOutcome, making } from './ExportOutcome'

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
  const { message } = App.useApp()
  const keeper = useRef(new KeyKeeper())
  const [reason, setReason] = useState('')
  const ask = useMutation({
    mutationFn: () => submit(keeper.current, reason.trim(), (key) => send(reason.trim(), key)),
  })
  const progress = useQuery({
    queryKey: ['export', ask.data?.id],
    enabled: making(ask.data),
    queryFn: () => unwrap(api.GET('/exports/{id}', { params: { path: { id: ask.data?.id ?? '' } } })),
    refetchInterval: (q) => (q.state.data && !making(q.state.data) ? false : 1000),
  })
  const made = progress.data ?? ask.data
  const fine = reason.trim().length >= 4
  // What is being made is not lost with the dialog, and whoever closes it is told where it will be.
  const close = () => {
    if (making(made) && made?.list !== 'audit_package') void message.info('仍在后台生成，稍后从右上角账号菜单的“我的导出”下载')
    onClose()
  }
  return (
    <Dialog title={title} okText={made ? undefined : okText} okDisabled={!fine} busy={ask.isPending} onOk={() => ask.mutate()} onClose={close}>
      {!made && (
        <>
          <label htmlFor={id}>用途（不少于 4 个字）</label>
          <Input id={id} value={reason} maxLength={200} autoComplete="off" placeholder="如：季度工作调度会用" onChange={(e) => setReason(e.target.value)} onPressEnter={() => fine && ask.mutate()} />
          <p className="muted">{children}</p>
        </>
      )}
      {(ask.error || progress.error) && <Alert type="error" title={describe(ask.error ?? progress.error)} role="alert" />}
      {made && <ExportOutcome made={made} />}
    </Dialog>
  )
}
