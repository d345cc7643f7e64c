import { createContext, useContext, useEffect, useRef, useState } from 'react'
import { PlaceChoice } from '../components/PlaceChoice'
import { SignSheet } from '../components/sign/SignSheet'
import { describe } from '../api/problem'
import type { Field } from '../api/types'
import { factsWords } from '../lib/facts'
import { type Piece, pieceOf } from '../lib/photo'
import { asksSignature } from '../lib/signing'
import { heldBytes, type HeldFile, hold, MOST_HELD, PHONE, refusal } from './held'
import type { Put, Store } from './store'
import './evidence.css'

// Photos and signatures of what is being filled in: taken, looked at, taken away again, all without a network.

/** Where the files of a form or a step are kept while it is filled in. */
export interface Holder {
  files: HeldFile[]
  /** Keeps a file; says why not, if it cannot be. */
  add: (piece: Piece) => Promise<{ held: HeldFile } | { refused: string }>
  remove: (id: string) => Promise<void>
  bytes: (id: string) => Promise<ArrayBuffer | undefined>
}

type Keep = (files: HeldFile[], put: Put[], drop: { kind: 'file'; id: string }[]) => Promise<void>

/** A holder over what a draft or an entry lists, and lists by the time something is added; keep writes the list and the bytes in one change. */
export function useHolder(store: Store, files: HeldFile[] = [], listed: () => HeldFile[], keep: Keep): Holder {
  return {
    files,
    add: async (piece) => {
      const refused = refusal(piece.file.size, listed().length, await heldBytes(store))
      if (refused) return { refused }
      const { held, put } = await hold(piece)
      try {
        await keep([...listed(), held], [put], [])
      } catch (err) {
        if (err instanceof DOMException && err.name === 'QuotaExceededError') return { refused: '手机存储空间不够，请联网上传或者清理后再拍' }
        throw err
      }
      return { held }
    },
    remove: (id) => keep(listed().filter((f) => f.id !== id), [], [{ kind: 'file', id }]),
    bytes: (id) => store.bytes(id),
  }
}

export const Holding = createContext<Holder | undefined>(undefined)

/** What may be taken as a photo; the server looks at the content. */
const PHOTOS = /^image\/(jpeg|png|webp)$/

interface TakeProps {
  holder: Holder
  kind: string
  title: string
  onTaken?: (held: HeldFile) => void
  onSaid: (said: string) => void
}

