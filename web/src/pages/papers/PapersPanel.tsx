import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Checkbox, Input, Radio } from 'antd'
import { useId, useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { describe } from '../../api/problem'
import { submit } from '../../api/submit'
import type { Paper, PaperOffer, PaperPurpose } from '../../api/types'
import { Dialog } from '../../components/Dialog'
import { PaperPreview, Pdf } from '../../components/Preview'
import { ExportButton } from '../../components/ExportButton'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { save } from '../../lib/save'
import { KeyKeeper } from '../../lib/idempotency'

/** What papers are about: a case, a programme, or an area. */
export type About = { case_id: string } | { programme_id: string } | { village: string }

// What a case has is asked anew with the case, after every step.
const keyOf = (about: About) => ('case_id' in about ? ['case', about.case_id] : ['papers', about])
const offersOf = (about: About) => ({ queryKey: [...keyOf(about), 'offers'], queryFn: () => unwrap(api.GET('/papers/offers', { params: { query: about } })) })
const papersOf = (about: About) => ({ queryKey: [...keyOf(about), 'papers'], queryFn: () => unwrap(api.GET('/papers', { params: { query: { ...about, limit: 100 } } })) })

/** The bytes are those that were kept when the paper was issued. */
const fileOf = (id: string, format: 'pdf' | 'docx', purpose: PaperPurpose) => `/api/v1/papers/${id}/file?format=${format}&purpose=${purpose}`

/** An issue or a voiding stands in the record of the case too. */
const useRefresh = () => {
  const client = useQueryClient()
  return () => Promise.all(['papers', 'case'].map((key) => client.invalidateQueries({ queryKey: [key] })))
}

/** 文书: what has been issued about it, and what can be issued now. */
export function PapersPanel({ about }: { about: About }) {
  const papers = useQuery(papersOf(about))
  return (
    <>
      <Loaded query={papers}>
        {(page) => (
          <>
            {page.items.length > 0 && <ExportButton list="papers" filter={about} />}
            <Issued papers={page.items} />
          </>
        )}
      </Loaded>
      <h3 className="gap">可以出具的文书</h3>
      <Offered about={about} />
    </>
  )
}

/** 可以出具的文书, each with its form. */
export function Offered({ about }: { about: About }) {
  const offers = useQuery(offersOf(about))
  const [chosen, setChosen] = useState<PaperOffer>()
  return (
    <>
      <Loaded query={offers}>{(list) => <Offers offers={list.items} onChoose={setChosen} />}</Loaded>
      {chosen && <Issue about={about} offer={chosen} onClose={() => setChosen(undefined)} />}
    </>
  )
}

/** 已签发的文书: their files, the voiding of a wrong one, and many at once to print with a sheet to sign. */
export function Issued({ papers }: { papers: Paper[] }) {
  const [picked, setPicked] = useState<string[]>([])
  const [bundling, setBundling] = useState(false)
  const [voiding, setVoiding] = useState<Paper>()
  const ready = papers.filter((p) => p.can_open && !p.voided_at)
  const chosen = ready.filter((p) => picked.includes(p.id))
  const pick = (id: string, on: boolean) => setPicked(on ? [...picked, id] : picked.filter((x) => x !== id))
  return (
    <>
      {ready.length > 1 && (
        <p className="filters">
          <Checkbox checked={chosen.length === ready.length} indeterminate={chosen.length > 0 && chosen.length < ready.length} onChange={(e) => setPicked(e.target.checked ? ready.map((p) => p.id) : [])}>
            全选
          </Checkbox>
          <Button disabled={chosen.length === 0} onClick={() => setBundling(true)}>
            合订打印 {chosen.length} 份（附签收单）
          </Button>
        </p>
      )}
      <List papers={papers} picked={picked} onPick={ready.length > 1 ? pick : undefined} onVoid={setVoiding} />
      {bundling && <Bundle papers={chosen} onClose={() => setBundling(false)} />}
      {voiding && <Void paper={voiding} onClose={() => setVoiding(undefined)} />}
    </>
  )
}

function List({ papers, picked, onPick, onVoid }: { papers: Paper[]; picked: string[]; onPick?: (id: string, on: boolean) => void; onVoid: (p: Paper) => void }) {
  const [looking, setLooking] = useState<Paper>()
  if (papers.length === 0) return <p className="muted gap">还没有签发文书。</p>
  return (
    <>
      <ul className="uploaded gap" aria-label="已签发的文书">
        {papers.map((p) => (
          <li key={p.id} data-paper={p.number}>
            {onPick && p.can_open && !p.voided_at && <Checkbox aria-label={`选中 ${p.number}`} checked={picked.includes(p.id)} onChange={(e) => onPick(p.id, e.target.checked)} />}
            <strong>{p.title}</strong> <span className="num">{p.number}</span> {p.voided_at && <span className="tag overdue">已作废</span>}
            <span className="muted num">
              {p.person && `${p.person} · `}
              {formatTime(p.issued_at)} {p.issued_by}
              {p.publish_by && ` · ${p.publish_by} 前公开`}
              {p.void_reason && `；${p.voided_by} 作废：${p.void_reason}`}
            </span>
            {p.can_open ? (
              <span className="filters">
                <Button size="small" onClick={() => setLooking(p)} aria-label={`预览 ${p.number}`}>
                  预览
                </Button>
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
      {looking && <PaperPreview paper={looking} onClose={() => setLooking(undefined)} />}
    </>
  )
}

function Offers({ offers, onChoose }: { offers: PaperOffer[]; onChoose: (o: PaperOffer) => void }) {
  if (offers.length === 0) return <p className="muted gap">没有可以出具的文书。</p>
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
function Issue({ about, offer, onClose }: { about: About; offer: PaperOffer; onClose: () => void }) {
  const refresh = useRefresh()
  const { message } = App.useApp()
  const label = useId()
  const keeper = useRef(new KeyKeeper())
  const [texts, setTexts] = useState<Record<string, string>>({})
  const body = {
    kind: offer.kind,
    ...('village' in about ? { region: about.village } : about),
    texts: Object.entries(texts)
      .filter(([, text]) => text.trim() !== '')
      .map(([code, text]) => ({ code, text: text.trim() })),
  }
  const draft = `${offer.title}（草稿）`
  const preview = useMutation({
    mutationFn: async () => (await unwrap(api.POST('/papers/preview', { body: { ...body, purpose: 'check' }, parseAs: 'blob' }))) as unknown as Blob,
    gcTime: 0,
  })
  const issue = useMutation({
    mutationFn: () => submit(keeper.current, body, (key) => unwrap(api.POST('/papers', { params: { header: { 'Idempotency-Key': key } }, body: { ...body, purpose: 'print' } }))),
    onSuccess: (paper) => {
      void message.success(`已签发：${paper.number}`)
      onClose()
    },
    onSettled: refresh,
  })
  const fault = preview.error ?? issue.error
  return (
    <Dialog title={offer.title} okText="签发" closeText="返回" busy={issue.isPending} onOk={() => issue.mutate()} onClose={onClose}>
      <p>由{offer.office}出具。签发后编号并固定内容，不能修改；有误的作废后重新出具。</p>
      {offer.fields.map((f) => (
        <label className="labelled" key={f.code} htmlFor={`${label}-${f.code}`}>
          {f.title}
          {f.required && '（必填）'}
          {f.day ? (
            <Input id={`${label}-${f.code}`} type="date" value={texts[f.code] ?? ''} onChange={(e) => setTexts((old) => ({ ...old, [f.code]: e.target.value }))} />
          ) : (
            <Input.TextArea
              id={`${label}-${f.code}`}
              value={texts[f.code] ?? ''}
              maxLength={8000}
              rows={3}
              onChange={(e) => setTexts((old) => ({ ...old, [f.code]: e.target.value }))}
            />
          )}
        </label>
      ))}
      <p>
        <Button loading={preview.isPending} onClick={() => preview.mutate()}>
          预览草稿
        </Button>
      </p>
      {fault && <Alert type="error" showIcon title={describe(fault)} role="alert" />}
      {preview.data && (
        <Dialog title={draft} wide onClose={preview.reset}>
          <Pdf blob={preview.data} name={draft} file={`${draft}.pdf`} />
        </Dialog>
      )}
    </Dialog>
  )
}

const purposes: { value: PaperPurpose; label: string }[] = [
  { value: 'sign', label: '送达签字' },
  { value: 'print', label: '打印张贴' },
  { value: 'file', label: '归档' },
  { value: 'check', label: '核对' },
]

/** Many papers as one file, the sheet to sign in front. */
export function Bundle({ papers, onClose }: { papers: Paper[]; onClose: () => void }) {
  const label = useId()
  const [place, setPlace] = useState('')
  const [on, setOn] = useState('')
  const [purpose, setPurpose] = useState<PaperPurpose>('sign')
  const make = useMutation({
    mutationFn: () => unwrap(api.POST('/papers/bundle', { body: { ids: papers.map((p) => p.id), place: place.trim() || undefined, on: on || undefined, purpose }, parseAs: 'blob' })),
    onSuccess: (blob) => {
      save(blob as unknown as Blob, '文书合订.pdf')
      onClose()
    },
  })
  return (
    <Dialog title={`合订打印 ${papers.length} 份文书`} okText="下载 PDF" closeText="返回" busy={make.isPending} onOk={() => make.mutate()} onClose={onClose}>
      <p>首页为签收单，一份一行，由收件人签字。每份的下载都留有记录。</p>
      <Radio.Group className="stacked" aria-label="用途" value={purpose} options={purposes} onChange={(e) => setPurpose(e.target.value as PaperPurpose)} />
      <label className="labelled" htmlFor={`${label}place`}>
        集中签字地点（可不填）
        <Input id={`${label}place`} value={place} maxLength={50} onChange={(e) => setPlace(e.target.value)} />
      </label>
      <label className="labelled" htmlFor={`${label}on`}>
        集中签字日（可不填）
        <Input id={`${label}on`} type="date" value={on} onChange={(e) => setOn(e.target.value)} />
      </label>
      {make.error && <Alert type="error" showIcon title={describe(make.error)} role="alert" />}
    </Dialog>
  )
}

function Void({ paper, onClose }: { paper: Paper; onClose: () => void }) {
  const refresh = useRefresh()
  const label = useId()
  const keeper = useRef(new KeyKeeper())
  const [reason, setReason] = useState('')
  const act = useMutation({
    mutationFn: () => {
      const body = { reason: reason.trim() }
      return submit(keeper.current, body, (key) => unwrap(api.POST('/papers/{id}/void', { params: { path: { id: paper.id }, header: { 'Idempotency-Key': key } }, body })))
    },
    onSuccess: onClose,
    onSettled: refresh,
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
