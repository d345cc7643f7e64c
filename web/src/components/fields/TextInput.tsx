import { Input, Select } from 'antd'
import type { Field } from '../../api/types'
import { DEFAULT_MAX_LEN } from '../../lib/form'
import { useSurroundings } from './context'
import { HouseholdInput } from './HouseholdInput'
import { UsualOpinions } from './UsualOpinions'

interface Props {
  field: Field
  id?: string
  value?: string
  onChange?: (value: string | undefined) => void
}

/** One line. Fields that name a member, a village or a household are chosen from those that exist. */
export function TextInput({ field, id, value, onChange }: Props) {
  const { members, villages } = useSurroundings()
  if (field.code === 'household_id') return <HouseholdInput id={id} value={value} onChange={onChange} />
  const choice = field.code === 'person_id' || field.code === 'new_head' ? members?.map((m) => ({ value: m.id, label: `${m.name}（${m.relation}）` })) : field.code === 'target_village' ? villages?.map((v) => ({ value: v.code, label: v.name })) : undefined
  if (choice) return <Select id={id} placeholder="请选择" showSearch={{ optionFilterProp: 'label' }} options={choice} value={value} onChange={(v) => onChange?.(v)} />
  return <Input id={id} value={value ?? ''} inputMode={/phone|contact/.test(field.code) ? 'tel' : undefined} onChange={(e) => onChange?.(e.target.value)} />
}

/** Several lines, with the number of characters. */
export function LongInput({ field, id, value, onChange }: Props) {
  return (
    <>
      <Input.TextArea id={id} rows={4} value={value ?? ''} showCount={{ formatter: ({ count }) => `${count} / ${field.max_len || DEFAULT_MAX_LEN} 字` }} onChange={(e) => onChange?.(e.target.value)} />
      {field.code === 'opinion' && <UsualOpinions value={value} onChange={onChange} />}
    </>
  )
}