/** Takes a photo with the camera, or one that is on the phone. */
function Take({ holder, kind, title, onTaken, onSaid }: TakeProps) {
  const input = useRef<HTMLInputElement>(null)
  const [busy, setBusy] = useState(false)
  const take = async (files: File[]) => {
    setBusy(true)
    onSaid('')
    try {
      for (const original of files) {
        if (!PHOTOS.test(original.type)) {
          onSaid('只能用 jpg、png、webp 照片')
          continue
        }
        const piece = await pieceOf(kind, original, PHONE)
        const kept = await holder.add(piece)
        if ('refused' in kept) {
          onSaid(kept.refused)
          return
        }
        onTaken?.(kept.held)
        if (piece.said) onSaid(piece.said)
      }
    } catch (err) {
      onSaid(describe(err))
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        accept="image/*"
        data-take={kind}
        onChange={(e) => {
          void take([...(e.target.files ?? [])])
          e.target.value = ''
        }}
      />
      <button type="button" disabled={busy} onClick={() => input.current?.click()}>
        {busy ? '正在保存……' : title}
      </button>
    </>
  )
}

/** What was taken, each with when, where and by whom, and the way to take it away again. */
export function Taken({ holder, ids, fixed, onRemoved }: { holder: Holder; ids?: string[]; fixed?: boolean; onRemoved?: (id: string) => void }) {
  const files = holder.files.filter((f) => !ids || ids.includes(f.id))
  if (files.length === 0) return null
  const remove = async (id: string) => {
    onRemoved?.(id)
    await holder.remove(id)
  }
  return (
    <ul className="taken">
      {files.map((f) => (
        <li key={f.id} data-held={f.kind}>
          <Thumb holder={holder} file={f} />
          <p>
            {factsWords(f.facts) || f.name}
            <span className="muted num"> {Math.max(1, Math.round(f.size / 1024))} KB{f.sent && ' · 已上传'}</span>
          </p>
          {!fixed && !f.sent && (
            <button type="button" aria-label={`去掉 ${f.name}`} onClick={() => void remove(f.id)}>
              去掉
            </button>
          )}
        </li>
      ))}
    </ul>
  )
}

/** The picture itself, opened from what is sealed. */
function Thumb({ holder, file }: { holder: Holder; file: HeldFile }) {
  const [url, setUrl] = useState<string>()
  const { bytes } = holder
  useEffect(() => {
    let made: string | undefined
    let gone = false
    void bytes(file.id).then((b) => {
      if (!b || gone) return
      made = URL.createObjectURL(new Blob([b], { type: file.type }))
      setUrl(made)
    })
    return () => {
      gone = true
      if (made) URL.revokeObjectURL(made)
    }
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- a file never changes
  }, [file.id])
  return url ? <img src={url} alt={file.facts.signed ? `${file.facts.signed.name} 的签名` : `照片 ${file.name}`} /> : null
}

/** The kinds of files of a form, as the server names them. */
const OF_FORM = { photo: 'photo', page: 'signed', drawn: 'signature' }

/** 照片和签名 of a form: what is not asked by a question of its own. */
export function FormEvidence({ holder, places, names }: { holder: Holder; places: string[]; names: { household?: string; own?: string } }) {
  const [said, setSaid] = useState('')
  const [signing, setSigning] = useState(false)
  const sum = holder.files.reduce((n, f) => n + f.size, 0)
  return (
    <section className="panel" aria-labelledby="evidence">
      <h2 id="evidence">照片和签名</h2>
      <PlaceChoice />
      {signing ? (
        <SignSheet
          kind={OF_FORM.drawn}
          places={places}
          names={names}
          onCancel={() => setSigning(false)}
          onSigned={async (piece) => {
            const kept = await holder.add(piece)
            setSaid('refused' in kept ? kept.refused : '')
            setSigning(false)
          }}
        />
      ) : (
        <div className="acts">
          <Take holder={holder} kind={OF_FORM.photo} title="拍现场照片" onSaid={setSaid} />
          <Take holder={holder} kind={OF_FORM.page} title="拍签字页" onSaid={setSaid} />
          {places.length > 0 && (
            <button type="button" onClick={() => setSigning(true)}>
              屏上签名
            </button>
          )}
        </div>
      )}
      <Said said={said} />
      <Taken holder={holder} />
      {sum > 0 && (
        <p className="muted">
          这一份 {(sum / 1024 / 1024).toFixed(1)} 兆，随表一起上传；手机上待上传的照片合计最多 {MOST_HELD / 1024 / 1024} 兆。
        </p>
      )}
    </section>
  )
}

/** A question that is answered with photos or a signature. */
export function FilesField({ field, value, onChange }: { field: Field; value: unknown; onChange: (value: string[]) => void }) {
  const holder = useContext(Holding)
  const [said, setSaid] = useState('')
  const [signing, setSigning] = useState(false)
  const ids = Array.isArray(value) ? (value as string[]) : []
  // Several are taken one after the other before the page is drawn anew.
  const latest = useRef(ids)
  useEffect(() => {
    latest.current = ids
  })
  if (!holder) return <p className="muted">这里不能附文件，上传后请在电脑版“附件”中补。</p>
  const become = (next: string[]) => {
    latest.current = next
    onChange(next)
  }
  const taken = (held: HeldFile) => become([...latest.current, held.id])
  const signed = async (piece: Piece) => {
    const kept = await holder.add(piece)
    setSigning(false)
    if ('refused' in kept) setSaid(kept.refused)
    else taken(kept.held)
  }
  return (
    <>
      {/photo/.test(field.code) && <PlaceChoice />}
      {signing ? (
        <SignSheet kind={field.code} places={[]} onCancel={() => setSigning(false)} onSigned={signed} />
      ) : (
        <div className="acts">
          <Take holder={holder} kind={field.code} title="拍照" onTaken={taken} onSaid={setSaid} />
          {asksSignature(field) && (
            <button type="button" onClick={() => setSigning(true)}>
              屏上签名
            </button>
          )}
        </div>
      )}
      <Said said={said} />
      <Taken holder={holder} ids={ids} onRemoved={(id) => become(latest.current.filter((x) => x !== id))} />
    </>
  )
}

const Said = ({ said }: { said: string }) =>
  said ? (
    <p className="note warn" role="status">
      {said}
    </p>
  ) : null
