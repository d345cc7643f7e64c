import { useQueryClient } from '@tanstack/react-query'
import { Alert, App, Button, Input } from 'antd'
import { useId, useState } from 'react'
import { api, unwrap } from '../../api/client'
import type { CountyRule, PolicyRowInput } from '../../api/types'
import { DateInput } from '../../components/fields/DateInput'
import { useAct } from '../../lib/act'

interface Props {
  /** All rules that are to hold. */
  rules: CountyRule[]
  region: string
  /** The first day on which they can begin to. */
  earliest: string
  verb: string
  onDone: () => void
}

/** 自某日起生效: the rules of the place become these, on the ground of a paper. */
export function InForce({ rules, region, earliest, verb, onDone }: Props) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const id = useId()
  const { act, busy, faults } = useAct()
  const [from, setFrom] = useState<string | undefined>(earliest)
  const [source, setSource] = useState('')
  const put = () => {
    if (!from) return
    const body: PolicyRowInput = { key: 'county_rules', region_code: region, valid_from: from, value: rules, source: source.trim() }
    void act(body, (key) => unwrap(api.PUT('/policy/rows', { params: { header: { 'Idempotency-Key': key } }, body })), async () => {
      void message.success(`自 ${from} 起${verb}`)
      await client.invalidateQueries({ queryKey: ['policy'] })
      onDone()
    })
  }
  return (
    <>
      <div className="filters">
        <label htmlFor={`${id}from`}>
          {verb}日期
          <DateInput id={`${id}from`} value={from} onChange={setFrom} />
        </label>
        <label className="wide" htmlFor={`${id}source`}>
          依据文件号
          <Input id={`${id}source`} value={source} maxLength={200} onChange={(e) => setSource(e.target.value)} />
        </label>
      </div>
      {faults.length > 0 && <Alert className="gap" type="error" showIcon role="alert" title={faults[0]} description={faults.length > 1 ? faults.slice(1).join('；') : undefined} />}
      <div className="form-foot">
        <Button type="primary" loading={busy} disabled={!from || from < earliest || source.trim() === ''} onClick={put}>
          {from ? `自 ${from} 起${verb}` : `请选择${verb}日期`}
        </Button>
        <Button onClick={onDone}>返回</Button>
      </div>
    </>
  )
}
