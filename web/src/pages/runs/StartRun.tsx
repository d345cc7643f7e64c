import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Alert, Button, Checkbox, Radio, Select } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { RegionRef, RunInput } from '../../api/types'
import { useAreas } from '../../components/Filters'
import { useAct } from '../../lib/act'
import { kindTitles } from './words'

const channels = [
  { value: 'big_data', label: '大数据比对' },
  { value: 'concentrated_screening', label: '集中排查' },
]

/** 开始检查: which rules, over which part of the office's area, all households or those that have changed. */
export function StartRun({ offices, onClose }: { offices: RegionRef[]; onClose: () => void }) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const id = useId()
  const { act, busy, faults } = useAct()
  const [kind, setKind] = useState<'quality' | 'screening'>('quality')
  const [region, setRegion] = useState(offices[0]?.code)
  const [channel, setChannel] = useState<RunInput['channel']>('big_data')
  const [full, setFull] = useState(false)
  const areas = useAreas().filter((a) => offices.some((o) => a.value.startsWith(o.code)))
  const start = () => {
    if (!region) return
    const body: RunInput = { kind, region_code: region, full, channel: kind === 'screening' ? channel : undefined }
    void act(body, (key) => unwrap(api.POST('/runs', { params: { header: { 'Idempotency-Key': key } }, body })), async (run) => {
      await client.invalidateQueries({ queryKey: ['runs'] })
      void navigate({ to: '/runs/$id', params: { id: run.id }, search: {} })
    })
  }
  return (
    <section className="panel" aria-label="开始检查">
      <h2>开始检查</h2>
      <Radio.Group aria-label="类别" className="gap" value={kind} onChange={(e) => setKind(e.target.value as typeof kind)} options={[{ value: 'quality', label: kindTitles.quality }, { value: 'screening', label: kindTitles.screening }]} />
      <p className="gap muted">{kind === 'quality' ? '按数据质量规则查找登记中的错漏，新发现的立为问题，由乡镇派发。' : '按现行标准比对未纳入监测的户，新发现的立为风险线索，由人核实。'}</p>
      <div className="filters">
        <label htmlFor={`${id}area`}>
          区域
          <Select id={`${id}area`} style={{ minWidth: '12rem' }} value={region} showSearch={{ optionFilterProp: 'label' }} options={areas.length > 0 ? areas : offices.map((o) => ({ value: o.code, label: o.name }))} onChange={setRegion} />
        </label>
        {kind === 'screening' && (
          <label htmlFor={`${id}channel`}>
            线索来源
            <Select id={`${id}channel`} style={{ minWidth: '10rem' }} value={channel} options={channels} onChange={(v) => setChannel(v as RunInput['channel'])} />
          </label>
        )}
        <Checkbox className="tall" checked={full} onChange={(e) => setFull(e.target.checked)}>
          全部重查（不勾选的，只查有变动的户）
        </Checkbox>
      </div>
      {faults.length > 0 && <Alert className="gap" type="error" showIcon role="alert" title={faults.join('；')} />}
      <div className="form-foot">
        <Button type="primary" loading={busy} disabled={!region} onClick={start}>
          开始
        </Button>
        <Button onClick={onClose}>返回</Button>
      </div>
    </section>
  )
}
