import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { engagementsQuery } from '../../api/queries'
import type { AuditChoice } from '../../api/types'
import { ExportDialog } from '../../components/ExportButton'
import { useAct } from '../../lib/act'

interface Props {
  engagement: string
  choice: AuditChoice
}

/** 制作审计包: records, papers, files and proofs of the chosen cases in one signed file. */
export function PackageButton({ engagement, choice }: Props) {
  const client = useQueryClient()
  const [open, setOpen] = useState(false)
  const close = () => {
    setOpen(false)
    void client.invalidateQueries({ queryKey: ['exports'] })
  }
  const send = (reason: string, key: string) => unwrap(api.POST('/engagements/{id}/packages', { params: { path: { id: engagement }, header: { 'Idempotency-Key': key } }, body: { ...choice, reason } }))
  return (
    <>
      <Button onClick={() => setOpen(true)}>制作审计包</Button>
      {open && (
        <ExportDialog title="制作审计包" okText="制作" send={send} onClose={close}>
          包含办理记录原文、逐步说明、文书、附件和封存证明，个人信息按岗位脱敏。压缩包不用本系统也能打开和核对（见包内“说明.txt”）。用途、范围和下载均留存备查。
        </ExportDialog>
      )}
    </>
  )
}

/** 重放核对: puts a replay of the chosen cases in line; how far it is stands under the engagement. */
export function ReplayButton({ engagement, choice }: Props) {
  const client = useQueryClient()
  const { act, busy, faults } = useAct()
  const [started, setStarted] = useState('')
  const start = () =>
    void act(choice, (key) => unwrap(api.POST('/engagements/{id}/replays', { params: { path: { id: engagement }, header: { 'Idempotency-Key': key } }, body: choice })), async (r) => {
      setStarted(r.no)
      await client.invalidateQueries({ queryKey: ['engagements', 'replays', engagement] })
    })
  return (
    <>
      <Button loading={busy} onClick={start}>
        重放核对
      </Button>
      {started && (
        <span role="status" className="small">
          已开始 {started}，进度见审计任务的“重放核对”
        </span>
      )}
      {faults.length > 0 && <Alert type="error" role="alert" title={faults.join('；')} />}
    </>
  )
}

/** Both, under one of my valid engagements; nothing for who has none. */
export function TakeCases({ choice }: { choice: AuditChoice }) {
  const id = useId()
  const engagements = useQuery(engagementsQuery())
  const mine = (engagements.data?.items ?? []).filter((e) => e.can_draw)
  const [chosen, setChosen] = useState<string>()
  const engagement = chosen ?? mine[0]?.id
  if (!engagement) return null
  return (
    <span className="acts">
      {mine.length > 1 && (
        <label htmlFor={id}>
          审计任务{' '}
          <select id={id} value={engagement} onChange={(e) => setChosen(e.target.value)}>
            {mine.map((e) => (
              <option key={e.id} value={e.id}>
                {e.title}（{e.no}）
              </option>
            ))}
          </select>
        </label>
      )}
      <PackageButton engagement={engagement} choice={choice} />
      <ReplayButton engagement={engagement} choice={choice} />
    </span>
  )
}
