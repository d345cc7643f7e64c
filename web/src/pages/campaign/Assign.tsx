import { useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Select } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { AssignmentReply, CampaignDetail } from '../../api/types'
import { useAct } from '../../lib/act'

/** 批量分派: unfinished households of villages, or of one surveyor, shared out evenly; looked at before it is done. */
export function Assign({ detail: d }: { detail: CampaignDetail }) {
  const client = useQueryClient()
  const [villages, setVillages] = useState<string[]>([])
  const [from, setFrom] = useState<string>()
  const [to, setTo] = useState<string[]>([])
  const [preview, setPreview] = useState<AssignmentReply>()
  const { act, busy, faults } = useAct()
  const people = [...new Map(d.people.filter((p) => p.duty === '调查员' && p.trained && p.user_id).map((p) => [p.user_id, { value: p.user_id!, label: p.name }])).values()]
  const choose = <T,>(set: (value: T) => void) => (value: T) => {
    set(value)
    setPreview(undefined)
  }
  const send = (dry_run: boolean) => {
    const body = { villages, from, to, dry_run }
    const post = (key: string) => unwrap(api.POST('/campaigns/{id}/assignments', { params: { path: { id: d.id }, header: { 'Idempotency-Key': key } }, body }))
    void act(body, post, (reply) => {
      setPreview(dry_run ? reply : undefined)
      return dry_run ? undefined : client.invalidateQueries({ queryKey: ['campaigns'] })
    })
  }
  return (
    <details className="gap">
      <summary>批量分派尚无结果的农户</summary>
      <div className="filters gap">
        <Select mode="multiple" aria-label="哪些村" placeholder="全部村" style={{ minWidth: '12rem' }} value={villages} onChange={choose(setVillages)} options={d.villages.map((v) => ({ value: v.code, label: v.title }))} />
        <Select allowClear aria-label="谁未完成的" placeholder="不论现由谁调查" style={{ minWidth: '12rem' }} value={from} onChange={choose(setFrom)} options={[{ value: '-', label: '尚未分派的' }, ...d.surveyors.filter((s) => s.code).map((s) => ({ value: s.code, label: `${s.title}未完成的` }))]} />
        <Select mode="multiple" aria-label="分给谁" placeholder="分给（均衡）" style={{ minWidth: '12rem' }} value={to} onChange={choose(setTo)} options={people} />
        <Button onClick={() => send(true)} loading={busy} disabled={to.length === 0}>
          预览
        </Button>
      </div>
      {preview && (
        <>
          <p>
            {preview.households} 户换调查员；未完成户数：
            {preview.loads.map((l) => `${l.surveyor.name} ${l.before}→${l.after}`).join('，')}
          </p>
          <Button type="primary" onClick={() => send(false)} loading={busy} disabled={preview.households === 0}>
            确认分派
          </Button>
        </>
      )}
      {faults.map((f) => (
        <Alert key={f} type="error" title={f} />
      ))}
    </details>
  )
}
