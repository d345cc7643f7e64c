import { useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Alert, App, Button, Input } from 'antd'
import { useRef, useState } from 'react'
import { attachToForm } from '../../api/attach'
import { api, unwrap } from '../../api/client'
import { ApiError, describe } from '../../api/problem'
import { formRecordQuery, meQuery } from '../../api/queries'
import { submit } from '../../api/submit'
import type { Answers, Fault, FormAct, FormRecord } from '../../api/types'
import { EventForm } from '../../components/EventForm'
import { LiveSums } from '../../components/LiveSums'
import { Loaded } from '../../components/PageState'
import { SignDialog } from '../../components/sign/SignDialog'
import { formatTime } from '../../lib/dates'
import { useTitle } from '../../lib/hooks'
import { KeyKeeper } from '../../lib/idempotency'
import type { Piece } from '../../lib/photo'
import { AddAttachment, AttachmentList } from '../case/AttachmentPanel'
import { optional } from './optional'
import { Print } from './Print'
import { RowsAnswer } from './RowsAnswer'

const route = getRouteApi('/staff/forms/$id')

/** One filled form: its answers, what they come to, what is to be mended, and what may be done. */
export function FormRecordPage() {
  const { id } = route.useParams()
  const record = useQuery(formRecordQuery(id))
  return (
    <div className="page" key={id}>
      <Loaded query={record}>{(r) => <RecordView record={r} />}</Loaded>
    </div>
  )
}

const send = (record: FormRecord, action: FormAct, key: string, more: { answers?: Answers; note?: string } = {}) =>
  unwrap(api.POST('/form-records/{id}/acts', { params: { path: { id: record.item.id }, header: { 'Idempotency-Key': key } }, body: { action, row_version: record.item.row_version, ...more } }))

export function RecordView({ record }: { record: FormRecord }) {
  const { item } = record
  useTitle(item.info.title)
  const [editing, setEditing] = useState(false)
  const refresh = useRefresh()
  const me = useQuery(meQuery)
  const draft = { user: me.data?.user.id ?? '', subject: item.id, event: `form:${item.row_version}` }
  const given = Object.fromEntries(record.answers.filter((a) => !a.hidden).map((a) => [a.code, a.value]))
  return (
    <>
      <section className="panel case-head">
        <div className="case-title">
          <h1>{item.info.title}</h1>
          <span className="tag info">{item.state_title}</span>
        </div>
        <p className="muted">
          {item.subject} {item.unit} · {item.region_name} {item.period} · 采集 {item.collector.name} · 录入 {item.entered_by.name}
          {item.checked_by && ` · 复核 ${item.checked_by.name}`}
        </p>
        {item.info.subject === 'household' && (
          <Link to="/households/$id" params={{ id: item.subject_id }}>
            返回农户
          </Link>
        )}
        {item.state !== 'void' && (
          <div className="acts">
            <Print title={item.info.title} get={(purpose, format) => unwrap(api.POST('/form-records/{id}/file', { params: { path: { id: item.id } }, body: { purpose, format }, parseAs: 'blob' }))} />
          </div>
        )}
      </section>
      <Remarks record={record} />
      <section className="panel">
        {editing ? (
          <EventForm
            fields={optional(record.fields)}
            given={given}
            givenFirst
            draft={draft}
            submitText="保存草稿"
            send={(answers, key) => send(record, 'save', key, { answers })}
            onDone={() => {
              setEditing(false)
              refresh()
            }}
            onCancel={() => setEditing(false)}
          >
            {record.sums && <LiveSums fields={record.fields} sums={record.sums} />}
          </EventForm>
        ) : (
          <>
            <dl className="facts gap">
              {record.answers.map((a) => {
                const rows = record.fields.find((f) => f.code === a.code && f.kind === 'rows')
                return (
                  <div key={a.code} className={rows && 'full'}>
                    <dt>{a.title}</dt>
                    <dd>{rows && Array.isArray(a.value) ? <RowsAnswer field={rows} rows={a.value as Record<string, unknown>[]} /> : a.text || '—'}</dd>
                  </div>
                )
              })}
            </dl>
            {record.can.includes('save') && <Button onClick={() => setEditing(true)}>填写</Button>}
          </>
        )}
      </section>
      <Files record={record} onDone={refresh} />
      {!editing && <Acts record={record} onDone={refresh} />}
      <History record={record} />
    </>
  )
}

/** The kind of a signature that was drawn here; it is not chosen from among files. */
const DRAWN = 'signature'

