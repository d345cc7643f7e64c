import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { App, Button, Checkbox } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import type { ListSetting } from '../api/lists'
import { describe } from '../api/problem'
import type { Task } from '../api/types'
import { type Column, DataTable } from './DataTable'
import { Deadline } from './Deadline'
import { Reassign } from './Reassign'

interface Props {
  tasks: Task[]
  picked: Map<string, Task>
  onPick: (task: Task, on: boolean) => void
  setting?: ListSetting
  sort?: string
  onSort?: (sort: string | undefined) => void
}

export const taskColumns: Column<Task>[] = [
  {
    key: 'task',
    title: '事项',
    fixed: true,
    cell: (t) => (
      <>
        <Link className="main-link" to="/cases/$id" params={{ id: t.case_id }}>
          {t.title}
        </Link>
        {t.brief && <div>{t.brief}</div>}
        <div className="small">
          {t.procedure_title} · {t.case_no}
          {t.dept_title && ` · ${t.dept_title}`}
          {t.for && ' '}
          {t.for && <span className="tag info">代 {t.for.name}</span>}
        </div>
      </>
    ),
  },
  { key: 'region', title: '村', cell: (t) => t.region_name },
  { key: 'due', title: '时限', bare: true, cell: (t) => <Deadline due={t.due_at} /> },
  { key: 'state', title: '环节', off: true, cell: (t) => t.state_title },
  { key: 'claimed', title: '领取', cell: (t) => (t.mine && !t.for ? '本人' : (t.claimed_by?.name ?? '待领')) },
  { key: 'acts', title: '操作', bare: true, className: 'row-acts', cell: (t) => <Claim task={t} /> },
]

/** The inbox as a table; on a phone each row is a card. */
export function TaskRows({ tasks, picked, onPick, setting, sort, onSort }: Props) {
  const all = tasks.every((t) => picked.has(t.id))
  return (
    <DataTable
      columns={taskColumns}
      rows={tasks}
      idOf={(t) => t.id}
      setting={setting}
      sort={sort}
      onSort={onSort}
      head={<Checkbox aria-label="选择本页全部" checked={all} indeterminate={!all && picked.size > 0} onChange={(e) => tasks.forEach((t) => onPick(t, e.target.checked))} />}
      renderLead={(t) => <Checkbox aria-label={`选择 ${t.title}`} checked={picked.has(t.id)} onChange={(e) => onPick(t, e.target.checked)} />}
      mark={(t) => ({ 'data-case': t.case_id })}
    />
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
