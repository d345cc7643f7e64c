import { CloseOutlined, UploadOutlined } from '@ant-design/icons'
import { useQueryClient } from '@tanstack/react-query'
import { Alert, Button } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { ACCEPT, attach, contentOf, MAX_BYTES } from '../../api/attach'
import { describe } from '../../api/problem'
import type { Attachment, Field } from '../../api/types'
import { type Piece, pieceOf } from '../../lib/photo'
import { asksSignature } from '../../lib/signing'
import { PlaceChoice } from '../PlaceChoice'
import { SignDialog } from '../sign/SignDialog'
import { useSurroundings } from './context'

interface Props {
  field: Field
  id?: string
  value?: string[]
  onChange?: (value: string[]) => void
}

/** Files of one field. Each is uploaded at once and the form holds its id. */
export function FilesInput({ field, id, value = [], onChange }: Props) {
  const { caseId, attachments } = useSurroundings()
  const client = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const present = useRef(value)
  useEffect(() => {
    present.current = value
  }, [value])
  const [known, setKnown] = useState<Attachment[]>([])
  const [busy, setBusy] = useState(0)
  const [faults, setFaults] = useState<string[]>([])
  const [said, setSaid] = useState('')
  const [signing, setSigning] = useState(false)
  if (!caseId) return <span className="muted">登记成功后，可在案件页的“附件”中上传。</span>

  const add = async (piece: Piece) => {
    const one = await attach(caseId, piece)
    setSaid((old) => piece.said ?? old)
    setKnown((old) => [...old, one])
    present.current = [...present.current, one.id]
    onChange?.(present.current)
    await client.invalidateQueries({ queryKey: ['case', caseId], exact: true })
  }
  const choose = async (files: File[]) => {
    setFaults([])
    setSaid('')
    setBusy((n) => n + files.length)
    for (const file of files) {
      try {
        if (file.size > MAX_BYTES) throw new TooLarge()
        await add(await pieceOf(field.code, file))
      } catch (err) {
        setFaults((old) => [...old, `${file.name}：${err instanceof TooLarge ? '超过 20 兆，请压缩后再传' : describe(err)}`])
      } finally {
        setBusy((n) => n - 1)
      }
    }
  }

  const nameOf = (key: string) => [...known, ...(attachments ?? [])].find((a) => a.id === key)?.name ?? key
  return (
    <div>
      <input
        ref={input}
        type="file"
        className="offscreen"
        tabIndex={-1}
        aria-hidden
        multiple
        accept={ACCEPT}
        data-field={field.code}
        onChange={(e) => {
          void choose([...(e.target.files ?? [])])
          e.target.value = ''
        }}
      />
      <Button id={id} icon={<UploadOutlined aria-hidden />} loading={busy > 0} onClick={() => input.current?.click()}>
        {busy > 0 ? `正在上传 ${busy} 个` : `上传${field.title}`}
      </Button>
      {asksSignature(field) && (
        <>
          {' '}
          <Button onClick={() => setSigning(true)}>屏上签名</Button>
        </>
      )}
      <span className="muted"> 照片、PDF、Word、Excel，每个不超过 20 兆</span>
      {/photo/.test(field.code) && <PlaceChoice />}
      {said && <Alert type="info" title={said} />}
      {faults.map((f) => (
        <Alert key={f} type="error" title={f} />
      ))}
      <ul className="uploaded" aria-live="polite">
        {value.map((key) => (
          <li key={key}>
            <a href={contentOf(key)} target="_blank" rel="noreferrer">
              {nameOf(key)}
            </a>
            <Button type="text" size="small" icon={<CloseOutlined aria-hidden />} aria-label={`移除 ${nameOf(key)}`} onClick={() => onChange?.(value.filter((k) => k !== key))} />
          </li>
        ))}
      </ul>
      {signing && <SignDialog title={field.title} kind={field.code} places={[]} onSigned={add} onClose={() => setSigning(false)} />}
    </div>
  )
}

class TooLarge extends Error {}
