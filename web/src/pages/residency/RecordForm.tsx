import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Input, Radio } from 'antd'
import { useId, useState } from 'react'
import type { Residency, ResidencyInput } from '../../api/admin'
import { api, unwrap } from '../../api/client'
import { Faults } from '../../components/Faults'
import { useAct } from '../../lib/act'

type Answer = 'long_plan' | 'annual_plan' | 'accident_insured' | 'illness_insured' | 'tasks_done'

const questions: { name: Answer; title: string }[] = [
  { name: 'long_plan', title: '制定并执行乡村振兴帮扶规划' },
  { name: 'annual_plan', title: '制定并执行年度计划' },
  { name: 'accident_insured', title: '已购买人身意外保险' },
  { name: 'illness_insured', title: '已购买重大疾病保险' },
  { name: 'tasks_done', title: '《驻村工作提示》所列任务已完成' },
]

const yesNo = [
  { value: true, label: '是' },
  { value: false, label: '否' },
]

interface Props {
  of: Residency
  month: string
  onDone: () => void
}

/** One month of one member. What was recorded before stays beside what is recorded anew. */
export function RecordForm({ of: r, month, onDone }: Props) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const { act, busy, faults } = useAct()
  const id = useId()
  const [days, setDays] = useState(r.record ? String(r.record.days) : '')
  const [answers, setAnswers] = useState<Partial<Record<Answer, boolean>>>(() => Object.fromEntries(questions.map((q) => [q.name, r.record?.[q.name]])))
  const [note, setNote] = useState(r.record?.note ?? '')
  const left = [...(/^\d{1,2}$/.test(days) && Number(days) <= 31 ? [] : ['驻村天数']), ...questions.filter((q) => answers[q.name] === undefined).map((q) => q.title)]
  const save = () => {
    const { long_plan = false, annual_plan = false, accident_insured = false, illness_insured = false, tasks_done = false } = answers
    const body: ResidencyInput = { user_id: r.user.id, region_code: r.region_code, month, days: Number(days), long_plan, annual_plan, accident_insured, illness_insured, tasks_done, note: note.trim() || undefined }
    void act(body, (key) => unwrap(api.POST('/residency', { params: { header: { 'Idempotency-Key': key } }, body })), async (saved) => {
      void message.success(saved.findings.length === 0 ? '已登记，符合要求' : `已登记，${saved.findings.length} 项不符：${saved.findings.map((f) => f.message).join('；')}`)
      await client.invalidateQueries({ queryKey: ['residency'] })
      onDone()
    })
  }
  return (
    <section className="panel" aria-label="登记驻村履职">
      <h2>
        {r.region_name} {r.user.name}：{month}
      </h2>
      {r.record && <p className="gap muted">更正后以新的为准，原来的登记保留。</p>}
      <div className="filters">
        <label htmlFor={`${id}days`}>
          驻村天数
          <Input id={`${id}days`} autoFocus inputMode="numeric" value={days} maxLength={2} onChange={(e) => setDays(e.target.value.trim())} />
        </label>
        <label className="wide" htmlFor={`${id}note`}>
          备注（可不填，不要写个人信息）
          <Input id={`${id}note`} value={note} maxLength={500} onChange={(e) => setNote(e.target.value)} />
        </label>
      </div>
      <div className="residency-answers">
        {questions.map((q) => (
          <div key={q.name}>
            <span id={id + q.name}>{q.title}</span>
            <Radio.Group aria-labelledby={id + q.name} options={yesNo} value={answers[q.name]} onChange={(e) => setAnswers({ ...answers, [q.name]: e.target.value as boolean })} />
          </div>
        ))}
      </div>
      <Faults list={faults} />
      <div className="form-foot">
        <Button type="primary" loading={busy} disabled={left.length > 0} onClick={save}>
          保存
        </Button>
        <Button onClick={onDone}>返回</Button>
        {left.length > 0 && <span className="muted">还要填：{left.join('、')}</span>}
      </div>
    </section>
  )
}
