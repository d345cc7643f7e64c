import { Alert, Button, Form } from 'antd'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import { ApiError, describe, mapFaults } from '../api/problem'
import { submit } from '../api/submit'
import type { Answers, Fault, Field } from '../api/types'
import { formatTime } from '../lib/dates'
import { clearDraft, loadDraft, saveDraft, type DraftKey } from '../lib/draft'
import { keepEnter, toSend } from '../lib/form'
import { KeyKeeper } from '../lib/idempotency'
import { FieldSet } from './fields/FieldSet'

interface Props<T> {
  fields: Field[]
  /** Answers filled in beforehand, by what the person came from; they go before a draft's. */
  given?: Answers
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
  const keeper = useRef(new KeyKeeper())
  const [busy, setBusy] = useState(false)
  const [attempt, setAttempt] = useState(1)
  const [general, setGeneral] = useState<Fault[]>([])
  const drafts = useDraft(fields, draft, form.getFieldsValue)

  const handIn = async () => {
    const body = toSend(fields, form.getFieldsValue(true) as Answers)
    setBusy(true)
    setGeneral([])
    try {
      const reply = await submit(keeper.current, body, (key) => send(body, key), { onRetry: setAttempt })
      drafts.drop()
      onDone(reply)
    } catch (err) {
      if (err instanceof ApiError && onRefused?.(err)) return
      const mapped = mapFaults(err instanceof ApiError ? err.faults : [], fields)
      form.setFields(mapped.fields.map((f) => ({ name: f.name as never, errors: f.errors })))
      setGeneral([{ code: 'problem', message: describe(err) }, ...mapped.general])
      if (mapped.fields[0]) form.scrollToField(mapped.fields[0].name as never, { block: 'center', focus: true })
    } finally {
      setBusy(false)
      setAttempt(1)
    }
  }

  return (
    <Form
      form={form}
      layout="vertical"
      initialValues={{ ...drafts.restored, ...given }}
      scrollToFirstError={{ block: 'center', focus: true }}
      onValuesChange={() => drafts.touch()}
      onKeyDown={(e) => {
        keepEnter(e)
        // One key hands in whatever has the focus, a text of several lines too.
        if (e.key === 'Enter' && (e.ctrlKey || e.metaKey) && !busy && props.blocked === undefined) form.submit()
      }}
      onFinish={() => void handIn()}
      onFinishFailed={({ errorFields }) => setGeneral([{ code: 'check', message: `还有 ${errorFields.length} 项需要填写或更正` }])}
      aria-busy={busy}
    >
      {drafts.restored && (
        <Alert
          className="gap"
          type="info"
          showIcon
          title={`已恢复 ${formatTime(drafts.at)} 之前未提交的内容（个人敏感信息和附件不在本机保存，需重新填写）`}
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
      {attempt > 1 && <Alert className="gap" type="warning" showIcon title={`系统正忙，正在自动重新提交（第 ${attempt} 次），请不要关闭页面。重复提交不会重复办理。`} role="status" />}
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

/** Keeps a half-filled form on the device a second after the last change. */
function useDraft(fields: Field[], key: DraftKey, answers: (all: true) => Answers) {
  const [savedAt, setSavedAt] = useState('')
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  // A draft belongs to the form as it was opened; later renderings must not load it again.
  const [restored] = useState(() => loadDraft(key, fields))
  const [at] = useState(() => new Date().toISOString())
  useEffect(() => () => clearTimeout(timer.current), [])
  return {
    restored,
    at,
    savedAt,
    touch: () => {
      clearTimeout(timer.current)
      timer.current = setTimeout(() => {
        const kept = saveDraft(key, fields, answers(true))
        setSavedAt(kept ? formatTime(new Date().toISOString()).slice(11) : '')
      }, 1000)
    },
    drop: () => {
      clearTimeout(timer.current)
      clearDraft(key)
      setSavedAt('')
    },
  }
}
