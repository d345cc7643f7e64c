import { useMemo } from 'react'
import type { Answers, Field, FormSums } from '../api/types'
import { compute, type Remark } from '../lib/sums'
import './sums.css'

const words: Record<Remark['severity'], string> = { error: '须改正', finding: '须说明', warning: '请核对', clue: '风险线索', problem: '须整改' }

/** What the answers come to so far, and what the checks say: on the desk and on the phone, without asking anybody. */
export function Sums({ fields, answers, sums }: { fields: Field[]; answers: Answers; sums: FormSums }) {
  const { values, remarks } = useMemo(() => compute(fields, answers, sums), [fields, answers, sums])
  if (values.length + remarks.length === 0) return null
  return (
    <section className="sums" aria-label="边填边算">
      <h2>边填边算</h2>
      <ul>
        {values.map((v) => (
          <li key={v.code}>{v.text}</li>
        ))}
        {remarks.map((r) => (
          <li key={`${r.code} ${r.field ?? ''}`} data-severity={r.severity}>
            <b>{words[r.severity]}</b> {r.text}
          </li>
        ))}
      </ul>
      <p>保存或上传后以系统所算为准；饮水、收入周期等按政策判定的检查届时给出。</p>
    </section>
  )
}
