import { useQuery } from '@tanstack/react-query'
import { Select } from 'antd'
import { useId, useState } from 'react'
import { colleaguesQuery } from '../../api/desk'
import { useSettled } from '../../lib/hooks'

interface Props {
  id: string
  value: string[]
  onChange: (people: string[]) => void
}

/** 抄送: whom to tell of the act, among those whose posts reach the case. */
export function CopyTo({ id, value, onChange }: Props) {
  const field = useId()
  const [open, setOpen] = useState(false)
  const [typed, setTyped] = useState('')
  const q = useSettled(typed)
  const people = useQuery({ ...colleaguesQuery(id, q), enabled: open || value.length > 0 })
  // Names once seen stay known, whatever is looked for next.
  const [known, setKnown] = useState(new Map<string, string>())
  const options = (people.data?.items ?? []).map((p) => ({ value: p.id, label: `${p.name}（${p.posts}）` }))
  const chosen = value.filter((v) => !options.some((o) => o.value === v)).map((v) => ({ value: v, label: known.get(v) ?? v }))
  return (
    <label className="labelled" htmlFor={field}>
      抄送（可不选，办理后告知，不需对方办理）
      <Select
        id={field}
        mode="multiple"
        value={value}
        options={[...options, ...chosen]}
        placeholder="按姓名查找能查看本事项的人员"
        showSearch={{ filterOption: false, onSearch: setTyped }}
        maxCount={20}
        loading={people.isFetching}
        notFoundContent={people.isFetching ? '正在查找……' : '没有可以抄送的人员'}
        onOpenChange={setOpen}
        onChange={(next: string[]) => {
          setKnown((old) => new Map([...old, ...options.map((o) => [o.value, o.label] as const)]))
          onChange(next)
        }}
      />
    </label>
  )
}
