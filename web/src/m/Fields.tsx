import { type ReactNode, useState } from 'react'
import type { Answers, Field, Member } from '../api/types'
import { faultOf } from '../components/fields/rules'
import { servedText } from '../i18n/served'
import { civilToInstant, instantToCivil } from '../lib/dates'
import { ROWS_SHOWN, shown } from '../lib/form'
import { fenToYuan, yuanToFen } from '../lib/money'
import { idOf, type Path } from './check'
import { FilesField } from './Evidence'

// The questions of a form with the browser's own inputs, which a phone knows best: its keyboards, its calendar, its lists.

interface Common {
  members: Member[]
  /** Faults are shown at once where somebody has typed, everywhere after he wanted to hand in. */
  strict: boolean
}

interface FieldsProps extends Common {
  fields: Field[]
  answers: Answers
  at?: Path
  onChange: (answers: Answers) => void
}

export function Fields({ fields, answers, at = [], onChange, ...common }: FieldsProps) {
  return shown(fields, answers).map((field) => <One key={field.code} field={field} path={[...at, field.code]} value={answers[field.code]} onChange={(v) => onChange({ ...answers, [field.code]: v })} {...common} />)
}

interface OneProps extends Common {
  field: Field
  path: Path
  value: unknown
  onChange: (value: unknown) => void
}

function One(props: OneProps) {
  const { field, path, value, strict } = props
  const [touched, setTouched] = useState(false)
  const id = idOf(path)
  const fault = touched || strict ? faultOf(field, value) : undefined
  const change = (v: unknown) => {
    setTouched(true)
    props.onChange(v)
  }
  const input: InputProps = { ...props, id, invalid: !!fault, about: fault || field.help || field.locked ? `${id}-note` : undefined, onChange: change }
  const notes = (
    <div id={`${id}-note`}>
      {field.locked && <p className="muted">已锁定：{field.locked}。请填写与上次相同的内容。</p>}
      {field.help && <p className="muted">{field.help}</p>}
      {fault && <p className="fault">{fault}</p>}
    </div>
  )
  const title = (
    <>
      {field.title}
      {field.unit && `（${servedText(field.unit)}）`}
      {(field.required || field.must) && <span className="must"> *</span>}
    </>
  )
  const grouped = ['yes', 'choices', 'rows', 'files'].includes(field.kind) || (field.kind === 'choice' && (field.options ?? []).length <= OPEN)
  if (grouped) {
    return (
      <fieldset className="field" id={id} tabIndex={-1} aria-describedby={input.about}>
        <legend>{title}</legend>
        {inputFor(input)}
        {notes}
      </fieldset>
    )
  }
  return (
    <div className="field">
      <label htmlFor={id}>{title}</label>
      {inputFor(input)}
      {notes}
    </div>
  )
}

/** Up to this many options are shown at once. */
const OPEN = 6

interface InputProps extends OneProps {
  id: string
  invalid: boolean
  about?: string
}

const naming = ({ id, invalid, about }: InputProps) => ({ id, 'aria-invalid': invalid || undefined, 'aria-describedby': about })

function inputFor(p: InputProps): ReactNode {
  switch (p.field.kind) {
    case 'text':
      return p.field.code === 'person_id' || p.field.code === 'new_head' ? (
        <Listed {...p} options={p.members.map((m) => ({ code: m.id, title: `${m.name}（${m.relation}）` }))} />
      ) : (
        <input {...naming(p)} inputMode={/phone|contact/.test(p.field.code) ? 'tel' : undefined} value={text(p.value)} onChange={(e) => p.onChange(e.target.value || undefined)} />
      )
    case 'long':
      return <textarea {...naming(p)} value={text(p.value)} onChange={(e) => p.onChange(e.target.value || undefined)} />
    case 'date':
      return <input {...naming(p)} type="date" value={text(p.value)} onChange={(e) => p.onChange(e.target.value || undefined)} />
    case 'datetime':
      return <input {...naming(p)} type="datetime-local" value={p.value ? instantToCivil(String(p.value)) : ''} onChange={(e) => p.onChange(e.target.value ? civilToInstant(e.target.value) : undefined)} />
    case 'integer':
    case 'number':
      return <Typed {...p} mode={p.field.kind === 'integer' ? 'numeric' : 'decimal'} show={(v) => (typeof v === 'number' ? String(v) : text(v))} read={readNumber} />
    case 'money':
      return (
        <div className="money">
          <Typed {...p} mode="decimal" show={(v) => (typeof v === 'number' ? fenToYuan(v) : text(v))} read={readMoney} />元
        </div>
      )
    case 'yes':
      return <Radios {...p} options={[{ code: true, title: '是' }, { code: false, title: '否' }]} />
    case 'choice':
      return (p.field.options ?? []).length <= OPEN ? <Radios {...p} options={p.field.options ?? []} /> : <Listed {...p} options={p.field.options ?? []} />
    case 'choices':
      return <Checks {...p} />
    case 'files':
      return <FilesField field={p.field} value={p.value} onChange={p.onChange} />
    case 'rows':
      return <Rows {...p} />
  }
}

