import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Checkbox, Input, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { absencePeopleQuery } from '../../api/queries'
import type { CampaignDetail, JoiningInput } from '../../api/types'
import { useAreas } from '../../components/Filters'
import { useAct } from '../../lib/act'
import { useSettled } from '../../lib/hooks'

const duties: { value: JoiningInput['duty']; label: string }[] = [
  { value: 'surveyor', label: '调查员' },
  { value: 'instructor', label: '指导员' },
  { value: 'group_leader', label: '组长' },
  { value: 'guide', label: '引导员' },
]

/** 补充人员: somebody who joins the groups after the campaign was issued. A guide need not have an account. */
export function Join({ detail: d }: { detail: CampaignDetail }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const id = useId()
  const { act, busy, faults } = useAct()
  const [group, setGroup] = useState('')
  const [area, setArea] = useState<string>()
  const [duty, setDuty] = useState<JoiningInput['duty']>('surveyor')
  const [user, setUser] = useState<string>()
  const [name, setName] = useState('')
  const [trained, setTrained] = useState(false)
  const areas = useAreas().filter((a) => a.value.length >= 9)
  const guide = duty === 'guide'
  const ready = group.trim() !== '' && area && (guide ? name.trim() !== '' : user) && (duty !== 'surveyor' || trained)
  const join = () => {
    if (!area) return
    const body: JoiningInput = { group: group.trim(), area, duty, user_id: guide ? undefined : user, name: guide ? name.trim() : undefined, trained: duty === 'surveyor' ? trained : undefined }
    void act(body, (key) => unwrap(api.POST('/campaigns/{id}/people', { params: { path: { id: d.id }, header: { 'Idempotency-Key': key } }, body })), async () => {
      void message.success('已补充')
      setUser(undefined)
      setName('')
      await client.invalidateQueries({ queryKey: ['campaigns'] })
    })
  }
  return (
    <details className="gap">
      <summary>补充工作组人员</summary>
      <div className="filters gap">
        <label htmlFor={`${id}group`}>
          工作组
          <Input id={`${id}group`} list={`${id}groups`} value={group} maxLength={60} onChange={(e) => setGroup(e.target.value)} />
        </label>
        {/* beside the label, of whose name its options would become a part */}
        <datalist id={`${id}groups`}>
          {[...new Set(d.people.map((p) => p.group))].map((g) => (
            <option key={g} value={g}>
              {g}
            </option>
          ))}
        </datalist>
        <label htmlFor={`${id}area`}>
          负责的村（乡镇）
          <Select id={`${id}area`} style={{ minWidth: '11rem' }} value={area} placeholder="请选择" showSearch={{ optionFilterProp: 'label' }} options={areas} onChange={setArea} />
        </label>
        <label htmlFor={`${id}duty`}>
          职责
          <Select id={`${id}duty`} style={{ minWidth: '7rem' }} value={duty} options={duties} onChange={setDuty} />
        </label>
        {guide ? (
          <label htmlFor={`${id}name`}>
            引导员姓名
            <Input id={`${id}name`} value={name} maxLength={60} onChange={(e) => setName(e.target.value)} />
          </label>
        ) : (
          <PersonSelect id={`${id}user`} value={user} onChange={setUser} />
        )}
        {duty === 'surveyor' && (
          <Checkbox className="tall" checked={trained} onChange={(e) => setTrained(e.target.checked)}>
            已培训
          </Checkbox>
        )}
        <Button loading={busy} disabled={!ready} onClick={join}>
          补充
        </Button>
      </div>
      {faults.length > 0 && <Alert type="error" role="alert" title={faults.join('；')} />}
    </details>
  )
}

/** The accounts of my area, found by the beginning of the name. */
function PersonSelect({ id, value, onChange }: { id: string; value?: string; onChange: (id: string | undefined) => void }) {
  const [typed, setTyped] = useState('')
  const people = useQuery({ ...absencePeopleQuery(useSettled(typed)), placeholderData: keepPreviousData })
  return (
    <label htmlFor={id}>
      人员
      <Select id={id} style={{ minWidth: '10rem' }} value={value} placeholder="姓名" showSearch={{ filterOption: false, onSearch: setTyped }} options={(people.data?.items ?? []).map((p) => ({ value: p.id, label: p.name }))} onChange={onChange} />
    </label>
  )
}
