import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Input } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import { campaignSampleQuery } from '../../api/queries'
import type { SampleItem } from '../../api/types'
import { ExportButton } from '../../components/ExportButton'
import { useAct } from '../../lib/act'

/** 抽查样本: the households drawn for the present spot check, and what was found about each. */
export function Sample({ id, may }: { id: string; may: boolean }) {
  const sample = useQuery(campaignSampleQuery(id))
  if (!sample.data || sample.data.round === 0) return null
  return (
    <section>
      <h3>
        第{sample.data.round}轮抽查样本 <small className="muted">随机种子 {sample.data.seed}</small>
      </h3>
      <ExportButton list="campaign_sample" filter={{ id }} />
      <table className="list">
        <tbody>
          {sample.data.items.map((x) => (
            <tr key={x.household.id}>
              <td>
                {x.household.head_name}（{x.household.household_no}）
              </td>
              <td data-label="村">{x.region_name}</td>
              <td data-label="调查员">{x.surveyor.name}</td>
              <td data-label="结果">{x.result === 'pass' ? '合格' : x.result === 'fail' ? `不合格：${x.brief}` : '尚未抽查'}</td>
              {may && (
                <td>
                  <Verdict id={id} item={x} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Verdict({ id, item }: { id: string; item: SampleItem }) {
  const client = useQueryClient()
  const [brief, setBrief] = useState('')
  const { act, busy, faults } = useAct()
  const send = (result: 'pass' | 'fail') => {
    const body = { results: [{ household_id: item.household.id, result, brief: result === 'fail' ? brief : undefined }] }
    void act(body, (key) => unwrap(api.POST('/campaigns/{id}/sample', { params: { path: { id }, header: { 'Idempotency-Key': key } }, body })), () => client.invalidateQueries({ queryKey: ['campaigns'] }))
  }
  return (
    <>
      <Button size="small" onClick={() => send('pass')} loading={busy}>
        合格
      </Button>{' '}
      <Input size="small" style={{ width: '10rem' }} aria-label={`${item.household.head_name}不合格的问题`} placeholder="不合格的问题" maxLength={200} value={brief} onChange={(e) => setBrief(e.target.value)} />{' '}
      <Button size="small" danger onClick={() => send('fail')} loading={busy} disabled={brief.trim() === ''}>
        不合格
      </Button>
      {faults.map((f) => (
        <Alert key={f} type="error" title={f} />
      ))}
    </>
  )
}
