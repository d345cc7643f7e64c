import { Checkbox, Radio, Select } from 'antd'
import type { Field } from '../../api/types'

interface Props<T> {
  field: Field
  id?: string
  value?: T
  onChange?: (value: T | undefined) => void
}

/** Up to this many options are shown at once; more become a list to open. */
const OPEN = 6

const optionsOf = (field: Field) => (field.options ?? []).map((o) => ({ value: o.code, label: o.title }))

/** One of the options. */
export function ChoiceInput({ field, id, value, onChange }: Props<string>) {
  const options = optionsOf(field)
  if (options.length <= OPEN) return <Radio.Group id={id} aria-label={field.title} options={options} value={value} onChange={(e) => onChange?.(e.target.value as string)} />
  return <Select id={id} placeholder="请选择" allowClear={!field.required} showSearch={{ optionFilterProp: 'label' }} options={options} value={value} onChange={(v) => onChange?.(v)} />
}

/** Any of the options. */
export function ChoicesInput({ field, id, value, onChange }: Props<string[]>) {
  const options = optionsOf(field)
  if (options.length <= OPEN * 2) {
    return (
      <div role="group" aria-label={field.title} id={id}>
        <Checkbox.Group options={options} value={value} onChange={(v) => onChange?.(v)} />
      </div>
    )
  }
  return <Select id={id} mode="multiple" placeholder="可选多项" showSearch={{ optionFilterProp: 'label' }} options={options} value={value} onChange={(v) => onChange?.(v)} />
}

/** 是 or 否; nothing is chosen beforehand. */
export function YesInput({ field, id, value, onChange }: Props<boolean>) {
  const options = [
    { value: true, label: '是' },
    { value: false, label: '否' },
  ]
  return <Radio.Group id={id} aria-label={field.title} options={options} value={value} onChange={(e) => onChange?.(e.target.value as boolean)} />
}
