import { Alert, Button, Form, type FormInstance } from 'antd'
import { type ReactNode, useCallback, useEffect, useRef, useState } from 'react'
import { draftKey } from '../api/draftkey'
import { ApiError, describe, mapFaults } from '../api/problem'
import { submit } from '../api/submit'
import type { Answers, Fault, Field } from '../api/types'
import { formatTime } from '../lib/dates'
import { clearDraft, type DraftKey, loadDraft, openDraft, saveDraft, sealDraft } from '../lib/draft'
import { keepEnter, toSend } from '../lib/form'
import { KeyKeeper } from '../lib/idempotency'
import { FieldSet } from './fields/FieldSet'

interface Props<T> {
  fields: Field[]
  /** Answers filled in beforehand, by what the person came from; they go before a draft's. */
  given?: Answers
  /** They are but what the form begins with: a draft goes before them. */
  givenFirst?: boolean
  draft: DraftKey
  submitText: string
  danger?: boolean
  /** Says why the form cannot be handed in at present; the answers stay. */
  blocked?: string
  /** Sends the answers under the key; answered by the server's reply. */
  send: (form: Answers, key: string) => Promise<T>
  onDone: (reply: T) => void
  /** Called with refusals that concern the case rather than the form; true: dealt with elsewhere. */
  onRefused?: (err: ApiError) => boolean
  onCancel?: () => void
  /** Further choices about the act, between the questions and the buttons. */
  children?: ReactNode
}

/** A form of any event: inputs from the definition, a draft on the device, one act however often it is sent. */
export function EventForm<T>(props: Props<T>) {
  const { fields, given, draft, send, onDone, onRefused } = props
  const [form] = Form.useForm<Answers>()
  const [busy, setBusy] = useState(false)
  const [attempt, setAttempt] = useState(1)
  const [general, setGeneral] = useState<Fault[]>([])
  const drafts = useDraft(fields, draft, form, props.givenFirst ? undefined : given)
  const keeper = useRef<KeyKeeper>(undefined)
  keeper.current ??= new KeyKeeper(drafts.act)

  const handIn = async () => {
    const body = toSend(fields, form.getFieldsValue(true) as Answers)
    setBusy(true)
    setGeneral([])
    try {
      const reply = await submit(keeper.current!, body, (key) => {
        drafts.handing(key)
        return send(body, key)
      }, { onRetry: setAttempt })
      drafts.drop()
      onDone(reply)
    } catch (err) {
      if (err instanceof ApiError && onRefused?.(err)) return
      const mapped = mapFaults(err instanceof ApiError ? err.faults : [], fields)
      form.setFields(mapped.fields.map((f) => ({ name: f.name as never, errors: f.errors })))
      const unsent = err instanceof ApiError && err.again
      setGeneral([{ code: 'problem', message: unsent ? `${describe(err)}。填的内容已存于本机，网络恢复后再点一次“${props.submitText}”，不会重复办理` : describe(err) }, ...mapped.general])
      if (mapped.fields[0]) goTo(form, mapped.fields[0].name)
    } finally {
      setBusy(false)
      setAttempt(1)
    }
  }

  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={props.givenFirst ? { ...given, ...drafts.restored } : { ...drafts.restored, ...given }}
      onValuesChange={() => drafts.touch()}
      onKeyDown={(e) => {
        keepEnter(e)
        // One key hands in whatever has the focus, a text of several lines too.
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !busy && props.blocked === undefined) form.submit()
      }}
      onFinish={() => void handIn()}
      onFinishFailed={({ errorFields }) => {
        setGeneral([{ code: 'check', message: `还有 ${errorFields.length} 项需要填写或更正` }])
        if (errorFields[0]) goTo(form, errorFields[0].name)
      }}
      aria-busy={busy}
    >
      {drafts.restored && (
        <Alert
          className="gap"
          type="info"
          showIcon
          title={`已恢复 ${formatTime(drafts.at)} 之前未提交的内容${drafts.whole === false ? '（现在不能打开加密保存的部分，个人敏感信息和附件需重新填写）' : ''}`}
          action={
            <Button
              size="small"
              onClick={() => {
                drafts.drop()
                form.setFieldsValue(Object.fromEntries(fields.map((f) => [f.code, given?.[f.code]])))
              }}
            >
              清空
            </Button>
          }
        />
      )}
      <FieldSet form={form} fields={fields} />
      {props.children}
      {general.length > 0 && <Refusal faults={general} />}
      {attempt > 1 && <Alert className="gap" type="warning" showIcon title={`${navigator.onLine ? '系统正忙' : '网络不通'}，正在自动重新提交（第 ${attempt} 次），请不要关闭页面。重复提交不会重复办理。`} role="status" />}
      {props.blocked && <Alert className="gap" type="warning" showIcon title={props.blocked} />}
      <div className="form-foot">
        <Button type="primary" danger={props.danger} htmlType="submit" loading={busy} disabled={props.blocked !== undefined} aria-keyshortcuts="Control+Enter" title="Ctrl+Enter">
          {props.submitText}
        </Button>
        {props.onCancel && (
          <Button onClick={props.onCancel} disabled={busy}>
            返回
          </Button>
        )}
        <span className="muted" aria-live="polite">
          {drafts.savedAt && `草稿已存于本机 ${drafts.savedAt}`}
        </span>
      </div>
    </Form>
  )
}