const text = (value: unknown) => (value === undefined || value === null ? '' : String(value))

/** A number, or what was typed where that is none: the check says so. */
function readNumber(typed: string): unknown {
  const plain = typed.trim().replace(/[０-９．－]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
  if (plain === '') return undefined
  return /^-?\d+(\.\d*)?$/.test(plain) ? Number(plain) : typed
}

function readMoney(typed: string): unknown {
  const fen = yuanToFen(typed)
  return fen === undefined ? typed : (fen ?? undefined)
}

/** What is typed stays on the screen as it was typed until the input is left. */
function Typed({ mode, show, read, ...p }: InputProps & { mode: 'numeric' | 'decimal'; show: (v: unknown) => string; read: (typed: string) => unknown }) {
  const [typed, setTyped] = useState<string>()
  return (
    <input
      {...naming(p)}
      inputMode={mode}
      value={typed ?? show(p.value)}
      onChange={(e) => {
        setTyped(e.target.value)
        p.onChange(read(e.target.value))
      }}
      onBlur={() => setTyped(undefined)}
    />
  )
}

function Radios({ options, ...p }: InputProps & { options: { code: string | boolean; title: string }[] }) {
  return options.map((o) => (
    <label key={String(o.code)} className="choice">
      <input type="radio" name={p.id} checked={p.value === o.code} onChange={() => p.onChange(o.code)} />
      {o.title}
    </label>
  ))
}

function Checks(p: InputProps) {
  const chosen = Array.isArray(p.value) ? (p.value as string[]) : []
  return (p.field.options ?? []).map((o) => (
    <label key={o.code} className="choice">
      <input type="checkbox" checked={chosen.includes(o.code)} onChange={(e) => p.onChange(e.target.checked ? [...chosen, o.code] : chosen.filter((c) => c !== o.code))} />
      {o.title}
    </label>
  ))
}

function Listed({ options, ...p }: InputProps & { options: { code: string; title: string }[] }) {
  return (
    <select {...naming(p)} value={text(p.value)} onChange={(e) => p.onChange(e.target.value || undefined)}>
      <option value="">请选择</option>
      {options.map((o) => (
        <option key={o.code} value={o.code}>
          {o.title}
        </option>
      ))}
    </select>
  )
}

/** A table, one card for each row; of a long one the first, and more when asked for. */
function Rows({ field, path, value, members, strict, onChange }: InputProps) {
  const rows = Array.isArray(value) ? (value as Answers[]) : field.required ? [{}] : []
  const [most, setMost] = useState(ROWS_SHOWN)
  const set = (i: number, row: Answers) => onChange(rows.map((r, n) => (n === i ? row : r)))
  return (
    <>
      {rows.slice(0, most).map((row, i) => (
        // eslint-disable-next-line react/no-array-index-key -- rows have no names of their own
        <div className="card" key={i} role="group" aria-label={`${field.title}第 ${i + 1} 行`}>
          <div className="card-head">
            第 {i + 1} 行
            <button type="button" aria-label={`删除${field.title}第 ${i + 1} 行`} onClick={() => onChange(rows.filter((_, n) => n !== i))}>
              删除
            </button>
          </div>
          <Fields fields={field.columns ?? []} answers={row ?? {}} at={[...path, i]} members={members} strict={strict} onChange={(r) => set(i, r)} />
        </div>
      ))}
      {rows.length > most && (
        <button type="button" onClick={() => setMost(most + ROWS_SHOWN)}>
          还有 {rows.length - most} 行，再显示一些
        </button>
      )}
      <button
        type="button"
        onClick={() => {
          onChange([...rows, {}])
          setMost(Math.max(most, rows.length + 1))
        }}
      >
        添加一行
      </button>
    </>
  )
}
