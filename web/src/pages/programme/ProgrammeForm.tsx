import { useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Alert, App, Button, Form, Input, Select } from 'antd'
import { type ReactNode, useId, useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { ApiError, describe } from '../../api/problem'
import { submit } from '../../api/submit'
import type { Programme, ProgrammeInput } from '../../api/types'
import { DateInput } from '../../components/fields/DateInput'
import { keepEnter } from '../../lib/form'
import { KeyKeeper } from '../../lib/idempotency'

type Phase = Partial<ProgrammeInput['phases'][number]>
type Event = Partial<ProgrammeInput['events'][number]>

const kinds: { value: ProgrammeInput['phases'][number]['kind']; label: string }[] = [
  { value: 'mobilise', label: '动员部署' },
  { value: 'rectify', label: '集中整改' },
  { value: 'consolidate', label: '巩固提升' },
]

interface Props {
  regions: { code: string; name: string }[]
  programme?: Programme
  onClose: () => void
}

/** 方案: its papers, cut-off, phases and the events that problems are due before. */
export function ProgrammeForm({ regions, programme, onClose }: Props) {
  const client = useQueryClient()
  const navigate = useNavigate()
  const { message } = App.useApp()
  const keeper = useRef(new KeyKeeper())
  const [head, setHead] = useState({ title: programme?.title ?? '', region_code: programme?.region_code ?? regions[0]?.code ?? '', source_paper: programme?.source_paper ?? '', plan: programme?.plan ?? '', cut_off: programme?.cut_off })
  const [phases, setPhases] = useState<Phase[]>(programme?.phases ?? kinds.map((k) => ({ kind: k.value, title: k.label })))
  const [events, setEvents] = useState<Event[]>(programme?.events ?? [])
  const [busy, setBusy] = useState(false)
  const [faults, setFaults] = useState<string[]>([])

  const handIn = async () => {
    const body = inputOf(head, phases, events, programme?.seq)
    if (typeof body === 'string') return setFaults([body])
    setBusy(true)
    setFaults([])
    try {
      const saved = await submit(keeper.current, body, (key) =>
        programme
          ? unwrap(api.PUT('/programmes/{id}', { params: { path: { id: programme.id }, header: { 'Idempotency-Key': key } }, body }))
          : unwrap(api.POST('/programmes', { params: { header: { 'Idempotency-Key': key } }, body })),
      )
      void message.success('方案已保存')
      await client.invalidateQueries({ queryKey: ['programmes'] })
      onClose()
      if (!programme) void navigate({ to: '/programmes/$id', params: { id: saved.id }, search: {} })
    } catch (err) {
      setFaults([describe(err), ...(err instanceof ApiError ? err.faults.map((f) => f.message) : [])])
    } finally {
      setBusy(false)
    }
  }

  return (
    <section className="panel">
      <Form aria-label="整改方案" onKeyDown={keepEnter} onFinish={() => void handIn()}>
        <h2>{programme ? '修改方案' : '新建方案'}</h2>
        <div className="filters">
          <Labelled wide title="方案名称">{(id) => <Input id={id} value={head.title} maxLength={100} onChange={(e) => setHead({ ...head, title: e.target.value })} />}</Labelled>
          <Labelled title="地区">
            {(id) => <Select id={id} style={{ minWidth: '12rem' }} disabled={Boolean(programme)} value={head.region_code} options={regions.map((r) => ({ value: r.code, label: r.name }))} onChange={(region_code) => setHead({ ...head, region_code })} />}
          </Labelled>
          <Labelled title="截止日期">{(id) => <DateInput id={id} value={head.cut_off} onChange={(cut_off) => setHead({ ...head, cut_off })} />}</Labelled>
        </div>
        <Labelled title="指出问题的文件">{(id) => <Input id={id} value={head.source_paper} maxLength={200} onChange={(e) => setHead({ ...head, source_paper: e.target.value })} />}</Labelled>
        <Labelled title="方案正文">{(id) => <Input.TextArea id={id} rows={5} value={head.plan} onChange={(e) => setHead({ ...head, plan: e.target.value })} />}</Labelled>
        <h3 className="gap">阶段</h3>
        {phases.map((p, i) => (
          <div className="filters" key={i}>
            <Labelled title="性质">{(id) => <Select id={id} style={{ minWidth: '8rem' }} value={p.kind} options={kinds} onChange={(kind) => setPhases(changed(phases, i, { kind }))} />}</Labelled>
            <Labelled title="名称">{(id) => <Input id={id} value={p.title} maxLength={50} onChange={(e) => setPhases(changed(phases, i, { title: e.target.value }))} />}</Labelled>
            <Labelled title="开始">{(id) => <DateInput id={id} value={p.from} onChange={(from) => setPhases(changed(phases, i, { from }))} />}</Labelled>
            <Labelled title="结束">{(id) => <DateInput id={id} value={p.until} onChange={(until) => setPhases(changed(phases, i, { until }))} />}</Labelled>
            <Button onClick={() => setPhases(phases.filter((_, j) => j !== i))}>去掉</Button>
          </div>
        ))}
        <p className="gap">
          <Button onClick={() => setPhases([...phases, { kind: 'rectify' }])}>增加阶段</Button>
        </p>
        <h3 className="gap">事项（问题可以限在某一事项之前完成）</h3>
        {events.map((ev, i) => (
          <div className="filters" key={i}>
            <Labelled title="事项名称">{(id) => <Input id={id} value={ev.title} maxLength={50} onChange={(e) => setEvents(changed(events, i, { title: e.target.value }))} />}</Labelled>
            <Labelled title="日期（未定不填）">{(id) => <DateInput id={id} value={ev.on} onChange={(on) => setEvents(changed(events, i, { on }))} />}</Labelled>
            <Button onClick={() => setEvents(events.filter((_, j) => j !== i))}>去掉</Button>
          </div>
        ))}
        <p className="gap">
          <Button onClick={() => setEvents([...events, { code: freeCode(events) }])}>增加事项</Button>
        </p>
        {faults.length > 0 && <Alert className="gap" type="error" showIcon role="alert" title={faults[0]} description={faults.length > 1 ? faults.slice(1).join('；') : undefined} />}
        <div className="form-foot">
          <Button size="large" type="primary" htmlType="submit" loading={busy}>
            保存方案
          </Button>
          <Button size="large" onClick={onClose}>
            返回
          </Button>
        </div>
      </Form>
    </section>
  )
}

function Labelled({ title, wide, children }: { title: string; wide?: boolean; children: (id: string) => ReactNode }) {
  const id = useId()
  return (
    <label htmlFor={id} className={wide ? 'labelled wide' : 'labelled'}>
      {title}
      {children(id)}
    </label>
  )
}

const changed = <T,>(list: T[], i: number, change: Partial<T>): T[] => list.map((x, j) => (j === i ? { ...x, ...change } : x))

/** Events are told apart by codes that nobody has to type. */
function freeCode(events: Event[]): string {
  let n = events.length + 1
  while (events.some((e) => e.code === `event_${n}`)) n++
  return `event_${n}`
}

/** What is sent, or what is missing. Phases without any date are left out. */
function inputOf(head: Omit<ProgrammeInput, 'phases' | 'events'>, phases: Phase[], events: Event[], seq?: number): ProgrammeInput | string {
  if (!head.title.trim()) return '请填写方案名称'
  if (!head.region_code) return '请选择地区'
  const dated = phases.filter((p) => p.from ?? p.until)
  const whole: ProgrammeInput['phases'] = []
  for (const { kind, title, from, until } of dated) {
    if (!kind || !title || !from || !until) return '请把阶段的名称、开始和结束日期填写完整'
    whole.push({ kind, title, from, until })
  }
  const named: ProgrammeInput['events'] = []
  for (const { code, title, on } of events) {
    if (!code || !title) return '请填写事项名称'
    named.push({ code, title, on: on ?? undefined })
  }
  return { ...head, phases: whole, events: named, expected_seq: seq }
}
