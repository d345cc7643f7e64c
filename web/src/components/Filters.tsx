import { useQuery } from '@tanstack/react-query'
import { Input, Select } from 'antd'
import { type ReactNode, useEffect, useId, useState } from 'react'
import { proceduresQuery, regionsQuery } from '../api/queries'
import { usePhone, useSettled } from '../lib/hooks'

interface TextProps {
  value?: string
  onChange: (value: string | undefined) => void
}

/** The conditions of a list; on a phone all but the search are folded away until wanted. */
export function FilterBar({ search, active, children }: { search: ReactNode; active: boolean; children: ReactNode }) {
  const phone = usePhone()
  if (!phone) {
    return (
      <div className="filters">
        {search}
        {children}
      </div>
    )
  }
  return (
    <div className="filters">
      {search}
      <details className="narrow-filters" open={active}>
        <summary>更多条件</summary>
        <div className="filters">{children}</div>
      </details>
    </div>
  )
}

/** Search by name; asks once the typing has paused. */
export function NameSearch({ value, onChange, label = '户主姓名', placeholder = '姓名、拼音首字母或户编号' }: TextProps & { label?: string; placeholder?: string }) {
  const [typed, setTyped] = useState(value ?? '')
  const settled = useSettled(typed)
  const id = useId()
  useEffect(() => {
    if (settled !== (value ?? '')) onChange(settled || undefined)
    // Only what was typed moves the filter; a filter changed elsewhere is taken over below.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [settled])
  useEffect(() => setTyped(value ?? ''), [value])
  return (
    <label className="wide" htmlFor={id}>
      {label}
      <Input.Search id={id} allowClear value={typed} maxLength={50} placeholder={placeholder} onChange={(e) => setTyped(e.target.value)} onSearch={(v) => onChange(v || undefined)} />
    </label>
  )
}

/** The villages, townships and counties of the person's area, to choose from. */
export function useAreas() {
  const regions = useQuery(regionsQuery)
  return (regions.data?.items ?? []).filter((r) => r.in_scope && r.level !== 'group').map((r) => ({ value: r.code, label: r.name }))
}

/** One place of the person's area. */
export function VillageSelect({ value, onChange, label = '村（镇）' }: TextProps & { label?: string }) {
  const options = useAreas()
  const id = useId()
  return (
    <label htmlFor={id}>
      {label}
      <Select id={id} style={{ minWidth: '10rem' }} value={value ?? ''} showSearch={{ optionFilterProp: 'label' }} options={[{ value: '', label: '全部' }, ...options]} onChange={(v) => onChange(v || undefined)} />
    </label>
  )
}

export function ProcedureSelect({ value, onChange }: TextProps) {
  const procedures = useQuery(proceduresQuery)
  const id = useId()
  const options = (procedures.data?.items ?? []).filter((p) => p.mode === 'durable').map((p) => ({ value: p.name, label: p.title }))
  return (
    <label htmlFor={id}>
      程序
      <Select id={id} style={{ minWidth: '9rem' }} value={value ?? ''} options={[{ value: '', label: '全部' }, ...options]} onChange={(v) => onChange(v || undefined)} />
    </label>
  )
}
