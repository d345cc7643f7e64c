import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input } from 'antd'
import { useId, useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { describe } from '../../api/problem'
import { submit } from '../../api/submit'
import type { Paper, PaperOffer } from '../../api/types'
import { Dialog } from '../../components/Dialog'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { KeyKeeper } from '../../lib/idempotency'

type Purpose = 'print' | 'sign' | 'file' | 'check'

const offersOf = (id: string) => ({ queryKey: ['case', id, 'paper-offers'], queryFn: () => unwrap(api.GET('/papers/offers', { params: { query: { case_id: id } } })) })
const papersOf = (id: string) => ({ queryKey: ['case', id, 'papers'], queryFn: () => unwrap(api.GET('/papers', { params: { query: { case_id: id, limit: 100 } } })) })

/** The bytes are those that were kept when the paper was issued. */
const fileOf = (id: string, format: 'pdf' | 'docx', purpose: Purpose) => `/api/v1/papers/${id}/file?format=${format}&purpose=${purpose}`

/** 文书: what has been issued about the case, and what can be issued now. */
export function PapersPanel({ id }: { id: string }) {
  const papers = useQuery(papersOf(id))
  const offers = useQuery(offersOf(id))
  const [chosen, setChosen] = useState<PaperOffer>()
  const [voiding, setVoiding] = useState<Paper>()
  return (
    <>
      <Loaded query={papers}>{(page) => <Issued papers={page.items} onVoid={setVoiding} />}</Loaded>
      <h3 className="gap">可以出具的文书</h3>
      <Loaded query={offers}>{(list) => <Offers offers={list.items} onChoose={setChosen} />}</Loaded>
      {chosen && <Issue id={id} offer={chosen} onClose={() => setChosen(undefined)} />}
      {voiding && <Void id={id} paper={voiding} onClose={() => setVoiding(undefined)} />}
    </>
  )
}

function Issued({ papers, onVoid }: { papers: Paper[]; onVoid: (p: Paper) => void }) {
  if (papers.length === 0) return <p className="muted gap">还没有签发文书。</p>
  return (
    <ul className="uploaded gap" aria-label="已签发的文书">
      {papers.map((p) => (
        <li key={p.id} data-paper={p.number}>
          <strong>{p.title}</strong> <span className="num">{p.number}</span> {p.voided_at && <span className="tag overdue">已作废</span>}
          <span className="muted num">
            {formatTime(p.issued_at)} {p.issued_by}
            {p.publish_by && ` · ${p.publish_by} 前公开`}
            {p.void_reason && `；${p.voided_by} 作废：${p.void_reason}`}
          </span>
          {p.can_open ? (
            <span className="filters">
              <a href={fileOf(p.id, 'pdf', 'print')} download>
                PDF
              </a>
              <a href={fileOf(p.id, 'docx', 'print')} download>
                Word
              </a>
              {p.can_void && (
                <Button size="small" onClick={() => onVoid(p)}>
                  作废
                </Button>
              )}
            </span>
          ) : (
            <span className="muted">（按权限不能查看内容）</span>
          )}
        </li>
      ))}
    </ul>
  )
}

function Offers({ offers, onChoose }: { offers: PaperOffer[]; onChoose: (o: PaperOffer) => void }) {
  if (offers.length === 0) return <p className="muted gap">这类事项没有可以出具的文书。</p>
  return (
    <ul className="uploaded gap" aria-label="可以出具的文书">
      {offers.map((o) => (
        <li key={o.kind} data-offer={o.kind}>
          {o.can_issue ? <Button onClick={() => onChoose(o)}>{o.title}</Button> : <span>{o.title}</span>}
          <span className="muted">{o.can_issue ? `由${o.office}出具` : o.why_not}</span>
        </li>
      ))}
    </ul>
  )
}

/** First a draft to look at, then the issue: the number is given and the text frozen. */
function Issue({ id, offer, onClose }: { id: string; offer: PaperOffer; onClose: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const label = useId()
  const keeper = useRef(new KeyKeeper())
  const [texts, setTexts] = useState<Record<string, string>>({})
  const body = {
    kind: offer.kind,
    case_id: id,
    texts: Object.entries(texts)
      .filter(([, text]) => text.trim() !== '')
      .map(([code, text]) => ({ code, text: text.trim() })),
  }
  const preview = useMutation({
    mutationFn: () => unwrap(api.POST('/papers/preview', { body: { ...body, purpose: 'check' }, parseAs: 'blob' })),
    onSuccess: (blob) => save(blob as unknown as Blob, `${offer.title}（草稿）.pdf`),
  })
  const issue = useMutation({
    mutationFn: () => submit(keeper.current, body, (key) => unwrap(api.POST('/papers', { params: { header: { 'Idempotency-Key': key } }, body: { ...body, purpose: 'print' } }))),
    onSuccess: (paper) => {
      void message.success(`已签发：${paper.number}`)
      onClose()
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['case', id] }),
  })
  const fault = preview.error ?? issue.error
  return (
    <Dialog title={offer.title} okText="签发" closeText="返回" busy={issue.isPending} onOk={() => issue.mutate()} onClose={onClose}>
      <p>由{offer.office}出具。签发后编号并固定内容，不能修改；有误的作废后重新出具。</p>
      {offer.fields.map((f) => (
        <label className="labelled" key={f.code} htmlFor={`${label}-${f.code}`}>
          {f.title}
          {f.required && '（必填）'}
          <Input.TextArea
            id={`${label}-${f.code}`}
            value={texts[f.code] ?? ''}
            maxLength={8000}
            rows={3}
            onChange={(e) => setTexts((old) => ({ ...old, [f.code]: e.target.value }))}
          />
        </label>
      ))}
      <p>
        <Button loading={preview.isPending} onClick={() => preview.mutate()}>
          预览草稿
        </Button>
      </p>
      {fault && <Alert type="error" showIcon title={describe(fault)} role="alert" />}
    </Dialog>
  )
}

function save(blob: Blob, name: string) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}

function Void({ id, paper, onClose }: { id: string; paper: Paper; onClose: () => void }) {
  const client = useQueryClient()
  const label = useId()
  const keeper = useRef(new KeyKeeper())
  const [reason, setReason] = useState('')
  const act = useMutation({
    mutationFn: () => {
      const body = { reason: reason.trim() }
      return submit(keeper.current, body, (key) => unwrap(api.POST('/papers/{id}/void', { params: { path: { id: paper.id }, header: { 'Idempotency-Key': key } }, body })))
    },
    onSuccess: onClose,
    onSettled: () => client.invalidateQueries({ queryKey: ['case', id] }),
  })
  return (
    <Dialog title={`作废 ${paper.number}`} okText="确认作废" closeText="返回" okDisabled={reason.trim().length < 4} busy={act.isPending} onOk={() => act.mutate()} onClose={onClose}>
      <p>作废后文号不再使用，记录保留。</p>
      <label className="labelled" htmlFor={label}>
        作废理由
        <Input.TextArea id={label} value={reason} maxLength={500} rows={3} onChange={(e) => setReason(e.target.value)} />
      </label>
      {act.error && <Alert type="error" showIcon title={describe(act.error)} role="alert" />}
    </Dialog>
  )
}