/** Pictures, signatures and scans of the form; the signed paper may still be added to a finished one. */
function Files({ record, onDone }: { record: FormRecord; onDone: () => void }) {
  const me = useQuery(meQuery)
  const [signing, setSigning] = useState(false)
  const add = async (piece: Piece) => {
    await attachToForm(record.item.id, piece)
    onDone()
  }
  const kinds = record.attachment_kinds.filter((k) => k.code !== DRAWN).map((k) => ({ value: k.code, label: k.title }))
  return (
    <section className="panel" aria-label="附件">
      <h2>附件和签名</h2>
      <AttachmentList attachments={record.attachments} />
      {record.can.includes('attach') && (
        <>
          <AddAttachment kinds={kinds} title="上传附件" add={add} />
          {record.sign_places.length > 0 && (
            <div className="acts">
              <Button onClick={() => setSigning(true)}>屏上签名</Button>
            </div>
          )}
        </>
      )}
      {signing && (
        <SignDialog
          title="屏上签名"
          kind={DRAWN}
          places={record.sign_places}
          names={{ household: record.item.info.subject === 'household' ? record.item.subject : undefined, own: me.data?.user.name }}
          onSigned={add}
          onClose={() => setSigning(false)}
        />
      )}
    </section>
  )
}

function useRefresh() {
  const client = useQueryClient()
  return () => void client.invalidateQueries({ queryKey: ['form-records'] })
}

const grades = { error: 'error', finding: 'warning', warning: 'info', clue: 'warning', problem: 'warning' } as const

/** What is computed, and what the checks say. */
function Remarks({ record }: { record: FormRecord }) {
  if (record.values.length + record.findings.length + record.faults.length === 0) return null
  return (
    <section className="panel">
      <h2>计算和检查</h2>
      <ul>
        {record.values.map((v) => v.text && <li key={v.code}>{v.text}</li>)}
      </ul>
      {record.findings.map((f) => (
        <Alert className="gap" key={f.code + (f.field ?? '') + f.message} type={grades[f.severity]} showIcon title={f.message} />
      ))}
      {record.faults.length > 0 && (
        <details>
          <summary>还有 {record.faults.length} 项没有填好</summary>
          <Faults faults={record.faults} />
        </details>
      )}
    </section>
  )
}

function Faults({ faults }: { faults: Fault[] }) {
  return (
    <ul>
      {faults.map((f) => (
        <li key={`${f.field ?? ''} ${f.code} ${f.message}`}>{f.message}</li>
      ))}
    </ul>
  )
}

const acts: { action: FormAct; title: string; danger?: boolean }[] = [
  { action: 'finish', title: '填完定稿' },
  { action: 'check', title: '复核通过' },
  { action: 'void', title: '作废', danger: true },
]

function Acts({ record, onDone }: { record: FormRecord; onDone: () => void }) {
  const keeper = useRef(new KeyKeeper())
  const { message } = App.useApp()
  const [note, setNote] = useState('')
  const [refused, setRefused] = useState<ApiError>()
  const mine = acts.filter((a) => record.can.includes(a.action))
  if (mine.length === 0) return null
  const act = async (action: FormAct, title: string) => {
    setRefused(undefined)
    const more = note.trim() === '' ? {} : { note: note.trim() }
    try {
      await submit(keeper.current, { action, ...more }, (key) => send(record, action, key, more))
      message.success(`${title}成功`)
      onDone()
    } catch (err) {
      if (!(err instanceof ApiError)) throw err
      setRefused(err)
    }
  }
  return (
    <section className="panel">
      <h2>办理</h2>
      <Input.TextArea className="gap" aria-label="说明" placeholder="对检查结果的说明、复核意见或者作废理由" value={note} maxLength={1000} rows={2} onChange={(e) => setNote(e.target.value)} />
      {refused && <Alert className="gap" type="error" showIcon role="alert" title={describe(refused)} description={<Faults faults={refused.faults} />} />}
      <div className="acts">
        {mine.map((a) => (
          <Button key={a.action} type={a.danger ? 'default' : 'primary'} danger={a.danger} onClick={() => void act(a.action, a.title)}>
            {a.title}
          </Button>
        ))}
      </div>
    </section>
  )
}

function History({ record }: { record: FormRecord }) {
  return (
    <section className="panel">
      <h2>办理经过</h2>
      <ul>
        {record.history.map((h) => (
          <li key={h.row_version}>
            {formatTime(h.at)} {h.by.name} {h.title}
            {h.note && `：${h.note}`}
          </li>
        ))}
      </ul>
    </section>
  )
}
