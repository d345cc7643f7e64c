import { Checkbox, Input, InputNumber, Select, Space } from 'antd'
import { MoneyInput } from '../../components/fields/MoneyInput'
import type { PolicyColumn } from '../../lib/policytable'

interface Props {
  column: PolicyColumn
  /** What the cell is called, with the line that it stands in. */
  label: string
  value: unknown
  onChange: (value: unknown) => void
  wrong?: boolean
  autoFocus?: boolean
}

/** One cell of a policy table, by the kind of its column. */
export function Cell({ column: c, label, value, onChange, wrong, autoFocus }: Props) {
  const status = wrong ? 'error' : undefined
  const options = c.options.map((o) => ({ value: o.code, label: o.title }))
  switch (c.kind) {
    case 'yes':
      return <Checkbox aria-label={label} checked={value === true} onChange={(e) => onChange(e.target.checked)} />
    case 'choice':
      return <Select aria-label={label} autoFocus={autoFocus} status={status} allowClear={c.optional} showSearch={{ optionFilterProp: 'label' }} placeholder="请选择" options={options} value={value as string | undefined} onChange={onChange} />
    case 'choices':
      return <Select aria-label={label} status={status} mode="multiple" showSearch={{ optionFilterProp: 'label' }} placeholder="可选多项" options={options} value={(value ?? []) as string[]} onChange={onChange} />
    case 'whole':
      return <InputNumber aria-label={label} autoFocus={autoFocus} status={status} precision={0} controls={false} value={value as number | null | undefined} onChange={(v) => onChange(v ?? undefined)} />
    case 'fen':
      return <MoneyInput label={label} value={value as number} onChange={(v) => onChange(typeof v === 'number' ? v : undefined)} />
    case 'days':
      return <Days label={label} wrong={wrong} value={value} onChange={onChange} />
    default:
      return <Input aria-label={label} autoFocus={autoFocus} status={status} maxLength={200} value={(value ?? '') as string} onChange={(e) => onChange(e.target.value)} />
  }
}

interface Budget {
  days?: number
  unit?: string
}

/** A number of days; of calendar days alone it is written as the number. */
function Days({ label, wrong, value, onChange }: { label: string; wrong?: boolean; value: unknown; onChange: (value: unknown) => void }) {
  const now: Budget = typeof value === 'number' ? { days: value, unit: 'calendar' } : { unit: 'calendar', ...(value as Budget | undefined) }
  const set = (change: Budget) => {
    const { days, unit, ...more } = { ...now, ...change }
    if (days === undefined) return onChange(undefined)
    onChange(unit === 'calendar' && Object.keys(more).length === 0 ? days : { days, unit, ...more })
  }
  const units = [
    { value: 'calendar', label: '自然日' },
    { value: 'working', label: '工作日' },
  ]
  return (
    <Space.Compact>
      <InputNumber aria-label={label} status={wrong ? 'error' : undefined} precision={0} controls={false} value={now.days} onChange={(v) => set({ days: v ?? undefined })} />
      <Select aria-label={`${label}：单位`} options={units} value={now.unit} onChange={(unit) => set({ unit })} />
    </Space.Compact>
  )
}
