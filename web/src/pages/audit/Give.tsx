import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Input, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { proceduresQuery, regionsQuery } from '../../api/queries'
import type { EngagementInput, RegionRef, UserRef } from '../../api/types'
import { DateInput } from '../../components/fields/DateInput'
import { useAct } from '../../lib/act'

interface Props {
  areas: RegionRef[]
  auditors: UserRef[]
  onClose: () => void
}

/** 下达审计任务: to whom, over which areas and kinds of cases, from when to when, on what basis. */
export function Give({ areas, auditors, onClose }: Props) {
  const client = useQueryClient()
  const id = useId()
  const { act, busy, faults } = useAct()
  const procedures = useQuery(proceduresQuery)
  const regions = useQuery(regionsQuery)
  const [input, setInput] = useState<Partial<EngagementInput>>({ areas: areas.slice(0, 1).map((a) => a.code) })
  const set = (change: Partial<EngagementInput>) => setInput({ ...input, ...change })
  const places = (regions.data?.items ?? []).filter((r) => areas.some((a) => r.code.startsWith(a.code))).map((r) => ({ value: r.code, label: r.name }))
  const ready = input.user_id && (input.title?.trim().length ?? 0) >= 2 && (input.basis?.trim().length ?? 0) >= 2 && input.areas?.length && input.from && input.until
  const give = () => {
    const body = { ...input, title: input.title?.trim(), basis: input.basis?.trim() } as EngagementInput
    void act(body, (key) => unwrap(api.POST('/engagements', { params: { header: { 'Idempotency-Key': key } }, body })), async () => {
      await client.invalidateQueries({ queryKey: ['engagements'] })
      onClose()
    })
  }
  return (
    <section className="panel" aria-label="下达审计任务">
      <h2>下达审计任务</h2>
      <div className="filters">
        <label htmlFor={`${id}user`}>
          审计人员，或者市级调阅人
          <Select id={`${id}user`} autoFocus style={{ minWidth: '10rem' }} value={input.user_id} placeholder="请选择" options={auditors.map((u) => ({ value: u.id, label: u.name }))} onChange={(user_id) => set({ user_id })} />
        </label>
        <label htmlFor={`${id}title`} className="wide">
          任务名称
          <Input id={`${id}title`} value={input.title} maxLength={100} onChange={(e) => set({ title: e.target.value })} />
        </label>
        <label htmlFor={`${id}basis`} className="wide">
          依据
          <Input id={`${id}basis`} value={input.basis} maxLength={200} placeholder="审计通知书或者文件的文号" onChange={(e) => set({ basis: e.target.value })} />
        </label>
        <label htmlFor={`${id}areas`} className="wide">
          地区
          <Select id={`${id}areas`} mode="multiple" value={input.areas} showSearch={{ optionFilterProp: 'label' }} options={places.length > 0 ? places : areas.map((a) => ({ value: a.code, label: a.name }))} onChange={(codes: string[]) => set({ areas: codes })} />
        </label>
        <label htmlFor={`${id}kinds`} className="wide">
          事项（不选为全部）
          <Select id={`${id}kinds`} mode="multiple" value={input.procedures} showSearch={{ optionFilterProp: 'label' }} options={(procedures.data?.items ?? []).map((p) => ({ value: p.name, label: p.title }))} onChange={(names: string[]) => set({ procedures: names })} />
        </label>
        <label htmlFor={`${id}case`} className="wide">
          事项编号（只在市级书面调阅一件时填写）
          <Input id={`${id}case`} value={input.case_no} maxLength={64} onChange={(e) => set({ case_no: e.target.value.trim() || undefined })} />
        </label>
        <label htmlFor={`${id}from`}>
          自
          <DateInput id={`${id}from`} value={input.from} onChange={(from) => set({ from })} />
        </label>
        <label htmlFor={`${id}until`}>
          至（含当日）
          <DateInput id={`${id}until`} value={input.until} onChange={(until) => set({ until })} />
        </label>
      </div>
      {auditors.length === 0 && <Alert className="gap" type="info" showIcon title="本地区目前没有审计岗位的账号" />}
      {faults.length > 0 && <Alert className="gap" type="error" showIcon role="alert" title={faults.join('；')} />}
      <div className="form-foot">
        <Button type="primary" loading={busy} disabled={!ready} onClick={give}>
          下达
        </Button>
        <Button onClick={onClose}>返回</Button>
      </div>
    </section>
  )
}
