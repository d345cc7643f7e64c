import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Alert, Button, Input } from 'antd'
import { useRef, useState } from 'react'
import { api, unwrap } from '../../api/client'
import { describe } from '../../api/problem'
import { submit } from '../../api/submit'
import type { HitGroup } from '../../api/types'
import { Dialog } from '../../components/Dialog'
import { KeyKeeper } from '../../lib/idempotency'

/** 批量派发: hands out all of a group that waits for me, clues to their village, issues to whom they are proposed to. */
export function Dispatch({ group: g }: { group: HitGroup }) {
  const [open, setOpen] = useState(false)
  const issues = g.event === 'assign'
  if (g.tasks.length === 0 || (issues && !g.staff_id)) return <>—</>
  return (
    <>
      <Button size="small" onClick={() => setOpen(true)} aria-label={`批量派发${g.region_name}`}>
        批量派发 {g.tasks.length} 件
      </Button>
      {open && <DispatchDialog group={g} onClose={() => setOpen(false)} />}
    </>
  )
}

function DispatchDialog({ group: g, onClose }: { group: HitGroup; onClose: () => void }) {
  const client = useQueryClient()
  const keeper = useRef(new KeyKeeper())
  const issues = g.event === 'assign'
  const [due, setDue] = useState('')
  const [note, setNote] = useState('')
  const act = useMutation({
    mutationFn: () => {
      const form = issues ? { owner: g.staff_id, due_on: due } : { target_village: g.region_code, ...(note && { note }) }
      const answers = issues ? Object.fromEntries(g.tasks.map((t) => [t.task_id, { cause: t.cause }])) : undefined
      const body = { action: 'fire' as const, event: g.event, task_ids: g.tasks.map((t) => t.task_id), form, answers }
      return submit(keeper.current, body, (key) => unwrap(api.POST('/tasks/bulk', { params: { header: { 'Idempotency-Key': key } }, body })))
    },
  })
  // The list is read anew when the result has been read: it takes this row with it.
  const close = () => {
    onClose()
    if (act.data) void Promise.all([client.invalidateQueries({ queryKey: ['tasks'] }), client.invalidateQueries({ queryKey: ['runs'] })])
  }
  if (act.data) {
    const failed = act.data.results.filter((r) => !r.ok)
    return (
      <Dialog title="批量派发结果" closeText="知道了" onClose={close}>
        <p role="status">
          成功 {act.data.done} 件，未成功 {act.data.failed} 件。
        </p>
        <ul className="results">
          {failed.map((r) => (
            <li key={r.task_id}>
              <span className="tag over">未成功</span> {r.errors?.map((e) => e.message).join('；') || r.message || '原因未知'}
            </li>
          ))}
        </ul>
      </Dialog>
    )
  }
  return (
    <Dialog title={`派发${g.region_name}的 ${g.tasks.length} 件`} okText="派发" okDisabled={issues && !due} busy={act.isPending} onOk={() => act.mutate()} onClose={close}>
      {issues ? (
        <label>
          清洗责任人：{g.staff_name}；清洗截止日期
          <Input type="date" value={due} onChange={(e) => setDue(e.target.value)} />
        </label>
      ) : (
        <label>
          派发给{g.region_name}；派发意见（可不填）
          <Input value={note} maxLength={200} onChange={(e) => setNote(e.target.value)} />
        </label>
      )}
      {act.isError && <Alert type="error" role="alert" title={describe(act.error)} />}
    </Dialog>
  )
}
