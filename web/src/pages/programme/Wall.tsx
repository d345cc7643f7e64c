import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { Button } from 'antd'
import { useEffect, useRef, useState } from 'react'
import { type ProgrammeWall, wallQuery } from '../../api/house'
import type { ProgressLine } from '../../api/types'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { useTitle } from '../../lib/hooks'
import { BurnDown } from './BurnDown'
import './wall.css'

const route = getRouteApi('/staff/wall/programmes/$id')

/** 整改上墙: the progress of a programme, large, by itself up to date, and fit to be printed for the office wall. */
export function WallPage() {
  const { id } = route.useParams()
  const wall = useQuery(wallQuery(id))
  return (
    <div className="page wall">
      <Loaded query={wall}>{(w) => <Board wall={w} id={id} />}</Loaded>
    </div>
  )
}

function Board({ wall: w, id }: { wall: ProgrammeWall; id: string }) {
  useTitle(`整改上墙 ${w.title}`)
  const board = useRef<HTMLDivElement>(null)
  return (
    <>
      <div className="acts gap">
        <Link className="underlined" to="/programmes/$id" params={{ id }} search={{}}>
          返回方案
        </Link>
        <FullScreen target={board} />
        <Button onClick={() => window.print()}>打印上墙（A3/A4 横向）</Button>
      </div>
      <div ref={board} className="wall-board">
        <header className="wall-head">
          <h1>{w.title}</h1>
          <p className="num">
            {w.region_name}
            {w.phase_title && `　${w.phase_title}`}　截止 {w.cut_off ?? '未定'}　<span className="nowrap">{formatTime(w.at)} 绘制</span>
          </p>
        </header>
        <Totals wall={w} />
        <div className="wall-grid">
          <section className="panel">
            <h2>逐日进度</h2>
            <BurnDown days={w.burn_down} cutOff={w.cut_off} />
          </section>
          <Rungs wall={w} />
          <Lines title="各村" lines={w.progress.villages} />
          <Lines title="各责任人" lines={w.progress.responsible} />
        </div>
        <Pressing wall={w} />
        <p className="small muted wall-foot">农户只列编号，问题只列类别；按本人辖区统计。每分钟自动更新。</p>
      </div>
    </>
  )
}

/** The board alone on the whole screen, for a television in the office. */
function FullScreen({ target }: { target: React.RefObject<HTMLDivElement | null> }) {
  const [full, setFull] = useState(false)
  useEffect(() => {
    const tell = () => setFull(document.fullscreenElement !== null)
    document.addEventListener('fullscreenchange', tell)
    return () => document.removeEventListener('fullscreenchange', tell)
  }, [])
  if (!document.fullscreenEnabled) return null
  return (
    <Button type="primary" onClick={() => void (full ? document.exitFullscreen() : target.current?.requestFullscreen())}>
      {full ? '退出全屏' : '全屏'}
    </Button>
  )
}

function Totals({ wall: { progress: n } }: { wall: ProgrammeWall }) {
  const share = n.total - n.dropped > 0 ? Math.floor((n.done / (n.total - n.dropped)) * 100) : 0
  return (
    <dl className="wall-totals">
      {[
        ['问题', n.total, false],
        ['未完成', n.open, false],
        ['逾期', n.overdue, n.overdue > 0],
        ['已完成', n.done, false],
        ['完成率', `${share}%`, false],
      ].map(([title, value, late]) => (
        <div key={String(title)} className={late ? 'late' : undefined}>
          <dt>{title}</dt>
          <dd className="num">{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Rungs({ wall: { progress: n } }: { wall: ProgrammeWall }) {
  const counts = [...n.states.map((s) => ({ ...s, group: '环节' })), ...n.ladder.map((s) => ({ ...s, group: '逾期提醒级别' }))]
  return (
    <section className="panel">
      <h2>环节和提醒级别</h2>
      {['环节', '逾期提醒级别'].map((group) => (
        <div key={group}>
          <h3>{group}</h3>
          <ul className="wall-counts">
            {counts
              .filter((c) => c.group === group)
              .map((c) => (
                <li key={c.code}>
                  {c.title} <b className="num">{c.count}</b>
                </li>
              ))}
            {counts.every((c) => c.group !== group) && <li className="muted">没有</li>}
          </ul>
        </div>
      ))}
    </section>
  )
}

/** Villages or persons, each with a bar of what is done, open and late. */
function Lines({ title, lines }: { title: string; lines: ProgressLine[] }) {
  return (
    <section className="panel">
      <h2>{title}</h2>
      <table className="wall-lines">
        <thead>
          <tr>
            <th scope="col">{title.slice(1)}</th>
            <th scope="col">进度</th>
            <th scope="col">完成</th>
            <th scope="col">未完成</th>
            <th scope="col">逾期</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((l) => (
            <tr key={l.code}>
              <th scope="row">{l.title}</th>
              <td>
                <Share line={l} />
              </td>
              <td className="num">{l.done}</td>
              <td className="num">{l.open}</td>
              <td className="num">{l.overdue > 0 ? <strong className="late">{l.overdue}</strong> : 0}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Share({ line: l }: { line: ProgressLine }) {
  const all = Math.max(1, l.done + l.open)
  return (
    <svg className="share" viewBox="0 0 100 14" preserveAspectRatio="none" aria-hidden>
      <rect width="100" height="14" className="rest" />
      <rect width={(l.done / all) * 100} height="14" className="done" />
      <rect x={100 - (l.overdue / all) * 100} width={(l.overdue / all) * 100} height="14" className="over" />
    </svg>
  )
}

function Pressing({ wall: w }: { wall: ProgrammeWall }) {
  return (
    <section className="panel">
      <h2>
        逾期和 {w.near_days} 天内到期的问题（{w.problems.length} 件）
      </h2>
      {w.problems.length === 0 ? (
        <p className="muted">没有。</p>
      ) : (
        <table className="list wall-problems">
          <thead>
            <tr>
              <th scope="col">编号</th>
              <th scope="col">地区</th>
              <th scope="col">整改类别</th>
              <th scope="col">责任人</th>
              <th scope="col">期限</th>
              <th scope="col">环节</th>
              <th scope="col">提醒级别</th>
            </tr>
          </thead>
          <tbody>
            {w.problems.map((p) => (
              <tr key={p.no}>
                <td className="num">
                  {p.no}
                  {p.household_no && <div className="small">农户 {p.household_no}</div>}
                </td>
                <td data-label="地区">{p.region_name}</td>
                <td data-label="整改类别">{p.class_title || '尚未交办'}</td>
                <td data-label="责任人">{p.responsible || '—'}</td>
                <td data-label="期限" className="num">
                  {p.due_on} {p.days_left < 0 ? <strong className="late">逾期 {-p.days_left} 天</strong> : p.days_left === 0 ? <strong>今天</strong> : `还有 ${p.days_left} 天`}
                </td>
                <td data-label="环节">{p.state_title}</td>
                <td data-label="提醒级别">{p.level_title || '—'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