/** Brings a field into view and puts the focus into it: of several boxes into the first, of a table into its first cell. */
function goTo(form: FormInstance<Answers>, name: (string | number)[]) {
  form.scrollToField(name as never, { block: 'center', focus: true })
  const field = document.getElementById(name.join('_'))
  if (!field || field.contains(document.activeElement)) return
  const first = field.querySelector<HTMLElement>('input, textarea') ?? field.querySelector<HTMLElement>('button')
  first?.focus()
}

/** What must be mended and belongs to no single field. */
function Refusal({ faults }: { faults: Fault[] }) {
  const [first, ...rest] = faults
  const list = rest.length > 0 && (
    <ul>
      {rest.map((f) => (
        <li key={f.code + f.message}>{f.message}</li>
      ))}
    </ul>
  )
  return <Alert className="gap" type="error" showIcon title={first?.message} description={list || undefined} role="alert" />
}

/** How long after the last change a draft is kept, milliseconds; leaving the page keeps it at once. */
const STILL = 500

/** Keeps a half-filled form on the device: what is ordinary in the clear, all of it sealed as soon as the key is there. No draft goes before what is settled. */
function useDraft(fields: Field[], key: DraftKey, form: FormInstance<Answers>, settled: Answers = {}) {
  const [savedAt, setSavedAt] = useState('')
  const waiting = useRef<ReturnType<typeof setTimeout>>(undefined)
  // A draft belongs to the form as it was opened; later renderings must not load it again.
  const [draft] = useState(() => loadDraft(key, fields))
  const [at] = useState(() => new Date().toISOString())
  const [whole, setWhole] = useState<boolean>()
  const [sealed, setSealed] = useState<Answers>()
  const by = useRef<CryptoKey>(undefined)
  const latest = useRef({ fields, key, settled, plain: draft?.answers ?? {} })
  useEffect(() => {
    latest.current = { ...latest.current, fields, key, settled }
  })

  const keep = useCallback(
    (act?: string) => {
      clearTimeout(waiting.current)
      waiting.current = undefined
      const { fields: of, key: name } = latest.current
      const answers = form.getFieldsValue(true) as Answers
      const kept = saveDraft(name, of, answers, act)
      const done = () => setSavedAt(formatTime(new Date().toISOString()).slice(11))
      if (kept) done()
      if (by.current) void sealDraft(name, of, answers, by.current).then((ok) => ok && done())
    },
    [form],
  )

  useEffect(() => {
    let gone = false
    const open = async () => {
      const { fields: of, key: name, settled: given, plain } = latest.current
      const found = await draftKey(name.user)
      if (gone) return
      setWhole(found !== undefined)
      if (!found) return
      const all = await openDraft(name, of, found)
      if (gone) return
      by.current = found
      if (all) {
        // What was typed while the key was fetched is newer, and so is what stands in the clear; of rows only a part does.
        const older = of.filter((f) => !(f.code in given) && (f.kind === 'rows' || !(f.code in plain)) && !form.isFieldsTouched([[f.code]]))
        form.setFieldsValue(Object.fromEntries(older.map((f) => [f.code, all[f.code]])))
        setSealed(all)
      }
      if (form.isFieldsTouched()) keep()
    }
    void open()
    return () => {
      gone = true
    }
  }, [form, keep])

  useEffect(() => {
    const now = () => {
      if (waiting.current !== undefined) keep()
    }
    window.addEventListener('pagehide', now)
    return () => {
      window.removeEventListener('pagehide', now)
      clearTimeout(waiting.current)
    }
  }, [keep])

  const some = draft && Object.keys(draft.answers).length > 0 ? draft.answers : undefined
  return {
    restored: sealed ?? some,
    act: draft?.act,
    whole,
    at,
    savedAt,
    touch: () => {
      clearTimeout(waiting.current)
      waiting.current = setTimeout(keep, STILL)
    },
    /** It is handed in under this key: if no answer comes, not even to this page, it goes on under the same. */
    handing: keep,
    drop: () => {
      clearTimeout(waiting.current)
      waiting.current = undefined
      clearDraft(latest.current.key)
      setSavedAt('')
    },
  }
}
