import { useQueryClient } from '@tanstack/react-query'
import { Alert, App, Input, Radio } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { PolicyOutlook } from '../../api/admin'
import type { Policy, PolicyKey, PolicyRowInput } from '../../api/types'
import { DateInput } from '../../components/fields/DateInput'
import { MoneyInput } from '../../components/fields/MoneyInput'
import { TryFirst } from '../../components/TryFirst'
import { useAct } from '../../lib/act'
import { words, fieldTitle, codeWords, unitOf } from '../../lib/policy'
import { fits, placeOf } from '../../lib/policytable'
import { fromText, shapeOf, toText, withField } from '../../lib/policyvalue'
import { Outlook } from './Outlook'
import { type FaultAt, TableEditor } from './TableEditor'

interface Props {
  of: PolicyKey
  policy: Policy
  onDone: () => void
}

/** One value for a place, from a day on, by a paper: what it would change is told before it is set. Cases that are open keep what they were opened under. */
export function RowEditor({ of: k, policy, onDone }: Props) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const id = useId()
  const { act, busy, faults, refused } = useAct()
  const given = k.value ?? k.default ?? undefined
  const [value, setValue] = useState<unknown>(given)
  const [from, setFrom] = useState<string>()
  const [until, setUntil] = useState<string>()
  const [source, setSource] = useState('')
  const [trial, setTrial] = useState<{ of: PolicyRowInput; outlook: PolicyOutlook }>()
  const fine = value !== undefined && value !== '' && from && source.trim() !== '' && (!until || until >= from)
  const row: PolicyRowInput | undefined = fine ? { key: k.key, region_code: policy.region_code, valid_from: from, valid_to: until, value, source: source.trim() } : undefined
  const tried = row && trial && JSON.stringify(trial.of) === JSON.stringify(row) ? trial.outlook : undefined
  const send = (body: PolicyRowInput) => (key: string) => unwrap(api.PUT('/policy/rows', { params: { header: { 'Idempotency-Key': key } }, body }))
  const tryIt = () => {
    if (!row) return
    const body = { ...row, dry_run: true }
    void act(body, send(body), ({ outlook }) => setTrial(outlook && { of: row, outlook }))
  }
  const put = () => {
    if (!row) return
    void act(row, send(row), async () => {
      void message.success(`${k.title}已设置`)
      await client.invalidateQueries({ queryKey: ['policy'] })
      onDone()
    })
  }
  return (
    <section className="panel" aria-label={`设置${k.title}`}>
      <h2>
        {policy.region_name}：{k.title}
      </h2>
      <p className="gap muted">现为 {words(k.key.endsWith('_fen') ? 'fen' : k.kind, k.value, k.unit)}{k.seen_range && `；来源文件中为 ${k.seen_range}`}。只对此后开启的事项生效，已开启的按原来的办到底。</p>
      <ValueInput id={id} of={k} given={given} value={value} onChange={setValue} faultAt={(place) => refused.find((f) => f.field && placeOf(k.key, f.field) === place)?.message} />
      <div className="filters">
        <label htmlFor={`${id}from`}>
          生效日期
          <DateInput id={`${id}from`} value={from} onChange={setFrom} />
        </label>
        <label htmlFor={`${id}until`}>
          截止日期（可不填）
          <DateInput id={`${id}until`} value={until} onChange={setUntil} />
        </label>
        <label className="wide" htmlFor={`${id}source`}>
          依据文件号
          <Input id={`${id}source`} value={source} maxLength={200} onChange={(e) => setSource(e.target.value)} />
        </label>
      </div>
      {tried && <Outlook of={k} region={policy.region_name} from={from ?? ''} outlook={tried} />}
      {faults.length > 0 && <Alert className="gap" type="error" showIcon role="alert" title={faults[0]} description={faults.length > 1 ? faults.slice(1).join('；') : undefined} />}
      <TryFirst label={from ? '试算影响' : '请选择生效日期'} ready={row !== undefined} confirm={tried && `自 ${from} 起生效`} busy={busy} onTry={tryIt} onConfirm={put} onBack={onDone} />
    </section>
  )
}

interface InputProps {
  id: string
  of: PolicyKey
  /** The value at first, whose shape the input takes. */
  given: unknown
  value: unknown
  onChange: (value: unknown) => void
  faultAt: FaultAt
}

function ValueInput({ id, of: k, given, value, onChange, faultAt }: InputProps) {
  if (k.table && fits(k.table, given)) return <TableEditor table={k.table} given={given} onChange={onChange} faultAt={faultAt} />
  const shape = shapeOf(k.key, k.kind, given)
  if (shape === 'fields') {
    return (
      <div className="filters">
        {Object.entries(given as Record<string, unknown>).map(([name, one]) => (
          <One key={name} id={`${id}${name}`} title={fieldTitle(name)} name={name} given={one} value={(value as Record<string, unknown>)[name]} onChange={(v) => onChange(withField(value, name, v))} />
        ))}
      </div>
    )
  }
  if (shape === 'json') return <Raw id={id} given={given} onChange={onChange} />
  return (
    <div className="filters">
      <One id={id} title={k.kind === 'days' ? '天数' : unitOf(k.unit) ? `值（${unitOf(k.unit)}）` : '值'} name={k.key} given={given ?? (shape === 'yes' ? false : shape === 'text' ? '' : 0)} value={value} onChange={onChange} />
    </div>
  )
}

/** A yes or no, an amount, a number or a text. */
function One({ id, title, name, given, value, onChange }: { id: string; title: string; name: string; given: unknown; value: unknown; onChange: (v: string | number | boolean) => void }) {
  if (typeof given === 'boolean') {
    const options = [
      { value: true, label: '是' },
      { value: false, label: '否' },
    ]
    return <Radio.Group className="tall" aria-label={title} options={options} value={value} onChange={(e) => onChange(e.target.value as boolean)} />
  }
  return (
    <label htmlFor={id}>
      {title}
      {typeof given === 'string' && codeWords(String(value)) && `（${codeWords(String(value))}）`}
      {typeof given === 'number' && name.endsWith('fen') && <MoneyInput id={id} value={value as number} onChange={(v) => onChange(v ?? '')} />}
      {typeof given === 'number' && !name.endsWith('fen') && <Input id={id} type="number" step="any" value={value as number} onChange={(e) => onChange(e.target.value === '' ? '' : Number(e.target.value))} />}
      {typeof given === 'string' && <Input id={id} value={value as string} onChange={(e) => onChange(e.target.value)} />}
    </label>
  )
}

/** What has no known parts, as it is kept. */
function Raw({ id, given, onChange }: { id: string; given: unknown; onChange: (v: unknown) => void }) {
  const [text, setText] = useState(() => toText(given))
  const wrong = fromText(text) === undefined
  return (
    <div className="labelled">
      <label htmlFor={id}>值（按原来的格式填写）</label>
      <Input.TextArea
        id={id}
        className="expression"
        rows={Math.min(16, Math.max(3, toText(given).split('\n').length))}
        spellCheck={false}
        status={wrong ? 'error' : undefined}
        value={text}
        onChange={(e) => {
          setText(e.target.value)
          onChange(fromText(e.target.value))
        }}
      />
      {wrong && <span className="late">格式不对</span>}
    </div>
  )
}
