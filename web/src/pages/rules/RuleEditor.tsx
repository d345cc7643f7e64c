import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Alert, Button, Input, Radio } from 'antd'
import { useId, useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { ApiError, describe } from '../../api/problem'
import { going, ruleLanguageQuery, runQuery } from '../../api/queries'
import { submit } from '../../api/submit'
import type { CountyRule, Fault, RuleLanguage, Run } from '../../api/types'
import { Loaded } from '../../components/PageState'
import { KeyKeeper } from '../../lib/idempotency'
import { outcome, stateTitles } from '../runs/words'
import { Condition } from './Condition'
import { InForce } from './InForce'
import { columnOf, cutAt, uses } from './list'

interface Props {
  rule: CountyRule
  /** The other rules, which go on to hold. */
  others: CountyRule[]
  region: string
  earliest: string
  onDone: () => void
}

/** One rule: written, tried over the whole area, and only then put in force. */
export function RuleEditor({ rule: opened, others, region, earliest, onDone }: Props) {
  const id = useId()
  const [rule, setRule] = useState(opened)
  const trial = useTrial(region)
  const change = (part: Partial<CountyRule>) => setRule({ ...rule, ...part })
  const ready = [rule.title, rule.when, rule.message, rule.basis].every((text) => text.trim() !== '')
  const clean: CountyRule = { ...rule, title: rule.title.trim(), when: rule.when.trim(), message: rule.message.trim(), basis: rule.basis.trim() }
  const insert = (text: string) => {
    const area = document.getElementById(`${id}when`) as HTMLTextAreaElement | null
    const [from, to] = area ? [area.selectionStart, area.selectionEnd] : [rule.when.length, rule.when.length]
    change({ when: rule.when.slice(0, from) + text + rule.when.slice(to) })
    area?.focus()
    requestAnimationFrame(() => area?.setSelectionRange(from + text.length, from + text.length))
  }
  return (
    <>
      <section className="panel" aria-label="规则">
        <h2>{opened.title ? `修改“${opened.title}”` : '新增规则'}</h2>
        <div className="filters">
          <label className="wide" htmlFor={`${id}title`}>
            名称
            <Input id={`${id}title`} value={rule.title} maxLength={60} onChange={(e) => change({ title: e.target.value })} />
          </label>
          <Radio.Group className="tall" aria-label="用途" value={rule.use} onChange={(e) => change({ use: e.target.value as string })} options={Object.entries(uses).map(([value, label]) => ({ value, label }))} />
        </div>
        <div className="labelled">
          <label htmlFor={`${id}when`}>条件</label>
          <Condition id={`${id}when`} value={rule.when} onChange={(when) => change({ when })} />
        </div>
        <Words onInsert={insert} />
        <label className="labelled" htmlFor={`${id}message`}>
          符合时的提示
          <Input id={`${id}message`} value={rule.message} maxLength={200} onChange={(e) => change({ message: e.target.value })} />
        </label>
        <label className="labelled" htmlFor={`${id}basis`}>
          依据
          <Input id={`${id}basis`} value={rule.basis} maxLength={200} onChange={(e) => change({ basis: e.target.value })} />
        </label>
        {trial.refused !== undefined && <Refused text={clean.when} err={trial.refused} />}
        <div className="acts">
          <Button type="primary" disabled={!ready} loading={trial.busy} onClick={() => void trial.start(clean)}>
            试算
          </Button>
          <Button onClick={onDone}>返回</Button>
        </div>
      </section>
      {trial.run && <Result id={trial.run.id} changed={JSON.stringify(trial.tried) !== JSON.stringify(clean)} />}
      <section className="panel" aria-label="生效">
        <h2>生效</h2>
        <p className="gap muted">试算以后才能生效；改动以后须重新试算，试算的结果三十天内有效。{others.length > 0 && `其余 ${others.length} 条规则不变。`}</p>
        {ready && <InForce rules={[...others, clean]} region={region} earliest={earliest} verb="生效" onDone={onDone} />}
      </section>
    </>
  )
}

/** 试算 a rule: it only counts, and nothing comes of whom it hits. */
function useTrial(region: string) {
  const client = useQueryClient()
  const keeper = useRef(new KeyKeeper())
  const [busy, setBusy] = useState(false)
  const [run, setRun] = useState<Run>()
  const [tried, setTried] = useState<CountyRule>()
  const [refused, setRefused] = useState<unknown>()
  const start = async (rule: CountyRule) => {
    const body = { kind: 'trial' as const, region_code: region, rule }
    setBusy(true)
    setRefused(undefined)
    try {
      setRun(await submit(keeper.current, body, (key) => unwrap(api.POST('/runs', { params: { header: { 'Idempotency-Key': key } }, body }))))
      setTried(rule)
      void client.invalidateQueries({ queryKey: ['runs', 'list'] })
    } catch (err) {
      setRun(undefined)
      setRefused(err)
    } finally {
      setBusy(false)
    }
  }
  return { start, busy, run, tried, refused }
}

/** What the compiler says, and at which character. */
export function Refused({ text, err }: { text: string; err: unknown }) {
  const faults: Fault[] = err instanceof ApiError ? err.faults : []
  return (
    <Alert
      className="gap"
      type="error"
      showIcon
      role="alert"
      title={describe(err)}
      description={faults.map((f) => (
        <div key={(f.field ?? '') + f.code + f.message}>
          <Place text={text} column={columnOf(f.field)} />
          {f.message}
        </div>
      ))}
    />
  )
}

function Place({ text, column }: { text: string; column?: number }) {
  if (!column) return null
  const [before, at, after] = cutAt(text, column)
  return (
    <p className="expression">
      {before}
      <mark>{at}</mark>
      {after}
      <span className="muted">（第 {column} 个字）</span>
    </p>
  )
}

/** The names, marks of a member and functions that a condition is written with; a click puts one in. */
function Words({ onInsert }: { onInsert: (text: string) => void }) {
  const language = useQuery(ruleLanguageQuery)
  return (
    <details className="gap">
      <summary>可用的名称、函数和写法（点一下即插入）</summary>
      <Loaded query={language}>{(l) => <Lists language={l} onInsert={onInsert} />}</Loaded>
    </details>
  )
}

function Lists({ language: l, onInsert }: { language: RuleLanguage; onInsert: (text: string) => void }) {
  const word = (text: string, put = text) => (
    <button type="button" className="phrase" onClick={() => onInsert(put)}>
      {text}
    </button>
  )
  return (
    <>
      <p>
        例：<span className="expression">{l.example}</span> {word('用这个例子', l.example)}
      </p>
      <ul className="words" aria-label="可用的名称">
        {l.names.map((n) => (
          <li key={n.name}>
            {word(n.name)}
            <span className="small muted">{n.text}</span>
          </li>
        ))}
      </ul>
      <p className="muted">逐个成员：</p>
      <div className="phrases" role="group" aria-label="逐个成员">
        {l.cells.map((c) => (
          <span key={c}>{word(`.${c.replace(/^\./, '')}`)}</span>
        ))}
      </div>
      <p className="muted">函数：</p>
      <div className="phrases" role="group" aria-label="函数">
        {l.functions.map((f) => (
          <span key={f}>{word(f, `${f.replace(/\(.*$/, '')}(`)}</span>
        ))}
      </div>
    </>
  )
}

/** How far the trial is, how many households the rule hits, and some of them to look at. */
function Result({ id, changed }: { id: string; changed: boolean }) {
  const run = useQuery(runQuery(id))
  return <Loaded query={run}>{(r) => <Counted run={r} changed={changed} />}</Loaded>
}

export function Counted({ run: r, changed }: { run: Run; changed: boolean }) {
  return (
    <section className="panel" aria-label="试算结果">
      <h2>试算结果</h2>
      <p role="status" className="num">
        {stateTitles[r.state]}：{r.total} 户中已查看 {r.looked} 户；{outcome(r)}
      </p>
      {going(r) && <progress max={Math.max(r.total, 1)} value={r.passed} aria-label="试算进度" />}
      {changed && <Alert className="gap" type="warning" showIcon title="试算以后又改动了，请重新试算" />}
      {(r.sample ?? []).length > 0 && (
        <>
          <p className="muted">符合条件的若干户，可逐户核对：</p>
          <ul className="lines">
            {r.sample?.map((h) => (
              <li key={h.id}>
                <Link to="/households/$id" params={{ id: h.id }} target="_blank">
                  {h.head_name}
                </Link>{' '}
                <span className="muted num">{h.household_no}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}
