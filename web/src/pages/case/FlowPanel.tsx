import { useQuery } from '@tanstack/react-query'
import { Radio } from 'antd'
import { useMemo, useState } from 'react'
import { flowQuery } from '../../api/queries'
import type { Flow } from '../../api/types'
import { FlowChart } from '../../components/FlowChart'
import { Loaded } from '../../components/PageState'
import { formatTime } from '../../lib/dates'
import { draw, type Phase, phasesOf, shortChart } from '../../lib/flow'
import { wayOf } from '../../lib/path'

/** 流程图 and the same as a table. */
export default function FlowPanel({ id }: { id: string }) {
  const flow = useQuery(flowQuery(id))
  return <Loaded query={flow}>{(data) => <Chart flow={data} />}</Loaded>
}

function Chart({ flow }: { flow: Flow }) {
  const [whole, setWhole] = useState(false)
  const drawing = useMemo(() => {
    const way = wayOf(flow).map((s) => s.node)
    return draw(whole ? flow : shortChart(flow, way), way, flow)
  }, [flow, whole])
  const present = flow.nodes.find((n) => n.present)?.title ?? ''
  return (
    <>
      <div className="legend">
        <Radio.Group
          aria-label="流程图范围"
          optionType="button"
          value={whole}
          onChange={(e) => setWhole(e.target.value as boolean)}
          options={[
            { value: false, label: '主要路径' },
            { value: true, label: '全部环节' },
          ]}
        />
        <span>
          <i style={{ background: '#e7f3ea', border: '2px solid #1f7a3d' }} />
          已经过
        </span>
        <span>
          <i style={{ background: '#0b5394' }} />
          当前
        </span>
        <span>
          <i style={{ border: '1.5px dashed #8a97a5' }} />
          可能到
        </span>
        <span>
          <i style={{ background: '#eef1f4', border: '1.5px dotted #8a97a5' }} />✕ 不会再到
        </span>
      </div>
      <FlowChart drawing={drawing} label={`${flow.title}流程图，当前环节：${present}。同样内容见下方表格。`} />
      <details className="cannot">
        <summary>以表格查看</summary>
        <Table flow={flow} />
      </details>
    </>
  )
}

const words: Record<Phase, string> = { present: '当前', done: '已经过', ahead: '可能到', never: '不会再到' }

function Table({ flow }: { flow: Flow }) {
  const phases = phasesOf(flow)
  return (
    <table className="list">
      <thead>
        <tr>
          <th scope="col">环节</th>
          <th scope="col">情况</th>
          <th scope="col">承办</th>
          <th scope="col">可转到</th>
        </tr>
      </thead>
      <tbody>
        {flow.nodes.map((n) => (
          <tr key={n.code}>
            <td>
              <strong>{n.title}</strong>
            </td>
            <td data-label="情况">
              {words[phases.get(n.code) ?? 'ahead']}
              {n.visits > 1 && ` ${n.visits} 次`}
              {n.last_at && <div className="small num">{formatTime(n.last_at)}</div>}
            </td>
            <td data-label="承办">{n.todo?.map((r) => r.title).join('、') ?? (n.final ? '办结' : '—')}</td>
            <td data-label="可转到">
              {flow.edges
                .filter((e) => e.from === n.code)
                .map((e) => `${e.title} → ${flow.nodes.find((m) => m.code === e.to)?.title ?? e.to}`)
                .join('；') || '—'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
