import { useId, useState } from 'react'
import { describe } from '../../api/problem'
import type { Piece } from '../../lib/photo'
import { likelyName, missingIn, signedPiece, type Signing } from '../../lib/signing'
import { Pad } from './Pad'
import './sign.css'

interface Props {
  /** The kind of file that the signature becomes. */
  kind: string
  /** The places on the paper; none where the question itself is the place. */
  places: string[]
  names?: { household?: string; own?: string }
  onSigned: (piece: Piece) => Promise<void> | void
  onCancel: () => void
}

/** Signing on the screen: where on the paper, who, for whom, and the signature itself. The desk and the phone share it. */
export function SignSheet({ kind, places, names = {}, onSigned, onCancel }: Props) {
  const id = useId()
  const first = places[0] ?? ''
  const [s, set] = useState<Signing>({ place: first, name: likelyName(first, names), proxy: false, relation: '', reason: '', strokes: [] })
  const [fault, setFault] = useState('')
  const [busy, setBusy] = useState(false)
  const change = (part: Partial<Signing>) => {
    set({ ...s, ...part })
    setFault('')
  }
  const finish = async () => {
    const missing = missingIn(s)
    if (missing) {
      setFault(missing)
      return
    }
    setBusy(true)
    try {
      const piece = await signedPiece(kind, s)
      if (piece) await onSigned(piece)
      else setFault('这个浏览器不能手写签名，请打印后手签，再上传扫描件')
    } catch (err) {
      setFault(describe(err))
    } finally {
      setBusy(false)
    }
  }
  const text = (part: 'name' | 'relation' | 'reason', title: string, maxLength: number) => (
    <div className="sign-item">
      <label htmlFor={`${id}-${part}`}>{title}</label>
      <input id={`${id}-${part}`} value={s[part]} maxLength={maxLength} onChange={(e) => change({ [part]: e.target.value })} />
    </div>
  )
  return (
    <div className="sign" role="group" aria-label="屏上签名">
      {places.length > 1 && (
        <fieldset className="sign-item">
          <legend>签在哪一处</legend>
          {places.map((place) => (
            <label key={place} className="sign-choice">
              <input type="radio" name={`${id}-place`} checked={s.place === place} onChange={() => change({ place, name: likelyName(place, names) })} />
              {place}
            </label>
          ))}
        </fieldset>
      )}
      {text('name', '签名人姓名', 30)}
      <fieldset className="sign-item">
        <legend>由谁签</legend>
        {[false, true].map((proxy) => (
          <label key={String(proxy)} className="sign-choice">
            <input type="radio" name={`${id}-proxy`} checked={s.proxy === proxy} onChange={() => change({ proxy })} />
            {proxy ? '代签' : '本人'}
          </label>
        ))}
      </fieldset>
      {s.proxy && text('relation', '代签人与本人的关系', 30)}
      {s.proxy && text('reason', '代签的原因', 200)}
      <Pad strokes={s.strokes} onChange={(strokes) => change({ strokes })} />
      <p>不能在屏上写的，请打印后手签，再把签字页拍照或扫描上传。</p>
      {fault && (
        <p className="sign-fault" role="alert">
          {fault}
        </p>
      )}
      <div className="sign-acts">
        <button type="button" className="main" disabled={busy} onClick={() => void finish()}>
          {busy ? '正在保存……' : '签好了'}
        </button>
        <button type="button" disabled={s.strokes.length === 0} onClick={() => change({ strokes: s.strokes.slice(0, -1) })}>
          撤销一笔
        </button>
        <button type="button" disabled={s.strokes.length === 0} onClick={() => change({ strokes: [] })}>
          重签
        </button>
        <button type="button" onClick={onCancel}>
          不签了
        </button>
      </div>
    </div>
  )
}
