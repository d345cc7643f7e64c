import { useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Input, Select } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { CampaignDetail, CutOffInput } from '../../api/types'
import { useAct } from '../../lib/act'

/** 截止事项: what the villages owe by a day, which of them still do, and where the office records what it has received. */
export function CutOffs({ detail: d }: { detail: CampaignDetail }) {
  if (d.cutoffs.length === 0) return null
  const open = d.cutoffs.filter((c) => c.owing.length > 0 && c.item !== 'entry')
  return (
    <>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">截止事项</th>
            <th scope="col">截止日期</th>
            <th scope="col">已办结</th>
            <th scope="col">尚未办结的村</th>
          </tr>
        </thead>
        <tbody>
          {d.cutoffs.map((c) => (
            <tr key={c.item}>
              <td>{c.title}</td>
              <td data-label="截止日期" className="nowrap">
                {c.on} {c.overdue && <strong className="late">逾期</strong>}
              </td>
              <td data-label="已办结" className="num">
                {c.villages - c.owing.length}/{c.villages}
              </td>
              <td data-label="尚未办结的村">{c.owing.map((v) => v.name).join('、') || '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {d.may.includes('cutoff') && open.length > 0 && <Receive id={d.id} open={open} />}
    </>
  )
}

function Receive({ id, open }: { id: string; open: CampaignDetail['cutoffs'] }) {
  const client = useQueryClient()
  const [item, setItem] = useState<string>()
  const [villages, setVillages] = useState<string[]>([])
  const [note, setNote] = useState('')
  const { act, busy, faults } = useAct()
  const chosen = open.find((c) => c.item === item) ?? open[0]
  if (!chosen) return null
  const send = () => {
    const body = { item: chosen.item, villages, note: note.trim() } as CutOffInput
    void act(body, (key) => unwrap(api.POST('/campaigns/{id}/cutoffs', { params: { path: { id }, header: { 'Idempotency-Key': key } }, body })), () => {
      setVillages([])
      setNote('')
      return Promise.all(['campaigns', 'cases'].map((queryKey) => client.invalidateQueries({ queryKey: [queryKey] })))
    })
  }
  return (
    <details className="gap">
      <summary>登记各村报送</summary>
      <div className="filters gap">
        <Select aria-label="截止事项" style={{ minWidth: '13rem' }} value={chosen.item} options={open.map((c) => ({ value: c.item, label: c.title }))} onChange={(v) => { setItem(v); setVillages([]) }} />
        <Select aria-label="已报送的村" mode="multiple" style={{ minWidth: '13rem' }} placeholder="已报送的村" value={villages} options={chosen.owing.map((v) => ({ value: v.code, label: v.name }))} onChange={setVillages} />
        <Input aria-label="收到的材料和内容" placeholder="收到的材料和内容，不写姓名" style={{ width: '18rem' }} value={note} maxLength={2000} onChange={(e) => setNote(e.target.value)} />
        <Button loading={busy} disabled={villages.length === 0 || note.trim() === ''} onClick={send}>
          登记
        </Button>
      </div>
      {faults.length > 0 && <Alert type="error" role="alert" title={faults.join('；')} />}
    </details>
  )
}
