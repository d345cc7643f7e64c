import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { Button } from 'antd'
import { type CSSProperties, useState } from 'react'
import { programmeQuery } from '../api/queries'
import type { Programme, ProgrammeDetail, ProgressLine, ProgressNumbers } from '../api/types'
import { ExportButton } from '../components/ExportButton'
import { LinkButton } from '../components/LinkButton'
import { Loaded } from '../components/PageState'
import { useTitle } from '../lib/hooks'
import { PapersPanel } from './papers/PapersPanel'
import { Bulletins } from './programme/Bulletins'
import { BurnDown } from './programme/BurnDown'
import { Problems } from './programme/Problems'
import { ProblemsImport } from './programme/ProblemsImport'
import { ProgrammeForm } from './programme/ProgrammeForm'
import { SupervisionList } from './programme/SupervisionList'

const route = getRouteApi('/staff/programmes/$id')

/** One programme: how far it is, what is late, and what can be done about it. */
export function ProgrammePage() {
  const { id } = route.useParams()
  const programme = useQuery(programmeQuery(id))
  return <div className="page"><Loaded query={programme}>{(d) => <Detail key={d.programme.seq} detail={d} />}</Loaded></div>
}

function Detail({ detail }: { detail: ProgrammeDetail }) {
  const { programme: p, progress, burn_down, may } = detail
  const [doing, setDoing] = useState<'edit' | 'import'>()
  useTitle(p.title)
  return (
    <>
      <div className="page-head">
        <h1>{p.title}</h1>
        <span className="muted">
          {p.no} · {p.region_name} · <span className="nowrap">截止 {p.cut_off ?? '未定'}</span>
        </span>
      </div>
      <Numbers progress={progress} />
      <div className="acts gap">
        {may.includes('add') && (
          <LinkButton color="primary" variant="solid" to="/open/$procedure" params={{ procedure: 'rectification' }} search={{ region: p.region_code.length > 6 ? p.region_code : undefined, programme: p.no }}>
            登记问题
          </LinkButton>
        )}
        <LinkButton to="/wall/programmes/$id" params={{ id: p.id }}>
          整改上墙
        </LinkButton>
        {may.includes('import') && <Button onClick={() => setDoing('import')}>导入工作簿</Button>}
        {may.includes('edit') && <Button onClick={() => setDoing('edit')}>修改方案</Button>}
      </div>
      {doing === 'import' && <ProblemsImport id={p.id} onClose={() => setDoing(undefined)} />}
      {doing === 'edit' && <ProgrammeForm regions={[{ code: p.region_code, name: p.region_name }]} programme={p} onClose={() => setDoing(undefined)} />}
      <section className="panel">
        <h2>逐日进度</h2>
        <BurnDown days={burn_down} cutOff={p.cut_off} />
      </section>
      <Ladder progress={progress} />
      <div className="halves">
        <Lines title="按村" lines={progress.villages} list="programme_villages" id={p.id} />
        <Lines title="按责任人" lines={progress.responsible} list="programme_people" id={p.id} />
      </div>
      <Problems detail={detail} />
      <SupervisionList programme={p.id} />
      <Bulletins id={p.id} mayIssue={may.includes('bulletin')} />
      <section className="panel" aria-label="文书">
        <h2>文书</h2>
        <PapersPanel about={{ programme_id: p.id }} />
      </section>
      <Plan programme={p} />
    </>
  )
}

function Numbers({ progress: n }: { progress: ProgressNumbers }) {
  const figures = [
    { title: '问题', count: n.total, tone: 'var(--blue)' },
    { title: '未完成', count: n.open, tone: 'var(--amber)' },
    { title: '逾期', count: n.overdue, tone: 'var(--red)' },
    { title: '已销号或转常态', count: n.done, tone: 'var(--green)' },
  ]
  return (
    <div className="figures" role="group" aria-label="方案进度">
      {figures.map((f) => (
        <div key={f.title} className="figure" style={{ '--tone': f.tone } as CSSProperties}>
          {f.title}
          <b>{f.count}</b>
        </div>
      ))}
    </div>
  )
}

function Ladder({ progress: n }: { progress: ProgressNumbers }) {
  return (
    <section className="panel">
      <h2>环节与提醒级别</h2>
      <p>{n.states.map((s) => `${s.title} ${s.count}`).join('　') || '还没有问题'}</p>
      {n.overdue > 0 && (
        <p>
          <strong className="late">逾期 {n.overdue} 件：</strong>
          {n.ladder.map((s) => `${s.title} ${s.count}`).join('　')}；其中从未上报 {n.unescalated.length} 件
        </p>
      )}
      <p className="muted">
        自查发现、不作为考核依据 {n.self_found} 件；存在隐瞒 {n.concealed} 件；不属实或重复 {n.dropped} 件
      </p>
    </section>
  )
}

function Lines({ title, lines, list, id }: { title: string; lines: ProgressLine[]; list: 'programme_villages' | 'programme_people'; id: string }) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{title}</h2>
        <ExportButton list={list} filter={{ id }} />
      </div>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">{title.slice(1)}</th>
            <th scope="col">问题</th>
            <th scope="col">未完成</th>
            <th scope="col">逾期</th>
            <th scope="col">已完成</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((l) => (
            <tr key={l.code}>
              <td>{l.title}</td>
              <td data-label="问题" className="num">
                {l.total}
              </td>
              <td data-label="未完成" className="num">
                {l.open}
              </td>
              <td data-label="逾期" className="num">
                {l.overdue > 0 ? <strong className="late">{l.overdue}</strong> : 0}
              </td>
              <td data-label="已完成" className="num">
                {l.done}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}

function Plan({ programme: p }: { programme: Programme }) {
  return (
    <section className="panel">
      <h2>方案</h2>
      {p.source_paper && <p className="gap">依据：{p.source_paper}</p>}
      <p className="gap prose">{p.plan}</p>
      <ul>
        {p.phases.map((ph) => (
          <li key={ph.title} className="num">
            {ph.title}：{ph.from} 至 {ph.until}
          </li>
        ))}
        {p.events.map((e) => (
          <li key={e.code} className="num">
            {e.title}：{e.on ?? '日期未定'}
          </li>
        ))}
      </ul>
    </section>
  )
}
