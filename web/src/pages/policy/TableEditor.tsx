import { ArrowDownOutlined, ArrowUpOutlined, DeleteOutlined, PlusOutlined } from '@ant-design/icons'
import { Button, Input, InputNumber } from 'antd'
import { useState } from 'react'
import { ladderTitle } from '../../lib/policy'
import { fromLadders, fromRows, type Ladder, missing, moved, type PolicyColumn, type PolicyTable, type Row, toRows } from '../../lib/policytable'
import { Cell } from './Cell'
import './policy.css'

/** What is wrong at a place of the value, as the server told it. */
export type FaultAt = (place: string) => string | undefined

interface Props {
  table: PolicyTable
  given: unknown
  onChange: (value: unknown) => void
  faultAt: FaultAt
}

/** A policy value of several parts, as a table; what is incomplete stands for no value. */
export function TableEditor(props: Props) {
  return props.table.form === 'ladders' ? <Ladders {...props} /> : <Entries {...props} />
}

function Entries({ table, given, onChange, faultAt }: Props) {
  const [rows, setRows] = useState(() => toRows(table, given))
  const change = (next: Row[]) => {
    setRows(next)
    onChange(fromRows(table, next))
  }
  const at = (i: number, code: string) => {
    if (table.form === 'entry') return faultAt(code)
    if (table.form === 'map') return faultAt(String(rows[i]?.[table.columns[0]!.code]))
    return faultAt(`${i}.${code}`)
  }
  return <Lines columns={table.columns} rows={rows} fixed={table.form === 'entry'} onChange={change} faultAt={at} rowFault={(i) => (table.form === 'list' ? faultAt(String(i)) : undefined)} />
}

interface LinesProps {
  columns: PolicyColumn[]
  rows: Row[]
  /** One entry, to which none is added. */
  fixed?: boolean
  /** Goes before the name of each cell. */
  of?: string
  onChange: (rows: Row[]) => void
  faultAt: (row: number, code: string) => string | undefined
  rowFault: (row: number) => string | undefined
}

function Lines({ columns, rows, fixed, of = '', onChange, faultAt, rowFault }: LinesProps) {
  const [fresh, setFresh] = useState<number>()
  const set = (i: number, code: string, value: unknown) => onChange(rows.map((r, at) => (at === i ? { ...r, [code]: value } : r)))
  const open = missing(columns, rows).length
  const add = () => {
    setFresh(rows.length)
    onChange([...rows, {}])
  }
  return (
    <>
      <table className="list policy-table">
        <thead>
          <tr>
            {columns.map((c) => (
              <th scope="col" key={c.code}>
                {c.title}
              </th>
            ))}
            {!fixed && <th scope="col">操作</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            // Lines have no names of their own.
            // oxlint-disable-next-line react/no-array-index-key
            <tr key={i}>
              {columns.map((c, at) => {
                const fault = faultAt(i, c.code) ?? (at === 0 ? rowFault(i) : undefined)
                return (
                  <td key={c.code} data-label={c.title}>
                    <Cell column={c} label={fixed ? c.title : `${of}第 ${i + 1} 行${c.title}`} value={row[c.code]} wrong={fault !== undefined} autoFocus={fresh === i && at === 0} onChange={(v) => set(i, c.code, v)} />
                    {fault && (
                      <span className="late small" role="alert">
                        {fault}
                      </span>
                    )}
                  </td>
                )
              })}
              {!fixed && (
                <td className="row-acts">
                  <Button type="text" icon={<ArrowUpOutlined aria-hidden />} disabled={i === 0} aria-label={`${of}第 ${i + 1} 行上移`} onClick={() => onChange(moved(rows, i, -1))} />
                  <Button type="text" icon={<ArrowDownOutlined aria-hidden />} disabled={i === rows.length - 1} aria-label={`${of}第 ${i + 1} 行下移`} onClick={() => onChange(moved(rows, i, 1))} />
                  <Button type="text" icon={<DeleteOutlined aria-hidden />} aria-label={`${of}删除第 ${i + 1} 行`} onClick={() => onChange(rows.filter((_, x) => x !== i))} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {!fixed && (
        <p className="gap">
          <Button icon={<PlusOutlined aria-hidden />} onClick={add} aria-label={of ? `${of}添加一行` : undefined}>
            添加一行
          </Button>
        </p>
      )}
      {open > 0 && <p className="muted">还有 {open} 格要填</p>}
    </>
  )
}

/** 提醒阶梯: of each kind of limit the steps, the time of day, and what is repeated after the last. */
function Ladders({ table, given, onChange, faultAt }: Props) {
  const [ladders, setLadders] = useState(() => given as Record<string, Ladder>)
  const change = (name: string, l: Ladder) => {
    const next = { ...ladders, [name]: l }
    setLadders(next)
    onChange(fromLadders(table, next))
  }
  return Object.entries(ladders).map(([name, l]) => <OneLadder key={name} table={table} name={name} ladder={l} onChange={(x) => change(name, x)} faultAt={(place) => faultAt(`${name}.${place}`)} />)
}

function OneLadder({ table, name, ladder: l, onChange, faultAt }: { table: PolicyTable; name: string; ladder: Ladder; onChange: (l: Ladder) => void; faultAt: FaultAt }) {
  const steps = l.steps ?? []
  const again = table.columns.filter((c) => c.code !== 'offset_days')
  const title = ladderTitle(name)
  // What is at fault is not left folded away.
  const faulty = ['at', 'steps', 'repeat', 'repeat_every', ...steps.map((_, i) => `steps.${i}`)].some((place) => faultAt(place) !== undefined)
  /** What is not repeated needs no word on how. */
  const every = (n: number | null) => {
    if (n) return onChange({ ...l, repeat_every: n })
    const { repeat_every: _, ...rest } = l
    onChange(Object.fromEntries(Object.entries(rest).filter(([part]) => !part.startsWith('repeat_'))) as Ladder)
  }
  const wrong = (part: string) => {
    const fault = faultAt(part)
    return fault && (
      <span className="late small" role="alert">
        {fault}
      </span>
    )
  }
  return (
    <details className="policy-ladder" open={name === 'standard' || faulty || undefined}>
      <summary>
        <strong>{title}</strong> <span className="muted">{steps.length === 0 ? '不发提醒' : `${steps.length} 级`}</span>
      </summary>
      <Lines columns={table.columns} rows={steps} of={title} onChange={(rows) => onChange({ ...l, steps: rows })} faultAt={(i, code) => faultAt(`steps.${i}.${code}`)} rowFault={(i) => faultAt(`steps.${i}`)} />
      {wrong('steps')}
      <div className="filters">
        <label>
          每级发送时刻
          <Input aria-label={`${title}每级发送时刻`} style={{ width: '6rem' }} maxLength={5} placeholder="08:30" status={faultAt('at') ? 'error' : undefined} value={l.at ?? ''} onChange={(e) => onChange({ ...l, at: e.target.value })} />
          {wrong('at')}
        </label>
        <label>
          最后一级后每几天重复（不填则不重复）
          <InputNumber aria-label={`${title}重复间隔`} precision={0} min={1} controls={false} value={l.repeat_every || undefined} onChange={every} />
          {wrong('repeat_every')}
        </label>
        {l.repeat_every
          ? again.map((c) => (
              <label key={c.code}>
                重复时{c.title}
                <Cell column={c} label={`${title}重复时${c.title}`} value={l[`repeat_${c.code}`]} onChange={(v) => onChange({ ...l, [`repeat_${c.code}`]: v })} />
              </label>
            ))
          : null}
      </div>
      {wrong('repeat')}
    </details>
  )
}
