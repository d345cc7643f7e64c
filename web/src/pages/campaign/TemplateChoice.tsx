import { useQuery } from '@tanstack/react-query'
import { Alert, Button, Select } from 'antd'
import { useId, useState } from 'react'
import { campaignPreviewQuery, campaignTemplatesQuery } from '../../api/queries'
import type { Answers, CampaignPreview, PlannedDay } from '../../api/types'
import { DateInput } from '../../components/fields/DateInput'
import { Loaded } from '../../components/PageState'

/** 选择模板和开始日期: shows what the campaign would be, and hands its answers to the form. */
export function TemplateChoice({ onTake }: { onTake: (form: Answers) => void }) {
  const templates = useQuery(campaignTemplatesQuery)
  const [code, setCode] = useState<string>()
  const [first, setFirst] = useState<string>()
  const preview = useQuery({ ...campaignPreviewQuery(code ?? '', first ?? ''), enabled: Boolean(code && first) })
  const ids = { code: useId(), first: useId() }
  return (
    <fieldset className="gap">
      <legend>选择模板和开始日期</legend>
      <div className="filters gap">
        <label htmlFor={ids.code}>
          模板
          <Select id={ids.code} style={{ minWidth: '14rem' }} placeholder="请选择" value={code} onChange={setCode} options={templates.data?.items.map((t) => ({ value: t.code, label: `${t.title}（${t.phases.length}个阶段）` }))} />
        </label>
        <label htmlFor={ids.first}>
          开始日期
          <DateInput id={ids.first} value={first} onChange={setFirst} />
        </label>
      </div>
      {code && first && <Loaded query={preview}>{(p) => <Preview preview={p} onTake={() => onTake(p.form)} />}</Loaded>}
    </fieldset>
  )
}

/** What a template comes to from a first day on. */
export function Preview({ preview: p, onTake }: { preview: CampaignPreview; onTake: () => void }) {
  return (
    <>
      <table className="list">
        <thead>
          <tr>
            <th scope="col">阶段</th>
            <th scope="col">起止日期</th>
            <th scope="col">完成标准</th>
            <th scope="col">形成的材料</th>
          </tr>
        </thead>
        <tbody>
          {p.phases.map((x) => (
            <tr key={x.title}>
              <td>
                {x.title} <span className="muted">{x.stage_title}</span>
              </td>
              <td data-label="起止日期">
                <Day day={x.from} /> 至 <Day day={x.until} />
              </td>
              <td data-label="完成标准">{x.gate}</td>
              <td data-label="形成的材料">{x.outputs}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <ul>
        {p.cutoffs.map((c) => (
          <li key={c.title}>
            {c.title}：{c.on ? <Day day={c.on} /> : `${c.event}之前`}
          </li>
        ))}
      </ul>
      <p>表册：{p.forms.join('、')}</p>
      {p.annexes.length > 0 && <p className="muted">原文附件：{p.annexes.map((a) => a.text).join('、')}</p>}
      {p.notes.map((n) => (
        <p key={n.text} className="muted">
          {n.text}（{n.source}）
        </p>
      ))}
      {p.waits_for.length > 0 && <Alert className="gap" type="warning" showIcon title={`${p.waits_for.join('、')}年的放假安排尚未公布，标“暂定”的日期可能变动`} />}
      <Button type="primary" onClick={onTake}>
        按此填写，再作修改
      </Button>
    </>
  )
}

function Day({ day }: { day: PlannedDay }) {
  const origin = day.original ? `原文 ${day.original}（${day.source}）` : day.source.replace(/^D /, '原文未定：')
  return (
    <span className="nowrap" title={origin}>
      {day.on}
      {day.rolled && <small className="muted"> 已顺延至工作日</small>}
      {day.provisional && <small className="muted"> 暂定</small>}
    </span>
  )
}
