import { useEffect, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { describe } from '../../api/problem'
import type { Answers, Field, FormRecord, Member } from '../../api/types'
import { formatTime } from '../../lib/dates'
import { Page } from '../App'
import type { Copy, FormCopy } from '../download'
import { type Holder, Holding, useHolder, Taken } from '../Evidence'
import { sendQueue, useEntries, useKept, useOnline } from '../field'
import { FormBody } from '../FormBody'
import { go } from '../path'
import { again, type Entry, type FormWork, type Mending, rowsOf, stateTitles, type StepWork } from '../queue'
import { fieldSteps, type Steps } from '../steps'
import type { Store } from '../store'
import { words } from '../words'
import { Export } from './Queue'

/** One entry of the queue: what the server said, what was entered and what is there now, and what to do about it. */
export function EntryPage({ store, id }: { store: Store; id: string }) {
  const entry = useEntries().find((e) => e.id === id)
  const [mending, setMending] = useState(false)
  const form = useForm(store, entry)
  const holder = useHolder(store, entry?.files, () => entry?.files ?? [], async (files, put, drop) => {
    if (entry) await store.change([...put, { kind: 'entry', id: entry.id, value: { ...entry, files } }], drop)
    await sendQueue(store)
  })
  if (!entry || !form) return <Page title="待上传" back="queue">{<p>{entry ? '正在打开……' : '没有这一份。'}</p>}</Page>
  const resend = async (change?: Mending) => {
    await store.put('entry', entry.id, again(entry, change))
    setMending(false)
    await sendQueue(store)
  }
  const open = entry.state === 'conflict' || entry.state === 'returned'
  return (
    <Page title={entry.title} back="queue">
      <section className="panel">
        <p>
          <span className={`tag ${entry.state}`}>{stateTitles[entry.state]}</span> {entry.subject}
        </p>
        <p className="muted">
          {formatTime(new Date(entry.at).toISOString())} 填写{entry.doneAt && `，${formatTime(new Date(entry.doneAt).toISOString())} 上传`}
        </p>
        {entry.said && <Said entry={entry} />}
        {entry.state === 'done' && entry.record && (
          <div className="acts">
            <a className="button" href={`/forms/${entry.record.id}`}>
              电脑版打开这份表
            </a>
          </div>
        )}
      </section>
      {mending ? (
        <section className="panel">
          <h2>修改后重新上传</h2>
          <Mend entry={entry} fields={form.fields} members={form.members} holder={holder} onSend={resend} />
        </section>
      ) : (
        <>
          {entry.state === 'conflict' && <Conflict entry={entry} fields={form.fields} onResend={resend} />}
          {entry.state !== 'done' && (
            <section className="panel">
              <h2>我填的</h2>
              <dl className="facts">
                {form.fields.map(
                  (f) =>
                    entry.answers[f.code] !== undefined && (
                      <div key={f.code}>
                        <dt>{f.title}</dt>
                        <dd>{words(f, entry.answers[f.code], form.members)}</dd>
                      </div>
                    ),
                )}
              </dl>
              <Taken holder={holder} fixed={!open || entry.work.kind === 'step'} />
              <div className="acts">
                {open && form.fields.length > 0 && (
                  <button type="button" className="main" onClick={() => setMending(true)}>
                    修改
                  </button>
                )}
                {entry.state === 'returned' && (
                  <button type="button" onClick={() => void resend()}>
                    原样再传
                  </button>
                )}
                <Export store={store} entries={[entry]} />
              </div>
            </section>
          )}
          {open && <GiveUp store={store} entry={entry} />}
        </>
      )}
    </Page>
  )
}

/** The questions of an entry, as far as they lie here. */
function useForm(store: Store, entry: Entry | undefined): { fields: Field[]; members: Member[] } | undefined {
  const work = entry?.work
  const [form] = useKept(async () => {
    if (!work) return undefined
    if (work.kind === 'form') {
      const copy = await store.get<Copy>('household', work.household)
      return { fields: (await store.get<FormCopy>('form', work.form))?.fields ?? [], members: copy?.members ?? [] }
    }
    const steps = await store.get<Steps>('events', work.case)
    const household = steps?.task.household?.id
    const copy = household ? await store.get<Copy>('household', household) : undefined
    return { fields: steps?.items.find((e) => e.event === work.event)?.form ?? [], members: copy?.members ?? [] }
  }, [store, entry?.id])
  return form ?? undefined
}

function Said({ entry }: { entry: Entry }) {
  const said = entry.said!
  return (
    <div className={entry.state === 'waiting' ? 'note warn' : 'note bad'}>
      <p>{said.message}</p>
      {entry.record && entry.state === 'returned' && <p>填的内容已在服务器存为草稿，只是没有定稿。</p>}
      <ul>
        {said.faults.map((f) => (
          <li key={`${f.field ?? ''} ${f.code} ${f.message}`}>· {f.message}</li>
        ))}
      </ul>
    </div>
  )
}

interface MendProps {
  entry: Entry
  fields: Field[]
  members: Member[]
  holder: Holder
  onSend: (m: Mending) => Promise<void>
}

function Mend({ entry, fields, members, holder, onSend }: MendProps) {
  const { work } = entry
  const [note, setNote] = useState(work.kind === 'form' ? work.note : '')
  return (
    <Holding.Provider value={holder}>
      <FormBody fields={fields} members={members} start={entry.answers} ways={[{ title: '重新上传', lenient: work.kind === 'form' && !work.finish, send: (answers) => onSend({ answers, note }) }]}>
        {work.kind === 'form' && (
          <div className="field">
            <label htmlFor="note">说明（检查结果须说明的，可在此写明）</label>
            <textarea id="note" maxLength={1000} value={note} onChange={(e) => setNote(e.target.value)} />
          </div>
        )}
      </FormBody>
    </Holding.Provider>
  )
}

interface ConflictProps {
  entry: Entry
  fields: Field[]
  onResend: (m?: Mending) => Promise<void>
}

function Conflict({ entry, fields, onResend }: ConflictProps) {
  const online = useOnline()
  if (!online) return <p className="note">联网后可以看系统里现在是什么。</p>
  return entry.work.kind === 'form' ? <FormConflict entry={entry} work={entry.work} fields={fields} onResend={onResend} /> : <StepConflict entry={entry} work={entry.work} onResend={onResend} />
}

/** The record that stands in the way: the one that was begun from here, or that of the same household, form and period. */
async function standing(entry: Entry, work: FormWork): Promise<FormRecord | undefined> {
  let id = entry.record?.id
  if (!id) {
    const page = await unwrap(api.GET('/form-records', { params: { query: { form: work.form, household_id: work.household, limit: 100 } } }))
    id = page.items.find((r) => r.period === work.period && !r.campaign_id && r.state !== 'void')?.id
  }
  return id ? unwrap(api.GET('/form-records/{id}', { params: { path: { id } } })) : undefined
}

function FormConflict({ entry, work, fields, onResend }: ConflictProps & { work: FormWork }) {
  const [theirs, setTheirs] = useState<FormRecord | null>()
  const [fault, setFault] = useState('')
  useEffect(() => {
    standing(entry, work).then((r) => setTheirs(r ?? null), (err: unknown) => setFault(describe(err)))
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- asked once for an entry
  }, [entry.id])
  if (fault) return <p className="note warn">{fault}</p>
  if (theirs === undefined) return <p>正在读取系统里的这份表……</p>
  if (theirs === null) {
    return (
      <section className="panel">
        <p>系统里现在没有这份表，可以再传。</p>
        <div className="acts">
          <button type="button" className="main" onClick={() => void onResend()}>
            再传
          </button>
        </div>
      </section>
    )
  }
  const { item } = theirs
  const there: Answers = Object.fromEntries(theirs.answers.map((a) => [a.code, a.value]))
  const differ = fields.filter((f) => words(f, entry.answers[f.code]) !== words(f, there[f.code]))
  return (
    <section className="panel">
      <h2>系统里已有这份表</h2>
      <p>
        {item.state_title} · {item.entered_by.name} {formatTime(item.updated_at)} 录入
      </p>
      {differ.length === 0 ? (
        <p>两份内容相同。</p>
      ) : (
        <table className="differ">
          <thead>
            <tr>
              <th scope="col">项目</th>
              <th scope="col">我填的</th>
              <th scope="col">系统里的</th>
            </tr>
          </thead>
          <tbody>
            {differ.map((f) => (
              <tr key={f.code}>
                <th scope="row">{f.title}</th>
                <td>{words(f, entry.answers[f.code])}</td>
                <td>{words(f, there[f.code])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {theirs.can.includes('save') ? (
        <div className="acts">
          <button type="button" className="main" onClick={() => void onResend({ record: { id: item.id, version: item.row_version } })}>
            用我填的代替
          </button>
        </div>
      ) : (
        <p className="muted">系统里的这份已经定稿或不由您填写，不能代替。要改的，请先在电脑版作废原表。</p>
      )}
    </section>
  )
}

function StepConflict({ entry, work, onResend }: Omit<ConflictProps, 'fields'> & { work: StepWork }) {
  const [now, setNow] = useState<{ seq: number; state: string; may: boolean }>()
  const [fault, setFault] = useState('')
  useEffect(() => {
    unwrap(api.GET('/cases/{id}/events/allowed', { params: { path: { id: work.case } } })).then(
      (a) => setNow({ seq: a.seq, state: a.state_title, may: fieldSteps(a).some((e) => e.event === work.event) }),
      (err: unknown) => setFault(describe(err)),
    )
  }, [work.case, work.event])
  if (fault) return <p className="note warn">{fault}</p>
  if (!now) return <p>正在读取这件事项的现状……</p>
  return (
    <section className="panel">
      <h2>这件事项已经变了</h2>
      <p>
        我要办的：{entry.title}。现在的环节：{now.state}。
      </p>
      {now.may ? (
        <div className="acts">
          <button type="button" className="main" onClick={() => void onResend({ seq: now.seq })}>
            按现在的环节再办
          </button>
        </div>
      ) : (
        <p className="muted">现在的环节不能再办这一步，可能已由他人办理。</p>
      )}
    </section>
  )
}

/** The only way that something typed goes without having been sent: by one's own word, said twice. */
function GiveUp({ store, entry }: { store: Store; entry: Entry }) {
  const [asking, setAsking] = useState(false)
  const drop = async () => {
    await store.change([], rowsOf(entry))
    go('queue')
    await sendQueue(store)
  }
  return (
    <section className="panel">
      {asking ? (
        <>
          <p>放弃后，我填的这份内容即从手机删去，不能恢复。</p>
          <div className="acts">
            <button type="button" className="danger" onClick={() => void drop()}>
              确认放弃
            </button>
            <button type="button" onClick={() => setAsking(false)}>
              不放弃
            </button>
          </div>
        </>
      ) : (
        <button type="button" className="danger" onClick={() => setAsking(true)}>
          放弃我填的
        </button>
      )}
    </section>
  )
}
