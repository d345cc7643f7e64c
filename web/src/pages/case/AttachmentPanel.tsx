import { useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Select } from 'antd'
import { useId, useRef, useState } from 'react'
import { ACCEPT, attach, MAX_BYTES } from '../../api/attach'
import { describe } from '../../api/problem'
import type { Attachment, CaseDetail } from '../../api/types'
import { FileLink } from '../../components/FileLink'
import { PlaceChoice } from '../../components/PlaceChoice'
import { formatTime } from '../../lib/dates'
import { factsWords } from '../../lib/facts'
import { type Piece, pieceOf } from '../../lib/photo'

/** What may be attached outside a form. The end photo of a notice is asked for by its clock (2.3). */
function kindsOf(procedure: string) {
  const other = { value: 'other', label: '其他材料' }
  return procedure === 'village_notice' ? [{ value: 'end_photo', label: '公示期满照片' }, other] : [other]
}

/** 附件: all files of the case, and adding one. */
export function AttachmentPanel({ detail }: { detail: CaseDetail }) {
  const { attachments, summary } = detail
  const client = useQueryClient()
  const add = async (piece: Piece) => {
    await attach(summary.id, piece)
    await client.invalidateQueries({ queryKey: ['case', summary.id] })
  }
  return (
    <>
      <AttachmentList attachments={attachments} />
      {!summary.final && <AddAttachment kinds={kindsOf(summary.procedure)} title="补传附件" add={add} />}
    </>
  )
}

export function AttachmentList({ attachments }: { attachments: Attachment[] }) {
  return (
    <>
      {attachments.length === 0 && <p className="muted gap">还没有附件。</p>}
      <ul className="uploaded gap">
        {attachments.map((a) => (
          <li key={a.id}>
            <FileLink file={a} />
            <span className="muted num">
              {sizeOf(a.size)} · {formatTime(a.at)} {a.by}
            </span>
            <Told facts={a.facts} />
          </li>
        ))}
      </ul>
    </>
  )
}

/** When and where a picture was taken, or who signed. */
function Told({ facts }: { facts: Attachment['facts'] }) {
  const words = factsWords(facts)
  return words ? <span className="num">{words}</span> : null
}

function sizeOf(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

/** Choosing a kind and a file; on a phone the camera is among what may be chosen. */
export function AddAttachment({ kinds, title, add }: { kinds: { value: string; label: string }[]; title: string; add: (piece: Piece) => Promise<void> }) {
  const input = useRef<HTMLInputElement>(null)
  const label = useId()
  const [kind, setKind] = useState(kinds[0]!.value)
  const [busy, setBusy] = useState(false)
  const [fault, setFault] = useState('')
  const [said, setSaid] = useState('')
  const send = async (file: File | undefined) => {
    if (!file) return
    setFault(file.size > MAX_BYTES ? '超过 20 兆，请压缩后再传' : '')
    if (file.size > MAX_BYTES) return
    setBusy(true)
    try {
      const piece = await pieceOf(kind, file)
      setSaid(piece.said ?? '')
      await add(piece)
    } catch (err) {
      setFault(describe(err))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <div className="filters">
        <label htmlFor={label}>
          材料种类
          <Select id={label} style={{ minWidth: '11rem' }} value={kind} options={kinds} onChange={setKind} />
        </label>
        <input
          ref={input}
          type="file"
          className="offscreen"
          tabIndex={-1}
          aria-hidden
          accept={ACCEPT}
          data-field="attachment"
          onChange={(e) => {
            void send(e.target.files?.[0])
            e.target.value = ''
          }}
        />
        <Button loading={busy} onClick={() => input.current?.click()}>
          {title}
        </Button>
      </div>
      <PlaceChoice />
      {said && <Alert type="info" title={said} role="status" />}
      {fault && <Alert type="error" title={fault} role="alert" />}
    </>
  )
}
