import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, Button } from 'antd'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import type { ListExport } from '../api/types'
import { formatTime } from '../lib/dates'

const troubles: Record<string, string> = {
  too_many_rows: '行数超过本地规定的上限，请缩小范围后再导出',
  role_lost: '岗位或者审计任务已有变动，不能继续导出',
  scope_changed: '所选事项已有变动，不在审计任务的范围内，请重新选择',
  record_damaged: '有事项的记录与封存的不符，不能制作审计包；请先重放核对，找出不一致的事项',
  failed: '导出没有成功，请稍后再试',
}

/** Where the file of an export is fetched. */
const fileOf = (id: string) => `/api/v1/exports/${encodeURIComponent(id)}/file`

/** Whether an export is still being made. */
export const making = (x?: ListExport) => x?.state === 'waiting' || x?.state === 'running'

/** How far an export is, and its file: of a list a workbook, of an engagement an evidence package. */
export function ExportOutcome({ made }: { made: ListExport }) {
  if (making(made)) return made.list === 'audit_package' ? <PackageGoing made={made} /> : <ListGoing made={made} />
  if (made.state === 'expired') return <p className="muted">{made.list === 'audit_package' ? '文件已经过期，可以重新制作。' : '文件已经过期，请到原来的列表重新导出。'}</p>
  if (made.state === 'cancelled') return <Alert type="info" role="alert" title="导出已取消" />
  if (made.state !== 'ready') return <Alert type="error" role="alert" title={troubles[made.code ?? ''] ?? troubles.failed} />
  return made.list === 'audit_package' ? <PackageFile made={made} /> : <ListFile made={made} />
}

function ListGoing({ made }: { made: ListExport }) {
  const { total, rows } = made
  return (
    <>
      {total ? <progress max={total} value={Math.min(rows, total)} aria-label="进度" /> : <progress aria-label="进度" />}
      <p role="status" className="num">
        {made.state === 'waiting' ? '等待生成。' : total ? `正在生成，已写 ${rows} / ${total} 行。` : `正在生成，已写 ${rows} 行。`}
        可以关闭，稍后从右上角账号菜单的“我的导出”下载。
      </p>
      <CancelExport id={made.id} text="取消导出" />
    </>
  )
}

function ListFile({ made }: { made: ListExport }) {
  return (
    <p role="status">
      已生成 {made.rows} 行，编号 {made.no}。
      <a className="underlined" href={fileOf(made.id)} download={`${made.no}.xlsx`}>
        下载工作簿
      </a>
      {made.expires_at && <span className="small num">　保留至 {formatTime(made.expires_at)}</span>}
    </p>
  )
}

function PackageGoing({ made }: { made: ListExport }) {
  const total = Math.max(made.total ?? 0, 1)
  return (
    <>
      <progress max={total} value={made.rows} aria-label="进度" />
      <p role="status" className="num">
        正在制作，已写 {made.rows} / {total} 个事项。可以离开，稍后在审计任务的“审计包和重放核对”中下载。
      </p>
      <CancelExport id={made.id} text="取消制作" />
    </>
  )
}

function PackageFile({ made }: { made: ListExport }) {
  return (
    <>
      <p role="status">
        已制作 {made.rows} 个事项，编号 {made.no}。
        <a className="underlined" href={fileOf(made.id)} download={`${made.no}.zip`}>
          下载审计包
        </a>
      </p>
      <p className="hash">SHA-256 {made.sha256}</p>
    </>
  )
}

/** Stops an export, or takes its file away before its time; that it was taken stays on record. */
export function CancelExport({ id, text }: { id: string; text: string }) {
  const client = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => unwrap(api.DELETE('/exports/{id}', { params: { path: { id } } })),
    onSuccess: (now) => {
      client.setQueryData(['export', id], now)
      return client.invalidateQueries({ queryKey: ['exports'] })
    },
  })
  return (
    <>
      <Button danger loading={cancel.isPending} onClick={() => cancel.mutate()}>
        {text}
      </Button>
      {cancel.error && <Alert type="error" role="alert" title={describe(cancel.error)} />}
    </>
  )
}
