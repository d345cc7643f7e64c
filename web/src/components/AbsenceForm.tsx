import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Form, Radio, Select } from 'antd'
import { useId, useRef, useState } from 'react'
import { api, unwrap } from '../api/client'
import { ApiError, describe } from '../api/problem'
import { absenceOfficesQuery, absencePeopleQuery } from '../api/queries'
import { submit } from '../api/submit'
import type { AbsenceInput, AbsenceOffice, UserRef } from '../api/types'
import { useSettled } from '../lib/hooks'
import { keepEnter } from '../lib/form'
import { KeyKeeper } from '../lib/idempotency'
import { DateInput } from './fields/DateInput'
import { Loaded } from './PageState'

const reasons: { value: AbsenceInput['reason']; label: string }[] = [
  { value: 'business', label: '公务外出' },
  { value: 'training', label: '学习培训' },
  { value: 'leave', label: '休假' },
  { value: 'other', label: '其他' },
]

/** A person in a list to choose from: what is chosen keeps its name while the list follows what is typed. */
interface Choice {
  value: string
  label: string
}

const choice = (u: UserRef): Choice => ({ value: u.id, label: u.name })
const self: Choice = { value: '', label: '本人' }

interface Props {
  canManage: boolean
  onClose: () => void
}

/** 登记请假: who, from when until when, and who stands in for which office. */
export function AbsenceForm({ canManage, onClose }: Props) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const keeper = useRef(new KeyKeeper())
  const [person, setPerson] = useState(self)
  const [from, setFrom] = useState<string>()
  const [until, setUntil] = useState<string>()
  const [reason, setReason] = useState<AbsenceInput['reason']>()
  const [chosen, setChosen] = useState<Record<string, Choice[]>>({})
  const [busy, setBusy] = useState(false)
  const [faults, setFaults] = useState<string[]>([])
  const ids = { from: useId(), until: useId() }

  const handIn = async () => {
    const substitutes = Object.entries(chosen).flatMap(([grant_id, users]) => users.map((u) => ({ grant_id, user_id: u.value })))
    const missing = [!from && '请填写第一天', !until && '请填写最后一天', !reason && '请选择事由', substitutes.length === 0 && '请至少指定一名代办人'].filter((m) => m !== false)
    setFaults(missing)
    if (!from || !until || !reason || substitutes.length === 0) return
    const body: AbsenceInput = { user_id: person.value || undefined, from, until, reason, substitutes }
    setBusy(true)
    try {
      await submit(keeper.current, body, (key) => unwrap(api.POST('/absences', { params: { header: { 'Idempotency-Key': key } }, body })))
      void message.success('已登记，代办人会收到提醒')
      await client.invalidateQueries()
      onClose()
    } catch (err) {
      setFaults([describe(err), ...(err instanceof ApiError ? err.faults.map((f) => f.message) : [])])
    } finally {
      setBusy(false)
    }
  }

  return (
    <section className="panel">
      <Form aria-label="登记请假" onKeyDown={keepEnter} onFinish={() => void handIn()}>
        <h2>登记请假</h2>
        <div className="filters">
          {canManage && (
            <PersonSelect
              value={person}
              onChange={(p) => {
                setPerson(p)
                setChosen({})
              }}
            />
          )}
          <label htmlFor={ids.from}>
            第一天
            <DateInput id={ids.from} value={from} onChange={setFrom} />
          </label>
          <label htmlFor={ids.until}>
            最后一天
            <DateInput id={ids.until} value={until} onChange={setUntil} />
          </label>
        </div>
        <div className="gap">
          <Radio.Group aria-label="事由" options={reasons} value={reason} onChange={(e) => setReason(e.target.value as AbsenceInput['reason'])} />
        </div>
        <Offices person={person.value || undefined} chosen={chosen} onChange={(grant, users) => setChosen((old) => ({ ...old, [grant]: users }))} />
        {faults.length > 0 && <Alert className="gap" type="error" showIcon role="alert" title={faults[0]} description={faults.length > 1 ? faults.slice(1).join('；') : undefined} />}
        <div className="form-foot">
          <Button size="large" type="primary" htmlType="submit" loading={busy}>
            确认登记
          </Button>
          <Button size="large" onClick={onClose}>
            返回
          </Button>
        </div>
      </Form>
    </section>
  )
}

/** Oneself, or somebody of the area one manages. */
function PersonSelect({ value, onChange }: { value: Choice; onChange: (value: Choice) => void }) {
  const id = useId()
  const [typed, setTyped] = useState('')
  const people = useQuery({ ...absencePeopleQuery(useSettled(typed)), placeholderData: keepPreviousData })
  return (
    <label htmlFor={id}>
      请假人员
      <Select
        id={id}
        style={{ minWidth: '12rem' }}
        labelInValue
        value={value}
        options={[self, ...(people.data?.items ?? []).map(choice)]}
        showSearch={{ filterOption: false, onSearch: setTyped }}
        onChange={onChange}
      />
    </label>
  )
}

interface OfficesProps {
  person?: string
  chosen: Record<string, Choice[]>
  onChange: (grant: string, users: Choice[]) => void
}

/** For each office of the person, those who stand in. */
function Offices({ person, chosen, onChange }: OfficesProps) {
  const [typed, setTyped] = useState('')
  const offices = useQuery({ ...absenceOfficesQuery(person, useSettled(typed)), placeholderData: keepPreviousData })
  return (
    <Loaded query={offices}>
      {({ items }) =>
        items.length === 0 ? (
          <p className="muted">没有可以请人代办的岗位；管理员、审计、督查岗位不能代办。</p>
        ) : (
          <>
            {items.map((o) => (
              <Office key={o.grant_id} office={o} chosen={chosen[o.grant_id] ?? []} onSearch={setTyped} onChange={(users) => onChange(o.grant_id, users)} />
            ))}
            <p className="gap muted">代办人应在同一辖区内任职，可以不止一名；没有指定代办人的岗位，待办留给本人。</p>
          </>
        )
      }
    </Loaded>
  )
}

function Office({ office: o, chosen, onSearch, onChange }: { office: AbsenceOffice; chosen: Choice[]; onSearch: (text: string) => void; onChange: (users: Choice[]) => void }) {
  const id = useId()
  return (
    <div className="gap">
      <label htmlFor={id}>{[o.region_name, o.dept_title, o.role_title].filter(Boolean).join(' · ')}的代办人</label>
      <Select
        id={id}
        mode="multiple"
        style={{ width: '100%' }}
        placeholder="选择一名或几名，可输入姓名查找"
        labelInValue
        value={chosen}
        options={o.candidates.map(choice)}
        showSearch={{ filterOption: false, onSearch }}
        onChange={onChange}
      />
    </div>
  )
}
