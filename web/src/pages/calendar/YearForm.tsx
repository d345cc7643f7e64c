import { useQueryClient } from '@tanstack/react-query'
import { App, Button, Input } from 'antd'
import { useId, useState } from 'react'
import type { CalendarChange, CalendarHoliday, CalendarInput, CalendarYear } from '../../api/admin'
import { api, unwrap } from '../../api/client'
import { DateInput } from '../../components/fields/DateInput'
import { Faults } from '../../components/Faults'
import { TryFirst } from '../../components/TryFirst'
import { useAct } from '../../lib/act'
import { asWritten } from '../../i18n/tr'
import { daysIn } from './months'

/** One holiday as it is typed. */
interface Line {
  key: number
  name: string
  first?: string
  last?: string
  work: string
}

/** The holidays that every notice has arranged so far. */
const usual = asWritten(['元旦', '春节', '清明节', '劳动节', '端午节', '中秋节', '国庆节'])

const linesOf = (y: CalendarYear): Line[] =>
  (y.holidays ?? usual.map((name): Partial<CalendarHoliday> => ({ name }))).map((h, key) => ({ key, name: h.name ?? '', first: h.first, last: h.last, work: (h.work ?? []).join('，') }))

/** The arrangement that the lines stand for, or what is missing. */
function holidaysOf(lines: Line[]): { holidays: CalendarHoliday[]; left?: string } {
  const holidays: CalendarHoliday[] = []
  for (const l of lines) {
    const work = daysIn(l.work)
    const name = l.name.trim()
    if (!name) return { holidays, left: '节日名称' }
    if (!l.first || !l.last) return { holidays, left: `${name}的起止日期` }
    if (!work) return { holidays, left: `${name}的调休上班日写作 2027-02-06` }
    holidays.push({ name, first: l.first, last: l.last, work })
  }
  return holidays.length > 0 ? { holidays } : { holidays, left: '至少一个节日' }
}

/** 录入放假安排: the notice and its holidays; which limits would move is told before it is put into use. */
export function YearForm({ of: y, onDone }: { of: CalendarYear; onDone: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const { act, busy, faults } = useAct()
  const id = useId()
  const [number, setNumber] = useState(y.source ?? '')
  const [title, setTitle] = useState(y.title ?? asWritten(`国务院办公厅关于${y.year}年部分节假日安排的通知`))
  const [published, setPublished] = useState(y.published_on)
  const [lines, setLines] = useState(() => linesOf(y))
  const [trial, setTrial] = useState<{ of: string; change: CalendarChange }>()
  const { holidays, left } = holidaysOf(lines)
  const missing = [!number.trim() && '文号', !title.trim() && '标题', !published && '发布日期', left].filter(Boolean)
  const body: CalendarInput = { number: number.trim(), title: title.trim(), published_on: published ?? '', holidays }
  const tried = trial?.of === JSON.stringify(body) ? trial.change : undefined
  const send = (dry_run: boolean) => () => unwrap(api.PUT('/calendar/{year}', { params: { path: { year: y.year } }, body: { ...body, dry_run } }))
  const tryIt = () => void act(body, send(true), (change) => setTrial({ of: JSON.stringify(body), change }))
  const put = () =>
    void act(body, send(false), async () => {
      void message.success('已启用，暂估的期限正在后台重算')
      await client.invalidateQueries({ queryKey: ['calendar'] })
      onDone()
    })
  const change = (key: number, more: Partial<Line>) => setLines(lines.map((l) => (l.key === key ? { ...l, ...more } : l)))
  return (
    <section className="panel" aria-label="录入放假安排">
      <h2>
        {y.published ? '更正' : '录入'} {y.year} 年放假安排
      </h2>
      <div className="filters">
        <label htmlFor={`${id}number`}>
          通知文号
          <Input id={`${id}number`} autoFocus value={number} maxLength={60} placeholder="国办发明电〔2026〕7号" onChange={(e) => setNumber(e.target.value)} />
        </label>
        <label className="wide" htmlFor={`${id}title`}>
          通知标题
          <Input id={`${id}title`} value={title} maxLength={100} onChange={(e) => setTitle(e.target.value)} />
        </label>
        <label htmlFor={`${id}published`}>
          发布日期
          <DateInput id={`${id}published`} value={published} onChange={setPublished} />
        </label>
      </div>
      {lines.map((l, i) => (
        <fieldset key={l.key} className="holiday-line">
          <legend className="unseen">第 {i + 1} 个节日</legend>
          <div className="filters">
            <label htmlFor={`${id}name${l.key}`}>
              节日
              <Input id={`${id}name${l.key}`} value={l.name} maxLength={20} onChange={(e) => change(l.key, { name: e.target.value })} />
            </label>
            <label htmlFor={`${id}first${l.key}`}>
              放假第一天
              <DateInput id={`${id}first${l.key}`} value={l.first} onChange={(first) => change(l.key, { first, last: l.last ?? first })} />
            </label>
            <label htmlFor={`${id}last${l.key}`}>
              放假最后一天
              <DateInput id={`${id}last${l.key}`} value={l.last} onChange={(last) => change(l.key, { last })} />
            </label>
            <label className="wide" htmlFor={`${id}work${l.key}`}>
              调休上班的周末（多日用逗号分开）
              <Input id={`${id}work${l.key}`} value={l.work} maxLength={100} onChange={(e) => change(l.key, { work: e.target.value })} />
            </label>
            <Button aria-label={`去掉第 ${i + 1} 个节日`} onClick={() => setLines(lines.filter((x) => x.key !== l.key))}>
              去掉
            </Button>
          </div>
        </fieldset>
      ))}
      <p className="gap">
        <Button onClick={() => setLines([...lines, { key: Math.max(-1, ...lines.map((l) => l.key)) + 1, name: '', work: '' }])}>增加节日</Button>
      </p>
      {tried && <Outcome change={tried} />}
      <Faults list={faults} />
      <TryFirst label="试算影响" ready={missing.length === 0} confirm={tried && '确认启用'} busy={busy} onTry={tryIt} onConfirm={put} onBack={onDone}>
        {missing.length > 0 && <span className="muted">还要填：{missing.join('、')}</span>}
      </TryFirst>
    </section>
  )
}

/** The answer of the dry run in words. */
export function Outcome({ change: c }: { change: CalendarChange }) {
  return (
    <div className="gap" role="status" aria-label="试算结果">
      <p>
        <strong>试算结果（没有写入）：</strong>
        {c.limits === 0 ? '没有期限因此变动。' : `${c.cases} 件在办事项的 ${c.limits} 个暂估期限将变动：`}
      </p>
      <ul className="lines">
        {c.shifts.map((s) => (
          <li key={s.days}>
            {s.days > 0 ? `推后 ${s.days} 天` : `提前 ${-s.days} 天`}：{s.limits} 个
          </li>
        ))}
      </ul>
      {c.fixed > 0 && <p>另有 {c.fixed} 个期限已按原安排确定，不再变动。</p>}
      {c.provisional > 0 && <p>还有 {c.provisional} 个期限取决于其他尚未公布的年份，仍为暂估。</p>}
    </div>
  )
}
