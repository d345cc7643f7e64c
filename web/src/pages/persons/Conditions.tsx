import { Button, Input, Select } from 'antd'
import { type FormEvent, useEffect, useId, useState } from 'react'
import type { PersonFilter, PersonMark, PersonMarkOffer } from '../../api/lists'
import { useSettled } from '../../lib/hooks'
import { yearsOf } from '../../lib/years'

function Years({ label, value, onChange }: { label: string; value?: number; onChange: (years: number | undefined) => void }) {
  const id = useId()
  const shown = value === undefined ? '' : String(value)
  const [typed, setTyped] = useState(shown)
  const settled = useSettled(typed)
  useEffect(() => {
    if (yearsOf(settled) !== value && (settled.trim() === '' || yearsOf(settled) !== undefined)) onChange(yearsOf(settled))
    // Only what was typed moves the filter; a filter changed elsewhere is taken over below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled])
  useEffect(() => setTyped(shown), [shown])
  const wrong = typed.trim() !== '' && yearsOf(typed) === undefined
  return (
    <label htmlFor={id}>
      {label}
      <Input id={id} className="years" inputMode="numeric" autoComplete="off" maxLength={3} value={typed} status={wrong ? 'error' : undefined} aria-invalid={wrong} onChange={(e) => setTyped(e.target.value)} />
    </label>
  )
}

interface Props {
  filter: PersonFilter
  offers: PersonMarkOffer[]
  onNarrow: (change: Partial<PersonFilter>) => void
}

/** How many of them at most, as the server has it. */
const MOST_MARKS = 4

/** Age and what the record says of somebody; what offices see masked is said to need a purpose. */
export function Conditions({ filter, offers, onNarrow }: Props) {
  const id = useId()
  const marks = filter.marks ?? []
  const options = offers.map((o) => ({ value: o.code, label: o.for_purpose ? `${o.title}（须写用途）` : o.title, disabled: marks.length >= MOST_MARKS && !marks.includes(o.code) }))
  return (
    <>
      <Years label="满多少周岁起" value={filter.age_from} onChange={(age_from) => onNarrow({ age_from })} />
      <Years label="到多少周岁止" value={filter.age_to} onChange={(age_to) => onNarrow({ age_to })} />
      {options.length > 0 && (
        <label htmlFor={id}>
          登记的情况（同时符合）
          <Select id={id} className="marks" mode="multiple" placeholder="不限" value={marks} options={options} showSearch={{ optionFilterProp: 'label' }} onChange={(next: PersonMark[]) => onNarrow({ marks: next.length > 0 ? next : undefined })} />
        </label>
      )}
    </>
  )
}

/** Asks for what it is that people are looked for by something masked. */
export function Purpose({ titles, onAsk }: { titles: string[]; onAsk: (purpose: string) => void }) {
  const id = useId()
  const [purpose, setPurpose] = useState('')
  const short = purpose.trim().length < 4
  const ask = (e: FormEvent) => {
    e.preventDefault()
    if (!short) onAsk(purpose.trim())
  }
  return (
    <form className="panel purpose" onSubmit={ask}>
      <p>{titles.map((t) => `“${t}”`).join('、')}平时脱敏，按它查找须写明用途。</p>
      <label htmlFor={id}>用途（不少于 4 个字，将连同您的姓名和时间记入所查到的每一户）</label>
      <Input id={id} value={purpose} maxLength={200} autoComplete="off" placeholder="如：核对残疾人两项补贴" onChange={(e) => setPurpose(e.target.value)} />
      <Button type="primary" htmlType="submit" disabled={short}>
        查找
      </Button>
    </form>
  )
}
