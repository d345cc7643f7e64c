import { skipToken, useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useDeferredValue, useState } from 'react'
import { householdQuery, householdsQuery } from '../../api/queries'
import type { HouseholdItem } from '../../api/types'

interface Props {
  id?: string
  value?: string
  onChange?: (value: string | undefined) => void
}

type Option = ReturnType<typeof option>

const option = (h: HouseholdItem) => ({ value: h.id, label: `${h.head_name}（${h.household_no}）`, village: h.region_name })

/** A household, looked for by the name of its head, its pinyin or its number. */
export function HouseholdInput({ id, value, onChange }: Props) {
  const [typed, setTyped] = useState('')
  const q = useDeferredValue(typed.trim())
  const search = householdsQuery({ q })
  const found = useQuery({ ...search, queryFn: q ? search.queryFn : skipToken })
  const [picked, setPicked] = useState<Option>()
  const stored = useQuery({ ...householdQuery(value ?? ''), enabled: !!value && value !== picked?.value, staleTime: Infinity })
  const chosen = picked?.value === value ? picked : stored.data && option(stored.data)
  const others = ((q && found.data?.items.map(option)) || []).filter((o) => o.value !== value)
  return (
    <Select
      id={id}
      placeholder="输入户主姓名、拼音或户编号"
      allowClear
      showSearch={{ filterOption: false, onSearch: setTyped }}
      notFoundContent={q && !found.isFetching ? '没有找到' : null}
      options={value && chosen ? [chosen, ...others] : others}
      optionRender={(o) => `${o.data.label}　${o.data.village}`}
      value={value}
      onChange={(v: string | undefined, o) => {
        setPicked(o as Option | undefined)
        onChange?.(v)
      }}
    />
  )
}
