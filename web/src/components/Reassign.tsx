import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Alert, App, Radio } from 'antd'
import { useState } from 'react'
import { api, unwrap } from '../api/client'
import { describe } from '../api/problem'
import { candidatesQuery } from '../api/queries'
import type { Task } from '../api/types'
import { Dialog } from './Dialog'
import { Loaded } from './PageState'

/** 转办: gives a task to another person who holds the post for it. */
export function Reassign({ task, onClose }: { task: Task; onClose: () => void }) {
  const client = useQueryClient()
  const { message } = App.useApp()
  const candidates = useQuery(candidatesQuery(task.id))
  const [chosen, setChosen] = useState<string>()
  const act = useMutation({
    mutationFn: (user_id: string) => unwrap(api.POST('/tasks/{id}/reassign', { params: { path: { id: task.id } }, body: { user_id } })),
    onSuccess: (after) => {
      message.success(`已转给 ${after.claimed_by?.name ?? '所选人员'} 办理`)
      onClose()
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['tasks'] }),
  })
  return (
    <Dialog title={`转办：${task.title}`} okText="确认转办" closeText="返回" okDisabled={!chosen} busy={act.isPending} onOk={() => chosen && act.mutate(chosen)} onClose={onClose}>
      <Loaded query={candidates}>
        {({ items }) => {
          const others = items.filter((u) => u.id !== task.claimed_by?.id)
          return others.length === 0 ? (
            <p className="muted">没有其他可以承办此项的人员。</p>
          ) : (
            <Radio.Group aria-label="转给谁" className="stacked" value={chosen} onChange={(e) => setChosen(e.target.value as string)} options={others.map((u) => ({ value: u.id, label: u.name }))} />
          )
        }}
      </Loaded>
      {act.error && <Alert type="error" showIcon title={describe(act.error)} role="alert" />}
    </Dialog>
  )
}
