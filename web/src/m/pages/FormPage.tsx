import { useEffect, useMemo, useRef, useState } from 'react'
import { describe } from '../../api/problem'
import type { Answers, FormSums, Member } from '../../api/types'
import { Sums } from '../../components/Sums'
import { inChina } from '../../lib/dates'
import { newKey } from '../../lib/idempotency'
import { serverNow } from '../../lib/now'
import { useAccount } from '../account'
import { Page } from '../App'
import { type Copy, type FormCopy, takeForm, takeHousehold } from '../download'
import { FormEvidence, useHolder } from '../Evidence'
import { sendQueue, useOnline } from '../field'
import { FormBody } from '../FormBody'
import type { HeldFile } from '../held'
import { go } from '../path'
import type { Entry } from '../queue'
import type { Store } from '../store'

/** A year, a month or a day, as the server takes it; nothing is allowed too. */
const PERIOD = /^(\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?)?$/

/** A form half filled in, with the keys under which it will be sent. */
interface Draft {
  answers: Answers
  period: string
  note: string
  openKey: string
  actKey: string
  /** Photos and signatures; drafts of older versions of this page have none. */
  files?: HeldFile[]
}

interface Ready {
  form: FormCopy
  given: Answers
  draft: Draft
  restored: boolean
  subject: string
  members: Member[]
  /** How many people the register counts, as far as the household lies here. */
  population?: number
}

/** What the form begins with: what was typed before, what was taken along, or what the server knows now. */
async function begin(store: Store, household: string, code: string, online: boolean): Promise<Ready | undefined> {
  const before = await store.get<Draft>('draft', `${household}:${code}`)
  const copy = (await store.get<Copy>('household', household)) ?? (online ? await takeHousehold(store, household, []) : undefined)
  let form = await store.get<FormCopy>('form', code)
  let given = copy?.blanks.find((b) => b.info.code === code)?.answers
  if (online && (!form || (!given && !before))) {
    const fresh = await takeForm(store, code, household)
    form = fresh
    given = fresh.answers
  }
  if (!form) return undefined
  const draft = before ?? { answers: given ?? {}, period: inChina(serverNow()).format('YYYY'), note: '', openKey: newKey(), actKey: newKey() }
  return { form, given: given ?? {}, draft, restored: before !== undefined, subject: copy?.household.head_name ?? '', members: copy?.members ?? [], population: copy?.household.population }
}

function sumsOf({ form: { sums }, population }: Ready): FormSums | undefined {
  if (!sums) return undefined
  const registered = population === undefined ? undefined : { population }
  return { ...sums, world: { ...sums.world, today: inChina(serverNow()).format('YYYY-MM-DD'), registered } }
}

/** 填表 about a household, with or without a network. */
export function FormPage({ store, household, form }: { store: Store; household: string; form: string }) {
  const online = useOnline()
  const [ready, setReady] = useState<Ready>()
  const [fault, setFault] = useState('')
  useEffect(() => {
    if (ready) return
    begin(store, household, form, online).then(
      (r) => (r ? setReady(r) : setFault('这种表没有带到手机，联网后可填。')),
      (err: unknown) => setFault(describe(err)),
    )
  }, [store, household, form, online, ready])
  const back = `households/${household}`
  if (!ready) return <Page title="填表" back={back}>{fault ? <p className="note warn">{fault}</p> : <p>正在打开……</p>}</Page>
  return (
    <Page title={ready.form.info.title} back={back}>
      <Filling store={store} household={household} ready={ready} />
    </Page>
  )
}

function Filling({ store, household, ready }: { store: Store; household: string; ready: Ready }) {
  const { info, fields } = ready.form
  const account = useAccount()
  const name = account.phase === 'open' ? account.name : undefined
  const id = `${household}:${info.code}`
  const [draft, setDraft] = useState(ready.draft)
  const [turn, setTurn] = useState(0)
  // Answers are kept a moment after they were typed: what was changed meanwhile must not be undone.
  const latest = useRef(ready.draft)
  const become = (next: Draft) => {
    latest.current = next
    setDraft(next)
  }
  const keep = (change: Partial<Draft>) => {
    become({ ...latest.current, ...change })
    return store.put('draft', id, latest.current)
  }
  const holder = useHolder(store, draft.files, () => latest.current.files ?? [], async (files, put, drop) => {
    const next = { ...latest.current, files }
    await store.change([...put, { kind: 'draft', id, value: next }], drop)
    become({ ...latest.current, files })
  })
  // The form lies here once for all households and days.
  const sums = useMemo(() => sumsOf(ready), [ready])
  const odd = !PERIOD.test(draft.period)
  const send = (finish: boolean) => async (answers: Answers) => {
    if (odd) {
      document.getElementById('period')?.focus()
      return
    }
    const { openKey, actKey, period, note } = draft
    const entry: Entry = {
      // The key of the form names its entry too: handed in twice, it is there once.
      id: openKey,
      at: Date.now(),
      title: info.title,
      subject: ready.subject,
      work: { kind: 'form', form: info.code, household, period, finish, note, openKey, actKey },
      answers,
      files: latest.current.files,
      state: 'waiting',
    }
    await store.change([{ kind: 'entry', id: entry.id, value: entry }], [{ kind: 'draft', id }])
    go('queue')
    void sendQueue(store)
  }
  const clear = async () => {
    const gone = latest.current.files ?? []
    become({ ...draft, answers: ready.given, note: '', openKey: newKey(), actKey: newKey(), files: [] })
    setTurn(turn + 1)
    await store.change([], [{ kind: 'draft', id }, ...gone.map((f) => ({ kind: 'file' as const, id: f.id }))])
  }
  return (
    <>
      <p className="muted">{ready.subject} · 已按台账填好能填的项，请核对。带 * 的必填。</p>
      {ready.restored && turn === 0 && (
        <div className="note">
          <p>已恢复上次没有提交的内容。</p>
          <div className="acts">
            <button type="button" onClick={() => void clear()}>
              清空重填
            </button>
          </div>
        </div>
      )}
      <div className="field">
        <label htmlFor="period">年度或月份</label>
        <input id="period" maxLength={10} placeholder="如 2026" aria-invalid={odd || undefined} aria-describedby="period-note" value={draft.period} onChange={(e) => void keep({ period: e.target.value.trim() })} />
        <p id="period-note" className="fault">
          {odd && '应写成 2026 或 2026-11'}
        </p>
      </div>
      <FormBody
        key={turn}
        fields={fields}
        members={ready.members}
        start={draft.answers}
        keep={(answers) => keep({ answers })}
        ways={[
          { title: '填完，上传并定稿', send: send(true) },
          { title: '没填完，上传为草稿', lenient: true, send: send(false) },
        ]}
      >
        {sums && <Sums fields={fields} answers={draft.answers} sums={sums} />}
        <FormEvidence holder={holder} places={ready.form.sign_places ?? []} names={{ household: ready.subject, own: name }} />
        <div className="field">
          <label htmlFor="note">说明（检查结果须说明的，可在此写明）</label>
          <textarea id="note" maxLength={1000} value={draft.note} onChange={(e) => void keep({ note: e.target.value })} />
        </div>
      </FormBody>
    </>
  )
}
