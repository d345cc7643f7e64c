import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, InputNumber } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { auditSamplesQuery } from '../../api/queries'
import type { AuditSample, AuditSampleInput, Engagement } from '../../api/types'
import { ProcedureSelect, VillageSelect } from '../../components/Filters'
import { Loaded } from '../../components/PageState'
import { useAct } from '../../lib/act'
import { formatTime } from '../../lib/dates'
import { Rows } from '../Cases'
import { PackageButton, ReplayButton } from './Take'

/** 随机样本: what was drawn under an engagement, and how anybody can draw it again. */
export function Samples({ engagement: e }: { engagement: Engagement }) {
  const samples = useQuery(auditSamplesQuery(e.id))
  return (
    <Loaded query={samples}>
      {({ items }) => (
        <>
          {e.can_draw && <Draw id={e.id} />}
          {items.length === 0 && <p className="muted">还没有抽取样本。</p>}
          {items.map((s) => (
            <One key={s.id} sample={s} engagement={e.can_draw ? e.id : undefined} />
          ))}
        </>
      )}
    </Loaded>
  )
}

function Draw({ id }: { id: string }) {
  const client = useQueryClient()
  const name = useId()
  const { act, busy, faults } = useAct()
  const [input, setInput] = useState<AuditSampleInput>({ size: 20 })
  const draw = () => void act(input, (key) => unwrap(api.POST('/engagements/{id}/samples', { params: { path: { id }, header: { 'Idempotency-Key': key } }, body: input })), () => client.invalidateQueries({ queryKey: ['engagements', 'samples', id] }))
  return (
    <>
      <div className="filters drawn">
        <label htmlFor={name}>
          抽取件数
          <InputNumber id={name} min={1} max={500} precision={0} value={input.size} onChange={(size) => setInput({ ...input, size: size ?? 1 })} />
        </label>
        <ProcedureSelect value={input.procedure} onChange={(procedure) => setInput({ ...input, procedure })} />
        <VillageSelect value={input.village} onChange={(village) => setInput({ ...input, village })} />
        <Button type="primary" loading={busy} onClick={draw}>
          随机抽取
        </Button>
      </div>
      <p className="muted">种子由系统产生并留存，抽取后不能更改或者删除。</p>
      {faults.length > 0 && <Alert className="gap" type="error" role="alert" title={faults.join('；')} />}
    </>
  )
}

export function One({ sample: s, engagement }: { sample: AuditSample; engagement?: string }) {
  return (
    <section className="drawn" data-sample={s.id}>
      <h3>
        {s.procedure_title ?? '全部事项'}
        {s.village_name && ` · ${s.village_name}`}：{s.population} 件中抽取 {Math.min(s.size, s.population)} 件
      </h3>
      <p className="small num">
        {s.drawn_by.name} · {formatTime(s.drawn_at)} · 种子 {s.seed}
      </p>
      <p className="hash gap">总体指纹 {s.population_hash}</p>
      {engagement && s.cases.length > 0 && (
        <div className="acts gap">
          <PackageButton engagement={engagement} choice={{ sample_id: s.id }} />
          <ReplayButton engagement={engagement} choice={{ sample_id: s.id }} />
        </div>
      )}
      {s.cases.length > 0 ? <Rows cases={s.cases} /> : <p className="muted">抽中的事项现在不在您的查看范围内。</p>}
    </section>
  )
}
