import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Checkbox } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import type { Task } from '../api/types'
import { Deadline } from './Deadline'
import { Reassign } from './Reassign'

interface Props {
  tasks: Task[]
  picked: Map<string, Task>
  onPick: (task: Task, on: boolean) => void
}

/** The inbox as a table; on a phone each row is a card. */
export function TaskRows({ tasks, picked, onPick }: Props) {
  const all = tasks.every((t) => picked.has(t.id))
  return (
    <table className="list">
      <thead>
        <tr>
          <th>
            <Checkbox aria-label="选择本页全部" checked={all} indeterminate={!all && picked.size > 0} onChange={(e) => tasks.forEach((t) => onPick(t, e.target.checked))} />
          </th>
          <th scope="col">事项</th>
          <th scope="col">村</th>
          <th scope="col">时限</th>
          <th scope="col">领取</th>
          <th scope="col">操作</th>
        </tr>
      </thead>
      <tbody>
        {tasks.map((t) => (
          <Row key={t.id} task={t} picked={picked.has(t.id)} onPick={(on) => onPick(t, on)} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ task, picked, onPick }: { task: Task; picked: boolean; onPick: (on: boolean) => void }) {
  return (
    <tr data-case={task.case_id}>
      <td className="pick">
        <Checkbox aria-label={`选择 ${task.title}`} checked={picked} onChange={(e) => onPick(e.target.checked)} />
      </td>
      <td>
        <Link className="main-link" to="/cases/$id" params={{ id: task.case_id }}>
          {task.title}
        </Link>
        {task.brief && <div>{task.brief}</div>}
        <div className="small">
          {task.procedure_title} · {task.case_no}
          {task.dept_title && ` · ${task.dept_title}`}
          {task.for && ' '}
          {task.for && <span className="tag info">代 {task.for.name}</span>}
        </div>
      </td>
      <td data-label="村">{task.region_name}</td>
      <td>
        <Deadline due={task.due_at} />
      </td>
      <td data-label="领取">{task.mine && !task.for ? '本人' : (task.claimed_by?.name ?? '待领')}</td>
      <td className="row-acts">
        <Claim task={task} />
      </td>
    </tr>
  )
}

/** Takes a task or gives it back; repeating either changes nothing. */
function Claim({ task }: { task: Task }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const act = useMutation({
    mutationFn: () => unwrap(api.POST(task.mine ? '/tasks/{id}/release' : '/tasks/{id}/claim', { params: { path: { id: task.id } } })),
    onSuccess: () => message.success(task.mine ? '已退回待领' : task.for ? `已代 ${task.for.name} 领取，由您办理` : '已领取，由您办理'),
    onError: (err) => message.error(describe(err)),
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks'] }),
  })
  const [handing, setHanding] = useState(false)
  if (task.claimed_by && !task.mine) return null
  return (
    <span className="acts">
      <Button loading={act.isPending} onClick={() => act.mutate()} aria-label={`${task.mine ? '退回待领' : '领取'} ${task.title}`}>
        {task.mine ? '退回待领' : '领取'}
      </Button>
      {task.mine && (
        <Button onClick={() => setHanding(true)} aria-label={`转办 ${task.title}`}>
          转办
        </Button>
      )}
      {handing && <Reassign task={task} onClose={() => setHanding(false)} />}
    </span>
  )
}
