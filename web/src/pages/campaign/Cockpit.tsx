import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Input } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../../api/client'
import { campaignQuery } from '../../api/queries'
import type { CampaignDay, CampaignDetail, CampaignPhase } from '../../api/types'
import { ExportButton } from '../../components/ExportButton'
import { Loaded } from '../../components/PageState'
import { servedText } from '../../i18n/served'
import { useAct } from '../../lib/act'
import { Assign } from './Assign'
import { CampaignForms } from './CampaignForms'
import { Coverage } from './Coverage'
import { CutOffs } from './CutOffs'
import { DayChart } from './DayChart'
import { DayLines } from './DayLines'
import { Join } from './Join'
import { ProgressLines } from './ProgressLines'
import { Sample } from './Sample'

/** 行动进度: the phases of a campaign, what its gate lacks, and how far villages and surveyors are. */
export default function Cockpit({ id, ...only }: { id: string; village?: string; surveyor?: string }) {
  const campaign = useQuery(campaignQuery(id))
  return <Loaded query={campaign}>{(d) => <Glance detail={d} {...only} />}</Loaded>
}

export function Glance({ detail: d, village, surveyor }: { detail: CampaignDetail; village?: string; surveyor?: string }) {
  return (
    <>
      {d.paused && <Alert className="gap" type="warning" showIcon title="行动已暂停：户表、村表不能办理，期限停止计算" />}
      <p>
        <strong>{d.phase_title}</strong>　{d.households} 户中 {d.done} 户已有结果
        {d.pending_moves > 0 && `，${d.pending_moves} 户正在交接`}
      </p>
      {d.lacking.length > 0 && <p className="muted">转入下一环节还缺：{d.lacking.join('；')}</p>}
      <p className="acts gap">
        <ExportButton list="campaign_phases" filter={{ id: d.id }} text="导出阶段" />
        <ExportButton list="campaign_villages" filter={{ id: d.id }} text="导出各村" />
        <ExportButton list="campaign_surveyors" filter={{ id: d.id }} text="导出各调查员" />
        <ExportButton list="campaign_days" filter={{ id: d.id }} text="导出逐日进度" />
        <ExportButton list="campaign_people" filter={{ id: d.id }} text="导出人员" />
      </p>
      <Phases phases={d.phases} />
      {d.may.includes('phase') && <EndPhase id={d.id} />}
      <CutOffs detail={d} />
      <CampaignForms id={d.id} />
      {d.may.includes('assign') && <Assign detail={d} />}
      <ProgressLines title="各村" kind="village" id={d.id} lines={d.villages} />
      <ProgressLines title="各调查员" kind="surveyor" id={d.id} lines={d.surveyors} />
      {d.problems.length > 0 && (
        <p>
          问题：{d.problems.map((p) => `${p.title} ${p.found} 件，已销号 ${p.closed} 件，逾期 ${p.overdue} 件`).join('；')}
        </p>
      )}
      <Coverage key={`${village}/${surveyor}`} id={d.id} village={village} surveyor={surveyor} surveyors={d.surveyors} />
      <Sample id={d.id} may={d.may.includes('sample')} />
      <DayChart days={d.trend} households={d.households} />
      <Trend id={d.id} days={d.trend} />
      {d.may.includes('join') && <Join detail={d} />}
      <details>
        <summary>工作组人员（{d.people.length}人）</summary>
        <ul>
          {d.people.map((p) => (
            <li key={p.group + p.area + p.duty + p.name}>
              {p.group} · {p.area} · {servedText(p.duty)} {p.name}
              {p.duty === '调查员' && !p.trained && <span className="muted">（未培训）</span>}
            </li>
          ))}
        </ul>
      </details>
    </>
  )
}

const states: Record<CampaignPhase['state'], string> = { done: '已完成', current: '进行中', ahead: '未开始' }

function Phases({ phases }: { phases: CampaignPhase[] }) {
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">阶段</th>
          <th scope="col">起止</th>
          <th scope="col">完成标准</th>
          <th scope="col">状态</th>
        </tr>
      </thead>
      <tbody>
        {phases.map((p) => (
          <tr key={p.title + p.from} aria-current={p.state === 'current' ? 'step' : undefined}>
            <td>{p.title}</td>
            <td data-label="起止" className="nowrap">
              {p.from} 至 {p.until}
            </td>
            <td data-label="完成标准">{p.gate}</td>
            <td data-label="状态">{p.overdue ? <strong className="late">逾期</strong> : states[p.state]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function EndPhase({ id }: { id: string }) {
  const client = useQueryClient()
  const [note, setNote] = useState('')
  const { act, busy, faults } = useAct()
  const send = () =>
    void act({ note }, (key) => unwrap(api.POST('/campaigns/{id}/phase', { params: { path: { id }, header: { 'Idempotency-Key': key } }, body: { note } })), () =>
      Promise.all(['campaigns', 'cases'].map((queryKey) => client.invalidateQueries({ queryKey: [queryKey] }))),
    )
  return (
    <div className="gap">
      <Input.TextArea aria-label="本阶段形成的材料和完成情况" placeholder="本阶段形成的材料和完成情况" value={note} maxLength={2000} rows={2} onChange={(e) => setNote(e.target.value)} />
      <Button onClick={send} loading={busy} disabled={note.trim() === ''}>
        本阶段办结，转入下一阶段
      </Button>
      {faults.map((f) => (
        <Alert key={f} type="error" title={f} />
      ))}
    </div>
  )
}

/** The days in numbers; each leads to how far everybody was when it ended. */
function Trend({ id, days }: { id: string; days: CampaignDay[] }) {
  const [day, setDay] = useState<string>()
  if (days.length === 0) return null
  return (
    <details open={days.length < 15}>
      <summary>逐日进度（已过的日子数字固定）</summary>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">日期</th>
            <th scope="col">已入户</th>
            <th scope="col">已上交</th>
            <th scope="col">已审核</th>
            <th scope="col">问题</th>
            <th scope="col">已销号</th>
            <th scope="col">逾期</th>
          </tr>
        </thead>
        <tbody>
          {days.map((d) => (
            <tr key={d.day}>
              <td>
                <Button type="link" className="in-text" aria-pressed={d.day === day} onClick={() => setDay(d.day === day ? undefined : d.day)}>
                  {d.day}
                </Button>
                {!d.frozen && <small className="muted"> 今日，未完</small>}
              </td>
              <td data-label="已入户" className="num">{d.visited}</td>
              <td data-label="已上交" className="num">{d.handed_in}</td>
              <td data-label="已审核" className="num">{d.passed}</td>
              <td data-label="问题" className="num">{d.found}</td>
              <td data-label="已销号" className="num">{d.closed}</td>
              <td data-label="逾期" className="num">{d.overdue}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {day && <DayLines id={id} day={day} onClose={() => setDay(undefined)} />}
    </details>
  )
}
